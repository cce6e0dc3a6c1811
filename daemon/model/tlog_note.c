#include "model/tlog_note.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/text_utf8.h"
#include "model/tlog_line.h"

#define DASH "\xe2\x80\x94 "
#define ID_LEN 4
#define ID_HEX (2 * ID_LEN)
#define TIME_LEN 8
#define SPLIT "\n\n"

/* Unicode's White_Space. */
static bool is_space(uint32_t c)
{
	static const uint32_t single[] = { 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 };
	if ((c >= 0x09 && c <= 0x0d) || (c >= 0x2000 && c <= 0x200a))
		return true;
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (c == single[i])
			return true;
	return false;
}

bool tlog_note_is_name(const char *s, size_t len)
{
	if (!len || len > TLOG_NOTE_NAME_MAX)
		return false;
	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t n = text_decode(s + at, len - at, &c);
		if (!n || c < 0x20 || c == '+' || is_space(c))
			return false;
		at += n;
	}
	return true;
}

static uint32_t decode_u32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void encode_uint(uint64_t v, size_t len, uint8_t *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(v >> 8 * (len - 1 - i));
}

static uint32_t id_of(const char *name, size_t len, uint8_t type, const uint8_t *public_key)
{
	uint8_t digest[HASH_ALGO_LEN_MAX];
	const struct hash_span spans[] = { { name, len }, { "\n", 1 }, { &type, 1 }, { public_key, TLOG_NOTE_KEY_LEN } };
	hash_spans(HASH_SHA256, spans, sizeof spans / sizeof *spans, digest);
	return decode_u32(digest);
}

static bool is_known(uint8_t type)
{
	return type == TLOG_NOTE_ED25519 || type == TLOG_NOTE_COSIGNATURE;
}

static int make_key(const char *name, size_t len, uint8_t type, const uint8_t *public_key, struct tlog_note_key *out,
                    struct err *e)
{
	if (!tlog_note_is_name(name, len))
		return err_set(e, ERR_SYNTAX, "key of signed notes: a name has 1 to %d bytes without spaces and plus signs",
		               TLOG_NOTE_NAME_MAX);
	struct tlog_note_key k = { .id = id_of(name, len, type, public_key), .type = (enum tlog_note_type)type };
	memcpy(k.name, name, len);
	memcpy(k.public_key, public_key, TLOG_NOTE_KEY_LEN);
	*out = k;
	return ERR_OK;
}

int tlog_note_key_make(const char *name, enum tlog_note_type type, const uint8_t public_key[TLOG_NOTE_KEY_LEN],
                       struct tlog_note_key *out, struct err *e)
{
	return make_key(name, strlen(name), (uint8_t)type, public_key, out, e);
}

int tlog_note_key_parse(const char *vkey, size_t len, struct tlog_note_key *out, struct err *e)
{
	const char *end = vkey + len, *plus = memchr(vkey, '+', len);
	uint8_t id[ID_LEN], bytes[1 + TLOG_NOTE_KEY_LEN + 2];
	size_t got = 0;
	struct tlog_note_key k;
	if (!plus || end - plus < 1 + ID_HEX + 1 || plus[1 + ID_HEX] != '+' ||
	    !hash_hex_decode(plus + 1, ID_HEX, id, sizeof id))
		return err_set(e, ERR_SYNTAX, "key of signed notes: expected NAME+8 hex digits+base64");
	const char *base64 = plus + 1 + ID_HEX + 1;
	size_t base64_len = (size_t)(end - base64);
	if (base64_len != hash_base64_encoded_len(1 + TLOG_NOTE_KEY_LEN) ||
	    !hash_base64_decode(base64, base64_len, bytes, &got) || got != 1 + TLOG_NOTE_KEY_LEN || !is_known(bytes[0]))
		return err_set(e, ERR_SYNTAX, "key of signed notes: expected an Ed25519 key of type 01 or 04");
	int rc = make_key(vkey, (size_t)(plus - vkey), bytes[0], bytes + 1, &k, e);
	if (rc)
		return rc;
	if (k.id != decode_u32(id))
		return err_set(e, ERR_SYNTAX, "key of signed notes: its id is not the one of its name and key");
	*out = k;
	return ERR_OK;
}

