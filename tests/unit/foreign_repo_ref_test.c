#include "foreign_repo_help.h"

#include <fcntl.h>
#include <unistd.h>

static void says_that_there_is_no_repository(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = get_path("none");
	assert_null(repo_open(path, true, &e));
	assert_int_equal(e.code, ERR_NOTFOUND);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(repo_open(path, false, &e));
	assert_int_equal(e.code, ERR_NOTFOUND);
}

static void refuses_what_shows_another_history(void **s)
{
	(void)s;
	static const struct {
		const char *command, *word;
	} cases[] = {
		{ "echo " /* any */ "0123456789012345678901234567890123456789 > shallow", "shallow" },
		{ "echo x > info/grafts", "grafts" },
		{ "echo /elsewhere/objects > objects/info/alternates", "other folders" },
		{ "git config core.repositoryformatversion 1; git config extensions.partialclone origin", "partial" },
		{ "git config remote.origin.promisor true", "partial clone" },
		{ "git config include.path ../elsewhere", "includes" },
		{ "git config core.repositoryformatversion 2", "version" },
		{ "git config core.repositoryformatversion 1; git config extensions.objectformat sha256", "SHA-1" },
		{ "git config core.repositoryformatversion 1; git config extensions.unheard yes", "extension" },
		{ "mv refs refs.other; ln -s refs.other refs", "symbolic link" },
		{ "mv objects/pack objects/other; ln -s other objects/pack", "symbolic link" },
		{ "mv config config.other; ln -s config.other config", "symbolic link" },
		{ "rm config", "missing" },
		{ "git init -q .git", "in place of" },
		{ "mkdir .GIT", "in place of" },
		{ "git --git-dir=. rev-parse ledger > ledger", "the ref of that name" },
		{ "mkdir -p notes/volumes; echo 'ref: refs/x' > notes/volumes/a", "the ref of that name" },
		{ "git init -q --bare sub.git", "the ref of that name" },
		{ "ln -s refs/heads/ledger ledger", "symbolic link" },
		{ "mkfifo ledger", "would wait" },
		{ "mkfifo packed-refs", "regular file" },
		{ "ln -s HEAD packed-refs", "symbolic link" },
	};
	struct err e = ERR_INIT;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *path;
		struct repo *r = make(&path);
		struct oid a = append(r, NULL, 1);
		must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
		repo_close(r);
		do_run(path, cases[i].command);
		check_refused(path, false, cases[i].word);
		check_refused(path, true, cases[i].word);
		free(path);
	}
}

static void leaves_what_is_no_ref_for_git_as_it_is(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	repo_close(r);
	do_run(path, "echo kept by hq > notes.txt; mkdir -p office/x; echo y > office/x/y; git rev-parse ledger > .nfs01; "
	             "git rev-parse ledger > ledger.lock; git rev-parse ledger | tee ORIG_HEAD > FETCH_HEAD; "
	             "git config core.logAllRefUpdates always; git update-ref -m x refs/heads/ledger ledger; "
	             "git worktree add -q --detach ../linked-here ledger; git gc -q; test -d worktrees");
	r = repo_open(path, true, &e);
	if (!r)
		fail_msg("%s", e.text);
	repo_close(r);
	free(path);
}

static void refuses_replace_refs_loose_and_packed(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2);
	must(repo_ref_move(r, HEAD_REF, NULL, &b, &e), &e);
	repo_close(r);
	do_run(path, "git replace ledger ledger~1");
	check_refused(path, false, "replace");
	do_run(path, "git pack-refs --all");
	check_refused(path, true, "replace");
	do_run(path, "git replace -d $(git rev-parse ledger)");
	r = repo_open(path, false, &e);
	assert_non_null(r);
	repo_close(r);
	free(path);
}

static void refuses_a_sha256_repository(void **s)
{
	(void)s;
	MEM_CLEANUP char *path = get_path("sha256.git");
	MEM_CLEANUP char *command = mem_printf("git init -q --bare --object-format=sha256 %s", path);
	do_run("/", command);
	check_refused(path, true, "SHA-1");
}

