/* Given: files that are named on the command line. Who names one that can't be read is told what is wanted there. */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/lang.h"

#define GIVEN_PIN N_("give the file with what daicho init printed")

/* Of a failure that says no next step yet: `next`, or of a file that may not be read, to let it be read. Returns rc. */
int given_tell(int rc, const char *next, struct err *e);

/* file_read with the same. */
int given_read(const char *path, size_t max, const char *next, struct buf *out, struct err *e);

#endif
