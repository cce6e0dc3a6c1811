#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd_mirror.h"
#include "cli/days.h"
#include "cli/judging.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/repo.h"
#include "ledger/backup.h"

#define DEADLINE_S 900

struct asked {
	const char *folder, *until, *name, *sign;
	bool with_keys;
};

/* backup-20260104-091007, in Japan. */
static void name_by_time(char out[LEAF_NAME_MAX + 1])
{
	char time[DATE_TIME_LEN + 1];
	date_time_print(date_now(), time);
	snprintf(out, LEAF_NAME_MAX + 1, "backup-%.4s%.2s%.2s-%.2s%.2s%.2s", time, time + 5, time + 8, time + 11,
	         time + 14, time + 17);
}

static int read_asked(struct context *c, const struct asked *a, struct backup *out, struct err *e)
{
	char day[DATE_LEN + 1];
	*out = (struct backup){ .keys = a->with_keys };
	if (!a->folder)
		return usage_refuse("backup", e, "the folder that is to be made is wanted");
	if (!a->until)
		return usage_refuse("backup", e, "--until: the last day on which the backup is kept is wanted");
	if (a->name && !text_is_name(a->name, strlen(a->name)))
		return usage_refuse("backup", e, "--name: a name of a-z, 0-9 and hyphens is wanted, beginning with a letter");
	name_by_time(out->name);
	if (a->name)
		strcpy(out->name, a->name);
	int rc = days_read(c, "backup", "until", a->until, day, e);
	if (!rc && !date_parse(day, strlen(day), &out->until))
		rc = usage_refuse("backup", e, "--until: a day is wanted");
	if (!rc && date_day_number(out->until) < date_day_number(date_of_time(date_now())))
		rc = usage_refuse("backup", e, "--until: that day is over");
	return rc;
}

/* What is verified is recorded, and only then stands in its place. What a hold keeps of a certificate is in it, and so
 * that is not carried out there. */
static int settle(struct context *c, const struct asked *a, const struct backup *b, const char *folder,
                  const char *unfinished, struct err *e)
{
	MEM_CLEANUP char *lost = file_path(unfinished, "lost");
	const struct judging j = { .repository = unfinished, .pins = &b->pins, .ledger_only = false, .lost = lost,
		                          .deadline_s = JUDGING_DEADLINE_S };
	struct dispose_replayed state = { .seq = 0 };
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	int rc = judging_demand(&j, NULL, e);
	if (!rc)
		rc = dispose_replay_state(unfinished, &state, e);
	const struct ack ack = { b->name, state.done, state.head };
	if (!rc)
		rc = cmd_mirror_record(c, &ack, until, a->sign, e);
	return rc ? rc : file_rename_new(unfinished, folder, e);
}

static void tell(const struct backup *b, const char *folder)
{
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	fprintf(stderr, _("daicho: %s holds everything up to entry %" PRIu64 ", verified; it is to be destroyed after %s, "
	                  "and certificates name it until then\n"), folder, b->seq, until);
	fprintf(stderr, b->keys ? _("daicho: the SECRET KEYS of the ledger are in it: who has it can sign as the ledger; "
	                            "keep it as you keep the store\n")
	                        : _("daicho: the ledger's secret keys are not in it: keep a copy of the store's folder "
	                            "keys apart from it\n"));
}

static int copy(struct context *c, const struct asked *a, const struct store *s, struct backup *b, const char *folder,
                struct err *e)
{
	MEM_CLEANUP char *unfinished = mem_printf("%s" BACKUP_UNFINISHED, folder);
	struct jdoc *snapshot = NULL;
	int rc = client_call(c, "/v1/snapshot", NULL, DEADLINE_S, &snapshot, e);
	if (!rc)
		rc = backup_write(s, snapshot, unfinished, b, e);
	jdoc_free(snapshot);
	if (rc)
		return rc;
	rc = settle(c, a, b, folder, unfinished, e);
	if (rc)
		file_remove_tree(unfinished, NULL);
	return rc;
}

/* Nothing of what was killed before is there. */
static int check(const struct store *s, const struct backup *b, const char *folder, struct err *e)
{
	MEM_CLEANUP char *unfinished = mem_printf("%s" BACKUP_UNFINISHED, folder);
	int rc = backup_check_place(s, folder, e);
	if (!rc && file_exists(unfinished)) {
		err_set(e, ERR_CONFLICT, "%s: a backup is being made here, or was never finished", unfinished);
		rc = err_next(e, "when none is being made, remove it, then its name: daicho mirror list, daicho mirror remove "
		                 "NAME");
	}
	return rc ? rc : cmd_mirror_check_name(s, b->name, e);
}

/* The ledger knows of it before the first record is copied: what is killed half-way is in the certificates. What failed
 * is not there, and is taken back. */
static int make(struct context *c, const struct asked *a, const struct store *s, struct backup *b, const char *folder,
                struct err *e)
{
	struct err why = ERR_INIT;
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	int rc = check(s, b, folder, e);
	if (!rc)
		rc = cmd_mirror_announce(c, s, b->name, until, a->sign, true, e);
	if (rc)
		return rc;
	rc = copy(c, a, s, b, folder, e);
	if (!rc)
		tell(b, a->folder);
	else if (cmd_mirror_withdraw(c, s, b->name, a->sign, true, &why))
		fprintf(stderr, _("daicho: the ledger knows of %s, which is not there, until %s: it could not be taken "
		                  "back (%s)\n"), b->name, until, why.text);
	return rc;
}

static int open_and_make(struct context *c, const struct asked *a, struct backup *b, struct err *e)
{
	MEM_CLEANUP char *folder = file_absolute(a->folder);
	struct store s = { .lock_fd = -1 };
	for (size_t len = strlen(folder); len > 1 && folder[len - 1] == '/'; len--)
		folder[len - 1] = '\0';
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		rc = repo_library_init(e);
	if (!rc)
		rc = make(c, a, &s, b, folder, e);
	store_release(&s);
	return rc;
}

int cmd_backup(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .folder = NULL };
	struct backup b;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "until", &a.until, NULL }, { "name", &a.name, NULL }, { "sign", &a.sign, NULL },
		{ "with-keys", NULL, &a.with_keys },
	};
	int rc = options_read("backup", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &a.folder, 1, &n, e);
	if (!rc)
		rc = read_asked(c, &a, &b, e);
	*out_status = 0;
	return rc ? rc : open_and_make(c, &a, &b, e);
}