static void opens_clones_of_others_by_work_tree_or_git_folder(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	bool exists;
	struct oid is;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	repo_close(r);
	MEM_CLEANUP char *clone = get_path("clone");
	MEM_CLEANUP char *inner = file_path(clone, ".git");
	MEM_CLEANUP char *command = mem_printf("git clone -q --no-local %s %s", path, clone);
	do_run("/", command);
	assert_null(repo_open(clone, false, &e));
	for (int i = 0; i < 2; i++) {
		r = repo_open(i ? inner : clone, true, &e);
		assert_non_null(r);
		assert_string_equal(repo_path(r), inner);
		must(repo_ref_read(r, "refs/remotes/origin/ledger", &exists, &is, &e), &e);
		assert_true(exists && oid_is_equal(&is, &a) && repo_has(r, &a));
		repo_close(r);
	}
	free(path);
}

static void refuses_clones_that_are_shallow_shared_or_linked(void **s)
{
	(void)s;
	static const struct {
		const char *command, *name, *word;
	} cases[] = {
		{ "git clone -q --depth 1 file://$PWD/r shallow", "shallow", "shallow" },
		{ "git clone -q --shared r shared", "shared", "other folders" },
		{ "git clone -q --filter=blob:none file://$PWD/r partial", "partial", "partial" },
		{ "git --git-dir=r worktree add -q --detach linked ledger", "linked", "another folder" },
	};
	MEM_CLEANUP char *dir = get_path("clones");
	MEM_CLEANUP char *path = file_path(dir, "r");
	struct err e = ERR_INIT;
	must(file_mkdir(dir, 0700, &e), &e);
	must(repo_create(path, HEAD_REF, &e), &e);
	struct repo *r = repo_open(path, false, &e);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2);
	must(repo_ref_move(r, HEAD_REF, NULL, &b, &e), &e);
	repo_close(r);
	do_run(path, "git config uploadpack.allowFilter true");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		MEM_CLEANUP char *made = file_path(dir, cases[i].name);
		do_run(dir, cases[i].command);
		check_refused(made, true, cases[i].word);
	}
}

static void moves_a_ref_only_from_where_it_is(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2), none = oid_of(OID_BLOB, "no", 2), is;
	const char *name = "refs/notes/volumes/2026/loan/chuo";
	bool exists;
	assert_int_equal(repo_ref_move(r, name, &a, &b, &e), ERR_CONFLICT);
	must(repo_ref_move(r, name, NULL, &a, &e), &e);
	assert_int_equal(repo_ref_move(r, name, NULL, &b, &e), ERR_CONFLICT);
	assert_int_equal(repo_ref_move(r, name, &b, &b, &e), ERR_CONFLICT);
	assert_int_equal(repo_ref_move(r, name, &a, &none, &e), ERR_LEDGER);
	must(repo_ref_move(r, name, &a, &b, &e), &e);
	do_run(path, "git pack-refs --all --prune");
	must(repo_ref_read(r, name, &exists, &is, &e), &e);
	assert_true(exists && oid_is_equal(&is, &b));
	assert_int_equal(repo_ref_move(r, name, &a, &b, &e), ERR_CONFLICT);
	must(repo_ref_move(r, name, &b, &a, &e), &e);
	MEM_CLEANUP char *git = run(path, "git rev-parse refs/notes/volumes/2026/loan/chuo");
	char hex[OID_HEX_LEN + 2];
	oid_print(&a, hex);
	strcat(hex, "\n");
	assert_string_equal(git, hex);
	repo_close(r);
	MEM_CLEANUP char *left = run(path, "find . -name '*.lock' -o -name 'tmp_*'");
	assert_string_equal(left, "");
	free(path);
}

static void keeps_others_from_a_ref_that_it_moves(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2), is;
	bool exists;
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	must(repo_ref_move(r, HEAD_REF, &a, &b, &e), &e);
	MEM_CLEANUP char *command = mem_printf("! git update-ref -d " HEAD_REF " 2>&1");
	MEM_CLEANUP char *said = run(path, command);
	assert_non_null(strstr(said, "lock"));
	must(repo_ref_read(r, HEAD_REF, &exists, &is, &e), &e);
	assert_true(exists && oid_is_equal(&is, &b));
	repo_close(r);
	do_run(path, "git update-ref -d " HEAD_REF);
	free(path);
}

