/* What a body says of other entries, of its day, of a person and of a document; and whether a leaf agrees with it. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/intake.h"

static int add_number(struct leaf_seqs *list, const char *field, const struct jdoc *value, struct err *e)
{
	int64_t n;
	if (!jdoc_integer_value(value, &n) || n < 0 || (uint64_t)n > LEAF_SEQ_MAX)
		return err_set(e, ERR_RULE, "%s: the number of an entry is wanted", field);
	leaf_seqs_add(list, (uint64_t)n);
	return list->count <= LEAF_LIST_MAX ? ERR_OK
		: err_set(e, ERR_TOOBIG, "%s: at most %d entries", field, LEAF_LIST_MAX);
}

/* A field holds one number or an array of them. */
static int add_field(struct leaf_seqs *list, const struct jdoc *body, const char *field, struct err *e)
{
	const struct jdoc *value = jdoc_get(body, field);
	int rc = ERR_OK;
	if (!value)
		return ERR_OK;
	if (jdoc_type(value) != JDOC_ARRAY)
		return add_number(list, field, value, e);
	for (size_t i = 0; !rc && i < jdoc_size(value); i++)
		rc = add_number(list, field, jdoc_at(value, i), e);
	return rc;
}

static int add_links(struct leaf_seqs *list, const struct jdoc *body, const struct rulebook_links *links, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < links->count; i++)
		rc = add_field(list, body, links->at[i].field, e);
	return rc;
}

static int add_matters(const struct rulebook_kind *k, const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	memcpy(leaf->opens, k->opens, sizeof leaf->opens);
	int rc = add_links(&leaf->closes, body, &k->closes, e);
	if (!rc)
		rc = add_links(&leaf->within, body, &k->within, e);
	return rc ? rc : add_links(&leaf->under, body, &k->under, e);
}

int intake_links(const struct rulebook_kind *k, const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	struct leaf shared = { .kind = LEAF_RECORD };
	int rc = add_matters(k, body, leaf->has_corrects ? &shared : leaf, e);
	leaf_release(&shared);
	for (size_t i = 0; !rc && i < k->concerns_count; i++)
		rc = add_field(&leaf->concerns, body, k->concerns[i], e);
	return rc;
}

bool intake_event(const struct rulebook_kind *k, const struct jdoc *body, struct date *out)
{
	const char *text = k->event[0] ? jdoc_get_text(body, k->event) : NULL;
	return text && date_parse(text, strlen(text), out);
}

static const char *get_field(const struct jdoc *body, const char *field)
{
	const char *text = field[0] ? jdoc_get_text(body, field) : NULL;
	return text ? text : "";
}

bool intake_person(const struct rulebook_kind *k, const struct note *note, struct index_person *out)
{
	struct jdoc *body = k->identity_login[0] ? jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL) : NULL;
	if (!body)
		return false;
	const char *fpr = get_field(body, k->identity_key);
	*out = (struct index_person){ .since = date_day_number(note->event) };
	snprintf(out->login, sizeof out->login, "%s", get_field(body, k->identity_login));
	snprintf(out->fpr, sizeof out->fpr, "%s", leaf_is_fpr(fpr, strlen(fpr)) ? fpr : "");
	snprintf(out->role, sizeof out->role, "%s", get_field(body, k->identity_role));
	snprintf(out->unit, sizeof out->unit, "%s", note->unit);
	jdoc_free(body);
	return out->login[0] != '\0';
}

bool intake_docno(const struct rulebook *book, const struct note *note, struct index_docno *out)
{
	const struct rulebook_kind *k = rulebook_kind(book, note->kind);
	struct jdoc *body = k && k->number[0] ? jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL) : NULL;
	const char *text = body ? jdoc_get_text(body, k->number) : NULL;
	struct docno d;
	size_t count;
	MEM_CLEANUP struct era *eras = rulebook_eras(book, &count);
	bool is = text && docno_parse(eras, count, text, strlen(text), &d);
	if (is) {
		*out = (struct index_docno){ .year = d.has_date ? d.date.year : note->event.year, .number = d.number,
			                     .branch = d.branch };
		memcpy(out->prefix, d.prefix, sizeof out->prefix);
	}
	jdoc_free(body);
	return is;
}

char *intake_person_key(const struct note *note)
{
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL);
	const char *key = jdoc_get_text(body, INTAKE_KEY_FIELD);
	char *copy = key ? mem_strdup(key) : NULL;
	jdoc_free(body);
	return copy;
}

