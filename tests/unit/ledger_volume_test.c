/* Notes trees as git reads them, at every size. */
#include "ledger_fixture.h"

struct shelf {
	char *dir;
	struct repo *repo;
};

static int make_shelf(void **state)
{
	struct err e = ERR_INIT;
	struct shelf *s = mem_alloc(sizeof *s);
	s->dir = make_dir();
	MEM_CLEANUP char *path = file_path(s->dir, "2026.git");
	if (repo_library_init(&e) || store_make_repo(path, NULL, &e) || !(s->repo = repo_open(path, false, &e)))
		give_up("repository", &e);
	*state = s;
	return 0;
}

static int remove_shelf(void **state)
{
	struct shelf *s = *state;
	repo_close(s->repo);
	file_remove_tree(s->dir, NULL);
	repo_library_exit();
	free(s->dir);
	free(s);
	return 0;
}

static const struct leaf_volume loans = { 2026, "loan", "hq" }, devices = { 2026, "device", "hq" };

static struct oid commit_of(uint64_t seq)
{
	return oid_of(OID_COMMIT, &seq, sizeof seq);
}

/* Stores records first .. first + n - 1, each with one attachment where `attach`. */
static void store(struct shelf *s, const struct leaf_volume *v, uint64_t first, size_t n, bool attach)
{
	struct err e = ERR_INIT;
	struct volume_item *items = mem_array(n, sizeof *items);
	struct buf *attachments = mem_array(n, sizeof *attachments);
	char (*notes)[32] = mem_array(n, sizeof *notes);
	struct volume_ref *refs;
	size_t count;
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(notes[i], sizeof notes[i], "note %llu\n", (unsigned long long)(first + i));
		buf_printf(&attachments[i], "attachment %llu", (unsigned long long)(first + i));
		items[i] = (struct volume_item){ .volume = *v, .seq = first + i, .commit = commit_of(first + i),
			.note = notes[i], .note_len = (size_t)len, .attachments = &attachments[i], .attachment_count = attach };
	}
	struct repo_batch *b = repo_batch_new(s->repo);
	if (volume_add(s->repo, b, items, n, "a.example", 1000, &refs, &count, &e) || repo_batch_write(b, &e))
		give_up("volume_add", &e);
	assert_int_equal(count, 1);
	BUF_CLEANUP struct buf name = BUF_INIT;
	volume_ref_name(v, &name);
	if (repo_ref_move(s->repo, buf_str(&name), refs->had ? &refs->old : NULL, &refs->new, &e))
		give_up("repo_ref_move", &e);
	repo_batch_free(b);
	for (size_t i = 0; i < n; i++)
		buf_release(&attachments[i]);
	free(refs);
	free(notes);
	free(attachments);
	free(items);
}

static void expect_note(struct shelf *s, const struct leaf_volume *v, uint64_t seq)
{
	BUF_CLEANUP struct buf is = BUF_INIT, expected = BUF_INIT;
	struct oid commit = commit_of(seq);
	assert_int_equal(volume_read(s->repo, v, &commit, &is, NULL), ERR_OK);
	buf_printf(&expected, "note %llu\n", (unsigned long long)seq);
	assert_string_equal(buf_str(&is), buf_str(&expected));
}

