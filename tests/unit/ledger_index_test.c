/* The index answers from what it was told, and forgets what was disposed of. */
#include "ledger_fixture.h"

struct indexed {
	char *dir, *path;
	struct index *index;
};

static int open_new(void **state)
{
	struct err e = ERR_INIT;
	struct indexed *x = mem_alloc(sizeof *x);
	x->dir = make_dir();
	x->path = file_path(x->dir, "index.db");
	x->index = index_open(x->path, &e);
	if (!x->index)
		give_up("index_open", &e);
	*state = x;
	return 0;
}

static int close_it(void **state)
{
	struct indexed *x = *state;
	index_close(x->index);
	file_remove_tree(x->dir, NULL);
	free(x->path);
	free(x->dir);
	free(x);
	return 0;
}

static void tell(struct index *ix, struct leaf *leaf, const struct index_person *person)
{
	struct err e = ERR_INIT;
	struct hash hash = hash_of(&leaf->seq, sizeof leaf->seq);
	struct oid commit = oid_of(OID_BLOB, &leaf->seq, sizeof leaf->seq);
	if (index_add(ix, leaf, &hash, &commit, person, &e))
		give_up("index_add", &e);
	leaf_release(leaf);
}

static struct leaf record(uint64_t seq, const char *kind, const char *opens)
{
	struct leaf leaf = { .seq = seq, .time = (int64_t)seq * 100, .has_volume = true, .volume.year = 2026 };
	snprintf(leaf.kind_name, sizeof leaf.kind_name, "%s", kind);
	snprintf(leaf.volume.kind, sizeof leaf.volume.kind, "%s", kind);
	snprintf(leaf.volume.unit, sizeof leaf.volume.unit, "hq");
	snprintf(leaf.opens, sizeof leaf.opens, "%s", opens);
	return leaf;
}

static void tell_link(struct index *ix, uint64_t seq, const char *opens, uint64_t closes, uint64_t under)
{
	struct leaf leaf = record(seq, "loan", opens);
	if (closes)
		leaf_seqs_add(&leaf.closes, closes);
	if (under)
		leaf_seqs_add(&leaf.under, under);
	tell(ix, &leaf, NULL);
}

static struct index_matter get_matter(struct index *ix, uint64_t seq)
{
	struct index_matter m;
	struct err e = ERR_INIT;
	if (index_matter(ix, seq, &m, &e))
		give_up("index_matter", &e);
	return m;
}

static void keeps_a_parent_open_with_any_descendant(void **state)
{
	struct indexed *x = *state;
	tell_link(x->index, 1, "application", 0, 0);
	tell_link(x->index, 2, "loan", 0, 1);
	tell_link(x->index, 3, "checkout", 0, 2);
	tell_link(x->index, 4, "", 1, 0);
	tell_link(x->index, 5, "", 2, 0);
	assert_true(get_matter(x->index, 1).closed && get_matter(x->index, 1).open);
	tell_link(x->index, 6, "", 3, 0);
	assert_false(get_matter(x->index, 1).open);
}

static void says_who_opened_nothing(void **state)
{
	struct indexed *x = *state;
	struct index_matter m;
	tell_link(x->index, 1, "", 0, 0);
	assert_int_equal(index_matter(x->index, 1, &m, NULL), ERR_NOTFOUND);
}

static void gives_an_entry_back(void **state)
{
	struct indexed *x = *state;
	struct index_entry entry;
	struct leaf leaf = record(7, "device", "device");
	leaf.record = hash_of("x", 1);
	struct hash digest = leaf.record;
	tell(x->index, &leaf, NULL);
	assert_int_equal(index_entry(x->index, 7, &entry, NULL), ERR_OK);
	assert_true(entry.has_volume && hash_is_equal(&entry.record, &digest));
	assert_string_equal(entry.volume.kind, "device");
	assert_string_equal(entry.volume.unit, "hq");
	assert_int_equal(entry.volume.year, 2026);
	assert_int_equal(index_entry(x->index, 8, &entry, NULL), ERR_NOTFOUND);
}

static int count_entry(void *ctx, const struct index_entry *entry, struct err *e)
{
	uint64_t *sum = ctx;
	(void)e;
	*sum = *sum * 10 + entry->seq;
	return ERR_OK;
}

static uint64_t list(struct index *ix, struct index_filter f)
{
	uint64_t sum = 0;
	assert_int_equal(index_list(ix, &f, count_entry, &sum, NULL), ERR_OK);
	return sum;
}

