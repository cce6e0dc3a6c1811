/* Roles and signatures of authors, as append and verify judge them: what the keeper would refuse is put into the store
 * here. */
#include "base/hash.h"
#include "ledger/act.h"
#include "ledger/acts.h"
#include "ledger/dispose_impl.h"
#include "ledger_office.h"

struct author {
	const char *name;
	char *home;
	char fpr[41];            /* of the primary key */
	char *key;               /* armored */
};

static struct author make_author(const struct office *o, const char *name, const char *algo)
{
	struct author a = { .name = name, .home = file_path(o->root, name) };
	office_do("mkdir -m 700 %s; gpg -q --homedir %s --batch --passphrase '' --quick-gen-key %s %s never", a.home,
	          a.home, name, algo);
	char *fpr = office_sh("gpg --homedir %s --with-colons -K | awk -F: '/^fpr/ {print $10; exit}'", a.home);
	snprintf(a.fpr, sizeof a.fpr, "%s", fpr);
	free(fpr);
	a.key = office_sh("gpg -q --homedir %s --armor --export", a.home);
	return a;
}

/* Whose primary key does not sign. */
static void add_subkey(struct author *a)
{
	office_do("gpg -q --homedir %s --batch --passphrase '' --quick-add-key %s ed25519 sign never", a->home, a->fpr);
	free(a->key);
	a->key = office_sh("gpg -q --homedir %s --armor --export", a->home);
}

static void drop_author(struct author *a)
{
	pgp_agent_stop(a->home, NULL);
	free(a->home);
	free(a->key);
}

static uint64_t appoint_in(struct office *o, const char *login, const struct author *a, const char *role)
{
	struct jdoc *key = jdoc_string(a->key);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(key, &text);
	jdoc_free(key);
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"%s\",\"fpr\":\"%s\",\"role\":\"%s\","
	                                    "\"openpgp_public_key\":%s}", login, a->fpr, role, buf_str(&text));
	return office_add(o, "appointment", body);
}

static uint64_t appoint(struct office *o, const struct author *a)
{
	return appoint_in(o, a->name, a, "officer");
}

static int64_t skew;             /* of the clock by which is signed */

static void sign(struct office *o, const struct author *a, const char *said, struct note *note)
{
	BUF_CLEANUP struct buf statement = BUF_INIT, sig = BUF_INIT;
	struct err e = ERR_INIT;
	note_statement(note, o->store.origin, &statement);
	buf_puts(&statement, said);
	office_gpg_at(a->home, o->now + skew);
	office_must(pgp_sign_detached(a->home, a->fpr, statement.ptr, statement.len, &sig, &e), &e);
	note->signature = mem_alloc(hash_base64_encoded_len(sig.len) + 1);
	hash_base64_encode(sig.ptr, sig.len, note->signature);
}

/* login swears, by's key signs (NULL: nobody), over the statement with `more` behind it. */
static int swear(struct office *o, const char *login, const struct author *by, const char *more, uint64_t *out,
                 struct err *e)
{
	static const char text[] = "{\"kind\":\"oath\",\"unit\":\"hq\",\"body\":{\"text\":\"x\"}}";
	struct jdoc *request = jdoc_parse(text, strlen(text), sizeof text, 0, e), *faults = NULL;
	struct intake in;
	office_must(intake_parse(o->ledger->rules, request, 1000, login, office_tick(o), &in, &faults, e), e);
	if (by)
		sign(o, by, more, &in.note);
	struct append_item item = { .leaf = &in.leaf, .note = &in.note, .digest = in.digest };
	int rc = append_one(o->ledger, &item, o->now, e);
	*out = item.seq;
	intake_release(&in);
	jdoc_free(request);
	return rc;
}

static uint64_t must_swear(struct office *o, const char *login, const struct author *by, const char *more)
{
	struct err e = ERR_INIT;
	uint64_t seq = 0;
	office_must(swear(o, login, by, more, &seq, &e), &e);
	return seq;
}

/* Verdict, state of the first fault and its entry. */
static void expect(struct office *o, const char *verdict, const char *state, uint64_t seq)
{
	struct jdoc *d = office_verify(o, o->dir, false);
	const struct jdoc *first = jdoc_get(d, "first");
	BUF_CLEANUP struct buf text = BUF_INIT;
	int64_t at = 0;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0)
		fail_msg("not %s: %s", verdict, buf_str(&text));
	if (state && (strcmp(jdoc_get_text(first, "state"), state) != 0 || !jdoc_get_integer(first, "seq", &at) ||
	              (uint64_t)at != seq))
		fail_msg("not %s of entry %llu: %s", state, (unsigned long long)seq, buf_str(&text));
	jdoc_free(d);
}

