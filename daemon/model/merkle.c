#include "model/merkle.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define NODE 0x01
#define HEX_LEN (2 * HASH_LEN)
#define SIZE_DIGITS_MAX 20

static struct hash join(const struct hash *left, const struct hash *right)
{
	uint8_t both[2 * HASH_LEN];
	memcpy(both, left->b, HASH_LEN);
	memcpy(both + HASH_LEN, right->b, HASH_LEN);
	return hash_of2(NODE, both, sizeof both);
}

void merkle_init(struct merkle *m)
{
	*m = (struct merkle){ 0 };
}

void merkle_add(struct merkle *m, const struct hash *leaf)
{
	struct hash node = *leaf;
	for (uint64_t rest = m->size; rest & 1; rest >>= 1)
		node = join(&m->peak[--m->count], &node);
	m->peak[m->count++] = node;
	m->size++;
}

struct hash merkle_root(const struct merkle *m)
{
	if (!m->count)
		return hash_of("", 0);
	struct hash root = m->peak[m->count - 1];
	for (unsigned i = m->count - 1; i > 0; i--)
		root = join(&m->peak[i - 1], &root);
	return root;
}

struct hash merkle_root_of(const struct hash *leaves, size_t n)
{
	struct merkle m;
	merkle_init(&m);
	for (size_t i = 0; i < n; i++)
		merkle_add(&m, &leaves[i]);
	return merkle_root(&m);
}

/* The largest power of two below n, n > 1. */
static size_t half_of(size_t n)
{
	size_t half = 1;
	while (half < n - half)
		half *= 2;
	return half;
}

static void reverse(const struct hash *from_top, size_t count, struct hash *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = from_top[count - 1 - i];
}

/* From the top down each step leaves out the half that the leaf is not in; the proof lists them from the bottom up. */
size_t merkle_prove(const struct hash *leaves, size_t n, size_t index, struct hash out[MERKLE_DEPTH_MAX])
{
	struct hash from_top[MERKLE_DEPTH_MAX];
	size_t count = 0;
	if (index >= n)
		return 0;
	while (n > 1) {
		size_t half = half_of(n);
		if (index < half) {
			from_top[count++] = merkle_root_of(leaves + half, n - half);
			n = half;
		} else {
			from_top[count++] = merkle_root_of(leaves, half);
			leaves += half;
			index -= half;
			n -= half;
		}
	}
	reverse(from_top, count, out);
	return count;
}

/* The same walk, to the right end of the first m leaves. What ends the walk is known to who has the old root, as long
 * as the walk never went right. */
size_t merkle_prove_consistency(const struct hash *leaves, size_t m, size_t n, struct hash out[MERKLE_DEPTH_MAX])
{
	struct hash from_top[MERKLE_DEPTH_MAX];
	size_t count = 0;
	bool is_known = true;
	if (!m || m > n)
		return 0;
	while (m < n) {
		size_t half = half_of(n);
		if (m <= half) {
			from_top[count++] = merkle_root_of(leaves + half, n - half);
			n = half;
		} else {
			from_top[count++] = merkle_root_of(leaves, half);
			leaves += half;
			m -= half;
			n -= half;
			is_known = false;
		}
	}
	if (!is_known)
		from_top[count++] = merkle_root_of(leaves, n);
	reverse(from_top, count, out);
	return count;
}

/* RFC 9162, section 2.1.3.2, which checks the proofs of RFC 6962. */
bool merkle_check(uint64_t index, uint64_t size, const struct hash *leaf, const struct hash *proof, size_t count,
                  const struct hash *root)
{
	if (index >= size)
		return false;
	uint64_t node = index, last = size - 1;
	struct hash h = *leaf;
	for (size_t i = 0; i < count; i++) {
		if (last == 0)
			return false;
		if (node & 1 || node == last) {
			h = join(&proof[i], &h);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else
			h = join(&h, &proof[i]);
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && hash_is_equal(&h, root);
}

/* RFC 9162, section 2.1.4.2, for 0 < m < n: both roots grow from the node that the old tree's right end has in the new
 * one. */
static bool is_consistent(uint64_t m, uint64_t n, const struct hash *old_root, const struct hash *new_root,
                          const struct hash *proof, size_t count)
{
	uint64_t node = m - 1, last = n - 1;
	size_t next = 0;
	while (node & 1) {
		node >>= 1;
		last >>= 1;
	}
	if (node && !count)
		return false;
	struct hash old = node ? proof[next++] : *old_root, new = old;
	for (; next < count; next++) {
		if (last == 0)
			return false;
		if (node & 1 || node == last) {
			old = join(&proof[next], &old);
			new = join(&proof[next], &new);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else
			new = join(&new, &proof[next]);
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && hash_is_equal(&old, old_root) && hash_is_equal(&new, new_root);
}

bool merkle_check_consistency(uint64_t m, uint64_t n, const struct hash *old_root, const struct hash *new_root,
                              const struct hash *proof, size_t count)
{
	if (m > n)
		return false;
	if (m && m < n)
		return is_consistent(m, n, old_root, new_root, proof, count);
	struct hash empty = hash_of("", 0);
	return !count && hash_is_equal(old_root, m ? new_root : &empty) &&
	       (n || hash_is_equal(new_root, &empty));
}

void merkle_print(const struct merkle *m, struct buf *out)
{
	buf_printf(out, "%" PRIu64, m->size);
	for (unsigned i = 0; i < m->count; i++) {
		buf_putc(out, ' ');
		buf_add_hex(out, m->peak[i].b, HASH_LEN);
	}
}

bool merkle_parse(const char *s, size_t len, struct merkle *out)
{
	struct merkle m = { 0 };
	size_t digits = 0;
	while (digits < len && digits < SIZE_DIGITS_MAX && s[digits] != ' ')
		digits++;
	if (!text_parse_u64(s, digits, UINT64_MAX, &m.size))
		return false;
	m.count = (unsigned)__builtin_popcountll(m.size);
	if (len != digits + m.count * (1 + (size_t)HEX_LEN))
		return false;
	for (unsigned i = 0; i < m.count; i++) {
		const char *at = s + digits + i * (1 + (size_t)HEX_LEN);
		if (*at != ' ' || !hash_hex_decode(at + 1, HEX_LEN, m.peak[i].b, HASH_LEN))
			return false;
	}
	*out = m;
	return true;
}
