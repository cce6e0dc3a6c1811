/* Bodies of acts: their members, the lines that follow, and whether a leaf says what its body says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ledger/act_body.h"

#define TIME INT64_C(1767225600)        /* 2026-01-01T09:00:00+09:00 */
#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A whole body of each act, with every member that it may have; ' stands for ". */
static const struct act {
	enum leaf_kind kind;
	const char *body, *optional;      /* names that may be absent */
} acts[] = {
	{ LEAF_HOLD, "{'act':'hold','on':['entry 3','matter 4'],'basis':'appeal','reason':'r','decided':'2024-02-29'}",
	  "decided" },
	{ LEAF_RELEASE, "{'act':'release','ends':5,'reason':'r'}", "" },
	{ LEAF_EXTEND, "{'act':'extend','on':['volume 2024/loan/hq'],'years':5,'until':'2029-12-31','reason':'r',"
	  "'decision':'1','basis':'duty'}", "basis" },
	{ LEAF_CLASSIFY, "{'act':'classify','kind':'loan','years':3,'from':'closing','clause':'C7'}", "" },
	{ LEAF_CLOCK, "{'act':'clock','entries':'4-6','counts':2024,'shown':'2026-01-01','reason':'r'}", "" },
	{ LEAF_VOID, "{'act':'void','entry':4,'reason':'r'}", "" },
	{ LEAF_CORRECT_LOSS, "{'act':'correct-loss','on':['entries 3-5'],'noticed':'2024-03-01','what':'w','cause':'c',"
	  "'restorable':'r','personal_data':true,'persons':2,'reported_to':'t','reported_on':'2024-03-02',"
	  "'published':false}", "restorable persons reported_to reported_on published" },
	{ LEAF_ACK, "{'act':'ack','copy':'mirror','seq':7,'head':'" HASH "','until':'2030-12-31'}", "until" },
	{ LEAF_TRANSFER, "{'act':'transfer','approval':6,'archive':'" HASH "','bytes':10,'receipt':'r'}", "" },
	{ LEAF_DESTROYED, "{'act':'destroyed','dispose':6,'level':'key-destroyed','decision':'1'}", "" },
};
#define ACTS_COUNT (sizeof acts / sizeof *acts)

static struct jdoc *read_body(const char *quoted)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_puts(&text, quoted);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\'')
			text.ptr[i] = '"';
	struct jdoc *d = jdoc_parse(buf_str(&text), text.len, NOTE_BODY_MAX, 0, NULL);
	assert_non_null(d);
	return d;
}

struct copying {
	const char *except;
	struct jdoc *to;
};

static int copy_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct copying *c = ctx;
	(void)e;
	if (!c->except || strcmp(name, c->except) != 0)
		jdoc_set(c->to, name, jdoc_keep(value));
	return ERR_OK;
}

static struct jdoc *copy_without(const struct jdoc *body, const char *name)
{
	struct copying c = { name, jdoc_object() };
	jdoc_each(body, copy_member, &c, NULL);
	return c.to;
}

static bool lists(const char *names, const char *name)
{
	size_t len = strlen(name);
	for (const char *s = names; (s = strstr(s, name)); s += len)
		if ((s == names || s[-1] == ' ') && (!s[len] || s[len] == ' '))
			return true;
	return false;
}

static int fill(enum leaf_kind kind, const struct jdoc *body, struct leaf *out, struct err *e)
{
	*out = (struct leaf){ .kind = kind, .time = TIME };
	return act_body_fill(kind, body, out, e);
}

static int check_one(enum leaf_kind kind, const struct jdoc *body, struct err *e)
{
	struct leaf leaf;
	int rc = fill(kind, body, &leaf, e);
	free(leaf.on);
	return rc;
}

static void takes_each_act_with_all_its_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		struct jdoc *body = read_body(acts[i].body);
		struct err e = ERR_INIT;
		if (check_one(acts[i].kind, body, &e))
			fail_msg("%s: %s", leaf_kind_name(acts[i].kind), e.text);
		jdoc_free(body);
	}
}

struct trying {
	const struct act *act;
	const struct jdoc *body;
	size_t tried;
};

static int try_without(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct trying *t = ctx;
	struct jdoc *less = copy_without(t->body, name);
	struct err why = ERR_INIT;
	int rc = check_one(t->act->kind, less, &why);
	(void)value, (void)e;
	if (lists(t->act->optional, name) != (rc == ERR_OK))
		fail_msg("%s without %s: %d %s", leaf_kind_name(t->act->kind), name, rc, why.text);
	if (rc && strcmp(name, "act") != 0)
		assert_non_null(strstr(why.text, name));
	jdoc_free(less);
	t->tried++;
	return ERR_OK;
}

