#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "foreign/sqldb.h"

static char dir[] = "/tmp/daicho-sql-XXXXXX", path[64];
static struct sqldb *db;

#define INSERT "INSERT INTO t (n, x, b) VALUES (?, ?, ?)"
#define SELECT "SELECT n, x, b FROM t ORDER BY n"

static int open_db(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/db", dir);
	db = sqldb_open(path, &e);
	return db ? sqldb_script(db, "CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT, b BLOB);", &e) : -1;
}

static int close_db(void **s)
{
	(void)s;
	sqldb_close(db);
	return file_remove_tree(dir, NULL);
}

static int insert(int64_t n, const char *x, struct err *e)
{
	return sqldb_run(db, INSERT, (struct sqldb_value[]){ SQLDB_I(n), SQLDB_T(x), SQLDB_N }, 3, NULL, NULL, e);
}

static int print_row(void *ctx, const struct sqldb_row *row, struct err *e)
{
	size_t len;
	const char *bytes = sqldb_blob(row, 2, &len);
	buf_printf(ctx, "%lld:%s:%s:%.*s|", (long long)sqldb_int(row, 0), sqldb_text(row, 1),
	           sqldb_is_null(row, 2) ? "null" : "blob", (int)len, bytes);
	if (sqldb_int(row, 0) == 100)
		return SQLDB_STOP;
	return sqldb_int(row, 0) == 200 ? err_set(e, ERR_RULE, "two hundred") : ERR_OK;
}

static void assert_rows(const char *rows)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(sqldb_run(db, SELECT, NULL, 0, print_row, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), rows);
}

static void keeps_values_of_every_type(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct sqldb_value values[] = { SQLDB_I(INT64_MIN), SQLDB_T("台帳"), SQLDB_B("ab", 2) };
	assert_int_equal(sqldb_run(db, INSERT, values, 3, NULL, NULL, &e), ERR_OK);
	values[0] = SQLDB_I(2);
	values[1] = SQLDB_T(NULL);
	values[2] = SQLDB_B(NULL, 0);
	assert_int_equal(sqldb_run(db, INSERT, values, 3, NULL, NULL, &e), ERR_OK);
	assert_int_equal(insert(3, "", &e), ERR_OK);
	assert_rows("-9223372036854775808:台帳:blob:ab|2::blob:|3::null:|");
}

static void stops_when_told(void **s)
{
	(void)s;
	insert(99, "a", NULL);
	insert(100, "b", NULL);
	insert(101, "c", NULL);
	assert_rows("99:a:null:|100:b:null:|");
	assert_rows("99:a:null:|100:b:null:|");
}

static void ends_a_query_with_the_error_of_the_taker(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	insert(200, "a", NULL);
	assert_int_equal(sqldb_run(db, SELECT, NULL, 0, print_row, &b, &e), ERR_RULE);
	assert_string_equal(e.text, "two hundred");
}

static int count_again(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)row;
	return sqldb_run(db, SELECT, NULL, 0, print_row, ctx, e);
}

static void runs_a_statement_within_its_own_rows(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	insert(1, "a", NULL);
	insert(2, "b", NULL);
	assert_int_equal(sqldb_run(db, SELECT, NULL, 0, count_again, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), "1:a:null:|2:b:null:|1:a:null:|2:b:null:|");
}

static void finds_everything_after_reopening(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	insert(1, "a", NULL);
	sqldb_close(db);
	db = sqldb_open(path, &e);
	assert_non_null(db);
	assert_rows("1:a:null:|");
}

static void makes_its_files_private(void **s)
{
	(void)s;
	static const char *const names[] = { "db", "db-wal", "db-shm" };
	struct stat st;
	insert(1, "a", NULL);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char file[80];
		snprintf(file, sizeof file, "%s/%s", dir, names[i]);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static int take_text(void *ctx, const struct sqldb_row *row, struct err *e)
{
	(void)e;
	buf_puts(ctx, sqldb_text(row, 0));
	return SQLDB_STOP;
}

static void runs_with_the_settings_promised(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	static const char *const pragmas[] = { "PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA secure_delete",
		                               "PRAGMA temp_store", "PRAGMA auto_vacuum" };
	for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++)
		assert_int_equal(sqldb_run(db, pragmas[i], NULL, 0, take_text, &b, NULL), ERR_OK);
	assert_string_equal(buf_str(&b), "wal1122");
}

static void refuses_a_second_row_with_the_same_key(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(insert(1, "private value", &e), ERR_OK);
	assert_int_equal(insert(1, "private value", &e), ERR_CONFLICT);
	assert_null(strstr(e.text, "private"));
	assert_int_equal(insert(2, "b", &e), ERR_OK);
}

static void takes_a_wrong_statement_for_a_bug(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(sqldb_run(db, "SELEKT", NULL, 0, NULL, NULL, &e), ERR_BUG);
	assert_int_equal(sqldb_run(db, "SELECT 1; SELECT 2", NULL, 0, NULL, NULL, &e), ERR_BUG);
	assert_int_equal(sqldb_run(db, "", NULL, 0, NULL, NULL, &e), ERR_BUG);
	assert_int_equal(sqldb_run(db, INSERT, NULL, 0, NULL, NULL, &e), ERR_BUG);
	assert_int_equal(sqldb_script(db, "DROP TABLE nothing", &e), ERR_BUG);
}

