/*
 * Mutation: what its files share. One process has one `m`: its own copies of the ledger's forms, of which `form` is the
 * one in hand.
 */
#ifndef TESTS_ATTACK_MUTATE_H
#define TESTS_ATTACK_MUTATE_H

#include "../unit/ledger_office.h"

#include "model/tree.h"

#define TEXT_MAX ((size_t)16 << 20)
#define ENTRIES_MAX 64
#define VOLUMES_MAX 32

enum target { PACK, PACK_INDEX, LOOSE, REF, SETTING, COMMIT, LEAF, PACKET, NOTE, ATTACHMENT, RULES,
	NOTES_COMMIT, VOLUME_TREE, TARGETS };

enum way { FLIP, DROP, SWAP, DUPLICATE, TRUNCATE, LINE_DROP, LINE_SWAP, LINE_DUPLICATE, LINE_TRUNCATE, ALL_DROP,
	ALL_SWAP, ADD, WAYS };

enum outcome { REFUSED, LACKING, UNREADABLE, THE_SAME, OTHER_SETTING, BROKEN_PROMISE, DIED, OUTCOMES };

struct counts {
	uint64_t n[TARGETS][WAYS][OUTCOMES];
};

struct volume {
	char *ref;                    /* path of the file that holds the ref */
	char *repo;
	struct oid id;
	struct buf commit;
	struct tree tree;
};

extern struct mutation {
	unsigned stride, workers, me;
	const char *only;             /* word of a target of texts; NULL: all, of files too */
	uint64_t serial;
	unsigned reported;
	struct counts counts;
	char *room;                   /* of this worker */
	const char *form;             /* "packed", "loose", "clone" */
	struct buf meaning;           /* of the form */

	struct buf commits[ENTRIES_MAX];
	struct oid ids[ENTRIES_MAX];
	size_t count;
	struct volume volumes[VOLUMES_MAX];
	size_t volumes_count;
	struct buf made;              /* paths of objects that the mutant brought, a NUL behind each */
	struct office *office;
} m;

char *in_form(const char *rel);                    /* path in the form; to be freed */
void write_file(const char *path, const void *bytes, size_t len);
void read_meaning(struct buf *out);                /* what git reads of the form; empty where it can't */

/* Calls `put` with each mutant of these bytes, by the ways up to `last`, has it judged, and calls `undo` with the bytes
 * as they were. */
typedef void place_fn(void *ctx, const struct buf *b);
void each_mutant(enum target target, const char *what, const struct buf *b, enum way last, place_fn *put,
                 place_fn *undo, void *ctx);

/* Calls `put` with these bytes, which have more than they had, has it judged, and calls `undo`. */
void add_mutant(enum target target, const char *what, size_t at, const struct buf *b, place_fn *put, place_fn *undo,
                void *ctx);

void mutate_texts(void);                           /* mutate_texts.c */

#endif
