#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/member.h"
#include "ledger/verify_impl.h"

#define FORMAT "daicho.verify.v1"
#define FAULTS_DEFAULT 100

/* Faults of entries come first, by their number; then those of no single entry, as found. */
static int compare_faults(const void *a, const void *b)
{
	const struct verify_fault *x = a, *y = b;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Where the next fault goes: behind the others, or in place of the last of them when there is no room; NULL when this
 * one comes after all that are kept. */
static struct verify_fault *make_room(struct verify *v, const struct verify_fault *f)
{
	size_t max = v->o->faults_max ? (size_t)v->o->faults_max : FAULTS_DEFAULT, last = 0;
	if (v->faults_count < max) {
		v->faults = mem_grow(v->faults, v->faults_count + 1, sizeof *v->faults);
		return &v->faults[v->faults_count++];
	}
	for (size_t i = 1; i < v->faults_count; i++)
		if (compare_faults(&v->faults[i], &v->faults[last]) > 0)
			last = i;
	if (compare_faults(f, &v->faults[last]) > 0)
		return NULL;
	free(v->faults[last].reason);
	return &v->faults[last];
}

__attribute__((format(printf, 4, 0)))
static void add_fault(struct verify *v, uint64_t seq, const char *word, const char *fmt, va_list ap)
{
	struct verify_fault f = { .seq = seq, .order = v->faults_found++, .word = word };
	struct verify_fault *at = make_room(v, &f);
	char reason[ERR_TEXT_MAX];
	if (!at)
		return;
	vsnprintf(reason, sizeof reason, lang_text(fmt), ap);
	f.reason = mem_strdup(reason);
	*at = f;
}

void verify_fault(struct verify *v, uint64_t seq, enum verdict_state state, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add_fault(v, seq, verdict_state_word(state), fmt, ap);
	va_end(ap);
	verify_lower(v, verdict_of_state(state));
	if (seq < v->count && verdict_of_state((enum verdict_state)v->entries[seq].state) == VERDICT_VALID)
		v->entries[seq].state = (uint8_t)state;
}

void verify_diverge(struct verify *v, uint64_t seq, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add_fault(v, seq, verdict_word(VERDICT_DIVERGED), fmt, ap);
	va_end(ap);
	verify_lower(v, VERDICT_DIVERGED);
	if (seq < v->count)
		v->entries[seq].state = VERDICT_BROKEN;
}

void verify_remark(struct verify *v, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, lang_text(fmt), ap);
	va_end(ap);
	jdoc_append(v->remarks, jdoc_string(text));
}

void verify_lower(struct verify *v, enum verdict verdict)
{
	v->verdict = verdict_worse(v->verdict, verdict);
}

bool verify_is_finding(int rc)
{
	static const enum err_code findings[] = {
		ERR_LEDGER, ERR_NOTFOUND, ERR_SYNTAX, ERR_TOOBIG, ERR_KEY, ERR_RULE, ERR_UTF8, ERR_CONFIG, ERR_FORMAT,
		ERR_SCHEMA, ERR_KIND, ERR_DUPLICATE, ERR_DEPTH, ERR_CONFLICT, ERR_GONE, ERR_CLOCK,
	};
	for (size_t i = 0; i < sizeof findings / sizeof *findings; i++)
		if (rc == (int)findings[i])
			return true;
	return false;
}

static struct jdoc *say_fault(const struct verify_fault *f)
{
	struct jdoc *d = jdoc_object();
	jdoc_set(d, "seq", f->seq == VERIFY_NO_SEQ ? jdoc_null() : jdoc_integer((int64_t)f->seq));
	jdoc_set_string(d, "state", f->word);
	jdoc_set_string(d, "reason", f->reason);
	return d;
}

static void say_faults(struct verify *v, struct jdoc *doc)
{
	struct jdoc *list = jdoc_array();
	if (v->faults_count)
		qsort(v->faults, v->faults_count, sizeof *v->faults, compare_faults);
	for (size_t i = 0; i < v->faults_count; i++)
		jdoc_append(list, say_fault(&v->faults[i]));
	jdoc_set(doc, "first", v->faults_count ? say_fault(&v->faults[0]) : jdoc_null());
	jdoc_set(doc, "faults", list);
	jdoc_set_integer(doc, "more_faults", (int64_t)(v->faults_found - v->faults_count));
}

static void say_states(const struct verify *v, struct verify_result *out, struct jdoc *doc)
{
	struct jdoc *states = jdoc_object();
	for (uint64_t seq = 0; seq < v->counted; seq++)
		out->states[v->entries[seq].state]++;
	for (int s = 0; s < VERDICT_STATE_COUNT; s++)
		jdoc_set_integer(states, verdict_state_word((enum verdict_state)s), (int64_t)out->states[s]);
	jdoc_set(doc, "states", states);
}

static struct jdoc *say_checkpoint(const struct verify *v, const struct verify_result *out)
{
	char hex[OID_HEX_LEN + 1];
	struct jdoc *d = jdoc_object();
	if (!v->judged) {
		jdoc_free(d);
		return jdoc_null();
	}
	oid_print(&v->chain.head, hex);
	jdoc_set_integer(d, "size", (int64_t)v->judged);
	member_hash(d, "root", &out->root);
	member_hash(d, "leaf", &out->last_leaf);
	jdoc_set_string(d, "head", hex);
	member_hash(d, "head_sha256", &v->head_hash);
	return d;
}

static struct jdoc *say_disposals(const struct verify *v)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < v->disposals_count; i++) {
		const struct verify_disposal *x = &v->disposals[i];
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "dispose", (int64_t)x->dispose);
		jdoc_set(d, "disposed", x->disposed ? jdoc_integer((int64_t)x->disposed) : jdoc_null());
		jdoc_set_integer(d, "base_year", x->base_year);
		jdoc_set_integer(d, "count", (int64_t)x->count);
		member_hash(d, "archive", &x->archive);
		jdoc_set(d, "receipt", verify_receipt_say(x));
		jdoc_append(list, d);
	}
	return list;
}

void verify_report(struct verify *v, struct verify_result *out)
{
	struct jdoc *doc = jdoc_object();
	*out = (struct verify_result){ .verdict = v->verdict, .entries = v->counted, .doc = doc };
	out->last_leaf = v->chain.last;
	out->root = merkle_root(&v->chain.frontier);
	jdoc_set_string(doc, "format", FORMAT);
	jdoc_set_string(doc, "verdict", verdict_word(v->verdict));
	jdoc_set_integer(doc, "exit", (int64_t)v->verdict);
	jdoc_set(doc, "origin", v->origin[0] ? jdoc_string(v->origin) : jdoc_null());
	jdoc_set(doc, "genesis", jdoc_null());
	if (v->origin[0])
		member_hash(doc, "genesis", &v->genesis);
	jdoc_set_integer(doc, "entries", (int64_t)v->counted);
	say_states(v, out, doc);
	jdoc_set(doc, "checkpoint", say_checkpoint(v, out));
	say_faults(v, doc);
	jdoc_set(doc, "remarks", jdoc_keep(v->remarks));
	jdoc_set(doc, "disposals", say_disposals(v));
	jdoc_set(doc, "keys", verify_keys_say(v));
	jdoc_set(doc, "checkpoints", verify_outside_say(v));
	jdoc_set_integer(doc, "witnessed", (int64_t)v->witnessed);
	jdoc_set_integer(doc, "vouched_for", (int64_t)v->trusted);
	if (v->evidence)
		jdoc_set(doc, "evidence", jdoc_keep(v->evidence));
}
