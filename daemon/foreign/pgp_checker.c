#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/task.h"
#include "foreign/pgp.h"

#define QUEUE 256        /* handed over, and not yet taken */
#define THREADS_MAX (TASK_MAX - 1)

struct asked {
	struct pgp_check check;
	uint64_t number, tag;
};

struct pgp_checker {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct asked queue[QUEUE];
	uint64_t added, taken, done;      /* so many; the queue holds what is between the first two */
	bool has_invalid, is_closing;
	uint64_t invalid, tag;            /* number and tag of the first that is invalid */
	pthread_t threads[THREADS_MAX];
	size_t count;
};

/* Takes the oldest and checks it, with the lock free meanwhile. */
static void check_one(struct pgp_checker *c)
{
	struct asked a = c->queue[c->taken++ % QUEUE];
	pthread_mutex_unlock(&c->lock);
	bool valid = pgp_ed25519_is_valid(a.check.public_key, a.check.digest, a.check.len, a.check.r, a.check.s);
	pthread_mutex_lock(&c->lock);
	if (!valid && (!c->has_invalid || a.number < c->invalid)) {
		c->has_invalid = true;
		c->invalid = a.number;
		c->tag = a.tag;
	}
	if (++c->done == c->added)
		pthread_cond_broadcast(&c->changed);
}

static void *check_all(void *arg)
{
	struct pgp_checker *c = arg;
	pthread_mutex_lock(&c->lock);
	while (!c->is_closing)
		if (c->taken < c->added)
			check_one(c);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* One thread less than there are cores: the last one is for who hands over. */
struct pgp_checker *pgp_checker_new(void)
{
	struct pgp_checker *c = mem_alloc(sizeof *c);
	size_t wanted = task_shares(TASK_MAX, 1) - 1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	while (c->count < wanted && pthread_create(&c->threads[c->count], NULL, check_all, c) == 0)
		c->count++;
	return c;
}

void pgp_checker_add(struct pgp_checker *c, const struct pgp_check *check, uint64_t tag)
{
	pthread_mutex_lock(&c->lock);
	while (c->added - c->taken == QUEUE)
		check_one(c);
	c->queue[c->added % QUEUE] = (struct asked){ *check, c->added, tag };
	if (c->added++ == c->taken)
		pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

bool pgp_checker_wait(struct pgp_checker *c, uint64_t *out_tag)
{
	pthread_mutex_lock(&c->lock);
	while (c->taken < c->added)
		check_one(c);
	while (c->done < c->added)
		pthread_cond_wait(&c->changed, &c->lock);
	bool valid = !c->has_invalid;
	if (!valid)
		*out_tag = c->tag;
	pthread_mutex_unlock(&c->lock);
	return valid;
}

void pgp_checker_free(struct pgp_checker *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->is_closing = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->count; i++)
		pthread_join(c->threads[i], NULL);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
