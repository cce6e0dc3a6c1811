/* How it goes: runs, their certificates, what is left of what went, and runs that were stopped. */
#include "ledger_dispose_office.h"
#include "ledger_killed.h"

#include <ctype.h>

#include "ledger/archive.h"
#include "ledger/dispose_impl.h"

static void takes_what_was_approved_and_nothing_else(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	assert_false(has_note(slip));
	assert_false(has_note(letter));
	assert_false(has_note(badge));
	assert_false(has_note(badge_end));
	assert_true(has_note(out));
	assert_true(has_note(later));
	assert_true(has_note(office->taro));
	expect_verdict("VALID");
}

static void keeps_the_head_and_every_signature(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	MEM_CLEANUP char *head = office_sh("git -C %s/ledger.git rev-parse refs/heads/ledger", office->dir);
	run_whole();
	office_do("cd %s; git -C ledger.git merge-base --is-ancestor %s refs/heads/ledger;"
	          " git -C ledger.git fsck --full --strict; for y in volumes/*.git; do git -C $y fsck --full --strict;"
	          " done;"
	          " GNUPGHOME=$PWD/keys git -C ledger.git verify-commit $(git -C ledger.git rev-list refs/heads/ledger)",
	          office->dir, head);
}

static void leaves_no_byte_of_what_went_under_the_store(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	MEM_CLEANUP char *found = office_sh(
		"cd %s; for y in volumes/*.git; do git -C $y cat-file --batch-all-objects --batch; done |"
		" grep -ac -e 'with a scan' -e '\"first\"' -e '^scan$' || true", office->dir);
	MEM_CLEANUP char *names = office_sh("ls -A %s/volumes", office->dir);
	MEM_CLEANUP char *expected = mem_printf("%d.git\n%d.git\n%d.git", office->year, office->year + 1, office->year + 2);
	assert_string_equal(found, "0");
	assert_string_equal(names, expected);
}

/* A member of the letter in the archive, through a script, becomes an object without a ref in a repository. */
static void put_back_into(const char *place, const char *member, const char *script)
{
	office_do("tar -x -O -f %s/*.tar --wildcards '*/%012llu/%s' | %s | git -C %s/%s hash-object -w --stdin",
	          office->store.archive, (unsigned long long)letter, member, script, office->dir, place);
}

/* Whether verify gives this verdict, and one of the list of "faults" or "remarks" says so of `place`. */
static bool verify_says(const char *verdict, const char *list, const char *place, const char *text)
{
	struct jdoc *d = office_verify(office, office->dir, false);
	const struct jdoc *all = jdoc_get(d, list);
	bool found = false;
	assert_string_equal(jdoc_get_text(d, "verdict"), verdict);
	for (size_t i = 0; !found && i < jdoc_size(all); i++) {
		const struct jdoc *one = jdoc_at(all, i);
		const char *said = jdoc_type(one) == JDOC_STRING ? jdoc_text(one) : jdoc_get_text(one, "reason");
		found = strncmp(said, place, strlen(place)) == 0 && strstr(said, text);
	}
	jdoc_free(d);
	return found;
}

static void run_whole_as_planned(void)
{
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	expect_verdict("VALID");
}

static void verifies_no_store_where_what_went_lies_beside_the_entries_or_in_another_year(void **state)
{
	MEM_CLEANUP char *own = mem_printf("volumes/%d.git", office->year);
	MEM_CLEANUP char *other = mem_printf("volumes/%d.git", office->year + 1);
	const char *const places[] = { own, other, "ledger.git" };
	(void)state;
	run_whole_as_planned();
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		put_back_into(places[i], "note.txt", "cat");
		assert_true(verify_says("INVALID", "faults", places[i], "its record lies there"));
	}
}

static void verifies_no_store_where_an_attachment_lies_whose_record_lies_elsewhere(void **state)
{
	MEM_CLEANUP char *other = mem_printf("volumes/%d.git", office->year + 1);
	(void)state;
	run_whole_as_planned();
	put_back_into("ledger.git", "attachment-1", "cat");
	put_back_into(other, "note.txt", "cat");
	assert_true(verify_says("INVALID", "faults", "ledger.git", "attachment 1 of its record lies there"));
	assert_false(verify_says("INVALID", "remarks", "ledger.git", "in no place of"));
}

static void remarks_on_an_attachment_that_no_record_names(void **state)
{
	(void)state;
	run_whole_as_planned();
	put_back_into("ledger.git", "attachment-1", "cat");
	assert_true(verify_says("VALID", "remarks", "ledger.git", "1 attachment lies there"));
}

