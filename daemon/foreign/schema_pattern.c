#define PCRE2_CODE_UNIT_WIDTH 8

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/schema_impl.h"

#define LENGTH_MAX ((size_t)1000)
#define MATCH_LIMIT 1000000  /* steps of one attempt */
#define HEAP_LIMIT_KIB 32768

/* What ECMA-262 calls white space and line terminators, and all else, as the inside of a class. */
#define SPACE "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACE "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}" \
	"\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"
#define ANY "[^\\n\\r\\x{2028}\\x{2029}]"

struct schema_pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

static const struct {
	const char *ecma, *pcre;
} categories[] = {
	{ "Letter", "L" },           { "Lowercase_Letter", "Ll" },    { "Uppercase_Letter", "Lu" },
	{ "Titlecase_Letter", "Lt" }, { "Modifier_Letter", "Lm" },    { "Other_Letter", "Lo" },
	{ "Mark", "M" },             { "Nonspacing_Mark", "Mn" },     { "Spacing_Mark", "Mc" },
	{ "Number", "N" },           { "Decimal_Number", "Nd" },      { "digit", "Nd" },
	{ "Letter_Number", "Nl" },   { "Other_Number", "No" },        { "Punctuation", "P" },
	{ "punct", "P" },            { "Symbol", "S" },               { "Math_Symbol", "Sm" },
	{ "Currency_Symbol", "Sc" }, { "Separator", "Z" },            { "Space_Separator", "Zs" },
	{ "Other", "C" },            { "Control", "Cc" },             { "cntrl", "Cc" },
};

/* Escapes of one letter; NULL: may not stand there. */
static const struct {
	char letter;
	const char *outside, *in_class;
} escapes[] = {
	{ 'd', "\\d", "\\d" },          { 'D', "\\D", "\\D" },   { 'w', "\\w", "\\w" },   { 'W', "\\W", "\\W" },
	{ 's', "[" SPACE "]", SPACE },  { 'S', "[^" SPACE "]", NO_SPACE },
	{ 'b', "\\b", "\\x{8}" },       { 'B', "\\B", NULL },
	{ 't', "\\t", "\\t" },          { 'n', "\\n", "\\n" },   { 'r', "\\r", "\\r" },   { 'f', "\\f", "\\f" },
	{ 'v', "\\x{b}", "\\x{b}" },
};

/* Turns a pattern of ECMA-262 into one of PCRE2 that matches the same, or refuses what can't be turned. */
struct turning {
	const char *at, *end;
	struct buf out;
	bool in_class;
	unsigned repeats;       /* 1 behind a quantifier, 2 behind a lazy one */
	const char *fault;
};

static bool is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdefABCDEF") >= n;
}

static void add_code_point(struct turning *t, const char *digits, size_t n)
{
	MEM_CLEANUP char *copy = mem_strndup(digits, n);
	unsigned long c = strtoul(copy, NULL, 16);
	if (n > 6 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		t->fault = "no such character";
	buf_printf(&t->out, "\\x{%lx}", c);
}

/* at stands behind "\u"; two escapes of a surrogate pair are one character */
static void turn_unicode(struct turning *t)
{
	const char *s = t->at;
	const char *closing = *s == '{' ? strchr(s, '}') : NULL;
	if (closing && closing > s + 1 && is_hex(s + 1, (size_t)(closing - s - 1))) {
		add_code_point(t, s + 1, (size_t)(closing - s - 1));
		t->at = closing + 1;
		return;
	}
	if (!is_hex(s, 4)) {
		t->fault = "\\u wants four hexadecimal digits, or {..}";
		return;
	}
	MEM_CLEANUP char *first = mem_strndup(s, 4);
	unsigned long c = strtoul(first, NULL, 16);
	if (c >= 0xd800 && c <= 0xdbff && s[4] == '\\' && s[5] == 'u' && is_hex(s + 6, 4)) {
		MEM_CLEANUP char *second = mem_strndup(s + 6, 4);
		c = 0x10000 + ((c - 0xd800) << 10) + (strtoul(second, NULL, 16) - 0xdc00);
		MEM_CLEANUP char *pair = mem_printf("%lx", c);
		add_code_point(t, pair, strlen(pair));
		t->at += 10;
		return;
	}
	add_code_point(t, s, 4);
	t->at += 4;
}

static void turn_property(struct turning *t, char letter)
{
	const char *closing = *t->at == '{' ? strchr(t->at, '}') : NULL;
	if (!closing) {
		t->fault = "\\p and \\P want a property in {}";
		return;
	}
	MEM_CLEANUP char *name = mem_strndup(t->at + 1, (size_t)(closing - t->at - 1));
	const char *value = strncmp(name, "General_Category=", 17) == 0 ? name + 17 : strncmp(name, "gc=", 3) == 0 ? name + 3 : name;
	for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
		if (strcmp(value, categories[i].ecma) == 0)
			value = categories[i].pcre;
	buf_printf(&t->out, "\\%c{%s}", letter, value);
	t->at = closing + 1;
}

static bool turn_letter(struct turning *t, char c)
{
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		const char *turned = t->in_class ? escapes[i].in_class : escapes[i].outside;
		if (escapes[i].letter == c && turned) {
			buf_puts(&t->out, turned);
			return true;
		}
	}
	return false;
}

