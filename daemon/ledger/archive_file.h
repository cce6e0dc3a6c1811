/*
 * Archive file: an archive that somebody hands over, without its store: opened, judged, read and unpacked, offline.
 * What stands in it is not trusted; all but the opening is made to run in a process of its own that may read and
 * write nothing else (cli/apart.h). Nothing is unpacked from an archive that is not whole and right in itself.
 */
#ifndef LEDGER_ARCHIVE_FILE_H
#define LEDGER_ARCHIVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/policy.h"
#include "model/verdict.h"

struct archive_side {                 /* the checksum file of one file, and its signature, as they stand beside it */
	bool has_sum, has_signature;
	struct buf sum, signature;
};

struct archive_file {
	char *path;                   /* as it was named */
	int tar;                      /* -1: it is encrypted, and no secret key for it is at hand */
	int wrapped;                  /* the encrypted file; -1: the plain one was named */
	struct err locked;            /* why tar is -1 */
	struct archive_side of_tar, of_wrapped;
};

/* NAME.tar or NAME.tar.gpg (else ERR_USAGE), no link followed. An encrypted one is decrypted into a file without a name
 * in TMPDIR or /tmp, with a secret key of the user's own, who may be asked for a passphrase; without one it is open all
 * the same. To be closed after success. */
int archive_file_open(const char *path, struct archive_file *out, struct err *e);
void archive_file_close(struct archive_file *f);

/* The judgement as a document (daicho.archive.v1) and its verdict. policy NULL: whose archive it is can't be judged,
 * which is INCOMPLETE at best. Of its checkpoints those count that are of as many entries as the archive's proofs, or
 * come with the step from there; what else they can't tell is a remark. Errors are those of reading; what is wrong with
 * the archive is a finding. */
int archive_file_verify(const struct archive_file *f, const struct policy *policy, struct jdoc **out,
                        enum verdict *out_verdict, struct err *e);

/* What is in it (daicho.archive-list.v1), or the one record (daicho.archive-record.v1; ERR_NOTFOUND). ERR_LEDGER and
 * the like when it is not right; ERR_KEY when it is locked. */
int archive_file_show(const struct archive_file *f, const uint64_t *seq, struct jdoc **out, struct err *e);

/* Writes into the empty folder dir (a descriptor of it) the files of the bag, without the bag's own folder; only
 * those of the records named, with README and keys, when count is not 0 (ERR_NOTFOUND where one is not in it). Files
 * 0600, folders 0700. Document daicho.archive-extract.v1. On failure the caller removes the folder. */
int archive_file_extract(const struct archive_file *f, int dir, const uint64_t *seqs, size_t count, struct jdoc **out,
                         struct err *e);

#endif
