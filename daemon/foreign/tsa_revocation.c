/*
 * Revocation of what a time stamp rests on (RFC 5280, 5 and 6.3; RFC 3161, 4).
 *
 * libcrypto looks whether a list speaks of a certificate: of its issuer, in its scope, signed, with a nextUpdate that
 * is not before the stamp. A list that was made after the stamp knows more than one of its day, so those are taken
 * too. Whether a certificate is revoked is asked of every list that its issuer has signed: a newer one may have
 * dropped what has expired since. A hold alone can end: it does where a newer list, made while the certificate was
 * valid, no longer has it. And a revocation does not undo every stamp: that is judged here.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/date.h"
#include "base/lang.h"
#include "foreign/tsa_impl.h"

#define NO_REASON (-1)
#define FOUND_REVOKED 1                    /* of X509_CRL_get0_by_cert */
#define FOUND_RELEASED 2                   /* its entry is removeFromCRL */

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
	r->is_weak = r->is_weak || why == X509_V_ERR_EE_KEY_TOO_SMALL || why == X509_V_ERR_CA_KEY_TOO_SMALL ||
	             why == X509_V_ERR_CA_MD_TOO_WEAK;
	if (X509_STORE_CTX_get0_current_crl(c) || why == X509_V_ERR_UNABLE_TO_GET_CRL)
		r->is_silent = true;
	return 0;
}

int tsa_revocation_follow(X509_STORE *store, struct tsa_revocation *r, struct err *e)
{
	X509_STORE_set_verify_cb(store, on_step);
	return X509_STORE_set_ex_data(store, 0, r) == 1 ? ERR_OK
	                                                 : err_set(e, ERR_BUG, "time stamp: libcrypto takes no data");
}

/* What is wrong, a constant; or NULL. */
static const char *find_fault(const struct buf *pem, STACK_OF(X509_CRL) *out)
{
	BIO *bio = BIO_new_mem_buf(pem->ptr, (int)pem->len);
	X509_CRL *list;
	bool done = true;
	bool strong = true;
	while (bio && done && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
		strong = strong && tsa_strength_of_list(list);
		done = sk_X509_CRL_push(out, list) > 0;
		if (!done)
			X509_CRL_free(list);
	}
	done = bio && done && tsa_is_end_of_pem() && sk_X509_CRL_num(out) > 0;
	BIO_free(bio);
	return !done ? _("holds no revocation list in PEM, or a damaged one")
	             : strong ? NULL : _("holds a revocation list that is signed over less than SHA-256");
}

int tsa_check_crl(const struct buf *pem, struct err *e)
{
	STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
	const char *fault = find_fault(pem, lists);
	sk_X509_CRL_pop_free(lists, X509_CRL_free);
	ERR_clear_error();
	return fault ? err_set(e, ERR_CONFIG, "%s", fault) : ERR_OK;
}

static int64_t time_of(const X509_CRL *list)
{
	int64_t time = 0;
	return tsa_read_time(X509_CRL_get0_lastUpdate(list), &time) ? time : INT64_MAX;
}

static int add_list(X509_STORE *store, X509_CRL *list, int64_t now, struct err *e)
{
	char text[DATE_TIME_LEN + 1] = "-";
	int64_t made = time_of(list);
	if (made <= now)
		return X509_STORE_add_crl(store, list) == 1 ? ERR_OK
		                                            : err_set(e, ERR_BUG, "time stamp: libcrypto takes no list");
	if (made != INT64_MAX)
		date_time_print(made, text);
	err_set(e, ERR_KEY, "time stamp: a revocation list of a time to come was given: %s", text);
	return err_next(e, "look at the clock of this machine, or leave that list out");
}

