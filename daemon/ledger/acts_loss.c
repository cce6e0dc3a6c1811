/* A report of a loss names entries that have a record, or had one, and says nothing of days to come. */
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "ledger/acts_impl.h"

static int refuse(const char *member, const char *why, struct err *e)
{
	return err_set(e, ERR_RULE, "%s: %s", member, lang_text(why));
}

static int check_target(const struct acts_subject *s, const struct leaf_target *t, struct err *e)
{
	struct index_entry first, last;
	bool has = false;
	if (t->type == LEAF_ON_MATTER)
		return refuse("on", N_("a loss is of entries or of a volume"), e);
	if (t->type == LEAF_ON_VOLUME) {
		int rc = index_has_volume(s->ledger->index, &t->volume, &has, e);
		return rc || has ? rc : refuse("on", N_("there is no such volume"), e);
	}
	int rc = index_entry(s->ledger->index, t->first, &first, e);
	if (!rc)
		rc = index_entry(s->ledger->index, t->last, &last, e);
	if (rc || (first.has_volume && last.has_volume))
		return rc;
	refuse("on", N_("the first or the last of these entries has no record"), e);
	return err_next(e, "daicho show N tells what an entry is: begin and end with one that has, or had, a record");
}

static int check_day(const struct acts_subject *s, const char *member, struct err *e)
{
	const char *text = jdoc_get_text(s->body, member);
	struct date day;
	if (!text || !date_parse(text, strlen(text), &day) ||
	    date_day_number(day) <= date_day_number(date_of_time(s->now)))
		return ERR_OK;
	return refuse(member, N_("lies in the future"), e);
}

int acts_loss_judge(const struct acts_subject *s, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < s->leaf->on_count; i++)
		rc = check_target(s, &s->leaf->on[i], e);
	if (!rc)
		rc = check_day(s, "noticed", e);
	if (!rc)
		rc = check_day(s, "reported_on", e);
	if (!rc && !jdoc_get(s->body, "reported_to") != !jdoc_get(s->body, "reported_on"))
		rc = refuse("reported_to", N_("to whom and when it was reported are given together"), e);
	if (!rc && jdoc_get(s->body, "persons") && !jdoc_is_true(jdoc_get(s->body, "personal_data")))
		rc = refuse("persons", N_("people are counted where there were personal data"), e);
	return rc;
}
