#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/act_body.h"
#include "ledger/amend.h"
#include "ledger/dispose.h"
#include "ledger/intake.h"
#include "ledger/verify_impl.h"
#include "ledger/volume.h"
#include "model/commit.h"
#include "model/note.h"

int verify_note_leaf(struct verify *v, uint64_t seq, struct leaf *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	int rc = repo_read(v->repo, &v->entries[seq].commit, OID_COMMIT, COMMIT_MAX, &raw, e);
	if (rc)
		return rc;
	rc = commit_parse(buf_str(&raw), raw.len, &commit, &payload, &armor, e);
	if (rc == ERR_KEY)
		rc = commit_parse_payload(buf_str(&raw), raw.len, &commit, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, out, e);
	return rc == ERR_FORMAT && out->kind == LEAF_FORMAT_KIND ? ERR_OK : rc;
}

/* Of an object of the volume: a damaged one is the entry's fault. */
static int read_blob(struct verify *v, struct verify_volume *vol, uint64_t seq, const struct oid *id, size_t max,
                     const char *what, struct buf *out, bool *out_is_read, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = repo_read(vol->repo, id, OID_BLOB, max, out, &why);
	*out_is_read = rc == ERR_OK;
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	if (rc)
		verify_fault(v, seq, rc == ERR_NOTFOUND ? VERDICT_MISSING : VERDICT_ALTERED, "%s: %s", what, why.text);
	return ERR_OK;
}