static int make_office(void **state)
{
	office_library();
	*state = office_new();
	return 0;
}

static int drop_office(void **state)
{
	office_free(*state);
	repo_library_exit();
	return 0;
}

static void finds_right_signatures_of_primary_keys_subkeys_and_other_algorithms(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 cert"),
	              jiro = make_author(o, "jiro", "rsa2048 sign");
	const struct author *const all[] = { &taro, &hanako, &jiro };
	add_subkey(&hanako);
	for (size_t i = 0; i < 3; i++) {
		appoint(o, all[i]);
		must_swear(o, all[i]->name, all[i], "");
	}
	expect(o, "VALID", NULL, 0);
	drop_author(&taro);
	drop_author(&hanako);
	drop_author(&jiro);
}

static void swear_at(struct office *o, const struct author *by, int64_t offset, bool is_right)
{
	skew = offset;
	uint64_t seq = must_swear(o, by->name, by, "");
	skew = 0;
	expect(o, is_right ? "VALID" : "INVALID", is_right ? NULL : "BROKEN", seq);
}

static void takes_a_signature_of_the_days_before_its_entry_and_finds_an_older_one(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	appoint(o, &taro);
	office_live_to(o, o->year + 1, 2, 1);
	swear_at(o, &taro, -15 * OFFICE_DAY, true);
	swear_at(o, &taro, -17 * OFFICE_DAY, false);
	drop_author(&taro);
}

static void finds_an_older_one_of_another_algorithm(void **state)
{
	struct office *o = *state;
	struct author jiro = make_author(o, "jiro", "rsa2048 sign");
	appoint(o, &jiro);
	office_live_to(o, o->year + 1, 2, 1);
	swear_at(o, &jiro, -17 * OFFICE_DAY, false);
	drop_author(&jiro);
}

static void finds_a_signature_made_days_after_its_entry(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	appoint(o, &taro);
	swear_at(o, &taro, OFFICE_DAY, true);
	swear_at(o, &taro, 3 * OFFICE_DAY, false);
	drop_author(&taro);
}

static void finds_a_signature_over_something_else(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	appoint(o, &taro);
	expect(o, "INVALID", "ALTERED", must_swear(o, "taro", &taro, "and more"));
	drop_author(&taro);
}

static void finds_a_signature_of_another_algorithm_over_something_else(void **state)
{
	struct office *o = *state;
	struct author jiro = make_author(o, "jiro", "rsa2048 sign");
	appoint(o, &jiro);
	expect(o, "INVALID", "WRONG-KEY", must_swear(o, "jiro", &jiro, "and more"));
	drop_author(&jiro);
}

static void finds_a_signature_of_another_person(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	appoint(o, &taro);
	appoint(o, &hanako);
	expect(o, "INVALID", "WRONG-KEY", must_swear(o, "taro", &hanako, ""));
	drop_author(&taro);
	drop_author(&hanako);
}

static void takes_a_key_from_its_appointment_until_that_ends_and_no_longer(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	uint64_t first = appoint(o, &taro);
	must_swear(o, "taro", &taro, "");
	office_appoint(o, "taro", 7);    /* another key, that nobody holds */
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"appointment_entry\":%llu}", (unsigned long long)first);
	office_add(o, "appointment-end", end);
	expect(o, "VALID", NULL, 0);
	expect(o, "INVALID", "WRONG-KEY", must_swear(o, "taro", &taro, ""));
	drop_author(&taro);
}

