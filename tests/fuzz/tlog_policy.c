#include "fuzz.h"
#include "model/tlog_policy.h"

static bool never(const uint8_t public_key[TLOG_NOTE_KEY_LEN], const void *message, size_t len,
                  const uint8_t sig[TLOG_NOTE_SIG_LEN])
{
	(void)public_key, (void)message, (void)len, (void)sig;
	return false;
}

/* Nobody's cosignature meets no quorum, unless none is asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_policy *p = NULL;
	struct tlog_policy_finding f;
	const struct tlog_note note = { .text = "x\n", .text_len = 2 };
	int rc = tlog_policy_parse((const char *)data, size, &p, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	tlog_policy_judge(p, &note, 0, INT64_MAX, never, &f);
	fuzz_demand(f.is_met == !tlog_policy_wants_witnesses(p) && f.good == 0, "a quorum is met by cosignatures");
	for (size_t i = 0; i < tlog_policy_logs(p); i++)
		fuzz_demand(tlog_policy_log(p, i)->name[0] != '\0', "a log has a name");
	tlog_policy_free(p);
	return 0;
}
