#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "model/pgpmsg.h"

static int read_buf(void *ctx, uint64_t at, void *out, size_t len, struct err *e)
{
	const struct buf *b = ctx;
	assert_true(at + len <= b->len); /* never asked for more than there is */
	memcpy(out, b->ptr + at, len);
	(void)e;
	return ERR_OK;
}

static int parse(struct buf *b, struct pgpmsg *out)
{
	struct err e = ERR_INIT;
	return pgpmsg_parse(read_buf, b, b->len, out, &e);
}

/* A session key for the key id 0102030405060708, in the old form of packets with so many bytes of length. */
static void put_key(struct buf *b, unsigned length_type, uint8_t version, uint8_t last)
{
	const uint8_t body[] = { version, 1, 2, 3, 4, 5, 6, 7, last, 18, 0xaa, 0xbb };
	buf_putc(b, (char)(0x80 | 1 << 2 | length_type));
	for (unsigned i = (1u << length_type) - 1; i > 0; i--)
		buf_putc(b, 0);
	buf_putc(b, sizeof body);
	buf_add(b, body, sizeof body);
}

static void put_data(struct buf *b, const void *length, size_t length_len, size_t len)
{
	buf_putc(b, (char)(0xc0 | 18));
	buf_add(b, length, length_len);
	for (size_t i = 0; i < len; i++)
		buf_putc(b, 'x');
}

static void names_the_keys_that_open_it(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct pgpmsg m;
	put_key(&b, 0, 3, 8);
	put_key(&b, 1, 3, 0xff);
	put_key(&b, 2, 3, 9);
	put_data(&b, "\x05", 1, 5);
	assert_int_equal(parse(&b, &m), ERR_OK);
	assert_int_equal(m.count, 3);
	assert_string_equal(m.id[0], "0102030405060708");
	assert_string_equal(m.id[1], "01020304050607FF");
}

static void takes_every_form_of_length(void **s)
{
	(void)s;
	static const struct { const char *length; size_t length_len, len; } forms[] = {
		{ "\x00", 1, 0 }, { "\xbf", 1, 191 }, { "\xc0\x00", 2, 192 }, { "\xc5\xfb", 2, 1723 },
		{ "\xff\x00\x00\x20\xc0", 5, 8384 },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		struct pgpmsg m;
		put_key(&b, 0, 3, 8);
		put_data(&b, forms[i].length, forms[i].length_len, forms[i].len);
		assert_int_equal(parse(&b, &m), ERR_OK);
		buf_putc(&b, 'x');
		assert_int_equal(parse(&b, &m), ERR_SYNTAX);
		b.len -= 2;
		assert_int_equal(parse(&b, &m), ERR_SYNTAX);
	}
}

static void follows_data_in_parts_to_its_end(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct pgpmsg m;
	put_key(&b, 0, 3, 8);
	put_data(&b, "\xe3", 1, 8);
	buf_puts(&b, "\xe1yy\x03zzz");
	assert_int_equal(parse(&b, &m), ERR_OK);
	for (size_t len = b.len; --len;) { /* cut anywhere */
		struct buf cut = { .ptr = b.ptr, .len = len };
		assert_int_equal(parse(&cut, &m), ERR_SYNTAX);
	}
	buf_putc(&b, 'x');
	assert_int_equal(parse(&b, &m), ERR_SYNTAX);
}

static void refuses_what_is_not_encrypted_to_keys_alone(void **s)
{
	(void)s;
	static const struct { const char *bytes; size_t len; } others[] = {
		{ "", 0 }, { "x", 1 }, { "\xd2\x01x", 3 } /* data without a key */, { "\x8c\x01x", 3 } /* by a passphrase */,
		{ "\xcb\x01x", 3 } /* plain text */, { "\xff\xff\xff\xff\xff", 5 }, { "-----BEGIN PGP MESSAGE-----\n", 28 },
	};
	struct pgpmsg m = { .count = 7 };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct buf b = { .ptr = (char *)(uintptr_t)others[i].bytes, .len = others[i].len };
		assert_int_equal(parse(&b, &m), ERR_SYNTAX);
	}
	BUF_CLEANUP struct buf mixed = BUF_INIT;
	put_key(&mixed, 0, 3, 8);
	buf_add(&mixed, "\x8c\x01x", 3);
	put_data(&mixed, "\x01", 1, 1);
	assert_int_equal(parse(&mixed, &m), ERR_SYNTAX);
	assert_int_equal(m.count, 7);
}

static void refuses_keys_that_are_hidden_or_of_another_version(void **s)
{
	(void)s;
	struct pgpmsg m;
	BUF_CLEANUP struct buf other = BUF_INIT, hidden = BUF_INIT;
	put_key(&other, 0, 6, 8);
	put_data(&other, "\x01", 1, 1);
	assert_int_equal(parse(&other, &m), ERR_SYNTAX);
	buf_add(&hidden, "\x84\x0c\x03\0\0\0\0\0\0\0\0\x12xx", 14);
	put_data(&hidden, "\x01", 1, 1);
	assert_int_equal(parse(&hidden, &m), ERR_SYNTAX);
}

static void refuses_more_recipients_than_it_has_room_for(void **s)
{
	(void)s;
	struct pgpmsg m;
	BUF_CLEANUP struct buf b = BUF_INIT;
	for (int i = 0; i < PGPMSG_RECIPIENTS_MAX; i++)
		put_key(&b, 0, 3, 8);
	size_t len = b.len;
	put_data(&b, "\x01", 1, 1);
	assert_int_equal(parse(&b, &m), ERR_OK);
	b.len = len;
	put_key(&b, 0, 3, 8);
	put_data(&b, "\x01", 1, 1);
	assert_int_equal(parse(&b, &m), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_keys_that_open_it),
		cmocka_unit_test(takes_every_form_of_length),
		cmocka_unit_test(follows_data_in_parts_to_its_end),
		cmocka_unit_test(refuses_what_is_not_encrypted_to_keys_alone),
		cmocka_unit_test(refuses_keys_that_are_hidden_or_of_another_version),
		cmocka_unit_test(refuses_more_recipients_than_it_has_room_for),
	};
	return cmocka_run_group_tests_name("model/pgpmsg", tests, NULL, NULL);
}
