#include "ledger/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/inifile.h"
#include "foreign/repo.h"
#include "ledger/ledger.h"
#include "ledger/mirror_impl.h"
#include "ledger/store_ini.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define HOOK_MAX ((size_t)1 << 20)
#define HOOK_MODE 0755
#define INI_NAME "mirror.ini"
#define PIN_NAME "pin"
#define GONE_NAME "gone"
#define HOOK_NAME "pre-receive"

const char *mirror_folder_of(const char *url)
{
	if (*url == '/')
		return url;
	return strncmp(url, "file://", 7) == 0 ? url + 7 : NULL;
}

/* mirror.ini */

static int take_setting(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct mirror_folder *m = ctx;
	if (strcmp(section, "mirror") == 0 && strcmp(key, "name") == 0 && text_is_name(value, strlen(value))) {
		strcpy(m->name, value);
		return ERR_OK;
	}
	m->volumes = m->volumes || strcmp(value, "yes") == 0;
	return strcmp(section, "mirror") == 0 && strcmp(key, "volumes") == 0
		? ERR_OK : err_set(e, ERR_CONFIG, "[%s] %s: unknown, or not a name", section, key);
}

int mirror_read(const char *folder, struct mirror_folder *out, struct err *e)
{
	MEM_CLEANUP char *ini = file_path(folder, INI_NAME);
	MEM_CLEANUP char *pin = file_path(folder, PIN_NAME);
	struct mirror_folder m = { .volumes = false };
	int rc = file_find(ini, e);
	if (rc == ERR_NOTFOUND) {
		err_set(e, ERR_NOTFOUND, "%s: no mirror is here", folder);
		return err_next(e, "make one: daicho mirror prepare FOLDER --name NAME --pin FILE");
	}
	if (!rc)
		rc = inifile_read(ini, take_setting, &m, e);
	if (!rc)
		rc = store_pins_read(pin, &m.pins, e);
	if (!rc && !*m.name)
		rc = err_set(e, ERR_CONFIG, "%s: [mirror] name: missing", ini);
	if (!rc)
		*out = m;
	return rc;
}

/* Making. */

/* What is no mirror yet becomes none over what somebody else keeps there. */
static int check_empty(const char *folder, struct err *e)
{
	bool empty = true;
	int rc = file_exists(folder) ? file_is_empty_dir(folder, &empty, e) : ERR_OK;
	if (!rc && !empty) {
		err_set(e, ERR_CONFLICT, "%s: is no mirror, and not empty", folder);
		rc = err_next(e, "name a folder that is empty or not there yet");
	}
	return rc;
}

/* Neither a store, nor a backup, nor a part of one. */
static int check_place(const char *folder, struct err *e)
{
	MEM_CLEANUP char *ini = file_path(folder, STORE_INI_NAME);
	if (!file_exists(ini))
		return store_apart(folder, NULL, 0, e);
	err_set(e, ERR_CONFLICT, "%s: is a store, or a backup of one", folder);
	return err_next(e, "give each copy of a ledger a folder of its own");
}

static int check_same(const char *folder, const struct mirror_folder *m, struct err *e)
{
	struct mirror_folder was;
	struct err why = ERR_INIT;
	int rc = mirror_read(folder, &was, &why);
	if (rc == ERR_NOTFOUND)
		return check_empty(folder, e);
	if (rc) {
		*e = why;
		return rc;
	}
	if (strcmp(was.name, m->name) == 0 && hash_is_equal(&was.pins.genesis, &m->pins.genesis) &&
	    strcmp(was.pins.origin, m->pins.origin) == 0)
		return ERR_OK;
	err_set(e, ERR_CONFLICT, "%s: is a mirror of another ledger, or has another name", folder);
	return err_next(e, "give each ledger, and each copy of it, a folder of its own");
}

