/* A store of its own for each test, made by gpg and git as in life, with a signer in this process. Times count from the
 * ledger's own first entry. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/append.h"
#include "ledger/intake.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/store.h"
#include "ledger/volume.h"
#include "model/commit.h"
#include "model/pgpsig.h"

#define RULEBOOK PROJECT "/etc/rulebooks/kumamoto-r6-120"
#define SCHEMAS PROJECT "/schemas"
#define ORIGIN "test.example/register"
#define DAY 86400
#define HOUR 3600

struct fixture {
	char *dir;
	struct store store;
	struct ledger *ledger;
	struct chain chain;              /* the signer's */
	struct pgp_signer *agent;
	unsigned refuse_after;           /* the signer refuses after so many signatures; 0 = never */
	unsigned made;
	int64_t start;                   /* Time of the first entry */
	struct store_pins pins;
};

static char *fixture_template;           /* made once, copied for each test */
static struct store_pins fixture_pins;

__attribute__((unused)) static void give_up(const char *what, const struct err *e)
{
	print_error("%s: %s %s\n", what, err_word(e->code), e->text);
	abort();
}

__attribute__((unused)) static int run_git(struct fixture *f, struct buf *out, ...)
{
	const char *argv[24] = { "git" };
	struct err e = ERR_INIT;
	va_list ap;
	int status = -1;
	size_t n = 1;
	va_start(ap, out);
	while ((argv[n] = va_arg(ap, const char *)) && n < 23)
		n++;
	va_end(ap);
	static const char *const env[] = { "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", NULL };
	struct proc p = { .argv = argv, .env = env, .dir = f->dir };
	BUF_CLEANUP struct buf said = BUF_INIT;
	if (proc_run(&p, out, &said, &status, &e))
		give_up("git", &e);
	if (status)
		print_error("git: %s\n", buf_str(&said));
	return status;
}

static void run_plain(const char *const *argv)
{
	struct err e = ERR_INIT;
	int status = -1;
	struct proc p = { .argv = argv };
	if (proc_run(&p, NULL, NULL, &status, &e) || status)
		give_up(argv[0], &e);
}

static char *make_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = mem_printf("%s/dculXXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		abort();
	return path;
}

/* The signer. */

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

static int prime_signer(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	struct fixture *f = ctx;
	return chain_resume(&f->chain, raw, len, before, e);
}

static int sign_entry(void *ctx, const char *payload, size_t len, struct buf *out, struct err *e)
{
	struct fixture *f = ctx;
	struct commit commit;
	struct leaf leaf;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	if (f->refuse_after && f->made++ == f->refuse_after)
		return err_set(e, ERR_UNAVAILABLE, "signer: gone");
	int rc = commit_parse_payload(payload, len, &commit, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc)
		return rc;
	rc = chain_check(&f->chain, &commit, &leaf, e);
	if (!rc && !f->agent && !(f->agent = pgp_signer_new(f->store.keys, f->store.entry_fpr, e)))
		rc = e->code;
	if (!rc)
		rc = pgpsig_make(f->store.entry_fpr, leaf.time, payload, len, ask_agent, f->agent, out, e);
	if (!rc)
		rc = commit_sign(payload, len, buf_str(out), &raw, e);
	if (!rc) {
		struct oid id = oid_of(OID_COMMIT, raw.ptr, raw.len);
		struct hash hash = leaf_hash(commit.message, commit.message_len);
		chain_advance(&f->chain, &commit, &leaf, &hash, &id);
	}
	leaf_release(&leaf);
	return rc;
}

static int sign_nothing(void *ctx, const char *line, size_t len, struct buf *out, struct err *e)
{
	(void)ctx, (void)line, (void)len, (void)out;
	return err_set(e, ERR_BUG, "no archive is signed here");
}

static int open_fixture(struct fixture *f, struct err *e)
{
	struct ledger_signer signer = { f, prime_signer, sign_entry, sign_nothing, NULL, NULL, NULL };
	int rc = store_open(f->dir, &f->store, e);
	if (rc)
		return rc;
	rc = store_lock(&f->store, e);
	if (!rc)
		rc = ledger_open(&f->store, &signer, &f->ledger, e);
	if (rc) {
		f->ledger = NULL;
		store_release(&f->store);
	}
	return rc;
}

static void close_fixture(struct fixture *f)
{
	if (!f->ledger)
		return;
	ledger_close(f->ledger);
	f->ledger = NULL;
	pgp_signer_free(f->agent);
	f->agent = NULL;
	store_release(&f->store);
}

__attribute__((unused)) static void reopen(struct fixture *f)
{
	struct err e = ERR_INIT;
	close_fixture(f);
	if (open_fixture(f, &e))
		give_up("ledger_open", &e);
}

/* Of the one that comes with the project: everybody submits everything, and no rule is asked. Roles and
 * rules have tests of their own. */
static char *open_rule_book(const char *dir)
{
	char *book = file_path(dir, "rulebook");
	MEM_CLEANUP char *ini = file_path(book, "directive.ini");
	run_plain((const char *const[]){ "cp", "-r", RULEBOOK, book, NULL });
	run_plain((const char *const[]){ "sed", "-i", "-E", "/^\\[act /,/^$/d; /^(submit|sign|first_role|first_field) =/d",
	                                 ini, NULL });
	run_plain((const char *const[]){ "sed", "-i", "-E", "/^\\[(rule|due|route) /,/^$/d", ini, NULL });
	return book;
}

