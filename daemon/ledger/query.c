#include "ledger/query.h"

#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/schema.h"
#include "ledger/ack.h"
#include "ledger/dispose.h"
#include "ledger/loss.h"
#include "ledger/member.h"
#include "ledger/query_forms.h"
#include "ledger/volume.h"

#define STATE_PRESENT "present"
#define STATE_DISPOSED "disposed"
#define STATE_HELD "held"
#define STATE_NONE "none"
#define STATE_MISSING N_("missing")

void query_set_title(struct jdoc *d, const struct rulebook_title *title)
{
	jdoc_set_string(d, "ja", title->ja ? title->ja : "");
	jdoc_set_string(d, "en", title->en ? title->en : "");
}

void query_set_kind(struct jdoc *d, const struct rulebook *book, const char *kind)
{
	const struct rulebook_kind *k = rulebook_kind(book, kind);
	const struct rulebook_title plain = { (char *)kind, (char *)kind };
	jdoc_set_string(d, "kind", kind);
	query_set_title(d, k ? &k->title : &plain);
}

void query_set_volume(struct jdoc *d, const struct index_entry *entry)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (entry->has_volume)
		leaf_volume_print(&entry->volume, &text);
	jdoc_set(d, "volume", entry->has_volume ? jdoc_string(buf_str(&text)) : jdoc_null());
}

void query_set_corrections(struct jdoc *d, const struct index_entry *entry)
{
	jdoc_set(d, "corrects", entry->has_corrects ? jdoc_integer((int64_t)entry->corrects) : jdoc_null());
	jdoc_set(d, "corrected_by", entry->corrected_by ? jdoc_integer((int64_t)entry->corrected_by) : jdoc_null());
	jdoc_set(d, "voided_by", entry->voided_by ? jdoc_integer((int64_t)entry->voided_by) : jdoc_null());
}

const char *query_state(struct ledger *l, const struct index_entry *entry)
{
	if (!entry->has_volume)
		return STATE_NONE;
	if (!entry->disposed_by && ledger_is_lost(l, entry->seq))
		return STATE_MISSING;
	if (dispose_keeps(l, entry, date_now()))
		return STATE_HELD;
	if (entry->disposed_by && dispose_is_under_way(l, entry->disposed_by))
		return N_("disposing");
	return entry->disposed_by ? STATE_DISPOSED : STATE_PRESENT;
}

/* Of several the one that came last. */
static void set_key(struct jdoc *d, const char *name, const struct ledger *l, enum leaf_key_use use)
{
	const struct keyring_key *k = keyring_newest(&l->keys, use, l->chain.size, NULL);
	jdoc_set(d, name, k ? jdoc_string(k->fpr) : jdoc_null());
}

struct jdoc *query_status(struct ledger *l)
{
	BUF_CLEANUP struct buf lost = BUF_INIT;
	struct jdoc *d = jdoc_object(), *last = jdoc_object(), *book = jdoc_object();
	struct index_entry entry;
	const char *kind = "";
	if (index_entry(l->index, l->chain.size - 1, &entry, NULL) == ERR_OK)
		kind = entry.kind;
	jdoc_set_integer(last, "seq", (int64_t)l->chain.size - 1);
	member_time(last, "time", l->chain.time);
	jdoc_set_string(last, "kind", kind);
	member_oid(last, "commit", &l->chain.head);
	member_hash(last, "leaf", &l->chain.last);
	jdoc_set_string(book, "id", l->rules->book->id);
	query_set_title(book, &l->rules->book->title);
	member_hash(book, "digest", &l->rules->digest);
	jdoc_set_string(d, "format", "daicho.status.v1");
	jdoc_set_string(d, "version", DAICHO_VERSION);
	jdoc_set_string(d, "origin", l->store->origin);
	member_hash(d, "genesis", &l->store->genesis);
	set_key(d, "key", l, LEAF_USE_ENTRY);
	set_key(d, "archive_key", l, LEAF_USE_ARCHIVE);
	set_key(d, "checkpoint_key", l, LEAF_USE_CHECKPOINT);
	jdoc_set_integer(d, "entries", (int64_t)l->chain.size);
	jdoc_set(d, "last", last);
	jdoc_set(d, "rulebook", book);
	member_time(d, "now", date_now());
	ledger_lost_print(l->lost, l->lost_count, &lost);
	jdoc_set(d, "missing", l->lost_count ? jdoc_string(buf_str(&lost)) : jdoc_null());
	buf_clear(&lost);
	loss_unreported(l, &lost, NULL);
	jdoc_set(d, "unreported", lost.len ? jdoc_string(buf_str(&lost)) : jdoc_null());
	jdoc_set(d, "copies", ack_say_recent(l));
	return d;
}

