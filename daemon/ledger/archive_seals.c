#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/archive_impl.h"

#define KNOWN_MAX ((size_t)1 << 17)       /* of more than that the rest is checked when it is read */

void archive_seals_init(struct archive_seals *s)
{
	*s = (struct archive_seals){ .checker = pgp_checker_new() };
}

static struct hash digest_check(const struct pgp_check *c)
{
	uint8_t bytes[sizeof c->public_key + sizeof c->r + sizeof c->s + sizeof c->digest], *at = bytes;
	at = (uint8_t *)mempcpy(at, c->public_key, sizeof c->public_key);
	at = (uint8_t *)mempcpy(at, c->r, sizeof c->r);
	at = (uint8_t *)mempcpy(at, c->s, sizeof c->s);
	at = (uint8_t *)mempcpy(at, c->digest, c->len);
	return hash_of(bytes, (size_t)(at - bytes));
}

void archive_seals_begin(struct archive_seals *s, const struct pgp_check *check, uint64_t seq)
{
	if (s->count == KNOWN_MAX)
		return;
	if ((s->count & (s->count - 1)) == 0)
		s->known = mem_grow(s->known, s->count ? 2 * s->count : 1, sizeof *s->known);
	s->known[s->count++] = digest_check(check);
	pgp_checker_add(s->checker, check, seq);
}

void archive_seals_read(struct archive_seals *s, const struct pgp_check *check, uint64_t seq)
{
	if (s->at < s->count) {
		struct hash digest = digest_check(check);
		if (hash_is_equal(&digest, &s->known[s->at++]))
			return;
	}
	pgp_checker_add(s->checker, check, seq);
}

int archive_seals_finish(struct archive_seals *s, uint64_t *out_seq, struct err *e)
{
	return pgp_checker_wait(s->checker, out_seq) ? ERR_OK : archive_sign_refuse(e);
}

void archive_seals_release(struct archive_seals *s)
{
	pgp_checker_free(s->checker);
	free(s->known);
	*s = (struct archive_seals){ .checker = NULL };
}
