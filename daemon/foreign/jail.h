/*
 * Jails for roles: seccomp filters by libseccomp (default: EPERM, logged by the kernel where it does), Landlock where
 * the kernel has it, no new privileges, no core dumps, limits. What a kernel lacks is reported, not fatal.
 */
#ifndef FOREIGN_JAIL_H
#define FOREIGN_JAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum jail_profile {
	JAIL_FRONT,      /* sockets already open, threads, memory; no files, no new sockets, no processes */
	JAIL_VERIFIER,   /* files read-only below the roots; may run gpg; no network but unix */
	JAIL_WITNESS     /* as JAIL_FRONT, with files below the roots */
};

struct jail {
	enum jail_profile profile;
	const char *const *read_roots;   /* NULL-terminated; Landlock */
	const char *const *write_roots;  /* NULL-terminated */
	uint64_t memory_max;             /* RLIMIT_AS bytes; 0 = none */
	unsigned cpu_s;                  /* RLIMIT_CPU; 0 = none */
};

/* Enters it for good. out_missing (may be NULL, 128 bytes) tells what the kernel did not offer, "" if nothing. */
int jail_enter(const struct jail *j, char *out_missing, struct err *e);

#endif
