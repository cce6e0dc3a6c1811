/*
 * Rule book 要領: what directive.ini says, as data. Filled from (section, key, value) triples in file order (the INI
 * itself is read by foreign/inifile). Format: daicho-rulebook in daicho.ini(5), section RULE BOOK.
 *
 *   [directive]  id, title_ja, title_en, issued (date), in_force (date), expires (date, optional), expires_clause,
 *                warn_months (12: how long before `expires` is warned), office (unit of administrative records),
 *                first_role (optional: the role that `daicho init` appoints the first person to), first_field
 *                (optional, FIELD TEXT: what it writes into a field of that appointment),
 *                replaces (id of the rule book that it follows, optional), amend = role ... (who brings a new rule book
 *                into force, by a signature; absent: whoever is appointed), keeper_role (optional: whose holder answers
 *                for the volumes, 文書管理者), place_ja and place_en (optional: where volumes are kept, 保存場所),
 *                archive_years (optional, 1-100: for how many calendar years after that of its certificate the archive
 *                of a disposal is kept)
 *   [limits]     clock_step_days (14), clock_back_minutes (10), event_ahead_days (0), life_percent (50),
 *                approvals (2: how many persons approve a disposal), approval_days (180: how long each counts),
 *                receipts (0: how many dated receipts from outside a disposal needs, 0 or 1)
 *   [era X]      ja ("令和"), short ("令"), letter ("R"), sign ("㋿", optional), first (date): in order of time
 *   [unit X]     ja, en
 *   [role X]     ja, en, clause, scope = unit|ledger (unit): an appointment counts in its own unit, or everywhere
 *   [matter X]   ja, en, clause, show = field ... (of its opening record, for `daicho status`)
 *   [kind X]     ja, en, form, clause, opens = matter, closes = matter field, within = matter field,
 *                under = matter field, concerns = field ..., event = field, submit = role ..., units = unit ...,
 *                sign = role ... (in which the author's own signature is wanted; "any" = always),
 *                number = field (with a document number, unique in prefix and calendar year),
 *                retain = N (1-100), retain_from = creation|closing, retain_clause = id,
 *                measure = archive|destroy|transfer (archive; what is done at the end, 満了時の措置), measure_clause = id,
 *                medium = electronic|paper|both (electronic; 媒体), place_ja, place_en (the directive's),
 *                identity = login_field key_field role_field
 *                Several are separated by commas: "closes = loan loan_entry, device device_entry"
 *                retain, retain_from and retain_clause stand together or not at all; what counts from closing
 *                belongs to a matter; under wants opens. measure_clause wants measure; place_ja and place_en stand
 *                together.
 *   [rule X]     clause, ja, en (one sentence: what the directive wants), next_ja, next_en (what to do next),
 *                kinds = kind ... (or "all"), level = refuse|warn|attest,
 *                when = condition (the rule is asked only where it holds),
 *                and one or more of: want = condition, needs = search, forbids = search (model/cond.h)
 *                A search is `MATTER with FIELD = OPERAND {and FIELD = OPERAND}` (an open matter whose opening record
 *                has these values; FIELD may be number, unit, submitter), or `MATTER in FIELD [on OPERAND]` (each entry
 *                numbered in FIELD opened such a matter, which is open, or was on that day).
 *                attest: like refuse, for what only a person can vouch for.
 *   [due X]      clause, ja, en, who = role, over = matter (each open one of it), when = condition on its opening
 *                record, and one of: every = month|year (each calendar month or year from the opening's event on),
 *                within = N days (from `from`), until = operand (a day; near = N days before is "near"),
 *                from = operand (a day; default: the event of the opening record),
 *                where = operand (the unit that is asked; default: that of the opening record),
 *                done = KIND with FIELD = OPERAND {and ...} (a record of that kind; operands are of the opening
 *                record): none such (in that month or year, by its event): it is due. until without done: the matter
 *                is due to end.
 *   [route X]    clause, ja, en, next_ja, next_en, matter, steps = KIND [FIELD "VALUE"], ... (records of
 *                the matter in this order, days never going back; the first opens it, a closing kind is the last)
 *   [act X]      X: an act of persons (hold, release, extend, classify, clock, void, correct-loss, ack, transfer,
 *                destroyed, propose, approve, abort); submit = role ... (who does it), clause (optional). An act
 *                without a section is done by whoever is appointed.
 * A field named here holds an entry number (integer) or an array of them.
 */
#ifndef MODEL_RULEBOOK_H
#define MODEL_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/date.h"
#include "base/era.h"
#include "base/err.h"
#include "model/cond.h"
#include "model/leaf.h"

#define RULEBOOK_FIELD_MAX 64
#define RULEBOOK_LINKS_MAX 4
#define RULEBOOK_CONCERNS_MAX 8
#define RULEBOOK_APPROVALS 2           /* unless the rule book says otherwise */
#define RULEBOOK_APPROVALS_MAX 9
#define RULEBOOK_APPROVAL_DAYS 180

