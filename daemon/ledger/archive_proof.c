#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ledger/archive_impl.h"
#include "model/leaf.h"

#define TITLE "daicho-proof 1"

static struct hash hash_pair(const struct hash *left, const struct hash *right)
{
	struct hash pair[2] = { *left, *right };
	return hash_of2(0x01, pair, sizeof pair);
}

/* A last node without a partner stands on the next level as it is: that is the tree of RFC 6962, section 2.1. */
void archive_tree_init(struct archive_tree *t, struct hash *leaves, size_t size)
{
	*t = (struct archive_tree){ .levels[0] = leaves, .counts[0] = size };
	while (t->counts[t->depth] > 1) {
		size_t below = t->counts[t->depth], count = below / 2 + below % 2;
		const struct hash *from = t->levels[t->depth];
		struct hash *to = mem_array(count, sizeof *to);
		for (size_t i = 0; i < count; i++)
			to[i] = 2 * i + 1 < below ? hash_pair(&from[2 * i], &from[2 * i + 1]) : from[2 * i];
		t->levels[++t->depth] = to;
		t->counts[t->depth] = count;
	}
}

void archive_tree_prove(const struct archive_tree *t, uint64_t seq, struct archive_proof *out)
{
	size_t at = (size_t)seq;
	out->seq = seq;
	out->size = t->counts[0];
	out->leaf = t->levels[0][at];
	out->root = t->levels[t->depth][0];
	out->count = 0;
	for (unsigned level = 0; level < t->depth; level++, at /= 2)
		if ((at ^ 1) < t->counts[level])
			out->path[out->count++] = t->levels[level][at ^ 1];
}

void archive_tree_release(struct archive_tree *t)
{
	for (unsigned level = 0; level <= t->depth; level++)
		free(t->levels[level]);
	*t = (struct archive_tree){ .depth = 0 };
}

static void print_hash_line(struct buf *out, const char *name, const struct hash *h)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	buf_puts(out, name);
	buf_puts(out, ": ");
	buf_puts(out, text);
	buf_putc(out, '\n');
}

void archive_proof_print(const struct archive_proof *p, struct buf *out)
{
	buf_printf(out, TITLE "\nOrigin: %s\nSeq: %" PRIu64 "\n", p->origin, p->seq);
	print_hash_line(out, "Leaf", &p->leaf);
	buf_printf(out, "Size: %" PRIu64 "\n", p->size);
	print_hash_line(out, "Root", &p->root);
	buf_putc(out, '\n');
	for (size_t i = 0; i < p->count; i++) {
		char hex[65];
		hash_print_hex(&p->path[i], hex);
		buf_puts(out, hex);
		buf_putc(out, '\n');
	}
}

struct lines {
	const char *at, *end;
	bool bad;
};

/* The next line's value after "<name>: "; the whole line with name NULL. */
static const char *take(struct lines *l, const char *name, size_t *out_len)
{
	const char *s = l->at, *newline = s < l->end ? memchr(s, '\n', (size_t)(l->end - s)) : NULL;
	size_t skip = name ? strlen(name) + 2 : 0;
	*out_len = 0;
	if (!newline || (size_t)(newline - s) < skip || (name && (memcmp(s, name, skip - 2) != 0 || s[skip - 2] != ':'))) {
		l->bad = true;
		return "";
	}
	l->at = newline + 1;
	*out_len = (size_t)(newline - s) - skip;
	return s + skip;
}

static void take_number(struct lines *l, const char *name, uint64_t *out)
{
	size_t len;
	const char *s = take(l, name, &len);
	l->bad = l->bad || !text_parse_u64(s, len, LEAF_SEQ_MAX + 1, out);
}

static void take_hash(struct lines *l, const char *name, struct hash *out)
{
	size_t len;
	const char *s = take(l, name, &len);
	l->bad = l->bad || !hash_parse(s, len, out);
}

int archive_proof_parse(const char *s, size_t len, struct archive_proof *out, struct err *e)
{
	struct lines l = { .at = s, .end = s + len };
	BUF_CLEANUP struct buf again = BUF_INIT;
	size_t n;
	*out = (struct archive_proof){ .count = 0 };
	take(&l, NULL, &n);
	const char *origin = take(&l, "Origin", &n);
	if (!l.bad && leaf_is_origin(origin, n))
		memcpy(out->origin, origin, n);
	take_number(&l, "Seq", &out->seq);
	take_hash(&l, "Leaf", &out->leaf);
	take_number(&l, "Size", &out->size);
	take_hash(&l, "Root", &out->root);
	take(&l, NULL, &n);
	while (!l.bad && l.at < l.end && out->count < MERKLE_DEPTH_MAX) {
		const char *hex = take(&l, NULL, &n);
		l.bad = l.bad || !hash_hex_decode(hex, n, out->path[out->count++].b, HASH_LEN);
	}
	archive_proof_print(out, &again);
	if (l.bad || again.len != len || memcmp(buf_str(&again), s, len) != 0)
		return err_set(e, ERR_SYNTAX, "proof.txt: not a proof in the form that daicho-ledger(5), ARCHIVE, tells");
	return ERR_OK;
}
