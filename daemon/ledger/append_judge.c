/* What a leaf refers to must be there, of the right kind, and open where that matters. */
#include <string.h>

#include "base/lang.h"
#include "ledger/append_batch.h"
#include "ledger/enforce.h"

struct judging {
	struct append_batch *batch;
	struct append_item *item;
	const struct rulebook_kind *kind;
};

static const char *get_clause(const struct judging *j)
{
	return j->kind && j->kind->clause ? j->kind->clause : "";
}

static int refuse(const struct judging *j, uint64_t seq, const char *what, struct err *e)
{
	err_set(e, ERR_RULE, "entry %llu: %s (kind %s, %s)", (unsigned long long)seq, lang_text(what),
	        j->item->leaf->kind_name, get_clause(j));
	return err_next(e, "name another entry: daicho show %llu tells about this one, daicho list about all records",
	                (unsigned long long)seq);
}

static int refuse_unknown(const struct judging *j, uint64_t seq, struct err *e)
{
	refuse(j, seq, "is not in the ledger", e);
	return err_next(e, "the last one is %llu; daicho list tells the records",
	                (unsigned long long)j->batch->ledger->chain.size - 1);
}

static const struct leaf *find_in_batch(const struct append_batch *b, uint64_t seq)
{
	uint64_t first = b->ledger->chain.size;
	return seq >= first && seq - first < b->count ? b->entries[seq - first].item->leaf : NULL;
}

static bool holds(const struct leaf_seqs *list, uint64_t seq)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i] == seq)
			return true;
	return false;
}

/* An entry that is referred to: of the ledger, or accepted before in this batch. */
static int find_entry(const struct judging *j, uint64_t seq, struct index_entry *out, struct err *e)
{
	const struct leaf *leaf = find_in_batch(j->batch, seq);
	if (!leaf) {
		int rc = index_entry(j->batch->ledger->index, seq, out, e);
		return rc == ERR_NOTFOUND ? refuse_unknown(j, seq, e) : rc;
	}
	*out = (struct index_entry){ .seq = seq, .has_volume = leaf->has_volume, .volume = leaf->volume, .first = seq };
	strcpy(out->kind, leaf->kind_name);
	if (!leaf->has_corrects)
		return ERR_OK;
	struct index_entry corrected;
	int rc = find_entry(j, leaf->corrects, &corrected, e);
	out->first = corrected.first;
	return rc;
}

static int refuse_correction(const struct judging *j, uint64_t seq, uint64_t first, struct err *e)
{
	refuse(j, seq, "is a correction, which shares the matter of the record that it corrects", e);
	return err_next(e, "name entry %llu, which opened the matter", (unsigned long long)first);
}

static int find_matter(const struct judging *j, uint64_t seq, struct index_matter *out, struct err *e)
{
	const struct append_batch *b = j->batch;
	const struct leaf *leaf = find_in_batch(b, seq);
	*out = (struct index_matter){ .open = true };
	if (leaf)
		memcpy(out->name, leaf->opens, sizeof out->name);
	int rc = leaf ? ERR_OK : index_matter(b->ledger->index, seq, out, e);
	if (rc == ERR_NOTFOUND || (!rc && !out->name[0]))
		return refuse(j, seq, "opened no matter", e);
	for (size_t i = 0; !rc && i < b->count; i++)
		if (holds(&b->entries[i].item->leaf->closes, seq)) {
			out->closed = true;
			out->open = false;
		}
	return rc;
}

static bool is_named(const struct rulebook_links *links, const char *matter)
{
	for (size_t i = 0; i < links->count; i++)
		if (strcmp(links->at[i].matter, matter) == 0)
			return true;
	return false;
}

static int refuse_gone(uint64_t seq, struct err *e)
{
	err_set(e, ERR_GONE, "entry %llu: its record was disposed of, nothing can be added to it", (unsigned long long)seq);
	return err_next(e, "daicho disposal register tells what became of it");
}

static int refuse_voided(const struct index_entry *entry, struct err *e)
{
	err_set(e, ERR_RULE, "entry %llu: was voided by entry %llu, nothing can be added to it",
	        (unsigned long long)entry->seq, (unsigned long long)entry->voided_by);
	return err_next(e, "what is to count is added anew: daicho add %s", entry->kind);
}

/* A closing needs a matter that is not closed yet. What belongs to a matter needs it open. A child may be opened under
 * one that was decided, and opens it again until it ends itself. */