static void lists_by_each_filter(void **state)
{
	struct indexed *x = *state;
	for (uint64_t i = 1; i <= 4; i++) {
		struct leaf leaf = record(i, i % 2 ? "loan" : "device", "");
		tell(x->index, &leaf, NULL);
	}
	struct leaf beat = { .seq = 5, .time = 500 };
	strcpy(beat.kind_name, "heartbeat");
	tell(x->index, &beat, NULL);
	assert_int_equal(list(x->index, (struct index_filter){ .limit = 0 }), 12345);
	assert_int_equal(list(x->index, (struct index_filter){ .only_records = true }), 1234);
	assert_int_equal(list(x->index, (struct index_filter){ .kind = "loan" }), 13);
	assert_int_equal(list(x->index, (struct index_filter){ .unit = "hq", .year = 2026, .limit = 2 }), 12);
	assert_int_equal(list(x->index, (struct index_filter){ .reverse = true, .limit = 2 }), 54);
	assert_int_equal(list(x->index, (struct index_filter){ .has_after = true, .after = 3 }), 45);
	assert_int_equal(list(x->index, (struct index_filter){ .reverse = true, .has_after = true, .after = 3 }), 21);
	assert_int_equal(list(x->index, (struct index_filter){ .has_since = true, .since = 200, .has_until = true,
	                                                        .until = 400 }), 23);
}

static void finds_a_person_until_the_appointment_ends(void **state)
{
	struct indexed *x = *state;
	struct index_person p = { .login = "a", .fpr = "", .role = "manager", .unit = "hq" }, got;
	struct leaf leaf = record(1, "appointment", "appointment");
	tell(x->index, &leaf, &p);
	assert_int_equal(index_person_by_login(x->index, "a", "manager", &got, NULL), ERR_OK);
	assert_int_equal(index_person_by_login(x->index, "a", "handler", &got, NULL), ERR_NOTFOUND);
	assert_int_equal(index_person_by_key(x->index, "", &got, NULL), ERR_NOTFOUND);
	tell_link(x->index, 2, "", 1, 0);
	assert_int_equal(index_person_by_login(x->index, "a", NULL, &got, NULL), ERR_NOTFOUND);
	leaf = record(3, "appointment", "appointment");
	tell(x->index, &leaf, &p);
	assert_int_equal(index_person_by_login(x->index, "a", NULL, &got, NULL), ERR_OK);
	assert_int_equal(got.first, 1);
}

static int count_person(void *ctx, const struct index_person *person, struct err *e)
{
	int64_t *sum = ctx;
	(void)e;
	*sum = 100 * *sum + (int64_t)person->seq + person->since;
	return ERR_OK;
}

static void gives_every_open_appointment_of_a_login_with_its_first_day(void **state)
{
	struct indexed *x = *state;
	struct index_person p = { .login = "a", .role = "manager", .unit = "hq", .since = 10 };
	int64_t sum = 0;
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct leaf leaf = record(seq, "appointment", "appointment");
		tell(x->index, &leaf, &p);
	}
	tell_link(x->index, 4, "", 2, 0);
	assert_int_equal(index_persons_of(x->index, "a", count_person, &sum, NULL), ERR_OK);
	assert_int_equal(sum, 1113);
	assert_int_equal(index_persons_of(x->index, "b", count_person, &sum, NULL), ERR_OK);
	assert_int_equal(sum, 1113);
}

static void appoint(struct index *ix, uint64_t seq, const char *login, const char *fpr, uint64_t corrects)
{
	struct index_person p = { .role = "manager", .unit = "hq" };
	struct leaf leaf = record(seq, "appointment", "appointment");
	snprintf(p.login, sizeof p.login, "%s", login);
	snprintf(p.fpr, sizeof p.fpr, "%s", fpr);
	leaf.has_corrects = corrects != 0;
	leaf.corrects = corrects;
	tell(ix, &leaf, &p);
}

static uint64_t first_of(struct index *ix, uint64_t appointment)
{
	uint64_t first = 0;
	assert_int_equal(index_person_first(ix, appointment, &first, NULL), ERR_OK);
	return first;
}