static size_t count_git_notes(struct shelf *s, const char *ref)
{
	struct fixture f = { .dir = s->dir };
	BUF_CLEANUP struct buf out = BUF_INIT, option = BUF_INIT;
	size_t lines = 0;
	buf_printf(&option, "--ref=%s", ref);
	assert_int_equal(run_git(&f, &out, "--git-dir=2026.git", "notes", buf_str(&option), "list", NULL), 0);
	for (const char *p = buf_str(&out); (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(run_git(&f, NULL, "--git-dir=2026.git", "fsck", "--full", "--strict", NULL), 0);
	return lines;
}

static void keeps_every_note_while_it_grows(void **state)
{
	struct shelf *s = *state;
	static const size_t steps[] = { 1, 1, 61, 1, 1, 1, 135, 1 };
	uint64_t seq = 1;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		store(s, &loans, seq, steps[i], false);
		seq += steps[i];
		for (uint64_t n = 1; n < seq; n++)
			expect_note(s, &loans, n);
		assert_int_equal(count_git_notes(s, "refs/notes/volumes/2026/loan/hq"), seq - 1);
	}
}

static void fans_out_twice(void **state)
{
	struct shelf *s = *state;
	const size_t n = 20000;
	store(s, &loans, 1, n, false);
	store(s, &loans, n + 1, 1, false);
	for (uint64_t seq = 1; seq <= n + 1; seq += 997)
		expect_note(s, &loans, seq);
	expect_note(s, &loans, n + 1);
	assert_int_equal(count_git_notes(s, "refs/notes/volumes/2026/loan/hq"), n + 1);
}

static void keeps_volumes_apart(void **state)
{
	struct shelf *s = *state;
	struct oid commit = commit_of(1);
	BUF_CLEANUP struct buf is = BUF_INIT;
	store(s, &loans, 1, 1, false);
	store(s, &devices, 2, 1, false);
	assert_int_equal(volume_read(s->repo, &devices, &commit, &is, NULL), ERR_NOTFOUND);
}

static void points_to_a_commit_without_a_parent(void **state)
{
	struct shelf *s = *state;
	struct fixture f = { .dir = s->dir };
	BUF_CLEANUP struct buf out = BUF_INIT;
	store(s, &loans, 1, 1, false);
	store(s, &loans, 2, 1, false);
	assert_int_equal(run_git(&f, &out, "--git-dir=2026.git", "rev-list", "--count", "--all", NULL), 0);
	assert_string_equal(buf_str(&out), "1\n");
}

static void keeps_attachments_beside_the_notes(void **state)
{
	struct shelf *s = *state;
	BUF_CLEANUP struct buf is = BUF_INIT;
	store(s, &loans, 1, 80, true);
	store(s, &loans, 81, 1, true);
	assert_int_equal(volume_read_attachment(s->repo, &loans, 80, 1, &is, NULL), ERR_OK);
	assert_string_equal(buf_str(&is), "attachment 80");
	buf_clear(&is);
	assert_int_equal(volume_read_attachment(s->repo, &loans, 81, 1, &is, NULL), ERR_OK);
	assert_int_equal(volume_read_attachment(s->repo, &loans, 81, 2, &is, NULL), ERR_NOTFOUND);
	assert_int_equal(count_git_notes(s, "refs/notes/volumes/2026/loan/hq"), 81);
}

struct walked {
	size_t notes, attachments;
	struct volume_blob blobs[512];
};

static int count_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct walked *w = ctx;
	(void)e;
	w->blobs[w->notes + w->attachments] = *b;
	*(b->n ? &w->attachments : &w->notes) += 1;
	return ERR_OK;
}

static int walk(struct shelf *s, struct walked *w)
{
	struct oid notes;
	bool exists;
	*w = (struct walked){ .notes = 0 };
	assert_int_equal(repo_ref_read(s->repo, "refs/notes/volumes/2026/loan/hq", &exists, &notes, NULL), ERR_OK);
	assert_true(exists);
	return volume_walk(s->repo, &loans, &notes, count_blob, w, NULL);
}

static void walks_everything_once(void **state)
{
	struct shelf *s = *state;
	struct walked w;
	store(s, &loans, 1, 200, true);
	assert_int_equal(walk(s, &w), ERR_OK);
	assert_int_equal(w.notes, 200);
	assert_int_equal(w.attachments, 200);
}

static void refuses_a_tree_with_something_else(void **state)
{
	struct shelf *s = *state;
	struct walked w;
	store(s, &loans, 1, 1, false);
	const char *const argv[] = { "/bin/sh", "-c",
		"cd \"$0\" && b=$(echo x | git --git-dir=2026.git hash-object -w --stdin) && "
		"t=$(printf '100644 blob %s\\tREADME\\n' $b | git --git-dir=2026.git mktree) && "
		"c=$(git --git-dir=2026.git cat-file commit refs/notes/volumes/2026/loan/hq | sed \"1s/.*/tree $t/\" | "
		"git --git-dir=2026.git hash-object -t commit -w --stdin) && "
		"git --git-dir=2026.git update-ref refs/notes/volumes/2026/loan/hq $c", s->dir, NULL };
	run_plain(argv);
	assert_int_equal(walk(s, &w), ERR_LEDGER);
}

