/*
 * Leaf: the message of one signed commit, canonical UTF-8 text without personal data (daicho-ledger(5), "LEAF").
 * This module is the only one that parses or prints it; parse -> print gives the same bytes or the parse fails.
 *
 * Lines in this order, each at most once unless marked *, "Name: value" each, after "<summary>\n\n":
 *   Origin  Format(0)  After(0)  Genesis(not 0)  Seq  Time  Volume  Record  Opens  Closes*  Within*  Under*  Concerns*
 *   Corrects  Voids  By*  On*  Until  Basis  Ends  Due*  Except*  Archive  Wrapped*  Level  Remains*  Class  Key*  Copy
 *   Term  Carried*  Counts  Witness  Rules  Root  Prev(not 0)
 * ("(0)": only in entry 0; Format stands in kind `format` too.) Lists are ascending without repeats: Key by action,
 * use and fingerprint, On by type and number, Due and Carried by volume; Wrapped alone stands in the order of wrapping.
 * The summary is "<kind> <volume>" when Volume is there, else "<kind> <first On text>" when On is there, else "<kind>".
 */
#ifndef MODEL_LEAF_H
#define MODEL_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/hash.h"

#define LEAF_FORMAT 1
#define LEAF_MAX 65535
#define LEAF_NAME_MAX 32      /* kind, unit, matter: text_is_name */
#define LEAF_ORIGIN_MAX 128   /* [A-Za-z0-9._/-], first and last a letter or digit, no "//", no ".." */
#define LEAF_LIST_MAX 4096    /* most lines of one repeatable name */
#define LEAF_SEQ_MAX UINT64_C(999999999999)
#define LEAF_FPR_LEN 40       /* upper-case hex of a v4 OpenPGP fingerprint */

enum leaf_kind {              /* administrative kinds; LEAF_RECORD is a kind of the rule book */
	LEAF_RECORD = 0,
	LEAF_GENESIS, LEAF_FORMAT_KIND, LEAF_RULES, LEAF_KEY, LEAF_CARRY, LEAF_HOLD, LEAF_RELEASE, LEAF_EXTEND,
	LEAF_PROPOSE, LEAF_APPROVE, LEAF_ABORT, LEAF_DISPOSE, LEAF_DISPOSED, LEAF_TRANSFER, LEAF_CLASSIFY,
	LEAF_CLOCK, LEAF_CORRECT_LOSS, LEAF_ACK, LEAF_TERM, LEAF_HEARTBEAT, LEAF_VOID, LEAF_DESTROYED,
	LEAF_KIND_COUNT
};

enum leaf_target_type { LEAF_ON_ENTRY, LEAF_ON_ENTRIES, LEAF_ON_MATTER, LEAF_ON_VOLUME };

struct leaf_volume {          /* "2026/loan/chuo" */
	int year;
	char kind[LEAF_NAME_MAX + 1];
	char unit[LEAF_NAME_MAX + 1];
};

struct leaf_target {          /* "entry 9" | "entries 9-12" | "matter 9" | "volume 2026/loan/chuo" */
	enum leaf_target_type type;
	uint64_t first, last;     /* last == first except for entries */
	struct leaf_volume volume;
};

struct leaf_seqs {            /* ascending entry numbers */
	uint64_t *at;
	size_t count;
};

struct leaf_range {           /* "12" or "12-19"; ascending, never adjacent or overlapping */
	uint64_t first, last;
};

struct leaf_due {             /* "2026/loan/chuo 12 sha256:..."; year = base year; root over the leaf hashes by Seq */
	struct leaf_volume group;
	uint64_t count;
	struct hash root;
};

struct leaf_digest {          /* "sha256:... 1234" (bytes), Wrapped: "<method> sha256:... 1234" */
	struct hash hash;
	uint64_t bytes;
	char method[LEAF_NAME_MAX + 1];
};

enum leaf_basis { LEAF_BASIS_NONE, LEAF_BASIS_AUDIT, LEAF_BASIS_SUIT, LEAF_BASIS_APPEAL, LEAF_BASIS_DISCLOSURE,
	LEAF_BASIS_DUTY };
enum leaf_level { LEAF_LEVEL_NONE, LEAF_LEVEL_IDS_ABSENT, LEAF_LEVEL_BLOCKS_TRIMMED, LEAF_LEVEL_KEY_DESTROYED };
enum leaf_key_action { LEAF_KEY_ADD, LEAF_KEY_RETIRE, LEAF_KEY_REVOKE, LEAF_KEY_COMPROMISED };
enum leaf_key_use { LEAF_USE_ENTRY, LEAF_USE_ARCHIVE, LEAF_USE_CHECKPOINT, LEAF_USE_RECOVERY };

