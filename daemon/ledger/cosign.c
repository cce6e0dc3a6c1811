#include "ledger/cosign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/text.h"
#include "foreign/ed25519.h"
#include "foreign/httpc.h"

#define PATH "/add-checkpoint"
#define WORDS_MAX 32
#define ROUNDS 4                       /* another request may come between ours */
#define ANSWER_MAX ((size_t)64 << 10)
#define SAID_MAX 400

struct reply {
	unsigned status;               /* HTTP */
	struct buf body;
	struct buf said;               /* why not, in its own words */
};

/* What an answer by command ends with, and what it stands for. */
static const struct {
	enum err_code code;
	unsigned status;
} statuses[] = {
	{ ERR_OK, 200 },       { ERR_SYNTAX, 400 },   { ERR_TOOBIG, 400 }, { ERR_UTF8, 400 },   { ERR_PERM, 403 },
	{ ERR_NOTFOUND, 404 }, { ERR_CONFLICT, 409 }, { ERR_LEDGER, 409 }, { ERR_RULE, 422 },
};

static void release(struct reply *r)
{
	buf_release(&r->body);
	buf_release(&r->said);
}

/* The words of a command line: no shell reads it. */
static int split(const char *command, char **words, struct err *e)
{
	size_t n = 0;
	for (const char *at = command; *at;) {
		size_t len = strcspn(at, " ");
		if (len && n == WORDS_MAX)
			return err_set(e, ERR_CONFIG, "command: more than %d words", WORDS_MAX);
		if (len)
			words[n++] = mem_strndup(at, len);
		at += len + strspn(at + len, " ");
	}
	return ERR_OK;
}

/* ssh asks an agent, and finds its configuration by HOME. */
static void fill_environment(char *out[3])
{
	static const char *const names[] = { "HOME", "SSH_AUTH_SOCK" };
	size_t n = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getenv(names[i]))
			out[n++] = mem_printf("%s=%s", names[i], getenv(names[i]));
}

static int find_status(int exit_status, struct reply *out, struct err *e)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (err_exit(statuses[i].code) == exit_status) {
			out->status = statuses[i].status;
			return ERR_OK;
		}
	return err_set(e, ERR_UNAVAILABLE, "its command ended with status %d: %.*s", exit_status, SAID_MAX,
	               buf_str(&out->said));
}

static int send_command(const char *command, const struct buf *request, struct reply *out, struct err *e)
{
	char *words[WORDS_MAX + 1] = { NULL }, *environment[3] = { NULL };
	int status = 0, rc = split(command, words, e);
	fill_environment(environment);
	struct proc p = { .argv = (const char *const *)words, .env = (const char *const *)environment,
		          .input = request->ptr, .input_len = request->len, .deadline_s = COSIGN_DEADLINE_S,
		          .output_max = ANSWER_MAX };
	if (!rc)
		rc = proc_run(&p, &out->body, &out->said, &status, e);
	if (!rc)
		rc = find_status(status, out, e);
	for (size_t i = 0; i < WORDS_MAX; i++)
		free(words[i]);
	for (size_t i = 0; i < 2; i++)
		free(environment[i]);
	return rc;
}

static int send_socket(const char *socket, const struct buf *request, struct reply *out, struct err *e)
{
	int rc = httpc_call(socket, PATH, buf_str(request), request->len, COSIGN_DEADLINE_S, &out->status, &out->body, e);
	if (!rc && out->status != 200)
		buf_add(&out->said, out->body.ptr, out->body.len);
	return rc ? err_next(e, "is `daicho-witness serve` running there?") : ERR_OK;
}

static int send(const struct store_witness *w, const struct tlog_checkpoint_request *q, struct reply *out,
                struct err *e)
{
	BUF_CLEANUP struct buf request = BUF_INIT;
	tlog_checkpoint_request_print(q, &request);
	return w->socket ? send_socket(w->socket, &request, out, e) : send_command(w->command, &request, out, e);
}

/* Lines of keys that are not known are passed over. */
static int take_cosignature(const struct tlog_note *n, const struct store_witness *w, const struct reply *r,
                            struct buf *out_line, int64_t *out_time, struct err *e)
{
	const struct tlog_note_key *k = &w->key;
	struct tlog_note answer = { .text = n->text, .text_len = n->text_len };
	if (tlog_note_parse_sigs(buf_str(&r->body), r->body.len, &answer, NULL))
		return err_set(e, ERR_UNAVAILABLE, "its answer is not one of this protocol");
	if (tlog_note_find(&answer, k, ed25519_is_valid, out_time) != TLOG_NOTE_GOOD) {
		err_set(e, ERR_KEY, "its answer is not signed by the key that daicho.ini names");
		return err_next(e, "ask who runs it for its verifier key: daicho-witness status");
	}
	for (size_t i = 0; i < answer.sigs_count; i++) {
		const struct tlog_note_sig *s = &answer.sigs[i];
		if (s->id == k->id && s->name_len == strlen(k->name) && memcmp(s->name, k->name, s->name_len) == 0) {
			buf_printf(out_line, "\xe2\x80\x94 %.*s\n", (int)(s->base64 + s->base64_len - s->name), s->name);
			break;
		}
	}
	return ERR_OK;
}

