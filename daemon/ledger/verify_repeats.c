/* What stands once in a ledger: a record, and what a person stated. Who has the ledger's key can put both in again,
 * with signatures that are right. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

#define ID_LEN NOTE_REQUEST_LEN    /* so much of a digest: two that begin alike cost 2^64 tries, and are a fault */

struct verify_once {
	uint8_t id[ID_LEN];
	uint32_t seq;
};

static void add(struct verify_onces *list, const uint8_t *id, uint64_t seq)
{
	if ((list->count & (list->count - 1)) == 0)
		list->at = mem_grow(list->at, list->count ? 2 * list->count : 1, sizeof *list->at);
	struct verify_once *x = &list->at[list->count++];
	memcpy(x->id, id, ID_LEN);
	x->seq = (uint32_t)seq;
}

void verify_repeats_add_record(struct verify *v, const struct leaf *leaf)
{
	if (leaf->has_volume)
		add(&v->records, leaf->record.b, leaf->seq);
}

void verify_repeats_add_request(struct verify *v, uint64_t seq, const struct note *note)
{
	add(&v->requests, note->request, seq);
}

static int compare(const void *a, const void *b)
{
	const struct verify_once *x = a, *y = b;
	int order = memcmp(x->id, y->id, ID_LEN);
	return order ? order : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void judge(struct verify *v, struct verify_onces *list, const char *what)
{
	size_t first = 0;
	if (list->count)
		qsort(list->at, list->count, sizeof *list->at, compare);
	for (size_t i = 1; i < list->count; i++) {
		if (memcmp(list->at[i].id, list->at[first].id, ID_LEN) != 0)
			first = i;
		else
			verify_fault(v, list->at[i].seq, VERDICT_BROKEN, "%s: that of entry %" PRIu32 ", put in again", what,
			             list->at[first].seq);
	}
}

void verify_repeats_judge(struct verify *v)
{
	judge(v, &v->records, "Record");
	judge(v, &v->requests, "Request");
}

void verify_repeats_release(struct verify *v)
{
	free(v->records.at);
	free(v->requests.at);
}
