#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/archive.h"

#define SALT_LINE "Salt: "

static int compare_salts(const void *a, const void *b)
{
	return memcmp(a, b, NOTE_SALT_LEN);
}

/* The first Salt line: of a note's header, or of a stored attachment. */
static bool find_salt(const char *bytes, size_t len, uint8_t out[NOTE_SALT_LEN])
{
	const char *at = memmem(bytes, len, SALT_LINE, strlen(SALT_LINE));
	size_t hex = 2 * NOTE_SALT_LEN;
	if (!at || len - (size_t)(at - bytes) < strlen(SALT_LINE) + hex)
		return false;
	return hash_hex_decode(at + strlen(SALT_LINE), hex, out, NOTE_SALT_LEN);
}

int archive_traces_add(struct archive_traces *t, const char *bytes, size_t len, struct err *e)
{
	if ((t->blobs_count & (t->blobs_count - 1)) == 0) {
		size_t cap = t->blobs_count ? 2 * t->blobs_count : 1;
		t->blobs = mem_grow(t->blobs, cap, sizeof *t->blobs);
		t->salts = mem_grow(t->salts, cap, sizeof *t->salts);
	}
	if (!find_salt(bytes, len, t->salts[t->salts_count]))
		return err_set(e, ERR_LEDGER, "a record: has no salt");
	t->salts_count++;
	t->blobs[t->blobs_count++] = oid_of(OID_BLOB, bytes, len);
	return ERR_OK;
}

void archive_traces_sort(struct archive_traces *t)
{
	if (!t->blobs_count)
		return;
	qsort(t->blobs, t->blobs_count, sizeof *t->blobs, oid_compare);
	qsort(t->salts, t->salts_count, sizeof *t->salts, compare_salts);
}

void archive_traces_release(struct archive_traces *t)
{
	free(t->blobs);
	free(t->salts);
	*t = (struct archive_traces){ .blobs_count = 0 };
}
