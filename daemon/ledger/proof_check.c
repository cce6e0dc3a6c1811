#include "ledger/proof_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "foreign/ed25519.h"
#include "foreign/pgp.h"
#include "ledger/member.h"
#include "ledger/proof.h"
#include "model/commit.h"
#include "model/leaf.h"
#include "model/merkle.h"
#include "model/note.h"
#include "model/pgpsig.h"
#include "model/tlog_checkpoint.h"
#include "model/tlog_proof.h"

#define FORMAT "daicho.proof-check.v1"
#define CONSISTENCY_FORMAT "daicho.consistency-check.v1"

struct check {
	const struct proof_check_options *o;
	struct jdoc *doc, *findings;
	enum verdict verdict;
};

static struct check begin(const struct proof_check_options *o, const char *format)
{
	struct check c = { .o = o, .doc = jdoc_object(), .findings = jdoc_array(), .verdict = VERDICT_VALID };
	jdoc_set_string(c.doc, "format", format);
	return c;
}

__attribute__((format(printf, 3, 4)))
static void blame(struct check *c, enum verdict verdict, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, lang_text(fmt), ap);
	va_end(ap);
	jdoc_append(c->findings, jdoc_string(text));
	c->verdict = verdict_worse(c->verdict, verdict);
}

static void end(struct check *c, struct jdoc **out, enum verdict *out_verdict)
{
	jdoc_set_string(c->doc, "verdict", verdict_word(c->verdict));
	jdoc_set(c->doc, "findings", c->findings);
	*out = c->doc;
	*out_verdict = c->verdict;
}

/* The pinned key first, then those of the policy. */
static const struct tlog_note_key *log_key(const struct proof_check_options *o, size_t i)
{
	if (o->log && !i)
		return o->log;
	return o->policy ? tlog_policy_log(o->policy, o->log ? i - 1 : i) : NULL;
}

static int check_options(const struct proof_check_options *o, struct err *e)
{
	return log_key(o, 0)
		? ERR_OK : err_set(e, ERR_USAGE, "proof: the key of checkpoints is wanted, pinned or in a policy");
}

static void set_time(struct jdoc *to, const char *member, int64_t time)
{
	char text[DATE_TIME_LEN + 1];
	date_time_print(time, text);
	jdoc_set_string(to, member, text);
}

/* Checkpoint: who signed it, and whether it is of what the auditor has seen. */

static void check_known(struct check *c, const struct tlog_checkpoint *point)
{
	for (size_t i = 0; i < c->o->seen_count; i++) {
		const struct policy_checkpoint *k = &c->o->seen[i];
		if (k->is_known && k->text.size == point->size && strcmp(k->text.origin, point->origin) == 0 &&
		    !hash_is_equal(&k->text.root, &point->root)) {
			blame(c, VERDICT_DIVERGED,
			      "checkpoint: another tree head than that of a known checkpoint of as many entries");
			return;
		}
	}
}

/* The trusted keys whose name is the origin; one that has signed is enough, one that has signed wrongly is too much. */
static struct jdoc *check_signature(struct check *c, const struct tlog_note *n, const struct tlog_checkpoint *point)
{
	static const char *const words[] = { "absent", "good", "bad" };
	enum tlog_note_finding best = TLOG_NOTE_ABSENT;
	const struct tlog_note_key *k, *by = NULL;
	bool is_known = false;
	for (size_t i = 0; best != TLOG_NOTE_BAD && (k = log_key(c->o, i)); i++) {
		if (strcmp(k->name, point->origin) != 0)
			continue;
		is_known = true;
		enum tlog_note_finding found = tlog_note_find(n, k, ed25519_is_valid, NULL);
		if (found != TLOG_NOTE_ABSENT) {
			best = found;
			by = k;
		}
	}
	if (c->o->origin && strcmp(c->o->origin, point->origin) != 0)
		blame(c, VERDICT_DIVERGED, "checkpoint: of another ledger than the pinned one");
	else if (!is_known)
		blame(c, VERDICT_DIVERGED, "checkpoint: its origin is not the name of a trusted key");
	else if (best == TLOG_NOTE_ABSENT)
		blame(c, VERDICT_INCOMPLETE, "checkpoint: not signed by a trusted key");
	else if (best == TLOG_NOTE_BAD)
		blame(c, VERDICT_INVALID, "checkpoint: the signature of the trusted key is wrong");
	else
		check_known(c, point);
	struct jdoc *d = jdoc_object();
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	if (by)
		tlog_note_key_print(by, &vkey);
	jdoc_set_string(d, "state", words[best]);
	jdoc_set(d, "key", by ? jdoc_string(buf_str(&vkey)) : jdoc_null());
	return d;
}

