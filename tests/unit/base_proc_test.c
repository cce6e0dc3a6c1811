#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

#define RUN(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SHELL(script) RUN("sh", "-c", script)
#define WAIT_MS 60000 /* only a fault lets it pass */

static void assert_output(const char *script, const char *expected)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL(script) };
	assert_int_equal(proc_run(&p, &out, NULL, &status, &e), ERR_OK);
	assert_int_equal(status, 0);
	assert_string_equal(buf_str(&out), expected);
}

static void gives_output_and_status(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT, err = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL("echo out; echo err >&2; exit 3") };
	assert_int_equal(proc_run(&p, &out, &err, &status, &e), ERR_OK);
	assert_int_equal(status, 3);
	assert_string_equal(buf_str(&out), "out\n");
	assert_string_equal(buf_str(&err), "err\n");
}

static void drops_output_that_nobody_takes(void **s)
{
	(void)s;
	int status = -1;
	struct proc p = { .argv = SHELL("echo out; echo err >&2") };
	assert_int_equal(proc_run(&p, NULL, NULL, &status, NULL), ERR_OK);
	assert_int_equal(status, 0);
}

static void passes_megabytes_both_ways(void **s)
{
	(void)s;
	size_t len = 3000000;
	MEM_CLEANUP char *bytes = mem_alloc(len);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 31 % 251);
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = RUN("cat"), .input = bytes, .input_len = len };
	assert_int_equal(proc_run(&p, &out, NULL, &status, &e), ERR_OK);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.ptr, bytes, len);
}

static void survives_a_child_that_does_not_read(void **s)
{
	(void)s;
	MEM_CLEANUP char *bytes = mem_alloc(1 << 20);
	int status = -1;
	struct proc p = { .argv = SHELL("exec <&-; exit 5"), .input = bytes, .input_len = 1 << 20 };
	assert_int_equal(proc_run(&p, NULL, NULL, &status, NULL), ERR_OK);
	assert_int_equal(status, 5);
}

static void keeps_no_more_output_than_asked(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL("printf 123456789; exit 4"), .output_max = 4 };
	assert_int_equal(proc_run(&p, &out, NULL, &status, NULL), ERR_OK);
	assert_int_equal(status, 4);
	assert_string_equal(buf_str(&out), "1234");
	assert_true(buf_is_over(&out));
}

static void has_a_clean_environment(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	setenv("SECRET", "x", 1);
	setenv("GNUPGHOME", "/x", 1);
	setenv("FAKETIME_NO_CACHE", "1", 1);
	struct proc p = { .argv = RUN("env"), .env = (const char *const[]){ "A=1", "HOME=/h", "A=2", NULL } };
	assert_int_equal(proc_run(&p, &out, NULL, &status, &e), ERR_OK);
	assert_null(strstr(out.ptr, "SECRET"));
	assert_null(strstr(out.ptr, "GNUPGHOME"));
	assert_non_null(strstr(out.ptr, "PATH=/usr/bin:/bin\n"));
	assert_non_null(strstr(out.ptr, "LC_ALL=C.UTF-8\n"));
	assert_non_null(strstr(out.ptr, "HOME=/h\n"));
	assert_null(strstr(out.ptr, "HOME=/nonexistent"));
	assert_non_null(strstr(out.ptr, "FAKETIME_NO_CACHE=1\n"));
	assert_non_null(strstr(out.ptr, "A=2\n"));
	assert_null(strstr(out.ptr, "A=1\n"));
	unsetenv("FAKETIME_NO_CACHE");
}

static void runs_in_the_folder_named(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = RUN("pwd"), .dir = "/usr" };
	assert_int_equal(proc_run(&p, &out, NULL, &status, NULL), ERR_OK);
	assert_string_equal(buf_str(&out), "/usr\n");
	assert_output("pwd", "/\n");
}

