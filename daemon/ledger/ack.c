#include "ledger/ack.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/ledger.h"
#include "model/history.h"
#include "model/leaf.h"

#define FORMAT "daicho.ack.v1"
#define RECENT_MAX 1000

static struct jdoc *state(const char *origin, const char *genesis, const char *copy, int64_t seq, const char *head)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", FORMAT);
	jdoc_set_string(d, "origin", origin);
	jdoc_set_string(d, "genesis", genesis);
	jdoc_set_string(d, "copy", copy);
	jdoc_set_integer(d, "seq", seq);
	jdoc_set_string(d, "head", head);
	return d;
}

static int sign(struct jdoc *d, const char *fpr, struct err *e)
{
	BUF_CLEANUP struct buf statement = BUF_INIT, sig = BUF_INIT;
	jdoc_print_canonical(d, &statement);
	int rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_sign_detached(NULL, fpr, statement.ptr, statement.len, &sig, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(sig.len) + 1);
	hash_base64_encode(sig.ptr, sig.len, text);
	jdoc_set_string(d, "key", fpr);
	jdoc_set_string(d, "signature", text);
	return ERR_OK;
}

int ack_make(const struct store_pins *pins, const struct ack *a, const char *fpr, struct jdoc **out, struct err *e)
{
	char genesis[HASH_TEXT_LEN + 1], head[HASH_TEXT_LEN + 1];
	hash_print(&pins->genesis, genesis);
	hash_print(&a->head, head);
	struct jdoc *d = state(pins->origin, genesis, a->copy, (int64_t)a->seq, head);
	int rc = fpr ? sign(d, fpr, e) : ERR_OK;
	if (rc)
		jdoc_free(d);
	else
		*out = d;
	return rc;
}

int ack_read(const struct jdoc *doc, const struct store *s, struct ack *out, struct err *e)
{
	char genesis[HASH_TEXT_LEN + 1];
	const char *copy = jdoc_text_of(doc, "copy"), *head = jdoc_text_of(doc, "head");
	struct ack a = { .copy = copy };
	int64_t seq = -1;
	hash_print(&s->genesis, genesis);
	jdoc_get_integer(doc, "seq", &seq);
	if (strcmp(jdoc_text_of(doc, "format"), FORMAT) != 0 || !text_is_name(copy, strlen(copy)) || seq < 0 ||
	    !hash_parse(head, strlen(head), &a.head))
		return err_set(e, ERR_SYNTAX, "acknowledgement: not in the form %s", FORMAT);
	if (strcmp(jdoc_text_of(doc, "origin"), s->origin) != 0 || strcmp(jdoc_text_of(doc, "genesis"), genesis) != 0)
		return err_set(e, ERR_CONFLICT, "acknowledgement: is of another ledger");
	a.seq = (uint64_t)seq;
	*out = a;
	return ERR_OK;
}

static int check(const char *key, size_t key_len, const struct buf *statement, const uint8_t *sig, size_t sig_len,
                 struct err *e)
{
	char fpr[LEAF_FPR_LEN + 1];
	int64_t time;
	struct pgp_verifier *v = pgp_verifier_new(e);
	int rc = v ? pgp_verifier_add(v, key, key_len, e) : (int)e->code;
	if (!rc)
		rc = pgp_verifier_check(v, statement->ptr, statement->len, sig, sig_len, fpr, &time, e);
	pgp_verifier_free(v);
	return rc;
}

int ack_check_signature(const struct jdoc *doc, const char *fpr, struct err *e)
{
	const char *text = jdoc_text_of(doc, "signature"), *key = jdoc_text_of(doc, "key");
	BUF_CLEANUP struct buf armor = BUF_INIT, statement = BUF_INIT;
	MEM_CLEANUP uint8_t *sig = mem_alloc(strlen(text) + 1);
	size_t len = 0;
	int64_t seq = 0;
	if (strcmp(key, fpr) != 0 || !hash_base64_decode(text, strlen(text), sig, &len)) {
		err_set(e, ERR_KEY, "acknowledgement: is not signed by the key of that mirror");
		return err_next(e, "its keeper makes it anew: daicho mirror apply FOLDER --sign %s", fpr);
	}
	jdoc_get_integer(doc, "seq", &seq);
	struct jdoc *said = state(jdoc_text_of(doc, "origin"), jdoc_text_of(doc, "genesis"), jdoc_text_of(doc, "copy"), seq,
	                          jdoc_text_of(doc, "head"));
	jdoc_print_canonical(said, &statement);
	jdoc_free(said);
	int rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_export(NULL, fpr, &armor, e);
	if (!rc)
		rc = check(buf_str(&armor), armor.len, &statement, sig, len, e);
	return rc ? err_prefix(e, "acknowledgement") : ERR_OK;
}

