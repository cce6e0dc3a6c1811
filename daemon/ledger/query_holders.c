#include "ledger/query_holders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/docket.h"

struct opening {
	uint64_t seq;
	const struct rulebook_kind *kind;
};

struct gathering {
	const struct rulebook *book;
	struct opening *at;
	size_t count;
};

/* The kind whose records appoint persons by opening this matter. */
static const struct rulebook_kind *find_appointing(const struct rulebook *book, const char *matter)
{
	for (size_t i = 0; i < book->kinds_count; i++)
		if (book->kinds[i].identity_login[0] && strcmp(book->kinds[i].opens, matter) == 0)
			return &book->kinds[i];
	return NULL;
}

/* Collected first: what is asked of each asks the index again. */
static int collect(void *ctx, uint64_t opening, const char *name, struct err *e)
{
	struct gathering *g = ctx;
	const struct rulebook_kind *k = find_appointing(g->book, name);
	(void)e;
	if (!k)
		return ERR_OK;
	if ((g->count & (g->count - 1)) == 0)
		g->at = mem_grow(g->at, g->count ? g->count * 2 : 1, sizeof *g->at);
	g->at[g->count++] = (struct opening){ opening, k };
	return ERR_OK;
}

static char *print_text(const struct rulebook *book, const struct rulebook_kind *k, const struct jdoc *body)
{
	const struct rulebook_named *matter = rulebook_matter(book, k->opens);
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; matter && i < matter->show_count; i++) {
		const char *value = jdoc_get_text(body, matter->show[i]);
		if (value && strcmp(matter->show[i], k->identity_role) != 0)
			buf_printf(&text, "%s%s", text.len ? " " : "", value);
	}
	return mem_strdup(buf_str(&text));
}

static int find_end(struct ledger *l, uint64_t opening, int64_t *out, struct err *e)
{
	const struct docket_record *r;
	uint64_t closing = 0;
	*out = INT64_MAX;
	int rc = index_closing(l->index, opening, &closing, e);
	if (rc || !closing)
		return rc;
	rc = docket_record(l->docket, closing, &r, e);
	if (!rc)
		*out = date_day_number(r->event);
	return rc;
}

static int take_opening(struct ledger *l, const struct opening *o, const char *role, struct query_holders *out,
                        struct err *e)
{
	const struct docket_record *r;
	struct query_holder h = { .entry = o->seq };
	int rc = docket_record(l->docket, o->seq, &r, e);
	if (rc)
		return rc;
	const char *held = jdoc_get_text(r->body, o->kind->identity_role);
	if (!held || strcmp(held, role) != 0)
		return ERR_OK;
	memcpy(h.unit, r->unit, sizeof h.unit);
	h.since = date_day_number(r->event);
	h.text = print_text(l->rules->book, o->kind, r->body);
	rc = find_end(l, o->seq, &h.until, e);
	if (rc) {
		free(h.text);
		return rc;
	}
	out->at = mem_grow(out->at, out->count + 1, sizeof *out->at);
	out->at[out->count++] = h;
	return ERR_OK;
}

int query_holders_read(struct ledger *l, const char *role, struct query_holders *out, struct err *e)
{
	const struct rulebook_named *named = rulebook_role(l->rules->book, role);
	struct gathering g = { .book = l->rules->book };
	*out = (struct query_holders){ .everywhere = named && named->everywhere };
	if (!named)
		return ERR_OK;
	int rc = index_all_matters(l->index, collect, &g, e);
	for (size_t i = 0; !rc && i < g.count; i++) {
		rc = take_opening(l, &g.at[i], role, out, e);
		if (rc == ERR_GONE || rc == ERR_NOTFOUND) /* disposed of: nobody is known any more */
			rc = ERR_OK;
	}
	free(g.at);
	if (rc)
		query_holders_release(out);
	return rc;
}

void query_holders_release(struct query_holders *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->at[i].text);
	free(h->at);
	*h = (struct query_holders){ .count = 0 };
}

struct jdoc *query_holders_print(const struct query_holders *h, const char *unit, struct date day)
{
	struct jdoc *list = jdoc_array();
	int64_t number = date_day_number(day);
	for (size_t i = 0; i < h->count; i++) {
		const struct query_holder *one = &h->at[i];
		if (number < one->since || number >= one->until || (!h->everywhere && strcmp(one->unit, unit) != 0))
			continue;
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "entry", (int64_t)one->entry);
		jdoc_set_string(d, "unit", one->unit);
		jdoc_set_string(d, "text", one->text);
		jdoc_append(list, d);
	}
	return list;
}
