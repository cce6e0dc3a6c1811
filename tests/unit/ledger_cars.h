/*
 * An office with a pool of cars (tests/data/vehicles): its rules are asked, everybody submits everything, and it is in
 * force for ever. In bodies ' stands for ".
 */
#ifndef TESTS_LEDGER_CARS_H
#define TESTS_LEDGER_CARS_H

#include "ledger/docket.h"
#include "ledger/enforce.h"
#include "ledger_office.h"

#define CARS_SCRIPT "/^\\[act /,/^$/d; /^(submit|sign|first_role) =/d; " \
	"s/\\bgarage\\b/hq/; s/^expires = .*/expires = 2999-12-31/"

static inline struct office *cars_new(void)
{
	return office_under("vehicles", CARS_SCRIPT);
}

static inline int cars_set_up(void **state)
{
	*state = cars_new();
	return 0;
}

static inline int cars_tear_down(void **state)
{
	office_free(*state);
	return 0;
}

__attribute__((format(printf, 1, 0)))
static inline char *cars_text(const char *fmt, va_list ap)
{
	char text[1024];
	vsnprintf(text, sizeof text, fmt, ap);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return mem_strdup(text);
}

/* What stands beside kind and unit in a request, taken in at this moment. */
static inline void cars_take_in(struct office *o, const char *kind, const char *more, struct intake *out)
{
	MEM_CLEANUP char *text = mem_printf("{\"kind\":\"%s\",\"unit\":\"hq\",%s}", kind, more);
	struct err e = ERR_INIT;
	struct jdoc *request = jdoc_parse(text, strlen(text), (size_t)1 << 20, 0, &e), *faults = NULL;
	office_must(request ? 0 : (int)e.code, &e);
	office_must(intake_parse(o->ledger->rules, request, 1000, "tester", o->now, out, &faults, &e), &e);
	jdoc_free(request);
}

/* A record that goes in; its entry. */
__attribute__((format(printf, 3, 4)))
static inline uint64_t cars_put(struct office *o, const char *kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	MEM_CLEANUP char *more = cars_text(fmt, ap);
	va_end(ap);
	return office_add(o, kind, more);
}

/* Accepted by the docket alone, as in a batch that is not written yet; its entry. */
__attribute__((format(printf, 4, 5)))
static inline uint64_t cars_accept(struct office *o, uint64_t nth, const char *kind, const char *fmt, ...)
{
	struct intake in;
	va_list ap;
	va_start(ap, fmt);
	MEM_CLEANUP char *more = cars_text(fmt, ap);
	va_end(ap);
	cars_take_in(o, kind, more, &in);
	in.leaf.seq = o->ledger->chain.size + nth;
	docket_accept(o->ledger->docket, &in.leaf, &in.note);
	uint64_t seq = in.leaf.seq;
	intake_release(&in);
	return seq;
}

/* Asks the rules of a record. */
static inline void cars_ask(struct office *o, const char *kind, const char *more, struct enforce_faults *out)
{
	struct intake in;
	struct err e = ERR_INIT;
	cars_take_in(o, kind, more, &in);
	struct jdoc *body = jdoc_parse(in.note.body, in.note.body_len, NOTE_BODY_MAX, 0, &e);
	const struct enforce_subject s = { .docket = o->ledger->docket, .book = o->ledger->rules->book, .leaf = &in.leaf,
	                                   .note = &in.note, .body = body, .now = o->now };
	office_must(enforce_record(&s, out, &e), &e);
	jdoc_free(body);
	intake_release(&in);
}

__attribute__((format(printf, 3, 4)))
static inline void cars_keeps(struct office *o, const char *kind, const char *fmt, ...)
{
	struct enforce_faults f;
	va_list ap;
	va_start(ap, fmt);
	MEM_CLEANUP char *more = cars_text(fmt, ap);
	va_end(ap);
	cars_ask(o, kind, more, &f);
	if (f.count)
		fail_msg("%s {%s}: %s", kind, more, f.at[0].title->en);
}

/* Broken is this sentence and no other; the entry that stands against it. */
__attribute__((format(printf, 4, 5)))
static inline uint64_t cars_breaks(struct office *o, const char *sentence, const char *kind, const char *fmt, ...)
{
	struct enforce_faults f;
	va_list ap;
	va_start(ap, fmt);
	MEM_CLEANUP char *more = cars_text(fmt, ap);
	va_end(ap);
	cars_ask(o, kind, more, &f);
	if (f.count != 1)
		fail_msg("%s {%s}: %zu faults", kind, more, f.count);
	assert_string_equal(f.at[0].title->en, sentence);
	return f.at[0].entry;
}

/* What a trip needs: a vehicle with plate A, a booking that was granted, who drives. */
struct cars_trip {
	uint64_t vehicle, booking, driver;
};

static inline uint64_t cars_book(struct office *o)
{
	uint64_t booking = cars_put(o, "booking", "'body':{'plate_wanted':'A','booked_on':'2024-03-01',"
	                            "'from_on':'2024-03-10','days':'1'}");
	cars_put(o, "booking-answer", "'body':{'booking_entry':%llu,'answered_on':'2024-03-02','granted':true}",
	         (unsigned long long)booking);
	return booking;
}

static inline struct cars_trip cars_prepare(struct office *o)
{
	struct cars_trip t;
	t.vehicle = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31','exam':'shaken'}");
	t.driver = cars_put(o, "appointment", "'body':{'role':'driver','login':'tester','from_on':'2024-01-01'}");
	t.booking = cars_book(o);
	return t;
}

/* The body of a trip; more: further members, each with a comma before it. */
static inline char *cars_trip_text(struct cars_trip t, const char *out_on, const char *sober, const char *more)
{
	return mem_printf("'body':{'booking_entry':%llu,'vehicle_entry':%llu,'driver_entry':%llu,'plate':'A',"
	                  "'out_on':'%s','back_on':'2024-03-12','sober':%s%s}", (unsigned long long)t.booking,
	                  (unsigned long long)t.vehicle, (unsigned long long)t.driver, out_on, sober, more);
}

#endif
