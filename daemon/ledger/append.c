#include "ledger/append.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/append_batch.h"
#include "ledger/docket.h"
#include "model/commit.h"

#define DAY_S 86400
#define MINUTE_S 60

int append_clock_check(const struct ledger *l, int64_t now, struct err *e)
{
	const struct rulebook *book = l->rules->book;
	int64_t last = l->chain.time;
	bool is_back = now < last - (int64_t)book->clock_back_minutes * MINUTE_S;
	if (!is_back && now - last <= (int64_t)book->clock_step_days * DAY_S)
		return ERR_OK;
	if (is_back)
		err_set(e, ERR_CLOCK, "clock: shows a time more than %d minutes before the last entry",
		        book->clock_back_minutes);
	else
		err_set(e, ERR_CLOCK, "clock: shows a time more than %d days after the last entry", book->clock_step_days);
	return err_next(e, "set the clock of this machine right; if it is right, two persons attest that: daicho clock");
}

int64_t append_time(const struct ledger *l, enum leaf_kind kind, int64_t now)
{
	if (kind == LEAF_CLOCK && append_clock_check(l, now, NULL))
		return now;
	return now > l->chain.time ? now : l->chain.time;
}

/* Nothing comes before the carry entries of a year. */
static int check_carry(const struct ledger *l, struct err *e)
{
	if (!l->carry_failed)
		return ERR_OK;
	err_set(e, ERR_LEDGER, "ledger: the volumes of last year could not be carried over");
	return err_next(e, "the log of daichod says why");
}

static int check_stopped(const struct ledger *l, struct err *e)
{
	if (!l->stopped)
		return ERR_OK;
	err_set(e, ERR_IO, "ledger: stopped accepting after a failed sync");
	return err_next(e, "look at the disk, then restart daichod");
}

int append_check(const struct ledger *l, int64_t now, struct err *e)
{
	int rc = check_stopped(l, e);
	if (!rc)
		rc = append_clock_check(l, now, e);
	return rc ? rc : check_carry(l, e);
}

static int settle(struct ledger *l, struct err *e)
{
	int rc = check_stopped(l, e);
	if (!rc && l->unsettled)
		rc = ledger_recover(l, e);
	if (!rc && l->index_behind)
		rc = ledger_index_update(l, e);
	return rc;
}

static int get_ready(struct ledger *l, const struct append_item *items, size_t count, int64_t now, struct err *e)
{
	bool is_clock = count == 1 && items->leaf->kind == LEAF_CLOCK;
	int rc = settle(l, e);
	if (!rc && !is_clock)
		rc = append_clock_check(l, now, e);
	return rc || is_clock || items->leaf->kind == LEAF_CARRY ? rc : check_carry(l, e);
}

/* Preparing one entry. */

static int fill_note(struct append_entry *x, struct leaf *leaf, struct err *e)
{
	const struct note *note = x->item->note;
	int year = date_year_of_time(leaf->time);
	leaf->has_volume = note != NULL;
	if (!note)
		return ERR_OK;
	int rc = note_print(note, &x->note, e);
	if (rc)
		return rc;
	leaf->record = hash_of(x->note.ptr, x->note.len);
	leaf->volume.year = note->event.year > year ? note->event.year : year;
	memcpy(leaf->volume.kind, leaf->kind_name, sizeof leaf->volume.kind);
	memcpy(leaf->volume.unit, note->unit, sizeof leaf->volume.unit);
	return ERR_OK;
}

static int fill_leaf(struct append_batch *b, struct append_entry *x, struct err *e)
{
	const struct chain *c = &b->next;
	struct leaf *leaf = x->item->leaf;
	memcpy(leaf->origin, c->origin, sizeof leaf->origin);
	leaf->genesis = c->genesis;
	leaf->seq = c->size;
	leaf->time = leaf->kind == LEAF_CLOCK ? append_time(b->ledger, LEAF_CLOCK, b->now)
	                                      : b->now > c->time ? b->now : c->time;
	leaf->rules = x->item->rules ? x->item->rules->digest : c->rules;
	leaf->root = merkle_root(&c->frontier);
	leaf->prev = c->last;
	return fill_note(x, leaf, e);
}

static int prime(struct ledger *l, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	if (l->primed)
		return ERR_OK;
	int rc = repo_read(l->repo, &l->chain.head, OID_COMMIT, COMMIT_MAX, &raw, e);
	if (!rc)
		rc = l->signer.prime(l->signer.ctx, &l->before, buf_str(&raw), raw.len, e);
	l->primed = rc == ERR_OK;
	return rc;
}

int append_prime(struct ledger *l, struct err *e)
{
	int rc = settle(l, e);
	return rc ? rc : prime(l, e);
}

