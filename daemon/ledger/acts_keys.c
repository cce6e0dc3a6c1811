/* Entries of kind key: the keys that they add come with them, in the tree, and one that signs entries has to remain. */
#include "ledger/acts_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/act.h"
#include "ledger/acts_impl.h"
#include "ledger/append.h"
#include "model/pgpsig.h"

struct acts_keys_waiting {
	struct leaf leaf;
	struct note note;
	struct rules *rules;
	struct index_person person;
	struct oid head;             /* of the ledger when the payload was made */
	int64_t now;
	char fpr[LEAF_FPR_LEN + 1];  /* who is to sign */
};

/* The next entries have to be signed by somebody. */
int acts_keys_judge(const struct acts_subject *s, struct err *e)
{
	const struct ledger *l = s->ledger;
	const struct leaf *leaf = s->leaf;
	struct keyring after = { .count = 0 };
	for (size_t i = 0; i < leaf->keys_count; i++)
		if (leaf->keys[i].action == LEAF_KEY_COMPROMISED && leaf->keys[i].since >= l->chain.size)
			return err_set(e, ERR_RULE, "since: entry %llu is not made yet", (unsigned long long)leaf->keys[i].since);
	after.at = mem_array(l->keys.count + 1, sizeof *after.at);
	memcpy(after.at, l->keys.at, l->keys.count * sizeof *after.at);
	after.count = l->keys.count;
	after.cap = l->keys.count + 1;
	keyring_take(&after, leaf, l->chain.size);
	bool remains = keyring_newest(&after, LEAF_USE_ENTRY, l->chain.size + 1, NULL) != NULL;
	keyring_release(&after);
	if (remains)
		return ERR_OK;
	err_set(e, ERR_RULE, "keys: no key for entries would remain");
	return err_next(e, "daicho key rotate entry puts another one in its place");
}

static int add_key(struct ledger *l, struct rules *r, const struct leaf_key *k, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", k->fpr);
	if (k->action != LEAF_KEY_ADD || k->use == LEAF_USE_RECOVERY)
		return ERR_OK;
	int rc = l->signer.show_key(l->signer.ctx, k->use, k->fpr, &armor, e);
	if (rc || rules_file(r, path))        /* added again: whoever trusts a fingerprint trusts the key that has it */
		return rc;
	rc = pgpsig_check_key(buf_str(&armor), armor.len, k->fpr, l->store->origin, e);
	return rc ? rc : rules_add_key(r, k->fpr, buf_str(&armor), armor.len, e);
}

/* The rule book in force with the keys that the leaf adds. */
static int make_rules(struct ledger *l, const struct leaf *leaf, struct rules **out, struct err *e)
{
	struct rules *r;
	int rc = rules_read_tree(l->repo, &l->chain.tree, 1, &r, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < leaf->keys_count; i++)
		rc = add_key(l, r, &leaf->keys[i], e);
	if (rc)
		rules_free(r);
	else
		*out = r;
	return rc;
}

int acts_keys_append(const struct acts_subject *s, struct leaf *leaf, struct note *note, uint64_t *out_seq,
                     struct err *e)
{
	struct rules *rules;
	int rc = make_rules(s->ledger, leaf, &rules, e);
	if (rc)
		return rc;
	struct append_item item = act_item(s->ledger, leaf, note, rules);
	rc = append_one(s->ledger, &item, s->now, e);
	*out_seq = item.seq;
	rules_free(item.rules);
	return rc;
}

/* With the offline key. */

static void forget(struct ledger *l)
{
	struct acts_keys_waiting *w = l->waiting;
	if (!w)
		return;
	leaf_release(&w->leaf);
	note_release(&w->note);
	rules_free(w->rules);
	free(w);
	l->waiting = NULL;
}

static int refuse_recovery(const char *fpr, struct err *e)
{
	err_set(e, ERR_KEY, "key %s: does not count as recovery key", fpr);
	return err_next(e, "daicho key list");
}

/* Its public key stands in the tree, so it may name nobody. */
static int add_recovery(struct ledger *l, struct rules *r, const char *fpr, const char *armor, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", fpr);
	if (!keyring_counts(&l->keys, fpr, LEAF_USE_RECOVERY, l->chain.size))
		return refuse_recovery(fpr, e);
	int rc = pgpsig_check_key(armor, strlen(armor), fpr, l->store->origin, e);
	return rc || rules_file(r, path) ? rc : rules_add_key(r, fpr, armor, strlen(armor), e);
}

int acts_keys_ask(struct ledger *l, struct note *note, const struct index_person *person, const char *fpr,
                  const char *armor, int64_t now, struct buf *out_payload, struct err *e)
{
	struct acts_keys_waiting *w = mem_alloc(sizeof *w);
	struct acts_subject s = { .ledger = l, .note = note, .person = person, .now = now };
	forget(l);
	l->waiting = w;
	l->waiting_forget = forget;
	w->now = now > l->chain.time ? now : l->chain.time;
	w->head = l->chain.head;
	w->person = *person;
	strcpy(w->fpr, fpr);
	int rc = acts_compose(&s, LEAF_KEY, note, &w->leaf, e);
	w->note = *note;
	*note = (struct note){ .body = NULL };
	if (!rc)
		rc = make_rules(l, &w->leaf, &w->rules, e);
	if (!rc)
		rc = add_recovery(l, w->rules, fpr, armor, e);
	if (!rc) {
		struct append_item item = act_item(l, &w->leaf, &w->note, w->rules);
		rc = append_print(l, &item, w->now, out_payload, e);
	}
	if (rc)
		forget(l);
	return rc;
}

static int refuse_moved(struct err *e)
{
	err_set(e, ERR_CONFLICT, "key: the ledger has gone on since this was asked for");
	return err_next(e, "ask and sign once more");
}

int acts_keys_finish(struct ledger *l, const char *armor, struct jdoc **out, struct err *e)
{
	struct acts_keys_waiting *w = l->waiting;
	struct pgpsig sig;
	if (!w || !oid_is_equal(&w->head, &l->chain.head))
		return refuse_moved(e);
	int rc = pgpsig_parse(armor, strlen(armor), &sig, e);
	if (!rc && strcmp(sig.fpr, w->fpr) != 0)
		rc = err_set(e, ERR_KEY, "signature: made by another key than the recovery key");
	if (rc)
		return rc;
	struct append_item item = act_item(l, &w->leaf, &w->note, w->rules);
	item.armor = armor;
	rc = append_one(l, &item, w->now, e);
	w->rules = item.rules;
	if (!rc)
		rc = act_say(l, LEAF_KEY, item.seq, &w->person, out, e);
	forget(l);
	return rc;
}
