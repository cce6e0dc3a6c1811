#include "ledger/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/sqldb.h"
#include "ledger/index_impl.h"

#define SCHEMA_VERSION 6

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, oid BLOB NOT NULL, time INTEGER NOT NULL,"
	" kind TEXT NOT NULL, year INTEGER, unit TEXT, record BLOB, leaf BLOB NOT NULL,"
	" disposed INTEGER NOT NULL DEFAULT 0, corrects INTEGER, first INTEGER, corrected INTEGER NOT NULL DEFAULT 0,"
	" voided INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX IF NOT EXISTS entry_volume ON entry (year, kind, unit, disposed) WHERE year IS NOT NULL;"
	"CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, seq);"
	"CREATE INDEX IF NOT EXISTS entry_first ON entry (first, seq) WHERE first IS NOT NULL;"
	"CREATE TABLE IF NOT EXISTS link (target INTEGER, type INTEGER, seq INTEGER, PRIMARY KEY (target, type, seq))"
	" WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS matter (opening INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	" closed INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE IF NOT EXISTS request (id BLOB PRIMARY KEY, digest BLOB NOT NULL, seq INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS request_seq ON request (seq);"
	"CREATE TABLE IF NOT EXISTS person (seq INTEGER PRIMARY KEY, first INTEGER NOT NULL, login TEXT NOT NULL,"
	" fpr TEXT NOT NULL, role TEXT NOT NULL, unit TEXT NOT NULL, since INTEGER NOT NULL,"
	" closed INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX IF NOT EXISTS person_login ON person (login);"
	"CREATE INDEX IF NOT EXISTS person_fpr ON person (fpr);"
	"CREATE TABLE IF NOT EXISTS docno (prefix TEXT, year INTEGER, number INTEGER, branch INTEGER, seq INTEGER NOT NULL,"
	" PRIMARY KEY (prefix, year, number, branch)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS docno_seq ON docno (seq);";

#define RUN(ix, sql, fn, ctx, e, ...) \
	sqldb_run((ix)->db, sql, (const struct sqldb_value[]){ __VA_ARGS__ }, \
	          sizeof((const struct sqldb_value[]){ __VA_ARGS__ }) / sizeof(struct sqldb_value), fn, ctx, e)

static int take_int(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	*(int64_t *)ctx = sqldb_int(row, 0);
	return SQLDB_STOP;
}

static int take_text(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	buf_puts(ctx, sqldb_text(row, 0));
	return SQLDB_STOP;
}

static int check_version(struct index *ix, struct err *e)
{
	int64_t version = 0;
	int rc = RUN(ix, "SELECT value FROM state WHERE name = ?", take_int, &version, e, SQLDB_T("schema"));
	if (rc || version == SCHEMA_VERSION)
		return rc;
	if (version)
		return err_set(e, ERR_SYNTAX, "index: made by another version of this program");
	return RUN(ix, "INSERT INTO state VALUES (?, ?)", NULL, NULL, e, SQLDB_T("schema"), SQLDB_I(SCHEMA_VERSION));
}

static struct index *open_checked(struct sqldb *db, const char *script, struct err *why, struct err *e)
{
	struct index *ix = mem_alloc(sizeof *ix);
	ix->db = db;
	int rc = db ? ERR_OK : (int)why->code;
	if (!rc && script)
		rc = sqldb_script(db, script, why);
	if (!rc)
		rc = check_version(ix, why);
	if (!rc)
		return ix;
	index_close(ix);
	if (why->code == ERR_BUG) /* tables of other columns: no index of ours */
		why->code = ERR_SYNTAX;
	if (e)
		*e = *why;
	return NULL;
}

struct index *index_open(const char *path, struct err *e)
{
	struct err why = ERR_INIT;
	return open_checked(sqldb_open(path, &why), schema, &why, e);
}

struct index *index_open_readonly(const char *path, struct err *e)
{
	struct err why = ERR_INIT;
	return open_checked(sqldb_open_readonly(path, &why), NULL, &why, e);
}

void index_close(struct index *ix)
{
	if (!ix)
		return;
	sqldb_close(ix->db);
	free(ix);
}

static void read_state(struct index *ix, const char *name, struct buf *out)
{
	if (RUN(ix, "SELECT value FROM state WHERE name = ?", take_text, out, NULL, SQLDB_T(name)))
		buf_clear(out);
}

bool index_chain(struct index *ix, struct chain *out, struct merkle *out_before)
{
	BUF_CLEANUP struct buf chain = BUF_INIT, before = BUF_INIT;
	read_state(ix, "chain", &chain);
	read_state(ix, "before", &before);
	return chain_parse(buf_str(&chain), chain.len, out) && merkle_parse(buf_str(&before), before.len, out_before);
}

static int set_state(struct index *ix, const char *name, const struct buf *value, struct err *e)
{
	return RUN(ix, "INSERT OR REPLACE INTO state VALUES (?, ?)", NULL, NULL, e, SQLDB_T(name), SQLDB_T(buf_str(value)));
}

int index_set_chain(struct index *ix, const struct chain *c, const struct merkle *before, struct err *e)
{
	BUF_CLEANUP struct buf chain_text = BUF_INIT, before_text = BUF_INIT;
	chain_print(c, &chain_text);
	merkle_print(before, &before_text);
	int rc = set_state(ix, "chain", &chain_text, e);
	return rc ? rc : set_state(ix, "before", &before_text, e);
}

static int run_plain(struct index *ix, const char *sql, struct err *e)
{
	return sqldb_run(ix->db, sql, NULL, 0, NULL, NULL, e);
}

int index_begin(struct index *ix, struct err *e)
{
	return run_plain(ix, "BEGIN IMMEDIATE", e);
}

int index_commit(struct index *ix, struct err *e)
{
	return run_plain(ix, "COMMIT", e);
}

void index_rollback(struct index *ix)
{
	run_plain(ix, "ROLLBACK", NULL);
}

int index_clear(struct index *ix, struct err *e)
{
	static const char *const statements[] = {
		"DELETE FROM state WHERE name <> 'schema'", "DELETE FROM entry", "DELETE FROM link", "DELETE FROM matter",
		"DELETE FROM request", "DELETE FROM person", "DELETE FROM docno",
	};
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof statements / sizeof *statements; i++)
		rc = run_plain(ix, statements[i], e);
	return rc;
}

