#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/archive_file.h"
#include "ledger/archive_impl.h"
#include "model/pgpmsg.h"

#define FORMAT "daicho.archive.v1"

struct judging {
	const struct archive_file *file;
	const struct policy *policy;
	const struct store_pins *pins;       /* of the policy; NULL with it */
	struct archive_facts facts;
	bool has_facts;
	enum verdict verdict;
	struct jdoc *findings, *remarks, *doc;
};

static void add(void *ctx, enum verdict v, const char *text)
{
	struct judging *j = ctx;
	if (v == VERDICT_VALID) {
		jdoc_append(j->remarks, jdoc_string(text));
		return;
	}
	struct jdoc *finding = jdoc_object();
	jdoc_set_string(finding, "verdict", verdict_word(v));
	jdoc_set_string(finding, "reason", text);
	jdoc_append(j->findings, finding);
	j->verdict = verdict_worse(j->verdict, v);
}

__attribute__((format(printf, 3, 4)))
static void find(struct judging *j, enum verdict v, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, lang_text(fmt), args);
	va_end(args);
	add(j, v, text);
}

/* What the system can't read is no judgement on what stands there. */
static bool is_of_system(int rc)
{
	static const enum err_code of_system[] = { ERR_IO, ERR_NOTFOUND, ERR_PERM, ERR_FULL, ERR_BUG, ERR_UNAVAILABLE };
	for (size_t i = 0; i < sizeof of_system / sizeof *of_system; i++)
		if ((int)of_system[i] == rc)
			return true;
	return false;
}

static int check_content(struct judging *j, struct err *e)
{
	struct err why = ERR_INIT;
	if (j->file->tar < 0) {
		find(j, VERDICT_INCOMPLETE, N_("encrypted, and not opened: %s"), j->file->locked.text);
		return ERR_OK;
	}
	int rc = archive_check_fd(j->file->tar, j->file->path, NULL, &j->facts, NULL, &why);
	j->has_facts = rc == ERR_OK;
	if (rc && is_of_system(rc)) {
		*e = why;
		return rc;
	}
	if (rc)
		find(j, VERDICT_INVALID, "%s", why.text);
	return ERR_OK;
}

static void check_signature(struct judging *j, const struct archive_side *s)
{
	struct pgpsig sig;
	struct err why = ERR_INIT;
	if (!s->has_signature) {
		find(j, VERDICT_INCOMPLETE, N_("the signature of its checksum file is not here"));
		return;
	}
	if (!j->has_facts)
		return;
	if (archive_sign_check(&j->facts.keys, buf_str(&s->signature), s->signature.len, buf_str(&s->sum), s->sum.len,
	                       &sig, &why)) {
		find(j, VERDICT_INVALID, N_("its checksum file: %s"), why.text);
		return;
	}
	jdoc_set_string(j->doc, "archive_key", sig.fpr);
	if (!j->pins)
		return;
	if (!*j->pins->archive_fpr)
		find(j, VERDICT_INCOMPLETE, N_("no archive key is pinned"));
	else if (strcmp(sig.fpr, j->pins->archive_fpr) != 0)
		find(j, VERDICT_INCOMPLETE, N_("its checksum file is signed by key %s, which is not pinned: only the ledger "
		     "tells whether that one counted"), sig.fpr);
}

/* The line of sha256sum(1): this digest, of a file of this name. */
static void check_side(struct judging *j, const struct archive_side *s, const struct hash *hash, const char *name)
{
	char hex[65];
	if (!s->has_sum) {
		find(j, VERDICT_INCOMPLETE, N_("its checksum file is not here"));
		return;
	}
	hash_print_hex(hash, hex);
	MEM_CLEANUP char *line = mem_printf("%s  %s\n", hex, name);
	if (s->sum.len != strlen(line) || memcmp(buf_str(&s->sum), line, s->sum.len) != 0)
		find(j, VERDICT_INVALID, N_("not the file that its checksum file names"));
	check_signature(j, s);
}

static void check_pins(struct judging *j)
{
	const struct archive_facts *f = &j->facts;
	if (!j->pins) {
		find(j, VERDICT_INCOMPLETE, N_("nothing is pinned: whose archive it is was not judged"));
		return;
	}
	if (strcmp(f->origin, j->pins->origin) != 0 || !hash_is_equal(&f->genesis, &j->pins->genesis))
		find(j, VERDICT_DIVERGED, N_("its records are of another ledger than the pinned one"));
	for (size_t i = 0; i < f->signers_count; i++)
		if (strcmp(f->signers[i].fpr, j->pins->fpr) != 0)
			find(j, VERDICT_INCOMPLETE, N_("%llu of its entries are signed by key %s, which is not pinned: only the "
			     "ledger tells whether that one counted"), (unsigned long long)f->signers[i].entries,
			     f->signers[i].fpr);
}

