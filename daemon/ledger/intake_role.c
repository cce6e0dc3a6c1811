/* In which roles a kind is submitted, and signed; and when. */
#include <string.h>

#include "ledger/intake.h"

#define DAY_S 86400

static bool is_among(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool intake_role_fits(const struct rulebook_kind *k, const char *role)
{
	return k->submit_count == 0 || is_among(k->submit, k->submit_count, role);
}

bool intake_wants_signature(const struct rulebook_kind *k, const char *role)
{
	return k->sign_always || is_among(k->sign, k->sign_count, role);
}

bool intake_is_timely(int64_t signed_at, int64_t time, bool is_judged)
{
	const int more = is_judged ? 1 : 0;
	return signed_at >= time - (int64_t)(INTAKE_SIGNED_DAYS_MAX + more) * DAY_S &&
	       signed_at <= time + (int64_t)(INTAKE_AHEAD_DAYS_MAX + more) * DAY_S;
}
