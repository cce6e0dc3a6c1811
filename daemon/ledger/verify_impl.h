/*
 * Inside of verify: what its files share.
 *
 * One judgement walks all commits and keeps about 40 bytes an entry: which commit it is, whether it must have a record,
 * and its state. What is wrong is a fault and never ends the judgement; an error (struct err) means that nothing can be
 * said.
 */
#ifndef LEDGER_VERIFY_IMPL_H
#define LEDGER_VERIFY_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/rules.h"
#include "ledger/verify.h"
#include "model/chain.h"
#include "model/history.h"
#include "model/leaf.h"
#include "model/note.h"
#include "model/pgpsig.h"

#define VERIFY_NO_SEQ UINT64_MAX
#define VERIFY_DAY_S ((int64_t)24 * 60 * 60)    /* by which the ledger's clock may be ahead of the auditor's */
#define VERIFY_STORED_MAX (NOTE_ATTACHMENT_MAX + 256)   /* of an attachment, with the salt's line before it */
#define VERIFY_REMOTE "refs/remotes/origin/ledger"

struct verify_entry {
	struct oid commit;
	int16_t year;                 /* of its Volume */
	uint16_t book;                /* which of verify.books was in force */
	uint16_t key;                 /* which of verify.keys signed it, plus one; 0 = not known */
	uint8_t state;                /* enum verdict_state */
	bool has_record, has_note, is_judged;
	bool lingers;                 /* a ref of this clone leads to its record, whose disposal is completed */
	bool appoints;                /* a record that gives somebody a role */
	bool is_voided;
};

struct verify_book {              /* a rule book that was in force */
	struct oid tree;
	struct rules *rules;          /* NULL: it can't be read */
};

struct verify_key {               /* whoever trusts a fingerprint trusts the key that has it */
	char fpr[LEAF_FPR_LEN + 1];
	uint8_t public_key[32];
};

struct verify_ref {               /* of a notes ref: one volume */
	struct leaf_volume volume;
	struct oid commit;
};

struct verify_late {              /* a record or an attachment (n > 0) that may be that of an entry made meanwhile */
	struct leaf_volume volume;
	struct oid commit;
	uint64_t seq;
	unsigned n;
};

struct verify_fault {
	uint64_t seq;                 /* VERIFY_NO_SEQ: of no single entry */
	uint64_t order;               /* as found */
	const char *word;
	char *reason;
};

struct verify_disposal {
	uint64_t dispose, disposed;   /* disposed 0 = not yet */
	int64_t time, disposed_time;  /* of both entries */
	int base_year;
	uint64_t count;
	struct hash archive;
	bool has_archive;             /* and no entry says that it is destroyed */
	uint64_t beyond;              /* entry that says of blocks or of a key what no repository can show; 0 = none */
	bool has_witness;
	struct hash witness;
	struct verify_receipt *receipt; /* NULL: it carries none that is here and right */
};

struct verify_end {               /* an appointment was closed, voided or corrected by entry `by` */
	uint64_t appointment, by;
	uint64_t until;               /* the entry that voids `by`; VERIFY_NO_SEQ = it stays ended */
	bool is_correction;           /* which is in force in its place */
};

struct verify_void {
	uint64_t seq, voided, by;     /* by: the first that By names */
	bool is_known;                /* then: who submitted the voided record */
	char login[NOTE_LOGIN_MAX + 1];
};

struct verify_loss {              /* a report of a loss */
	uint64_t seq;
	struct leaf_target *on; size_t on_count;
};

struct verify_once;
struct verify_onces {             /* ids of what stands once, with the entry, 20 bytes each */
	struct verify_once *at;
	size_t count;
};

struct verify_receipt;
struct verify_author;
struct verify_leftover;
struct verify_point;

struct verify_person {            /* whom an appointment names whose record is here */
	uint64_t seq, corrects;       /* corrects VERIFY_NO_SEQ = none */
	bool is_ended;                /* by some entry, for good or not */
	size_t person;                /* equal for appointments of one person, by all that are here */
	char *key;                    /* armored; NULL = none is named */
	char login[NOTE_LOGIN_MAX + 1], fpr[LEAF_FPR_LEN + 1], role[LEAF_NAME_MAX + 1];
};

