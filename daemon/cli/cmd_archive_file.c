#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cmd_archive.h"
#include "cli/given.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/jail.h"
#include "foreign/pgp.h"
#include "ledger/archive_file.h"

#define DEADLINE_DEFAULT_S 3600
#define VERIFY_FORMAT "daicho.archive-verify.v1"
#define FIELD_COLUMNS 28

static int read_deadline(const struct cmd_archive_asked *a, unsigned *out, struct err *e)
{
	uint64_t s = DEADLINE_DEFAULT_S;
	if (a->deadline && (!text_parse_u64(a->deadline, strlen(a->deadline), 1000000, &s) || !s))
		return usage_refuse("archive", e, "--deadline: seconds are wanted");
	*out = (unsigned)s;
	return ERR_OK;
}

/* Which file: its path, or the name of an archive of the store. */

static bool is_path(const char *arg)
{
	size_t len = strlen(arg);
	return strchr(arg, '/') || (len > 4 && strcmp(arg + len - 4, ".tar") == 0) ||
	       (len > 8 && strcmp(arg + len - 8, ".tar.gpg") == 0);
}

static int open_store(struct context *c, struct store *out, struct err *e)
{
	if (!c->store)
		return usage_refuse("archive", e, "the store is wanted (--store), or the path of a file");
	return store_open(c->store, out, e);
}

/* To be freed. */
static int find_path(struct context *c, const char *arg, char **out, struct err *e)
{
	struct store s;
	if (is_path(arg)) {
		*out = mem_strdup(arg);
		return ERR_OK;
	}
	int rc = open_store(c, &s, e);
	if (rc)
		return rc;
	*out = mem_printf("%s/%s.tar", s.archive, arg);
	if (!file_exists(*out)) {
		free(*out);
		*out = mem_printf("%s/%s.tar.gpg", s.archive, arg);
	}
	store_release(&s);
	return ERR_OK;
}

/* What runs apart: it has the open file, reads nothing else, and writes below `write` alone. */

#define ARCHIVE_NEXT \
	N_("give the name of an archive (daicho archive list), or the path of its NAME.tar or NAME.tar.gpg")

#define FILE_NEXT N_("daicho archive verify tells what is wrong with the file; then take another copy of it")

struct task {
	const struct archive_file *file;
	const struct policy *policy;           /* verify */
	const uint64_t *seqs;                  /* show (NULL: list), extract */
	size_t count;
	const char *write;                     /* extract: its folder, NULL else */
	int dir;
};

static int enter_jail(const struct task *t, struct err *e)
{
	const char *const nothing[] = { NULL };
	const char *const folder[] = { t->write, NULL };
	const struct jail jail = { JAIL_VERIFIER, nothing, folder, 0, 0 };
	return jail_enter(&jail, NULL, e);
}

static int verify_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	enum verdict v;
	int rc = enter_jail(t, e);
	if (!rc)
		rc = archive_file_verify(t->file, t->policy, out, &v, e);
	if (!rc)
		*out_status = (int)v;
	return rc;
}

static int show_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	int rc = enter_jail(t, e);
	*out_status = 0;
	return rc ? rc : archive_file_show(t->file, t->seqs, out, e);
}

static int extract_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	int rc = enter_jail(t, e);
	*out_status = 0;
	return rc ? rc : archive_file_extract(t->file, t->dir, t->seqs, t->count, out, e);
}

/* verify */

static void add_digest(struct buf *out, const char *label, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (jdoc_type(d) != JDOC_OBJECT)
		return;
	buf_printf(&line, _("%s, %" PRId64 " bytes"), jdoc_text_of(d, "hash"), jdoc_number_of(d, "bytes"));
	output_row(out, label, buf_str(&line));
}

