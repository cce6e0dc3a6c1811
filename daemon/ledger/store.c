#include "ledger/store.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/inifile.h"
#include "foreign/repo.h"
#include "ledger/store_ini.h"
#include "model/tlog_note.h"

#define CONNECTIONS_DEFAULT 256
#define PER_USER_DEFAULT 128
#define CONNECTIONS_MAX 4096
#define HOOK_MAX ((size_t)1 << 20)
#define HOOKS_MODE 0755
#define LOCK_TICK_MS 50
#define CUSTODIAN "custodian "

char *store_share_path(const char *name)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	char *path = mem_printf("%s/../share/daicho/%s", exe, name);
	char *resolved = realpath(path, NULL);
	if (!resolved)
		return path;
	free(path);
	return resolved;
}

struct hooks {
	const char *to;
};

static int copy_hook(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const struct hooks *h = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (is_dir || strchr(rel, '/'))
		return ERR_OK;
	MEM_CLEANUP char *to = file_path(h->to, rel);
	int rc = file_read(full, HOOK_MAX, &text, e);
	return rc ? rc : file_write_durable(to, buf_str(&text), text.len, HOOKS_MODE, e);
}

static int add_hooks(const char *path, const char *hooks, struct err *e)
{
	MEM_CLEANUP char *to = file_path(path, "hooks");
	struct hooks h = { to };
	int rc = hooks && file_exists(hooks) ? file_walk(hooks, copy_hook, &h, e) : ERR_OK;
	if (rc)
		file_remove_tree(path, NULL);
	return rc;
}

int store_make_repo(const char *path, const char *hooks, struct err *e)
{
	int rc = repo_create(path, "refs/heads/ledger", e);
	return rc ? rc : add_hooks(path, hooks, e);
}

int store_make_repo_unsynced(const char *path, const char *hooks, struct err *e)
{
	int rc = repo_create_unsynced(path, "refs/heads/ledger", e);
	return rc ? rc : add_hooks(path, hooks, e);
}

void store_volume_path(const struct store *s, int year, struct buf *out)
{
	buf_printf(out, "%s/%04d.git", s->volumes, year);
}

void store_release(struct store *s)
{
	char **const paths[] = { &s->dir, &s->ledger, &s->volumes, &s->keys, &s->intent, &s->index, &s->lock, &s->maintain,
		                 &s->socket, &s->archive, &s->hooks, &s->told, &s->lost, &s->checkpoints, &s->passphrase,
		                 &s->stamp_ca };
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	for (size_t i = 0; i < s->mirrors_count; i++)
		free(s->mirrors[i].url);
	mem_free_ptr(&s->mirrors);
	s->mirrors_count = 0;
	store_witness_release(s);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		mem_free_ptr(paths[i]);
	for (size_t i = 0; i < s->custodians_count; i++)
		free(s->custodians[i].key);
	mem_free_ptr(&s->custodians);
	s->custodians_count = 0;
	s->lock_fd = -1;
}

static int lock_within(const char *path, int wait_ms, int *out_fd, struct err *e)
{
	int rc = file_lock(path, out_fd, e);
	for (int waited = 0; rc == ERR_BUSY && waited < wait_ms; waited += LOCK_TICK_MS) {
		poll(NULL, 0, LOCK_TICK_MS);
		rc = file_lock(path, out_fd, e);
	}
	return rc;
}

int store_lock(struct store *s, struct err *e)
{
	int rc = lock_within(s->lock, STORE_LOCK_WAIT_MS, &s->lock_fd, e);
	return rc == ERR_BUSY ? err_next(e, "one daichod serves a store; stop that one first") : rc;
}

int store_lock_maintain(const struct store *s, int wait_ms, int *out_fd, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = lock_within(s->maintain, wait_ms, out_fd, &why);
	if (rc == ERR_BUSY)
		err_next(&why, "git, or a child of it in the process group of that number, still merges packs of the store:"
		               " wait for its end or end the group, then try again");
	if (rc && e)
		*e = why;
	return rc;
}

int store_wait_maintain(const struct store *s, struct err *e)
{
	int fd, rc = store_lock_maintain(s, STORE_MAINTAIN_WAIT_MS, &fd, e);
	if (!rc)
		close(fd);
	return rc;
}

static int bad(const char *key, const char *expected, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s: %s is wanted", key, lang_text(expected));
}

