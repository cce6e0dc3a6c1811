#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/rules.h"
#include "ledger/store.h"
#include "ledger/store_ini.h"
#include "model/chain.h"
#include "model/commit.h"
#include "model/leaf.h"
#include "model/pgpsig.h"
#include "model/tlog_note.h"

#define DIR_MODE 0700
#define KEY_FILE_MAX ((size_t)1 << 20)
#define SIGNERS 3                                 /* entries, archives, checkpoints */
#define SIGNERS_LEAST 2                           /* an adopted key may lack that for checkpoints */
#define DEFAULT_RULEBOOK "rulebooks/kumamoto-r6-120"
#define LEDGER_REF_NAME "refs/heads/ledger"

struct making {
	const struct store_options *o;
	struct store store;
	struct rules *rules;
	struct pgp_key key;
	char checkpoint_fpr[LEAF_FPR_LEN + 1], recovery_fpr[LEAF_FPR_LEN + 1];
	char checkpoint[STORE_VKEY_MAX + 1];
	bool made_dir;
};

/* The absolute path of a folder that may not be there yet, while its parent is. */
static int find_place(const char *dir, char **out, struct err *e)
{
	*out = realpath(dir, NULL);
	if (*out)
		return ERR_OK;
	if (errno != ENOENT)
		return err_errno(e, errno, "%s", dir);
	size_t len = strlen(dir);
	while (len > 1 && dir[len - 1] == '/')
		len--;
	MEM_CLEANUP char *copy = mem_strndup(dir, len);
	char *slash = strrchr(copy, '/');
	const char *name = slash ? slash + 1 : copy;
	if (slash)
		*slash = '\0';
	MEM_CLEANUP char *parent = realpath(!slash ? "." : *copy ? copy : "/", NULL);
	if (!parent || !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		err_set(e, ERR_NOTFOUND, "%s: the folder that is to hold it is not there", dir);
		return err_next(e, "make that folder first");
	}
	*out = file_path(parent, name);
	return ERR_OK;
}

static int take_dir(struct making *m, struct err *e)
{
	const char *dir = m->store.dir;
	bool empty = false;
	struct stat st;
	if (!file_exists(dir)) {
		int rc = file_mkdir(dir, DIR_MODE, e);
		m->made_dir = rc == ERR_OK;
		return rc;
	}
	if (stat(dir, &st) < 0)
		return err_errno(e, errno, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_RULE, "%s: is not a folder", dir);
	int rc = file_is_empty_dir(dir, &empty, e);
	if (rc)
		return rc;
	if (!empty) {
		err_set(e, ERR_RULE, "%s: the folder is not empty", dir);
		return err_next(e, "name a folder that is empty or not there yet");
	}
	return chmod(dir, DIR_MODE) < 0 ? err_errno(e, errno, "%s", dir) : ERR_OK;
}

static int take_origin(struct making *m, struct err *e)
{
	const char *origin = m->o->origin ? m->o->origin : strrchr(m->store.dir, '/') + 1;
	size_t len = strlen(origin);
	if (!leaf_is_origin(origin, len)) {
		err_set(e, ERR_USAGE, "origin: 1 to %d of A-Z a-z 0-9 . _ - / are wanted, a letter or digit first and last",
		        LEAF_ORIGIN_MAX);
		return err_next(e, "daicho init DIR --origin NAME, for example police.example/cyber-patrol");
	}
	memcpy(m->store.origin, origin, len + 1);
	return ERR_OK;
}

/* An archive folder that stands in the store would go with it. */
static int take_archive(struct making *m, struct err *e)
{
	if (!m->o->archive)
		return ERR_OK;
	mem_free_ptr(&m->store.archive);
	int rc = find_place(m->o->archive, &m->store.archive, e);
	if (rc)
		return err_prefix(e, "archive");
	size_t len = strlen(m->store.dir);
	if (strncmp(m->store.archive, m->store.dir, len) == 0 && strchr("/", m->store.archive[len]))
		return err_set(e, ERR_USAGE, "archive: stands in the store; archives stand outside of it");
	return ERR_OK;
}

