#include "model_vectors.h"

#include "model/tlog_proof.h"
#include "model/tlog_tile.h"

/* The example of C2SP tlog-proof, with extra data whose base64 is whole (the specification's is cut). */
#define HASHES "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n" \
	"EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\nRoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n" \
	"AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
#define CHECKPOINT "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n" \
	"— example.com/fancylog x08go/ZJ\n"
#define FIRST "c2sp.org/tlog-proof@v1\n"

static int parse(const char *s, size_t len, struct tlog_proof *out)
{
	struct err e = ERR_INIT;
	return tlog_proof_parse(s, len, out, &e);
}

static void assert_same_again(const char *s, const char *extra, uint64_t index, size_t path_count)
{
	struct tlog_proof p;
	BUF_CLEANUP struct buf text = BUF_INIT;
	assert_int_equal(parse(s, strlen(s), &p), ERR_OK);
	assert_int_equal(p.has_extra, extra != NULL);
	assert_string_equal(buf_str(&p.extra), extra ? extra : "");
	assert_int_equal(p.index, index);
	assert_int_equal(p.path_count, path_count);
	assert_int_equal(p.note_len, strlen(CHECKPOINT));
	assert_memory_equal(p.note, CHECKPOINT, p.note_len);
	tlog_proof_print(&p, &text);
	assert_string_equal(buf_str(&text), s);
	tlog_proof_release(&p);
}

static void reads_and_prints_proofs(void **state)
{
	(void)state;
	assert_same_again(FIRST "extra YWdlLXYxLjIuMQ==\nindex 73894\n" HASHES "\n" CHECKPOINT, "age-v1.2.1", 73894, 5);
	assert_same_again(FIRST "index 73894\n" HASHES "\n" CHECKPOINT, NULL, 73894, 5);
	assert_same_again(FIRST "index 0\n\n" CHECKPOINT, NULL, 0, 0);
	assert_same_again(FIRST "extra \nindex 0\n\n" CHECKPOINT, "", 0, 0);
}

static void refuses_proofs_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"c2sp.org/tlog-proof@v2\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1 \nindex 0\n\n",
		FIRST,
		FIRST "\n",
		FIRST "index\n\n",
		FIRST "index 00\n\n",
		FIRST "index -1\n\n",
		FIRST "index 9223372036854775808\n\n",
		FIRST "index 0\n",
		FIRST "index 0\n\r\n",
		FIRST "extra YWdl\n",
		FIRST "extra YWd\nindex 0\n\n",
		FIRST "extra YWdl \nindex 0\n\n",
		FIRST "extra YWdl\nextra YWdl\nindex 0\n\n",
		FIRST "index 0\nextra YWdl\n\n",
		FIRST "index 0\nAHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5v\n\n",
		FIRST "index 0\nAHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vl=\n\n",
		FIRST "index 0\n AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n\n",
	};
	struct tlog_proof p;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i], strlen(bad[i]), &p) != ERR_SYNTAX)
			fail_msg("proof %zu", i);
}

static void refuses_a_path_that_no_tree_has(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tlog_proof p;
	(void)state;
	buf_puts(&b, FIRST "index 0\n");
	for (size_t i = 0; i <= MERKLE_DEPTH_MAX; i++)
		buf_puts(&b, "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n");
	buf_puts(&b, "\n" CHECKPOINT);
	assert_int_equal(parse(b.ptr, b.len, &p), ERR_TOOBIG);
}

static void assert_path(unsigned level, uint64_t index, unsigned width, const char *path)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	const struct tlog_tile t = { level, index, width };
	tlog_tile_path(&t, &b);
	assert_string_equal(buf_str(&b), path);
}

static void names_tiles_as_published(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	assert_path(0, 0, 256, "tile/0/000");
	assert_path(0, 1234067, 256, "tile/0/x001/x234/067");
	assert_path(1, 999, 1, "tile/1/999.p/1");
	assert_path(2, 1000, 255, "tile/2/x001/000.p/255");
	assert_path(0, 1000000, 256, "tile/0/x001/x000/000");
	assert_path(0, UINT64_MAX, 256, "tile/0/x018/x446/x744/x073/x709/x551/615");
	tlog_tile_entries_path(1234067, 112, &b);
	assert_string_equal(buf_str(&b), "tile/entries/x001/x234/067.p/112");
}

/* What was put, a row a level. */
struct seen {
	uint64_t full[3];
	unsigned partial[3];
	struct hash last;
	uint64_t wanted;                       /* puts until it fails */
};

