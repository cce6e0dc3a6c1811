#include "foreign/tsa_impl.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"

#define NONCE_LEN 8
#define DAY_S ((int64_t)24 * 60 * 60)
#define AUTH_LEVEL 2                       /* of libcrypto: 112 bits, as RSA of 2048 */

static int refuse_reply(struct err *e)
{
	return err_set(e, ERR_SYNTAX, "time stamp: no reply of RFC 3161 in DER");
}

/* Query. */

static TS_MSG_IMPRINT *make_imprint(const struct hash *digest)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool done = imprint && algorithm &&
	            X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	            TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
	            TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest->b, HASH_LEN) == 1;
	X509_ALGOR_free(algorithm);
	if (done)
		return imprint;
	TS_MSG_IMPRINT_free(imprint);
	return NULL;
}

/* Positive, and of that many bytes for certain, so that all queries have the same length. */
static ASN1_INTEGER *make_nonce(void)
{
	unsigned char bytes[NONCE_LEN];
	random_bytes(bytes, sizeof bytes);
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
	ASN1_INTEGER *nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	BN_free(number);
	return nonce;
}

int tsa_query(const struct hash *digest, struct buf *out, struct err *e)
{
	TS_REQ *query = TS_REQ_new();
	TS_MSG_IMPRINT *imprint = make_imprint(digest);
	ASN1_INTEGER *nonce = make_nonce();
	unsigned char *der = NULL;
	int len = -1;
	if (query && imprint && nonce && TS_REQ_set_version(query, 1) == 1 &&
	    TS_REQ_set_msg_imprint(query, imprint) == 1 && TS_REQ_set_nonce(query, nonce) == 1 &&
	    TS_REQ_set_cert_req(query, 1) == 1)
		len = i2d_TS_REQ(query, &der);
	if (len > 0)
		buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	ASN1_INTEGER_free(nonce);
	TS_MSG_IMPRINT_free(imprint);
	TS_REQ_free(query);
	return len > 0 ? ERR_OK : err_set(e, ERR_BUG, "time stamp: libcrypto makes no query");
}

/* Reply. */

static TS_RESP *parse_reply(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	TS_RESP *reply = len && len <= TSA_FILE_MAX ? d2i_TS_RESP(NULL, &at, (long)len) : NULL;
	if (reply && at == (const unsigned char *)bytes + len)
		return reply;
	TS_RESP_free(reply);
	return NULL;
}

static TS_REQ *parse_query(const struct buf *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes->ptr;
	TS_REQ *query = bytes->len && bytes->len <= TSA_FILE_MAX ? d2i_TS_REQ(NULL, &at, (long)bytes->len) : NULL;
	if (query && at == (const unsigned char *)bytes->ptr + bytes->len)
		return query;
	TS_REQ_free(query);
	return NULL;
}

bool tsa_read_time(const ASN1_TIME *time, int64_t *out)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool done = epoch && time && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
	ASN1_TIME_free(epoch);
	*out = days * DAY_S + seconds;
	return done && *out >= 0;
}

static bool read_serial(const TS_TST_INFO *info, char out[TSA_SERIAL_MAX + 1])
{
	BIGNUM *number = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;
	bool fits = hex && strlen(hex) <= TSA_SERIAL_MAX;
	if (fits)
		strcpy(out, hex);
	OPENSSL_free(hex);
	BN_free(number);
	return fits;
}

static bool read_digest(TS_TST_INFO *info, struct hash *out)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OBJECT *algorithm = NULL;
	X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
	if (OBJ_obj2nid(algorithm) != NID_sha256 || ASN1_STRING_length(digest) != HASH_LEN)
		return false;
	memcpy(out->b, ASN1_STRING_get0_data(digest), HASH_LEN);
	return true;
}

static int read_info(TS_RESP *reply, struct tsa_stamp *out, struct err *e)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(reply);
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(reply)));
	if ((status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) || !info) {
		err_set(e, ERR_RULE, "time stamp: the authority has not granted it (status %ld)", status);
		return err_next(e, "`openssl ts -reply -in FILE -text` shows its reason; ask again");
	}
	if (TS_TST_INFO_get_version(info) != 1 || !tsa_read_time(TS_TST_INFO_get_time(info), &out->time) ||
	    !read_serial(info, out->serial) ||
	    OBJ_obj2txt(out->policy, sizeof out->policy, TS_TST_INFO_get_policy_id(info), 1) <= 0)
		return refuse_reply(e);
	if (!read_digest(info, &out->digest))
		return err_set(e, ERR_RULE, "time stamp: not over a SHA-256 digest");
	return ERR_OK;
}