/* Agreement. */

static int refuse(const struct leaf *leaf, const char *line, const char *what, struct err *e)
{
	return err_set(e, ERR_LEDGER, "entry %llu: %s: %s", (unsigned long long)leaf->seq, line, lang_text(what));
}

static bool is_same_list(const struct leaf_seqs *a, const struct leaf_seqs *b)
{
	return a->count == b->count && (!a->count || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

struct link_lists {
	const char *line;
	const struct leaf_seqs *has, *says;
};

static const char *find_difference(const struct link_lists *lists, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_same_list(lists[i].has, lists[i].says))
			return lists[i].line;
	return NULL;
}

static const char *find_other_matter(const struct leaf *leaf, const struct leaf *stated)
{
	const struct link_lists lists[] = {
		{ "Closes", &leaf->closes, &stated->closes }, { "Within", &leaf->within, &stated->within },
		{ "Under", &leaf->under, &stated->under },
	};
	return find_difference(lists, sizeof lists / sizeof *lists);
}

const char *intake_find_other_link(const struct rulebook_kind *k, const struct jdoc *body, const struct leaf *first)
{
	struct leaf stated = { .kind = LEAF_RECORD };
	const char *line = add_matters(k, body, &stated, NULL) ? "record" : find_other_matter(first, &stated);
	leaf_release(&stated);
	return line;
}

static int compare_links(const struct leaf *leaf, const struct leaf *stated, struct err *e)
{
	const struct link_lists concerns = { "Concerns", &leaf->concerns, &stated->concerns };
	const char *line = find_other_matter(leaf, stated);
	if (strcmp(leaf->opens, stated->opens) != 0)
		return refuse(leaf, "Opens", leaf->has_corrects ? N_("a correction opens nothing")
		                                                : N_("not what the rule book says of this kind"), e);
	if (!line)
		line = find_difference(&concerns, 1);
	return line ? refuse(leaf, line, "not what the record says", e) : ERR_OK;
}

static int check_correction(const struct rulebook_kind *k, const struct leaf *leaf, const struct note *note,
                            const struct jdoc *body, const struct leaf *first, struct err *e)
{
	if (!leaf->has_corrects)
		return ERR_OK;
	if (!note->reason[0])
		return refuse(leaf, "Corrects", "its record gives no reason", e);
	if (first && intake_find_other_link(k, body, first))
		return refuse(leaf, "Corrects", "its record names other matters than the one that it corrects", e);
	return ERR_OK;
}

static int check_body(const struct rulebook_kind *k, const struct leaf *leaf, const struct note *note,
                      const struct jdoc *body, struct err *e)
{
	struct leaf stated = { .kind = LEAF_RECORD, .has_corrects = leaf->has_corrects };
	struct date event;
	int rc = intake_links(k, body, &stated, NULL) ? refuse(leaf, "record", "names something else than entries", e)
	                                              : compare_links(leaf, &stated, e);
	leaf_release(&stated);
	if (!rc && intake_event(k, body, &event) && date_day_number(event) != date_day_number(note->event))
		rc = refuse(leaf, "record", "its day is not that of its field", e);
	return rc;
}

int intake_agrees(const struct rules *rules, const struct leaf *leaf, const struct note *note,
                  const struct leaf *first, struct err *e)
{
	const struct rulebook_kind *k = rulebook_kind(rules->book, leaf->kind_name);
	if (strcmp(note->kind, leaf->kind_name) != 0 || strcmp(leaf->volume.kind, leaf->kind_name) != 0)
		return refuse(leaf, "kind", "not that of the record", e);
	if (strcmp(note->unit, leaf->volume.unit) != 0)
		return refuse(leaf, "Volume", "its unit is not that of the record", e);
	if (leaf->volume.year < note->event.year)
		return refuse(leaf, "Volume", "its year lies before the event", e);
	if (leaf->kind != LEAF_RECORD)
		return ERR_OK;
	if (!k)
		return refuse(leaf, "kind", "not of the rule book in force", e);
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL);
	if (!body)
		return refuse(leaf, "record", "its body is not JSON", e);
	int rc = check_body(k, leaf, note, body, e);
	if (!rc)
		rc = check_correction(k, leaf, note, body, first, e);
	jdoc_free(body);
	return rc;
}
