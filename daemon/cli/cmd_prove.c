/* What is proved from the entries themselves, of a store or a clone, in a process that may die: proofs of one entry,
 * of the consistency of two checkpoints, and the log as files. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/point.h"
#include "cli/usage.h"
#include "foreign/repo.h"
#include "ledger/proof.h"
#include "ledger/store.h"

#define DEADLINE_S 3600

struct task {
	const char *store;
	const struct buf *note;            /* the checkpoint */
	uint64_t seq;
	bool with_record;
	const struct buf *old;             /* consistency: the older one; NULL: its size says which */
	uint64_t old_size;
	const char *folder;                /* export */
};

static int open_log(const struct task *t, struct proof_log **out, struct err *e)
{
	int rc = repo_library_init(e);
	return rc ? rc : proof_log_read(t->store, out, e);
}

/* The report: what was made, and the text of it. */
static struct jdoc *report(const struct tlog_checkpoint *point, const struct buf *text)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "origin", point->origin);
	jdoc_set_integer(d, "size", (int64_t)point->size);
	jdoc_set(d, "text", jdoc_string_n(buf_str(text), text->len));
	return d;
}

static int prove_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	BUF_CLEANUP struct buf record = BUF_INIT, proof = BUF_INIT;
	struct tlog_checkpoint point;
	struct proof_log *l;
	int rc = open_log(t, &l, e);
	*out_status = 0;
	if (rc)
		return rc;
	if (t->with_record)
		rc = proof_record(l, t->seq, &record, e);
	if (!rc)
		rc = proof_log_fits(l, buf_str(t->note), t->note->len, &point, e);
	if (!rc)
		rc = proof_make(l, t->seq, buf_str(t->note), t->note->len, t->with_record ? &record : NULL, &proof, e);
	if (!rc)
		*out = report(&point, &proof);
	proof_log_free(l);
	return rc;
}

static int step_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct tlog_checkpoint_request q;
	struct tlog_checkpoint old = { .size = t->old_size }, point;
	struct proof_log *l;
	int rc = open_log(t, &l, e);
	*out_status = 0;
	if (rc)
		return rc;
	if (t->old)
		rc = proof_log_fits(l, buf_str(t->old), t->old->len, &old, e);
	if (!rc)
		rc = proof_log_fits(l, buf_str(t->note), t->note->len, &point, e);
	if (!rc)
		rc = proof_consistency(l, old.size, point.size, &q, e);
	if (!rc) {
		q.note = buf_str(t->note);
		q.note_len = t->note->len;
		tlog_checkpoint_request_print(&q, &text);
		*out = report(&point, &text);
		jdoc_set_integer(*out, "old", (int64_t)old.size);
	}
	proof_log_free(l);
	return rc;
}

static int export_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	BUF_CLEANUP struct buf nothing = BUF_INIT;
	struct tlog_checkpoint point;
	struct proof_log *l;
	int rc = open_log(t, &l, e);
	*out_status = 0;
	if (rc)
		return rc;
	rc = proof_log_fits(l, buf_str(t->note), t->note->len, &point, e);
	if (!rc)
		rc = proof_export(l, buf_str(t->note), t->note->len, t->folder, e);
	if (!rc)
		*out = report(&point, &nothing);
	proof_log_free(l);
	return rc;
}

static int check_store(struct context *c, const char *command, struct err *e)
{
	return c->store ? ERR_OK : usage_refuse(command, e, "the store or a clone is wanted (--store)");
}

/* Runs it, and puts what was made where it belongs. */
static int make(struct context *c, const char *command, apart_fn *fn, struct task *t, const char *format,
                const char *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct jdoc *made = NULL;
	int status = 0, rc = point_tell(apart_run(command, DEADLINE_S, fn, t, &made, &status, e), e);
	if (rc)
		return rc;
	const struct jdoc *member = jdoc_get(made, "text");
	buf_add(&text, jdoc_text(member), jdoc_text_len(member));
	jdoc_set(made, "text", jdoc_null());
	jdoc_set_string(made, "format", format);
	return point_put(c, "text", &text, out, made, e);
}