static void takes_an_attachment_for_that_of_the_record_without_an_entry_that_names_it(void **state)
{
	MEM_CLEANUP char *other = mem_printf("volumes/%d.git", office->year + 1);
	(void)state;
	run_whole_as_planned();
	put_back_into(other, "attachment-1", "cat");
	put_back_into(other, "note.txt", "sed 's/^Request: .*/Request: 00000000000000000000000000000000/'");
	assert_false(verify_says("VALID", "remarks", other, "in no place of"));
	put_back_into(other, "note.txt", "cat");
	assert_true(verify_says("INVALID", "faults", other, "attachment 1 of its record lies there"));
}

static void keeps_hooks_and_an_empty_repository_where_nothing_stays(void **state)
{
	(void)state;
	/* What the second year left: one slip, alone in its year. */
	office_live_to(office, office->year + 3, 1, 1);
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	MEM_CLEANUP char *second = office_plan(office);
	office_approve(office, second);
	run_whole();
	assert_false(has_note(later));
	office_do("cd %s/volumes/%d.git; git fsck --full --strict; [ -z \"$(git for-each-ref)\" ]"
	          " && [ -z \"$(git cat-file --batch-all-objects --batch-check)\" ]"
	          " && [ \"$(ls hooks)\" = \"$(ls %s/ledger.git/hooks)\" ]",
	          office->dir, office->year + 1, office->dir);
	expect_verdict("VALID");
}

static void searches_what_a_disposal_under_way_builds(void **state)
{
	MEM_CLEANUP char *year = mem_printf("%s/volumes/%d.git", office->dir, office->year + 1);
	MEM_CLEANUP char *shown = mem_printf("volumes/.next-%d.git", office->year + 1);
	MEM_CLEANUP char *next = file_path(office->dir, shown);
	MEM_CLEANUP char *old = mem_printf("volumes/.next-%d.git", office->year);
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_live_to(office, office->year + 3, 1, 1);
	run_whole_as_planned();
	office_do("tar -x -O -f %s/*.tar --wildcards '*/%012llu/note.txt' > %s/note", office->store.archive,
	          (unsigned long long)letter, office->root);
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm %s/volumes/stray; mkdir %s", office->dir, next);
	assert_true(verify_says("INCOMPLETE", "remarks", shown, "what lies there is not known"));
	office_do("rmdir %s; cp -a %s %s", next, year, next);
	assert_false(verify_says("INCOMPLETE", "remarks", shown, ""));
	office_do("git -C %s hash-object -w %s/note", next, office->root);
	assert_true(verify_says("INVALID", "faults", shown, "its record lies there"));
	office_do("cd %s; rm -r %s; cp -a %s %s", office->dir, next, year, old);
	assert_true(verify_says("INVALID", "faults", old, "of no disposal that is under way"));
	office_do("cd %s; rm -r %s", office->dir, old);
	run_whole();
	expect_verdict("VALID");
}

static void takes_one_base_year_a_run_the_oldest_first(void **state)
{
	(void)state;
	office_live_to(office, office->year + 3, 1, 1);
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	assert_false(has_note(slip));
	assert_true(has_note(later));
}

static void never_takes_a_record_whose_matter_is_open(void **state)
{
	(void)state;
	for (int year = 2; year <= 5; year++) {
		office_live_to(office, office->year + year, 1, 1);
		MEM_CLEANUP char *due = list_due();
		if (!*due)
			continue;
		MEM_CLEANUP char *plan = office_plan(office);
		office_approve(office, plan);
		run_whole();
	}
	assert_true(has_note(out));
	expect_verdict("VALID");
}

static void certifies_the_archive_and_names_all_who_acted(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t dispose = 0;
	struct index_entry entry;
	struct leaf leaf;
	struct hash hash;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_must(office_run(office, &d, &e), &e);
	assert_true(jdoc_get_integer(d, "dispose", &dispose));
	office_must(index_entry(office->ledger->index, (uint64_t)dispose, &entry, &e), &e);
	office_must(ledger_read_leaf(office->ledger->repo, &entry.commit, &raw, &leaf, &hash, &e), &e);
	assert_int_equal(leaf.by.count, 3);
	assert_true(leaf.by.at[0] == office->taro && leaf.by.at[1] == office->hanako && leaf.by.at[2] == office->jiro);
	office_must(archive_check(jdoc_get_text(jdoc_get(d, "archive"), "path"), &leaf.archive.hash, NULL, &e), &e);
	leaf_release(&leaf);
	jdoc_free(d);
}

