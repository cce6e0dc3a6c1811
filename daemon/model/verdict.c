#include "model/verdict.h"

#include <stddef.h>

#include "base/lang.h"

static const struct {
	const char *word, *meaning;
	int severity;
} verdicts[] = {
	[VERDICT_VALID] = { "VALID", N_("Every entry is signed and in its place, and every record due here is."), 0 },
	[VERDICT_UNWITNESSED] = { "UNWITNESSED",
	                        N_("Nothing is wrong, but for some of it only the ledger, or a key that was stolen, "
	                           "vouches."),
	                        1 },
	[VERDICT_INCOMPLETE] = { "INCOMPLETE",
	                       N_("Nothing is wrong in what is here, but something needed is not here."), 2 },
	[VERDICT_NEWER_FORMAT] = { "NEWER-FORMAT", N_("The ledger goes on in a later Format: judged up to there."), 3 },
	[VERDICT_INVALID] = { "INVALID", N_("Something was changed, forged, deleted early, kept too long or lost."), 4 },
	[VERDICT_DIVERGED] = { "DIVERGED", N_("This is not the ledger that was pinned, or it has two histories."), 5 },
};

static const struct {
	const char *word;
	enum verdict verdict;
} states[VERDICT_STATE_COUNT] = {
	[VERDICT_PRESENT] = { N_("present"), VERDICT_VALID },
	[VERDICT_NO_RECORD] = { N_("no-record"), VERDICT_VALID },
	[VERDICT_DISPOSED] = { N_("disposed"), VERDICT_VALID },
	[VERDICT_HELD] = { N_("held"), VERDICT_VALID },
	[VERDICT_ABSENT] = { N_("absent"), VERDICT_VALID },
	[VERDICT_MISSING] = { "MISSING", VERDICT_INVALID },
	[VERDICT_ALTERED] = { "ALTERED", VERDICT_INVALID },
	[VERDICT_PREMATURE] = { "PREMATURE", VERDICT_INVALID },
	[VERDICT_OVERDUE] = { "OVERDUE", VERDICT_INVALID },
	[VERDICT_UNSIGNED] = { "UNSIGNED", VERDICT_INVALID },
	[VERDICT_WRONG_KEY] = { "WRONG-KEY", VERDICT_INVALID },
	[VERDICT_BROKEN] = { "BROKEN", VERDICT_INVALID },
};

#define VERDICTS ((int)(sizeof verdicts / sizeof *verdicts))

/* An exit status may come from another process: what is no verdict is not taken for a good one. */
static int get_index(enum verdict v)
{
	return (int)v >= 0 && (int)v < VERDICTS && verdicts[v].word ? (int)v : VERDICT_INVALID;
}

static int get_state_index(enum verdict_state s)
{
	return (int)s >= 0 && s < VERDICT_STATE_COUNT ? (int)s : VERDICT_BROKEN;
}

const char *verdict_word(enum verdict v)
{
	return verdicts[get_index(v)].word;
}

const char *verdict_meaning(enum verdict v)
{
	return lang_text(verdicts[get_index(v)].meaning);
}

const char *verdict_state_word(enum verdict_state s)
{
	return states[get_state_index(s)].word;
}

enum verdict verdict_of_state(enum verdict_state s)
{
	return states[get_state_index(s)].verdict;
}

enum verdict verdict_worse(enum verdict a, enum verdict b)
{
	return verdicts[get_index(a)].severity >= verdicts[get_index(b)].severity ? a : b;
}
