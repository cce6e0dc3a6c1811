#include "signer/signer.h"

#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/oid.h"
#include "foreign/jdoc.h"
#include "foreign/pgp.h"
#include "model/chain.h"
#include "model/commit.h"
#include "model/keyring.h"
#include "model/leaf.h"
#include "model/merkle.h"
#include "model/pgpsig.h"
#include "model/wire.h"

#define KEEPER_FD 3
#define REF_FILE_MAX 64
#define ARCHIVE_NAME_MAX 200

struct part {                    /* one use of the keys: those that count for it, and the one that signs */
	const char *listed;      /* fingerprints with commas between, the newest first; "-" = none */
	char fpr[LEAF_FPR_LEN + 1];
	struct pgp_signer *agent;
};

struct signer {
	const char *home, *ref_file;
	struct part entry, archive, checkpoint;
	struct chain chain;
	bool primed;
};

/* The newest of them that the key home has: what was made elsewhere, or lost with its card, is passed over. */
static int open_part(const struct signer *s, struct part *p, const char *absent, struct err *e)
{
	int rc = err_set(e, ERR_NOTFOUND, "%s", absent);
	for (const char *at = p->listed; !p->agent && *at && *at != '-'; at += *at == ',') {
		size_t len = strcspn(at, ",");
		if (len != LEAF_FPR_LEN)
			return err_set(e, ERR_BUG, "signer: a fingerprint is malformed");
		memcpy(p->fpr, at, len);
		at += len;
		struct err why = ERR_INIT;
		p->agent = pgp_signer_new(s->home, p->fpr, &why);
		if (p->agent || (rc && rc != ERR_NOTFOUND))
			continue;
		rc = (int)why.code;
		if (e)
			*e = why;
	}
	return p->agent ? ERR_OK : rc;
}

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

static int read_ref(const char *path, struct oid *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, REF_FILE_MAX, &text, e);
	if (rc)
		return rc;
	if (text.len != OID_HEX_LEN + 1 || !oid_parse(text.ptr, OID_HEX_LEN, out))
		return err_set(e, ERR_LEDGER, "refs/heads/ledger: not an object id");
	return ERR_OK;
}

/* Looks at the ref before it stands anywhere: only what is the head on disk may have a successor. */
static int prime(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	(void)out;
	s->primed = false;
	const char *nul = f->payload.len ? memchr(f->payload.ptr, 0, f->payload.len) : NULL;
	if (!nul)
		return err_set(e, ERR_SYNTAX, "signer: prime: no frontier");
	size_t frontier_len = (size_t)(nul - f->payload.ptr);
	const char *raw = nul + 1;
	size_t raw_len = f->payload.len - frontier_len - 1;
	struct merkle before;
	if (!merkle_parse(f->payload.ptr, frontier_len, &before))
		return err_set(e, ERR_SYNTAX, "signer: prime: frontier is malformed");
	struct oid head, id = oid_of(OID_COMMIT, raw, raw_len);
	int rc = read_ref(s->ref_file, &head, e);
	if (rc)
		return rc;
	if (!oid_is_equal(&head, &id))
		return err_set(e, ERR_CONFLICT, "signer: prime: the commit given is not the head of the ledger");
	rc = chain_resume(&s->chain, raw, raw_len, &before, e);
	s->primed = rc == ERR_OK;
	return rc;
}

static int advance(struct signer *s, const struct commit *commit, const struct leaf *leaf, const char *payload,
                   size_t len, const char *armor, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	int rc = commit_sign(payload, len, armor, &raw, e);
	if (rc)
		return rc;
	struct oid id = oid_of(OID_COMMIT, raw.ptr, raw.len);
	struct hash hash = leaf_hash(commit->message, commit->message_len);
	chain_advance(&s->chain, commit, leaf, &hash, &id);
	return ERR_OK;
}