static int set_format(struct store *s, const char *value, struct err *e)
{
	uint64_t format;
	(void)s;
	if (!text_parse_u64(value, strlen(value), UINT32_MAX, &format) || !format)
		return bad("format", "a number", e);
	if (format <= STORE_FORMAT)
		return ERR_OK;
	err_set(e, ERR_FORMAT, "format: the store is of a newer format than %d", STORE_FORMAT);
	return err_next(e, "use the program that made it, or a newer one");
}

static int set_origin(struct store *s, const char *value, struct err *e)
{
	size_t len = strlen(value);
	if (!leaf_is_origin(value, len))
		return bad("origin", "the name of a ledger", e);
	memcpy(s->origin, value, len + 1);
	return ERR_OK;
}

static int set_genesis(struct store *s, const char *value, struct err *e)
{
	return hash_parse(value, strlen(value), &s->genesis) ? ERR_OK : bad("genesis", "sha256:<64 hex digits>", e);
}

static int set_fpr(const char *key, char out[LEAF_FPR_LEN + 1], const char *value, struct err *e)
{
	if (!leaf_is_fpr(value, strlen(value)))
		return bad(key, "a full fingerprint, 40 upper-case hex digits,", e);
	memcpy(out, value, LEAF_FPR_LEN + 1);
	return ERR_OK;
}

static int set_key(struct store *s, const char *value, struct err *e)
{
	return set_fpr("key", s->entry_fpr, value, e);
}

static int set_archive_key(struct store *s, const char *value, struct err *e)
{
	return set_fpr("archive_key", s->archive_fpr, value, e);
}

static int set_passphrase(struct store *s, const char *value, struct err *e)
{
	if (*value != '/')
		return bad("passphrase", "an absolute path", e);
	mem_free_ptr(&s->passphrase);
	s->passphrase = mem_strdup(value);
	return ERR_OK;
}

static int set_archive(struct store *s, const char *value, struct err *e)
{
	if (*value != '/')
		return bad("archive", "an absolute path", e);
	mem_free_ptr(&s->archive);
	s->archive = mem_strdup(value);
	return ERR_OK;
}

static int set_erase(struct store *s, const char *value, struct err *e)
{
	s->trims = strcmp(value, "trim") == 0;
	return s->trims || strcmp(value, "ids") == 0 ? ERR_OK : bad("erase", "ids or trim", e);
}

static int set_stamp_ca(struct store *s, const char *value, struct err *e)
{
	if (*value != '/')
		return bad("time_stamp_ca", "an absolute path", e);
	mem_free_ptr(&s->stamp_ca);
	s->stamp_ca = mem_strdup(value);
	return ERR_OK;
}

static int set_hooks(struct store *s, const char *value, struct err *e)
{
	if (*value != '/')
		return bad("hooks", "an absolute path", e);
	mem_free_ptr(&s->hooks);
	s->hooks = mem_strdup(value);
	return ERR_OK;
}

static int set_count(const char *key, unsigned *out, const char *value, struct err *e)
{
	uint64_t n;
	if (!text_parse_u64(value, strlen(value), CONNECTIONS_MAX, &n) || !n)
		return bad(key, "a number from 1 to 4096", e);
	*out = (unsigned)n;
	return ERR_OK;
}

static int set_connections(struct store *s, const char *value, struct err *e)
{
	return set_count("connections", &s->connections, value, e);
}

static int set_per_user(struct store *s, const char *value, struct err *e)
{
	return set_count("per_user", &s->per_user, value, e);
}

/* [mirror NAME] */

/* What git would hand to a helper, or take for an option, is none. */
bool store_url_is_known(const char *url)
{
	const char *colon = strchr(url, ':'), *slash = strchr(url, '/');
	if (*url == '/' || strncmp(url, "file:///", 8) == 0)
		return true;
	if (strncmp(url, "ssh://", 6) == 0)
		return url[6] && url[6] != '-' && url[6] != '/';
	return colon && colon != url && colon[1] && colon[1] != ':' && *url != '-' && (!slash || colon < slash) &&
	       strncmp(colon, "://", 3) != 0;
}

static int set_url(struct store_mirror *m, const char *value, struct err *e)
{
	if (!store_url_is_known(value))
		return bad("url", "a folder, file:// or ssh://", e);
	m->url = mem_strdup(value);
	return ERR_OK;
}

