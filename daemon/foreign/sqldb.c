#include "foreign/sqldb.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define BUSY_TIMEOUT_MS 5000

struct statement {
	const char *sql;      /* a literal */
	sqlite3_stmt *stmt;
	bool is_running;
};

struct sqldb {
	sqlite3 *handle;
	char *path;
	struct statement *statements;
	size_t n, cap;
};

struct sqldb_row {
	sqlite3_stmt *stmt;
};

static const struct {
	int result;
	enum err_code code;
} causes[] = {
	{ SQLITE_CORRUPT, ERR_SYNTAX },   { SQLITE_NOTADB, ERR_SYNTAX },   { SQLITE_FORMAT, ERR_SYNTAX },
	{ SQLITE_FULL, ERR_FULL },        { SQLITE_READONLY, ERR_READONLY }, { SQLITE_BUSY, ERR_BUSY },
	{ SQLITE_LOCKED, ERR_BUSY },      { SQLITE_PERM, ERR_PERM },       { SQLITE_CONSTRAINT, ERR_CONFLICT },
	{ SQLITE_ERROR, ERR_BUG },        { SQLITE_MISUSE, ERR_BUG },      { SQLITE_RANGE, ERR_BUG },
	{ SQLITE_MISMATCH, ERR_BUG },     { SQLITE_TOOBIG, ERR_TOOBIG },
};

/* SQLite takes a read that the disk refused for a damaged file. */
static int find_refused(struct sqldb *db)
{
	int errnum = 0;
	if (sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_LAST_ERRNO, &errnum) != SQLITE_OK)
		return 0;
	return errnum == EIO || errnum == ENXIO ? errnum : 0;
}

/* SQLite's own text only for our faults, since it may quote values. */
static int fail(struct sqldb *db, int result, struct err *e)
{
	enum err_code code = ERR_IO;
	int errnum = sqlite3_system_errno(db->handle), primary = result & 0xff;
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].result == primary)
			code = causes[i].code;
	if (primary == SQLITE_CORRUPT && (errnum = find_refused(db)))
		code = ERR_IO;
	if (code == ERR_IO && errnum)
		return err_errno(e, errnum, "%s", db->path);
	return err_set(e, code, "%s: %s", db->path,
	               code == ERR_BUG ? sqlite3_errmsg(db->handle) : sqlite3_errstr(primary));
}

int sqldb_script(struct sqldb *db, const char *sql, struct err *e)
{
	int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return result == SQLITE_OK ? ERR_OK : fail(db, result, e);
}

static int match_text(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	bool *is_wal = ctx;
	*is_wal = strcmp(sqldb_text(row, 0), "wal") == 0;
	return ERR_OK;
}

static int read_int(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	int64_t *out = ctx;
	*out = sqldb_int(row, 0);
	return SQLDB_STOP;
}

/* SQLite would make it 0644; its companions take the mode of the file. */
static int make_private(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EROFS && errno != EACCES)
		return err_errno(e, errno, "%s", path);
	if (fd >= 0)
		close(fd);
	return ERR_OK;
}

static struct sqldb *open_handle(const char *path, int flags, struct err *e)
{
	struct sqldb *db = mem_alloc(sizeof *db);
	db->path = mem_strdup(path);
	int result = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (result == SQLITE_OK)
		result = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (result == SQLITE_OK)
		return db;
	fail(db, result, e);
	sqldb_close(db);
	return NULL;
}

/* The schema is read here, so that what is no database shows at once. */
static int probe(struct sqldb *db, struct err *e)
{
	int64_t n;
	return sqldb_run(db, "SELECT count(*) FROM sqlite_schema", NULL, 0, read_int, &n, e);
}

static int set_up(struct sqldb *db, struct err *e)
{
	bool is_wal = false;
	/* auto_vacuum counts only before the first page is written */
	int rc = sqldb_script(db, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
	                          "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;", e);
	if (!rc)
		rc = sqldb_run(db, "PRAGMA journal_mode=WAL", NULL, 0, match_text, &is_wal, e);
	if (!rc && !is_wal)
		rc = err_set(e, ERR_READONLY, "%s: takes no write-ahead log", db->path);
	if (!rc)
		rc = sqldb_script(db, "PRAGMA synchronous=NORMAL", e);
	return rc ? rc : probe(db, e);
}

struct sqldb *sqldb_open(const char *path, struct err *e)
{
	if (make_private(path, e))
		return NULL;
	struct sqldb *db = open_handle(path, SQLITE_OPEN_READWRITE, e);
	if (!db || !set_up(db, e))
		return db;
	sqldb_close(db);
	return NULL;
}

struct sqldb *sqldb_open_readonly(const char *path, struct err *e)
{
	struct sqldb *db = open_handle(path, SQLITE_OPEN_READONLY, e);
	if (!db)
		return NULL;
	int rc = sqldb_script(db, "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;", e);
	if (!rc && !probe(db, e))
		return db;
	sqldb_close(db);
	return NULL;
}

void sqldb_close(struct sqldb *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->n; i++)
		sqlite3_finalize(db->statements[i].stmt);
	sqlite3_close(db->handle);
	free(db->statements);
	free(db->path);
	free(db);
}