int index_checkpoint(struct index *ix, struct err *e)
{
	return sqldb_checkpoint(ix->db, e);
}

/* Adding. */

static int add_entry(struct index *ix, const struct leaf *leaf, const struct hash *hash, const struct oid *commit,
                     struct err *e)
{
	bool has = leaf->has_volume;
	return RUN(ix, "INSERT INTO entry (seq, oid, time, kind, year, unit, record, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	           NULL, NULL, e, SQLDB_I(leaf->seq), SQLDB_B(commit->b, OID_LEN), SQLDB_I(leaf->time),
	           SQLDB_T(leaf->kind_name), has ? SQLDB_I(leaf->volume.year) : SQLDB_N,
	           has ? SQLDB_T(leaf->volume.unit) : SQLDB_N, has ? SQLDB_B(leaf->record.b, HASH_LEN) : SQLDB_N,
	           SQLDB_B(hash->b, HASH_LEN));
}

#define GROUP "(SELECT seq FROM entry WHERE seq = ?2 OR first = ?2)"

/* Before what it does itself: one entry may void a closing and close rightly. Persons come before the matters by which
 * they are found. */
static int void_record(struct index *ix, const struct leaf *leaf, struct err *e)
{
	static const char *const statements[] = {
		"UPDATE entry SET voided = ?1 WHERE seq IN " GROUP,
		"UPDATE person SET closed = ?1 WHERE closed = 0 AND seq IN " GROUP,
		"UPDATE person SET closed = 0 WHERE closed = ?2 AND seq IN (SELECT entry.seq FROM entry"
		" JOIN matter ON matter.opening = coalesce(entry.first, entry.seq)"
		" WHERE matter.closed = ?2 AND entry.voided = 0)",
		"UPDATE matter SET closed = ?1 WHERE opening = ?2 AND closed = 0",
		"UPDATE matter SET closed = (SELECT voided FROM entry WHERE seq = opening) WHERE closed = ?2",
		"DELETE FROM link WHERE seq IN " GROUP " AND type IN (2, 3, 4)",
		"DELETE FROM docno WHERE seq IN " GROUP "",
	};
	const struct sqldb_value values[] = { SQLDB_I(leaf->seq), SQLDB_I(leaf->voids) };
	_Static_assert(INDEX_WITHIN == 2 && INDEX_CLOSES == 3 && INDEX_CONCERNS == 4, "as the statement has them");
	int rc = ERR_OK;
	for (size_t i = 0; !rc && leaf->has_voids && i < sizeof statements / sizeof *statements; i++)
		rc = sqldb_run(ix->db, statements[i], values, 2, NULL, NULL, e);
	return rc;
}

