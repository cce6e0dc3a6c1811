#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "foreign/jail.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED false
#endif

static char dir[] = "/tmp/daicho-jail-XXXXXX";
static int listen_fd = -1;

static int open_dir(void **s)
{
	(void)s;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(a.sun_path, sizeof a.sun_path, "%s/sock", dir);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(listen_fd, (struct sockaddr *)&a, sizeof a) || listen(listen_fd, 16);
}

static int close_dir(void **s)
{
	(void)s;
	close(listen_fd);
	return file_remove_tree(dir, NULL);
}

static const char *const read_roots[] = { "/", NULL };
static const char *const write_roots[] = { dir, "/dev", "/no/such/folder", NULL };

/* What fn gives, run in a child within the jail; 0 is success. */
static int run_jailed(enum jail_profile profile, int (*fn)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct jail j = { .profile = profile };
		if (profile == JAIL_VERIFIER) {
			j.read_roots = read_roots;
			j.write_roots = write_roots;
		} else if (profile == JAIL_WITNESS)
			j.write_roots = write_roots;
		_exit(jail_enter(&j, NULL, NULL) ? 255 : fn());
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

static bool has_landlock(void)
{
	int ends[2];
	char missing[128] = "";
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct jail j = { .profile = JAIL_FRONT };
		int rc = jail_enter(&j, missing, NULL);
		_exit(rc || write(ends[1], missing, sizeof missing) != sizeof missing);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], missing, sizeof missing), sizeof missing);
	close(ends[0]);
	close(ends[1]);
	assert_true(strcmp(missing, "") == 0 || strcmp(missing, "Landlock") == 0);
	return missing[0] == '\0';
}

/* 0 if the call failed with EPERM or EACCES */
static int expect_refusal(long result)
{
	return result == -1 && (errno == EPERM || errno == EACCES) ? 0 : 1;
}

