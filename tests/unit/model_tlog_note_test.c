#include "model_vectors.h"

#include "foreign/ed25519.h"
#include "model/tlog_checkpoint.h"
#include "model/tlog_note.h"

/* Of golang.org/x/mod/sumdb/note. */
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
#define PETER_BASE64 \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
#define PETER_SIG "— PeterNeumann " PETER_BASE64 "\n"

/* Of C2SP signed-note, tlog-checkpoint and tlog-cosignature; their keys are not published. */
#define QUASIMODO "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n" \
	"— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaq" \
	"P3ZekRwNtIc=\n"
#define SOFA "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define SOFA_SIG \
	"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9" \
	"nTo+zyWE+xeMcTOAYQ8=\n"
#define SOFA_COSIG \
	"— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqh" \
	"f5nNo0xUe+mbIUBkBIfZ+qnA==\n"

static int parse(const char *s, struct tlog_note *out)
{
	struct err e = ERR_INIT;
	int rc = tlog_note_parse(s, strlen(s), out, &e);
	assert_int_equal(rc, e.code);
	return rc;
}

static struct tlog_note_key key_of(const char *vkey)
{
	struct tlog_note_key k;
	struct err e = ERR_INIT;
	assert_int_equal(tlog_note_key_parse(vkey, strlen(vkey), &k, &e), ERR_OK);
	return k;
}

static void opens_the_note_of_go(void **state)
{
	struct tlog_note n;
	struct tlog_note_key k = key_of(PETER);
	int64_t time = -1;
	(void)state;
	assert_int_equal(parse(PETER_TEXT "\n" PETER_SIG, &n), ERR_OK);
	assert_int_equal(n.text_len, strlen(PETER_TEXT));
	assert_int_equal(n.sigs_count, 1);
	assert_int_equal(n.sigs[0].id, 0xc74f20a3);
	assert_int_equal(tlog_note_find(&n, &k, ed25519_is_valid, &time), TLOG_NOTE_GOOD);
	assert_int_equal(time, 0);
}

static void refuses_the_note_of_go_with_another_text_or_signature(void **state)
{
	struct tlog_note n;
	struct tlog_note_key k = key_of(PETER);
	(void)state;
	assert_int_equal(parse("Not " PETER_TEXT "\n" PETER_SIG, &n), ERR_OK);
	assert_int_equal(tlog_note_find(&n, &k, ed25519_is_valid, NULL), TLOG_NOTE_BAD);
	assert_int_equal(parse(PETER_TEXT "\n" PETER_SIG "— PeterNeumann x08go/aa\n", &n), ERR_OK);
	assert_int_equal(tlog_note_find(&n, &k, ed25519_is_valid, NULL), TLOG_NOTE_BAD);
	assert_int_equal(parse(PETER_TEXT "\n— PeterNeuman " PETER_BASE64 "\n", &n), ERR_OK);
	assert_int_equal(tlog_note_find(&n, &k, ed25519_is_valid, NULL), TLOG_NOTE_ABSENT);
	assert_int_equal(parse(PETER_TEXT "\n— PeterNeumann y08go" "/ZJkuBS9UG/\n", &n), ERR_OK);
	assert_int_equal(tlog_note_find(&n, &k, ed25519_is_valid, NULL), TLOG_NOTE_ABSENT);
}

static void reads_and_prints_published_keys(void **state)
{
	static const struct {
		const char *vkey;
		enum tlog_note_type type;
	} keys[] = {
		{ PETER, TLOG_NOTE_ED25519 },
		{ "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", TLOG_NOTE_ED25519 },
		{ "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2", TLOG_NOTE_COSIGNATURE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		struct tlog_note_key k = key_of(keys[i].vkey), made;
		struct err e = ERR_INIT;
		assert_int_equal(k.type, keys[i].type);
		tlog_note_key_print(&k, &text);
		assert_string_equal(buf_str(&text), keys[i].vkey);
		assert_int_equal(tlog_note_key_make(k.name, k.type, k.public_key, &made, &e), ERR_OK);
		assert_int_equal(made.id, k.id);
	}
}

static void refuses_keys_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
		"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		PETER "\n",
		PETER " ",
	};
	struct tlog_note_key k;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = ERR_INIT;
		assert_int_equal(tlog_note_key_parse(bad[i], strlen(bad[i]), &k, &e), ERR_SYNTAX);
	}
}