static struct jdoc *check_witnesses(struct check *c, const struct tlog_note *n)
{
	struct tlog_policy_finding f;
	if (!c->o->policy)
		return jdoc_null();
	tlog_policy_judge(c->o->policy, n, c->o->since, c->o->until, ed25519_is_valid, &f);
	if (f.bad)
		blame(c, VERDICT_INVALID, "checkpoint: the cosignature of witness %s is wrong", f.bad);
	else if (!f.is_met)
		blame(c, VERDICT_UNWITNESSED, "checkpoint: %zu of %zu witnesses have cosigned it: no quorum of the policy",
		      f.good, f.wanted);
	struct jdoc *d = jdoc_object();
	jdoc_set_bool(d, "met", f.is_met);
	jdoc_set_integer(d, "good", (int64_t)f.good);
	jdoc_set_integer(d, "wanted", (int64_t)f.wanted);
	jdoc_set_integer(d, "outside", (int64_t)f.outside);
	if (f.good) {
		set_time(d, "oldest", f.oldest);
		set_time(d, "newest", f.newest);
	}
	return d;
}

/* Leaf, record, commit: what the extra data says, against what is proved. */

static void check_leaf(struct check *c, const struct tlog_proof *p, const struct tlog_checkpoint *point,
                       const struct jdoc *text, const struct leaf *leaf, const struct hash *hash)
{
	const struct hash *genesis = leaf->seq ? &leaf->genesis : hash;
	if (leaf->seq != p->index)
		blame(c, VERDICT_INVALID, "entry: its number is not the one that is proved");
	if (strcmp(leaf->origin, point->origin) != 0)
		blame(c, VERDICT_DIVERGED, "entry: of another ledger than the checkpoint");
	if (c->o->genesis && !hash_is_equal(genesis, c->o->genesis))
		blame(c, VERDICT_DIVERGED, "entry: its ledger does not begin with the pinned entry 0");
	struct jdoc *d = jdoc_object();
	BUF_CLEANUP struct buf volume = BUF_INIT;
	member_hash(d, "hash", hash);
	jdoc_set(d, "text", jdoc_string_n(jdoc_text(text), jdoc_text_len(text)));
	jdoc_set_string(d, "kind", leaf->kind_name);
	set_time(d, "time", leaf->time);
	if (leaf->has_volume) {
		leaf_volume_print(&leaf->volume, &volume);
		jdoc_set_string(d, "volume", buf_str(&volume));
	}
	jdoc_set(c->doc, "leaf", d);
}

static const char *judge_record(struct check *c, const struct leaf *leaf, const struct jdoc *record)
{
	if (!record)
		return leaf->has_volume ? "absent" : "none";
	struct hash is = hash_of(jdoc_text(record), jdoc_text_len(record));
	if (leaf->has_volume && hash_is_equal(&is, &leaf->record))
		return "present";
	blame(c, VERDICT_INVALID, "record: not the one that the leaf names");
	return "altered";
}

