/* The few characters of dates and document numbers that are typed in several forms; numbers in digits and in kanji. */
#include <string.h>

#include "base/text.h"
#include "base/text_utf8.h"

#define FULL_WIDTH_FIRST 0xff01
#define FULL_WIDTH_LAST 0xff5e
#define FULL_WIDTH_OFFSET 0xfee0

static const struct {
	uint32_t character;
	const char *plain;
} folds[] = {
	{ 0x2212, "-" },  { 0x2f00, "一" }, { 0x2f06, "二" }, { 0x2f0b, "八" }, { 0x2f17, "十" },
	{ 0x2f47, "日" }, { 0x2f49, "月" }, { 0x3000, " " },  { 0xf9a8, "令" },
};

void text_fold(struct buf *b, const char *s, size_t len)
{
	uint32_t c;
	for (size_t at = 0, n; at < len; at += n) {
		const char *plain = NULL;
		if (!(n = text_decode(s + at, len - at, &c)))
			n = 1, c = 0;
		for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
			if (folds[i].character == c)
				plain = folds[i].plain;
		if (plain)
			buf_puts(b, plain);
		else if (c >= FULL_WIDTH_FIRST && c <= FULL_WIDTH_LAST)
			buf_putc(b, (char)(c - FULL_WIDTH_OFFSET));
		else
			buf_add(b, s + at, n);
	}
}

static size_t read_digits(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	size_t n = 0;
	for (; n < len && s[n] >= '0' && s[n] <= '9'; n++)
		if ((v = v * 10 + (uint64_t)(s[n] - '0')) > max)
			return 0;
	*out = (uint32_t)v;
	return n;
}

#define KANJI_LEN 3

static const struct {
	char kanji[KANJI_LEN + 1];
	uint32_t value;
} numerals[] = {
	{ "〇", 0 }, { "一", 1 }, { "二", 2 }, { "三", 3 }, { "四", 4 }, { "五", 5 }, { "六", 6 }, { "七", 7 },
	{ "八", 8 }, { "九", 9 }, { "十", 10 }, { "百", 100 }, { "千", 1000 },
};

static bool find_numeral(const char *s, size_t len, uint32_t *out)
{
	for (size_t i = 0; len >= KANJI_LEN && i < sizeof numerals / sizeof *numerals; i++)
		if (memcmp(numerals[i].kanji, s, KANJI_LEN) == 0) {
			*out = numerals[i].value;
			return true;
		}
	return false;
}

/* Either figures alone (二〇二四), or each figure with its unit, units falling (二千二十四). */
static size_t read_kanji(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t total = 0, figures = 0;
	uint32_t v, last_unit = 10000;
	size_t n = 0, figures_count = 0;
	for (; find_numeral(s + n, len - n, &v); n += KANJI_LEN) {
		if (v < 10) {
			figures = figures * 10 + v;
			if (++figures_count > 9)
				return 0;
			continue;
		}
		if (v >= last_unit || figures_count > 1 || (figures_count && !figures))
			return 0;
		total += (figures_count ? figures : 1) * v;
		last_unit = v;
		figures = figures_count = 0;
	}
	if ((last_unit < 10000 && figures_count > 1) || total + figures > max)
		return 0;
	*out = (uint32_t)(total + figures);
	return n;
}

size_t text_number(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint32_t v = 0, other;
	size_t n = read_digits(s, len, max, &v);
	if (n ? find_numeral(s + n, len - n, &other) : !(n = read_kanji(s, len, max, &v)))
		return 0;
	if (n < len && s[n] >= '0' && s[n] <= '9')
		return 0;
	*out = v;
	return n;
}
