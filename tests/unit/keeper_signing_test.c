/* The signer role as the keeper starts it: this program is both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keeper/signing.h"
#include "ledger_office.h"
#include "signer/signer.h"

struct room {
	struct office *office;
	struct signing signing;
	struct ledger_signer port;
};

static struct room *open_room(void)
{
	struct err e = ERR_INIT;
	struct room *r = mem_alloc(sizeof *r);
	r->office = office_new();
	r->port = signing_port(&r->signing);
	office_must(signing_start(&r->signing, &r->office->store, r->office->ledger, &e), &e);
	return r;
}

static void close_room(struct room *r)
{
	signing_stop(&r->signing);
	office_free(r->office);
	free(r);
}

static void show_head(struct room *r)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct ledger *l = r->office->ledger;
	struct err e = ERR_INIT;
	office_must(repo_read(l->repo, &l->chain.head, OID_COMMIT, COMMIT_MAX, &raw, &e), &e);
	office_must(r->port.prime(r->port.ctx, &l->before, buf_str(&raw), raw.len, &e), &e);
}

static char *make_text(const struct chain *c, uint64_t size)
{
	struct hash root = merkle_root(&c->frontier);
	char text[64];
	hash_base64_encode(root.b, sizeof root.b, text);
	return mem_printf("%s\n%llu\n%s\n", c->origin, (unsigned long long)size, text);
}

static void find_public(const struct office *o, uint8_t out[32])
{
	const struct keyring_key *k = keyring_newest(&o->ledger->keys, LEAF_USE_CHECKPOINT, 1, NULL);
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", o->pins.fpr);
	const struct rules_file *file = rules_file(o->ledger->rules, path);
	struct err e = ERR_INIT;
	assert_non_null(k);
	office_must(pgpsig_find_key(file->bytes, file->len, k->fpr, out, &e), &e);
}

static void signs_the_checkpoint_of_the_ledger_as_it_stands(void **state)
{
	(void)state;
	struct room *r = open_room();
	const struct chain *c = &r->office->ledger->chain;
	MEM_CLEANUP char *text = make_text(c, c->size);
	uint8_t sig[64], public_key[32];
	struct err e = ERR_INIT;
	show_head(r);
	office_must(r->port.sign_checkpoint(r->port.ctx, text, strlen(text), sig, &e), &e);
	find_public(r->office, public_key);
	assert_true(pgp_ed25519_is_valid(public_key, (uint8_t *)text, strlen(text), sig, sig + 32));
	close_room(r);
}

static void signs_no_other_text_as_a_checkpoint(void **state)
{
	(void)state;
	struct room *r = open_room();
	const struct chain *c = &r->office->ledger->chain;
	MEM_CLEANUP char *text = make_text(c, c->size), *later = make_text(c, c->size + 1);
	MEM_CLEANUP char *other = mem_strdup(text), *more = mem_printf("%sx\n", text);
	const char *const wrong[] = { "", "tree 0123", later, other, more };
	uint8_t sig[64];
	other[0] = 'x';
	assert_int_equal(r->port.sign_checkpoint(r->port.ctx, text, strlen(text), sig, NULL), ERR_CONFLICT);
	show_head(r);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(r->port.sign_checkpoint(r->port.ctx, wrong[i], strlen(wrong[i]), sig, NULL), ERR_CONFLICT);
	assert_int_equal(r->port.sign_checkpoint(r->port.ctx, text, strlen(text) - 1, sig, NULL), ERR_CONFLICT);
	close_room(r);
}

static int set_up(void **state)
{
	(void)state;
	office_library();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--role") == 0)
		return signer_main(argc - 2, argv + 2);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_the_checkpoint_of_the_ledger_as_it_stands),
		cmocka_unit_test(signs_no_other_text_as_a_checkpoint),
	};
	return cmocka_run_group_tests_name("keeper/signing", tests, set_up, NULL);
}
