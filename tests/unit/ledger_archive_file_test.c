#include "ledger_office.h"

#include <fcntl.h>
#include <unistd.h>

#include "ledger/archive.h"
#include "ledger/archive_file.h"

/* One archive of two records, made once; each test works on a copy of it and of its checksum in a folder of its own. */
static struct office *office;
static uint64_t slip, letter;
static char *copy;

static int make_office(void **state)
{
	struct history *history;
	struct history_dues dues;
	struct archive_result a;
	struct err e = ERR_INIT;
	(void)state;
	office_library();
	office = office_new();
	office_people(office);
	slip = office_slip(office, "first");
	letter = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                    "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	office_live_to(office, office->year + 2, 1, 1);
	office_must(ledger_history(office->ledger, &history, &e), &e);
	history_due(history, office->year + 2, 0, &dues);
	struct hash plan = dispose_plan_digest(office->pins.origin, &dues);
	const struct archive_basis basis = { .history = history, .size = letter + 1, .time = office->ledger->chain.time };
	office_must(archive_write(office->ledger, &basis, &dues, &plan, &a, NULL, &e), &e);
	history_dues_release(&dues);
	history_free(history);
	copy = mem_printf("%s/copy/%s", office->root, strrchr(a.path, '/') + 1);
	free(a.path);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	free(copy);
	office_free(office);
	repo_library_exit();
	return 0;
}

static int put_copy(void **state)
{
	(void)state;
	office_do("cd %s; rm -rf copy out; mkdir -m 700 copy out; cp s-archive/* copy", office->root);
	return 0;
}

static struct jdoc *judge(const struct store_pins *pins, enum verdict expected)
{
	struct archive_file f;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	struct policy policy = { .max_age_days = 0 };
	enum verdict v;
	BUF_CLEANUP struct buf text = BUF_INIT;
	office_must(archive_file_open(copy, &f, &e), &e);
	if (pins)
		policy.pins = *pins;
	office_must(archive_file_verify(&f, pins ? &policy : NULL, &d, &v, &e), &e);
	archive_file_close(&f);
	jdoc_print(d, &text);
	if (v != expected)
		fail_msg("%s: %s", verdict_word(v), buf_str(&text));
	assert_string_equal(jdoc_get_text(d, "verdict"), verdict_word(v));
	return d;
}

static void expect(const struct store_pins *pins, enum verdict v, const char *reason)
{
	struct jdoc *d = judge(pins, v);
	const char *said = jdoc_get_text(jdoc_at(jdoc_get(d, "findings"), 0), "reason");
	if (!said ? *reason != '\0' : !strstr(said, reason))
		fail_msg("%s", said ? said : "(no finding)");
	jdoc_free(d);
}

static void is_valid_by_the_pins_of_its_ledger(void **state)
{
	(void)state;
	struct jdoc *d = judge(&office->pins, VERDICT_VALID);
	int64_t records = 0;
	assert_true(jdoc_get_integer(d, "records", &records) && records == 2);
	assert_int_equal(jdoc_size(jdoc_get(d, "findings")), 0);
	assert_string_equal(jdoc_get_text(d, "archive_key"), office->pins.archive_fpr);
	jdoc_free(d);
}

static void proves_nothing_without_pins(void **state)
{
	(void)state;
	expect(NULL, VERDICT_INCOMPLETE, "nothing is pinned");
}

static void tells_a_key_that_is_not_pinned(void **state)
{
	struct store_pins other = office->pins;
	(void)state;
	strcpy(other.fpr, office->pins.archive_fpr);
	expect(&other, VERDICT_INCOMPLETE, "2 of its entries are signed by key");
	other = office->pins;
	strcpy(other.archive_fpr, office->pins.fpr);
	expect(&other, VERDICT_INCOMPLETE, "its checksum file is signed by key");
	*other.archive_fpr = '\0';
	expect(&other, VERDICT_INCOMPLETE, "no archive key is pinned");
}

static void tells_another_ledger(void **state)
{
	struct store_pins other = office->pins;
	(void)state;
	other.genesis = hash_of("other", 5);
	expect(&other, VERDICT_DIVERGED, "another ledger");
	other = office->pins;
	strcpy(other.origin, "other");
	expect(&other, VERDICT_DIVERGED, "another ledger");
}

static void wants_its_checksum_and_the_signature_of_it(void **state)
{
	(void)state;
	office_do("rm %s/copy/*.asc", office->root);
	expect(&office->pins, VERDICT_INCOMPLETE, "the signature of its checksum file is not here");
	put_copy(state);
	office_do("rm %s/copy/*.sha256", office->root);
	expect(&office->pins, VERDICT_INCOMPLETE, "its checksum file is not here");
	put_copy(state);
	office_do("sed -i 's/^..../0000/' %s/copy/*.sha256", office->root);
	expect(&office->pins, VERDICT_INVALID, "not the file that its checksum file names");
}

/* A bit of each 61st byte: wherever it is, in a record, a header, what fills a block or the end. */
static void passes_no_changed_bit(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf good = BUF_INIT;
	struct err e = ERR_INIT;
	int fd;
	office_must(file_read(copy, (size_t)1 << 24, &good, &e), &e);
	assert_true((fd = open(copy, O_WRONLY | O_CLOEXEC)) >= 0);
	for (size_t at = 0; at < good.len; at += 61) {
		char changed = (char)(good.ptr[at] ^ 1 << at % 8);
		assert_int_equal(pwrite(fd, &changed, 1, (off_t)at), 1);
		jdoc_free(judge(&office->pins, VERDICT_INVALID));
		assert_int_equal(pwrite(fd, &good.ptr[at], 1, (off_t)at), 1);
	}
	close(fd);
	jdoc_free(judge(&office->pins, VERDICT_VALID));
}

