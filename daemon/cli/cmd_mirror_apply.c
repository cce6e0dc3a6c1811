/* On the machine of a mirror. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/text.h"
#include "cli/cmd_mirror.h"
#include "cli/usage.h"
#include "ledger/mirror.h"

/* "2024-2026" or "2024"; this year and the next without it. */
static int read_years(const char *text, int *out_first, int *out_last, struct err *e)
{
	const char *hyphen = text ? strchr(text, '-') : NULL;
	uint64_t first = 0, last = 0;
	*out_first = date_year_of_time(date_now());
	*out_last = *out_first + 1;
	if (!text)
		return ERR_OK;
	size_t len = hyphen ? (size_t)(hyphen - text) : strlen(text);
	bool ok = text_parse_u64(text, len, DATE_YEAR_MAX, &first) && first >= DATE_YEAR_MIN;
	last = first;
	if (ok && hyphen)
		ok = text_parse_u64(hyphen + 1, strlen(hyphen + 1), DATE_YEAR_MAX, &last) && last >= first;
	*out_first = (int)first;
	*out_last = (int)last;
	return ok ? ERR_OK : usage_refuse("mirror", e, "--years: YEAR or YEAR-YEAR is wanted");
}

int cmd_mirror_prepare(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct mirror_folder m = { .volumes = o->volumes };
	int first, last;
	(void)c;
	if (!o->url || !o->pin)
		return usage_refuse("mirror", e, "prepare: FOLDER, --name NAME and --pin FILE are wanted");
	if (!text_is_name(o->name, strlen(o->name)))
		return usage_refuse("mirror", e, "a name of a-z, 0-9 and hyphens is wanted, beginning with a letter");
	strcpy(m.name, o->name);
	int rc = read_years(o->years, &first, &last, e);
	if (!rc)
		rc = store_pins_read(o->pin, &m.pins, e);
	if (!rc)
		rc = mirror_prepare(o->url, &m, first, last, e);
	*out_status = 0;
	return rc;
}
