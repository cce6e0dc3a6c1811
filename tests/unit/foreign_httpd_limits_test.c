/* What a server takes of one client and of all: how long, how many, and who gives way to whom. */
#include "foreign_httpd_server.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HASTY_S 1
#define CALM_S 9
#define CALM_MOST_S 6 /* twice that is later than any cut that counts from the begin */
#define PAUSE_MS 300
#define ANOTHER_USER 65534

static int start_hasty(void **s)
{
	(void)s;
	start(16, 16, HASTY_S, 0);
	return 0;
}

static int start_calm(void **s)
{
	(void)s;
	start(16, 16, CALM_S, 0);
	return 0;
}

static int start_narrow(void **s)
{
	(void)s;
	start(16, 2, UNHURRIED_S, 0);
	return 0;
}

static int start_crowded(void **s)
{
	(void)s;
	start(3, 8, UNHURRIED_S, 0);
	return 0;
}

static int start_shared(void **s)
{
	(void)s;
	start(4, 2, UNHURRIED_S, 0);
	return 0;
}

static int start_patient(void **s)
{
	(void)s;
	start(4, 2, UNHURRIED_S, 3600);
	return 0;
}

/* Whoever comes is served, once it is noted who has gone, and where the client itself was not too slow. */
static void assert_goes_on(void)
{
	int64_t begin = now_ms();
	unsigned status = 0;
	while (status != 200) {
		BUF_CLEANUP struct buf out = BUF_INIT;
		assert_true(now_ms() - begin < WAIT_MS);
		if (httpc_call(path, "/next", NULL, 0, CALL_S, &status, &out, NULL))
			status = 0;
		if (status != 200)
			poll(NULL, 0, PAUSE_MS);
	}
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

/* A byte now and then until an answer comes, which is not before the deadline. */
static void drip(const char *head, size_t len, const char *answer)
{
	MEM_CLEANUP char *body = mem_alloc(len + 1);
	BUF_CLEANUP struct buf out = BUF_INIT;
	int64_t begin = now_ms();
	int fd = connect_raw();
	memset(body, 'a', len);
	send_text(fd, head);
	send_text(fd, body);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (poll(&p, 1, PAUSE_MS) == 0) {
		assert_true(now_ms() - begin < WAIT_MS);
		send(fd, "a", 1, MSG_NOSIGNAL);
	}
	assert_true(now_ms() - begin >= HASTY_S * 1000);
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
	const struct timespec most = { .tv_sec = CALM_MOST_S };
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
	int a = connect_and_ask("GET /a"), b = connect_and_ask("GET /a");
	close(connect_and_ask("refused: BUSY"));
	close(a);
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

/* In a process of another user: whether it was answered, else it was told that the server is busy. */
static bool ask_as_another_user(void)
{
	int status = -1;
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	pid_t child = fork();
	if (child == 0) {
		unsigned got = 0;
		BUF_CLEANUP struct buf out = BUF_INIT;
		if (setuid(ANOTHER_USER) == 0 && httpc_call(path, "/x", NULL, 0, CALL_S, &got, &out, NULL) == ERR_OK)
			_exit(got == 200 ? 0 : got == (unsigned)err_http(ERR_BUSY) ? 1 : 2);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(start_hasty, answers_half_a_request_and_silence),
		WITH(start_hasty, closes_on_half_a_header),
		WITH(start_hasty, cuts_a_body_that_drips),
		WITH(start_hasty, cuts_a_header_that_drips),
		WITH(start_hasty, says_of_a_body_that_is_both_that_it_is_too_big),
		WITH(start_calm, gives_a_request_its_whole_time_after_an_idle_while),
		WITH(start_hasty, does_not_cut_a_handler_that_takes_longer_than_the_deadline),
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
	};
	return cmocka_run_group_tests_name("foreign/httpd, limits", tests, make_dir, remove_dir);
}