static int read_rules(struct making *m, struct err *e)
{
	MEM_CLEANUP char *rulebook = m->o->rulebook ? mem_strdup(m->o->rulebook) : store_share_path(DEFAULT_RULEBOOK);
	MEM_CLEANUP char *schemas = m->o->schemas ? mem_strdup(m->o->schemas) : store_share_path("schemas");
	return rules_read_folder(rulebook, schemas, &m->rules, e);
}

/* The public key stays in the rule book for ever, user id and all. */
static int check_adopted(const struct making *m, struct err *e)
{
	if (strcmp(m->key.uid, m->store.origin) != 0) {
		err_set(e, ERR_KEY, "key %s: its only user id has to be the origin: it stays in the ledger for ever",
		        m->o->key);
		return err_next(e, "make it with: gpg --quick-gen-key %s ed25519 cert never", m->store.origin);
	}
	if (m->key.subkeys >= SIGNERS_LEAST)
		return ERR_OK;
	err_set(e, ERR_KEY, "key %s: two Ed25519 signing keys are wanted in it, one for entries and one for archives",
	        m->o->key);
	return err_next(e, "gpg --quick-add-key %s ed25519 sign never", m->o->key);
}

static int take_checkpoint_key(struct making *m, struct err *e)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct tlog_note_key key;
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	memcpy(m->checkpoint_fpr, m->key.subkey[2], sizeof m->checkpoint_fpr);
	int rc = pgp_allow_raw(m->store.keys, m->checkpoint_fpr, e);
	if (rc == ERR_KEY && m->o->key)
		err_next(e, "the third signing key of %s is for checkpoints: make one on disk before that on the card, or "
		            "leave out the third; once the ledger is served, daicho key add checkpoint makes one", m->o->key);
	struct pgp_signer *signer = rc ? NULL : pgp_signer_new(m->store.keys, m->checkpoint_fpr, e);
	if (!signer)
		return rc ? rc : (int)e->code;
	rc = pgp_signer_public(signer, public_key, e);
	pgp_signer_free(signer);
	if (!rc)
		rc = tlog_note_key_make(m->store.origin, TLOG_NOTE_ED25519, public_key, &key, e);
	if (rc)
		return rc;
	tlog_note_key_print(&key, &vkey);
	memcpy(m->checkpoint, buf_str(&vkey), vkey.len + 1);
	return ERR_OK;
}

static int take_keys(struct making *m, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	int rc;
	if (m->o->key) {
		rc = pgp_adopt(m->store.keys, NULL, m->o->key, e);
		if (!rc)
			rc = pgp_find(m->store.keys, m->o->key, &m->key, e);
		if (!rc)
			rc = check_adopted(m, e);
	} else {
		rc = pgp_create(m->store.keys, m->store.origin, SIGNERS, &m->key, e);
	}
	if (!rc)
		rc = pgp_export(m->store.keys, m->key.primary, &armor, e);
	if (rc)
		return rc;
	memcpy(m->store.entry_fpr, m->key.subkey[0], sizeof m->store.entry_fpr);
	memcpy(m->store.archive_fpr, m->key.subkey[1], sizeof m->store.archive_fpr);
	rc = m->key.subkeys >= SIGNERS ? take_checkpoint_key(m, e) : ERR_OK;
	return rc ? rc : rules_add_key(m->rules, m->store.entry_fpr, buf_str(&armor), armor.len, e);
}

/* Only its fingerprint: the key itself may hold a person's name, and the tree is for ever. */
static int take_recovery_key(struct making *m, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	if (!m->o->recovery_key)
		return ERR_OK;
	int rc = file_read(m->o->recovery_key, KEY_FILE_MAX, &armor, e);
	if (!rc)
		rc = pgp_fingerprint_of(buf_str(&armor), armor.len, m->recovery_fpr, e);
	if (!rc)
		return ERR_OK;
	err_prefix(e, "recovery key");
	return err_next(e, "give its public part, in a file that you may read: gpg --armor --export FINGERPRINT > FILE");
}

