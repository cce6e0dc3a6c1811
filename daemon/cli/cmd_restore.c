#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd_mirror.h"
#include "cli/given.h"
#include "cli/judging.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/backup.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"

struct asked {
	const char *backup, *dir, *ledger, *records, *head, *keys, *pin;
};

/* Later disposals stand in later entries: without a newer ledger somebody must say that there is none. */
static int check_head(const struct asked *a, const struct backup *b, struct err *e)
{
	uint64_t head = 0;
	if (a->ledger)
		return ERR_OK;
	if (a->head && text_parse_u64(a->head, strlen(a->head), LEAF_SEQ_MAX, &head) && head == b->seq)
		return ERR_OK;
	err_set(e, ERR_RULE, "%s: ends at entry %" PRIu64 "; a record that a later entry disposed of would be there again",
	        a->backup, b->seq);
	return err_next(e, "give the newest copy of the ledger: --ledger REPO; or, when no later entry was ever made, type "
	                   "the number: --head N");
}

static int judge(const struct asked *a, const struct backup *b, const char *ledger, struct err *e)
{
	/* what an earlier restore lacked is missing in its backups too */
	MEM_CLEANUP char *lost = file_path(a->backup, "lost");
	const struct judging whole = { .repository = a->backup, .pins = &b->pins, .ledger_only = false, .lost = lost,
		                          .deadline_s = JUDGING_DEADLINE_S };
	const struct judging entries = { .repository = ledger, .pins = &b->pins, .ledger_only = true,
		                          .takes_unfinished = true, .deadline_s = JUDGING_DEADLINE_S };
	int rc = ERR_OK;
	if (ledger && !file_exists(ledger)) {
		err_set(e, ERR_NOTFOUND, "%s: no repository is here", ledger);
		rc = err_next(e, "--ledger names the newest copy: the store's ledger.git, or that of a mirror");
	}
	if (!rc && ledger)
		rc = judging_demand(&entries, NULL, e);
	return rc ? rc : judging_demand(&whole, NULL, e);
}

static int write_lost(const char *dir, const struct dispose_replayed *d, struct err *e)
{
	MEM_CLEANUP char *path = file_path(dir, "lost");
	return d->missing_count || file_exists(path) ? ledger_lost_write(path, d->missing, d->missing_count, e) : ERR_OK;
}

/* What the run still wants is there, or can be made anew only where all records are that the certificate names. */
static void tell_unfinished(const char *dir, const struct dispose_replayed *d)
{
	if (d->stopped) {
		fprintf(stderr, _("daicho: %s: what the certificate of entry %" PRIu64 " names stays: a hold placed after it, "
		                  "or a day that has not come, keeps it\n"), dir, d->stopped);
		return;
	}
	if (!d->unfinished)
		return;
	fprintf(stderr, _("daicho: %s: the disposal of entry %" PRIu64 " is not completed: what it names stays until it is "
	                  "served and daicho disposal run goes on with it\n"), dir, d->unfinished);
	if (d->lacking)
		fprintf(stderr, d->lacking == 1
		        ? _("daicho: %" PRIu64 " of these records is in no copy that was named: its archive, or its "
		            "list of traces (NAME.traces), has to be in the folder of archives for that\n")
		        : _("daicho: %" PRIu64 " of these records are in no copy that was named: its archive, or its "
		            "list of traces (NAME.traces), has to be in the folder of archives for that\n"), d->lacking);
}

static void tell_taken(const char *dir, uint64_t taken, const char *from)
{
	if (taken)
		fprintf(stderr, taken == 1 ? _("daicho: %s: %" PRIu64 " record that the backup lacks was taken from %s\n")
		                           : _("daicho: %s: %" PRIu64 " records that the backup lacks were taken from %s\n"),
		        dir, taken, from);
}

static void tell(const struct asked *a, const struct backup *b, const uint64_t taken[BACKUP_VOLUMES_MAX],
                 const struct dispose_replayed *d)
{
	BUF_CLEANUP struct buf missing = BUF_INIT;
	fprintf(stderr, _("daicho: %s: up to entry %" PRIu64 " (the backup: %" PRIu64 "); %s, %s went now\n"), a->dir,
	        d->seq, b->seq, output_disposals((int64_t)d->disposals).text,
	        output_records((int64_t)d->went).text);
	tell_taken(a->dir, taken[0], a->ledger);
	tell_taken(a->dir, taken[1], a->records);
	tell_unfinished(a->dir, d);
	ledger_lost_print(d->missing, d->missing_count, &missing);
	if (d->missing_count)
		fprintf(stderr, ledger_lost_is_one(d->missing, d->missing_count)
		        ? _("daicho: MISSING: the record of entry %s: neither the backup nor another copy that was named "
		            "has it\n")
		        : _("daicho: MISSING: the records of entries %s: neither the backup nor another copy that was "
		            "named has them\n"), buf_str(&missing));
	if (!b->keys && !a->keys)
		fprintf(stderr, _("daicho: the backup has no keys: put the ledger's key home into %s/keys before it is "
		                  "served\n"), a->dir);
	fprintf(stderr, _("daicho: no other daichod may serve this ledger any more\n"));
}