static int sign_entry(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	if (!s->primed)
		return err_set(e, ERR_CONFLICT, "signer: has not been shown the head of the ledger");
	struct commit commit;
	struct leaf leaf;
	int rc = commit_parse_payload(f->payload.ptr, f->payload.len, &commit, e);
	if (rc)
		return rc;
	rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc == ERR_FORMAT)
		leaf_release(&leaf);
	if (rc)
		return rc;
	rc = chain_check(&s->chain, &commit, &leaf, e);
	if (!rc)
		rc = open_part(s, &s->entry, N_("ledger: no key for entries counts"), e);
	if (!rc)
		rc = pgpsig_make(s->entry.fpr, leaf.time, f->payload.ptr, f->payload.len, ask_agent, s->entry.agent, out, e);
	if (!rc)
		rc = advance(s, &commit, &leaf, f->payload.ptr, f->payload.len, buf_str(out), e);
	if (rc)
		s->primed = false;
	leaf_release(&leaf);
	return rc;
}

/* "<64 hex>  <name>.tar\n" or "....tar.gpg\n", and a name that can only be an archive's. */
static bool is_archive_line(const char *line, size_t len)
{
	static const char plain[] = ".tar\n", wrapped[] = ".tar.gpg\n";
	const size_t tail = strlen(wrapped);
	const char *end = len > tail && memcmp(line + len - tail, wrapped, tail) == 0 ? wrapped : plain;
	const size_t before = 64 + 2, after = strlen(end);
	uint8_t digest[HASH_LEN];
	if (len <= before + after || len > before + ARCHIVE_NAME_MAX + after)
		return false;
	if (!hash_hex_decode(line, 64, digest, sizeof digest) || memcmp(line + 64, "  ", 2) != 0)
		return false;
	for (size_t i = before; i < len - after; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", line[i]) || !line[i])
			return false;
	return memcmp(line + len - after, end, after) == 0;
}

static void print_checkpoint(const struct chain *c, struct buf *out)
{
	struct hash root = merkle_root(&c->frontier);
	char text[HASH_LEN / 3 * 4 + 4 + 1];
	hash_base64_encode(root.b, sizeof root.b, text);
	buf_printf(out, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size, text);
}

static int sign_archive(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	if (!is_archive_line(buf_str(&f->payload), f->payload.len))
		return err_set(e, ERR_SYNTAX, "signer: not the checksum line of an archive");
	int rc = open_part(s, &s->archive, N_("ledger: no key for archives counts"), e);
	if (rc)
		return rc;
	int64_t time = s->primed ? s->chain.time : date_now();
	return pgpsig_make(s->archive.fpr, time, f->payload.ptr, f->payload.len, ask_agent, s->archive.agent, out, e);
}

/* Only what it knows itself to be true, to the byte. */
static int sign_checkpoint(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	uint8_t sig[64];
	if (!s->primed)
		return err_set(e, ERR_CONFLICT, "signer: has not been shown the head of the ledger");
	print_checkpoint(&s->chain, &text);
	if (f->payload.len != text.len || memcmp(f->payload.ptr, text.ptr, text.len) != 0)
		return err_set(e, ERR_CONFLICT, "signer: not the checkpoint of the ledger as it stands");
	int rc = open_part(s, &s->checkpoint, N_("ledger: no key for checkpoints counts"), e);
	if (!rc)
		rc = pgp_signer_sign_raw(s->checkpoint.agent, text.ptr, text.len, sig, e);
	if (!rc)
		buf_add(out, sig, sizeof sig);
	return rc;
}

/* Members of a question, which only the keeper asks. */
static int read_question(const struct frame *f, struct jdoc **out, enum leaf_key_use *out_use, struct err *e)
{
	*out = jdoc_parse(f->payload.ptr, f->payload.len, FRAME_MAX, 0, e);
	const char *use = *out ? jdoc_get_text(*out, "use") : NULL;
	if (use && keyring_use_of(use, out_use) && *out_use != LEAF_USE_RECOVERY)
		return ERR_OK;
	jdoc_free(*out);
	*out = NULL;
	return err_set(e, ERR_SYNTAX, "signer: a question about keys is malformed");
}

static int make_key(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	enum leaf_key_use use;
	struct jdoc *question;
	char fpr[LEAF_FPR_LEN + 1];
	int rc = read_question(f, &question, &use, e);
	if (rc)
		return rc;
	const char *uid = jdoc_get_text(question, "uid"), *known = jdoc_get_text(question, "known");
	rc = uid && known ? pgp_extend(s->home, uid, known, fpr, e)
	                  : err_set(e, ERR_SYNTAX, "signer: a question about keys is malformed");
	if (!rc)
		buf_puts(out, fpr);
	jdoc_free(question);
	return rc;
}

/* One for checkpoints has to sign raw messages from now on. */
static int show_key(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	enum leaf_key_use use;
	struct jdoc *question;
	int rc = read_question(f, &question, &use, e);
	if (rc)
		return rc;
	const char *fpr = jdoc_get_text(question, "fpr");
	struct pgp_signer *agent = fpr ? pgp_signer_new(s->home, fpr, e) : NULL;
	rc = agent ? ERR_OK : fpr ? (int)e->code : err_set(e, ERR_SYNTAX, "signer: a question about keys is malformed");
	pgp_signer_free(agent);
	if (!rc && use == LEAF_USE_CHECKPOINT)
		rc = pgp_allow_raw(s->home, fpr, e);
	if (!rc)
		rc = pgp_export(s->home, fpr, out, e);
	jdoc_free(question);
	return rc;
}

/* Is there a key for entries? */
static int answer_ping(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	(void)f;
	int rc = open_part(s, &s->entry, N_("ledger: no key for entries counts"), e);
	if (!rc && pgp_signer_waits(s->entry.agent))
		buf_puts(out, "waits");
	return rc;
}

static const struct {
	uint16_t verb;
	int (*act)(struct signer *s, const struct frame *f, struct buf *out, struct err *e);
} verbs[] = {
	{ WIRE_PRIME, prime },
	{ WIRE_SIGN, sign_entry },
	{ WIRE_SIGN_ARCHIVE, sign_archive },
	{ WIRE_SIGN_CHECKPOINT, sign_checkpoint },
	{ WIRE_MAKE_KEY, make_key },
	{ WIRE_SHOW_KEY, show_key },
	{ WIRE_PING, answer_ping },
};

static int act(struct signer *s, const struct frame *f, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (verbs[i].verb == f->verb)
			return verbs[i].act(s, f, out, e);
	return err_set(e, ERR_BUG, "signer: unknown message");
}

/* What went wrong, and behind a NUL what to do about it. */
static void print_fault(const struct err *fault, struct buf *out)
{
	buf_clear(out);
	buf_puts(out, fault->text);
	if (!*fault->next)
		return;
	buf_putc(out, '\0');
	buf_puts(out, fault->next);
}

static int serve_one(struct signer *s, struct err *e)
{
	struct frame f;
	struct err fault = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	int rc = frame_recv(KEEPER_FD, -1, &f, e);
	if (rc)
		return rc;
	int code = act(s, &f, &out, &fault);
	if (code)
		print_fault(&fault, &out);
	rc = frame_send(KEEPER_FD, f.verb, (uint16_t)code, f.id, buf_str(&out), out.len, e);
	frame_release(&f);
	return rc;
}

static int start(struct signer *s, const char *passphrase, bool fresh_agent, struct err *e)
{
	int rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_passphrase_from(passphrase, e);
	if (!rc && fresh_agent)
		rc = pgp_agent_stop(s->home, e);
	return rc;
}

/* The first question is answered with what hinders, so that the keeper can say it. */
static void answer_failure(const struct err *why)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct frame f;
	if (frame_recv(KEEPER_FD, WIRE_SIGNER_DEADLINE_MS, &f, NULL))
		return;
	print_fault(why, &out);
	frame_send(KEEPER_FD, f.verb, (uint16_t)why->code, f.id, buf_str(&out), out.len, NULL);
	frame_release(&f);
}

int signer_main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	if (argc < 7)
		return err_exit(ERR_USAGE);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	struct signer s = { .home = argv[1], .ref_file = argv[2], .entry.listed = argv[3], .archive.listed = argv[4],
		            .checkpoint.listed = argv[5] };
	chain_init(&s.chain);
	int rc = start(&s, strcmp(argv[6], "-") == 0 ? NULL : argv[6], argc > 7, &e);
	if (rc)
		answer_failure(&e);
	while (!rc)
		rc = serve_one(&s, &e);
	pgp_signer_free(s.entry.agent);
	pgp_signer_free(s.archive.agent);
	pgp_signer_free(s.checkpoint.agent);
	pgp_agent_stop(s.home, NULL);
	if (rc == ERR_UNAVAILABLE) /* the keeper has closed: the end */
		return 0;
	log_err(&e);
	return err_exit(rc);
}
