#include "model/commit.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/text.h"
#include "model/leaf.h"
#include "model/pgpsig.h"

#define EMAIL "ledger@daicho.invalid"
#define ZONE "+0900"
#define SIGNATURE "gpgsig "
#define ARMOR_FIRST "-----BEGIN PGP SIGNATURE-----\n"
#define ARMOR_LAST "-----END PGP SIGNATURE-----\n"
#define TIME_DIGITS_MAX 12

struct cursor {
	const char *at, *end;
};

static size_t get_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static bool take_text(struct cursor *c, const char *text)
{
	size_t len = strlen(text);
	if (get_left(c) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool take_oid_line(struct cursor *c, const char *name, struct oid *out)
{
	if (!take_text(c, name) || get_left(c) < OID_HEX_LEN || !oid_parse(c->at, OID_HEX_LEN, out))
		return false;
	c->at += OID_HEX_LEN;
	return take_text(c, "\n");
}

/* "<origin> <ledger@daicho.invalid> <seconds> +0900\n" */
static bool take_identity(struct cursor *c, struct commit *out)
{
	const char *space = get_left(c) ? memchr(c->at, ' ', get_left(c)) : NULL;
	size_t len = space ? (size_t)(space - c->at) : 0;
	if (!space || !leaf_is_origin(c->at, len))
		return false;
	memcpy(out->name, c->at, len);
	out->name[len] = '\0';
	c->at = space;
	if (!take_text(c, " <" EMAIL "> "))
		return false;
	uint64_t time;
	size_t digits = 0;
	while (digits < get_left(c) && digits < TIME_DIGITS_MAX && c->at[digits] != ' ')
		digits++;
	if (!text_parse_u64(c->at, digits, (uint64_t)date_to_time((struct date){ DATE_YEAR_MAX, 12, 31 }), &time))
		return false;
	out->time = (int64_t)time;
	c->at += digits;
	return take_text(c, " " ZONE "\n");
}

static int refuse(const char *header, const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "commit: %s: expected %s", lang_text(header), lang_text(expected));
}

static int read_headers(struct cursor *c, struct commit *out, struct err *e)
{
	*out = (struct commit){ .time = 0 };
	if (get_left(c) > COMMIT_MAX)
		return err_set(e, ERR_SYNTAX, "commit: over %d bytes", COMMIT_MAX);
	if (get_left(c) && memchr(c->at, '\0', get_left(c)))
		return err_set(e, ERR_SYNTAX, "commit: a NUL stands in it");
	if (!take_oid_line(c, "tree ", &out->tree))
		return refuse("tree", "40 lower-case hex digits", e);
	out->has_parent = get_left(c) >= 7 && memcmp(c->at, "parent ", 7) == 0;
	if (out->has_parent && !take_oid_line(c, "parent ", &out->parent))
		return refuse("parent", "40 lower-case hex digits", e);
	struct cursor author = { c->at + strlen("author "), c->end };
	if (!take_text(c, "author ") || !take_identity(c, out))
		return refuse("author",
		              "the ledger's name, its address, seconds and the zone of Japan, after at most one parent", e);
	author.end = c->at;
	if (!take_text(c, "committer ") || get_left(c) < get_left(&author) ||
	    memcmp(c->at, author.at, get_left(&author)) != 0)
		return refuse("committer", "the same as author", e);
	c->at += get_left(&author);
	return ERR_OK;
}

static void print_identity(const struct commit *c, const char *header, struct buf *out)
{
	buf_printf(out, "%s %s <" EMAIL "> %" PRId64 " " ZONE "\n", header, c->name, c->time);
}

void commit_print_payload(const struct commit *c, struct buf *out)
{
	char hex[OID_HEX_LEN + 1];
	oid_print(&c->tree, hex);
	buf_printf(out, "tree %s\n", hex);
	if (c->has_parent) {
		oid_print(&c->parent, hex);
		buf_printf(out, "parent %s\n", hex);
	}
	print_identity(c, "author", out);
	print_identity(c, "committer", out);
	buf_putc(out, '\n');
	buf_add(out, c->message, c->message_len);
}

int commit_parse_payload(const char *payload, size_t len, struct commit *out, struct err *e)
{
	struct cursor c = { payload, payload + len };
	int rc = read_headers(&c, out, e);
	if (rc)
		return rc;
	if (!take_text(&c, "\n"))
		return refuse(N_("after committer"), "an empty line", e);
	out->message = c.at;
	out->message_len = get_left(&c);
	return ERR_OK;
}

/* One block, and no byte before or after it. What stands inside is pgpsig's to judge. */
static bool is_armor(const char *armor, size_t len)
{
	size_t first = strlen(ARMOR_FIRST), last = strlen(ARMOR_LAST);
	if (len < first + last || len > PGPSIG_ARMOR_MAX || memcmp(armor, ARMOR_FIRST, first) != 0 ||
	    memcmp(armor + len - last, ARMOR_LAST, last) != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (armor[i] != '\n' && (armor[i] < 0x20 || armor[i] > 0x7e))
			return false;
	const char *dashes = memmem(armor + first, len - first, "-----", 5);
	return dashes == armor + len - last;
}

static void fold_armor(const char *armor, size_t len, struct buf *out)
{
	buf_puts(out, SIGNATURE);
	for (const char *at = armor, *end = armor + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
		if (at > armor)
			buf_putc(out, ' ');
		buf_add(out, at, (size_t)(next - at));
		at = next;
	}
}

int commit_sign(const char *payload, size_t len, const char *armor, struct buf *out, struct err *e)
{
	struct commit c;
	int rc = commit_parse_payload(payload, len, &c, e);
	if (rc)
		return rc;
	size_t armor_len = strlen(armor), headers = (size_t)(c.message - payload) - 1;
	if (!is_armor(armor, armor_len))
		return refuse("gpgsig", "one block of PGP armor", e);
	buf_add(out, payload, headers);
	fold_armor(armor, armor_len, out);
	buf_add(out, payload + headers, len - headers);
	return ERR_OK;
}

static int read_signature(struct cursor *c, struct buf *out_armor, struct err *e)
{
	if (get_left(c) && *c->at == '\n')
		return err_set(e, ERR_KEY, "commit: not signed");
	if (!take_text(c, SIGNATURE))
		return refuse(N_("after committer"), "gpgsig", e);
	do {
		const char *end = get_left(c) ? memchr(c->at, '\n', get_left(c)) : NULL;
		if (!end || out_armor->len > PGPSIG_ARMOR_MAX)
			return refuse("gpgsig", "one block of PGP armor", e);
		buf_add(out_armor, c->at, (size_t)(end + 1 - c->at));
		c->at = end + 1;
	} while (take_text(c, " "));
	if (!is_armor(buf_str(out_armor), out_armor->len))
		return refuse("gpgsig", "one block of PGP armor", e);
	return ERR_OK;
}

int commit_parse(const char *raw, size_t len, struct commit *out, struct buf *out_payload, struct buf *out_armor,
                 struct err *e)
{
	BUF_CLEANUP struct buf again = BUF_INIT;
	struct cursor c = { raw, raw + len };
	buf_clear(out_payload);
	buf_clear(out_armor);
	int rc = read_headers(&c, out, e);
	if (rc)
		return rc;
	buf_add(out_payload, raw, (size_t)(c.at - raw));
	rc = read_signature(&c, out_armor, e);
	if (rc)
		return rc;
	buf_add(out_payload, c.at, get_left(&c));
	if (!take_text(&c, "\n"))
		return refuse(N_("after gpgsig"), "an empty line", e);
	out->message = c.at;
	out->message_len = get_left(&c);
	rc = commit_sign(out_payload->ptr, out_payload->len, buf_str(out_armor), &again, e);
	if (!rc && (again.len != len || memcmp(again.ptr, raw, len) != 0))
		rc = refuse(N_("all of it"), "another spelling", e);
	return rc;
}
