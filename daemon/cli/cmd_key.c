#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/given.h"
#include "cli/key.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/pgp.h"
#include "model/keyring.h"

#define ARGS_MAX 2
#define STATE_COLUMNS 11
#define KEY_FILE_MAX ((size_t)1 << 20)
#define MAKE_DEADLINE_S 60

struct asked {
	const char *args[ARGS_MAX];             /* the step, and a use or a fingerprint */
	size_t count;
	const char *reason, *sign, *key, *file, *since, *recovery, *homedir;
};

static void add_line(struct jdoc *keys, const char *action, const char *use, const char *fpr, const uint64_t *since)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "action", action);
	jdoc_set_string(d, "use", use);
	jdoc_set_string(d, "fpr", fpr);
	if (since)
		jdoc_set_integer(d, "since", (int64_t)*since);
	jdoc_append(keys, d);
}

/* Takes keys over. */
static int send(struct context *c, const struct asked *a, struct jdoc *keys, struct err *e)
{
	const struct act_options o = { .sign = a->sign };
	struct jdoc *body = jdoc_object();
	jdoc_set(body, "keys", keys);
	jdoc_set_string(body, "reason", a->reason);
	int rc = a->recovery ? key_send_recovered(c, body, a->sign, a->recovery, a->homedir, e)
	                     : act_send(c, "key", LEAF_KEY, body, &o, e);
	jdoc_free(body);
	return rc;
}

/* A new key of the key home, or the one that was named. */
static int make_key(struct context *c, const struct asked *a, const char *use, char out_fpr[LEAF_FPR_LEN + 1],
                    struct err *e)
{
	struct jdoc *question = jdoc_object(), *answer = NULL;
	if (a->key) {
		jdoc_free(question);
		return key_read_fpr("key", a->key, out_fpr, e);
	}
	jdoc_set_string(question, "use", use);
	int rc = client_call(c, "/v1/keys", question, MAKE_DEADLINE_S, &answer, e);
	jdoc_free(question);
	if (!rc)
		rc = key_read_fpr("key", jdoc_get_text(answer, "fpr"), out_fpr, e);
	jdoc_free(answer);
	return rc;
}

