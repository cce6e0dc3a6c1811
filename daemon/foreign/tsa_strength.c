/*
 * What the signature of a time stamp rests on. The signer's digest covers what was stamped, and ESSCertIDv2, which is
 * signed with it, binds the certificate (RFC 5035; RFC 5816, 2.2.1): both have to be SHA-256 or stronger. ESSCertID of
 * RFC 3161 binds the certificate by SHA-1 and by nothing else that is sure to be there, so it is not enough.
 */
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "foreign/tsa_impl.h"

#define NESTED 3                           /* SigningCertificateV2, its certificates, the first of them */
#define MALFORMED 0x81                     /* of ASN1_get_object: an error, or an indefinite length */

static bool is_strong(int digest)
{
	static const int strong[] = { NID_sha256,   NID_sha384,   NID_sha512,  NID_sha512_256,
		                      NID_sha3_256, NID_sha3_384, NID_sha3_512 };
	for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
		if (digest == strong[i])
			return true;
	return false;
}

static int digest_of(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *name = NULL;
	X509_ALGOR_get0(&name, NULL, NULL, algorithm);
	return OBJ_obj2nid(name);
}

static bool enter_sequence(const unsigned char **at, const unsigned char *end)
{
	long len = 0;
	int tag = 0, class = 0;
	int kind = ASN1_get_object(at, &len, &tag, &class, end - *at);
	return !(kind & MALFORMED) && tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL;
}

/* The first certificate is the signer's, which libcrypto compares; without an algorithm it is SHA-256. */
static bool is_bound(const PKCS7_SIGNER_INFO *signer)
{
	const ASN1_TYPE *value = PKCS7_get_signed_attribute(signer, NID_id_smime_aa_signingCertificateV2);
	if (!value || value->type != V_ASN1_SEQUENCE)
		return false;
	const unsigned char *at = ASN1_STRING_get0_data(value->value.sequence);
	const unsigned char *end = at + ASN1_STRING_length(value->value.sequence);
	for (int i = 0; i < NESTED; i++)
		if (!enter_sequence(&at, end))
			return false;
	if (at < end && *at == V_ASN1_OCTET_STRING)
		return true;
	X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, end - at);
	bool strong = algorithm && is_strong(digest_of(algorithm));
	X509_ALGOR_free(algorithm);
	return strong;
}

int tsa_strength_check(PKCS7 *token, struct err *e)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(token);
	for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(signers); i++) {
		const PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(signers, i);
		if (!is_strong(digest_of(signer->digest_alg)))
			err_set(e, ERR_KEY, "time stamp: signed over a digest that is weaker than SHA-256");
		else if (!is_bound(signer))
			err_set(e, ERR_KEY, "time stamp: its certificate is not named by SHA-256 or stronger (ESSCertIDv2)");
		else
			continue;
		return err_next(e, "ask the authority for one by RFC 5816, or another authority");
	}
	return ERR_OK;
}

/* RSA-PSS tells its digest among its parameters; without them it is SHA-1. */
static bool is_pss_strong(const X509_ALGOR *algorithm)
{
	int type = V_ASN1_UNDEF;
	const void *value = NULL;
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	RSA_PSS_PARAMS *pss = type == V_ASN1_SEQUENCE
		? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
	bool strong = pss && pss->hashAlgorithm && is_strong(digest_of(pss->hashAlgorithm));
	RSA_PSS_PARAMS_free(pss);
	return strong;
}

bool tsa_strength_of_list(const X509_CRL *list)
{
	const X509_ALGOR *algorithm = NULL;
	int digest = NID_undef, key = NID_undef;
	X509_CRL_get0_signature(list, NULL, &algorithm);
	if (OBJ_find_sigid_algs(digest_of(algorithm), &digest, &key) != 1)
		return false;
	if (key == NID_rsassaPss)
		return is_pss_strong(algorithm);
	return digest == NID_undef ? key == NID_ED25519 || key == NID_ED448 : is_strong(digest);
}