static void refuses_each_act_without_any_member_that_it_must_have(void **state)
{
	(void)state;
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		struct jdoc *body = read_body(acts[i].body);
		struct trying t = { &acts[i], body, 0 };
		jdoc_each(body, try_without, &t, NULL);
		assert_int_equal(t.tried, jdoc_size(body));
		jdoc_free(body);
	}
}

static int try_other_types(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct trying *t = ctx;
	static const char *const others[] = { "null", "{}", "''", "-1", "true", "[]", "[1]", "17", "'x'" };
	(void)e;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		buf_printf(&text, "{'v':%s}", others[i]);
		struct jdoc *holder = read_body(buf_str(&text)), *wrong = copy_without(t->body, name);
		struct jdoc *other = jdoc_get(holder, "v");
		bool same_type = jdoc_type(other) == jdoc_type(value);
		jdoc_set(wrong, name, jdoc_keep(other));
		struct err why = ERR_INIT;
		int rc = check_one(t->act->kind, wrong, &why);
		if (!same_type && rc != ERR_SYNTAX)
			fail_msg("%s: %s is %s, and that is taken", leaf_kind_name(t->act->kind), name, others[i]);
		if (i < 4 && rc != ERR_SYNTAX)    /* right for nothing */
			fail_msg("%s: %s is %s, and that is taken", leaf_kind_name(t->act->kind), name, others[i]);
		jdoc_free(holder);
		jdoc_free(wrong);
	}
	t->tried++;
	return ERR_OK;
}

static void refuses_each_member_of_another_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		struct jdoc *body = read_body(acts[i].body);
		struct trying t = { &acts[i], body, 0 };
		jdoc_each(body, try_other_types, &t, NULL);
		assert_int_equal(t.tried, jdoc_size(body));
		jdoc_free(body);
	}
}

static void refuses_a_member_that_the_act_has_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		struct jdoc *body = read_body(acts[i].body);
		struct err e = ERR_INIT;
		jdoc_set_string(body, "more", "x");
		assert_int_equal(check_one(acts[i].kind, body, &e), ERR_SYNTAX);
		jdoc_free(body);
	}
}

static void takes_the_first_person_of_what_two_do_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		struct jdoc *body = read_body(acts[i].body);
		jdoc_set(body, "first", jdoc_object());
		int wanted = act_body_persons(acts[i].kind) == 2 ? ERR_OK : ERR_SYNTAX;
		assert_int_equal(check_one(acts[i].kind, body, NULL), wanted);
		struct jdoc *moved = act_body_moved(body), *whole = read_body(acts[i].body);
		assert_true(jdoc_is_equal(moved, whole));
		jdoc_free(moved);
		jdoc_free(whole);
		jdoc_free(body);
	}
	assert_int_equal(act_body_persons(LEAF_HEARTBEAT), 0);
	assert_int_equal(act_body_persons(LEAF_RECORD), 0);
}

static void refuses_a_body_of_another_act_or_of_none(void **state)
{
	(void)state;
	struct jdoc *body = read_body(acts[0].body);
	struct err e = ERR_INIT;
	assert_int_equal(check_one(LEAF_VOID, body, &e), ERR_SYNTAX);
	assert_int_equal(check_one(LEAF_HEARTBEAT, body, &e), ERR_KIND);
	struct jdoc *list = read_body("['hold']");
	assert_int_equal(check_one(LEAF_HOLD, list, &e), ERR_SYNTAX);
	jdoc_free(list);
	jdoc_free(body);
}

static void refuses_a_text_that_is_too_long(void **state)
{
	(void)state;
	struct jdoc *body = read_body(acts[1].body);
	char text[ACT_BODY_TEXT_MAX + 2];
	memset(text, 'x', sizeof text);
	text[ACT_BODY_TEXT_MAX + 1] = '\0';
	jdoc_set_string(body, "reason", text);
	assert_int_equal(check_one(LEAF_RELEASE, body, NULL), ERR_TOOBIG);
	text[ACT_BODY_TEXT_MAX] = '\0';
	jdoc_set_string(body, "reason", text);
	assert_int_equal(check_one(LEAF_RELEASE, body, NULL), ERR_OK);
	jdoc_free(body);
}

