#include "ledger/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/ed25519.h"
#include "foreign/inifile.h"
#include "foreign/tsa.h"

#define STEP "old "                       /* with which one begins */
#define STEP_MAX (TLOG_NOTE_MAX + ((size_t)64 << 6))
#define AGE_MAX 100000

struct reading {
	struct policy *policy;
	const char *folder;
	char *known[POLICY_KNOWN_MAX]; size_t known_count;
};

static char *name_file(const struct reading *r, const char *value)
{
	return *value == '/' ? mem_strdup(value) : file_path(r->folder, value);
}

static int read_witnesses(struct reading *r, const char *value, struct err *e)
{
	MEM_CLEANUP char *path = name_file(r, value);
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, TLOG_POLICY_MAX, &text, e);
	if (!rc)
		rc = tlog_policy_parse(buf_str(&text), text.len, &r->policy->witnesses, e);
	return rc ? err_prefix(e, "%s", path), (int)e->code : ERR_OK;
}

/* What holds nothing that can be asked is no file of the policy: else it would only be said that nobody dated it. */
static int read_stamp_file(struct reading *r, const char *value, size_t max,
                           int check(const struct buf *, struct err *), struct buf *out, struct err *e)
{
	MEM_CLEANUP char *path = name_file(r, value);
	buf_clear(out);
	int rc = file_read(path, max, out, e);
	if (rc)
		return rc;
	rc = check(out, e);
	return rc ? err_prefix(e, "%s", path), (int)e->code : ERR_OK;
}

static int take_known(struct reading *r, const char *value, struct err *e)
{
	if (!value[strspn(value, " ")])
		return err_set(e, ERR_CONFIG, "known: the files of checkpoints are wanted");
	for (const char *at = value; *at;) {
		size_t len = strcspn(at, " ");
		MEM_CLEANUP char *name = mem_strndup(at, len);
		if (len && r->known_count == POLICY_KNOWN_MAX)
			return err_set(e, ERR_CONFIG, "known: at most %d files", POLICY_KNOWN_MAX);
		if (len)
			r->known[r->known_count++] = name_file(r, name);
		at += len + strspn(at + len, " ");
	}
	return ERR_OK;
}

static int take_key(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct reading *r = ctx;
	if (strcmp(section, "policy") != 0)
		return store_pins_take(&r->policy->pins, section, key, value, e);
	if (strcmp(key, "witnesses") == 0)
		return read_witnesses(r, value, e);
	if (strcmp(key, "known") == 0)
		return take_known(r, value, e);
	if (strcmp(key, "time_stamp_ca") == 0)
		return read_stamp_file(r, value, TSA_CA_MAX, tsa_check_ca, &r->policy->stamp_ca, e);
	if (strcmp(key, "time_stamp_crl") == 0)
		return read_stamp_file(r, value, TSA_CRL_MAX, tsa_check_crl, &r->policy->stamp_crl, e);
	if (strcmp(key, "receipts_from") == 0) {
		r->policy->wants_receipts = text_parse_u64(value, strlen(value), UINT64_MAX, &r->policy->receipts_from);
		return r->policy->wants_receipts
			? ERR_OK : err_set(e, ERR_CONFIG, "receipts_from: the number of an entry is wanted, 0 for all");
	}
	if (strcmp(key, "max_age_days") != 0)
		return err_set(e, ERR_CONFIG, "%s: unknown", key);
	if (!text_parse_u64(value, strlen(value), AGE_MAX, &r->policy->max_age_days) || !r->policy->max_age_days)
		return err_set(e, ERR_CONFIG, "max_age_days: a number of days is wanted");
	return ERR_OK;
}

/* What is before the later checkpoint is kept apart from it. */
static int take_step(struct policy_checkpoint *c, struct err *e)
{
	struct tlog_checkpoint_request q;
	if (c->bytes.len < strlen(STEP) || memcmp(buf_str(&c->bytes), STEP, strlen(STEP)) != 0)
		return ERR_OK;
	int rc = tlog_checkpoint_request_parse(buf_str(&c->bytes), c->bytes.len, &q, e);
	if (rc)
		return rc;
	c->has_step = true;
	c->old = q.old;
	c->proof_count = q.proof_count;
	memcpy(c->proof, q.proof, sizeof c->proof);
	struct buf note = BUF_INIT;
	buf_add(&note, q.note, q.note_len);
	buf_release(&c->bytes);
	c->bytes = note;
	return ERR_OK;
}

