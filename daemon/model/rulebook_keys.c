/* What each key of a rule book takes, and how it is said. */
#include "base/lang.h"
#include "model/rulebook_draft.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define TITLE_MAX 512
#define CLAUSE_MAX 64
#define LIST_MAX 256
#define IDENTITY_FIELDS 3
#define DAYS_MAX 36600

static const char *const NAME_RULE = N_("1 to 32 of a-z, 0-9 and -, first a letter");
static const char *const NAMES_RULE = N_("names, separated by commas");
static const char *const FIELD_RULE = N_("a field is 1 to 64 of letters, digits and _, first a letter");

static bool is_of(const char *s, size_t len, size_t max, const char *more)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(s[i] >= '0' && s[i] <= '9') && !strchr(more, s[i]))
			return false;
	}
	return len > 0 && len <= max;
}

static bool is_field(const char *s, size_t len)
{
	return is_of(s, len, RULEBOOK_FIELD_MAX, "_") && s[0] != '_' && !(s[0] >= '0' && s[0] <= '9');
}

static void keep(char *at, const char *s, size_t len)
{
	memcpy(at, s, len);
	at[len] = '\0';
}

static const char *set_name(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	if (!text_is_name(value, strlen(value)))
		return NAME_RULE;
	keep(at, value, strlen(value));
	return NULL;
}

static const char *set_id(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	if (!text_is_name(value, strlen(value)))
		return NAME_RULE;
	*(char **)at = mem_strdup(value);
	return NULL;
}

static const char *set_title(const struct rulebook_key *k, void *at, const char *value)
{
	size_t len = strlen(value), bad;

	(void)k;
	if (!len || len > TITLE_MAX || !text_is_clean(value, len, &bad) || strpbrk(value, "\n\t"))
		return N_("one line of text, at most 512 bytes");
	*(char **)at = mem_strdup(value);
	return NULL;
}

static const char *set_first(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook *r = at;
	size_t len = strcspn(value, " \t"), blanks = strspn(value + len, " \t");

	if (!is_field(value, len) || !value[len + blanks])
		return "a field and its text";
	keep(r->first_field, value, len);
	return set_title(k, &r->first_value, value + len + blanks);
}

static const char *set_clause(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	if (!is_of(value, strlen(value), CLAUSE_MAX, ".()-"))
		return N_("1 to 64 of letters, digits and .()-");
	*(char **)at = mem_strdup(value);
	return NULL;
}

static const char *set_date(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	return date_parse(value, strlen(value), at) ? NULL : N_("a day, YYYY-MM-DD");
}

static const char *set_expires(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook *r = at;
	const char *wanted = set_date(k, &r->expires, value);

	r->has_expires = !wanted;
	return wanted;
}

static const char *set_number(const struct rulebook_key *k, void *at, const char *value)
{
	uint64_t n;

	if (!text_parse_u64(value, strlen(value), (uint64_t)k->max, &n) || n < (uint64_t)k->min)
		return k->rule;
	*(int *)at = (int)n;
	return NULL;
}

static const char *set_choice(const struct rulebook_key *k, void *at, const char *value)
{
	for (int i = 0; k->words[i]; i++)
		if (*value && strcmp(k->words[i], value) == 0) {
			*(int *)at = i;
			return NULL;
		}
	return k->rule;
}

/* "14", "14 days" */
static const char *set_days(const struct rulebook_key *k, void *at, const char *value)
{
	static const char rule[] = N_("a number of days, 0 to 36600");
	size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits + strspn(value + digits, " \t");
	uint64_t n;

	(void)k;
	if (!text_parse_u64(value, digits, DAYS_MAX, &n) ||
	    (*unit && strcmp(unit, "day") != 0 && strcmp(unit, "days") != 0))
		return rule;
	*(int *)at = (int)n;
	return NULL;
}

static const char *set_letter(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	if (!is_of(value, strlen(value), 1, "") || (*value >= '0' && *value <= '9'))
		return N_("one letter, A to Z");
	*(char **)at = mem_strdup(value);
	return NULL;
}

static const char *set_scope(const struct rulebook_key *k, void *at, const char *value)
{
	bool everywhere = strcmp(value, "ledger") == 0;

	(void)k;
	if (!everywhere && strcmp(value, "unit") != 0)
		return N_("unit or ledger");
	*(bool *)at = everywhere;
	return NULL;
}

