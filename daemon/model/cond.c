#include "model/cond.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/cond_tree.h"

#define MONTHS_OF_YEAR 12
#define DAYS_SPAN ((int64_t)4000000)           /* more days than the calendar of records has */
#define NUMBER_TEXT_MAX 24

/* Values. */

static void add_value(struct cond_values *v, struct cond_value value)
{
	if (v->count == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 4;
		v->at = mem_grow(v->at, v->cap, sizeof(*v->at));
	}
	v->at[v->count++] = value;
}

void cond_values_add_text(struct cond_values *v, const char *text)
{
	add_value(v, (struct cond_value){ .type = COND_TEXT, .text = mem_strdup(text) });
}

void cond_values_add_number(struct cond_values *v, int64_t number)
{
	add_value(v, (struct cond_value){ .type = COND_NUMBER, .number = number });
}

void cond_values_add_bool(struct cond_values *v, bool is_true)
{
	add_value(v, (struct cond_value){ .type = COND_BOOL, .number = is_true });
}

void cond_values_release(struct cond_values *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->at[i].text);
	free(v->at);
	*v = (struct cond_values){ .at = NULL };
}

/* Hands all values of one list over to another. */
static void move_values(struct cond_values *to, struct cond_values *from)
{
	for (size_t i = 0; i < from->count; i++)
		add_value(to, from->at[i]);
	from->count = 0;
	cond_values_release(from);
}

static const char *write_value(const struct cond_value *v, char room[NUMBER_TEXT_MAX])
{
	if (v->type == COND_TEXT)
		return v->text;
	if (v->type == COND_BOOL)
		return v->number ? "true" : "false";
	snprintf(room, NUMBER_TEXT_MAX, "%" PRId64, v->number);
	return room;
}

static int compare_values(const struct cond_value *a, const struct cond_value *b)
{
	char of_a[NUMBER_TEXT_MAX], of_b[NUMBER_TEXT_MAX];

	if (a->type == COND_NUMBER && b->type == COND_NUMBER)
		return (a->number > b->number) - (a->number < b->number);
	return strcmp(write_value(a, of_a), write_value(b, of_b));
}

static bool holds_within(const struct cond_value *a, const struct cond_value *b)
{
	char of_a[NUMBER_TEXT_MAX], of_b[NUMBER_TEXT_MAX];

	return strstr(write_value(a, of_a), write_value(b, of_b)) != NULL;
}

bool cond_values_agree(const struct cond_values *a, const struct cond_values *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (compare_values(&a->at[i], &b->at[k]) == 0)
				return true;
	return false;
}

/* The calendar. */

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

struct date cond_add_days(struct date d, int64_t days)
{
	const int64_t day_s = date_to_time((struct date){ 1970, 1, 2 }) - date_to_time((struct date){ 1970, 1, 1 });

	return date_of_time(date_to_time(d) + clamp(days, -DAYS_SPAN, DAYS_SPAN) * day_s);
}

/* The same day of another month, or that month's last. *out_exact: there is such a day. */
static struct date shift_months(struct date d, int64_t months, bool *out_exact)
{
	int64_t month = (int64_t)d.year * MONTHS_OF_YEAR + d.month - 1 + months;
	struct date first = { (int)(month / MONTHS_OF_YEAR), (int)(month % MONTHS_OF_YEAR) + 1, 1 };
	struct date next = first.month == MONTHS_OF_YEAR ? (struct date){ first.year + 1, 1, 1 }
	                                                 : (struct date){ first.year, first.month + 1, 1 };
	int days = (int)(date_day_number(next) - date_day_number(first));

	*out_exact = d.day <= days;
	first.day = *out_exact ? d.day : days;
	return first;
}

/* 民法 143 (2): a period ends on the eve of the day that corresponds to its first; on the last day of its last month
 * where there is no such day. */
struct date cond_add_months(struct date d, int months)
{
	bool exact;
	struct date day = shift_months(d, clamp(months, -DATE_YEAR_MIN * MONTHS_OF_YEAR, DATE_YEAR_MAX * MONTHS_OF_YEAR),
	                               &exact);

	return months > 0 && exact ? cond_add_days(day, -1) : day;
}

/* Operands. */

/* False when it is no day, or leads to none. */
static bool shift_value(const struct cond_operand *o, struct cond_value *v)
{
	struct date d;

	if (v->type != COND_TEXT || !date_parse(v->text, strlen(v->text), &d))
		return false;
	d = o->shift == COND_SHIFT_DAYS ? cond_add_days(d, o->by) : cond_add_months(d, (int)o->by);
	if (!date_is_valid(d))
		return false;
	date_print(d, v->text);
	return true;
}

