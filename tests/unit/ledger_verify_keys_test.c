/* Entries of kind key whose tree does something else than their Key lines say, as a keeper makes none. */
#include "ledger_office.h"

#include "ledger/act.h"
#include "ledger/act_body.h"

#define ORIGIN "sample.example/register"

struct change {
	struct rules *rules;
	const char *first;      /* file of the key that signs */
	const char *fpr;        /* that the entry adds */
	const char *armor;      /* of the ledger's own key, with this subkey */
	const char *stranger;   /* armor of somebody else's key of the same name */
};

static int make_office(void **state)
{
	office_library();
	struct office *o = office_new();
	office_people(o);
	*state = o;
	return 0;
}

static int drop_office(void **state)
{
	office_free(*state);
	repo_library_exit();
	return 0;
}

static char *make_stranger(struct office *o)
{
	MEM_CLEANUP char *name = mem_printf("keys-%llu", (unsigned long long)o->ledger->chain.size);
	MEM_CLEANUP char *home = file_path(o->root, name);
	office_do("mkdir -m 700 %s; gpg -q --homedir %s --batch --passphrase '' --quick-gen-key %s ed25519 sign never",
	          home, home, ORIGIN);
	MEM_CLEANUP char *text = office_sh("gpg -q --homedir %s --armor --export", home);
	return mem_printf("%s\n", text);
}

static struct jdoc *make_body(const char *fpr)
{
	struct jdoc *body = jdoc_object(), *keys = jdoc_array(), *key = jdoc_object();
	jdoc_set_string(key, "action", "add");
	jdoc_set_string(key, "use", "entry");
	jdoc_set_string(key, "fpr", fpr);
	jdoc_append(keys, key);
	jdoc_set_string(body, "act", "key");
	jdoc_set(body, "keys", keys);
	jdoc_set_string(body, "reason", "r");
	return body;
}

static void append(struct office *o, struct rules *rules, const char *fpr)
{
	const uint8_t request[NOTE_REQUEST_LEN] = { (uint8_t)o->ledger->chain.size };
	struct jdoc *body = make_body(fpr);
	struct index_person taro;
	struct err e = ERR_INIT;
	struct note note;
	struct leaf leaf;
	uint64_t seq;
	office_must(act_note(LEAF_KEY, body, "hq", request, date_of_time(office_tick(o)), &note, &e), &e);
	strcpy(note.login, "taro");
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &taro, &e), &e);
	act_leaf(o->ledger, LEAF_KEY, &note, &taro, o->now, &leaf);
	office_must(act_body_fill(LEAF_KEY, body, &leaf, &e), &e);
	office_must(act_append(o->ledger, &leaf, &note, rules, o->now, &seq, &e), &e);
	leaf_release(&leaf);
	note_release(&note);
	jdoc_free(body);
}

/* Adds a key of the ledger, with the files that `change` makes of those before. */
static void add_key(struct office *o, void (*change)(struct change *c))
{
	MEM_CLEANUP char *home = file_path(o->dir, "keys"), *stranger = make_stranger(o);
	MEM_CLEANUP char *first = mem_printf("keys/%s.asc", o->pins.fpr);
	BUF_CLEANUP struct buf armor = BUF_INIT, known = BUF_INIT;
	struct rules *rules;
	struct err e = ERR_INIT;
	char fpr[41];
	for (size_t i = 0; i < o->ledger->keys.count; i++)
		buf_printf(&known, "%s ", o->ledger->keys.at[i].fpr);
	office_must(pgp_extend(home, ORIGIN, buf_str(&known), fpr, &e), &e);
	office_must(pgp_export(home, fpr, &armor, &e), &e);
	office_must(rules_read_tree(o->ledger->repo, &o->ledger->chain.tree, 1, &rules, &e), &e);
	struct change c = { rules, first, fpr, buf_str(&armor), stranger };
	change(&c);
	append(o, rules, fpr);
}

