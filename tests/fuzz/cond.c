#include "fuzz.h"
#include "base/mem.h"
#include "model/cond.h"

static int visit(void *ctx, const struct cond_path *path, struct err *e)
{
	size_t *count = ctx;
	(void)path, (void)e;
	++*count;
	return ERR_OK;
}

/* The text that it keeps is the one that it was parsed from, and is parsed again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MEM_CLEANUP char *text = mem_strndup((const char *)data, size);
	struct err e = ERR_INIT;
	struct cond *c, *again;
	struct cond_operand *o;
	size_t paths = 0, paths_again = 0;
	int rc = cond_parse(text, &c, &e);
	if (!rc) {
		fuzz_demand(strcmp(cond_text(c), text) == 0, "the text is kept");
		fuzz_demand(cond_parse(cond_text(c), &again, &e) == ERR_OK, "it is parsed again");
		fuzz_demand(!cond_paths(c, visit, &paths, &e) && !cond_paths(again, visit, &paths_again, &e) &&
		            paths == paths_again, "with the same paths");
		cond_free(again);
		cond_free(c);
	} else {
		fuzz_refused(rc, &e);
	}
	e = (struct err)ERR_INIT;
	if (!cond_operand_parse(text, &o, &e))
		cond_operand_free(o);
	return 0;
}
