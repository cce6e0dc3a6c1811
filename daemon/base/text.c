#include "base/text.h"

#include <string.h>

#include "base/text_utf8.h"

size_t text_decode(const char *s, size_t len, uint32_t *out)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t first; /* below it the form is overlong */
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	if (len == 0)
		return 0;
	unsigned char lead = (unsigned char)s[0];
	size_t more = 0;
	while (more < 4 && (lead & forms[more].mask) != forms[more].lead)
		more++;
	if (more == 4 || more >= len)
		return 0;
	uint32_t c = lead & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < forms[more].first || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return more + 1;
}

bool text_is_allowed(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{ 0x00, 0x08 },     { 0x0b, 0x1f },     { 0x7f, 0x9f },     { 0x61c, 0x61c },     { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x2060 }, { 0x2066, 0x2069 }, { 0xfdd0, 0xfdef },   { 0xfeff, 0xfeff },
		{ 0xe0000, 0xe007f },
	};
	if ((c & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof refused / sizeof *refused && refused[i].first <= c; i++)
		if (c <= refused[i].last)
			return false;
	return true;
}

bool text_is_utf8(const char *s, size_t len)
{
	uint32_t c;
	for (size_t at = 0, n; at < len; at += n)
		if (!(n = text_decode(s + at, len - at, &c)))
			return false;
	return true;
}

bool text_is_clean(const char *s, size_t len, size_t *out_at)
{
	uint32_t c;
	for (size_t at = 0, n; at < len; at += n) {
		n = text_decode(s + at, len - at, &c);
		if (n && text_is_allowed(c))
			continue;
		if (out_at)
			*out_at = at;
		return false;
	}
	return true;
}

void text_add_safe(struct buf *b, const char *s, size_t len, bool one_line)
{
	uint32_t c;
	for (size_t at = 0, n; at < len; at += n) {
		n = text_decode(s + at, len - at, &c);
		if (!n) {
			buf_printf(b, "\\x{%02x}", (unsigned char)s[at]);
			n = 1;
		} else if (!text_is_allowed(c))
			buf_printf(b, "\\u{%x}", (unsigned)c);
		else if (c == '\t' || (c == '\n' && one_line))
			buf_putc(b, ' ');
		else
			buf_add(b, s + at, n);
	}
}

bool text_is_name(const char *s, size_t len)
{
	if (len < 1 || len > 32 || s[0] < 'a' || s[0] > 'z' || s[len - 1] == '-')
		return false;
	for (size_t i = 1; i < len; i++) {
		bool is_plain = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
		if (!is_plain && (s[i] != '-' || s[i - 1] == '-'))
			return false;
	}
	return true;
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *s, const char *needle, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fold(s[i]) != fold(needle[i]))
			return false;
	return true;
}

bool text_contains(const char *hay, size_t hay_len, const char *needle)
{
	size_t n = strlen(needle);
	for (size_t at = 0; n <= hay_len && at <= hay_len - n; at++)
		if (begins_with(hay + at, needle, n))
			return true;
	return false;
}

bool text_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) || __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return false;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}