static void says_that_the_database_is_full(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int rc = ERR_OK;
	char x[4001] = "";
	memset(x, 'x', 4000);
	assert_int_equal(sqldb_script(db, "PRAGMA max_page_count=10", &e), ERR_OK);
	for (int i = 0; !rc && i < 20; i++)
		rc = insert(i, x, &e);
	assert_int_equal(rc, ERR_FULL);
}

static void writes_nothing_when_opened_for_reading(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	insert(1, "a", NULL);
	struct sqldb *writer = db;
	db = sqldb_open_readonly(path, &e);
	assert_non_null(db);
	assert_rows("1:a:null:|");
	assert_int_equal(insert(2, "b", &e), ERR_READONLY);
	sqldb_close(db);
	db = writer;
	assert_null(sqldb_open_readonly("/tmp/daicho-none/db", &e));
	assert_int_equal(e.code, ERR_NOTFOUND);
}

static void waits_for_another_writer_and_then_says_busy(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct sqldb *other = sqldb_open(path, &e);
	assert_non_null(other);
	assert_int_equal(sqldb_script(other, "BEGIN IMMEDIATE; PRAGMA busy_timeout=1", &e), ERR_OK);
	assert_int_equal(sqldb_script(db, "PRAGMA busy_timeout=1", &e), ERR_OK);
	assert_int_equal(insert(1, "a", &e), ERR_BUSY);
	assert_int_equal(sqldb_script(other, "COMMIT", &e), ERR_OK);
	assert_int_equal(insert(1, "a", &e), ERR_OK);
	sqldb_close(other);
}

static void damage(long at, size_t len)
{
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	for (size_t i = 0; i < len; i++)
		fputc(0xa5, f);
	fclose(f);
}

static void refuses_a_file_that_is_no_database(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	sqldb_close(db);
	damage(0, 64);
	db = sqldb_open(path, &e);
	assert_null(db);
	assert_int_equal(e.code, ERR_SYNTAX);
}

static void says_that_a_page_is_damaged(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	for (int i = 0; i < 50; i++)
		assert_int_equal(insert(i + 300, "a text that fills the pages of the table, and some more", &e), ERR_OK);
	assert_int_equal(sqldb_checkpoint(db, &e), ERR_OK);
	sqldb_close(db);
	damage(8192, 4096);
	db = sqldb_open(path, &e);
	int rc = db ? sqldb_run(db, SELECT, NULL, 0, print_row, &b, &e) : (int)e.code;
	assert_int_equal(rc, ERR_SYNTAX);
}

static bool holds(const char *name, const char *text)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	char file[80];
	snprintf(file, sizeof file, "%s/%s", dir, name);
	if (file_read(file, 1 << 24, &b, NULL) || b.len == 0)
		return false;
	return memmem(b.ptr, b.len, text, strlen(text)) != NULL;
}

static void leaves_no_byte_of_a_deleted_row(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct stat before, after;
	char long_text[9000] = "";
	for (size_t i = 0; i + 16 < sizeof long_text; i += 15)
		strcat(long_text, "PERSON-OF-A-ROW");
	for (int i = 0; i < 200; i++)
		assert_int_equal(insert(i, i % 10 ? "PERSON-OF-A-ROW" : long_text, &e), ERR_OK);
	assert_int_equal(sqldb_checkpoint(db, &e), ERR_OK);
	assert_true(holds("db", "PERSON-OF-A-ROW"));
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(sqldb_script(db, "DELETE FROM t", &e), ERR_OK);
	assert_int_equal(sqldb_checkpoint(db, &e), ERR_OK);
	assert_false(holds("db", "PERSON-OF-A-ROW"));
	assert_false(holds("db-wal", "PERSON-OF-A-ROW"));
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_size < before.st_size / 4);
}

#define WITH_DB(f) cmocka_unit_test_setup_teardown(f, open_db, close_db)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(keeps_values_of_every_type),
		WITH_DB(stops_when_told),
		WITH_DB(ends_a_query_with_the_error_of_the_taker),
		WITH_DB(runs_a_statement_within_its_own_rows),
		WITH_DB(finds_everything_after_reopening),
		WITH_DB(makes_its_files_private),
		WITH_DB(runs_with_the_settings_promised),
		WITH_DB(refuses_a_second_row_with_the_same_key),
		WITH_DB(takes_a_wrong_statement_for_a_bug),
		WITH_DB(says_that_the_database_is_full),
		WITH_DB(writes_nothing_when_opened_for_reading),
		WITH_DB(waits_for_another_writer_and_then_says_busy),
		WITH_DB(refuses_a_file_that_is_no_database),
		WITH_DB(says_that_a_page_is_damaged),
		WITH_DB(leaves_no_byte_of_a_deleted_row),
	};
	return cmocka_run_group_tests_name("foreign/sqldb", tests, NULL, NULL);
}
