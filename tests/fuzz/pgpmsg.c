#include "fuzz.h"
#include "model/pgpmsg.h"

struct bytes {
	const uint8_t *at;
	size_t len;
};

static int read_part(void *ctx, uint64_t at, void *out, size_t len, struct err *e)
{
	const struct bytes *b = ctx;
	if (at > b->len || len > b->len - at)
		return err_set(e, ERR_SYNTAX, "message: ends too early");
	memcpy(out, b->at + at, len);
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct err e = ERR_INIT;
	struct pgpmsg m;
	int rc = pgpmsg_parse(read_part, &b, size, &m, &e);
	if (rc)
		fuzz_refused(rc, &e);
	else
		fuzz_demand(m.count > 0 && m.count <= PGPMSG_RECIPIENTS_MAX, "somebody can open it");
	return 0;
}
