#include "ledger/amend.h"

#include <string.h>

#include "ledger/act.h"

int amend_note(const struct rules *fresh, const char *office, const uint8_t request[NOTE_REQUEST_LEN],
                      struct date event, struct note *out, struct err *e)
{
	struct jdoc *body = amend_body(fresh);
	int rc = act_note(LEAF_RULES, body, office, request, event, out, e);
	jdoc_free(body);
	return rc;
}

static int append(struct ledger *l, struct rules **fresh, struct note *note, const struct index_person *person,
                  int64_t now, uint64_t *out_seq, struct err *e)
{
	struct leaf leaf;
	act_leaf(l, LEAF_RULES, note, person, now, &leaf);
	int rc = act_append(l, &leaf, note, *fresh, now, out_seq, e);
	if (!rc)
		*fresh = NULL;
	leaf_release(&leaf);
	return rc;
}

/* By a person who holds one of the roles, and signs. */
static int check_author(const struct ledger *l, const struct note *note, const struct index_person *person,
                        struct err *e)
{
	const struct rulebook *book = l->rules->book;
	int rc = book->amend_count ? ERR_NOTFOUND : ERR_OK;
	for (size_t i = 0; rc == ERR_NOTFOUND && i < book->amend_count; i++) {
		struct index_person p;
		rc = strcmp(person->role, book->amend[i]) == 0 ? ERR_OK
			: index_person_by_login(l->index, person->login, book->amend[i], &p, e);
	}
	if (rc == ERR_NOTFOUND) {
		err_set(e, ERR_PERM, "rules: a new rule book is brought into force by another role");
		return err_next(e, "it is for: %s", book->amend[0]);
	}
	if (!rc && book->amend_count && !note->signature) {
		err_set(e, ERR_PERM, "rules: a new rule book wants the signature of who brings it into force");
		return err_next(e, "daicho rules update FOLDER --sign FINGERPRINT");
	}
	return rc;
}

static int make_entry(struct ledger *l, struct rules **fresh, struct note *note, const struct index_person *person,
                      int64_t now, struct jdoc *remarks, uint64_t *out_seq, struct err *e)
{
	int rc = check_author(l, note, person, e);
	if (!rc)
		rc = amend_check(l, *fresh, now, e);
	if (!rc)
		rc = amend_remarks(l, l->rules->book, (*fresh)->book, remarks, e);
	if (!rc && strcmp(note->unit, l->rules->book->office) != 0)
		rc = err_set(e, ERR_KIND, "rules: its note does not stand under the office of the rule book");
	if (!rc && !amend_is_of(note, *fresh))
		rc = err_set(e, ERR_CONFLICT, "rules: the statement is about another rule book");
	if (!rc)
		rc = rules_keep_keys(*fresh, l->rules, e);
	return rc ? rc : append(l, fresh, note, person, now, out_seq, e);
}

int amend_rules(struct ledger *l, struct rules *fresh, struct note *note, const struct index_person *person,
                 int64_t now, struct jdoc **out, struct err *e)
{
	struct jdoc *remarks = jdoc_array(), *d = amend_body(fresh);
	bool found = false;
	uint64_t seq = 0;
	int rc = act_find_repeat(l, LEAF_RULES, note, &found, &seq, e);
	if (!rc && !found)
		rc = make_entry(l, &fresh, note, person, now, remarks, &seq, e);
	if (!rc)
		rc = act_say(l, LEAF_RULES, seq, person, out, e);
	if (!rc) {
		jdoc_set_string(*out, "id", jdoc_get_text(d, "id"));
		jdoc_set_string(*out, "book", jdoc_get_text(d, "book"));
		jdoc_set(*out, "remarks", jdoc_keep(remarks));
	}
	jdoc_free(d);
	jdoc_free(remarks);
	rules_free(fresh);
	return rc;
}