int tsa_revocation_ask(X509_STORE *store, const struct buf *pem, int64_t now, struct tsa_revocation *r, struct err *e)
{
	r->lists = sk_X509_CRL_new_null();
	const char *fault = find_fault(pem, r->lists);
	int rc = fault ? err_set(e, ERR_KEY, "time stamp: the file of revocation lists %s", fault) : ERR_OK;
	for (int i = 0; !rc && i < sk_X509_CRL_num(r->lists); i++)
		rc = add_list(store, sk_X509_CRL_value(r->lists, i), now, e);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return rc;
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

/* A certificate whose revocation is judged, and who issued it. */
struct asked {
	STACK_OF(X509_CRL) *lists;
	X509 *certificate, *issuer;
	int64_t stamped;
};

static bool is_list_of(X509_CRL *list, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	return X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 && key &&
	       X509_CRL_verify(list, key) == 1;
}

/* What is absent says something in a list of all that the issuer has revoked, and as long as what is listed may not
 * be dropped: until the certificate has expired (RFC 5280, 3.3). */
static bool is_released_by(X509_CRL *list, const struct asked *a)
{
	X509_REVOKED *entry = NULL;
	int64_t until = 0;
	int found = X509_CRL_get0_by_cert(list, &entry, a->certificate);
	if (found == FOUND_RELEASED)
		return true;
	return found == 0 && X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) < 0 &&
	       X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) < 0 &&
	       tsa_read_time(X509_get0_notAfter(a->certificate), &until) && time_of(list) <= until;
}

/* On hold was who was held by that list, until the first newer one that releases him. */
static bool was_on_hold(const struct asked *a, int64_t held_at, int64_t since)
{
	int64_t released = INT64_MAX;
	for (int i = 0; i < sk_X509_CRL_num(a->lists); i++) {
		X509_CRL *list = sk_X509_CRL_value(a->lists, i);
		int64_t made = time_of(list);
		if (made > held_at && made < released && is_list_of(list, a->issuer) && is_released_by(list, a))
			released = made;
	}
	return released == INT64_MAX || (a->stamped >= since && a->stamped < released);
}

static int judge_entry(const struct asked *a, X509_REVOKED *entry, int64_t listed, struct err *e)
{
	char text[DATE_TIME_LEN + 1] = "-";
	int64_t since = 0;
	bool is_known = tsa_read_time(X509_REVOKED_get0_revocationDate(entry), &since);
	int reason = read_reason(entry);
	if (is_known && a->stamped < since && spares_earlier(reason))
		return ERR_OK;
	if (is_known && reason == CRL_REASON_CERTIFICATE_HOLD && !was_on_hold(a, listed, since))
		return ERR_OK;
	if (is_known)
		date_time_print(since, text);
	err_set(e, ERR_KEY, "time stamp: a certificate that it rests on was revoked at %s", text);
	return err_next(e, "what was stamped before a revocation stays only where its reason is written and is none of the "
	                   "key's: rest on another time stamp");
}

int tsa_revocation_judge(const struct tsa_revocation *r, int64_t stamped, int64_t *out_time, struct err *e)
{
	int rc = r->chain ? ERR_OK : err_set(e, ERR_BUG, "time stamp: libcrypto shows no chain");
	int count = rc ? 0 : sk_X509_num(r->chain);
	int64_t newest = 0;
	for (int i = 0; !rc && i < count; i++) {
		const struct asked a = { r->lists, sk_X509_value(r->chain, i),
			                 sk_X509_value(r->chain, i + 1 < count ? i + 1 : i), stamped };
		for (int k = 0; !rc && k < sk_X509_CRL_num(r->lists); k++) {
			X509_CRL *list = sk_X509_CRL_value(r->lists, k);
			X509_REVOKED *entry = NULL;
			if (!is_list_of(list, a.issuer))
				continue;
			if (i == 0 && time_of(list) > newest)
				newest = time_of(list);
			if (X509_CRL_get0_by_cert(list, &entry, a.certificate) == FOUND_REVOKED)
				rc = judge_entry(&a, entry, time_of(list), e);
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
