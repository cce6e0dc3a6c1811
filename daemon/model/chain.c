#include "model/chain.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/text.h"

void chain_init(struct chain *c)
{
	*c = (struct chain){ .size = 0 };
	merkle_init(&c->frontier);
}

static int refuse(const struct leaf *leaf, const char *what, const char *expected, struct err *e)
{
	return err_set(e, ERR_LEDGER, "entry %" PRIu64 ": %s: expected %s", leaf->seq, what, lang_text(expected));
}

/* What a commit and the leaf in it say twice. */
static int check_commit(const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	if (commit->time != leaf->time)
		return refuse(leaf, "author time", "the leaf's Time", e);
	if (strcmp(commit->name, leaf->origin) != 0)
		return refuse(leaf, "author", "the leaf's Origin", e);
	return ERR_OK;
}

static int check_first(const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	if (commit->has_parent)
		return refuse(leaf, "parent", "none, for it is the first entry", e);
	if (leaf->kind != LEAF_GENESIS)
		return refuse(leaf, "kind", "genesis, for it is the first entry", e);
	return ERR_OK;
}

/* The rule book stands in the tree: both change together, and only by an entry that says so. */
static int check_rules(const struct chain *c, const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	static const bool may_change[LEAF_KIND_COUNT] = {
		[LEAF_RULES] = true, [LEAF_KEY] = true, [LEAF_FORMAT_KIND] = true,
	};
	bool has_changed = !oid_is_equal(&commit->tree, &c->tree);
	if (has_changed && !may_change[leaf->kind])
		return refuse(leaf, "tree", "that of the entry before, for only rules, key and format change it", e);
	if (hash_is_equal(&leaf->rules, &c->rules) == has_changed)
		return refuse(leaf, "Rules", has_changed ? "another digest, for the tree has changed"
		                                         : N_("that of the entry before, for the tree has not changed"), e);
	return ERR_OK;
}

static int check_next(const struct chain *c, const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	if (!commit->has_parent || !oid_is_equal(&commit->parent, &c->head))
		return refuse(leaf, "parent", "the commit of the entry before", e);
	if (leaf->kind == LEAF_GENESIS)
		return refuse(leaf, "kind", "another than genesis, which is entry 0 alone", e);
	if (strcmp(leaf->origin, c->origin) != 0)
		return refuse(leaf, "Origin", "that of the ledger", e);
	if (!hash_is_equal(&leaf->genesis, &c->genesis))
		return refuse(leaf, "Genesis", "the leaf hash of entry 0", e);
	if (!hash_is_equal(&leaf->prev, &c->last))
		return refuse(leaf, "Prev", "the leaf hash of the entry before", e);
	if (leaf->time < c->time && leaf->kind != LEAF_CLOCK)
		return refuse(leaf, "Time", "not before that of the entry before", e);
	return check_rules(c, commit, leaf, e);
}

int chain_check(const struct chain *c, const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	if (leaf->seq != c->size)
		return err_set(e, ERR_LEDGER, "entry %" PRIu64 ": Seq: expected %" PRIu64, leaf->seq, c->size);
	int rc = c->size ? check_next(c, commit, leaf, e) : check_first(commit, leaf, e);
	if (!rc)
		rc = check_commit(commit, leaf, e);
	if (rc)
		return rc;
	struct hash root = merkle_root(&c->frontier);
	if (!hash_is_equal(&leaf->root, &root))
		return refuse(leaf, "Root", "the tree head over all entries before", e);
	if (leaf->has_volume && leaf->volume.year < date_year_of_time(leaf->time))
		return refuse(leaf, "Volume", "a year not before that of Time", e);
	return ERR_OK;
}

void chain_advance(struct chain *c, const struct commit *commit, const struct leaf *leaf, const struct hash *leaf_hash,
                   const struct oid *id)
{
	if (c->size == 0) {
		memcpy(c->origin, leaf->origin, sizeof c->origin);
		c->genesis = *leaf_hash;
	}
	c->size++;
	c->time = leaf->time;
	c->last = *leaf_hash;
	c->rules = leaf->rules;
	c->tree = commit->tree;
	c->head = *id;
	merkle_add(&c->frontier, leaf_hash);
}