static int close_matters(struct index *ix, const struct leaf *leaf, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < leaf->closes.count; i++) {
		rc = RUN(ix, "UPDATE matter SET closed = ? WHERE opening = ? AND closed = 0", NULL, NULL, e, SQLDB_I(leaf->seq),
		         SQLDB_I(leaf->closes.at[i]));
		if (!rc)
			rc = RUN(ix, "UPDATE person SET closed = ?1 WHERE closed = 0 AND (seq = ?2 OR seq IN"
			             " (SELECT seq FROM entry WHERE first = ?2))", NULL, NULL, e,
			         SQLDB_I(leaf->seq), SQLDB_I(leaf->closes.at[i]));
	}
	return rc;
}

static int open_matter(struct index *ix, const struct leaf *leaf, struct err *e)
{
	return !leaf->opens[0] ? ERR_OK : RUN(ix, "INSERT INTO matter (opening, name) VALUES (?, ?)", NULL, NULL, e,
	                                      SQLDB_I(leaf->seq), SQLDB_T(leaf->opens));
}

static int add_links(struct index *ix, const struct leaf *leaf, enum index_link type, const uint64_t *targets,
                     size_t count, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++)
		rc = RUN(ix, "INSERT OR IGNORE INTO link (target, type, seq) VALUES (?, ?, ?)", NULL, NULL, e,
		         SQLDB_I(targets[i]), SQLDB_I(type), SQLDB_I(leaf->seq));
	return rc;
}

static int link_all(struct index *ix, const struct leaf *leaf, struct err *e)
{
	const struct {
		enum index_link type;
		const uint64_t *targets;
		size_t count;
	} links[] = {
		{ INDEX_UNDER, leaf->under.at, leaf->opens[0] ? leaf->under.count : 0 },
		{ INDEX_WITHIN, leaf->within.at, leaf->within.count },
		{ INDEX_CLOSES, leaf->closes.at, leaf->closes.count },
		{ INDEX_CONCERNS, leaf->concerns.at, leaf->concerns.count },
		{ INDEX_CORRECTS, &leaf->corrects, leaf->has_corrects },
	};
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof links / sizeof *links; i++)
		rc = add_links(ix, leaf, links[i].type, links[i].targets, links[i].count, e);
	return rc;
}

static int forget_docno(struct index *ix, uint64_t seq, struct err *e)
{
	return RUN(ix, "DELETE FROM docno WHERE seq = ?", NULL, NULL, e, SQLDB_I(seq));
}

/* What is corrected is no longer in force. Both are of the group that the first of them begins. */
static int correct(struct index *ix, const struct leaf *leaf, struct err *e)
{
	if (!leaf->has_corrects)
		return ERR_OK;
	int rc = RUN(ix, "UPDATE entry SET corrects = ?2, first = coalesce((SELECT coalesce(first, seq) FROM entry"
	                 " WHERE seq = ?2), ?2) WHERE seq = ?1",
	             NULL, NULL, e, SQLDB_I(leaf->seq), SQLDB_I(leaf->corrects));
	if (!rc)
		rc = RUN(ix, "UPDATE entry SET corrected = ? WHERE seq = ?", NULL, NULL, e, SQLDB_I(leaf->seq),
		         SQLDB_I(leaf->corrects));
	if (!rc)
		rc = RUN(ix, "UPDATE person SET closed = ? WHERE seq = ? AND closed = 0", NULL, NULL, e, SQLDB_I(leaf->seq),
		         SQLDB_I(leaf->corrects));
	return rc ? rc : forget_docno(ix, leaf->corrects, e);
}

/* One person, however often appointed: the same login, the same key, or a correction, in force or not, through any
 * number of appointments. A new one may show that two persons were one. */
