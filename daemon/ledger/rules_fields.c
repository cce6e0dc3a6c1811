/* Fields that a rule book names, against the schemas of the kinds that have them. */
#include <stdio.h>
#include <string.h>

#include "ledger/rules_impl.h"

#define SECTION_MAX 64

/* What conditions may begin with, besides a field. */
static const char *const WORDS[] = { "today", "number", "kind", "unit", "role", "submitter", "event",
	"acting", "corrects", "count" };
/* What a search may compare, besides a field. */
static const char *const SEARCHED[] = { "number", "unit", "submitter", "event" };

struct check {
	const struct rules *r;
	struct rules_teller *t;
	const char *section, *key;
	const struct rulebook_rule *rule;    /* paths begin in one of its kinds at least, */
	const char *matter;                  /* or in some kind that opens this */
};

static bool is_among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const struct jdoc *find_property(const struct jdoc *schema, const char *field)
{
	static const char *const lists[] = { "allOf", "anyOf", "oneOf" }, *const branches[] = { "if", "then", "else" };
	const struct jdoc *found = jdoc_get(jdoc_get(schema, "properties"), field);
	for (size_t i = 0; !found && i < sizeof lists / sizeof *lists; i++) {
		const struct jdoc *list = jdoc_get(schema, lists[i]);
		for (size_t k = 0; !found && k < jdoc_size(list); k++)
			found = find_property(jdoc_at(list, k), field);
	}
	for (size_t i = 0; !found && i < sizeof branches / sizeof *branches; i++)
		if (jdoc_get(schema, branches[i]))
			found = find_property(jdoc_get(schema, branches[i]), field);
	return found;
}

/* What is asked of a kind whose schema is missing, or of a matter that there is not, is taken: that was told. */
static bool has_field(const struct rules *r, const struct rulebook_kind *k, const char *field)
{
	const struct schema *s = r->schemas[k - r->book->kinds];
	return !s || find_property(schema_doc(s), field);
}

static bool opener_has(const struct rules *r, const char *matter, const char *field)
{
	bool found = false;
	for (size_t i = 0; i < r->book->kinds_count; i++) {
		const struct rulebook_kind *k = &r->book->kinds[i];
		found = found || (strcmp(k->opens, matter) == 0 && has_field(r, k, field));
	}
	return found || !rulebook_matter(r->book, matter);
}

static bool some_kind_has(const struct rules *r, const char *field)
{
	for (size_t i = 0; i < r->book->kinds_count; i++)
		if (has_field(r, &r->book->kinds[i], field))
			return true;
	return false;
}

static void want_of_kind(const struct check *c, const struct rulebook_kind *k, const char *field)
{
	if (*field && !has_field(c->r, k, field))
		rules_tell(c->t, c->section, c->key, "[kind %s] has no field %s", k->name, field);
}

static void want_of_opener(const struct check *c, const char *matter, const char *field)
{
	if (!opener_has(c->r, matter, field))
		rules_tell(c->t, c->section, c->key, "no kind that opens [matter %s] has a field %s", matter, field);
}

/* A field that some kinds of a rule lack leads to nothing there. Where all lack it, the first is named. */
static void want_of_scope(const struct check *c, const char *field)
{
	const struct rulebook *book = c->r->book;
	if (c->matter) {
		want_of_opener(c, c->matter, field);
		return;
	}
	const struct rulebook_kind *lacks = NULL;
	for (size_t i = 0; i < book->kinds_count; i++) {
		if (!rulebook_rule_is_of(c->rule, book->kinds[i].name))
			continue;
		if (has_field(c->r, &book->kinds[i], field))
			return;
		lacks = lacks ? lacks : &book->kinds[i];
	}
	if (lacks)
		want_of_kind(c, lacks, field);
}

static int check_path(void *ctx, const struct cond_path *path, struct err *e)
{
	const struct check *c = ctx;
	(void)e;
	if (!is_among(path->word[0], WORDS, sizeof WORDS / sizeof *WORDS))
		want_of_scope(c, path->word[0]);
	for (size_t i = 1; i < path->count; i++)
		if (!is_among(path->word[i], WORDS, sizeof WORDS / sizeof *WORDS) && !some_kind_has(c->r, path->word[i]) &&
		    !rulebook_kind(c->r->book, path->word[i]))
			rules_tell(c->t, c->section, c->key, "neither a kind nor a field of one: %s", path->word[i]);
	return ERR_OK;
}

static void check_condition(struct check *c, const char *key, const struct cond *condition)
{
	c->key = key;
	if (condition)
		cond_paths(condition, check_path, c, NULL);
}