static int open_file(void)
{
	return expect_refusal(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int make_file(void)
{
	return expect_refusal(open("/tmp/daicho-jail-file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int open_unix_socket(void)
{
	return expect_refusal(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int open_inet_socket(void)
{
	return expect_refusal(socket(AF_INET, SOCK_STREAM, 0)) | expect_refusal(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int open_netlink_socket(void)
{
	return expect_refusal(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int fork_child(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return expect_refusal(pid);
}

static int execute(void)
{
	return expect_refusal(execl("/bin/true", "true", (char *)NULL));
}

static int kill_parent(void)
{
	return expect_refusal(kill(getppid(), SIGTERM));
}

static void keeps_the_front_from_files(void **s)
{
	(void)s;
	if (!IS_SANITIZED || has_landlock())
		assert_int_equal(run_jailed(JAIL_FRONT, open_file), 0);
	assert_int_equal(run_jailed(JAIL_FRONT, make_file), 0);
}

static void keeps_the_front_from_new_sockets(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_FRONT, open_unix_socket), 0);
	assert_int_equal(run_jailed(JAIL_FRONT, open_inet_socket), 0);
	assert_int_equal(run_jailed(JAIL_FRONT, open_netlink_socket), 0);
}

static void keeps_the_front_from_processes(void **s)
{
	(void)s;
	if (!IS_SANITIZED) /* its search for leaks forks */
		assert_int_equal(run_jailed(JAIL_FRONT, fork_child), 0);
	assert_int_equal(run_jailed(JAIL_FRONT, execute), 0);
	assert_int_equal(run_jailed(JAIL_FRONT, kill_parent), 0);
}

static void *set_one(void *arg)
{
	struct timespec t = { 0, 1000 };
	nanosleep(&t, NULL);
	free(malloc(5 << 20));
	*(int *)arg = 1;
	return NULL;
}

static int run_threads(void)
{
	pthread_t threads[8];
	int done[8] = { 0 };
	for (size_t i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, set_one, &done[i]))
			return 1;
	for (size_t i = 0; i < 8; i++)
		if (pthread_join(threads[i], NULL) || !done[i])
			return 2;
	return 0;
}

static void lets_the_front_have_threads_and_memory(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_FRONT, run_threads), 0);
}

static int check_manners(void)
{
	struct rlimit l;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 && errno != EPERM)
		return 1;
	return getrlimit(RLIMIT_CORE, &l) || l.rlim_cur || l.rlim_max ? 2 : 0;
}

static void takes_cores_and_new_privileges_away(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_FRONT, check_manners), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, check_manners), 0);
}

static int abort_itself(void)
{
	abort();
}

static void lets_a_role_abort(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_FRONT, abort_itself), 1000 + SIGABRT);
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
	(void)ctx, (void)url, (void)method, (void)version;
	static int seen;
	struct ucred peer;
	socklen_t len = sizeof peer;
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	(void)data;
	int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	bool is_own = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == getuid();
	static char fine[] = "fine", poor[] = "poor";
	struct MHD_Response *r = MHD_create_response_from_buffer(4, is_own ? fine : poor, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return result;
}

/* Serves until standard input, or what stands for it, ends. */
static int serve(int until_fd)
{
	char byte;
	const unsigned how = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC | MHD_USE_POLL;
	struct MHD_Daemon *d = MHD_start_daemon(how, 0, NULL, NULL, answer, NULL, MHD_OPTION_LISTEN_SOCKET, listen_fd,
	                                        MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
	if (!d)
		return 1;
	while (read(until_fd, &byte, 1) > 0)
		;
	MHD_stop_daemon(d);
	return 0;
}

static bool ask(const char *body)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	BUF_CLEANUP struct buf q = BUF_INIT, out = BUF_INIT;
	snprintf(a.sun_path, sizeof a.sun_path, "%s/sock", dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	buf_printf(&q, "POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
	           body);
	bool is_fine = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && send(fd, q.ptr, q.len, MSG_NOSIGNAL) > 0 &&
	               file_read_fd(fd, 4096, &out, NULL) == ERR_OK && strstr(buf_str(&out), "200 OK") &&
	               strstr(buf_str(&out), "\r\n\r\nfine");
	close(fd);
	return is_fine;
}

static int until_ends[2];

static int serve_jailed(void)
{
	return serve(until_ends[0]);
}

static void lets_the_front_serve_http(void **s)
{
	(void)s;
	assert_int_equal(pipe(until_ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(until_ends[1]);
		_exit(run_jailed(JAIL_FRONT, serve_jailed));
	}
	close(until_ends[0]);
	for (int i = 0; i < 20; i++)
		assert_true(ask("a body"));
	close(until_ends[1]);
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What this program does as a role: descriptor 3 listens, 4 ends it. */
static int serve_under_faketime(void)
{
	struct jail j = { .profile = JAIL_FRONT };
	struct timespec before, after;
	listen_fd = 3;
	clock_gettime(CLOCK_REALTIME, &before);
	if (jail_enter(&j, NULL, NULL))
		return 2;
	for (int i = 0; i < 100; i++)
		clock_gettime(CLOCK_REALTIME, &after);
	if (before.tv_sec < 4000000000 || run_threads())
		return 3;
	return serve(4);
}

static void serve_with(const char *library)
{
	struct err e = ERR_INIT;
	pid_t pid;
	int ends[2], status = -1;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	setenv("LD_PRELOAD", library, 1);
	const char *argv[] = { "jail", "--serve", NULL };
	assert_int_equal(proc_start_role("/proc/self/exe", argv, (int[]){ listen_fd, ends[0] }, 2, &pid, &e), ERR_OK);
	unsetenv("LD_PRELOAD");
	close(ends[0]);
	for (int i = 0; i < 5; i++)
		assert_true(ask("a body"));
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* libfaketime then may no longer read the file that tells the time, and has to live with it. */
static void lets_the_front_survive_a_moved_clock(void **s)
{
	(void)s;
	static const char *const libraries[] = {
		"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
		"/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
		"/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
		"/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
	};
	size_t first = 0, n = sizeof libraries / sizeof *libraries;
	while (first < n && !file_exists(libraries[first]))
		first++;
	if (first == n || IS_SANITIZED) /* a sanitizer has to be the first library */
		skip();
	MEM_CLEANUP char *file = file_path(dir, "time");
	assert_int_equal(file_write_durable(file, "@2100-01-01 00:00:00\n", 21, 0600, NULL), ERR_OK);
	setenv("FAKETIME_TIMESTAMP_FILE", file, 1);
	setenv("FAKETIME_NO_CACHE", "1", 1);
	setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
	for (size_t i = first; i < n; i++)
		if (file_exists(libraries[i]))
			serve_with(libraries[i]);
	unsetenv("FAKETIME_TIMESTAMP_FILE");
	unsetenv("FAKETIME_NO_CACHE");
	unsetenv("FAKETIME_DONT_FAKE_MONOTONIC");
}

static int read_file(void)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	return file_read("/etc/passwd", 1 << 20, &b, NULL) ? 1 : 0;
}

static int write_in_root(void)
{
	MEM_CLEANUP char *path = file_path(dir, "made");
	MEM_CLEANUP char *sub = file_path(dir, "sub");
	return file_write_durable(path, "x", 1, 0600, NULL) || file_mkdirs(sub, 0700, NULL) ? 1 : 0;
}

static int run_program(void)
{
	int status = -1;
	BUF_CLEANUP struct buf out = BUF_INIT;
	const char *argv[] = { "gpg", "--version", NULL };
	struct proc p = { .argv = argv };
	if (proc_run(&p, &out, NULL, &status, NULL))
		return 1;
	return status || strncmp(buf_str(&out), "gpg (GnuPG)", 11) != 0 ? 2 : 0;
}

static int kill_late_program(void)
{
	int status = -1;
	const char *argv[] = { "sleep", "60", NULL };
	struct proc p = { .argv = argv, .deadline_s = 1 };
	return proc_run(&p, NULL, NULL, &status, NULL) == ERR_BUSY ? 0 : 1;
}

static int use_unix_sockets(void)
{
	int ends[2];
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0;
}

static int trace(void)
{
	MEM_CLEANUP char *path = mem_printf("/proc/%d/mem", getppid());
	return expect_refusal(open(path, O_RDWR | O_CLOEXEC));
}

static void lets_the_verifier_read_and_write_below_its_roots(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_VERIFIER, read_file), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, write_in_root), 0);
}

static void keeps_the_verifier_from_writing_elsewhere(void **s)
{
	(void)s;
	if (!has_landlock())
		skip();
	assert_int_equal(run_jailed(JAIL_VERIFIER, make_file), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, trace), 0);
}

