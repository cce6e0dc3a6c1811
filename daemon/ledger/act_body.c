#include "ledger/act_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/keyring.h"

enum type { TYPE_TEXT, TYPE_NUMBER, TYPE_DAY, TYPE_FLAG, TYPE_TARGETS };

struct member {
	const char *name;          /* NULL ends a list */
	enum type type;
	bool may_lack;
};

static const struct member hold_members[] = {
	{ "on", TYPE_TARGETS, false }, { "basis", TYPE_TEXT, false }, { "reason", TYPE_TEXT, false },
	{ "decided", TYPE_DAY, true }, { NULL, TYPE_TEXT, false },
};
static const struct member release_members[] = {
	{ "ends", TYPE_NUMBER, false }, { "reason", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};
static const struct member extend_members[] = {
	{ "on", TYPE_TARGETS, false }, { "years", TYPE_NUMBER, false }, { "until", TYPE_DAY, false },
	{ "reason", TYPE_TEXT, false }, { "decision", TYPE_TEXT, false }, { "basis", TYPE_TEXT, true },
	{ NULL, TYPE_TEXT, false },
};
static const struct member classify_members[] = {
	{ "kind", TYPE_TEXT, false }, { "years", TYPE_NUMBER, false }, { "from", TYPE_TEXT, false },
	{ "clause", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};
static const struct member clock_members[] = {
	{ "entries", TYPE_TEXT, false }, { "counts", TYPE_NUMBER, false }, { "shown", TYPE_DAY, false },
	{ "reason", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};
static const struct member void_members[] = {
	{ "entry", TYPE_NUMBER, false }, { "reason", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};
static const struct member loss_members[] = {
	{ "on", TYPE_TARGETS, false }, { "noticed", TYPE_DAY, false }, { "what", TYPE_TEXT, false },
	{ "cause", TYPE_TEXT, false }, { "restorable", TYPE_TEXT, true }, { "personal_data", TYPE_FLAG, false },
	{ "persons", TYPE_NUMBER, true }, { "reported_to", TYPE_TEXT, true }, { "reported_on", TYPE_DAY, true },
	{ "published", TYPE_FLAG, true }, { NULL, TYPE_TEXT, false },
};
static const struct member ack_members[] = {
	{ "copy", TYPE_TEXT, false }, { "seq", TYPE_NUMBER, false }, { "head", TYPE_TEXT, false },
	{ "until", TYPE_DAY, true }, { NULL, TYPE_TEXT, false },
};
static const struct member transfer_members[] = {
	{ "approval", TYPE_NUMBER, false }, { "archive", TYPE_TEXT, false }, { "bytes", TYPE_NUMBER, false },
	{ "receipt", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};
static const struct member destroyed_members[] = {
	{ "dispose", TYPE_NUMBER, false }, { "level", TYPE_TEXT, false }, { "decision", TYPE_TEXT, false },
	{ NULL, TYPE_TEXT, false },
};

static const struct member key_members[] = {
	{ "keys", TYPE_TARGETS, false }, { "reason", TYPE_TEXT, false }, { NULL, TYPE_TEXT, false },
};

/* Values. Those of a body that was checked are there, of their type. */

static uint64_t number_of(const struct jdoc *body, const char *name)
{
	int64_t n = 0;
	jdoc_get_integer(body, name, &n);
	return (uint64_t)n;
}

static bool day_of(const struct jdoc *body, const char *name, struct date *out)
{
	const char *text = jdoc_text_of(body, name);
	return date_parse(text, strlen(text), out);
}

static int want(struct err *e, const char *member, const char *wanted)
{
	return err_set(e, ERR_SYNTAX, "%s: %s", member, lang_text(wanted));
}

static int compare_targets(const void *a, const void *b)
{
	const struct leaf_target *x = a, *y = b;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->type == LEAF_ON_VOLUME)
		return leaf_volume_compare(&x->volume, &y->volume);
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->last < y->last ? -1 : x->last > y->last;
}

static int fill_targets(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const struct jdoc *on = jdoc_get(body, "on");
	size_t count = jdoc_size(on);
	if (!count || count > LEAF_LIST_MAX)
		return want(e, "on", "from 1 to 4096 of \"entry N\", \"entries N-M\", \"matter N\", \"volume Y/KIND/UNIT\" are "
		                     "wanted");
	leaf->on = mem_array(count, sizeof *leaf->on);
	for (size_t i = 0; i < count; i++) {
		const char *text = jdoc_text(jdoc_at(on, i));
		if (!text || !leaf_target_parse(text, strlen(text), &leaf->on[leaf->on_count]))
			return want(e, "on", "\"entry N\", \"entries N-M\", \"matter N\" or \"volume Y/KIND/UNIT\" is wanted");
		leaf->on_count++;
	}
	qsort(leaf->on, leaf->on_count, sizeof *leaf->on, compare_targets);
	for (size_t i = 1; i < leaf->on_count; i++)
		if (compare_targets(&leaf->on[i - 1], &leaf->on[i]) == 0)
			return want(e, "on", "each once");
	return ERR_OK;
}

static void fill_entry(struct leaf *leaf, uint64_t first, uint64_t last)
{
	leaf->on = mem_array(1, sizeof *leaf->on);
	leaf->on[0] = (struct leaf_target){ .type = first == last ? LEAF_ON_ENTRY : LEAF_ON_ENTRIES, .first = first,
		                            .last = last };
	leaf->on_count = 1;
}

static int fill_basis(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	static const char *const names[] = {
		[LEAF_BASIS_AUDIT] = "audit", [LEAF_BASIS_SUIT] = "suit", [LEAF_BASIS_APPEAL] = "appeal",
		[LEAF_BASIS_DISCLOSURE] = "disclosure", [LEAF_BASIS_DUTY] = "duty",
	};
	const char *basis = jdoc_text_of(body, "basis");
	for (size_t i = LEAF_BASIS_AUDIT; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], basis) == 0) {
			leaf->basis = (enum leaf_basis)i;
			return ERR_OK;
		}
	return want(e, "basis", "audit, suit, appeal, disclosure or duty is wanted");
}

/* A year counted from the day after it: the last day has the date of the decision, or is the last of its month. */
static struct date add_year(struct date d)
{
	d.year++;
	if (!date_is_valid(d))
		d.day = 28;
	return d;
}

static int fill_hold(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	struct date decided;
	int rc = fill_targets(body, leaf, e);
	if (!rc)
		rc = fill_basis(body, leaf, e);
	if (rc || !day_of(body, "decided", &decided))
		return rc;
	if (leaf->basis != LEAF_BASIS_APPEAL && leaf->basis != LEAF_BASIS_DISCLOSURE)
		return want(e, "decided", "only a hold for an appeal or a disclosure ends a year after a decision");
	leaf->has_until = true;
	leaf->until = add_year(decided);
	return ERR_OK;
}

static int fill_release(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	(void)e;
	leaf->has_ends = true;
	leaf->ends = number_of(body, "ends");
	return ERR_OK;
}

static int fill_extend(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	int rc = fill_targets(body, leaf, e);
	if (!rc && jdoc_get(body, "basis"))
		rc = fill_basis(body, leaf, e);
	leaf->has_until = day_of(body, "until", &leaf->until);
	return rc;
}

static int fill_classify(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const char *kind = jdoc_text_of(body, "kind"), *from = jdoc_text_of(body, "from");
	uint64_t years = number_of(body, "years");
	if (!text_is_name(kind, strlen(kind)))
		return want(e, "kind", "the name of a kind is wanted");
	if (years < 1 || years > 100)
		return want(e, "years", "from 1 to 100 calendar years are wanted");
	if (strcmp(from, "creation") != 0 && strcmp(from, "closing") != 0)
		return want(e, "from", "creation or closing is wanted");
	leaf->has_class = true;
	leaf->class = (struct leaf_class){ .years = (int)years, .from_closing = strcmp(from, "closing") == 0 };
	strcpy(leaf->class.kind, kind);
	return ERR_OK;
}

/* The day that both persons saw is the day that the entry gets. */
static int check_shown(const struct jdoc *body, const struct leaf *leaf, struct err *e)
{
	struct date shown;
	if (day_of(body, "shown", &shown) && date_day_number(shown) == date_day_number(date_of_time(leaf->time)))
		return ERR_OK;
	err_set(e, ERR_RULE, "shown: the clock shows another day than the one that the persons signed");
	return err_next(e, "look at it again, and attest and second it on one day: daicho clock");
}

static int fill_clock(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const char *entries = jdoc_text_of(body, "entries");
	const char *dash = strchr(entries, '-');
	size_t len = dash ? (size_t)(dash - entries) : strlen(entries);
	uint64_t first, last, counts = number_of(body, "counts");
	if (!text_parse_u64(entries, len, LEAF_SEQ_MAX, &first))
		return want(e, "entries", "N or N-M is wanted");
	last = first;
	if (dash && (!text_parse_u64(dash + 1, strlen(dash + 1), LEAF_SEQ_MAX, &last) || last <= first))
		return want(e, "entries", "N or N-M is wanted");
	if (counts < DATE_YEAR_MIN || counts > DATE_YEAR_MAX)
		return want(e, "counts", "a calendar year is wanted");
	fill_entry(leaf, first, last);
	leaf->has_counts = true;
	leaf->counts = (int)counts;
	return check_shown(body, leaf, e);
}

static int fill_void(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	(void)e;
	leaf->has_voids = true;
	leaf->voids = number_of(body, "entry");
	return ERR_OK;
}

static int fill_ack(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const char *copy = jdoc_text_of(body, "copy"), *head = jdoc_text_of(body, "head");
	if (!text_is_name(copy, strlen(copy)))
		return want(e, "copy", "the name of a copy is wanted: a to z, 0 to 9 and -");
	if (!hash_parse(head, strlen(head), &leaf->copy_head))
		return want(e, "head", "the leaf hash of its last entry (sha256:...) is wanted");
	leaf->has_copy = true;
	strcpy(leaf->copy, copy);
	leaf->copy_seq = number_of(body, "seq");
	leaf->has_until = day_of(body, "until", &leaf->until);
	return ERR_OK;
}

static int fill_transfer(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const char *archive = jdoc_text_of(body, "archive");
	if (!hash_parse(archive, strlen(archive), &leaf->archive.hash))
		return want(e, "archive", "the digest of what was handed over (sha256:...) is wanted");
	leaf->has_archive = true;
	leaf->archive.bytes = number_of(body, "bytes");
	fill_entry(leaf, number_of(body, "approval"), number_of(body, "approval"));
	return ERR_OK;
}

static int fill_destroyed(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	static const char *const levels[] = {
		[LEAF_LEVEL_IDS_ABSENT] = "ids-absent", [LEAF_LEVEL_BLOCKS_TRIMMED] = "blocks-trimmed",
		[LEAF_LEVEL_KEY_DESTROYED] = "key-destroyed",
	};
	const char *level = jdoc_text_of(body, "level");
	fill_entry(leaf, number_of(body, "dispose"), number_of(body, "dispose"));
	for (size_t i = LEAF_LEVEL_IDS_ABSENT; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i], level) == 0) {
			leaf->level = (enum leaf_level)i;
			return ERR_OK;
		}
	return want(e, "level", "ids-absent, blocks-trimmed or key-destroyed is wanted");
}

