/*
 * Verbs between the roles (base/frame.h). Payloads are UTF-8 JSON objects unless said otherwise. Answers repeat the
 * verb; code 0 and the JSON answer, or the error code and {"text","next","faults"}.
 */
#ifndef MODEL_WIRE_H
#define MODEL_WIRE_H

enum wire_verb {
	/* front -> keeper */
	WIRE_RULEBOOK = 1,     /* {} -> {"origin","genesis","rules","directive":"<ini text>","schemas":{"<kind>":"<text>"}} */
	WIRE_REQUEST = 2,      /* {"method","path","query":{..},"uid","gid","login","body":<object or null>} -> API answer
	                        * {"status":<HTTP>,"body":<object>}; the front has checked JSON and schema */
	/* keeper -> signer */
	WIRE_PRIME = 10,       /* payload: frontier text (merkle_print), NUL, raw commit of the head; empty payload = entry 0
	                        * is next -> {} */
	WIRE_SIGN = 11,        /* payload: commit payload -> the armored signature, raw text */
	WIRE_SIGN_ARCHIVE = 12,/* payload: "<hex>  <name>.tar\n" -> the armored detached signature, raw text */
	WIRE_PING = 13,        /* {} -> {} */
	/* keeper -> verifier (a process for one question, then thrown away) */
	WIRE_CHECK_PERSON = 20,/* payload: {"key": armored, "fpr", "statement", "signature": base64} -> {"time"} or ERR_KEY */
	WIRE_CHECK_ARCHIVE = 21 /* {"archive": path, "digest": "sha256:.."} -> {"members"} or ERR_LEDGER */
};

#define WIRE_SIGNER_DEADLINE_MS 20000
#define WIRE_VERIFIER_DEADLINE_MS 120000
#define WIRE_FRONT_DEADLINE_MS 15000     /* a client's request from first byte to last */

#endif
