/* From the store to its mirrors, and what they hold. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "cli/cmd_mirror.h"
#include "cli/given.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "cli/usage.h"
#include "foreign/repo.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "model/verdict.h"

#define PUSH_FORMAT "daicho.mirror-push.v1"
#define VERIFY_FORMAT "daicho.mirror-verify.v1"

static struct jdoc *say_pushed(const struct store_mirror *m, const struct mirror_pushed *p)
{
	struct jdoc *d = jdoc_object();
	char leaf[HASH_TEXT_LEN + 1];
	hash_print(&p->head.leaf, leaf);
	jdoc_set_string(d, "name", m->name);
	jdoc_set_integer(d, "seq", (int64_t)p->head.seq);
	jdoc_set_string(d, "leaf", leaf);
	jdoc_set_integer(d, "years", p->years);
	jdoc_set(d, "waiting", p->waiting ? jdoc_integer(p->waiting) : jdoc_null());
	return d;
}

/* What a mirror holds and is not here. By ssh it is fetched. */
static int look(const struct store *s, const struct store_mirror *m, int year, struct mirror_waiting *out,
                struct err *e)
{
	const char *folder = mirror_folder_of(m->url);
	struct scratch fetched;
	if (folder)
		return mirror_waiting_read(s, folder, year, out, e);
	int rc = scratch_make("daicho-mirror", &fetched, e);
	if (rc)
		return rc;
	rc = mirror_fetch(s, m, fetched.path, e);
	if (!rc)
		rc = mirror_waiting_read(s, fetched.path, year, out, e);
	scratch_remove(&fetched);
	return rc;
}

/* What no certificate lets go is taken back into a new store; the mirror keeps it until then. */
static int refuse_lost(const struct store *s, const struct store_mirror *m, const struct mirror_waiting *w,
                       struct err *e)
{
	BUF_CLEANUP struct buf lost = BUF_INIT;
	const char *folder = mirror_folder_of(m->url);
	ledger_lost_print(w->lost, w->lost_count, &lost);
	err_set(e, ERR_GONE, w->disposed ? N_("mirror %s: holds records that are lost here, of entries %s, and others that "
	                                      "were disposed of; its entries are brought up, records of these years wait")
	                                 : N_("mirror %s: holds records that are lost here, of entries %s; its entries are "
	                                      "brought up, the records of these years wait"), m->name, buf_str(&lost));
	return err_next(e, "take them back: daicho backup BACKUP --until DAY; stop daichod; daicho restore BACKUP NEW "
	                   "--ledger %s --records %s --keys %s; serve NEW, then push again", s->dir,
	                folder ? folder : "COPY-OF-IT", s->keys);
}

/* What waits for a disposal there is brought up by the next push. */
static int refuse_waiting(const struct store *s, const struct store_mirror *m, int year,
                          const struct mirror_waiting *w, struct err *e)
{
	if (w->lost_count)
		return refuse_lost(s, m, w, e);
	if (!w->disposed) {
		err_set(e, ERR_CONFLICT, "mirror %s: holds something of %d that is no record of this ledger, or damaged; its "
		        "entries are brought up, the records of that year wait", m->name, year);
		return err_next(e, "daicho mirror verify %s tells more", m->name);
	}
	err_set(e, ERR_RULE, "mirror %s: holds records of %d that were disposed of here; its entries are brought up, "
	        "the records of that year wait", m->name, year);
	return err_next(e, "on its machine: daicho mirror apply FOLDER; record what it answers: daicho mirror ack FILE; "
	                   "then push again");
}

/* Where the keeper has a key, nobody else says what was carried out there: who runs this proves to have it, before
 * anything goes. */
static int check_keeper(const struct store *s, const struct store_mirror *m, const struct store_pins *pins,
                        const char *sign, struct err *e)
{
	const struct ack proof = { m->name, 0, s->genesis };
	struct jdoc *doc = NULL;
	if (!*m->key)
		return ERR_OK;
	if (!sign || strcmp(sign, m->key) != 0) {
		err_set(e, ERR_KEY, "mirror %s: its key signs what is carried out there", m->name);
		return err_next(e, "who has that key: daicho mirror push %s --apply --sign %s", m->name, m->key);
	}
	int rc = ack_make(pins, &proof, sign, &doc, e);
	if (!rc)
		rc = ack_check_signature(doc, m->key, e);
	jdoc_free(doc);
	return rc;
}

