#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/proc.h"
#include "foreign/tar.h"

static char dir[] = "/tmp/daicho-tar-XXXXXX", path[64];

static int make_dir(void **s)
{
	(void)s;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	snprintf(path, sizeof path, "%s/a.tar", mkdtemp(dir) ? dir : "");
	return 0;
}

static int remove_dir(void **s)
{
	(void)s;
	return file_remove_tree(dir, NULL);
}

#define MTIME ((int64_t)1735657200)

static void write_plain(const char *file, struct hash *hash, uint64_t *bytes)
{
	struct err e = ERR_INIT;
	struct tar_writer *w = tar_writer_new(file, MTIME, &e);
	assert_non_null(w);
	assert_int_equal(tar_writer_add(w, "b/bagit.txt", "hello\n", 6, &e), ERR_OK);
	assert_int_equal(tar_writer_add(w, "b/data/1", "", 0, &e), ERR_OK);
	assert_int_equal(tar_writer_add(w, "a", "x\0y", 3, &e), ERR_OK);
	assert_int_equal(tar_writer_finish(w, hash, bytes, &e), ERR_OK);
	tar_writer_free(w);
}

static int note(void *ctx, const char *name, const char *bytes, size_t len, struct err *e)
{
	buf_printf(ctx, "%s:%zu:", name, len);
	buf_add(ctx, bytes, len);
	buf_puts(ctx, "|");
	return strcmp(name, "refuse") == 0 ? err_set(e, ERR_RULE, "no") : ERR_OK;
}

static int read_tar(size_t max, struct buf *out, struct err *e)
{
	buf_clear(out);
	return tar_read(path, max, note, out, e);
}

static void reads_back_members_in_their_order(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct hash hash;
	uint64_t bytes;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_plain(path, &hash, &bytes);
	assert_int_equal(read_tar(100, &b, &e), ERR_OK);
	assert_int_equal(b.len, 41);
	assert_memory_equal(b.ptr, "b/bagit.txt:6:hello\n|b/data/1:0:|a:3:x\0y|", 41);
}

static void gives_digest_and_size_of_the_file(void **s)
{
	(void)s;
	struct hash hash;
	uint64_t bytes;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_plain(path, &hash, &bytes);
	assert_int_equal(file_read(path, 1 << 20, &b, NULL), ERR_OK);
	struct hash again = hash_of(b.ptr, b.len);
	assert_int_equal(bytes, b.len);
	assert_int_equal(bytes, 10240);
	assert_true(hash_is_equal(&hash, &again));
}

static void writes_the_same_bytes_each_time(void **s)
{
	(void)s;
	char other[80];
	struct hash a, b;
	uint64_t bytes;
	char text[HASH_TEXT_LEN + 1];
	snprintf(other, sizeof other, "%s/other.tar", dir);
	write_plain(path, &a, &bytes);
	write_plain(other, &b, &bytes);
	assert_true(hash_is_equal(&a, &b));
	hash_print(&a, text);
	assert_string_equal(text, "sha256:fd0afa5754c7f8c29620df771bcd706c094d51bb7dd57d1a2d46dccb70f1bbb5");
}

static void is_listed_by_tar(void **s)
{
	(void)s;
	struct hash hash;
	uint64_t bytes;
	int status = -1;
	BUF_CLEANUP struct buf out = BUF_INIT;
	write_plain(path, &hash, &bytes);
	const char *argv[] = { "tar", "--utc", "--full-time", "-tvf", path, NULL };
	struct proc p = { .argv = argv };
	assert_int_equal(proc_run(&p, &out, NULL, &status, NULL), ERR_OK);
	assert_int_equal(status, 0);
	assert_string_equal(buf_str(&out), "-rw-r--r-- root/root         6 2024-12-31 15:00:00 b/bagit.txt\n"
	                                   "-rw-r--r-- root/root         0 2024-12-31 15:00:00 b/data/1\n"
	                                   "-rw-r--r-- root/root         3 2024-12-31 15:00:00 a\n");
}

