/*
 * Rule book 要領: what directive.ini says, as data. Filled from (section, key, value) triples in file order (the INI
 * itself is read by foreign/inifile). Format: daicho-rulebook in daicho.ini(5), section RULE BOOK.
 *
 *   [directive]  id, title_ja, title_en, issued (date), in_force (date), expires (date, optional), office (unit of
 *                administrative records)
 *   [limits]     clock_step_days (14), clock_back_minutes (10), event_ahead_days (0), life_percent (50)
 *   [unit X]     ja, en
 *   [role X]     ja, en, clause
 *   [matter X]   ja, en
 *   [kind X]     ja, en, form, clause, opens = matter, closes = matter field, within = matter field,
 *                under = matter field, concerns = field ..., event = field, submit = role ..., units = unit ...,
 *                retain = N (1-100), retain_from = creation|closing, retain_clause = id,
 *                identity = login_field key_field role_field
 *                Several are separated by commas: "closes = loan loan_entry, device device_entry"
 *                retain, retain_from and retain_clause stand together or not at all; what counts from closing
 *                belongs to a matter; under wants opens.
 * A field named here holds an entry number (integer) or an array of them.
 */
#ifndef MODEL_RULEBOOK_H
#define MODEL_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/date.h"
#include "base/err.h"
#include "model/leaf.h"

#define RULEBOOK_FIELD_MAX 64
#define RULEBOOK_LINKS_MAX 4
#define RULEBOOK_CONCERNS_MAX 8

struct rulebook_title {
	char *ja, *en;
};

struct rulebook_named {                    /* unit, role or matter */
	char name[LEAF_NAME_MAX + 1];
	struct rulebook_title title;
	char *clause;                          /* may be NULL */
};

struct rulebook_link {
	char matter[LEAF_NAME_MAX + 1];
	char field[RULEBOOK_FIELD_MAX + 1];
};

struct rulebook_links {
	struct rulebook_link at[RULEBOOK_LINKS_MAX];
	size_t count;
};

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
	char **submit; size_t submit_count;    /* roles; empty = any */
	char **units;  size_t units_count;     /* units; empty = all */
};

struct rulebook {
	char *id;
	struct rulebook_title title;
	char office[LEAF_NAME_MAX + 1];        /* unit under which administrative records stand */
	struct date issued, in_force;
	bool has_expires; struct date expires;
	int clock_step_days, clock_back_minutes, event_ahead_days, life_percent;
	struct rulebook_named *units;   size_t units_count;
	struct rulebook_named *roles;   size_t roles_count;
	struct rulebook_named *matters; size_t matters_count;
	struct rulebook_kind *kinds;    size_t kinds_count;
};

struct rulebook *rulebook_new(void);
void rulebook_free(struct rulebook *r);

/* One triple. ERR_CONFIG for an unknown section or key, a bad value, a repeat. */
int rulebook_set(struct rulebook *r, const char *section, const char *key, const char *value, struct err *e);

/* After the last triple: everything required is there, every name referred to exists, retention without a clause is
 * refused, kind names are not administrative. ERR_CONFIG names section and key. */
int rulebook_finish(struct rulebook *r, struct err *e);

const struct rulebook_kind *rulebook_kind(const struct rulebook *r, const char *name);   /* NULL if unknown */
const struct rulebook_named *rulebook_unit(const struct rulebook *r, const char *name);
const struct rulebook_named *rulebook_role(const struct rulebook *r, const char *name);
bool rulebook_kind_has_unit(const struct rulebook_kind *k, const char *unit);

#endif