int ack_history(const struct store *s, struct history **out, struct err *e)
{
	struct history *h = NULL;
	struct oid head;
	bool exists = false;
	struct repo *r = repo_open(s->ledger, false, e);
	int rc = r ? repo_ref_read(r, LEDGER_REF, &exists, &head, e) : (int)e->code;
	if (!rc && exists)
		rc = ledger_history_read(r, &head, UINT64_MAX, NULL, NULL, &h, e);
	repo_close(r);
	if (!rc)
		*out = h ? h : history_new();
	return rc;
}

int ack_is_known(const struct store *s, const char *copy, bool *out, struct err *e)
{
	struct history *h = NULL;
	int rc = ack_history(s, &h, e);
	if (rc)
		return rc;
	const struct history_copy *c = history_copy_named(h, copy);
	*out = c && history_copy_stands(c, date_now());
	history_free(h);
	return ERR_OK;
}

/* What is known of the copies now. */

static struct jdoc *say_copy(const struct history_copy *c)
{
	char day[DATE_LEN + 1];
	struct jdoc *d = jdoc_object();
	date_print(c->until, day);
	jdoc_set_string(d, "name", c->name);
	jdoc_set_integer(d, "seq", (int64_t)c->seq);
	jdoc_set_integer(d, "entry", (int64_t)c->by);
	jdoc_set(d, "until", c->has_until ? jdoc_string(day) : jdoc_null());
	return d;
}

struct jdoc *ack_say_copies(const struct history *h)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < history_copies(h); i++)
		if (history_copy_stands(history_copy(h, i), date_now()))
			jdoc_append(list, say_copy(history_copy(h, i)));
	return list;
}

struct recent {
	struct ledger *ledger;
	struct jdoc *list;
	char (*names)[LEAF_NAME_MAX + 1];
	size_t count;
};

static bool is_seen(struct recent *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->names[i], name) == 0)
			return true;
	r->names = mem_grow(r->names, r->count + 1, sizeof *r->names);
	strcpy(r->names[r->count++], name);
	return false;
}

static int take_ack(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct recent *r = ctx;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct leaf leaf;
	struct hash hash;
	int rc = ledger_read_leaf(r->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	struct history_copy c = { .seq = leaf.copy_seq, .by = leaf.seq, .has_until = leaf.has_until, .until = leaf.until };
	memcpy(c.name, leaf.copy, sizeof c.name);
	leaf_release(&leaf);
	if (!is_seen(r, c.name) && history_copy_stands(&c, date_now()))
		jdoc_append(r->list, say_copy(&c));
	return ERR_OK;
}

struct jdoc *ack_say_recent(struct ledger *l)
{
	const struct index_filter filter = { .kind = leaf_kind_name(LEAF_ACK), .reverse = true, .limit = RECENT_MAX };
	struct recent r = { .ledger = l, .list = jdoc_array() };
	int rc = index_list(l->index, &filter, take_ack, &r, NULL);
	free(r.names);
	if (!rc)
		return r.list;
	jdoc_free(r.list);
	return jdoc_null();
}

struct jdoc *ack_body(const struct ack *a, const char *until)
{
	char head[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object();
	hash_print(&a->head, head);
	jdoc_set_string(d, "copy", a->copy);
	jdoc_set_integer(d, "seq", (int64_t)a->seq);
	jdoc_set_string(d, "head", head);
	if (until)
		jdoc_set_string(d, "until", until);
	return d;
}
