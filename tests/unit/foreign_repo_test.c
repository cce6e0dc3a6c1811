#include "foreign_repo_help.h"

#include <errno.h>
#include <sys/mount.h>
#include <zlib.h>

static void makes_a_repository_that_git_finds_sound(void **s)
{
	(void)s;
	char *path;
	mode_t before = umask(0);
	struct repo *r = make(&path);
	umask(before);
	check_sound(path);
	MEM_CLEANUP char *head = run(path, "git symbolic-ref HEAD");
	assert_string_equal(head, HEAD_REF "\n");
	MEM_CLEANUP char *open = run(path, "find . -perm /077");
	assert_string_equal(open, "");
	repo_close(r);
	free(path);
}

static void makes_the_folders_of_loose_objects_where_git_comes_to_write(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	assert_false(repo_has_fan(r));
	free(run(path, "mkdir objects/0a && chmod 700 objects/0a && touch objects/0a/loose"));
	mode_t before = umask(0);
	must(repo_make_fan(path, &e), &e);
	umask(before);
	assert_true(repo_has_fan(r));
	MEM_CLEANUP char *made = run(path, "find objects -perm 700 -name '[0-9a-f][0-9a-f]' | wc -l; ls objects/0a");
	assert_string_equal(made, "256\nloose\n");
	repo_close(r);
	free(path);
}

static void refuses_to_make_a_repository_over_a_folder(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	assert_int_not_equal(repo_create(root, HEAD_REF, &e), 0);
	assert_true(file_exists(root));
}

static void writes_what_git_reads(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid first = append(r, NULL, 1), second = append(r, &first, 2);
	must(repo_ref_move(r, HEAD_REF, NULL, &first, &e), &e);
	must(repo_ref_move(r, HEAD_REF, &first, &second, &e), &e);
	check_sound(path);
	MEM_CLEANUP char *notes = run(path, "git show ledger~1:note ledger:note; git log --format=%s ledger");
	assert_string_equal(notes, "record 1\nrecord 2\nentry 2\nentry 1\n");
	MEM_CLEANUP char *refs = run(path, "git show-ref");
	char hex[OID_HEX_LEN + 1];
	oid_print(&second, hex);
	MEM_CLEANUP char *want = mem_printf("%s %s\n", hex, HEAD_REF);
	assert_string_equal(refs, want);
	do_run(path, "git verify-pack objects/pack/*.idx");
	repo_close(r);
	free(path);
}

static void leaves_nothing_but_pack_and_index(void **s)
{
	(void)s;
	char *path;
	struct repo *r = make(&path);
	append(r, NULL, 1);
	MEM_CLEANUP char *files = run(path, "cd objects/pack; ls -A | sed 's/-.*\\././'; stat -c %a *");
	assert_string_equal(files, "pack.idx\npack.pack\n600\n600\n");
	repo_close(r);
	free(path);
}

static void writes_packs_larger_than_what_it_holds_in_memory(void **s)
{
	(void)s;
	char *path;
	struct repo *r = make(&path);
	struct repo_batch *b = repo_batch_new(r);
	uint32_t noise = 1;
	static uint32_t block[2048];
	struct oid ids[1500];
	for (unsigned i = 0; i < 1500; i++) {
		for (unsigned k = 0; k < 2048; k++)
			block[k] = noise = noise * 1664525u + 1013904223u;
		ids[i] = repo_batch_add(b, OID_BLOB, block, sizeof block);
	}
	write_batch(b);
	do_run(path, "git verify-pack objects/pack/*.idx");
	MEM_CLEANUP char *count = run(path, "git cat-file --batch-all-objects --batch-check | wc -l");
	assert_string_equal(count, "1500\n");
	struct err e = ERR_INIT;
	for (unsigned i = 0; i < 1500; i += 7)
		must(read_blob(r, &ids[i], &e), &e);
	repo_close(r);
	free(path);
}