static void takes_two_persons_for_one_once_an_appointment_links_them(void **state)
{
	struct indexed *x = *state;
	appoint(x->index, 1, "taro", "K1", 0);
	appoint(x->index, 2, "jiro", "K2", 0);
	appoint(x->index, 3, "jiro", "K3", 0);
	appoint(x->index, 4, "hanako", "", 0);
	appoint(x->index, 5, "saburo", "", 0);
	assert_int_equal(first_of(x->index, 3), 2);
	appoint(x->index, 6, "taro", "K3", 0);
	for (uint64_t seq = 1; seq <= 6; seq++)
		assert_int_equal(first_of(x->index, seq), seq == 4 || seq == 5 ? seq : 1);
}

static void takes_a_correction_for_the_corrected_person(void **state)
{
	struct indexed *x = *state;
	struct index_person got;
	appoint(x->index, 1, "taro", "K1", 0);
	appoint(x->index, 2, "zoe", "K2", 1);
	assert_int_equal(first_of(x->index, 2), 1);
	assert_int_equal(index_person_by_login(x->index, "taro", NULL, &got, NULL), ERR_NOTFOUND);
	assert_int_equal(index_person_by_key(x->index, "K1", &got, NULL), ERR_NOTFOUND);
	assert_int_equal(index_person_by_key(x->index, "K2", &got, NULL), ERR_OK);
	assert_int_equal(got.first, 1);
}

static void tell_correction(struct index *ix, uint64_t seq, uint64_t corrects)
{
	struct leaf leaf = record(seq, "loan", "");
	leaf.has_corrects = true;
	leaf.corrects = corrects;
	tell(ix, &leaf, NULL);
}

static struct index_entry get_entry(struct index *ix, uint64_t seq)
{
	struct index_entry entry;
	struct err e = ERR_INIT;
	if (index_entry(ix, seq, &entry, &e))
		give_up("index_entry", &e);
	return entry;
}

static void knows_what_corrects_what(void **state)
{
	struct indexed *x = *state;
	uint64_t latest;
	tell_link(x->index, 1, "loan", 0, 0);
	tell_link(x->index, 2, "loan", 0, 0);
	tell_correction(x->index, 3, 1);
	tell_correction(x->index, 4, 3);
	assert_false(get_entry(x->index, 1).has_corrects);
	assert_int_equal(get_entry(x->index, 1).corrected_by, 3);
	assert_int_equal(get_entry(x->index, 2).corrected_by, 0);
	assert_int_equal(get_entry(x->index, 2).first, 2);
	assert_int_equal(get_entry(x->index, 3).corrects, 1);
	assert_int_equal(get_entry(x->index, 3).corrected_by, 4);
	assert_int_equal(get_entry(x->index, 4).first, 1);
	assert_int_equal(index_latest(x->index, 1, &latest, NULL), ERR_OK);
	assert_int_equal(latest, 4);
	assert_int_equal(index_latest(x->index, 2, &latest, NULL), ERR_OK);
	assert_int_equal(latest, 2);
}

static void opens_no_second_matter_for_a_correction(void **state)
{
	struct indexed *x = *state;
	struct index_matter m;
	tell_link(x->index, 1, "loan", 0, 0);
	tell_correction(x->index, 2, 1);
	assert_int_equal(index_matter(x->index, 2, &m, NULL), ERR_NOTFOUND);
	assert_true(get_matter(x->index, 1).open);
}

static void ends_a_corrected_appointment_with_its_matter(void **state)
{
	struct indexed *x = *state;
	struct index_person p = { .role = "manager", .unit = "hq" }, got;
	struct leaf leaf = record(1, "appointment", "appointment");
	strcpy(p.login, "taro");
	tell(x->index, &leaf, &p);
	for (uint64_t seq = 2; seq <= 4; seq++) {
		if (seq == 3) {
			tell_link(x->index, 3, "", 1, 0);
			assert_int_equal(index_person_by_login(x->index, "taro", NULL, &got, NULL), ERR_NOTFOUND);
			continue;
		}
		leaf = record(seq, "appointment", "");
		leaf.has_corrects = true;
		leaf.corrects = seq == 2 ? 1 : 2;
		tell(x->index, &leaf, &p);
		assert_int_equal(index_person_by_login(x->index, "taro", NULL, &got, NULL),
		                 seq == 2 ? ERR_OK : ERR_NOTFOUND);
	}
}

static void tell_void(struct index *ix, uint64_t seq, uint64_t voids)
{
	struct leaf leaf = record(seq, "void", "");
	leaf.kind = LEAF_VOID;
	leaf.has_voids = true;
	leaf.voids = voids;
	tell(ix, &leaf, NULL);
}