/* One entry with its record. */

static struct jdoc *print_passed(const struct note *note)
{
	struct jdoc *list = jdoc_array();
	for (unsigned i = 0; i < note->passed_count; i++)
		jdoc_append(list, jdoc_string(note->passed[i]));
	return list;
}

static struct jdoc *print_attachments(const struct note *note)
{
	struct jdoc *list = jdoc_array();
	for (unsigned i = 0; i < note->attachments; i++) {
		struct jdoc *a = jdoc_object();
		jdoc_set_integer(a, "n", (int64_t)i + 1);
		jdoc_set_string(a, "media", note->attachment[i].media);
		jdoc_set_integer(a, "bytes", (int64_t)note->attachment[i].size);
		member_hash(a, "raw", &note->attachment[i].raw);
		jdoc_append(list, a);
	}
	return list;
}

static int print_record(const struct note *note, struct jdoc **out, struct err *e)
{
	char day[DATE_LEN + 1], request[2 * NOTE_REQUEST_LEN + 1];
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	if (!body)
		return e ? (int)e->code : ERR_SYNTAX;
	struct jdoc *d = jdoc_object(), *submitter = jdoc_object();
	date_print(note->event, day);
	hash_hex_encode(note->request, NOTE_REQUEST_LEN, request);
	jdoc_set_integer(submitter, "uid", note->uid);
	jdoc_set_string(submitter, "login", note->login);
	jdoc_set(d, "submitter", submitter);
	jdoc_set(d, "role", note->role[0] ? jdoc_string(note->role) : jdoc_null());
	jdoc_set_string(d, "event", day);
	jdoc_set_string(d, "request", request);
	jdoc_set(d, "reason", note->reason[0] ? jdoc_string(note->reason) : jdoc_null());
	jdoc_set(d, "passed", print_passed(note));
	jdoc_set(d, "attachments", print_attachments(note));
	jdoc_set_bool(d, "signed", note->signature != NULL);
	jdoc_set(d, "body", body);
	*out = d;
	return ERR_OK;
}

/* The entry as its record is asked for: what a hold keeps of a certificate is there to be read. */
static struct index_entry see(struct ledger *l, const struct index_entry *entry)
{
	struct index_entry seen = *entry;
	if (dispose_keeps(l, entry, date_now()))
		seen.disposed_by = 0;
	return seen;
}

static int read_record(struct ledger *l, const struct index_entry *entry, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const struct index_entry seen = see(l, entry);
	struct note note;
	if (!seen.has_volume || seen.disposed_by || ledger_is_lost(l, seen.seq)) {
		*out = jdoc_null();
		return ERR_OK;
	}
	int rc = ledger_read_note(l, &seen, &text, &note, e);
	if (rc)
		return rc;
	rc = print_record(&note, out, e);
	note_release(&note);
	return rc;
}

static struct jdoc *print_entry(struct ledger *l, const struct index_entry *entry, uint64_t latest,
                                const struct buf *leaf)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.show.v1");
	jdoc_set_integer(d, "seq", (int64_t)entry->seq);
	member_oid(d, "commit", &entry->commit);
	member_time(d, "time", entry->time);
	query_set_kind(d, l->rules->book, entry->kind);
	query_set_volume(d, entry);
	jdoc_set(d, "leaf", jdoc_string_n(buf_str(leaf), leaf->len));
	member_hash(d, "leaf_hash", &entry->leaf);
	jdoc_set_string(d, "state", query_state(l, entry));
	query_set_corrections(d, entry);
	jdoc_set_integer(d, "latest", (int64_t)latest);
	jdoc_set(d, "disposed_by", entry->disposed_by ? jdoc_integer((int64_t)entry->disposed_by) : jdoc_null());
	return d;
}