struct leaf_key {             /* "add entry <FPR>" ... "compromised entry <FPR> 120" (since entry 120) */
	enum leaf_key_action action;
	enum leaf_key_use use;
	char fpr[LEAF_FPR_LEN + 1];
	uint64_t since;           /* only with LEAF_KEY_COMPROMISED */
};

struct leaf_remains {         /* a copy known to remain: "<name> <YYYY-MM-DD>" or "<name> unknown" */
	char name[LEAF_NAME_MAX + 1];
	bool known;
	struct date until;
};

struct leaf_class {           /* "loan 3 closing": kind, calendar years 1-100, counted from creation or closing */
	char kind[LEAF_NAME_MAX + 1];
	int years;
	bool from_closing;
};

struct leaf {
	enum leaf_kind kind;
	char kind_name[LEAF_NAME_MAX + 1];
	char origin[LEAF_ORIGIN_MAX + 1];
	uint64_t seq;
	int64_t time;
	unsigned format;                                         /* entry 0 */
	bool has_after;     struct hash after;                   /* entry 0: head leaf hash of the ledger that it follows */
	struct hash genesis;                                     /* not entry 0 */
	bool has_volume;    struct leaf_volume volume;           /* Volume and Record stand together */
	struct hash record;
	char opens[LEAF_NAME_MAX + 1];                           /* "" = none */
	struct leaf_seqs closes, within, under, concerns, by;
	bool has_corrects;  uint64_t corrects;
	bool has_voids;     uint64_t voids;
	struct leaf_target *on;         size_t on_count;
	bool has_until;     struct date until;
	enum leaf_basis basis;
	bool has_ends;      uint64_t ends;                       /* the entry whose effect ends here */
	struct leaf_due *due;           size_t due_count;        /* ascending by year, kind, unit */
	struct leaf_range *except;      size_t except_count;
	bool has_archive;   struct leaf_digest archive;
	struct leaf_digest *wrapped;    size_t wrapped_count;
	enum leaf_level level;
	struct leaf_remains *remains;   size_t remains_count;
	bool has_class;     struct leaf_class class;
	struct leaf_key *keys;          size_t keys_count;
	bool has_copy;      char copy[LEAF_NAME_MAX + 1]; uint64_t copy_seq; struct hash copy_head; /* "name seq sha256:" */
	bool has_term;      uint64_t term;
	struct leaf_due *carried;       size_t carried_count;    /* volume, count, root over the carried leaves */
	bool has_counts;    int counts;                          /* year */
	bool has_witness;   struct hash witness;                 /* of `dispose`: Volume and Record stand with it */
	struct hash rules, root;
	struct hash prev;                                        /* not entry 0 */
};

/* Bytes -> struct. ERR_SYNTAX names the line and what was expected; ERR_TOOBIG over LEAF_MAX. ERR_FORMAT when entry 0
 * declares a higher Format, or a `format` entry does: *out of the latter is filled and usable. out is to be released on
 * success and on ERR_FORMAT; releasing it after any other error does no harm. Also checks which lines the kind must and
 * may have (tables in leaf_kind.c). */
int leaf_parse(const char *text, size_t len, struct leaf *out, struct err *e);

/* Struct -> bytes appended to out. ERR_SYNTAX if the struct can't be said in Format 1 (the result is parsed back),
 * ERR_TOOBIG over LEAF_MAX; out is then as it was. */
int leaf_print(const struct leaf *l, struct buf *out, struct err *e);

void leaf_release(struct leaf *l);
struct hash leaf_hash(const void *text, size_t len);          /* SHA-256(0x00 || message) */
enum leaf_kind leaf_kind_of(const char *name);                 /* LEAF_RECORD if not administrative */
const char *leaf_kind_name(enum leaf_kind kind);               /* "" for LEAF_RECORD */
bool leaf_is_origin(const char *s, size_t len);
bool leaf_is_fpr(const char *s, size_t len);
bool leaf_volume_parse(const char *s, size_t len, struct leaf_volume *out);
void leaf_volume_print(const struct leaf_volume *v, struct buf *out); /* "2026/loan/chuo" */
int leaf_volume_compare(const struct leaf_volume *a, const struct leaf_volume *b); /* year, kind, unit */
bool leaf_target_parse(const char *s, size_t len, struct leaf_target *out);
void leaf_target_print(const struct leaf_target *t, struct buf *out);
void leaf_seqs_add(struct leaf_seqs *s, uint64_t seq);         /* keeps order, drops repeats */
bool leaf_ranges_hold(const struct leaf_range *r, size_t count, uint64_t seq);

/* Y(entry): the year of its Volume, or for an entry without one the year of its Time in Japan. */
int leaf_year(const struct leaf *l);

#endif