static int compare_keys(const void *a, const void *b)
{
	const struct leaf_key *x = a, *y = b;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	if (x->use != y->use)
		return x->use < y->use ? -1 : 1;
	return strcmp(x->fpr, y->fpr);
}

static int fill_key(const struct jdoc *d, struct leaf_key *out, struct err *e)
{
	const char *action = jdoc_text_of(d, "action"), *use = jdoc_text_of(d, "use"), *fpr = jdoc_text_of(d, "fpr");
	int64_t since = 0;
	bool has_since = jdoc_get_integer(d, "since", &since);
	if (!keyring_action_of(action, &out->action) || !keyring_use_of(use, &out->use))
		return want(e, "keys", "an action (add, retire, revoke, compromised) and a use (entry, archive, checkpoint, "
		                       "recovery) are wanted");
	if (!leaf_is_fpr(fpr, strlen(fpr)))
		return want(e, "keys", "a full fingerprint, 40 upper-case hex digits, is wanted");
	if (has_since != (out->action == LEAF_KEY_COMPROMISED) || since < 0 || jdoc_size(d) != 3 + (size_t)has_since)
		return want(e, "keys", "action, use and fpr are wanted, and since with compromised alone");
	memcpy(out->fpr, fpr, sizeof out->fpr);
	out->since = (uint64_t)since;
	return ERR_OK;
}

