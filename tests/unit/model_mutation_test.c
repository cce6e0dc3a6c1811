#include "model_vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/commit.h"
#include "model/leaf.h"
#include "model/note.h"
#include "model/pgpsig.h"

/* Good vectors with one byte changed, taken out or put in: refused, or printing what was read gives those bytes. */
#define TRIES 4000
#define SEED_VARIABLE "DAICHO_TEST_SEED"

static uint64_t seed, random_state;

static uint32_t draw(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % below;
}

static int print_seed(void **state)
{
	const char *given = getenv(SEED_VARIABLE);
	(void)state;
	seed = given ? strtoull(given, NULL, 10) : UINT64_C(20240122);
	print_message("seed %llu (" SEED_VARIABLE " sets another)\n", (unsigned long long)seed);
	return 0;
}

static int start(void **state)
{
	(void)state;
	random_state = seed ? seed : 1;
	return 0;
}

/* Bytes that the formats themselves use are tried more often than others. */
static char draw_byte(void)
{
	static const char likely[] = "\n :/-0123456789abcdefABCDEF+.=";
	return draw(4) ? likely[draw(sizeof likely - 1)] : (char)draw(256);
}

static void mutate(const struct buf *good, struct buf *out)
{
	size_t at = draw((uint32_t)good->len);
	unsigned how = draw(3); /* 0 changes, 1 takes out, 2 puts in */
	buf_clear(out);
	buf_add(out, good->ptr, at);
	if (how != 1)
		buf_putc(out, draw_byte());
	buf_add(out, good->ptr + at + (how < 2), good->len - at - (how < 2));
}

typedef bool print_fn(const struct buf *text, struct buf *out);

static bool print_leaf(const struct buf *text, struct buf *out)
{
	struct leaf l;
	struct err e = ERR_INIT;
	int rc = leaf_parse(text->ptr, text->len, &l, &e);
	bool is_taken = rc == 0 || (rc == ERR_FORMAT && l.kind == LEAF_FORMAT_KIND);
	if (is_taken)
		assert_int_equal(leaf_print(&l, out, &e), 0);
	leaf_release(&l);
	return is_taken;
}

static bool print_note(const struct buf *text, struct buf *out)
{
	struct note n;
	struct err e = ERR_INIT;
	if (note_parse(text->ptr, text->len, &n, &e))
		return false;
	assert_int_equal(note_print(&n, out, &e), 0);
	note_release(&n);
	return true;
}

static bool print_commit(const struct buf *text, struct buf *out)
{
	struct commit c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, printed = BUF_INIT;
	if (commit_parse(text->ptr, text->len, &c, &payload, &armor, &e))
		return false;
	commit_print_payload(&c, &printed);
	assert_int_equal(commit_sign(printed.ptr, printed.len, armor.ptr, out, &e), 0);
	return true;
}

static bool print_signature(const struct buf *text, struct buf *out)
{
	struct pgpsig sig;
	struct err e = ERR_INIT;
	if (pgpsig_parse(text->ptr, text->len, &sig, &e))
		return false;
	assert_int_equal(pgpsig_print(&sig, out, &e), 0);
	return true;
}

static void try_one(print_fn *print, const struct buf *good, const char *name)
{
	BUF_CLEANUP struct buf changed = BUF_INIT, printed = BUF_INIT;
	mutate(good, &changed);
	if (!print(&changed, &printed))
		return;
	if (printed.len != changed.len || memcmp(printed.ptr, changed.ptr, changed.len) != 0)
		fail_msg("%s, changed and taken, prints other bytes (seed %llu):\n%s", name, (unsigned long long)seed,
		         changed.ptr);
}

static print_fn *print_now;

static void try_vector(const char *name)
{
	if (strstr(name, "-bad-") || strcmp(name, "leaf-newer-genesis.txt") == 0)
		return;
	BUF_CLEANUP struct buf good = read_vector(name), same = BUF_INIT;
	assert_true(print_now(&good, &same));
	for (int i = 0; i < TRIES; i++)
		try_one(print_now, &good, name);
}

static void refuses_or_prints_changed_leaves_exactly(void **state)
{
	(void)state;
	print_now = print_leaf;
	each_vector("leaf-*.txt", try_vector);
}

static void refuses_or_prints_changed_notes_exactly(void **state)
{
	(void)state;
	print_now = print_note;
	each_vector("note-*.txt", try_vector);
}

static void refuses_or_prints_changed_commits_exactly(void **state)
{
	(void)state;
	print_now = print_commit;
	each_vector("commit-*.txt", try_vector);
}

static void refuses_or_prints_changed_signatures_exactly(void **state)
{
	(void)state;
	print_now = print_signature;
	each_vector("signature-*.asc", try_vector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(refuses_or_prints_changed_leaves_exactly, start),
		cmocka_unit_test_setup(refuses_or_prints_changed_notes_exactly, start),
		cmocka_unit_test_setup(refuses_or_prints_changed_commits_exactly, start),
		cmocka_unit_test_setup(refuses_or_prints_changed_signatures_exactly, start),
	};
	return cmocka_run_group_tests_name("model/mutation", tests, print_seed, NULL);
}
