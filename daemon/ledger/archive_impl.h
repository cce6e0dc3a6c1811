/*
 * Inside of archive: the bag (RFC 8493) that is written member by member, what stands in it, and the proofs.
 */
#ifndef LEDGER_ARCHIVE_IMPL_H
#define LEDGER_ARCHIVE_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/pgp.h"
#include "foreign/tar.h"
#include "ledger/archive.h"
#include "ledger/ledger.h"
#include "ledger/policy.h"
#include "ledger/rules.h"
#include "model/merkle.h"
#include "model/pgpsig.h"
#include "model/verdict.h"

#define ARCHIVE_MEMBER_MAX ((size_t)256 << 20)
#define ARCHIVE_INFO_MAX ((size_t)4096)
#define ARCHIVE_SIDE_MAX ((size_t)4096)       /* of a checksum file, and of its signature */
#define ARCHIVE_BAGIT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

/* archive_bag.c */
struct archive_bag {
	struct tar_writer *tar;       /* NULL: nothing is written, digests alone are kept (for checking) */
	const char *name;
	struct buf manifest, tags;    /* "<hex>  <path>\n" for each member of data/, and for the files beside data/ */
	uint64_t bytes, members;      /* of data/ */
};
int archive_bag_add(struct archive_bag *b, const char *path, const void *bytes, size_t len, struct err *e);
/* bag-info.txt and the manifests, in this order. */
int archive_bag_finish(struct archive_bag *b, const char *origin, const struct hash *plan, int64_t time, struct err *e);
void archive_bag_oxum(const struct archive_bag *b, struct buf *out);     /* its line in bag-info.txt */
void archive_bag_release(struct archive_bag *b);

/* archive_proof.c: the tree of RFC 6962 over all leaves, kept whole, so that each proof costs only its own length. */
struct archive_tree {
	struct hash *levels[MERKLE_DEPTH_MAX + 1];
	size_t counts[MERKLE_DEPTH_MAX + 1];
	unsigned depth;               /* of the root's level */
};
struct archive_proof {
	char origin[LEAF_ORIGIN_MAX + 1];
	uint64_t seq, size;
	struct hash leaf, root;
	struct hash path[MERKLE_DEPTH_MAX];
	size_t count;
};
/* Takes leaves (size of them) over. */
void archive_tree_init(struct archive_tree *t, struct hash *leaves, size_t size);
void archive_tree_prove(const struct archive_tree *t, uint64_t seq, struct archive_proof *out);
void archive_tree_release(struct archive_tree *t);
void archive_proof_print(const struct archive_proof *p, struct buf *out);
int archive_proof_parse(const char *s, size_t len, struct archive_proof *out, struct err *e);  /* ERR_SYNTAX */

/* archive_sign.c */
struct archive_keys {             /* exported keys, by which signatures are checked */
	struct rules_file *files;     /* paths keys/<fpr>.asc */
	size_t count;
	struct {                      /* the one that was found last */
		char fpr[LEAF_FPR_LEN + 1];
		uint8_t public_key[32];
	} found;
};
void archive_keys_add(struct archive_keys *k, const char *path, const char *bytes, size_t len); /* once a path */
void archive_keys_release(struct archive_keys *k);
/* All but the signature's own arithmetic, which out_check then holds. ERR_KEY: by no key that is here, ERR_SYNTAX. */
int archive_sign_read(struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                      struct pgpsig *out, struct pgp_check *out_check, struct err *e);
int archive_sign_refuse(struct err *e);
/* ERR_KEY: the signature is not over these bytes, or by no key that is here. */
int archive_sign_check(struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                       struct pgpsig *out, struct err *e);

/* Of the file at path: where its checksum stands ("X.sha256" for "X.tar", else "<path>.sha256"), and that one line;
 * both to be freed. */
char *archive_sign_path(const char *path);
char *archive_sign_line(const char *path, const struct hash *hash);
/* The digest in that line, where it is of this file and signed by the archive key; the file itself isn't read.
 * ERR_NOTFOUND, ERR_SYNTAX, ERR_KEY. */
