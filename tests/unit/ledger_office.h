/*
 * A real store in a folder of its own, with a key by gpg, for the tests of ledger/archive, dispose and verify. Time is
 * what the tests say, beginning with the second in which the store was made.
 */
#ifndef TESTS_LEDGER_OFFICE_H
#define TESTS_LEDGER_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/random.h"
#include "foreign/jdoc.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/append.h"
#include "ledger/dispose.h"
#include "ledger/intake.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "ledger/verify.h"
#include "model/chain.h"
#include "model/commit.h"
#include "model/pgpsig.h"

#define OFFICE_DAY 86400

struct office {
	char *root, *dir;
	struct store store;
	struct store_pins pins;
	struct ledger *ledger;
	struct pgp_signer *entry, *archive;
	int64_t now;
	int year;                     /* in which the store was made */
	uint64_t taro, hanako, jiro;  /* their appointments */
};

static inline void office_must(int rc, const struct err *e)
{
	if (rc)
		fail_msg("%s: %s", err_word((enum err_code)rc), e->text);
}

static inline int office_ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                                   struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, out_r, out_s, e);
}

static inline int office_prime(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	(void)ctx, (void)before, (void)raw, (void)len, (void)e;
	return ERR_OK;
}

static inline int office_sign(void *ctx, const char *payload, size_t len, struct buf *out, struct err *e)
{
	struct office *o = ctx;
	struct commit commit;
	int rc = commit_parse_payload(payload, len, &commit, e);
	return rc ? rc : pgpsig_make(o->pins.fpr, commit.time, payload, len, office_ask_agent, o->entry, out, e);
}

static inline int office_sign_archive(void *ctx, const char *line, size_t len, struct buf *out, struct err *e)
{
	struct office *o = ctx;
	return pgpsig_make(o->pins.archive_fpr, o->now, line, len, office_ask_agent, o->archive, out, e);
}

/* Opens the store as a keeper does at its start. */
static inline int office_try_open(struct office *o, struct err *e)
{
	const struct ledger_signer port = { o, office_prime, office_sign, office_sign_archive, NULL, NULL, NULL };
	int rc = store_open(o->dir, &o->store, e);
	if (!rc)
		rc = store_lock(&o->store, e);
	return rc ? rc : ledger_open(&o->store, &port, &o->ledger, e);
}

static inline void office_open(struct office *o)
{
	struct err e = ERR_INIT;
	office_must(office_try_open(o, &e), &e);
}

static inline void office_close(struct office *o)
{
	ledger_close(o->ledger);
	o->ledger = NULL;
	store_release(&o->store);
}

static inline void office_library(void)
{
	struct err e = ERR_INIT;
	office_must(repo_library_init(&e), &e);
	office_must(pgp_library_init(&e), &e);
}

