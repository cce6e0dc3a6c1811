/*
 * Revocation of what a time stamp rests on (RFC 5280, 5 and 6.3; RFC 3161, 4).
 *
 * libcrypto looks whether a list speaks of a certificate: of its issuer, in its scope, signed, with a nextUpdate that
 * is not before the stamp. A list that was made after the stamp knows more than one of its day, so those are taken
 * too. Whether a certificate is revoked is asked of every list that its issuer has signed: a newer one may have
 * dropped what has expired since. And a revocation does not undo every stamp: that is judged here.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/date.h"
#include "foreign/tsa_impl.h"

#define NO_REASON (-1)

static struct tsa_revocation *revocation_of(X509_STORE_CTX *c)
{
	return X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(c), 0);
}

/* Who is trusted needs nobody's list: no certificate above it says that it may be. */
static bool is_of_anchor(X509_STORE_CTX *c)
{
	return X509_STORE_CTX_get_error_depth(c) == sk_X509_num(X509_STORE_CTX_get0_chain(c)) - 1;
}

static int on_step(int ok, X509_STORE_CTX *c)
{
	struct tsa_revocation *r = revocation_of(c);
	int why = X509_STORE_CTX_get_error(c);
	if (ok && X509_STORE_CTX_get_error_depth(c) == 0) {
		sk_X509_pop_free(r->chain, X509_free);
		r->chain = X509_STORE_CTX_get1_chain(c);
	}
	if (ok)
		return 1;
	if (why == X509_V_ERR_CERT_REVOKED || why == X509_V_ERR_CRL_NOT_YET_VALID ||
	    (why == X509_V_ERR_UNABLE_TO_GET_CRL && is_of_anchor(c))) {
		X509_STORE_CTX_set_error(c, X509_V_OK);
		return 1;
	}
	if (X509_STORE_CTX_get0_current_crl(c) || why == X509_V_ERR_UNABLE_TO_GET_CRL)
		r->is_silent = true;
	return 0;
}

static bool is_end_of_pem(void)
{
	unsigned long last = ERR_peek_last_error();
	return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

static int read_lists(const struct buf *pem, X509_STORE *store, STACK_OF(X509_CRL) *out)
{
	BIO *bio = BIO_new_mem_buf(pem->ptr, (int)pem->len);
	X509_CRL *list;
	bool done = true;
	while (bio && done && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
		done = X509_STORE_add_crl(store, list) == 1 && sk_X509_CRL_push(out, list) > 0;
		if (!done)
			X509_CRL_free(list);
	}
	done = bio && done && is_end_of_pem() && sk_X509_CRL_num(out) > 0;
	BIO_free(bio);
	return done;
}

int tsa_revocation_ask(X509_STORE *store, const struct buf *pem, struct tsa_revocation *r, struct err *e)
{
	*r = (struct tsa_revocation){ .lists = sk_X509_CRL_new_null() };
	if (!r->lists || !read_lists(pem, store, r->lists))
		return err_set(e, ERR_KEY, "time stamp: the file of revocation lists holds none in PEM, or a damaged one");
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	X509_STORE_set_verify_cb(store, on_step);
	return X509_STORE_set_ex_data(store, 0, r) == 1 ? ERR_OK
	                                                 : err_set(e, ERR_BUG, "time stamp: libcrypto takes no data");
}

static int read_reason(X509_REVOKED *entry)
{
	int found = -1;
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &found, NULL);
	long number = reason ? ASN1_ENUMERATED_get(reason) : NO_REASON;
	ASN1_ENUMERATED_free(reason);
	return number >= 0 && number <= CRL_REASON_AA_COMPROMISE ? (int)number : NO_REASON;
}

/* RFC 3161, 4.1: a reason that is written and is none of the key's leaves what was stamped before. */
static bool spares_earlier(int reason)
{
	return reason == CRL_REASON_UNSPECIFIED || reason == CRL_REASON_AFFILIATION_CHANGED ||
	       reason == CRL_REASON_SUPERSEDED || reason == CRL_REASON_CESSATION_OF_OPERATION;
}

static int judge_entry(X509_REVOKED *entry, int64_t stamped, struct err *e)
{
	char text[DATE_TIME_LEN + 1] = "-";
	int64_t since = 0;
	bool is_known = tsa_read_time(X509_REVOKED_get0_revocationDate(entry), &since);
	if (is_known && stamped < since && spares_earlier(read_reason(entry)))
		return ERR_OK;
	if (is_known)
		date_time_print(since, text);
	err_set(e, ERR_KEY, "time stamp: a certificate that it rests on was revoked at %s", text);
	return err_next(e, "what was stamped before a revocation stays only where its reason is written and is none of the "
	                   "key's: rest on another time stamp");
}

static bool is_list_of(X509_CRL *list, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	return X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 && key &&
	       X509_CRL_verify(list, key) == 1;
}

int tsa_revocation_judge(const struct tsa_revocation *r, int64_t stamped, int64_t *out_time, struct err *e)
{
	int rc = r->chain ? ERR_OK : err_set(e, ERR_BUG, "time stamp: libcrypto shows no chain");
	int count = rc ? 0 : sk_X509_num(r->chain);
	int64_t newest = 0;
	for (int i = 0; !rc && i < count; i++) {
		X509 *issuer = sk_X509_value(r->chain, i + 1 < count ? i + 1 : i);
		for (int k = 0; !rc && k < sk_X509_CRL_num(r->lists); k++) {
			X509_CRL *list = sk_X509_CRL_value(r->lists, k);
			X509_REVOKED *entry = NULL;
			int64_t time = 0;
			if (!is_list_of(list, issuer))
				continue;
			if (i == 0 && tsa_read_time(X509_CRL_get0_lastUpdate(list), &time) && time > newest)
				newest = time;
			if (X509_CRL_get0_by_cert(list, &entry, sk_X509_value(r->chain, i)) == 1)
				rc = judge_entry(entry, stamped, e);
		}
	}
	if (!rc)
		*out_time = newest;
	return rc;
}

void tsa_revocation_release(struct tsa_revocation *r)
{
	sk_X509_CRL_pop_free(r->lists, X509_CRL_free);
	sk_X509_pop_free(r->chain, X509_free);
	*r = (struct tsa_revocation){ .lists = NULL };
}
