#include "witness/state.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/tlog_line.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define VKEY_MAX 512
#define LOCK_TICK_MS 20
#define NONE "none\n"
#define OTHER ".other"
#define KEPT_HEX 32

static const char *const kept_names[STATE_KEPT_COUNT] = { "contradiction", "unproven" };

static int refuse_damaged(const char *path, struct err *e)
{
	err_set(e, ERR_CONFIG, "%s: missing or damaged, and a witness must not forget what it cosigned", path);
	return err_next(e, "restore it as it was before the damage, nothing older; where that can't be done, make a new "
	                   "witness with a key of its own in a new folder, and have its key pinned in place of this one");
}

static int read_key_file(const char *path, struct tlog_note_key *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, VKEY_MAX, &text, e);
	if (rc)
		return rc;
	size_t len = text.len && text.ptr[text.len - 1] == '\n' ? text.len - 1 : text.len;
	return tlog_note_key_parse(buf_str(&text), len, out, e) ? refuse_damaged(path, e) : ERR_OK;
}

static int write_key_file(const char *path, const struct tlog_note_key *key, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	tlog_note_key_print(key, &text);
	buf_putc(&text, '\n');
	return file_write_durable(path, text.ptr, text.len, FILE_MODE, e);
}

/* The verifier key is written last: where it stands, the rest is there. */
int state_make(const char *dir, const char *name, struct tlog_note_key *out_key, struct err *e)
{
	MEM_CLEANUP char *pem = file_path(dir, "key.pem"), *vkey = file_path(dir, "vkey"), *logs = file_path(dir, "logs");
	struct ed25519_key *secret = NULL;
	struct tlog_note_key key;
	uint8_t public_key[TLOG_NOTE_KEY_LEN] = { 0 };
	if (!tlog_note_is_name(name, strlen(name)))
		return tlog_note_key_make(name, TLOG_NOTE_COSIGNATURE, public_key, &key, e);
	if (file_exists(vkey) || file_exists(pem)) {
		err_set(e, ERR_CONFLICT, "%s: a witness is here already", dir);
		return err_next(e, "name another folder: a key signs for one witness, for ever");
	}
	int rc = file_mkdirs(dir, FOLDER_MODE, e);
	if (!rc)
		rc = file_mkdirs(logs, FOLDER_MODE, e);
	if (!rc)
		rc = ed25519_create(pem, &secret, e);
	if (rc)
		return rc;
	ed25519_public(secret, public_key);
	ed25519_free(secret);
	rc = tlog_note_key_make(name, TLOG_NOTE_COSIGNATURE, public_key, &key, e);
	if (!rc)
		rc = write_key_file(vkey, &key, e);
	if (!rc)
		*out_key = key;
	return rc;
}

static int open_key(struct state *s, struct err *e)
{
	MEM_CLEANUP char *pem = file_path(s->dir, "key.pem"), *vkey = file_path(s->dir, "vkey");
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	if (!file_exists(vkey)) {
		err_set(e, ERR_NOTFOUND, "%s: no witness is here", s->dir);
		return err_next(e, "make one: daicho-witness init NAME --state %s", s->dir);
	}
	int rc = read_key_file(vkey, &s->key, e);
	if (!rc)
		rc = ed25519_open(pem, &s->secret, e);
	if (rc)
		return rc;
	ed25519_public(s->secret, public_key);
	if (s->key.type == TLOG_NOTE_COSIGNATURE && memcmp(public_key, s->key.public_key, sizeof public_key) == 0)
		return ERR_OK;
	return err_set(e, ERR_KEY, "%s: not the key that %s names", pem, vkey);
}

int state_open(const char *dir, struct state *out, struct err *e)
{
	struct state s = { .dir = file_absolute(dir) };
	int rc = open_key(&s, e);
	if (rc)
		state_release(&s);
	else
		*out = s;
	return rc;
}

void state_release(struct state *s)
{
	mem_free_ptr(&s->dir);
	ed25519_free(s->secret);
	s->secret = NULL;
}

int state_lock(const struct state *s, int *out_fd, struct err *e)
{
	MEM_CLEANUP char *path = file_path(s->dir, "lock");
	int rc = file_lock(path, out_fd, e);
	for (int waited = 0; rc == ERR_BUSY && waited < STATE_LOCK_WAIT_MS; waited += LOCK_TICK_MS) {
		poll(NULL, 0, LOCK_TICK_MS);
		rc = file_lock(path, out_fd, e);
	}
	return rc;
}

/* Logs. */

static char *find_log_dir(const struct state *s, const char *origin)
{
	char hex[65];
	struct hash h = hash_of(origin, strlen(origin));
	hash_print_hex(&h, hex);
	return mem_printf("%s/logs/%s", s->dir, hex);
}

