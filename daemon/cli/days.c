#include "cli/days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/era.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/schema_dates.h"

#define MINUTE_LEN 5              /* "10:15" */
#define SECOND_LEN 8

static bool wants_eras(void)
{
	static const char *const names[] = { "LC_ALL", "LC_TIME", "LANG" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return strncmp(value, "ja", 2) == 0;
	}
	return false;
}

static int fetch(struct context *c, struct days *d, struct err *e)
{
	int rc = client_get(c, "/v1/kinds", &d->doc, e);
	if (!rc)
		d->eras = schema_dates_parse_eras(jdoc_get(d->doc, "eras"), &d->count);
	return rc;
}

void days_open(struct context *c, struct days *d)
{
	struct err ignored = ERR_INIT; /* ISO days say the same */
	*d = (struct days)DAYS_INIT;
	if (!c->json && wants_eras())
		fetch(c, d, &ignored);
}

void days_release(struct days *d)
{
	mem_free_ptr(&d->eras);
	jdoc_free(d->doc);
	*d = (struct days)DAYS_INIT;
}

static void add(const struct days *d, const char *text, size_t clock_len, struct buf *out)
{
	size_t len = strlen(text);
	int64_t time;
	struct date day;
	bool has_time = date_time_parse(text, len, &time);
	if (!date_parse(text, has_time ? DATE_LEN : len, &day)) {
		buf_puts(out, text);
		return;
	}
	if (d->count)
		era_print(d->eras, d->count, day, ERA_PLAIN, out);
	else
		buf_add(out, text, DATE_LEN);
	if (has_time) {
		buf_putc(out, ' ');
		buf_add(out, text + DATE_LEN + 1, clock_len);
	}
}

void days_add(const struct days *d, const char *text, struct buf *out)
{
	if (d->count)
		add(d, text, SECOND_LEN, out);
	else
		buf_puts(out, text);
}

void days_add_minute(const struct days *d, const char *text, struct buf *out)
{
	add(d, text, MINUTE_LEN, out);
}

static int show_day(void *ctx, const char *text, size_t len, struct buf *out, struct err *e)
{
	(void)len, (void)e;
	days_add(ctx, text, out);
	return ERR_OK;
}

struct jdoc *days_show(const struct days *d, const struct jdoc *schema, struct jdoc *body)
{
	struct jdoc *shown = NULL, *faults = NULL;
	if (!d->count || !schema || schema_dates_map(schema, body, show_day, (void *)d, &shown, &faults, NULL))
		shown = jdoc_keep(body);
	jdoc_free(faults);
	return shown;
}

int days_answer(struct context *c, const char *path, int deadline_s, days_print_fn *print, struct err *e)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	int rc = client_call(c, path, NULL, deadline_s, &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	if (c->json)
		output_json(d);
	else
		print(&days, d);
	jdoc_free(d);
	return ERR_OK;
}

/* "平成31年6月1日 is 令和元年6月1日" */
static void tell_notice(void *ctx, const char *text, size_t len, struct date day)
{
	const struct days *d = ctx;
	BUF_CLEANUP struct buf written = BUF_INIT, meant = BUF_INIT;
	text_add_safe(&written, text, len, true);
	era_print(d->eras, d->count, day, ERA_PLAIN, &meant);
	fprintf(stderr, _("daicho: %s is %s\n"), buf_str(&written), buf_str(&meant));
}

int days_read(struct context *c, const char *command, const char *option, const char *text, char out[DATE_LEN + 1],
              struct err *e)
{
	DAYS_CLEANUP struct days d = DAYS_INIT;
	struct err why = ERR_INIT;
	struct date day;
	bool notice = false;
	int rc = ERR_OK;
	if (!date_parse(text, strlen(text), &day)) {
		rc = fetch(c, &d, e);
		if (!rc && era_parse(d.eras, d.count, text, strlen(text), &day, &notice, &why))
			return usage_refuse(command, e, "--%s: %s", option, why.text);
	}
	if (rc)
		return rc;
	if (notice)
		tell_notice(&d, text, strlen(text), day);
	date_print(day, out);
	return ERR_OK;
}

int days_read_body(struct context *c, const struct jdoc *kind, struct jdoc **body, struct err *e)
{
	DAYS_CLEANUP struct days d = DAYS_INIT;
	struct jdoc *plain = NULL, *faults = NULL;
	d.eras = schema_dates_parse_eras(jdoc_get(kind, "eras"), &d.count);
	const struct schema_dates_table table = { d.eras, d.count, tell_notice, &d };
	int rc = schema_dates_read(&table, jdoc_get(kind, "schema"), *body, &plain, &faults, e);
	if (rc) {
		jdoc_free(c->faults);
		c->faults = faults;
		return rc;
	}
	jdoc_free(*body);
	*body = plain;
	return ERR_OK;
}