static void expect(struct office *o, const char *verdict, const char *reason)
{
	struct jdoc *d = office_verify(o, o->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0 || (reason && !strstr(buf_str(&text), reason)))
		fail_msg("not %s, %s: %s", verdict, reason ? reason : "", buf_str(&text));
	jdoc_free(d);
}

static void put(struct change *c, const char *fpr, const char *armor)
{
	struct err e = ERR_INIT;
	office_must(rules_add_key(c->rules, fpr, armor, strlen(armor), &e), &e);
}

static void put_own(struct change *c)
{
	put(c, c->fpr, c->armor);
}

static void put_nothing(struct change *c)
{
	(void)c;
}

static void put_another(struct change *c)
{
	put(c, "1111111111111111111111111111111111111111", c->stranger);
	put_own(c);
}

static void put_strangers(struct change *c)
{
	put(c, c->fpr, c->stranger);
}

static void put_two(struct change *c)
{
	MEM_CLEANUP char *both = mem_printf("%s%s", c->armor, c->stranger);
	put(c, c->fpr, both);
}

/* The digest is made anew with the next file. */
static struct rules_file *find_old(struct change *c)
{
	for (size_t i = 0; i < c->rules->count; i++)
		if (strncmp(c->rules->files[i].path, "keys/", 5) == 0 && strcmp(c->rules->files[i].path, c->first) != 0)
			return &c->rules->files[i];
	fail_msg("the ledger has no other key");
	return NULL;
}

static void change_old(struct change *c)
{
	struct rules_file *old = find_old(c);
	char *both = mem_printf("%s%s", old->bytes, c->stranger);
	free(old->bytes);
	old->bytes = both;
	old->len = strlen(both);
	put_own(c);
}

static void drop_old(struct change *c)
{
	struct rules_file *old = find_old(c), *end = c->rules->files + c->rules->count;
	free(old->path);
	free(old->bytes);
	memmove(old, old + 1, (size_t)(end - old - 1) * sizeof *old);
	c->rules->count--;
	put_own(c);
}

static void takes_the_key_that_its_line_adds(void **state)
{
	add_key(*state, put_own);
	expect(*state, "VALID", NULL);
}

static void finds_a_line_without_its_key(void **state)
{
	add_key(*state, put_nothing);
	expect(*state, "INVALID", ".asc: not there");
}

static void finds_a_key_without_a_line(void **state)
{
	add_key(*state, put_another);
	expect(*state, "INVALID", "keys/1111111111111111111111111111111111111111.asc: no Key line adds it");
}

static void finds_the_key_of_a_stranger_under_the_name_of_the_one_added(void **state)
{
	add_key(*state, put_strangers);
	expect(*state, "INVALID", "not in the exported key");
}

static void finds_the_key_of_a_stranger_beside_the_one_added(void **state)
{
	add_key(*state, put_two);
	expect(*state, "INVALID", "not one PGP armor alone");
}

static void finds_a_key_file_that_is_changed(void **state)
{
	add_key(*state, put_own);
	add_key(*state, change_old);
	expect(*state, "INVALID", "is not what it was");
}

static void finds_a_key_file_that_is_gone(void **state)
{
	add_key(*state, put_own);
	add_key(*state, drop_old);
	expect(*state, "INVALID", "is there no more");
}

int main(void)
{
#define IN_AN_OFFICE(f) cmocka_unit_test_setup_teardown(f, make_office, drop_office)
	const struct CMUnitTest tests[] = {
		IN_AN_OFFICE(takes_the_key_that_its_line_adds),
		IN_AN_OFFICE(finds_a_line_without_its_key),
		IN_AN_OFFICE(finds_a_key_without_a_line),
		IN_AN_OFFICE(finds_the_key_of_a_stranger_under_the_name_of_the_one_added),
		IN_AN_OFFICE(finds_the_key_of_a_stranger_beside_the_one_added),
		IN_AN_OFFICE(finds_a_key_file_that_is_changed),
		IN_AN_OFFICE(finds_a_key_file_that_is_gone),
	};
	return cmocka_run_group_tests_name("ledger/verify_keys", tests, NULL, NULL);
}