int archive_sign_find(const struct ledger *l, struct archive_keys *keys, const char *path, struct hash *out,
                      struct err *e);
/* Whether that line of it stands there, signed by the archive key. */
bool archive_sign_stands(const struct ledger *l, struct archive_keys *keys, const char *path, const struct hash *hash);
/* Writes both; those that are there and right stay as they are. */
int archive_sign_write(struct ledger *l, struct archive_keys *keys, const char *path, const struct hash *hash,
                       struct err *e);

/* archive_seals.c: signatures of entries, checked in the background (pgp_checker). What was handed over while an
 * archive was written is remembered in its order by its digest, so that the same signature over the same bytes by the
 * same key, read again from there, is not checked once more. */
struct archive_seals {
	struct pgp_checker *checker;
	struct hash *known;   size_t count, at;   /* at: the one that is read next */
};
void archive_seals_init(struct archive_seals *s);
void archive_seals_begin(struct archive_seals *s, const struct pgp_check *check, uint64_t seq);
void archive_seals_read(struct archive_seals *s, const struct pgp_check *check, uint64_t seq);
/* Waits for all of both. ERR_KEY: that of entry *out_seq, the first one, is wrong. */
int archive_seals_finish(struct archive_seals *s, uint64_t *out_seq, struct err *e);
void archive_seals_release(struct archive_seals *s);

/* archive_notes.c: records by their commits. Each volume is walked once, and its blobs remembered. */
struct archive_notes {
	struct ledger *ledger;
	struct archive_shelf *shelves; /* one a volume */
	size_t count;
};
int archive_notes_read(struct archive_notes *n, const struct leaf_volume *v, const struct oid *commit, struct buf *out,
                       struct err *e);                                    /* ERR_NOTFOUND */
int archive_notes_attachment(struct archive_notes *n, const struct leaf_volume *v, uint64_t seq, unsigned number,
                             struct buf *out, struct err *e);             /* ERR_NOTFOUND */
void archive_notes_release(struct archive_notes *n);

/* archive_readme.c */
void archive_readme_print(const char *origin, int base_year, uint64_t records, uint64_t size, struct buf *out);

/* archive.c */
int archive_hash_fd(int fd, const char *path, struct hash *out, uint64_t *out_bytes, struct err *e); /* all of it */

/* archive_check.c */
struct archive_signer {
	char fpr[LEAF_FPR_LEN + 1];
	uint64_t entries;
};
struct archive_head {             /* what the leaf of a record says of the entries before it */
	uint64_t size;
	struct hash root;
};
struct archive_facts {            /* what a check has found in an archive, by which others can judge it */
	char *name;               /* of the bag's folder */
	char origin[LEAF_ORIGIN_MAX + 1];
	struct hash genesis, hash;
	uint64_t bytes, members, records;
	uint64_t size;            /* its proofs are in the tree over so many entries, */
	struct hash root;         /* of this head */
	struct archive_head *heads; size_t heads_count;   /* of each record, ascending */
	char *info;               /* text of bag-info.txt */
	struct archive_keys keys;
	struct archive_signer *signers; size_t signers_count; /* of the records' entries */
};
/* As archive_check, of an open file; path is what errors call it. */
int archive_check_fd(int fd, const char *path, const struct hash *expected, struct archive_facts *out,
                     struct archive_traces *out_traces, struct err *e);
void archive_facts_release(struct archive_facts *f);

/* archive_outside.c: what the checkpoints of a policy say of it. A finding lowers the verdict, a remark (v VALID) says
 * what can't be told. The document: {"file","size","history","signed","quorum"} each. */
typedef void archive_finding_fn(void *ctx, enum verdict v, const char *text);
struct jdoc *archive_outside_judge(const struct archive_facts *f, const struct policy *p, archive_finding_fn *fn,
                                   void *ctx);

/* As archive_check, of one whose signatures have begun to be checked when it was written. */
int archive_check_written(const char *path, const struct hash *expected, struct archive_seals *seals,
                          struct archive_traces *out_traces, struct err *e);

#endif