static void writes_an_object_once(void **s)
{
	(void)s;
	char *path;
	struct repo *r = make(&path);
	struct repo_batch *b = repo_batch_new(r);
	struct oid one = repo_batch_add(b, OID_BLOB, "x", 1), two = repo_batch_add(b, OID_BLOB, "x", 1);
	assert_true(oid_is_equal(&one, &two));
	write_batch(b);
	put_blob(r, "x");
	assert_int_equal(repo_pack_count(r), 1);
	MEM_CLEANUP char *count = run(path, "git cat-file --batch-all-objects --batch-check | wc -l");
	assert_string_equal(count, "1\n");
	repo_close(r);
	free(path);
}

static void writes_empty_objects_and_empty_batches(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	write_batch(repo_batch_new(r));
	assert_int_equal(repo_pack_count(r), 0);
	struct oid id = put_blob(r, "");
	must(read_blob(r, &id, &e), &e);
	check_sound(path);
	repo_close(r);
	free(path);
}

static void reads_what_git_wrote_loose_and_packed_with_deltas(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = run_id(path, "(seq 3000; echo a) | git hash-object -w --stdin");
	do_run(path, "for x in b c; do (seq 3000; echo $x) | git hash-object -w --stdin; done");
	must(repo_read(r, &id, OID_BLOB, 1 << 20, &out, &e), &e);
	size_t len = out.len;
	assert_string_equal(out.ptr + len - 2, "a\n");
	do_run(path, "git cat-file --batch-all-objects --batch-check | cut -d' ' -f1 |"
	             "git pack-objects objects/pack/pack && git prune-packed");
	MEM_CLEANUP char *deltas = run(path, "git verify-pack -v objects/pack/*.idx | grep -c 'chain length = 1'");
	assert_string_equal(deltas, "1\n");
	must(repo_read(r, &id, OID_BLOB, 1 << 20, &out, &e), &e);
	assert_int_equal(out.len, len);
	repo_close(r);
	free(path);
}

static void finds_objects_after_git_merged_the_packs(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2), c = append(r, &b, 3);
	BUF_CLEANUP struct buf out = BUF_INIT;
	must(repo_ref_move(r, HEAD_REF, NULL, &c, &e), &e);
	struct repo *other = repo_open(path, false, &e);
	assert_non_null(other);
	do_run(path, "git repack -adq");
	must(repo_read(other, &a, OID_COMMIT, 1 << 20, &out, &e), &e);
	must(repo_refresh(r, &e), &e);
	assert_int_equal(repo_pack_count(r), 1);
	must(repo_read(r, &b, OID_COMMIT, 1 << 20, &out, &e), &e);
	struct oid d = append(other, &c, 4);
	must(repo_read(r, &d, OID_COMMIT, 1 << 20, &out, &e), &e);
	repo_close(other);
	repo_close(r);
	free(path);
}

/* How many parts of its packs are in the memory of this process. */
static int count_mapped(void)
{
	char line[4096];
	int count = 0;
	FILE *f = fopen("/proc/self/maps", "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		count += strstr(line, ".pack\n") != NULL;
	fclose(f);
	return count;
}

static void gives_back_what_it_has_read_and_reads_it_again(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1), b = append(r, &a, 2);
	BUF_CLEANUP struct buf out = BUF_INIT;
	must(repo_read(r, &a, OID_COMMIT, 1 << 20, &out, &e), &e);
	assert_true(count_mapped() > 0);
	repo_let_go(r);
	assert_int_equal(count_mapped(), 0);
	must(repo_read(r, &b, OID_COMMIT, 1 << 20, &out, &e), &e);
	repo_close(r);
	free(path);
}

static void says_what_is_absent_too_big_or_of_another_type(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_blob(r, "0123456789"), none = oid_of(OID_BLOB, "none", 4);
	struct oid loose = run_id(path, "echo 9876543210 | git hash-object -w --stdin");
	assert_int_equal(repo_read(r, &none, OID_BLOB, 100, &out, &e), ERR_NOTFOUND);
	assert_false(repo_has(r, &none));
	assert_true(repo_has(r, &id) && repo_has(r, &loose));
	assert_int_equal(repo_read(r, &id, OID_BLOB, 9, &out, &e), ERR_TOOBIG);
	assert_int_equal(repo_read(r, &loose, OID_BLOB, 9, &out, &e), ERR_TOOBIG);
	assert_int_equal(repo_read(r, &id, OID_TREE, 100, &out, &e), ERR_LEDGER);
	assert_int_equal(repo_read(r, &loose, OID_COMMIT, 100, &out, &e), ERR_LEDGER);
	must(repo_read(r, &id, OID_BLOB, 10, &out, &e), &e);
	repo_close(r);
	free(path);
}

