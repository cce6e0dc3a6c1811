/* Eras of the rule book as base/era wants them. */
#include "base/mem.h"
#include "model/rulebook.h"

struct era *rulebook_eras(const struct rulebook *r, size_t *out_count)
{
	struct era *table = mem_array(r->eras_count + 1, sizeof *table);
	for (size_t i = 0; i < r->eras_count; i++)
		table[i] = (struct era){ .ja = r->eras[i].ja, .abbreviation = r->eras[i].abbreviation,
			                 .letter = r->eras[i].letter, .sign = r->eras[i].sign, .first = r->eras[i].first };
	*out_count = r->eras_count;
	return table;
}