static void lists_the_disposal_when_it_is_done(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t count = 0, disposed = 0;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *one = jdoc_at(jdoc_get(d, "disposals"), 0);
	assert_string_equal(jdoc_get_text(d, "state"), "none");
	assert_int_equal(jdoc_type(jdoc_get(d, "proposal")), JDOC_NULL);
	assert_true(jdoc_get_integer(one, "count", &count) && count == 4);
	assert_true(jdoc_get_integer(one, "disposed", &disposed) && disposed > 0);
	jdoc_free(d);
}

static void stands_open_again_after_the_index_was_deleted(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	office_close(office);
	office_do("rm -f %s/index.db*", office->dir);
	office_open(office);
	assert_false(has_note(slip));
	assert_true(has_note(later));
}

/* Going on. */

/* A file that must not be there stops the proof of absence, after everything was deleted. */
static void goes_on_after_the_deletion_to_the_completion(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm %s/volumes/stray", office->dir);
	expect_verdict("INCOMPLETE");
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "state"), "running");
	jdoc_free(d);
	office_close(office);
	office_open(office);
	run_whole();
	expect_verdict("VALID");
}

static void does_not_complete_without_the_archive_of_the_certificate(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm %s/volumes/stray; mv %s %s/away", office->dir, office->store.archive, office->root);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm -rf %s; mv %s/away %s", office->store.archive, office->root, office->store.archive);
	run_whole();
	expect_verdict("VALID");
}

static void finds_a_salt_left_in_a_file_of_the_store(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("cd %s; for b in $(git -C volumes/%d.git cat-file --batch-all-objects --batch-check | grep blob |"
	          " cut -d ' ' -f 1); do git -C volumes/%d.git cat-file blob $b | grep -aq '\"first\"' &&"
	          " git -C volumes/%d.git cat-file blob $b | sed -n 's/^Salt: /left /p' > left; done; grep -q left left",
	          office->dir, office->year, office->year, office->year);
	assert_int_equal(office_run(office, &d, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "salt"));
	office_do("rm %s/left", office->dir);
	run_whole();
	expect_verdict("VALID");
}

static void finds_a_salt_in_what_is_no_object_of_its_repositories(void **state)
{
	MEM_CLEANUP char *pack = mem_printf("volumes/%d.git/objects/pack/pack-1.left", office->year + 1);
	MEM_CLEANUP char *loose = mem_printf("volumes/%d.git/objects/ab/cdef", office->year + 1);
	const char *const places[] = { pack, loose, "ledger.git/objects/left",
		"copy.git/objects/ab/01234567890123456789012345678901234567" };
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	MEM_CLEANUP char *salt = office_sh("for b in $(git -C %s/volumes/%d.git cat-file --batch-all-objects"
	                                   " --batch-check | grep blob | cut -d ' ' -f 1); do git -C %s/volumes/%d.git"
	                                   " cat-file blob $b > %s/b; ! grep -aq '\"first\"' %s/b ||"
	                                   " sed -n 's/^Salt: //p' %s/b; done", office->dir, office->year, office->dir,
	                                   office->year, office->root, office->root, office->root);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct jdoc *d = NULL;
		struct err e = ERR_INIT;
		const char *rel = places[i];
		office_do("cd %s; mkdir -p $(dirname %s); echo %s > %s", office->dir, rel, salt, rel);
		assert_int_equal(office_run(office, &d, &e), ERR_LEDGER);
		assert_non_null(strstr(e.text, "salt"));
		assert_non_null(strstr(e.text, rel));
		office_do("rm %s/%s", office->dir, rel);
	}
	office_do("rm -r %s/copy.git", office->dir);
	run_whole();
	expect_verdict("VALID");
}

/* Whether the search finds the salt in a file that is filled so, and holds `what` at that offset. */
static bool finds(const struct dispose_set *set, char filling, size_t offset, const void *what, size_t len)
{
	const struct store *s = &office->store;
	MEM_CLEANUP char *path = file_path(office->dir, "left");
	MEM_CLEANUP char *bytes = mem_alloc(offset + len + 100);
	struct err e = ERR_INIT;
	memset(bytes, filling, offset + len + 100);
	memcpy(bytes + offset, what, len);
	office_must(file_write_durable(path, bytes, offset + len + 100, 0600, &e), &e);
	int rc = dispose_absence_search(office->dir, s->ledger, s->volumes, set, &e);
	assert_int_equal(unlink(path), 0);
	assert_true(!rc || strstr(e.text, "/left: holds the salt"));
	return rc != ERR_OK;
}

