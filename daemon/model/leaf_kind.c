#include "model/leaf_kind.h"

#include <string.h>

#include "base/lang.h"

#define LINE(line) LEAF_KIND_LINE(LEAF_LINE_##line)
#define TARGET(type) (1u << LEAF_ON_##type)
#define TARGET_ANY (TARGET(ENTRY) | TARGET(ENTRIES) | TARGET(MATTER) | TARGET(VOLUME))

/* In every entry but the first, which has no predecessor to name. */
#define FIRST (LINE(ORIGIN) | LINE(SEQ) | LINE(TIME) | LINE(RULES) | LINE(ROOT))
#define ALL (FIRST | LINE(GENESIS) | LINE(PREV))
#define NOTE (LINE(VOLUME) | LINE(RECORD))
/* An act of the office may be by named people, with a note of its own. */
#define ACT (NOTE | LINE(BY))

const char *const leaf_kind_line_names[LEAF_LINE_COUNT] = {
	"Origin", "Format", "After", "Genesis", "Seq", "Time", "Volume", "Record", "Opens", "Closes", "Within", "Under",
	"Concerns", "Corrects", "Voids", "By", "On", "Until", "Basis", "Ends", "Due", "Except", "Archive", "Wrapped",
	"Level", "Remains", "Class", "Key", "Copy", "Term", "Carried", "Counts", "Witness", "Rules", "Root", "Prev",
};

static const struct kind {
	const char *name;
	uint64_t must, may;      /* beyond ALL, and ACT for administrative kinds */
	unsigned targets;        /* types that On may have */
	size_t on_max;           /* 0 = as many as a list may have */
	size_t by_min;
} kinds[LEAF_KIND_COUNT] = {
	[LEAF_RECORD] = { "", NOTE, LINE(OPENS) | LINE(CLOSES) | LINE(WITHIN) | LINE(UNDER) | LINE(CONCERNS) |
	                  LINE(CORRECTS) | LINE(VOIDS) | LINE(BY), 0, 0, 0 },
	[LEAF_GENESIS] = { "genesis", LINE(FORMAT) | LINE(KEY), LINE(AFTER), 0, 0, 0 },
	[LEAF_FORMAT_KIND] = { "format", LINE(FORMAT), ACT, 0, 0, 0 },
	[LEAF_RULES] = { "rules", 0, ACT, 0, 0, 0 },
	[LEAF_KEY] = { "key", LINE(KEY), ACT, 0, 0, 0 },
	[LEAF_CARRY] = { "carry", 0, ACT | LINE(ON) | LINE(CARRIED), TARGET(VOLUME), 0, 0 },
	[LEAF_HOLD] = { "hold", LINE(ON) | LINE(BASIS) | LINE(BY), ACT | LINE(UNTIL), TARGET_ANY, 0, 1 },
	[LEAF_RELEASE] = { "release", LINE(ENDS) | LINE(BY), ACT, 0, 0, 2 },
	[LEAF_EXTEND] = { "extend", LINE(ON) | LINE(UNTIL) | LINE(BY), ACT | LINE(BASIS), TARGET_ANY, 0, 1 },
	[LEAF_PROPOSE] = { "propose", NOTE | LINE(DUE) | LINE(BY), ACT | LINE(EXCEPT), 0, 0, 1 },
	[LEAF_APPROVE] = { "approve", NOTE | LINE(ON) | LINE(BY), ACT, TARGET(ENTRY), 1, 1 },
	[LEAF_ABORT] = { "abort", NOTE | LINE(ON) | LINE(BY), ACT, TARGET(ENTRY), 1, 1 },
	[LEAF_DISPOSE] = { "dispose", LINE(ON) | LINE(DUE) | LINE(BY), ACT | LINE(EXCEPT) | LINE(ARCHIVE) |
	                   LINE(WRAPPED) | LINE(UNTIL) | LINE(REMAINS) | LINE(WITNESS), TARGET(ENTRY), 1, 2 },
	[LEAF_DISPOSED] = { "disposed", LINE(ON) | LINE(LEVEL), ACT | LINE(REMAINS), TARGET(ENTRY), 1, 0 },
	[LEAF_TRANSFER] = { "transfer", NOTE | LINE(ON) | LINE(ARCHIVE) | LINE(BY), ACT, TARGET(ENTRY), 1, 1 },
	[LEAF_CLASSIFY] = { "classify", LINE(CLASS) | LINE(BY), ACT, 0, 0, 2 },
	[LEAF_CLOCK] = { "clock", LINE(ON) | LINE(COUNTS) | LINE(BY), ACT, TARGET(ENTRY) | TARGET(ENTRIES), 1, 2 },
	[LEAF_CORRECT_LOSS] = { "correct-loss", LINE(ON) | LINE(BY), ACT, TARGET_ANY, 0, 1 },
	[LEAF_ACK] = { "ack", LINE(COPY), ACT | LINE(ON) | LINE(UNTIL), TARGET_ANY, 0, 0 },
	[LEAF_TERM] = { "term", LINE(TERM), ACT, 0, 0, 0 },
	[LEAF_HEARTBEAT] = { "heartbeat", 0, 0, 0, 0, 0 },
	[LEAF_VOID] = { "void", NOTE | LINE(VOIDS) | LINE(BY), ACT, 0, 0, 1 },
	[LEAF_DESTROYED] = { "destroyed", NOTE | LINE(ON) | LINE(LEVEL) | LINE(BY), ACT, TARGET(ENTRY), 1, 2 },
};

