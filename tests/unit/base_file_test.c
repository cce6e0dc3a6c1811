#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/file_trim.h"
#include "base/mem.h"

static char dir[] = "/tmp/daicho-file-XXXXXX";

static const char *at(const char *name)
{
	static char paths[8][512];
	static int turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

static int make_dir(void **s)
{
	(void)s;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **s)
{
	(void)s;
	return file_remove_tree(dir, NULL) || file_exists(dir);
}

static void write_file(const char *name, const char *text)
{
	struct err e = ERR_INIT;
	assert_int_equal(file_write_durable(at(name), text, strlen(text), 0600, &e), ERR_OK);
}

static void assert_content(const char *name, const char *text)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(file_read(at(name), 1 << 20, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), text);
}

static void joins_paths(void **s)
{
	(void)s;
	MEM_CLEANUP char *a = file_path("a/b", "c");
	MEM_CLEANUP char *b = file_path("/", "c");
	assert_string_equal(a, "a/b/c");
	assert_string_equal(b, "/c");
}

static void reads_back_what_it_wrote(void **s)
{
	(void)s;
	struct stat st;
	write_file("a", "first");
	write_file("a", "second");
	assert_content("a", "second");
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
}

static void gives_the_mode_asked_for_whatever_the_umask(void **s)
{
	(void)s;
	struct stat st;
	mode_t old = umask(077);
	assert_int_equal(file_write_durable(at("a"), "x", 1, 0644, NULL), ERR_OK);
	umask(old);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void leaves_no_temporary_file_when_it_fails(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	bool is_empty = false;
	assert_int_equal(file_mkdir(at("a"), 0700, &e), ERR_OK);
	assert_int_equal(file_mkdir(at("a/b"), 0700, &e), ERR_OK);
	assert_int_equal(file_write_durable(at("a/b"), "x", 1, 0600, &e), ERR_IO); /* a folder stands there */
	assert_int_equal(rmdir(at("a/b")), 0);
	assert_int_equal(file_is_empty_dir(at("a"), &is_empty, &e), ERR_OK);
	assert_true(is_empty);
}

static void writes_over_the_temporary_file_of_a_killed_run(void **s)
{
	(void)s;
	char name[64];
	snprintf(name, sizeof name, "a.tmp-%ld", (long)getpid());
	write_file("other", "x");
	assert_int_equal(symlink(at("other"), at(name)), 0);
	write_file("a", "new");
	assert_content("a", "new");
	assert_content("other", "x");
	assert_false(file_exists(at(name)));
}

static void names_the_file_that_was_to_be_written(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(file_write_durable(at("none/a"), "x", 1, 0600, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.text, "none/a: "));
	assert_null(strstr(e.text, "tmp-"));
	write_file("plain", "x");
	assert_int_equal(file_write_durable(at("plain/a"), "x", 1, 0600, &e), ERR_IO);
	assert_null(strstr(e.text, "tmp-"));
}

static void drops_what_killed_writes_of_one_file_left(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	static const char *const others[] = { "a", "a.tmp-", "a.tmp-7x", "b.tmp-7", "aa.tmp-7" };
	write_file("a.tmp-7", "x");
	write_file("a.tmp-123456", "x");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		write_file(others[i], "x");
	assert_int_equal(file_drop_temporary(at("a"), &e), ERR_OK);
	assert_false(file_exists(at("a.tmp-7")));
	assert_false(file_exists(at("a.tmp-123456")));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_true(file_exists(at(others[i])));
	assert_int_equal(file_drop_temporary(at("none/a"), &e), ERR_NOTFOUND);
}

static void refuses_a_file_over_the_limit(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_file("a", "12345");
	buf_puts(&b, "before");
	assert_int_equal(file_read(at("a"), 4, &b, &e), ERR_TOOBIG);
	assert_string_equal(buf_str(&b), "before");
	assert_int_equal(file_read(at("a"), 5, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), "before12345");
}

static void reads_nothing_but_regular_files(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_file("a", "x");
	assert_int_equal(symlink(at("a"), at("link")), 0);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(file_read(at("link"), 10, &b, &e), ERR_IO);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(file_read(at("fifo"), 10, &b, &e), ERR_IO);
	assert_int_equal(file_read(dir, 10, &b, &e), ERR_IO);
	assert_int_equal(file_read(at("none"), 10, &b, &e), ERR_NOTFOUND);
	assert_int_equal(b.len, 0);
}

static void says_that_the_medium_is_full(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "x", 1, "object", &e), ERR_FULL);
	assert_memory_equal(e.text, "object: ", 8);
	close(fd);
}

