/* The values of rules, dues and routes: conditions, operands, searches, steps. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/rulebook_draft.h"

struct scan {
	const char *text;
	size_t at;
	struct err *e;
};

#define refuse_here(s, ...) cond_refuse((s)->text, (s)->text + (s)->at, (s)->e, __VA_ARGS__)

static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char OF_WORD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

int rulebook_parse_condition(void *at, const char *value, struct err *e)
{
	return cond_parse(value, at, e);
}

int rulebook_parse_operand(void *at, const char *value, struct err *e)
{
	return cond_operand_parse(value, at, e);
}

void rulebook_search_release(struct rulebook_search *s)
{
	cond_operand_free(s->on);
	for (size_t i = 0; i < s->terms_count; i++)
		cond_operand_free(s->terms[i].operand);
	*s = (struct rulebook_search){ .on = NULL };
}

static char see(struct scan *s)
{
	s->at += strspn(s->text + s->at, " \t");
	return s->text[s->at];
}

static bool takes_word(struct scan *s, const char *word)
{
	see(s);
	if (strspn(s->text + s->at, OF_WORD) != strlen(word) || strncmp(s->text + s->at, word, strlen(word)) != 0)
		return false;
	s->at += strlen(word);
	return true;
}

static int take_name(struct scan *s, const char *what, char out[LEAF_NAME_MAX + 1])
{
	const char *start;
	size_t len;

	see(s);
	start = s->text + s->at;
	len = strspn(start, OF_WORD);
	if (!text_is_name(start, len))
		return refuse_here(s, "the name of a %s is wanted", what);
	memcpy(out, start, len);
	out[len] = '\0';
	s->at += len;
	return ERR_OK;
}

static int take_field(struct scan *s, char out[RULEBOOK_FIELD_MAX + 1])
{
	const char *start;
	size_t len;

	see(s);
	start = s->text + s->at;
	len = strspn(start, OF_WORD);
	if (!len || len > RULEBOOK_FIELD_MAX || !strchr(LETTERS, *start) || memchr(start, '-', len))
		return refuse_here(s, "a field is wanted");
	memcpy(out, start, len);
	out[len] = '\0';
	s->at += len;
	return ERR_OK;
}

static int take_end(struct scan *s, const char *wanted)
{
	return see(s) ? refuse_here(s, "%s is wanted", lang_text(wanted)) : ERR_OK;
}

/* What follows "with". */
static int take_terms(struct scan *s, struct rulebook_search *out)
{
	do {
		struct rulebook_term *t = &out->terms[out->terms_count];
		int rc;

		if (out->terms_count == RULEBOOK_TERMS_MAX)
			return refuse_here(s, "at most %d of FIELD = OPERAND are wanted", RULEBOOK_TERMS_MAX);
		rc = take_field(s, t->field);
		if (!rc && see(s) != '=')
			rc = refuse_here(s, "= is wanted");
		if (rc)
			return rc;
		s->at++;
		rc = cond_operand_read(s->text, &s->at, &t->operand, s->e);
		if (rc)
			return rc;
		out->terms_count++;
	} while (takes_word(s, "and"));
	return take_end(s, N_("the end or \"and\""));
}

/* What follows "in". */
static int take_numbers(struct scan *s, struct rulebook_search *out)
{
	int rc = take_field(s, out->in);

	if (!rc && takes_word(s, "on"))
		rc = cond_operand_read(s->text, &s->at, &out->on, s->e);
	return rc ? rc : take_end(s, out->on ? N_("the end") : N_("the end or \"on\""));
}

static int keep_search(int rc, const struct rulebook_search *found, struct rulebook_search *out)
{
	struct rulebook_search left = *found;

	if (rc)
		rulebook_search_release(&left);
	else
		*out = left;
	return rc;
}

int rulebook_parse_search(void *at, const char *value, struct err *e)
{
	struct scan s = { value, 0, e };
	struct rulebook_search found = { .on = NULL };
	int rc = take_name(&s, "matter", found.name);

	if (!rc && takes_word(&s, "with"))
		rc = take_terms(&s, &found);
	else if (!rc && takes_word(&s, "in"))
		rc = take_numbers(&s, &found);
	else if (!rc)
		rc = refuse_here(&s, "\"with\" or \"in\" is wanted");
	return keep_search(rc, &found, at);
}

int rulebook_parse_done(void *at, const char *value, struct err *e)
{
	struct scan s = { value, 0, e };
	struct rulebook_search found = { .on = NULL };
	int rc = take_name(&s, "kind", found.name);

	if (!rc)
		rc = takes_word(&s, "with") ? take_terms(&s, &found) : refuse_here(&s, "\"with\" is wanted");
	return keep_search(rc, &found, at);
}

/* KIND [FIELD "VALUE"] */
static int take_step(struct scan *s, struct rulebook_step *out)
{
	const char *start, *end;
	int rc = take_name(s, "kind", out->kind);

	if (rc || !see(s) || see(s) == ',')
		return rc;
	rc = take_field(s, out->field);
	if (!rc && see(s) != '"')
		rc = refuse_here(s, "a value in \"...\" is wanted");
	if (rc)
		return rc;
	start = s->text + s->at + 1;
	end = strchr(start, '"');
	if (!end)
		return refuse_here(s, "the value that begins here wants a closing \"");
	out->value = mem_strndup(start, (size_t)(end - start));
	s->at = (size_t)(end + 1 - s->text);
	return ERR_OK;
}

static int take_steps(struct scan *s, struct rulebook_route *out)
{
	for (;; s->at++) {
		int rc;

		if (out->steps_count == RULEBOOK_STEPS_MAX)
			return refuse_here(s, "at most %d steps are wanted", RULEBOOK_STEPS_MAX);
		rc = take_step(s, &out->steps[out->steps_count++]);
		if (rc)
			return rc;
		if (see(s) != ',')
			break;
	}
	if (out->steps_count < 2 && !see(s))
		return refuse_here(s, "a second step is wanted");
	return take_end(s, N_("the end or a comma"));
}

int rulebook_parse_steps(void *at, const char *value, struct err *e)
{
	struct scan s = { value, 0, e };
	struct rulebook_route *route = at;
	int rc = take_steps(&s, route);

	if (rc)
		for (; route->steps_count; route->steps_count--) {
			struct rulebook_step *step = &route->steps[route->steps_count - 1];

			free(step->value);
			*step = (struct rulebook_step){ .value = NULL };
		}
	return rc;
}
