#include <string.h>

#include "ledger/rules.h"
#include "model/pgpsig.h"

#define KEYS "keys/"

/* A file of keys/ has all subkeys that its key had when it was added. */
bool rules_vkey(const struct rules *r, const char *origin, const char *fpr, struct tlog_note_key *out)
{
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	for (size_t i = 0; i < r->count; i++) {
		const struct rules_file *file = &r->files[i];
		if (strncmp(file->path, KEYS, strlen(KEYS)) == 0 &&
		    pgpsig_find_key(file->bytes, file->len, fpr, public_key, NULL) == ERR_OK)
			return tlog_note_key_make(origin, TLOG_NOTE_ED25519, public_key, out, NULL) == ERR_OK;
	}
	return false;
}
