/* Asks the file system to give its free blocks back to the disk. */
#ifndef BASE_FILE_TRIM_H
#define BASE_FILE_TRIM_H

#include "base/err.h"

/* All free blocks of the file system that holds dir, those freed up to now among them. An error when the file system
 * or the disk can't, or the process may not (CAP_SYS_ADMIN). */
int file_trim(const char *dir, struct err *e);

#endif