static void keeps_the_verifier_from_the_network(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_VERIFIER, open_inet_socket), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, open_netlink_socket), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, use_unix_sockets), 0);
}

static void lets_the_verifier_run_gpg(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_VERIFIER, run_program), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, kill_late_program), 0);
	assert_int_equal(run_jailed(JAIL_VERIFIER, kill_parent), 0);
}

static void lets_the_witness_have_its_folder_and_threads(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_WITNESS, write_in_root), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, run_threads), 0);
}

static void keeps_the_witness_from_files_elsewhere(void **s)
{
	(void)s;
	if (!has_landlock())
		skip();
	assert_int_equal(run_jailed(JAIL_WITNESS, open_file), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, make_file), 0);
}

static void keeps_the_witness_from_sockets_and_processes(void **s)
{
	(void)s;
	assert_int_equal(run_jailed(JAIL_WITNESS, open_unix_socket), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, open_inet_socket), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, open_netlink_socket), 0);
	if (!IS_SANITIZED) /* its search for leaks forks */
		assert_int_equal(run_jailed(JAIL_WITNESS, fork_child), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, execute), 0);
	assert_int_equal(run_jailed(JAIL_WITNESS, kill_parent), 0);
}

static int take_memory(void)
{
	char *volatile p = malloc((size_t)512 << 20);
	int is_given = p != NULL;
	free(p);
	return is_given;
}

static int burn(void)
{
	volatile unsigned i = 0;
	while (i != 1)
		i += 2;
	return 0;
}

static int run_limited(int (*fn)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct jail j = { JAIL_VERIFIER, read_roots, write_roots, (uint64_t)256 << 20, 1 };
		_exit(jail_enter(&j, NULL, NULL) ? 255 : fn());
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void limits_memory_and_processor_time(void **s)
{
	(void)s;
	if (!IS_SANITIZED)
		assert_int_equal(run_limited(take_memory), 0);
	assert_int_equal(run_limited(burn), 1000 + SIGKILL);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, open_dir, close_dir)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(keeps_the_front_from_files),
		IN_DIR(keeps_the_front_from_new_sockets),
		IN_DIR(keeps_the_front_from_processes),
		IN_DIR(lets_the_front_have_threads_and_memory),
		IN_DIR(takes_cores_and_new_privileges_away),
		IN_DIR(lets_a_role_abort),
		IN_DIR(lets_the_front_serve_http),
		IN_DIR(lets_the_front_survive_a_moved_clock),
		IN_DIR(lets_the_verifier_read_and_write_below_its_roots),
		IN_DIR(keeps_the_verifier_from_writing_elsewhere),
		IN_DIR(keeps_the_verifier_from_the_network),
		IN_DIR(lets_the_witness_have_its_folder_and_threads),
		IN_DIR(keeps_the_witness_from_files_elsewhere),
		IN_DIR(keeps_the_witness_from_sockets_and_processes),
		IN_DIR(lets_the_verifier_run_gpg),
		IN_DIR(limits_memory_and_processor_time),
	};
	if (argc > 1 && strcmp(argv[1], "--serve") == 0)
		return serve_under_faketime();
	return cmocka_run_group_tests_name("foreign/jail", tests, NULL, NULL);
}
