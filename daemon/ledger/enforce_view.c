/* How conditions see a record: its fields, what stands beside its body, and the entries that it numbers. */
#include <string.h>

#include "base/lang.h"
#include "ledger/enforce.h"

static void add_day(struct cond_values *out, struct date day)
{
	char text[DATE_LEN + 1];
	if (!day.year)
		return;
	date_print(day, text);
	cond_values_add_text(out, text);
}

static void add_word(struct cond_values *out, const char *text)
{
	if (text && *text)
		cond_values_add_text(out, text);
}

/* What is no field: asked before the body, whose fields may not have these names. */
static bool add_special(const struct enforce_view *v, const char *word, struct cond_values *out)
{
	const struct {
		const char *word, *text;
	} texts[] = {
		{ "kind", v->kind }, { "unit", v->unit }, { "role", v->role }, { "submitter", v->submitter },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].word, word) == 0 && !jdoc_get(v->body, word)) {
			add_word(out, texts[i].text);
			return true;
		}
	if (strcmp(word, "acting") == 0)
		add_word(out, v->role);
	else if (strcmp(word, "corrects") == 0 && v->corrects)
		cond_values_add_number(out, (int64_t)v->corrects);
	else if (strcmp(word, "today") == 0)
		add_day(out, v->today);
	else if (strcmp(word, "event") == 0)
		add_day(out, v->event);
	else if (strcmp(word, "number") == 0 && v->number)
		cond_values_add_number(out, (int64_t)v->number);
	else
		return strcmp(word, "number") == 0 || strcmp(word, "corrects") == 0;
	return true;
}

static void add_value(const struct jdoc *value, struct cond_values *out)
{
	int64_t number;
	switch (jdoc_type(value)) {
	case JDOC_STRING:
		cond_values_add_text(out, jdoc_text(value));
		break;
	case JDOC_INTEGER:
		if (jdoc_integer_value(value, &number))
			cond_values_add_number(out, number);
		break;
	case JDOC_BOOL:
		cond_values_add_bool(out, jdoc_is_true(value));
		break;
	case JDOC_ARRAY:
		for (size_t i = 0; i < jdoc_size(value); i++)
			add_value(jdoc_at(value, i), out);
		break;
	default:
		break;
	}
}

static void add_field(const struct enforce_view *v, const char *word, struct cond_values *out)
{
	if (!add_special(v, word, out) && jdoc_get(v->body, word))
		add_value(jdoc_get(v->body, word), out);
}

/* The records of a kind that belong to the matter of an entry, close it, or open another under it: their numbers. */
struct gathering {
	struct docket *docket;
	const char *kind;
	struct cond_values *out;
};

static int gather_one(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	const struct gathering *g = ctx;
	const struct docket_record *r;
	if (link != INDEX_WITHIN && link != INDEX_CLOSES && link != INDEX_UNDER)
		return ERR_OK;
	int rc = docket_record(g->docket, seq, &r, e);
	if (!rc && strcmp(r->kind, g->kind) == 0)
		cond_values_add_number(g->out, (int64_t)seq);
	return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
}

static int step(struct docket *d, uint64_t seq, const char *word, struct cond_values *out, struct err *e)
{
	struct gathering gathering = { d, word, out };
	const struct docket_record *r;
	struct enforce_view next;
	if (rulebook_kind(docket_book(d), word))
		return docket_linked(d, seq, gather_one, &gathering, e);
	int rc = docket_record(d, seq, &r, e);
	if (rc)
		return rc;
	enforce_view_of(&next, d, r, 0);
	add_field(&next, word, out);
	return ERR_OK;
}

/* From each entry that `from` numbers. What is gone or never was leads to nothing. */
static int follow(const struct enforce_view *v, const struct cond_values *from, const char *word,
                  struct cond_values *out, struct err *e)
{
	for (size_t i = 0; i < from->count; i++) {
		struct err why = ERR_INIT;
		if (from->at[i].type != COND_NUMBER || from->at[i].number < 0)
			continue;
		int rc = step(v->docket, (uint64_t)from->at[i].number, word, out, &why);
		if (rc && rc != ERR_NOTFOUND && rc != ERR_GONE) {
			if (e)
				*e = why;
			return rc;
		}
	}
	return ERR_OK;
}

static int get(void *ctx, const struct cond_path *path, struct cond_values *out, struct err *e)
{
	const struct enforce_view *v = ctx;
	struct cond_values at = { .count = 0 };
	int rc = ERR_OK;
	add_field(v, path->word[0], &at);
	for (size_t i = 1; !rc && i < path->count; i++) {
		struct cond_values next = { .count = 0 };
		if (strcmp(path->word[i], "count") == 0)
			cond_values_add_number(&next, (int64_t)at.count);
		else
			rc = follow(v, &at, path->word[i], &next, e);
		cond_values_release(&at);
		at = next;
	}
	for (size_t i = 0; !rc && i < at.count; i++)
		if (at.at[i].type == COND_TEXT)
			cond_values_add_text(out, at.at[i].text);
		else if (at.at[i].type == COND_NUMBER)
			cond_values_add_number(out, at.at[i].number);
		else
			cond_values_add_bool(out, at.at[i].number != 0);
	cond_values_release(&at);
	return rc;
}

struct cond_port enforce_port(struct enforce_view *v)
{
	return (struct cond_port){ v, get };
}

void enforce_view_of(struct enforce_view *v, struct docket *d, const struct docket_record *r, int64_t now)
{
	*v = (struct enforce_view){ .docket = d, .number = r->seq, .kind = r->kind, .unit = r->unit, .role = r->role,
		                    .submitter = r->submitter, .event = r->event, .body = r->body };
	if (now)
		v->today = date_of_time(now);
}

int enforce_terms_hold(const struct rulebook_search *search, struct enforce_view *of, struct enforce_view *by,
                       bool *out, struct err *e)
{
	const struct cond_port port = enforce_port(by);
	int rc = ERR_OK;
	*out = true;
	for (size_t i = 0; !rc && *out && i < search->terms_count; i++) {
		struct cond_values has = { .count = 0 }, wanted = { .count = 0 };
		add_field(of, search->terms[i].field, &has);
		rc = cond_operand_values(search->terms[i].operand, &port, &wanted, e);
		*out = !rc && cond_values_agree(&has, &wanted);
		cond_values_release(&has);
		cond_values_release(&wanted);
	}
	return rc;
}

const char *enforce_say(const struct rulebook_title *title)
{
	const char *own = lang_get() == LANG_JA ? title->ja : title->en;
	return own ? own : title->en ? title->en : title->ja;
}
