/* Verdicts of verification and the states of single entries: words, exit codes, order of severity. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

enum verdict {                /* exit status of `daicho verify`; 1 is never used */
	VERDICT_VALID = 0,
	VERDICT_UNWITNESSED = 2,  /* valid, but a witness that was asked for is missing */
	VERDICT_INCOMPLETE = 3,   /* nothing wrong in what is here, but something needed is not here */
	VERDICT_INVALID = 4,      /* proof that something was changed, forged, deleted early or lost */
	VERDICT_DIVERGED = 5,     /* not the ledger that was pinned, or two histories */
	VERDICT_NEWER_FORMAT = 6  /* a later Format: judged up to there only */
};

enum verdict_state {          /* of one entry */
	VERDICT_PRESENT, VERDICT_NO_RECORD, VERDICT_DISPOSED, VERDICT_HELD, VERDICT_ABSENT /* bodies were not asked for */,
	VERDICT_MISSING, VERDICT_ALTERED, VERDICT_PREMATURE, VERDICT_OVERDUE, VERDICT_UNSIGNED, VERDICT_WRONG_KEY,
	VERDICT_BROKEN /* chain, leaf or rule */,
	VERDICT_STATE_COUNT
};

const char *verdict_word(enum verdict v);              /* "VALID" */
const char *verdict_meaning(enum verdict v);           /* one sentence */
const char *verdict_state_word(enum verdict_state s);  /* "present" */
enum verdict verdict_of_state(enum verdict_state s);   /* what one entry in this state makes of the whole */
enum verdict verdict_worse(enum verdict a, enum verdict b); /* DIVERGED > INVALID > NEWER_FORMAT > INCOMPLETE > ... */

#endif
