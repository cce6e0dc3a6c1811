#include "model_vectors.h"

#include <stdio.h>

#include "model/chain.h"

/* commit-0.txt to commit-4.txt: the first five entries of a ledger, signed by gpg. Entry 4 is of kind rules and changes
 * the tree. */
#define ENTRIES 5

static struct entry {
	struct buf raw, payload, armor;
	struct commit commit;
	struct leaf leaf;
	struct hash hash;
	struct oid id;
} entries[ENTRIES];

static int read_entries(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	for (int i = 0; i < ENTRIES; i++) {
		char name[32];
		struct entry *n = &entries[i];
		snprintf(name, sizeof name, "commit-%d.txt", i);
		n->raw = read_vector(name);
		assert_int_equal(commit_parse(n->raw.ptr, n->raw.len, &n->commit, &n->payload, &n->armor, &e), 0);
		assert_int_equal(leaf_parse(n->commit.message, n->commit.message_len, &n->leaf, &e), 0);
		n->hash = leaf_hash(n->commit.message, n->commit.message_len);
		n->id = oid_of(OID_COMMIT, n->raw.ptr, n->raw.len);
	}
	return 0;
}

static int drop_entries(void **state)
{
	(void)state;
	for (int i = 0; i < ENTRIES; i++) {
		buf_release(&entries[i].raw);
		buf_release(&entries[i].payload);
		buf_release(&entries[i].armor);
		leaf_release(&entries[i].leaf);
	}
	return 0;
}

/* The chain that stands before entry n. */
static struct chain stand_before(int n)
{
	struct chain c;
	chain_init(&c);
	for (int i = 0; i < n; i++)
		chain_advance(&c, &entries[i].commit, &entries[i].leaf, &entries[i].hash, &entries[i].id);
	return c;
}

static void accepts_the_entries_in_order(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	for (int i = 0; i < ENTRIES; i++) {
		struct chain c = stand_before(i);
		if (chain_check(&c, &entries[i].commit, &entries[i].leaf, &e))
			fail_msg("%s", e.text);
	}
}

static void refuses_every_entry_in_every_other_place(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	for (int at = 0; at < ENTRIES; at++)
		for (int i = 0; i < ENTRIES; i++) {
			struct chain c = stand_before(at);
			if (i != at)
				assert_int_equal(chain_check(&c, &entries[i].commit, &entries[i].leaf, &e), ERR_LEDGER);
		}
}

/* Entry n with one thing changed must be refused, and the text must name it. */
static void refuse(int n, const struct chain *c, const struct commit *commit, const struct leaf *leaf, const char *what)
{
	struct err e = ERR_INIT;
	char prefix[64];
	snprintf(prefix, sizeof prefix, "entry %d: %s: ", n, what);
	assert_int_equal(chain_check(c, commit, leaf, &e), ERR_LEDGER);
	if (strncmp(e.text, prefix, strlen(prefix)) != 0)
		fail_msg("expected \"%s\", is \"%s\"", prefix, e.text);
}

static void names_what_does_not_fit(void **state)
{
	struct chain c = stand_before(2);
	struct commit commit = entries[2].commit;
	struct leaf leaf = entries[2].leaf;
	(void)state;
	commit.parent.b[0] ^= 1;
	refuse(2, &c, &commit, &leaf, "parent");
	commit = entries[2].commit;
	commit.has_parent = false;
	refuse(2, &c, &commit, &leaf, "parent");
	commit = entries[2].commit;
	commit.tree.b[0] ^= 1;
	refuse(2, &c, &commit, &leaf, "tree");
	commit = entries[2].commit;
	commit.time++;
	refuse(2, &c, &commit, &leaf, "author time");
	commit = entries[2].commit;
	strcpy(commit.name, "kumamoto/other");
	refuse(2, &c, &commit, &leaf, "author");
}