static int alarm_other(uint64_t size, struct err *e)
{
	err_set(e, ERR_LEDGER, "it has cosigned another history than this one, up to %" PRIu64 " entries", size);
	return err_next(e, "one of the two was forged: keep the store as it is, and compare both checkpoints with who runs "
	                   "the witness (daicho-witness status)");
}

static int alarm_longer(uint64_t theirs, uint64_t ours, struct err *e)
{
	err_set(e, ERR_LEDGER, "it has cosigned %" PRIu64 " entries, and %" PRIu64 " are here: the end was cut off, or "
	        "this is an older copy", theirs, ours);
	return err_next(e, "keep the store as it is, and look for the missing entries in mirrors and backups");
}

/* Without its key where that can't be read. */
static int refuse_key(const struct proof_log *l, const struct tlog_note *n, struct err *e)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct tlog_note_key key;
	if (proof_log_signer(l, n, &key, NULL))
		return err_next(e, "who runs it adds the key that signs them (daicho key list): daicho-witness log add VKEY");
	tlog_note_key_print(&key, &vkey);
	return err_next(e, "who runs it adds the key that signs them: daicho-witness log add %s", buf_str(&vkey));
}

static int refuse(const struct reply *r, const struct proof_log *l, const struct tlog_note *n, uint64_t from,
                  struct err *e)
{
	static const struct {
		unsigned status;
		enum err_code code;
		const char *text;
	} reasons[] = {
		{ 403, ERR_KEY, N_("it does not know the key that signs the checkpoints of this ledger") },
		{ 404, ERR_KEY, N_("it does not watch this ledger") },
		{ 503, ERR_BUSY, N_("it is busy") },
	};
	if (r->status == 422)
		return alarm_other(from, e);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == r->status) {
			err_set(e, reasons[i].code, "%s", _(reasons[i].text));
			return reasons[i].code == ERR_KEY ? refuse_key(l, n, e) : (int)e->code;
		}
	return err_set(e, ERR_UNAVAILABLE, "it answers with status %u: %.*s", r->status, SAID_MAX, buf_str(&r->said));
}

/* Of an answer 409: the size from which it wants to be shown. */
static int take_size(const struct reply *r, const struct proof_log *l, const struct tlog_checkpoint *c, uint64_t *from,
                     struct err *e)
{
	size_t len = strcspn(buf_str(&r->body), "\n");
	uint64_t size;
	if (len + 1 != r->body.len || !text_parse_u64(buf_str(&r->body), len, INT64_MAX, &size))
		return err_set(e, ERR_UNAVAILABLE, "its answer is not one of this protocol");
	if (size > proof_log_size(l))
		return alarm_longer(size, proof_log_size(l), e);
	if (size > c->size)
		return err_set(e, ERR_CONFLICT, "it has cosigned %" PRIu64 " entries already, this checkpoint has %" PRIu64,
		               size, c->size);
	if (size == *from && size == c->size)
		return alarm_other(size, e);
	*from = size;
	return ERR_OK;
}

static int ask(const struct proof_log *l, const struct tlog_note *n, const struct tlog_checkpoint *c,
               struct tlog_checkpoint_request *q, const struct store_witness *w, uint64_t *from, struct buf *out_line,
               int64_t *out_time, struct err *e)
{
	struct reply r = { .status = 0, .body = { .max = ANSWER_MAX } };
	const char *note = q->note;
	size_t note_len = q->note_len;
	int rc = proof_consistency(l, *from, c->size, q, e);
	q->note = note;
	q->note_len = note_len;
	if (!rc)
		rc = send(w, q, &r, e);
	if (!rc && r.status == 409)
		rc = take_size(&r, l, c, from, e);
	else if (!rc && r.status == 200)
		rc = take_cosignature(n, w, &r, out_line, out_time, e);
	else if (!rc)
		rc = refuse(&r, l, n, *from, e);
	release(&r);
	return rc;
}

int cosign_ask(const struct proof_log *l, const char *note, size_t note_len, const struct store_witness *w,
               uint64_t from, struct buf *out_line, int64_t *out_time, struct err *e)
{
	struct tlog_checkpoint_request q = { .note = note, .note_len = note_len };
	struct tlog_checkpoint c;
	struct tlog_note n;
	int rc = proof_log_fits(l, note, note_len, &c, e);
	if (!rc)
		rc = tlog_note_parse(note, note_len, &n, e);
	if (from > c.size)
		from = c.size;
	for (int round = 0; !rc && !out_line->len && round < ROUNDS; round++)
		rc = ask(l, &n, &c, &q, w, &from, out_line, out_time, e);
	if (!rc && !out_line->len)
		rc = err_set(e, ERR_BUSY, "others ask it at the same time");
	return rc ? err_prefix(e, _("witness %s"), w->name), (int)e->code : ERR_OK;
}
