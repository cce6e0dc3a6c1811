/* What a person states of a disposal, by its proposal, approval or abort, and the plan that it is about: for the keeper
 * and the verifier alike. */
#include <inttypes.h>
#include <string.h>

#include "ledger/dispose_impl.h"

static const struct dispose_body bodies[] = {
	[DISPOSE_PROPOSE] = { "propose", LEAF_PROPOSE, NULL },
	[DISPOSE_APPROVE] = { "approve", LEAF_APPROVE, "decision" },
	[DISPOSE_ABORT] = { "abort", LEAF_ABORT, "reason" },
};

const struct dispose_body *dispose_body_of(enum dispose_act act)
{
	return &bodies[act];
}

static void print_start(const char *origin, enum rulebook_measure measure, struct buf *out)
{
	buf_printf(out, "daicho-plan 1\nOrigin: %s\nMeasure: %s\n", origin, rulebook_measure_word(measure));
}

static void print_due(const struct leaf_due *d, struct buf *out)
{
	char root[HASH_TEXT_LEN + 1];
	hash_print(&d->root, root);
	buf_puts(out, "Due: ");
	leaf_volume_print(&d->group, out);
	buf_printf(out, " %" PRIu64 " %s\n", d->count, root);
}

void dispose_except_print(const struct leaf_range *r, struct buf *out)
{
	buf_printf(out, "%" PRIu64, r->first);
	if (r->last != r->first)
		buf_printf(out, "-%" PRIu64, r->last);
}

static struct hash finish_plan(const struct leaf_range *except, size_t count, struct buf *text)
{
	for (size_t i = 0; i < count; i++) {
		buf_puts(text, "Except: ");
		dispose_except_print(&except[i], text);
		buf_putc(text, '\n');
	}
	return hash_of(buf_str(text), text->len);
}

struct hash dispose_plan_digest(const char *origin, const struct history_dues *d)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	print_start(origin, d->measure, &text);
	for (size_t i = 0; i < d->count; i++)
		print_due(&d->at[i].due, &text);
	return finish_plan(d->except, d->except_count, &text);
}

struct hash dispose_leaf_digest(const struct leaf *leaf, enum rulebook_measure measure)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	print_start(leaf->origin, measure, &text);
	for (size_t i = 0; i < leaf->due_count; i++)
		print_due(&leaf->due[i], &text);
	return finish_plan(leaf->except, leaf->except_count, &text);
}

static bool names_proposal(const struct dispose_body *a, const struct jdoc *body, uint64_t proposal)
{
	int64_t named = 0;
	if (a->kind == LEAF_PROPOSE)
		return !jdoc_get(body, "proposal");
	return jdoc_get_integer(body, "proposal", &named) && (uint64_t)named == proposal;
}

int dispose_body_check(const struct dispose_body *a, const struct hash *plan, int base_year, uint64_t proposal,
                       const struct note *note, struct err *e)
{
	char text[HASH_TEXT_LEN + 1];
	int64_t year = 0;
	hash_print(plan, text);
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	if (!body)
		return e->code;
	const char *act = jdoc_get_text(body, "act"), *named = jdoc_get_text(body, "plan");
	bool same = act && strcmp(act, a->name) == 0 && named && strcmp(named, text) == 0 &&
	            jdoc_get_integer(body, "base_year", &year) && year == base_year && strcmp(note->kind, a->name) == 0;
	bool is_of = names_proposal(a, body, proposal), has_words = !a->words || jdoc_get_text(body, a->words);
	jdoc_free(body);
	if (!same)
		return err_set(e, ERR_CONFLICT, "disposal: the statement is about another plan");
	if (!is_of)
		return err_set(e, ERR_CONFLICT, "disposal: the statement is about another proposal");
	return has_words ? ERR_OK : err_set(e, ERR_SYNTAX, "%s: is wanted", a->words);
}

int dispose_agrees(const struct leaf *proposal, enum rulebook_measure measure, const struct note *note, struct err *e)
{
	struct hash plan = dispose_leaf_digest(proposal, measure);
	int base_year = proposal->due_count ? proposal->due[0].group.year : 0;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (strcmp(bodies[i].name, note->kind) == 0)
			return dispose_body_check(&bodies[i], &plan, base_year, proposal->seq, note, e);
	return err_set(e, ERR_KIND, "disposal: the statement is of another act");
}
