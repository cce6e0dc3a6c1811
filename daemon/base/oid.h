/*
 * Names of git objects: 20 bytes of SHA-1. daicho relies on them only as addresses: whatever is vouched for stands
 * under a SHA-256 as well.
 */
#ifndef BASE_OID_H
#define BASE_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OID_LEN 20
#define OID_HEX_LEN 40

struct oid {
	uint8_t b[OID_LEN];
};

enum oid_type { OID_COMMIT = 1, OID_TREE = 2, OID_BLOB = 3, OID_TAG = 4 }; /* git's own numbers */

struct oid oid_of(enum oid_type type, const void *bytes, size_t len); /* SHA-1("<type> <len>\0" || bytes) */
bool oid_is_equal(const struct oid *a, const struct oid *b);
bool oid_is_zero(const struct oid *a);
int oid_compare(const void *a, const void *b);                        /* for qsort, bsearch */
void oid_print(const struct oid *o, char out[OID_HEX_LEN + 1]);
bool oid_parse(const char *hex, size_t len, struct oid *out);         /* exactly 40 lower-case hex digits */

#endif