/* The commit of the volume, changed by a script, made the volume. */
static int check_changed(struct shelf *s, const char *script, const char *origin)
{
	BUF_CLEANUP struct buf command = BUF_INIT;
	struct oid notes;
	bool exists;
	buf_printf(&command, "cd \"$0\" && export GIT_DIR=2026.git && r=refs/notes/volumes/2026/loan/hq && "
	           "git update-ref $r $(git cat-file commit $r | %s | git hash-object -t commit -w --stdin)", script);
	const char *const argv[] = { "/bin/sh", "-c", buf_str(&command), s->dir, NULL };
	run_plain(argv);
	assert_int_equal(repo_ref_read(s->repo, "refs/notes/volumes/2026/loan/hq", &exists, &notes, NULL), ERR_OK);
	return volume_check(s->repo, &loans, &notes, origin, NULL);
}

static void takes_the_commit_of_a_volume_that_the_ledger_writes(void **state)
{
	struct shelf *s = *state;
	store(s, &loans, 1, 1, false);
	assert_int_equal(check_changed(s, "cat", "a.example"), ERR_OK);
	assert_int_equal(check_changed(s, "cat", NULL), ERR_OK);
	assert_int_equal(check_changed(s, "cat", "b.example"), ERR_LEDGER);
}

static void refuses_a_commit_of_a_volume_that_says_more(void **state)
{
	static const char *const scripts[] = { "(cat; echo more)", "sed '$s/$/ /'", "sed 's,2026/loan,2026/device,'",
		"sed 's/^author .*/author x <x@example> 1 +0900/'", "sed '/^committer/a encoding UTF-8'",
		"sed 's/ 1000 +0900/ 01000 +0900/'", "sed \"1aparent $(git rev-parse $r)\"" };
	struct shelf *s = *state;
	struct oid commit = commit_of(1);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		BUF_CLEANUP struct buf is = BUF_INIT;
		if (i == 0)
			store(s, &loans, 1, 1, false);
		BUF_CLEANUP struct buf back = BUF_INIT;
		struct oid was;
		bool exists;
		assert_int_equal(repo_ref_read(s->repo, "refs/notes/volumes/2026/loan/hq", &exists, &was, NULL), ERR_OK);
		assert_int_equal(check_changed(s, scripts[i], NULL), ERR_LEDGER);
		assert_int_equal(volume_read(s->repo, &loans, &commit, &is, NULL), ERR_LEDGER);
		char hex[OID_HEX_LEN + 1];
		oid_print(&was, hex);
		buf_printf(&back, "git -C \"$0\"/2026.git update-ref refs/notes/volumes/2026/loan/hq %s", hex);
		const char *const argv[] = { "/bin/sh", "-c", buf_str(&back), s->dir, NULL };
		run_plain(argv);
	}
}

static void builds_the_same_from_what_it_walked(void **state)
{
	struct shelf *s = *state;
	struct walked w;
	struct oid built, notes;
	bool exists;
	store(s, &loans, 1, 100, true);
	assert_int_equal(walk(s, &w), ERR_OK);
	struct repo_batch *b = repo_batch_new(s->repo);
	assert_int_equal(volume_build(s->repo, b, w.blobs, w.notes + w.attachments, "a.example", 1000, &built, NULL),
	                 ERR_OK);
	repo_batch_free(b);
	assert_int_equal(repo_ref_read(s->repo, "refs/notes/volumes/2026/loan/hq", &exists, &notes, NULL), ERR_OK);
	assert_true(oid_is_equal(&built, &notes));
}

static void names_refs_by_year_kind_and_unit(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf name = BUF_INIT;
	struct leaf_volume v;
	volume_ref_name(&loans, &name);
	assert_string_equal(buf_str(&name), "refs/notes/volumes/2026/loan/hq");
	assert_true(volume_ref_parse(buf_str(&name), &v));
	assert_int_equal(leaf_volume_compare(&v, &loans), 0);
	assert_false(volume_ref_parse("refs/notes/commits", &v));
	assert_false(volume_ref_parse("refs/notes/volumes/2026/loan", &v));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_shelf, remove_shelf)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_every_note_while_it_grows),
		TEST(fans_out_twice),
		TEST(keeps_volumes_apart),
		TEST(points_to_a_commit_without_a_parent),
		TEST(takes_the_commit_of_a_volume_that_the_ledger_writes),
		TEST(refuses_a_commit_of_a_volume_that_says_more),
		TEST(keeps_attachments_beside_the_notes),
		TEST(walks_everything_once),
		TEST(refuses_a_tree_with_something_else),
		TEST(builds_the_same_from_what_it_walked),
		cmocka_unit_test(names_refs_by_year_kind_and_unit),
	};
	return cmocka_run_group_tests_name("ledger/volume", tests, NULL, NULL);
}