static void writes_over_no_file(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_equal(file_write_durable(path, "x", 1, 0600, &e), ERR_OK);
	assert_null(tar_writer_new(path, 0, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_true(file_exists(path));
}

static void removes_an_unfinished_file(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct tar_writer *w = tar_writer_new(path, 0, &e);
	assert_int_equal(tar_writer_add(w, "a", "x", 1, &e), ERR_OK);
	tar_writer_free(w);
	assert_false(file_exists(path));
	tar_writer_free(NULL);
}

static const char *const unsafe_names[] = { "", "/a", "../a", "a/../b", "a/..", ".", "./a", "a/.", "a//b", "a/", "台",
	                                    "a b", "a\nb", "a\\b", ".." };

static void takes_only_plain_names_and_each_once(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct tar_writer *w = tar_writer_new(path, 0, &e);
	for (size_t i = 0; i < sizeof unsafe_names / sizeof *unsafe_names; i++)
		assert_int_equal(tar_writer_add(w, unsafe_names[i], "x", 1, &e), ERR_BUG);
	assert_int_equal(tar_writer_add(w, "...", "x", 1, &e), ERR_OK);
	assert_int_equal(tar_writer_add(w, ".a/..b", "x", 1, &e), ERR_OK);
	assert_int_equal(tar_writer_add(w, "...", "x", 1, &e), ERR_BUG);
	tar_writer_free(w);
}

static void refuses_a_member_over_the_limit(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct hash hash;
	uint64_t bytes;
	BUF_CLEANUP struct buf b = BUF_INIT;
	write_plain(path, &hash, &bytes);
	assert_int_equal(read_tar(5, &b, &e), ERR_TOOBIG);
	assert_int_equal(read_tar(6, &b, &e), ERR_OK);
}

static void ends_with_the_error_of_the_taker(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct hash hash;
	uint64_t bytes;
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tar_writer *w = tar_writer_new(path, 0, &e);
	tar_writer_add(w, "refuse", "", 0, &e);
	tar_writer_add(w, "z", "", 0, &e);
	assert_int_equal(tar_writer_finish(w, &hash, &bytes, &e), ERR_OK);
	tar_writer_free(w);
	assert_int_equal(read_tar(5, &b, &e), ERR_RULE);
	assert_string_equal(buf_str(&b), "refuse:0:|");
}

/* One ustar block of a header, and room for a member of up to one block. */
static void put_member(struct buf *tar, const char *name, char type, const char *link, const char *content)
{
	char block[512] = "", sum[16];
	unsigned total = 0;
	snprintf(block, 100, "%s", name);
	memcpy(block + 100, "0000644", 8);
	memcpy(block + 108, "0000000", 8);
	memcpy(block + 116, "0000000", 8);
	snprintf(block + 124, 12, "%011o", (unsigned)strlen(content));
	memcpy(block + 136, "00000000000", 12);
	memset(block + 148, ' ', 8);
	block[156] = type;
	snprintf(block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\0" "00", 8);
	for (size_t i = 0; i < sizeof block; i++)
		total += (unsigned char)block[i];
	snprintf(sum, sizeof sum, "%06o", total);
	memcpy(block + 148, sum, 7);
	buf_add(tar, block, sizeof block);
	if (!*content)
		return;
	memset(block, 0, sizeof block);
	snprintf(block, sizeof block, "%s", content);
	buf_add(tar, block, sizeof block);
}

static int read_raw(struct buf *tar, bool with_end)
{
	static const char empty[1024];
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	if (with_end)
		buf_add(tar, empty, sizeof empty);
	assert_int_equal(file_write_durable(path, buf_str(tar), tar->len, 0600, &e), ERR_OK);
	buf_clear(tar);
	return read_tar(4096, &b, &e);
}

static void reads_a_plain_ustar_of_others(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	assert_int_equal(read_raw(&tar, true), ERR_OK);
}

static void refuses_links_folders_and_devices(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	static const char types[] = "123456";
	for (size_t i = 0; types[i]; i++) {
		put_member(&tar, "a", '0', "", "x");
		put_member(&tar, "b", types[i], "a", "");
		assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	}
}

static void refuses_unsafe_names(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	for (size_t i = 1; i < sizeof unsafe_names / sizeof *unsafe_names; i++) {
		put_member(&tar, unsafe_names[i], '0', "", "x");
		assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	}
}

static void refuses_repeated_names(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	put_member(&tar, "a", '0', "", "x");
	assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
}

static void refuses_what_was_cut(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	assert_int_equal(read_raw(&tar, false), ERR_SYNTAX);
	put_member(&tar, "a", '0', "", "x");
	tar.len -= 512;
	assert_int_equal(read_raw(&tar, false), ERR_SYNTAX);
	put_member(&tar, "a", '0', "", "x");
	tar.len -= 1;
	assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	assert_int_equal(read_raw(&tar, false), ERR_SYNTAX);
}

static void refuses_other_kinds_of_tar(void **s)
{
	(void)s;
	static const char *const formats[] = { "--format=pax", "--format=gnu", "--format=v7" };
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	int status = -1;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const char *argv[] = { "tar", formats[i], "-C", "/etc", "-cf", path, "passwd", NULL };
		struct proc p = { .argv = argv };
		assert_int_equal(proc_run(&p, NULL, NULL, &status, NULL), ERR_OK);
		assert_int_equal(status, 0);
		assert_int_equal(read_tar(1 << 20, &b, &e), ERR_SYNTAX);
	}
}

static void refuses_headers_of_extensions(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	static const struct { const char *name; char type; const char *content; } headers[] = {
		{ "pax", 'x', "18 path=../hostile\n" }, { "pax", 'g', "18 path=../hostile\n" },
		{ "././@LongLink", 'L', "../hostile" }, { "././@LongLink", 'K', "/etc/passwd" },
		{ "volume", 'V', "" }, { "sparse", 'S', "x" }, { "acl", 'A', "x" },
	};
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		put_member(&tar, headers[i].name, headers[i].type, "", headers[i].content);
		put_member(&tar, "a", '0', "", "x");
		assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	}
}

static void refuses_what_stands_behind_the_end(void **s)
{
	(void)s;
	static const char empty[1024];
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	buf_add(&tar, empty, sizeof empty);
	put_member(&tar, "b", '0', "", "x");
	assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	put_member(&tar, "a", '0', "", "x");
	buf_add(&tar, empty, 512);
	put_member(&tar, "b", '0', "", "x");
	assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
}

static void takes_more_empty_blocks_at_the_end(void **s)
{
	(void)s;
	static const char empty[20480];
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	buf_add(&tar, empty, sizeof empty);
	assert_int_equal(read_raw(&tar, true), ERR_OK);
}

static void refuses_a_size_that_is_not_octal_or_leads_out_of_the_file(void **s)
{
	(void)s;
	static const char *const sizes[] = { "\200\0\0\0\0\0\0\0\0\0\0\1", "00000000008", "77777777777", "0000000001 x",
		                             "" };
	BUF_CLEANUP struct buf tar = BUF_INIT;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned total = 0;
		char sum[8];
		put_member(&tar, "a", '0', "", "x");
		memset(tar.ptr + 124, 0, 12);
		memcpy(tar.ptr + 124, sizes[i], i ? strlen(sizes[i]) : 12);
		memset(tar.ptr + 148, ' ', 8);
		for (size_t at = 0; at < 512; at++)
			total += (unsigned char)tar.ptr[at];
		snprintf(sum, sizeof sum, "%06o", total);
		memcpy(tar.ptr + 148, sum, 7);
		assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
	}
}

