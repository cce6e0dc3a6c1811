#include "keeper/hooks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "foreign/jdoc.h"
#include "ledger/append.h"
#include "ledger/due.h"
#include "ledger/query.h"
#include "model/wire.h"

#define TOLD_MAX ((size_t)64 << 20)
#define TOLD_FIRST "daicho-told 1\n"
#define ANSWER_MS 1000

/* Items that are near or overdue, a line each: "<entry> <due> <since> <until> <state>\n", without personal data. */

static void print_item(const struct due_item *item, struct buf *out)
{
	char since[DATE_LEN + 1], until[DATE_LEN + 1];
	date_print(item->since, since);
	date_print(item->until, until);
	buf_printf(out, "%" PRIu64 " %s %s %s %s\n", item->opening, item->rule ? item->rule->name : "-", since, until,
	           due_state_word(item->state));
}

struct news {
	char *told;                /* the file's text, cut into lines */
	char **lines; size_t count, cap;   /* sorted */
	struct buf all;            /* of what is due now: the file's next text */
	size_t fresh;
};

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct news *n, char *line)
{
	if (n->count == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 64;
		n->lines = mem_grow(n->lines, n->cap, sizeof *n->lines);
	}
	n->lines[n->count++] = line;
}

/* A file that is not there, or not of this form, tells of nothing. */
static int read_told(struct news *n, const char *path, struct err *e)
{
	struct buf text = BUF_INIT;
	int rc = file_read(path, TOLD_MAX, &text, e);
	if (rc) {
		buf_release(&text);
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	}
	n->told = buf_steal(&text, NULL);
	if (strncmp(n->told, TOLD_FIRST, strlen(TOLD_FIRST)) != 0)
		return ERR_OK;
	char *rest = NULL;
	for (char *line = strtok_r(n->told, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add_line(n, line);
	qsort(n->lines, n->count, sizeof *n->lines, compare_lines);
	return ERR_OK;
}

static bool is_fresh(void *ctx, const struct due_item *item)
{
	struct news *n = ctx;
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (item->state == DUE_ASKED)
		return false;
	print_item(item, &line);
	buf_puts(&n->all, buf_str(&line));
	MEM_CLEANUP char *key = mem_strndup(line.ptr, line.len - 1);
	bool known = n->count && bsearch(&key, n->lines, n->count, sizeof *n->lines, compare_lines);
	n->fresh += !known;
	return !known;
}

static void release_news(struct news *n)
{
	free(n->told);
	free(n->lines);
	buf_release(&n->all);
}

/* Telling. */

static int send_news(struct hooks *h, const struct ledger *l, const struct jdoc *doc, char *const *programs,
                     size_t count, struct err *e)
{
	static const char *const args[] = { "hooks", NULL };
	BUF_CLEANUP struct buf news = BUF_INIT, text = BUF_INIT;
	struct jdoc *message = jdoc_object(), *list = jdoc_array();
	for (size_t i = 0; i < count; i++)
		jdoc_append(list, jdoc_string(programs[i]));
	jdoc_print(doc, &news);
	buf_putc(&news, '\n');
	jdoc_set(message, "programs", list);
	jdoc_set_string(message, "store", l->store->dir);
	jdoc_set_string(message, "news", buf_str(&news));
	jdoc_print(message, &text);
	jdoc_free(message);
	int rc = child_start(&h->child, args, -1, e);
	if (!rc && (rc = frame_send(h->child.fd, WIRE_TELL, 0, 1, text.ptr, text.len, e)))
		child_kill(&h->child);
	return rc;
}

/* What is over is forgotten, so that the file does not grow with the years. */
static int write_told(const struct ledger *l, const struct buf *lines, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_puts(&text, TOLD_FIRST);
	buf_add(&text, lines->ptr, lines->len);
	int rc = file_drop_temporary(l->store->told, e);
	return rc ? rc : file_write_durable(l->store->told, text.ptr, text.len, 0600, e);
}

static int tell(struct hooks *h, struct ledger *l, char *const *programs, size_t count, int64_t now, struct err *e)
{
	struct news n = { .fresh = 0 };
	struct jdoc *doc = NULL;
	int rc = read_told(&n, l->store->told, e);
	if (!rc)
		rc = query_due_some(l, is_fresh, &n, now, &doc, e);
	if (!rc && n.fresh)
		rc = send_news(h, l, doc, programs, count, e);
	else if (!rc)
		rc = write_told(l, &n.all, e);
	if (!rc && n.fresh) {
		buf_clear(&h->told);
		buf_add(&h->told, n.all.ptr, n.all.len);
	}
	jdoc_free(doc);
	release_news(&n);
	return rc;
}

void hooks_init(struct hooks *h)
{
	*h = (struct hooks){ .day = 0 };
	child_init(&h->child);
}

void hooks_look(struct hooks *h, struct ledger *l, int64_t now)
{
	struct err e = ERR_INIT;
	int64_t day = date_day_number(date_of_time(now));
	size_t count;
	if (h->child.pid || h->day == day || append_clock_check(l, now, NULL))
		return; /* what a doubted clock says is near is none of it */
	h->day = day;
	char **programs = hooks_list(l->store->hooks, &count);
	if (count && tell(h, l, programs, count, now, &e)) {
		ledger_tell_damage(l, &e);
		log_err(&e);
	}
	for (size_t i = 0; i < count; i++)
		free(programs[i]);
	free(programs);
}

void hooks_collect(struct hooks *h, const struct ledger *l)
{
	struct err e = ERR_INIT;
	struct frame f;
	if (!h->child.pid || !child_has_ended(&h->child))
		return;
	int rc = frame_recv(h->child.fd, ANSWER_MS, &f, &e);
	if (!rc) {
		rc = f.code;
		frame_release(&f);
		if (!rc && write_told(l, &h->told, &e))
			log_err(&e);
	} else {
		log_err(&e);
	}
	if (rc)
		log_warn("hooks: not all were told; again on the next day");
	child_kill(&h->child);
}

void hooks_stop(struct hooks *h)
{
	child_kill(&h->child);
	buf_release(&h->told);
}
