/* The rule book in force at an entry. */
#include <string.h>

#include "ledger/member.h"
#include "ledger/query.h"
#include "ledger/rules_sections.h"
#include "model/commit.h"

static int read_at(struct ledger *l, uint64_t seq, struct rules **out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, payload = BUF_INIT, armor = BUF_INIT;
	struct index_entry entry;
	struct commit commit;
	int rc = index_entry(l->index, seq, &entry, e);
	if (!rc)
		rc = repo_read(l->repo, &entry.commit, OID_COMMIT, COMMIT_MAX, &raw, e);
	if (!rc)
		rc = commit_parse(buf_str(&raw), raw.len, &commit, &payload, &armor, e);
	return rc ? rc : rules_read_tree(l->repo, &commit.tree, 0, out, e);
}

static int take_seq(void *ctx, const struct index_entry *entry, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx = entry->seq;
	return ERR_OK;
}

/* The entry that brought it into force: the last of kind rules up to seq, else the first of all. */
static int find_since(struct ledger *l, uint64_t seq, uint64_t *out, struct err *e)
{
	const struct index_filter filter = { .kind = leaf_kind_name(LEAF_RULES), .reverse = true, .has_after = true,
		                             .after = seq + 1, .limit = 1 };
	*out = 0;
	return index_list(l->index, &filter, take_seq, out, e);
}

static struct jdoc *print_files(const struct rules *r)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < r->count; i++) {
		struct jdoc *d = jdoc_object();
		struct hash h = hash_of(r->files[i].bytes, r->files[i].len);
		jdoc_set_string(d, "path", r->files[i].path);
		member_hash(d, "hash", &h);
		jdoc_set_integer(d, "bytes", (int64_t)r->files[i].len);
		jdoc_append(list, d);
	}
	return list;
}

static struct jdoc *print_limits(const struct rulebook *book)
{
	struct rulebook_limit limits[RULEBOOK_LIMIT_COUNT];
	struct jdoc *d = jdoc_object();
	rulebook_limits(book, limits);
	for (size_t i = 0; i < RULEBOOK_LIMIT_COUNT; i++)
		jdoc_set_integer(d, limits[i].name, limits[i].value);
	return d;
}

int query_rules(struct ledger *l, uint64_t seq, struct jdoc **out, struct err *e)
{
	struct rules *r;
	struct jdoc *sections;
	uint64_t since = 0;
	int rc = read_at(l, seq, &r, e);
	if (rc)
		return rc;
	rc = find_since(l, seq, &since, e);
	if (!rc)
		rc = rules_sections(r, &sections, e);
	if (!rc) {
		struct jdoc *d = jdoc_object();
		struct hash book = rules_book_digest(r);
		jdoc_set_string(d, "format", "daicho.rules.v1");
		jdoc_set_integer(d, "at", (int64_t)seq);
		jdoc_set_integer(d, "since", (int64_t)since);
		jdoc_set_string(d, "id", r->book->id);
		member_hash(d, "book", &book);
		member_hash(d, "digest", &r->digest);
		jdoc_set(d, "limits", print_limits(r->book));
		jdoc_set(d, "sections", sections);
		jdoc_set(d, "files", print_files(r));
		*out = d;
	}
	rules_free(r);
	return rc;
}