/* A loose object of 300 bytes, its file and its content. */
static struct oid put_loose(const char *path, char **out_file, struct buf *out_bytes)
{
	struct err e = ERR_INIT;
	char hex[OID_HEX_LEN + 1];
	struct oid id = run_id(path, "seq 80 | git hash-object -w --stdin");
	oid_print(&id, hex);
	*out_file = mem_printf("%s/objects/%.2s/%s", path, hex, hex + 2);
	must(file_read(*out_file, 1 << 20, out_bytes, &e), &e);
	assert_int_equal(chmod(*out_file, 0600), 0);
	return id;
}

static void refuses_a_loose_object_cut_anywhere_or_with_more_behind(void **s)
{
	(void)s;
	char *path, *file;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_loose(path, &file, &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		write_file(file, bytes.ptr, len);
		assert_int_equal(read_blob(r, &id, &e), ERR_LEDGER);
	}
	buf_putc(&bytes, 'x');
	write_file(file, bytes.ptr, bytes.len);
	assert_int_equal(read_blob(r, &id, &e), ERR_LEDGER);
	write_file(file, bytes.ptr, bytes.len - 1);
	must(read_blob(r, &id, &e), &e);
	free(file);
	free(path);
	repo_close(r);
}

static void never_takes_other_bytes_from_a_loose_object_with_flipped_bits(void **s)
{
	(void)s;
	char *path, *file;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_loose(path, &file, &bytes);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		write_file(file, bytes.ptr, bytes.len);
		int rc = repo_read(r, &id, OID_BLOB, 1 << 20, &out, &e);
		if (rc == 0) {
			struct oid is = oid_of(OID_BLOB, out.ptr, out.len);
			assert_true(oid_is_equal(&is, &id));
		} else
			assert_int_equal(rc, ERR_LEDGER);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	free(file);
	free(path);
	repo_close(r);
}

static void refuses_a_loose_object_whose_header_lies(void **s)
{
	(void)s;
	static const char *const headers[] = { "blob 3",  "blob 5", "blob 99999999", "blob 04", "blob 4 ", "blob -4",
		                               "blib 4",  "blob ",  "blob",          "blob 99999999999999999999999" };
	char *path, *file;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_loose(path, &file, &bytes);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		unsigned char plain[64], packed[256];
		uLongf len = sizeof packed;
		size_t header = strlen(headers[i]) + 1;
		memcpy(plain, headers[i], header);
		memcpy(plain + header, "abcd", 4);
		assert_int_equal(compress(packed, &len, plain, header + 4), Z_OK);
		write_file(file, packed, len);
		int rc = read_blob(r, &id, &e);
		assert_true(rc == ERR_LEDGER || (rc == ERR_TOOBIG && strcmp(headers[i], "blob 99999999") == 0));
	}
	free(file);
	free(path);
	repo_close(r);
}

static void refuses_a_loose_object_that_is_a_symbolic_link(void **s)
{
	(void)s;
	char *path, *file;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_loose(path, &file, &bytes);
	MEM_CLEANUP char *other = mem_printf("%s.other", file);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(symlink(other, file), 0);
	assert_int_equal(read_blob(r, &id, &e), ERR_LEDGER);
	free(file);
	free(path);
	repo_close(r);
}

