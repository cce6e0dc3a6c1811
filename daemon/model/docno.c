#include "model/docno.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define BEGIN "第"
#define END "号"
#define BRANCH "の"

struct part {
	const char *at;
	size_t len;
};

static bool begins(struct part p, const char *word)
{
	size_t len = strlen(word);
	return p.len >= len && memcmp(p.at, word, len) == 0;
}

static bool ends(struct part p, const char *word)
{
	size_t len = strlen(word);
	return p.len >= len && memcmp(p.at + p.len - len, word, len) == 0;
}

static void skip(struct part *p, size_t len)
{
	p->at += len;
	p->len -= len;
}

static void trim(struct part *p)
{
	while (begins(*p, " "))
		skip(p, 1);
	while (ends(*p, " "))
		p->len--;
}

static bool skip_word(struct part *p, const char *word)
{
	if (!begins(*p, word))
		return false;
	skip(p, strlen(word));
	return true;
}

static bool skip_end(struct part *p, const char *word)
{
	if (!ends(*p, word))
		return false;
	p->len -= strlen(word);
	return true;
}

static bool skip_number(struct part *p, uint32_t *out)
{
	size_t n = text_number(p->at, p->len, DOCNO_NUMBER_MAX, out);
	skip(p, n);
	return n > 0;
}

/* 第NUMBER号 at the beginning of p, which is then behind it. */
static bool skip_numbered(struct part *p, uint32_t *out)
{
	struct part rest = *p;
	if (!skip_word(&rest, BEGIN))
		return false;
	trim(&rest);
	if (!skip_number(&rest, out))
		return false;
	trim(&rest);
	if (!skip_word(&rest, END))
		return false;
	*p = rest;
	return true;
}

/* The one 第NUMBER号 of the text: what stands before and behind it. */
static bool split(struct part all, struct part *out_before, struct part *out_after, uint32_t *out_number)
{
	size_t found = 0;
	for (struct part p = all; p.len;) {
		struct part before = { all.at, (size_t)(p.at - all.at) };
		if (!skip_numbered(&p, out_number)) {
			skip(&p, 1);
			continue;
		}
		*out_before = before;
		*out_after = p;
		if (++found > 1)
			return false;
	}
	return found == 1;
}

static bool take_branch(struct part *after, uint32_t *out)
{
	struct part p = *after;
	if (!skip_word(&p, BRANCH))
		return true;
	if (!skip_number(&p, out) || !*out)
		return false;
	*after = p;
	return true;
}

struct eras {
	const struct era *table;
	size_t n;
};

static bool take_day(const struct eras *eras, struct part p, struct date *out)
{
	bool notice;
	trim(&p);
	if (begins(p, "(") && ends(p, ")") && p.len >= 2) {
		skip(&p, 1);
		p.len--;
		trim(&p);
	}
	if (!skip_end(&p, "付け"))
		skip_end(&p, "付");
	return era_parse(eras->table, eras->n, p.at, p.len, out, &notice, NULL) == ERR_OK;
}

/* A day at the beginning of p: the longest that is one, up to a sign after which it may end. */
static bool skip_day(const struct eras *eras, struct part *p, struct date *out)
{
	static const char *const signs[] = { "付け", "付", "日", " ", ")" };
	for (size_t len = p->len; len; len--) {
		struct part head = { p->at, len };
		for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
			if (ends(head, signs[i]) && take_day(eras, head, out)) {
				skip(p, len);
				return true;
			}
	}
	return false;
}

static bool take_prefix(struct part p, struct docno *out)
{
	size_t at;
	trim(&p);
	if (!p.len || p.len > DOCNO_PREFIX_MAX || !text_is_clean(p.at, p.len, &at) || memchr(p.at, '\n', p.len))
		return false;
	memcpy(out->prefix, p.at, p.len);
	return true;
}

bool docno_parse(const struct era *eras, size_t n, const char *text, size_t len, struct docno *out)
{
	const struct eras table = { eras, n };
	struct docno d = { .text = text, .len = len };
	struct part before, after;
	BUF_CLEANUP struct buf plain = BUF_INIT;
	if (len > DOCNO_TEXT_MAX)
		return false;
	text_fold(&plain, text, len);
	if (!split((struct part){ buf_str(&plain), plain.len }, &before, &after, &d.number) || !d.number ||
	    !take_branch(&after, &d.branch))
		return false;
	trim(&before);
	trim(&after);
	d.has_date = skip_day(&table, &before, &d.date);
	if (after.len) {
		if (d.has_date || !take_day(&table, after, &d.date))
			return false;
		d.has_date = true;
	}
	if (!take_prefix(before, &d))
		return false;
	*out = d;
	return true;
}