static void print_verdict(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, count = BUF_INIT;
	const struct jdoc *findings = jdoc_get(d, "findings"), *wrapped = jdoc_get(d, "wrapped");
	const struct jdoc *ids = jdoc_get(wrapped, "recipients"), *remarks = jdoc_get(d, "remarks");
	buf_printf(&out, "%s: ", jdoc_text_of(d, "verdict"));
	text_add_safe(&out, jdoc_text_of(d, "file"), strlen(jdoc_text_of(d, "file")), true);
	buf_putc(&out, '\n');
	for (size_t i = 0; i < jdoc_size(findings); i++)
		output_row(&out, i ? "" : _("found"), jdoc_text_of(jdoc_at(findings, i), "reason"));
	for (size_t i = 0; i < jdoc_size(remarks); i++)
		output_row(&out, i ? "" : _("remark"), jdoc_text(jdoc_at(remarks, i)));
	if (jdoc_get_text(d, "origin")) {
		output_row(&out, _("origin"), jdoc_text_of(d, "origin"));
		buf_printf(&count, _("%" PRId64 ", proved against %" PRId64 " entries"), jdoc_number_of(d, "records"),
		           jdoc_number_of(d, "size"));
		output_row(&out, _("records"), buf_str(&count));
		output_row(&out, _("tree head"), jdoc_text_of(d, "root"));
	}
	add_digest(&out, _("archive"), jdoc_get(d, "plain"));
	add_digest(&out, _("encrypted"), wrapped);
	for (size_t i = 0; i < jdoc_size(ids); i++)
		output_row(&out, i ? "" : _("opened by"), jdoc_text(jdoc_at(ids, i)));
	output_text(&out);
}

struct verifying {
	struct context *c;
	unsigned deadline_s;
	struct policy own;                     /* of a store's configuration */
	const struct policy *policy;           /* NULL: nothing is pinned */
	enum verdict worst;
	struct jdoc *docs;
};

static int verify_path(struct verifying *v, const char *path, struct err *e)
{
	struct archive_file file;
	struct jdoc *d = NULL;
	int status = 0, rc = given_tell(archive_file_open(path, &file, e), ARCHIVE_NEXT, e);
	if (rc)
		return rc;
	struct task t = { .file = &file, .policy = v->policy };
	rc = apart_run("archive", v->deadline_s, verify_apart, &t, &d, &status, e);
	archive_file_close(&file);
	if (apart_is_death(rc, status)) {
		output_error_as(v->c, e, status);
		rc = ERR_OK;
	}
	if (rc)
		return rc;
	v->worst = verdict_worse(v->worst, (enum verdict)status);
	if (d && !v->c->json)
		print_verdict(d);
	if (d)
		jdoc_append(v->docs, d);
	return ERR_OK;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_folder(const char *folder, char ***out, size_t *out_count, struct err *e)
{
	DIR *d = opendir(folder);
	char **names = NULL;
	size_t count = 0;
	if (!d)
		return err_errno(e, errno, "%s", folder);
	for (const struct dirent *x; (x = readdir(d));)
		if (is_path(x->d_name)) {
			names = mem_grow(names, count + 1, sizeof *names);
			names[count++] = file_path(folder, x->d_name);
		}
	closedir(d);
	if (count)
		qsort(names, count, sizeof *names, compare_names);
	*out = names;
	*out_count = count;
	return ERR_OK;
}

static int verify_folder(struct verifying *v, const char *folder, struct err *e)
{
	char **paths = NULL;
	size_t count = 0;
	int rc = list_folder(folder, &paths, &count, e);
	for (size_t i = 0; i < count; i++) {
		if (!rc)
			rc = verify_path(v, paths[i], e);
		free(paths[i]);
	}
	free(paths);
	return rc;
}

/* Of the store whose archives are named: its configuration says what is pinned, which no archive can change. */
static int take_policy(struct verifying *v, const struct cmd_archive_asked *a, struct err *e)
{
	struct store s;
	bool of_store = !a->count;
	if (a->policy) {
		v->policy = a->policy;
		return ERR_OK;
	}
	for (size_t i = 0; i < a->count; i++)
		of_store = of_store || !is_path(a->args[i]);
	if (!a->pin && !of_store)
		return ERR_OK;
	v->policy = &v->own;
	if (a->pin)
		return given_tell(policy_read(a->pin, &v->own, e), GIVEN_PIN, e);
	int rc = open_store(v->c, &s, e);
	if (rc)
		return rc;
	strcpy(v->own.pins.origin, s.origin);
	v->own.pins.genesis = s.genesis;
	strcpy(v->own.pins.fpr, s.entry_fpr);
	strcpy(v->own.pins.archive_fpr, s.archive_fpr);
	store_release(&s);
	return ERR_OK;
}

static int verify_all(struct verifying *v, const struct cmd_archive_asked *a, struct err *e)
{
	struct store s;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < a->count; i++) {
		MEM_CLEANUP char *path = NULL;
		rc = find_path(v->c, a->args[i], &path, e);
		if (!rc)
			rc = verify_path(v, path, e);
	}
	if (a->count || rc)
		return rc;
	rc = open_store(v->c, &s, e);
	if (rc)
		return rc;
	rc = verify_folder(v, s.archive, e);
	store_release(&s);
	return rc;
}