static void passes_no_part_of_it(void **state)
{
	(void)state;
	MEM_CLEANUP char *size = office_sh("stat -c %%s %s", copy);
	for (long len = 0; len < atol(size); len += 1536) {
		assert_int_equal(truncate(copy, len), 0);
		jdoc_free(judge(&office->pins, VERDICT_INVALID));
		office_do("cp %s/s-archive/*.tar %s", office->root, copy);
	}
}

static int show(const uint64_t *seq, struct jdoc **out, struct err *e)
{
	struct archive_file f;
	office_must(archive_file_open(copy, &f, e), e);
	int rc = archive_file_show(&f, seq, out, e);
	archive_file_close(&f);
	return rc;
}

static void shows_what_is_in_it(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	const uint64_t none = 1;
	int64_t n = 0;
	(void)state;
	office_must(show(NULL, &d, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(d, "entries")), 2);
	assert_string_equal(jdoc_text(jdoc_at(jdoc_get(d, "info"), 0)), "Bag-Software-Agent: daicho");
	jdoc_free(d);
	office_must(show(&letter, &d, &e), &e);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "body"), "text"), "with a scan");
	assert_true(jdoc_get_integer(jdoc_at(jdoc_get(d, "attachments"), 0), "bytes", &n) && n == 4);
	jdoc_free(d);
	assert_int_equal(show(&none, &d, &e), ERR_NOTFOUND);
	office_do("sed -i 's/with a scan/with A scan/' %s", copy);
	assert_int_equal(show(&letter, &d, &e), ERR_LEDGER);
}

static int extract(const uint64_t *seqs, size_t count, struct err *e)
{
	struct archive_file f;
	struct jdoc *d = NULL;
	MEM_CLEANUP char *folder = file_path(office->root, "out");
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	office_must(archive_file_open(copy, &f, e), e);
	int rc = archive_file_extract(&f, dir, seqs, count, &d, e);
	archive_file_close(&f);
	close(dir);
	jdoc_free(d);
	return rc;
}

static void unpacks_what_tar_unpacks(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_must(extract(NULL, 0, &e), &e);
	office_do("cd %s; mkdir -p by-tar; tar -x -C by-tar --strip-components=1 -f %s; diff -r by-tar out", office->root,
	          copy);
}

static void unpacks_single_records_with_their_keys(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_must(extract(&letter, 1, &e), &e);
	MEM_CLEANUP char *files = office_sh("cd %s/out; find . -type f | sed 's/[0-9A-F]\\{40\\}/FPR/; s/%012llu/N/' |"
	                                    " sort | uniq", office->root, (unsigned long long)letter);
	assert_string_equal(files, "./data/N/attachment-1\n./data/N/commit.txt\n./data/N/leaf.txt\n./data/N/note.txt\n"
	                           "./data/N/proof.txt\n./data/README.txt\n./data/keys/FPR.asc");
}

static void writes_nothing_of_a_changed_one(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_do("sed -i 's/with a scan/with A scan/' %s", copy);
	assert_int_equal(extract(NULL, 0, &e), ERR_LEDGER);
	office_do("test -z \"$(ls -A %s/out)\"", office->root);
}

static void writes_over_nothing_and_follows_no_link(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_do("cd %s; mkdir -p away; ln -s ../away out/data", office->root);
	assert_int_not_equal(extract(NULL, 0, &e), ERR_OK);
	office_do("cd %s; test -z \"$(ls -A away)\"; rm -rf out; mkdir out; echo mine > out/bagit.txt", office->root);
	assert_int_not_equal(extract(NULL, 0, &e), ERR_OK);
	office_do("grep -qx mine %s/out/bagit.txt", office->root);
}

static void opens_only_what_is_called_an_archive(void **state)
{
	struct archive_file f;
	struct err e = ERR_INIT;
	(void)state;
	static const char *const names[] = { "/etc/passwd", ".tar", ".tar.gpg", "x.tgz" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(archive_file_open(names[i], &f, &e), ERR_USAGE);
	office_do("cd %s/copy; mv *.tar moved; ln -s moved %s", office->root, copy);
	assert_int_not_equal(archive_file_open(copy, &f, &e), ERR_OK);
	office_do("rm %s; mkfifo %s", copy, copy);
	assert_int_equal(archive_file_open(copy, &f, &e), ERR_USAGE);
}

#define ON_A_COPY(test) cmocka_unit_test_setup(test, put_copy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_COPY(is_valid_by_the_pins_of_its_ledger),
		ON_A_COPY(proves_nothing_without_pins),
		ON_A_COPY(tells_a_key_that_is_not_pinned),
		ON_A_COPY(tells_another_ledger),
		ON_A_COPY(wants_its_checksum_and_the_signature_of_it),
		ON_A_COPY(passes_no_changed_bit),
		ON_A_COPY(passes_no_part_of_it),
		ON_A_COPY(shows_what_is_in_it),
		ON_A_COPY(unpacks_what_tar_unpacks),
		ON_A_COPY(unpacks_single_records_with_their_keys),
		ON_A_COPY(writes_nothing_of_a_changed_one),
		ON_A_COPY(writes_over_nothing_and_follows_no_link),
		ON_A_COPY(opens_only_what_is_called_an_archive),
	};
	return cmocka_run_group_tests_name("ledger/archive_file", tests, make_office, drop_office);
}