static const char *set_from(const struct rulebook_key *k, void *at, const char *value)
{
	bool closing = strcmp(value, "closing") == 0;

	(void)k;
	if (!closing && strcmp(value, "creation") != 0)
		return N_("creation or closing");
	*(bool *)at = closing;
	return NULL;
}

static const char *set_field(const struct rulebook_key *k, void *at, const char *value)
{
	(void)k;
	if (!is_field(value, strlen(value)))
		return FIELD_RULE;
	keep(at, value, strlen(value));
	return NULL;
}

struct word {
	const char *s;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Words of a comma-separated list without the blanks around them. False at an empty one and over max. */
static bool split(const char *value, struct word *out, size_t max, size_t *out_count)
{
	*out_count = 0;
	for (const char *s = value;; s++) {
		size_t len = strcspn(s, ",");
		const char *end = s + len;
		struct word w;

		while (s < end && is_blank(*s))
			s++;
		w = (struct word){ s, (size_t)(end - s) };
		while (w.len && is_blank(w.s[w.len - 1]))
			w.len--;
		if (!w.len || *out_count == max)
			return false;
		out[(*out_count)++] = w;
		s = end;
		if (!*s)
			return true;
	}
}

static const char *set_links(const struct rulebook_key *k, void *at, const char *value)
{
	static const char rule[] = N_("one to four of `matter field`, separated by commas");
	struct rulebook_links *links = at;
	struct word words[RULEBOOK_LINKS_MAX];
	size_t count;

	(void)k;
	if (!split(value, words, RULEBOOK_LINKS_MAX, &count))
		return rule;
	for (size_t i = 0; i < count; i++) {
		size_t matter = strcspn(words[i].s, " \t,"), blanks = strspn(words[i].s + matter, " \t");
		const char *field = words[i].s + matter + blanks;

		if (matter + blanks >= words[i].len || !text_is_name(words[i].s, matter) ||
		    !is_field(field, words[i].len - matter - blanks))
			return rule;
		keep(links->at[i].matter, words[i].s, matter);
		keep(links->at[i].field, field, words[i].len - matter - blanks);
	}
	links->count = count;
	return NULL;
}

static const char *set_concerns(const struct rulebook_key *k, void *at, const char *value)
{
	static const char rule[] = N_("one to eight fields, separated by commas");
	struct rulebook_kind *kind = at;
	struct word words[RULEBOOK_CONCERNS_MAX];
	size_t count;

	(void)k;
	if (!split(value, words, RULEBOOK_CONCERNS_MAX, &count))
		return rule;
	for (size_t i = 0; i < count; i++) {
		if (!is_field(words[i].s, words[i].len))
			return rule;
		keep(kind->concerns[i], words[i].s, words[i].len);
	}
	kind->concerns_count = count;
	return NULL;
}

/* A list of words that are each good. */
static bool take_list(const char *value, bool (*is_good)(const char *, size_t), char ***out, size_t *out_count)
{
	struct word words[LIST_MAX];
	size_t count;

	if (!split(value, words, LIST_MAX, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_good(words[i].s, words[i].len))
			return false;
	*out = mem_array(count, sizeof(**out));
	for (size_t i = 0; i < count; i++)
		(*out)[i] = mem_strndup(words[i].s, words[i].len);
	*out_count = count;
	return true;
}

static const char *set_doers(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_act *act = at;

	(void)k;
	return take_list(value, text_is_name, &act->submit, &act->submit_count) ? NULL : NAMES_RULE;
}

static const char *set_submit(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_kind *kind = at;

	(void)k;
	return take_list(value, text_is_name, &kind->submit, &kind->submit_count) ? NULL : NAMES_RULE;
}

static const char *set_amend(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook *r = at;

	(void)k;
	return take_list(value, text_is_name, &r->amend, &r->amend_count) ? NULL : NAMES_RULE;
}

static const char *set_units(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_kind *kind = at;

	(void)k;
	return take_list(value, text_is_name, &kind->units, &kind->units_count) ? NULL : NAMES_RULE;
}

static const char *set_sign(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_kind *kind = at;

	(void)k;
	kind->sign_always = strcmp(value, "any") == 0;
	if (kind->sign_always || take_list(value, text_is_name, &kind->sign, &kind->sign_count))
		return NULL;
	return N_("any, or names, separated by commas");
}

static const char *set_kinds(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_rule *rule = at;

	(void)k;
	rule->all_kinds = strcmp(value, "all") == 0;
	if (rule->all_kinds || take_list(value, text_is_name, &rule->kinds, &rule->kinds_count))
		return NULL;
	return N_("all, or names, separated by commas");
}

static const char *set_show(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_named *matter = at;

	(void)k;
	return take_list(value, is_field, &matter->show, &matter->show_count) ? NULL : N_("fields, separated by commas");
}

static const char *set_identity(const struct rulebook_key *k, void *at, const char *value)
{
	struct rulebook_kind *kind = at;
	char *const fields[IDENTITY_FIELDS] = { kind->identity_login, kind->identity_key, kind->identity_role };
	const char *s = value;

	(void)k;
	for (size_t i = 0; i < IDENTITY_FIELDS; i++) {
		size_t len = strcspn(s, " \t,");

		if (!is_field(s, len))
			return N_("three fields: of the login, of the key, of the role");
		keep(fields[i], s, len);
		s += len;
		s += strspn(s, " \t,");
	}
	return *s ? N_("three fields: of the login, of the key, of the role") : NULL;
}

#define AT(type, member) offsetof(struct type, member)

static const struct rulebook_key DIRECTIVE[] = {
	{ "id", set_id, AT(rulebook, id), .required = true },
	{ "replaces", set_id, AT(rulebook, replaces), .required = false },
	{ "title_ja", set_title, AT(rulebook, title.ja), .required = true },
	{ "title_en", set_title, AT(rulebook, title.en), .required = true },
	{ "office", set_name, AT(rulebook, office), .required = true },
	{ "first_field", set_first, 0, .required = false },
	{ "amend", set_amend, 0, .required = false },
	{ "first_role", set_name, AT(rulebook, first_role), .required = false },
	{ "issued", set_date, AT(rulebook, issued), .required = true },
	{ "in_force", set_date, AT(rulebook, in_force), .required = true },
	{ "expires", set_expires, 0, .required = false },
	{ "expires_clause", set_clause, AT(rulebook, expires_clause), .required = false },
	{ "archive_years", set_number, AT(rulebook, archive_years), .min = 1, .max = 100,
	  .rule = N_("1 to 100 calendar years") },
	{ "keeper_role", set_name, AT(rulebook, keeper_role), .required = false },
	{ "place_ja", set_title, AT(rulebook, place.ja), .required = false },
	{ "place_en", set_title, AT(rulebook, place.en), .required = false },
	{ "warn_months", set_number, AT(rulebook, warn_months), .max = 120, .rule = N_("0 to 120") },
	{ .name = NULL },
};

static const struct rulebook_key LIMITS[] = {
	{ "clock_step_days", set_number, AT(rulebook, clock_step_days), .min = 1, .max = 366, .rule = N_("1 to 366") },
	{ "clock_back_minutes", set_number, AT(rulebook, clock_back_minutes), .max = 1440, .rule = N_("0 to 1440") },
	{ "event_ahead_days", set_number, AT(rulebook, event_ahead_days), .max = 3660, .rule = N_("0 to 3660") },
	{ "life_percent", set_number, AT(rulebook, life_percent), .min = 1, .max = 100, .rule = N_("1 to 100") },
	{ "approvals", set_number, AT(rulebook, approvals), .min = 2, .max = RULEBOOK_APPROVALS_MAX, .rule = N_("2 to 9") },
	{ "approval_days", set_number, AT(rulebook, approval_days), .min = 1, .max = 366, .rule = N_("1 to 366") },
	{ "receipts", set_number, AT(rulebook, receipts), .max = 1, .rule = N_("0 or 1") },
	{ .name = NULL },
};

static const struct rulebook_key ERA[] = {
	{ "ja", set_title, AT(rulebook_era, ja), .required = true },
	{ "short", set_title, AT(rulebook_era, abbreviation), .required = true },
	{ "letter", set_letter, AT(rulebook_era, letter), .required = true },
	{ "sign", set_title, AT(rulebook_era, sign), .required = false },
	{ "first", set_date, AT(rulebook_era, first), .required = true },
	{ .name = NULL },
};

static const struct rulebook_key UNIT[] = {
	{ "ja", set_title, AT(rulebook_named, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_named, title.en), .required = true },
	{ .name = NULL },
};

static const struct rulebook_key ROLE[] = {
	{ "ja", set_title, AT(rulebook_named, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_named, title.en), .required = true },
	{ "clause", set_clause, AT(rulebook_named, clause), .required = false },
	{ "scope", set_scope, AT(rulebook_named, everywhere), .required = false },
	{ .name = NULL },
};

static const struct rulebook_key MATTER[] = {
	{ "ja", set_title, AT(rulebook_named, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_named, title.en), .required = true },
	{ "clause", set_clause, AT(rulebook_named, clause), .required = false },
	{ "show", set_show, 0, .required = false },
	{ .name = NULL },
};

static const char *const MEASURES[] = {
	[RULEBOOK_MEASURE_ARCHIVE] = "archive", [RULEBOOK_MEASURE_DESTROY] = "destroy",
	[RULEBOOK_MEASURE_TRANSFER] = "transfer", NULL,
};

static const char *const MEDIA[] = {
	[RULEBOOK_MEDIUM_ELECTRONIC] = "electronic", [RULEBOOK_MEDIUM_PAPER] = "paper",
	[RULEBOOK_MEDIUM_BOTH] = "both", NULL,
};

const char *rulebook_measure_word(enum rulebook_measure measure)
{
	return MEASURES[measure];
}

const char *rulebook_medium_word(enum rulebook_medium medium)
{
	return MEDIA[medium];
}

static const struct rulebook_key KIND[] = {
	{ "ja", set_title, AT(rulebook_kind, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_kind, title.en), .required = true },
	{ "clause", set_clause, AT(rulebook_kind, clause), .required = true },
	{ "form", set_clause, AT(rulebook_kind, form), .required = false },
	{ "opens", set_name, AT(rulebook_kind, opens), .required = false },
	{ "closes", set_links, AT(rulebook_kind, closes), .required = false },
	{ "within", set_links, AT(rulebook_kind, within), .required = false },
	{ "under", set_links, AT(rulebook_kind, under), .required = false },
	{ "concerns", set_concerns, 0, .required = false },
	{ "event", set_field, AT(rulebook_kind, event), .required = false },
	{ "number", set_field, AT(rulebook_kind, number), .required = false },
	{ "submit", set_submit, 0, .required = false },
	{ "sign", set_sign, 0, .required = false },
	{ "units", set_units, 0, .required = false },
	{ "retain", set_number, AT(rulebook_kind, retain), .min = 1, .max = 100, .rule = N_("1 to 100 calendar years") },
	{ "retain_from", set_from, AT(rulebook_kind, retain_from_closing), .required = false },
	{ "retain_clause", set_clause, AT(rulebook_kind, retain_clause), .required = false },
	{ "measure", set_choice, AT(rulebook_kind, measure), .words = MEASURES,
	  .rule = N_("archive, destroy or transfer") },
	{ "measure_clause", set_clause, AT(rulebook_kind, measure_clause), .required = false },
	{ "medium", set_choice, AT(rulebook_kind, medium), .words = MEDIA, .rule = N_("electronic, paper or both") },
	{ "place_ja", set_title, AT(rulebook_kind, place.ja), .required = false },
	{ "place_en", set_title, AT(rulebook_kind, place.en), .required = false },
	{ "identity", set_identity, 0, .required = false },
	{ .name = NULL },
};

static const char *const LEVELS[] = {
	[RULEBOOK_REFUSE] = "refuse", [RULEBOOK_WARN] = "warn", [RULEBOOK_ATTEST] = "attest", NULL,
};

static const struct rulebook_key RULE[] = {
	{ "clause", set_clause, AT(rulebook_rule, clause), .required = true },
	{ "ja", set_title, AT(rulebook_rule, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_rule, title.en), .required = true },
	{ "next_ja", set_title, AT(rulebook_rule, next.ja), .required = false },
	{ "next_en", set_title, AT(rulebook_rule, next.en), .required = false },
	{ "kinds", set_kinds, 0, .required = true },
	{ "level", set_choice, AT(rulebook_rule, level), .required = true, .words = LEVELS,
	  .rule = N_("refuse, warn or attest") },
	{ "when", NULL, AT(rulebook_rule, when), .parse = rulebook_parse_condition },
	{ "want", NULL, AT(rulebook_rule, want), .parse = rulebook_parse_condition },
	{ "needs", NULL, AT(rulebook_rule, needs), .parse = rulebook_parse_search },
	{ "forbids", NULL, AT(rulebook_rule, forbids), .parse = rulebook_parse_search },
	{ .name = NULL },
};

static const char *const PERIODS[] = {
	[RULEBOOK_ONCE] = "", [RULEBOOK_MONTH] = "month", [RULEBOOK_YEAR] = "year", NULL,
};

static const struct rulebook_key DUE[] = {
	{ "clause", set_clause, AT(rulebook_due, clause), .required = true },
	{ "ja", set_title, AT(rulebook_due, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_due, title.en), .required = true },
	{ "who", set_name, AT(rulebook_due, who), .required = true },
	{ "over", set_name, AT(rulebook_due, over), .required = true },
	{ "when", NULL, AT(rulebook_due, when), .parse = rulebook_parse_condition },
	{ "every", set_choice, AT(rulebook_due, every), .words = PERIODS, .rule = N_("month or year") },
	{ "within", set_days, AT(rulebook_due, within_days), .required = false },
	{ "near", set_days, AT(rulebook_due, near_days), .required = false },
	{ "until", NULL, AT(rulebook_due, until), .parse = rulebook_parse_operand },
	{ "from", NULL, AT(rulebook_due, from), .parse = rulebook_parse_operand },
	{ "where", NULL, AT(rulebook_due, where), .parse = rulebook_parse_operand },
	{ "done", NULL, AT(rulebook_due, done), .parse = rulebook_parse_done },
	{ .name = NULL },
};

static void init_due(void *object)
{
	((struct rulebook_due *)object)->within_days = -1;
}

static const struct rulebook_key ROUTE[] = {
	{ "clause", set_clause, AT(rulebook_route, clause), .required = true },
	{ "ja", set_title, AT(rulebook_route, title.ja), .required = true },
	{ "en", set_title, AT(rulebook_route, title.en), .required = true },
	{ "next_ja", set_title, AT(rulebook_route, next.ja), .required = false },
	{ "next_en", set_title, AT(rulebook_route, next.en), .required = false },
	{ "matter", set_name, AT(rulebook_route, matter), .required = true },
	{ "steps", NULL, 0, .required = true, .parse = rulebook_parse_steps },
	{ .name = NULL },
};

static const struct rulebook_key ACT[] = {
	{ "submit", set_doers, 0, .required = true },
	{ "clause", set_clause, AT(rulebook_act, clause), .required = false },
	{ .name = NULL },
};

#define OBJECTS(type, member) sizeof(struct type), AT(rulebook, member), AT(rulebook, member##_count)

const struct rulebook_part RULEBOOK_PARTS[RULEBOOK_PART_COUNT] = {
	[RULEBOOK_DIRECTIVE] = { "directive", DIRECTIVE, 0, 0, 0, NULL },
	[RULEBOOK_LIMITS] = { "limits", LIMITS, 0, 0, 0, NULL },
	[RULEBOOK_ERA] = { "era", ERA, OBJECTS(rulebook_era, eras), NULL },
	[RULEBOOK_UNIT] = { "unit", UNIT, OBJECTS(rulebook_named, units), NULL },
	[RULEBOOK_ROLE] = { "role", ROLE, OBJECTS(rulebook_named, roles), NULL },
	[RULEBOOK_MATTER] = { "matter", MATTER, OBJECTS(rulebook_named, matters), NULL },
	[RULEBOOK_KIND] = { "kind", KIND, OBJECTS(rulebook_kind, kinds), NULL },
	[RULEBOOK_RULE] = { "rule", RULE, OBJECTS(rulebook_rule, rules), NULL },
	[RULEBOOK_DUE] = { "due", DUE, OBJECTS(rulebook_due, dues), init_due },
	[RULEBOOK_ROUTE] = { "route", ROUTE, OBJECTS(rulebook_route, routes), NULL },
	[RULEBOOK_ACT] = { "act", ACT, OBJECTS(rulebook_act, acts), NULL },
};