void state_release_log(struct state_log *l)
{
	mem_free_ptr(&l->dir);
	buf_release(&l->last);
}

static int read_keys(struct state_log *l, struct err *e)
{
	MEM_CLEANUP char *path = file_path(l->dir, "vkeys");
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct tlog_line line;
	int rc = file_read(path, (size_t)STATE_KEYS_MAX * VKEY_MAX, &text, e);
	if (rc)
		return rc;
	struct tlog_line_reader r = { .at = buf_str(&text), .end = buf_str(&text) + text.len };
	while (tlog_line_next(&r, &line))
		if (l->keys_count == STATE_KEYS_MAX || tlog_note_key_parse(line.at, line.len, &l->keys[l->keys_count], e) ||
		    (l->keys_count && strcmp(l->keys[l->keys_count].name, l->keys[0].name) != 0))
			return refuse_damaged(path, e);
		else
			l->keys_count++;
	return r.at == r.end && l->keys_count ? ERR_OK : refuse_damaged(path, e);
}

/* A witness trusts its own cosignature alone to tell what it cosigned. */
static int read_last(const struct state *s, struct state_log *l, struct err *e)
{
	MEM_CLEANUP char *path = file_path(l->dir, "last");
	struct tlog_note note;
	int rc = file_read(path, TLOG_NOTE_MAX, &l->last, e);
	if (rc == ERR_NOTFOUND)
		return refuse_damaged(path, e);
	if (rc)
		return rc;
	if (strcmp(buf_str(&l->last), NONE) == 0) {
		buf_clear(&l->last);
		return ERR_OK;
	}
	if (tlog_checkpoint_read(buf_str(&l->last), l->last.len, &note, &l->point, e) ||
	    strcmp(l->point.origin, l->keys[0].name) != 0 ||
	    tlog_note_find(&note, &s->key, ed25519_is_valid, &l->time) != TLOG_NOTE_GOOD)
		return refuse_damaged(path, e);
	return ERR_OK;
}

static int read_log(const struct state *s, const char *dir, struct state_log *out, struct err *e)
{
	struct state_log l = { .dir = mem_strdup(dir) };
	int rc = read_keys(&l, e);
	if (!rc)
		rc = read_last(s, &l, e);
	if (rc)
		state_release_log(&l);
	else
		*out = l;
	return rc;
}

int state_read_log(const struct state *s, const char *origin, struct state_log *out, struct err *e)
{
	MEM_CLEANUP char *dir = find_log_dir(s, origin);
	struct state_log l;
	if (!file_exists(dir)) {
		err_set(e, ERR_NOTFOUND, "log: not watched here");
		return err_next(e, "who runs the witness adds it: daicho-witness log add VKEY");
	}
	int rc = read_log(s, dir, &l, e);
	if (rc)
		return rc;
	if (strcmp(l.keys[0].name, origin) != 0) {
		state_release_log(&l);
		return refuse_damaged(dir, e);
	}
	*out = l;
	return ERR_OK;
}

static int write_keys(const struct state_log *l, struct err *e)
{
	MEM_CLEANUP char *path = file_path(l->dir, "vkeys");
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < l->keys_count; i++) {
		tlog_note_key_print(&l->keys[i], &text);
		buf_putc(&text, '\n');
	}
	return file_write_durable(path, text.ptr, text.len, FILE_MODE, e);
}

/* Comes into its place whole: a folder of a log always has both files. */
static int make_log(const char *dir, const struct tlog_note_key *key, struct err *e)
{
	MEM_CLEANUP char *fresh = mem_printf("%s.new", dir), *last = file_path(fresh, "last");
	struct state_log l = { .dir = fresh, .keys = { *key }, .keys_count = 1 };
	int rc = file_remove_tree(fresh, e);
	if (!rc)
		rc = file_mkdir(fresh, FOLDER_MODE, e);
	if (!rc)
		rc = file_write_durable(last, NONE, strlen(NONE), FILE_MODE, e);
	if (!rc)
		rc = write_keys(&l, e);
	return rc ? rc : file_rename_new(fresh, dir, e);
}

static int add_key(const struct state *s, const struct tlog_note_key *key, struct err *e)
{
	struct state_log l;
	int rc = state_read_log(s, key->name, &l, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < l.keys_count; i++)
		if (memcmp(l.keys[i].public_key, key->public_key, sizeof key->public_key) == 0)
			rc = err_set(e, ERR_CONFLICT, "log %s: is watched already, with that key", key->name);
	if (!rc && l.keys_count == STATE_KEYS_MAX)
		rc = err_set(e, ERR_TOOBIG, "log %s: has %d keys already", key->name, STATE_KEYS_MAX);
	if (!rc) {
		l.keys[l.keys_count++] = *key;
		rc = write_keys(&l, e);
	}
	state_release_log(&l);
	return rc;
}