void tlog_note_key_print(const struct tlog_note_key *k, struct buf *out)
{
	uint8_t bytes[1 + TLOG_NOTE_KEY_LEN] = { (uint8_t)k->type };
	memcpy(bytes + 1, k->public_key, TLOG_NOTE_KEY_LEN);
	buf_printf(out, "%s+%08" PRIx32 "+", k->name, k->id);
	tlog_line_print_base64(bytes, sizeof bytes, out);
}

static bool parse_sig(struct tlog_line line, struct tlog_note_sig *out)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct tlog_line rest;
	if (!tlog_line_begins(line, DASH, &rest))
		return false;
	const char *space = memchr(rest.at, ' ', rest.len);
	if (!space || !tlog_note_is_name(rest.at, (size_t)(space - rest.at)))
		return false;
	struct tlog_line base64 = { space + 1, rest.len - (size_t)(space - rest.at) - 1 };
	if (!tlog_line_decode(base64, &bytes) || bytes.len <= ID_LEN)
		return false;
	*out = (struct tlog_note_sig){ .name = rest.at, .name_len = (size_t)(space - rest.at),
		.id = decode_u32((const uint8_t *)bytes.ptr), .base64 = base64.at, .base64_len = base64.len };
	return true;
}

static int check_text(const char *s, size_t len, struct err *e)
{
	if (len > TLOG_NOTE_MAX)
		return err_set(e, ERR_TOOBIG, "signed note: over %zu bytes", TLOG_NOTE_MAX);
	if (!text_is_utf8(s, len))
		return err_set(e, ERR_UTF8, "signed note: not UTF-8");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 && s[i] != '\n')
			return err_set(e, ERR_UTF8, "signed note: a control character at byte %zu", i);
	return ERR_OK;
}

static int parse_sigs(const char *s, size_t len, struct tlog_note *out, struct err *e)
{
	struct tlog_line_reader r = { .at = s, .end = s + len };
	struct tlog_line line;
	size_t count = 0;
	while (r.at < r.end) {
		if (count == TLOG_NOTE_SIGS_MAX)
			return err_set(e, ERR_TOOBIG, "signed note: more than %d signatures", TLOG_NOTE_SIGS_MAX);
		if (!tlog_line_next(&r, &line) || !parse_sig(line, &out->sigs[count]))
			return err_set(e, ERR_SYNTAX, "signed note: signature %zu: expected a dash, a name and base64", count + 1);
		count++;
	}
	if (!count)
		return err_set(e, ERR_SYNTAX, "signed note: no signature");
	out->sigs_count = count;
	return ERR_OK;
}

static const char *find_last(const char *s, size_t len, const char *word)
{
	size_t word_len = strlen(word);
	for (size_t at = len; at-- > 0;)
		if (len - at >= word_len && memcmp(s + at, word, word_len) == 0)
			return s + at;
	return NULL;
}

int tlog_note_parse(const char *s, size_t len, struct tlog_note *out, struct err *e)
{
	struct tlog_note n = { .text = s };
	int rc = check_text(s, len, e);
	if (rc)
		return rc;
	const char *split = find_last(s, len, SPLIT);
	if (!split)
		return err_set(e, ERR_SYNTAX, "signed note: no empty line between text and signatures");
	n.text_len = (size_t)(split - s) + 1;
	rc = parse_sigs(s + n.text_len + 1, len - n.text_len - 1, &n, e);
	if (!rc)
		*out = n;
	return rc;
}

int tlog_note_parse_sigs(const char *s, size_t len, struct tlog_note *out, struct err *e)
{
	struct tlog_note n = { .text = out->text, .text_len = out->text_len };
	int rc = check_text(s, len, e);
	if (!rc)
		rc = parse_sigs(s, len, &n, e);
	if (!rc)
		*out = n;
	return rc;
}

