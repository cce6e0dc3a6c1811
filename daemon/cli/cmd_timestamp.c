/* Time stamps of checkpoints by files: the query for an authority, and what its reply says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/point.h"
#include "cli/usage.h"
#include "ledger/timestamp.h"

#define DEADLINE_S 60

struct asked {
	const char *file, *out, *reply, *ca, *crl, *query;
};

static int query(struct context *c, const struct asked *a, struct err *e)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, der = BUF_INIT;
	(void)c;
	if (!a->out)
		return usage_refuse("timestamp", e, "query: --out FILE is wanted");
	if (file_exists(a->out)) {
		err_set(e, ERR_USAGE, "--out: the file exists");
		return err_next(e, "name a new file");
	}
	int rc = given_read(a->file, TSA_FILE_MAX, POINT_NEXT, &checkpoint, e);
	if (!rc)
		rc = given_tell(timestamp_query(&checkpoint, &der, e), POINT_NEXT, e);
	if (!rc)
		rc = given_write(a->out, der.ptr, der.len, 0644, e);
	if (!rc)
		fprintf(stderr, _("daicho: give %s to the authority, as application/timestamp-query; then: "
		                  "daicho timestamp verify CHECKPOINT --reply FILE --ca FILE --query FILE\n"), a->out);
	return rc;
}

struct files {
	struct buf checkpoint, reply, ca, crl, query;
	bool has_crl, has_query;
};

static void release_files(struct files *f)
{
	buf_release(&f->checkpoint);
	buf_release(&f->reply);
	buf_release(&f->ca);
	buf_release(&f->crl);
	buf_release(&f->query);
}

static int read_files(const struct asked *a, struct files *f, struct err *e)
{
	int rc = given_read(a->file, TSA_FILE_MAX, POINT_NEXT, &f->checkpoint, e);
	if (!rc)
		rc = given_read(a->reply, TSA_FILE_MAX, "--reply: give the file that the authority answered with",
		                &f->reply, e);
	if (!rc)
		rc = given_read(a->ca, TSA_CA_MAX, "--ca: give the authority's certificates, in PEM", &f->ca, e);
	f->has_crl = a->crl != NULL;
	f->has_query = a->query != NULL;
	if (!rc && a->crl)
		rc = given_read(a->crl, TSA_CRL_MAX, "--crl: give the revocation lists, in PEM", &f->crl, e);
	return rc || !a->query ? rc
		: given_read(a->query, TSA_FILE_MAX, "--query: give the file that daicho timestamp query wrote", &f->query, e);
}

static int check_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct files *f = ctx;
	const struct tsa_trust trust = { &f->ca, f->has_crl ? &f->crl : NULL, date_now() };
	struct timestamp t;
	int rc = timestamp_check(&f->checkpoint, &f->reply, &trust, f->has_query ? &f->query : NULL, &t, e);
	*out_status = 0;
	if (!rc)
		*out = timestamp_say(&t);
	return rc;
}

static void print_stamp(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	const char *time = jdoc_get_text(d, "time"), *tsa = jdoc_get_text(d, "tsa"), *serial = jdoc_get_text(d, "serial");
	const char *as_of = jdoc_get_text(d, "revocation_as_of");
	int64_t size = 0, later = 0;
	jdoc_get_integer(d, "size", &size);
	jdoc_get_integer(d, "later", &later);
	buf_printf(&line, _("not later than %s"), time ? time : "-");
	output_row(&out, _("was there"), buf_str(&line));
	buf_clear(&line);
	output_row(&out, _("checkpoint"), output_entries(size).text);
	output_row(&out, _("stamped by"), tsa ? tsa : "-");
	output_row(&out, _("serial"), serial ? serial : "-");
	output_row(&out, _("revocation"), as_of ? as_of : _("was not asked (--crl FILE)"));
	if (later) {
		buf_clear(&line);
		buf_printf(&line, later == 1 ? _("%" PRId64 " signature of the file came later: it says nothing of it")
		                             : _("%" PRId64 " signatures of the file came later: it says nothing of them"),
		           later);
		output_row(&out, _("remark"), buf_str(&line));
	}
	output_text(&out);
}

static int verify(struct context *c, const struct asked *a, struct err *e)
{
	struct files f = { .has_query = false };
	struct jdoc *d = NULL;
	int status = 0;
	if (!a->reply || !a->ca)
		return usage_refuse("timestamp", e, "verify: --reply FILE and --ca FILE are wanted");
	int rc = read_files(a, &f, e);
	if (!rc)
		rc = given_tell(apart_run("timestamp", DEADLINE_S, check_apart, &f, &d, &status, e),
		                "give the checkpoint that was stamped, the reply in DER, and certificates and lists in PEM", e);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		print_stamp(d);
	jdoc_free(d);
	release_files(&f);
	return rc;
}

int cmd_timestamp(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .file = NULL };
	const char *args[2] = { NULL };
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "out", &a.out, NULL }, { "reply", &a.reply, NULL }, { "ca", &a.ca, NULL },
		{ "crl", &a.crl, NULL }, { "query", &a.query, NULL },
	};
	int rc = options_read("timestamp", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, args, 2, &n, e);
	*out_status = 0;
	if (rc)
		return rc;
	a.file = args[1];
	if (n == 2 && strcmp(args[0], "query") == 0)
		return query(c, &a, e);
	if (n == 2 && strcmp(args[0], "verify") == 0)
		return verify(c, &a, e);
	return usage_refuse("timestamp", e, "query CHECKPOINT or verify CHECKPOINT is wanted");
}