/* A value of the right type that the act does not take. */
static void refuses_values_that_say_nothing(void **state)
{
	static const struct { size_t act; const char *name, *value; } wrong[] = {
		{ 0, "on", "['entry 03']" }, { 0, "on", "['entry 3','entry 3']" }, { 0, "on", "[]" },
		{ 0, "basis", "'whim'" }, { 0, "basis", "'audit'" }, { 0, "decided", "'2024-02-30'" },
		{ 3, "kind", "'Loan'" }, { 3, "years", "0" }, { 3, "years", "101" }, { 3, "from", "'now'" },
		{ 4, "entries", "'6-4'" }, { 4, "entries", "'4-'" }, { 4, "entries", "'4-4'" }, { 4, "counts", "12" },
		{ 7, "copy", "'a b'" }, { 7, "head", "'sha256:00'" }, { 8, "archive", "'" HASH "0'" },
		{ 9, "level", "'gone'" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		buf_printf(&text, "{'v':%s}", wrong[i].value);
		struct jdoc *holder = read_body(buf_str(&text)), *body = read_body(acts[wrong[i].act].body);
		jdoc_set(body, wrong[i].name, jdoc_keep(jdoc_get(holder, "v")));
		if (check_one(acts[wrong[i].act].kind, body, NULL) != ERR_SYNTAX)
			fail_msg("%s: %s is taken", wrong[i].name, wrong[i].value);
		jdoc_free(holder);
		jdoc_free(body);
	}
}

static void ends_a_hold_a_year_after_the_decision(void **state)
{
	static const struct { const char *decided; struct date until; } days[] = {
		{ "2024-02-29", { 2025, 2, 28 } }, { "2023-02-28", { 2024, 2, 28 } }, { "2025-12-31", { 2026, 12, 31 } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct jdoc *body = read_body(acts[0].body);
		struct leaf leaf;
		jdoc_set_string(body, "decided", days[i].decided);
		assert_int_equal(fill(LEAF_HOLD, body, &leaf, NULL), ERR_OK);
		assert_true(leaf.has_until);
		assert_int_equal(date_day_number(leaf.until), date_day_number(days[i].until));
		free(leaf.on);
		jdoc_free(body);
	}
}

static void sorts_what_it_is_on(void **state)
{
	struct jdoc *body = read_body("{'act':'hold','on':['volume 2024/loan/hq','matter 4','entry 9','entries 3-5',"
	                              "'entry 3'],'basis':'suit','reason':'r'}");
	struct leaf leaf;
	(void)state;
	assert_int_equal(fill(LEAF_HOLD, body, &leaf, NULL), ERR_OK);
	assert_int_equal(leaf.on_count, 5);
	assert_int_equal(leaf.on[0].first, 3);
	assert_int_equal(leaf.on[1].first, 9);
	assert_int_equal(leaf.on[2].type, LEAF_ON_ENTRIES);
	assert_int_equal(leaf.on[3].type, LEAF_ON_MATTER);
	assert_int_equal(leaf.on[4].type, LEAF_ON_VOLUME);
	assert_false(leaf.has_until);
	free(leaf.on);
	jdoc_free(body);
}

/* Body and leaf. */

static void complete(struct leaf *leaf)
{
	strcpy(leaf->kind_name, leaf_kind_name(leaf->kind));
	strcpy(leaf->origin, "test.example/register");
	leaf->seq = 20;
	leaf->has_volume = true;
	leaf->volume = (struct leaf_volume){ .year = 2026, .unit = "hq" };
	strcpy(leaf->volume.kind, leaf->kind_name);
	leaf_seqs_add(&leaf->by, 1);
	leaf_seqs_add(&leaf->by, 2);
}

static void change_on(struct leaf *l) { l->on[0].first = l->on[0].last = 2; l->on[0].type = LEAF_ON_ENTRY; }
static void change_until(struct leaf *l) { l->until.year++; }
static void change_basis(struct leaf *l) { l->basis = LEAF_BASIS_AUDIT; }
static void change_ends(struct leaf *l) { l->ends++; }
static void change_class_kind(struct leaf *l) { strcpy(l->class.kind, "paper"); }
static void change_class_years(struct leaf *l) { l->class.years++; }
static void change_class_from(struct leaf *l) { l->class.from_closing = !l->class.from_closing; }
static void change_counts(struct leaf *l) { l->counts++; }
static void change_voids(struct leaf *l) { l->voids++; }
static void change_copy(struct leaf *l) { strcpy(l->copy, "other"); }
static void change_copy_seq(struct leaf *l) { l->copy_seq++; }
static void change_copy_head(struct leaf *l) { l->copy_head.b[0] ^= 1; }
static void change_archive(struct leaf *l) { l->archive.hash.b[0] ^= 1; }
static void change_bytes(struct leaf *l) { l->archive.bytes++; }
static void change_level(struct leaf *l) { l->level = LEAF_LEVEL_IDS_ABSENT; }
static void drop_until(struct leaf *l) { l->has_until = false; }
static void drop_on(struct leaf *l) { l->on_count--; }
static void drop_basis(struct leaf *l) { l->basis = LEAF_BASIS_NONE; }

static const struct {
	enum leaf_kind kind;
	void (*change)(struct leaf *l);
} changes[] = {
	{ LEAF_HOLD, change_on }, { LEAF_HOLD, drop_on }, { LEAF_HOLD, change_until }, { LEAF_HOLD, drop_until },
	{ LEAF_HOLD, change_basis }, { LEAF_RELEASE, change_ends }, { LEAF_EXTEND, change_on },
	{ LEAF_EXTEND, change_until }, { LEAF_EXTEND, change_basis }, { LEAF_EXTEND, drop_basis },
	{ LEAF_CLASSIFY, change_class_kind }, { LEAF_CLASSIFY, change_class_years }, { LEAF_CLASSIFY, change_class_from },
	{ LEAF_CLOCK, change_on }, { LEAF_CLOCK, change_counts }, { LEAF_VOID, change_voids },
	{ LEAF_CORRECT_LOSS, change_on }, { LEAF_ACK, change_copy }, { LEAF_ACK, change_copy_seq },
	{ LEAF_ACK, change_copy_head }, { LEAF_ACK, change_until }, { LEAF_ACK, drop_until },
	{ LEAF_TRANSFER, change_on }, { LEAF_TRANSFER, change_archive }, { LEAF_TRANSFER, change_bytes },
	{ LEAF_DESTROYED, change_on }, { LEAF_DESTROYED, change_level },
};

static void agrees_with_its_own_leaf_and_with_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const struct act *act = acts;
		while (act->kind != changes[i].kind)
			act++;
		struct jdoc *body = read_body(act->body);
		BUF_CLEANUP struct buf text = BUF_INIT;
		struct leaf leaf;
		struct err e = ERR_INIT;
		assert_int_equal(fill(act->kind, body, &leaf, NULL), ERR_OK);
		complete(&leaf);
		jdoc_print_canonical(body, &text);
		struct note note = { .body = text.ptr, .body_len = text.len };
		if (act_body_agrees(&leaf, &note, &e))
			fail_msg("change %zu, %s: %s", i, leaf_kind_name(act->kind), e.text);
		changes[i].change(&leaf);
		if (act_body_agrees(&leaf, &note, &e) == ERR_OK)
			fail_msg("change %zu, %s: agrees all the same", i, leaf_kind_name(act->kind));
		leaf_release(&leaf);
		jdoc_free(body);
	}
}