static int sign(struct append_batch *b, struct append_entry *x, const struct commit *commit, struct err *e)
{
	struct ledger *l = b->ledger;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	commit_print_payload(commit, &payload);
	const char *made = x->item->armor;
	int rc = made ? ERR_OK : prime(l, e);
	if (made)
		buf_puts(&armor, made);
	else if (!rc)
		rc = l->signer.sign(l->signer.ctx, payload.ptr, payload.len, &armor, e);
	if (!rc)
		rc = ledger_seal_check(&l->keys, x->item->rules ? x->item->rules : l->rules, x->item->leaf, &payload,
		                       &armor, e);     /* what is signed stands for ever */
	return rc ? rc : commit_sign(payload.ptr, payload.len, buf_str(&armor), &x->raw, e);
}

/* The tree of the entry's commit: that of the entry before, or a new rule book, which goes into the same pack. */
static int write_rules(struct append_batch *b, const struct append_item *item, struct oid *out_tree, struct err *e)
{
	*out_tree = b->next.tree;
	if (!item->rules)
		return ERR_OK;
	if (!b->commits)
		b->commits = repo_batch_new(b->ledger->repo);
	int rc = rules_write(item->rules, b->commits, e);
	if (!rc)
		*out_tree = item->rules->tree;
	return rc;
}

/* The commit of an entry and its message, not signed yet. */
static int compose(struct append_batch *b, struct append_entry *x, struct buf *text, struct commit *commit,
                   struct err *e)
{
	struct append_item *item = x->item;
	*commit = (struct commit){ .has_parent = true, .parent = b->next.head };
	int rc = write_rules(b, item, &commit->tree, e);
	if (!rc)
		rc = fill_leaf(b, x, e);
	if (!rc)
		rc = leaf_print(item->leaf, text, e);
	if (rc)
		return rc;
	memcpy(commit->name, item->leaf->origin, sizeof item->leaf->origin);
	commit->time = item->leaf->time;
	commit->message = buf_str(text);
	commit->message_len = text->len;
	return chain_check(&b->next, commit, item->leaf, e);
}

/* The item's own fault goes into item->err; an error that is returned ends the whole batch. */
static int prepare(struct append_batch *b, struct append_item *item, struct err *e)
{
	struct append_entry x = { .item = item };
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct commit commit;
	int rc = ERR_OK, refused = compose(b, &x, &text, &commit, &item->err);
	if (!refused)
		rc = sign(b, &x, &commit, e);
	if (refused || rc) {
		buf_release(&x.note);
		buf_release(&x.raw);
		return rc;
	}
	x.leaf_hash = leaf_hash(text.ptr, text.len);
	x.commit = oid_of(OID_COMMIT, x.raw.ptr, x.raw.len);
	item->seq = item->leaf->seq;
	b->entries[b->count++] = x;
	b->before = b->next.frontier;
	docket_accept(b->ledger->docket, item->leaf, item->note);
	chain_advance(&b->next, &commit, item->leaf, &x.leaf_hash, &x.commit);
	return ERR_OK;
}

static int prepare_all(struct append_batch *b, struct append_item *items, size_t count, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++)
		if (!append_judge(b, &items[i], &items[i].err) && !items[i].repeated)
			rc = prepare(b, &items[i], e);
	return rc;
}

/* Afterwards. */

static int index_one(struct ledger *l, const struct append_entry *x, struct err *e)
{
	const struct append_item *item = x->item;
	const struct rulebook_kind *k = rulebook_kind(l->rules->book, item->leaf->kind_name);
	struct index_person person;
	bool appoints = item->note && k && intake_person(k, item->note, &person);
	int rc = index_add(l->index, item->leaf, &x->leaf_hash, &x->commit, appoints ? &person : NULL, e);
	if (!rc && item->note)
		rc = index_set_request(l->index, item->note->request, &item->digest, item->leaf->seq, e);
	if (!rc && item->has_docno)
		rc = index_set_docno(l->index, &item->docno, item->leaf->seq, e);
	return rc;
}

static int index_all(const struct append_batch *b, struct err *e)
{
	struct index *ix = b->ledger->index;
	int rc = index_begin(ix, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < b->count; i++)
		rc = index_one(b->ledger, &b->entries[i], e);
	if (!rc)
		rc = index_set_chain(ix, &b->next, &b->before, e);
	if (!rc)
		rc = index_commit(ix, e);
	if (rc)
		index_rollback(ix);
	return rc;
}

static void take_rules(struct ledger *l, struct append_item *item)
{
	if (!item->rules)
		return;
	rules_free(l->rules);
	l->rules = item->rules;
	item->rules = NULL;
	docket_forget(l->docket);
}

/* Who signs from now on may be another one, who has not been shown the head. */
static void take_keys(struct ledger *l, const struct leaf *leaf)
{
	if (leaf->kind != LEAF_KEY)
		return;
	keyring_take(&l->keys, leaf, leaf->seq);
	l->primed = false;
}