#define SAME_PERSON \
	"SELECT first FROM person WHERE (login = ?2 AND login <> '') OR (fpr = ?3 AND fpr <> '') OR seq = ?4"

static int add_person(struct index *ix, const struct leaf *leaf, const struct index_person *p, struct err *e)
{
	int64_t first = (int64_t)leaf->seq;
	const struct sqldb_value corrects = leaf->has_corrects ? SQLDB_I(leaf->corrects) : SQLDB_N;
	int rc = RUN(ix, "SELECT coalesce(min(first), ?1) FROM (" SAME_PERSON ")", take_int, &first, e,
	             SQLDB_I(leaf->seq), SQLDB_T(p->login), SQLDB_T(p->fpr), corrects);
	if (!rc)
		rc = RUN(ix, "UPDATE person SET first = ?1 WHERE first IN (" SAME_PERSON ")", NULL, NULL, e, SQLDB_I(first),
		         SQLDB_T(p->login), SQLDB_T(p->fpr), corrects);
	/* What corrects an appointment that ended does not put it in force again. */
	return rc ? rc : RUN(ix, "INSERT INTO person (seq, first, login, fpr, role, unit, since, closed)"
	                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce((SELECT matter.closed FROM matter"
	                         " JOIN entry ON matter.opening = entry.first WHERE entry.seq = ?1), 0))",
	                     NULL, NULL, e, SQLDB_I(leaf->seq), SQLDB_I(first), SQLDB_T(p->login), SQLDB_T(p->fpr),
	                     SQLDB_T(p->role), SQLDB_T(p->unit), SQLDB_I(p->since));
}

int index_add(struct index *ix, const struct leaf *leaf, const struct hash *leaf_hash, const struct oid *commit,
              const struct index_person *person, struct err *e)
{
	int rc = add_entry(ix, leaf, leaf_hash, commit, e);
	if (!rc)
		rc = void_record(ix, leaf, e);
	if (!rc)
		rc = close_matters(ix, leaf, e);
	if (!rc)
		rc = open_matter(ix, leaf, e);
	if (!rc)
		rc = link_all(ix, leaf, e);
	if (!rc)
		rc = correct(ix, leaf, e);
	return rc || !person ? rc : add_person(ix, leaf, person, e);
}

int index_dispose(struct index *ix, uint64_t seq, uint64_t by, struct err *e)
{
	int rc = RUN(ix, "UPDATE entry SET disposed = ? WHERE seq = ?", NULL, NULL, e, SQLDB_I(by), SQLDB_I(seq));
	if (!rc)
		rc = RUN(ix, "DELETE FROM request WHERE seq = ?", NULL, NULL, e, SQLDB_I(seq));
	if (!rc)
		rc = forget_docno(ix, seq, e);
	/* The number stays: `By` of a proposal that stands may name it. */
	return rc ? rc : RUN(ix, "UPDATE person SET login = '', fpr = '', role = '', unit = '', closed = ? WHERE seq = ?",
	                     NULL, NULL, e, SQLDB_I(by), SQLDB_I(seq));
}

int index_set_request(struct index *ix, const uint8_t id[NOTE_REQUEST_LEN], const struct hash *digest, uint64_t seq,
                      struct err *e)
{
	return RUN(ix, "INSERT OR IGNORE INTO request (id, digest, seq) VALUES (?, ?, ?)", NULL, NULL, e,
	           SQLDB_B(id, NOTE_REQUEST_LEN), SQLDB_B(digest->b, HASH_LEN), SQLDB_I(seq));
}

int index_set_docno(struct index *ix, const struct index_docno *d, uint64_t seq, struct err *e)
{
	return RUN(ix, "INSERT OR IGNORE INTO docno (prefix, year, number, branch, seq) VALUES (?, ?, ?, ?, ?)", NULL, NULL,
	           e, SQLDB_T(d->prefix), SQLDB_I(d->year), SQLDB_I(d->number), SQLDB_I(d->branch), SQLDB_I(seq));
}

/* Asking. */

static bool take_bytes(const struct sqldb_row *row, int column, void *out, size_t len)
{
	size_t got;
	const void *bytes = sqldb_blob(row, column, &got);
	if (got != len)
		return false;
	memcpy(out, bytes, len);
	return true;
}

struct asked_request {
	bool found;
	uint64_t seq;
	struct hash digest;
};

static int take_request(void *ctx, const struct sqldb_row *row, struct err *e)
{
	struct asked_request *a = ctx;
	a->seq = (uint64_t)sqldb_int(row, 0);
	a->found = take_bytes(row, 1, a->digest.b, HASH_LEN);
	return a->found ? SQLDB_STOP : err_set(e, ERR_SYNTAX, "index: damaged");
}

int index_request(struct index *ix, const uint8_t id[NOTE_REQUEST_LEN], bool *out_found, uint64_t *out_seq,
                  struct hash *out_digest, struct err *e)
{
	struct asked_request a = { .found = false };
	int rc = RUN(ix, "SELECT seq, digest FROM request WHERE id = ?", take_request, &a, e,
	             SQLDB_B(id, NOTE_REQUEST_LEN));
	if (rc)
		return rc;
	*out_found = a.found;
	*out_seq = a.seq;
	*out_digest = a.digest;
	return ERR_OK;
}

int index_docno(struct index *ix, const struct index_docno *d, bool *out_found, uint64_t *out_seq, struct err *e)
{
	int64_t seq = -1;
	int rc = RUN(ix, "SELECT seq FROM docno WHERE prefix = ? AND year = ? AND number = ? AND branch = ?", take_int,
	             &seq, e, SQLDB_T(d->prefix), SQLDB_I(d->year), SQLDB_I(d->number), SQLDB_I(d->branch));
	if (rc)
		return rc;
	*out_found = seq >= 0;
	*out_seq = seq >= 0 ? (uint64_t)seq : 0;
	return ERR_OK;
}

int index_latest(struct index *ix, uint64_t first, uint64_t *out_seq, struct err *e)
{
	int64_t seq = (int64_t)first;
	int rc = RUN(ix, "SELECT coalesce(max(seq), ?1) FROM entry WHERE first = ?1", take_int, &seq, e, SQLDB_I(first));
	if (!rc)
		*out_seq = (uint64_t)seq;
	return rc;
}

struct asked_matter {
	bool found;
	struct index_matter matter;
};

static int take_matter(void *ctx, const struct sqldb_row *row, struct err *e)
{
	struct asked_matter *a = ctx;
	(void)e;
	a->found = true;
	snprintf(a->matter.name, sizeof a->matter.name, "%s", sqldb_text(row, 0));
	a->matter.closed = sqldb_int(row, 1) != 0;
	a->matter.voided = sqldb_int(row, 2) != 0;
	return SQLDB_STOP;
}

int index_matter(struct index *ix, uint64_t opening, struct index_matter *out, struct err *e)
{
	struct asked_matter a = { .found = false };
	int64_t open = 0;
	int rc = RUN(ix, "SELECT name, closed, (SELECT voided FROM entry WHERE seq = opening) FROM matter"
	                 " WHERE opening = ?", take_matter, &a, e, SQLDB_I(opening));
	if (!rc && !a.found)
		return err_set(e, ERR_NOTFOUND, "entry %llu: opened no matter", (unsigned long long)opening);
	if (!rc && a.matter.closed)
		rc = RUN(ix, "WITH RECURSIVE below(s) AS (SELECT link.seq FROM link WHERE link.target = ?1 AND link.type = ?2"
		             " UNION SELECT link.seq FROM link JOIN below ON link.target = below.s AND link.type = ?2)"
		             " SELECT EXISTS (SELECT 1 FROM matter JOIN below ON matter.opening = below.s"
		             " WHERE matter.closed = 0)",
		         take_int, &open, e, SQLDB_I(opening), SQLDB_I(INDEX_UNDER));
	if (rc)
		return rc;
	*out = a.matter;
	out->open = !a.matter.closed || open;
	return ERR_OK;
}

#define PERSON "SELECT seq, first, login, fpr, role, unit, since FROM person "

struct asked_person {
	bool found;
	struct index_person person;
};

static void read_person(const struct sqldb_row *row, struct index_person *p)
{
	p->seq = (uint64_t)sqldb_int(row, 0);
	p->first = (uint64_t)sqldb_int(row, 1);
	p->since = sqldb_int(row, 6);
	snprintf(p->login, sizeof p->login, "%s", sqldb_text(row, 2));
	snprintf(p->fpr, sizeof p->fpr, "%s", sqldb_text(row, 3));
	snprintf(p->role, sizeof p->role, "%s", sqldb_text(row, 4));
	snprintf(p->unit, sizeof p->unit, "%s", sqldb_text(row, 5));
}

static int take_person(void *ctx, const struct sqldb_row *row, struct err *e)
{
	struct asked_person *a = ctx;
	(void)e;
	a->found = true;
	read_person(row, &a->person);
	return SQLDB_STOP;
}

static int answer_person(int rc, const struct asked_person *a, struct index_person *out, struct err *e)
{
	if (!rc && !a->found)
		rc = err_set(e, ERR_NOTFOUND, "person: no appointment in force");
	if (!rc)
		*out = a->person;
	return rc;
}

int index_person_by_login(struct index *ix, const char *login, const char *role, struct index_person *out,
                          struct err *e)
{
	struct asked_person a = { .found = false };
	int rc = RUN(ix, PERSON "WHERE login = ?1 AND closed = 0"
	                 " AND (?2 IS NULL OR role = ?2) ORDER BY seq LIMIT 1",
	             take_person, &a, e, SQLDB_T(login), SQLDB_T(role));
	return answer_person(rc, &a, out, e);
}

struct persons {
	index_person_fn *fn;
	void *ctx;
};

static int hand_out_person(void *ctx, const struct sqldb_row *row, struct err *e)
{
	const struct persons *p = ctx;
	struct index_person person;
	read_person(row, &person);
	return p->fn(p->ctx, &person, e);
}

int index_persons_of(struct index *ix, const char *login, index_person_fn *fn, void *ctx, struct err *e)
{
	struct persons p = { fn, ctx };
	return RUN(ix, PERSON "WHERE login = ? AND closed = 0 ORDER BY seq", hand_out_person, &p, e, SQLDB_T(login));
}

int index_person_by_key(struct index *ix, const char *fpr, struct index_person *out, struct err *e)
{
	struct asked_person a = { .found = false };
	int rc = RUN(ix, PERSON "WHERE fpr = ? AND fpr <> '' AND closed = 0"
	                 " ORDER BY seq LIMIT 1",
	             take_person, &a, e, SQLDB_T(fpr));
	return answer_person(rc, &a, out, e);
}

int index_person_first(struct index *ix, uint64_t appointment, uint64_t *out_first, struct err *e)
{
	int64_t first = -1;
	int rc = RUN(ix, "SELECT first FROM person WHERE seq = ?", take_int, &first, e, SQLDB_I(appointment));
	if (!rc && first < 0)
		rc = err_set(e, ERR_NOTFOUND, "entry %llu: whom it appointed is not known", (unsigned long long)appointment);
	if (!rc)
		*out_first = (uint64_t)first;
	return rc;
}

int index_person_is(struct index *ix, uint64_t first, const char *login, bool *out, struct err *e)
{
	int64_t is = 0;
	int rc = RUN(ix, "SELECT 1 FROM person WHERE first = ? AND login = ? LIMIT 1", take_int, &is, e, SQLDB_I(first),
	             SQLDB_T(login));
	if (!rc)
		*out = is != 0;
	return rc;
}

int index_has_volume(struct index *ix, const struct leaf_volume *v, bool *out_has, struct err *e)
{
	int64_t has = 0;
	int rc = RUN(ix, "SELECT 1 FROM entry WHERE year = ? AND kind = ? AND unit = ? LIMIT 1", take_int, &has, e,
	             SQLDB_I(v->year), SQLDB_T(v->kind), SQLDB_T(v->unit));
	if (!rc)
		*out_has = has;
	return rc;
}

int index_last_seq_of(struct index *ix, const char *kind, uint64_t *out_seq, struct err *e)
{
	int64_t seq = -1;
	int rc = RUN(ix, "SELECT seq FROM entry WHERE kind = ? ORDER BY seq DESC LIMIT 1", take_int, &seq, e,
	             SQLDB_T(kind));
	if (!rc && seq < 0)
		rc = err_set(e, ERR_NOTFOUND, "kind %s: no entry", kind);
	if (!rc)
		*out_seq = (uint64_t)seq;
	return rc;
}