static void inherits_no_descriptors(void **s)
{
	(void)s;
	int fd = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */
	int high = fcntl(fd, F_DUPFD, 200);
	assert_output("ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 "); /* 3 is ls's own */
	close(fd);
	close(high);
}

static void starts_children_with_default_signals(void **s)
{
	(void)s;
	sigset_t set, old;
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	/* without signals 32 and 33: they are the C library's, which lets nobody set them, and may come ignored */
	assert_output("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t' | sed 's/00000001800/00000000000/'",
	              "SigBlk:0000000000000000SigIgn:0000000000000000");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, before);
}

static void leaves_the_signals_of_the_caller_as_they_were(void **s)
{
	(void)s;
	sigset_t before, after, pending;
	int status;
	MEM_CLEANUP char *bytes = mem_alloc(1 << 20);
	struct proc p = { .argv = SHELL("exec <&-"), .input = bytes, .input_len = 1 << 20 };
	sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(proc_run(&p, NULL, NULL, &status, NULL), ERR_OK);
	sigprocmask(SIG_BLOCK, NULL, &after);
	sigpending(&pending);
	assert_int_equal(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

/* Also before whoever inherited it has reaped it. */
static bool is_dead(int pid)
{
	char path[64];
	BUF_CLEANUP struct buf stat = BUF_INIT;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	return file_read(path, 4096, &stat, NULL) || strstr(buf_str(&stat), ") Z ");
}

static void kills_the_whole_group_at_the_deadline(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL("echo started; echo why >&2; sleep 77 & echo $!; wait"), .deadline_s = 5 };
	assert_int_equal(proc_run(&p, &out, NULL, &status, &e), ERR_BUSY);
	assert_int_equal(status, 128 + SIGKILL);
	assert_non_null(strstr(e.text, "sh: "));
	assert_non_null(strstr(e.text, ": why"));
	assert_memory_equal(buf_str(&out), "started\n", 8);
	int pid = atoi(out.ptr + 8);
	assert_true(pid > 1);
	for (int i = 0; !is_dead(pid) && i < WAIT_MS / 10; i++)
		poll(NULL, 0, 10);
	assert_true(is_dead(pid));
}

static void does_not_wait_for_the_pipes_of_grandchildren(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL("echo before; setsid sleep 77 & echo $!; exit 0"), .deadline_s = 20 };
	int rc = proc_run(&p, &out, NULL, &status, NULL);
	assert_memory_equal(buf_str(&out), "before\n", 7);
	int pid = atoi(out.ptr + 7);
	assert_true(pid > 1);
	bool was_dead = is_dead(pid);
	kill(pid, SIGKILL);
	assert_int_equal(rc, ERR_OK);
	assert_false(was_dead);
}

static void tells_of_a_death_by_signal(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int status = -1;
	struct proc p = { .argv = SHELL("printf 'last\\033words\\n' >&2; kill -11 $$") };
	assert_int_equal(proc_run(&p, NULL, NULL, &status, &e), ERR_IO);
	assert_int_equal(status, 128 + 11);
	assert_string_equal(e.text, "sh: ended by signal 11: last\\u{1b}words");
}

static void tells_of_a_program_that_is_not_there(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int status = -1;
	struct proc p = { .argv = RUN("no-such-program-here") };
	assert_int_equal(proc_run(&p, NULL, NULL, &status, &e), ERR_NOTFOUND);
	p.argv = RUN("/usr/bin/no/such");
	assert_int_equal(proc_run(&p, NULL, NULL, &status, &e), ERR_NOTFOUND);
	p.argv = RUN("/etc");
	assert_int_equal(proc_run(&p, NULL, NULL, &status, &e), ERR_PERM);
	p = (struct proc){ .argv = RUN("true"), .dir = "/no/such/folder" };
	assert_int_equal(proc_run(&p, NULL, NULL, &status, &e), ERR_NOTFOUND);
}