static void refuses_damaged_headers(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf tar = BUF_INIT;
	put_member(&tar, "a", '0', "", "x");
	put_member(&tar, "b", '0', "", "x");
	tar.ptr[1024 + 3] ^= 1;
	assert_int_equal(read_raw(&tar, true), ERR_SYNTAX);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(reads_back_members_in_their_order),
		IN_DIR(gives_digest_and_size_of_the_file),
		IN_DIR(writes_the_same_bytes_each_time),
		IN_DIR(is_listed_by_tar),
		IN_DIR(writes_over_no_file),
		IN_DIR(removes_an_unfinished_file),
		IN_DIR(takes_only_plain_names_and_each_once),
		IN_DIR(refuses_a_member_over_the_limit),
		IN_DIR(ends_with_the_error_of_the_taker),
		IN_DIR(reads_a_plain_ustar_of_others),
		IN_DIR(refuses_links_folders_and_devices),
		IN_DIR(refuses_unsafe_names),
		IN_DIR(refuses_repeated_names),
		IN_DIR(refuses_what_was_cut),
		IN_DIR(refuses_other_kinds_of_tar),
		IN_DIR(refuses_headers_of_extensions),
		IN_DIR(refuses_what_stands_behind_the_end),
		IN_DIR(takes_more_empty_blocks_at_the_end),
		IN_DIR(refuses_a_size_that_is_not_octal_or_leads_out_of_the_file),
		IN_DIR(refuses_damaged_headers),
	};
	return cmocka_run_group_tests_name("foreign/tar", tests, NULL, NULL);
}