enum link { LINK_CLOSES, LINK_WITHIN, LINK_UNDER };

static int judge_link(const struct judging *j, enum link link, const struct rulebook_links *links, uint64_t seq,
                      struct err *e)
{
	struct index_entry entry;
	struct index_matter matter;
	int rc = find_entry(j, seq, &entry, e);
	if (!rc && entry.first != seq)
		return refuse_correction(j, seq, entry.first, e);
	if (!rc)
		rc = find_matter(j, seq, &matter, e);
	if (rc)
		return rc;
	if (!is_named(links, matter.name))
		return refuse(j, seq, "opened another matter than is wanted here", e);
	if (entry.disposed_by)
		return refuse_gone(seq, e);
	if (entry.voided_by)
		return refuse_voided(&entry, e);
	if (link == LINK_CLOSES && matter.closed)
		return refuse(j, seq, "the matter that it opened is closed already", e);
	if (link == LINK_WITHIN && !matter.open)
		return refuse(j, seq, "the matter that it opened is not open", e);
	return ERR_OK;
}

static int judge_links(const struct judging *j, struct err *e)
{
	const struct leaf *leaf = j->item->leaf;
	const struct {
		const struct leaf_seqs *named;
		const struct rulebook_links *links;
	} lists[] = {
		[LINK_CLOSES] = { &leaf->closes, &j->kind->closes }, [LINK_WITHIN] = { &leaf->within, &j->kind->within },
		[LINK_UNDER] = { &leaf->under, &j->kind->under },
	};
	int rc = ERR_OK;
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; !rc && i < lists[l].named->count; i++)
			rc = judge_link(j, (enum link)l, lists[l].links, lists[l].named->at[i], e);
	return rc;
}

/* A mere reference stays right when what it names was disposed of. */
static int judge_concerns(const struct judging *j, struct err *e)
{
	const struct leaf_seqs *concerns = &j->item->leaf->concerns;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < concerns->count; i++) {
		struct index_entry entry;
		rc = find_entry(j, concerns->at[i], &entry, e);
		if (!rc && !entry.has_volume)
			rc = refuse(j, concerns->at[i], "has no record", e);
	}
	return rc;
}

/* A group has one latest record: what is corrected is that one. */
static int judge_latest(const struct judging *j, const struct index_entry *corrected, struct err *e)
{
	const struct append_batch *b = j->batch;
	uint64_t latest;
	int rc = index_latest(b->ledger->index, corrected->first, &latest, e);
	for (size_t i = 0; !rc && i < b->count; i++)
		if (b->entries[i].item->leaf->has_corrects && b->entries[i].item->leaf->corrects == latest)
			latest = b->ledger->chain.size + i;
	if (rc || latest == corrected->seq)
		return rc;
	refuse(j, corrected->seq, "was corrected already", e);
	return err_next(e, "correct the latest of them, entry %llu", (unsigned long long)latest);
}

static int compare_matters(const struct judging *j, const struct leaf *first, struct err *e)
{
	const struct note *note = j->item->note;
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	if (!body)
		return e ? (int)e->code : ERR_SYNTAX;
	bool differs = intake_find_other_link(j->kind, body, first) != NULL;
	jdoc_free(body);
	if (!differs)
		return ERR_OK;
	refuse(j, j->item->leaf->corrects, "a correction can't change the entry numbers that tie a record to its matters: "
	       "a wrong link needs a void", e);
	return err_next(e, "leave the fields that name other entries as they are");
}

static int judge_shared(const struct judging *j, uint64_t first, struct err *e)
{
	const struct leaf *leaf = find_in_batch(j->batch, first);
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct index_entry entry;
	struct leaf stored;
	struct hash hash;
	if (leaf)
		return compare_matters(j, leaf, e);
	int rc = index_entry(j->batch->ledger->index, first, &entry, e);
	if (!rc)
		rc = ledger_read_leaf(j->batch->ledger->repo, &entry.commit, &raw, &stored, &hash, e);
	if (rc)
		return rc;
	rc = compare_matters(j, &stored, e);
	leaf_release(&stored);
	return rc;
}

