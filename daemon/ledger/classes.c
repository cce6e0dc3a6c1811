#include "ledger/classes.h"

#include <string.h>

#include "ledger/index.h"

struct search {
	struct ledger *ledger;
	const char *kind;
	int years;
	struct jdoc *clause;              /* of the latest that fits */
};

static int look(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct search *s = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	int64_t years = 0;
	int rc = entry->has_volume ? ledger_read_note(s->ledger, entry, &text, &note, e) : ERR_NOTFOUND;
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct jdoc *body = jdoc_parse(note.body, note.body_len, NOTE_BODY_MAX, 0, NULL);
	const char *kind = jdoc_get_text(body, "kind"), *clause = jdoc_get_text(body, "clause");
	if (kind && clause && strcmp(kind, s->kind) == 0 && jdoc_get_integer(body, "years", &years) && years == s->years) {
		jdoc_free(s->clause);
		s->clause = jdoc_string(clause);
	}
	jdoc_free(body);
	note_release(&note);
	return ERR_OK;
}

struct jdoc *classes_clause(struct ledger *l, const char *kind, int years)
{
	const struct rulebook_kind *k = rulebook_kind(l->rules->book, kind);
	const struct index_filter filter = { .kind = leaf_kind_name(LEAF_CLASSIFY) };
	struct search s = { .ledger = l, .kind = kind, .years = years };
	if (k && k->retain == years && k->retain_clause)
		return jdoc_string(k->retain_clause);
	if (index_list(l->index, &filter, look, &s, NULL) == ERR_OK && s.clause)
		return s.clause;
	jdoc_free(s.clause);
	return jdoc_null();
}