static void names_a_copy_that_is_not_the_object_that_it_read(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *own = make(&path);
	struct oid a = put_blob(own, "true"), b = put_blob(own, "other");
	char hex[OID_HEX_LEN + 1];
	repo_close(own);
	oid_print(&a, hex);
	MEM_CLEANUP char *copy = mem_printf("f=$(echo false | git hash-object -w --stdin); mkdir -p objects/%.2s; mv "
	                                    "objects/$(echo $f | cut -c 1-2)/$(echo $f | cut -c 3-) objects/%.2s/%s", hex,
	                                    hex, hex + 2);
	struct repo *r = repo_open(path, true, &e);
	must(read_blob(r, &a, &e), &e);
	must(repo_copies_check(r, &e), &e);
	repo_close(r);
	do_run(path, copy);
	r = repo_open(path, true, &e);
	must(read_blob(r, &b, &e), &e);
	must(repo_copies_check(r, &e), &e);
	must(read_blob(r, &a, &e), &e);
	assert_int_equal(repo_copies_check(r, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "loose copy"));
	assert_non_null(strstr(e.text, hex));
	do_run(path, "find objects -type f -not -path '*pack*' -delete");
	must(repo_copies_check(r, &e), &e);
	repo_close(r);
	free(path);
}

static void writes_a_damaged_object_again(void **s)
{
	(void)s;
	char *path, *file;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct repo *r = make(&path);
	for (unsigned i = 1; i <= 80; i++)
		buf_printf(&text, "%u\n", i);
	struct oid id = put_loose(path, &file, &bytes);
	write_file(file, bytes.ptr, bytes.len / 2);
	struct oid again = put_blob(r, text.ptr);
	assert_true(oid_is_equal(&id, &again));
	must(read_blob(r, &id, &e), &e);
	free(file);
	free(path);
	repo_close(r);
}

static void never_takes_other_bytes_from_a_pack_with_flipped_bits(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct repo *r = make(&path);
	struct oid id = put_blob(r, "a record, a record, a record, and what was said of it");
	MEM_CLEANUP char *file = find_file(path, "objects/pack/*.pack");
	repo_close(r);
	must(file_read(file, 1 << 20, &bytes, &e), &e);
	unsigned refused = 0;
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		write_file(file, bytes.ptr, bytes.len);
		r = repo_open(path, false, &e);
		int rc = r ? repo_read(r, &id, OID_BLOB, 1 << 20, &out, &e) : ERR_LEDGER;
		if (rc == 0) {
			struct oid is = oid_of(OID_BLOB, out.ptr, out.len);
			assert_true(oid_is_equal(&is, &id));
		} else
			assert_true(rc == ERR_LEDGER || rc == ERR_TOOBIG);
		refused += rc != 0;
		repo_close(r);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(refused > bytes.len * 4);
	free(path);
}

static void refuses_a_pack_index_with_any_bit_flipped_or_cut(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct repo *r = make(&path);
	append(r, NULL, 1);
	MEM_CLEANUP char *file = find_file(path, "objects/pack/*.idx");
	repo_close(r);
	must(file_read(file, 1 << 20, &bytes, &e), &e);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		write_file(file, bytes.ptr, bytes.len);
		assert_null(repo_open(path, false, &e));
		assert_int_equal(e.code, ERR_LEDGER);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t len = 0; len < bytes.len; len += 5) {
		write_file(file, bytes.ptr, len);
		assert_null(repo_open(path, false, &e));
	}
	write_file(file, bytes.ptr, bytes.len);
	r = repo_open(path, false, &e);
	assert_non_null(r);
	repo_close(r);
	free(path);
}

static int see_object(void *ctx, const struct oid *id, struct err *e)
{
	unsigned *count = ctx;
	(void)id, (void)e;
	++*count;
	return 0;
}

static void walks_every_object_packed_and_loose(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	unsigned count = 0;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	append(r, &a, 2);
	do_run(path, "echo loose | git hash-object -w --stdin");
	must(repo_object_walk(r, see_object, &count, &e), &e);
	assert_int_equal(count, 7);
	repo_close(r);
	free(path);
}

