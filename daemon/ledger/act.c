#include "ledger/act.h"

#include <string.h>

#include "base/date.h"
#include "ledger/act_body.h"
#include "ledger/append.h"
#include "ledger/intake.h"

#define ACT_FORMAT "daicho.act.v1"

int act_note(enum leaf_kind kind, const struct jdoc *body, const char *office, const uint8_t request[NOTE_REQUEST_LEN],
             struct date event, struct note *out, struct err *e)
{
	struct buf text = BUF_INIT;
	if (strlen(office) > LEAF_NAME_MAX)
		return err_set(e, ERR_KIND, "office: unknown unit");
	int rc = jdoc_check_clean(body, e);
	if (rc)
		return rc;
	jdoc_print_canonical(body, &text);
	*out = (struct note){ .event = event };
	memcpy(out->request, request, NOTE_REQUEST_LEN);
	strcpy(out->kind, leaf_kind_name(kind));
	strcpy(out->unit, office);
	out->body = buf_steal(&text, &out->body_len);
	return ERR_OK;
}

/* As it will be found again from the entry. */
static struct hash digest_of(const struct ledger *l, enum leaf_kind kind, const struct note *note)
{
	struct leaf leaf = { .kind = kind };
	memcpy(leaf.origin, l->store->origin, sizeof leaf.origin);
	return intake_digest(note, &leaf);
}

/* An entry stands when the ledger has it, also where the index could not be written. */
static int catch_up(struct ledger *l, struct err *e)
{
	return l->index_behind ? ledger_index_update(l, e) : ERR_OK;
}

int act_find_repeat(struct ledger *l, enum leaf_kind kind, const struct note *note, bool *out_found, uint64_t *out_seq,
                    struct err *e)
{
	struct hash known, digest = digest_of(l, kind, note);
	int rc = catch_up(l, e);
	if (!rc)
		rc = index_request(l->index, note->request, out_found, out_seq, &known, e);
	if (!rc && *out_found && !hash_is_equal(&known, &digest))
		rc = err_set(e, ERR_CONFLICT, "request: this id was used for something else");
	return rc;
}

void act_leaf(const struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person,
              int64_t now, struct leaf *out)
{
	int64_t time = append_time(l, kind, now);
	int year = date_year_of_time(time);
	*out = (struct leaf){ .kind = kind, .has_volume = true, .seq = l->chain.size, .time = time };
	strcpy(out->kind_name, leaf_kind_name(kind));
	strcpy(out->volume.kind, out->kind_name);
	memcpy(out->volume.unit, note->unit, sizeof out->volume.unit);
	out->volume.year = note->event.year > year ? note->event.year : year;
	leaf_seqs_add(&out->by, person->first);
	memcpy(note->role, person->role, sizeof note->role);
}

struct append_item act_item(const struct ledger *l, struct leaf *leaf, struct note *note, struct rules *rules)
{
	return (struct append_item){ .leaf = leaf, .note = note, .rules = rules,
		                     .digest = digest_of(l, leaf->kind, note) };
}

int act_append(struct ledger *l, struct leaf *leaf, struct note *note, struct rules *rules, int64_t now,
               uint64_t *out_seq, struct err *e)
{
	struct append_item item = act_item(l, leaf, note, rules);
	int rc = append_one(l, &item, now, e);
	*out_seq = item.seq;
	return rc;
}

/* Witnesses and auditors have to hear of it. */
static void say_vkey(const struct ledger *l, uint64_t seq, struct jdoc *d)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	const struct keyring_key *k = keyring_newest(&l->keys, LEAF_USE_CHECKPOINT, l->chain.size, NULL);
	struct tlog_note_key key;
	if (!k || k->from != seq + 1 || !rules_vkey(l->rules, l->chain.origin, k->fpr, &key))
		return;
	tlog_note_key_print(&key, &vkey);
	jdoc_set_string(d, "vkey", buf_str(&vkey));
}

int act_say(struct ledger *l, enum leaf_kind kind, uint64_t seq, const struct index_person *person, struct jdoc **out,
            struct err *e)
{
	struct index_entry entry;
	char commit[OID_HEX_LEN + 1];
	int rc = catch_up(l, e);
	if (!rc)
		rc = index_entry(l->index, seq, &entry, e);
	if (rc)
		return rc;
	struct jdoc *d = jdoc_object();
	oid_print(&entry.commit, commit);
	jdoc_set_string(d, "format", ACT_FORMAT);
	jdoc_set_string(d, "act", leaf_kind_name(kind));
	jdoc_set_integer(d, "seq", (int64_t)seq);
	jdoc_set_string(d, "commit", commit);
	jdoc_set_integer(d, "by", (int64_t)person->first);
	if (kind == LEAF_KEY)
		say_vkey(l, seq, d);
	*out = d;
	return ERR_OK;
}
