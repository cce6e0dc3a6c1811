#include "ledger/enforce.h"

#include <string.h>

#include "ledger/enforce_route.h"

static void add_fault(struct enforce_faults *f, enum rulebook_level level, const char *clause,
                      const struct rulebook_title *title, const struct rulebook_title *next, uint64_t entry)
{
	if (f->count < ENFORCE_FAULTS_MAX)
		f->at[f->count++] = (struct enforce_fault){ level, clause ? clause : "", title, next, entry };
}

static void view_subject(const struct enforce_subject *s, struct enforce_view *v)
{
	*v = (struct enforce_view){ .docket = s->docket, .kind = s->note->kind, .unit = s->note->unit,
		                    .role = s->note->role, .submitter = s->note->login, .event = s->note->event,
		                    .today = date_of_time(s->now), .body = s->body,
		                    .corrects = s->leaf->has_corrects ? s->leaf->corrects : 0 };
}

/* Searches. */

struct searching {
	const struct enforce_subject *subject;
	const struct rulebook_search *search;
	struct enforce_view *by;
	bool found;
	uint64_t entry;                 /* the first that was found */
};

static bool holds(const struct leaf_seqs *list, uint64_t seq)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i] == seq)
			return true;
	return false;
}

/* Corrected: any earlier record of the chain that the subject is put on. */
static int is_corrected_by(const struct searching *s, uint64_t opening, bool *out, struct err *e)
{
	const struct leaf *leaf = s->subject->leaf;
	const struct docket_record *r;
	*out = false;
	if (!leaf->has_corrects)
		return ERR_OK;
	int rc = docket_record(s->subject->docket, opening, &r, e);
	if (!rc)
		*out = r->latest == leaf->corrects;
	return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
}

/* A matter that the record itself closes is closed by it. */
static int try_matter(void *ctx, uint64_t opening, const char *matter, struct err *e)
{
	struct searching *s = ctx;
	const struct docket_record *r;
	struct enforce_view of;
	bool fits = false, own = holds(&s->subject->leaf->closes, opening);
	(void)matter;
	if (s->found || own)
		return ERR_OK;
	int rc = is_corrected_by(s, opening, &own, e);
	if (!rc && !own)
		rc = docket_record(s->subject->docket, opening, &r, e);
	if (rc || own)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	/* the docket's record lives until the next question to it, which the terms may ask */
	struct docket_record kept = *r;
	kept.body = jdoc_keep(r->body);
	enforce_view_of(&of, s->subject->docket, &kept, s->subject->now);
	rc = enforce_terms_hold(s->search, &of, s->by, &fits, e);
	jdoc_free(kept.body);
	if (!rc && fits) {
		s->found = true;
		s->entry = opening;
	}
	return rc;
}

static int find_day(const struct searching *s, bool *out_has, struct date *out, struct err *e)
{
	const struct cond_port port = enforce_port(s->by);
	struct cond_values day = { .count = 0 };
	*out_has = s->search->on != NULL;
	if (!s->search->on)
		return ERR_OK;
	int rc = cond_operand_values(s->search->on, &port, &day, e);
	if (!rc && (day.count != 1 || day.at[0].type != COND_TEXT ||
	            !date_parse(day.at[0].text, strlen(day.at[0].text), out)))
		*out_has = false; /* a day that is not given: as it stands now */
	cond_values_release(&day);
	return rc;
}

/* `in FIELD`: all_open says whether each stands; any_open whether one does, *entry which. */
static int look_in(struct searching *s, bool *out_all, bool *out_any, struct err *e)
{
	const struct cond_port port = enforce_port(s->by);
	struct cond_path path = { .count = 1 };
	struct cond_values numbers = { .count = 0 };
	struct date day;
	bool has_day = false;
	memcpy(path.word[0], s->search->in, sizeof s->search->in);
	int rc = port.get(port.ctx, &path, &numbers, e);
	if (!rc)
		rc = find_day(s, &has_day, &day, e);
	*out_all = !rc && numbers.count > 0;
	*out_any = false;
	for (size_t i = 0; !rc && i < numbers.count; i++) {
		bool open = false;
		uint64_t seq = (uint64_t)numbers.at[i].number;
		if (numbers.at[i].type == COND_NUMBER && numbers.at[i].number >= 0)
			rc = docket_is_open(s->subject->docket, seq, s->search->name, has_day ? &day : NULL, &open, e);
		if (open ? !*out_any : *out_all)
			s->entry = seq;
		*out_any |= open;
		*out_all &= open;
	}
	cond_values_release(&numbers);
	return rc;
}

