#include "fuzz.h"
#include "foreign/jdoc.h"

#define JSON_MAX ((size_t)1 << 20)

/* What is taken is printed in one way, and that is taken again as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf first = BUF_INIT, second = BUF_INIT;
	struct err e = ERR_INIT;
	struct jdoc *d = jdoc_parse((const char *)data, size, JSON_MAX, JDOC_ANY, &e);
	if (!d) {
		fuzz_refused((int)e.code, &e);
		return 0;
	}
	jdoc_print_canonical(d, &first);
	struct jdoc *again = jdoc_parse(first.ptr, first.len, 8 * JSON_MAX, JDOC_ANY, &e);
	fuzz_demand(again && jdoc_is_equal(d, again), "what is printed is taken as the same");
	jdoc_print_canonical(again, &second);
	fuzz_same(&second, first.ptr, first.len);
	e = (struct err)ERR_INIT;
	jdoc_check_clean(d, &e);
	jdoc_free(again);
	jdoc_free(d);
	return 0;
}
