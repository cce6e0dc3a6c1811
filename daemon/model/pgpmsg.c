#include "model/pgpmsg.h"

#include <stdbool.h>
#include <string.h>

/* Packet tags, RFC 4880 4.3; 20 is what newer gpg makes where all recipients ask for it. */
#define TAG_SESSION_KEY 1
#define TAG_PROTECTED 18
#define TAG_AEAD 20

#define SESSION_KEY_VERSION 3
#define LENGTH_MAX 5                  /* bytes in which a length is written */

struct reading {
	pgpmsg_read_fn *read;
	void *ctx;
	uint64_t at, size;
};

static int refuse(struct err *e)
{
	return err_set(e, ERR_SYNTAX, "not an OpenPGP message that is encrypted to keys");
}

static int get(struct reading *r, uint8_t *out, size_t len, struct err *e)
{
	if (len > r->size - r->at)
		return refuse(e);
	int rc = r->read(r->ctx, r->at, out, len, e);
	r->at += len;
	return rc;
}

static uint64_t get_number(const uint8_t *bytes, size_t len)
{
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++)
		n = n << 8 | bytes[i];
	return n;
}

/* Length of a packet in the old form; one that does not say its length is refused. */
static int get_old_length(struct reading *r, uint8_t type, uint64_t *out, struct err *e)
{
	uint8_t bytes[LENGTH_MAX];
	size_t len = (size_t)1 << type;
	int rc = type == 3 ? refuse(e) : get(r, bytes, len, e);
	if (!rc)
		*out = get_number(bytes, len);
	return rc;
}

/* In the new form, RFC 4880 4.2.2; *out_partial: another length follows the bytes of this one. */
static int get_length(struct reading *r, uint64_t *out, bool *out_partial, struct err *e)
{
	uint8_t bytes[LENGTH_MAX];
	int rc = get(r, bytes, 1, e);
	*out_partial = false;
	*out = bytes[0];
	if (rc || bytes[0] < 192)
		return rc;
	if (bytes[0] < 224) {
		rc = get(r, bytes + 1, 1, e);
		*out = ((uint64_t)(bytes[0] - 192) << 8) + bytes[1] + 192;
	} else if (bytes[0] < 255) {
		*out = (uint64_t)1 << (bytes[0] & 0x1f);
		*out_partial = true;
	} else {
		rc = get(r, bytes + 1, 4, e);
		*out = get_number(bytes + 1, 4);
	}
	return rc;
}

static int skip(struct reading *r, uint64_t len, struct err *e)
{
	if (len > r->size - r->at)
		return refuse(e);
	r->at += len;
	return ERR_OK;
}

static int take_session_key(struct reading *r, uint64_t len, struct pgpmsg *out, struct err *e)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t bytes[1 + PGPMSG_ID_LEN / 2];
	if (len < sizeof bytes || out->count == PGPMSG_RECIPIENTS_MAX)
		return refuse(e);
	int rc = get(r, bytes, sizeof bytes, e);
	if (rc || bytes[0] != SESSION_KEY_VERSION || get_number(bytes + 1, PGPMSG_ID_LEN / 2) == 0)
		return rc ? rc : refuse(e);
	char *id = out->id[out->count++];
	for (size_t i = 0; i < PGPMSG_ID_LEN / 2; i++) {
		id[2 * i] = digits[bytes[1 + i] >> 4];
		id[2 * i + 1] = digits[bytes[1 + i] & 15];
	}
	id[PGPMSG_ID_LEN] = '\0';
	return skip(r, len - sizeof bytes, e);
}

static int take_data(struct reading *r, uint64_t len, bool partial, struct err *e)
{
	int rc = skip(r, len, e);
	while (!rc && partial) {
		rc = get_length(r, &len, &partial, e);
		if (!rc)
			rc = skip(r, len, e);
	}
	return !rc && r->at != r->size ? refuse(e) : rc;
}

int pgpmsg_parse(pgpmsg_read_fn *read, void *ctx, uint64_t size, struct pgpmsg *out, struct err *e)
{
	struct reading r = { .read = read, .ctx = ctx, .size = size };
	struct pgpmsg m = { .count = 0 };
	for (;;) {
		uint8_t head;
		uint64_t len;
		bool partial = false;
		int rc = get(&r, &head, 1, e);
		if (rc || !(head & 0x80))
			return rc ? rc : refuse(e);
		bool is_new = head & 0x40;
		int tag = is_new ? head & 0x3f : head >> 2 & 0x0f;
		rc = is_new ? get_length(&r, &len, &partial, e) : get_old_length(&r, head & 3, &len, e);
		if (rc)
			return rc;
		if (tag == TAG_SESSION_KEY && !partial) {
			rc = take_session_key(&r, len, &m, e);
			if (rc)
				return rc;
			continue;
		}
		if ((tag != TAG_PROTECTED && tag != TAG_AEAD) || !m.count)
			return refuse(e);
		rc = take_data(&r, len, partial, e);
		if (!rc)
			*out = m;
		return rc;
	}
}