static void names_the_line_of_the_leaf_that_does_not_fit(void **state)
{
	struct chain c = stand_before(2);
	const struct commit *commit = &entries[2].commit;
	struct leaf leaf = entries[2].leaf;
	(void)state;
	strcpy(leaf.origin, "kumamoto/other");
	refuse(2, &c, commit, &leaf, "Origin");
	leaf = entries[2].leaf;
	leaf.genesis.b[0] ^= 1;
	refuse(2, &c, commit, &leaf, "Genesis");
	leaf = entries[2].leaf;
	leaf.prev.b[31] ^= 1;
	refuse(2, &c, commit, &leaf, "Prev");
	leaf = entries[2].leaf;
	leaf.root.b[31] ^= 1;
	refuse(2, &c, commit, &leaf, "Root");
	leaf = entries[2].leaf;
	leaf.rules.b[31] ^= 1;
	refuse(2, &c, commit, &leaf, "Rules");
	leaf = entries[2].leaf;
	leaf.volume.year = 2025;
	refuse(2, &c, commit, &leaf, "Volume");
	leaf = entries[2].leaf;
	leaf.seq = 7;
	refuse(7, &c, commit, &leaf, "Seq");
	leaf = entries[2].leaf;
	leaf.kind = LEAF_GENESIS;
	refuse(2, &c, commit, &leaf, "kind");
}

/* A volume ends with its year: its carry entry is of a later year, and so is everything after it. */
static void refuses_an_entry_for_a_volume_that_ended(void **state)
{
	struct chain c = stand_before(2);
	struct leaf leaf = entries[2].leaf;
	(void)state;
	leaf.volume.year = date_year_of_time(leaf.time) - 1;
	refuse(2, &c, &entries[2].commit, &leaf, "Volume");
}

static void takes_a_volume_of_a_later_year(void **state)
{
	struct chain c = stand_before(2);
	struct leaf leaf = entries[2].leaf;
	struct err e = ERR_INIT;
	(void)state;
	leaf.volume.year = 2027;
	assert_int_equal(chain_check(&c, &entries[2].commit, &leaf, &e), 0);
}

static void lets_only_a_clock_entry_set_time_back(void **state)
{
	struct chain c = stand_before(3);
	struct commit commit = entries[3].commit;
	struct leaf leaf = entries[3].leaf;
	struct err e = ERR_INIT;
	(void)state;
	leaf.time = commit.time = entries[2].leaf.time;
	assert_int_equal(chain_check(&c, &commit, &leaf, &e), 0);
	leaf.time = --commit.time;
	refuse(3, &c, &commit, &leaf, "Time");
	leaf.kind = LEAF_CLOCK;
	assert_int_equal(chain_check(&c, &commit, &leaf, &e), 0);
}

static void lets_the_tree_and_rules_change_only_together_and_by_their_kinds(void **state)
{
	static const enum leaf_kind may[] = { LEAF_RULES, LEAF_KEY, LEAF_FORMAT_KIND };
	struct chain c = stand_before(4);
	struct commit commit = entries[4].commit;
	struct leaf leaf = entries[4].leaf;
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof may / sizeof *may; i++) {
		leaf.kind = may[i];
		assert_int_equal(chain_check(&c, &commit, &leaf, &e), 0);
	}
	leaf.kind = LEAF_HEARTBEAT;
	refuse(4, &c, &commit, &leaf, "tree");
	leaf.kind = LEAF_RULES;
	commit.tree = entries[3].commit.tree;
	refuse(4, &c, &commit, &leaf, "Rules");
	commit.tree = entries[4].commit.tree;
	leaf.rules = entries[3].leaf.rules;
	refuse(4, &c, &commit, &leaf, "Rules");
}