static int set_volumes(struct store_mirror *m, const char *value, struct err *e)
{
	m->volumes = strcmp(value, "yes") == 0;
	return m->volumes || strcmp(value, "no") == 0 ? ERR_OK : bad("volumes", "yes or no", e);
}

static int set_mirror_key(struct store_mirror *m, const char *value, struct err *e)
{
	return set_fpr("key", m->key, value, e);
}

static const struct {
	const char *key;
	int (*set)(struct store_mirror *m, const char *value, struct err *e);
} mirror_settings[] = { { "url", set_url }, { "volumes", set_volumes }, { "key", set_mirror_key } };

static int take_mirror(struct store *s, const char *name, const char *key, const char *value, struct err *e)
{
	struct store_mirror *last = s->mirrors_count ? &s->mirrors[s->mirrors_count - 1] : NULL;
	if (!text_is_name(name, strlen(name)))
		return bad("mirror", "a name of a-z, 0-9 and hyphens", e);
	if (!last || strcmp(last->name, name) != 0) {
		if (store_mirror(s, name))
			return err_set(e, ERR_CONFIG, "[mirror %s]: stands there twice", name);
		s->mirrors = mem_grow(s->mirrors, s->mirrors_count + 1, sizeof *s->mirrors);
		last = &s->mirrors[s->mirrors_count++];
		*last = (struct store_mirror){ .url = NULL };
		strcpy(last->name, name);
	}
	for (size_t i = 0; i < sizeof mirror_settings / sizeof *mirror_settings; i++)
		if (strcmp(mirror_settings[i].key, key) == 0)
			return mirror_settings[i].set(last, value, e);
	return err_set(e, ERR_CONFIG, "[mirror %s] %s: unknown", name, key);
}

const struct store_mirror *store_mirror(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->mirrors_count; i++)
		if (strcmp(s->mirrors[i].name, name) == 0)
			return &s->mirrors[i];
	return NULL;
}

static const struct setting {
	const char *section, *key;
	int (*set)(struct store *s, const char *value, struct err *e);
	bool required;
} settings[] = {
	{ "store", "format", set_format, true },          { "store", "origin", set_origin, true },
	{ "store", "genesis", set_genesis, true },        { "store", "key", set_key, true },
	{ "store", "archive_key", set_archive_key, true }, { "store", "archive", set_archive, false },
	{ "store", "erase", set_erase, false },           { "store", "time_stamp_ca", set_stamp_ca, false },
	{ "key", "passphrase", set_passphrase, false },
	{ "daemon", "connections", set_connections, false }, { "daemon", "per_user", set_per_user, false },
	{ "daemon", "hooks", set_hooks, false },
};

struct reading {
	struct store *store;
	unsigned seen;                     /* bit for each setting */
};

/* [custodian NAME] */
static int take_custodian(struct store *s, const char *name, const char *key, const char *value, struct err *e)
{
	size_t at = 0;
	if (!text_is_name(name, strlen(name)))
		return err_set(e, ERR_CONFIG, "[custodian]: a name is wanted");
	while (at < s->custodians_count && strcmp(s->custodians[at].name, name) != 0)
		at++;
	if (at == STORE_CUSTODIANS_MAX)
		return err_set(e, ERR_CONFIG, "[custodian]: more than %d", STORE_CUSTODIANS_MAX);
	if (at == s->custodians_count) {
		s->custodians = mem_grow(s->custodians, at + 1, sizeof *s->custodians);
		s->custodians[s->custodians_count++] = (struct store_custodian){ .key = NULL };
		strcpy(s->custodians[at].name, name);
	}
	if (strcmp(key, "fingerprint") == 0)
		return set_fpr(key, s->custodians[at].fpr, value, e);
	if (strcmp(key, "key") != 0)
		return err_set(e, ERR_CONFIG, "[custodian %s] %s: unknown", name, key);
	if (*value != '/')
		return bad(key, "an absolute path", e);
	s->custodians[at].key = mem_strdup(value);
	return ERR_OK;
}

static int check_custodians(const struct store *s, struct err *e)
{
	for (size_t i = 0; i < s->custodians_count; i++)
		if (!s->custodians[i].key || !*s->custodians[i].fpr)
			return err_set(e, ERR_CONFIG, "[custodian %s]: key and fingerprint are wanted", s->custodians[i].name);
	return ERR_OK;
}