static int fill_keys(const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	const struct jdoc *keys = jdoc_get(body, "keys");
	size_t count = jdoc_size(keys);
	int rc = count && count <= LEAF_LIST_MAX ? ERR_OK : want(e, "keys", "at least one is wanted");
	leaf->keys = rc ? NULL : mem_array(count, sizeof *leaf->keys);
	for (size_t i = 0; !rc && i < count; i++) {
		leaf->keys_count++;
		rc = fill_key(jdoc_at(keys, i), &leaf->keys[i], e);
	}
	if (!rc)
		qsort(leaf->keys, leaf->keys_count, sizeof *leaf->keys, compare_keys);
	return rc;
}

static const struct spec {
	enum leaf_kind kind;
	unsigned persons;
	const struct member *members;
	int (*fill)(const struct jdoc *body, struct leaf *leaf, struct err *e);
} specs[] = {
	{ LEAF_HOLD, 1, hold_members, fill_hold }, { LEAF_RELEASE, 2, release_members, fill_release },
	{ LEAF_EXTEND, 1, extend_members, fill_extend }, { LEAF_CLASSIFY, 2, classify_members, fill_classify },
	{ LEAF_CLOCK, 2, clock_members, fill_clock }, { LEAF_VOID, 1, void_members, fill_void },
	{ LEAF_CORRECT_LOSS, 1, loss_members, fill_targets }, { LEAF_ACK, 1, ack_members, fill_ack },
	{ LEAF_TRANSFER, 1, transfer_members, fill_transfer }, { LEAF_DESTROYED, 2, destroyed_members, fill_destroyed },
	{ LEAF_KEY, 1, key_members, fill_keys },
};