static void opens_again_what_a_voided_closing_closed(void **state)
{
	struct index *ix = ((struct indexed *)*state)->index;
	struct index_entry entry;
	tell_link(ix, 1, "loan", 0, 0);
	tell_link(ix, 2, "", 1, 0);
	assert_true(get_matter(ix, 1).closed);
	tell_void(ix, 3, 2);
	assert_false(get_matter(ix, 1).closed);
	assert_int_equal(index_entry(ix, 2, &entry, NULL), ERR_OK);
	assert_int_equal(entry.voided_by, 3);
	tell_link(ix, 4, "", 1, 0);
	assert_true(get_matter(ix, 1).closed);
}

static void opens_nothing_by_a_voided_opening(void **state)
{
	struct index *ix = ((struct indexed *)*state)->index;
	tell_link(ix, 1, "loan", 0, 0);
	tell_link(ix, 2, "checkout", 0, 1);
	tell_void(ix, 3, 2);
	assert_true(get_matter(ix, 2).voided);
	assert_false(get_matter(ix, 2).open);
	assert_false(get_matter(ix, 1).voided);
	assert_true(get_matter(ix, 1).open);
}

static void appoints_nobody_by_a_voided_appointment_and_again_by_a_voided_end(void **state)
{
	struct index *ix = ((struct indexed *)*state)->index;
	struct index_person p = { .login = "a", .fpr = "", .role = "manager", .unit = "hq" }, got;
	struct leaf leaf = record(1, "appointment", "appointment");
	bool is = false;
	tell(ix, &leaf, &p);
	leaf = record(2, "appointment", "");
	leaf.has_corrects = true;
	leaf.corrects = 1;
	tell(ix, &leaf, &p);
	tell_link(ix, 3, "", 1, 0);
	assert_int_equal(index_person_by_login(ix, "a", NULL, &got, NULL), ERR_NOTFOUND);
	tell_void(ix, 4, 3);
	assert_int_equal(index_person_by_login(ix, "a", NULL, &got, NULL), ERR_OK);
	assert_int_equal(got.seq, 2);
	tell_void(ix, 5, 1);
	assert_int_equal(index_person_by_login(ix, "a", NULL, &got, NULL), ERR_NOTFOUND);
	assert_int_equal(index_person_is(ix, 1, "a", &is, NULL), ERR_OK);
	assert_true(is);
}

static void knows_a_person_by_a_disposed_appointment_without_its_names(void **state)
{
	struct indexed *x = *state;
	uint64_t first;
	appoint(x->index, 1, "hanako", "K1", 0);
	appoint(x->index, 2, "taro", "K2", 0);
	appoint(x->index, 3, "taro", "K3", 0);
	assert_int_equal(index_dispose(x->index, 2, 9, NULL), ERR_OK);
	appoint(x->index, 10, "hanako", "K3", 0);
	appoint(x->index, 11, "jiro", "K2", 0);
	assert_int_equal(first_of(x->index, 2), 1);
	assert_int_equal(first_of(x->index, 11), 11);
	assert_int_equal(index_person_first(x->index, 4, &first, NULL), ERR_NOTFOUND);
}

static void forgets_the_request_of_a_disposed_record(void **state)
{
	struct indexed *x = *state;
	static const uint8_t id[NOTE_REQUEST_LEN] = { 1 };
	struct index_entry entry;
	struct hash digest = hash_of("x", 1), got;
	uint64_t seq;
	bool found;
	tell_link(x->index, 1, "", 0, 0);
	assert_int_equal(index_set_request(x->index, id, &digest, 1, NULL), ERR_OK);
	assert_int_equal(index_request(x->index, id, &found, &seq, &got, NULL), ERR_OK);
	assert_true(found && seq == 1 && hash_is_equal(&got, &digest));
	assert_int_equal(index_dispose(x->index, 1, 9, NULL), ERR_OK);
	assert_int_equal(index_request(x->index, id, &found, &seq, &got, NULL), ERR_OK);
	assert_false(found);
	assert_int_equal(index_entry(x->index, 1, &entry, NULL), ERR_OK);
	assert_int_equal(entry.disposed_by, 9);
}

static uint64_t find_docno(struct index *ix, const struct index_docno *d)
{
	bool found;
	uint64_t seq;
	assert_int_equal(index_docno(ix, d, &found, &seq, NULL), ERR_OK);
	return found ? seq : 0;
}