/* The file that was the ref's is written again: not while it is a file of somebody's copy, too. */
static void leaves_a_copy_by_links_as_it_is(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2);
	char hex[OID_HEX_LEN + 2];
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	must(repo_ref_move(r, HEAD_REF, &a, &b, &e), &e);
	do_run(path, "cp -al . ../copy");
	for (unsigned i = 0; i < 3; i++) {
		must(repo_ref_move(r, HEAD_REF, &b, &a, &e), &e);
		must(repo_ref_move(r, HEAD_REF, &a, &b, &e), &e);
	}
	must(repo_ref_move(r, HEAD_REF, &b, &a, &e), &e);
	MEM_CLEANUP char *copied = run(path, "cat ../copy/" HEAD_REF);
	oid_print(&b, hex);
	strcat(hex, "\n");
	assert_string_equal(copied, hex);
	do_run(path, "rm -rf ../copy");
	repo_close(r);
	free(path);
}

/* The lock's file was the ref's: who has that open does not see what is staged. */
static void shows_nobody_what_is_not_published(void **s)
{
	(void)s;
	char *path, text[OID_HEX_LEN + 2] = "", hex[OID_HEX_LEN + 2];
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2), c = append(r, &b, 3);
	MEM_CLEANUP char *file = file_path(path, HEAD_REF);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	must(repo_ref_move(r, HEAD_REF, &a, &b, &e), &e);
	must(repo_ref_stage(r, HEAD_REF, &b, &c, &e), &e);
	assert_int_equal(pread(fd, text, OID_HEX_LEN, 0), OID_HEX_LEN);
	oid_print(&a, hex);
	assert_string_equal(text, hex);
	close(fd);
	repo_close(r);
	free(path);
}

/* What is staged can't be read; a stage that was given up hinders nothing. */
static void publishes_only_what_was_staged(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), is;
	bool exists;
	must(repo_ref_stage(r, HEAD_REF, NULL, &a, &e), &e);
	must(repo_ref_read(r, HEAD_REF, &exists, &is, &e), &e);
	assert_false(exists);
	must(repo_ref_stage(r, HEAD_REF, NULL, &a, &e), &e);
	must(repo_ref_sync(r, HEAD_REF, &e), &e);
	must(repo_ref_publish(r, HEAD_REF, &a, &e), &e);
	must(repo_ref_read(r, HEAD_REF, &exists, &is, &e), &e);
	assert_true(exists && oid_is_equal(&is, &a));
	assert_int_equal(repo_ref_publish(r, HEAD_REF, &a, &e), ERR_CONFLICT);
	repo_close(r);
	free(path);
}

static void refuses_names_that_are_no_refs(void **s)
{
	(void)s;
	static const char *const names[] = { "HEAD",           "refs/../config", "refs/heads/a.lock", "refs/heads/",
		                             "refs/heads/a b", "/etc/passwd",    "refs/heads/.a",     "" };
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_not_equal(repo_ref_move(r, names[i], NULL, &a, &e), 0);
	repo_close(r);
	free(path);
}

static void says_that_a_ref_is_locked(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	bool exists;
	struct oid is;
	MEM_CLEANUP char *lock = file_path(path, HEAD_REF ".lock");
	write_file(lock, "", 0);
	assert_int_equal(repo_ref_move(r, HEAD_REF, NULL, &a, &e), ERR_BUSY);
	must(repo_ref_read(r, HEAD_REF, &exists, &is, &e), &e);
	assert_false(exists);
	must(repo_clear_stale(path, &e), &e);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	repo_close(r);
	free(path);
}

static void refuses_a_ref_that_holds_no_id(void **s)
{
	(void)s;
	static const char *const texts[] = { "", "x\n", "0123456789012345678901234567890123456789",
		                             "0123456789012345678901234567890123456789\n\n",
		                             "0123456789012345678901234567890123456789 \n",
		                             "ABCDEF6789012345678901234567890123456789\n", "ref: refs/heads/other\n" };
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	bool exists;
	struct oid is;
	MEM_CLEANUP char *file = file_path(path, HEAD_REF);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		write_file(file, texts[i], strlen(texts[i]));
		assert_int_equal(repo_ref_read(r, HEAD_REF, &exists, &is, &e), ERR_LEDGER);
	}
	repo_close(r);
	free(path);
}

static void takes_of_packed_refs_no_comment_but_the_header_of_git(void **s)
{
	(void)s;
	static const char *const changes[] = { "1s/pack-/pacK-/", "2i # a comment" };
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	bool exists = false;
	struct oid commit = append(r, NULL, 1), id;
	must(repo_ref_move(r, "refs/notes/a", NULL, &commit, &e), &e);
	do_run(path, "git pack-refs --all --prune && cp packed-refs was");
	must(repo_ref_read(r, "refs/notes/a", &exists, &id, &e), &e);
	assert_true(exists);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		MEM_CLEANUP char *command = mem_printf("sed '%s' was > packed-refs; ! git for-each-ref 2> /dev/null",
		                                       changes[i]);
		do_run(path, command);
		assert_int_equal(repo_ref_read(r, "refs/notes/a", &exists, &id, &e), ERR_LEDGER);
	}
	repo_close(r);
	free(path);
}

