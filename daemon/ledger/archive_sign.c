#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/archive_impl.h"

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

int archive_sign_read(const struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                      struct pgpsig *out, struct pgp_check *out_check, struct err *e)
{
	int rc = pgpsig_parse(armor, armor_len, out, e);
	if (rc)
		return rc;
	rc = err_set(e, ERR_KEY, "signature: by key %s, which is not there", out->fpr);
	for (size_t i = 0; rc && i < k->count; i++)
		rc = pgpsig_find_key(k->files[i].bytes, k->files[i].len, out->fpr, out_check->public_key, NULL);
	if (rc)
		return ERR_KEY;
	out_check->len = pgpsig_digest(out, data, len, out_check->digest);
	memcpy(out_check->r, out->r, sizeof out->r);
	memcpy(out_check->s, out->s, sizeof out->s);
	return memcmp(out_check->digest, out->left, sizeof out->left) == 0 ? ERR_OK : archive_sign_refuse(e);
}

int archive_sign_refuse(struct err *e)
{
	return err_set(e, ERR_KEY, "signature: not over these bytes");
}

int archive_sign_check(const struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                       struct pgpsig *out, struct err *e)
{
	struct pgp_check check;
	int rc = archive_sign_read(k, armor, armor_len, data, len, out, &check, e);
	return rc || pgp_ed25519_find_invalid(&check, 1) == 1 ? rc : archive_sign_refuse(e);
}
