/* On the machine of a mirror. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd_mirror.h"
#include "cli/given.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/dispose_replay.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"

#define INDEX_NAME "index.db"

/* "2024-2026" or "2024"; this year and the next without it. */
static int read_years(const char *text, int *out_first, int *out_last, struct err *e)
{
	const char *hyphen = text ? strchr(text, '-') : NULL;
	uint64_t first = 0, last = 0;
	*out_first = date_year_of_time(date_now());
	*out_last = *out_first + 1;
	if (!text)
		return ERR_OK;
	size_t len = hyphen ? (size_t)(hyphen - text) : strlen(text);
	bool ok = text_parse_u64(text, len, DATE_YEAR_MAX, &first) && first >= DATE_YEAR_MIN;
	last = first;
	if (ok && hyphen)
		ok = text_parse_u64(hyphen + 1, strlen(hyphen + 1), DATE_YEAR_MAX, &last) && last >= first;
	*out_first = (int)first;
	*out_last = (int)last;
	return ok ? ERR_OK : usage_refuse("mirror", e, "--years: YEAR or YEAR-YEAR is wanted");
}

int cmd_mirror_prepare(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct mirror_folder m = { .volumes = o->volumes };
	int first, last;
	(void)c;
	if (!o->url || !o->pin)
		return usage_refuse("mirror", e, "prepare: FOLDER, --name NAME and --pin FILE are wanted");
	if (!text_is_name(o->name, strlen(o->name)))
		return usage_refuse("mirror", e, "a name of a-z, 0-9 and hyphens is wanted, beginning with a letter");
	strcpy(m.name, o->name);
	int rc = read_years(o->years, &first, &last, e);
	if (!rc)
		rc = given_tell(store_pins_read(o->pin, &m.pins, e), GIVEN_PIN, e);
	if (!rc)
		rc = mirror_prepare(o->url, &m, first, last, e);
	*out_status = 0;
	return rc;
}

/* Carrying out. */

struct applying {
	const char *folder;
	struct mirror_folder mirror;
	struct dispose_replayed done;
	int lock_fd, maintain_fd;
};

/* A store that is served, or to which another one applies, is left alone: both take this lock. */
static int lock(struct applying *a, struct err *e)
{
	MEM_CLEANUP char *path = file_path(a->folder, "lock");
	MEM_CLEANUP char *maintain = file_path(a->folder, "maintain.lock");
	int rc = file_lock(path, &a->lock_fd, e);
	if (!rc)
		rc = file_lock(maintain, &a->maintain_fd, e);
	return rc == ERR_BUSY ? err_next(e, "it is at work: stop it, or try again later") : rc;
}

static void unlock(struct applying *a)
{
	if (a->lock_fd >= 0)
		close(a->lock_fd);
	if (a->maintain_fd >= 0)
		close(a->maintain_fd);
}

/* A store's index is derived, and may know what went. */
static int drop_index(const char *folder, struct err *e)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		MEM_CLEANUP char *path = mem_printf("%s/" INDEX_NAME "%s", folder, suffixes[i]);
		if (unlink(path) < 0 && errno != ENOENT)
			return err_errno(e, errno, "%s", path);
	}
	return file_sync_dir(folder, e);
}

/* Only what is verified is believed: a certificate that nobody signed makes nothing go. */
static int replay(struct applying *a, struct judging j, struct err *e)
{
	j.repository = a->folder;
	j.ledger_only = true;
	j.deadline_s = JUDGING_DEADLINE_S;
	int rc = judging_demand(&j, NULL, e);
	if (!rc)
		rc = drop_index(a->folder, e);
	return rc ? rc : dispose_replay(a->folder, &a->done, e);
}

static int replay_locked(const char *folder, struct judging j, struct dispose_replayed *out, struct err *e)
{
	MEM_CLEANUP char *absolute = file_absolute(folder);
	struct applying a = { .folder = absolute, .lock_fd = -1, .maintain_fd = -1 };
	int rc = lock(&a, e);
	if (!rc)
		rc = replay(&a, j, e);
	unlock(&a);
	if (!rc)
		*out = a.done;
	return rc;
}

int cmd_mirror_replay(const char *folder, const struct store_pins *pins, struct dispose_replayed *out, struct err *e)
{
	return replay_locked(folder, (struct judging){ .pins = pins }, out, e);
}

int cmd_mirror_replay_restored(const char *folder, const struct store_pins *pins, struct dispose_replayed *out,
                               struct err *e)
{
	return replay_locked(folder, (struct judging){ .pins = pins, .takes_unfinished = true }, out, e);
}

static void tell(const char *folder, const struct dispose_replayed *d)
{
	BUF_CLEANUP struct buf missing = BUF_INIT;
	fprintf(stderr, _("daicho: %s: %s up to entry %" PRIu64 ", %s went now, absence proved\n"), folder,
	        output_disposals((int64_t)d->disposals).text, d->seq,
	        output_records((int64_t)d->went).text);
	if (d->stopped)
		fprintf(stderr, _("daicho: %s: what the certificate of entry %" PRIu64 " names stays: a hold placed after it, "
		                  "or a day that has not come, keeps it\n"), folder, d->stopped);
	if (!d->missing_count)
		return;
	ledger_lost_print(d->missing, d->missing_count, &missing);
	fprintf(stderr, ledger_lost_is_one(d->missing, d->missing_count)
	        ? _("daicho: %s: MISSING: the record of entry %s\n")
	        : _("daicho: %s: MISSING: records of entries %s\n"), folder, buf_str(&missing));
}

static int write_ack(struct context *c, const struct cmd_mirror *o, const struct jdoc *doc, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print_canonical(doc, &text);
	if (o->out)
		return given_write(o->out, text.ptr, text.len, 0644, e);
	if (c->json)
		output_json(doc);
	else
		output_text(&text);
	return ERR_OK;
}

/* The pins of the mirror are what its keeper gave it; others may be named. A store is named by its pins alone. */
static int read_mirror(const struct cmd_mirror *o, struct mirror_folder *out, bool *out_is_mirror, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = mirror_read(o->name, out, &why);
	*out_is_mirror = !rc;
	if (rc && (rc != ERR_NOTFOUND || !o->pin)) {
		*e = why;
		return rc;
	}
	return o->pin ? given_tell(store_pins_read(o->pin, &out->pins, e), GIVEN_PIN, e) : ERR_OK;
}

int cmd_mirror_apply(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct mirror_folder m = { .volumes = false };
	struct dispose_replayed done = { .missing = NULL };
	struct jdoc *doc = NULL;
	bool is_mirror;
	int rc = read_mirror(o, &m, &is_mirror, e);
	if (!rc)
		rc = cmd_mirror_replay(o->name, &m.pins, &done, e);
	if (rc)
		return rc;
	tell(o->name, &done);
	const struct ack a = { m.name, done.done, done.head };
	if (is_mirror && m.volumes)
		rc = mirror_gone_write(o->name, done.gone, done.gone_count, e);
	if (!rc && is_mirror && m.volumes)
		rc = ack_make(&m.pins, &a, o->sign, &doc, e);
	if (!rc && doc)
		rc = write_ack(c, o, doc, e);
	jdoc_free(doc);
	dispose_replayed_release(&done);
	*out_status = 0;
	return rc;
}
