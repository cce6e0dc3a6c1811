/* Recursive descent over the bytes of the text; what is built so far is always whole enough to be freed. */
#include "base/lang.h"
#include "model/cond.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/cond_tree.h"

#define NUMBER_DIGITS_MAX 18
#define MONTHS_OF_YEAR 12

struct parser {
	const char *text, *at;
	unsigned depth;
	struct err *e;
};

static int parse_any(struct parser *p, struct cond_node **out);

static size_t count_characters(const char *text, const char *at)
{
	size_t count = 1;

	for (; text < at; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* Positions are told in characters: what a person counts. */
int cond_refuse(const char *text, const char *at, struct err *e, const char *fmt, ...)
{
	char reason[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), lang_text(fmt), ap);
	va_end(ap);
	return err_set(e, ERR_CONFIG, "character %zu: %s", count_characters(text, at), reason);
}

#define refuse_at(p, at, ...) cond_refuse((p)->text, at, (p)->e, __VA_ARGS__)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_of_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

static void skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t");
}

static size_t measure_word(const char *s)
{
	size_t len = 0;

	while (is_of_word(s[len]))
		len++;
	return len;
}

/* True when the word stands next: whole, and not the beginning of a path. */
static bool sees_word(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	skip_blanks(p);
	return measure_word(p->at) == len && strncmp(p->at, word, len) == 0 && p->at[len] != '.';
}

static bool takes_word(struct parser *p, const char *word)
{
	if (!sees_word(p, word))
		return false;
	p->at += strlen(word);
	return true;
}

static int check_text(struct parser *p)
{
	size_t len = strlen(p->text), bad = 0;

	if (len > COND_TEXT_MAX)
		return refuse_at(p, p->text, "a text of at most %d bytes is wanted", COND_TEXT_MAX);
	if (!text_is_clean(p->text, len, &bad))
		return refuse_at(p, p->text + bad, "UTF-8 without control characters is wanted");
	return ERR_OK;
}

/* "...": out is a copy. */
static int parse_quoted(struct parser *p, char **out)
{
	const char *start, *end;

	skip_blanks(p);
	if (*p->at != '"')
		return refuse_at(p, p->at, "a text in \"...\" is wanted");
	start = p->at + 1;
	end = strchr(start, '"');
	if (!end)
		return refuse_at(p, p->at, "the text that begins here wants a closing \"");
	*out = mem_strndup(start, (size_t)(end - start));
	p->at = end + 1;
	return ERR_OK;
}

static int parse_number(struct parser *p, int64_t *out)
{
	const char *start;

	skip_blanks(p);
	start = p->at;
	if (!is_digit(*start))
		return refuse_at(p, start, "a number is wanted");
	*out = 0;
	for (; is_digit(*p->at); p->at++) {
		if (p->at - start == NUMBER_DIGITS_MAX)
			return refuse_at(p, start, "a number of at most %d digits is wanted", NUMBER_DIGITS_MAX);
		*out = *out * 10 + (*p->at - '0');
	}
	if (is_of_word(*p->at))
		return refuse_at(p, p->at, "a number is digits alone");
	return ERR_OK;
}

static bool is_reserved(const char *word, size_t len)
{
	static const char *const words[] = { "or", "and", "not", "in", "has" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == len && strncmp(words[i], word, len) == 0)
			return true;
	return false;
}

static int parse_path(struct parser *p, struct cond_path *out)
{
	const char *start = p->at;

	memset(out, 0, sizeof(*out));
	for (;; p->at++) {
		size_t len = measure_word(p->at);

		if (!len || !is_letter(*p->at))
			return refuse_at(p, p->at, "a word that begins with a letter is wanted");
		if (len > COND_WORD_MAX)
			return refuse_at(p, p->at, "a word of at most %d letters is wanted", COND_WORD_MAX);
		if (out->count == COND_PATH_MAX)
			return refuse_at(p, start, "a path of at most %d words is wanted", COND_PATH_MAX);
		memcpy(out->word[out->count++], p->at, len);
		p->at += len;
		if (*p->at != '.')
			return ERR_OK;
	}
}

static int parse_source(struct parser *p, struct cond_operand *o)
{
	skip_blanks(p);
	if (*p->at == '"') {
		o->source = COND_FROM_TEXT;
		return parse_quoted(p, &o->text);
	}
	if (is_digit(*p->at)) {
		o->source = COND_FROM_NUMBER;
		return parse_number(p, &o->number);
	}
	if (!is_letter(*p->at) || (is_reserved(p->at, measure_word(p->at)) && p->at[measure_word(p->at)] != '.'))
		return refuse_at(p, p->at, "a field, a number or a text in \"...\" is wanted");
	o->source = COND_FROM_PATH;
	return parse_path(p, &o->path);
}

