#include "ledger/timestamp.h"

#include <string.h>

#include "base/date.h"
#include "model/tlog_checkpoint.h"

/* What may have been stamped ends behind its text, or behind any of its signature lines. */
struct parts {
	size_t ends[TLOG_NOTE_SIGS_MAX]; size_t count;     /* the longest last */
	bool is_signed;
	uint64_t size;
};

static int split(const struct buf *checkpoint, struct parts *out, struct err *e)
{
	const char *at = buf_str(checkpoint);
	struct tlog_checkpoint c;
	struct tlog_note n;
	out->is_signed = strstr(at, "\n\n") != NULL;
	out->count = 0;
	int rc = out->is_signed ? tlog_checkpoint_read(at, checkpoint->len, &n, &c, e)
	                        : tlog_checkpoint_parse(at, checkpoint->len, &c, e);
	if (rc)
		return rc;
	out->size = c.size;
	if (!out->is_signed)
		out->ends[out->count++] = checkpoint->len;
	for (size_t i = 0; out->is_signed && i < n.sigs_count; i++)
		out->ends[out->count++] = (size_t)(n.sigs[i].base64 + n.sigs[i].base64_len + 1 - at);
	return ERR_OK;
}

int timestamp_query(const struct buf *checkpoint, struct buf *out, struct err *e)
{
	struct parts parts;
	int rc = split(checkpoint, &parts, e);
	struct hash digest = hash_of(buf_str(checkpoint), checkpoint->len);
	return rc ? rc : tsa_query(&digest, out, e);
}

static int compare(const struct buf *checkpoint, const struct parts *parts, const struct tsa_stamp *stamp,
                   struct timestamp *out, struct err *e)
{
	for (size_t i = 0; i < parts->count; i++) {
		struct hash digest = hash_of(buf_str(checkpoint), parts->ends[i]);
		if (!hash_is_equal(&digest, &stamp->digest))
			continue;
		*out = (struct timestamp){ .stamp = *stamp, .size = parts->size, .lines = parts->is_signed ? i + 1 : 0,
			                   .later = parts->count - i - 1 };
		return ERR_OK;
	}
	return err_set(e, ERR_CONFLICT, "time stamp: of something else than this checkpoint");
}

int timestamp_check(const struct buf *checkpoint, const struct buf *reply, const struct tsa_trust *trust,
                    const struct buf *query, struct timestamp *out, struct err *e)
{
	struct tsa_stamp stamp;
	struct parts parts;
	int rc = split(checkpoint, &parts, e);
	if (!rc)
		rc = tsa_check(buf_str(reply), reply->len, trust, query, &stamp, e);
	return rc ? rc : compare(checkpoint, &parts, &stamp, out, e);
}

int timestamp_compare(const struct buf *checkpoint, const struct tsa_stamp *stamp, struct timestamp *out,
                      struct err *e)
{
	struct parts parts;
	int rc = split(checkpoint, &parts, e);
	return rc ? rc : compare(checkpoint, &parts, stamp, out, e);
}

struct jdoc *timestamp_say(const struct timestamp *t)
{
	struct jdoc *d = jdoc_object();
	char time[DATE_TIME_LEN + 1], as_of[DATE_TIME_LEN + 1];
	date_time_print(t->stamp.time, time);
	date_time_print(t->stamp.crl_time, as_of);
	jdoc_set_string(d, "format", "daicho.time-stamp.v1");
	jdoc_set_string(d, "time", time);
	jdoc_set_string(d, "tsa", t->stamp.name);
	jdoc_set_string(d, "serial", t->stamp.serial);
	jdoc_set_string(d, "policy", t->stamp.policy);
	jdoc_set_integer(d, "size", (int64_t)t->size);
	jdoc_set_integer(d, "signatures", (int64_t)t->lines);
	jdoc_set_integer(d, "later", (int64_t)t->later);
	jdoc_set(d, "revocation_as_of", t->stamp.crl_time ? jdoc_string(as_of) : jdoc_null());
	return d;
}