struct verify_doing {             /* an act of persons, with the roles that the rule book gives it to */
	uint64_t seq, by[2];          /* by VERIFY_NO_SEQ = nobody */
	char **submit; size_t submit_count;  /* of a rule book of `books`; none = whoever is appointed */
	char role[LEAF_NAME_MAX + 1];        /* in which it was done; "" = any of these */
};

struct verify {
	const struct verify_options *o;
	const char *path;
	bool is_store;
	struct repo *repo;            /* of the entries */
	struct oid head;
	bool has_remote;              /* a clone's memory of where the ledger came from */
	struct oid remote;
	bool is_parted;               /* and it leaves the chain before entry parted_at, with this commit */
	uint64_t parted_at;
	struct oid parted;
	bool has_next;                /* a mirror's entries that are about to come; once the chain is judged, they are */
	struct oid next;

	struct verify_entry *entries; /* the whole chain, oldest first */
	uint64_t count, judged;       /* judged: taken into the chain */
	uint64_t counted;             /* judged, or found to be beyond judging */
	uint32_t *by_commit;          /* positions in entries, in order of commit */
	struct chain chain;
	struct history *history;
	struct verify_book *books;    size_t books_count;
	struct verify_key *keys;      size_t keys_count;
	struct pgp_verifier *gpg;
	struct verify_ref *refs;      size_t refs_count;     /* notes refs beside the entries, in a clone */
	struct verify_ref *unread;    size_t unread_count;   /* volumes that can't be read to their end */
	bool years[DATE_YEAR_MAX + 1];                       /* of which there are notes */
	bool closed[DATE_YEAR_MAX + 1];                      /* whose repository can't be read */
	struct oid *seen;             size_t seen_count;     /* blobs of the year in hand that were judged by entries */
	struct verify_leftover *leftover;
	struct verify_disposal *disposals; size_t disposals_count;
	struct verify_person *persons; size_t persons_count;
	struct verify_end *ends;      size_t ends_count;     /* in order of `by` */
	struct verify_void *voids;    size_t voids_count;    /* in order of `seq` */
	struct verify_loss *losses;   size_t losses_count;
	struct verify_author *authors; size_t authors_count;
	struct verify_doing *doings;  size_t doings_count;
	struct verify_onces records, requests;               /* of all leaves; of all notes that are here */
	struct verify_point *points;                         /* one for each checkpoint of the policy */
	bool is_unasked;              /* time stamps are believed whose certificates may have been revoked */
	uint64_t witnessed;           /* size that the quorum of witnesses has cosigned; 0 = none */
	uint64_t known;               /* size that the auditor has seen */
	uint64_t trusted;             /* size that witnesses, or the auditor's own memory, vouch for */
	struct jdoc *evidence;        /* of two histories; NULL */
	struct jdoc *links;           /* entries that changed the keys, as evidence has them */
	struct hash genesis, head_hash;
	char origin[LEAF_ORIGIN_MAX + 1];

	struct verify_fault *faults;  size_t faults_count;
	uint64_t faults_found;
	enum verdict verdict;
	struct jdoc *remarks;
	struct verify_late *late;     size_t late_count;
};

