/* What a person signs who brings a rule book into force. */
#include "ledger/amend.h"

struct jdoc *amend_body(const struct rules *fresh)
{
	char digest[HASH_TEXT_LEN + 1];
	struct hash book = rules_book_digest(fresh);
	struct jdoc *body = jdoc_object();
	hash_print(&book, digest);
	jdoc_set_string(body, "act", leaf_kind_name(LEAF_RULES));
	jdoc_set_string(body, "book", digest);
	jdoc_set_string(body, "id", fresh->book->id);
	return body;
}

bool amend_is_of(const struct note *note, const struct rules *rules)
{
	struct jdoc *expected = amend_body(rules);
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL);
	bool same = body && jdoc_is_equal(body, expected);
	jdoc_free(body);
	jdoc_free(expected);
	return same;
}