struct rulebook_title {
	char *ja, *en;
};

struct rulebook_named {                    /* unit, role or matter */
	char name[LEAF_NAME_MAX + 1];
	struct rulebook_title title;
	char *clause;                          /* may be NULL */
	bool everywhere;                       /* of a role: scope = ledger */
	char **show; size_t show_count;        /* of a matter */
};

struct rulebook_era {                          /* 元号 */
	char name[LEAF_NAME_MAX + 1];
	char *ja, *abbreviation, *letter, *sign;   /* sign may be NULL */
	struct date first;
};

struct rulebook_link {
	char matter[LEAF_NAME_MAX + 1];
	char field[RULEBOOK_FIELD_MAX + 1];
};

struct rulebook_links {
	struct rulebook_link at[RULEBOOK_LINKS_MAX];
	size_t count;
};

enum rulebook_measure {                        /* 満了時の措置 */
	RULEBOOK_MEASURE_ARCHIVE,              /* disposed of after a copy went into the archive */
	RULEBOOK_MEASURE_DESTROY,              /* disposed of without a copy */
	RULEBOOK_MEASURE_TRANSFER              /* handed over to another keeper, who signs for it (移管) */
};

enum rulebook_medium { RULEBOOK_MEDIUM_ELECTRONIC, RULEBOOK_MEDIUM_PAPER, RULEBOOK_MEDIUM_BOTH };

struct rulebook_kind {
	char name[LEAF_NAME_MAX + 1];
	struct rulebook_title title;
	char *form;                            /* "F02", may be NULL */
	char *clause;                          /* "C3-2", the clause it comes from */
	char opens[LEAF_NAME_MAX + 1];         /* matter, "" = none */
	struct rulebook_links closes, within, under;
	char concerns[RULEBOOK_CONCERNS_MAX][RULEBOOK_FIELD_MAX + 1];
	size_t concerns_count;
	char event[RULEBOOK_FIELD_MAX + 1];    /* field with the date of the event; "" = day of submission */
	char identity_login[RULEBOOK_FIELD_MAX + 1], identity_key[RULEBOOK_FIELD_MAX + 1],
	     identity_role[RULEBOOK_FIELD_MAX + 1]; /* "" unless the kind appoints a person */
	int retain;                            /* calendar years; 0 = never expires */
	bool retain_from_closing;
	char *retain_clause;
	enum rulebook_measure measure;
	char *measure_clause;                  /* may be NULL */
	enum rulebook_medium medium;
	struct rulebook_title place;           /* NULL: that of the rule book */
	char **submit; size_t submit_count;    /* roles; empty = any */
	char **units;  size_t units_count;     /* units; empty = all */
	bool sign_always;
	char **sign;   size_t sign_count;      /* roles; empty = none unless sign_always */
	char number[RULEBOOK_FIELD_MAX + 1];   /* "" = none */
};

#define RULEBOOK_TERMS_MAX 4
#define RULEBOOK_STEPS_MAX 8

struct rulebook_term {                         /* FIELD = OPERAND */
	char field[RULEBOOK_FIELD_MAX + 1];
	struct cond_operand *operand;
};

struct rulebook_search {
	char name[LEAF_NAME_MAX + 1];          /* of a matter; of a kind in `done`; "" = no search */
	char in[RULEBOOK_FIELD_MAX + 1];       /* "" unless it searches by numbers */
	struct cond_operand *on;               /* NULL = now */
	struct rulebook_term terms[RULEBOOK_TERMS_MAX];
	size_t terms_count;
};

enum rulebook_level { RULEBOOK_REFUSE, RULEBOOK_WARN, RULEBOOK_ATTEST };

struct rulebook_rule {
	char name[LEAF_NAME_MAX + 1];
	char *clause;
	struct rulebook_title title, next;     /* next.* may be NULL */
	bool all_kinds;
	char **kinds; size_t kinds_count;
	enum rulebook_level level;
	struct cond *when, *want;              /* NULL = not given */
	struct rulebook_search needs, forbids;
};

enum rulebook_period { RULEBOOK_ONCE, RULEBOOK_MONTH, RULEBOOK_YEAR };

struct rulebook_due {
	char name[LEAF_NAME_MAX + 1];
	char *clause;
	struct rulebook_title title;
	char who[LEAF_NAME_MAX + 1];
	char over[LEAF_NAME_MAX + 1];
	struct cond *when;
	enum rulebook_period every;
	int within_days;                       /* -1 = not given */
	int near_days;
	struct cond_operand *until, *from, *where; /* NULL = not given */
	struct rulebook_search done;
};

struct rulebook_step {
	char kind[LEAF_NAME_MAX + 1];
	char field[RULEBOOK_FIELD_MAX + 1];    /* "" = any record of the kind */
	char *value;
};