/* As the keeper would make it, but without its judgement. */
static uint64_t void_record(struct office *o, uint64_t voided, uint64_t by, const char *login)
{
	struct err e = ERR_INIT;
	const uint8_t request[NOTE_REQUEST_LEN] = { (uint8_t)by, (uint8_t)voided };
	const struct index_person person = { .seq = by, .first = by };
	struct jdoc *body = jdoc_object();
	struct note note;
	struct leaf leaf;
	uint64_t seq = 0;
	jdoc_set_string(body, "act", "void");
	jdoc_set_integer(body, "entry", (int64_t)voided);
	jdoc_set_string(body, "reason", "x");
	office_must(act_note(LEAF_VOID, body, "hq", request, date_of_time(o->now), &note, &e), &e);
	snprintf(note.login, sizeof note.login, "%s", login);
	act_leaf(o->ledger, LEAF_VOID, &note, &person, office_tick(o), &leaf);
	leaf.has_voids = true;
	leaf.voids = voided;
	office_must(act_append(o->ledger, &leaf, &note, NULL, o->now, &seq, &e), &e);
	leaf_release(&leaf);
	note_release(&note);
	jdoc_free(body);
	return seq;
}

static void finds_a_void_by_who_submitted_the_record(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	uint64_t first = appoint(o, &taro), other = appoint(o, &hanako);
	uint64_t oath = must_swear(o, "taro", &taro, ""), wrong = must_swear(o, "taro", &taro, "");
	void_record(o, oath, other, "hanako");
	expect(o, "VALID", NULL, 0);
	expect(o, "INVALID", "BROKEN", void_record(o, wrong, first, "taro"));
	drop_author(&taro);
	drop_author(&hanako);
}

static void takes_a_key_until_its_appointment_is_voided(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	uint64_t first = appoint(o, &taro), other = appoint(o, &hanako);
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"appointment_entry\":%llu}", (unsigned long long)first);
	uint64_t end = office_add(o, "appointment-end", body);
	void_record(o, end, other, "hanako");
	must_swear(o, "taro", &taro, "");
	void_record(o, first, other, "hanako");
	expect(o, "VALID", NULL, 0);
	office_appoint(o, "taro", 7);    /* another key, that nobody holds */
	expect(o, "INVALID", "WRONG-KEY", must_swear(o, "taro", &taro, ""));
	drop_author(&taro);
	drop_author(&hanako);
}

struct request {
	struct jdoc *doc;
	struct intake in;
};

static struct request take(struct office *o, const char *text, const char *login)
{
	struct err e = ERR_INIT;
	struct request r = { .doc = jdoc_parse(text, strlen(text), (size_t)1 << 20, 0, &e) };
	struct jdoc *faults = NULL;
	office_must(r.doc ? 0 : (int)e.code, &e);
	office_must(intake_parse(o->ledger->rules, r.doc, 1000, login, o->now, &r.in, &faults, &e), &e);
	return r;
}

static void refuses_a_role_that_ends_earlier_in_the_same_batch(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	struct err e = ERR_INIT;
	MEM_CLEANUP char *end = mem_printf("{\"kind\":\"appointment-end\",\"unit\":\"hq\",\"body\":"
	                                   "{\"appointment_entry\":%llu}}", (unsigned long long)appoint(o, &taro));
	office_tick(o);
	struct request r[] = {
		take(o, "{\"kind\":\"oath\",\"unit\":\"hq\",\"body\":{\"text\":\"before\"}}", "taro"), take(o, end, "tester"),
		take(o, "{\"kind\":\"oath\",\"unit\":\"hq\",\"body\":{\"text\":\"after\"}}", "taro"),
	};
	struct append_item items[3];
	sign(o, &taro, "", &r[0].in.note);
	sign(o, &taro, "", &r[2].in.note);
	for (size_t i = 0; i < 3; i++)
		items[i] = (struct append_item){ .leaf = &r[i].in.leaf, .note = &r[i].in.note, .digest = r[i].in.digest };
	office_must(append_batch(o->ledger, items, 3, o->now, &e), &e);
	assert_int_equal(items[0].err.code, ERR_OK);
	assert_string_equal(r[0].in.note.role, "officer");
	assert_int_equal(items[1].err.code, ERR_OK);
	assert_int_equal(items[2].err.code, ERR_PERM);
	assert_non_null(strstr(items[2].err.text, "Officer (officer)"));
	assert_non_null(strstr(items[2].err.text, "no role"));
	for (size_t i = 0; i < 3; i++) {
		intake_release(&r[i].in);
		jdoc_free(r[i].doc);
	}
	expect(o, "VALID", NULL, 0);
	drop_author(&taro);
}

