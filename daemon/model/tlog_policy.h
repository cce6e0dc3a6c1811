/*
 * Trust policy (C2SP tlog-policy): logs, witnesses, groups, and the quorum of witnesses that must have cosigned a
 * checkpoint. URLs are read over; duplicates, unknown names and cycles are refused.
 */
#ifndef MODEL_TLOG_POLICY_H
#define MODEL_TLOG_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/tlog_note.h"

#define TLOG_POLICY_MAX ((size_t)256 << 10)   /* bytes of a file */
#define TLOG_POLICY_LINES_MAX 64               /* logs; witnesses; groups */

struct tlog_policy;

/* ERR_SYNTAX with the line, ERR_TOOBIG. To be freed. */
int tlog_policy_parse(const char *s, size_t len, struct tlog_policy **out, struct err *e);
void tlog_policy_free(struct tlog_policy *p);

size_t tlog_policy_logs(const struct tlog_policy *p);
const struct tlog_note_key *tlog_policy_log(const struct tlog_policy *p, size_t i);
bool tlog_policy_wants_witnesses(const struct tlog_policy *p);            /* false: quorum none */

struct tlog_policy_finding {
	bool is_met;                  /* the quorum, by cosignatures that count, and none is wrong */
	size_t good, wanted;          /* witnesses whose cosignature counts, and all that the policy names */
	size_t outside;               /* right, but not between since and until */
	int64_t oldest, newest;       /* times of those that count; 0 = none */
	const char *bad;              /* name of a witness whose cosignature is wrong, the policy's; NULL = none */
};
/* Who cosigned this note. since: cosignatures from before do not count (0: all do); until: nor those from after
 * (TLOG_NOTE_TIME_MAX: all do). */
void tlog_policy_judge(const struct tlog_policy *p, const struct tlog_note *n, int64_t since, int64_t until,
                       tlog_note_check_fn *check, struct tlog_policy_finding *out);

#endif
