#include "base/oid.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

static const char *const type_names[] = {
	[OID_COMMIT] = "commit",
	[OID_TREE] = "tree",
	[OID_BLOB] = "blob",
	[OID_TAG] = "tag",
};

struct oid oid_of(enum oid_type type, const void *bytes, size_t len)
{
	struct oid o;
	char header[32];
	int header_len = snprintf(header, sizeof header, "%s %zu", type_names[type], len);
	hash_spans(HASH_SHA1, (const struct hash_span[]){ { header, (size_t)header_len + 1 }, { bytes, len } }, 2, o.b);
	return o;
}

bool oid_is_equal(const struct oid *a, const struct oid *b)
{
	return memcmp(a->b, b->b, OID_LEN) == 0;
}

bool oid_is_zero(const struct oid *a)
{
	static const struct oid zero;
	return oid_is_equal(a, &zero);
}

int oid_compare(const void *a, const void *b)
{
	const struct oid *x = a, *y = b;
	return memcmp(x->b, y->b, OID_LEN);
}

void oid_print(const struct oid *o, char out[OID_HEX_LEN + 1])
{
	hash_hex_encode(o->b, OID_LEN, out);
}

bool oid_parse(const char *hex, size_t len, struct oid *out)
{
	struct oid o;
	if (!hash_hex_decode(hex, len, o.b, OID_LEN))
		return false;
	*out = o;
	return true;
}