static void tells_without_reading_what_no_packed_object_of_a_type_is(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct oid blob = oid_of(OID_BLOB, "packed", 6), loose = oid_of(OID_BLOB, "loose\n", 6), none = { .b = { 1 } };
	struct repo *r = make(&path);
	struct oid commit = append(r, NULL, 1);
	struct repo_batch *b = repo_batch_new(r);
	repo_batch_add(b, OID_BLOB, "packed", 6);
	must(repo_batch_write(b, &e), &e);
	repo_batch_free(b);
	do_run(path, "echo loose | git hash-object -w --stdin");
	assert_true(repo_may_be(r, &commit, REPO_TYPE(OID_COMMIT)));
	assert_false(repo_may_be(r, &commit, REPO_TYPE(OID_BLOB)));
	assert_true(repo_may_be(r, &blob, REPO_TYPE(OID_BLOB)));
	assert_false(repo_may_be(r, &blob, REPO_TYPE(OID_TREE)));
	assert_true(repo_may_be(r, &loose, REPO_TYPE(OID_BLOB)) && repo_may_be(r, &loose, REPO_TYPE(OID_TREE)));
	assert_true(repo_may_be(r, &none, REPO_TYPE(OID_BLOB)));
	repo_close(r);
	free(path);
}

static void does_not_list_objects_beside_a_pack_without_index(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	unsigned count = 0;
	struct repo *r = make(&path);
	append(r, NULL, 1);
	repo_close(r);
	do_run(path, "rm objects/pack/*.idx");
	r = repo_open(path, true, &e);
	assert_non_null(r);
	assert_int_equal(repo_object_walk(r, see_object, &count, &e), ERR_LEDGER);
	repo_close(r);
	free(path);
}

static void clears_what_killed_writers_left(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	repo_close(r);
	MEM_CLEANUP char *before = run(path, "find . | sort");
	do_run(path, "touch HEAD.lock config.lock packed-refs.lock refs/heads/ledger.lock refs/heads/.lock "
	             "config.tmp-7 objects/00/tmp_obj_abc objects/ab/tmp_object_git2_x objects/tmp_object_git2_y;"
	             "cd objects/pack; touch tmp_pack_x tmp_idx_x .tmp-12-pack-x.pack pack_git2_x; cd ../..;"
	             "mkdir -p objects/tmp_objdir-incoming-x/pack; touch objects/tmp_objdir-incoming-x/pack/y.pack;"
	             "touch objects/pack/pack-0123456789012345678901234567890123456789.idx");
	must(repo_clear_stale(path, &e), &e);
	MEM_CLEANUP char *after = run(path, "find . | sort");
	assert_string_equal(before, after);
	check_sound(path);
	free(path);
}

static void makes_a_lost_index_again(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct repo *r = make(&path);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	repo_close(r);
	do_run(path, "rm objects/pack/*.idx");
	must(repo_clear_stale(path, &e), &e);
	r = repo_open(path, false, &e);
	assert_non_null(r);
	must(repo_read(r, &a, OID_COMMIT, 1 << 20, &out, &e), &e);
	assert_int_equal(repo_pack_count(r), 1);
	check_sound(path);
	repo_close(r);
	free(path);
}

static void keeps_a_torn_pack_and_says_so(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	append(r, NULL, 1);
	repo_close(r);
	do_run(path, "rm objects/pack/*.idx; truncate -s -25 objects/pack/*.pack");
	assert_int_equal(repo_clear_stale(path, &e), ERR_LEDGER);
	MEM_CLEANUP char *left = run(path, "ls objects/pack | wc -l");
	assert_string_equal(left, "1\n");
	free(path);
}

/* A small file system; skips where it can't be had. */
static char *mount_small(void)
{
	char *path = get_path("small");
	assert_int_equal(mkdir(path, 0700), 0);
	if (mount("none", path, "tmpfs", 0, "size=2m,nr_inodes=600") < 0) {
		print_message("skipped: no tmpfs can be mounted here: %s\n", strerror(errno));
		free(path);
		skip();
	}
	return path;
}