static void refuses_packed_refs_that_git_may_read_otherwise(void **s)
{
	(void)s;
#define A "0123456789012345678901234567890123456789"
#define B "9876543210987654321098765432109876543210"
#define SORTED "# pack-refs with: peeled fully-peeled sorted \n"
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ SORTED A " refs/heads/ledger\n" B " refs/notes/a\n", ERR_OK },
		{ A " refs/notes/a\n" B " refs/heads/ledger\n", ERR_OK },
		{ A " refs/heads/ledger\n^" B "\n", ERR_OK },
		{ A " refs/heads/ledger\n" B " refs/heads/ledger\n", ERR_LEDGER },
		{ A " refs/heads/ledger\n" A " refs/a\n" B " refs/heads/ledger\n", ERR_LEDGER },
		{ SORTED A " refs/heads/ledger\n" B " refs/heads/ledger\n", ERR_LEDGER },
		{ SORTED A " refs/notes/a\n" B " refs/heads/ledger\n", ERR_LEDGER },
		{ "# pack-refs with:sorted\n" A " refs/notes/a\n" B " refs/heads/ledger\n", ERR_LEDGER },
		{ "^" B "\n" A " refs/heads/ledger\n", ERR_LEDGER },
		{ SORTED "^" B "\n" A " refs/heads/ledger\n", ERR_LEDGER },
		{ A " refs/heads/ledger\n^" B "\n^" B "\n", ERR_LEDGER },
		{ A " refs/heads/ledger\n^" B " \n", ERR_LEDGER },
	};
	char *path;
	struct repo *r = make(&path);
	struct err e = ERR_INIT;
	bool exists;
	struct oid id;
	MEM_CLEANUP char *file = file_path(path, "packed-refs");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_file(file, cases[i].text, strlen(cases[i].text));
		if (repo_ref_read(r, HEAD_REF, &exists, &id, &e) != cases[i].want)
			fail_msg("case %zu: %s", i, e.text);
		assert_true(cases[i].want || exists);
	}
	static const char nul[] = A " refs/heads/ledger\0x\n";
	write_file(file, nul, sizeof nul - 1);
	assert_int_equal(repo_ref_read(r, HEAD_REF, &exists, &id, &e), ERR_LEDGER);
	repo_close(r);
	free(path);
#undef A
#undef B
#undef SORTED
}

static void tells_where_head_is_and_keeps_its_own_on_a_branch(void **s)
{
	(void)s;
#define A "0123456789012345678901234567890123456789"
	static const struct {
		const char *text;
		int want;
		bool is_detached;
	} cases[] = {
		{ "ref: refs/heads/ledger\n", ERR_OK, false },   { "ref: refs/heads/none\n", ERR_OK, false },
		{ A "\n", ERR_OK, true },                        { "ref: refs/notes/a\n", ERR_LEDGER, false },
		{ "ref: refs/heads/a..b\n", ERR_LEDGER, false }, { A " x\n", ERR_LEDGER, false },
		{ "", ERR_LEDGER, false },                       { "ref:refs/remotes/x/ledger\n", ERR_LEDGER, false },
	};
	char *path;
	struct repo *own = make(&path);
	struct err e = ERR_INIT;
	MEM_CLEANUP char *file = file_path(path, "HEAD");
	struct repo *r = repo_open(path, true, &e);
	assert_non_null(r);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is_detached = false;
		struct oid id;
		write_file(file, cases[i].text, strlen(cases[i].text));
		if (repo_head_read(r, &is_detached, &id, &e) != cases[i].want)
			fail_msg("case %zu: %s", i, e.text);
		assert_int_equal(is_detached, cases[i].is_detached);
	}
	repo_close(r);
	repo_close(own);
	write_file(file, A "\n", strlen(A "\n"));
	check_refused(path, false, "not on a branch");
	r = repo_open(path, true, &e);
	assert_non_null(r);
	repo_close(r);
	free(path);
#undef A
}

