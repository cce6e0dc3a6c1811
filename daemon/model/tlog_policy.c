#include "model/tlog_policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/tlog_line.h"

#define NONE "none"

/* Witnesses and groups share their names. A group's members are the names before it that say so. */
struct name {
	char text[TLOG_NOTE_NAME_MAX + 1];
	bool is_group;
	struct tlog_note_key key;              /* of a witness */
	size_t wanted;                         /* of a group: how many of its members */
	size_t group;                          /* that it is a member of: place in names; 0 = none */
};

/* names[0] is "none", which nothing can be a member of. */
struct tlog_policy {
	struct tlog_note_key logs[TLOG_POLICY_LINES_MAX];
	size_t logs_count;
	struct name names[1 + 2 * TLOG_POLICY_LINES_MAX];
	size_t names_count, witnesses, groups;
	bool has_quorum;
	size_t quorum;                         /* place in names */
};

#define ITEMS_MAX (4 + 2 * TLOG_POLICY_LINES_MAX)

struct items {
	struct tlog_line at[ITEMS_MAX];
	size_t count;
};

static int refuse(const char *reason, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "%s", reason);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool split(struct tlog_line line, struct items *out)
{
	const char *at = line.at, *end = line.at + line.len;
	out->count = 0;
	for (;;) {
		while (at < end && is_blank(*at))
			at++;
		if (at == end)
			return true;
		const char *begin = at;
		while (at < end && !is_blank(*at))
			at++;
		if (out->count == ITEMS_MAX)
			return false;
		out->at[out->count++] = (struct tlog_line){ begin, (size_t)(at - begin) };
	}
}

static bool is_word(struct tlog_line l, const char *word)
{
	return l.len == strlen(word) && memcmp(l.at, word, l.len) == 0;
}

/* 1 + its place, 0 = unknown. */
static size_t find_name(const struct tlog_policy *p, struct tlog_line l)
{
	for (size_t i = 0; i < p->names_count; i++)
		if (is_word(l, p->names[i].text))
			return 1 + i;
	return 0;
}

static int add_name(struct tlog_policy *p, struct tlog_line l, size_t *used, struct name **out, struct err *e)
{
	if (l.len > TLOG_NOTE_NAME_MAX)
		return refuse(_("a name that is too long"), e);
	if (find_name(p, l))
		return refuse(_("a name that is taken"), e);
	if (*used == TLOG_POLICY_LINES_MAX)
		return err_set(e, ERR_TOOBIG, "more than %d of a kind", TLOG_POLICY_LINES_MAX);
	++*used;
	struct name *n = &p->names[p->names_count++];
	memcpy(n->text, l.at, l.len);
	*out = n;
	return ERR_OK;
}

static int parse_key(struct tlog_line l, enum tlog_note_type type, struct tlog_note_key *out, struct err *e)
{
	int rc = tlog_note_key_parse(l.at, l.len, out, e);
	if (!rc && out->type != type)
		rc = refuse(type == TLOG_NOTE_ED25519 ? _("not the key of a log") : _("not the key of a witness"), e);
	return rc;
}

static bool is_same_key(const struct tlog_note_key *a, const struct tlog_note_key *b)
{
	return memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

/* log VKEY [URL] */
static int read_log(struct tlog_policy *p, const struct items *items, struct err *e)
{
	struct tlog_note_key k;
	if (items->count != 2 && items->count != 3)
		return refuse(_("expected: log KEY [URL]"), e);
	int rc = parse_key(items->at[1], TLOG_NOTE_ED25519, &k, e);
	for (size_t i = 0; !rc && i < p->logs_count; i++)
		if (is_same_key(&p->logs[i], &k))
			rc = refuse(_("a key that is there already"), e);
	if (rc)
		return rc;
	if (p->logs_count == TLOG_POLICY_LINES_MAX)
		return err_set(e, ERR_TOOBIG, "more than %d of a kind", TLOG_POLICY_LINES_MAX);
	p->logs[p->logs_count++] = k;
	return ERR_OK;
}

/* witness NAME VKEY [URL] */
static int read_witness(struct tlog_policy *p, const struct items *items, struct err *e)
{
	struct tlog_note_key k;
	struct name *n;
	if (items->count != 3 && items->count != 4)
		return refuse(_("expected: witness NAME KEY [URL]"), e);
	int rc = parse_key(items->at[2], TLOG_NOTE_COSIGNATURE, &k, e);
	for (size_t i = 1; !rc && i < p->names_count; i++)
		if (!p->names[i].is_group && is_same_key(&p->names[i].key, &k))
			rc = refuse(_("a key that is there already"), e);
	if (!rc)
		rc = add_name(p, items->at[1], &p->witnesses, &n, e);
	if (!rc)
		n->key = k;
	return rc;
}

static bool read_wanted(struct tlog_line l, size_t members, size_t *out)
{
	uint64_t wanted = is_word(l, "any") ? 1 : is_word(l, "all") ? members : 0;
	if (!wanted && (!tlog_line_number(l, &wanted) || !wanted || wanted > members))
		return false;
	*out = (size_t)wanted;
	return true;
}

/* group NAME K|any|all NAME... */
static int read_group(struct tlog_policy *p, const struct items *items, struct err *e)
{
	size_t wanted, before = p->names_count;
	struct name *n;
	if (items->count < 4 || !read_wanted(items->at[2], items->count - 3, &wanted))
		return refuse(_("expected: group NAME all|any|NUMBER NAME..., the number at most that of the names"), e);
	int rc = add_name(p, items->at[1], &p->groups, &n, e);
	if (rc)
		return rc;
	n->is_group = true;
	n->wanted = wanted;
	for (size_t i = 3; i < items->count; i++) {
		size_t found = find_name(p, items->at[i]);
		if (found <= 1 || found - 1 >= before)
			return refuse(_("a name that no line before this one defines"), e);
		if (p->names[found - 1].group)
			return refuse(_("a name that is a member already"), e);
		p->names[found - 1].group = before;
	}
	return ERR_OK;
}

/* quorum NAME */
static int read_quorum(struct tlog_policy *p, const struct items *items, struct err *e)
{
	if (items->count != 2 || p->has_quorum)
		return refuse(_("expected: quorum NAME, once"), e);
	size_t found = find_name(p, items->at[1]);
	if (!found)
		return refuse(_("a name that no line before this one defines"), e);
	p->has_quorum = true;
	p->quorum = found - 1;
	return ERR_OK;
}

static const struct {
	const char *word;
	int (*read)(struct tlog_policy *, const struct items *, struct err *);
} lines[] = {
	{ "log", read_log },
	{ "witness", read_witness },
	{ "group", read_group },
	{ "quorum", read_quorum },
};

static int read_line(struct tlog_policy *p, struct tlog_line line, struct err *e)
{
	struct items items;
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.at[i] < 0x20 && line.at[i] != '\t')
			return refuse(_("a control character"), e);
		else if (line.at[i] == 0x7f)
			return refuse(_("a control character"), e);
	const char *first = line.at;
	while (first < line.at + line.len && is_blank(*first))
		first++;
	if (first == line.at + line.len || *first == '#')
		return ERR_OK;
	if (!split(line, &items))
		return err_set(e, ERR_TOOBIG, "more than %d words", ITEMS_MAX);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (is_word(items.at[0], lines[i].word))
			return lines[i].read(p, &items, e);
	return refuse(_("expected log, witness, group or quorum"), e);
}

