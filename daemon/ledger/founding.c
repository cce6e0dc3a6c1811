#include "ledger/founding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "foreign/pgp.h"
#include "ledger/append.h"
#include "ledger/intake.h"
#include "ledger/ledger.h"
#include "ledger/login.h"
#include "ledger/rules.h"
#include "model/commit.h"
#include "model/pgpsig.h"

struct making {
	struct founding *f;
	struct intake intake;       /* if f->made */
};

static const struct rulebook_kind *find_kind(const struct rulebook *book)
{
	for (size_t i = 0; i < book->kinds_count; i++)
		if (book->kinds[i].identity_login[0])
			return &book->kinds[i];
	return NULL;
}

/* What has a default gets it. */
static int fill_default(void *ctx, const char *field, struct jdoc *property, struct err *e)
{
	struct jdoc *body = ctx, *value = jdoc_get(property, "default");
	(void)e;
	if (value && !jdoc_get(body, field))
		jdoc_set(body, field, jdoc_keep(value));
	return ERR_OK;
}

/* A required text that is none of the fields that the rule book knows. Others than texts are left to the schema. */
static void fill_text(struct jdoc *body, const struct jdoc *schema, const char *field)
{
	const struct jdoc *property = jdoc_get(jdoc_get(schema, "properties"), field);
	const char *type = jdoc_get_text(property, "type"), *fixed = jdoc_get_text(property, "const");
	BUF_CLEANUP struct buf name = BUF_INIT;
	char today[DATE_LEN + 1];
	if (jdoc_get(body, field) || !type || strcmp(type, "string") != 0)
		return;
	date_print(date_of_time(date_now()), today);
	login_full_name(getuid(), &name);
	jdoc_set_string(body, field, fixed ? fixed : jdoc_is_true(jdoc_get(property, "x-date")) ? today : buf_str(&name));
}

static struct jdoc *make_body(const struct rules *rules, const struct rulebook_kind *k)
{
	const struct jdoc *schema = schema_doc(rules_schema(rules, k->name)), *required = jdoc_get(schema, "required");
	const struct rulebook_named *role = rulebook_role(rules->book, rules->book->first_role);
	struct jdoc *body = jdoc_object();
	char login[NOTE_LOGIN_MAX + 1], today[DATE_LEN + 1];
	login_of(getuid(), login);
	date_print(date_of_time(date_now()), today);
	jdoc_set_string(body, k->identity_login, login);
	jdoc_set_string(body, k->identity_role, role->name);
	if (k->event[0])
		jdoc_set_string(body, k->event, today);
	if (rules->book->first_value)
		jdoc_set_string(body, rules->book->first_field, rules->book->first_value);
	jdoc_each(jdoc_get(schema, "properties"), fill_default, body, NULL);
	for (size_t i = 0; i < jdoc_size(required); i++)
		fill_text(body, schema, jdoc_text(jdoc_at(required, i)));
	return body;
}

/* What the user names may be a link or a pipe. */
static int read_body(const char *path, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? err_errno(e, errno, "%s", path) : file_read_fd(fd, NOTE_BODY_MAX, &text, e);
	if (!rc && !(*out = jdoc_parse(buf_str(&text), text.len, NOTE_BODY_MAX, 0, e)))
		rc = (int)e->code;
	if (rc && fd >= 0)
		err_prefix(e, "%s", path);
	if (fd >= 0)
		close(fd);
	return rc ? err_next(e, "give a file that you may read, with the fields of the appointment as a JSON object: "
	                        "daicho init DIR --appoint FILE") : ERR_OK;
}

static int check_person(const struct rulebook *book, const struct rulebook_kind *k, struct making *m, struct err *e)
{
	struct founding *f = m->f;
	struct index_person p;
	if (!intake_person(k, &m->intake.note, &p))
		return err_set(e, ERR_RULE, "%s: names no login", k->identity_login);
	if (!rulebook_role(book, p.role))
		return err_set(e, ERR_KIND, "%s: the rule book has no such role", k->identity_role);
	f->made = true;
	memcpy(f->login, p.login, sizeof f->login);
	memcpy(f->role, p.role, sizeof f->role);
	memcpy(f->appointed_unit, p.unit, sizeof f->appointed_unit);
	memcpy(f->kind, k->name, sizeof f->kind);
	return ERR_OK;
}

