#include <stdio.h>

#include "base/hash.h"
#include "base/lang.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/store.h"

static void print_pins(const struct context *c, const char *dir, const struct store_pins *pins)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	char genesis[HASH_TEXT_LEN + 1];
	if (!c->json) {
		store_pins_print(pins, &text);
		output_text(&text);
		fprintf(stderr, "daicho: %s\n%s daichod --store %s\n",
		        _("the store is ready; keep the lines above where auditors take them from, outside of it"), _("next:"),
		        dir);
		return;
	}
	hash_print(&pins->genesis, genesis);
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.init.v1");
	jdoc_set_string(d, "origin", pins->origin);
	jdoc_set_string(d, "genesis", genesis);
	jdoc_set_string(d, "key", pins->fpr);
	jdoc_set_string(d, "archive_key", pins->archive_fpr);
	jdoc_set(d, "recovery_key", *pins->recovery_fpr ? jdoc_string(pins->recovery_fpr) : jdoc_null());
	output_json(d);
	jdoc_free(d);
}

int cmd_init(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct store_options o = { .origin = NULL };
	struct store_pins pins;
	const char *dir = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "origin", &o.origin, NULL }, { "key", &o.key, NULL }, { "recovery-key", &o.recovery_key, NULL },
		{ "rulebook", &o.rulebook, NULL }, { "schemas", &o.schemas, NULL }, { "archive", &o.archive, NULL },
	};
	int rc = options_read("init", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &dir, 1, &n, e);
	if (!rc && !n)
		rc = usage_refuse("init", e, "the folder of the new store is wanted");
	if (!rc)
		rc = store_init(dir, &o, &pins, e);
	if (rc)
		return rc;
	*out_status = 0;
	print_pins(c, dir, &pins);
	return ERR_OK;
}
