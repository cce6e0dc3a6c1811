#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

static const struct {
	const char *word;
	int exit, http;
	const char *meaning;
	const char *next;            /* where the text's own function says nothing nearer */
} codes[ERR_COUNT] = {
	[ERR_OK] = { "OK", 0, 200, N_("It was done."),
		"" },
	[ERR_KIND] = { "KIND", 20, 404, N_("The rule book has no such kind, unit, role or matter."),
		N_("daicho kinds lists the kinds, daicho rules show also units, roles and matters") },
	[ERR_SCHEMA] = { "SCHEMA", 21, 422, N_("The record does not fit the schema of its kind."),
		N_("daicho kinds NAME shows the fields of a kind") },
	[ERR_UTF8] = { "UTF8", 22, 422, N_("The text is not UTF-8, or holds characters that must not stand in a record."),
		N_("write it anew as UTF-8, without control characters") },
	[ERR_TOOBIG] = { "TOOBIG", 23, 413, N_("A body, attachment, message or line is over its limit."),
		N_("make it smaller; daicho rules show tells the limits of records") },
	[ERR_DUPLICATE] = { "DUPLICATE", 24, 422, N_("A member occurs twice in one JSON object."),
		N_("leave one of the two members") },
	[ERR_DEPTH] = { "DEPTH", 25, 422, N_("The JSON is nested too deep."),
		N_("write it with less nesting") },
	[ERR_SYNTAX] = { "SYNTAX", 26, 422, N_("What was read is malformed."),
		N_("mend it where the text says, then try again") },
	[ERR_MEDIA] = { "MEDIA", 27, 415, N_("The content type is not the one that is taken here."),
		N_("send it as application/json") },
	[ERR_HALF] = { "HALF", 28, 400, N_("The request never became whole, or has a wrong method or version."),
		N_("send the whole request again, as daichod(8) describes it") },
	[ERR_RULE] = { "RULE", 29, 422, N_("A rule of the rule book or of the ledger refuses it."),
		N_("do first what the rule wants; daicho rules show tells the clauses, daicho status what stands") },
	[ERR_CONFLICT] = { "CONFLICT", 30, 409,
	                   N_("The request id came with other bytes before, or the plan has changed."),
		N_("look at what stands now, daicho status, and ask again") },
	[ERR_CLOCK] = { "CLOCK", 31, 409, N_("The clock can't be believed."),
		N_("set the clock of the machine right, or have two persons vouch for it: daicho clock --help") },
	[ERR_GONE] = { "GONE", 32, 410, N_("The record existed and is gone: disposed of, or lost."),
		N_("daicho disposal register tells what was disposed of, daicho loss list what was lost") },
	[ERR_REASON] = { "REASON", 33, 409, N_("A rule allows it with a written reason only."),
		N_("give the reason: --reason TEXT") },
	[ERR_USAGE] = { "USAGE", 64, 400, N_("The command or option is unknown, or an argument is missing."),
		N_("the same command with --help tells what it takes") },
	[ERR_NOTFOUND] = { "NOTFOUND", 66, 404, N_("There is no such entry, file or store."),
		N_("look for a slip in that name or number") },
	[ERR_UNAVAILABLE] = { "UNAVAILABLE", 69, 503, N_("The daemon or one of its roles can't be reached."),
		N_("start the daemon, daichod --store DIR, or read in its log why it stopped") },
	[ERR_BUG] = { "BUG", 70, 500, N_("The program found itself in a state that it must never be in."),
		N_("keep this text, and report it with what was asked") },
	[ERR_READONLY] = { "READONLY", 71, 507, N_("The file system or the store takes no writes."),
		N_("make that file system writable, then try again") },
	[ERR_FORMAT] = { "FORMAT", 72, 500, N_("The store or the ledger has a newer format than this program."),
		N_("take a daicho of that format") },
	[ERR_FULL] = { "FULL", 73, 507, N_("No space is left on the file system."),
		N_("make room on that disk, then try again") },
	[ERR_IO] = { "IO", 74, 500, N_("The system failed to read, write or start something."),
		N_("mend what the system names there, then try again") },
	[ERR_BUSY] = { "BUSY", 75, 503, N_("Another process holds the lock, or no answer came in time."),
		N_("wait until the other one is done, then try again") },
	[ERR_KEY] = { "KEY", 76, 500, N_("The key is missing, unusable, or not the one that the ledger names."),
		N_("daicho key list tells the ledger's keys, daicho log --kind appointment who holds a role with a key") },
	[ERR_PERM] = { "PERM", 77, 403, N_("The caller may not do this."),
		N_("let one do it who may: daicho rules show tells the roles, ls -l the owner of a file") },
	[ERR_CONFIG] = { "CONFIG", 78, 500, N_("The configuration or the rule book is wrong."),
		N_("mend what is named there; daicho.ini(5) describes each key") },
	[ERR_LEDGER] = { "LEDGER", 4, 500, N_("The ledger does not hold what it must; `daicho verify` says what."),
		N_("daicho verify STORE tells what it lacks") },
};

