#include <pthread.h>
#include <sched.h>

#include "foreign/pgp.h"

#define THREADS_MAX 8
#define EACH_MIN 64      /* for fewer, to start a thread is not worth it */

struct share {
	const struct pgp_check *checks;
	size_t from, to;         /* the first invalid one of these is `from` afterwards; `to` = none */
	pthread_t thread;
	bool is_started;
};

static void *check_share(void *arg)
{
	struct share *s = arg;
	for (; s->from < s->to; s->from++) {
		const struct pgp_check *c = &s->checks[s->from];
		if (!pgp_ed25519_is_valid(c->public_key, c->digest, c->len, c->r, c->s))
			break;
	}
	return NULL;
}

static size_t count_threads(size_t count)
{
	cpu_set_t cores;
	size_t n = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
	if (n > THREADS_MAX)
		n = THREADS_MAX;
	if (n > count / EACH_MIN)
		n = count / EACH_MIN;
	return n ? n : 1;
}

/* A share whose thread can't be had is done here. */
size_t pgp_ed25519_find_invalid(const struct pgp_check *checks, size_t count)
{
	struct share shares[THREADS_MAX];
	size_t n = count_threads(count), found = count;
	for (size_t i = 0; i < n; i++) {
		shares[i] = (struct share){ .checks = checks, .from = count * i / n, .to = count * (i + 1) / n };
		shares[i].is_started = i && pthread_create(&shares[i].thread, NULL, check_share, &shares[i]) == 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (shares[i].is_started)
			pthread_join(shares[i].thread, NULL);
		else
			check_share(&shares[i]);
	}
	for (size_t i = n; i-- > 0;)
		if (shares[i].from < shares[i].to)
			found = shares[i].from;
	return found;
}
