/* Copies by their acknowledgements, and what remains after a disposal. */
#include "model_history_book.h"

#include <stdlib.h>

#include "base/mem.h"

static int64_t noon(const char *day)
{
	struct date d;

	assert_true(date_parse(day, strlen(day), &d));
	return date_to_time(d) + 12 * 3600;
}

static struct leaf ack(struct history *h, const char *day, const char *copy, uint64_t seq, const char *until)
{
	struct leaf leaf = { .kind = LEAF_ACK, .seq = history_size(h), .time = noon(day), .has_copy = true,
		.copy_seq = seq, .copy_head = book_hash(seq) };

	strcpy(leaf.kind_name, "ack");
	strcpy(leaf.copy, copy);
	leaf.has_until = until && date_parse(until, strlen(until), &leaf.until);
	return leaf;
}

static int take(struct history *h, const struct leaf *leaf, struct err *e)
{
	struct hash hash = book_hash(leaf->seq);

	return history_add(h, leaf, &hash, (struct history_class){ 0, false }, e);
}

static void acknowledge(struct history *h, const char *day, const char *copy, uint64_t seq, const char *until)
{
	struct leaf leaf = ack(h, day, copy, seq, until);

	assert_int_equal(take(h, &leaf, NULL), ERR_OK);
}

/* "name day" or "name unknown", each with a comma behind it. */
static void assert_remains(const struct history *h, uint64_t dispose, const char *day, const char *expected)
{
	struct leaf_remains *remains MEM_CLEANUP = NULL;
	struct buf text BUF_CLEANUP = BUF_INIT;
	size_t count;

	history_remains(h, dispose, noon(day), &remains, &count);
	for (size_t i = 0; i < count; i++) {
		char until[DATE_LEN + 1] = "unknown";

		if (remains[i].known)
			date_print(remains[i].until, until);
		buf_printf(&text, "%s %s,", remains[i].name, until);
	}
	assert_string_equal(buf_str(&text), expected);
}

static void names_a_copy_until_it_acknowledges(void **state)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");

	(void)state;
	assert_remains(h, 1, "2024-01-01", "");
	acknowledge(h, "2024-01-02", "mirror", 0, NULL);
	acknowledge(h, "2024-01-02", "disk", 0, NULL);
	assert_remains(h, history_size(h), "2024-01-03", "disk unknown,mirror unknown,");
	uint64_t dispose = ADD(.day = "2024-01-03", .admin = LEAF_HEARTBEAT);
	acknowledge(h, "2024-01-04", "disk", dispose, NULL);
	assert_remains(h, dispose, "2024-01-05", "mirror unknown,");
	assert_remains(h, history_size(h), "2024-01-05", "disk unknown,mirror unknown,");
}

static void names_a_backup_to_its_last_day(void **state)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");

	(void)state;
	acknowledge(h, "2024-01-02", "backup", 0, "2024-03-31");
	assert_remains(h, history_size(h), "2024-03-31", "backup 2024-03-31,");
	assert_remains(h, history_size(h), "2024-04-01", "");
	acknowledge(h, "2024-02-01", "backup", 1, "2024-01-31");
	assert_remains(h, history_size(h), "2024-02-01", "");
}

static void refuses_an_acknowledgement_of_another_ledger(void **state)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct leaf leaf = ack(h, "2024-01-02", "mirror", 0, NULL);
	struct err e = ERR_INIT;

	(void)state;
	leaf.copy_head = book_hash(7);
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "has another leaf hash"));
	assert_int_equal(take(h, &leaf, &e), ERR_RULE);
	assert_remains(h, history_size(h), "2024-01-03", "mirror unknown,");
	leaf = ack(h, "2024-01-02", "mirror", 2, NULL);
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "is not made yet"));
}

static void refuses_a_certificate_that_names_other_copies(void **state)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct leaf_remains remains = { .name = "disk" };
	struct leaf_target on = ENTRY(1);
	struct leaf leaf = { .kind = LEAF_DISPOSED, .kind_name = "disposed", .time = noon("2024-01-03"), .on = &on,
		.on_count = 1 };
	struct err e = ERR_INIT;

	(void)state;
	acknowledge(h, "2024-01-02", "mirror", 0, NULL);
	leaf.seq = history_size(h);
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "Remains: it names 0 copies, 1 are known"));
	leaf.remains = &remains;
	leaf.remains_count = 1;
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "Remains: it names 1 copies, 1 are known"));
	strcpy(remains.name, "mirror");
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "it names no `dispose` entry"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_a_copy_until_it_acknowledges),
		cmocka_unit_test(names_a_backup_to_its_last_day),
		cmocka_unit_test(refuses_an_acknowledgement_of_another_ledger),
		cmocka_unit_test(refuses_a_certificate_that_names_other_copies),
	};

	return cmocka_run_group_tests_name("model/history_copies", tests, NULL, NULL);
}
