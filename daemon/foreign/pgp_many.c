#include "base/task.h"
#include "foreign/pgp.h"

#define EACH_MIN 64      /* for fewer, to start a thread is not worth it */

struct share {
	const struct pgp_check *checks;
	size_t from, to;         /* the first invalid one of these is `from` afterwards; `to` = none */
};

static int check_share(void *ctx, struct err *e)
{
	struct share *s = ctx;
	(void)e;
	for (; s->from < s->to; s->from++) {
		const struct pgp_check *c = &s->checks[s->from];
		if (!pgp_ed25519_is_valid(c->public_key, c->digest, c->len, c->r, c->s))
			break;
	}
	return ERR_OK;
}

size_t pgp_ed25519_find_invalid(const struct pgp_check *checks, size_t count)
{
	struct share shares[TASK_MAX];
	struct task tasks[TASK_MAX];
	size_t n = task_shares(count, EACH_MIN), found = count;
	for (size_t i = 0; i < n; i++) {
		shares[i] = (struct share){ .checks = checks, .from = count * i / n, .to = count * (i + 1) / n };
		tasks[i] = (struct task){ check_share, &shares[i] };
	}
	task_run_all(tasks, n, NULL);
	for (size_t i = n; i-- > 0;)
		if (shares[i].from < shares[i].to)
			found = shares[i].from;
	return found;
}