/* One of those that count for the next entry, as the daemon looks for it; its agent ends with the question. Where no
 * agent can be asked the daemon is the first to tell. */
static int check_keys(const char *dir, const struct dispose_replayed *d, struct err *e)
{
	MEM_CLEANUP char *home = file_path(dir, "keys");
	const struct keyring_key *k = NULL;
	struct pgp_signer *found = NULL;
	struct err why = ERR_INIT;
	while (!found && (k = keyring_newest(&d->keys, LEAF_USE_ENTRY, d->seq + 1, k)))
		found = pgp_signer_new(home, k->fpr, &why);
	pgp_signer_free(found);
	pgp_agent_stop(home, NULL);
	if (found || (why.code && why.code != ERR_KEY))
		return ERR_OK;
	k = keyring_newest(&d->keys, LEAF_USE_ENTRY, d->seq + 1, NULL);
	err_set(e, ERR_KEY, "keys: hold no secret key that counts after entry %" PRIu64 ", as is %s", d->seq,
	        k ? k->fpr : "-");
	return err_next(e, "name the folder keys of the ledger's store, or a copy of it: --keys FOLDER");
}

/* What could not be finished is no store. */
static int make(const struct asked *a, const struct backup *b, const struct backup_sources *from, struct err *e)
{
	MEM_CLEANUP char *dir = file_absolute(a->dir);
	struct dispose_replayed done = { .missing = NULL };
	uint64_t taken[BACKUP_VOLUMES_MAX];
	int lock_fd;
	int rc = backup_restore(a->backup, b, dir, from, taken, &lock_fd, e);
	if (rc)
		return rc;
	rc = cmd_mirror_replay_restored(dir, &b->pins, &done, e);
	if (!rc && (a->keys || b->keys))
		rc = check_keys(dir, &done, e);
	if (!rc)
		rc = write_lost(dir, &done, e);
	if (rc)
		backup_restore_drop(dir, lock_fd);
	else
		rc = backup_restore_finish(dir, lock_fd, e);
	if (!rc)
		tell(a, b, taken, &done);
	dispose_replayed_release(&done);
	return rc;
}

static int check_records(const char *copy, const char *volumes, struct err *e)
{
	if (!copy || file_exists(volumes))
		return ERR_OK;
	err_set(e, ERR_NOTFOUND, "%s: no volumes are here", copy);
	return err_next(e, "name the folder of a store, or of a mirror or backup that holds records");
}

static int restore(const struct asked *a, struct err *e)
{
	MEM_CLEANUP char *given = a->ledger ? file_absolute(a->ledger) : NULL;
	MEM_CLEANUP char *inner = given ? file_path(given, "ledger.git") : NULL;
	MEM_CLEANUP char *volumes = given ? file_path(given, "volumes") : NULL;
	MEM_CLEANUP char *further = a->records ? file_path(a->records, "volumes") : NULL;
	bool is_copy = inner && file_exists(inner);
	const struct backup_sources from = { .keys = a->keys, .ledger = is_copy ? inner : given,
		                             .volumes = { is_copy && file_exists(volumes) ? volumes : NULL, further } };
	struct backup b;
	int rc = check_records(a->records, further, e);
	if (!rc)
		rc = backup_check(a->backup, &b, e);
	if (!rc && a->pin)
		rc = given_tell(store_pins_read(a->pin, &b.pins, e), GIVEN_PIN, e);
	if (!rc)
		rc = check_head(a, &b, e);
	if (!rc)
		rc = repo_library_init(e);
	if (!rc && (a->keys || b.keys))
		rc = pgp_library_init(e);
	if (!rc)
		rc = judge(a, &b, from.ledger, e);
	return rc ? rc : make(a, &b, &from, e);
}

int cmd_restore(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *args[2] = { NULL };
	struct asked a = { .backup = NULL };
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "ledger", &a.ledger, NULL }, { "records", &a.records, NULL }, { "head", &a.head, NULL },
		{ "keys", &a.keys, NULL }, { "pin", &a.pin, NULL },
	};
	(void)c;
	int rc = options_read("restore", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, args, 2, &n, e);
	if (!rc && n < 2)
		rc = usage_refuse("restore", e, "the folder of the backup and that of the new store are wanted");
	a.backup = args[0];
	a.dir = args[1];
	*out_status = 0;
	return rc ? rc : restore(&a, e);
}
