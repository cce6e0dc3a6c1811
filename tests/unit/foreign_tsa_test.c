/* An authority that is made here signs as weakly, and has its certificate revoked, as a test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "foreign/tsa.h"

#define DAY_S ((int64_t)24 * 60 * 60)
#define STAMPED ((int64_t)1579132800)        /* 2020-01-16T00:00:00Z */
#define NOW (STAMPED + 20 * DAY_S)
#define EXPIRES (STAMPED + 10 * DAY_S)       /* the authority's certificate */
#define SERIAL 12

static EVP_PKEY *root_key, *clock_key;
static X509 *root, *clock_plain;
static struct buf root_pem = BUF_INIT;

static void take_pem(BIO *bio, struct buf *out)
{
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)len);
	BIO_free(bio);
}

static void extend(X509 *c, int nid, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(x);
	assert_int_equal(X509_add_ext(c, x, -1), 1);
	X509_EXTENSION_free(x);
}

static X509 *make_certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, const EVP_MD *digest)
{
	X509 *c = X509_new();
	X509_NAME *subject = X509_get_subject_name(c);
	X509_set_version(c, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c), issuer ? SERIAL : 1);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer) : subject);
	ASN1_TIME_set(X509_getm_notBefore(c), (time_t)(STAMPED - 30 * DAY_S));
	ASN1_TIME_set(X509_getm_notAfter(c), (time_t)(issuer ? EXPIRES : NOW + 30 * DAY_S));
	X509_set_pubkey(c, key);
	extend(c, NID_basic_constraints, issuer ? "critical,CA:false" : "critical,CA:true");
	if (issuer)
		extend(c, NID_ext_key_usage, "critical,timeStamping");
	else
		extend(c, NID_key_usage, "critical,keyCertSign,cRLSign");
	assert_true(X509_sign(c, issuer_key, digest) > 0);
	return c;
}

static int make_authority(void **s)
{
	(void)s;
	root_key = EVP_EC_gen("P-256");
	clock_key = EVP_EC_gen("P-256");
	root = make_certificate("root", root_key, NULL, root_key, EVP_sha256());
	clock_plain = make_certificate("clock", clock_key, root, root_key, EVP_sha256());
	BIO *bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(bio, root), 1);
	take_pem(bio, &root_pem);
	return 0;
}

static int drop_authority(void **s)
{
	(void)s;
	X509_free(root);
	X509_free(clock_plain);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(clock_key);
	buf_release(&root_pem);
	return 0;
}

/* Stamps. */

static int tell_time(struct TS_resp_ctx *ctx, void *data, long *seconds, long *micro)
{
	(void)ctx, (void)data;
	*seconds = STAMPED;
	*micro = 0;
	return 1;
}

static ASN1_INTEGER *tell_serial(struct TS_resp_ctx *ctx, void *data)
{
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	(void)ctx, (void)data;
	ASN1_INTEGER_set(serial, 7);
	return serial;
}

static void stamp(X509 *clock, EVP_PKEY *key, const EVP_MD *signer_digest, const EVP_MD *name_digest, struct buf *out)
{
	BUF_CLEANUP struct buf query = BUF_INIT;
	struct err e = ERR_INIT;
	struct hash digest = hash_of("checkpoint", strlen("checkpoint"));
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
	TS_RESP_CTX *c = TS_RESP_CTX_new();
	unsigned char *der = NULL;
	assert_int_equal(tsa_query(&digest, &query, &e), ERR_OK);
	BIO *bio = BIO_new_mem_buf(query.ptr, (int)query.len);
	TS_RESP_CTX_set_time_cb(c, tell_time, NULL);
	TS_RESP_CTX_set_serial_cb(c, tell_serial, NULL);
	assert_int_equal(TS_RESP_CTX_set_signer_cert(c, clock), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_key(c, key), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_digest(c, signer_digest), 1);
	assert_int_equal(TS_RESP_CTX_set_ess_cert_id_digest(c, name_digest), 1);
	assert_int_equal(TS_RESP_CTX_set_def_policy(c, policy), 1);
	assert_int_equal(TS_RESP_CTX_add_md(c, EVP_sha256()), 1);
	TS_RESP *reply = TS_RESP_create_response(c, bio);
	int len = i2d_TS_RESP(reply, &der);
	assert_true(len > 0);
	buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	TS_RESP_free(reply);
	TS_RESP_CTX_free(c);
	ASN1_OBJECT_free(policy);
	BIO_free(bio);
}

