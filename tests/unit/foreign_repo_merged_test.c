#include "foreign_repo_help.h"

#include <sys/mman.h>

#define SMALL 6

struct fixture {
	char *path;
	struct repo *r;
	struct oid ids[SMALL];
};

/* Small packs, and one of stock git that has all that they have. */
static void set_up_merged(struct fixture *f)
{
	struct err e = ERR_INIT;
	f->r = make(&f->path);
	for (unsigned i = 0; i < SMALL; i++)
		f->ids[i] = append(f->r, i ? &f->ids[i - 1] : NULL, i);
	must(repo_ref_move(f->r, HEAD_REF, NULL, &f->ids[SMALL - 1], &e), &e);
	do_run(f->path, "git repack -aq");
	must(repo_refresh(f->r, &e), &e);
	assert_int_equal(repo_pack_count(f->r), SMALL + 1);
}

static void drop(struct fixture *f)
{
	struct err e = ERR_INIT;
	must(repo_drop_merged(f->r, &e), &e);
}

static void check_readable(struct fixture *f)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	for (unsigned i = 0; i < SMALL; i++)
		must(repo_read(f->r, &f->ids[i], OID_COMMIT, 1 << 20, &out, &e), &e);
	check_sound(f->path);
}

static void tear_down_merged(struct fixture *f)
{
	repo_close(f->r);
	free(f->path);
}

static void removes_packs_that_a_larger_one_holds(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	drop(&f);
	assert_int_equal(repo_pack_count(f.r), 1);
	MEM_CLEANUP char *packs = run(f.path, "ls objects/pack | grep -c '^pack.*pack$'; ls objects/pack | grep -c idx$");
	assert_string_equal(packs, "1\n1\n");
	check_readable(&f);
	tear_down_merged(&f);
}

static void keeps_packs_of_which_one_object_stands_nowhere_else(void **s)
{
	(void)s;
	struct fixture f;
	struct err e = ERR_INIT;
	set_up_merged(&f);
	struct repo_batch *b = repo_batch_new(f.r);
	repo_batch_add(b, OID_BLOB, "alone", 5);
	write_batch(b);
	struct oid alone = oid_of(OID_BLOB, "alone", 5);
	drop(&f);
	assert_int_equal(repo_pack_count(f.r), 2);
	must(read_blob(f.r, &alone, &e), &e);
	tear_down_merged(&f);
}

static void keeps_both_of_two_packs_with_the_same_objects(void **s)
{
	(void)s;
	char *path;
	struct err e = ERR_INIT;
	struct repo *r = make(&path);
	append(r, NULL, 1);
	do_run(path, "cd objects/pack; for f in pack-*; do cp $f pack-0$(echo $f | cut -c7-); done");
	must(repo_refresh(r, &e), &e);
	assert_int_equal(repo_pack_count(r), 2);
	must(repo_drop_merged(r, &e), &e);
	assert_int_equal(repo_pack_count(r), 2);
	repo_close(r);
	free(path);
}

static void keeps_packs_that_are_marked_to_be_kept(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	MEM_CLEANUP char *mark = mem_printf("for p in $(ls -S objects/pack/*.pack | tail -%d); do"
	                                    " touch ${p%%.pack}.keep; done", SMALL);
	do_run(f.path, mark);
	drop(&f);
	assert_int_equal(repo_pack_count(f.r), SMALL + 1);
	tear_down_merged(&f);
}

static char *find_smallest(const struct fixture *f)
{
	MEM_CLEANUP char *name = run(f->path, "ls -S objects/pack/*.pack | tail -1 | tr -d '\\n'");
	return file_path(f->path, name);
}

static unsigned long count_spares(const struct fixture *f)
{
	MEM_CLEANUP char *text = run(f->path, "find objects/pack -name 'tmp_*' -size 0 | wc -l");
	return strtoul(text, NULL, 10);
}

static void takes_the_files_of_merged_packs_again(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	drop(&f);
	assert_int_equal(count_spares(&f), 2 * SMALL);
	append(f.r, NULL, 99);
	assert_int_equal(count_spares(&f), 2 * SMALL - 2);
	check_readable(&f);
	repo_batch_prepare(f.r);
	assert_int_equal(count_spares(&f), 2 * SMALL - 2);
	repo_close(f.r);
	MEM_CLEANUP char *left = run(f.path, "ls objects/pack | grep -c tmp_; true");
	assert_string_equal(left, "0\n");
	free(f.path);
}

/* As git and verifiers do: they map it, and close it. */
static void never_changes_a_file_that_somebody_reads(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	MEM_CLEANUP char *path = find_smallest(&f);
	int fd = open(path, O_RDONLY);
	struct stat st;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	uint8_t *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	close(fd);
	MEM_CLEANUP uint8_t *copy = mem_alloc((size_t)st.st_size);
	memcpy(copy, map, (size_t)st.st_size);
	drop(&f);
	assert_int_equal(count_spares(&f), 2 * SMALL - 1);
	for (unsigned i = 0; i < SMALL; i++)
		append(f.r, NULL, 100 + i);
	assert_memory_equal(map, copy, (size_t)st.st_size);
	munmap(map, (size_t)st.st_size);
	tear_down_merged(&f);
}

static void never_changes_a_file_that_has_another_name(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	do_run(f.path, "mkdir copy; ln objects/pack/pack-* copy; cd copy; sha1sum * > ../sums");
	drop(&f);
	assert_int_equal(count_spares(&f), 0);
	for (unsigned i = 0; i < SMALL; i++)
		append(f.r, NULL, 100 + i);
	do_run(f.path, "cd copy; sha1sum --quiet -c ../sums");
	tear_down_merged(&f);
}

static void takes_no_spare_file_that_somebody_wrote_to_or_linked_to(void **s)
{
	(void)s;
	struct fixture f;
	set_up_merged(&f);
	drop(&f);
	do_run(f.path, "cd objects/pack; for f in tmp_idx*; do ln $f ../../$f; done;"
	               " for f in tmp_pack*; do echo x > $f; done");
	append(f.r, NULL, 99);
	do_run(f.path, "git verify-pack objects/pack/*.idx");
	MEM_CLEANUP char *sizes = run(f.path, "stat -c %s tmp_idx* | sort -u");
	assert_string_equal(sizes, "0\n");
	tear_down_merged(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removes_packs_that_a_larger_one_holds),
		cmocka_unit_test(keeps_packs_of_which_one_object_stands_nowhere_else),
		cmocka_unit_test(keeps_both_of_two_packs_with_the_same_objects),
		cmocka_unit_test(keeps_packs_that_are_marked_to_be_kept),
		cmocka_unit_test(takes_the_files_of_merged_packs_again),
		cmocka_unit_test(never_changes_a_file_that_somebody_reads),
		cmocka_unit_test(never_changes_a_file_that_has_another_name),
		cmocka_unit_test(takes_no_spare_file_that_somebody_wrote_to_or_linked_to),
	};
	return cmocka_run_group_tests_name("foreign/repo_merged", tests, set_up, tear_down);
}
