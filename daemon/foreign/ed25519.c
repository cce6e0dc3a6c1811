#include "foreign/ed25519.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define PEM_MAX 4096
#define PEM_NAME "PRIVATE KEY"

struct ed25519_key {
	EVP_PKEY *pkey;
	uint8_t public_key[32];
};

bool ed25519_is_valid(const uint8_t public_key[32], const void *message, size_t len, const uint8_t sig[64])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool valid = key && md && EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
	             EVP_DigestVerify(md, sig, 64, message, len) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return valid;
}

/* Takes pkey, also when it is NULL or of another sort. */
static int wrap(EVP_PKEY *pkey, const char *path, struct ed25519_key **out, struct err *e)
{
	size_t len = 32;
	struct ed25519_key *k = mem_alloc(sizeof *k);
	k->pkey = pkey;
	if (!pkey || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(pkey, k->public_key, &len) != 1 || len != 32) {
		ed25519_free(k);
		return err_set(e, ERR_KEY, "%s: not one unencrypted Ed25519 key in PEM (PKCS#8)", path);
	}
	*out = k;
	return ERR_OK;
}

/* Nothing is left of a file that can't be finished. */
static int write_new(const char *path, const void *bytes, size_t len, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_CONFLICT, "%s: is there already", path);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = fchmod(fd, 0600) == 0 ? ERR_OK : err_errno(e, errno, "%s", path);
	if (!rc)
		rc = file_write_all(fd, bytes, len, path, e);
	if (!rc && fsync(fd) != 0)
		rc = err_sync(e, errno, path);
	if (close(fd) != 0 && !rc)
		rc = err_errno(e, errno, "%s", path);
	if (!rc)
		rc = file_sync_parent(path, e);
	if (rc)
		unlink(path);
	return rc;
}

int ed25519_create(const char *path, struct ed25519_key **out, struct err *e)
{
	struct ed25519_key *k = NULL;
	char *pem = NULL;
	BIO *bio = BIO_new(BIO_s_secmem());
	int rc = wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), path, &k, e);
	if (!rc && (!bio || PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1))
		rc = err_set(e, ERR_KEY, "%s: the key can't be written as PEM", path);
	if (!rc) {
		long len = BIO_get_mem_data(bio, &pem);
		rc = write_new(path, pem, (size_t)len, e);
	}
	BIO_free(bio);
	if (rc)
		ed25519_free(k);
	else
		*out = k;
	return rc;
}

static int read_private(const char *path, char *out, size_t *out_len, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = ERR_OK;
	size_t len = 0;
	if (fstat(fd, &st) != 0)
		rc = err_errno(e, errno, "%s", path);
	else if (!S_ISREG(st.st_mode) || st.st_size > PEM_MAX)
		rc = err_set(e, ERR_KEY, "%s: not one unencrypted Ed25519 key in PEM (PKCS#8)", path);
	else if (st.st_mode & 077) {
		err_set(e, ERR_KEY, "%s: others may read this key", path);
		rc = err_next(e, "chmod 600 %s", path);
	}
	while (!rc && len < PEM_MAX) {
		ssize_t n = read(fd, out + len, PEM_MAX - len);
		if (n < 0 && errno != EINTR)
			rc = err_errno(e, errno, "%s", path);
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*out_len = len;
	return rc;
}

/* The whole text is one block; libcrypto takes others and text around them. */
static EVP_PKEY *parse(const char *pem, size_t len)
{
	static char no_passphrase[] = "";
	static const char begin[] = "-----BEGIN " PEM_NAME "-----\n", end[] = "-----END " PEM_NAME "-----\n";
	size_t begin_len = sizeof begin - 1, end_len = sizeof end - 1;
	if (len < begin_len + end_len || memcmp(pem, begin, begin_len) != 0 ||
	    memcmp(pem + len - end_len, end, end_len) != 0)
		return NULL;
	for (size_t at = 1; at + begin_len <= len; at++)
		if (memcmp(pem + at, begin, begin_len) == 0)
			return NULL;
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, no_passphrase) : NULL;
	BIO_free(bio);
	return pkey;
}

int ed25519_open(const char *path, struct ed25519_key **out, struct err *e)
{
	char pem[PEM_MAX];
	size_t len = 0;
	int rc = read_private(path, pem, &len, e);
	if (!rc)
		rc = wrap(parse(pem, len), path, out, e);
	OPENSSL_cleanse(pem, sizeof pem);
	return rc;
}

void ed25519_public(const struct ed25519_key *k, uint8_t out[32])
{
	memcpy(out, k->public_key, 32);
}

int ed25519_sign(const struct ed25519_key *k, const void *message, size_t len, uint8_t out_sig[64], struct err *e)
{
	uint8_t sig[64];
	size_t sig_len = sizeof sig;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool done = md && EVP_DigestSignInit(md, NULL, NULL, NULL, k->pkey) == 1 &&
	            EVP_DigestSign(md, sig, &sig_len, message, len) == 1 && sig_len == sizeof sig;
	EVP_MD_CTX_free(md);
	if (!done || !ed25519_is_valid(k->public_key, message, len, sig))
		return err_set(e, ERR_KEY, "Ed25519: libcrypto made no signature");
	memcpy(out_sig, sig, sizeof sig);
	return ERR_OK;
}

/* libcrypto clears the secret part when its last reference goes. */
void ed25519_free(struct ed25519_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	OPENSSL_cleanse(k, sizeof *k);
	free(k);
}