static int check(const struct buf *reply, const struct buf *lists, struct err *e)
{
	const struct tsa_trust trust = { &root_pem, lists, NOW };
	struct tsa_stamp said;
	*e = (struct err)ERR_INIT;
	return tsa_check(reply->ptr, reply->len, &trust, NULL, &said, e);
}

static int check_made(X509 *clock, EVP_PKEY *key, const EVP_MD *signer_digest, const EVP_MD *name_digest, struct err *e)
{
	BUF_CLEANUP struct buf reply = BUF_INIT;
	stamp(clock, key, signer_digest, name_digest, &reply);
	return check(&reply, NULL, e);
}

static void believes_sha256_and_stronger(void **s)
{
	struct err e;
	(void)s;
	const EVP_MD *const digests[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		assert_int_equal(check_made(clock_plain, clock_key, digests[i], EVP_sha256(), &e), ERR_OK);
		assert_int_equal(check_made(clock_plain, clock_key, EVP_sha256(), digests[i], &e), ERR_OK);
	}
}

static void refuses_a_signer_of_a_weak_digest(void **s)
{
	struct err e;
	(void)s;
	const EVP_MD *const digests[] = { EVP_sha1(), EVP_sha224() };
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		assert_int_equal(check_made(clock_plain, clock_key, digests[i], EVP_sha256(), &e), ERR_KEY);
		assert_non_null(strstr(e.text, "a digest that is weaker than SHA-256"));
	}
}

static void refuses_md5_of_an_rsa_signer(void **s)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *clock = make_certificate("clock", key, root, root_key, EVP_sha256());
	struct err e;
	(void)s;
	assert_int_equal(check_made(clock, key, EVP_sha256(), EVP_sha256(), &e), ERR_OK);
	assert_int_equal(check_made(clock, key, EVP_md5(), EVP_sha256(), &e), ERR_KEY);
	assert_non_null(strstr(e.text, "a digest that is weaker than SHA-256"));
	X509_free(clock);
	EVP_PKEY_free(key);
}

static void refuses_a_certificate_that_is_named_weakly(void **s)
{
	struct err e;
	(void)s;
	const EVP_MD *const digests[] = { EVP_sha1(), EVP_sha224(), EVP_md5() };
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		assert_int_equal(check_made(clock_plain, clock_key, EVP_sha256(), digests[i], &e), ERR_KEY);
		assert_non_null(strstr(e.text, "ESSCertIDv2"));
	}
}

static void refuses_a_chain_with_a_weak_signature_or_key(void **s)
{
	EVP_PKEY *small = EVP_RSA_gen(1024);
	X509 *clock = make_certificate("clock", small, root, root_key, EVP_sha256());
	struct err e;
	(void)s;
	assert_int_equal(check_made(clock, small, EVP_sha256(), EVP_sha256(), &e), ERR_KEY);
	assert_non_null(strstr(e.text, "less than 112 bits"));
	X509_free(clock);
	clock = make_certificate("clock", clock_key, root, root_key, EVP_sha1());
	assert_int_equal(check_made(clock, clock_key, EVP_sha256(), EVP_sha256(), &e), ERR_KEY);
	assert_non_null(strstr(e.text, "less than 112 bits"));
	X509_free(clock);
	EVP_PKEY_free(small);
}

/* Revocation. */

#define NOT_LISTED (-2)
#define NO_REASON (-1)