static int read_lines(struct tlog_policy *p, const char *s, size_t len, struct err *e)
{
	struct tlog_line_reader r = { .at = s, .end = s + len };
	struct tlog_line line;
	while (tlog_line_next(&r, &line)) {
		int rc = read_line(p, line, e);
		if (rc) {
			err_prefix(e, "policy: line %zu", r.number);
			return rc;
		}
	}
	if (r.at < r.end)
		return err_set(e, ERR_SYNTAX, "policy: line %zu: no newline at its end", r.number + 1);
	return p->has_quorum ? ERR_OK : err_set(e, ERR_SYNTAX, "policy: no quorum line");
}

int tlog_policy_parse(const char *s, size_t len, struct tlog_policy **out, struct err *e)
{
	if (len > TLOG_POLICY_MAX)
		return err_set(e, ERR_TOOBIG, "policy: over %zu bytes", TLOG_POLICY_MAX);
	struct tlog_policy *p = mem_alloc(sizeof *p);
	strcpy(p->names[0].text, NONE);
	p->names[0].is_group = true;
	p->names_count = 1;
	int rc = read_lines(p, s, len, e);
	if (rc)
		tlog_policy_free(p);
	else
		*out = p;
	return rc;
}

void tlog_policy_free(struct tlog_policy *p)
{
	free(p);
}

size_t tlog_policy_logs(const struct tlog_policy *p)
{
	return p->logs_count;
}

const struct tlog_note_key *tlog_policy_log(const struct tlog_policy *p, size_t i)
{
	return i < p->logs_count ? &p->logs[i] : NULL;
}

bool tlog_policy_wants_witnesses(const struct tlog_policy *p)
{
	return p->quorum != 0;
}

static void count_time(struct tlog_policy_finding *f, int64_t time)
{
	if (!f->good || time < f->oldest)
		f->oldest = time;
	if (!f->good || time > f->newest)
		f->newest = time;
	f->good++;
}

/* A group is behind its members, so one pass from the first name on settles them all. */
void tlog_policy_judge(const struct tlog_policy *p, const struct tlog_note *n, int64_t since, int64_t until,
                       tlog_note_check_fn *check, struct tlog_policy_finding *out)
{
	struct tlog_policy_finding f = { .wanted = p->witnesses };
	size_t members[sizeof p->names / sizeof *p->names] = { 0 };
	bool is_met = p->quorum == 0;
	for (size_t i = 1; i < p->names_count; i++) {
		const struct name *at = &p->names[i];
		bool is_in = at->is_group && members[i] >= at->wanted;
		int64_t time = 0;
		enum tlog_note_finding found = at->is_group ? TLOG_NOTE_ABSENT : tlog_note_find(n, &at->key, check, &time);
		if (found == TLOG_NOTE_BAD && !f.bad)
			f.bad = at->text;
		if (found == TLOG_NOTE_GOOD && time >= since && time <= until) {
			count_time(&f, time);
			is_in = true;
		} else if (found == TLOG_NOTE_GOOD)
			f.outside++;
		members[at->group] += is_in;
		is_met = is_met || (is_in && i == p->quorum);
	}
	f.is_met = is_met && !f.bad;
	*out = f;
}
