#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	int exit, http;
	const char *meaning;
} codes[ERR_COUNT] = {
	[ERR_OK] = { "OK", 0, 200, "It was done." },
	[ERR_KIND] = { "KIND", 20, 404, "The rule book has no such kind, unit, role or matter." },
	[ERR_SCHEMA] = { "SCHEMA", 21, 422, "The record does not fit the schema of its kind." },
	[ERR_UTF8] = { "UTF8", 22, 422, "The text is not UTF-8, or holds characters that must not stand in a record." },
	[ERR_TOOBIG] = { "TOOBIG", 23, 413, "A body, attachment, message or line is over its limit." },
	[ERR_DUPLICATE] = { "DUPLICATE", 24, 422, "A member occurs twice in one JSON object." },
	[ERR_DEPTH] = { "DEPTH", 25, 422, "The JSON is nested too deep." },
	[ERR_SYNTAX] = { "SYNTAX", 26, 422, "What was read is malformed." },
	[ERR_MEDIA] = { "MEDIA", 27, 415, "The content type is not the one that is taken here." },
	[ERR_HALF] = { "HALF", 28, 400, "The request never became whole, or has a wrong method or version." },
	[ERR_RULE] = { "RULE", 29, 422, "A rule of the rule book or of the ledger refuses it." },
	[ERR_CONFLICT] = { "CONFLICT", 30, 409, "The request id came with other bytes before, or the plan has changed." },
	[ERR_CLOCK] = { "CLOCK", 31, 409, "The clock can't be believed." },
	[ERR_GONE] = { "GONE", 32, 410, "The record existed and was disposed of." },
	[ERR_REASON] = { "REASON", 33, 409, "A rule allows it with a written reason only." },
	[ERR_USAGE] = { "USAGE", 64, 400, "The command or option is unknown, or an argument is missing." },
	[ERR_NOTFOUND] = { "NOTFOUND", 66, 404, "There is no such entry, file or store." },
	[ERR_UNAVAILABLE] = { "UNAVAILABLE", 69, 503, "The daemon or one of its roles can't be reached." },
	[ERR_BUG] = { "BUG", 70, 500, "The program found itself in a state that it must never be in." },
	[ERR_READONLY] = { "READONLY", 71, 507, "The file system or the store takes no writes." },
	[ERR_FORMAT] = { "FORMAT", 72, 500, "The store or the ledger has a newer format than this program." },
	[ERR_FULL] = { "FULL", 73, 507, "No space is left on the file system." },
	[ERR_IO] = { "IO", 74, 500, "The system failed to read, write or start something." },
	[ERR_BUSY] = { "BUSY", 75, 503, "Another process holds the lock, or no answer came in time." },
	[ERR_KEY] = { "KEY", 76, 500, "The key is missing, unusable, or not the one that the ledger names." },
	[ERR_PERM] = { "PERM", 77, 403, "The caller may not do this." },
	[ERR_CONFIG] = { "CONFIG", 78, 500, "The configuration or the rule book is wrong." },
	[ERR_LEDGER] = { "LEDGER", 4, 500, "The ledger does not hold what it must; `daicho verify` says what." },
};

static const struct {
	int errnum;
	enum err_code code;
} causes[] = {
	{ ENOSPC, ERR_FULL }, { EDQUOT, ERR_FULL }, { EROFS, ERR_READONLY }, { EACCES, ERR_PERM },
	{ EPERM, ERR_PERM },  { ENOENT, ERR_NOTFOUND },
};

static int get_index(enum err_code code)
{
	return (int)code >= 0 && code < ERR_COUNT ? (int)code : ERR_BUG;
}

/* Copies what fits, and no half of a character: an error document has to be UTF-8. */
static void copy_cut(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);
	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

/* Through a copy, since an argument may be the old text. One byte more than is kept shows that it was cut. */
__attribute__((format(printf, 3, 0)))
static void format_text(char *out, size_t size, const char *fmt, va_list args)
{
	char text[ERR_TEXT_MAX + 8];
	vsnprintf(text, sizeof text, fmt, args);
	copy_cut(out, size, text);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e)
		return code;
	va_list args;
	va_start(args, fmt);
	format_text(e->text, sizeof e->text, fmt, args);
	va_end(args);
	e->code = code;
	e->next[0] = '\0';
	return code;
}

int err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	enum err_code code = ERR_IO;
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].errnum == errnum)
			code = causes[i].code;
	if (!e)
		return code;
	char object[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	format_text(object, sizeof object, fmt, args);
	va_end(args);
	const char *reason = strerrordesc_np(errnum);
	return err_set(e, code, "%s: %s", object, reason ? reason : "unknown reason");
}

int err_next(struct err *e, const char *fmt, ...)
{
	if (!e)
		return ERR_BUG;
	va_list args;
	va_start(args, fmt);
	format_text(e->next, sizeof e->next, fmt, args);
	va_end(args);
	return e->code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	if (!e)
		return ERR_BUG;
	char prefix[ERR_TEXT_MAX], text[2 * ERR_TEXT_MAX + 2];
	va_list args;
	va_start(args, fmt);
	format_text(prefix, sizeof prefix, fmt, args);
	va_end(args);
	snprintf(text, sizeof text, "%s: %s", prefix, e->text);
	copy_cut(e->text, sizeof e->text, text);
	return e->code;
}

const char *err_word(enum err_code code)
{
	return codes[get_index(code)].word;
}

const char *err_meaning(enum err_code code)
{
	return codes[get_index(code)].meaning;
}

int err_exit(enum err_code code)
{
	return codes[get_index(code)].exit;
}

int err_http(enum err_code code)
{
	return codes[get_index(code)].http;
}

enum err_code err_from_word(const char *word)
{
	for (int i = 0; word && i < ERR_COUNT; i++)
		if (strcmp(codes[i].word, word) == 0)
			return i;
	return ERR_BUG;
}