static void check_operand(struct check *c, const char *key, const struct cond_operand *operand)
{
	struct cond_path path;
	c->key = key;
	if (operand && cond_operand_path(operand, &path))
		check_path(c, &path, NULL);
}

static void check_search(struct check *c, const char *key, const struct rulebook_search *s)
{
	c->key = key;
	if (*s->in)
		want_of_scope(c, s->in);
	check_operand(c, key, s->on);
	for (size_t i = 0; i < s->terms_count; i++) {
		if (!is_among(s->terms[i].field, SEARCHED, sizeof SEARCHED / sizeof *SEARCHED))
			want_of_opener(c, s->name, s->terms[i].field);
		check_operand(c, key, s->terms[i].operand);
	}
}

static void check_done(struct check *c, const struct rulebook_search *s)
{
	const struct rulebook_kind *k = rulebook_kind(c->r->book, s->name);
	for (size_t i = 0; i < s->terms_count; i++) {
		c->key = "done";
		if (k && !is_among(s->terms[i].field, SEARCHED, sizeof SEARCHED / sizeof *SEARCHED))
			want_of_kind(c, k, s->terms[i].field);
		check_operand(c, "done", s->terms[i].operand);
	}
}

static void check_rule(struct check *c, const struct rulebook_rule *rule)
{
	c->rule = rule;
	check_condition(c, "when", rule->when);
	check_condition(c, "want", rule->want);
	check_search(c, "needs", &rule->needs);
	check_search(c, "forbids", &rule->forbids);
}

static void check_due(struct check *c, const struct rulebook_due *due)
{
	c->matter = due->over;
	check_condition(c, "when", due->when);
	check_operand(c, "until", due->until);
	check_operand(c, "from", due->from);
	check_operand(c, "where", due->where);
	check_done(c, &due->done);
}

/* A value that the schema's list of texts does not have would never come. */
static void check_value(struct check *c, const struct rulebook_kind *k, const struct rulebook_step *step)
{
	const struct schema *s = c->r->schemas[k - c->r->book->kinds];
	const struct jdoc *values = s ? jdoc_get(find_property(schema_doc(s), step->field), "enum") : NULL;
	for (size_t i = 0; i < jdoc_size(values); i++) {
		const char *text = jdoc_text(jdoc_at(values, i));
		if (!text || strcmp(text, step->value) == 0)
			return;
	}
	if (values)
		rules_tell(c->t, c->section, c->key, "%s of [kind %s] is never \"%s\"", step->field, k->name, step->value);
}

static void check_route(struct check *c, const struct rulebook_route *route)
{
	c->key = "steps";
	for (size_t i = 0; i < route->steps_count; i++) {
		const struct rulebook_step *step = &route->steps[i];
		const struct rulebook_kind *k = rulebook_kind(c->r->book, step->kind);
		if (!k || !*step->field)
			continue;
		want_of_kind(c, k, step->field);
		check_value(c, k, step);
	}
}

static void check_links(struct check *c, const char *key, const struct rulebook_kind *k,
                        const struct rulebook_links *links)
{
	c->key = key;
	for (size_t i = 0; i < links->count; i++)
		want_of_kind(c, k, links->at[i].field);
}

static void check_kind(struct check *c, const struct rulebook_kind *k)
{
	const struct { const char *key, *field; } alone[] = {
		{ "event", k->event }, { "number", k->number }, { "identity", k->identity_login },
		{ "identity", k->identity_key }, { "identity", k->identity_role },
	};
	check_links(c, "closes", k, &k->closes);
	check_links(c, "within", k, &k->within);
	check_links(c, "under", k, &k->under);
	c->key = "concerns";
	for (size_t i = 0; i < k->concerns_count; i++)
		want_of_kind(c, k, k->concerns[i]);
	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
		c->key = alone[i].key;
		want_of_kind(c, k, alone[i].field);
	}
}

static void check_matter(struct check *c, const struct rulebook_named *matter)
{
	c->key = "show";
	for (size_t i = 0; i < matter->show_count; i++)
		want_of_opener(c, matter->name, matter->show[i]);
}

#define EACH(word, list, check_one) \
	for (size_t i = 0; i < r->book->list##_count; i++) { \
		char section[SECTION_MAX]; \
		struct check c = { .r = r, .t = t, .section = section }; \
		snprintf(section, sizeof section, word " %s", r->book->list[i].name); \
		check_one(&c, &r->book->list[i]); \
	}

void rules_check_fields(const struct rules *r, struct rules_teller *t)
{
	EACH("matter", matters, check_matter)
	EACH("kind", kinds, check_kind)
	EACH("rule", rules, check_rule)
	EACH("due", dues, check_due)
	EACH("route", routes, check_route)
}
