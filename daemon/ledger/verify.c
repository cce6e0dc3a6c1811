#include "ledger/verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/verify_impl.h"

/* A store may be written to while it is read. */
#define TRIES 3

static void release(struct verify *v)
{
	repo_close(v->repo);
	for (size_t i = 0; i < v->books_count; i++)
		rules_free(v->books[i].rules);
	for (size_t i = 0; i < v->faults_count; i++)
		free(v->faults[i].reason);
	pgp_verifier_free(v->gpg);
	history_free(v->history);
	jdoc_free(v->remarks);
	free(v->books);
	free(v->keys);
	free(v->refs);
	free(v->unread);
	free(v->seen);
	free(v->late);
	free(v->faults);
	verify_receipt_release(v);
	free(v->disposals);
	verify_persons_release(v);
	verify_author_release(v);
	verify_repeats_release(v);
	verify_loss_release(v);
	verify_leftover_release(v);
	verify_outside_release(v);
	free(v->by_commit);
	free(v->entries);
	free(v);
}

static struct verify *begin(const char *path, const struct verify_options *o)
{
	struct verify *v = mem_alloc(sizeof *v);
	v->o = o;
	v->path = path;
	v->verdict = VERDICT_VALID;
	v->history = history_new();
	v->remarks = jdoc_array();
	chain_init(&v->chain);
	verify_outside_begin(v);
	return v;
}

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A repository that must not be read is a finding; none at all is an error. */
static int open_repository(struct verify *v, bool *out_is_open, struct err *e)
{
	MEM_CLEANUP char *inner = file_path(v->path, "ledger.git");
	struct err why = ERR_INIT;
	v->is_store = is_folder(inner);
	v->repo = repo_open(v->is_store ? inner : v->path, true, &why);
	*out_is_open = v->repo != NULL;
	if (v->repo)
		return ERR_OK;
	if (why.code == ERR_NOTFOUND || !verify_is_finding((int)why.code)) {
		*e = why;
		return (int)why.code;
	}
	verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s", why.text);
	return ERR_OK;
}

static void add_remarks(struct verify *v)
{
	if (v->o->ledger_only)
		verify_remark(v, "entries alone were asked for: no record was read");
	if (v->is_unasked)
		verify_remark(v, "whether the certificates of time stamps were revoked was not asked (time_stamp_crl in the "
		                 "policy)");
	verify_claims_remark(v);
	if (v->judged && v->trusted < v->judged)
		verify_remark(v, "entries cut off after the last one can't be ruled out by what is here: compare head and "
		                 "tree head with a checkpoint that somebody outside has kept");
}

static const char *get_name(const struct verify *v)
{
	return v->is_store ? "ledger.git" : repo_path(v->repo);
}

static int judge(struct verify *v, struct err *e)
{
	bool go_on = false;
	int rc = open_repository(v, &go_on, e);
	if (!rc && go_on)
		rc = verify_refs_read(v, &go_on, e);
	if (!rc && go_on)
		rc = verify_chain_collect(v, e);
	if (!rc && go_on)
		rc = verify_chain_judge(v, e);
	if (!rc && go_on)
		rc = verify_next_judge(v, e);
	if (!rc && go_on)
		rc = verify_refs_head(v, get_name(v), v->repo, e);
	if (!rc && go_on)
		rc = verify_bodies_judge(v, e);
	if (!rc && go_on)
		rc = verify_refs_copies(v, get_name(v), v->repo, e);
	if (!rc && go_on)
		verify_outside_judge(v);
	if (!rc && go_on)
		verify_receipt_judge(v);
	if (!rc && go_on)
		verify_early_judge(v);
	if (!rc && go_on)
		verify_overdue_judge(v);
	if (!rc && go_on)
		verify_keys_judge(v);
	if (!rc)
		add_remarks(v);
	return rc;
}

static bool has_moved(const struct verify *v)
{
	struct oid head;
	bool exists = false;
	return !repo_ref_read(v->repo, LEDGER_REF, &exists, &head, NULL) && exists && !oid_is_equal(&head, &v->head);
}

/* A disposal under way takes repositories from under the reader. */
static bool is_disposing(const struct verify *v)
{
	const struct timespec pause = { .tv_sec = 1 };
	for (size_t i = 0; i < v->disposals_count; i++)
		if (!v->disposals[i].disposed) {
			nanosleep(&pause, NULL);
			return true;
		}
	return false;
}

void verify_part(const struct verify_options *o, const char *remark, struct verify_result *out)
{
	struct verify *v = begin("", o);
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, "%s", remark);
	verify_report(v, out);
	release(v);
}

int verify_repository(const char *path, const struct verify_options *o, struct verify_result *out, struct err *e)
{
	int rc = ERR_OK;
	for (int i = 0; i < TRIES; i++) {
		struct verify *v = begin(path, o);
		rc = judge(v, e);
		/* What was found in a store that was written to meanwhile says nothing yet. */
		bool again = !rc && v->is_store && v->repo && v->verdict == VERDICT_INVALID && i + 1 < TRIES &&
		             (has_moved(v) || is_disposing(v));
		if (!rc && !again)
			verify_report(v, out);
		release(v);
		if (!again)
			break;
	}
	return rc;
}
