/* Random bytes from the kernel. Ends the process if there are none. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t len);

#endif