static int get_source(const struct cond_operand *o, const struct cond_port *port, struct cond_values *out,
                      struct err *e)
{
	if (o->source == COND_FROM_PATH)
		return port->get(port->ctx, &o->path, out, e);
	if (o->source == COND_FROM_TEXT)
		cond_values_add_text(out, o->text);
	else
		cond_values_add_number(out, o->number);
	return ERR_OK;
}

int cond_operand_values(const struct cond_operand *o, const struct cond_port *port, struct cond_values *out,
                        struct err *e)
{
	struct cond_values found = { .at = NULL };
	bool is_good = true;
	int rc = get_source(o, port, &found, e);

	for (size_t i = 0; !rc && o->shift != COND_NO_SHIFT && i < found.count; i++)
		is_good &= shift_value(o, &found.at[i]);
	if (rc || !is_good)
		cond_values_release(&found);
	move_values(out, &found);
	return rc;
}

const char *cond_operand_text(const struct cond_operand *o)
{
	return o->written;
}

int cond_operand_path(const struct cond_operand *o, struct cond_path *out)
{
	if (o->source != COND_FROM_PATH)
		return 0;
	*out = o->path;
	return 1;
}

/* Conditions. */

struct question {
	const struct cond_port *port;
	struct err *e;
};

static bool answers_op(enum cond_op op, const struct cond_value *a, const struct cond_value *b)
{
	int order = compare_values(a, b);
	const bool answers[] = {
		[COND_EQUAL] = order == 0, [COND_UNEQUAL] = order != 0,
		[COND_LESS] = order < 0, [COND_LESS_EQUAL] = order <= 0,
		[COND_GREATER] = order > 0, [COND_GREATER_EQUAL] = order >= 0,
		[COND_HAS] = op == COND_HAS && holds_within(a, b),
	};

	return answers[op];
}

static bool is_among(const struct cond_value *v, char *const *texts, size_t count)
{
	char room[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		if (strcmp(write_value(v, room), texts[i]) == 0)
			return true;
	return false;
}

static bool answers_each(const struct cond_node *n, const struct cond_values *left, const struct cond_values *right)
{
	bool holds = left->count > 0 && (n->type != COND_COMPARED || right->count > 0);

	for (size_t i = 0; holds && i < left->count; i++) {
		const struct cond_value *v = &left->at[i];

		if (n->type == COND_GIVEN)
			holds = v->type != COND_BOOL || v->number;
		else if (n->type == COND_IN)
			holds = is_among(v, n->texts, n->texts_count);
		for (size_t k = 0; holds && k < right->count; k++)
			holds = answers_op(n->op, v, &right->at[k]);
	}
	return holds;
}

static int ask_fact(const struct question *q, const struct cond_node *n, bool *out)
{
	struct cond_values left = { .at = NULL }, right = { .at = NULL };
	int rc = cond_operand_values(n->left, q->port, &left, q->e);

	if (!rc && n->right)
		rc = cond_operand_values(n->right, q->port, &right, q->e);
	if (!rc)
		*out = answers_each(n, &left, &right);
	cond_values_release(&left);
	cond_values_release(&right);
	return rc;
}

/* As deep as the parser let the text be. */
static int ask(const struct question *q, const struct cond_node *n, bool *out)
{
	bool answer = n->type == COND_AND;
	int rc = ERR_OK;

	if (n->type > COND_NOT)
		return ask_fact(q, n, out);
	for (size_t i = 0; !rc && i < n->nodes_count; i++) {
		rc = ask(q, n->nodes[i], &answer);
		if (answer == (n->type == COND_OR))
			break;
	}
	if (!rc)
		*out = n->type == COND_NOT ? !answer : answer;
	return rc;
}

int cond_holds(const struct cond *c, const struct cond_port *port, bool *out, struct err *e)
{
	const struct question q = { port, e };

	return ask(&q, c->root, out);
}

const char *cond_text(const struct cond *c)
{
	return c->text;
}

static int tell_path(const struct cond_operand *o, cond_path_fn *fn, void *ctx, struct err *e)
{
	return o && o->source == COND_FROM_PATH ? fn(ctx, &o->path, e) : ERR_OK;
}

static int tell_paths(const struct cond_node *n, cond_path_fn *fn, void *ctx, struct err *e)
{
	int rc = tell_path(n->left, fn, ctx, e);

	if (!rc)
		rc = tell_path(n->right, fn, ctx, e);
	for (size_t i = 0; !rc && i < n->nodes_count; i++)
		rc = tell_paths(n->nodes[i], fn, ctx, e);
	return rc;
}

int cond_paths(const struct cond *c, cond_path_fn *fn, void *ctx, struct err *e)
{
	return tell_paths(c->root, fn, ctx, e);
}
