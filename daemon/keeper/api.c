#include "keeper/api.h"

#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "keeper/api_acts.h"
#include "keeper/api_disposal.h"
#include "keeper/api_holds.h"
#include "keeper/api_keys.h"
#include "keeper/api_rules.h"
#include "keeper/api_standing.h"
#include "keeper/api_volumes.h"
#include "keeper/person.h"
#include "ledger/append.h"
#include "ledger/carry.h"
#include "ledger/checkpoint.h"
#include "ledger/clock.h"
#include "ledger/dispose.h"
#include "ledger/intake.h"
#include "ledger/login.h"
#include "ledger/query.h"
#include "ledger/snapshot.h"

#define LIST_LIMIT_DEFAULT 100
#define LIST_LIMIT_MAX 1000
#define HTTP_OK 200
#define HTTP_CREATED 201
#define DAY_S 86400

static void answer_doc(struct api_request *r, unsigned status, struct jdoc *doc)
{
	r->status = status;
	jdoc_print(doc, &r->body);
	buf_putc(&r->body, '\n');
	jdoc_free(doc);
}

static void answer_error(struct api_request *r, const struct err *why, struct jdoc *faults)
{
	answer_doc(r, (unsigned)err_http(why->code), jdoc_error(why, faults));
	jdoc_free(faults);
}

/* Filters of lists: /v1/records and /v1/log. */

struct filter {
	const struct rulebook *book;
	struct index_filter index;
	const char *text;
};

static int set_day(const struct filter *f, const char *value, int days, bool *has, int64_t *out, struct err *e)
{
	struct date d;
	bool notice;
	size_t count;
	MEM_CLEANUP struct era *eras = rulebook_eras(f->book, &count);
	int rc = era_parse(eras, count, value, strlen(value), &d, &notice, e);
	if (rc == ERR_SYNTAX)
		return err_set(e, ERR_USAGE, "since, until: a day written YYYY-MM-DD is wanted, or one of an era");
	if (rc) {
		e->code = ERR_USAGE;
		return err_prefix(e, "since, until");
	}
	*has = true;
	*out = date_to_time(d) + (int64_t)days * DAY_S;
	return ERR_OK;
}

static int set_number(const char *name, const char *value, uint64_t max, uint64_t *out, struct err *e)
{
	return text_parse_u64(value, strlen(value), max, out)
		? ERR_OK : err_set(e, ERR_USAGE, "%s: a number up to %llu is wanted", name, (unsigned long long)max);
}

static int set_kind(struct filter *f, const char *v, struct err *e) { (void)e; f->index.kind = v; return ERR_OK; }
static int set_unit(struct filter *f, const char *v, struct err *e) { (void)e; f->index.unit = v; return ERR_OK; }
static int set_text(struct filter *f, const char *v, struct err *e) { (void)e; f->text = *v ? v : NULL; return ERR_OK; }

static int set_since(struct filter *f, const char *v, struct err *e)
{
	return set_day(f, v, 0, &f->index.has_since, &f->index.since, e);
}

static int set_until(struct filter *f, const char *v, struct err *e)
{
	return set_day(f, v, 1, &f->index.has_until, &f->index.until, e);
}

static int set_year(struct filter *f, const char *v, struct err *e)
{
	uint64_t year = 0;
	int rc = set_number("year", v, DATE_YEAR_MAX, &year, e);
	f->index.year = (int)year;
	return rc;
}

static int set_limit(struct filter *f, const char *v, struct err *e)
{
	uint64_t limit = 0;
	int rc = set_number("limit", v, LIST_LIMIT_MAX, &limit, e);
	f->index.limit = (uint32_t)limit;
	return rc || limit ? rc : err_set(e, ERR_USAGE, "limit: a number from 1 on is wanted");
}

static int set_after(struct filter *f, const char *v, struct err *e)
{
	f->index.has_after = true;
	return set_number("after", v, LEAF_SEQ_MAX, &f->index.after, e);
}

static int set_order(struct filter *f, const char *v, struct err *e)
{
	f->index.reverse = strcmp(v, "newest") == 0;
	return f->index.reverse || strcmp(v, "oldest") == 0
		? ERR_OK : err_set(e, ERR_USAGE, "order: newest or oldest is wanted");
}

static const struct {
	const char *name;
	int (*set)(struct filter *f, const char *value, struct err *e);
} filters[] = {
	{ "after", set_after }, { "kind", set_kind }, { "limit", set_limit }, { "order", set_order },
	{ "since", set_since }, { "text", set_text }, { "unit", set_unit }, { "until", set_until }, { "year", set_year },
};