enum leaf_kind leaf_kind_of(const char *name)
{
	for (int k = LEAF_RECORD + 1; k < LEAF_KIND_COUNT; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return (enum leaf_kind)k;
	return LEAF_RECORD;
}

const char *leaf_kind_name(enum leaf_kind kind)
{
	return (int)kind >= 0 && kind < LEAF_KIND_COUNT ? kinds[kind].name : "";
}

uint64_t leaf_kind_must(enum leaf_kind kind)
{
	return kinds[kind].must | (kind == LEAF_GENESIS ? FIRST : ALL);
}

uint64_t leaf_kind_may(enum leaf_kind kind)
{
	return leaf_kind_must(kind) | kinds[kind].may;
}

static int refuse(const struct leaf *l, enum leaf_line line, const unsigned at[LEAF_LINE_COUNT], const char *expected,
                  struct err *e)
{
	return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): %s in kind %s", at[line], leaf_kind_line_names[line],
	               lang_text(expected), l->kind_name);
}

static int check_note(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	if ((seen & NOTE) == LINE(VOLUME))
		return refuse(l, LEAF_LINE_VOLUME, at, "expected Record after it", e);
	if ((seen & NOTE) == LINE(RECORD))
		return refuse(l, LEAF_LINE_RECORD, at, "expected Volume before it", e);
	return ERR_OK;
}

/* What is said of an archive wants one. */
static int check_archive(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	if (seen & LINE(ARCHIVE))
		return ERR_OK;
	if (seen & LINE(WRAPPED))
		return refuse(l, LEAF_LINE_WRAPPED, at, "expected Archive before it", e);
	if (l->kind == LEAF_DISPOSE && seen & LINE(UNTIL))
		return refuse(l, LEAF_LINE_UNTIL, at, "the end of an archive, and there is none,", e);
	return ERR_OK;
}

/* The record of a certificate is the receipt whose digest it names. */
static int check_witness(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	if (l->kind != LEAF_DISPOSE || !(seen & LINE(WITNESS)) == !(seen & LINE(RECORD)))
		return ERR_OK;
	return seen & LINE(WITNESS) ? refuse(l, LEAF_LINE_WITNESS, at, "expected Volume and Record before it", e)
	                            : refuse(l, LEAF_LINE_RECORD, at, "expected Witness below it", e);
}

static int check_people(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	(void)seen;
	if (l->by.count < kinds[l->kind].by_min)
		return refuse(l, LEAF_LINE_BY, at, "expected two people, each by the entry of an appointment,", e);
	return ERR_OK;
}

static int check_targets(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	const struct kind *k = &kinds[l->kind];
	if (k->on_max && l->on_count > k->on_max)
		return refuse(l, LEAF_LINE_ON, at, "expected once", e);
	for (size_t i = 0; i < l->on_count; i++)
		if (!(k->targets & 1u << l->on[i].type))
			return refuse(l, LEAF_LINE_ON, at, "a target of another type than expected", e);
	if (l->kind == LEAF_CARRY && !(seen & (LINE(ON) | LINE(CARRIED))))
		return err_set(e, ERR_SYNTAX, "leaf: line 1 (summary): expected On or Carried below it in kind carry");
	return ERR_OK;
}

/* A key has one use, so one leaf says one thing of a key. */
static int check_keys(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	(void)seen;
	for (size_t i = 0; i < l->keys_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(l->keys[i].fpr, l->keys[j].fpr) == 0)
				return refuse(l, LEAF_LINE_KEY, at, "expected each key once", e);
	if (l->kind != LEAF_GENESIS)
		return ERR_OK;
	unsigned uses[LEAF_USE_RECOVERY + 1] = { 0 };
	bool is_added = true;
	for (size_t i = 0; i < l->keys_count; i++) {
		is_added = is_added && l->keys[i].action == LEAF_KEY_ADD;
		uses[l->keys[i].use]++;
	}
	if (!is_added || uses[LEAF_USE_ENTRY] != 1 || uses[LEAF_USE_ARCHIVE] != 1 ||
	    uses[LEAF_USE_CHECKPOINT] > 1 || uses[LEAF_USE_RECOVERY] > 1)
		return refuse(l, LEAF_LINE_KEY, at, "expected add entry, add archive, and of add checkpoint and add "
		              "recovery at most one each", e);
	return ERR_OK;
}

static int (*const checks[])(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e) = {
	check_note, check_archive, check_witness, check_people, check_targets, check_keys,
};

int leaf_kind_check(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof checks / sizeof *checks; i++)
		rc = checks[i](l, seen, at, e);
	return rc;
}
