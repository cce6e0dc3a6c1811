/*
 * Rules: a rule book as stored: the files of a commit's tree (directive.ini, directive text,
 * schemas/<kind>.schema.json, keys/<fpr>.asc), their digest, and what they say. Digest = SHA-256 of the sorted listing
 * "<sha256 hex>  <path>\n".
 */
#ifndef LEDGER_RULES_H
#define LEDGER_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "foreign/jdoc.h"
#include "foreign/repo.h"
#include "foreign/schema.h"
#include "model/history.h"
#include "model/leaf.h"
#include "model/rulebook.h"
#include "model/tlog_note.h"

struct rules_file {
	char *path;                 /* "schemas/loan.schema.json" */
	char *bytes; size_t len;
};

struct rules {
	struct rulebook *book;
	struct rules_file *files; size_t count;   /* sorted by path */
	struct hash digest;
	struct oid tree;
	struct schema **schemas;                  /* by index of book->kinds; each kind has one */
};

/* From folders: rulebook folder (directive.ini and every other regular file in it), schemas of its kinds from the
 * schemas folder. No keys yet. ERR_CONFIG names file and line of the first fault that rules_check_folder tells. */
int rules_read_folder(const char *rulebook, const char *schemas, struct rules **out, struct err *e);
/* What is wrong with a line of directive.ini. */
struct rules_fault {
	const char *file;           /* path of it */
	int line;                   /* from 1 */
	const char *section, *key;  /* NULL: the line as such, the section as such */
	const char *reason;
};
typedef int rules_fault_fn(void *ctx, const struct rules_fault *fault);

/* Reads the same and tells every fault: lines, values, references (rulebook_check), schemas that are missing or
 * refused, fields that no schema has. Non-zero from fn ends it and is returned. Errors: what can't be read at all. */
int rules_check_folder(const char *rulebook, const char *schemas, rules_fault_fn *fn, void *ctx, struct err *e);
void rules_fault_print(const struct rules_fault *fault, struct buf *out);   /* "file:line: [section] key: reason" */

/* From files that came otherwise: rules_new, rules_add_file for each (schemas too; bytes are copied), rules_finish.
 * It is checked like one from folders. ERR_CONFIG, ERR_TOOBIG. */
struct rules *rules_new(void);
int rules_add_file(struct rules *r, const char *path, const void *bytes, size_t len, struct err *e);
int rules_finish(struct rules *r, struct err *e);
int rules_add_key(struct rules *r, const char *fpr, const char *armor, size_t len, struct err *e);
int rules_keep_keys(struct rules *r, const struct rules *from, struct err *e);  /* adds the keys of another one */
/* As `digest`, of all files but keys: what persons know of it before it stands in a ledger. */
struct hash rules_book_digest(const struct rules *r);
/* Adds all blobs and trees to the batch; sets tree and digest. */
int rules_write(struct rules *r, struct repo_batch *b, struct err *e);
/* From a commit's tree. `with_schemas` 0 skips compiling them (the verifier judges only retention). */
int rules_read_tree(struct repo *repo, const struct oid *tree, int with_schemas, struct rules **out, struct err *e);
const struct schema *rules_schema(const struct rules *r, const char *kind);    /* NULL if unknown kind */
const struct rules_file *rules_file(const struct rules *r, const char *path);  /* NULL if absent */
/* The verifier key (vkey), for checkpoints of this origin, of the key fpr; false: it is not in keys/. */
bool rules_vkey(const struct rules *r, const char *origin, const char *fpr, struct tlog_note_key *out);
void rules_free(struct rules *r);

/* What the rule book (NULL = none) says of the leaf's kind; nothing for administrative kinds. */
struct history_class rules_class(const struct rules *rules, const struct leaf *leaf);

#endif