/* verify_report.c */
/* An entry gets the state of its first fault. seq VERIFY_NO_SEQ: of the whole. */
void verify_fault(struct verify *v, uint64_t seq, enum verdict_state state, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void verify_diverge(struct verify *v, uint64_t seq, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void verify_remark(struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void verify_lower(struct verify *v, enum verdict verdict);       /* the verdict is at best this one */
bool verify_is_finding(int rc);  /* an error that says something of what was read, not of the machine that reads */
void verify_report(struct verify *v, struct verify_result *out);

/* verify_refs.c: head, and the refs that may be there. */
int verify_refs_read(struct verify *v, bool *out_has_head, struct err *e);
int verify_refs_volumes(struct verify *v, struct repo *repo, int year, struct verify_ref **out, size_t *out_count,
                        struct err *e);      /* of a year repository; to be freed */

/* Of a repository, name of which is for the reader: where its HEAD is, once the chain and what follows it is judged;
 * whether what was read of it is all that it has by those ids, and what is derived there. */
int verify_refs_head(struct verify *v, const char *name, struct repo *repo, struct err *e);
int verify_refs_copies(struct verify *v, const char *name, struct repo *repo, struct err *e);

/* verify_chain.c: all commits from entry 0 on. */
int verify_chain_collect(struct verify *v, struct err *e);
int verify_chain_judge(struct verify *v, struct err *e);
bool verify_chain_find(const struct verify *v, const struct oid *commit, uint64_t *out_seq);

/* The `disposed` entry of the certificate `dispose`, among the entries that are judged; 0: it is not completed. */
uint64_t verify_chain_completion(const struct verify *v, uint64_t dispose);
/* The first parent of a commit; out may be id. False: it has none, or it can't be read. */
bool verify_chain_parent(struct verify *v, const struct oid *id, struct oid *out);

/* verify_next.c: what is said to follow the chain, once that is judged. since: ids of the commits that `head` has after
 * the head that is judged, to be freed; false: they are no entries that follow it. judge: of what is announced. */
bool verify_next_since(struct verify *v, const struct oid *head, struct oid **out, size_t *out_count);
int verify_next_judge(struct verify *v, struct err *e);

/* verify_sign.c: who signed. */
struct verify_signed {           /* one commit taken apart */
	const char *payload, *armor;
	size_t payload_len, armor_len;
};
int verify_sign_judge(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct verify_signed *s,
                      const struct rules *rules, struct err *e);
/* Signed over these bytes by a key of the rule book in its tree? Whether that one counts, the caller asks. ERR_KEY,
 * ERR_LEDGER, those of pgpsig_parse. */
int verify_sign_check(const struct verify_signed *s, const struct rules *rules, struct pgpsig *out, struct err *e);

/* verify_keys.c: files of keys, and keys that are compromised. tree: where they may change, of each entry before it is
 * added. note: which key signed an entry. judge, say: after the chain. */
void verify_keys_tree(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct verify_signed *s,
                      const struct rules *rules);
void verify_keys_note(struct verify *v, uint64_t seq, const struct verify_key *key);
void verify_keys_judge(struct verify *v);
/* Does a key of that fingerprint, which is this one, stand in a rule book that was in force? */
bool verify_keys_has(const struct verify *v, const char *fpr, const uint8_t public_key[32]);
struct jdoc *verify_keys_say(const struct verify *v);

/* verify_bodies.c: all notes and attachments. */
int verify_bodies_judge(struct verify *v, struct err *e);

/* verify_persons.c: who was one person, by the appointments whose records are here. Those are added first. */
void verify_persons_add(struct verify *v, const struct leaf *leaf, const struct note *note);
void verify_persons_add_end(struct verify *v, const struct leaf *leaf);      /* of every entry, in order */
uint64_t verify_persons_end(const struct verify *v, uint64_t appointment); /* by which entry for good; VERIFY_NO_SEQ */
void verify_persons_sort(struct verify *v);      /* once all were added: then `is_ended` and `person` are told */
/* Is this appointment in force at entry seq? After verify_persons_sort. */
bool verify_persons_in_force(const struct verify *v, const struct verify_person *p, uint64_t seq);
/* One person by the appointments made before entry `before`, two of which these are? After verify_persons_sort. */
bool verify_persons_are_one(const struct verify *v, const struct verify_person *a, const struct verify_person *b,
                            uint64_t before);
int verify_persons_judge(struct verify *v, struct err *e);
void verify_persons_release(struct verify *v);

/* verify_author.c: signatures of persons under records and acts, and roles of acts, after verify_persons_sort. */
void verify_author_add(struct verify *v, const struct leaf *leaf, const struct note *note);
int verify_author_judge(struct verify *v, struct err *e);
void verify_author_release(struct verify *v);

/* verify_repeats.c: records, and requests of persons, that were put in twice. Those are added first, in any order; of
 * a record that is gone the leaf still tells. */
void verify_repeats_add_record(struct verify *v, const struct leaf *leaf);
void verify_repeats_add_request(struct verify *v, uint64_t seq, const struct note *note);
void verify_repeats_judge(struct verify *v);
void verify_repeats_release(struct verify *v);

/* verify_receipt.c: dated receipts. take: of the record of a certificate; judge, say: after all records. */
void verify_receipt_take(struct verify *v, const struct leaf *leaf, const struct note *note);
void verify_receipt_judge(struct verify *v);
/* One that the policy believes says that this disposal came no earlier than was lawful. */
bool verify_receipt_is_good(const struct verify_disposal *d);
struct jdoc *verify_receipt_say(const struct verify_disposal *d);
void verify_receipt_release(struct verify *v);

/* verify_early.c: what clock entries say came before its day. After all records and receipts. */
void verify_early_judge(struct verify *v);

/* verify_claims.c: what certificates say and no repository shows. add: of every entry; remark: after the chain. */
void verify_claims_add(struct verify *v, uint64_t seq, const struct leaf *leaf);
void verify_claims_remark(struct verify *v);

/* verify_overdue.c: after the chain. */
void verify_overdue_judge(struct verify *v);

/* verify_loss.c: reports of losses. They explain what is MISSING, and change nothing of it. */
void verify_loss_add(struct verify *v, const struct leaf *leaf);
void verify_loss_remark(struct verify *v);            /* once every entry has its state */
void verify_loss_release(struct verify *v);

/* verify_outside.c: checkpoints from outside of the ledger, against the tree heads here. */
int64_t verify_outside_now(const struct verify *v);  /* by the auditor's clock, seconds since 1970 */
void verify_outside_begin(struct verify *v);
void verify_outside_link(struct verify *v, const struct leaf *leaf, const struct buf *raw);   /* of every entry */
/* Before an entry is added to the chain: raw is its commit, hash that of its leaf. */
void verify_outside_reach(struct verify *v, const struct buf *raw, const struct hash *hash, const struct rules *rules);
void verify_outside_judge(struct verify *v);          /* once the chain is judged */
struct jdoc *verify_outside_say(const struct verify *v);
void verify_outside_release(struct verify *v);
/* The commits of two histories that part, after the chain is judged: evidence, if the ledger signed both by keys that
 * counted there; then true. */
bool verify_outside_part(struct verify *v, const struct oid *a, const struct oid *b);

/* verify_keyhome.c: repositories below a store's keys, as far as the reader may look there. */
void verify_keyhome_judge(struct verify *v);

/* verify_leftover.c: records that a completed disposal names, and their attachments, that lie in a repository where no
 * entry has them. begin: once the chain is judged, before any repository is searched. */
int verify_leftover_begin(struct verify *v, struct err *e);
/* Of one repository of a store, when `seen` is what was judged of it: records of any year. name: "volumes/2024.git". */
int verify_leftover_search(struct verify *v, struct repo *repo, const char *name, struct err *e);
/* The same of one that a disposal under way builds: that it can't be read to its end is an error, and no fault. */
int verify_leftover_search_next(struct verify *v, struct repo *repo, const char *name, struct err *e);
/* Attachments, once all repositories of the store were searched. */
void verify_leftover_judge(struct verify *v);
void verify_leftover_release(struct verify *v);
/* Of a clone, once all its volumes are judged: how many lie there, as a remark. No commit of an entry is read again. */
int verify_leftover_remark(struct verify *v, struct err *e);
/* Of a clone: the years of which refs still lead to such records, as remarks with the command that takes them away. */
void verify_leftover_refs(struct verify *v);

/* verify_beside.c: repositories at the top of a store that are not its own. */
int verify_beside_remark(struct verify *v, struct err *e);

/* verify_late.c: what has no entry in the chain that is judged. In a store that is written to, records come first: they
 * are faults only when no entry follows them. */
void verify_late_add(struct verify *v, const struct verify_late *found);
void verify_late_judge(struct verify *v);

/* verify_note.c: one note, its attachments and its leaf. */
struct verify_attachment {
	uint64_t seq;
	unsigned n;
	struct oid blob;
	bool is_named;
};
struct verify_volume {           /* the volume that is judged */
	struct repo *repo;
	const struct leaf_volume *volume;
	struct verify_attachment *attachments;
	size_t count;
};
/* The leaf of an entry that was judged, so that it can be read. To be released. */
int verify_note_leaf(struct verify *v, uint64_t seq, struct leaf *out, struct err *e);
int verify_note_judge(struct verify *v, struct verify_volume *vol, uint64_t seq, const struct oid *blob, struct err *e);

#endif