/* A folder that can be reached: here is its machine. With a key of its keeper the entry is by login. */
static int apply(struct context *c, const struct store *s, const struct store_mirror *m, const char *sign,
                 struct err *e)
{
	const struct store_pins pins = mirror_pins(s);
	struct dispose_replayed done = { .missing = NULL };
	int rc = check_keeper(s, m, &pins, sign, e);
	if (!rc)
		rc = cmd_mirror_replay(mirror_folder_of(m->url), &pins, &done, e);
	if (!rc)
		rc = mirror_gone_write(mirror_folder_of(m->url), done.gone, done.gone_count, e);
	const struct ack a = { m->name, done.done, done.head };
	dispose_replayed_release(&done);
	return rc ? rc : cmd_mirror_record(c, &a, NULL, *m->key ? NULL : sign, e);
}

/* One that was written into daicho.ini by hand is made known before the first record leaves. */
static int announce(struct context *c, const struct store *s, const struct store_mirror *m, const char *sign,
                    struct err *e)
{
	bool known = true;
	int rc = m->volumes ? ack_is_known(s, m->name, &known, e) : ERR_OK;
	return rc || known ? rc : cmd_mirror_announce(c, s, m->name, NULL, *m->key ? NULL : sign, true, e);
}

static int push_and_look(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out,
                         struct mirror_waiting *w, struct err *e)
{
	int rc = mirror_push(s, m, out, e);
	mirror_waiting_release(w);
	*w = (struct mirror_waiting){ .lost = NULL };
	return rc || !out->waiting ? rc : look(s, m, out->waiting, w, e);
}

static int push_one(struct context *c, const struct store *s, const struct store_mirror *m, const struct cmd_mirror *o,
                    struct jdoc *said, struct err *e)
{
	struct mirror_pushed p;
	struct mirror_waiting w = { .lost = NULL };
	int rc = announce(c, s, m, o->sign, e);
	if (!rc)
		rc = push_and_look(s, m, &p, &w, e);
	if (!rc && p.waiting && o->apply && mirror_folder_of(m->url) && (w.disposed || !w.lost_count)) {
		rc = apply(c, s, m, o->sign, e);
		if (!rc)
			rc = push_and_look(s, m, &p, &w, e);
	}
	if (!rc) {
		jdoc_append(said, say_pushed(m, &p));
		if (!c->json)
			printf(_("%s: up to entry %" PRIu64 "\n"), m->name, p.head.seq);
		rc = p.waiting ? refuse_waiting(s, m, p.waiting, &w, e) : ERR_OK;
	}
	mirror_waiting_release(&w);
	return rc;
}

/* One that fails keeps no other from its push; the first failure is told. */
static int push_all(struct context *c, const struct store *s, const struct cmd_mirror *o, struct jdoc *said,
                    struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; i < s->mirrors_count; i++) {
		struct err why = ERR_INIT;
		if (o->name && strcmp(s->mirrors[i].name, o->name) != 0)
			continue;
		if (push_one(c, s, &s->mirrors[i], o, said, &why) && !rc) {
			rc = (int)why.code;
			*e = why;
		}
	}
	return rc;
}

int cmd_mirror_push(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct jdoc *d = jdoc_object(), *said = jdoc_array();
	const struct store_mirror *m;
	struct store s = { .lock_fd = -1 };
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc && o->name)
		rc = cmd_mirror_find(&s, o->name, &m, e);
	jdoc_set_string(d, "format", PUSH_FORMAT);
	jdoc_set(d, "mirrors", said);
	if (!rc)
		rc = push_all(c, &s, o, said, e);
	if (!rc && c->json)
		output_json(d);
	jdoc_free(d);
	store_release(&s);
	*out_status = 0;
	return rc;
}

/* Verification. */

struct standing {
	struct mirror_head here, there;
	int verdict;
	bool is_ours;                       /* its head is an entry of the store */
};