static int make_folders(struct making *m, struct err *e)
{
	MEM_CLEANUP char *run = file_path(m->store.dir, "run");
	MEM_CLEANUP char *hooks = store_share_path("hooks");
	int rc = file_mkdir(m->store.keys, DIR_MODE, e);
	if (!rc)
		rc = file_mkdir(m->store.volumes, DIR_MODE, e);
	if (!rc)
		rc = file_mkdir(run, DIR_MODE, e);
	return rc ? rc : store_make_repo(m->store.ledger, hooks, e);
}

static void fill_genesis(const struct making *m, struct leaf *leaf, int64_t now)
{
	const char *const fprs[] = { m->store.entry_fpr, m->store.archive_fpr, m->checkpoint_fpr, m->recovery_fpr };
	static const enum leaf_key_use uses[] = { LEAF_USE_ENTRY, LEAF_USE_ARCHIVE, LEAF_USE_CHECKPOINT,
		                                  LEAF_USE_RECOVERY };
	struct merkle none;
	merkle_init(&none);
	*leaf = (struct leaf){ .kind = LEAF_GENESIS, .format = LEAF_FORMAT, .time = now, .rules = m->rules->digest,
		               .root = merkle_root(&none) };
	strcpy(leaf->kind_name, leaf_kind_name(LEAF_GENESIS));
	memcpy(leaf->origin, m->store.origin, sizeof leaf->origin);
	leaf->keys = mem_array(sizeof fprs / sizeof *fprs, sizeof *leaf->keys);
	for (size_t i = 0; i < sizeof fprs / sizeof *fprs; i++) {
		if (!*fprs[i])
			continue;
		struct leaf_key *k = &leaf->keys[leaf->keys_count++];
		*k = (struct leaf_key){ .action = LEAF_KEY_ADD, .use = uses[i] };
		memcpy(k->fpr, fprs[i], sizeof k->fpr);
	}
}

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

static int sign_payload(const struct making *m, int64_t time, const struct buf *payload, struct buf *raw, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	struct pgp_signer *signer = pgp_signer_new(m->store.keys, m->store.entry_fpr, e);
	if (!signer)
		return e->code;
	int rc = pgpsig_make(m->store.entry_fpr, time, payload->ptr, payload->len, ask_agent, signer, &armor, e);
	pgp_signer_free(signer);
	return rc ? rc : commit_sign(payload->ptr, payload->len, buf_str(&armor), raw, e);
}

static int build_genesis(struct making *m, struct buf *raw, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT, payload = BUF_INIT;
	struct chain chain;
	struct leaf leaf;
	fill_genesis(m, &leaf, date_now());
	int rc = leaf_print(&leaf, &text, e);
	struct commit commit = { .tree = m->rules->tree, .time = leaf.time, .message = buf_str(&text),
		                 .message_len = text.len };
	memcpy(commit.name, m->store.origin, sizeof m->store.origin);
	chain_init(&chain);
	if (!rc)
		rc = chain_check(&chain, &commit, &leaf, e);
	if (!rc) {
		commit_print_payload(&commit, &payload);
		m->store.genesis = leaf_hash(text.ptr, text.len);
		rc = sign_payload(m, leaf.time, &payload, raw, e);
	}
	leaf_release(&leaf);
	return rc;
}

static int write_genesis(struct making *m, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct repo *repo = repo_open(m->store.ledger, false, e);
	if (!repo)
		return e->code;
	struct repo_batch *b = repo_batch_new(repo);
	int rc = rules_write(m->rules, b, e);
	if (!rc)
		rc = build_genesis(m, &raw, e);
	if (!rc) {
		struct oid id = repo_batch_add(b, OID_COMMIT, raw.ptr, raw.len);
		rc = repo_batch_write(b, e);
		if (!rc)
			rc = repo_ref_move(repo, LEDGER_REF_NAME, NULL, &id, e);
	}
	repo_batch_free(b);
	repo_close(repo);
	return rc;
}

