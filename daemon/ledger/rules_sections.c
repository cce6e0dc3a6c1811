#include "ledger/rules_sections.h"

#include <string.h>

#include "foreign/inifile.h"
#include "ledger/rules_impl.h"

static struct jdoc *find_keys(struct jdoc *list, const char *section)
{
	for (size_t i = jdoc_size(list); i-- > 0;)
		if (strcmp(jdoc_get_text(jdoc_at(list, i), "section"), section) == 0)
			return jdoc_get(jdoc_at(list, i), "keys");
	return NULL;
}

static int take_triple(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct jdoc *list = ctx, *keys = find_keys(list, section);
	(void)e;
	if (!keys) {
		struct jdoc *d = jdoc_object();
		keys = jdoc_object();
		jdoc_set_string(d, "section", section);
		jdoc_set(d, "keys", keys);
		jdoc_append(list, d);
	}
	jdoc_set_string(keys, key, value);
	return ERR_OK;
}

int rules_sections(const struct rules *r, struct jdoc **out, struct err *e)
{
	struct jdoc *list = jdoc_array();
	const struct rules_file *f = rules_file(r, RULES_BOOK);
	int rc = f ? inifile_parse(f->bytes, f->len, RULES_BOOK, take_triple, list, e)
	           : err_set(e, ERR_CONFIG, "%s: missing", RULES_BOOK);
	if (rc)
		jdoc_free(list);
	else
		*out = list;
	return rc;
}
