/* The rules and routes of a rule book, asked of one record. */
#include "ledger_cars.h"

typedef unsigned long long ull;

#define GRANTED "A trip has a booking that was granted"
#define BOOKED_AHEAD "A car is booked a week ahead"
#define THREE_DAYS "A car is booked for three days at most"
#define ONE_CHIEF "There is one chief"
#define PLATE "The plate is that of the vehicle"
#define WHO_DRIVES "Who drives is appointed on that day"
#define ONE_TRIP "A car is on one trip at a time"
#define SOBER "The driver had nothing to drink"
#define NO_RACE "No racing"
#define IN_ORDER "A fault is seen, estimated, repaired, ended"

static void asks_for_what_another_record_says(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *good = cars_trip_text(t, "2024-03-10", "true", "");
	cars_keeps(o, "trip", "%s", good);
	t.booking = cars_put(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-03-01','from_on':'2024-03-10',"
	                     "'days':'1'}");
	MEM_CLEANUP char *unanswered = cars_trip_text(t, "2024-03-10", "true", "");
	cars_breaks(o, GRANTED, "trip", "%s", unanswered);
	cars_put(o, "booking-answer", "'body':{'booking_entry':%llu,'answered_on':'2024-03-02','granted':false}",
	         (ull)t.booking);
	cars_breaks(o, GRANTED, "trip", "%s", unanswered);
}

static void asks_a_record_as_it_was_corrected(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	const char *const booking = "'body':{'plate_wanted':'%s','vehicle_entry':%llu,'booked_on':'2024-03-01',"
	                            "'from_on':'2024-03-10','days':'1'}";
	MEM_CLEANUP char *a = mem_printf(booking, "A", (ull)t.vehicle), *b = mem_printf(booking, "B", (ull)t.vehicle);
	cars_keeps(o, "booking", "%s", a);
	cars_breaks(o, PLATE, "booking", "%s", b);
	cars_put(o, "vehicle", "'corrects':%llu,'reason':'x','body':{'plate':'B','bought_on':'2024-01-31'}",
	         (ull)t.vehicle);
	cars_keeps(o, "booking", "%s", b);
	cars_breaks(o, PLATE, "booking", "%s", a);
}

/* Each level by itself: what it answers, with a reason and without. */
static void assert_level(struct office *o, const char *kind, const char *more, enum rulebook_level level, int without,
                         int with)
{
	struct enforce_faults f;
	struct jdoc *list = NULL;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *text = mem_strdup(more);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	cars_ask(o, kind, text, &f);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.at[0].level, level);
	assert_int_equal(enforce_answer(&f, false, &list, &e), without);
	assert_int_equal(jdoc_size(list), 1);
	assert_string_equal(jdoc_get_text(jdoc_at(list, 0), "at"), f.at[0].clause);
	assert_int_equal(strncmp(e.text, f.at[0].clause, strlen(f.at[0].clause)), 0);
	jdoc_free(list);
	assert_int_equal(enforce_answer(&f, true, &list, &e), with);
	jdoc_free(list);
}

static void answers_each_level(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *drunk = cars_trip_text(t, "2024-03-10", "false", "");
	assert_level(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-03-01','from_on':'2024-03-10','days':'4'}",
	             RULEBOOK_REFUSE, ERR_RULE, ERR_RULE);
	assert_level(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-03-04','from_on':'2024-03-10','days':'1'}",
	             RULEBOOK_WARN, ERR_REASON, ERR_OK);
	assert_level(o, "trip", drunk, RULEBOOK_ATTEST, ERR_RULE, ERR_RULE);
}

static void names_the_refusal_before_the_warning(void **state)
{
	struct office *o = *state;
	struct enforce_faults f;
	struct jdoc *list = NULL;
	struct err e = ERR_INIT;
	struct note note = { .passed_count = 0 };
	cars_ask(o, "booking", "\"body\":{\"plate_wanted\":\"A\",\"booked_on\":\"2024-03-04\",\"from_on\":\"2024-03-10\","
	         "\"days\":\"4\"}", &f);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.at[0].title->en, BOOKED_AHEAD); /* in the order of the rule book */
	assert_int_equal(enforce_answer(&f, true, &list, &e), ERR_RULE);
	assert_non_null(strstr(e.text, THREE_DAYS));
	assert_int_equal(jdoc_size(list), 2);
	jdoc_free(list);
	f.count = 1;
	assert_int_equal(enforce_passed(&f, &note, &e), ERR_OK);
	assert_int_equal(note.passed_count, 1);
	assert_string_equal(note.passed[0], "K5");
}

