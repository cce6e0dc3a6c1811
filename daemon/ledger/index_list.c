/* Entries, volumes, matters and links out of the index. */
#include <stdio.h>
#include <string.h>

#include "foreign/sqldb.h"
#include "ledger/index_impl.h"

#define COLUMNS \
	"SELECT seq, oid, time, kind, year, unit, record, leaf, disposed, corrects, first, corrected, voided" \
	" FROM entry "
#define CONDITIONS \
	"WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR unit = ?2) AND (?3 = 0 OR year = ?3)" \
	" AND (?4 IS NULL OR time >= ?4) AND (?5 IS NULL OR time < ?5) AND (?6 = 0 OR year IS NOT NULL) "

static const char oldest_first[] = COLUMNS CONDITIONS "AND seq > ?7 ORDER BY seq LIMIT ?8";
static const char newest_first[] = COLUMNS CONDITIONS "AND seq < ?7 ORDER BY seq DESC LIMIT ?8";

static bool take_bytes(const struct sqldb_row *row, int column, void *out, size_t len)
{
	size_t got;
	const void *bytes = sqldb_blob(row, column, &got);
	if (got == len)
		memcpy(out, bytes, len);
	return got == len;
}

static int read_entry(const struct sqldb_row *row, struct index_entry *out, struct err *e)
{
	*out = (struct index_entry){ .seq = (uint64_t)sqldb_int(row, 0), .time = sqldb_int(row, 2),
		                     .has_volume = !sqldb_is_null(row, 4), .disposed_by = (uint64_t)sqldb_int(row, 8) };
	out->has_corrects = !sqldb_is_null(row, 9);
	out->corrects = out->has_corrects ? (uint64_t)sqldb_int(row, 9) : 0;
	out->first = out->has_corrects ? (uint64_t)sqldb_int(row, 10) : out->seq;
	out->corrected_by = (uint64_t)sqldb_int(row, 11);
	out->voided_by = (uint64_t)sqldb_int(row, 12);
	snprintf(out->kind, sizeof out->kind, "%s", sqldb_text(row, 3));
	bool whole = take_bytes(row, 1, out->commit.b, OID_LEN) && take_bytes(row, 7, out->leaf.b, HASH_LEN);
	if (out->has_volume) {
		out->volume.year = (int)sqldb_int(row, 4);
		memcpy(out->volume.kind, out->kind, sizeof out->volume.kind);
		snprintf(out->volume.unit, sizeof out->volume.unit, "%s", sqldb_text(row, 5));
		whole = whole && take_bytes(row, 6, out->record.b, HASH_LEN);
	}
	return whole ? ERR_OK : err_set(e, ERR_SYNTAX, "index: damaged");
}

struct one {
	bool found;
	struct index_entry entry;
};

static int take_one(void *ctx, const struct sqldb_row *row, struct err *e)
{
	struct one *o = ctx;
	int rc = read_entry(row, &o->entry, e);
	o->found = !rc;
	return rc ? rc : SQLDB_STOP;
}

int index_entry(struct index *ix, uint64_t seq, struct index_entry *out, struct err *e)
{
	struct one o = { .found = false };
	const struct sqldb_value values[] = { SQLDB_I(seq) };
	int rc = sqldb_run(ix->db, COLUMNS "WHERE seq = ?1", values, 1, take_one, &o, e);
	if (!rc && !o.found) {
		rc = err_set(e, ERR_NOTFOUND, "entry %llu: is not in the ledger", (unsigned long long)seq);
		err_next(e, "daicho log --newest tells the entries");
	}
	if (!rc)
		*out = o.entry;
	return rc;
}

struct listing {
	index_fn *fn;
	void *ctx;
};

static int hand_out(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct listing *l = ctx;
	struct index_entry entry;
	int rc = read_entry(row, &entry, e);
	return rc ? rc : l->fn(l->ctx, &entry, e);
}

