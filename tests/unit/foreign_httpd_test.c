#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/httpc.h"
#include "foreign/httpd.h"
#include "foreign/jail.h"

#define BODY_MAX ((size_t)100000)
#define LARGE ((size_t)4 << 20)
#define HUGE ((size_t)65 << 20)
#define CALL_S 30
#define WAIT_MS 20000
#define ANOTHER_USER 65534

static char dir[] = "/tmp/daicho-httpd-XXXXXX", path[64];
static int listen_fd;
static struct httpd *server;
static int entered, released; /* eventfds of the handler of /wait */

static int add_argument(void *ctx, const char *name, const char *value)
{
	buf_printf(ctx, "[%s=%s]", name, value ? value : "");
	return 0;
}

static void fill(struct buf *out, size_t len)
{
	MEM_CLEANUP char *bytes = mem_alloc(len);
	memset(bytes, 'x', len);
	buf_add(out, bytes, len);
}

static void serve(void *ctx, const struct httpd_request *q, struct httpd_answer *out)
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

static void refuse(void *ctx, const struct err *why, struct httpd_answer *out)
{
	(void)ctx;
	out->status = (unsigned)err_http(why->code);
	buf_printf(&out->body, "refused: %s%s", err_word(why->code), lang_get() == LANG_JA ? " in Japanese" : "");
}

static int open_socket(void)
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

static int make_dir(void **s)
{
	(void)s;
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof path, "%s/s", mkdtemp(dir) ? dir : "");
	return 0;
}

static int remove_dir(void **s)
{
	(void)s;
	return file_remove_tree(dir, NULL);
}

static void start(unsigned connections, unsigned per_user, unsigned deadline_s, unsigned silent_s)
{
	struct err e = ERR_INIT;
	const struct httpd_limits l = { connections, per_user, deadline_s, silent_s, BODY_MAX };
	listen_fd = open_socket();
	entered = eventfd(0, EFD_CLOEXEC);
	released = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	server = httpd_new(listen_fd, &l, serve, refuse, NULL, &e);
	assert_non_null(server);
}

static int start_plain(void **s)
{
	(void)s;
	start(16, 16, 10, 0);
	return 0;
}

static int start_hasty(void **s)
{
	(void)s;
	start(16, 16, 1, 0);
	return 0;
}

static int start_unhurried(void **s)
{
	(void)s;
	start(16, 16, 2, 0);
	return 0;
}

static int start_narrow(void **s)
{
	(void)s;
	start(16, 2, 10, 0);
	return 0;
}

static int start_crowded(void **s)
{
	(void)s;
	start(3, 8, 10, 0);
	return 0;
}

static int start_shared(void **s)
{
	(void)s;
	start(4, 2, 10, 0);
	return 0;
}

static int start_patient(void **s)
{
	(void)s;
	start(4, 2, 60, 3600);
	return 0;
}

static int stop(void **s)
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

static void call(const char *where, const char *body, size_t len, unsigned status, const char *answer)
{
	struct err e = ERR_INIT;
	unsigned got;
	BUF_CLEANUP struct buf out = BUF_INIT;
	if (httpc_call(path, where, body, len, CALL_S, &got, &out, &e))
		fail_msg("%s", e.text);
	assert_int_equal(got, status);
	assert_string_equal(buf_str(&out), answer);
}

