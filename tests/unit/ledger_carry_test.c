/* The keeper's turn of the year, with a real store. */
#include "ledger_office.h"

#include "ledger/carry.h"

#define UNITS (HISTORY_CARRY_MAX + 1)

static struct office *office;

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static void turn_to(int year)
{
	office->now = date_to_time((struct date){ office->year + year, 1, 1 });
}

static void carry(void)
{
	struct err e = ERR_INIT;
	office_must(carry_year(office->ledger, office_tick(office), &e), &e);
}

static int try_slip(struct err *e)
{
	struct leaf leaf = { .kind = LEAF_HEARTBEAT, .kind_name = "heartbeat" };
	struct append_item item = { .leaf = &leaf };
	int rc = append_one(office->ledger, &item, office_tick(office), e);
	leaf_release(&leaf);
	return rc;
}

static struct leaf read_leaf(uint64_t seq)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct index_entry entry;
	struct leaf leaf;
	struct hash hash;
	struct err e = ERR_INIT;
	office_must(index_entry(office->ledger->index, seq, &entry, &e), &e);
	office_must(ledger_read_leaf(office->ledger->repo, &entry.commit, &raw, &leaf, &hash, &e), &e);
	return leaf;
}

static void assert_valid(void)
{
	struct jdoc *d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	jdoc_free(d);
}

static void makes_no_entry_in_the_year_of_the_first_one(void **state)
{
	uint64_t size = office->ledger->chain.size;
	(void)state;
	carry();
	assert_int_equal(office->ledger->chain.size, size);
}

static void makes_the_entries_of_a_year_once(void **state)
{
	uint64_t size;
	(void)state;
	office_slip(office, "of the first year");
	size = office->ledger->chain.size;
	turn_to(1);
	carry();
	carry();
	assert_int_equal(office->ledger->chain.size, size + 1);
	office->ledger->carried_into = 0; /* as after a start */
	carry();
	assert_int_equal(office->ledger->chain.size, size + 1);
	struct leaf leaf = read_leaf(size);
	assert_int_equal(leaf.kind, LEAF_CARRY);
	assert_int_equal(leaf.on_count, 1);
	assert_int_equal(leaf.on[0].volume.year, office->year);
	leaf_release(&leaf);
	assert_valid();
}

static bool fails;

static int sign_or_fail(void *ctx, const char *payload, size_t len, struct buf *out, struct err *e)
{
	return fails ? err_set(e, ERR_KEY, "agent: no") : office_sign(ctx, payload, len, out, e);
}

static void accepts_nothing_of_a_year_before_its_entries(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_slip(office, "of the second year");
	office->ledger->signer.sign = sign_or_fail;
	fails = true;
	turn_to(2);
	assert_int_equal(carry_year(office->ledger, office_tick(office), &e), ERR_KEY);
	fails = false;
	assert_int_equal(try_slip(&e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "could not be carried over"));
	carry();
	assert_int_equal(try_slip(&e), ERR_OK);
	assert_valid();
}

static void goes_on_accepting_where_the_year_has_begun_without_them(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_slip(office, "of the third year");
	turn_to(3);
	office_heartbeat(office);
	fails = true;
	assert_int_equal(carry_year(office->ledger, office_tick(office), &e), ERR_KEY);
	fails = false;
	assert_int_equal(try_slip(&e), ERR_OK);
	carry();
	assert_valid();
}

/* Units are added to the rule book in memory alone: what is verified here is the chain and its turn. */
static void add_units(void)
{
	struct rulebook *book = office->ledger->rules->book;
	book->units = mem_grow(book->units, book->units_count + UNITS, sizeof *book->units);
	for (int i = 0; i < UNITS; i++) {
		struct rulebook_named *unit = &book->units[book->units_count++];
		*unit = (struct rulebook_named){ .clause = NULL };
		snprintf(unit->name, sizeof unit->name, "unit-%d", i);
	}
}

static void add_badges(void)
{
	struct intake *in = mem_array(UNITS, sizeof *in);
	struct append_item *items = mem_array(UNITS, sizeof *items);
	struct err e = ERR_INIT;
	office_tick(office);
	for (int i = 0; i < UNITS; i++) {
		MEM_CLEANUP char *text = mem_printf("{\"kind\":\"badge\",\"unit\":\"unit-%d\",\"body\":{\"text\":\"x\"}}", i);
		struct jdoc *request = jdoc_parse(text, strlen(text), 4096, 0, &e), *faults = NULL;
		office_must(intake_parse(office->ledger->rules, request, 1000, "tester", office->now, &in[i], &faults, &e), &e);
		items[i] = (struct append_item){ .leaf = &in[i].leaf, .note = &in[i].note, .digest = in[i].digest };
		jdoc_free(request);
	}
	office_must(append_batch(office->ledger, items, UNITS, office->now, &e), &e);
	for (int i = 0; i < UNITS; i++) {
		office_must((int)items[i].err.code, &items[i].err);
		intake_release(&in[i]);
	}
	free(items);
	free(in);
}

static void makes_as_many_entries_as_it_needs_in_one_batch(void **state)
{
	uint64_t size;
	(void)state;
	add_units();
	add_badges();
	size = office->ledger->chain.size;
	turn_to(4);
	carry();
	assert_int_equal(office->ledger->chain.size, size + 2);
	struct leaf first = read_leaf(size), second = read_leaf(size + 1);
	assert_int_equal(first.carried_count, HISTORY_CARRY_MAX);
	assert_int_equal(second.carried_count, 1);
	assert_int_equal(first.time, second.time);
	leaf_release(&first);
	leaf_release(&second);
	struct jdoc *d = office_verify(office, office->dir, true);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	jdoc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_no_entry_in_the_year_of_the_first_one),
		cmocka_unit_test(makes_the_entries_of_a_year_once),
		cmocka_unit_test(accepts_nothing_of_a_year_before_its_entries),
		cmocka_unit_test(goes_on_accepting_where_the_year_has_begun_without_them),
		cmocka_unit_test(makes_as_many_entries_as_it_needs_in_one_batch),
	};
	return cmocka_run_group_tests_name("ledger/carry", tests, make_office, drop_office);
}