/* out_fpr: who signed it, once that is known. */
static const char *judge_commit(struct check *c, const struct jdoc *leaf, const struct jdoc *raw,
                                const struct jdoc *key, char out_fpr[LEAF_FPR_LEN + 1])
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	struct pgpsig sig;
	uint8_t public_key[32], digest[PGPSIG_DIGEST_MAX];
	if (!raw)
		return "absent";
	if (commit_parse(jdoc_text(raw), jdoc_text_len(raw), &commit, &payload, &armor, NULL) ||
	    pgpsig_parse(buf_str(&armor), armor.len, &sig, NULL) || commit.message_len != jdoc_text_len(leaf) ||
	    memcmp(commit.message, jdoc_text(leaf), commit.message_len) != 0) {
		blame(c, VERDICT_INVALID, "commit: not one whose message is the leaf");
		return "bad";
	}
	if (!key)
		return "unchecked";
	if (pgpsig_check_key(jdoc_text(key), jdoc_text_len(key), sig.fpr, commit.name, NULL)) {
		blame(c, VERDICT_INVALID, "key: not the one that the commit is signed by, as the ledger keeps it");
		return "bad";
	}
	size_t len = pgpsig_digest(&sig, buf_str(&payload), payload.len, digest);
	if (pgpsig_find_key(jdoc_text(key), jdoc_text_len(key), sig.fpr, public_key, NULL) ||
	    !pgp_ed25519_is_valid(public_key, digest, len, sig.r, sig.s)) {
		blame(c, VERDICT_INVALID, "commit: its signature is wrong");
		return "bad";
	}
	memcpy(out_fpr, sig.fpr, sizeof sig.fpr);
	return "good";
}

static void check_rest(struct check *c, const struct jdoc *extra, const struct leaf *leaf)
{
	char fpr[LEAF_FPR_LEN + 1] = "";
	struct jdoc *record = jdoc_object(), *commit = jdoc_object();
	struct jdoc *text = jdoc_get(extra, "record");
	jdoc_set_string(record, "state", judge_record(c, leaf, text));
	const char *state = judge_commit(c, jdoc_get(extra, "leaf"), jdoc_get(extra, "commit"), jdoc_get(extra, "key"),
	                                 fpr);
	jdoc_set_string(commit, "state", state);
	if (*fpr)
		jdoc_set_string(commit, "fpr", fpr);
	if (text && (c->verdict == VERDICT_VALID || c->verdict == VERDICT_UNWITNESSED))
		jdoc_set(record, "text", jdoc_keep(text));
	if (*fpr && c->o->fpr && *c->o->fpr)
		jdoc_set_bool(commit, "pinned", strcmp(fpr, c->o->fpr) == 0);
	jdoc_set(c->doc, "record", record);
	jdoc_set(c->doc, "commit", commit);
}

static int check_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	static const char *const members[] = { "commit", "format", "key", "leaf", "record" };
	(void)ctx;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(name, members[i]) == 0 && jdoc_text(value))
			return ERR_OK;
	return err_set(e, ERR_SYNTAX, "proof: extra data: a member that is not known, or no text");
}

/* In the one form in which it is written. */
static int parse_extra(const struct tlog_proof *p, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf again = { .max = TLOG_PROOF_MAX };
	if (!p->has_extra)
		return err_set(e, ERR_SYNTAX, "proof: no extra data: which leaf it proves is not told");
	struct jdoc *d = jdoc_parse(buf_str(&p->extra), p->extra.len, TLOG_PROOF_MAX, 0, e);
	int rc = d ? jdoc_each(d, check_member, NULL, e) : (int)e->code;
	const char *format = jdoc_get_text(d, "format");
	if (!rc && (!format || strcmp(format, PROOF_EXTRA_FORMAT) != 0 || !jdoc_get_text(d, "leaf")))
		rc = err_set(e, ERR_SYNTAX, "proof: extra data: not of the form %s", PROOF_EXTRA_FORMAT);
	if (!rc) {
		jdoc_print(d, &again);
		if (again.len != p->extra.len || memcmp(again.ptr, p->extra.ptr, again.len) != 0)
			rc = err_set(e, ERR_SYNTAX, "proof: extra data: not one line of JSON with sorted members");
	}
	if (rc)
		jdoc_free(d);
	else
		*out = d;
	return rc;
}

static int judge_entry(struct check *c, const struct tlog_proof *p, const struct tlog_checkpoint *point,
                       const struct jdoc *extra, struct err *e)
{
	const struct jdoc *text = jdoc_get(extra, "leaf");
	struct hash hash = leaf_hash(jdoc_text(text), jdoc_text_len(text));
	struct leaf leaf;
	int rc = leaf_parse(jdoc_text(text), jdoc_text_len(text), &leaf, e);
	if (rc && rc != ERR_FORMAT) {
		err_prefix(e, "proof: leaf");
		return rc;
	}
	if (!merkle_check(p->index, point->size, &hash, p->path, p->path_count, &point->root))
		blame(c, VERDICT_INVALID, "entry: not in the tree of the checkpoint at its place");
	if (rc) {
		blame(c, VERDICT_NEWER_FORMAT, "entry: of a later format than this program knows");
	} else {
		check_leaf(c, p, point, text, &leaf, &hash);
		check_rest(c, extra, &leaf);
	}
	leaf_release(&leaf);
	return ERR_OK;
}