/* Days from the stamp. */
struct list {
	int made, reason, since;
	const EVP_MD *digest;                /* NULL: SHA-256 */
	bool is_partial;                     /* of some reasons alone */
};

static void revoke(X509_CRL *list, const struct list *l)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)(STAMPED + l->since * DAY_S));
	ASN1_INTEGER_set(serial, SERIAL);
	ASN1_ENUMERATED_set(reason, l->reason);
	X509_REVOKED_set_serialNumber(entry, serial);
	X509_REVOKED_set_revocationDate(entry, since);
	if (l->reason != NO_REASON)
		assert_int_equal(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0), 1);
	assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
	ASN1_ENUMERATED_free(reason);
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(since);
}

static void limit_to_reasons(X509_CRL *list)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point,
	                                        "critical,onlysomereasons:keyCompromise");
	assert_non_null(x);
	assert_int_equal(X509_CRL_add_ext(list, x, -1), 1);
	X509_EXTENSION_free(x);
}

static void add_list(const struct list *l, struct buf *out)
{
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *made = ASN1_TIME_set(NULL, (time_t)(STAMPED + l->made * DAY_S));
	ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(STAMPED + (l->made + 90) * DAY_S));
	BIO *bio = BIO_new(BIO_s_mem());
	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(root));
	X509_CRL_set1_lastUpdate(list, made);
	X509_CRL_set1_nextUpdate(list, until);
	if (l->reason != NOT_LISTED)
		revoke(list, l);
	if (l->is_partial)
		limit_to_reasons(list);
	assert_true(X509_CRL_sign(list, root_key, l->digest ? l->digest : EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_CRL(bio, list), 1);
	take_pem(bio, out);
	ASN1_TIME_free(made);
	ASN1_TIME_free(until);
	X509_CRL_free(list);
}

static int judge(const struct list *lists, size_t count, struct err *e)
{
	BUF_CLEANUP struct buf reply = BUF_INIT, pem = BUF_INIT;
	stamp(clock_plain, clock_key, EVP_sha256(), EVP_sha256(), &reply);
	for (size_t i = 0; i < count; i++)
		add_list(&lists[i], &pem);
	return check(&reply, &pem, e);
}

static void refuses_a_list_of_a_time_to_come(void **s)
{
	struct err e;
	(void)s;
	const struct list today = { .made = 20, .reason = NOT_LISTED };
	const struct list lists[] = { { .made = -1, .reason = NOT_LISTED }, { .made = 21, .reason = NOT_LISTED } };
	assert_int_equal(judge(&today, 1, &e), ERR_OK);
	assert_int_equal(judge(lists, 2, &e), ERR_KEY);
	assert_non_null(strstr(e.text, "of a time to come"));
}

#define HOLD CRL_REASON_CERTIFICATE_HOLD