static const struct {
	int errnum;
	enum err_code code;
	const char *reason;          /* as strerrordesc_np has it, here so that it is translated */
} causes[] = {
	{ ENOSPC, ERR_FULL, N_("No space left on device") },
	{ EDQUOT, ERR_FULL, N_("Disk quota exceeded") },
	{ EROFS, ERR_READONLY, N_("Read-only file system") },
	{ EACCES, ERR_PERM, N_("Permission denied") },
	{ EPERM, ERR_PERM, N_("Operation not permitted") },
	{ ENOENT, ERR_NOTFOUND, N_("No such file or directory") },
	{ EEXIST, ERR_IO, N_("File exists") },
	{ EIO, ERR_IO, N_("Input/output error") },
	{ EISDIR, ERR_IO, N_("Is a directory") },
	{ ENOTDIR, ERR_IO, N_("Not a directory") },
	{ ENOTEMPTY, ERR_IO, N_("Directory not empty") },
	{ ELOOP, ERR_IO, N_("Too many levels of symbolic links") },
	{ ENAMETOOLONG, ERR_IO, N_("File name too long") },
	{ EMFILE, ERR_BUSY, N_("Too many open files") },
	{ ENFILE, ERR_BUSY, N_("Too many open files in system") },
	{ ENOMEM, ERR_BUSY, N_("Cannot allocate memory") },
	{ EAGAIN, ERR_BUSY, N_("Resource temporarily unavailable") },
	{ EBUSY, ERR_IO, N_("Device or resource busy") },
	{ EPIPE, ERR_IO, N_("Broken pipe") },
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

/* The text in the thread's language, and for the log in English where that is another. */
__attribute__((format(printf, 4, 0)))
static void format_both(char *out, char *out_log, size_t size, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	bool is_english = lang_get() == LANG_EN;
	char log[ERR_TEXT_MAX] = "";
	if (!is_english)
		format_text(log, size, fmt, again);
	va_end(again);
	format_text(out, size, lang_text(fmt), args);
	copy_cut(out_log, size, log);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e)
		return code;
	va_list args;
	va_start(args, fmt);
	format_both(e->text, e->log_text, sizeof e->text, fmt, args);
	va_end(args);
	e->code = code;
	e->next[0] = e->log_next[0] = '\0';
	return code;
}

/* `text` stands in a struct err. */
static void put_before(const char *prefix, char text[ERR_TEXT_MAX])
{
	char whole[2 * ERR_TEXT_MAX + 2];
	snprintf(whole, sizeof whole, "%s: %s", prefix, text);
	copy_cut(text, ERR_TEXT_MAX, whole);
}

int err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	enum err_code code = ERR_IO;
	const char *reason = strerrordesc_np(errnum);
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].errnum == errnum) {
			code = causes[i].code;
			reason = causes[i].reason;
		}
	if (!e)
		return code;
	char object[ERR_TEXT_MAX], log_object[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	format_both(object, log_object, sizeof object, fmt, args);
	va_end(args);
	if (!reason)
		reason = N_("unknown reason");
	err_set(e, code, "%s: %s", object, lang_text(reason));
	if (*log_object) {
		snprintf(e->log_text, sizeof e->log_text, "%s", reason);
		put_before(log_object, e->log_text);
	}
	return code;
}

int err_sync(struct err *e, int errnum, const char *path)
{
	err_errno(e, errnum, "%s: sync", path);
	if (e)
		e->code = ERR_IO;
	return ERR_IO;
}

int err_next(struct err *e, const char *fmt, ...)
{
	if (!e)
		return ERR_BUG;
	va_list args;
	va_start(args, fmt);
	format_both(e->next, e->log_next, sizeof e->next, fmt, args);
	va_end(args);
	return e->code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	if (!e)
		return ERR_BUG;
	char prefix[ERR_TEXT_MAX], log_prefix[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	format_both(prefix, log_prefix, sizeof prefix, fmt, args);
	va_end(args);
	if (*e->log_text)
		put_before(*log_prefix ? log_prefix : prefix, e->log_text);
	put_before(prefix, e->text);
	return e->code;
}

const char *err_log_text(const struct err *e)
{
	return *e->log_text ? e->log_text : e->text;
}

const char *err_next_text(const struct err *e)
{
	const char *next = codes[get_index(e->code)].next;
	return *e->next || !*next ? e->next : lang_text(next);
}

const char *err_log_next(const struct err *e)
{
	if (*e->log_next)
		return e->log_next;
	return *e->next ? e->next : codes[get_index(e->code)].next;
}

const char *err_word(enum err_code code)
{
	return codes[get_index(code)].word;
}

const char *err_meaning(enum err_code code)
{
	return lang_text(codes[get_index(code)].meaning);
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