/* Read as it will be read: what a line of the file can't say is refused here. */
static int write_ini(struct making *m, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	MEM_CLEANUP char *path = file_path(m->store.dir, STORE_INI_NAME);
	struct store again;
	store_ini_print(&m->store, &text);
	int rc = file_write_durable(path, buf_str(&text), text.len, 0600, e);
	if (!rc)
		rc = store_open(m->store.dir, &again, e);
	if (rc)
		return rc == ERR_CONFIG ? err_next(e, "use folders with shorter and plainer paths") : rc;
	if (strcmp(again.archive, m->store.archive) != 0)
		rc = err_set(e, ERR_USAGE, "archive: its path can't be said in %s", STORE_INI_NAME);
	store_release(&again);
	return rc;
}

static int make(struct making *m, struct err *e)
{
	int rc = make_folders(m, e);
	if (!rc)
		rc = take_keys(m, e);
	if (!rc)
		rc = take_recovery_key(m, e);
	if (!rc)
		rc = write_genesis(m, e);
	if (!rc)
		rc = write_ini(m, e);
	if (!rc && m->o->part)
		rc = m->o->part->write(m->o->part->ctx, m->store.dir, e);
	struct err stopped = ERR_INIT;
	int stop_rc = pgp_agent_stop(m->store.keys, &stopped);
	if (!rc && stop_rc) {
		rc = stop_rc;
		if (e)
			*e = stopped;
	}
	if (!rc)
		rc = file_sync_tree(m->store.dir, e);
	return rc ? rc : file_sync_parent(m->store.dir, e);
}

static int remove_child(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx, (void)rel, (void)e;
	if (is_dir)
		rmdir(full);
	else
		unlink(full);
	return ERR_OK;
}

static void undo(const struct making *m)
{
	if (m->made_dir)
		file_remove_tree(m->store.dir, NULL);
	else
		file_walk(m->store.dir, remove_child, NULL, NULL);
}

static int take_passphrase(struct making *m, struct err *e)
{
	if (m->o->passphrase && !(m->store.passphrase = realpath(m->o->passphrase, NULL))) {
		err_errno(e, errno, "%s", m->o->passphrase);
		return err_next(e, "write the passphrase of the key into that file, one line, and chmod 600 it");
	}
	return pgp_passphrase_from(m->store.passphrase, e);
}

static int prepare(struct making *m, const char *dir, struct err *e)
{
	int rc = find_place(dir, &m->store.dir, e);
	if (rc)
		return rc;
	store_set_paths(&m->store);
	rc = take_origin(m, e);
	if (!rc)
		rc = take_archive(m, e);
	if (!rc)
		rc = read_rules(m, e);
	if (!rc && m->o->part)
		rc = m->o->part->read(m->o->part->ctx, m->rules, e);
	if (!rc)
		rc = pgp_library_init(e);
	return rc ? rc : take_passphrase(m, e);
}

static void fill_pins(const struct making *m, struct store_pins *out)
{
	*out = (struct store_pins){ .genesis = m->store.genesis };
	memcpy(out->origin, m->store.origin, sizeof out->origin);
	memcpy(out->fpr, m->store.entry_fpr, sizeof out->fpr);
	memcpy(out->archive_fpr, m->store.archive_fpr, sizeof out->archive_fpr);
	memcpy(out->checkpoint, m->checkpoint, sizeof out->checkpoint);
	memcpy(out->recovery_fpr, m->recovery_fpr, sizeof out->recovery_fpr);
}

int store_init(const char *dir, const struct store_options *o, struct store_pins *out, struct err *e)
{
	struct making m = { .o = o, .store.lock_fd = -1 };
	int rc = repo_library_init(e);
	if (rc)
		return rc;
	rc = prepare(&m, dir, e);
	if (!rc)
		rc = take_dir(&m, e);
	if (!rc && (rc = make(&m, e)))
		undo(&m);
	if (!rc)
		fill_pins(&m, out);
	rules_free(m.rules);
	store_release(&m.store);
	repo_library_exit();
	return rc;
}