static void forbids_a_second_that_stands(void **state)
{
	struct office *o = *state;
	const char *const body = "'body':{'role':'chief','login':'%s','from_on':'2024-01-01'%s}";
	MEM_CLEANUP char *jiro = mem_printf(body, "jiro", "");
	cars_keeps(o, "appointment", "%s", jiro);
	uint64_t chief = cars_put(o, "appointment", "'body':{'role':'chief','login':'taro','from_on':'2024-01-01'}");
	assert_int_equal(cars_breaks(o, ONE_CHIEF, "appointment", "%s", jiro), chief);
	cars_keeps(o, "appointment", "'body':{'role':'driver','login':'jiro','from_on':'2024-01-01'}");
	/* who follows ends it, and a correction does not stand against itself */
	cars_keeps(o, "appointment", "'body':{'role':'chief','login':'jiro','from_on':'2024-01-01',"
	           "'predecessor_entry':%llu}", (ull)chief);
	cars_keeps(o, "appointment", "'corrects':%llu,'reason':'x','body':{'role':'chief','login':'taro',"
	           "'from_on':'2024-01-02'}", (ull)chief);
	cars_put(o, "appointment-end", "'body':{'appointment_entry':%llu,'ended_on':'2024-02-01'}", (ull)chief);
	cars_keeps(o, "appointment", "%s", jiro);
}

static void counts_what_the_same_batch_accepted(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *trip = cars_trip_text(t, "2024-03-10", "true", "");
	cars_keeps(o, "trip", "%s", trip);
	uint64_t out = cars_accept(o, 0, "trip", "%s", trip);
	assert_int_equal(cars_breaks(o, ONE_TRIP, "trip", "%s", trip), out);
	cars_accept(o, 1, "trip-end", "'body':{'trip_entry':%llu,'back_on':'2024-03-12'}", (ull)out);
	cars_keeps(o, "trip", "%s", trip);
	docket_forget(o->ledger->docket);
	cars_keeps(o, "trip", "%s", trip);
}

