#include "ledger/backup.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/inifile.h"
#include "ledger/backup_impl.h"
#include "ledger/mirror.h"
#include "ledger/snapshot.h"
#include "ledger/store_ini.h"

#define FORMAT 1
#define INI_NAME "backup.ini"
#define PIN_NAME "pin"
#define REF_PREFIX "refs/notes/volumes/"

/* backup.ini */

static int set_format(struct backup *b, const char *value, struct err *e)
{
	(void)b;
	return strcmp(value, "1") == 0 ? ERR_OK : err_set(e, ERR_FORMAT, "format: the backup is of a newer format");
}

static int set_name(struct backup *b, const char *value, struct err *e)
{
	if (!text_is_name(value, strlen(value)))
		return err_set(e, ERR_CONFIG, "name: a name of a-z, 0-9 and hyphens is wanted");
	strcpy(b->name, value);
	return ERR_OK;
}

static int set_seq(struct backup *b, const char *value, struct err *e)
{
	return text_parse_u64(value, strlen(value), LEAF_SEQ_MAX, &b->seq)
		? ERR_OK : err_set(e, ERR_CONFIG, "seq: a number is wanted");
}

static int set_leaf(struct backup *b, const char *value, struct err *e)
{
	return hash_parse(value, strlen(value), &b->head)
		? ERR_OK : err_set(e, ERR_CONFIG, "leaf: sha256:<64 hex digits> is wanted");
}

static int set_until(struct backup *b, const char *value, struct err *e)
{
	return date_parse(value, strlen(value), &b->until) ? ERR_OK : err_set(e, ERR_CONFIG, "until: a day is wanted");
}

static int set_keys(struct backup *b, const char *value, struct err *e)
{
	b->keys = strcmp(value, "yes") == 0;
	return b->keys || strcmp(value, "no") == 0 ? ERR_OK : err_set(e, ERR_CONFIG, "keys: yes or no is wanted");
}

static const struct {
	const char *key;
	int (*set)(struct backup *b, const char *value, struct err *e);
} settings[] = {
	{ "format", set_format }, { "name", set_name }, { "seq", set_seq }, { "leaf", set_leaf }, { "until", set_until },
	{ "keys", set_keys },
};

struct reading {
	struct backup *backup;
	size_t seen;
};

static int take_setting(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct reading *r = ctx;
	for (size_t i = 0; strcmp(section, "backup") == 0 && i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].key, key) == 0) {
			r->seen++;
			return settings[i].set(r->backup, value, e);
		}
	return err_set(e, ERR_CONFIG, "[%s] %s: unknown", section, key);
}

static bool is_unfinished(const char *folder)
{
	const size_t len = strlen(BACKUP_UNFINISHED);
	char real[PATH_MAX];
	return realpath(folder, real) && strlen(real) > len && strcmp(real + strlen(real) - len, BACKUP_UNFINISHED) == 0;
}

int backup_check(const char *folder, struct backup *out, struct err *e)
{
	MEM_CLEANUP char *ini = file_path(folder, INI_NAME);
	MEM_CLEANUP char *pin = file_path(folder, PIN_NAME);
	struct backup b = { .seq = 0 };
	struct reading r = { .backup = &b };
	int rc = file_find(ini, e);
	if (rc == ERR_NOTFOUND) {
		err_set(e, ERR_NOTFOUND, "%s: no backup is here", folder);
		return err_next(e, "make one: daicho backup FOLDER --until DAY");
	}
	if (!rc && is_unfinished(folder)) {
		err_set(e, ERR_LEDGER, "%s: this backup was never finished", folder);
		return err_next(e, "remove it and take another: daicho backup FOLDER --until DAY");
	}
	if (!rc)
		rc = inifile_read(ini, take_setting, &r, e);
	if (!rc && r.seen != sizeof settings / sizeof *settings)
		rc = err_set(e, ERR_CONFIG, "%s: format, name, seq, leaf, until and keys are wanted", ini);
	if (!rc)
		rc = backup_manifest_check(folder, e);
	if (!rc)
		rc = store_pins_read(pin, &b.pins, e);
	if (!rc)
		*out = b;
	return rc;
}

static int write_ini(const char *folder, const struct backup *b, struct err *e)
{
	MEM_CLEANUP char *ini = file_path(folder, INI_NAME);
	MEM_CLEANUP char *pin = file_path(folder, PIN_NAME);
	BUF_CLEANUP struct buf text = BUF_INIT, pins = BUF_INIT;
	char head[HASH_TEXT_LEN + 1], until[DATE_LEN + 1];
	hash_print(&b->head, head);
	date_print(b->until, until);
	store_pins_print(&b->pins, &pins);
	buf_printf(&text, "[backup]\nformat = %d\nname = %s\nseq = %" PRIu64 "\nleaf = %s\nuntil = %s\nkeys = %s\n", FORMAT,
	           b->name, b->seq, head, until, b->keys ? "yes" : "no");
	int rc = file_write_durable(pin, buf_str(&pins), pins.len, 0600, e);
	return rc ? rc : file_write_durable(ini, buf_str(&text), text.len, 0600, e);
}

