#include "model_vectors.h"

#include <inttypes.h>
#include <stdlib.h>

#include "model/merkle.h"

/* The reference tree of Certificate Transparency: 8 leaves, its roots and its published proofs. */
#define LEAVES 8
#define MANY 300

static struct hash leaves[LEAVES], roots[LEAVES + 1], many[MANY];

struct proof {
	uint64_t index, size;                  /* of a consistency proof: the old size and the new one */
	struct hash at[MERKLE_DEPTH_MAX];
	size_t count;
} proofs[16], steps[16];
static size_t proofs_count, steps_count;

static struct hash decode(const char *hex)
{
	struct hash h;
	assert_true(hash_hex_decode(hex, 64, h.b, HASH_LEN));
	return h;
}

static void read_proof(char *line, struct proof *p)
{
	char *rest = NULL;
	p->index = strtoull(strtok_r(line, " ", &rest), NULL, 10);
	p->size = strtoull(strtok_r(NULL, " ", &rest), NULL, 10);
	for (char *hex; (hex = strtok_r(NULL, " ", &rest));)
		p->at[p->count++] = decode(hex);
}

static int read_vectors(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf text = read_vector("merkle.txt");
	char *rest = NULL;
	size_t leaf = 0, root = 0;
	for (char *line = strtok_r(text.ptr, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		uint8_t bytes[32];
		if (!strncmp(line, "leaf ", 5)) {
			size_t len = line[5] == '-' ? 0 : strlen(line + 5);
			assert_true(hash_hex_decode(line + 5, len, bytes, len / 2));
			leaves[leaf++] = hash_of2(0, bytes, len / 2);
		} else if (!strncmp(line, "root ", 5))
			roots[root++] = decode(line + 7);
		else if (!strncmp(line, "proof ", 6))
			read_proof(line + strlen("proof "), &proofs[proofs_count++]);
		else
			read_proof(line + strlen("consistency "), &steps[steps_count++]);
	}
	assert_int_equal(leaf, LEAVES);
	assert_int_equal(root, LEAVES + 1);
	for (uint32_t i = 0; i < MANY; i++)
		many[i] = hash_of2(0, &i, sizeof i);
	return 0;
}

static void gives_the_published_roots(void **state)
{
	struct merkle m;
	(void)state;
	merkle_init(&m);
	for (size_t n = 0; n <= LEAVES; n++) {
		struct hash grown = merkle_root(&m), whole = merkle_root_of(leaves, n);
		assert_true(hash_is_equal(&grown, &roots[n]));
		assert_true(hash_is_equal(&whole, &roots[n]));
		if (n < LEAVES)
			merkle_add(&m, &leaves[n]);
	}
}

static void gives_and_takes_the_published_proofs(void **state)
{
	(void)state;
	assert_int_equal(proofs_count, 5);
	for (size_t i = 0; i < proofs_count; i++) {
		struct hash made[MERKLE_DEPTH_MAX];
		const struct proof *p = &proofs[i];
		assert_int_equal(merkle_prove(leaves, p->size, p->index, made), p->count);
		assert_memory_equal(made, p->at, p->count * sizeof *made);
		assert_true(merkle_check(p->index, p->size, &leaves[p->index], p->at, p->count, &roots[p->size]));
	}
}

static void gives_and_takes_the_published_consistency_proofs(void **state)
{
	(void)state;
	assert_int_equal(steps_count, 4);
	for (size_t i = 0; i < steps_count; i++) {
		struct hash made[MERKLE_DEPTH_MAX];
		const struct proof *p = &steps[i];
		assert_int_equal(merkle_prove_consistency(leaves, p->index, p->size, made), p->count);
		assert_memory_equal(made, p->at, p->count * sizeof *made);
		assert_true(merkle_check_consistency(p->index, p->size, &roots[p->index], &roots[p->size], p->at, p->count));
	}
}

static void proves_the_consistency_of_all_sizes(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX + 1] = { 0 }, other = many[MANY - 1];
	(void)state;
	for (size_t n = 0; n <= 70; n++)
		for (size_t m = 0; m <= n; m++) {
			struct hash old = merkle_root_of(many, m), new = merkle_root_of(many, n);
			size_t count = merkle_prove_consistency(many, m, n, proof);
			assert_true(merkle_check_consistency(m, n, &old, &new, proof, count));
			assert_false(merkle_check_consistency(m, n, &other, &new, proof, count));
			assert_false(m && merkle_check_consistency(m, n, &old, &other, proof, count));
			assert_false(merkle_check_consistency(m, n, &old, &new, proof, count + 1));
			assert_false(count && merkle_check_consistency(m, n, &old, &new, proof, count - 1));
			assert_false(merkle_check_consistency(n + 1, n, &old, &new, proof, count));
		}
}