static int read_recovery(const struct asked *a, char out_fpr[LEAF_FPR_LEN + 1], struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	if (!a->file)
		return usage_refuse("key", e, "add recovery: --file FILE with its armored public key is wanted");
	int rc = file_read(a->file, KEY_FILE_MAX, &armor, e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_fingerprint_of(buf_str(&armor), armor.len, out_fpr, e);
	return given_tell(rc, "--file: give the recovery key's public part: gpg --armor --export FINGERPRINT", e);
}

static int add(struct context *c, const struct asked *a, struct err *e)
{
	char fpr[LEAF_FPR_LEN + 1];
	enum leaf_key_use use;
	if (a->count != 2 || !keyring_use_of(a->args[1], &use))
		return usage_refuse("key", e, "add: entry, archive, checkpoint or recovery is wanted");
	int rc = use == LEAF_USE_RECOVERY ? read_recovery(a, fpr, e) : make_key(c, a, a->args[1], fpr, e);
	if (rc)
		return rc;
	struct jdoc *keys = jdoc_array();
	add_line(keys, "add", a->args[1], fpr, NULL);
	return send(c, a, keys, e);
}

/* The last that the ledger says of this key. */
static int find_key(struct context *c, const char *fpr, struct jdoc **out_keys, const struct jdoc **out,
                    struct err *e)
{
	int rc = client_get(c, "/v1/keys", out_keys, e);
	const struct jdoc *keys = jdoc_get(*out_keys, "keys");
	*out = NULL;
	for (size_t i = 0; !rc && i < jdoc_size(keys); i++) {
		const char *is = jdoc_get_text(jdoc_at(keys, i), "fpr");
		if (is && strcmp(is, fpr) == 0)
			*out = jdoc_at(keys, i);
	}
	if (rc || *out)
		return rc;
	err_set(e, ERR_NOTFOUND, "key %s: the ledger has no such key", fpr);
	return err_next(e, "daicho key list tells those that it has");
}

static int end(struct context *c, const struct asked *a, const char *action, struct err *e)
{
	char fpr[LEAF_FPR_LEN + 1];
	struct jdoc *all = NULL;
	const struct jdoc *key;
	if (a->count != 2)
		return usage_refuse("key", e, "%s: the fingerprint of a key of the ledger is wanted", action);
	int rc = key_read_fpr("key", a->args[1], fpr, e);
	if (!rc)
		rc = find_key(c, fpr, &all, &key, e);
	if (!rc) {
		struct jdoc *keys = jdoc_array();
		add_line(keys, action, jdoc_get_text(key, "use"), fpr, NULL);
		rc = send(c, a, keys, e);
	}
	jdoc_free(all);
	return rc;
}

static int retire(struct context *c, const struct asked *a, struct err *e)
{
	return end(c, a, "retire", e);
}

static int revoke(struct context *c, const struct asked *a, struct err *e)
{
	return end(c, a, "revoke", e);
}

static bool counts_for(const struct jdoc *key, const char *use)
{
	const char *is = jdoc_get_text(key, "use"), *state = jdoc_get_text(key, "state");
	return is && state && strcmp(is, use) == 0 && strcmp(state, "counts") == 0;
}

static int rotate(struct context *c, const struct asked *a, struct err *e)
{
	const char *use = a->count == 2 ? a->args[1] : "entry";
	char fpr[LEAF_FPR_LEN + 1];
	struct jdoc *all = NULL;
	enum leaf_key_use known;
	if (!keyring_use_of(use, &known) || known == LEAF_USE_RECOVERY)
		return usage_refuse("key", e, "rotate: entry, archive or checkpoint is wanted");
	int rc = client_get(c, "/v1/keys", &all, e);
	if (!rc)
		rc = make_key(c, a, use, fpr, e);
	if (!rc) {
		const struct jdoc *list = jdoc_get(all, "keys");
		struct jdoc *keys = jdoc_array();
		add_line(keys, "add", use, fpr, NULL);
		for (size_t i = 0; i < jdoc_size(list); i++)
			if (counts_for(jdoc_at(list, i), use))
				add_line(keys, "retire", use, jdoc_get_text(jdoc_at(list, i), "fpr"), NULL);
		rc = send(c, a, keys, e);
	}
	jdoc_free(all);
	return rc;
}

/* Another key takes its place in the same entry. */
static int tell_compromised(struct context *c, const struct asked *a, struct err *e)
{
	char fpr[LEAF_FPR_LEN + 1], fresh[LEAF_FPR_LEN + 1] = "";
	struct jdoc *all = NULL;
	const struct jdoc *key;
	uint64_t since;
	if (a->count != 2 || !a->since || !text_parse_u64(a->since, strlen(a->since), LEAF_SEQ_MAX, &since))
		return usage_refuse("key", e, "compromised: a fingerprint and --since N, the first entry that it may "
		                              "have signed in other hands, are wanted");
	int rc = key_read_fpr("key", a->args[1], fpr, e);
	if (!rc)
		rc = find_key(c, fpr, &all, &key, e);
	const char *use = rc ? "" : jdoc_get_text(key, "use");
	bool replaces = !rc && strcmp(use, "recovery") != 0 && counts_for(key, use);
	if (replaces)
		rc = make_key(c, a, use, fresh, e);
	if (!rc) {
		struct jdoc *keys = jdoc_array();
		if (replaces)
			add_line(keys, "add", use, fresh, NULL);
		add_line(keys, "compromised", use, fpr, &since);
		rc = send(c, a, keys, e);
	}
	jdoc_free(all);
	return rc;
}

static void print_key(const struct jdoc *d, struct buf *out)
{
	const char *fpr = jdoc_get_text(d, "fpr"), *use = jdoc_get_text(d, "use"), *state = jdoc_get_text(d, "state");
	const char *vkey = jdoc_get_text(d, "vkey");
	int64_t from = 0, until = 0, told_by = 0, since = 0;
	jdoc_get_integer(d, "from", &from);
	buf_printf(out, "%-10s  %s  ", use ? use : "", fpr ? fpr : "");
	text_add_cell(out, state ? _(state) : "", STATE_COLUMNS);
	buf_puts(out, "  ");
	if (jdoc_get_integer(d, "until", &until))
		buf_printf(out, _("entries %" PRId64 " to %" PRId64), from, until);
	else
		buf_printf(out, _("from entry %" PRId64 " on"), from);
	if (jdoc_get_integer(d, "compromised_since", &since))
		buf_printf(out, _(", compromised since entry %" PRId64), since);
	if (jdoc_get_integer(d, "told_by", &told_by))
		buf_printf(out, _(" (entry %" PRId64 ")"), told_by);
	buf_putc(out, '\n');
	if (vkey)
		buf_printf(out, "            %s\n", vkey);
}

static int list(struct context *c, const struct asked *a, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct jdoc *d = NULL;
	if (a->count != 1)
		return usage_refuse("key", e, "list: takes no argument");
	int rc = client_get(c, "/v1/keys", &d, e);
	const struct jdoc *keys = jdoc_get(d, "keys");
	if (!rc && c->json)
		output_json(d);
	for (size_t i = 0; !rc && !c->json && i < jdoc_size(keys); i++)
		print_key(jdoc_at(keys, i), &text);
	output_text(&text);
	jdoc_free(d);
	return rc;
}

static const struct step {
	const char *name;
	int (*run)(struct context *c, const struct asked *a, struct err *e);
	bool acts;
} steps[] = {
	{ "list", list, false }, { "add", add, true }, { "retire", retire, true }, { "revoke", revoke, true },
	{ "rotate", rotate, true }, { "compromised", tell_compromised, true },
};

int cmd_key(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .count = 0 };
	const struct options_spec specs[] = {
		{ "reason", &a.reason, NULL }, { "sign", &a.sign, NULL }, { "key", &a.key, NULL }, { "file", &a.file, NULL },
		{ "since", &a.since, NULL }, { "recovery", &a.recovery, NULL }, { "homedir", &a.homedir, NULL },
	};
	int rc = options_read("key", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, a.args, ARGS_MAX,
	                      &a.count, e);
	*out_status = 0;
	for (size_t i = 0; !rc && a.count && i < sizeof steps / sizeof *steps; i++) {
		if (strcmp(steps[i].name, a.args[0]) != 0)
			continue;
		if (steps[i].acts && !a.reason)
			return usage_refuse("key", e, "%s: --reason TEXT is wanted", steps[i].name);
		return steps[i].run(c, &a, e);
	}
	return rc ? rc : usage_refuse("key", e, "list, add, retire, revoke, rotate or compromised is wanted");
}
