/*
 * Verbs between the roles (base/frame.h). Payloads are UTF-8 JSON objects unless said otherwise. Answers repeat the
 * verb and id; code 0 and the answer, or an error code and its text, behind which, after a NUL, may stand what to do.
 */
#ifndef MODEL_WIRE_H
#define MODEL_WIRE_H

enum wire_verb {
	/* front -> keeper */
	WIRE_SCHEMAS = 1,      /* empty -> {"schemas": {"<kind>": <schema>, ...}, "eras": as foreign/schema_dates.h
	                        * has them}; comes unasked, with id 0, when the rule book changes */
	WIRE_REQUEST = 2,      /* {"method","path","query":{..},"uid","body":<object or null>} -> the HTTP status as
	                        * three digits, then the body of the answer. The front has checked JSON and schema */
	/* keeper -> signer */
	WIRE_PRIME = 10,       /* payload: frontier text (merkle_print), NUL, raw commit of the head -> empty */
	WIRE_SIGN = 11,        /* payload: commit payload -> the armored signature, raw text */
	WIRE_SIGN_ARCHIVE = 12,/* payload: "<hex>  <name>.tar\n" -> the armored detached signature, raw text */
	WIRE_PING = 13,        /* empty -> empty, or "waits": somebody may have to type a passphrase or insert a card */
	WIRE_SIGN_CHECKPOINT = 14, /* payload: "<origin>\n<size>\n<base64 of the root>\n" -> the 64 bytes of an
	                        * Ed25519 signature over it. ERR_CONFLICT: not of the chain as the signer knows it;
	                        * ERR_NOTFOUND: there is no key for checkpoints */
	WIRE_MAKE_KEY = 15,    /* {"use","uid","known": fingerprints with commas} -> a fingerprint that is none of them, of
	                        * a signing key of the key home, made when there is none */
	WIRE_SHOW_KEY = 16,    /* {"use","fpr"} -> the armored public key with it, when the home has the secret one and the
	                        * use suits it; raw text */
	/* keeper -> verifier (a process for one question, then thrown away) */
	WIRE_CHECK_PERSON = 20,/* {"key": armored public key, "statement", "signature": base64} ->
	                        * {"primary","fpr","time"} or ERR_KEY */
	WIRE_READ_STAMP = 21,  /* {"reply": base64 of an RFC 3161 reply, "ca": base64 of certificates in PEM} ->
	                        * {"time","digest"}: signed by an authority of these, or ERR_KEY; without ca, by whomever */
	/* keeper -> hooks (a process for one day's news) */
	WIRE_TELL = 30         /* {"programs": [path, ...], "store": path, "news": text for their standard input} ->
	                        * empty when all of them ended with 0 */
};

#define WIRE_SIGNER_DEADLINE_MS 20000
#define WIRE_SIGNER_WAITS_MS 120000
#define WIRE_VERIFIER_DEADLINE_MS 30000
#define WIRE_FRONT_DEADLINE_MS 15000     /* a client's request from first byte to last */

#endif