static int judge_corrects(const struct judging *j, struct err *e)
{
	const struct leaf *leaf = j->item->leaf;
	struct index_entry entry;
	if (!leaf->has_corrects)
		return ERR_OK;
	int rc = find_entry(j, leaf->corrects, &entry, e);
	if (rc)
		return rc;
	if (!entry.has_volume || strcmp(entry.kind, leaf->kind_name) != 0)
		return refuse(j, leaf->corrects, "is no record of the same kind, which a correction needs", e);
	if (strcmp(entry.volume.unit, leaf->volume.unit) != 0)
		return refuse(j, leaf->corrects, "is no record of the same unit, which a correction needs", e);
	if (entry.disposed_by)
		return refuse_gone(leaf->corrects, e);
	if (entry.voided_by)
		return refuse_voided(&entry, e);
	rc = judge_latest(j, &entry, e);
	return rc ? rc : judge_shared(j, entry.first, e);
}

/* What another record has corrected is no longer in force. */
static bool is_corrected(const struct judging *j, uint64_t seq)
{
	bool is = j->item->leaf->has_corrects && j->item->leaf->corrects == seq;
	for (size_t i = 0; !is && i < j->batch->count; i++) {
		const struct leaf *leaf = j->batch->entries[i].item->leaf;
		is = leaf->has_corrects && leaf->corrects == seq;
	}
	return is;
}

static bool is_same_docno(const struct index_docno *a, const struct index_docno *b)
{
	return a->number == b->number && a->branch == b->branch && a->year == b->year && strcmp(a->prefix, b->prefix) == 0;
}

static int refuse_docno(const struct judging *j, uint64_t seq, struct err *e)
{
	err_set(e, ERR_RULE, "%s: entry %llu has this document number of %d already (kind %s, %s)", j->kind->number,
	        (unsigned long long)seq, j->item->docno.year, j->item->leaf->kind_name, get_clause(j));
	return err_next(e, "daicho show %llu; if this record replaces it: daicho correct %llu", (unsigned long long)seq,
	                (unsigned long long)seq);
}

/* Numbers begin anew with each calendar year: within it one document has one. */
static int judge_docno(const struct judging *j, struct err *e)
{
	struct append_item *item = j->item;
	const struct append_batch *b = j->batch;
	bool found = false;
	uint64_t seq = 0;
	item->has_docno = intake_docno(b->ledger->rules->book, item->note, &item->docno);
	if (!item->has_docno)
		return ERR_OK;
	int rc = index_docno(b->ledger->index, &item->docno, &found, &seq, e);
	if (rc || (found && !is_corrected(j, seq)))
		return rc ? rc : refuse_docno(j, seq, e);
	for (size_t i = 0; i < b->count; i++) {
		const struct append_item *other = b->entries[i].item;
		if (other->has_docno && is_same_docno(&other->docno, &item->docno) && !is_corrected(j, other->seq))
			return refuse_docno(j, other->seq, e);
	}
	return ERR_OK;
}

/* Only the appointment that init makes comes from somebody without a role. */
static int judge_first(const struct judging *j, struct err *e)
{
	const struct append_batch *b = j->batch;
	if (b->ledger->chain.size == 1 && b->count == 0 && j->kind->identity_login[0])
		return ERR_OK;
	return err_set(e, ERR_BUG, "kind %s: is not the first appointment of a ledger", j->kind->name);
}

/* The same request in this very batch: its answer is that of the first one, if the batch succeeds. */
static struct append_entry *find_request(const struct append_batch *b, const uint8_t id[NOTE_REQUEST_LEN])
{
	for (size_t i = 0; i < b->count; i++) {
		const struct note *note = b->entries[i].item->note;
		if (note && memcmp(note->request, id, NOTE_REQUEST_LEN) == 0)
			return &b->entries[i];
	}
	return NULL;
}

static int judge_request(struct append_batch *b, struct append_item *item, struct err *e)
{
	struct append_entry *twin = find_request(b, item->note->request);
	struct hash known;
	bool found = twin != NULL;
	int rc = ERR_OK;
	if (twin) {
		known = twin->item->digest;
		item->seq = twin->item->seq;
	} else {
		rc = index_request(b->ledger->index, item->note->request, &found, &item->seq, &known, e);
	}
	if (rc || !found)
		return rc;
	if (!hash_is_equal(&known, &item->digest)) {
		err_set(e, ERR_CONFLICT, "request: this id was used before, with other content");
		return err_next(e, "entry %llu has it; take a new id for another record", (unsigned long long)item->seq);
	}
	item->repeated = true;
	if (twin)
		b->repeats[b->repeats_count++] = item;
	return ERR_OK;
}

