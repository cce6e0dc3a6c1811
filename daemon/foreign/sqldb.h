/* SQLite: one database, prepared statements by text, in one thread. WAL, synchronous=NORMAL, secure_delete=ON. */
#ifndef FOREIGN_SQLDB_H
#define FOREIGN_SQLDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sqldb;
struct sqldb_row;                                     /* the current row of a running query */

struct sqldb *sqldb_open(const char *path, struct err *e);         /* made if absent, mode 0600. Damaged: ERR_SYNTAX */
struct sqldb *sqldb_open_readonly(const char *path, struct err *e);
void sqldb_close(struct sqldb *db);

struct sqldb_value {
	enum { SQLDB_NULL, SQLDB_INT, SQLDB_TEXT, SQLDB_BLOB } type;
	int64_t i;
	const void *p;
	size_t len;
};
#define SQLDB_I(v) ((struct sqldb_value){ .type = SQLDB_INT, .i = (int64_t)(v) })
#define SQLDB_T(s) ((struct sqldb_value){ .type = SQLDB_TEXT, .p = (s), .len = (size_t)-1 })
#define SQLDB_B(ptr, n) ((struct sqldb_value){ .type = SQLDB_BLOB, .p = (ptr), .len = (n) })
#define SQLDB_N ((struct sqldb_value){ .type = SQLDB_NULL })

/* Runs one statement (compiled once and cached by its text, which must be a literal). fn may be NULL; non-zero from fn
 * ends the query with that value; SQLDB_STOP ends it with success. */
#define SQLDB_STOP (-1)
typedef int sqldb_fn(void *ctx, const struct sqldb_row *row, struct err *e);
int sqldb_run(struct sqldb *db, const char *sql, const struct sqldb_value *values, size_t n, sqldb_fn *fn, void *ctx,
              struct err *e);
int sqldb_script(struct sqldb *db, const char *sql, struct err *e);  /* several statements, no values */
bool sqldb_is_null(const struct sqldb_row *r, int column);
int64_t sqldb_int(const struct sqldb_row *r, int column);
const char *sqldb_text(const struct sqldb_row *r, int column);       /* "" for NULL; until the next row */
const void *sqldb_blob(const struct sqldb_row *r, int column, size_t *out_len);
int sqldb_checkpoint(struct sqldb *db, struct err *e);               /* WAL emptied, file vacuumed of freed pages */

#endif