static int compare_heads(const struct store *s, const char *folder, struct standing *out, struct err *e)
{
	MEM_CLEANUP char *ledger = file_path(folder, "ledger.git");
	int rc = mirror_head_read(s->ledger, &out->here, e);
	if (!rc)
		rc = mirror_head_read(ledger, &out->there, e);
	struct repo *r = rc ? NULL : repo_open(s->ledger, false, e);
	if (!rc && !r)
		rc = (int)e->code;
	out->is_ours = !rc && repo_has(r, &out->there.commit);
	repo_close(r);
	return rc;
}

static void print_standing(const struct context *c, const struct store_mirror *m, const struct standing *t,
                           const struct jdoc *report)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	uint64_t behind = t->here.seq > t->there.seq ? t->here.seq - t->there.seq : 0;
	if (c->json) {
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "format", VERIFY_FORMAT);
		jdoc_set_string(d, "name", m->name);
		jdoc_set_string(d, "verdict", verdict_word((enum verdict)t->verdict));
		jdoc_set_integer(d, "seq", (int64_t)t->there.seq);
		jdoc_set_integer(d, "behind", (int64_t)behind);
		jdoc_set_bool(d, "same_ledger", t->is_ours);
		jdoc_set(d, "report", jdoc_keep((struct jdoc *)report));
		output_json(d);
		jdoc_free(d);
		return;
	}
	const struct jdoc *first = jdoc_get(report, "first");
	buf_printf(&out, "%s: %s\n", verdict_word((enum verdict)t->verdict), verdict_meaning((enum verdict)t->verdict));
	const char *remark = jdoc_text(jdoc_at(jdoc_get(report, "remarks"), 0));
	if (jdoc_type(first) == JDOC_OBJECT)
		judging_print_fault(&out, _("first fault"), first);
	else if (remark && t->verdict != VERDICT_VALID)
		output_row(&out, _("remark"), remark);
	buf_printf(&line, _("up to entry %" PRIu64 ", %" PRIu64 " behind the store"), t->there.seq, behind);
	output_row(&out, m->name, t->is_ours ? buf_str(&line) : _("its last entry is none of the store"));
	output_text(&out);
}

static int judge(struct context *c, const struct store *s, const struct store_mirror *m, const char *folder,
                 const struct store_pins *pins, int *out_status, struct err *e)
{
	const struct judging j = { .repository = folder, .pins = pins, .ledger_only = !m->volumes,
		                          .deadline_s = JUDGING_DEADLINE_S };
	struct standing t = { .is_ours = false };
	struct jdoc *report = NULL;
	int rc = judging_run(&j, &report, &t.verdict, e);
	if (!rc)
		rc = compare_heads(s, folder, &t, e);
	if (!rc && !t.is_ours)
		t.verdict = (int)verdict_worse((enum verdict)t.verdict, VERDICT_DIVERGED);
	if (!rc)
		print_standing(c, m, &t, report);
	jdoc_free(report);
	*out_status = t.verdict;
	return rc;
}

/* By ssh it is fetched into a folder that goes with this process. */
static int judge_fetched(struct context *c, const struct store *s, const struct store_mirror *m,
                         const struct store_pins *pins, int *out_status, struct err *e)
{
	struct scratch folder;
	int rc = scratch_make("daicho-mirror", &folder, e);
	if (rc)
		return rc;
	rc = mirror_fetch(s, m, folder.path, e);
	if (!rc)
		rc = judge(c, s, m, folder.path, pins, out_status, e);
	scratch_remove(&folder);
	return rc;
}

int cmd_mirror_verify(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	const struct store_mirror *m = NULL;
	struct store s = { .lock_fd = -1 };
	struct store_pins pins;
	c->judges = true;
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		rc = cmd_mirror_find(&s, o->name, &m, e);
	if (!rc) {
		pins = mirror_pins(&s);
		rc = o->pin ? given_tell(store_pins_read(o->pin, &pins, e), GIVEN_PIN, e) : ERR_OK;
	}
	const char *folder = rc ? NULL : mirror_folder_of(m->url);
	if (!rc)
		rc = folder ? judge(c, &s, m, folder, &pins, out_status, e)
		            : judge_fetched(c, &s, m, &pins, out_status, e);
	store_release(&s);
	return rc;
}