static int connect_raw(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Until the text stands in what came, or the end of the connection; returns whether it came. */
static bool read_until(int fd, const char *text, struct buf *out)
{
	char part[4096];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (!text || !strstr(buf_str(out), text)) {
		if (poll(&p, 1, WAIT_MS) <= 0)
			fail_msg("neither answered nor closed");
		ssize_t n = read(fd, part, sizeof part);
		if (n <= 0)
			return !text;
		buf_add(out, part, (size_t)n);
	}
	return true;
}

static void assert_goes_on(void)
{
	char wanted[64];
	snprintf(wanted, sizeof wanted, "GET /next type= uid=%u body=0:", (unsigned)getuid());
	call("/next", NULL, 0, 200, wanted);
}

static void carries_method_path_type_body_and_peer(void **s)
{
	(void)s;
	char wanted[128];
	snprintf(wanted, sizeof wanted, "POST /v1/records type=application/json uid=%u body=7:{\"a\":1}",
	         (unsigned)getuid());
	call("/v1/records", "{\"a\":1}", 7, 200, wanted);
	snprintf(wanted, sizeof wanted, "GET /v1/status type= uid=%u body=0:", (unsigned)getuid());
	call("/v1/status", NULL, 0, 200, wanted);
}

static void gives_long_answers_whole(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	unsigned status;
	BUF_CLEANUP struct buf out = BUF_INIT;
	assert_int_equal(httpc_call(path, "/large", NULL, 0, CALL_S, &status, &out, &e), ERR_OK);
	assert_int_equal(status, 200);
	assert_int_equal(out.len, LARGE);
	assert_int_equal(out.ptr[out.len - 1], 'x');
}

static void carries_query_and_status(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf where = BUF_INIT, wanted = BUF_INIT;
	buf_puts(&where, "/q?status=422&text=");
	httpc_escape("日 本&=+%/~", &where);
	buf_puts(&where, "&flag");
	assert_non_null(strstr(buf_str(&where), "%E6%97%A5%20%E6%9C%AC%26%3D%2B%25%2F~"));
	buf_printf(&wanted, "GET /q type= uid=%u body=0:[status=422][text=日 本&=+%%/~][flag=]", (unsigned)getuid());
	call(buf_str(&where), NULL, 0, 422, buf_str(&wanted));
}

static void passes_other_methods_on(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw();
	send_text(fd, "DELETE /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_true(read_until(fd, NULL, &out));
	assert_non_null(strstr(buf_str(&out), "\r\n\r\nDELETE /x "));
	close(fd);
}

static void takes_a_body_of_exactly_the_limit_and_refuses_one_byte_more(void **s)
{
	(void)s;
	MEM_CLEANUP char *body = mem_alloc(BODY_MAX + 1);
	memset(body, 'a', BODY_MAX + 1);
	struct err e = ERR_INIT;
	unsigned status;
	BUF_CLEANUP struct buf out = BUF_INIT;
	assert_int_equal(httpc_call(path, "/x", body, BODY_MAX, CALL_S, &status, &out, &e), ERR_OK);
	assert_int_equal(status, 200);
	call("/x", body, BODY_MAX + 1, 413, "refused: TOOBIG");
}

static void answers_a_body_far_over_the_limit(void **s)
{
	(void)s;
	size_t len = 64 * BODY_MAX;
	MEM_CLEANUP char *body = mem_alloc(len);
	memset(body, 'a', len);
	call("/x", body, len, 413, "refused: TOOBIG");
}

static void keeps_a_connection_for_several_requests(void **s)
{
	(void)s;
	int fd = connect_raw();
	for (int i = 0; i < 3; i++) {
		BUF_CLEANUP struct buf out = BUF_INIT;
		send_text(fd, "POST /k HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
		assert_true(read_until(fd, "body=2:ab", &out));
	}
	close(fd);
}

static void ask_in(int fd, const char *where, const char *language)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_printf(&text, "GET %s HTTP/1.1\r\nHost: x\r\n%s%s%s\r\n", where, *language ? "Accept-Language: " : "", language,
	           *language ? "\r\n" : "");
	send_text(fd, buf_str(&text));
}

static void answers_each_of_many_in_the_language_of_the_request(void **s)
{
	(void)s;
	uint64_t one = 1;
	static const struct {
		const char *header, *wanted;
	} cases[] = { { "ja", "lang=ja" }, { "en", "lang=en" }, { "", "lang=en" }, { "ja-JP, en;q=0.5", "lang=ja" } };
	BUF_CLEANUP struct buf late = BUF_INIT;
	int slow = connect_raw(), fd = connect_raw();
	ask_in(slow, "/wait", "ja");
	assert_int_equal(read(entered, &one, sizeof one), sizeof one);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { /* on one connection, and one thread */
		BUF_CLEANUP struct buf out = BUF_INIT;
		ask_in(fd, "/language", cases[i].header);
		assert_true(read_until(fd, cases[i].wanted, &out));
	}
	one = 1;
	assert_int_equal(write(released, &one, sizeof one), sizeof one);
	assert_true(read_until(slow, "lang=ja", &late));
	close(slow);
	close(fd);
}

static void refuses_in_the_language_of_the_request(void **s)
{
	(void)s;
	MEM_CLEANUP char *body = mem_alloc(BODY_MAX + 1);
	memset(body, 'a', BODY_MAX + 1);
	lang_set(LANG_JA);
	call("/x", body, BODY_MAX + 1, 413, "refused: TOOBIG in Japanese");
	lang_set(LANG_EN);
	call("/x", body, BODY_MAX + 1, 413, "refused: TOOBIG");
}

static void answers_half_a_request_and_silence(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw();
	send_text(fd, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
	assert_true(read_until(fd, NULL, &out));
	assert_int_equal(strncmp(buf_str(&out), "HTTP/1.1 400 ", 13), 0);
	assert_non_null(strstr(buf_str(&out), "\r\n\r\nrefused: HALF"));
	close(fd);
	assert_goes_on();
}

static void closes_on_half_a_header(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw();
	send_text(fd, "POST /x HT");
	assert_true(read_until(fd, NULL, &out));
	close(fd);
}

/* One byte each 300 ms until an answer comes. */
static void drip(const char *head, size_t len, const char *answer)
{
	const struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };
	MEM_CLEANUP char *body = mem_alloc(len + 1);
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw(), dripped = 0;
	memset(body, 'a', len);
	send_text(fd, head);
	send_text(fd, body);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	for (; dripped < 60 && poll(&p, 1, 0) == 0; dripped++) {
		send(fd, "a", 1, MSG_NOSIGNAL);
		nanosleep(&pause, NULL);
	}
	assert_in_range(dripped, 3, 30);
	assert_true(read_until(fd, NULL, &out));
	assert_ptr_equal(strstr(buf_str(&out), answer), buf_str(&out));
	close(fd);
	assert_goes_on();
}

static void cuts_a_body_that_drips(void **s)
{
	(void)s;
	drip("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", 0, "HTTP/1.1 400 Bad Request\r\n");
}

static void cuts_a_header_that_drips(void **s)
{
	(void)s;
	drip("POST /x HTTP/1.1\r\nHost: x\r\nX-Drip: ", 0, "HTTP/1.1 400 Bad Request\r\n");
}

static void says_of_a_body_that_is_both_that_it_is_too_big(void **s)
{
	(void)s;
	drip("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", BODY_MAX + 1, "HTTP/1.1 413 ");
}

static void gives_a_request_its_whole_time_after_an_idle_while(void **s)
{
	(void)s;
	const struct timespec most = { .tv_sec = 1, .tv_nsec = 800 * 1000 * 1000 };
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw();
	send_text(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(fd, "GET /a", &out));
	buf_clear(&out);
	nanosleep(&most, NULL);
	send_text(fd, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
	nanosleep(&most, NULL);
	send_text(fd, "b");
	assert_true(read_until(fd, "POST /b type= ", &out));
	close(fd);
}

static void *call_wait(void *arg)
{
	unsigned *status = arg;
	BUF_CLEANUP struct buf out = BUF_INIT;
	if (httpc_call(path, "/wait", NULL, 0, CALL_S, status, &out, NULL))
		*status = 0;
	return NULL;
}

static void await_handler(void)
{
	uint64_t n;
	struct pollfd p = { .fd = entered, .events = POLLIN };
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(entered, &n, sizeof n), sizeof n);
}

static void release_handler(void)
{
	uint64_t one = 1;
	assert_int_equal(write(released, &one, sizeof one), sizeof one);
}

static void does_not_cut_a_handler_that_takes_longer_than_the_deadline(void **s)
{
	(void)s;
	const struct timespec longer = { .tv_sec = 3 };
	unsigned status;
	pthread_t t;
	assert_int_equal(pthread_create(&t, NULL, call_wait, &status), 0);
	await_handler();
	nanosleep(&longer, NULL);
	release_handler();
	pthread_join(t, NULL);
	assert_int_equal(status, 200);
}

static void *stop_server(void *arg)
{
	(void)arg;
	httpd_stop(server);
	return NULL;
}

static void stopping_waits_for_the_running_request_and_answers_it(void **s)
{
	(void)s;
	const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };
	unsigned status;
	pthread_t caller, stopper;
	int idle = connect_raw();
	assert_int_equal(pthread_create(&caller, NULL, call_wait, &status), 0);
	await_handler();
	assert_int_equal(pthread_create(&stopper, NULL, stop_server, NULL), 0);
	nanosleep(&moment, NULL);
	release_handler();
	pthread_join(stopper, NULL);
	pthread_join(caller, NULL);
	server = NULL;
	assert_int_equal(status, 200);
	close(idle);
}

static void begins_no_request_while_it_stops(void **s)
{
	(void)s;
	const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };
	BUF_CLEANUP struct buf out = BUF_INIT;
	unsigned status;
	pthread_t caller, stopper;
	int kept = connect_raw();
	send_text(kept, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(kept, "GET /a", &out));
	buf_clear(&out);
	assert_int_equal(pthread_create(&caller, NULL, call_wait, &status), 0);
	await_handler();
	assert_int_equal(pthread_create(&stopper, NULL, stop_server, NULL), 0);
	nanosleep(&moment, NULL);
	send_text(kept, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(kept, NULL, &out));
	release_handler();
	pthread_join(stopper, NULL);
	pthread_join(caller, NULL);
	server = NULL;
	assert_non_null(strstr(buf_str(&out), "\r\n\r\nrefused: UNAVAILABLE"));
	assert_int_equal(status, 200);
	close(kept);
}