static int take(void *ctx, const struct tlog_tile *t, const struct hash *hashes, struct err *e)
{
	struct seen *s = ctx;
	assert_in_range(t->level, 0, 2);
	if (!s->wanted--)
		return err_set(e, ERR_FULL, "full");
	assert_int_equal(t->index, s->full[t->level]);
	assert_int_equal(s->partial[t->level], 0);
	if (t->width == TLOG_TILE_WIDTH)
		s->full[t->level]++;
	else
		s->partial[t->level] = t->width;
	s->last = hashes[t->width - 1];
	return ERR_OK;
}

static struct seen tile_all(uint64_t size)
{
	struct seen s = { .wanted = UINT64_MAX };
	struct err e = ERR_INIT;
	struct tlog_tiler *t = tlog_tiler_new(take, &s);
	for (uint64_t i = 0; i < size; i++) {
		struct hash leaf = hash_of2(0, &i, sizeof i);
		assert_int_equal(tlog_tiler_add(t, &leaf, &e), ERR_OK);
	}
	assert_int_equal(tlog_tiler_finish(t, &e), ERR_OK);
	tlog_tiler_free(t);
	return s;
}

/* The two examples of C2SP tlog-tiles: 70,000 and 256 entries. */
static void cuts_the_trees_of_the_specification_as_published(void **state)
{
	struct seen s = tile_all(70000);
	(void)state;
	assert_int_equal(s.full[0], 273);
	assert_int_equal(s.partial[0], 112);
	assert_int_equal(s.full[1], 1);
	assert_int_equal(s.partial[1], 17);
	assert_int_equal(s.full[2], 0);
	assert_int_equal(s.partial[2], 1);
	s = tile_all(256);
	assert_int_equal(s.full[0], 1);
	assert_int_equal(s.partial[0], 0);
	assert_int_equal(s.partial[1], 1);
	s = tile_all(0);
	assert_int_equal(s.full[0] + s.partial[0], 0);
}

static void gives_the_root_of_a_full_tree_at_the_level_above(void **state)
{
	struct merkle whole;
	(void)state;
	merkle_init(&whole);
	for (uint64_t i = 0; i < 65536; i++) {
		struct hash leaf = hash_of2(0, &i, sizeof i);
		merkle_add(&whole, &leaf);
	}
	struct seen s = tile_all(65536);
	struct hash root = merkle_root(&whole);
	assert_int_equal(s.full[1], 1);
	assert_int_equal(s.partial[2], 1);
	assert_true(hash_is_equal(&s.last, &root));
}

static void ends_with_the_error_of_who_writes(void **state)
{
	struct seen s = { .wanted = 1 };
	struct err e = ERR_INIT;
	struct tlog_tiler *t = tlog_tiler_new(take, &s);
	struct hash leaf = { { 0 } };
	int rc = ERR_OK;
	(void)state;
	for (size_t i = 0; !rc && i < 1000; i++)
		rc = tlog_tiler_add(t, &leaf, &e);
	assert_int_equal(rc, ERR_FULL);
	tlog_tiler_free(t);
}

static void puts_entries_behind_their_length(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT, large = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(tlog_tile_add_entry("", 0, &b, &e), ERR_OK);
	assert_int_equal(tlog_tile_add_entry("abc", 3, &b, &e), ERR_OK);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.ptr, "\0\0\0\3abc", 7);
	for (size_t i = 0; i < TLOG_TILE_ENTRY_MAX; i++)
		buf_putc(&large, 'x');
	buf_clear(&b);
	assert_int_equal(tlog_tile_add_entry(large.ptr, large.len, &b, &e), ERR_OK);
	assert_memory_equal(b.ptr, "\xff\xffx", 3);
	buf_putc(&large, 'x');
	assert_int_equal(tlog_tile_add_entry(large.ptr, large.len, &b, &e), ERR_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints_proofs),
		cmocka_unit_test(refuses_proofs_that_are_none),
		cmocka_unit_test(refuses_a_path_that_no_tree_has),
		cmocka_unit_test(names_tiles_as_published),
		cmocka_unit_test(cuts_the_trees_of_the_specification_as_published),
		cmocka_unit_test(gives_the_root_of_a_full_tree_at_the_level_above),
		cmocka_unit_test(ends_with_the_error_of_who_writes),
		cmocka_unit_test(puts_entries_behind_their_length),
	};
	return cmocka_run_group_tests_name("model/tlog_proof", tests, NULL, NULL);
}