static void starts_in_the_background(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	pid_t pid = 0;
	int status = 0;
	struct proc p = { .argv = SHELL("echo lost; echo lost >&2; exit 9") };
	assert_int_equal(proc_start(&p, &pid, &e), ERR_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 9);
	p.argv = RUN("no-such-program-here");
	assert_int_equal(proc_start(&p, &pid, &e), ERR_NOTFOUND);
}

/* Ends only when the pipe's other end is closed by all who hold it. */
static void expect_end_of(int fd)
{
	char byte;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(fd, &byte, 1), 0);
}

static void gives_its_descriptors_to_grandchildren_in_the_background(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int ends[2], status = -1;
	pid_t pid = 0;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct proc p = { .argv = SHELL("sleep 60 & exit 0"), .fds = &ends[1], .fds_count = 1 };
	assert_int_equal(proc_start(&p, &pid, &e), ERR_OK);
	close(ends[1]);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	struct pollfd open_end = { .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&open_end, 1, 100), 0);
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	expect_end_of(ends[0]);
	close(ends[0]);
}

static void ends_in_the_background_with_its_parent(void **s)
{
	(void)s;
	int ends[2], status = -1;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		pid_t pid;
		struct proc p = { .argv = RUN("sleep", "60"), .fds = &ends[1], .fds_count = 1 };
		_exit(proc_start(&p, &pid, NULL));
	}
	close(ends[1]);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(status, 0);
	expect_end_of(ends[0]);
	close(ends[0]);
}

static void gives_a_role_its_descriptors_in_order(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int a[2], b[2], status = 0;
	pid_t pid = 0;
	char text[64] = "";
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
	int fds[2] = { b[1], a[1] };
	const char *const *argv = SHELL("echo three >&3; echo four >&4; ls /proc/self/fd | tr '\\n' ' ' >&4");
	assert_int_equal(proc_start_role("/bin/sh", argv, fds, 2, &pid, &e), ERR_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(recv(b[0], text, sizeof text, MSG_DONTWAIT), 6);
	assert_memory_equal(text, "three\n", 6);
	memset(text, 0, sizeof text);
	assert_true(recv(a[0], text, sizeof text - 1, MSG_DONTWAIT) > 5);
	assert_string_equal(text, "four\n0 1 2 3 4 5 ");
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void ends_a_role_with_its_parent(void **s)
{
	(void)s;
	int pipe_fds[2];
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		pid_t pid;
		int rc = proc_start_role("/bin/sleep", RUN("sleep", "60"), &pipe_fds[1], 1, &pid, NULL);
		_exit(rc);
	}
	close(pipe_fds[1]);
	int status = -1;
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(status, 0);
	expect_end_of(pipe_fds[0]); /* the role held the other end */
	close(pipe_fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_output_and_status),
		cmocka_unit_test(drops_output_that_nobody_takes),
		cmocka_unit_test(passes_megabytes_both_ways),
		cmocka_unit_test(survives_a_child_that_does_not_read),
		cmocka_unit_test(keeps_no_more_output_than_asked),
		cmocka_unit_test(has_a_clean_environment),
		cmocka_unit_test(runs_in_the_folder_named),
		cmocka_unit_test(inherits_no_descriptors),
		cmocka_unit_test(starts_children_with_default_signals),
		cmocka_unit_test(leaves_the_signals_of_the_caller_as_they_were),
		cmocka_unit_test(kills_the_whole_group_at_the_deadline),
		cmocka_unit_test(does_not_wait_for_the_pipes_of_grandchildren),
		cmocka_unit_test(tells_of_a_death_by_signal),
		cmocka_unit_test(tells_of_a_program_that_is_not_there),
		cmocka_unit_test(starts_in_the_background),
		cmocka_unit_test(gives_its_descriptors_to_grandchildren_in_the_background),
		cmocka_unit_test(ends_in_the_background_with_its_parent),
		cmocka_unit_test(gives_a_role_its_descriptors_in_order),
		cmocka_unit_test(ends_a_role_with_its_parent),
	};
	return cmocka_run_group_tests_name("base/proc", tests, NULL, NULL);
}