__attribute__((format(printf, 1, 2)))
static inline char *office_sh(const char *fmt, ...)
{
	char command[8192];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	static const char *const env[] = { "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=x",
		"GIT_AUTHOR_EMAIL=x@example.invalid", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.invalid", NULL };
	const char *argv[] = { "bash", "-ec", command, NULL };
	const struct proc p = { .argv = argv, .env = env };
	struct buf out = BUF_INIT;
	BUF_CLEANUP struct buf said = BUF_INIT;
	struct err e = ERR_INIT;
	int status;
	office_must(proc_run(&p, &out, &said, &status, &e), &e);
	if (status)
		fail_msg("%s: status %d: %s%s", command, status, buf_str(&out), buf_str(&said));
	while (out.len && out.ptr[out.len - 1] == '\n')
		out.ptr[--out.len] = '\0';
	return buf_steal(&out, NULL);
}

#define office_do(...) free(office_sh(__VA_ARGS__))

/* Under the rule book tests/data/NAME, changed by a script of sed -E (may be ""). */
static inline struct office *office_under(const char *name, const char *script)
{
	struct office *o = mem_alloc(sizeof *o);
	const char *tmp = getenv("TMPDIR");
	char *path = o->root = mem_printf("%s/dcu-XXXXXX", tmp ? tmp : "/tmp");
	struct err e = ERR_INIT;
	assert_non_null(mkdtemp(path));
	o->dir = file_path(path, "s");
	o->store.lock_fd = -1;
	office_do("cp -r %s/%s/rulebook %s/%s/schemas %s && sed -i -E '%s' %s/rulebook/directive.ini", TESTS_DATA, name,
	          TESTS_DATA, name, path, script, path);
	MEM_CLEANUP char *rulebook = file_path(path, "rulebook"), *schemas = file_path(path, "schemas");
	const struct store_options options = { .origin = "sample.example/register", .rulebook = rulebook,
	                                       .schemas = schemas };
	office_must(store_init(o->dir, &options, &o->pins, &e), &e);
	MEM_CLEANUP char *keys = file_path(o->dir, "keys");
	o->entry = pgp_signer_new(keys, o->pins.fpr, &e);
	o->archive = pgp_signer_new(keys, o->pins.archive_fpr, &e);
	if (!o->entry || !o->archive)
		fail_msg("%s", e.text);
	office_open(o);
	o->now = o->ledger->chain.time;
	o->year = date_year_of_time(o->now);
	return o;
}

static inline struct office *office_new(void)
{
	return office_under("ledger", "");
}

static inline void office_free(struct office *o)
{
	MEM_CLEANUP char *keys = file_path(o->dir, "keys");
	if (o->ledger)
		office_close(o);
	pgp_signer_free(o->entry);
	pgp_signer_free(o->archive);
	pgp_agent_stop(keys, NULL);
	office_do("for home in %s/keys-*; do [ ! -d $home ] || gpgconf --homedir $home --kill gpg-agent; done", o->root);
	file_remove_tree(o->root, NULL);
	free(o->dir);
	free(o->root);
	free(o);
}

/* The store as it is, closed, for office_put_back. */
static inline void office_keep(struct office *o)
{
	office_close(o);
	office_do("cp -a %s %s/kept; rm -f %s/kept/keys/S.*", o->dir, o->root, o->root);
}

/* The store as it was kept, closed; the keys stay, and what was archived since goes. */
static inline void office_put_back(struct office *o)
{
	if (o->ledger)
		office_close(o);
	office_do("cd %s; rm -rf s-archive; for f in ledger.git volumes index.db intent daicho.ini; do rm -rf s/$f s/$f-*;"
	          " cp -a kept/$f s/$f; done", o->root);
}

/* A second later: no two entries of the tests have one Time. */
static inline int64_t office_tick(struct office *o)
{
	return ++o->now;
}

/* Without lines of attachments: kind, unit and the body as JSON. */
static inline uint64_t office_add(struct office *o, const char *kind, const char *more)
{
	MEM_CLEANUP char *text = mem_printf("{\"kind\":\"%s\",\"unit\":\"hq\",%s}", kind, more);
	struct err e = ERR_INIT;
	struct jdoc *request = jdoc_parse(text, strlen(text), (size_t)1 << 24, 0, &e), *faults = NULL;
	struct intake in;
	office_must(request ? 0 : (int)e.code, &e);
	office_must(intake_parse(o->ledger->rules, request, 1000, "tester", office_tick(o), &in, &faults, &e), &e);
	struct append_item item = { .leaf = &in.leaf, .note = &in.note, .attachments = in.attachments,
	                            .digest = in.digest };
	office_must(append_one(o->ledger, &item, o->now, &e), &e);
	office_must((int)item.err.code, &item.err);
	intake_release(&in);
	jdoc_free(request);
	jdoc_free(faults);
	return item.seq;
}

static inline uint64_t office_slip(struct office *o, const char *text)
{
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"text\":\"%s\"}", text);
	return office_add(o, "slip", body);
}

static inline uint64_t office_appoint(struct office *o, const char *login, int number)
{
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"%s\",\"fpr\":\"%040d\",\"role\":\"officer\"}", login,
	                                    number);
	return office_add(o, "appointment", body);
}

/* Below the folder of the tests, where a person's key ring is. */
static inline char *office_key_ring(const struct office *o, const char *login)
{
	return mem_printf("%s/keys-%s", o->root, login);
}

/* A key of their own; office_person_fpr names it, office_person_key is its armor as JSON. */
static inline void office_make_key(struct office *o, const char *login)
{
	MEM_CLEANUP char *home = office_key_ring(o, login);
	office_do("mkdir -m 700 %s; gpg -q --homedir %s --batch --passphrase '' --quick-gen-key %s ed25519 sign never;"
	          " gpg --homedir %s --with-colons -K | awk -F: '/^fpr/ {print $10; exit}' > %s/fpr", home, home, login,
	          home, home);
}

static inline char *office_person_fpr(struct office *o, const char *login)
{
	MEM_CLEANUP char *home = office_key_ring(o, login);
	return office_sh("cat %s/fpr", home);
}

static inline char *office_person_key(struct office *o, const char *login)
{
	MEM_CLEANUP char *home = office_key_ring(o, login);
	MEM_CLEANUP char *armor = office_sh("gpg --homedir %s --armor --export", home);
	MEM_CLEANUP char *text = mem_printf("%s\n", armor);
	struct jdoc *d = jdoc_string(text);
	struct buf out = BUF_INIT;
	jdoc_print(d, &out);
	jdoc_free(d);
	return buf_steal(&out, NULL);
}

static inline uint64_t office_appoint_signer(struct office *o, const char *login)
{
	office_make_key(o, login);
	MEM_CLEANUP char *fpr = office_person_fpr(o, login), *key = office_person_key(o, login);
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"%s\",\"fpr\":\"%s\",\"role\":\"officer\","
	                                    "\"openpgp_public_key\":%s}", login, fpr, key);
	return office_add(o, "appointment", body);
}

static inline void office_people(struct office *o)
{
	o->taro = office_appoint(o, "taro", 1);
	o->hanako = office_appoint(o, "hanako", 2);
}