static void keeps_a_document_number_with_the_first_who_has_it(void **state)
{
	struct indexed *x = *state;
	struct index_docno d = { .prefix = "熊少", .year = 2026, .number = 121 };
	tell_link(x->index, 1, "", 0, 0);
	tell_link(x->index, 2, "", 0, 0);
	assert_int_equal(index_set_docno(x->index, &d, 1, NULL), ERR_OK);
	assert_int_equal(index_set_docno(x->index, &d, 2, NULL), ERR_OK);
	assert_int_equal(find_docno(x->index, &d), 1);
	d.year++;
	assert_int_equal(find_docno(x->index, &d), 0);
	d.year--, d.branch = 2;
	assert_int_equal(find_docno(x->index, &d), 0);
	d.branch = 0, d.number = 1210;
	assert_int_equal(find_docno(x->index, &d), 0);
	d.number = 121;
	assert_int_equal(index_clear(x->index, NULL), ERR_OK);
	assert_int_equal(find_docno(x->index, &d), 0);
}

static void forgets_the_document_number_of_who_was_corrected_or_disposed_of(void **state)
{
	struct indexed *x = *state;
	const struct index_docno d = { .prefix = "熊少", .year = 2026, .number = 121 };
	struct leaf correction = record(2, "loan", "");
	tell_link(x->index, 1, "", 0, 0);
	assert_int_equal(index_set_docno(x->index, &d, 1, NULL), ERR_OK);
	correction.has_corrects = true;
	correction.corrects = 1;
	tell(x->index, &correction, NULL);
	assert_int_equal(find_docno(x->index, &d), 0);
	assert_int_equal(index_set_docno(x->index, &d, 2, NULL), ERR_OK);
	assert_int_equal(find_docno(x->index, &d), 2);
	assert_int_equal(index_dispose(x->index, 2, 9, NULL), ERR_OK);
	assert_int_equal(find_docno(x->index, &d), 0);
}

static void remembers_where_it_stands(void **state)
{
	struct indexed *x = *state;
	struct chain chain, again;
	struct merkle before, before_again;
	struct hash leaf = hash_of("leaf", 4);
	assert_false(index_chain(x->index, &again, &before_again));
	chain_init(&chain);
	strcpy(chain.origin, "a.example");
	before = chain.frontier;
	merkle_add(&chain.frontier, &leaf);
	chain.size = 1;
	assert_int_equal(index_set_chain(x->index, &chain, &before, NULL), ERR_OK);
	index_close(x->index);
	x->index = index_open(x->path, NULL);
	assert_non_null(x->index);
	assert_true(index_chain(x->index, &again, &before_again));
	assert_int_equal(again.size, 1);
	assert_int_equal(before_again.size, 0);
	assert_int_equal(index_clear(x->index, NULL), ERR_OK);
	assert_false(index_chain(x->index, &again, &before_again));
}

static void refuses_what_is_no_database(void **state)
{
	struct indexed *x = *state;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = file_path(x->dir, "other.db");
	assert_int_equal(file_write_durable(path, "no database, however long the text of it may be", 47, 0600, NULL),
	                 ERR_OK);
	assert_null(index_open(path, &e));
	assert_int_equal(e.code, ERR_SYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_new, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_a_parent_open_with_any_descendant),
		TEST(says_who_opened_nothing),
		TEST(gives_an_entry_back),
		TEST(lists_by_each_filter),
		TEST(finds_a_person_until_the_appointment_ends),
		TEST(gives_every_open_appointment_of_a_login_with_its_first_day),
		TEST(takes_two_persons_for_one_once_an_appointment_links_them),
		TEST(takes_a_correction_for_the_corrected_person),
		TEST(knows_what_corrects_what),
		TEST(opens_no_second_matter_for_a_correction),
		TEST(ends_a_corrected_appointment_with_its_matter),
		TEST(opens_again_what_a_voided_closing_closed),
		TEST(opens_nothing_by_a_voided_opening),
		TEST(appoints_nobody_by_a_voided_appointment_and_again_by_a_voided_end),
		TEST(knows_a_person_by_a_disposed_appointment_without_its_names),
		TEST(forgets_the_request_of_a_disposed_record),
		TEST(keeps_a_document_number_with_the_first_who_has_it),
		TEST(forgets_the_document_number_of_who_was_corrected_or_disposed_of),
		TEST(remembers_where_it_stands),
		TEST(refuses_what_is_no_database),
	};
	return cmocka_run_group_tests_name("ledger/index", tests, NULL, NULL);
}
