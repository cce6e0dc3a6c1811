/* Members of JSON documents that answers and reports share: digests, ids, times, days, numbers of entries. */
#ifndef LEDGER_MEMBER_H
#define LEDGER_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/oid.h"
#include "foreign/jdoc.h"

void member_oid(struct jdoc *d, const char *name, const struct oid *id);
void member_hash(struct jdoc *d, const char *name, const struct hash *h);             /* "sha256:..." */
void member_time(struct jdoc *d, const char *name, int64_t time);
void member_day(struct jdoc *d, const char *name, struct date day);
void member_day_or_null(struct jdoc *d, const char *name, bool is_known, struct date day);
void member_seq(struct jdoc *d, const char *name, uint64_t seq);                      /* null for 0 */

#endif