static int search(struct searching *s, bool *out_all, bool *out_any, struct err *e)
{
	if (s->search->in[0])
		return look_in(s, out_all, out_any, e);
	int rc = docket_each(s->subject->docket, s->search->name, try_matter, s, e);
	*out_all = *out_any = s->found;
	return rc;
}

/* A correction is searched for only by what it changes: what stood against the record was asked when it came, and what
 * came after it does not stand against a slip of the pen. */

static int get_values(struct enforce_view *v, const char *field, const struct cond_operand *operand,
                      struct cond_values *out, struct err *e)
{
	const struct cond_port port = enforce_port(v);
	struct cond_path path = { .count = 1 };
	if (operand)
		return cond_operand_values(operand, &port, out, e);
	memcpy(path.word[0], field, strlen(field) + 1);
	return port.get(port.ctx, &path, out, e);
}

/* The same values in the same order: a list of which one member was changed is another one. */
static bool is_same_values(const struct cond_values *a, const struct cond_values *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++) {
		const struct cond_value *x = &a->at[i], *y = &b->at[i];
		same = x->type == y->type &&
		       (x->type == COND_TEXT ? strcmp(x->text, y->text) == 0 : x->number == y->number);
	}
	return same;
}

static int is_same_term(struct enforce_view *before, struct enforce_view *after, const char *field,
                        const struct cond_operand *operand, bool *out, struct err *e)
{
	struct cond_values was = { .count = 0 }, is = { .count = 0 };
	int rc = get_values(before, field, operand, &was, e);
	if (!rc)
		rc = get_values(after, field, operand, &is, e);
	*out = !rc && is_same_values(&was, &is);
	cond_values_release(&was);
	cond_values_release(&is);
	return rc;
}

static int is_same_search(const struct rulebook_search *s, struct enforce_view *before, struct enforce_view *after,
                          bool *out, struct err *e)
{
	int rc = s->in[0] ? is_same_term(before, after, s->in, NULL, out, e) : ERR_OK;
	if (!rc && *out && s->on)
		rc = is_same_term(before, after, "", s->on, out, e);
	for (size_t i = 0; !rc && *out && i < s->terms_count; i++)
		rc = is_same_term(before, after, "", s->terms[i].operand, out, e);
	return rc;
}

static int is_asked_before(const struct enforce_subject *s, const struct rulebook_rule *rule, struct enforce_view *v,
                           bool *out, struct err *e)
{
	const struct docket_record *r;
	struct enforce_view before;
	*out = false;
	if (!s->leaf->has_corrects)
		return ERR_OK;
	int rc = docket_record(s->docket, s->leaf->corrects, &r, e);
	if (rc)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct docket_record kept = *r;
	kept.body = jdoc_keep(r->body);
	enforce_view_of(&before, s->docket, &kept, s->now);
	*out = true;
	rc = is_same_search(&rule->needs, &before, v, out, e);
	if (!rc && *out)
		rc = is_same_search(&rule->forbids, &before, v, out, e);
	jdoc_free(kept.body);
	return rc;
}

/* Rules. */

static int judge_searches(const struct enforce_subject *s, const struct rulebook_rule *rule, struct enforce_view *v,
                          bool *out_broken, uint64_t *out_entry, struct err *e)
{
	struct searching needed = { .subject = s, .search = &rule->needs, .by = v };
	struct searching forbidden = { .subject = s, .search = &rule->forbids, .by = v };
	bool all = true, any = false, ignored;
	int rc = rule->needs.name[0] ? search(&needed, &all, &ignored, e) : ERR_OK;
	if (!rc && rule->forbids.name[0])
		rc = search(&forbidden, &ignored, &any, e);
	if (rc)
		return rc;
	*out_broken = !all || any;
	*out_entry = any ? forbidden.entry : !all && rule->needs.in[0] ? needed.entry : 0;
	return ERR_OK;
}

static int judge_rule(const struct enforce_subject *s, const struct rulebook_rule *rule, struct enforce_view *v,
                      struct enforce_faults *out, struct err *e)
{
	const struct cond_port port = enforce_port(v);
	bool asked = true, kept = true, broken = false;
	uint64_t entry = 0;
	int rc = rule->when ? cond_holds(rule->when, &port, &asked, e) : ERR_OK;
	if (rc || !asked)
		return rc;
	bool before = false;
	if (rule->want)
		rc = cond_holds(rule->want, &port, &kept, e);
	if (!rc)
		rc = is_asked_before(s, rule, v, &before, e);
	if (!rc && kept && !before)
		rc = judge_searches(s, rule, v, &broken, &entry, e);
	if (!rc && (!kept || broken))
		add_fault(out, rule->level, rule->clause, &rule->title, &rule->next, entry);
	return rc;
}

