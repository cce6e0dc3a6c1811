#include "foreign/inifile.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"

/* inih cuts a line at 199 bytes and a section's name at 49, both silently. */
#define INIFILE_LINE_MAX 190
#define INIFILE_SECTION_MAX 49
#define INIFILE_SIZE_MAX ((size_t)4 << 20)

struct span {
	const char *ptr;
	size_t len;
};

struct key {
	struct span section, key;
	int line;
};

struct reading {
	const char *text, *end;
	const char *name;
	int line;               /* of what was handed out last, from 1 */
	struct span section;    /* of that line */
	struct key *keys;
	size_t n, cap;
	inifile_fault_fn *tell;
	void *tell_ctx;
	inifile_fn *fn;
	void *ctx;
	int rc;
	struct err *e;
};

static bool next_line(struct reading *r, struct span *out)
{
	if (r->text == r->end)
		return false;
	const char *lf = memchr(r->text, '\n', (size_t)(r->end - r->text));
	out->ptr = r->text;
	out->len = (size_t)((lf ? lf : r->end) - r->text);
	r->text = lf ? lf + 1 : r->end;
	r->line++;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.len && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool split_key(struct span line, struct span *key, struct span *value)
{
	const char *sign = memchr(line.ptr, '=', line.len);
	if (!sign)
		return false;
	*key = trim((struct span){ line.ptr, (size_t)(sign - line.ptr) });
	*value = trim((struct span){ sign + 1, line.len - (size_t)(sign - line.ptr) - 1 });
	return key->len > 0 && !memchr(key->ptr, ':', key->len);
}

static const char *check_section(struct reading *r, struct span line)
{
	line = trim(line);
	struct span name = { line.ptr + 1, line.len - 1 };
	if (line.len < 3 || line.ptr[line.len - 1] != ']')
		return N_("a section is [name] and nothing else");
	name.len--;
	if (memchr(name.ptr, ']', name.len) || memchr(name.ptr, '[', name.len) || memchr(name.ptr, ';', name.len))
		return N_("a section's name has no [, ] or ;");
	if (name.len > INIFILE_SECTION_MAX)
		return N_("a section's name is at most 49 bytes");
	r->section = name;
	return NULL;
}

static void add_key(struct reading *r, struct span key)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->keys = mem_grow(r->keys, r->cap, sizeof *r->keys);
	}
	r->keys[r->n++] = (struct key){ r->section, key, r->line };
}

static const char *check_key(struct reading *r, struct span line)
{
	struct span key, value;
	if (!split_key(line, &key, &value))
		return N_("neither a [section], nor key = value, nor a comment");
	if (!r->section.ptr)
		return N_("a key stands outside a section");
	for (size_t i = 1; i < line.len; i++)
		if (line.ptr[i] == ';' && is_blank(line.ptr[i - 1]))
			return N_("a comment stands on a line of its own: no \" ;\" behind a key");
	add_key(r, key);
	return NULL;
}

/* The rule that the line breaks, or NULL. */
static const char *check_line(struct reading *r, struct span line)
{
	if (line.len > INIFILE_LINE_MAX)
		return N_("a line is at most 190 bytes");
	if (!text_is_clean(line.ptr, line.len, NULL))
		return N_("not UTF-8, or characters that must not stand in it (a carriage return?)");
	if (trim(line).len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
		return NULL;
	if (is_blank(line.ptr[0]))
		return N_("a line is not indented");
	return line.ptr[0] == '[' ? check_section(r, line) : check_key(r, line);
}

static int compare_spans(struct span a, struct span b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = compare_spans(x->section, y->section);
	if (!order)
		order = compare_spans(x->key, y->key);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int tell_repeat(struct reading *r, int line, int first)
{
	char reason[192];
	snprintf(reason, sizeof reason, _("a key stands once in a section: first on line %d"), first);
	return r->tell(r->tell_ctx, line, reason);
}

static int check_repeats(struct reading *r)
{
	int rc = ERR_OK;
	if (r->n)
		qsort(r->keys, r->n, sizeof *r->keys, compare_keys);
	for (size_t i = 1; !rc && i < r->n; i++) {
		const struct key *a = &r->keys[i - 1], *b = &r->keys[i];
		if (!compare_spans(a->section, b->section) && !compare_spans(a->key, b->key))
			rc = tell_repeat(r, b->line, a->line);
	}
	return rc;
}

static int check(struct reading *r)
{
	struct span line;
	int rc = ERR_OK;
	while (!rc && next_line(r, &line)) {
		const char *rule = check_line(r, line);
		if (rule)
			rc = r->tell(r->tell_ctx, r->line, lang_text(rule));
	}
	if (!rc)
		rc = check_repeats(r);
	free(r->keys);
	return rc;
}

int inifile_check(const char *text, size_t len, inifile_fault_fn *fn, void *ctx)
{
	struct reading r = { .text = text, .end = text + len, .tell = fn, .tell_ctx = ctx };
	return check(&r);
}

static int refuse_line(void *ctx, int line, const char *reason)
{
	struct reading *r = ctx;
	return err_set(r->e, ERR_CONFIG, "%s:%d: %s", r->name, line, reason);
}

/* inih's fgets: one checked line a call, so that the line of a value is known when it arrives. */
static char *hand_line(char *str, int num, void *stream)
{
	struct reading *r = stream;
	struct span line;
	if (r->rc || !next_line(r, &line))
		return NULL;
	if (line.len + 2 > (size_t)num) {
		r->rc = err_set(r->e, ERR_BUG, "%s:%d: inih takes no line of %zu bytes", r->name, r->line, line.len);
		return NULL;
	}
	memcpy(str, line.ptr, line.len);
	memcpy(str + line.len, "\n", 2);
	return str;
}

static int take_value(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;
	if (r->rc)
		return 0;
	r->rc = r->fn(r->ctx, section, key, value, r->e);
	if (r->rc)
		err_prefix(r->e, "%s:%d", r->name, r->line);
	return r->rc == ERR_OK;
}

int inifile_parse(const char *text, size_t len, const char *name, inifile_fn *fn, void *ctx, struct err *e)
{
	struct reading r = { .text = text, .end = text + len, .name = name, .fn = fn, .ctx = ctx, .e = e };
	r.tell = refuse_line;
	r.tell_ctx = &r;
	int rc = check(&r);
	if (rc)
		return rc;
	r.text = text;
	r.line = 0;
	int first_bad = ini_parse_stream(hand_line, &r, take_value, &r);
	if (r.rc)
		return r.rc;
	if (first_bad)
		return err_set(e, ERR_CONFIG, "%s:%d: can't be read", name, first_bad > 0 ? first_bad : 0);
	return ERR_OK;
}

int inifile_read(const char *path, inifile_fn *fn, void *ctx, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, INIFILE_SIZE_MAX, &text, e);
	return rc ? rc : inifile_parse(buf_str(&text), text.len, path, fn, ctx, e);
}