void tlog_note_print_sig(const struct tlog_note_key *k, int64_t time, const uint8_t sig[TLOG_NOTE_SIG_LEN],
                         struct buf *out)
{
	uint8_t bytes[ID_LEN + TIME_LEN + TLOG_NOTE_SIG_LEN];
	size_t len = ID_LEN;
	encode_uint(k->id, ID_LEN, bytes);
	if (k->type == TLOG_NOTE_COSIGNATURE) {
		encode_uint((uint64_t)time, TIME_LEN, bytes + len);
		len += TIME_LEN;
	}
	memcpy(bytes + len, sig, TLOG_NOTE_SIG_LEN);
	buf_printf(out, DASH "%s ", k->name);
	tlog_line_print_base64(bytes, len + TLOG_NOTE_SIG_LEN, out);
	buf_putc(out, '\n');
}

void tlog_note_message(enum tlog_note_type type, int64_t time, const char *text, size_t len, struct buf *out)
{
	if (type == TLOG_NOTE_COSIGNATURE)
		buf_printf(out, "cosignature/v1\ntime %" PRId64 "\n", time);
	buf_add(out, text, len);
}

static bool decode_time(const uint8_t *b, int64_t *out)
{
	uint64_t v = (uint64_t)decode_u32(b) << 32 | decode_u32(b + 4);
	*out = (int64_t)v;
	return v <= INT64_MAX;
}

static bool is_right(const struct tlog_note *n, const struct tlog_note_sig *s, const struct tlog_note_key *k,
                     tlog_note_check_fn *check, int64_t *out_time)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT, message = BUF_INIT;
	size_t before = ID_LEN + (k->type == TLOG_NOTE_COSIGNATURE ? TIME_LEN : 0);
	int64_t time = 0;
	if (!tlog_line_decode((struct tlog_line){ s->base64, s->base64_len }, &bytes) ||
	    bytes.len != before + TLOG_NOTE_SIG_LEN)
		return false;
	const uint8_t *at = (const uint8_t *)bytes.ptr;
	if (k->type == TLOG_NOTE_COSIGNATURE && !decode_time(at + ID_LEN, &time))
		return false;
	tlog_note_message(k->type, time, n->text, n->text_len, &message);
	if (!check(k->public_key, message.ptr, message.len, at + before))
		return false;
	*out_time = time;
	return true;
}

enum tlog_note_finding tlog_note_find(const struct tlog_note *n, const struct tlog_note_key *k,
                                      tlog_note_check_fn *check, int64_t *out_time)
{
	enum tlog_note_finding found = TLOG_NOTE_ABSENT;
	size_t name_len = strlen(k->name);
	int64_t latest = 0, time = 0;
	for (size_t i = 0; i < n->sigs_count; i++) {
		const struct tlog_note_sig *s = &n->sigs[i];
		if (s->id != k->id || s->name_len != name_len || memcmp(s->name, k->name, name_len) != 0)
			continue;
		if (!is_right(n, s, k, check, &time))
			return TLOG_NOTE_BAD;
		found = TLOG_NOTE_GOOD;
		latest = time > latest ? time : latest;
	}
	if (found == TLOG_NOTE_GOOD && out_time)
		*out_time = latest;
	return found;
}

bool tlog_note_time(const struct tlog_note *n, int64_t *out)
{
	bool found = false;
	for (size_t i = 0; i < n->sigs_count; i++) {
		BUF_CLEANUP struct buf bytes = BUF_INIT;
		int64_t time = 0;
		if (!tlog_line_decode((struct tlog_line){ n->sigs[i].base64, n->sigs[i].base64_len }, &bytes) ||
		    bytes.len != ID_LEN + TIME_LEN + TLOG_NOTE_SIG_LEN ||
		    !decode_time((const uint8_t *)bytes.ptr + ID_LEN, &time))
			continue;
		if (!found || time > *out)
			*out = time;
		found = true;
	}
	return found;
}