static int connect_and_ask(const char *answer)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = connect_raw();
	send_text(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(fd, answer, &out));
	return fd;
}

static void refuses_one_connection_too_many_of_a_user(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int a = connect_and_ask("GET /a"), b = connect_and_ask("GET /a"), c = connect_raw();
	send_text(c, "GET /c HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(c, NULL, &out)); /* to its end: it is closed */
	assert_int_equal(strncmp(buf_str(&out), "HTTP/1.1 503 ", 13), 0);
	assert_non_null(strstr(buf_str(&out), "\r\n\r\nrefused: BUSY"));
	close(a);
	close(b);
	close(c);
}

static void takes_a_user_again_who_closed_a_connection(void **s)
{
	(void)s;
	const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };
	int a = connect_and_ask("GET /a"), b = connect_and_ask("GET /a");
	close(connect_and_ask("refused: BUSY"));
	close(a);
	nanosleep(&moment, NULL);
	assert_goes_on();
	close(b);
}

static void closes_on_a_user_who_stays_when_refused(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fds[4], last;
	for (size_t i = 0; i < 4; i++) /* two may be, two more would be told so if they asked */
		fds[i] = connect_raw();
	last = connect_raw();
	assert_true(read_until(last, NULL, &out));
	assert_int_equal(out.len, 0);
	close(last);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

static void says_to_who_is_one_too_many_of_all_that_it_is_busy(void **s)
{
	(void)s;
	int fds[3];
	for (size_t i = 0; i < 3; i++)
		fds[i] = connect_raw();
	close(connect_and_ask("refused: BUSY"));
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
}

/* In a process of another user: whether it was answered. */
static bool ask_as_another_user(void)
{
	int status = -1;
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	pid_t child = fork();
	if (child == 0) {
		unsigned got = 0;
		BUF_CLEANUP struct buf out = BUF_INIT;
		if (setuid(ANOTHER_USER) == 0 && httpc_call(path, "/x", NULL, 0, 3, &got, &out, NULL) == ERR_OK)
			_exit(got == 200 ? 0 : 1);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status == 0;
}

static void keeps_no_other_user_out_by_one_who_is_silent_with_all_that_he_gets(void **s)
{
	(void)s;
	int fds[4]; /* two are served, two more would be told so if they asked */
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		fds[i] = connect_raw();
		send(fds[i], "POST /x HT", i % 2 ? 10 : 0, MSG_NOSIGNAL);
	}
	assert_true(ask_as_another_user());
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

static int connect_as(uid_t uid)
{
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(seteuid(uid), 0);
	int fd = connect_raw();
	assert_int_equal(seteuid(0), 0);
	return fd;
}

static void keeps_no_other_user_out_by_two_who_are_silent_with_all_that_they_get(void **s)
{
	(void)s;
	int fds[40]; /* two of each are served; many of the others are about to be gone when the third user comes */
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		fds[i] = connect_as(i % 2 ? ANOTHER_USER - 1 : 0);
	assert_true(ask_as_another_user());
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

static void keeps_no_other_user_out_by_two_who_leave_answers_unread(void **s)
{
	(void)s;
	int fds[4];
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		BUF_CLEANUP struct buf begin = BUF_INIT;
		fds[i] = connect_as(i % 2 ? ANOTHER_USER - 1 : 0);
		send_text(fds[i], "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(read_until(fds[i], "HTTP/1.1 200", &begin));
	}
	assert_true(ask_as_another_user());
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

static void says_to_the_longest_silent_one_that_gives_way_that_it_is_busy(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf first = BUF_INIT, second = BUF_INIT;
	int fds[4];
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		fds[i] = connect_as(i < 2 ? 0 : ANOTHER_USER - 1);
		send_text(fds[i], "POST /x HTTP/1.1\r\nContent-Le");
	}
	assert_true(ask_as_another_user());
	assert_true(read_until(fds[0], NULL, &first)); /* to its end: it is closed */
	assert_int_equal(strncmp(buf_str(&first), "HTTP/1.1 503 ", 13), 0);
	assert_non_null(strstr(buf_str(&first), "\r\n\r\nrefused: BUSY"));
	send_text(fds[1], "ngth: 0\r\nHost: x\r\n\r\n");
	assert_true(read_until(fds[1], "POST /x", &second));
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

static void lets_nobody_give_way_to_a_user_who_would_have_as_many(void **s)
{
	(void)s;
	int fds[4];
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		fds[i] = connect_as(i ? ANOTHER_USER - (uid_t)i : 0);
	assert_false(ask_as_another_user());
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		BUF_CLEANUP struct buf out = BUF_INIT;
		send_text(fds[i], "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(read_until(fds[i], "GET /a", &out));
		close(fds[i]);
	}
}

/* Two have answers that they read in part, two have half a request: nobody yet for as long as this server waits. */
static void lets_nobody_give_way_who_has_not_been_silent_for_long(void **s)
{
	(void)s;
	int fds[4];
	if (geteuid() != 0)
		skip(); /* nobody else to be */
	struct buf got[4] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		fds[i] = connect_as(i % 2 ? ANOTHER_USER - 1 : 0);
		send_text(fds[i], i < 2 ? "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" : "GET /a HT");
		if (i < 2)
			assert_true(read_until(fds[i], "HTTP/1.1 200", &got[i]));
	}
	assert_false(ask_as_another_user());
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (i >= 2)
			send_text(fds[i], "TP/1.1\r\nHost: x\r\n\r\n");
		assert_true(read_until(fds[i], i < 2 ? NULL : "GET /a", &got[i]));
		assert_true(i >= 2 || got[i].len > LARGE);
		buf_release(&got[i]);
		close(fds[i]);
	}
}

static void client_refuses_an_answer_over_its_limit(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	unsigned status;
	BUF_CLEANUP struct buf out = BUF_INIT;
	assert_int_equal(httpc_call(path, "/huge", NULL, 0, CALL_S, &status, &out, &e), ERR_TOOBIG);
}

static void client_says_that_nobody_listens_and_what_to_do(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	unsigned status;
	BUF_CLEANUP struct buf out = BUF_INIT;
	unlink(path);
	assert_int_equal(httpc_call(path, "/x", NULL, 0, CALL_S, &status, &out, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.next, "daichod --store DIR"));
	int fd = open_socket();
	close(fd); /* the file stays, nobody behind it */
	assert_int_equal(httpc_call(path, "/x", NULL, 0, CALL_S, &status, &out, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.next, "daichod --store DIR"));
}

static void client_gives_up_at_its_deadline(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	unsigned status;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int fd = open_socket();
	assert_int_equal(httpc_call(path, "/x", NULL, 0, 1, &status, &out, &e), ERR_BUSY);
	close(fd);
}

static void client_ignores_proxies_of_the_environment(void **s)
{
	(void)s;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_goes_on();
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

/* A process of its own, since a jail is for good. */
static void serves_within_the_jail(void **s)
{
	(void)s;
	static const struct jail jail = { .profile = JAIL_FRONT };
	const struct httpd_limits l = { 8, 8, 10, 0, BODY_MAX };
	char missing[128], wanted[64];
	int fd = open_socket(), ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		struct httpd *h = jail_enter(&jail, missing, NULL) ? NULL : httpd_new(fd, &l, serve, refuse, NULL, NULL);
		if (!h || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			poll(NULL, 0, -1);
	}
	close(ready[1]);
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	snprintf(wanted, sizeof wanted, "POST /j type=application/json uid=%u body=2:{}", (unsigned)getuid());
	for (int i = 0; i < 3; i++)
		call("/j", "{}", 2, 200, wanted);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(fd);
}

#define WITH(set_up, test) cmocka_unit_test_setup_teardown(test, set_up, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(start_plain, carries_method_path_type_body_and_peer),
		WITH(start_plain, gives_long_answers_whole),
		WITH(start_plain, carries_query_and_status),
		WITH(start_plain, passes_other_methods_on),
		WITH(start_plain, takes_a_body_of_exactly_the_limit_and_refuses_one_byte_more),
		WITH(start_plain, answers_a_body_far_over_the_limit),
		WITH(start_plain, keeps_a_connection_for_several_requests),
		WITH(start_plain, answers_each_of_many_in_the_language_of_the_request),
		WITH(start_plain, refuses_in_the_language_of_the_request),
		WITH(start_plain, client_ignores_proxies_of_the_environment),
		WITH(start_hasty, answers_half_a_request_and_silence),
		WITH(start_hasty, closes_on_half_a_header),
		WITH(start_hasty, cuts_a_body_that_drips),
		WITH(start_hasty, cuts_a_header_that_drips),
		WITH(start_hasty, says_of_a_body_that_is_both_that_it_is_too_big),
		WITH(start_unhurried, gives_a_request_its_whole_time_after_an_idle_while),
		WITH(start_hasty, does_not_cut_a_handler_that_takes_longer_than_the_deadline),
		WITH(start_plain, stopping_waits_for_the_running_request_and_answers_it),
		WITH(start_plain, begins_no_request_while_it_stops),
		WITH(start_narrow, refuses_one_connection_too_many_of_a_user),
		WITH(start_narrow, takes_a_user_again_who_closed_a_connection),
		WITH(start_narrow, closes_on_a_user_who_stays_when_refused),
		WITH(start_crowded, says_to_who_is_one_too_many_of_all_that_it_is_busy),
		WITH(start_shared, keeps_no_other_user_out_by_one_who_is_silent_with_all_that_he_gets),
		WITH(start_shared, keeps_no_other_user_out_by_two_who_are_silent_with_all_that_they_get),
		WITH(start_shared, keeps_no_other_user_out_by_two_who_leave_answers_unread),
		WITH(start_shared, says_to_the_longest_silent_one_that_gives_way_that_it_is_busy),
		WITH(start_shared, lets_nobody_give_way_to_a_user_who_would_have_as_many),
		WITH(start_patient, lets_nobody_give_way_who_has_not_been_silent_for_long),
		WITH(start_plain, client_refuses_an_answer_over_its_limit),
		cmocka_unit_test(client_says_that_nobody_listens_and_what_to_do),
		cmocka_unit_test(client_gives_up_at_its_deadline),
		cmocka_unit_test(serves_within_the_jail),
	};
	return cmocka_run_group_tests_name("foreign/httpd", tests, make_dir, remove_dir);
}
