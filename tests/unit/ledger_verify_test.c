#include "ledger_office.h"

static struct office *office;
static uint64_t slip, letter, badge;

/* One store for all tests; each works on a copy of it. */
static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	office_people(office);
	slip = office_slip(office, "first");
	letter = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                    "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	badge = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	office_add(office, "badge-end", end);
	office_close(office);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

/* A copy of the store, to be ruined. */
static char *copy(const char *name)
{
	char *path = file_path(office->root, name);
	office_do("rm -rf %s && mkdir %s && cp -a %s/ledger.git %s/volumes %s", path, path, office->dir, office->dir, path);
	return path;
}

static char *clone(const char *name)
{
	char *path = file_path(office->root, name);
	office_do("rm -rf %s && git clone -q --bare %s/ledger.git %s", path, office->dir, path);
	return path;
}

static void expect(const char *path, bool ledger_only, const char *verdict, const char *state, int64_t seq)
{
	struct jdoc *d = office_verify(office, path, ledger_only);
	const struct jdoc *first = jdoc_get(d, "first");
	int64_t at = -1;
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0)
		fail_msg("not %s: %s", verdict, buf_str(&text));
	if (state && (!jdoc_get_text(first, "state") || strcmp(jdoc_get_text(first, "state"), state) != 0))
		fail_msg("not %s first: %s", state, buf_str(&text));
	jdoc_get_integer(first, "seq", &at);
	if (state && at != seq)
		fail_msg("not of entry %lld: %s", (long long)seq, buf_str(&text));
	jdoc_free(d);
}

static int64_t count_state(const char *path, bool ledger_only, const char *word)
{
	struct jdoc *d = office_verify(office, path, ledger_only);
	int64_t n = -1;
	jdoc_get_integer(jdoc_get(d, "states"), word, &n);
	jdoc_free(d);
	return n;
}

static const char *year_of(const char *path)
{
	static char year[512];
	snprintf(year, sizeof year, "%s/volumes/%d.git", path, office->year);
	return year;
}

/* Another note in place of that of an entry, by the script's own means. */
static void replace_note(const char *path, const char *kind, uint64_t seq, const char *script)
{
	const char *year = year_of(path);
	office_do("cd %s; ref=refs/notes/volumes/%d/%s/hq;"
	          " commit=$(git -C %s/ledger.git rev-list --reverse refs/heads/ledger | sed -n %llup);"
	          " old=$(git notes --ref=$ref list $commit);"
	          " new=$(git cat-file blob $old | %s | git hash-object -w --stdin);"
	          " tree=$(git ls-tree $ref | sed \"s/$old/$new/\" | git mktree --missing);"
	          " git update-ref $ref $(git cat-file commit $ref | sed \"1s/.*/tree $tree/\" |"
	          " git hash-object -t commit -w --stdin)",
	          year, office->year, kind, path, (unsigned long long)seq + 1, script);
}

/* The raw head commit through a script, made the head. */
static void replace_head(const char *path, const char *script)
{
	office_do("cd %s/ledger.git; git cat-file commit refs/heads/ledger | %s > %s/raw;"
	          " git update-ref refs/heads/ledger $(git hash-object --literally -t commit -w %s/raw)",
	          path, script, office->root, office->root);
}

static void finds_a_whole_store_valid(void **state)
{
	(void)state;
	expect(office->dir, false, "VALID", NULL, 0);
	assert_int_equal(count_state(office->dir, false, "present"), 6);
	assert_int_equal(count_state(office->dir, false, "no-record"), 1);
}

static void says_what_it_cannot_rule_out(void **state)
{
	struct jdoc *d = office_verify(office, office->dir, false);
	(void)state;
	assert_true(jdoc_size(jdoc_get(d, "remarks")) > 0);
	assert_int_equal(jdoc_type(jdoc_get(d, "first")), JDOC_NULL);
	jdoc_free(d);
}

static void gives_the_checkpoint_of_the_last_entry(void **state)
{
	(void)state;
	struct jdoc *d = office_verify(office, office->dir, false);
	const struct jdoc *point = jdoc_get(d, "checkpoint");
	MEM_CLEANUP char *head = office_sh("git -C %s/ledger.git rev-parse refs/heads/ledger", office->dir);
	MEM_CLEANUP char *sum = office_sh("git -C %s/ledger.git cat-file commit %s | sha256sum | cut -c 1-64", office->dir,
	                                  head);
	MEM_CLEANUP char *digest = mem_printf("sha256:%s", sum);
	int64_t size = 0;
	assert_string_equal(jdoc_get_text(point, "head"), head);
	assert_string_equal(jdoc_get_text(point, "head_sha256"), digest);
	assert_true(jdoc_get_integer(point, "size", &size) && size == 7);
	jdoc_free(d);
}

