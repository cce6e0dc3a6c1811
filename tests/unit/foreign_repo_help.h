/* What the tests of foreign/repo share: a temporary folder, stock git, small repositories. */
#ifndef UNIT_FOREIGN_REPO_HELP_H
#define UNIT_FOREIGN_REPO_HELP_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/oid.h"
#include "base/proc.h"
#include "foreign/repo.h"

#define HEAD_REF "refs/heads/ledger"

static char *root;        /* temporary folder of all tests */
static unsigned serial;

static inline char *get_path(const char *name)
{
	return mem_printf("%s/%u-%s", root, ++serial, name);
}

static inline void must(int rc, const struct err *e)
{
	if (rc)
		fail_msg("%s: %s", err_word((enum err_code)rc), e->text);
}

/* Runs a command line with sh in dir; its output, of which the caller is the owner. */
static inline char *run_status(const char *dir, int want, const char *command)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	const char *env[] = { "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_AUTHOR_NAME=a",
		              "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", NULL };
	struct proc p = { .argv = argv, .env = env, .dir = dir };
	struct buf out = BUF_INIT;
	BUF_CLEANUP struct buf errors = BUF_INIT;
	struct err e = ERR_INIT;
	int status;
	must(proc_run(&p, &out, &errors, &status, &e), &e);
	if (status != want)
		fail_msg("%s: status %d, not %d: %s%s", command, status, want, buf_str(&out), buf_str(&errors));
	return buf_steal(&out, NULL);
}

static inline char *run(const char *dir, const char *command)
{
	return run_status(dir, 0, command);
}

static inline void do_run(const char *dir, const char *command)
{
	free(run(dir, command));
}

static inline struct oid run_id(const char *dir, const char *command)
{
	MEM_CLEANUP char *text = run(dir, command);
	struct oid id = { .b = { 0 } };
	assert_true(strlen(text) >= OID_HEX_LEN);
	assert_true(oid_parse(text, OID_HEX_LEN, &id));
	return id;
}

static inline void check_sound(const char *path)
{
	MEM_CLEANUP char *text = run(path, "git fsck --full --strict 2>&1");
	if (strstr(text, "error") || strstr(text, "warning"))
		fail_msg("git fsck: %s", text);
}

static inline struct repo *make(char **out_path)
{
	struct err e = ERR_INIT;
	*out_path = get_path("r.git");
	must(repo_create(*out_path, HEAD_REF, &e), &e);
	struct repo *r = repo_open(*out_path, false, &e);
	if (!r)
		fail_msg("%s", e.text);
	return r;
}

static inline struct oid add_tree(struct repo_batch *b, const char *name, const struct oid *blob)
{
	BUF_CLEANUP struct buf tree = BUF_INIT;
	buf_printf(&tree, "100644 %s", name);
	buf_putc(&tree, '\0');
	buf_add(&tree, blob->b, OID_LEN);
	return repo_batch_add(b, OID_TREE, tree.ptr, tree.len);
}

static inline struct oid add_commit(struct repo_batch *b, const struct oid *tree, const struct oid *parent, unsigned n)
{
	char hex[OID_HEX_LEN + 1];
	BUF_CLEANUP struct buf commit = BUF_INIT;
	oid_print(tree, hex);
	buf_printf(&commit, "tree %s\n", hex);
	if (parent) {
		oid_print(parent, hex);
		buf_printf(&commit, "parent %s\n", hex);
	}
	buf_printf(&commit, "author a <a@b> %u +0900\ncommitter a <a@b> %u +0900\n\nentry %u\n", 1700000000 + n,
	           1700000000 + n, n);
	return repo_batch_add(b, OID_COMMIT, commit.ptr, commit.len);
}

static inline void write_batch(struct repo_batch *b)
{
	struct err e = ERR_INIT;
	must(repo_batch_write(b, &e), &e);
	repo_batch_free(b);
}

/* One commit with one file that says n; its id. */
static inline struct oid append(struct repo *r, const struct oid *parent, unsigned n)
{
	MEM_CLEANUP char *text = mem_printf("record %u\n", n);
	struct repo_batch *b = repo_batch_new(r);
	struct oid blob = repo_batch_add(b, OID_BLOB, text, strlen(text));
	struct oid tree = add_tree(b, "note", &blob);
	struct oid commit = add_commit(b, &tree, parent, n);
	write_batch(b);
	return commit;
}

static inline struct oid put_blob(struct repo *r, const char *text)
{
	struct repo_batch *b = repo_batch_new(r);
	struct oid id = repo_batch_add(b, OID_BLOB, text, strlen(text));
	write_batch(b);
	return id;
}

static inline int read_blob(struct repo *r, const struct oid *id, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	return repo_read(r, id, OID_BLOB, 1 << 20, &out, e);
}

/* Opening path fails with ERR_LEDGER and a text that holds `word`. */
static inline void check_refused(const char *path, bool foreign, const char *word)
{
	struct err e = ERR_INIT;
	struct repo *r = repo_open(path, foreign, &e);
	assert_null(r);
	assert_string_equal(err_word(e.code), "LEDGER");
	if (!strstr(e.text, word))
		fail_msg("`%s` does not say `%s`", e.text, word);
}

static inline char *find_file(const char *dir, const char *pattern)
{
	MEM_CLEANUP char *command = mem_printf("ls %s/%s", dir, pattern);
	char *text = run("/", command);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static inline void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static inline int set_up(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	const char *tmp = getenv("TMPDIR");
	root = mem_printf("%s/foreign-repo-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(root))
		return -1;
	return repo_library_init(&e);
}

static inline int tear_down(void **s)
{
	(void)s;
	repo_library_exit();
	int rc = file_remove_tree(root, NULL);
	free(root);
	return rc;
}

#endif