static void refuses_a_consistency_proof_with_any_hash_changed(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX];
	(void)state;
	for (size_t n = 2; n <= 40; n++)
		for (size_t m = 1; m < n; m++) {
			struct hash old = merkle_root_of(many, m), new = merkle_root_of(many, n);
			size_t count = merkle_prove_consistency(many, m, n, proof);
			for (size_t i = 0; i < count; i++) {
				proof[i].b[0] ^= 0x80;
				assert_false(merkle_check_consistency(m, n, &old, &new, proof, count));
				proof[i].b[0] ^= 0x80;
			}
		}
}

/* Other sizes with the same proof: those whose walk is another one. */
static void refuses_a_consistency_proof_of_another_history(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX], old = merkle_root_of(many, 6), new = merkle_root_of(many, 8);
	size_t count = merkle_prove_consistency(many, 6, 8, proof);
	(void)state;
	for (uint64_t m = 0; m <= 9; m++)
		assert_int_equal(merkle_check_consistency(m, 8, &old, &new, proof, count), m == 6);
	struct hash shifted = merkle_root_of(many + 1, 6);
	assert_false(merkle_check_consistency(6, 8, &shifted, &new, proof, count));
	assert_false(merkle_check_consistency(0, 0, &old, &old, NULL, 0));
	assert_false(merkle_check_consistency(6, UINT64_MAX, &old, &new, proof, count));
}

static void proves_every_leaf_of_every_size(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX];
	(void)state;
	for (size_t n = 1; n <= 70; n++) {
		struct hash root = merkle_root_of(many, n);
		for (size_t i = 0; i < n; i++) {
			size_t count = merkle_prove(many, n, i, proof);
			assert_true(merkle_check(i, n, &many[i], proof, count, &root));
			assert_false(merkle_check(i, n, &many[i + 1], proof, count, &root));
			assert_false(merkle_check(i, n, &many[i], proof, count + 1, &root));
			assert_false(count && merkle_check(i, n, &many[i], proof, count - 1, &root));
		}
	}
}

static void refuses_a_proof_with_any_hash_changed(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX], root = merkle_root_of(many, MANY);
	size_t count = merkle_prove(many, MANY, 137, proof);
	(void)state;
	for (size_t i = 0; i < count; i++) {
		proof[i].b[31] ^= 1;
		assert_false(merkle_check(137, MANY, &many[137], proof, count, &root));
		proof[i].b[31] ^= 1;
	}
	assert_true(merkle_check(137, MANY, &many[137], proof, count, &root));
}

static void refuses_an_index_outside_the_tree(void **state)
{
	struct hash proof[MERKLE_DEPTH_MAX];
	(void)state;
	assert_int_equal(merkle_prove(leaves, 3, 3, proof), 0);
	assert_false(merkle_check(1, 1, &leaves[0], NULL, 0, &roots[1]));
	assert_false(merkle_check(0, 0, &leaves[0], NULL, 0, &roots[0]));
}

static void keeps_one_peak_for_each_set_bit_of_the_size(void **state)
{
	struct merkle m;
	(void)state;
	merkle_init(&m);
	for (size_t i = 0; i < MANY; i++) {
		merkle_add(&m, &many[i]);
		assert_int_equal(m.count, __builtin_popcountll(m.size));
	}
}

static void reads_what_it_prints_and_goes_on_from_there(void **state)
{
	struct merkle m, again;
	(void)state;
	merkle_init(&m);
	for (size_t i = 0; i < MANY; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		merkle_print(&m, &text);
		assert_true(merkle_parse(text.ptr, text.len, &again));
		merkle_add(&m, &many[i]);
		merkle_add(&again, &many[i]);
		struct hash a = merkle_root(&m), b = merkle_root(&again);
		assert_true(hash_is_equal(&a, &b));
	}
}

static void refuses_text_that_is_no_frontier(void **state)
{
	static const char *const bad[] = {
		"", "1", "0 ", "00", " 0", "0\n", "-1", "1  00", "18446744073709551616",
		"1 E340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d0",
		"1 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01",
		"2 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d ",
		"3 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	};
	struct merkle m;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(merkle_parse(bad[i], strlen(bad[i]), &m));
	assert_true(merkle_parse("0", 1, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_published_roots),
		cmocka_unit_test(gives_and_takes_the_published_proofs),
		cmocka_unit_test(gives_and_takes_the_published_consistency_proofs),
		cmocka_unit_test(proves_the_consistency_of_all_sizes),
		cmocka_unit_test(refuses_a_consistency_proof_with_any_hash_changed),
		cmocka_unit_test(refuses_a_consistency_proof_of_another_history),
		cmocka_unit_test(proves_every_leaf_of_every_size),
		cmocka_unit_test(refuses_a_proof_with_any_hash_changed),
		cmocka_unit_test(refuses_an_index_outside_the_tree),
		cmocka_unit_test(keeps_one_peak_for_each_set_bit_of_the_size),
		cmocka_unit_test(reads_what_it_prints_and_goes_on_from_there),
		cmocka_unit_test(refuses_text_that_is_no_frontier),
	};
	return cmocka_run_group_tests_name("model/merkle", tests, read_vectors, NULL);
}