static void set_point(struct check *c, const struct tlog_note *n, const struct tlog_checkpoint *point, struct jdoc *to)
{
	jdoc_set_integer(to, "size", (int64_t)point->size);
	member_hash(to, "root", &point->root);
	jdoc_set(to, "checkpoint", n ? check_signature(c, n, point) : jdoc_null());
}

static int judge(struct check *c, const struct tlog_proof *p, struct err *e)
{
	struct tlog_note n;
	struct tlog_checkpoint point;
	struct jdoc *extra = NULL;
	int rc = tlog_checkpoint_read(p->note, p->note_len, &n, &point, e);
	if (!rc)
		rc = parse_extra(p, &extra, e);
	if (rc)
		return rc;
	jdoc_set_string(c->doc, "origin", point.origin);
	jdoc_set_integer(c->doc, "index", (int64_t)p->index);
	jdoc_set(c->doc, "leaf", jdoc_null());
	set_point(c, &n, &point, c->doc);
	jdoc_set(c->doc, "witnesses", check_witnesses(c, &n));
	rc = judge_entry(c, p, &point, extra, e);
	jdoc_free(extra);
	return rc;
}

int proof_check(const char *bytes, size_t len, const struct proof_check_options *o, struct jdoc **out,
                enum verdict *out_verdict, struct err *e)
{
	struct tlog_proof p;
	int rc = check_options(o, e);
	if (!rc)
		rc = tlog_proof_parse(bytes, len, &p, e);
	if (rc)
		return rc;
	struct check c = begin(o, FORMAT);
	rc = judge(&c, &p, e);
	tlog_proof_release(&p);
	if (!rc) {
		end(&c, out, out_verdict);
		return ERR_OK;
	}
	jdoc_free(c.findings);
	jdoc_free(c.doc);
	return rc;
}

/* Consistency. */

static void judge_step(struct check *c, const struct tlog_checkpoint_request *q, const struct tlog_checkpoint *old,
                       const struct tlog_checkpoint *new)
{
	if (strcmp(old->origin, new->origin) != 0)
		blame(c, VERDICT_DIVERGED, "checkpoints: of two ledgers");
	else if (q->old != old->size)
		blame(c, VERDICT_INCOMPLETE,
		      "proof: it is of %" PRIu64 " entries, not of the %" PRIu64 " of the older checkpoint", q->old, old->size);
	else if (!merkle_check_consistency(old->size, new->size, &old->root, &new->root, q->proof, q->proof_count))
		blame(c, VERDICT_INVALID, "checkpoints: the later one does not go on from the older one");
}

int proof_check_consistency(const struct tlog_checkpoint *old, const struct tlog_note *old_note, const char *request,
                            size_t len, const struct proof_check_options *o, struct jdoc **out,
                            enum verdict *out_verdict, struct err *e)
{
	struct tlog_checkpoint_request q;
	struct tlog_note note;
	struct tlog_checkpoint new;
	int rc = check_options(o, e);
	if (!rc)
		rc = tlog_checkpoint_request_parse(request, len, &q, e);
	if (!rc)
		rc = tlog_checkpoint_read(q.note, q.note_len, &note, &new, e);
	if (rc)
		return rc;
	struct check c = begin(o, CONSISTENCY_FORMAT);
	struct jdoc *from = jdoc_object(), *to = jdoc_object();
	jdoc_set_string(c.doc, "origin", new.origin);
	set_point(&c, old_note, old, from);
	set_point(&c, &note, &new, to);
	jdoc_set(c.doc, "old", from);
	jdoc_set(c.doc, "new", to);
	jdoc_set(c.doc, "witnesses", check_witnesses(&c, &note));
	judge_step(&c, &q, old, &new);
	end(&c, out, out_verdict);
	return ERR_OK;
}
