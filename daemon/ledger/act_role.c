/* Who may do an act: by the rule book in force, a role; without one, whoever is appointed. */
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/lang.h"
#include "ledger/act.h"
#include "ledger/enforce.h"

struct looking {
	const struct rulebook *book;
	const char *wanted;
	int64_t day;
	bool found;
};

static int look(void *ctx, const struct index_person *held, struct err *e)
{
	struct looking *k = ctx;
	(void)e;
	k->found = k->found || (strcmp(held->role, k->wanted) == 0 && held->since <= k->day &&
	                        rulebook_role(k->book, held->role));
	return ERR_OK;
}

static int refuse(const struct rulebook *book, const struct rulebook_act *act, struct err *e)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	for (size_t i = 0; i < act->submit_count; i++) {
		const struct rulebook_named *role = rulebook_role(book, act->submit[i]);
		buf_puts(&wanted, i ? _(" or ") : "");
		buf_printf(&wanted, "%s (%s)", role ? enforce_say(&role->title) : act->submit[i], act->submit[i]);
	}
	if (act->clause)
		err_set(e, ERR_PERM, "%s (%s): it is done by %s", act->name, act->clause, buf_str(&wanted));
	else
		err_set(e, ERR_PERM, "%s: it is done by %s", act->name, buf_str(&wanted));
	return err_next(e, "who holds such a role by an appointment in force does it");
}

int act_role(struct ledger *l, enum leaf_kind kind, const struct index_person *person, struct date day,
             char out_role[LEAF_NAME_MAX + 1], struct err *e)
{
	const struct rulebook *book = l->rules->book;
	const struct rulebook_act *act = rulebook_act(book, leaf_kind_name(kind));
	if (!act) {
		strcpy(out_role, person->role);
		return ERR_OK;
	}
	for (size_t i = 0; i < act->submit_count; i++) {
		struct looking k = { .book = book, .wanted = act->submit[i], .day = date_day_number(day) };
		int rc = index_persons_of(l->index, person->login, look, &k, e);
		if (rc)
			return rc;
		if (k.found) {
			strcpy(out_role, act->submit[i]);
			return ERR_OK;
		}
	}
	return refuse(book, act, e);
}