/* The index is derived: that it fails takes no acknowledgement away. */
static void accept_batch(struct append_batch *b)
{
	struct ledger *l = b->ledger;
	struct err ignored = ERR_INIT; /* what hinders will hinder the next batch, and be said there */
	l->chain = b->next;
	l->before = b->before;
	intent_finish(l->store->intent, &ignored);
	for (size_t i = 0; i < b->count; i++) {
		take_rules(l, b->entries[i].item);
		take_keys(l, b->entries[i].item->leaf);
	}
	if (index_all(b, &ignored)) {
		l->index_behind = true;
		ledger_index_update(l, &ignored);
	}
	docket_settle(l->docket);
	for (size_t i = 0; i < b->count; i++)
		if (b->entries[i].item->leaf->has_voids)
			docket_forget(l->docket); /* what was closed is open again, and what it shows of the record is over */
	for (size_t i = 0; i < b->count; i++) {
		b->entries[i].item->commit = b->entries[i].commit;
		b->entries[i].item->leaf_hash = b->entries[i].leaf_hash;
	}
	for (size_t i = 0; i < b->repeats_count; i++) {
		const struct append_entry *twin = &b->entries[b->repeats[i]->seq - b->entries[0].item->seq];
		b->repeats[i]->commit = twin->commit;
		b->repeats[i]->leaf_hash = twin->leaf_hash;
	}
}

/* Entries whose ref could not be synced may be there or not: only a new start can tell. */
static void settle_failure(struct append_batch *b, int rc)
{
	struct ledger *l = b->ledger;
	struct err ignored = ERR_INIT;
	l->unsettled = true;
	if (b->moved || rc == ERR_IO)
		l->stopped = true;
	if (!l->stopped)
		ledger_recover(l, &ignored);
}

static void fail_items(struct append_item *items, size_t count, const struct err *why)
{
	for (size_t i = 0; i < count; i++)
		items[i].err = *why;
}

static void fail_batch(struct append_batch *b, struct append_item *items, size_t count, const struct err *why)
{
	uint64_t first = b->ledger->chain.size;
	docket_forget(b->ledger->docket);
	b->ledger->primed = false; /* the signer may have gone ahead */
	for (size_t i = 0; i < count; i++) {
		bool answered = items[i].err.code || (items[i].repeated && items[i].seq < first);
		if (!answered)
			items[i].err = *why;
	}
}

static void release(struct append_batch *b)
{
	append_write_release(b);
	for (size_t i = 0; i < b->count; i++) {
		buf_release(&b->entries[i].note);
		buf_release(&b->entries[i].raw);
	}
	free(b->entries);
	free(b->repeats);
}

int append_batch(struct ledger *l, struct append_item *items, size_t count, int64_t now, struct err *e)
{
	struct err why = ERR_INIT;
	struct append_batch b = { .ledger = l, .now = now };
	for (size_t i = 0; i < count; i++) {
		items[i].err = (struct err)ERR_INIT;
		items[i].faults = NULL;
		items[i].repeated = items[i].has_docno = false;
	}
	int rc = get_ready(l, items, count, now, &why);
	if (rc) {
		fail_items(items, count, &why);
		if (e)
			*e = why;
		return rc;
	}
	b.next = l->chain;
	b.before = l->before;
	b.entries = mem_array(count + 1, sizeof *b.entries);
	b.repeats = mem_array(count + 1, sizeof *b.repeats);
	rc = prepare_all(&b, items, count, &why);
	if (!rc && b.count && (rc = append_write(&b, &why)))
		settle_failure(&b, rc);
	if (rc) {
		fail_batch(&b, items, count, &why);
		if (e)
			*e = why;
	} else if (b.count) {
		accept_batch(&b);
	}
	release(&b);
	return rc;
}

int append_print(struct ledger *l, struct append_item *item, int64_t now, struct buf *out_payload, struct err *e)
{
	struct append_batch b = { .ledger = l, .now = now, .next = l->chain, .before = l->before };
	struct append_entry x = { .item = item };
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct commit commit;
	int rc = get_ready(l, item, 1, now, e);
	b.next = l->chain;
	if (!rc)
		rc = append_judge(&b, item, e);
	if (!rc)
		rc = compose(&b, &x, &text, &commit, e);
	if (!rc)
		commit_print_payload(&commit, out_payload);
	buf_release(&x.note);
	release(&b);
	return rc;
}

int append_one(struct ledger *l, struct append_item *item, int64_t now, struct err *e)
{
	int rc = append_batch(l, item, 1, now, e);
	if (!rc && item->err.code) {
		rc = (int)item->err.code;
		if (e)
			*e = item->err;
	}
	return rc;
}