/* Repositories. */

static bool read_ref(const struct jdoc *d, struct snapshot_ref *out, int64_t *out_year)
{
	const char *hex = jdoc_get_text(d, "commit");
	out->name = jdoc_get_text(d, "ref");
	return jdoc_get_integer(d, "year", out_year) && out->name && hex && oid_parse(hex, strlen(hex), &out->commit) &&
	       strncmp(out->name, REF_PREFIX, strlen(REF_PREFIX)) == 0;
}

/* The volumes of one year stand together in the snapshot; *at goes behind them. */
static int read_year(const struct jdoc *volumes, size_t *at, struct snapshot_ref *refs, size_t *out_count,
                     int *out_year, struct err *e)
{
	size_t count = 0;
	int64_t year = 0;
	for (; *at < jdoc_size(volumes); (*at)++, count++) {
		if (!read_ref(jdoc_at(volumes, *at), &refs[count], &year))
			return err_set(e, ERR_SYNTAX, "snapshot: a volume of the daemon's answer can't be read");
		if (count && year != *out_year)
			break;
		*out_year = (int)year;
	}
	*out_count = count;
	return ERR_OK;
}

static int copy_year(const struct store *s, const struct jdoc *volumes, size_t *at, const char *to, struct err *e)
{
	MEM_CLEANUP struct snapshot_ref *refs = mem_array(jdoc_size(volumes) + 1, sizeof *refs);
	BUF_CLEANUP struct buf from = BUF_INIT;
	size_t count = 0;
	int year = 0;
	int rc = read_year(volumes, at, refs, &count, &year, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *path = mem_printf("%s/%04d.git", to, year);
	store_volume_path(s, year, &from);
	return snapshot_copy(buf_str(&from), path, refs, count, e);
}

static int copy_repositories(const struct store *s, const struct jdoc *snapshot, const char *folder, struct backup *b,
                             struct err *e)
{
	MEM_CLEANUP char *ledger = file_path(folder, "ledger.git");
	MEM_CLEANUP char *volumes = file_path(folder, "volumes");
	const struct jdoc *all = jdoc_get(snapshot, "volumes");
	const char *hex = jdoc_get_text(snapshot, "commit"), *leaf = jdoc_get_text(snapshot, "leaf");
	struct snapshot_ref head = { .name = LEDGER_REF };
	int64_t seq = -1;
	size_t at = 0;
	if (!hex || !oid_parse(hex, strlen(hex), &head.commit) || !leaf || !hash_parse(leaf, strlen(leaf), &b->head) ||
	    !jdoc_get_integer(snapshot, "seq", &seq) || seq < 0)
		return err_set(e, ERR_SYNTAX, "snapshot: the daemon's answer can't be read");
	b->seq = (uint64_t)seq;
	int rc = snapshot_copy(s->ledger, ledger, &head, 1, e);
	if (!rc)
		rc = file_mkdir(volumes, 0700, e);
	while (!rc && at < jdoc_size(all))
		rc = copy_year(s, all, &at, volumes, e);
	return rc;
}

static int write_all(const struct store *s, const struct jdoc *snapshot, const char *folder, struct backup *b,
                     struct err *e)
{
	MEM_CLEANUP char *ini = file_path(s->dir, STORE_INI_NAME);
	MEM_CLEANUP char *to = file_path(folder, STORE_INI_NAME);
	MEM_CLEANUP char *keys = file_path(folder, "keys");
	int rc = copy_repositories(s, snapshot, folder, b, e);
	if (!rc)
		rc = backup_copy_file(ini, to, 0600, e);
	if (!rc && file_exists(s->lost)) {
		MEM_CLEANUP char *lost = file_path(folder, "lost");
		rc = backup_copy_file(s->lost, lost, 0600, e);
	}
	if (!rc && b->keys)
		rc = backup_copy_keys(s->keys, keys, e);
	if (!rc)
		rc = write_ini(folder, b, e);
	if (!rc)
		rc = backup_manifest_write(folder, e);
	if (!rc)
		rc = file_sync_tree(folder, e);
	return rc ? rc : file_sync_parent(folder, e);
}

int backup_write(const struct store *s, const struct jdoc *snapshot, const char *folder, struct backup *b,
                 struct err *e)
{
	b->pins = mirror_pins(s);
	return write_all(s, snapshot, folder, b, e);
}