/* The certificate expires on the tenth day. */
static void a_hold_lasts_until_the_first_newer_list_without_it(void **s)
{
	static const struct {
		struct list lists[3]; size_t count;
		int wanted;
	} cases[] = {
		{ { { .made = 1, .reason = HOLD, .since = -3 } }, 1, ERR_KEY },
		/* released before the stamp, after it, never before it expired */
		{ { { .made = -2, .reason = HOLD, .since = -3 }, { .made = -1, .reason = NOT_LISTED } }, 2, ERR_OK },
		{ { { .made = -1, .reason = NOT_LISTED }, { .made = -2, .reason = HOLD, .since = -3 } }, 2, ERR_OK },
		{ { { .made = -2, .reason = HOLD, .since = -3 }, { .made = 1, .reason = NOT_LISTED } }, 2, ERR_KEY },
		{ { { .made = 4, .reason = HOLD, .since = 3 }, { .made = 6, .reason = NOT_LISTED } }, 2, ERR_OK },
		{ { { .made = 4, .reason = HOLD, .since = 3 }, { .made = 11, .reason = NOT_LISTED } }, 2, ERR_KEY },
		{ { { .made = 4, .reason = HOLD, .since = 3 },
		    { .made = 6, .reason = CRL_REASON_REMOVE_FROM_CRL, .since = 3 } }, 2, ERR_OK },
		/* held again, and at last revoked */
		{ { { .made = -3, .reason = HOLD, .since = -4 }, { .made = -2, .reason = NOT_LISTED },
		    { .made = 2, .reason = HOLD, .since = 1 } }, 3, ERR_KEY },
		{ { { .made = -3, .reason = HOLD, .since = -4 }, { .made = -2, .reason = NOT_LISTED },
		    { .made = 2, .reason = CRL_REASON_KEY_COMPROMISE, .since = 1 } }, 3, ERR_KEY },
		/* what is absent from a list of some reasons is not released by it */
		{ { { .made = -2, .reason = HOLD, .since = -3 }, { .made = -1, .reason = NOT_LISTED, .is_partial = true } },
		  2, ERR_KEY },
		/* nothing else is taken back */
		{ { { .made = -2, .reason = CRL_REASON_SUPERSEDED, .since = -3 }, { .made = -1, .reason = NOT_LISTED } },
		  2, ERR_KEY },
		{ { { .made = -2, .reason = NO_REASON, .since = -3 }, { .made = -1, .reason = NOT_LISTED } }, 2, ERR_KEY },
	};
	struct err e;
	(void)s;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (judge(cases[i].lists, cases[i].count, &e) != cases[i].wanted)
			fail_msg("case %zu: %s", i, e.text);
}

static void knows_files_that_hold_nothing_to_be_asked(void **s)
{
	BUF_CLEANUP struct buf nothing = BUF_INIT, cut = BUF_INIT, list = BUF_INIT, weak = BUF_INIT;
	const struct list plain = { .made = 1, .reason = NOT_LISTED };
	const struct list by_sha1 = { .made = 1, .reason = NOT_LISTED, .digest = EVP_sha1() };
	struct err e = ERR_INIT;
	(void)s;
	buf_puts(&nothing, "nothing\n");
	buf_add(&cut, root_pem.ptr, root_pem.len);
	buf_add(&cut, root_pem.ptr, root_pem.len / 2);
	add_list(&plain, &list);
	add_list(&plain, &weak);
	add_list(&by_sha1, &weak);
	assert_int_equal(tsa_check_ca(&root_pem, &e), ERR_OK);
	assert_int_equal(tsa_check_crl(&list, &e), ERR_OK);
	assert_int_equal(tsa_check_ca(&nothing, &e), ERR_CONFIG);
	assert_int_equal(tsa_check_ca(&cut, &e), ERR_CONFIG);
	assert_int_equal(tsa_check_ca(&list, &e), ERR_CONFIG);
	assert_int_equal(tsa_check_crl(&nothing, &e), ERR_CONFIG);
	assert_int_equal(tsa_check_crl(&root_pem, &e), ERR_CONFIG);
	assert_int_equal(tsa_check_crl(&weak, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "less than SHA-256"));
	buf_clear(&cut);
	buf_add(&cut, list.ptr, list.len - 20);
	assert_int_equal(tsa_check_crl(&cut, &e), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_sha256_and_stronger),
		cmocka_unit_test(refuses_a_signer_of_a_weak_digest),
		cmocka_unit_test(refuses_md5_of_an_rsa_signer),
		cmocka_unit_test(refuses_a_certificate_that_is_named_weakly),
		cmocka_unit_test(refuses_a_chain_with_a_weak_signature_or_key),
		cmocka_unit_test(refuses_a_list_of_a_time_to_come),
		cmocka_unit_test(a_hold_lasts_until_the_first_newer_list_without_it),
		cmocka_unit_test(knows_files_that_hold_nothing_to_be_asked),
	};
	return cmocka_run_group_tests_name("foreign/tsa", tests, make_authority, drop_authority);
}
