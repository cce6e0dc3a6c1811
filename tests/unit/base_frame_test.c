#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"

static int ends[2];

static int open_ends(void **s)
{
	(void)s;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int close_ends(void **s)
{
	(void)s;
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void carries_all_of_a_message(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct frame f;
	assert_int_equal(frame_send(ends[0], 7, ERR_RULE, 0x0123456789abcdef, "a\0b", 3, &e), ERR_OK);
	assert_int_equal(frame_recv(ends[1], 1000, &f, &e), ERR_OK);
	assert_int_equal(f.verb, 7);
	assert_int_equal(f.code, ERR_RULE);
	assert_true(f.id == 0x0123456789abcdef);
	assert_int_equal(f.payload.len, 3);
	assert_memory_equal(f.payload.ptr, "a\0b", 3);
	frame_release(&f);
}

static void has_a_header_of_sixteen_bytes_big_endian(void **s)
{
	(void)s;
	unsigned char raw[32];
	assert_int_equal(frame_send(ends[0], 0x0102, 0x0304, 0x05060708090a0b0c, "xyz", 3, NULL), ERR_OK);
	assert_int_equal(recv(ends[1], raw, sizeof raw, 0), FRAME_HEADER_LEN + 3);
	assert_memory_equal(raw, "\0\0\0\3\1\2\3\4\5\6\7\x8\x9\xa\xb\xcxyz", FRAME_HEADER_LEN + 3);
}

static void carries_empty_messages_one_after_the_other(void **s)
{
	(void)s;
	struct frame f;
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(frame_send(ends[0], 1, 0, i, NULL, 0, NULL), ERR_OK);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(frame_recv(ends[1], -1, &f, NULL), ERR_OK);
		assert_int_equal(f.id, i);
		assert_int_equal(f.payload.len, 0);
		frame_release(&f);
	}
}

struct big {
	char *bytes;
	size_t len;
	int rc;
};

static void *send_big(void *arg)
{
	struct big *b = arg;
	b->rc = frame_send(ends[0], 1, 0, 1, b->bytes, b->len, NULL);
	return NULL;
}

static void carries_the_largest_message_over_a_nonblocking_end(void **s)
{
	(void)s;
	struct frame f;
	pthread_t thread;
	struct big b = { mem_alloc(FRAME_MAX), FRAME_MAX, -1 };
	memset(b.bytes, 'x', b.len);
	b.bytes[b.len - 1] = 'y';
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&thread, NULL, send_big, &b), 0);
	assert_int_equal(frame_recv(ends[1], 60000, &f, NULL), ERR_OK);
	pthread_join(thread, NULL);
	assert_int_equal(b.rc, ERR_OK);
	assert_int_equal(f.payload.len, FRAME_MAX);
	assert_memory_equal(f.payload.ptr, b.bytes, b.len);
	frame_release(&f);
	free(b.bytes);
}

static void sends_nothing_over_the_limit(void **s)
{
	(void)s;
	char byte;
	assert_int_equal(frame_send(ends[0], 1, 0, 1, "x", FRAME_MAX + 1, NULL), ERR_TOOBIG);
	assert_int_equal(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
}

static void refuses_an_announced_length_over_the_limit_unread(void **s)
{
	(void)s;
	struct frame f;
	unsigned char header[FRAME_HEADER_LEN + 1] = { 0x03, 0, 0, 1 }; /* 48 MiB + 1 */
	assert_int_equal(send(ends[0], header, sizeof header, 0), sizeof header);
	assert_int_equal(frame_recv(ends[1], 1000, &f, NULL), ERR_TOOBIG);
	frame_release(&f);
}

static void gives_up_at_the_deadline(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct frame f;
	assert_int_equal(frame_recv(ends[1], 0, &f, &e), ERR_BUSY);
	assert_int_equal(frame_recv(ends[1], 20, &f, &e), ERR_BUSY);
}

static void gives_up_on_half_a_message_at_the_deadline(void **s)
{
	(void)s;
	struct frame f;
	unsigned char half[FRAME_HEADER_LEN + 2] = { 0, 0, 0, 9 };
	assert_int_equal(send(ends[0], half, sizeof half, 0), sizeof half);
	assert_int_equal(frame_recv(ends[1], 20, &f, NULL), ERR_BUSY);
	assert_null(f.payload.ptr);
}

static void tells_that_the_other_side_has_closed(void **s)
{
	(void)s;
	struct frame f;
	unsigned char half[5] = { 0, 0, 0, 9 };
	assert_int_equal(send(ends[1], half, sizeof half, 0), sizeof half);
	close(ends[1]);
	ends[1] = -1;
	assert_int_equal(frame_recv(ends[0], 1000, &f, NULL), ERR_UNAVAILABLE);
	assert_int_equal(frame_send(ends[0], 1, 0, 1, "x", 1, NULL), ERR_UNAVAILABLE); /* and no SIGPIPE */
}

#define WITH_ENDS(f) cmocka_unit_test_setup_teardown(f, open_ends, close_ends)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENDS(carries_all_of_a_message),
		WITH_ENDS(has_a_header_of_sixteen_bytes_big_endian),
		WITH_ENDS(carries_empty_messages_one_after_the_other),
		WITH_ENDS(carries_the_largest_message_over_a_nonblocking_end),
		WITH_ENDS(sends_nothing_over_the_limit),
		WITH_ENDS(refuses_an_announced_length_over_the_limit_unread),
		WITH_ENDS(gives_up_at_the_deadline),
		WITH_ENDS(gives_up_on_half_a_message_at_the_deadline),
		WITH_ENDS(tells_that_the_other_side_has_closed),
	};
	return cmocka_run_group_tests_name("base/frame", tests, NULL, NULL);
}
