#include "keeper/api_rules.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "keeper/api_act.h"
#include "ledger/query.h"
#include "ledger/amend.h"

#define HTTP_CREATED 201

int api_rules(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *query = jdoc_get(c->message, "query");
	const char *at = jdoc_get_text(query, "at");
	uint64_t seq = c->ledger->chain.size - 1;
	if (jdoc_size(query) > (at != NULL)) {
		err_set(e, ERR_USAGE, "query: unknown parameter");
		return err_next(e, "known is: at");
	}
	if (at && !text_parse_u64(at, strlen(at), LEAF_SEQ_MAX, &seq))
		return err_set(e, ERR_USAGE, "at: the number of an entry is wanted");
	return query_rules(c->ledger, seq, out, e);
}

static const struct api_act_member members[] = { { "files", JDOC_ARRAY }, { NULL, JDOC_NULL } };

static int add_file(struct rules *r, const struct jdoc *file, size_t *left, struct err *e)
{
	const char *path = jdoc_get_text(file, "path"), *data = jdoc_get_text(file, "data");
	size_t len = 0;
	if (!path || !data || jdoc_size(file) != 2)
		return err_set(e, ERR_SYNTAX, "files: objects of path and data (base64) are wanted");
	MEM_CLEANUP uint8_t *bytes = mem_alloc(strlen(data) / 4 * 3 + 1);
	if (!hash_base64_decode(data, strlen(data), bytes, &len))
		return err_set(e, ERR_SYNTAX, "files: data that is not base64");
	if (len > *left)
		return err_set(e, ERR_TOOBIG, "files: over %zu bytes together", AMEND_BYTES_MAX);
	*left -= len;
	return rules_add_file(r, path, bytes, len, e);
}

/* A rule book that is sent and is wrong is the sender's fault, not one of this daemon's configuration. */
static int read_rules(const struct jdoc *body, struct rules *r, struct err *e)
{
	const struct jdoc *files = jdoc_get(body, "files");
	size_t left = AMEND_BYTES_MAX;
	struct err why = ERR_INIT;
	int rc = files ? ERR_OK : err_set(&why, ERR_SYNTAX, "files: missing");
	for (size_t i = 0; !rc && i < jdoc_size(files); i++)
		rc = add_file(r, jdoc_at(files, i), &left, &why);
	if (!rc)
		rc = rules_finish(r, &why);
	if (!rc)
		return ERR_OK;
	err_set(e, rc == ERR_CONFIG ? ERR_RULE : why.code, "%s", why.text);
	return err_next(e, "find all faults of a rule book: daicho rules check FOLDER");
}

static int update(struct api_call *c, struct rules **fresh, struct jdoc **out, struct err *e)
{
	uint8_t request[NOTE_REQUEST_LEN];
	struct index_person person;
	struct date event;
	struct note note;
	int rc = api_act_read(c, LEAF_RULES, request, &event, e);
	if (!rc)
		rc = amend_note(*fresh, c->ledger->rules->book->office, request, event, &note, e);
	if (rc)
		return rc;
	rc = api_act_person(c, &note, &person, e);
	if (!rc) {
		rc = amend_rules(c->ledger, *fresh, &note, &person, c->now, out, e);
		*fresh = NULL;
	}
	note_release(&note);
	return rc;
}

int api_rules_update(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	struct rules *fresh = rules_new();
	int rc = api_act_check(body, members, e);
	if (!rc)
		rc = jdoc_check_clean(body, e);
	if (!rc)
		rc = read_rules(body, fresh, e);
	if (!rc)
		rc = update(c, &fresh, out, e);
	rules_free(fresh);
	c->status = HTTP_CREATED;
	return rc;
}
