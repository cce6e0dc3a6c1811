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

int archive_sign_check(const struct archive_keys *k, const char *armor, size_t armor_len, const void *data, size_t len,
                       struct pgpsig *out, struct err *e)
{
	uint8_t digest[PGPSIG_DIGEST_MAX], key[32];
	int rc = pgpsig_parse(armor, armor_len, out, e);
	if (rc)
		return rc;
	rc = err_set(e, ERR_KEY, "signature: by key %s, which is not there", out->fpr);
	for (size_t i = 0; rc && i < k->count; i++)
		rc = pgpsig_find_key(k->files[i].bytes, k->files[i].len, out->fpr, key, NULL);
	if (rc)
		return ERR_KEY;
	size_t n = pgpsig_digest(out, data, len, digest);
	if (memcmp(digest, out->left, sizeof out->left) != 0 || !pgp_ed25519_is_valid(key, digest, n, out->r, out->s))
		return err_set(e, ERR_KEY, "signature: not over these bytes");
	return ERR_OK;
}