static const struct spec *find_spec(enum leaf_kind kind)
{
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
		if (specs[i].kind == kind)
			return &specs[i];
	return NULL;
}

unsigned act_body_persons(enum leaf_kind kind)
{
	const struct spec *s = find_spec(kind);
	return s ? s->persons : 0;
}

bool act_body_is_timely(enum leaf_kind kind, struct date event, int64_t time)
{
	int64_t age = date_day_number(date_of_time(time)) - date_day_number(event);
	return age >= 0 && age <= (act_body_persons(kind) == 2 ? ACT_BODY_MOVED_DAYS_MAX : ACT_BODY_SIGNED_DAYS_MAX);
}

bool act_body_is_stated(const struct leaf *leaf)
{
	return leaf->has_volume || !act_body_persons(leaf->kind);
}

static int check_text(const char *name, const struct jdoc *value, struct err *e)
{
	const char *text = jdoc_text(value);
	if (!text || !*text)
		return want(e, name, "a text is wanted");
	return jdoc_text_len(value) <= ACT_BODY_TEXT_MAX
		? ERR_OK : err_set(e, ERR_TOOBIG, "%s: over %d bytes", name, ACT_BODY_TEXT_MAX);
}

static int check_number(const char *name, const struct jdoc *value, struct err *e)
{
	int64_t n = 0;
	return jdoc_integer_value(value, &n) && n >= 0 ? ERR_OK : want(e, name, "a number from 0 on is wanted");
}