static void asks_for_records_in_a_clone_without_them(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("bare");
	expect(path, false, "INCOMPLETE", NULL, 0);
	assert_int_equal(count_state(path, false, "absent"), 6);
}

static void is_content_without_records_when_entries_alone_are_asked_for(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("bare");
	expect(path, true, "VALID", NULL, 0);
}

static void finds_a_clone_with_its_records_valid(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("full");
	office_do("git -C %s fetch -q %s '+refs/notes/*:refs/notes/*'", path, year_of(office->dir));
	expect(path, false, "VALID", NULL, 0);
	assert_int_equal(count_state(path, false, "present"), 6);
}

static void finds_a_clone_with_packed_refs_and_a_work_tree_valid(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = file_path(office->root, "work");
	office_do("git clone -q -b ledger %s/ledger.git %s; git -C %s pack-refs --all", office->dir, path, path);
	expect(path, true, "VALID", NULL, 0);
}

static void asks_for_all_records_of_a_year_that_has_any(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("some");
	office_do("git -C %s fetch -q %s '+refs/notes/volumes/%d/slip/*:refs/notes/volumes/%d/slip/*'", path,
	          year_of(office->dir), office->year, office->year);
	expect(path, false, "INVALID", "MISSING", (int64_t)office->taro);
}

static void tells_another_origin_from_the_pinned_one(void **state)
{
	struct store_pins good = office->pins;
	(void)state;
	strcpy(office->pins.origin, "other.example/register");
	expect(office->dir, false, "DIVERGED", "DIVERGED", 0);
	office->pins = good;
}

static void tells_another_genesis_from_the_pinned_one(void **state)
{
	struct store_pins good = office->pins;
	(void)state;
	office->pins.genesis.b[0] ^= 1;
	expect(office->dir, false, "DIVERGED", "DIVERGED", 0);
	office->pins = good;
}

static void tells_another_key_from_the_pinned_one(void **state)
{
	struct store_pins good = office->pins;
	(void)state;
	memcpy(office->pins.fpr, office->pins.archive_fpr, sizeof office->pins.fpr);
	expect(office->dir, false, "DIVERGED", "DIVERGED", 0);
	office->pins = good;
}

static void finds_a_record_whose_bytes_were_changed(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	replace_note(path, "slip", slip, "sed s/first/forged/");
	expect(path, false, "INVALID", "ALTERED", (int64_t)slip);
}

static void finds_a_changed_attachment(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("cd %s; ref=refs/notes/volumes/%d/slip/hq; new=$(git cat-file blob $ref:attachments/%llu/1 | tr s S |"
	          " git hash-object -w --stdin); GIT_INDEX_FILE=$PWD/i git read-tree $ref;"
	          " GIT_INDEX_FILE=$PWD/i git update-index --cacheinfo 100644,$new,attachments/%llu/1;"
	          " tree=$(GIT_INDEX_FILE=$PWD/i git write-tree); rm i; git update-ref $ref $(git cat-file commit $ref |"
	          " sed \"1s/.*/tree $tree/\" | git hash-object -t commit -w --stdin)",
	          year_of(path), office->year, (unsigned long long)letter, (unsigned long long)letter);
	expect(path, false, "INVALID", "ALTERED", (int64_t)letter);
}

static void finds_a_record_that_git_notes_wrote_over(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("cd %s; commit=$(git -C %s/ledger.git rev-list --reverse refs/heads/ledger | sed -n %llup);"
	          " git notes --ref=refs/notes/volumes/%d/slip/hq add -f -m forged $commit",
	          year_of(path), path, (unsigned long long)slip + 1, office->year);
	expect(path, false, "INVALID", "ALTERED", (int64_t)slip);
}

static void finds_a_missing_record(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("git -C %s update-ref -d refs/notes/volumes/%d/badge/hq", year_of(path), office->year);
	expect(path, false, "INVALID", "MISSING", (int64_t)badge);
}

static void finds_a_missing_year(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("rm -r %s", year_of(path));
	expect(path, false, "INVALID", "MISSING", (int64_t)office->taro);
}

static void finds_records_in_a_volume_that_is_not_theirs(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("cd %s; git update-ref refs/notes/volumes/%d/other/hq refs/notes/volumes/%d/badge/hq", year_of(path),
	          office->year, office->year);
	expect(path, false, "INVALID", "BROKEN", (int64_t)badge);
}