static int parse(const struct rules *rules, const struct rulebook_kind *k, struct jdoc *body, struct making *m,
                 struct err *e)
{
	char login[NOTE_LOGIN_MAX + 1];
	struct jdoc *request = jdoc_object(), *faults = NULL;
	login_of(getuid(), login);
	jdoc_set_string(request, "kind", k->name);
	jdoc_set_string(request, "unit", m->f->unit ? m->f->unit : rules->book->office);
	jdoc_set(request, "body", body);
	int rc = intake_parse(rules, request, getuid(), login, date_now(), &m->intake, &faults, e);
	if (!rc && (rc = check_person(rules->book, k, m, e)))
		intake_release(&m->intake);
	jdoc_free(faults);
	jdoc_free(request);
	if (!rc)
		return ERR_OK;
	err_prefix(e, "first appointment");
	return err_next(e, "give the fields of kind %s as a JSON object: daicho init DIR --appoint FILE", k->name);
}

/* Without a file and a role: fine only where everybody may appoint. */
static int do_without(const struct rulebook_kind *k, struct err *e)
{
	if (!k || !k->submit_count)
		return ERR_OK;
	err_set(e, ERR_CONFIG, "[directive] first_role: it is missing, and only who holds a role submits kind %s", k->name);
	return err_next(e, "name it in the rule book, or: daicho init DIR --appoint FILE");
}

static int read_record(void *ctx, const struct rules *rules, struct err *e)
{
	struct making *m = ctx;
	const struct rulebook_kind *k = find_kind(rules->book);
	struct jdoc *body = NULL;
	int rc = ERR_OK;
	if (!m->f->appoint && (!k || !rules->book->first_role[0]))
		return do_without(k, e);
	if (!k)
		return err_set(e, ERR_CONFIG, "rule book: it has no kind that appoints a person (identity)");
	if (m->f->appoint)
		rc = read_body(m->f->appoint, &body, e);
	else
		body = make_body(rules, k);
	return rc ? rc : parse(rules, k, body, m, e);
}

/* The entry. */

struct signing {
	struct pgp_signer *agent;
	const char *fpr;
};

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

/* Entry 0 was made by this very process. */
static int prime(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	(void)ctx, (void)before, (void)raw, (void)len, (void)e;
	return ERR_OK;
}

static int sign(void *ctx, const char *payload, size_t len, struct buf *out_armor, struct err *e)
{
	const struct signing *s = ctx;
	struct commit commit;
	int rc = commit_parse_payload(payload, len, &commit, e);
	return rc ? rc : pgpsig_make(s->fpr, commit.time, payload, len, ask_agent, s->agent, out_armor, e);
}

static int sign_archive(void *ctx, const char *line, size_t len, struct buf *out_armor, struct err *e)
{
	(void)ctx, (void)line, (void)len, (void)out_armor;
	return err_set(e, ERR_BUG, "first appointment: no archive is made");
}

static int sign_checkpoint(void *ctx, const char *text, size_t len, uint8_t out_sig[64], struct err *e)
{
	(void)ctx, (void)text, (void)len, (void)out_sig;
	return err_set(e, ERR_BUG, "first appointment: no checkpoint is made");
}

static int append(struct store *store, struct making *m, struct err *e)
{
	struct intake *in = &m->intake;
	struct signing signing = { pgp_signer_new(store->keys, store->entry_fpr, e), store->entry_fpr };
	const struct ledger_signer port = { &signing, prime, sign, sign_archive, sign_checkpoint, NULL, NULL };
	struct append_item item = { .leaf = &in->leaf, .note = &in->note, .attachments = in->attachments,
		                    .digest = in->digest, .is_first = true };
	struct ledger *l = NULL;
	int rc = signing.agent ? ledger_open(store, &port, &l, e) : (int)e->code;
	if (!rc)
		rc = append_one(l, &item, date_now(), e);
	if (!rc)
		m->f->seq = item.seq;
	ledger_close(l);
	pgp_signer_free(signing.agent);
	return rc;
}

static int write_record(void *ctx, const char *dir, struct err *e)
{
	struct making *m = ctx;
	struct store store;
	int rc = m->f->made ? store_open(dir, &store, e) : ERR_OK;
	if (rc || !m->f->made)
		return rc;
	rc = store_lock(&store, e);
	if (!rc)
		rc = append(&store, m, e);
	store_release(&store);
	return rc;
}

int founding_make(const char *dir, const struct store_options *o, struct founding *f, struct store_pins *out,
                  struct err *e)
{
	struct making m = { .f = f };
	const struct store_part part = { &m, read_record, write_record };
	struct store_options with = *o;
	with.part = &part;
	f->made = false;
	if (f->unit && !f->appoint)
		return err_set(e, ERR_USAGE, "--appoint-unit: stands beside --appoint");
	int rc = store_init(dir, &with, out, e);
	if (f->made)
		intake_release(&m.intake);
	return rc;
}
