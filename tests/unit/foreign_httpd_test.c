#include "foreign_httpd_server.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "foreign/jail.h"

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

/* Before the other thread has begun to stop it, it still answers. */
static void begins_no_request_while_it_stops(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	unsigned status;
	pthread_t caller, stopper;
	int64_t begin = now_ms();
	int kept = connect_raw();
	send_text(kept, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(read_until(kept, "GET /a", &out));
	buf_clear(&out);
	assert_int_equal(pthread_create(&caller, NULL, call_wait, &status), 0);
	await_handler();
	assert_int_equal(pthread_create(&stopper, NULL, stop_server, NULL), 0);
	while (!strstr(buf_str(&out), "refused")) {
		assert_true(now_ms() - begin < WAIT_MS);
		buf_clear(&out);
		send_text(kept, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
		while (!strstr(buf_str(&out), "body=0:") && !strstr(buf_str(&out), "refused"))
			assert_true(read_part(kept, &out));
	}
	assert_true(read_until(kept, NULL, &out)); /* to its end: it is closed */
	release_handler();
	pthread_join(stopper, NULL);
	pthread_join(caller, NULL);
	server = NULL;
	assert_non_null(strstr(buf_str(&out), "\r\n\r\nrefused: UNAVAILABLE"));
	assert_int_equal(status, 200);
	close(kept);
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
	char wanted[64];
	(void)s;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	snprintf(wanted, sizeof wanted, "GET /next type= uid=%u body=0:", (unsigned)getuid());
	call("/next", NULL, 0, 200, wanted);
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
		WITH(start_plain, stopping_waits_for_the_running_request_and_answers_it),
		WITH(start_plain, begins_no_request_while_it_stops),
		WITH(start_plain, client_refuses_an_answer_over_its_limit),
		cmocka_unit_test(client_says_that_nobody_listens_and_what_to_do),
		cmocka_unit_test(client_gives_up_at_its_deadline),
		cmocka_unit_test(serves_within_the_jail),
	};
	return cmocka_run_group_tests_name("foreign/httpd", tests, make_dir, remove_dir);
}