static int answer_repeat(struct append_batch *b, struct append_item *item, struct err *e)
{
	struct index_entry entry;
	if (item->seq >= b->ledger->chain.size)
		return ERR_OK; /* with its twin, when the batch is done */
	int rc = index_entry(b->ledger->index, item->seq, &entry, e);
	if (rc)
		return rc;
	item->commit = entry.commit;
	item->leaf_hash = entry.leaf;
	return ERR_OK;
}

static int judge_act(const struct append_item *item, struct err *e)
{
	static const bool may[LEAF_KIND_COUNT] = {
		[LEAF_HEARTBEAT] = true, [LEAF_PROPOSE] = true, [LEAF_APPROVE] = true, [LEAF_ABORT] = true,
		[LEAF_DISPOSE] = true, [LEAF_DISPOSED] = true, [LEAF_RULES] = true, [LEAF_HOLD] = true,
		[LEAF_RELEASE] = true, [LEAF_EXTEND] = true, [LEAF_CLASSIFY] = true, [LEAF_CLOCK] = true,
		[LEAF_VOID] = true, [LEAF_CORRECT_LOSS] = true, [LEAF_ACK] = true, [LEAF_TRANSFER] = true,
		[LEAF_DESTROYED] = true, [LEAF_CARRY] = true, [LEAF_KEY] = true,
	};
	if ((item->leaf->kind == LEAF_RULES || item->leaf->kind == LEAF_KEY) != (item->rules != NULL))
		return err_set(e, ERR_BUG, "kind %s: a rule book comes with kinds rules and key alone", item->leaf->kind_name);
	if ((unsigned)item->leaf->kind < LEAF_KIND_COUNT && may[item->leaf->kind])
		return ERR_OK;
	return err_set(e, ERR_RULE, "kind %s: the keeper makes no such entry", item->leaf->kind_name);
}

/* What the rule book asks, last: it may read other records. */
static int judge_rules(const struct judging *j, struct err *e)
{
	const struct ledger *l = j->batch->ledger;
	struct note *note = j->item->note;
	struct enforce_faults faults;
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	if (!body)
		return e->code;
	const struct enforce_subject subject = { .docket = l->docket, .book = l->rules->book, .leaf = j->item->leaf,
		                                 .note = note, .body = body, .now = j->batch->now };
	/* Who is appointed can bring the successor into force. */
	int rc = j->kind->identity_login[0] ? ERR_OK : enforce_in_force(l->rules->book, j->batch->now, e);
	if (!rc)
		rc = enforce_record(&subject, &faults, e);
	if (!rc)
		rc = enforce_answer(&faults, note->reason[0] != '\0', &j->item->faults, e);
	if (!rc)
		rc = enforce_passed(&faults, note, e);
	jdoc_free(body);
	return rc;
}

static int judge_record(struct judging *j, struct err *e)
{
	const struct leaf *leaf = j->item->leaf;
	j->kind = rulebook_kind(j->batch->ledger->rules->book, leaf->kind_name);
	if (!j->kind || !j->item->note)
		return err_set(e, ERR_KIND, "kind %s: the rule book has no such kind of record", leaf->kind_name);
	if (leaf->has_voids) {
		err_set(e, ERR_RULE, "voids: a record is voided by an act of another person");
		return err_next(e, "daicho void N --reason TEXT; to put right what is wrong in it: daicho correct N --reason "
		                   "TEXT");
	}
	int rc = j->item->is_first ? judge_first(j, e) : append_role_judge(j->batch, j->item, j->kind, e);
	if (!rc)
		rc = judge_links(j, e);
	if (!rc)
		rc = judge_concerns(j, e);
	if (!rc)
		rc = judge_corrects(j, e);
	if (!rc)
		rc = judge_docno(j, e);
	return rc ? rc : judge_rules(j, e);
}

int append_judge(struct append_batch *b, struct append_item *item, struct err *e)
{
	struct judging j = { .batch = b, .item = item };
	int rc = item->note ? judge_request(b, item, e) : ERR_OK;
	if (rc)
		return rc;
	if (item->repeated)
		return answer_repeat(b, item, e);
	return item->leaf->kind == LEAF_RECORD ? judge_record(&j, e) : judge_act(item, e);
}
