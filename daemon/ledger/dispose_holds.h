/*
 * Holds and extensions: which stand, what they keep, and when an extension ends (daicho-ledger(5), "HOLDS").
 */
#ifndef LEDGER_DISPOSE_HOLDS_H
#define LEDGER_DISPOSE_HOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/dispose_impl.h"
#include "ledger/ledger.h"
#include "model/leaf.h"

/* GET /v1/holds: those that stand; all: those past, too. */
int dispose_holds_list(struct ledger *l, bool all, int64_t now, struct jdoc **out, struct err *e);

/* GET /v1/extension: targets separated by commas, years in all. ERR_USAGE; what dispose_holds_end and
 * dispose_holds_check refuse. */
int dispose_holds_extension(struct ledger *l, const char *on, uint64_t years, int64_t now, struct jdoc **out,
                            struct err *e);

/* Member `holds` of a plan: what would be disposed of but for a hold or an extension, by its entry. */
int dispose_holds_of_plan(struct ledger *l, const struct dispose_view *v, struct jdoc **out, struct err *e);

/* May this be held, or extended? A target names what is there: a record that was not disposed of, a matter, a volume of
 * the rule book, which may be empty. What a certificate names may be held until it is completed, but not extended.
 * ERR_RULE, ERR_GONE, ERR_KIND. */
int dispose_holds_check(const struct ledger *l, const struct dispose_view *v, enum leaf_kind kind,
                        const struct leaf_target *on, size_t count, struct err *e);

/* The last day of an extension of these records to so many years in all: counted from their latest base year. ERR_RULE
 * when history_judge refuses such an extension. */
struct dispose_holds_end {
	int base_year, class_year;    /* the latest of each: base year, and year in which the class ends */
	uint64_t records;             /* that it extends: with a class, not disposed of */
	struct date until;
};
int dispose_holds_end(const struct dispose_view *v, const struct leaf_target *on, size_t count, uint64_t years,
                      struct dispose_holds_end *out, struct err *e);

#endif
