/*
 * A server on a Unix socket in a folder of its own, for the tests of foreign/httpd, and clients that write by hand.
 * Nothing waits for the machine to be quick: WAIT_MS and CALL_S are long, and only a fault lets them pass.
 */
#ifndef TESTS_FOREIGN_HTTPD_SERVER_H
#define TESTS_FOREIGN_HTTPD_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/httpc.h"
#include "foreign/httpd.h"

#define BODY_MAX ((size_t)100000)
#define LARGE ((size_t)4 << 20)
#define HUGE ((size_t)65 << 20)
#define CALL_S 60
#define WAIT_MS 60000
#define UNHURRIED_S 600 /* the deadline of a server whose deadline is not tried */

static char dir[] = "/tmp/daicho-httpd-XXXXXX", path[64];
static int listen_fd;
static struct httpd *server;
static int entered, released; /* eventfds of the handler of /wait */

static inline int add_argument(void *ctx, const char *name, const char *value)
{
	buf_printf(ctx, "[%s=%s]", name, value ? value : "");
	return 0;
}

static inline void fill(struct buf *out, size_t len)
{
	MEM_CLEANUP char *bytes = mem_alloc(len);
	memset(bytes, 'x', len);
	buf_add(out, bytes, len);
}

static inline void serve(void *ctx, const struct httpd_request *q, struct httpd_answer *out)
{
	uint64_t one = 1;
	(void)ctx;
	out->status = 200;
	if (strcmp(q->path, "/wait") == 0) {
		assert_int_equal(write(entered, &one, sizeof one), sizeof one);
		assert_int_equal(read(released, &one, sizeof one), sizeof one);
	}
	if (strcmp(q->path, "/large") == 0)
		return fill(&out->body, LARGE);
	if (strcmp(q->path, "/huge") == 0)
		return fill(&out->body, HUGE);
	buf_printf(&out->body, "%s %s type=%s uid=%u body=%zu:", q->method, q->path, q->content_type, (unsigned)q->uid,
	           q->body_len);
	buf_add(&out->body, q->body, q->body_len < 100 ? q->body_len : 100);
	httpd_query_each(q, add_argument, &out->body);
	if (strcmp(q->path, "/language") == 0 || strcmp(q->path, "/wait") == 0)
		buf_printf(&out->body, " lang=%s", lang_code(lang_get()));
	if (httpd_query(q, "status"))
		out->status = (unsigned)atoi(httpd_query(q, "status"));
}

static inline void refuse(void *ctx, const struct err *why, struct httpd_answer *out)
{
	(void)ctx;
	out->status = (unsigned)err_http(why->code);
	buf_printf(&out->body, "refused: %s%s", err_word(why->code), lang_get() == LANG_JA ? " in Japanese" : "");
}

static inline int open_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static inline int make_dir(void **s)
{
	(void)s;
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof path, "%s/s", mkdtemp(dir) ? dir : "");
	return 0;
}

static inline int remove_dir(void **s)
{
	(void)s;
	return file_remove_tree(dir, NULL);
}

static inline void start(unsigned connections, unsigned per_user, unsigned deadline_s, unsigned silent_s)
{
	struct err e = ERR_INIT;
	const struct httpd_limits l = { connections, per_user, deadline_s, silent_s, BODY_MAX };
	listen_fd = open_socket();
	entered = eventfd(0, EFD_CLOEXEC);
	released = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	server = httpd_new(listen_fd, &l, serve, refuse, NULL, &e);
	assert_non_null(server);
}

static inline int start_plain(void **s)
{
	(void)s;
	start(16, 16, UNHURRIED_S, 0);
	return 0;
}

static inline int stop(void **s)
{
	(void)s;
	if (server)
		httpd_stop(server);
	server = NULL;
	close(listen_fd);
	close(entered);
	close(released);
	return 0;
}

static inline void call(const char *where, const char *body, size_t len, unsigned status, const char *answer)
{
	struct err e = ERR_INIT;
	unsigned got;
	BUF_CLEANUP struct buf out = BUF_INIT;
	if (httpc_call(path, where, body, len, CALL_S, &got, &out, &e))
		fail_msg("%s", e.text);
	assert_int_equal(got, status);
	assert_string_equal(buf_str(&out), answer);
}

static inline int connect_raw(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static inline void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The next part of what comes; false at the end of the connection. */
static inline bool read_part(int fd, struct buf *out)
{
	char part[4096];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (poll(&p, 1, WAIT_MS) <= 0)
		fail_msg("neither answered nor closed");
	ssize_t n = read(fd, part, sizeof part);
	if (n > 0)
		buf_add(out, part, (size_t)n);
	return n > 0;
}

/* Until the text stands in what came, or the end of the connection; returns whether it came. */
static inline bool read_until(int fd, const char *text, struct buf *out)
{
	while (!text || !strstr(buf_str(out), text))
		if (!read_part(fd, out))
			return !text;
	return true;
}

static inline int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static inline void *call_wait(void *arg)
{
	unsigned *status = arg;
	BUF_CLEANUP struct buf out = BUF_INIT;
	if (httpc_call(path, "/wait", NULL, 0, CALL_S, status, &out, NULL))
		*status = 0;
	return NULL;
}

static inline void await_handler(void)
{
	uint64_t n;
	struct pollfd p = { .fd = entered, .events = POLLIN };
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(entered, &n, sizeof n), sizeof n);
}

static inline void release_handler(void)
{
	uint64_t one = 1;
	assert_int_equal(write(released, &one, sizeof one), sizeof one);
}

#define WITH(set_up, test) cmocka_unit_test_setup_teardown(test, set_up, stop)

#endif