static void finds_records_whose_entries_were_cut_off(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("git -C %s/ledger.git update-ref refs/heads/ledger refs/heads/ledger~2", path);
	expect(path, false, "INVALID", "BROKEN", -1);
}

static void cannot_tell_a_tail_cut_off_with_its_records_and_says_so(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("cut");
	office_do("git -C %s update-ref refs/heads/ledger refs/heads/ledger~2", path);
	expect(path, true, "VALID", NULL, 0);
}

static void finds_an_unsigned_entry(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	replace_head(path, "sed '/^gpgsig/,/END PGP/d'");
	expect(path, true, "INVALID", "UNSIGNED", 6);
}

static void finds_an_entry_whose_bytes_were_changed(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	replace_head(path, "sed 's/^Record: sha256:[0-9a-f]\\{4\\}/Record: sha256:0000/'");
	expect(path, true, "INVALID", "ALTERED", 6);
}

static void finds_an_entry_signed_by_another_key(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("export GNUPGHOME=%s/gpg; mkdir -m 700 $GNUPGHOME;"
	          " gpg -q --batch --passphrase '' --quick-gen-key forger ed25519 sign never 2>&1;"
	          " cd %s/ledger.git; git cat-file commit refs/heads/ledger | sed '/^gpgsig/,/END PGP/d' > payload;"
	          " gpg -q --batch --armor --detach-sign --digest-algo SHA512 < payload > sig;"
	          " { sed '/^$/,$d' payload; sed '1s/^/gpgsig /; 2,$s/^/ /' sig; sed -n '/^$/,$p' payload; } > raw;"
	          " git update-ref refs/heads/ledger $(git hash-object --literally -t commit -w raw);"
	          " gpgconf --homedir $GNUPGHOME --kill gpg-agent; rm -rf $GNUPGHOME",
	          office->root, path);
	expect(path, true, "INVALID", "WRONG-KEY", 6);
}

static void finds_bytes_after_the_signature(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	replace_head(path, "sed 's/^ -----END PGP SIGNATURE-----$/&\\n more/'");
	expect(path, true, "INVALID", "BROKEN", 6);
}

static void finds_an_entry_that_was_left_out(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	replace_head(path, "sed \"s/^parent .*/parent $(git rev-parse refs/heads/ledger~2)/\"");
	expect(path, true, "INVALID", "ALTERED", 5);
}

static void finds_a_commit_that_is_not_there(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("cd %s/ledger.git; gone=$(git rev-parse refs/heads/ledger~3); git rev-list --objects --all |"
	          " cut -d ' ' -f 1 | grep -v $gone | git pack-objects -q objects/pack/new > /dev/null;"
	          " ls objects/pack/pack-* | xargs rm -f; find objects -type f -not -path '*/pack/*' -delete", path);
	expect(path, true, "INVALID", "MISSING", 3);
}

static void refuses_stray_refs(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = clone("stray");
	office_do("git -C %s update-ref refs/heads/other refs/heads/ledger", path);
	expect(path, true, "INVALID", "BROKEN", -1);
	office_do("git -C %s update-ref -d refs/heads/other; git -C %s tag t refs/heads/ledger", path, path);
	expect(path, true, "INVALID", "BROKEN", -1);
}

static void refuses_replace_refs_shallow_clones_grafts_and_alternates(void **state)
{
	static const char *const scripts[] = { "git -C %s replace refs/heads/ledger refs/heads/ledger~1",
		"git -C %s rev-parse refs/heads/ledger > %s/shallow", "git -C %s rev-parse refs/heads/ledger > %s/info/grafts",
		"echo /nowhere > %s/objects/info/alternates" };
	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		MEM_CLEANUP char *path = clone("refused");
		BUF_CLEANUP struct buf script = BUF_INIT;
		for (const char *at = scripts[i]; *at; at++)
			if (strncmp(at, "%s", 2) == 0)
				buf_puts(&script, path), at++;
			else
				buf_putc(&script, *at);
		office_do("%s", buf_str(&script));
		expect(path, true, "INVALID", "BROKEN", -1);
	}
}

static void finds_records_beside_the_entries_of_a_store(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("git -C %s/ledger.git fetch -q %s '+refs/notes/*:refs/notes/*'", path, year_of(path));
	expect(path, false, "INVALID", "BROKEN", -1);
}

static void finds_what_a_disposal_left_when_none_runs(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	office_do("cp -a %s %s/volumes/.next-%d.git", year_of(path), path, office->year);
	expect(path, false, "INVALID", "BROKEN", -1);
}

