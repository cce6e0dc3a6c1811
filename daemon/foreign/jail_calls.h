/* Inside jail: which system calls a profile leaves, by a seccomp filter. */
#ifndef FOREIGN_JAIL_CALLS_H
#define FOREIGN_JAIL_CALLS_H

#include <stdbool.h>

#include "base/err.h"
#include "foreign/jail.h"

#ifdef __has_feature
#define JAIL_HAS_ASAN __has_feature(address_sanitizer)
#else
#define JAIL_HAS_ASAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || JAIL_HAS_ASAN
#define JAIL_IS_SANITIZED 1
#else
#define JAIL_IS_SANITIZED 0
#endif

/* For all threads of the process. *out_offered is false, and nothing is restricted, where the kernel has no seccomp. */
int jail_calls_restrict(enum jail_profile profile, bool *out_offered, struct err *e);

#endif