int cmd_archive_verify(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e)
{
	struct verifying v = { .c = c, .worst = VERDICT_VALID, .docs = jdoc_array() };
	c->judges = true;
	int rc = read_deadline(a, &v.deadline_s, e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = take_policy(&v, a, e);
	if (!rc)
		rc = verify_all(&v, a, e);
	if (!rc && c->json) {
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "format", VERIFY_FORMAT);
		jdoc_set_string(d, "verdict", verdict_word(v.worst));
		jdoc_set_integer(d, "exit", v.worst);
		jdoc_set(d, "archives", jdoc_keep(v.docs));
		output_json(d);
		jdoc_free(d);
	}
	jdoc_free(v.docs);
	policy_release(&v.own);
	*out_status = (int)v.worst;
	return rc;
}

/* show */

static void print_list(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *info = jdoc_get(d, "info"), *entries = jdoc_get(d, "entries");
	output_row(&out, _("archive"), jdoc_text_of(d, "name"));
	for (size_t i = 0; i < jdoc_size(info); i++)
		output_row(&out, "", jdoc_text(jdoc_at(info, i)));
	for (size_t i = 0; i < jdoc_size(entries); i++) {
		const struct jdoc *row = jdoc_at(entries, i);
		char number[24], file[80];
		snprintf(number, sizeof number, "%" PRId64, jdoc_number_of(row, "seq"));
		snprintf(file, sizeof file, "%s  %s/%s", jdoc_text_of(row, "event"), jdoc_text_of(row, "kind"),
		         jdoc_text_of(row, "unit"));
		output_row(&out, number, file);
	}
	output_text(&out);
}

static int add_field(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct buf *out = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT, label = BUF_INIT;
	(void)e;
	if (jdoc_text(value))
		buf_add(&text, jdoc_text(value), jdoc_text_len(value));
	else
		jdoc_print(value, &text);
	text_add_safe(&label, name, strlen(name), true);
	output_wide_row(out, buf_str(&label), FIELD_COLUMNS, buf_str(&text));
	return ERR_OK;
}

static void print_record(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, who = BUF_INIT, clauses = BUF_INIT;
	const struct jdoc *submitter = jdoc_get(d, "submitter"), *list = jdoc_get(d, "attachments");
	const struct jdoc *passed = jdoc_get(d, "passed");
	char number[24], volume[80];
	snprintf(number, sizeof number, "%" PRId64, jdoc_number_of(d, "seq"));
	snprintf(volume, sizeof volume, "%s/%s", jdoc_text_of(d, "kind"), jdoc_text_of(d, "unit"));
	output_row(&out, number, volume);
	buf_printf(&who, "%s (uid %" PRId64 ")%s%s%s", jdoc_text_of(submitter, "login"), jdoc_number_of(submitter, "uid"),
	           *jdoc_text_of(d, "role") ? _(" as ") : "", jdoc_text_of(d, "role"),
	           jdoc_is_true(jdoc_get(d, "signed")) ? _(", signed") : "");
	output_row(&out, _("submitter"), buf_str(&who));
	output_row(&out, _("event"), jdoc_text_of(d, "event"));
	if (*jdoc_text_of(d, "reason"))
		output_row(&out, _("reason"), jdoc_text_of(d, "reason"));
	for (size_t i = 0; i < jdoc_size(passed); i++)
		buf_printf(&clauses, "%s%s", i ? ", " : "", jdoc_text(jdoc_at(passed, i)));
	if (clauses.len)
		output_row(&out, _("passed"), buf_str(&clauses));
	for (size_t i = 0; i < jdoc_size(list); i++) {
		const struct jdoc *a = jdoc_at(list, i);
		BUF_CLEANUP struct buf line = BUF_INIT;
		buf_printf(&line, _("%" PRId64 " %s %" PRId64 " bytes %s"), jdoc_number_of(a, "n"), jdoc_text_of(a, "media"),
		           jdoc_number_of(a, "bytes"), jdoc_text_of(a, "raw"));
		output_row(&out, _("attachment"), buf_str(&line));
	}
	buf_putc(&out, '\n');
	jdoc_each(jdoc_get(d, "body"), add_field, &out, NULL);
	output_text(&out);
}

