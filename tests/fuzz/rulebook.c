#include "fuzz.h"
#include "foreign/inifile.h"
#include "model/rulebook.h"

static int set(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	return rulebook_set(ctx, section, key, value, e);
}

/* directive.ini: lines, sections, values of all keys, and what they lead to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rulebook *book = rulebook_new();
	struct err e = ERR_INIT;
	int rc = inifile_parse((const char *)data, size, "directive.ini", set, book, &e);
	if (!rc)
		rc = rulebook_finish(book, &e);
	if (rc)
		fuzz_refused(rc, &e);
	rulebook_free(book);
	return 0;
}
