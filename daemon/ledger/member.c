#include "ledger/member.h"

void member_oid(struct jdoc *d, const char *name, const struct oid *id)
{
	char hex[OID_HEX_LEN + 1];
	oid_print(id, hex);
	jdoc_set_string(d, name, hex);
}

void member_hash(struct jdoc *d, const char *name, const struct hash *h)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	jdoc_set_string(d, name, text);
}

void member_time(struct jdoc *d, const char *name, int64_t time)
{
	char text[DATE_TIME_LEN + 1];
	date_time_print(time, text);
	jdoc_set_string(d, name, text);
}

void member_day(struct jdoc *d, const char *name, struct date day)
{
	char text[DATE_LEN + 1];
	date_print(day, text);
	jdoc_set_string(d, name, text);
}

void member_day_or_null(struct jdoc *d, const char *name, bool is_known, struct date day)
{
	if (is_known)
		member_day(d, name, day);
	else
		jdoc_set(d, name, jdoc_null());
}

void member_seq(struct jdoc *d, const char *name, uint64_t seq)
{
	jdoc_set(d, name, seq ? jdoc_integer((int64_t)seq) : jdoc_null());
}