/* Of a certificate, by whom it is dated; null of what carries no receipt, or where that is not here. */
static struct jdoc *print_receipt(struct ledger *l, const struct leaf *leaf)
{
	struct jdoc *d = NULL;
	if (leaf->kind == LEAF_DISPOSE)
		dispose_receipt_say(l, leaf, 0, &d, NULL);
	return d ? d : jdoc_null();
}

int query_show(struct ledger *l, uint64_t seq, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, text = BUF_INIT;
	struct jdoc *record = NULL;
	struct index_entry entry;
	struct leaf leaf;
	struct hash hash;
	uint64_t latest = seq;
	int rc = index_entry(l->index, seq, &entry, e);
	if (!rc)
		rc = index_latest(l->index, entry.first, &latest, e);
	if (!rc)
		rc = ledger_read_leaf(l->repo, &entry.commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	rc = leaf_print(&leaf, &text, e);
	if (!rc)
		rc = read_record(l, &entry, &record, e);
	if (!rc) {
		*out = print_entry(l, &entry, latest, &text);
		jdoc_set(*out, "record", record);
		jdoc_set(*out, "receipt", print_receipt(l, &leaf));
	}
	leaf_release(&leaf);
	return rc;
}

static int print_attachment(const struct index_entry *entry, unsigned n, const struct note_attachment *a,
                            const struct buf *stored, struct jdoc **out, struct err *e)
{
	const char *raw;
	size_t len;
	struct hash is = hash_of(buf_str(stored), stored->len);
	if (!hash_is_equal(&is, &a->stored) || note_unwrap(buf_str(stored), stored->len, &raw, &len, NULL))
		return err_set(e, ERR_LEDGER, "entry %llu: attachment %u is not the one that its record names",
		               (unsigned long long)entry->seq, n);
	MEM_CLEANUP char *data = mem_alloc(hash_base64_encoded_len(len) + 1);
	hash_base64_encode(raw, len, data);
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.attachment.v1");
	jdoc_set_integer(d, "seq", (int64_t)entry->seq);
	jdoc_set_integer(d, "n", n);
	jdoc_set_string(d, "media", a->media);
	jdoc_set_integer(d, "bytes", (int64_t)a->size);
	member_hash(d, "raw", &a->raw);
	jdoc_set_string(d, "data", data);
	*out = d;
	return ERR_OK;
}

static int read_attachment(struct ledger *l, const struct index_entry *entry, unsigned n, struct buf *out,
                           struct err *e)
{
	struct repo *year;
	int rc = ledger_year(l, entry->volume.year, false, &year, e);
	if (!rc)
		rc = volume_read_attachment(year, &entry->volume, entry->seq, n, out, e);
	return rc != ERR_NOTFOUND ? rc : err_set(e, ERR_LEDGER, "entry %llu: attachment %u is missing",
	                                         (unsigned long long)entry->seq, n);
}

int query_attachment(struct ledger *l, uint64_t seq, unsigned n, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT, stored = BUF_INIT;
	struct index_entry entry;
	struct note note;
	int rc = index_entry(l->index, seq, &entry, e);
	if (rc)
		return rc;
	const struct index_entry seen = see(l, &entry);
	rc = ledger_read_note(l, &seen, &text, &note, e);
	if (rc)
		return rc;
	if (!n || n > note.attachments)
		rc = err_set(e, ERR_NOTFOUND, "entry %llu: has no attachment %u", (unsigned long long)seq, n);
	if (!rc)
		rc = read_attachment(l, &entry, n, &stored, e);
	if (!rc)
		rc = print_attachment(&entry, n, &note.attachment[n - 1], &stored, out, e);
	note_release(&note);
	return rc;
}