/* The second of two that exclude each other is refused alone, and its faults say why. */
static void refuses_the_second_of_one_batch(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *trip = cars_trip_text(t, "2024-03-10", "true", "");
	struct intake in[2];
	struct append_item items[2];
	struct err e = ERR_INIT;
	for (char *c = trip; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	for (size_t i = 0; i < 2; i++) {
		cars_take_in(o, "trip", trip, &in[i]);
		items[i] = (struct append_item){ .leaf = &in[i].leaf, .note = &in[i].note, .attachments = in[i].attachments,
			                         .digest = in[i].digest };
	}
	assert_int_equal(append_batch(o->ledger, items, 2, office_tick(o), &e), ERR_OK);
	assert_int_equal(items[0].err.code, ERR_OK);
	assert_int_equal(items[1].err.code, ERR_RULE);
	assert_non_null(strstr(items[1].err.text, ONE_TRIP));
	int64_t entry = 0;
	assert_true(jdoc_get_integer(jdoc_at(items[1].faults, 0), "entry", &entry));
	assert_int_equal(entry, items[0].seq);
	for (size_t i = 0; i < 2; i++) {
		jdoc_free(items[i].faults);
		intake_release(&in[i]);
	}
}

static void asks_what_stood_on_a_day_in_the_past(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *before = cars_trip_text(t, "2023-12-31", "true", ""),
	            *first = cars_trip_text(t, "2024-01-01", "true", ""),
	            *last = cars_trip_text(t, "2024-06-30", "true", ""),
	            *after = cars_trip_text(t, "2024-07-01", "true", "");
	cars_breaks(o, WHO_DRIVES, "trip", "%s", before);
	cars_keeps(o, "trip", "%s", first);
	cars_keeps(o, "trip", "%s", after);
	cars_put(o, "appointment-end", "'body':{'appointment_entry':%llu,'ended_on':'2024-06-30'}", (ull)t.driver);
	cars_keeps(o, "trip", "%s", last);
	assert_int_equal(cars_breaks(o, WHO_DRIVES, "trip", "%s", after), t.driver);
}

static void finds_a_word_in_a_text(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *race = cars_trip_text(t, "2024-03-10", "true", ",'purpose':'a race at night'"),
	            *trace = cars_trip_text(t, "2024-03-10", "true", ",'purpose':'delivery'");
	cars_breaks(o, NO_RACE, "trip", "%s", race);
	cars_keeps(o, "trip", "%s", trace);
	cars_breaks(o, NO_RACE, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-03-01','from_on':'2024-03-10',"
	            "'days':'1','purpose':'race'}"); /* a rule of all kinds */
}

/* A week over 29 February, and over a February without. */
static void reckons_with_the_calendar(void **state)
{
	struct office *o = *state;
	cars_keeps(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-02-29','from_on':'2024-03-07','days':'1'}");
	cars_breaks(o, BOOKED_AHEAD, "booking",
	            "'body':{'plate_wanted':'A','booked_on':'2024-03-01','from_on':'2024-03-07','days':'1'}");
	cars_keeps(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2023-02-28','from_on':'2023-03-07','days':'1'}");
	cars_breaks(o, BOOKED_AHEAD, "booking",
	            "'body':{'plate_wanted':'A','booked_on':'2023-03-01','from_on':'2023-03-07','days':'1'}");
}

static void keeps_the_order_of_a_route(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "fault", "'body':{'what':'tyre','seen_on':'2024-02-28'}");
	const char *const step = "'body':{'fault_entry':%llu,'done_on':'%s','step':'%s'}";
	MEM_CLEANUP char *estimated = mem_printf(step, (ull)n, "2024-02-29", "estimated"),
	            *early = mem_printf(step, (ull)n, "2024-02-27", "estimated"),
	            *repaired = mem_printf(step, (ull)n, "2024-02-29", "repaired"),
	            *back = mem_printf(step, (ull)n, "2024-02-28", "repaired"),
	            *other = mem_printf(step, (ull)n, "2024-02-29", "painted"),
	            *end = mem_printf("'body':{'fault_entry':%llu,'ended_on':'2024-03-01'}", (ull)n);
	assert_int_equal(cars_breaks(o, IN_ORDER, "fault-step", "%s", repaired), n);
	cars_breaks(o, IN_ORDER, "fault-step", "%s", other);
	cars_breaks(o, IN_ORDER, "fault-step", "%s", early);
	cars_breaks(o, IN_ORDER, "fault-end", "%s", end);
	cars_put(o, "fault-step", "%s", estimated);
	cars_breaks(o, IN_ORDER, "fault-step", "%s", estimated);
	cars_breaks(o, IN_ORDER, "fault-step", "%s", back);
	cars_accept(o, 0, "fault-step", "%s", repaired); /* the same day will do, and the same batch */
	cars_keeps(o, "fault-end", "%s", end);
	docket_forget(o->ledger->docket);
	cars_breaks(o, IN_ORDER, "fault-end", "%s", end);
}

static void knows_the_last_day_of_a_rule_book(void **state)
{
	struct office *o = *state;
	struct err e = ERR_INIT;
	const struct rulebook *book = o->ledger->rules->book;
	int64_t end = date_to_time(cond_add_days(book->expires, 1));
	assert_int_equal(enforce_in_force(book, end - 1, &e), ERR_OK);
	assert_int_equal(enforce_in_force(book, end, &e), ERR_RULE);
	assert_int_equal(strncmp(e.text, "K1: ", 4), 0);
}

int main(void)
{
	office_library();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asks_for_what_another_record_says, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(asks_a_record_as_it_was_corrected, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(answers_each_level, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(names_the_refusal_before_the_warning, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(forbids_a_second_that_stands, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(counts_what_the_same_batch_accepted, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(refuses_the_second_of_one_batch, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(asks_what_stood_on_a_day_in_the_past, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(finds_a_word_in_a_text, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(reckons_with_the_calendar, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_order_of_a_route, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(knows_the_last_day_of_a_rule_book, cars_set_up, cars_tear_down),
	};
	return cmocka_run_group_tests_name("ledger/enforce", tests, NULL, NULL);
}