/* A keeper that does not know what the rule book says. */
static void finds_a_record_without_the_signature_that_its_kind_wants(void **state)
{
	struct office *o = *state;
	struct rulebook *book = o->ledger->rules->book;
	struct rulebook_kind *oath = &book->kinds[rulebook_kind(book, "oath") - book->kinds];
	struct err e = ERR_INIT;
	uint64_t seq = 0;
	office_people(o);
	assert_int_equal(swear(o, "taro", NULL, "", &seq, &e), ERR_PERM);
	size_t count = oath->sign_count;
	oath->sign_count = 0;
	seq = must_swear(o, "taro", NULL, "");
	oath->sign_count = count;
	expect(o, "INVALID", "UNSIGNED", seq);
}

static void finds_a_record_in_no_role_of_its_kind(void **state)
{
	struct office *o = *state;
	struct rulebook *book = o->ledger->rules->book;
	struct rulebook_kind *oath = &book->kinds[rulebook_kind(book, "oath") - book->kinds];
	struct err e = ERR_INIT;
	uint64_t seq = 0;
	assert_int_equal(swear(o, "taro", NULL, "", &seq, &e), ERR_PERM);
	size_t count = oath->submit_count;
	oath->submit_count = 0;
	seq = must_swear(o, "taro", NULL, "");
	oath->submit_count = count;
	expect(o, "INVALID", "BROKEN", seq);
}

/* The slip is kept for three years in all, by a person. */
static int extend_by(struct office *o, uint64_t slip, const struct index_person *taro, uint64_t *out, struct err *e)
{
	uint8_t request[NOTE_REQUEST_LEN];
	struct jdoc *said = NULL;
	struct note note;
	int64_t seq = 0;
	MEM_CLEANUP char *text = mem_printf("{\"act\":\"extend\",\"on\":[\"entry %llu\"],\"years\":3,"
	                                    "\"until\":\"%d-12-31\",\"reason\":\"r\",\"decision\":\"1\"}",
	                                    (unsigned long long)slip, o->year + 3);
	struct jdoc *body = jdoc_parse(text, strlen(text), strlen(text), 0, e);
	random_bytes(request, sizeof request);
	office_must(act_note(LEAF_EXTEND, body, "hq", request, date_of_time(office_tick(o)), &note, e), e);
	random_bytes(note.salt, sizeof note.salt);
	strcpy(note.login, "taro");
	int rc = acts_make(o->ledger, LEAF_EXTEND, &note, taro, NULL, o->now, &said, e);
	jdoc_get_integer(said, "seq", &seq);
	*out = (uint64_t)seq;
	jdoc_free(said);
	jdoc_free(body);
	note_release(&note);
	return rc;
}

static int extend(struct office *o, uint64_t slip, const char *role, uint64_t *out, struct err *e)
{
	struct index_person taro;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &taro, e), e);
	snprintf(taro.role, sizeof taro.role, "%s", role);
	return extend_by(o, slip, &taro, out, e);
}

static void finds_an_act_in_no_role_that_does_it(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	struct rulebook_act *act = o->ledger->rules->book->acts;
	struct err e = ERR_INIT;
	appoint(o, &taro);
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}"), seq;
	char *role = act->submit[0];
	act->submit[0] = (char *)"auditor";
	assert_int_equal(extend(o, slip, "officer", &seq, &e), ERR_PERM);
	act->submit[0] = role;
	office_must(extend(o, slip, "", &seq, &e), &e);     /* as officer, by the appointment */
	expect(o, "VALID", NULL, 0);
	strcpy(act->name, "clock");
	office_must(extend(o, slip, "auditor", &seq, &e), &e);
	strcpy(act->name, "extend");
	expect(o, "INVALID", "BROKEN", seq);
	drop_author(&taro);
}

static struct note note_of(struct office *o, enum leaf_kind kind, const struct jdoc *body, const char *login)
{
	struct err e = ERR_INIT;
	const uint8_t request[NOTE_REQUEST_LEN] = { (uint8_t)o->ledger->chain.size };
	struct note note;
	office_must(act_note(kind, body, "hq", request, date_of_time(o->now), &note, &e), &e);
	snprintf(note.login, sizeof note.login, "%s", login);
	return note;
}

static uint64_t act(struct office *o, enum leaf_kind kind, struct note *note, const char *first, struct err *e)
{
	struct index_person persons[2];
	struct jdoc *said = NULL;
	int64_t seq = 0;
	office_must(index_person_by_login(o->ledger->index, note->login, NULL, &persons[0], e), e);
	if (first)
		office_must(index_person_by_login(o->ledger->index, first, NULL, &persons[1], e), e);
	office_must(acts_make(o->ledger, kind, note, &persons[0], first ? &persons[1] : NULL, o->now, &said, e), e);
	jdoc_get_integer(said, "seq", &seq);
	jdoc_free(said);
	return (uint64_t)seq;
}

