/* A rule book read from its folder, with all its faults. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/inifile.h"
#include "ledger/rules_impl.h"

#define REASON_MAX 640

static bool is_key_line(const char *line, size_t len, const char *key)
{
	size_t key_len = strlen(key), at = key_len;
	if (len < key_len || memcmp(line, key, key_len) != 0)
		return false;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return at < len && line[at] == '=';
}

/* The key's line, else that of the section's beginning, else the first. */
static int find_line(const struct rules_file *f, const char *section, const char *key)
{
	int number = 0, found = 0;
	bool within = false;
	size_t section_len = strlen(section);
	for (const char *line = f->bytes, *end = f->bytes + f->len; line < end; line++) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((lf ? lf : end) - line);
		number++;
		if (len && *line == '[') {
			within = len > section_len + 1 && line[section_len + 1] == ']' &&
			         memcmp(line + 1, section, section_len) == 0;
			found = within && !found ? number : found;
		} else if (within && key && is_key_line(line, len, key)) {
			return number;
		}
		line += len;
	}
	return found ? found : 1;
}

static void tell_line(struct rules_teller *t, int line, const char *section, const char *key, const char *reason)
{
	const struct rules_fault fault = { t->file, line, section, key, reason };
	if (t->rc)
		return;
	t->told++;
	t->rc = t->fn(t->ctx, &fault);
}

void rules_tell(struct rules_teller *t, const char *section, const char *key, const char *fmt, ...)
{
	char reason[REASON_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof reason, lang_text(fmt), args);
	va_end(args);
	tell_line(t, find_line(t->book, section, key), section, key, reason);
}

void rules_fault_print(const struct rules_fault *fault, struct buf *out)
{
	text_add_safe(out, fault->file, strlen(fault->file), true);
	buf_printf(out, ":%d: ", fault->line);
	if (fault->section) {
		struct err e = ERR_INIT;
		rulebook_refuse(&e, fault->section, fault->key, fault->reason);
		buf_puts(out, e.text);
	} else {
		text_add_safe(out, fault->reason, strlen(fault->reason), true);
	}
}

static int tell_syntax(void *ctx, int line, const char *reason)
{
	struct rules_teller *t = ctx;
	tell_line(t, line, NULL, NULL, reason);
	return t->rc;
}

static int tell_reference(void *ctx, const char *section, const char *key, const char *reason)
{
	struct rules_teller *t = ctx;
	rules_tell(t, section, key, "%s", reason);
	return t->rc;
}

struct filling {
	struct rulebook *book;
	struct rules_teller *t;
};

/* rulebook_set says "[section] key: reason"; section and key are told apart. Goes on: nothing is told after t->rc. */
static int take_triple(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct filling *f = ctx;
	struct err why = ERR_INIT;
	(void)e;
	if (rulebook_set(f->book, section, key, value, &why)) {
		const char *reason = strstr(why.text, ": ");
		rules_tell(f->t, section, key, "%s", reason ? reason + 2 : why.text);
	}
	return ERR_OK;
}

/* Lines that can't be read hide what stands in them: then nothing more is asked. */
static int read_book(struct rules *r, struct rules_teller *t, struct err *e)
{
	struct filling f = { r->book, t };
	const struct rules_file *file = t->book;
	int rc = inifile_check(file->bytes, file->len, tell_syntax, t);
	if (rc || t->told)
		return rc;
	rc = inifile_parse(file->bytes, file->len, t->file, take_triple, &f, e);
	if (!rc)
		rulebook_check(r->book, tell_reference, t);
	return rc ? rc : t->rc;
}

static void read_schemas(struct rules *r, const char *schemas, struct rules_teller *t)
{
	r->schemas = mem_array(r->book->kinds_count ? r->book->kinds_count : 1, sizeof *r->schemas);
	for (size_t i = 0; !t->rc && i < r->book->kinds_count; i++) {
		struct err why = ERR_INIT;
		MEM_CLEANUP char *section = mem_printf("kind %s", r->book->kinds[i].name);
		if (rules_take_schema(r, schemas, r->book->kinds[i].name, &why) || rules_compile(r, i, &why))
			rules_tell(t, section, NULL, "%s", why.text);
	}
}

static int read_folder(struct rules *r, const char *rulebook, const char *schemas, rules_fault_fn *fn, void *ctx,
                       struct err *e)
{
	MEM_CLEANUP char *path = file_path(rulebook, RULES_BOOK);
	struct rules_teller t = { .file = path, .fn = fn, .ctx = ctx };
	int rc = rules_take_files(r, rulebook, e);
	const struct rules_file *book = rc ? NULL : rules_file(r, RULES_BOOK);
	if (!rc && !book)
		rc = err_set(e, ERR_CONFIG, "%s: missing", path);
	if (rc)
		return err_next(e, "name the folder of a rule book, which you may read and in which is its %s", RULES_BOOK);
	/* The list of files moves as schemas are added to it; the bytes of one don't. */
	const struct rules_file kept = *book;
	t.book = &kept;
	r->book = rulebook_new();
	rc = read_book(r, &t, e);
	if (rc)
		return rc;
	read_schemas(r, schemas, &t);
	rules_check_fields(r, &t);
	rules_set_digest(r);
	return t.rc;
}

int rules_check_folder(const char *rulebook, const char *schemas, rules_fault_fn *fn, void *ctx, struct err *e)
{
	struct rules *r = mem_alloc(sizeof *r);
	int rc = read_folder(r, rulebook, schemas, fn, ctx, e);
	rules_free(r);
	return rc;
}

static int refuse_fault(void *ctx, const struct rules_fault *fault)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	rules_fault_print(fault, &text);
	return err_set(ctx, ERR_CONFIG, "%s", buf_str(&text));
}

int rules_refuse_fields(const struct rules *r, struct err *e)
{
	struct err own = ERR_INIT;
	struct rules_teller t = { .book = rules_file(r, RULES_BOOK), .file = RULES_BOOK, .fn = refuse_fault,
		                  .ctx = e ? e : &own };
	rules_check_fields(r, &t);
	return t.rc;
}

int rules_read_folder(const char *rulebook, const char *schemas, struct rules **out, struct err *e)
{
	struct err own = ERR_INIT, *why = e ? e : &own;
	struct rules *r = mem_alloc(sizeof *r);
	int rc = read_folder(r, rulebook, schemas, refuse_fault, why, why);
	if (rc)
		rules_free(r);
	else
		*out = r;
	if (rc == ERR_CONFIG)
		err_next(why, "daicho rules check %s --schemas %s", rulebook, schemas);
	return rc;
}
