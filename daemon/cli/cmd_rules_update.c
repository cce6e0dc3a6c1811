#include <inttypes.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/random.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "cli/usage.h"
#include "ledger/amend.h"
#include "ledger/store.h"

#define DEADLINE_S 120

static struct jdoc *print_files(const struct rules *r)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < r->count; i++) {
		struct jdoc *d = jdoc_object();
		MEM_CLEANUP char *data = mem_alloc(hash_base64_encoded_len(r->files[i].len) + 1);
		hash_base64_encode(r->files[i].bytes, r->files[i].len, data);
		jdoc_set_string(d, "path", r->files[i].path);
		jdoc_set_string(d, "data", data);
		jdoc_append(list, d);
	}
	return list;
}

/* What the keeper will build from the request, so that the signature is over the same bytes. */
static int sign(struct context *c, const char *fpr, const struct rules *fresh, struct jdoc *request, struct err *e)
{
	struct jdoc *kinds = NULL;
	uint8_t id[NOTE_REQUEST_LEN];
	struct note note;
	int rc = client_get(c, "/v1/kinds", &kinds, e);
	if (rc)
		return rc;
	const char *office = jdoc_get_text(kinds, "office");
	random_bytes(id, sizeof id);
	rc = amend_note(fresh, office ? office : "", id, date_of_time(date_now()), &note, e);
	if (!rc) {
		rc = statement_sign(c, fpr, &note, request, e);
		note_release(&note);
	}
	jdoc_free(kinds);
	return rc;
}

static void print_done(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *remarks = jdoc_get(d, "remarks");
	const char *id = jdoc_get_text(d, "id"), *commit = jdoc_get_text(d, "commit");
	int64_t seq = 0;
	jdoc_get_integer(d, "seq", &seq);
	buf_printf(&out, _("rules: %s is in force from entry %" PRId64 " on %s\n"), id ? id : "", seq,
	           commit ? commit : "");
	for (size_t i = 0; i < jdoc_size(remarks); i++)
		output_row(&out, _("note"), jdoc_text(jdoc_at(remarks, i)));
	output_text(&out);
}

static int send(struct context *c, const char *fpr, const struct rules *fresh, struct jdoc **out, struct err *e)
{
	struct jdoc *request = jdoc_object();
	jdoc_set(request, "files", print_files(fresh));
	int rc = fpr ? sign(c, fpr, fresh, request, e) : ERR_OK;
	if (!rc)
		rc = client_call(c, "/v1/rules", request, DEADLINE_S, out, e);
	jdoc_free(request);
	return rc;
}

int cmd_rules_update(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *folder = NULL, *schemas = NULL, *fpr = NULL;
	struct rules *fresh = NULL;
	struct jdoc *d = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "schemas", &schemas, NULL }, { "sign", &fpr, NULL } };
	int rc = options_read("rules", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &folder, 1, &n, e);
	if (!rc && !n)
		rc = usage_refuse("rules", e, "update: the folder of a rule book is wanted");
	if (rc)
		return rc;
	MEM_CLEANUP char *shared = schemas ? mem_strdup(schemas) : store_share_path("schemas");
	rc = rules_read_folder(folder, shared, &fresh, e);
	if (!rc)
		rc = send(c, fpr, fresh, &d, e);
	rules_free(fresh);
	if (rc)
		return rc;
	if (c->json)
		output_json(d);
	else
		print_done(d);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