__attribute__((unused)) static int make_template(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *book = NULL;
	if (pgp_library_init(&e) || repo_library_init(&e))
		give_up("libraries", &e);
	fixture_template = make_dir();
	book = open_rule_book(fixture_template);
	struct store_options o = { .origin = ORIGIN, .rulebook = book, .schemas = SCHEMAS };
	MEM_CLEANUP char *dir = file_path(fixture_template, "s");
	if (store_init(dir, &o, &fixture_pins, &e))
		give_up("store_init", &e);
	return 0;
}

__attribute__((unused)) static int remove_template(void **state)
{
	(void)state;
	file_remove_tree(fixture_template, NULL);
	mem_free_ptr(&fixture_template);
	repo_library_exit();
	return 0;
}

__attribute__((unused)) static int set_up(void **state)
{
	struct err e = ERR_INIT;
	struct fixture *f = mem_alloc(sizeof *f);
	MEM_CLEANUP char *from = file_path(fixture_template, "s");
	MEM_CLEANUP char *dir = make_dir();
	f->dir = file_path(dir, "s");
	const char *const copy[] = { "cp", "-a", from, f->dir, NULL };
	run_plain(copy);
	f->pins = fixture_pins;
	if (open_fixture(f, &e))
		give_up("ledger_open", &e);
	f->start = f->ledger->chain.time;
	*state = f;
	return 0;
}

__attribute__((unused)) static int tear_down(void **state)
{
	struct fixture *f = *state;
	MEM_CLEANUP char *keys = file_path(f->dir, "keys");
	close_fixture(f);
	pgp_agent_stop(keys, NULL);
	*strrchr(f->dir, '/') = '\0';
	file_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f);
	return 0;
}

/* Records. */

struct copying {
	const struct jdoc *schema;
	struct jdoc *to;
};

static bool is_required(const struct jdoc *schema, const char *name)
{
	const struct jdoc *list = jdoc_get(schema, "required");
	for (size_t i = 0; i < jdoc_size(list); i++)
		if (strcmp(jdoc_text(jdoc_at(list, i)), name) == 0)
			return true;
	return false;
}

static int copy_field(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct copying *c = ctx;
	const struct jdoc *field = jdoc_get(jdoc_get(c->schema, "properties"), name);
	bool is_link = jdoc_get(field, "x-ref") || jdoc_get(jdoc_get(field, "items"), "x-ref");
	(void)e;
	if (!is_link || is_required(c->schema, name))
		jdoc_set(c->to, name, jdoc_keep(value));
	return ERR_OK;
}

/* The first sample of a kind, without links that may be left out. */
__attribute__((unused)) static struct jdoc *sample(struct fixture *f, const char *kind)
{
	struct copying c = { schema_doc(rules_schema(f->ledger->rules, kind)), jdoc_object() };
	jdoc_each(jdoc_at(jdoc_get(c.schema, "examples"), 0), copy_field, &c, NULL);
	return c.to;
}

/* Takes body over. */
__attribute__((unused)) static struct jdoc *request(const char *kind, const char *unit, struct jdoc *body)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "kind", kind);
	jdoc_set_string(d, "unit", unit);
	jdoc_set(d, "body", body);
	return d;
}

struct added {
	struct intake intake;
	struct append_item item;
	struct err err;
};

__attribute__((unused)) static void take_in(struct fixture *f, struct jdoc *d, struct added *out)
{
	struct jdoc *faults = NULL;
	*out = (struct added){ .err = ERR_INIT };
	if (intake_parse(f->ledger->rules, d, 1000, "tester", f->ledger->chain.time + DAY, &out->intake, &faults,
	                 &out->err))
		give_up("intake", &out->err);
	out->item = (struct append_item){ .leaf = &out->intake.leaf, .note = &out->intake.note,
		                          .attachments = out->intake.attachments, .digest = out->intake.digest };
}

/* Takes the request over; the code of what became of it. Out may be NULL. */
__attribute__((unused)) static int add_at(struct fixture *f, struct jdoc *d, int64_t now, struct append_item *out)
{
	struct added a;
	struct err e = ERR_INIT;
	take_in(f, d, &a);
	jdoc_free(d);
	int rc = append_one(f->ledger, &a.item, now, &e);
	if (out) {
		*out = a.item;
		out->err = e;
	}
	intake_release(&a.intake);
	return rc;
}

__attribute__((unused)) static int add(struct fixture *f, struct jdoc *d, struct append_item *out)
{
	return add_at(f, d, f->ledger->chain.time, out);
}

/* A record of this kind that must go in; its number. field NULL: no link. */
__attribute__((unused)) static uint64_t put(struct fixture *f, const char *kind, const char *field, uint64_t number)
{
	struct append_item item;
	struct jdoc *body = sample(f, kind);
	if (field)
		jdoc_set_integer(body, field, (int64_t)number);
	if (add(f, request(kind, "hq", body), &item))
		give_up(kind, &item.err);
	return item.seq;
}

#endif
