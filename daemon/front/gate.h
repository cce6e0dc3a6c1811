/* Gate: what a request must be before the keeper sees it: method, content type, JSON, known kind, schema. */
#ifndef FRONT_GATE_H
#define FRONT_GATE_H

#include <stddef.h>

#include "base/err.h"
#include "foreign/httpd.h"
#include "foreign/jdoc.h"

#define GATE_BODY_MAX ((size_t)32 << 20)

struct gate;

/* schemas: the keeper's answer to WIRE_SCHEMAS. */
struct gate *gate_new(const char *schemas, size_t len, struct err *e);
void gate_free(struct gate *g);

/* The message for the keeper (WIRE_REQUEST), or NULL with an error; *out_faults is set for ERR_SCHEMA, to be freed. */
struct jdoc *gate_pass(const struct gate *g, const struct httpd_request *q, struct jdoc **out_faults, struct err *e);

#endif