/* Does the frontier stand right before this leaf, and does the commit fit it? */
static int check_resumed(const struct merkle *before, const struct commit *commit, const struct leaf *leaf,
                         struct err *e)
{
	struct hash root = merkle_root(before);
	if (before->size != leaf->seq || !hash_is_equal(&leaf->root, &root))
		return refuse(leaf, "Root", "the tree head of the frontier that was given", e);
	if (commit->has_parent != (leaf->seq > 0))
		return refuse(leaf, "parent", "one, except in entry 0", e);
	return check_commit(commit, leaf, e);
}

int chain_resume(struct chain *c, const char *raw, size_t len, const struct merkle *before, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	struct leaf leaf;
	int rc = commit_parse(raw, len, &commit, &payload, &armor, e);
	if (rc)
		return rc;
	rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (!rc)
		rc = check_resumed(before, &commit, &leaf, e);
	if (!rc) {
		struct hash hash = leaf_hash(commit.message, commit.message_len);
		struct oid id = oid_of(OID_COMMIT, raw, len);
		struct chain next = { .size = leaf.seq, .genesis = leaf.genesis, .frontier = *before };
		memcpy(next.origin, leaf.origin, sizeof next.origin);
		chain_advance(&next, &commit, &leaf, &hash, &id);
		*c = next;
	}
	leaf_release(&leaf);
	return rc;
}

static void print_hash(const struct hash *h, struct buf *out)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	buf_printf(out, "%s\n", text);
}

static void print_oid(const struct oid *o, struct buf *out)
{
	char text[OID_HEX_LEN + 1];
	oid_print(o, text);
	buf_printf(out, "%s\n", text);
}

void chain_print(const struct chain *c, struct buf *out)
{
	char time[DATE_TIME_LEN + 1];
	date_time_print(c->time, time);
	buf_printf(out, "%s\n", c->origin);
	print_hash(&c->genesis, out);
	buf_printf(out, "%" PRIu64 "\n%s\n", c->size, time);
	print_hash(&c->last, out);
	print_hash(&c->rules, out);
	print_oid(&c->tree, out);
	print_oid(&c->head, out);
	merkle_print(&c->frontier, out);
	buf_putc(out, '\n');
}

/* One line of the text form, in its order; true if it is right. */
static bool parse_origin(const char *s, size_t len, struct chain *c)
{
	if (len && !leaf_is_origin(s, len))
		return false;
	memcpy(c->origin, s, len);
	return true;
}

static bool parse_genesis(const char *s, size_t len, struct chain *c)
{
	return hash_parse(s, len, &c->genesis);
}

static bool parse_size(const char *s, size_t len, struct chain *c)
{
	return text_parse_u64(s, len, LEAF_SEQ_MAX + 1, &c->size);
}

static bool parse_time(const char *s, size_t len, struct chain *c)
{
	return date_time_parse(s, len, &c->time);
}

static bool parse_last(const char *s, size_t len, struct chain *c)
{
	return hash_parse(s, len, &c->last);
}

static bool parse_rules(const char *s, size_t len, struct chain *c)
{
	return hash_parse(s, len, &c->rules);
}

static bool parse_tree(const char *s, size_t len, struct chain *c)
{
	return oid_parse(s, len, &c->tree);
}

static bool parse_head(const char *s, size_t len, struct chain *c)
{
	return oid_parse(s, len, &c->head);
}

static bool parse_frontier(const char *s, size_t len, struct chain *c)
{
	return merkle_parse(s, len, &c->frontier);
}

bool chain_parse(const char *s, size_t len, struct chain *out)
{
	static bool (*const parts[])(const char *s, size_t len, struct chain *c) = {
		parse_origin, parse_genesis, parse_size, parse_time, parse_last, parse_rules, parse_tree, parse_head,
		parse_frontier,
	};
	struct chain c;
	chain_init(&c);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *end = len ? memchr(s, '\n', len) : NULL;
		if (!end || !parts[i](s, (size_t)(end - s), &c))
			return false;
		len -= (size_t)(end + 1 - s);
		s = end + 1;
	}
	if (len || c.frontier.size != c.size || (c.origin[0] == '\0') != (c.size == 0))
		return false;
	*out = c;
	return true;
}