static int add_filter(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
		if (strcmp(filters[i].name, name) == 0)
			return filters[i].set(ctx, jdoc_text(value), e);
	err_set(e, ERR_USAGE, "query: unknown parameter");
	return err_next(e, "known are: after kind limit order since text unit until year");
}

static int read_filter(const struct api_call *c, struct filter *f, struct err *e)
{
	const struct rulebook *book = c->ledger->rules->book;
	*f = (struct filter){ .book = book, .index.limit = LIST_LIMIT_DEFAULT };
	int rc = jdoc_each(jdoc_get(c->message, "query"), add_filter, f, e);
	const char *kind = f->index.kind, *unit = f->index.unit;
	if (!rc && kind && !rulebook_kind(book, kind) && leaf_kind_of(kind) == LEAF_RECORD)
		rc = err_set(e, ERR_KIND, "kind: the rule book has no kind of this name");
	else if (!rc && unit && !rulebook_unit(book, unit))
		rc = err_set(e, ERR_KIND, "unit: the rule book has no unit of this name");
	if (rc == ERR_KIND)
		err_next(e, "GET /v1/kinds (`daicho kinds`) lists kinds and units");
	return rc;
}

/* Handlers. */

static int get_status(struct api_call *c, struct jdoc **out, struct err *e)
{
	(void)e;
	*out = query_status(c->ledger);
	return ERR_OK;
}

static int get_clock(struct api_call *c, struct jdoc **out, struct err *e)
{
	return clock_say(c->ledger, c->now, out, e);
}

static int get_kinds(struct api_call *c, struct jdoc **out, struct err *e)
{
	(void)e;
	*out = query_kinds(c->ledger);
	return ERR_OK;
}

static int get_kind(struct api_call *c, struct jdoc **out, struct err *e)
{
	return query_kind(c->ledger, c->arg[0], out, e);
}

static int get_record(struct api_call *c, struct jdoc **out, struct err *e)
{
	uint64_t seq;
	int rc = set_number("record", c->arg[0], LEAF_SEQ_MAX, &seq, e);
	return rc ? rc : query_show(c->ledger, seq, out, e);
}

static int get_attachment(struct api_call *c, struct jdoc **out, struct err *e)
{
	uint64_t seq, n = 0;
	int rc = set_number("record", c->arg[0], LEAF_SEQ_MAX, &seq, e);
	if (!rc)
		rc = set_number("attachment", c->arg[1], NOTE_ATTACHMENTS_MAX, &n, e);
	return rc ? rc : query_attachment(c->ledger, seq, (unsigned)n, out, e);
}

static int get_list(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct filter f;
	int rc = read_filter(c, &f, e);
	f.index.only_records = true;
	return rc ? rc : query_list(c->ledger, &f.index, f.text, out, e);
}

static int get_log(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct filter f;
	int rc = read_filter(c, &f, e);
	if (!rc && f.text)
		rc = err_set(e, ERR_USAGE, "query: the log holds no text of records; ask /v1/records for text");
	return rc ? rc : query_log(c->ledger, &f.index, out, e);
}

static int get_snapshot(struct api_call *c, struct jdoc **out, struct err *e)
{
	return snapshot_say(c->ledger, out, e);
}

static int get_checkpoint(struct api_call *c, struct jdoc **out, struct err *e)
{
	return checkpoint_make(c->ledger, out, e);
}