static void takes_the_names_that_c2sp_takes(void **state)
{
	static const char *const good[] = { "a", "example.com/log42", "台帳", "a=b" };
	static const char *const bad[] = {
		"", "a b", "a+b", "a\tb", "a\n", ("a\xc2\xa0" "b"), "a\xe3\x80\x80", "\xe2\x80\xa8", "\xff", "a\x01",
		"\xe1\x9a\x80",
	};
	char longest[TLOG_NOTE_NAME_MAX + 1];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(tlog_note_is_name(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(tlog_note_is_name(bad[i], strlen(bad[i])));
	memset(longest, 'a', sizeof longest);
	assert_true(tlog_note_is_name(longest, TLOG_NOTE_NAME_MAX));
	assert_false(tlog_note_is_name(longest, sizeof longest));
}

static void reads_the_examples_of_the_specifications(void **state)
{
	struct tlog_note n;
	struct tlog_checkpoint c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)state;
	assert_int_equal(parse(QUASIMODO, &n), ERR_OK);
	assert_memory_equal(n.text + n.text_len - 8, "o sera.\n", 8);
	assert_int_equal(n.sigs[0].id, 0x367ba04b);
	assert_int_equal(tlog_checkpoint_read(SOFA "\n" SOFA_SIG SOFA_COSIG, strlen(SOFA "\n" SOFA_SIG SOFA_COSIG), &n, &c,
	                                      &e), ERR_OK);
	assert_int_equal(n.sigs_count, 2);
	assert_int_equal(n.sigs[1].id, 0x8d66cf3f);
	assert_string_equal(c.origin, "example.com/behind-the-sofa");
	assert_int_equal(c.size, 20852163);
	assert_false(c.is_extended);
	tlog_checkpoint_print(&c, &text);
	assert_string_equal(buf_str(&text), SOFA);
}

static void refuses_notes_that_are_none(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} bad[] = {
		{ "", ERR_SYNTAX },
		{ "text\n", ERR_SYNTAX },
		{ "text\n\n", ERR_SYNTAX },
		{ "text\n" PETER_SIG, ERR_SYNTAX },
		{ "text\n\n\n", ERR_SYNTAX },
		{ "text\n\n" PETER_SIG "\n", ERR_SYNTAX },
		{ "text\n\n" PETER_SIG "more\n", ERR_SYNTAX },
		{ "text\n\n— PeterNeumann x08go/ZJ", ERR_SYNTAX },
		{ "text\n\n— PeterNeumann x08goz==\n", ERR_SYNTAX },
		{ "text\n\n— PeterNeumann x08gow==\n", ERR_SYNTAX },
		{ "text\n\n— PeterNeumann  x08go/ZJ\n", ERR_SYNTAX },
		{ "text\n\n—  x08go/ZJ\n", ERR_SYNTAX },
		{ "text\n\n- PeterNeumann x08go/ZJ\n", ERR_SYNTAX },
		{ "text\n\n— Peter+ x08go/ZJ\n", ERR_SYNTAX },
		{ "text\r\n\n— PeterNeumann x08go/ZJ\n", ERR_UTF8 },
		{ "te\txt\n\n— PeterNeumann x08go/ZJ\n", ERR_UTF8 },
		{ "te\xffxt\n\n— PeterNeumann x08go/ZJ\n", ERR_UTF8 },
	};
	struct tlog_note n;
	(void)state;
	assert_int_equal(parse("text\n\n— PeterNeumann x08go/ZJ\n", &n), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i].text, &n) != bad[i].rc)
			fail_msg("note %zu", i);
}

static void takes_many_signatures_and_refuses_too_many(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tlog_note n;
	struct err e = ERR_INIT;
	(void)state;
	buf_puts(&b, "text\n\n");
	for (size_t i = 0; i < TLOG_NOTE_SIGS_MAX; i++)
		buf_puts(&b, PETER_SIG);
	assert_int_equal(tlog_note_parse(b.ptr, b.len, &n, &e), ERR_OK);
	assert_int_equal(n.sigs_count, TLOG_NOTE_SIGS_MAX);
	buf_puts(&b, PETER_SIG);
	assert_int_equal(tlog_note_parse(b.ptr, b.len, &n, &e), ERR_TOOBIG);
	while (b.len <= TLOG_NOTE_MAX)
		buf_puts(&b, PETER_SIG);
	assert_int_equal(tlog_note_parse(b.ptr, b.len, &n, &e), ERR_TOOBIG);
}

static bool accept(const uint8_t *public_key, const void *message, size_t len, const uint8_t *sig)
{
	static const char expected[] = "cosignature/v1\ntime 1679315147\n" SOFA;
	(void)public_key;
	(void)sig;
	return len == sizeof expected - 1 && memcmp(message, expected, len) == 0;
}