/* Who can dispose of something: taro acts by his login alone, hanako and jiro can sign. */
static inline void office_signers(struct office *o)
{
	o->taro = office_appoint(o, "taro", 1);
	o->hanako = office_appoint_signer(o, "hanako");
	o->jiro = office_appoint_signer(o, "jiro");
}

/* From then on gpg signs there at this time. Written by another process: no test of faults counts it. */
static inline void office_gpg_at(const char *home, int64_t time)
{
	office_do("echo faked-system-time %lld! > %s/gpg.conf", (long long)time, home);
}

/* Base64, or some text where this login has no key. To be freed. */
static inline char *office_person_sign(struct office *o, const char *login, const struct note *note)
{
	MEM_CLEANUP char *home = office_key_ring(o, login);
	BUF_CLEANUP struct buf statement = BUF_INIT, raw = BUF_INIT;
	struct err e = ERR_INIT;
	if (!file_exists(home))
		return mem_strdup("AAAA");
	MEM_CLEANUP char *fpr = office_person_fpr(o, login);
	note_statement(note, "sample.example/register", &statement);
	office_gpg_at(home, o->now);
	office_must(pgp_sign_detached(home, fpr, statement.ptr, statement.len, &raw, &e), &e);
	char *text = mem_alloc(hash_base64_encoded_len(raw.len) + 1);
	hash_base64_encode(raw.ptr, raw.len, text);
	return text;
}

static inline uint64_t office_heartbeat(struct office *o)
{
	struct leaf leaf = { .kind = LEAF_HEARTBEAT, .kind_name = "heartbeat" };
	struct append_item item = { .leaf = &leaf };
	struct err e = ERR_INIT;
	office_must(append_one(o->ledger, &item, o->now, &e), &e);
	office_must((int)item.err.code, &item.err);
	leaf_release(&leaf);
	return item.seq;
}

/* Lives ten days at a time up to noon of that day. */
static inline void office_live_to(struct office *o, int year, int month, int day)
{
	int64_t to = date_to_time((struct date){ year, month, day }) + OFFICE_DAY / 2;
	while (o->now < to) {
		o->now = o->now + 10 * OFFICE_DAY < to ? o->now + 10 * OFFICE_DAY : to;
		office_heartbeat(o);
	}
}

/* Disposal. */

static inline char *office_plan(struct office *o)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_plan(o->ledger, o->now, &d, &e), &e);
	char *plan = mem_strdup(jdoc_get_text(d, "plan"));
	jdoc_free(d);
	return plan;
}

static inline void office_about(struct office *o, enum dispose_act act, const char *plan, struct dispose_about *out)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(act == DISPOSE_PROPOSE ? dispose_plan(o->ledger, o->now, &d, &e)
	                                   : dispose_state(o->ledger, o->now, &d, &e), &e);
	dispose_about_read(act, d, plan, out);
	jdoc_free(d);
}

static inline int office_act(struct office *o, enum dispose_act act, const char *plan, const char *login, struct err *e)
{
	struct index_person person;
	struct hash digest;
	struct note note;
	struct jdoc *d = NULL;
	uint8_t request[NOTE_REQUEST_LEN];
	const char *words = act == DISPOSE_PROPOSE ? NULL : "No. 1";
	struct dispose_about about;
	random_bytes(request, sizeof request);
	office_must(index_person_by_login(o->ledger->index, login, NULL, &person, e), e);
	assert_true(hash_parse(plan, strlen(plan), &digest));
	office_about(o, act, plan, &about);
	office_must(dispose_note(act, &about, words, "hq", request, date_of_time(office_tick(o)), &note, e), e);
	random_bytes(note.salt, sizeof note.salt);
	note.uid = 1000;
	strcpy(note.login, login);
	if (act == DISPOSE_APPROVE)
		note.signature = office_person_sign(o, login, &note);
	int rc = dispose_act(o->ledger, act, &digest, &note, &person, o->now, &d, e);
	note_release(&note);
	jdoc_free(d);
	return rc;
}

static inline void office_approve(struct office *o, const char *plan)
{
	struct err e = ERR_INIT;
	office_must(office_act(o, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	office_must(office_act(o, DISPOSE_APPROVE, plan, "hanako", &e), &e);
	office_must(office_act(o, DISPOSE_APPROVE, plan, "jiro", &e), &e);
}

static inline int office_run(struct office *o, struct jdoc **out, struct err *e)
{
	return dispose_run(o->ledger, NULL, office_tick(o), out, e);
}

/* Verdicts. */

static inline struct jdoc *office_verify(struct office *o, const char *path, bool ledger_only)
{
	const struct verify_options options = { .pins = &o->pins, .ledger_only = ledger_only, .now = o->now };
	struct verify_result result;
	struct err e = ERR_INIT;
	office_must(verify_repository(path, &options, &result, &e), &e);
	assert_string_equal(jdoc_get_text(result.doc, "verdict"), verdict_word(result.verdict));
	return result.doc;
}

#endif
