/* Lists of entries: what the index tells, and for the log what the leaves tell. */
#include <string.h>

#include "base/text.h"
#include "foreign/sqldb.h"
#include "ledger/member.h"
#include "ledger/query_forms.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000

struct listing {
	struct ledger *ledger;
	const char *text;
	struct jdoc *rows;
	uint32_t limit;
	bool more;
	int (*print)(struct listing *l, const struct index_entry *entry, struct jdoc **out, struct err *e);
};

/* Why a correction was made stands in its record. */
static int read_reason(struct listing *l, const struct index_entry *entry, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	*out = NULL;
	if (!entry->has_corrects || entry->disposed_by || ledger_is_lost(l->ledger, entry->seq))
		return ERR_OK;
	int rc = ledger_read_note(l->ledger, entry, &text, &note, e);
	if (rc)
		return rc;
	*out = note.reason[0] ? jdoc_string(note.reason) : NULL;
	note_release(&note);
	return ERR_OK;
}

static int print_row(struct listing *l, const struct index_entry *entry, struct jdoc **out, struct err *e)
{
	struct jdoc *reason;
	int rc = read_reason(l, entry, &reason, e);
	if (rc)
		return rc;
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "seq", (int64_t)entry->seq);
	member_time(d, "time", entry->time);
	query_set_kind(d, l->ledger->rules->book, entry->kind);
	query_set_volume(d, entry);
	jdoc_set_string(d, "unit", entry->volume.unit);
	jdoc_set_integer(d, "year", entry->volume.year);
	member_oid(d, "commit", &entry->commit);
	jdoc_set_string(d, "state", query_state(l->ledger, entry));
	query_set_corrections(d, entry);
	jdoc_set(d, "reason", reason ? reason : jdoc_null());
	*out = d;
	return ERR_OK;
}

static struct jdoc *print_seqs(const struct leaf_seqs *s)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < s->count; i++)
		jdoc_append(list, jdoc_integer((int64_t)s->at[i]));
	return list;
}

static struct jdoc *print_targets(const struct leaf *leaf)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < leaf->on_count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		leaf_target_print(&leaf->on[i], &text);
		jdoc_append(list, jdoc_string(buf_str(&text)));
	}
	return list;
}

static int print_log_row(struct listing *l, const struct index_entry *entry, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, text = BUF_INIT;
	struct leaf leaf;
	struct hash hash;
	int rc = ledger_read_leaf(l->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	rc = leaf_print(&leaf, &text, e);
	if (!rc) {
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "seq", (int64_t)entry->seq);
		member_time(d, "time", entry->time);
		query_set_kind(d, l->ledger->rules->book, entry->kind);
		query_set_volume(d, entry);
		member_oid(d, "commit", &entry->commit);
		member_hash(d, "leaf_hash", &entry->leaf);
		jdoc_set(d, "summary", jdoc_string_n(buf_str(&text), strcspn(buf_str(&text), "\n")));
		jdoc_set(d, "opens", leaf.opens[0] ? jdoc_string(leaf.opens) : jdoc_null());
		jdoc_set(d, "closes", print_seqs(&leaf.closes));
		jdoc_set(d, "within", print_seqs(&leaf.within));
		jdoc_set(d, "under", print_seqs(&leaf.under));
		jdoc_set(d, "on", print_targets(&leaf));
		query_set_corrections(d, entry);
		*out = d;
	}
	leaf_release(&leaf);
	return rc;
}

static int holds_text(struct listing *l, const struct index_entry *entry, bool *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	*out = !l->text;
	if (!l->text || !entry->has_volume || entry->disposed_by || ledger_is_lost(l->ledger, entry->seq))
		return ERR_OK;
	int rc = ledger_read_note(l->ledger, entry, &text, &note, e);
	if (rc)
		return rc;
	*out = text_contains(note.body, note.body_len, l->text);
	note_release(&note);
	return ERR_OK;
}

static int take_entry(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct listing *l = ctx;
	struct jdoc *row = NULL;
	bool wanted;
	int rc = holds_text(l, entry, &wanted, e);
	if (rc || !wanted)
		return rc;
	if (jdoc_size(l->rows) == l->limit) {
		l->more = true;
		return SQLDB_STOP;
	}
	rc = l->print(l, entry, &row, e);
	if (!rc)
		jdoc_append(l->rows, row);
	return rc;
}

/* One more than asked for tells whether there are more. */
static int list(struct listing *l, const struct index_filter *f, const char *format, const char *member,
                struct jdoc **out, struct err *e)
{
	struct index_filter all = *f;
	l->limit = f->limit ? f->limit : LIMIT_DEFAULT;
	if (l->limit > LIMIT_MAX)
		l->limit = LIMIT_MAX;
	all.limit = l->text ? 0 : l->limit + 1;
	l->rows = jdoc_array();
	int rc = index_list(l->ledger->index, &all, take_entry, l, e);
	if (rc) {
		jdoc_free(l->rows);
		return rc;
	}
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", format);
	jdoc_set(d, member, l->rows);
	jdoc_set_bool(d, "more", l->more);
	*out = d;
	return ERR_OK;
}

int query_list(struct ledger *l, const struct index_filter *f, const char *text, struct jdoc **out, struct err *e)
{
	struct listing listing = { .ledger = l, .text = text, .print = print_row };
	struct index_filter records = *f;
	records.only_records = true;
	return list(&listing, &records, "daicho.list.v1", "records", out, e);
}

int query_log(struct ledger *l, const struct index_filter *f, struct jdoc **out, struct err *e)
{
	struct listing listing = { .ledger = l, .print = print_log_row };
	return list(&listing, f, "daicho.log.v1", "entries", out, e);
}
