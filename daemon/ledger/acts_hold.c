/* What is asked of holds, extensions and classes beyond what the leaves tell. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "ledger/acts_impl.h"
#include "ledger/dispose_holds.h"

int acts_hold_judge(const struct acts_subject *s, struct err *e)
{
	return dispose_holds_check(s->ledger, s->view, LEAF_HOLD, s->leaf->on, s->leaf->on_count, e);
}

/* Nobody types the day: it follows from the years in all. */
int acts_hold_extend(const struct acts_subject *s, struct err *e)
{
	struct dispose_holds_end end;
	char day[DATE_LEN + 1];
	int64_t years = 0;
	jdoc_get_integer(s->body, "years", &years);
	int rc = dispose_holds_check(s->ledger, s->view, LEAF_EXTEND, s->leaf->on, s->leaf->on_count, e);
	if (!rc)
		rc = dispose_holds_end(s->view, s->leaf->on, s->leaf->on_count, (uint64_t)years, &end, e);
	if (rc || date_day_number(end.until) == date_day_number(s->leaf->until))
		return rc;
	date_print(end.until, day);
	err_set(e, ERR_CONFLICT, years == 1 ? N_("until: %d year from base year %d on ends on %s")
	                                    : N_("until: %d years from base year %d on end on %s"),
	        (int)years, end.base_year, day);
	return err_next(e, "GET /v1/extension (`daicho extend`) tells the day");
}

/* What a certificate names goes by the class that it had: a longer one would be told of what is kept no longer. */
static int check_certificate(const struct acts_subject *s, const char *kind, struct err *e)
{
	const struct dispose_view *v = s->view;
	for (uint64_t seq = 0; v->stands.dispose && seq < history_size(v->history); seq++) {
		struct history_entry x;
		history_entry(v->history, seq, &x);
		if (x.disposed_by != v->stands.dispose || strcmp(x.volume.kind, kind) != 0)
			continue;
		err_set(e, ERR_RULE, "kind %s: the certificate of entry %" PRIu64 " names records of it, which get no other "
		        "class", kind, v->stands.dispose);
		return err_next(e, "a hold stops its disposal: daicho hold place %" PRIu64, seq);
	}
	return ERR_OK;
}

static int check_class(const struct acts_subject *s, const struct leaf_class *class, const struct rulebook_kind *kind,
                       struct err *e)
{
	if (class->years < kind->retain)
		return err_set(e, ERR_RULE, class->years == 1 ? N_("kind %s: %d year would shorten the %d of the rule book")
		                                              : N_("kind %s: %d years would shorten the %d of the rule book"),
		               class->kind, class->years, kind->retain);
	if (kind->identity_login[0])
		return err_set(e, ERR_RULE, "kind %s: appoints persons, and never expires", class->kind);
	return check_certificate(s, class->kind, e);
}

int acts_hold_classify(const struct acts_subject *s, struct err *e)
{
	const struct leaf_class *class = &s->leaf->class;
	const struct rulebook_kind *kind = rulebook_kind(s->ledger->rules->book, class->kind);
	if (!kind) {
		err_set(e, ERR_KIND, "kind: the rule book has no kind %s", class->kind);
		return err_next(e, "daicho kinds lists them");
	}
	int rc = check_class(s, class, kind, e);
	if (rc)
		return rc;
	if (!class->from_closing && kind->opens[0]) {
		err_set(e, ERR_RULE, "kind %s: opens a matter, so it counts from closing", class->kind);
		return err_next(e, "--from closing");
	}
	if (!class->from_closing || kind->opens[0] || kind->closes.count || kind->within.count)
		return ERR_OK;
	err_set(e, ERR_RULE, "kind %s: belongs to no matter, so it can't count from its closing", class->kind);
	return err_next(e, "--from creation");
}
