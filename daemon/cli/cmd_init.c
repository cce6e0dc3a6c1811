#include <stdio.h>

#include "base/hash.h"
#include "base/lang.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/founding.h"

static void print_first(const struct founding *first)
{
	if (!first->made)
		return;
	fprintf(stderr, _("daicho: entry %llu appoints login %s as %s in unit %s; who else acts is appointed by records, "
	                  "the next by this login:\n"
	                  "        daicho add %s --unit UNIT ... (its fields: daicho kinds %s)\n"),
	        (unsigned long long)first->seq, first->login, first->role, first->appointed_unit, first->kind, first->kind);
}

static struct jdoc *say_first(const struct founding *first)
{
	if (!first->made)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "seq", (int64_t)first->seq);
	jdoc_set_string(d, "kind", first->kind);
	jdoc_set_string(d, "login", first->login);
	jdoc_set_string(d, "role", first->role);
	jdoc_set_string(d, "unit", first->appointed_unit);
	return d;
}

static void print_made(const struct context *c, const char *dir, const struct store_pins *pins,
                       const struct founding *first)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	char genesis[HASH_TEXT_LEN + 1];
	if (!c->json) {
		store_pins_print(pins, &text);
		output_text(&text);
		fprintf(stderr, "daicho: %s\n",
		        _("the store is ready; keep the lines above where auditors take them from, outside of it"));
		print_first(first);
		fprintf(stderr, "%s daichod --store %s\n", _("next:"), dir);
		return;
	}
	hash_print(&pins->genesis, genesis);
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.init.v1");
	jdoc_set_string(d, "origin", pins->origin);
	jdoc_set_string(d, "genesis", genesis);
	jdoc_set_string(d, "key", pins->fpr);
	jdoc_set_string(d, "archive_key", pins->archive_fpr);
	jdoc_set(d, "checkpoint", *pins->checkpoint ? jdoc_string(pins->checkpoint) : jdoc_null());
	jdoc_set(d, "recovery_key", *pins->recovery_fpr ? jdoc_string(pins->recovery_fpr) : jdoc_null());
	jdoc_set(d, "appointment", say_first(first));
	output_json(d);
	jdoc_free(d);
}

int cmd_init(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct store_options o = { .origin = NULL };
	struct store_pins pins;
	struct founding first = { .appoint = NULL };
	const char *dir = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "origin", &o.origin, NULL }, { "key", &o.key, NULL }, { "passphrase", &o.passphrase, NULL },
		{ "recovery-key", &o.recovery_key, NULL },
		{ "rulebook", &o.rulebook, NULL }, { "schemas", &o.schemas, NULL }, { "archive", &o.archive, NULL },
		{ "appoint", &first.appoint, NULL }, { "appoint-unit", &first.unit, NULL },
	};
	int rc = options_read("init", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &dir, 1, &n, e);
	if (!rc && !n)
		rc = usage_refuse("init", e, "the folder of the new store is wanted");
	if (!rc)
		rc = founding_make(dir, &o, &first, &pins, e);
	if (rc)
		return rc;
	*out_status = 0;
	print_made(c, dir, &pins, &first);
	return ERR_OK;
}
