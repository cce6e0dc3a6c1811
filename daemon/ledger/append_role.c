/* In which role a record is submitted: one that an open appointment gives to the caller's login, from its day on, in
 * the record's unit or everywhere. */
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/append_batch.h"
#include "ledger/enforce.h"

#define SAID_MAX 8              /* appointments that a refusal names */

struct roles {
	const struct append_batch *batch;
	const struct rulebook *book;
	const struct rulebook_kind *kind;
	struct note *note;
	struct index_person *held;
	size_t count;
};

static int take_person(void *ctx, const struct index_person *person, struct err *e)
{
	struct roles *r = ctx;
	(void)e;
	r->held = mem_grow(r->held, r->count + 1, sizeof *r->held);
	r->held[r->count++] = *person;
	return ERR_OK;
}

/* By a record before it in this batch, which the index does not know yet. */
static bool is_ended(const struct append_batch *b, uint64_t appointment)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct leaf *leaf = b->entries[i].item->leaf;
		if (leaf->has_corrects && leaf->corrects == appointment)
			return true;
		for (size_t n = 0; n < leaf->closes.count; n++)
			if (leaf->closes.at[n] == appointment)
				return true;
	}
	return false;
}

static bool counts(const struct roles *r, const struct index_person *p)
{
	const struct rulebook_named *role = rulebook_role(r->book, p->role);
	if (!role || p->since > date_day_number(r->note->event) || is_ended(r->batch, p->seq))
		return false;
	return role->everywhere || strcmp(p->unit, r->note->unit) == 0;
}

static bool holds(const struct roles *r, const char *role)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->held[i].role, role) == 0 && counts(r, &r->held[i]))
			return true;
	return false;
}

/* "General manager (general-manager)" */
static void say_role(const struct roles *r, const char *name, struct buf *out)
{
	const struct rulebook_named *role = rulebook_role(r->book, name);
	buf_printf(out, "%s (%s)", role ? enforce_say(&role->title) : name, name);
}

static void say_wanted(const struct roles *r, struct buf *out)
{
	if (r->note->role[0])
		say_role(r, r->note->role, out);
	for (size_t i = 0; !r->note->role[0] && i < r->kind->submit_count; i++) {
		buf_puts(out, i ? _(" or ") : "");
		say_role(r, r->kind->submit[i], out);
	}
}

static void say_held(const struct roles *r, struct buf *out)
{
	size_t said = 0;
	for (size_t i = 0; i < r->count && said < SAID_MAX; i++) {
		const struct index_person *p = &r->held[i];
		if (is_ended(r->batch, p->seq))
			continue;
		buf_puts(out, said++ ? ", " : "");
		buf_printf(out, p->since > date_day_number(r->note->event) ? _("%s in %s from a later day on") : _("%s in %s"),
		           p->role, p->unit);
	}
	buf_puts(out, said ? "" : _("no role"));
}

static const struct rulebook_kind *find_appointing(const struct rulebook *book)
{
	for (size_t i = 0; i < book->kinds_count; i++)
		if (book->kinds[i].identity_login[0])
			return &book->kinds[i];
	return NULL;
}

static int refuse(const struct roles *r, struct err *e)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT, held = BUF_INIT;
	const struct rulebook_kind *k = r->kind, *appointing = find_appointing(r->book);
	say_wanted(r, &wanted);
	say_held(r, &held);
	err_set(e, ERR_PERM, "kind %s (%s): in unit %s it is submitted by %s; on its day this login holds: %s", k->name,
	        k->clause, r->note->unit, buf_str(&wanted), buf_str(&held));
	if (!appointing)
		return err_next(e, "the rule book has no kind that appoints anybody");
	return err_next(e, "who may appoint records it first: daicho add %s --unit %s --%s %s --%s LOGIN ...",
	                appointing->name, r->note->unit, appointing->identity_role,
	                r->note->role[0] ? r->note->role : k->submit[0], appointing->identity_login);
}

static int choose(struct roles *r, struct err *e)
{
	const struct rulebook_kind *k = r->kind;
	if (r->note->role[0])
		return holds(r, r->note->role) ? ERR_OK : refuse(r, e);
	for (size_t i = 0; i < k->submit_count; i++)
		if (holds(r, k->submit[i])) {
			strcpy(r->note->role, k->submit[i]);
			return ERR_OK;
		}
	return k->submit_count ? refuse(r, e) : ERR_OK;
}

static int judge_signature(const struct roles *r, struct err *e)
{
	const struct rulebook_kind *k = r->kind;
	BUF_CLEANUP struct buf role = BUF_INIT;
	if (r->note->signature || !intake_wants_signature(k, r->note->role))
		return ERR_OK;
	if (r->note->role[0]) {
		say_role(r, r->note->role, &role);
		err_set(e, ERR_PERM, "kind %s (%s): submitted as %s it needs the signature of its author's own key", k->name,
		        k->clause, buf_str(&role));
	} else {
		err_set(e, ERR_PERM, "kind %s (%s): it needs the signature of its author's own key", k->name, k->clause);
	}
	return err_next(e, "daicho add %s ... --sign FINGERPRINT, of the key that your appointment names", k->name);
}

int append_role_judge(const struct append_batch *b, const struct append_item *item, const struct rulebook_kind *k,
                      struct err *e)
{
	struct roles r = { .batch = b, .book = b->ledger->rules->book, .kind = k, .note = item->note };
	int rc = ERR_OK;
	if (item->note->role[0] || k->submit_count)
		rc = index_persons_of(b->ledger->index, item->note->login, take_person, &r, e);
	if (!rc)
		rc = choose(&r, e);
	if (!rc)
		rc = judge_signature(&r, e);
	mem_free_ptr(&r.held);
	return rc;
}
