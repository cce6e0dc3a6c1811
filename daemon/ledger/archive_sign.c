#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/archive_impl.h"

#define HEX_LEN ((size_t)64)

void archive_keys_add(struct archive_keys *k, const char *path, const char *bytes, size_t len)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->files[i].path, path) == 0)
			return;
	k->files = mem_grow(k->files, k->count + 1, sizeof *k->files);
	k->files[k->count++] = (struct rules_file){ mem_strdup(path), mem_strndup(bytes, len), len };
}

void archive_keys_release(struct archive_keys *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->files[i].path);
		free(k->files[i].bytes);
	}
	free(k->files);
	*k = (struct archive_keys){ .count = 0 };
}

static bool find_key(struct archive_keys *k, const char *fpr)
{
	if (strcmp(k->found.fpr, fpr) == 0)
		return true;
	for (size_t i = 0; i < k->count; i++)
		if (!pgpsig_find_key(k->files[i].bytes, k->files[i].len, fpr, k->found.public_key, NULL)) {
			strcpy(k->found.fpr, fpr);
			return true;
		}
	*k->found.fpr = '\0';
	return false;
}

int archive_sign_read(struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                      struct pgpsig *out, struct pgp_check *out_check, struct err *e)
{
	int rc = pgpsig_parse(armor, armor_len, out, e);
	if (rc)
		return rc;
	if (!find_key(k, out->fpr))
		return err_set(e, ERR_KEY, "signature: by key %s, which is not there", out->fpr);
	memcpy(out_check->public_key, k->found.public_key, sizeof out_check->public_key);
	out_check->len = pgpsig_digest(out, data, len, out_check->digest);
	memcpy(out_check->r, out->r, sizeof out->r);
	memcpy(out_check->s, out->s, sizeof out->s);
	return memcmp(out_check->digest, out->left, sizeof out->left) == 0 ? ERR_OK : archive_sign_refuse(e);
}

int archive_sign_refuse(struct err *e)
{
	return err_set(e, ERR_KEY, "signature: not over these bytes");
}

int archive_sign_check(struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                       struct pgpsig *out, struct err *e)
{
	struct pgp_check check;
	int rc = archive_sign_read(k, armor, armor_len, data, len, out, &check, e);
	return rc || pgp_ed25519_find_invalid(&check, 1) == 1 ? rc : archive_sign_refuse(e);
}

static int check_by(const struct ledger *l, struct archive_keys *keys, const char *armor, size_t armor_len,
                    const char *line, struct err *e)
{
	struct pgpsig sig;
	int rc = archive_sign_check(keys, armor, armor_len, line, strlen(line), &sig, e);
	if (!rc && !keyring_counts(&l->keys, sig.fpr, LEAF_USE_ARCHIVE, l->chain.size))
		rc = err_set(e, ERR_KEY, "archive: signed by another key than the archive key");
	return rc;
}

int archive_sign_find(const struct ledger *l, struct archive_keys *keys, const char *path, struct hash *out,
                      struct err *e)
{
	BUF_CLEANUP struct buf sum = BUF_INIT, armor = BUF_INIT;
	MEM_CLEANUP char *sum_path = archive_sign_path(path);
	MEM_CLEANUP char *armor_path = mem_printf("%s.asc", sum_path);
	struct hash hash;
	int rc = file_read(sum_path, ARCHIVE_SIDE_MAX, &sum, e);
	if (!rc)
		rc = file_read(armor_path, ARCHIVE_SIDE_MAX, &armor, e);
	if (rc)
		return rc;
	if (sum.len < HEX_LEN || !hash_hex_decode(buf_str(&sum), HEX_LEN, hash.b, sizeof hash.b))
		return err_set(e, ERR_SYNTAX, "%s: no checksum file", sum_path);
	MEM_CLEANUP char *line = archive_sign_line(path, &hash);
	if (strcmp(buf_str(&sum), line) != 0)
		return err_set(e, ERR_SYNTAX, "%s: names another file", sum_path);
	rc = check_by(l, keys, buf_str(&armor), armor.len, line, e);
	if (!rc)
		*out = hash;
	return rc;
}

bool archive_sign_stands(const struct ledger *l, struct archive_keys *keys, const char *path, const struct hash *hash)
{
	struct hash found;
	return !archive_sign_find(l, keys, path, &found, NULL) && hash_is_equal(&found, hash);
}

char *archive_sign_path(const char *path)
{
	size_t len = strlen(path), end = strlen(".tar");
	if (len > end && strcmp(path + len - end, ".tar") == 0)
		len -= end;
	return mem_printf("%.*s.sha256", (int)len, path);
}

char *archive_sign_line(const char *path, const struct hash *hash)
{
	const char *slash = strrchr(path, '/');
	char hex[65];
	hash_print_hex(hash, hex);
	return mem_printf("%s  %s\n", hex, slash ? slash + 1 : path);
}

int archive_sign_write(struct ledger *l, struct archive_keys *keys, const char *path, const struct hash *hash,
                       struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	MEM_CLEANUP char *line = archive_sign_line(path, hash);
	MEM_CLEANUP char *sum_path = archive_sign_path(path);
	MEM_CLEANUP char *armor_path = mem_printf("%s.asc", sum_path);
	int rc = file_drop_temporary(sum_path, e);
	if (!rc)
		rc = file_drop_temporary(armor_path, e);
	if (rc || archive_sign_stands(l, keys, path, hash))
		return rc;
	rc = l->signer.sign_archive(l->signer.ctx, line, strlen(line), &armor, e);
	if (!rc)
		rc = check_by(l, keys, buf_str(&armor), armor.len, line, e);
	if (!rc)
		rc = file_write_durable(sum_path, line, strlen(line), 0600, e);
	if (!rc)
		rc = file_write_durable(armor_path, buf_str(&armor), armor.len, 0600, e);
	return rc;
}
