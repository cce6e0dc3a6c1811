#include "witness/judge.h"

#include "foreign/ed25519.h"
#include "model/merkle.h"

static const struct {
	unsigned http;
	enum err_code code;
} answers[JUDGE_COUNT] = {
	[JUDGE_COSIGN] = { 200, ERR_OK },           [JUDGE_MALFORMED] = { 400, ERR_SYNTAX },
	[JUDGE_UNKNOWN] = { 404, ERR_NOTFOUND },    [JUDGE_UNSIGNED] = { 403, ERR_PERM },
	[JUDGE_STALE] = { 409, ERR_CONFLICT },      [JUDGE_CONTRADICTION] = { 409, ERR_LEDGER },
	[JUDGE_UNPROVEN] = { 422, ERR_RULE },       [JUDGE_SUPERFLUOUS] = { 422, ERR_RULE },
};

/* Signatures of others are ignored, and a wrong one of a key that is known refuses the whole. */
static bool is_signed(const struct judge_log *l, const struct tlog_note *n)
{
	bool good = false;
	for (size_t i = 0; i < l->keys_count; i++) {
		enum tlog_note_finding found = tlog_note_find(n, &l->keys[i], ed25519_is_valid, NULL);
		if (found == TLOG_NOTE_BAD)
			return false;
		good = good || found == TLOG_NOTE_GOOD;
	}
	return good;
}

enum judge_finding judge_checkpoint(const struct judge_log *l, const struct tlog_checkpoint_request *q,
                                    const struct tlog_note *n, const struct tlog_checkpoint *c)
{
	struct hash root = l->size ? l->root : hash_of("", 0);
	if (!is_signed(l, n))
		return JUDGE_UNSIGNED;
	if (q->old > c->size)
		return JUDGE_MALFORMED;
	if (c->size == l->size && !hash_is_equal(&c->root, &root))
		return JUDGE_CONTRADICTION; /* whatever its old size and proof: it convicts by itself */
	if (q->old != l->size)
		return JUDGE_STALE;
	if (q->proof_count && (q->old == 0 || q->old == c->size))
		return JUDGE_SUPERFLUOUS;   /* whoever adds that shows nothing against the log */
	return merkle_check_consistency(q->old, c->size, &root, &c->root, q->proof, q->proof_count) ? JUDGE_COSIGN
	                                                                                             : JUDGE_UNPROVEN;
}

unsigned judge_http(enum judge_finding f)
{
	return answers[f].http;
}

enum err_code judge_code(enum judge_finding f)
{
	return answers[f].code;
}