static uint64_t hold(struct office *o, uint64_t slip, const char *login)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *on = mem_printf("entry %llu", (unsigned long long)slip);
	struct jdoc *body = jdoc_object(), *targets = jdoc_array();
	jdoc_append(targets, jdoc_string(on));
	jdoc_set_string(body, "act", "hold");
	jdoc_set(body, "on", targets);
	jdoc_set_string(body, "basis", "audit");
	jdoc_set_string(body, "reason", "r");
	office_tick(o);
	struct note note = note_of(o, LEAF_HOLD, body, login);
	uint64_t seq = act(o, LEAF_HOLD, &note, NULL, &e);
	note_release(&note);
	jdoc_free(body);
	return seq;
}

/* Moved by a, seconded by b. */
static uint64_t release(struct office *o, uint64_t held, const struct author *a, const struct author *b)
{
	struct err e = ERR_INIT;
	struct jdoc *body = jdoc_object(), *first = jdoc_object();
	jdoc_set_string(body, "act", "release");
	jdoc_set_integer(body, "ends", (int64_t)held);
	jdoc_set_string(body, "reason", "r");
	office_tick(o);
	struct note moved = note_of(o, LEAF_RELEASE, body, b->name);
	sign(o, a, "", &moved);
	jdoc_set_string(first, "key", a->fpr);
	jdoc_set_string(first, "signature", moved.signature);
	jdoc_set(body, "first", first);
	struct note note = note_of(o, LEAF_RELEASE, body, b->name);
	sign(o, b, "", &note);
	uint64_t seq = act(o, LEAF_RELEASE, &note, a->name, &e);
	note_release(&note);
	note_release(&moved);
	jdoc_free(body);
	return seq;
}

static void tells_two_persons_by_what_was_appointed_before_their_act(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	appoint(o, &taro);
	appoint(o, &hanako);
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}");
	release(o, hold(o, slip, "taro"), &taro, &hanako);
	expect(o, "VALID", NULL, 0);
	appoint_in(o, "taro", &hanako, "officer");
	expect(o, "VALID", NULL, 0);
	drop_author(&taro);
	drop_author(&hanako);
}

static int make_office_of_clerks(void **state)
{
	office_library();
	*state = office_under("ledger", "$a[role clerk]\\nja = x\\nen = Clerk\\nclause = T-1\\n[act release]\\n"
	                                "clause = T-1\\nsubmit = officer");
	return 0;
}

static void finds_an_act_of_two_that_one_does_in_no_role_that_does_it(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	struct rulebook *book = o->ledger->rules->book;
	struct rulebook_act *act = &book->acts[rulebook_act(book, "release") - book->acts];
	appoint_in(o, "taro", &taro, "clerk");
	appoint(o, &hanako);
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}"), held = hold(o, slip, "taro");
	strcpy(act->name, "clock");
	uint64_t seq = release(o, held, &taro, &hanako);
	strcpy(act->name, "release");
	expect(o, "INVALID", "BROKEN", seq);
	drop_author(&taro);
	drop_author(&hanako);
}

/* In two names, which the keeper would refuse. */
static void finds_an_act_of_two_that_one_person_signed_twice(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign"), hanako = make_author(o, "hanako", "ed25519 sign");
	appoint(o, &taro);
	appoint(o, &hanako);
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}"), held = hold(o, slip, "taro");
	struct author as_taro = hanako;
	as_taro.name = "taro";
	expect(o, "INVALID", "BROKEN", release(o, held, &as_taro, &hanako));
	drop_author(&taro);
	drop_author(&hanako);
}

static void finds_an_act_in_a_role_that_its_person_does_not_hold_any_more(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	struct rulebook_act *act = o->ledger->rules->book->acts;
	struct err e = ERR_INIT;
	uint64_t first = appoint(o, &taro), seq;
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}");
	office_must(extend(o, slip, "officer", &seq, &e), &e);
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"appointment_entry\":%llu}", (unsigned long long)first);
	struct index_person before;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &before, &e), &e);
	office_add(o, "appointment-end", end);
	expect(o, "VALID", NULL, 0);
	strcpy(act->name, "clock");
	office_must(extend_by(o, slip, &before, &seq, &e), &e);
	strcpy(act->name, "extend");
	expect(o, "INVALID", "BROKEN", seq);
	drop_author(&taro);
}