struct rulebook_route {
	char name[LEAF_NAME_MAX + 1];
	char *clause;
	struct rulebook_title title, next;     /* next.* may be NULL */
	char matter[LEAF_NAME_MAX + 1];
	struct rulebook_step steps[RULEBOOK_STEPS_MAX]; size_t steps_count;
};

struct rulebook_act {
	char name[LEAF_NAME_MAX + 1];          /* of an administrative kind */
	char *clause;                          /* may be NULL */
	char **submit; size_t submit_count;    /* roles */
};

struct rulebook {
	char *id, *replaces;                   /* replaces may be NULL */
	struct rulebook_title title;
	char office[LEAF_NAME_MAX + 1];        /* unit under which administrative records stand */
	char first_role[LEAF_NAME_MAX + 1];    /* "" = none */
	char first_field[RULEBOOK_FIELD_MAX + 1], *first_value; /* "" and NULL = none */
	char keeper_role[LEAF_NAME_MAX + 1];   /* "" = none */
	struct rulebook_title place;           /* may be NULL */
	struct date issued, in_force;
	char **amend; size_t amend_count;      /* roles; empty = any */
	bool has_expires; struct date expires;
	char *expires_clause;
	int warn_months;
	int archive_years;                     /* 0 = no end is set */
	int clock_step_days, clock_back_minutes, event_ahead_days, life_percent, approvals, approval_days, receipts;
	struct rulebook_named *units;   size_t units_count;
	struct rulebook_named *roles;   size_t roles_count;
	struct rulebook_named *matters; size_t matters_count;
	struct rulebook_kind *kinds;    size_t kinds_count;
	struct rulebook_era *eras;      size_t eras_count;
	struct rulebook_rule *rules;    size_t rules_count;
	struct rulebook_due *dues;      size_t dues_count;
	struct rulebook_route *routes;  size_t routes_count;
	struct rulebook_act *acts;      size_t acts_count;
};

struct rulebook *rulebook_new(void);
void rulebook_free(struct rulebook *r);

/* One triple. ERR_CONFIG for an unknown section or key, a bad value, a repeat; who goes on after it learns more faults,
 * but rulebook_finish refuses the book. */
int rulebook_set(struct rulebook *r, const char *section, const char *key, const char *value, struct err *e);

/* One fault: section without brackets, key (NULL: the section as such), what is wrong. Non-zero ends the check. */
typedef int rulebook_fault_fn(void *ctx, const char *section, const char *key, const char *reason);

/* After the last triple: everything required is there, every name referred to exists, retention without a clause is
 * refused, as is that of kinds that appoint and from creation that of kinds that open a matter, kind names are not
 * administrative, eras ascend, rules and dues are whole, steps of a route belong to its
 * matter. Tells each fault; returns what fn returned last, 0 = none, or all told. */
int rulebook_check(struct rulebook *r, rulebook_fault_fn *fn, void *ctx);

/* The same as ERR_CONFIG for the first fault. */
int rulebook_finish(struct rulebook *r, struct err *e);

/* ERR_CONFIG "[section] key: reason", made safe for a terminal. */
int rulebook_refuse(struct err *e, const char *section, const char *key, const char *reason);

const struct rulebook_kind *rulebook_kind(const struct rulebook *r, const char *name);   /* NULL if unknown */
const struct rulebook_named *rulebook_unit(const struct rulebook *r, const char *name);
const struct rulebook_named *rulebook_role(const struct rulebook *r, const char *name);
const struct rulebook_named *rulebook_matter(const struct rulebook *r, const char *name);
/* NULL: whoever is appointed does it. */
const struct rulebook_act *rulebook_act(const struct rulebook *r, const char *name);
/* The table of base/era; *out_count eras. Its texts are the rule book's; to be freed, never NULL. */
struct era *rulebook_eras(const struct rulebook *r, size_t *out_count);
/* Those of [limits] as they hold, in the order of above: what the book doesn't say has its default. */
#define RULEBOOK_LIMIT_COUNT 7
struct rulebook_limit {
	const char *name;
	int value;
};
void rulebook_limits(const struct rulebook *r, struct rulebook_limit out[RULEBOOK_LIMIT_COUNT]);
/* Where volumes of the kind are kept: its own place, or that of the rule book. */
const struct rulebook_title *rulebook_place(const struct rulebook *r, const struct rulebook_kind *k);
const char *rulebook_measure_word(enum rulebook_measure measure);     /* as in the rule book */
const char *rulebook_medium_word(enum rulebook_medium medium);
bool rulebook_rule_is_of(const struct rulebook_rule *rule, const char *kind);
bool rulebook_act_is_of(const struct rulebook_act *act, const char *role);
bool rulebook_kind_has_unit(const struct rulebook_kind *k, const char *unit);

#endif