static void finds_a_salt_at_any_offset_as_bytes_and_as_hex(void **state)
{
	static const size_t offsets[] = { 0, 1, 30, 31, 32, 33, 63, 64, 65, 1048500, 1048544, 1048575, 1048576, 2097100 };
	uint8_t salts[2][NOTE_SALT_LEN] = { { 0 }, { 0x5a, 0xb1, 0x0c } };
	const struct dispose_set set = { .traces = { .salts = salts, .salts_count = 2 } };
	char hex[2 * NOTE_SALT_LEN + 1], upper[sizeof hex];
	(void)state;
	memset(salts[0], 0x42, NOTE_SALT_LEN);
	hash_hex_encode(salts[1], NOTE_SALT_LEN, hex);
	for (size_t i = 0; i < sizeof hex; i++)
		upper[i] = (char)toupper((unsigned char)hex[i]);
	for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
		assert_true(finds(&set, 'z', offsets[i], salts[1], NOTE_SALT_LEN));
		assert_true(finds(&set, 'z', offsets[i], hex, sizeof hex - 1));
		assert_true(finds(&set, 'f', offsets[i], upper, sizeof hex - 1));
		assert_false(finds(&set, 'f', offsets[i], hex, sizeof hex - 2));
	}
}

static void can_be_killed_at_any_moment_and_goes_on(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	int64_t now = office->now;
	office_close(office);
	office_do("cd %s; rm -rf ready; mkdir ready; cp -a s/ledger.git s/volumes s/index.db s/intent ready", office->root);
	bool ended = false;
	for (int ms = 0; !ended; ms += 10 + ms / 10) {
		office->now = now;
		office_do("cd %s; rm -rf s-archive; for f in ledger.git volumes index.db intent; do rm -rf s/$f s/$f-*;"
		          " cp -a ready/$f s/$f; done", office->root);
		print_message("# killed after %d ms\n", ms);
		ended = killed_after(office, ms);
		office_open(office);
		assert_true(has_note(out) && has_note(later) && has_note(office->taro));
		struct jdoc *d = office_verify(office, office->dir, false);
		assert_string_not_equal(jdoc_get_text(d, "verdict"), "INVALID");
		jdoc_free(d);
		if (!ended)
			killed_go_on(office);
		assert_false(has_note(slip) || has_note(letter) || has_note(badge) || has_note(badge_end));
		assert_true(has_note(out) && has_note(later) && has_note(office->taro));
		expect_verdict("VALID");
		office_close(office);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_THE_DAY(takes_what_was_approved_and_nothing_else),
		ON_THE_DAY(keeps_the_head_and_every_signature),
		ON_THE_DAY(leaves_no_byte_of_what_went_under_the_store),
		ON_THE_DAY(verifies_no_store_where_what_went_lies_beside_the_entries_or_in_another_year),
		ON_THE_DAY(verifies_no_store_where_an_attachment_lies_whose_record_lies_elsewhere),
		ON_THE_DAY(remarks_on_an_attachment_that_no_record_names),
		ON_THE_DAY(takes_an_attachment_for_that_of_the_record_without_an_entry_that_names_it),
		ON_THE_DAY(keeps_hooks_and_an_empty_repository_where_nothing_stays),
		ON_THE_DAY(searches_what_a_disposal_under_way_builds),
		ON_THE_DAY(takes_one_base_year_a_run_the_oldest_first),
		ON_THE_DAY(never_takes_a_record_whose_matter_is_open),
		ON_THE_DAY(certifies_the_archive_and_names_all_who_acted),
		ON_THE_DAY(lists_the_disposal_when_it_is_done),
		ON_THE_DAY(stands_open_again_after_the_index_was_deleted),
		ON_THE_DAY(goes_on_after_the_deletion_to_the_completion),
		ON_THE_DAY(does_not_complete_without_the_archive_of_the_certificate),
		ON_THE_DAY(finds_a_salt_left_in_a_file_of_the_store),
		ON_THE_DAY(finds_a_salt_in_what_is_no_object_of_its_repositories),
		ON_THE_DAY(finds_a_salt_at_any_offset_as_bytes_and_as_hex),
		ON_THE_DAY(can_be_killed_at_any_moment_and_goes_on),
	};
	return cmocka_run_group_tests_name("ledger/dispose, run", tests, make_office, drop_office);
}