static int read_wrapped(void *ctx, uint64_t at, void *out, size_t len, struct err *e)
{
	const struct archive_file *f = ctx;
	ssize_t n = pread(f->wrapped, out, len, (off_t)at);
	if (n < 0)
		return err_errno(e, errno, "%s", f->path);
	return (size_t)n == len ? ERR_OK : err_set(e, ERR_SYNTAX, "%s: ends early", f->path);
}

static struct jdoc *say_digest(const struct hash *hash, uint64_t bytes)
{
	char digest[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object();
	hash_print(hash, digest);
	jdoc_set_string(d, "hash", digest);
	jdoc_set_integer(d, "bytes", (int64_t)bytes);
	return d;
}

/* Its name is that of the file, as what is in it may not be known. */
static int check_wrapping(struct judging *j, struct err *e)
{
	const struct archive_file *f = j->file;
	const char *slash = strrchr(f->path, '/');
	struct pgpmsg message = { .count = 0 };
	struct err why = ERR_INIT;
	struct hash hash;
	uint64_t bytes;
	int rc = archive_hash_fd(f->wrapped, f->path, &hash, &bytes, e);
	if (rc)
		return rc;
	rc = pgpmsg_parse(read_wrapped, (void *)(uintptr_t)f, bytes, &message, &why);
	if (rc)
		find(j, VERDICT_INVALID, "%s: %s", f->path, why.text);
	check_side(j, &f->of_wrapped, &hash, slash ? slash + 1 : f->path);
	struct jdoc *d = say_digest(&hash, bytes), *ids = jdoc_array();
	for (size_t i = 0; i < message.count; i++)
		jdoc_append(ids, jdoc_string(message.id[i]));
	jdoc_set(d, "recipients", ids);
	jdoc_set(j->doc, "wrapped", d);
	return ERR_OK;
}

static void say_facts(struct judging *j)
{
	const struct archive_facts *f = &j->facts;
	char digest[HASH_TEXT_LEN + 1];
	struct jdoc *keys = jdoc_array();
	jdoc_set_string(j->doc, "name", f->name);
	jdoc_set_string(j->doc, "origin", f->origin);
	hash_print(&f->genesis, digest);
	jdoc_set_string(j->doc, "genesis", digest);
	jdoc_set_integer(j->doc, "records", (int64_t)f->records);
	jdoc_set_integer(j->doc, "size", (int64_t)f->size);
	hash_print(&f->root, digest);
	jdoc_set_string(j->doc, "root", digest);
	jdoc_set(j->doc, "plain", say_digest(&f->hash, f->bytes));
	for (size_t i = 0; i < f->signers_count; i++)
		jdoc_append(keys, jdoc_string(f->signers[i].fpr));
	jdoc_set(j->doc, "keys", keys);
}

static int judge(struct judging *j, struct err *e)
{
	int rc = check_content(j, e);
	if (!rc && j->has_facts) {
		MEM_CLEANUP char *name = mem_printf("%s.tar", j->facts.name);
		say_facts(j);
		check_pins(j);
		if (j->policy)
			jdoc_set(j->doc, "checkpoints", archive_outside_judge(&j->facts, j->policy, add, j));
		check_side(j, &j->file->of_tar, &j->facts.hash, name);
	}
	if (!rc && j->file->wrapped >= 0)
		rc = check_wrapping(j, e);
	return rc;
}

int archive_file_verify(const struct archive_file *f, const struct policy *policy, struct jdoc **out,
                        enum verdict *out_verdict, struct err *e)
{
	struct judging j = { .file = f, .policy = policy, .pins = policy ? &policy->pins : NULL,
	                     .verdict = VERDICT_VALID, .findings = jdoc_array(), .remarks = jdoc_array(),
	                     .doc = jdoc_object() };
	jdoc_set_string(j.doc, "format", FORMAT);
	jdoc_set_string(j.doc, "file", f->path);
	int rc = judge(&j, e);
	if (j.has_facts)
		archive_facts_release(&j.facts);
	jdoc_set(j.doc, "findings", j.findings);
	jdoc_set(j.doc, "remarks", j.remarks);
	if (rc) {
		jdoc_free(j.doc);
		return rc;
	}
	jdoc_set_string(j.doc, "verdict", verdict_word(j.verdict));
	jdoc_set_integer(j.doc, "exit", j.verdict);
	*out = j.doc;
	*out_verdict = j.verdict;
	return ERR_OK;
}
