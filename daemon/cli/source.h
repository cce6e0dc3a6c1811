/*
 * Source: what is given to be verified, told by its first bytes: a repository or store, a git bundle, one that goes on
 * from commits which it does not hold, an archive, a proof of an entry or of the step from one checkpoint to another,
 * or evidence.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "base/err.h"
#include "base/lang.h"
#include "cli/scratch.h"

enum source_kind {
	SOURCE_FOLDER, SOURCE_BUNDLE, SOURCE_BUNDLE_ON, SOURCE_ARCHIVE, SOURCE_PROOF, SOURCE_STEP, SOURCE_EVIDENCE
};

/* What can be given, as a next step (given_tell). */
#define SOURCE_FORMS N_("give the folder of a store or clone, or a file that git bundle, daicho prove, a disposal or " \
                        "daicho-verify --evidence has made")

/* ERR_NOTFOUND; ERR_SYNTAX: a file that is none of these. */
int source_find(const char *path, enum source_kind *out, struct err *e);

/* A bundle as a bare repository in a scratch folder, with all its refs, by git. The folder is to be removed.
 * ERR_SYNTAX: git does not take it. */
int source_unbundle(const char *path, struct scratch *out, struct err *e);

#endif
