/* Given: files that are named on the command line. Who names one that can't be read is told what is wanted there. */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/lang.h"

#define GIVEN_OUT N_("name a new file in a folder that is there and in which you may write")
#define GIVEN_PIN N_("give the file with what daicho init printed")

/* Of a failure that says no next step yet: `next`, or of a file that may not be read, to let it be read. Returns rc. */
int given_tell(int rc, const char *next, struct err *e);

/* file_read with the same. */
int given_read(const char *path, size_t max, const char *next, struct buf *out, struct err *e);

/* file_write_durable of what is named to be written, with that it has to be in a folder that is there. */
int given_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e);

#endif