static int parse_unit(struct parser *p, struct cond_operand *o)
{
	static const struct {
		const char *word;
		enum cond_shift shift;
		int factor;
	} units[] = {
		{ "day", COND_SHIFT_DAYS, 1 }, { "days", COND_SHIFT_DAYS, 1 },
		{ "month", COND_SHIFT_MONTHS, 1 }, { "months", COND_SHIFT_MONTHS, 1 },
		{ "year", COND_SHIFT_MONTHS, MONTHS_OF_YEAR }, { "years", COND_SHIFT_MONTHS, MONTHS_OF_YEAR },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (takes_word(p, units[i].word)) {
			o->shift = units[i].shift;
			o->by *= units[i].factor;
			return ERR_OK;
		}
	return refuse_at(p, p->at, "days, months or years are wanted");
}

/* The tail "+ 3 days", if there is one. */
static int parse_shift(struct parser *p, struct cond_operand *o)
{
	const char *before = p->at, *number;
	bool back;
	int rc;

	skip_blanks(p);
	if (*p->at != '+' && *p->at != '-') {
		p->at = before;
		return ERR_OK;
	}
	back = *p->at++ == '-';
	skip_blanks(p);
	number = p->at;
	rc = parse_number(p, &o->by);
	if (!rc && o->by > COND_SHIFT_MAX)
		rc = refuse_at(p, number, "a number of at most %d is wanted", COND_SHIFT_MAX);
	if (!rc)
		rc = parse_unit(p, o);
	if (back)
		o->by = -o->by;
	return rc;
}

static int parse_operand(struct parser *p, struct cond_operand **out)
{
	struct cond_operand *o = mem_alloc(sizeof(*o));
	const char *start;
	int rc;

	skip_blanks(p);
	start = p->at;
	rc = parse_source(p, o);
	if (!rc)
		rc = parse_shift(p, o);
	if (rc) {
		cond_operand_free(o);
		return rc;
	}
	o->written = mem_strndup(start, (size_t)(p->at - start));
	*out = o;
	return ERR_OK;
}

static bool takes_op(struct parser *p, enum cond_op *out)
{
	static const struct {
		const char *sign;
		enum cond_op op;
	} ops[] = {                               /* the longer of two with one beginning stands first */
		{ "!=", COND_UNEQUAL }, { "<=", COND_LESS_EQUAL }, { ">=", COND_GREATER_EQUAL },
		{ "=", COND_EQUAL }, { "<", COND_LESS }, { ">", COND_GREATER },
	};

	if (takes_word(p, "has")) {
		*out = COND_HAS;
		return true;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (strncmp(p->at, ops[i].sign, strlen(ops[i].sign)) == 0) {
			p->at += strlen(ops[i].sign);
			*out = ops[i].op;
			return true;
		}
	return false;
}

static int parse_texts(struct parser *p, struct cond_node *n)
{
	n->type = COND_IN;
	for (;; p->at++) {
		char *text;
		int rc = parse_quoted(p, &text);

		if (rc)
			return rc;
		n->texts = mem_grow(n->texts, n->texts_count + 1, sizeof(*n->texts));
		n->texts[n->texts_count++] = text;
		skip_blanks(p);
		if (*p->at != ',')
			return ERR_OK;
	}
}

static int parse_comparison(struct parser *p, struct cond_node *n)
{
	int rc = parse_operand(p, &n->left);

	n->type = COND_GIVEN;
	if (rc)
		return rc;
	if (takes_word(p, "in"))
		return parse_texts(p, n);
	if (!takes_op(p, &n->op))
		return ERR_OK;
	n->type = COND_COMPARED;
	return parse_operand(p, &n->right);
}

static void free_node(struct cond_node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->nodes_count; i++)
		free_node(n->nodes[i]);
	for (size_t i = 0; i < n->texts_count; i++)
		free(n->texts[i]);
	cond_operand_free(n->left);
	cond_operand_free(n->right);
	free(n->nodes);
	free(n->texts);
	free(n);
}

static void add_node(struct cond_node *n, struct cond_node *child)
{
	n->nodes = mem_grow(n->nodes, n->nodes_count + 1, sizeof(struct cond_node *));
	n->nodes[n->nodes_count++] = child;
}

static int parse_bracket(struct parser *p, struct cond_node **out)
{
	const char *start = p->at++;
	struct cond_node *n;
	int rc = parse_any(p, &n);

	if (rc)
		return rc;
	skip_blanks(p);
	if (*p->at != ')') {
		rc = refuse_at(p, p->at, "a ) for the ( at character %zu is wanted",
		            count_characters(p->text, start));
		free_node(n);
		return rc;
	}
	p->at++;
	*out = n;
	return ERR_OK;
}

static int parse_fact(struct parser *p, struct cond_node **out);

static int parse_denied(struct parser *p, struct cond_node **out)
{
	struct cond_node *child, *n;
	int rc = parse_fact(p, &child);

	if (rc)
		return rc;
	n = mem_alloc(sizeof(*n));
	n->type = COND_NOT;
	add_node(n, child);
	*out = n;
	return ERR_OK;
}

static int parse_plain(struct parser *p, struct cond_node **out)
{
	struct cond_node *n = mem_alloc(sizeof(*n));
	int rc = parse_comparison(p, n);

	if (rc)
		free_node(n);
	else
		*out = n;
	return rc;
}

static int parse_fact(struct parser *p, struct cond_node **out)
{
	int rc;

	skip_blanks(p);
	if (p->depth == COND_DEPTH_MAX)
		return refuse_at(p, p->at, "at most %d of ( and not within each other are wanted", COND_DEPTH_MAX);
	p->depth++;
	if (*p->at == '(')
		rc = parse_bracket(p, out);
	else if (takes_word(p, "not"))
		rc = parse_denied(p, out);
	else
		rc = parse_plain(p, out);
	p->depth--;
	return rc;
}

/* What the word joins; one alone stands for itself. */
static int parse_joined(struct parser *p, const char *word, enum cond_node_type type,
                        int (*part)(struct parser *, struct cond_node **), struct cond_node **out)
{
	struct cond_node *first, *joined;
	int rc = part(p, &first);

	if (rc || !sees_word(p, word)) {
		if (!rc)
			*out = first;
		return rc;
	}
	joined = mem_alloc(sizeof(*joined));
	joined->type = type;
	add_node(joined, first);
	while (!rc && takes_word(p, word)) {
		struct cond_node *next;

		rc = part(p, &next);
		if (!rc)
			add_node(joined, next);
	}
	if (rc)
		free_node(joined);
	else
		*out = joined;
	return rc;
}

static int parse_all(struct parser *p, struct cond_node **out)
{
	return parse_joined(p, "and", COND_AND, parse_fact, out);
}

static int parse_any(struct parser *p, struct cond_node **out)
{
	return parse_joined(p, "or", COND_OR, parse_all, out);
}

int cond_parse(const char *text, struct cond **out, struct err *e)
{
	struct parser p = { .text = text, .at = text, .e = e };
	struct cond_node *root = NULL;
	int rc = check_text(&p);

	if (!rc)
		rc = parse_any(&p, &root);
	if (rc)
		return rc;
	skip_blanks(&p);
	if (*p.at) {
		free_node(root);
		return refuse_at(&p, p.at, "the end, \"and\" or \"or\" is wanted");
	}
	*out = mem_alloc(sizeof(**out));
	(*out)->text = mem_strdup(text);
	(*out)->root = root;
	return ERR_OK;
}

void cond_free(struct cond *c)
{
	if (!c)
		return;
	free_node(c->root);
	free(c->text);
	free(c);
}

int cond_operand_read(const char *text, size_t *at, struct cond_operand **out, struct err *e)
{
	struct parser p = { .text = text, .at = text + *at, .e = e };
	int rc = check_text(&p);

	if (!rc)
		rc = parse_operand(&p, out);
	if (!rc)
		*at = (size_t)(p.at - text);
	return rc;
}

int cond_operand_parse(const char *text, struct cond_operand **out, struct err *e)
{
	struct parser p = { .text = text, .e = e };
	struct cond_operand *o;
	size_t at = 0;
	int rc = cond_operand_read(text, &at, &o, e);

	if (rc)
		return rc;
	p.at = text + at;
	skip_blanks(&p);
	if (*p.at) {
		cond_operand_free(o);
		return refuse_at(&p, p.at, "the end is wanted");
	}
	*out = o;
	return ERR_OK;
}

void cond_operand_free(struct cond_operand *o)
{
	if (!o)
		return;
	free(o->written);
	free(o->text);
	free(o);
}