static int read_checkpoint(const char *path, struct policy_checkpoint *c, struct err *e)
{
	int rc = file_read(path, STEP_MAX, &c->bytes, e);
	if (rc)
		return rc;
	rc = take_step(c, e);
	if (rc)
		return err_prefix(e, "%s", path), (int)e->code;
	c->is_signed = strstr(buf_str(&c->bytes), "\n\n") != NULL;
	rc = c->is_signed ? tlog_checkpoint_read(buf_str(&c->bytes), c->bytes.len, &c->note, &c->text, e)
	                  : tlog_checkpoint_parse(buf_str(&c->bytes), c->bytes.len, &c->text, e);
	if (rc)
		return err_prefix(e, "%s", path), (int)e->code;
	if (!c->is_signed && !c->is_known) {
		err_set(e, ERR_SYNTAX, "%s: a checkpoint without a signature", path);
		return err_next(e, "one that you have kept yourself is named in your policy: known = FILE");
	}
	return ERR_OK;
}

int policy_add_checkpoint(struct policy *p, const char *path, bool is_known, struct err *e)
{
	struct policy_checkpoint c = { .is_known = is_known };
	int rc = read_checkpoint(path, &c, e);
	if (!rc && strcmp(c.text.origin, p->pins.origin) != 0)
		rc = err_set(e, ERR_CONFLICT, "%s: a checkpoint of another ledger", path);
	if (rc) {
		buf_release(&c.bytes);
		return rc;
	}
	c.name = mem_strdup(path);
	p->checkpoints = mem_grow(p->checkpoints, p->checkpoints_count + 1, sizeof *p->checkpoints);
	p->checkpoints[p->checkpoints_count++] = c;
	return ERR_OK;
}

int policy_add_stamp(struct policy *p, const char *path, struct err *e)
{
	struct policy_stamp s = { .name = NULL };
	if (!p->stamp_ca.len) {
		err_set(e, ERR_CONFIG, "%s: the policy names no authority whose time stamps are believed", path);
		return err_next(e, "write time_stamp_ca = FILE, its certificates, under [policy]");
	}
	int rc = file_read(path, TSA_FILE_MAX, &s.bytes, e);
	if (rc) {
		buf_release(&s.bytes);
		return rc;
	}
	s.name = mem_strdup(path);
	p->stamps = mem_grow(p->stamps, p->stamps_count + 1, sizeof *p->stamps);
	p->stamps[p->stamps_count++] = s;
	return ERR_OK;
}

static int check_receipts(const struct policy *p, const char *path, struct err *e)
{
	if (!p->wants_receipts || p->stamp_ca.len || (p->witnesses && tlog_policy_wants_witnesses(p->witnesses)))
		return ERR_OK;
	err_set(e, ERR_CONFIG, "%s: receipts_from: the policy names nobody whose receipts are believed", path);
	return err_next(e, "write time_stamp_ca = FILE, or witnesses = FILE with a quorum, under [policy]");
}

static char *find_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	return !slash ? mem_strdup(".") : slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

struct tsa_trust policy_stamp_trust(const struct policy *p, int64_t now)
{
	return (struct tsa_trust){ &p->stamp_ca, p->stamp_crl.len ? &p->stamp_crl : NULL, now };
}

int policy_read(const char *path, struct policy *out, struct err *e)
{
	struct policy p = { .max_age_days = 0 };
	MEM_CLEANUP char *folder = find_folder(path);
	struct reading r = { .policy = &p, .folder = folder };
	int rc = inifile_read(path, take_key, &r, e);
	if (!rc)
		rc = store_pins_check(&p.pins, path, e);
	if (!rc && p.stamp_crl.len && !p.stamp_ca.len)
		rc = err_set(e, ERR_CONFIG, "%s: time_stamp_crl without time_stamp_ca, whose stamps it is about", path);
	if (!rc)
		rc = check_receipts(&p, path, e);
	for (size_t i = 0; i < r.known_count; i++) {
		if (!rc)
			rc = policy_add_checkpoint(&p, r.known[i], true, e);
		free(r.known[i]);
	}
	if (rc)
		policy_release(&p);
	else
		*out = p;
	return rc;
}

void policy_release(struct policy *p)
{
	for (size_t i = 0; i < p->checkpoints_count; i++) {
		free(p->checkpoints[i].name);
		buf_release(&p->checkpoints[i].bytes);
	}
	for (size_t i = 0; i < p->stamps_count; i++) {
		free(p->stamps[i].name);
		buf_release(&p->stamps[i].bytes);
	}
	free(p->checkpoints);
	free(p->stamps);
	buf_release(&p->stamp_ca);
	buf_release(&p->stamp_crl);
	tlog_policy_free(p->witnesses);
	*p = (struct policy){ .max_age_days = 0 };
}
