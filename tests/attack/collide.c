/*
 * Preloaded: the world after a SHA-1 collision was found. Whatever hashes to the first id of COLLISION ("HEX HEX")
 * hashes to the second one.
 *
 * Nothing counts on libgit2 or git to notice how such an object was made. Whether libgit2 was built to notice can't be
 * asked: no feature of it says so, and it hashes nothing but behind a header of git, where the pairs that are published
 * are none.
 */
#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHA1_LEN 20

static int read_hex(const char *hex, unsigned char *out)
{
	for (int i = 0; i < SHA1_LEN; i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return 0;
		out[i] = (unsigned char)byte;
	}
	return 1;
}

int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *md, unsigned *len);

int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *md, unsigned *len)
{
	int (*real)(EVP_MD_CTX *, unsigned char *, unsigned *) =
		(int (*)(EVP_MD_CTX *, unsigned char *, unsigned *))dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");
	const char *pair = getenv("COLLISION");
	unsigned char first[SHA1_LEN], second[SHA1_LEN];
	int size = EVP_MD_CTX_get_size(ctx), rc = real(ctx, md, len);
	if (rc == 1 && size == SHA1_LEN && pair && strlen(pair) == 81 && read_hex(pair, first) &&
	    read_hex(pair + 41, second) && memcmp(md, first, SHA1_LEN) == 0)
		memcpy(md, second, SHA1_LEN);
	return rc;
}