/* The published cosignature is over the published message; its key is not known. */
static void builds_the_message_of_a_cosignature_as_published(void **state)
{
	struct tlog_note n;
	struct tlog_note_key k = { .name = "witness.example.com/w1", .id = 0x8d66cf3f, .type = TLOG_NOTE_COSIGNATURE };
	int64_t time = 0;
	(void)state;
	assert_int_equal(parse(SOFA "\n" SOFA_SIG SOFA_COSIG, &n), ERR_OK);
	assert_int_equal(tlog_note_find(&n, &k, accept, &time), TLOG_NOTE_GOOD);
	assert_int_equal(time, 1679315147);
	k.type = TLOG_NOTE_ED25519;
	assert_int_equal(tlog_note_find(&n, &k, accept, &time), TLOG_NOTE_BAD);
}

static void adds_what_a_witness_answers(void **state)
{
	struct tlog_note n;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse(SOFA "\n" SOFA_SIG, &n), ERR_OK);
	assert_int_equal(tlog_note_parse_sigs(SOFA_COSIG, strlen(SOFA_COSIG), &n, &e), ERR_OK);
	assert_int_equal(n.text_len, strlen(SOFA));
	assert_int_equal(n.sigs[0].id, 0x8d66cf3f);
	assert_int_equal(tlog_note_parse_sigs("", 0, &n, &e), ERR_SYNTAX);
	assert_int_equal(tlog_note_parse_sigs("text\n\n" SOFA_COSIG, strlen(SOFA_COSIG) + 6, &n, &e), ERR_SYNTAX);
}

static void refuses_checkpoints_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"a\n",
		"a\n1\n",
		"\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore",
		"\xff\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
	};
	struct tlog_checkpoint c;
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (tlog_checkpoint_parse(bad[i], strlen(bad[i]), &c, &e) != ERR_SYNTAX)
			fail_msg("checkpoint %zu", i);
	assert_int_equal(tlog_checkpoint_parse(SOFA "more\n", strlen(SOFA) + 5, &c, &e), ERR_OK);
	assert_true(c.is_extended);
}

/* The request of C2SP tlog-witness. */
#define REQUEST "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" \
	"jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n" \
	"5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n" SOFA "\n" SOFA_SIG

static void reads_and_prints_the_request_of_a_witness(void **state)
{
	struct tlog_checkpoint_request q;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)state;
	assert_int_equal(tlog_checkpoint_request_parse(REQUEST, strlen(REQUEST), &q, &e), ERR_OK);
	assert_int_equal(q.old, 20852014);
	assert_int_equal(q.proof_count, 4);
	tlog_checkpoint_request_print(&q, &text);
	assert_string_equal(buf_str(&text), REQUEST);
	for (size_t len = 0; len < strlen("old 20852014\n") + 4 * 45 + 1; len++)
		assert_int_equal(tlog_checkpoint_request_parse(REQUEST, len, &q, &e), ERR_SYNTAX);
}

static void refuses_a_request_with_a_longer_proof_than_there_can_be(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tlog_checkpoint_request q;
	struct err e = ERR_INIT;
	(void)state;
	buf_puts(&b, "old 0\n");
	for (size_t i = 0; i <= TLOG_CHECKPOINT_PROOF_MAX; i++)
		buf_puts(&b, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
	buf_puts(&b, "\n" SOFA "\n" SOFA_SIG);
	assert_int_equal(tlog_checkpoint_request_parse(b.ptr, b.len, &q, &e), ERR_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_the_note_of_go),
		cmocka_unit_test(refuses_the_note_of_go_with_another_text_or_signature),
		cmocka_unit_test(reads_and_prints_published_keys),
		cmocka_unit_test(refuses_keys_that_are_none),
		cmocka_unit_test(takes_the_names_that_c2sp_takes),
		cmocka_unit_test(reads_the_examples_of_the_specifications),
		cmocka_unit_test(refuses_notes_that_are_none),
		cmocka_unit_test(takes_many_signatures_and_refuses_too_many),
		cmocka_unit_test(builds_the_message_of_a_cosignature_as_published),
		cmocka_unit_test(adds_what_a_witness_answers),
		cmocka_unit_test(refuses_checkpoints_that_are_none),
		cmocka_unit_test(reads_and_prints_the_request_of_a_witness),
		cmocka_unit_test(refuses_a_request_with_a_longer_proof_than_there_can_be),
	};
	return cmocka_run_group_tests_name("model/tlog_note", tests, NULL, NULL);
}