int state_add_log(const struct state *s, const struct tlog_note_key *key, struct err *e)
{
	MEM_CLEANUP char *dir = find_log_dir(s, key->name);
	int fd;
	if (key->type != TLOG_NOTE_ED25519) {
		err_set(e, ERR_SYNTAX, "log %s: the key of a witness, not of a log", key->name);
		return err_next(e, "the ledger's is printed by `daicho key list` as it is now; that of its first entry "
		                   "stands in the pins (checkpoint = ...)");
	}
	int rc = state_lock(s, &fd, e);
	if (rc)
		return rc;
	rc = file_exists(dir) ? add_key(s, key, e) : make_log(dir, key, e);
	close(fd);
	return rc;
}

static int drop_key(const struct state *s, const struct tlog_note_key *key, struct err *e)
{
	struct state_log l;
	size_t kept = 0;
	int rc = state_read_log(s, key->name, &l, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < l.keys_count; i++)
		if (memcmp(l.keys[i].public_key, key->public_key, sizeof key->public_key) != 0)
			l.keys[kept++] = l.keys[i];
	if (kept == l.keys_count)
		rc = err_set(e, ERR_NOTFOUND, "log %s: is not watched with that key", key->name);
	else if (!kept) {
		err_set(e, ERR_CONFLICT, "log %s: has no other key", key->name);
		rc = err_next(e, "add the one that takes its place first: daicho-witness log add VKEY");
	}
	l.keys_count = kept;
	if (!rc)
		rc = write_keys(&l, e);
	state_release_log(&l);
	return rc;
}

int state_drop_key(const struct state *s, const struct tlog_note_key *key, struct err *e)
{
	int fd, rc = state_lock(s, &fd, e);
	if (rc)
		return rc;
	rc = drop_key(s, key, e);
	close(fd);
	return rc;
}

static bool is_log_name(const char *name)
{
	return strlen(name) == 64 && name[strspn(name, "0123456789abcdef")] == '\0';
}

int state_each_log(const struct state *s, state_log_fn *fn, void *ctx, struct err *e)
{
	MEM_CLEANUP char *logs = file_path(s->dir, "logs");
	DIR *d = opendir(logs);
	const struct dirent *entry;
	int rc = d ? ERR_OK : err_errno(e, errno, "%s", logs);
	while (!rc && (entry = readdir(d))) {
		struct state_log l;
		if (!is_log_name(entry->d_name))
			continue;
		MEM_CLEANUP char *dir = file_path(logs, entry->d_name);
		rc = read_log(s, dir, &l, e);
		if (rc)
			break;
		rc = fn(ctx, &l, e);
		state_release_log(&l);
	}
	if (d)
		closedir(d);
	return rc;
}

int state_store_last(const struct state_log *l, const struct buf *note, struct err *e)
{
	MEM_CLEANUP char *path = file_path(l->dir, "last");
	BUF_CLEANUP struct buf stored = BUF_INIT;
	int rc = file_drop_temporary(path, e);
	if (!rc)
		rc = file_write_durable(path, note->ptr, note->len, FILE_MODE, e);
	if (!rc)
		rc = file_read(path, TLOG_NOTE_MAX, &stored, e);
	if (!rc && (stored.len != note->len || memcmp(stored.ptr, note->ptr, note->len) != 0))
		rc = err_set(e, ERR_IO, "%s: reads otherwise than it was written", path);
	return rc;
}

int state_keep(const struct state_log *l, enum state_kept kind, const struct hash *text, const struct buf *note,
               struct err *e)
{
	char hex[65];
	hash_print_hex(text, hex);
	MEM_CLEANUP char *cosigned = mem_printf("%s/%s-%.*s.cosigned", l->dir, kept_names[kind], KEPT_HEX, hex);
	MEM_CLEANUP char *other = mem_printf("%s/%s-%.*s" OTHER, l->dir, kept_names[kind], KEPT_HEX, hex);
	if (file_exists(other))
		return ERR_OK;
	int rc = l->last.len ? file_write_durable(cosigned, l->last.ptr, l->last.len, FILE_MODE, e) : ERR_OK;
	return rc ? rc : file_write_durable(other, note->ptr, note->len, FILE_MODE, e);
}

int state_count_kept(const struct state_log *l, enum state_kept kind, unsigned *out, struct err *e)
{
	DIR *d = opendir(l->dir);
	const struct dirent *entry;
	size_t name_len = strlen(kept_names[kind]);
	if (!d)
		return err_errno(e, errno, "%s", l->dir);
	*out = 0;
	while ((entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		*out += len > strlen(OTHER) && strncmp(entry->d_name, kept_names[kind], name_len) == 0 &&
		        strcmp(entry->d_name + len - strlen(OTHER), OTHER) == 0;
	}
	closedir(d);
	return ERR_OK;
}