static int write_files(const char *folder, const struct mirror_folder *m, struct err *e)
{
	MEM_CLEANUP char *ini = file_path(folder, INI_NAME);
	MEM_CLEANUP char *pin = file_path(folder, PIN_NAME);
	BUF_CLEANUP struct buf text = BUF_INIT, pins = BUF_INIT;
	store_pins_print(&m->pins, &pins);
	buf_printf(&text, "[mirror]\nname = %s\nvolumes = %s\n", m->name, m->volumes ? "yes" : "no");
	int rc = file_write_durable(pin, buf_str(&pins), pins.len, FILE_MODE, e);
	return rc ? rc : file_write_durable(ini, buf_str(&text), text.len, FILE_MODE, e);
}

/* hooks: the folder below hooks/mirror of the installation that holds them. */
static int make_repository(const char *path, const char *hooks, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	MEM_CLEANUP char *name = mem_printf("hooks/mirror/%s", hooks);
	MEM_CLEANUP char *from = store_share_path(name);
	MEM_CLEANUP char *hook = file_path(from, HOOK_NAME);
	MEM_CLEANUP char *to = mem_printf("%s/hooks/" HOOK_NAME, path);
	int rc = file_read(hook, HOOK_MAX, &text, e);
	if (rc)
		return err_next(e, "install daicho whole: its hooks are wanted");
	if (!file_exists(path)) {
		rc = store_make_repo(path, from, e);
		return rc ? rc : repo_make_fan(path, e);
	}
	return file_write_durable(to, buf_str(&text), text.len, HOOK_MODE, e);
}

int mirror_make_year(const char *folder, int year, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf("%s/volumes/%04d.git", folder, year);
	return make_repository(path, "volumes", e);
}

int mirror_prepare(const char *folder, const struct mirror_folder *m, int first_year, int last_year, struct err *e)
{
	MEM_CLEANUP char *ledger = file_path(folder, "ledger.git");
	MEM_CLEANUP char *volumes = file_path(folder, "volumes");
	int rc = check_place(folder, e);
	if (!rc)
		rc = check_same(folder, m, e);
	if (!rc)
		rc = file_mkdirs(folder, FOLDER_MODE, e);
	if (!rc)
		rc = write_files(folder, m, e);
	if (!rc)
		rc = make_repository(ledger, "ledger", e);
	if (!rc && m->volumes)
		rc = file_mkdirs(volumes, FOLDER_MODE, e);
	for (int year = first_year; !rc && m->volumes && year && year <= last_year; year++)
		rc = mirror_make_year(folder, year, e);
	return rc;
}

static int compare_oids(const void *a, const void *b)
{
	return oid_compare(a, b);
}

int mirror_gone_write(const char *folder, const struct oid *commits, size_t count, struct err *e)
{
	MEM_CLEANUP char *path = file_path(folder, GONE_NAME);
	MEM_CLEANUP struct oid *sorted = mem_array(count + 1, sizeof *sorted);
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (count) {
		memcpy(sorted, commits, count * sizeof *sorted);
		qsort(sorted, count, sizeof *sorted, compare_oids);
	}
	for (size_t i = 0; i < count; i++) {
		char hex[OID_HEX_LEN + 1];
		oid_print(&sorted[i], hex);
		buf_printf(&text, "%s\n", hex);
	}
	return file_write_durable(path, buf_str(&text), text.len, FILE_MODE, e);
}

/* Heads and pins. */

int mirror_head_read(const char *repository, struct mirror_head *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	bool exists = false;
	struct leaf leaf;
	struct repo *r = repo_open(repository, true, e);
	int rc = r ? repo_ref_read(r, LEDGER_REF, &exists, &out->commit, e) : (int)e->code;
	if (!rc && !exists)
		rc = err_set(e, ERR_NOTFOUND, "%s: holds no entry yet", repository);
	if (!rc)
		rc = ledger_read_leaf(r, &out->commit, &raw, &leaf, &out->leaf, e);
	if (!rc) {
		out->seq = leaf.seq;
		leaf_release(&leaf);
	}
	repo_close(r);
	return rc;
}

struct store_pins mirror_pins(const struct store *s)
{
	struct store_pins pins = { .genesis = s->genesis };
	memcpy(pins.origin, s->origin, sizeof pins.origin);
	memcpy(pins.fpr, s->entry_fpr, sizeof pins.fpr);
	memcpy(pins.archive_fpr, s->archive_fpr, sizeof pins.archive_fpr);
	return pins;
}