/* Another keeper's, that asks no person for a word. */
static void finds_an_act_without_a_record_and_reads_no_disposal_behind_it(void **state)
{
	struct office *o = *state;
	struct err e = ERR_INIT;
	struct dispose_view view;
	office_people(o);
	uint64_t slip = office_add(o, "slip", "\"body\":{\"text\":\"x\"}");
	struct leaf_target on = { .type = LEAF_ON_ENTRY, .first = slip, .last = slip };
	struct leaf leaf = { .kind = LEAF_HOLD, .kind_name = "hold", .on = &on, .on_count = 1, .basis = LEAF_BASIS_AUDIT };
	struct append_item item = { .leaf = &leaf };
	leaf_seqs_add(&leaf.by, o->taro);
	office_must(dispose_view_read(o->ledger, o->now, &view, &e), &e);
	office_must(append_one(o->ledger, &item, office_tick(o), &e), &e);
	free(leaf.by.at);
	expect(o, "INVALID", "BROKEN", item.seq);
	assert_int_equal(dispose_view_read(o->ledger, o->now, &view, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "no record of what they stated"));
}

static void says_how_many_it_cannot_check_without_the_appointments(void **state)
{
	struct office *o = *state;
	struct author taro = make_author(o, "taro", "ed25519 sign");
	MEM_CLEANUP char *clone = file_path(o->root, "clone.git");
	BUF_CLEANUP struct buf text = BUF_INIT;
	appoint(o, &taro);
	office_live_to(o, o->year + 1, 2, 1);
	must_swear(o, "taro", &taro, "");
	office_do("git clone -q --bare %s/ledger.git %s; git -C %s fetch -q %s/volumes/%d.git 'refs/notes/*:refs/notes/*'",
	          o->dir, clone, clone, o->dir, o->year + 1);
	struct jdoc *d = office_verify(o, clone, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "INCOMPLETE");
	jdoc_print(jdoc_get(d, "remarks"), &text);
	assert_non_null(strstr(buf_str(&text), "1 signature of an author is not checked"));
	jdoc_free(d);
	drop_author(&taro);
}

#define WITH_OFFICE(test) cmocka_unit_test_setup_teardown(test, make_office, drop_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_OFFICE(finds_right_signatures_of_primary_keys_subkeys_and_other_algorithms),
		WITH_OFFICE(takes_a_signature_of_the_days_before_its_entry_and_finds_an_older_one),
		WITH_OFFICE(finds_an_older_one_of_another_algorithm),
		WITH_OFFICE(finds_a_signature_made_days_after_its_entry),
		WITH_OFFICE(finds_a_signature_over_something_else),
		WITH_OFFICE(finds_a_signature_of_another_algorithm_over_something_else),
		WITH_OFFICE(finds_a_signature_of_another_person),
		WITH_OFFICE(takes_a_key_from_its_appointment_until_that_ends_and_no_longer),
		WITH_OFFICE(finds_a_void_by_who_submitted_the_record),
		WITH_OFFICE(takes_a_key_until_its_appointment_is_voided),
		WITH_OFFICE(refuses_a_role_that_ends_earlier_in_the_same_batch),
		WITH_OFFICE(finds_a_record_without_the_signature_that_its_kind_wants),
		WITH_OFFICE(finds_a_record_in_no_role_of_its_kind),
		WITH_OFFICE(finds_an_act_in_no_role_that_does_it),
		WITH_OFFICE(finds_an_act_in_a_role_that_its_person_does_not_hold_any_more),
		cmocka_unit_test_setup_teardown(finds_an_act_of_two_that_one_does_in_no_role_that_does_it,
		                                make_office_of_clerks, drop_office),
		WITH_OFFICE(tells_two_persons_by_what_was_appointed_before_their_act),
		WITH_OFFICE(finds_an_act_of_two_that_one_person_signed_twice),
		WITH_OFFICE(finds_an_act_without_a_record_and_reads_no_disposal_behind_it),
		WITH_OFFICE(says_how_many_it_cannot_check_without_the_appointments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
