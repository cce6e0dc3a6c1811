/* The answers of /v1/disposal as text on standard output: days as the locale writes them. */
#ifndef CLI_DISPOSAL_TEXT_H
#define CLI_DISPOSAL_TEXT_H

#include "cli/days.h"
#include "foreign/jdoc.h"

/* Member "measure", in words. */
const char *disposal_text_measure(const struct jdoc *d);
void disposal_text_plan(const struct days *days, const struct jdoc *d);
void disposal_text_status(const struct days *days, const struct jdoc *d);
void disposal_text_register(const struct days *days, const struct jdoc *d);
void disposal_text_act(const struct jdoc *d);
void disposal_text_run(const struct jdoc *d);

#endif
