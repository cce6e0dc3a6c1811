#include <stdint.h>
#include <string.h>

#include "base/lang.h"
#include "base/text_utf8.h"
#include "foreign/jdoc.h"
#include "foreign/jdoc_impl.h"

#define EXACT_MAX ((uint64_t)1 << 53) /* every reader of JSON keeps integers up to here exactly */
#define LONE_SURROGATE "invalid Unicode '" /* jansson has no code for it */

static const struct {
	enum json_error_code cause;
	enum err_code code;
	const char *reason;
} reasons[] = {
	{ json_error_duplicate_key, ERR_DUPLICATE, N_("a member of this name stands in the object already") },
	{ json_error_invalid_utf8, ERR_UTF8, N_("not a character of Unicode") },
	{ json_error_null_character, ERR_UTF8, N_("a NUL character may not stand in a text") },
	{ json_error_null_byte_in_key, ERR_UTF8, N_("a NUL character may not stand in a name") },
	{ json_error_premature_end_of_input, ERR_SYNTAX, N_("ends too early") },
	{ json_error_end_of_input_expected, ERR_SYNTAX, N_("something stands behind its end") },
	{ json_error_numeric_overflow, ERR_SYNTAX, N_("a number out of range") },
	{ json_error_stack_overflow, ERR_DEPTH, N_("nested too deep") },
};

/* Goes over the bytes once before jansson does: what it lets pass, or tells too late. */
struct scan {
	const char *at, *end;
	size_t line, column;
	unsigned depth, flags;
	bool in_text;
};

static int refuse(const struct scan *s, enum err_code code, const char *reason, struct err *e)
{
	return err_set(e, code, "JSON, line %zu, column %zu: %s", s->line, s->column, lang_text(reason));
}

static size_t measure_number(const struct scan *s)
{
	size_t n = 0;
	while (s->at + n < s->end && s->at[n] && strchr("+-.0123456789Ee", s->at[n]))
		n++;
	return n;
}

static int check_number(const struct scan *s, size_t len, struct err *e)
{
	uint64_t value = 0;
	for (size_t i = 0; i < len; i++)
		if (strchr(".eE", s->at[i]))
			return s->flags & JDOC_REALS ? ERR_OK : refuse(s, ERR_SYNTAX, "only whole numbers are taken", e);
	for (size_t i = s->at[0] == '-'; i < len && s->at[i] >= '0' && s->at[i] <= '9'; i++)
		if ((value = value * 10 + (uint64_t)(s->at[i] - '0')) > EXACT_MAX)
			return refuse(s, ERR_SYNTAX, "whole numbers go from -9007199254740992 to 9007199254740992", e);
	return ERR_OK;
}

static size_t measure_character(const struct scan *s)
{
	uint32_t c;
	size_t n = text_decode(s->at, (size_t)(s->end - s->at), &c);
	return n;
}

/* *out_len: bytes taken at s->at, whole characters; all but the first of more than one are on the same line. */
static int look(struct scan *s, size_t *out_len, struct err *e)
{
	char c = *s->at;
	*out_len = 1;
	if (s->in_text && c == '\\' && s->end - s->at > 1 && !(s->at[1] & 0x80) && s->at[1] != '\n')
		*out_len = 2;
	else if (c == '"')
		s->in_text = !s->in_text;
	else if (s->in_text)
		return ERR_OK;
	else if ((c == '[' || c == '{') && ++s->depth > JDOC_DEPTH_MAX)
		return refuse(s, ERR_DEPTH, "nested too deep: at most 32 levels", e);
	else if ((c == ']' || c == '}') && s->depth)
		s->depth--;
	else if (c == '-' || (c >= '0' && c <= '9')) {
		*out_len = measure_number(s);
		return check_number(s, *out_len, e);
	}
	return ERR_OK;
}

static int scan(const char *text, size_t len, unsigned flags, struct err *e)
{
	struct scan s = { text, text + len, 1, 1, 0, flags, false };
	while (s.at < s.end) {
		size_t n = measure_character(&s), columns = 1;
		if (!n)
			return refuse(&s, ERR_UTF8, "not UTF-8", e);
		if (n == 1) {
			int rc = look(&s, &n, e);
			if (rc)
				return rc;
			columns = n;
		}
		s.column = *s.at == '\n' ? 1 : s.column + columns;
		s.line += *s.at == '\n';
		s.at += n;
	}
	return ERR_OK;
}

static int explain(const json_error_t *j, struct err *e)
{
	enum err_code code = ERR_SYNTAX;
	const char *reason = N_("not JSON");
	if (strncmp(j->text, LONE_SURROGATE, strlen(LONE_SURROGATE)) == 0)
		return err_set(e, ERR_UTF8, "JSON, line %d, column %d: not a character of Unicode", j->line, j->column);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].cause == json_error_code(j)) {
			code = reasons[i].code;
			reason = reasons[i].reason;
		}
	return err_set(e, code, "JSON, line %d, column %d: %s", j->line > 0 ? j->line : 1, j->column > 0 ? j->column : 1,
	               lang_text(reason));
}

struct jdoc *jdoc_parse(const char *s, size_t len, size_t max, unsigned flags, struct err *e)
{
	json_error_t why;
	if (len > max) {
		err_set(e, ERR_TOOBIG, "JSON: %zu bytes; at most %zu are taken", len, max);
		return NULL;
	}
	if (scan(len ? s : "", len, flags, e))
		return NULL;
	json_t *j = json_loadb(len ? s : "", len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!j) {
		explain(&why, e);
		return NULL;
	}
	if (!(flags & JDOC_ANY) && !json_is_object(j) && !json_is_array(j)) {
		json_decref(j);
		err_set(e, ERR_SYNTAX, "JSON: an object or a list is wanted");
		return NULL;
	}
	return (struct jdoc *)j;
}