static const struct route {
	const char *method, *pattern;
	int (*handle)(struct api_call *c, struct jdoc **out, struct err *e);
} routes[] = {
	{ "GET", "/v1/status", get_status },
	{ "GET", "/v1/clock", get_clock },
	{ "GET", "/v1/kinds", get_kinds },
	{ "GET", "/v1/kinds/*", get_kind },
	{ "GET", "/v1/records", get_list },
	{ "POST", "/v1/records", NULL },             /* in batches: add_records */
	{ "GET", "/v1/records/*", get_record },
	{ "GET", "/v1/records/*/attachments/*", get_attachment },
	{ "GET", "/v1/log", get_log },
	{ "GET", "/v1/due", api_due },
	{ "GET", "/v1/standing", api_standing },
	{ "GET", "/v1/volumes", api_volumes },
	{ "GET", "/v1/volumes/*/*/*", api_volume },
	{ "GET", "/v1/rules", api_rules },
	{ "POST", "/v1/rules", api_rules_update },
	{ "POST", "/v1/acts/*", api_acts },
	{ "POST", "/v1/motions/*", api_motions },
	{ "GET", "/v1/keys", api_keys },
	{ "POST", "/v1/keys", api_keys_make },
	{ "POST", "/v1/keys/recovery", api_keys_recovery },
	{ "POST", "/v1/keys/signed", api_keys_signed },
	{ "GET", "/v1/snapshot", get_snapshot },
	{ "GET", "/v1/checkpoint", get_checkpoint },
	{ "GET", "/v1/holds", api_holds },
	{ "GET", "/v1/extension", api_extension },
	{ "GET", "/v1/disposal", api_disposal_state },
	{ "GET", "/v1/disposal/plan", api_disposal_plan },
	{ "GET", "/v1/disposal/register", api_disposal_register },
	{ "GET", "/v1/disposal/register/*", api_disposal_register },
	{ "GET", "/v1/archives", api_disposal_archives },
	{ "POST", "/v1/disposal/propose", api_disposal_propose },
	{ "POST", "/v1/disposal/approve", api_disposal_approve },
	{ "POST", "/v1/disposal/abort", api_disposal_abort },
	{ "POST", "/v1/disposal/run", api_disposal_run },
};

/* '*' stands for one segment, copied to c->arg. */
static bool matches(const char *pattern, const char *path, struct api_call *c)
{
	size_t n = 0;
	while (*pattern) {
		if (*pattern != '*') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		size_t len = strcspn(path, "/");
		if (!len || len >= sizeof c->arg[0])
			return false;
		memcpy(c->arg[n], path, len);
		c->arg[n++][len] = '\0';
		path += len;
		pattern++;
	}
	return !*path;
}

static const struct route *find_route(struct api_call *c, struct err *e)
{
	const char *method = jdoc_get_text(c->message, "method"), *path = jdoc_get_text(c->message, "path");
	bool known = false;
	for (size_t i = 0; method && path && i < sizeof routes / sizeof *routes; i++) {
		if (!matches(routes[i].pattern, path, c))
			continue;
		known = true;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
	}
	if (known)
		err_set(e, ERR_USAGE, "method: not one that this path takes");
	else
		err_set(e, ERR_NOTFOUND, "path: nothing is served there");
	err_next(e, "the paths stand in daichod(8), API");
	return NULL;
}

static void read_peer(struct api_call *c)
{
	int64_t uid = -1;
	jdoc_get_integer(c->message, "uid", &uid);
	c->uid = (uid_t)uid;
	login_of(c->uid, c->login);
}

static void serve_one(struct ledger *l, struct api_request *r, int64_t now)
{
	struct api_call c = { .ledger = l, .message = r->message, .now = now, .status = HTTP_OK };
	struct err e = ERR_INIT;
	struct jdoc *doc = NULL;
	const struct route *route = find_route(&c, &e);
	read_peer(&c);
	if (!route || route->handle(&c, &doc, &e)) {
		ledger_tell_damage(l, &e);
		answer_error(r, &e, NULL);
	} else {
		answer_doc(r, c.status, doc);
	}
}

/* Records to be added. */

struct adding {
	struct api_request *request;
	struct intake intake;
};

static bool is_adding(const struct api_request *r)
{
	const char *method = jdoc_get_text(r->message, "method"), *path = jdoc_get_text(r->message, "path");
	return method && path && strcmp(method, "POST") == 0 && strcmp(path, "/v1/records") == 0;
}

static int check_signature(struct ledger *l, const struct jdoc *body, const struct note *note, int64_t now,
                           struct err *e)
{
	struct index_person person;
	const char *key = jdoc_get_text(body, "key");
	if (!note->signature && !key)
		return ERR_OK;
	if (!note->signature || !key)
		return err_set(e, ERR_SYNTAX, "request: key and signature are given together or not at all");
	int rc = person_by_signature(l, key, note, now, &person, e);
	return rc ? rc : person_is_caller(l, note->login, &person, e);
}

static bool take_in(struct ledger *l, struct adding *a, struct api_request *r, int64_t now)
{
	struct api_call c = { .message = r->message };
	struct err e = ERR_INIT;
	struct jdoc *faults = NULL;
	const struct jdoc *body = jdoc_get(r->message, "body");
	read_peer(&c);
	a->request = r;
	int rc = intake_parse(l->rules, body, c.uid, c.login, now, &a->intake, &faults, &e);
	if (!rc && (rc = check_signature(l, body, &a->intake.note, now, &e)))
		intake_release(&a->intake);
	if (rc)
		answer_error(r, &e, faults);
	return rc == ERR_OK;
}