static void writes_nothing_by_halves_on_a_full_disk(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char *small = mount_small();
	MEM_CLEANUP char *path = file_path(small, "r.git");
	MEM_CLEANUP char *filler = file_path(small, "filler");
	MEM_CLEANUP char *fill = mem_printf("head -c 4M /dev/zero > %s 2>/dev/null; true", filler);
	must(repo_create(path, HEAD_REF, &e), &e);
	struct repo *r = repo_open(path, false, &e);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	MEM_CLEANUP char *before = run(path, "find . | sort");
	do_run("/", fill);
	struct repo_batch *b = repo_batch_new(r);
	repo_batch_add(b, OID_BLOB, "text", 4);
	assert_int_equal(repo_batch_write(b, &e), ERR_FULL);
	repo_batch_free(b);
	assert_int_equal(repo_ref_move(r, HEAD_REF, &a, &a, &e), ERR_FULL);
	MEM_CLEANUP char *after = run(path, "find . | sort");
	assert_string_equal(before, after);
	assert_int_equal(unlink(filler), 0);
	check_sound(path);
	append(r, &a, 2);
	check_sound(path);
	repo_close(r);
	assert_int_equal(umount(small), 0);
	free(small);
}

static void writes_nothing_on_a_read_only_file_system(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char *small = mount_small();
	MEM_CLEANUP char *path = file_path(small, "r.git");
	must(repo_create(path, HEAD_REF, &e), &e);
	struct repo *r = repo_open(path, false, &e);
	struct oid a = append(r, NULL, 1);
	must(repo_ref_move(r, HEAD_REF, NULL, &a, &e), &e);
	assert_int_equal(mount("none", small, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=2m,nr_inodes=600"), 0);
	struct repo_batch *b = repo_batch_new(r);
	repo_batch_add(b, OID_BLOB, "text", 4);
	assert_int_equal(repo_batch_write(b, &e), ERR_READONLY);
	repo_batch_free(b);
	assert_int_equal(repo_ref_move(r, HEAD_REF, &a, &a, &e), ERR_READONLY);
	BUF_CLEANUP struct buf out = BUF_INIT;
	must(repo_read(r, &a, OID_COMMIT, 1 << 20, &out, &e), &e);
	repo_close(r);
	assert_int_equal(umount(small), 0);
	free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_repository_that_git_finds_sound),
		cmocka_unit_test(makes_the_folders_of_loose_objects_where_git_comes_to_write),
		cmocka_unit_test(refuses_to_make_a_repository_over_a_folder),
		cmocka_unit_test(writes_what_git_reads),
		cmocka_unit_test(leaves_nothing_but_pack_and_index),
		cmocka_unit_test(writes_packs_larger_than_what_it_holds_in_memory),
		cmocka_unit_test(writes_an_object_once),
		cmocka_unit_test(writes_empty_objects_and_empty_batches),
		cmocka_unit_test(reads_what_git_wrote_loose_and_packed_with_deltas),
		cmocka_unit_test(finds_objects_after_git_merged_the_packs),
		cmocka_unit_test(gives_back_what_it_has_read_and_reads_it_again),
		cmocka_unit_test(says_what_is_absent_too_big_or_of_another_type),
		cmocka_unit_test(refuses_a_loose_object_cut_anywhere_or_with_more_behind),
		cmocka_unit_test(never_takes_other_bytes_from_a_loose_object_with_flipped_bits),
		cmocka_unit_test(refuses_a_loose_object_whose_header_lies),
		cmocka_unit_test(refuses_a_loose_object_that_is_a_symbolic_link),
		cmocka_unit_test(names_a_copy_that_is_not_the_object_that_it_read),
		cmocka_unit_test(writes_a_damaged_object_again),
		cmocka_unit_test(never_takes_other_bytes_from_a_pack_with_flipped_bits),
		cmocka_unit_test(refuses_a_pack_index_with_any_bit_flipped_or_cut),
		cmocka_unit_test(walks_every_object_packed_and_loose),
		cmocka_unit_test(tells_without_reading_what_no_packed_object_of_a_type_is),
		cmocka_unit_test(does_not_list_objects_beside_a_pack_without_index),
		cmocka_unit_test(clears_what_killed_writers_left),
		cmocka_unit_test(makes_a_lost_index_again),
		cmocka_unit_test(keeps_a_torn_pack_and_says_so),
		cmocka_unit_test(writes_nothing_by_halves_on_a_full_disk),
		cmocka_unit_test(writes_nothing_on_a_read_only_file_system),
	};
	return cmocka_run_group_tests_name("foreign/repo", tests, set_up, tear_down);
}
