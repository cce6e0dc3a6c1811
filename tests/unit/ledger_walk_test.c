/* Walks over so many entries that some are read while others are looked at. */
#include "ledger_office.h"

#include "model/commit.h"

#define ENTRIES 2200
#define BATCH 200

static struct office *office;

struct seen {
	uint64_t next, stop;          /* number of the entry that comes next, and at which it is enough */
};

static void add_heartbeats(void)
{
	struct leaf leaf = { .kind = LEAF_HEARTBEAT, .kind_name = "heartbeat" };
	struct append_item items[BATCH] = { { .leaf = NULL } };
	struct err e = ERR_INIT;
	for (size_t i = 0; i < BATCH; i++)
		items[i].leaf = &leaf;
	office_must(append_batch(office->ledger, items, BATCH, office_tick(office), &e), &e);
	for (size_t i = 0; i < BATCH; i++)
		office_must((int)items[i].err.code, &items[i].err);
	leaf_release(&leaf);
}

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	while (office->ledger->chain.size < ENTRIES)
		add_heartbeats();
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

/* Looks into the ledger's own repository meanwhile, as who computes a history does. */
static int see(void *ctx, const struct oid *id, const char *raw, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf again = BUF_INIT;
	struct seen *s = ctx;
	struct hash hash;
	struct leaf leaf;
	if (s->next == s->stop)
		return err_set(e, ERR_BUSY, "enough");
	office_must(ledger_read_leaf(office->ledger->repo, id, &again, &leaf, &hash, e), e);
	assert_int_equal(leaf.seq, s->next++);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.ptr, raw, len);
	leaf_release(&leaf);
	return ERR_OK;
}

static void tells_all_entries_from_any_on_in_their_order(void **state)
{
	const uint64_t size = office->ledger->chain.size, firsts[] = { 0, 1, size - 1025, size - 1024, size - 1, size };
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		struct seen s = { firsts[i], UINT64_MAX };
		office_must(ledger_walk_since(office->ledger, firsts[i], see, &s, &e), &e);
		assert_int_equal(s.next, size);
	}
}

static void ends_where_it_is_told_to(void **state)
{
	static const uint64_t stops[] = { 0, 1023, 1024, 1500, 2199 };
	(void)state;
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		struct seen s = { 0, stops[i] };
		struct err e = ERR_INIT;
		assert_int_equal(ledger_walk_since(office->ledger, 0, see, &s, &e), ERR_BUSY);
		assert_string_equal(e.text, "enough");
		assert_int_equal(s.next, stops[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_all_entries_from_any_on_in_their_order),
		cmocka_unit_test(ends_where_it_is_told_to),
	};
	return cmocka_run_group_tests_name("ledger/walk", tests, make_office, drop_office);
}