int index_list(struct index *ix, const struct index_filter *f, index_fn *fn, void *ctx, struct err *e)
{
	struct listing l = { fn, ctx };
	int64_t from = f->has_after ? (int64_t)f->after : f->reverse ? INT64_MAX : -1;
	const struct sqldb_value values[] = {
		SQLDB_T(f->kind), SQLDB_T(f->unit), SQLDB_I(f->year), f->has_since ? SQLDB_I(f->since) : SQLDB_N,
		f->has_until ? SQLDB_I(f->until) : SQLDB_N, SQLDB_I(f->only_records), SQLDB_I(from),
		f->limit ? SQLDB_I(f->limit) : SQLDB_I(-1),
	};
	return sqldb_run(ix->db, f->reverse ? newest_first : oldest_first, values, sizeof values / sizeof *values, hand_out,
	                 &l, e);
}

struct briefs {
	index_brief_fn *fn;
	void *ctx;
};

static int hand_out_brief(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct briefs *b = ctx;
	struct index_brief entry = { .seq = (uint64_t)sqldb_int(row, 0), .year = (int)sqldb_int(row, 3),
		                     .disposed_by = (uint64_t)sqldb_int(row, 4) };
	if (!take_bytes(row, 1, entry.commit.b, OID_LEN) || !take_bytes(row, 2, entry.leaf.b, HASH_LEN))
		return err_set(e, ERR_SYNTAX, "index: damaged");
	return b->fn(b->ctx, &entry, e);
}

int index_briefs(struct index *ix, index_brief_fn *fn, void *ctx, struct err *e)
{
	struct briefs b = { fn, ctx };
	return sqldb_run(ix->db, "SELECT seq, oid, leaf, year, disposed FROM entry ORDER BY seq", NULL, 0,
	                 hand_out_brief, &b, e);
}

struct volumes {
	index_volume_fn *fn;
	void *ctx;
};

static int hand_out_volume(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct volumes *v = ctx;
	struct leaf_volume volume = { .year = (int)sqldb_int(row, 0) };
	snprintf(volume.kind, sizeof volume.kind, "%s", sqldb_text(row, 1));
	snprintf(volume.unit, sizeof volume.unit, "%s", sqldb_text(row, 2));
	return v->fn(v->ctx, &volume, e);
}

int index_volumes(struct index *ix, index_volume_fn *fn, void *ctx, struct err *e)
{
	struct volumes v = { fn, ctx };
	return sqldb_run(ix->db, "SELECT DISTINCT year, kind, unit FROM entry WHERE year IS NOT NULL AND disposed = 0"
	                         " ORDER BY year, kind, unit", NULL, 0, hand_out_volume, &v, e);
}

struct matters {
	index_matter_fn *fn;
	void *ctx;
};

static int hand_out_matter(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct matters *m = ctx;
	return m->fn(m->ctx, (uint64_t)sqldb_int(row, 0), sqldb_text(row, 1), e);
}

int index_all_matters(struct index *ix, index_matter_fn *fn, void *ctx, struct err *e)
{
	struct matters m = { fn, ctx };
	return sqldb_run(ix->db, "SELECT opening, name FROM matter ORDER BY opening", NULL, 0, hand_out_matter, &m, e);
}

int index_open_matters(struct index *ix, index_matter_fn *fn, void *ctx, struct err *e)
{
	struct matters m = { fn, ctx };
	return sqldb_run(ix->db, "SELECT opening, name FROM matter WHERE closed = 0 ORDER BY opening", NULL, 0,
	                 hand_out_matter, &m, e);
}

static int take_seq(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx = (uint64_t)sqldb_int(row, 0);
	return SQLDB_STOP;
}

int index_closing(struct index *ix, uint64_t opening, uint64_t *out_seq, struct err *e)
{
	const struct sqldb_value values[] = { SQLDB_I(opening) };
	*out_seq = 0;
	return sqldb_run(ix->db, "SELECT closed FROM matter WHERE opening = ?1", values, 1, take_seq, out_seq, e);
}

struct links {
	index_link_fn *fn;
	void *ctx;
};

static int hand_out_link(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct links *l = ctx;
	return l->fn(l->ctx, (uint64_t)sqldb_int(row, 0), (enum index_link)sqldb_int(row, 1), e);
}

int index_linked(struct index *ix, uint64_t target, index_link_fn *fn, void *ctx, struct err *e)
{
	struct links l = { fn, ctx };
	const struct sqldb_value values[] = { SQLDB_I(target) };
	return sqldb_run(ix->db, "SELECT seq, type FROM link WHERE target = ?1 ORDER BY seq, type", values, 1,
	                 hand_out_link, &l, e);
}
