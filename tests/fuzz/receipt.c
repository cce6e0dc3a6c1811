#include "fuzz.h"
#include "ledger/receipt.h"

#define BODY_MAX ((size_t)1 << 20)

/* The body of a receipt: what is taken of it makes a body that is taken as the same. */
static void demand_same(const struct receipt *r)
{
	struct err e = ERR_INIT;
	struct receipt again;
	struct jdoc *body = receipt_body(&r->checkpoint, r->stamp.len ? &r->stamp : NULL);
	fuzz_demand(receipt_parse(body, NULL, &again, &e) == ERR_OK, "what was parsed can be printed");
	struct hash one = receipt_digest(r), other = receipt_digest(&again);
	fuzz_demand(hash_is_equal(&one, &other) && r->time == again.time, "what is printed is taken as the same");
	receipt_release(&again);
	jdoc_free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct receipt r;
	struct jdoc *body = jdoc_parse((const char *)data, size, BODY_MAX, JDOC_ANY, &e);
	int rc = body ? receipt_parse(body, NULL, &r, &e) : (int)e.code;
	if (rc) {
		fuzz_refused(rc, &e);
	} else {
		demand_same(&r);
		receipt_release(&r);
	}
	jdoc_free(body);
	return 0;
}