static void finds_two_histories_in_a_clone(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = file_path(office->root, "two");
	office_do("git clone -q -b ledger %s/ledger.git %s; cd %s; git update-ref refs/remotes/origin/ledger"
	          " $(git commit-tree -p refs/heads/ledger~1 -m other refs/heads/ledger^{tree})", office->dir, path, path);
	expect(path, true, "DIVERGED", "DIVERGED", 6);
}

static void remarks_on_a_clone_that_is_behind_its_origin(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = file_path(office->root, "behind");
	office_do("git clone -q -b ledger %s/ledger.git %s; git -C %s update-ref refs/heads/ledger refs/heads/ledger~2",
	          office->dir, path, path);
	struct jdoc *d = office_verify(office, path, true);
	(void)state;
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	assert_non_null(strstr(jdoc_text(jdoc_at(jdoc_get(d, "remarks"), 0)), "2 later entries"));
	jdoc_free(d);
}

static void says_when_there_is_nothing_to_judge(void **state)
{
	const struct verify_options options = { .pins = &office->pins };
	struct verify_result result;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = file_path(office->root, "nowhere");
	(void)state;
	assert_int_equal(verify_repository(path, &options, &result, &e), ERR_NOTFOUND);
	office_do("git init -q --bare %s", path);
	expect(path, true, "INVALID", "BROKEN", -1);
}

static void lists_no_more_faults_than_asked_for_and_the_first_among_them(void **state)
{
	(void)state;
	MEM_CLEANUP char *path = copy("c");
	const struct verify_options options = { .pins = &office->pins, .faults_max = 2 };
	struct verify_result result;
	struct err e = ERR_INIT;
	int64_t more = 0, seq = 0;
	office_do("rm -r %s", year_of(path));
	office_must(verify_repository(path, &options, &result, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(result.doc, "faults")), 2);
	assert_true(jdoc_get_integer(result.doc, "more_faults", &more) && more == 4);
	assert_true(jdoc_get_integer(jdoc_get(result.doc, "first"), "seq", &seq) && seq == (int64_t)office->taro);
	jdoc_free(result.doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_whole_store_valid),
		cmocka_unit_test(says_what_it_cannot_rule_out),
		cmocka_unit_test(gives_the_checkpoint_of_the_last_entry),
		cmocka_unit_test(asks_for_records_in_a_clone_without_them),
		cmocka_unit_test(is_content_without_records_when_entries_alone_are_asked_for),
		cmocka_unit_test(finds_a_clone_with_its_records_valid),
		cmocka_unit_test(finds_a_clone_with_packed_refs_and_a_work_tree_valid),
		cmocka_unit_test(asks_for_all_records_of_a_year_that_has_any),
		cmocka_unit_test(tells_another_origin_from_the_pinned_one),
		cmocka_unit_test(tells_another_genesis_from_the_pinned_one),
		cmocka_unit_test(tells_another_key_from_the_pinned_one),
		cmocka_unit_test(finds_a_record_whose_bytes_were_changed),
		cmocka_unit_test(finds_a_changed_attachment),
		cmocka_unit_test(finds_a_record_that_git_notes_wrote_over),
		cmocka_unit_test(finds_a_missing_record),
		cmocka_unit_test(finds_a_missing_year),
		cmocka_unit_test(finds_records_in_a_volume_that_is_not_theirs),
		cmocka_unit_test(finds_records_whose_entries_were_cut_off),
		cmocka_unit_test(cannot_tell_a_tail_cut_off_with_its_records_and_says_so),
		cmocka_unit_test(finds_an_unsigned_entry),
		cmocka_unit_test(finds_an_entry_whose_bytes_were_changed),
		cmocka_unit_test(finds_an_entry_signed_by_another_key),
		cmocka_unit_test(finds_bytes_after_the_signature),
		cmocka_unit_test(finds_an_entry_that_was_left_out),
		cmocka_unit_test(finds_a_commit_that_is_not_there),
		cmocka_unit_test(refuses_stray_refs),
		cmocka_unit_test(refuses_replace_refs_shallow_clones_grafts_and_alternates),
		cmocka_unit_test(finds_records_beside_the_entries_of_a_store),
		cmocka_unit_test(finds_what_a_disposal_left_when_none_runs),
		cmocka_unit_test(finds_two_histories_in_a_clone),
		cmocka_unit_test(remarks_on_a_clone_that_is_behind_its_origin),
		cmocka_unit_test(says_when_there_is_nothing_to_judge),
		cmocka_unit_test(lists_no_more_faults_than_asked_for_and_the_first_among_them),
	};
	return cmocka_run_group_tests_name("ledger/verify", tests, make_office, drop_office);
}