static int check_day(const char *name, const struct jdoc *value, struct err *e)
{
	const char *text = jdoc_text(value);
	struct date day;
	return text && date_parse(text, strlen(text), &day)
		? ERR_OK : want(e, name, "a day written YYYY-MM-DD is wanted");
}

static int check_flag(const char *name, const struct jdoc *value, struct err *e)
{
	return jdoc_type(value) == JDOC_BOOL ? ERR_OK : want(e, name, "true or false is wanted");
}

static int check_targets(const char *name, const struct jdoc *value, struct err *e)
{
	return jdoc_type(value) == JDOC_ARRAY ? ERR_OK : want(e, name, "a list is wanted");
}

static int (*const value_checks[])(const char *name, const struct jdoc *value, struct err *e) = {
	[TYPE_TEXT] = check_text, [TYPE_NUMBER] = check_number, [TYPE_DAY] = check_day, [TYPE_FLAG] = check_flag,
	[TYPE_TARGETS] = check_targets,
};

static int check_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	const struct spec *s = ctx;
	if (strcmp(name, "act") == 0 || (s->persons == 2 && strcmp(name, "first") == 0))
		return ERR_OK;
	for (const struct member *m = s->members; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return value_checks[m->type](m->name, value, e);
	return err_set(e, ERR_SYNTAX, "body: a member that kind %s has not", leaf_kind_name(s->kind));
}

int act_body_check(enum leaf_kind kind, const struct jdoc *body, struct err *e)
{
	const struct spec *s = find_spec(kind);
	if (!s)
		return err_set(e, ERR_KIND, "act: no act of persons has this name");
	if (jdoc_type(body) != JDOC_OBJECT || strcmp(jdoc_text_of(body, "act"), leaf_kind_name(kind)) != 0)
		return err_set(e, ERR_SYNTAX, "body: an object whose member `act` is %s is wanted", leaf_kind_name(kind));
	int rc = jdoc_each(body, check_member, (void *)s, e);
	for (const struct member *m = s->members; !rc && m->name; m++)
		if (!m->may_lack && !jdoc_get(body, m->name))
			rc = want(e, m->name, "is wanted");
	return rc;
}

int act_body_fill(enum leaf_kind kind, const struct jdoc *body, struct leaf *leaf, struct err *e)
{
	int rc = act_body_check(kind, body, e);
	return rc ? rc : find_spec(kind)->fill(body, leaf, e);
}

static int copy_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct jdoc *copy = ctx;
	(void)e;
	if (strcmp(name, "first") != 0)
		jdoc_set(copy, name, jdoc_keep(value));
	return ERR_OK;
}

struct jdoc *act_body_moved(const struct jdoc *body)
{
	struct jdoc *copy = jdoc_object();
	jdoc_each(body, copy_member, copy, NULL);
	return copy;
}

/* Both leaves printed, the second with what the body says in place of what it has. */
int act_body_agrees(const struct leaf *leaf, const struct note *note, struct err *e)
{
	BUF_CLEANUP struct buf said = BUF_INIT, signed_text = BUF_INIT;
	struct leaf told = *leaf;
	told.on = NULL;
	told.on_count = 0;
	told.keys = NULL;
	told.keys_count = 0;
	told.has_until = told.has_ends = told.has_class = told.has_counts = told.has_voids = told.has_copy = false;
	told.has_archive = false;
	told.basis = LEAF_BASIS_NONE;
	told.level = LEAF_LEVEL_NONE;
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	int rc = body ? act_body_fill(leaf->kind, body, &told, e) : (int)e->code;
	if (!rc)
		rc = leaf_print(&told, &said, e);
	if (!rc)
		rc = leaf_print(leaf, &signed_text, e);
	free(told.on);
	free(told.keys);
	jdoc_free(body);
	if (rc)
		return rc;
	if (said.len == signed_text.len && memcmp(said.ptr, signed_text.ptr, said.len) == 0)
		return ERR_OK;
	return err_set(e, ERR_RULE, "its record states another act than its leaf");
}