static int take_setting(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct reading *r = ctx;
	if (strncmp(section, CUSTODIAN, strlen(CUSTODIAN)) == 0)
		return take_custodian(r->store, section + strlen(CUSTODIAN), key, value, e);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0) {
			r->seen |= 1u << i;
			return settings[i].set(r->store, value, e);
		}
	if (strncmp(section, STORE_INI_MIRROR, strlen(STORE_INI_MIRROR)) == 0)
		return take_mirror(r->store, section + strlen(STORE_INI_MIRROR), key, value, e);
	if (strncmp(section, STORE_INI_WITNESS, strlen(STORE_INI_WITNESS)) == 0)
		return store_witness_take(r->store, section + strlen(STORE_INI_WITNESS), key, value, e);
	return err_set(e, ERR_CONFIG, "[%s] %s: unknown", section, key);
}

static int read_ini(struct store *s, struct err *e)
{
	struct reading r = { .store = s };
	MEM_CLEANUP char *path = file_path(s->dir, STORE_INI_NAME);
	int rc = file_find(path, e);
	if (rc == ERR_NOTFOUND) {
		err_set(e, ERR_NOTFOUND, "%s: no store is here", s->dir);
		return err_next(e, "make one: daicho init %s", s->dir);
	}
	if (!rc)
		rc = inifile_read(path, take_setting, &r, e);
	for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++)
		if (settings[i].required && !(r.seen & 1u << i))
			rc = err_set(e, ERR_CONFIG, "%s: [%s] %s: missing", path, settings[i].section, settings[i].key);
	for (size_t i = 0; !rc && i < s->mirrors_count; i++)
		if (!s->mirrors[i].url)
			rc = err_set(e, ERR_CONFIG, "%s: [mirror %s] url: missing", path, s->mirrors[i].name);
	if (!rc)
		rc = store_witness_check(s, e);
	return rc ? rc : check_custodians(s, e);
}

/* What init made must be there: a store whose parts went missing is not served as if it were a younger one. */
static int check_layout(const struct store *s, struct err *e)
{
	const struct { const char *path; enum err_code code; } folders[] = {
		{ s->ledger, ERR_LEDGER }, { s->volumes, ERR_LEDGER }, { s->keys, ERR_KEY },
	};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct stat st;
		if (lstat(folders[i].path, &st) < 0 && errno != ENOENT)
			return err_errno(e, errno, "%s", folders[i].path);
		if (!file_exists(folders[i].path) || !S_ISDIR(st.st_mode)) {
			err_set(e, folders[i].code, "%s: the folder is missing", folders[i].path);
			return err_next(e, "restore it from the backup of the store");
		}
	}
	return ERR_OK;
}