bool tsa_is_end_of_pem(void)
{
	unsigned long last = ERR_peek_last_error();
	return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

static X509_STORE *make_store(const struct buf *ca)
{
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(buf_str(ca), (int)ca->len);
	X509 *certificate;
	int count = 0;
	while (store && bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		count += X509_STORE_add_cert(store, certificate);
		X509_free(certificate);
	}
	bool done = count && tsa_is_end_of_pem();
	BIO_free(bio);
	if (done)
		return store;
	X509_STORE_free(store);
	return NULL;
}

int tsa_check_ca(const struct buf *pem, struct err *e)
{
	X509_STORE *store = make_store(pem);
	bool done = store != NULL;
	X509_STORE_free(store);
	ERR_clear_error();
	return done ? ERR_OK : err_set(e, ERR_CONFIG, "holds no certificate in PEM, or a damaged one");
}

static bool is_query_of(TS_RESP *reply, const TS_REQ *query, const struct tsa_stamp *stamp)
{
	const ASN1_INTEGER *asked = TS_REQ_get_nonce(query);
	const ASN1_INTEGER *answered = TS_TST_INFO_get_nonce(TS_RESP_get_tst_info(reply));
	const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint((TS_REQ *)(uintptr_t)query));
	if (asked && (!answered || ASN1_INTEGER_cmp(asked, answered) != 0))
		return false;
	return ASN1_STRING_length(digest) == HASH_LEN &&
	       memcmp(ASN1_STRING_get0_data(digest), stamp->digest.b, HASH_LEN) == 0;
}

static bool read_name(X509 *signer, char out[TSA_NAME_MAX + 1])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	bool done = bio && X509_NAME_print_ex(bio, X509_get_subject_name(signer), 0,
	                                      XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0;
	long len = done ? BIO_get_mem_data(bio, &text) : 0;
	done = len > 0;
	if (done) {
		size_t kept = (size_t)len < TSA_NAME_MAX ? (size_t)len : TSA_NAME_MAX;
		memcpy(out, text, kept);
		out[kept] = '\0';
	}
	BIO_free(bio);
	return done;
}

static int refuse_signer(const struct tsa_revocation *r, struct err *e)
{
	if (r->is_silent) {
		err_set(e, ERR_KEY, "time stamp: no revocation list that was given speaks of its certificates at its time");
		return err_next(e, "give the list of each issuer up to the trusted certificate, of that day or newer, in PEM");
	}
	if (r->is_weak) {
		err_set(e, ERR_KEY, "time stamp: a key or a signature of its certificates is of less than 112 bits");
		return err_next(e, "rest on an authority whose certificates have neither SHA-1 nor RSA below 2048 bits");
	}
	err_set(e, ERR_KEY, "time stamp: not signed by a certificate for time stamping that leads to a trusted one");
	return err_next(e, "give the certificate of the root that the authority names, in PEM");
}

static int check_signature(TS_RESP *reply, const struct tsa_trust *trust, struct tsa_stamp *out, struct err *e)
{
	X509_STORE *store = make_store(trust->ca);
	struct tsa_revocation revocation = { .lists = NULL };
	X509 *signer = NULL;
	if (!store)
		return err_set(e, ERR_KEY, "time stamp: the file of trusted certificates holds none in PEM, or a damaged one");
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)out->time);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), AUTH_LEVEL);
	int rc = tsa_revocation_follow(store, &revocation, e);
	if (!rc && trust->crl)
		rc = tsa_revocation_ask(store, trust->crl, trust->now, &revocation, e);
	if (!rc)
		rc = tsa_strength_check(TS_RESP_get_token(reply), e);
	if (!rc && (TS_RESP_verify_signature(TS_RESP_get_token(reply), NULL, store, &signer) != 1 ||
	            !read_name(signer, out->name)))
		rc = refuse_signer(&revocation, e);
	if (!rc && trust->crl)
		rc = tsa_revocation_judge(&revocation, out->time, &out->crl_time, e);
	X509_free(signer);
	X509_STORE_free(store);
	tsa_revocation_release(&revocation);
	return rc;
}

static int check_query(TS_RESP *reply, const struct buf *bytes, const struct tsa_stamp *stamp, struct err *e)
{
	TS_REQ *query = parse_query(bytes);
	if (!query)
		return err_set(e, ERR_SYNTAX, "time stamp: no query of RFC 3161 in DER");
	bool fits = is_query_of(reply, query, stamp);
	TS_REQ_free(query);
	return fits ? ERR_OK : err_set(e, ERR_CONFLICT, "time stamp: the answer to another query");
}

int tsa_read(const void *bytes, size_t len, struct tsa_stamp *out, struct err *e)
{
	struct tsa_stamp stamp = { .time = 0 };
	TS_RESP *reply = parse_reply(bytes, len);
	if (!reply)
		return refuse_reply(e);
	int rc = read_info(reply, &stamp, e);
	TS_RESP_free(reply);
	ERR_clear_error();
	if (!rc)
		*out = stamp;
	return rc;
}

int tsa_check(const void *bytes, size_t len, const struct tsa_trust *trust, const struct buf *query,
              struct tsa_stamp *out, struct err *e)
{
	struct tsa_stamp stamp = { .time = 0 };
	TS_RESP *reply = parse_reply(bytes, len);
	if (!reply)
		return refuse_reply(e);
	int rc = read_info(reply, &stamp, e);
	if (!rc && query)
		rc = check_query(reply, query, &stamp, e);
	if (!rc)
		rc = check_signature(reply, trust, &stamp, e);
	TS_RESP_free(reply);
	ERR_clear_error();
	if (!rc)
		*out = stamp;
	return rc;
}