static void turn_escape(struct turning *t)
{
	char c = *t->at++;
	if (turn_letter(t, c))
		return;
	if (c && strchr("^$\\.*+?()[]{}|/-", c))
		buf_printf(&t->out, "\\%c", c);
	else if (c == 'u')
		turn_unicode(t);
	else if (c == 'x' && is_hex(t->at, 2)) {
		add_code_point(t, t->at, 2);
		t->at += 2;
	} else if (c == 'p' || c == 'P')
		turn_property(t, c);
	else if (c == 'c' && ((*t->at | 0x20) >= 'a' && (*t->at | 0x20) <= 'z'))
		buf_printf(&t->out, "\\x{%x}", (unsigned)*t->at++ & 0x1f);
	else if (c == '0' && (*t->at < '0' || *t->at > '9'))
		buf_puts(&t->out, "\\x{0}");
	else if (c >= '1' && c <= '9' && !t->in_class)
		buf_printf(&t->out, "\\g{%lu}", strtoul(t->at - 1, (char **)&t->at, 10));
	else if (c == 'k' && *t->at == '<' && !t->in_class)
		buf_puts(&t->out, "\\k");
	else
		t->fault = "an escape that ECMA-262 does not have there";
}

static void check_group(struct turning *t)
{
	const char *s = t->at;
	if (*s == '*')
		t->fault = "(* is not of ECMA-262";
	else if (*s == '?' && !(s[1] && strchr(":=!<", s[1])))
		t->fault = "a group that ECMA-262 does not have";
	else if (*s == '?')
		t->at += 1;
	buf_puts(&t->out, *s == '?' ? "(?" : "(");
}

static void turn_outside(struct turning *t, char c)
{
	unsigned repeats = t->repeats;
	t->repeats = c && strchr("*+?}", c) ? repeats + 1 : 0;
	if (repeats && c == '+')
		t->fault = "a quantifier that ECMA-262 does not have";
	else if (c == '.')
		buf_puts(&t->out, ANY);
	else if (c == '(')
		check_group(t);
	else {
		t->in_class = c == '[';
		buf_putc(&t->out, c);
		if (t->in_class && *t->at == '^')
			buf_putc(&t->out, *t->at++);
	}
}

static void turn_in_class(struct turning *t, char c)
{
	t->in_class = c != ']';
	buf_puts(&t->out, c == '[' ? "\\" : ""); /* no class in a class, no [:name:] */
	buf_putc(&t->out, c);
}

static void turn(struct turning *t)
{
	while (!t->fault && t->at < t->end) {
		char c = *t->at++;
		if (!c)
			t->fault = "a NUL character";
		else if (c == '\\') {
			t->repeats = 0;
			turn_escape(t);
		} else if (t->in_class)
			turn_in_class(t, c);
		else
			turn_outside(t, c);
	}
}

struct schema_pattern *schema_pattern_new(const char *text, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct turning t = { .at = text, .end = text + len, .fault = len > LENGTH_MAX ? "too long: at most 1000 bytes" : NULL };
	turn(&t);
	out = t.out;
	if (t.fault) {
		err_set(e, ERR_CONFIG, "pattern: %s", t.fault);
		return NULL;
	}
	const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |
	                         PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR reason[200] = "";
	PCRE2_SIZE offset;
	int number;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)buf_str(&out), out.len, options, &number, &offset, NULL);
	if (!code) {
		pcre2_get_error_message(number, reason, sizeof reason);
		err_set(e, ERR_CONFIG, "pattern: %s", (const char *)reason);
		return NULL;
	}
	struct schema_pattern *p = mem_alloc(sizeof *p);
	p->code = code;
	p->limits = pcre2_match_context_create(NULL);
	if (p->limits) {
		pcre2_set_match_limit(p->limits, MATCH_LIMIT);
		pcre2_set_heap_limit(p->limits, HEAP_LIMIT_KIB);
	}
	return p;
}

void schema_pattern_free(struct schema_pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

bool schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len, bool *out_exhausted)
{
	int result = PCRE2_ERROR_NOMEMORY;
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(p->code, NULL);
	if (data && p->limits)
		result = pcre2_match(p->code, (PCRE2_SPTR)s, len, 0, PCRE2_NO_UTF_CHECK, data, p->limits);
	pcre2_match_data_free(data);
	if (result < 0 && result != PCRE2_ERROR_NOMATCH)
		*out_exhausted = true;
	return result >= 0;
}