static struct verify_attachment *find_attachment(struct verify_volume *vol, uint64_t seq, unsigned n)
{
	size_t low = 0, high = vol->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct verify_attachment *a = &vol->attachments[mid];
		if (a->seq == seq && a->n == n)
			return a;
		if (a->seq < seq || (a->seq == seq && a->n < n))
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void compare_attachment(struct verify *v, uint64_t seq, unsigned n, const struct note_attachment *named,
                               const struct buf *stored)
{
	struct hash hash = hash_of(buf_str(stored), stored->len);
	const char *raw = NULL;
	size_t len = 0;
	if (!hash_is_equal(&hash, &named->stored)) {
		verify_fault(v, seq, VERDICT_ALTERED, "attachment %u: not the one that its record names", n);
		return;
	}
	if (note_unwrap(buf_str(stored), stored->len, &raw, &len, NULL)) {
		verify_fault(v, seq, VERDICT_BROKEN, "attachment %u: not in the form that is stored", n);
		return;
	}
	hash = hash_of(raw, len);
	if (!hash_is_equal(&hash, &named->raw) || len != named->size)
		verify_fault(v, seq, VERDICT_BROKEN, "attachment %u: its raw bytes are not those that its record names", n);
}

static int judge_attachments(struct verify *v, struct verify_volume *vol, uint64_t seq, const struct note *note,
                             struct err *e)
{
	for (unsigned n = 1; n <= note->attachments; n++) {
		struct verify_attachment *a = find_attachment(vol, seq, n);
		BUF_CLEANUP struct buf stored = BUF_INIT;
		char what[32];
		bool is_read = false;
		if (!a) {
			verify_fault(v, seq, VERDICT_MISSING, "attachment %u: not there", n);
			continue;
		}
		a->is_named = true;
		snprintf(what, sizeof what, _("attachment %u"), n);
		int rc = read_blob(v, vol, seq, &a->blob, VERIFY_STORED_MAX, what, &stored, &is_read, e);
		if (rc)
			return rc;
		if (is_read)
			compare_attachment(v, seq, n, &note->attachment[n - 1], &stored);
	}
	return ERR_OK;
}

static void compare_links(struct verify *v, uint64_t seq, const struct rules *rules, const struct leaf *leaf,
                          const struct note *note)
{
	struct err why = ERR_INIT;
	struct history_entry h;
	struct leaf first;
	history_entry(v->history, seq, &h);
	bool has_first = h.first != seq && !verify_note_leaf(v, h.first, &first, NULL);
	if (intake_agrees(rules, leaf, note, has_first ? &first : NULL, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
	if (has_first)
		leaf_release(&first);
}

/* A statement of long ago says nothing of what is done now. */
static void compare_day(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct note *note)
{
	if (leaf->kind != LEAF_RECORD && !act_body_is_timely(leaf->kind, note->event, leaf->time))
		verify_fault(v, seq, VERDICT_BROKEN, "Event: its act was stated too long before the day of Time, or after it");
}

/* A proposal, or what was stated of one: the measure of its records by the rule book at the proposal. */
static void compare_plan(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct note *note)
{
	struct err why = ERR_INIT;
	struct leaf proposal;
	bool is_proposal = leaf->kind == LEAF_PROPOSE;
	if (!is_proposal && (!leaf->on_count || verify_note_leaf(v, leaf->on[0].first, &proposal, NULL)))
		return;                   /* that it is no proposal is said of the chain */
	const struct leaf *about = is_proposal ? leaf : &proposal;
	const struct rules *rules = v->books[v->entries[about->seq].book].rules;
	const struct rulebook_kind *k = rules && about->due_count ? rulebook_kind(rules->book, about->due[0].group.kind)
	                                                          : NULL;
	if (dispose_agrees(about, k ? k->measure : RULEBOOK_MEASURE_ARCHIVE, note, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
	if (!is_proposal)
		leaf_release(&proposal);
}

/* What the leaf does is what persons stated. */
static void compare_act(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct note *note)
{
	struct err why = ERR_INIT;
	if (act_body_agrees(leaf, note, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
}

/* Retention counts from that year: one that is too late would keep the record for longer than its rule book says. One
 * before that of Time breaks the chain already. */
static void compare_year(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct note *note)
{
	if (note->event.year > leaf->volume.year)
		verify_fault(v, seq, VERDICT_BROKEN, "Volume: its year is before that of the event");
	else if (note->event.year < leaf->volume.year && date_year_of_time(leaf->time) < leaf->volume.year)
		verify_fault(v, seq, VERDICT_BROKEN, "Volume: its year is after those of Time and of the event");
}

static void compare_fields(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct note *note)
{
	const struct rules *rules = v->books[v->entries[seq].book].rules;
	if (strcmp(note->kind, leaf->volume.kind) != 0 || strcmp(note->unit, leaf->volume.unit) != 0)
		verify_fault(v, seq, VERDICT_BROKEN, "its record is of another kind or unit than its Volume");
	compare_year(v, seq, leaf, note);
	compare_day(v, seq, leaf, note);
	if (rules && leaf->kind == LEAF_RECORD)
		compare_links(v, seq, rules, leaf, note);
	if (act_body_persons(leaf->kind))
		compare_act(v, seq, leaf, note);
	if (leaf->kind == LEAF_PROPOSE || leaf->kind == LEAF_APPROVE || leaf->kind == LEAF_ABORT)
		compare_plan(v, seq, leaf, note);
	if (rules && leaf->kind == LEAF_RULES && !amend_is_of(note, rules))
		verify_fault(v, seq, VERDICT_BROKEN, "its person states another rule book than the one in its tree");
}

/* The attachments of a record that has none to name them any more. */
static void claim_attachments(struct verify_volume *vol, uint64_t seq)
{
	for (size_t i = 0; i < vol->count; i++)
		if (vol->attachments[i].seq == seq)
			vol->attachments[i].is_named = true;
}

static int judge_text(struct verify *v, struct verify_volume *vol, uint64_t seq, const struct leaf *leaf,
                      const struct buf *text, struct err *e)
{
	struct hash hash = hash_of(buf_str(text), text->len);
	struct err why = ERR_INIT;
	struct note note;
	if (!hash_is_equal(&hash, &leaf->record)) {
		verify_fault(v, seq, VERDICT_ALTERED, "its record is not the one that was signed");
		claim_attachments(vol, seq);
		return ERR_OK;
	}
	if (note_parse(buf_str(text), text->len, &note, &why)) {
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
		claim_attachments(vol, seq);
		return ERR_OK;
	}
	compare_fields(v, seq, leaf, &note);
	verify_repeats_add_request(v, seq, &note);
	verify_persons_add(v, leaf, &note);
	verify_author_add(v, leaf, &note);
	verify_receipt_take(v, leaf, &note);
	int rc = judge_attachments(v, vol, seq, &note, e);
	note_release(&note);
	return rc;
}

/* False: the record has no right to be here, which is said. A fetch takes no ref away that is gone where it came from:
 * that a clone still has one is its own matter. */
static bool check_place(struct verify *v, const struct verify_volume *vol, uint64_t seq, const struct leaf *leaf)
{
	BUF_CLEANUP struct buf ref = BUF_INIT;
	struct history_entry h;
	volume_ref_name(vol->volume, &ref);
	if (!leaf->has_volume || leaf_volume_compare(&leaf->volume, vol->volume) != 0) {
		verify_fault(v, seq, VERDICT_BROKEN, "%s: holds a record of this entry, whose Volume is not that one",
		             buf_str(&ref));
		return false;
	}
	history_entry(v->history, seq, &h);
	uint64_t completed = h.disposed_by ? verify_chain_completion(v, h.disposed_by) : 0;
	v->entries[seq].lingers = completed && !v->is_store;
	v->entries[seq].has_note = !v->entries[seq].lingers;
	if (!completed || v->entries[seq].lingers)
		return !completed;
	verify_fault(v, seq, VERDICT_BROKEN, "%s: its record is still here: its disposal was completed by entry %" PRIu64,
	             buf_str(&ref), completed);
	return false;
}

int verify_note_judge(struct verify *v, struct verify_volume *vol, uint64_t seq, const struct oid *blob, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct leaf leaf;
	bool is_read = false;
	int rc = verify_note_leaf(v, seq, &leaf, e);
	if (rc)
		return rc;
	if (!check_place(v, vol, seq, &leaf))
		claim_attachments(vol, seq);
	else
		rc = read_blob(v, vol, seq, blob, NOTE_MAX, _("its record"), &text, &is_read, e);
	if (!rc && is_read)
		rc = judge_text(v, vol, seq, &leaf, &text, e);
	leaf_release(&leaf);
	return rc;
}
