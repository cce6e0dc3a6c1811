/* At the store: what its ledger knows of copies. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cmd_mirror.h"
#include "cli/given.h"

#define ACK_MAX ((size_t)1 << 16)
#define DAY_S 86400

int cmd_mirror_check_name(const struct store *s, const char *name, struct err *e)
{
	bool known = false;
	if (store_mirror(s, name)) {
		err_set(e, ERR_CONFLICT, "mirror %s: is there already", name);
		return err_next(e, "give the new one another name; daicho mirror list tells those of this store");
	}
	int rc = ack_is_known(s, name, &known, e);
	if (rc || !known)
		return rc;
	err_set(e, ERR_CONFLICT, "%s: the ledger knows another copy by this name", name);
	return err_next(e, "give each copy a name of its own; one is free again when the last day of its copy is over, or "
	                   "when it is destroyed: daicho mirror remove %s", name);
}

static int record(struct context *c, const struct ack *a, const char *until, const char *sign, bool quiet,
                  struct err *e)
{
	const struct act_options o = { .sign = sign, .quiet = quiet };
	struct jdoc *body = ack_body(a, until);
	int rc = act_send(c, "mirror", LEAF_ACK, body, &o, e);
	jdoc_free(body);
	return rc;
}

int cmd_mirror_announce(struct context *c, const struct store *s, const char *name, const char *until,
                        const char *sign, bool quiet, struct err *e)
{
	const struct ack a = { name, 0, s->genesis };
	return record(c, &a, until, sign, quiet, e);
}

int cmd_mirror_withdraw(struct context *c, const struct store *s, const char *name, const char *sign, bool quiet,
                        struct err *e)
{
	char yesterday[DATE_LEN + 1];
	date_print(date_of_time(date_now() - DAY_S), yesterday);
	return cmd_mirror_announce(c, s, name, yesterday, sign, quiet, e);
}

int cmd_mirror_record(struct context *c, const struct ack *a, const char *until, const char *sign, struct err *e)
{
	return record(c, a, until, sign, false, e);
}

static int read_ack(const char *path, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, ACK_MAX, &text, e);
	if (!rc && !(*out = jdoc_parse(buf_str(&text), text.len, ACK_MAX, 0, e)))
		rc = err_prefix(e, "%s", path);
	return given_tell(rc, "give the file that was made on the machine of the mirror: daicho mirror apply FOLDER --out "
	                  "FILE", e);
}

int cmd_mirror_ack(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	const struct store_mirror *m = NULL;
	struct store s = { .lock_fd = -1 };
	struct jdoc *doc = NULL;
	struct ack a;
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		rc = read_ack(o->name, &doc, e);
	if (!rc)
		rc = ack_read(doc, &s, &a, e);
	if (!rc)
		rc = cmd_mirror_find(&s, a.copy, &m, e);
	if (!rc && *m->key)
		rc = ack_check_signature(doc, m->key, e);
	if (!rc)
		rc = cmd_mirror_record(c, &a, NULL, o->sign, e);
	jdoc_free(doc);
	store_release(&s);
	*out_status = 0;
	return rc;
}