static int read_seqs(const struct cmd_archive_asked *a, uint64_t **out, size_t *out_count, struct err *e)
{
	uint64_t *seqs = mem_array(a->count, sizeof *seqs);
	for (size_t i = 1; i < a->count; i++)
		if (!text_parse_u64(a->args[i], strlen(a->args[i]), LEAF_SEQ_MAX, &seqs[i - 1])) {
			free(seqs);
			return usage_refuse("archive", e, "the number of an entry is wanted");
		}
	*out = seqs;
	*out_count = a->count - 1;
	return ERR_OK;
}

static int open_named(struct context *c, const struct cmd_archive_asked *a, struct archive_file *out, struct err *e)
{
	MEM_CLEANUP char *path = NULL;
	if (!a->count)
		return usage_refuse("archive", e, "which archive? its name, or the path of its file, is wanted");
	int rc = pgp_library_init(e);
	if (!rc)
		rc = find_path(c, a->args[0], &path, e);
	return rc ? rc : given_tell(archive_file_open(path, out, e), ARCHIVE_NEXT, e);
}

int cmd_archive_show(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e)
{
	struct archive_file file;
	struct task t = { .file = &file };
	struct jdoc *d = NULL;
	MEM_CLEANUP uint64_t *seqs = NULL;
	unsigned deadline_s;
	if (a->count > 2)
		return usage_refuse("archive", e, "show: one entry at a time");
	int rc = read_deadline(a, &deadline_s, e);
	if (!rc)
		rc = open_named(c, a, &file, e);
	if (rc)
		return rc;
	rc = read_seqs(a, &seqs, &t.count, e);
	t.seqs = t.count ? seqs : NULL;
	if (!rc)
		rc = given_tell(apart_run("archive", deadline_s, show_apart, &t, &d, out_status, e), FILE_NEXT, e);
	archive_file_close(&file);
	if (rc)
		return rc;
	if (c->json)
		output_json(d);
	else if (t.count)
		print_record(d);
	else
		print_list(d);
	jdoc_free(d);
	return ERR_OK;
}

/* extract */

/* The folder is new, so that nothing can be written over, and goes again where anything fails. */
static int extract_into(struct task *t, unsigned deadline_s, struct jdoc **out, int *out_status, struct err *e)
{
	int rc = file_mkdir(t->write, 0700, e);
	if (rc)
		return err_next(e, "name a new folder: nothing is unpacked over what is there");
	t->dir = open(t->write, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->dir < 0)
		rc = err_errno(e, errno, "%s", t->write);
	if (!rc)
		rc = apart_run("archive", deadline_s, extract_apart, t, out, out_status, e);
	if (!rc)
		rc = file_sync_tree(t->write, e);
	if (t->dir >= 0)
		close(t->dir);
	if (rc)
		file_remove_tree(t->write, NULL);
	return rc;
}

static void print_extracted(const char *folder, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	buf_printf(&line, _("%s, %" PRId64 " bytes"), output_files(jdoc_number_of(d, "files")).text,
	           jdoc_number_of(d, "bytes"));
	output_row(&out, _("unpacked"), folder);
	output_row(&out, "", buf_str(&line));
	output_text(&out);
}

int cmd_archive_extract(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e)
{
	struct archive_file file;
	struct task t = { .file = &file, .write = a->out, .dir = -1 };
	struct jdoc *d = NULL;
	MEM_CLEANUP uint64_t *seqs = NULL;
	unsigned deadline_s;
	if (!a->out)
		return usage_refuse("archive", e, "--out: a new folder is wanted");
	int rc = read_deadline(a, &deadline_s, e);
	if (!rc)
		rc = open_named(c, a, &file, e);
	if (rc)
		return rc;
	rc = read_seqs(a, &seqs, &t.count, e);
	t.seqs = seqs;
	if (!rc)
		rc = given_tell(extract_into(&t, deadline_s, &d, out_status, e), FILE_NEXT, e);
	archive_file_close(&file);
	if (rc)
		return rc;
	jdoc_set_string(d, "out", a->out);
	if (c->json)
		output_json(d);
	else
		print_extracted(a->out, d);
	jdoc_free(d);
	return ERR_OK;
}
