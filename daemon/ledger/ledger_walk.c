/* Reading many entries: while some are looked at, the next ones are read. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/task.h"
#include "ledger/ledger_impl.h"
#include "model/commit.h"

#define CHUNK 1024

struct chunk {                    /* entries that follow each other */
	struct oid ids[CHUNK];
	struct buf raws[CHUNK];
	size_t count;
};

struct walk {
	struct repo *repo;        /* the ledger's, or one that only the reader uses */
	ledger_fn *fn;
	void *ctx;
	struct chunk *read, *next;
};

static int take_id(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct chunk *c = ctx;
	(void)e;
	c->ids[c->count++] = entry->commit;
	return ERR_OK;
}

static int list_chunk(struct ledger *l, uint64_t first, struct chunk *c, struct err *e)
{
	const struct index_filter since = { .has_after = first > 0, .after = first - 1, .limit = CHUNK };
	c->count = 0;
	return index_list(l->index, &since, take_id, c, e);
}

static int read_next(void *ctx, struct err *e)
{
	const struct walk *w = ctx;
	struct chunk *c = w->next;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < c->count; i++)
		rc = repo_read(w->repo, &c->ids[i], OID_COMMIT, COMMIT_MAX, &c->raws[i], e);
	return rc;
}

static int hand_out(void *ctx, struct err *e)
{
	const struct walk *w = ctx;
	const struct chunk *c = w->read;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < c->count; i++)
		rc = w->fn(w->ctx, &c->ids[i], buf_str(&c->raws[i]), c->raws[i].len, e);
	return rc;
}

static int walk(struct ledger *l, uint64_t first, struct walk *w, struct err *e)
{
	const struct task both[] = { { hand_out, w }, { read_next, w } };
	const size_t at_once = w->repo == l->repo ? 1 : 2;
	int rc = list_chunk(l, first, w->next, e);
	if (!rc)
		rc = read_next(w, e);
	while (!rc && w->next->count) {
		struct chunk *read = w->next;
		w->next = w->read;
		w->read = read;
		first += read->count;
		rc = list_chunk(l, first, w->next, e);
		if (!rc)
			rc = task_run_all(both, at_once, e);
		if (!rc && at_once == 1)
			rc = read_next(w, e);
	}
	return rc;
}

static void free_chunk(struct chunk *c)
{
	for (size_t i = 0; i < CHUNK; i++)
		buf_release(&c->raws[i]);
	free(c);
}

/* To open the repository once more costs more than to read a few. */
int ledger_walk_since(struct ledger *l, uint64_t first, ledger_fn *fn, void *ctx, struct err *e)
{
	struct repo *own = l->chain.size > first + CHUNK ? repo_open(repo_path(l->repo), false, NULL) : NULL;
	struct walk w = { .repo = own ? own : l->repo, .fn = fn, .ctx = ctx };
	w.read = mem_alloc(sizeof *w.read);
	w.next = mem_alloc(sizeof *w.next);
	int rc = walk(l, first, &w, e);
	free_chunk(w.read);
	free_chunk(w.next);
	repo_close(own);
	return rc;
}
