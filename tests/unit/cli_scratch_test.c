/* A scratch folder is there as long as its maker, and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/scratch.h"

#define TRIES 6000 /* only a fault lets them pass */
#define PAUSE_US 10000

static void fill(const char *folder)
{
	MEM_CLEANUP char *path = file_path(folder, "record");
	struct err e = ERR_INIT;
	assert_int_equal(file_write_durable(path, "text", 4, 0600, &e), ERR_OK);
}

static void is_removed_with_what_is_in_it(void **state)
{
	struct scratch s;
	struct stat st;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(scratch_make("daicho-test", &s, &e), ERR_OK);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	MEM_CLEANUP char *path = mem_strdup(s.path);
	fill(path);
	scratch_remove(&s);
	assert_false(file_exists(path));
}

static void goes_with_a_process_that_is_killed(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	(void)state;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		struct err e = ERR_INIT;
		int ends[2], status = 0;
		assert_int_equal(pipe(ends), 0);
		pid_t pid = fork();
		if (!pid) {
			struct scratch s;
			signal(signals[i], SIG_DFL);
			if (scratch_make("daicho-test", &s, NULL))
				_exit(1);
			fill(s.path);
			file_write_all(ends[1], s.path, strlen(s.path), "path", NULL);
			raise(signals[i]);
			_exit(1);
		}
		close(ends[1]);
		assert_int_equal(file_read_fd(ends[0], 4096, &path, &e), ERR_OK);
		close(ends[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		for (int n = 0; n < TRIES && file_exists(buf_str(&path)); n++)
			usleep(PAUSE_US);
		assert_true(path.len && !file_exists(buf_str(&path)));
	}
}

static void is_made_in_the_folder_that_is_asked_for(void **state)
{
	struct scratch outer, inner;
	struct err e = ERR_INIT;
	const char *tmp = getenv("TMPDIR");
	MEM_CLEANUP char *before = tmp ? mem_strdup(tmp) : NULL;
	(void)state;
	assert_int_equal(scratch_make("daicho-test", &outer, &e), ERR_OK);
	assert_int_equal(setenv("TMPDIR", outer.path, 1), 0);
	assert_int_equal(scratch_make("daicho-test", &inner, &e), ERR_OK);
	assert_int_equal(strncmp(inner.path, outer.path, strlen(outer.path)), 0);
	scratch_remove(&inner);
	MEM_CLEANUP char *gone = file_path(outer.path, "gone");
	assert_int_equal(setenv("TMPDIR", gone, 1), 0);
	assert_int_equal(scratch_make("daicho-test", &inner, &e), ERR_NOTFOUND);
	assert_int_equal(before ? setenv("TMPDIR", before, 1) : unsetenv("TMPDIR"), 0);
	scratch_remove(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_removed_with_what_is_in_it),
		cmocka_unit_test(goes_with_a_process_that_is_killed),
		cmocka_unit_test(is_made_in_the_folder_that_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
