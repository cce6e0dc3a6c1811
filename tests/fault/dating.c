#include "dating.h"

#include "foreign/ed25519.h"
#include "ledger/dispose.h"
#include "ledger/receipt.h"
#include "model/merkle.h"

static struct ed25519_key *secret;
static struct tlog_note_key witness;
static struct buf cosigned;

void dating_name_witness(void)
{
	MEM_CLEANUP char *path = file_path(office->root, "witness.pem");
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	struct err e = ERR_INIT;
	office_must(ed25519_create(path, &secret, &e), &e);
	ed25519_public(secret, public_key);
	office_must(tlog_note_key_make("w.example", TLOG_NOTE_COSIGNATURE, public_key, &witness, &e), &e);
	tlog_note_key_print(&witness, &vkey);
	office_close(office);
	office_do("printf '\\n[witness w]\\nvkey = %%s\\ncommand = /bin/false\\n' '%s' >> %s/daicho.ini", buf_str(&vkey),
	          office->dir);
	office_open(office);
}

void dating_cosign(void)
{
	struct tlog_checkpoint c = { .size = office->ledger->chain.size,
		                     .root = merkle_root(&office->ledger->chain.frontier) };
	BUF_CLEANUP struct buf message = BUF_INIT;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	struct err e = ERR_INIT;
	strcpy(c.origin, office->store.origin);
	tlog_checkpoint_print(&c, &cosigned);
	tlog_note_message(TLOG_NOTE_COSIGNATURE, office->now, cosigned.ptr, cosigned.len, &message);
	office_must(ed25519_sign(secret, message.ptr, message.len, sig, &e), &e);
	buf_putc(&cosigned, '\n');
	tlog_note_print_sig(&witness, office->now, sig, &cosigned);
}

int dating_run(struct jdoc **out, struct err *e)
{
	static const uint8_t request[NOTE_REQUEST_LEN] = "the dated one";
	struct jdoc *body = receipt_body(&cosigned, NULL);
	struct note note;
	int rc = dispose_receipt_note(office->ledger, body, request, date_of_time(office->now), &note, e);
	jdoc_free(body);
	if (rc)
		return rc;
	memcpy(note.salt, "the salt of it", sizeof "the salt of it"); /* the same bytes are judged once */
	strcpy(note.login, "taro");
	rc = dispose_run(office->ledger, &note, office_tick(office), out, e);
	note_release(&note);
	return rc;
}

void dating_expect(void)
{
	struct hash digest = hash_of(cosigned.ptr, cosigned.len);
	char text[HASH_TEXT_LEN + 1];
	hash_print(&digest, text);
	MEM_CLEANUP char *named = office_sh("cd %s; git -C ledger.git log --format=%%B refs/heads/ledger |"
	                             " sed -n 's/^Witness: //p';"
	                             " for year in volumes/*.git; do git -C $year for-each-ref --format='%%(refname)' |"
	                             " sed -n 's|^refs/notes/volumes/[0-9]*/dispose/|its record is of |p'; done",
	                             office->dir);
	MEM_CLEANUP char *wanted = mem_printf("%s\nits record is of hq", text);
	if (strcmp(named, wanted) != 0)
		fail_msg("the certificate names %s, not %s", named, wanted);
}