int enforce_record(const struct enforce_subject *s, struct enforce_faults *out, struct err *e)
{
	struct enforce_view v;
	int rc = ERR_OK;
	out->count = 0;
	view_subject(s, &v);
	for (size_t i = 0; !rc && i < s->book->rules_count; i++)
		if (rulebook_rule_is_of(&s->book->rules[i], s->note->kind))
			rc = judge_rule(s, &s->book->rules[i], &v, out, e);
	for (size_t i = 0; !rc && !s->leaf->has_corrects && i < s->book->routes_count; i++) {
		const struct rulebook_route *route = &s->book->routes[i];
		uint64_t entry = 0;
		bool broken = false;
		rc = enforce_route_judge(s, route, &broken, &entry, e);
		if (!rc && broken)
			add_fault(out, RULEBOOK_REFUSE, route->clause, &route->title, &route->next, entry);
	}
	return rc;
}

/* Answers. */

static void add_to_list(struct jdoc *list, const struct enforce_fault *f)
{
	static const char *const words[] = { [RULEBOOK_REFUSE] = "refuse", [RULEBOOK_WARN] = "warn",
		                             [RULEBOOK_ATTEST] = "attest" };
	struct jdoc *d = jdoc_object();
	const char *next = f->next ? enforce_say(f->next) : NULL;
	jdoc_set_string(d, "at", f->clause);
	jdoc_set_string(d, "rule", words[f->level]);
	jdoc_set_string(d, "reason", enforce_say(f->title));
	jdoc_set(d, "next", next ? jdoc_string(next) : jdoc_null());
	jdoc_set(d, "entry", f->entry ? jdoc_integer((int64_t)f->entry) : jdoc_null());
	jdoc_append(list, d);
}

static const struct enforce_fault *find_worst(const struct enforce_faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].level != RULEBOOK_WARN)
			return &f->at[i];
	return &f->at[0];
}

int enforce_answer(const struct enforce_faults *f, bool has_reason, struct jdoc **out_list, struct err *e)
{
	*out_list = NULL;
	if (!f->count)
		return ERR_OK;
	const struct enforce_fault *worst = find_worst(f);
	const char *next = worst->next ? enforce_say(worst->next) : NULL;
	bool soft = worst->level == RULEBOOK_WARN;
	if (soft && has_reason)
		return ERR_OK;
	*out_list = jdoc_array();
	for (size_t i = 0; i < f->count; i++)
		add_to_list(*out_list, &f->at[i]);
	if (worst->entry)
		err_set(e, soft ? ERR_REASON : ERR_RULE, "%s: %s (entry %llu)", worst->clause, enforce_say(worst->title),
		        (unsigned long long)worst->entry);
	else
		err_set(e, soft ? ERR_REASON : ERR_RULE, "%s: %s", worst->clause, enforce_say(worst->title));
	if (next)
		err_next(e, "%s", next);
	if (soft && next)
		err_next(e, "%s; or write down why it has to be: --reason TEXT", next);
	else if (soft)
		err_next(e, "or write down why it has to be: --reason TEXT");
	return soft ? ERR_REASON : ERR_RULE;
}

int enforce_passed(const struct enforce_faults *f, struct note *note, struct err *e)
{
	note->passed_count = 0;
	for (size_t i = 0; i < f->count; i++)
		if (!note_pass(note, f->at[i].clause))
			return err_set(e, ERR_TOOBIG, "reason: would overrule more than %d clauses", NOTE_PASSED_MAX);
	return ERR_OK;
}

int enforce_in_force(const struct rulebook *book, int64_t now, struct err *e)
{
	char day[DATE_LEN + 1];
	if (!book->has_expires || date_day_number(date_of_time(now)) <= date_day_number(book->expires))
		return ERR_OK;
	date_print(book->expires, day);
	err_set(e, ERR_RULE, "rule book %s: was in force until %s", book->id, day);
	if (book->expires_clause)
		err_prefix(e, "%s", book->expires_clause);
	return err_next(e, "bring its successor into force: daicho rules update FOLDER");
}