static void wants_genesis_first_and_without_a_parent(void **state)
{
	struct chain c = stand_before(0);
	struct commit commit = entries[0].commit;
	struct leaf leaf = entries[0].leaf;
	(void)state;
	commit.has_parent = true;
	refuse(0, &c, &commit, &leaf, "parent");
	leaf.kind = LEAF_HEARTBEAT;
	refuse(0, &c, &entries[0].commit, &leaf, "kind");
	leaf = entries[0].leaf;
	leaf.root.b[0] ^= 1;
	refuse(0, &c, &entries[0].commit, &leaf, "Root");
}

static void assert_same(const struct chain *a, const struct chain *b)
{
	BUF_CLEANUP struct buf x = BUF_INIT, y = BUF_INIT;
	chain_print(a, &x);
	chain_print(b, &y);
	assert_string_equal(x.ptr, y.ptr);
}

static void resumes_after_any_entry(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	for (int i = 0; i < ENTRIES; i++) {
		struct chain before = stand_before(i), after = stand_before(i + 1), resumed;
		chain_init(&resumed);
		assert_int_equal(chain_resume(&resumed, entries[i].raw.ptr, entries[i].raw.len, &before.frontier, &e), 0);
		assert_same(&resumed, &after);
	}
}

static void does_not_resume_with_another_frontier(void **state)
{
	struct err e = ERR_INIT;
	struct chain before = stand_before(2), c = stand_before(1), same = stand_before(1);
	(void)state;
	before.frontier.peak[0].b[0] ^= 1;
	assert_int_equal(chain_resume(&c, entries[2].raw.ptr, entries[2].raw.len, &before.frontier, &e), ERR_LEDGER);
	before = stand_before(3);
	assert_int_equal(chain_resume(&c, entries[2].raw.ptr, entries[2].raw.len, &before.frontier, &e), ERR_LEDGER);
	before = stand_before(2);
	assert_int_equal(chain_resume(&c, entries[2].payload.ptr, entries[2].payload.len, &before.frontier, &e), ERR_KEY);
	assert_int_equal(chain_resume(&c, entries[2].raw.ptr, entries[2].raw.len - 1, &before.frontier, &e), ERR_SYNTAX);
	assert_same(&c, &same);
}

static void reads_what_it_prints(void **state)
{
	(void)state;
	for (int i = 0; i <= ENTRIES; i++) {
		struct chain c = stand_before(i), again;
		BUF_CLEANUP struct buf text = BUF_INIT;
		chain_print(&c, &text);
		assert_true(chain_parse(text.ptr, text.len, &again));
		assert_same(&c, &again);
	}
}

static void refuses_text_that_is_no_chain(void **state)
{
	struct chain c = stand_before(3), again;
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)state;
	chain_print(&c, &text);
	for (size_t len = 0; len < text.len; len++)
		assert_false(chain_parse(text.ptr, len, &again));
	buf_putc(&text, '\n');
	assert_false(chain_parse(text.ptr, text.len, &again));
	char *size = strstr(text.ptr, "\n3\n") + 1;
	*size = '2';
	assert_false(chain_parse(text.ptr, text.len - 1, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_entries_in_order),
		cmocka_unit_test(refuses_every_entry_in_every_other_place),
		cmocka_unit_test(names_what_does_not_fit),
		cmocka_unit_test(names_the_line_of_the_leaf_that_does_not_fit),
		cmocka_unit_test(refuses_an_entry_for_a_volume_that_ended),
		cmocka_unit_test(takes_a_volume_of_a_later_year),
		cmocka_unit_test(lets_only_a_clock_entry_set_time_back),
		cmocka_unit_test(lets_the_tree_and_rules_change_only_together_and_by_their_kinds),
		cmocka_unit_test(wants_genesis_first_and_without_a_parent),
		cmocka_unit_test(resumes_after_any_entry),
		cmocka_unit_test(does_not_resume_with_another_frontier),
		cmocka_unit_test(reads_what_it_prints),
		cmocka_unit_test(refuses_text_that_is_no_chain),
	};
	return cmocka_run_group_tests_name("model/chain", tests, read_entries, drop_entries);
}
