/*
 * An archive proves its records against one tree head, that of the entries up to the approval. Who outside vouches for
 * that head is told by checkpoints: one of as many entries, or a later one with the step from there.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "foreign/ed25519.h"
#include "ledger/archive_impl.h"
#include "model/merkle.h"

#define FUTURE_S ((int64_t)5 * 60)      /* by which the clock of a witness may be ahead of ours */

enum place { PLACE_BESIDE, PLACE_BEFORE, PLACE_SAME, PLACE_OTHER };

struct outside {
	const struct archive_facts *facts;
	const struct policy *policy;
	archive_finding_fn *fn;
	void *ctx;
	bool is_known, is_witnessed;
};

__attribute__((format(printf, 3, 4)))
static void tell(const struct outside *o, enum verdict v, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, lang_text(fmt), args);
	va_end(args);
	o->fn(o->ctx, v, text);
}

static enum tlog_note_finding find_signature(const struct policy *p, const struct policy_checkpoint *c)
{
	enum tlog_note_finding found = TLOG_NOTE_ABSENT;
	struct tlog_note_key k;
	if (!c->is_signed)
		return found;
	if (*p->pins.checkpoint && !tlog_note_key_parse(p->pins.checkpoint, strlen(p->pins.checkpoint), &k, NULL))
		found = tlog_note_find(&c->note, &k, ed25519_is_valid, NULL);
	for (size_t i = 0; found == TLOG_NOTE_ABSENT && p->witnesses && i < tlog_policy_logs(p->witnesses); i++)
		if (strcmp(tlog_policy_log(p->witnesses, i)->name, p->pins.origin) == 0)
			found = tlog_note_find(&c->note, tlog_policy_log(p->witnesses, i), ed25519_is_valid, NULL);
	return found;
}

/* What the leaf of a record says of the entries before it can contradict a checkpoint, and proves nothing else. */
static enum place find_before(const struct archive_facts *f, const struct policy_checkpoint *c)
{
	for (size_t i = 0; i < f->heads_count; i++)
		if (f->heads[i].size == c->text.size)
			return hash_is_equal(&f->heads[i].root, &c->text.root) ? PLACE_BEFORE : PLACE_OTHER;
	return PLACE_BESIDE;
}

static enum place find_place(const struct archive_facts *f, const struct policy_checkpoint *c)
{
	if (c->text.size == f->size)
		return hash_is_equal(&c->text.root, &f->root) ? PLACE_SAME : PLACE_OTHER;
	if (!c->has_step || c->old != f->size)
		return find_before(f, c);
	return merkle_check_consistency(f->size, c->text.size, &f->root, &c->text.root, c->proof, c->proof_count)
		? PLACE_SAME : PLACE_OTHER;
}

static bool has_quorum(const struct outside *o, const struct policy_checkpoint *c)
{
	struct tlog_policy_finding found;
	if (!o->policy->witnesses || !tlog_policy_wants_witnesses(o->policy->witnesses))
		return false;
	tlog_policy_judge(o->policy->witnesses, &c->note, 0, date_now() + FUTURE_S, ed25519_is_valid, &found);
	if (found.bad)
		tell(o, VERDICT_VALID, N_("%s: the cosignature of %s is wrong"), c->name, found.bad);
	return found.is_met && !found.bad;
}

static void tell_place(const struct outside *o, const struct policy_checkpoint *c, enum place place)
{
	if (place == PLACE_OTHER && c->has_step && c->text.size != o->facts->size)
		tell(o, VERDICT_DIVERGED, N_("%s: a checkpoint of %" PRIu64 " entries, which does not go on from the tree head "
		     "of the archive: two histories, or a step that is wrong"), c->name, c->text.size);
	else if (place == PLACE_OTHER)
		tell(o, VERDICT_DIVERGED, N_("%s: a checkpoint of %" PRIu64 " entries with another tree head: two histories"),
		     c->name, c->text.size);
	else if (place != PLACE_SAME)
		tell(o, VERDICT_VALID, N_("%s: a checkpoint of %" PRIu64 " entries, and the archive is proved against %" PRIu64
		     ": whether both are of one history is told by the ledger, or by a step (daicho consistency)"), c->name,
		     c->text.size, o->facts->size);
}

static struct jdoc *judge_point(struct outside *o, const struct policy_checkpoint *c)
{
	static const char *const words[] = { "beside", "beside", "same", "other" };
	const enum tlog_note_finding signature = find_signature(o->policy, c);
	const enum place place = find_place(o->facts, c);
	const bool is_good = signature == TLOG_NOTE_GOOD, counts = c->is_known || is_good;
	struct jdoc *d = jdoc_object();
	if (!counts)
		tell(o, VERDICT_INCOMPLETE, signature == TLOG_NOTE_BAD
			? N_("%s: the ledger's signature is wrong: it says nothing")
			: N_("%s: not signed by a checkpoint key that the policy names: it says nothing"), c->name);
	else
		tell_place(o, c, place);
	const bool is_quorum = is_good && place == PLACE_SAME && has_quorum(o, c);
	o->is_witnessed = o->is_witnessed || is_quorum;
	o->is_known = o->is_known || (c->is_known && place == PLACE_SAME);
	jdoc_set_string(d, "file", c->name);
	jdoc_set_integer(d, "size", (int64_t)c->text.size);
	jdoc_set_string(d, "history", words[place]);
	jdoc_set_bool(d, "known", c->is_known);
	jdoc_set_bool(d, "signed", is_good);
	jdoc_set_bool(d, "quorum", is_quorum);
	return d;
}

struct jdoc *archive_outside_judge(const struct archive_facts *f, const struct policy *p, archive_finding_fn *fn,
                                   void *ctx)
{
	struct outside o = { .facts = f, .policy = p, .fn = fn, .ctx = ctx };
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < p->checkpoints_count; i++)
		jdoc_append(list, judge_point(&o, &p->checkpoints[i]));
	if (p->witnesses && tlog_policy_wants_witnesses(p->witnesses) && !o.is_witnessed)
		tell(&o, VERDICT_UNWITNESSED, N_("no checkpoint of %" PRIu64 " entries, nor a later one with the step from "
		     "there (daicho consistency %" PRIu64 "), is signed by the ledger and cosigned by the quorum of witnesses "
		     "that the policy asks for"), f->size, f->size);
	if (p->max_age_days)
		tell(&o, VERDICT_VALID, N_("max_age_days is not asked: an archive tells nothing of how old the ledger is"));
	return list;
}