static int find_dir(const char *dir, char **out, struct err *e)
{
	*out = realpath(dir, NULL);
	if (*out)
		return ERR_OK;
	if (!*dir) {
		err_set(e, ERR_USAGE, "store: the name of its folder is empty");
		return err_next(e, "name the folder of the store; a variable of the shell may not be set");
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return err_errno(e, errno, "%s", dir);
	err_set(e, ERR_NOTFOUND, "%s: no such folder", dir);
	return err_next(e, "make a store there: daicho init %s", dir);
}

void store_set_paths(struct store *s)
{
	s->ledger = file_path(s->dir, "ledger.git");
	s->volumes = file_path(s->dir, "volumes");
	s->keys = file_path(s->dir, "keys");
	s->intent = file_path(s->dir, "intent");
	s->index = file_path(s->dir, "index.db");
	s->lock = file_path(s->dir, "lock");
	s->maintain = file_path(s->dir, "maintain.lock");
	s->socket = file_path(s->dir, "run/daicho.sock");
	s->archive = mem_printf("%s-archive", s->dir);
	s->hooks = file_path(s->dir, "hooks.d");
	s->told = file_path(s->dir, "told");
	s->lost = file_path(s->dir, "lost");
	s->checkpoints = file_path(s->dir, "checkpoints");
}

/* Until then it holds what later entries have disposed of. */
static int check_restored(const struct store *s, struct err *e)
{
	MEM_CLEANUP char *mark = file_path(s->dir, STORE_RESTORING);
	if (!file_exists(mark))
		return ERR_OK;
	err_set(e, ERR_LEDGER, "%s: is no store yet: a restore is at work here, or was cut off", s->dir);
	return err_next(e, "where none is at work, give the same command again: daicho restore BACKUP %s ...", s->dir);
}

int store_open(const char *dir, struct store *out, struct err *e)
{
	struct store s = { .lock_fd = -1, .connections = CONNECTIONS_DEFAULT, .per_user = PER_USER_DEFAULT };
	int rc = find_dir(dir, &s.dir, e);
	if (rc)
		return rc;
	store_set_paths(&s);
	rc = check_restored(&s, e);
	if (!rc)
		rc = read_ini(&s, e);
	if (!rc)
		rc = check_layout(&s, e);
	if (rc)
		store_release(&s);
	else
		*out = s;
	return rc;
}

void store_ini_print(const struct store *s, struct buf *out)
{
	char genesis[HASH_TEXT_LEN + 1];
	hash_print(&s->genesis, genesis);
	buf_puts(out, "# Configuration of this store: daicho.ini(5)\n");
	buf_printf(out, "[store]\nformat = %d\norigin = %s\ngenesis = %s\nkey = %s\narchive_key = %s\n", STORE_FORMAT,
	           s->origin, genesis, s->entry_fpr, s->archive_fpr);
	buf_printf(out, "archive = %s\n", s->archive);
	if (s->passphrase)
		buf_printf(out, "\n[key]\npassphrase = %s\n", s->passphrase);
	buf_printf(out, "\n[daemon]\nconnections = %d\nper_user = %d\n", CONNECTIONS_DEFAULT, PER_USER_DEFAULT);
}

void store_pins_print(const struct store_pins *p, struct buf *out)
{
	char genesis[HASH_TEXT_LEN + 1];
	hash_print(&p->genesis, genesis);
	buf_printf(out, "[pin]\norigin = %s\ngenesis = %s\nkey = %s\n", p->origin, genesis, p->fpr);
	if (*p->archive_fpr)
		buf_printf(out, "archive_key = %s\n", p->archive_fpr);
	if (*p->checkpoint)
		buf_printf(out, "checkpoint = %s\n", p->checkpoint);
	if (*p->recovery_fpr)
		buf_printf(out, "recovery = %s\n", p->recovery_fpr);
}

static int set_vkey(const char *key, char *out, const char *value, struct err *e)
{
	struct tlog_note_key k;
	size_t len = strlen(value);
	if (len > STORE_VKEY_MAX || tlog_note_key_parse(value, len, &k, NULL) || k.type != TLOG_NOTE_ED25519)
		return bad(key, N_("<origin>+<8 hex digits>+<base64 of an Ed25519 key>"), e);
	memcpy(out, value, len + 1);
	return ERR_OK;
}

int store_pins_take(struct store_pins *p, const char *section, const char *key, const char *value, struct err *e)
{
	size_t len = strlen(value);
	if (strcmp(section, "pin") != 0)
		return err_set(e, ERR_CONFIG, "[%s]: unknown section", section);
	if (strcmp(key, "key") == 0)
		return set_fpr(key, p->fpr, value, e);
	if (strcmp(key, "archive_key") == 0)
		return set_fpr(key, p->archive_fpr, value, e);
	if (strcmp(key, "recovery") == 0)
		return set_fpr(key, p->recovery_fpr, value, e);
	if (strcmp(key, "checkpoint") == 0)
		return set_vkey(key, p->checkpoint, value, e);
	if (strcmp(key, "genesis") == 0)
		return hash_parse(value, len, &p->genesis) ? ERR_OK : bad(key, "sha256:<64 hex digits>", e);
	if (strcmp(key, "origin") != 0)
		return err_set(e, ERR_CONFIG, "%s: unknown", key);
	if (!leaf_is_origin(value, len))
		return bad(key, "the name of a ledger", e);
	memcpy(p->origin, value, len + 1);
	return ERR_OK;
}

static int take_pin(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	return strcmp(section, "policy") == 0 ? ERR_OK : store_pins_take(ctx, section, key, value, e);
}

int store_pins_check(const struct store_pins *p, const char *path, struct err *e)
{
	static const struct hash none;
	return *p->origin && *p->fpr && !hash_is_equal(&p->genesis, &none)
		? ERR_OK : err_set(e, ERR_CONFIG, "%s: origin, genesis and key are wanted", path);
}

int store_pins_read(const char *path, struct store_pins *out, struct err *e)
{
	struct store_pins p = { .origin = "" };
	int rc = inifile_read(path, take_pin, &p, e);
	if (!rc)
		rc = store_pins_check(&p, path, e);
	if (!rc)
		*out = p;
	return rc;
}
