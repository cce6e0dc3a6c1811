#include "cli/key.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/client.h"
#include "foreign/pgp.h"
#include "ledger/act_body.h"
#include "model/commit.h"
#include "model/pgpsig.h"

#define DEADLINE_S 60
#define TRIES 3

struct recovering {
	struct context *c;
	const char *home;
	char fpr[LEAF_FPR_LEN + 1];
	struct pgp_signer *signer;
	struct jdoc *request;        /* as the daemon is asked */
};

int key_read_fpr(const char *what, const char *text, char out[LEAF_FPR_LEN + 1], struct err *e)
{
	char upper[LEAF_FPR_LEN + 1] = "";
	size_t len = text ? strlen(text) : 0;
	for (size_t i = 0; i < len && len <= LEAF_FPR_LEN; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	if (!leaf_is_fpr(upper, strlen(upper)))
		return err_set(e, ERR_USAGE, "%s: a full fingerprint of 40 hexadecimal digits is wanted", what);
	memcpy(out, upper, sizeof upper);
	return ERR_OK;
}

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

/* What is signed is looked at first: the next entry of this ledger, of kind key, that says what was asked for. */
static int check_payload(const struct recovering *k, const char *payload, int64_t *out_time, struct err *e)
{
	struct commit commit;
	struct leaf leaf, wanted = { .kind = LEAF_KEY };
	int rc = commit_parse_payload(payload, strlen(payload), &commit, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc)
		return err_prefix(e, "payload");
	rc = act_body_fill(LEAF_KEY, jdoc_get(k->request, "body"), &wanted, e);
	bool same = !rc && leaf.kind == LEAF_KEY && leaf.keys_count == wanted.keys_count;
	for (size_t i = 0; same && i < wanted.keys_count; i++)
		same = leaf.keys[i].action == wanted.keys[i].action && leaf.keys[i].use == wanted.keys[i].use &&
		       leaf.keys[i].since == wanted.keys[i].since && strcmp(leaf.keys[i].fpr, wanted.keys[i].fpr) == 0;
	if (!rc && !same)
		rc = err_set(e, ERR_KEY, "payload: the daemon wants another entry signed than was asked for");
	*out_time = leaf.time;
	leaf_release(&leaf);
	leaf_release(&wanted);
	return rc;
}

static int hand_in(const struct recovering *k, const struct buf *armor, struct jdoc **out, struct err *e)
{
	struct jdoc *request = jdoc_object();
	jdoc_set_string(request, "signature", buf_str(armor));
	int rc = client_call(k->c, "/v1/keys/signed", request, DEADLINE_S, out, e);
	jdoc_free(request);
	return rc;
}

static int try_once(const struct recovering *k, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	struct jdoc *answer = NULL;
	int64_t time = 0;
	int rc = client_call(k->c, "/v1/keys/recovery", k->request, DEADLINE_S, &answer, e);
	const char *payload = jdoc_get_text(answer, "payload");
	if (!rc && !payload)
		rc = err_set(e, ERR_SYNTAX, "answer of the daemon: no payload");
	if (!rc)
		rc = check_payload(k, payload, &time, e);
	if (!rc)
		rc = pgpsig_make(k->fpr, time, payload, strlen(payload), ask_agent, k->signer, &armor, e);
	if (!rc)
		rc = hand_in(k, &armor, out, e);
	jdoc_free(answer);
	return rc;
}

static int find_origin(struct context *c, char out[LEAF_ORIGIN_MAX + 1], struct err *e)
{
	struct jdoc *status = NULL;
	int rc = client_get(c, "/v1/status", &status, e);
	const char *origin = jdoc_get_text(status, "origin");
	if (!rc && (!origin || !leaf_is_origin(origin, strlen(origin))))
		rc = err_set(e, ERR_SYNTAX, "answer of the daemon: no origin");
	if (!rc)
		strcpy(out, origin);
	jdoc_free(status);
	return rc;
}

static int prepare(struct recovering *k, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	char origin[LEAF_ORIGIN_MAX + 1];
	int rc = find_origin(k->c, origin, e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_export_as(k->home, k->fpr, origin, &armor, e);
	if (!rc && !(k->signer = pgp_signer_of_person(k->home, k->fpr, e)))
		rc = (int)e->code;
	jdoc_set_string(k->request, "recovery", k->fpr);
	jdoc_set_string(k->request, "recovery_key", buf_str(&armor));
	return rc;
}

int key_send_recovered(struct context *c, struct jdoc *body, const char *sign, const char *recovery,
                       const char *homedir, struct err *e)
{
	char home[PATH_MAX];
	struct jdoc *answer = NULL;
	struct recovering k = { .c = c, .home = homedir ? home : NULL, .request = jdoc_object() };
	int rc = homedir && !realpath(homedir, home) ? err_errno(e, errno, "%s", homedir) : ERR_OK;
	if (!rc)
		rc = key_read_fpr("recovery", recovery, k.fpr, e);
	if (!rc)
		rc = act_request(c, LEAF_KEY, body, sign, k.request, e);
	if (!rc)
		rc = prepare(&k, e);
	for (int tries = 0; (!rc && !tries) || (rc == ERR_CONFLICT && tries && tries < TRIES); tries++)
		rc = try_once(&k, &answer, e);
	if (!rc)
		act_print(c, answer);
	jdoc_free(answer);
	jdoc_free(k.request);
	pgp_signer_free(k.signer);
	return rc;
}