static void answer_added(struct ledger *l, struct adding *a, const struct append_item *item)
{
	char commit[OID_HEX_LEN + 1], time[DATE_TIME_LEN + 1], leaf[HASH_TEXT_LEN + 1];
	struct index_entry entry = { .time = a->intake.leaf.time, .volume = a->intake.leaf.volume };
	struct err e = item->err;
	BUF_CLEANUP struct buf volume = BUF_INIT;
	if (!e.code && item->repeated)
		index_entry(l->index, item->seq, &entry, &e);
	if (e.code) {
		ledger_tell_damage(l, &e);
		answer_error(a->request, &e, item->faults);
		return;
	}
	oid_print(&item->commit, commit);
	date_time_print(entry.time, time);
	hash_print(&item->leaf_hash, leaf);
	leaf_volume_print(&entry.volume, &volume);
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.add.v1");
	jdoc_set_integer(d, "seq", (int64_t)item->seq);
	jdoc_set_string(d, "commit", commit);
	jdoc_set_string(d, "volume", buf_str(&volume));
	jdoc_set_string(d, "time", time);
	jdoc_set_string(d, "leaf", leaf);
	jdoc_set_bool(d, "repeated", item->repeated);
	answer_doc(a->request, item->repeated ? HTTP_OK : HTTP_CREATED, d);
}

static enum lang get_lang(const struct api_request *r)
{
	return lang_of_code(jdoc_get_text(r->message, "lang"));
}

/* Those of one language: an error of the batch is told to all of it. */
static void add_records(struct ledger *l, struct api_request *requests, size_t count, int64_t now)
{
	struct adding *adding = mem_array(count, sizeof *adding);
	struct append_item *items = mem_array(count, sizeof *items);
	struct err e = ERR_INIT;
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (is_adding(&requests[i]) && get_lang(&requests[i]) == lang_get() &&
		    take_in(l, &adding[n], &requests[i], now))
			n++;
	for (size_t i = 0; i < n; i++)
		items[i] = (struct append_item){ .leaf = &adding[i].intake.leaf, .note = &adding[i].intake.note,
		                                 .attachments = adding[i].intake.attachments,
		                                 .digest = adding[i].intake.digest };
	if (n && append_batch(l, items, n, now, &e)) {
		ledger_tell_damage(l, &e);
		log_err(&e);
	}
	for (size_t i = 0; i < n; i++) {
		answer_added(l, &adding[i], &items[i]);
		intake_release(&adding[i].intake);
	}
	mem_free_ptr(&items);
	mem_free_ptr(&adding);
}

/* What hindered the index may be over: who asks is told by every entry that stands. While it lasts, by what it has. */
static void catch_up(struct ledger *l)
{
	struct err ignored = ERR_INIT;
	if (l->index_behind)
		ledger_index_update(l, &ignored);
}

void api_serve(struct ledger *l, struct api_request *requests, size_t count, int64_t now)
{
	static const enum lang langs[] = { LANG_EN, LANG_JA };
	enum lang was = lang_get();
	catch_up(l);
	for (size_t i = 0; i < sizeof langs / sizeof *langs; i++) {
		lang_set(langs[i]);
		add_records(l, requests, count, now);
	}
	for (size_t i = 0; i < count; i++)
		if (!is_adding(&requests[i])) {
			lang_set(get_lang(&requests[i]));
			serve_one(l, &requests[i], now);
		}
	lang_set(was);
}

int api_tick(struct ledger *l, int64_t now, struct err *e)
{
	int rc = append_clock_check(l, now, e), carried = rc ? rc : carry_year(l, now, e);
	if (rc || (carried && l->carry_failed))
		return carried;
	if (date_day_number(date_of_time(now)) <= date_day_number(date_of_time(l->chain.time)))
		return carried;
	struct leaf leaf = { .kind = LEAF_HEARTBEAT };
	struct append_item item = { .leaf = &leaf };
	strcpy(leaf.kind_name, leaf_kind_name(LEAF_HEARTBEAT));
	rc = append_one(l, &item, now, e);
	leaf_release(&leaf);
	return rc ? rc : carried;
}
