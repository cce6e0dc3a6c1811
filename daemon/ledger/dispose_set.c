/* What a run takes away, to be asked by commit, by number and by object. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/dispose_impl.h"

static int compare_seqs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

bool dispose_set_has_commit(const struct dispose_set *s, const struct oid *commit)
{
	return s->count && bsearch(commit, s->commits, s->count, sizeof *commit, oid_compare);
}

bool dispose_set_has_seq(const struct dispose_set *s, uint64_t seq)
{
	return s->count && bsearch(&seq, s->seqs, s->count, sizeof seq, compare_seqs);
}

bool dispose_set_has_blob(const struct dispose_set *s, const struct oid *blob)
{
	return s->traces.blobs_count && bsearch(blob, s->traces.blobs, s->traces.blobs_count, sizeof *blob, oid_compare);
}

void dispose_set_release(struct dispose_set *s)
{
	archive_traces_release(&s->traces);
	free(s->seqs);
	free(s->commits);
	free(s->years);
}

void dispose_set_add_year(struct dispose_set *s, int year)
{
	size_t at = 0;
	while (at < s->years_count && s->years[at] < year)
		at++;
	if (at < s->years_count && s->years[at] == year)
		return;
	s->years = mem_grow(s->years, s->years_count + 1, sizeof *s->years);
	memmove(s->years + at + 1, s->years + at, (s->years_count - at) * sizeof *s->years);
	s->years[at] = (int16_t)year;
	s->years_count++;
}

void dispose_set_sort(struct dispose_set *s)
{
	if (!s->count)
		return;
	qsort(s->seqs, s->count, sizeof *s->seqs, compare_seqs);
	qsort(s->commits, s->count, sizeof *s->commits, oid_compare);
}