static void makes_folders_with_their_parents(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct stat st;
	assert_int_equal(file_mkdirs(at("a/b/c"), 0700, &e), ERR_OK);
	assert_int_equal(file_mkdirs(at("a/b/c"), 0700, &e), ERR_OK);
	assert_int_equal(file_mkdirs(at("a/b//d/"), 0700, &e), ERR_OK);
	assert_int_equal(stat(at("a/b/d"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_not_equal(file_mkdir(at("a"), 0700, &e), ERR_OK);
	write_file("f", "x");
	assert_int_not_equal(file_mkdirs(at("f/g"), 0700, &e), ERR_OK);
}

static void removes_a_tree_and_follows_no_link(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(file_mkdirs(at("a/b/c"), 0700, &e), ERR_OK);
	assert_int_equal(file_mkdirs(at("keep"), 0700, &e), ERR_OK);
	write_file("a/x", "x");
	write_file("a/b/c/y", "y");
	write_file("keep/z", "z");
	assert_int_equal(symlink(at("keep"), at("a/b/link")), 0);
	assert_int_equal(symlink(at("keep"), at("link")), 0);
	assert_int_equal(file_remove_tree(at("a"), &e), ERR_OK);
	assert_int_equal(file_remove_tree(at("link"), &e), ERR_OK);
	assert_int_equal(file_remove_tree(at("none"), &e), ERR_OK);
	assert_false(file_exists(at("a")));
	assert_false(file_exists(at("link")));
	assert_content("keep/z", "z");
}

static int note(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)e;
	assert_true(file_exists(full));
	buf_printf(ctx, "%s%s ", rel, is_dir ? "/" : "");
	return strcmp(rel, "stop") == 0 ? ERR_GONE : ERR_OK;
}

static void walks_in_order_folders_after_their_content(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(file_mkdirs(at("w/b/c"), 0700, &e), ERR_OK);
	write_file("w/b/c/y", "");
	write_file("w/b/x", "");
	write_file("w/a", "");
	assert_int_equal(symlink("/", at("w/l")), 0);
	assert_int_equal(file_walk(at("w"), note, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), "a b/c/y b/c/ b/x b/ l ");
	assert_int_equal(file_sync_tree(at("w"), &e), ERR_OK);
}

static void ends_a_walk_with_what_the_function_says(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_file("a", "");
	write_file("stop", "");
	write_file("z", "");
	assert_int_equal(file_walk(dir, note, &b, NULL), ERR_GONE);
	assert_string_equal(buf_str(&b), "a stop ");
}

static void tells_an_empty_folder(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	bool is_empty = false;
	assert_int_equal(file_is_empty_dir(dir, &is_empty, &e), ERR_OK);
	assert_true(is_empty);
	write_file(".hidden", "");
	assert_int_equal(file_is_empty_dir(dir, &is_empty, &e), ERR_OK);
	assert_false(is_empty);
	assert_int_equal(file_is_empty_dir(at("none"), &is_empty, &e), ERR_NOTFOUND);
}

static void exchanges_two_folders(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(file_mkdirs(at("a"), 0700, &e), ERR_OK);
	assert_int_equal(file_mkdirs(at("sub/b"), 0700, &e), ERR_OK);
	write_file("a/f", "from a");
	write_file("sub/b/f", "from b");
	assert_int_equal(file_exchange(at("a"), at("sub/b"), &e), ERR_OK);
	assert_content("a/f", "from b");
	assert_content("sub/b/f", "from a");
	assert_int_equal(file_exchange(at("a"), at("none"), &e), ERR_NOTFOUND);
}

static void renames_onto_nothing_that_is_there(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	write_file("from", "new");
	write_file("to", "old");
	assert_int_equal(file_rename_new(at("from"), at("to"), &e), ERR_CONFLICT);
	assert_content("to", "old");
	assert_content("from", "new");
	assert_int_equal(file_rename_new(at("from"), at("free"), &e), ERR_OK);
	assert_content("free", "new");
	assert_false(file_exists(at("from")));
	assert_int_equal(file_rename_new(at("from"), at("other"), &e), ERR_NOTFOUND);
}

static void names_the_process_that_holds_a_lock(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	int fd = -1, other = -1, status = 0;
	char pid[32];
	assert_int_equal(file_lock(at("lock"), &fd, &e), ERR_OK);
	snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	assert_content("lock", pid);
	pid_t child = fork();
	if (child == 0) {
		struct err why = ERR_INIT;
		int rc = file_lock(at("lock"), &other, &why);
		pid[strlen(pid) - 1] = '\0';
		_exit(rc == ERR_BUSY && strstr(why.text, pid) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd);
	assert_int_equal(file_lock(at("lock"), &other, &e), ERR_OK);
	close(other);
}

static void locks_no_link(void **s)
{
	(void)s;
	int fd;
	write_file("a", "content");
	assert_int_equal(symlink(at("a"), at("lock")), 0);
	assert_int_not_equal(file_lock(at("lock"), &fd, NULL), ERR_OK);
	assert_content("a", "content");
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

static void says_why_a_file_system_does_not_trim(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	assert_int_not_equal(file_trim("/proc", &e), ERR_OK);
	assert_non_null(strstr(e.text, "/proc: trim: "));
	assert_int_equal(file_trim("/proc/nowhere", &e), ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_why_a_file_system_does_not_trim),
		cmocka_unit_test(joins_paths),
		IN_DIR(reads_back_what_it_wrote),
		IN_DIR(gives_the_mode_asked_for_whatever_the_umask),
		IN_DIR(leaves_no_temporary_file_when_it_fails),
		IN_DIR(writes_over_the_temporary_file_of_a_killed_run),
		IN_DIR(names_the_file_that_was_to_be_written),
		IN_DIR(drops_what_killed_writes_of_one_file_left),
		IN_DIR(refuses_a_file_over_the_limit),
		IN_DIR(reads_nothing_but_regular_files),
		cmocka_unit_test(says_that_the_medium_is_full),
		IN_DIR(makes_folders_with_their_parents),
		IN_DIR(removes_a_tree_and_follows_no_link),
		IN_DIR(walks_in_order_folders_after_their_content),
		IN_DIR(ends_a_walk_with_what_the_function_says),
		IN_DIR(tells_an_empty_folder),
		IN_DIR(exchanges_two_folders),
		IN_DIR(renames_onto_nothing_that_is_there),
		IN_DIR(names_the_process_that_holds_a_lock),
		IN_DIR(locks_no_link),
	};
	return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