int cmd_prove(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	const char *number = NULL, *out = NULL, *point = NULL;
	struct task t = { .note = &note };
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "with-record", NULL, &t.with_record }, { "checkpoint", &point, NULL }, { "out", &out, NULL },
	};
	int rc = options_read("prove", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &number, 1, &n, e);
	*out_status = 0;
	if (!rc && (!number || !text_parse_u64(number, strlen(number), LEAF_SEQ_MAX, &t.seq)))
		rc = usage_refuse("prove", e, "the number of an entry is wanted");
	if (!rc)
		rc = check_store(c, "prove", e);
	if (!rc)
		rc = point_check_out(out, e);
	if (!rc)
		rc = point_get(c, point, &note, e);
	t.store = c->store;
	return rc ? rc : make(c, "prove", prove_apart, &t, "daicho.prove.v1", out, e);
}

int cmd_consistency(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf note = BUF_INIT, old = BUF_INIT;
	const char *files[2] = { NULL, NULL }, *out = NULL;
	struct task t = { .note = &note };
	size_t n = 0;
	const struct options_spec specs[] = { { "out", &out, NULL } };
	int rc = options_read("consistency", argc, argv, specs, 1, NULL, NULL, files, 2, &n, e);
	*out_status = 0;
	if (!rc && !files[0])
		rc = usage_refuse("consistency", e, "the older checkpoint is wanted: its file, or its number of entries");
	if (!rc)
		rc = check_store(c, "consistency", e);
	if (!rc)
		rc = point_check_out(out, e);
	if (!rc && !text_parse_u64(files[0], strlen(files[0]), LEAF_SEQ_MAX, &t.old_size)) {
		t.old = &old;
		rc = point_get(c, files[0], &old, e);
	}
	if (!rc)
		rc = point_get(c, files[1], &note, e);
	t.store = c->store;
	return rc ? rc : make(c, "consistency", step_apart, &t, "daicho.consistency.v1", out, e);
}

static int check_folder(struct context *c, const char *folder, struct err *e)
{
	const char *const sources[] = { c->store };
	return store_apart(folder, sources, 1, e);
}

static int run_export(struct context *c, struct task *t, struct err *e)
{
	struct jdoc *made = NULL;
	int64_t size = 0;
	int status = 0, rc = point_tell(apart_run("export", DEADLINE_S, export_apart, t, &made, &status, e), e);
	if (rc)
		return rc;
	jdoc_get_integer(made, "size", &size);
	jdoc_set(made, "text", jdoc_null());
	jdoc_set_string(made, "format", "daicho.export.v1");
	jdoc_set_string(made, "out", t->folder);
	if (c->json)
		output_json(made);
	else
		fprintf(stderr, _("daicho: %s holds %s and the checkpoint of that\n"), t->folder,
		        output_entries(size).text);
	jdoc_free(made);
	return ERR_OK;
}

int cmd_export(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	const char *words[2] = { NULL, NULL }, *point = NULL;
	struct task t = { .note = &note };
	size_t n = 0;
	const struct options_spec specs[] = { { "checkpoint", &point, NULL } };
	int rc = options_read("export", argc, argv, specs, 1, NULL, NULL, words, 2, &n, e);
	*out_status = 0;
	if (!rc && (n != 2 || strcmp(words[0], "tlog") != 0))
		rc = usage_refuse("export", e, "expected: export tlog FOLDER");
	if (!rc)
		rc = check_store(c, "export", e);
	if (rc)
		return rc;
	MEM_CLEANUP char *folder = file_absolute(words[1]);
	rc = check_folder(c, folder, e);
	if (!rc)
		rc = point_get(c, point, &note, e);
	t.store = c->store;
	t.folder = folder;
	return rc ? rc : run_export(c, &t, e);
}