static void deletes_a_ref_loose_and_packed(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2), is;
	bool exists;
	must(repo_ref_move(r, "refs/notes/a", NULL, &a, &e), &e);
	must(repo_ref_move(r, "refs/notes/b", NULL, &a, &e), &e);
	do_run(path, "git tag -a -m t t $(git rev-parse refs/notes/a); git pack-refs --all --prune");
	must(repo_ref_move(r, "refs/notes/a", &a, &b, &e), &e);
	assert_int_equal(repo_ref_delete(r, "refs/notes/a", &a, &e), ERR_CONFLICT);
	must(repo_ref_delete(r, "refs/notes/a", &b, &e), &e);
	must(repo_ref_read(r, "refs/notes/a", &exists, &is, &e), &e);
	assert_false(exists);
	MEM_CLEANUP char *left = run(path, "git for-each-ref --format='%(refname)'; find . -name '*.lock'");
	assert_string_equal(left, "refs/notes/b\nrefs/tags/t\n");
	repo_close(r);
	free(path);
}

struct seen {
	struct buf names;
	unsigned count;
};

static int see_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct seen *seen = ctx;
	(void)e;
	char hex[OID_HEX_LEN + 1];
	oid_print(id, hex);
	buf_printf(&seen->names, "%s %s\n", hex, name);
	seen->count++;
	return 0;
}

static void walks_refs_in_order_as_git_does(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2);
	struct seen all = { .names = BUF_INIT }, notes = { .names = BUF_INIT };
	static const char *const names[] = { "refs/notes/b/c", "refs/heads/ledger", "refs/notes/a", "refs/notes/b/a" };
	for (size_t i = 0; i < 4; i++)
		must(repo_ref_move(r, names[i], NULL, &a, &e), &e);
	do_run(path, "git pack-refs --all --prune");
	must(repo_ref_move(r, "refs/notes/b/a", &a, &b, &e), &e);
	must(repo_ref_move(r, "refs/notes/b/b", NULL, &b, &e), &e);
	must(repo_ref_walk(r, "", see_ref, &all, &e), &e);
	MEM_CLEANUP char *git = run(path, "git show-ref");
	assert_string_equal(all.names.ptr, git);
	must(repo_ref_walk(r, "refs/notes/b/", see_ref, &notes, &e), &e);
	assert_int_equal(notes.count, 3);
	do_run(path, "git symbolic-ref refs/remotes/origin/HEAD refs/heads/ledger");
	must(repo_ref_walk(r, "", see_ref, &notes, &e), &e);
	do_run(path, "git symbolic-ref refs/heads/other refs/heads/ledger");
	assert_int_equal(repo_ref_walk(r, "", see_ref, &notes, &e), ERR_LEDGER);
	buf_release(&all.names);
	buf_release(&notes.names);
	repo_close(r);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_there_is_no_repository),
		cmocka_unit_test(refuses_what_shows_another_history),
		cmocka_unit_test(leaves_what_is_no_ref_for_git_as_it_is),
		cmocka_unit_test(refuses_replace_refs_loose_and_packed),
		cmocka_unit_test(refuses_a_sha256_repository),
		cmocka_unit_test(opens_clones_of_others_by_work_tree_or_git_folder),
		cmocka_unit_test(refuses_clones_that_are_shallow_shared_or_linked),
		cmocka_unit_test(moves_a_ref_only_from_where_it_is),
		cmocka_unit_test(keeps_others_from_a_ref_that_it_moves),
		cmocka_unit_test(leaves_a_copy_by_links_as_it_is),
		cmocka_unit_test(publishes_only_what_was_staged),
		cmocka_unit_test(shows_nobody_what_is_not_published),
		cmocka_unit_test(refuses_names_that_are_no_refs),
		cmocka_unit_test(says_that_a_ref_is_locked),
		cmocka_unit_test(refuses_a_ref_that_holds_no_id),
		cmocka_unit_test(takes_of_packed_refs_no_comment_but_the_header_of_git),
		cmocka_unit_test(refuses_packed_refs_that_git_may_read_otherwise),
		cmocka_unit_test(tells_where_head_is_and_keeps_its_own_on_a_branch),
		cmocka_unit_test(deletes_a_ref_loose_and_packed),
		cmocka_unit_test(walks_refs_in_order_as_git_does),
	};
	return cmocka_run_group_tests_name("foreign/repo_ref", tests, set_up, tear_down);
}