static size_t find_statement(const struct sqldb *db, const char *sql)
{
	for (size_t i = 0; i < db->n; i++)
		if (db->statements[i].sql == sql || strcmp(db->statements[i].sql, sql) == 0)
			return i;
	return db->n;
}

static int compile(struct sqldb *db, const char *sql, sqlite3_stmt **out, struct err *e)
{
	const char *tail = NULL;
	int result = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, &tail);
	if (result != SQLITE_OK)
		return fail(db, result, e);
	if (*out && !tail[strspn(tail, " \t\n;")])
		return ERR_OK;
	sqlite3_finalize(*out);
	return err_set(e, ERR_BUG, "%s: not one statement", db->path);
}

static int bind_one(sqlite3_stmt *stmt, int at, const struct sqldb_value *v)
{
	if (v->type == SQLDB_INT)
		return sqlite3_bind_int64(stmt, at, v->i);
	if (v->type == SQLDB_NULL || (v->type == SQLDB_TEXT && !v->p))
		return sqlite3_bind_null(stmt, at);
	if (v->type == SQLDB_BLOB)
		return v->len ? sqlite3_bind_blob64(stmt, at, v->p, v->len, SQLITE_STATIC) : sqlite3_bind_zeroblob(stmt, at, 0);
	size_t len = v->len == (size_t)-1 ? strlen(v->p) : v->len;
	return sqlite3_bind_text64(stmt, at, v->p, len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_all(struct sqldb *db, sqlite3_stmt *stmt, const struct sqldb_value *values, size_t n, struct err *e)
{
	if ((size_t)sqlite3_bind_parameter_count(stmt) != n)
		return err_set(e, ERR_BUG, "%s: a statement with another number of values", db->path);
	for (size_t i = 0; i < n; i++) {
		int result = bind_one(stmt, (int)i + 1, &values[i]);
		if (result != SQLITE_OK)
			return fail(db, result, e);
	}
	return ERR_OK;
}

static int step_all(struct sqldb *db, sqlite3_stmt *stmt, sqldb_fn *fn, void *ctx, struct err *e)
{
	struct sqldb_row row = { stmt };
	int result;
	while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
		int rc = fn ? fn(ctx, &row, e) : ERR_OK;
		if (rc)
			return rc == SQLDB_STOP ? ERR_OK : rc;
	}
	return result == SQLITE_DONE ? ERR_OK : fail(db, result, e);
}

static int execute(struct sqldb *db, sqlite3_stmt *stmt, const struct sqldb_value *values, size_t n, sqldb_fn *fn,
                   void *ctx, struct err *e)
{
	int rc = bind_all(db, stmt, values, n, e);
	if (!rc)
		rc = step_all(db, stmt, fn, ctx, e);
	sqlite3_reset(stmt); /* repeats the error of the step */
	sqlite3_clear_bindings(stmt);
	return rc;
}

int sqldb_run(struct sqldb *db, const char *sql, const struct sqldb_value *values, size_t n, sqldb_fn *fn, void *ctx,
              struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	size_t at = find_statement(db, sql);
	bool is_nested = at < db->n && db->statements[at].is_running; /* from within its own rows: a copy for this time */
	int rc = at == db->n || is_nested ? compile(db, sql, &stmt, e) : ERR_OK;
	if (rc)
		return rc;
	if (is_nested) {
		rc = execute(db, stmt, values, n, fn, ctx, e);
		sqlite3_finalize(stmt);
		return rc;
	}
	if (at == db->n) {
		if (db->n == db->cap) {
			db->cap = db->cap ? db->cap * 2 : 16;
			db->statements = mem_grow(db->statements, db->cap, sizeof *db->statements);
		}
		db->statements[db->n++] = (struct statement){ .sql = sql, .stmt = stmt };
	}
	db->statements[at].is_running = true;
	rc = execute(db, db->statements[at].stmt, values, n, fn, ctx, e);
	db->statements[at].is_running = false;
	return rc;
}

bool sqldb_is_null(const struct sqldb_row *r, int column)
{
	return sqlite3_column_type(r->stmt, column) == SQLITE_NULL;
}

int64_t sqldb_int(const struct sqldb_row *r, int column)
{
	return sqlite3_column_int64(r->stmt, column);
}

const char *sqldb_text(const struct sqldb_row *r, int column)
{
	const char *text = (const char *)sqlite3_column_text(r->stmt, column);
	return text ? text : "";
}

const void *sqldb_blob(const struct sqldb_row *r, int column, size_t *out_len)
{
	const void *bytes = sqlite3_column_blob(r->stmt, column);
	*out_len = (size_t)sqlite3_column_bytes(r->stmt, column);
	return bytes ? bytes : "";
}

int sqldb_checkpoint(struct sqldb *db, struct err *e)
{
	int64_t left = 0, is_busy = 0;
	int rc = sqldb_script(db, "PRAGMA incremental_vacuum", e);
	if (!rc)
		rc = sqldb_run(db, "PRAGMA freelist_count", NULL, 0, read_int, &left, e);
	if (!rc && left) /* made without auto_vacuum */
		rc = sqldb_script(db, "VACUUM", e);
	if (!rc)
		rc = sqldb_run(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0, read_int, &is_busy, e);
	if (!rc && is_busy)
		rc = err_set(e, ERR_BUSY, "%s: a reader keeps its write-ahead log", db->path);
	return rc;
}
