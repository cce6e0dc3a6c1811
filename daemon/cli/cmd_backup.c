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
#include "ledger/ack.h"
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
static int settle(struct context *c, const struct asked *a, const struct backup *b, const struct backup_place *place,
                  struct err *e)
{
	MEM_CLEANUP char *lost = file_path(place->unfinished, "lost");
	const struct judging j = { .repository = place->unfinished, .pins = &b->pins, .ledger_only = false, .lost = lost,
		                          .deadline_s = JUDGING_DEADLINE_S };
	struct dispose_replayed state = { .seq = 0 };
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	int rc = judging_demand(&j, NULL, e);
	if (rc == ERR_LEDGER) /* that folder will be gone when this is read */
		err_next(e, "a disposal under way is completed first (daicho disposal status); of what else is wrong "
		            "daicho verify of the store tells everything");
	if (!rc)
		rc = dispose_replay_state(place->unfinished, &state, e);
	const struct ack ack = { b->name, state.done, state.head };
	dispose_replayed_release(&state);
	if (!rc)
		rc = cmd_mirror_record(c, &ack, until, a->sign, e);
	return rc ? rc : backup_place_fill(place, e);
}

static void tell(struct context *c, const struct backup *b, const char *folder)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	BUF_CLEANUP struct buf day = BUF_INIT;
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	days_open(c, &days);
	days_add(&days, until, &day);
	fprintf(stderr, _("daicho: %s holds everything up to entry %" PRIu64 ", verified; it is to be destroyed after %s, "
	                  "and certificates name it until then\n"), folder, b->seq, buf_str(&day));
	fprintf(stderr, b->keys ? _("daicho: the SECRET KEYS of the ledger are in it: who has it can sign as the ledger; "
	                            "keep it as you keep the store\n")
	                        : _("daicho: the ledger's secret keys are not in it: keep a copy of the store's folder "
	                            "keys apart from it\n"));
}

static int copy(struct context *c, const struct asked *a, const struct store *s, struct backup *b,
                const struct backup_place *place, struct err *e)
{
	struct jdoc *snapshot = NULL;
	int rc = client_call(c, "/v1/snapshot", NULL, DEADLINE_S, &snapshot, e);
	if (!rc)
		rc = backup_write(s, snapshot, place->unfinished, b, e);
	jdoc_free(snapshot);
	return rc ? rc : settle(c, a, b, place, e);
}

/* The name of one that was killed here is no copy's any more: nothing is left of it. */
static int take_back(struct context *c, const struct asked *a, const struct store *s, const char *left, struct err *e)
{
	bool known = false;
	int rc = *left ? ack_is_known(s, left, &known, e) : ERR_OK;
	return rc || !known ? rc : cmd_mirror_withdraw(c, s, left, a->sign, true, e);
}

/* What failed is not there, and is taken back; where that fails, too, it is when a backup is made here again. */
static void undo(struct context *c, const struct asked *a, const struct store *s, const struct backup *b,
                 const struct backup_place *place)
{
	struct err why = ERR_INIT;
	char until[DATE_LEN + 1];
	date_print(b->until, until);
	int rc = backup_place_clear(place, &why);
	if (!rc)
		rc = cmd_mirror_withdraw(c, s, b->name, a->sign, true, &why);
	if (!rc)
		backup_place_drop(place);
	else
		fprintf(stderr, _("daicho: the ledger knows of %s, which is not there, until %s: it could not be taken "
		                  "back (%s)\n"), b->name, until, why.text);
}

/* The name stands beside the folder before the ledger knows it: of an entry whose answer did not come the ledger is
 * asked. */
static int announce(struct context *c, const struct asked *a, const struct store *s, const struct backup *b,
                    const struct backup_place *place, struct err *e)
{
	struct err ignored = ERR_INIT;
	char until[DATE_LEN + 1];
	bool known = false;
	date_print(b->until, until);
	int rc = cmd_mirror_check_name(s, b->name, e);
	if (!rc)
		rc = backup_place_name(place, b->name, e);
	if (rc) {
		backup_place_drop(place);
		return rc;
	}
	rc = cmd_mirror_announce(c, s, b->name, until, a->sign, true, e);
	if (rc && !ack_is_known(s, b->name, &known, &ignored) && !known)
		backup_place_drop(place);
	else if (rc)
		undo(c, a, s, b, place);
	return rc;
}

/* The ledger knows of it before the first record is copied: what is killed half-way is in the certificates. */
static int make(struct context *c, const struct asked *a, const struct store *s, struct backup *b,
                const struct backup_place *place, struct err *e)
{
	int rc = take_back(c, a, s, place->left, e);
	if (!rc)
		rc = announce(c, a, s, b, place, e);
	if (rc)
		return rc;
	rc = copy(c, a, s, b, place, e);
	if (rc)
		undo(c, a, s, b, place);
	else
		tell(c, b, a->folder);
	return rc;
}

static int open_and_make(struct context *c, const struct asked *a, struct backup *b, struct err *e)
{
	MEM_CLEANUP char *folder = file_absolute(a->folder);
	struct backup_place place = { .lock_fd = -1 };
	struct store s = { .lock_fd = -1 };
	for (size_t len = strlen(folder); len > 1 && folder[len - 1] == '/'; len--)
		folder[len - 1] = '\0';
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		rc = repo_library_init(e);
	if (!rc)
		rc = backup_place_take(&s, folder, &place, e);
	if (!rc)
		rc = make(c, a, &s, b, &place, e);
	backup_place_release(&place);
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