/* The day of an act, against the Time of its entry. */
#define TIME INT64_C(1767225600)        /* 2026-01-01T09:00:00+09:00 */
#define DAY_S (24 * 60 * 60)

static bool is_timely(enum leaf_kind kind, int days_before)
{
	return act_body_is_timely(kind, date_of_time(TIME - (int64_t)days_before * DAY_S), TIME);
}

static void takes_what_one_person_states_on_the_day_or_the_day_before(void **state)
{
	(void)state;
	assert_true(is_timely(LEAF_APPROVE, 0));
	assert_true(is_timely(LEAF_APPROVE, 1));
	assert_false(is_timely(LEAF_APPROVE, 2));
	assert_false(is_timely(LEAF_APPROVE, -1));
	assert_false(is_timely(LEAF_VOID, 2));
	assert_false(is_timely(LEAF_RULES, 2));
}

static void leaves_the_second_of_two_persons_two_weeks(void **state)
{
	(void)state;
	assert_true(is_timely(LEAF_RELEASE, 14));
	assert_false(is_timely(LEAF_RELEASE, 15));
	assert_false(is_timely(LEAF_RELEASE, -1));
	assert_true(is_timely(LEAF_DESTROYED, 14));
}

static void counts_days_of_japan(void **state)
{
	const int64_t midnight = TIME - 9 * 60 * 60;
	(void)state;
	assert_true(act_body_is_timely(LEAF_HOLD, (struct date){ 2026, 1, 1 }, midnight));
	assert_false(act_body_is_timely(LEAF_HOLD, (struct date){ 2026, 1, 1 }, midnight - 1));
	assert_false(act_body_is_timely(LEAF_HOLD, (struct date){ 2025, 12, 30 }, midnight));
	assert_true(act_body_is_timely(LEAF_HOLD, (struct date){ 2025, 12, 30 }, midnight - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_act_with_all_its_members),
		cmocka_unit_test(refuses_each_act_without_any_member_that_it_must_have),
		cmocka_unit_test(refuses_each_member_of_another_type),
		cmocka_unit_test(refuses_a_member_that_the_act_has_not),
		cmocka_unit_test(takes_the_first_person_of_what_two_do_alone),
		cmocka_unit_test(refuses_a_body_of_another_act_or_of_none),
		cmocka_unit_test(refuses_a_text_that_is_too_long),
		cmocka_unit_test(refuses_values_that_say_nothing),
		cmocka_unit_test(ends_a_hold_a_year_after_the_decision),
		cmocka_unit_test(sorts_what_it_is_on),
		cmocka_unit_test(agrees_with_its_own_leaf_and_with_no_other),
		cmocka_unit_test(takes_what_one_person_states_on_the_day_or_the_day_before),
		cmocka_unit_test(leaves_the_second_of_two_persons_two_weeks),
		cmocka_unit_test(counts_days_of_japan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
