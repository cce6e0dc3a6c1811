/* Receipts of outsiders: what they state, what the keeper takes, and what a verifier believes. */
#include "ledger_office.h"

#include "foreign/ed25519.h"
#include "ledger/dispose_impl.h"
#include "ledger/query.h"
#include "ledger/receipt.h"
#include "model/merkle.h"

#define FOLDER TESTS_DATA "/tsa/"
#define STAMPED 1579132800        /* 2020-01-16T00:00:00Z */

static struct office *office;
static uint64_t propose;
static struct ed25519_key *secrets[2];
static struct tlog_note_key witnesses[2];

static void make_witness(int i, const char *name)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = mem_printf("%s/w%d.pem", office->root, i);
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	office_must(ed25519_create(path, &secrets[i], &e), &e);
	ed25519_public(secrets[i], public_key);
	office_must(tlog_note_key_make(name, TLOG_NOTE_COSIGNATURE, public_key, &witnesses[i], &e), &e);
}

/* A slip of the first year, which is approved for disposal on the first day on which it may go. */
static int make_office(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_library();
	office = office_new();
	office_signers(office);
	make_witness(0, "w.example/one");
	make_witness(1, "w.example/two");
	office_slip(office, "first");
	office_live_to(office, office->year + 1, 12, 31);
	office->now = date_to_time((struct date){ office->year + 2, 1, 1 }) + 12 * 3600;
	MEM_CLEANUP char *plan = office_plan(office);
	propose = office->ledger->chain.size;
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	office_must(office_act(office, DISPOSE_APPROVE, plan, "hanako", &e), &e);
	office_must(office_act(office, DISPOSE_APPROVE, plan, "jiro", &e), &e);
	office_keep(office);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	for (int i = 0; i < 2; i++)
		ed25519_free(secrets[i]);
	repo_library_exit();
	return 0;
}

/* daicho.ini names so many witnesses, from this one on, and no other. */
static void trust(int first, size_t count)
{
	struct store *s = &office->store;
	if (!s->witnesses)
		s->witnesses = mem_array(2, sizeof *s->witnesses);
	s->witnesses_count = count;
	for (size_t i = 0; i < count; i++) {
		strcpy(s->witnesses[i].name, first + i ? "two" : "one");
		s->witnesses[i].key = witnesses[first + i];
	}
}

static int put_back(void **state)
{
	(void)state;
	office_put_back(office);
	office_open(office);
	office->now = office->ledger->chain.time;
	trust(0, 1);
	return 0;
}

static int64_t due(void)
{
	return date_to_time((struct date){ office->year + 2, 1, 1 });
}

static void read_file(const char *name, struct buf *out)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = mem_printf("%s%s", FOLDER, name);
	office_must(file_read(path, TSA_FILE_MAX, out, &e), &e);
}

/* The checkpoint of all entries but the last `less`, as far as an outsider can make one. */
static void put_checkpoint(uint64_t less, struct buf *out)
{
	struct tlog_checkpoint c = { .size = office->ledger->chain.size - less };
	struct err e = ERR_INIT;
	strcpy(c.origin, office->store.origin);
	c.root = merkle_root(&office->ledger->chain.frontier);
	if (less) {
		struct leaf leaf;
		office_must(dispose_read_leaf(office->ledger, c.size, &leaf, &e), &e);
		c.root = leaf.root;
		leaf_release(&leaf);
	}
	tlog_checkpoint_print(&c, out);
}

static void cosign(struct buf *note, size_t text_len, int witness, int64_t time)
{
	BUF_CLEANUP struct buf message = BUF_INIT, text = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	buf_add(&text, note->ptr, text_len);
	tlog_note_message(TLOG_NOTE_COSIGNATURE, time, text.ptr, text.len, &message);
	office_must(ed25519_sign(secrets[witness], message.ptr, message.len, sig, &e), &e);
	if (note->len == text_len)
		buf_putc(note, '\n');
	tlog_note_print_sig(&witnesses[witness], time, sig, note);
}

/* What is cosigned by the first witness at that time, and by the second where `other` is not 0. */
static void put_cosigned(uint64_t less, int64_t time, int64_t other, struct buf *out)
{
	put_checkpoint(less, out);
	size_t len = out->len;
	cosign(out, len, 0, time);
	if (other)
		cosign(out, len, 1, other);
}

static void make_note(const struct buf *checkpoint, struct note *out)
{
	struct err e = ERR_INIT;
	uint8_t request[NOTE_REQUEST_LEN];
	struct jdoc *body = receipt_body(checkpoint, NULL);
	random_bytes(request, sizeof request);
	office_must(dispose_receipt_note(office->ledger, body, request, date_of_time(office->now), out, &e), &e);
	jdoc_free(body);
	random_bytes(out->salt, sizeof out->salt);
	out->uid = 1000;
	strcpy(out->login, "taro");
}

static int run(const struct buf *checkpoint, struct err *e)
{
	struct jdoc *d = NULL;
	struct note note;
	make_note(checkpoint, &note);
	int rc = dispose_run(office->ledger, &note, office_tick(office), &d, e);
	note_release(&note);
	jdoc_free(d);
	return rc;
}

static void expect_refused(const struct buf *checkpoint, enum err_code code, const char *why)
{
	struct err e = ERR_INIT;
	uint64_t size = office->ledger->chain.size;
	assert_int_equal(run(checkpoint, &e), code);
	if (!strstr(e.text, why))
		fail_msg("%s", e.text);
	assert_int_equal(office->ledger->chain.size, size);
}

/* By a policy that believes this witness alone, and asks for receipts from that entry on (NONE: does not ask). */
#define NONE UINT64_MAX
static struct jdoc *verify_from(int witness, uint64_t from, bool ledger_only)
{
	struct policy p = { .pins = office->pins, .wants_receipts = from != NONE, .receipts_from = from };
	const struct verify_options o = { .pins = &office->pins, .policy = &p, .now = office->now,
		                          .ledger_only = ledger_only };
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct verify_result result;
	struct err e = ERR_INIT;
	buf_puts(&text, "witness w ");
	tlog_note_key_print(&witnesses[witness], &text);
	buf_puts(&text, "\nquorum w\n");
	office_must(tlog_policy_parse(text.ptr, text.len, &p.witnesses, &e), &e);
	office_must(verify_repository(office->dir, &o, &result, &e), &e);
	tlog_policy_free(p.witnesses);
	return result.doc;
}

static struct jdoc *verify_by(int witness)
{
	return verify_from(witness, 0, false);
}

static const struct jdoc *judged(const struct jdoc *d)
{
	return jdoc_get(jdoc_get(jdoc_at(jdoc_get(d, "disposals"), 0), "receipt"), "judged");
}

static bool remarks(const struct jdoc *d, const char *what)
{
	const struct jdoc *list = jdoc_get(d, "remarks");
	bool found = false;
	for (size_t i = 0; i < jdoc_size(list); i++)
		found |= strstr(jdoc_text(jdoc_at(list, i)), what) != NULL;
	return found;
}

/* What it states. */

static void a_time_stamp_dates_the_checkpoint_that_it_names(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, reply = BUF_INIT, other = BUF_INIT;
	struct receipt r;
	struct err e = ERR_INIT;
	(void)state;
	read_file("checkpoint", &checkpoint);
	read_file("checkpoint.tsr", &reply);
	buf_puts(&other, "log.example/register\n8\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n");
	office_must(receipt_read(&checkpoint, &reply, NULL, &r, &e), &e);
	struct hash digest = receipt_digest(&r), stamped = hash_of(reply.ptr, reply.len);
	assert_int_equal(r.time, STAMPED);
	assert_int_equal(r.text.size, 7);
	assert_true(hash_is_equal(&digest, &stamped));
	assert_string_equal(receipt_way(&r), "time-stamp");
	receipt_release(&r);
	assert_int_equal(receipt_read(&other, &reply, NULL, &r, &e), ERR_CONFLICT);
}

static void what_nobody_has_dated_is_no_receipt(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, rejected = BUF_INIT, long_one = BUF_INIT;
	struct receipt r;
	struct err e = ERR_INIT;
	(void)state;
	read_file("checkpoint", &checkpoint);
	read_file("rejected.tsr", &rejected);
	while (long_one.len <= RECEIPT_STAMP_MAX)
		buf_puts(&long_one, "x");
	assert_int_equal(receipt_read(&checkpoint, NULL, NULL, &r, &e), ERR_KEY);
	assert_int_equal(receipt_read(&checkpoint, &rejected, NULL, &r, &e), ERR_RULE);
	assert_int_equal(receipt_read(&checkpoint, &checkpoint, NULL, &r, &e), ERR_SYNTAX);
	assert_int_equal(receipt_read(&checkpoint, &long_one, NULL, &r, &e), ERR_TOOBIG);
	assert_int_equal(receipt_read(&rejected, NULL, NULL, &r, &e) != ERR_OK, true);
}

static void is_read_back_from_its_body_and_from_no_other(void **state)
{
	static const char *const bad[] = { "{}", "[]", "{\"checkpoint\":7}", "{\"checkpoint\":\"\",\"more\":\"\"}",
		                           "{\"checkpoint\":\"x\",\"time_stamp\":\"?\"}" };
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, reply = BUF_INIT;
	struct receipt r;
	struct err e = ERR_INIT;
	(void)state;
	read_file("checkpoint", &checkpoint);
	read_file("checkpoint.tsr", &reply);
	struct jdoc *body = receipt_body(&checkpoint, &reply);
	office_must(receipt_parse(body, NULL, &r, &e), &e);
	assert_memory_equal(r.stamp.ptr, reply.ptr, reply.len);
	assert_string_equal(buf_str(&r.checkpoint), buf_str(&checkpoint));
	receipt_release(&r);
	jdoc_free(body);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct jdoc *d = jdoc_parse(bad[i], strlen(bad[i]), NOTE_BODY_MAX, 0, &e);
		e = (struct err)ERR_INIT;
		assert_int_equal(receipt_parse(d, NULL, &r, &e), ERR_SYNTAX);
		assert_non_null(strstr(e.next, "daicho checkpoint"));
		jdoc_free(d);
	}
}

/* What the keeper takes. */

static void stands_in_the_certificate_as_its_record_and_its_witness(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, text = BUF_INIT;
	struct index_entry entry;
	struct receipt r;
	struct note note;
	struct leaf leaf;
	struct err e = ERR_INIT;
	uint64_t dispose = office->ledger->chain.size;
	(void)state;
	put_cosigned(0, due() + 60, 0, &checkpoint);
	office_must(run(&checkpoint, &e), &e);
	office_must(dispose_read_leaf(office->ledger, dispose, &leaf, &e), &e);
	struct hash digest = hash_of(checkpoint.ptr, checkpoint.len);
	assert_true(leaf.has_witness && hash_is_equal(&leaf.witness, &digest));
	office_must(index_entry(office->ledger->index, dispose, &entry, &e), &e);
	office_must(ledger_read_note(office->ledger, &entry, &text, &note, &e), &e);
	office_must(receipt_of_note(&note, NULL, &r, &e), &e);
	assert_string_equal(buf_str(&r.checkpoint), buf_str(&checkpoint));
	receipt_release(&r);
	note_release(&note);
	/* and whoever goes on with that run brings this receipt, or none */
	BUF_CLEANUP struct buf another = BUF_INIT;
	put_cosigned(1, due() + 60, 0, &another);
	make_note(&another, &note);
	assert_int_equal(dispose_receipt_compare(office->ledger, &note, &leaf, &e), ERR_CONFLICT);
	note_release(&note);
	make_note(&checkpoint, &note);
	assert_int_equal(dispose_receipt_compare(office->ledger, &note, &leaf, &e), ERR_OK);
	leaf.has_witness = false;
	assert_int_equal(dispose_receipt_compare(office->ledger, &note, &leaf, &e), ERR_CONFLICT);
	assert_int_equal(dispose_receipt_compare(office->ledger, NULL, &leaf, &e), ERR_OK);
	note_release(&note);
	leaf_release(&leaf);
	struct jdoc *d = NULL;
	office_must(dispose_register(office->ledger, office->now, 0, &d, &e), &e);
	const struct jdoc *told = jdoc_get(jdoc_at(jdoc_get(d, "disposals"), 0), "receipt");
	assert_string_equal(jdoc_get_text(told, "way"), "cosignatures");
	assert_true(jdoc_is_true(jdoc_get(told, "checked")));
	MEM_CLEANUP char *first = mem_printf("%d-01-01", office->year + 2);
	assert_string_equal(jdoc_get_text(told, "due"), first);
	jdoc_free(d);
	/* of whom daicho.ini no longer names it is what the bytes state */
	trust(1, 1);
	office_must(query_show(office->ledger, dispose, &d, &e), &e);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "receipt"), "way"), "cosignatures");
	assert_false(jdoc_is_true(jdoc_get(jdoc_get(d, "receipt"), "checked")));
	jdoc_free(d);
}

static void is_refused_when_it_is_dated_before_the_first_day(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT;
	(void)state;
	put_cosigned(0, due() - 1, 0, &checkpoint);
	expect_refused(&checkpoint, ERR_RULE, "is due from");
	/* nor when one of several witnesses has dated it so, whatever quorum an auditor asks for */
	buf_clear(&checkpoint);
	trust(0, 2);
	put_cosigned(0, due() + 60, due() - 1, &checkpoint);
	expect_refused(&checkpoint, ERR_RULE, "cosignature of witness two: of ");
	expect_refused(&checkpoint, ERR_RULE, "is due from");
}

static void is_refused_when_it_is_of_before_the_proposal_or_of_another_ledger(void **state)
{
	BUF_CLEANUP struct buf early = BUF_INIT, other = BUF_INIT, longer = BUF_INIT;
	(void)state;
	put_cosigned(office->ledger->chain.size - propose, due() + 60, 0, &early);
	expect_refused(&early, ERR_RULE, "the proposal is entry");
	put_cosigned(0, due() + 60, 0, &other);
	other.ptr[0] ^= 1;
	expect_refused(&other, ERR_RULE, "not one of this ledger");
	struct tlog_checkpoint c = { .size = office->ledger->chain.size + 1 };
	strcpy(c.origin, office->store.origin);
	tlog_checkpoint_print(&c, &longer);
	cosign(&longer, longer.len, 0, due() + 60);
	expect_refused(&longer, ERR_RULE, "not one of this ledger");
	buf_clear(&longer);
	c.size--;
	tlog_checkpoint_print(&c, &longer);
	cosign(&longer, longer.len, 0, due() + 60);
	expect_refused(&longer, ERR_RULE, "not one of this ledger");
}

static void is_taken_of_the_witnesses_of_daicho_ini_alone(void **state)
{
	BUF_CLEANUP struct buf made_up = BUF_INIT, wrong = BUF_INIT, good = BUF_INIT;
	const uint8_t zeros[TLOG_NOTE_SIG_LEN] = { 0 };
	struct tlog_note_key stranger;
	struct err e = ERR_INIT;
	(void)state;
	put_checkpoint(0, &made_up);
	buf_putc(&made_up, '\n');
	office_must(tlog_note_key_make("junk.example", TLOG_NOTE_COSIGNATURE, zeros, &stranger, &e), &e);
	tlog_note_print_sig(&stranger, due() + 60, zeros, &made_up);
	expect_refused(&made_up, ERR_KEY, "none of the witnesses");
	put_checkpoint(0, &wrong);
	buf_putc(&wrong, '\n');
	tlog_note_print_sig(&witnesses[0], due() + 60, zeros, &wrong);
	expect_refused(&wrong, ERR_KEY, "witness one is not right");
	put_cosigned(0, due() + 60, 0, &good);
	trust(0, 0);
	expect_refused(&good, ERR_CONFIG, "daicho.ini names no witness");
	trust(1, 1);
	expect_refused(&good, ERR_KEY, "none of the witnesses");
	trust(0, 1);
	office_must(run(&good, &e), &e);
}

static void is_refused_when_its_date_and_the_clock_contradict_each_other(void **state)
{
	BUF_CLEANUP struct buf later = BUF_INIT, before = BUF_INIT;
	(void)state;
	put_cosigned(0, office->now + 30 * (int64_t)OFFICE_DAY, 0, &later);
	expect_refused(&later, ERR_CLOCK, "to come by the clock");
	office->now += 3 * (int64_t)OFFICE_DAY;
	office_slip(office, "of the third day");
	put_cosigned(0, due() + 60, 0, &before);
	expect_refused(&before, ERR_CLOCK, "bears a later Time");
}

static void is_refused_with_the_witness_whose_date_is_against_the_clock(void **state)
{
	BUF_CLEANUP struct buf later = BUF_INIT, before = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	trust(0, 2);
	put_cosigned(0, due() + 60, office->now + 30 * (int64_t)OFFICE_DAY, &later);
	expect_refused(&later, ERR_CLOCK, "witness two: of ");
	office->now += 3 * (int64_t)OFFICE_DAY;
	office_slip(office, "of the third day");
	put_cosigned(0, due() + 60, office->now, &before);
	assert_int_equal(run(&before, &e), ERR_CLOCK);
	assert_non_null(strstr(e.text, "witness one: of "));
	assert_non_null(strstr(e.next, "new checkpoint"));
}

static void is_asked_for_by_the_rule_book(void **state)
{
	struct rulebook *book = (struct rulebook *)(uintptr_t)office->ledger->rules->book;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	book->receipts = 1;
	assert_int_equal(office_run(office, &d, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "the rule book wants a dated receipt"));
	assert_non_null(strstr(e.next, "--time-stamp"));
	book->receipts = 0;
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
}

static void stays_that_of_a_run_that_was_stopped_after_its_certificate(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, another = BUF_INIT;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	put_cosigned(1, due(), 0, &checkpoint);
	put_cosigned(0, due(), 0, &another);
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(run(&checkpoint, &e), ERR_OK);
	office_do("rm %s/volumes/stray", office->dir);
	assert_int_equal(run(&another, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.text, "carries another one"));
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
	d = verify_by(0);
	assert_true(jdoc_is_true(jdoc_get(judged(d), "in_time")));
	jdoc_free(d);
}

/* What a verifier believes. */

static void is_believed_of_whom_the_policy_names(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	put_cosigned(1, due(), 0, &checkpoint);
	office_must(run(&checkpoint, &e), &e);
	struct jdoc *d = verify_by(0);
	assert_true(jdoc_is_true(jdoc_get(judged(d), "in_time")));
	assert_false(remarks(d, "receipt"));
	jdoc_free(d);
	d = verify_by(1);
	assert_false(jdoc_is_true(jdoc_get(judged(d), "trusted")));
	assert_string_equal(jdoc_get_text(d, "verdict"), "UNWITNESSED");
	assert_true(remarks(d, "is of nobody whom the policy believes: too few of the witnesses"));
	jdoc_free(d);
	d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	assert_true(remarks(d, "was not judged"));
	jdoc_free(d);
}

/* The keeper, which knows another witness, took the later date of that one. */
static void dated_early_by_whom_the_policy_names_it_is_premature(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	put_cosigned(0, due() - 1, due() + 60, &checkpoint);
	trust(1, 1);
	office_must(run(&checkpoint, &e), &e);
	for (int asked = 0; asked < 2; asked++) {
		struct jdoc *d = verify_from(0, asked ? 0 : NONE, false);
		assert_string_equal(jdoc_get_text(d, "verdict"), "INVALID");
		assert_string_equal(jdoc_get_text(jdoc_get(d, "first"), "state"), "PREMATURE");
		jdoc_free(d);
	}
	struct jdoc *d = verify_by(1);
	assert_true(jdoc_is_true(jdoc_get(judged(d), "in_time")));
	jdoc_free(d);
}

/* As a policy with both witnesses and this quorum judges it at that time. */
static void judge_by(const char *quorum, int64_t one, int64_t two, int64_t now, struct receipt_finding *out)
{
	BUF_CLEANUP struct buf text = BUF_INIT, checkpoint = BUF_INIT;
	struct policy p = { .pins = office->pins };
	struct receipt r;
	struct err e = ERR_INIT;
	for (int i = 0; i < 2; i++) {
		buf_puts(&text, i ? "witness two " : "witness one ");
		tlog_note_key_print(&witnesses[i], &text);
		buf_putc(&text, '\n');
	}
	buf_printf(&text, "group g %s one two\nquorum g\n", quorum);
	office_must(tlog_policy_parse(text.ptr, text.len, &p.witnesses, &e), &e);
	put_cosigned(0, one, two, &checkpoint);
	office_must(receipt_read(&checkpoint, NULL, NULL, &r, &e), &e);
	receipt_judge(&r, &p, due(), now, out);
	receipt_release(&r);
	tlog_policy_free(p.witnesses);
}

/* The stamped checkpoint, which the first witness has cosigned at that time, by a policy with that one as its quorum
 * and with this file of authorities (NULL: none). */
static void judge_stamped(int64_t cosigned, const char *authorities, int64_t since, struct receipt_finding *out)
{
	BUF_CLEANUP struct buf text = BUF_INIT, checkpoint = BUF_INIT, reply = BUF_INIT;
	struct policy p = { .pins = office->pins };
	struct receipt r;
	struct err e = ERR_INIT;
	read_file("checkpoint", &checkpoint);
	read_file("checkpoint.tsr", &reply);
	const size_t text_len = (size_t)(strstr(buf_str(&checkpoint), "\n\n") + 1 - buf_str(&checkpoint));
	cosign(&checkpoint, text_len, 0, cosigned);
	buf_puts(&text, "witness w ");
	tlog_note_key_print(&witnesses[0], &text);
	buf_puts(&text, "\nquorum w\n");
	office_must(tlog_policy_parse(text.ptr, text.len, &p.witnesses, &e), &e);
	if (authorities)
		read_file(authorities, &p.stamp_ca);
	office_must(receipt_read(&checkpoint, &reply, NULL, &r, &e), &e);
	receipt_judge(&r, &p, since, STAMPED + OFFICE_DAY, out);
	receipt_release(&r);
	buf_release(&p.stamp_ca);
	tlog_policy_free(p.witnesses);
}

static void where_it_is_stamped_the_cosignatures_alone_are_never_early(void **state)
{
	const int64_t early = STAMPED - 3 * OFFICE_DAY, since = STAMPED - OFFICE_DAY;
	struct receipt_finding f;
	(void)state;
	judge_stamped(early, NULL, since, &f);
	assert_int_equal(f.trust, RECEIPT_UNTRUSTED);
	assert_non_null(strstr(f.why, "before the first day"));
	/* whoever the authority is whom the policy does not believe */
	judge_stamped(early, "other.pem", since, &f);
	assert_int_equal(f.trust, RECEIPT_UNTRUSTED);
	assert_non_null(strstr(f.why, "time stamp: not signed by"));
	judge_stamped(early, "ca.pem", since, &f);
	assert_int_equal(f.trust, RECEIPT_GOOD);
	assert_true(f.is_stamp);
	judge_stamped(STAMPED, NULL, since, &f);
	assert_int_equal(f.trust, RECEIPT_GOOD);
	assert_false(f.is_stamp);
	/* a stamp that is believed and early is a date */
	judge_stamped(early, "ca.pem", STAMPED + 1, &f);
	assert_int_equal(f.trust, RECEIPT_EARLY);
	assert_true(f.is_stamp);
}

static void by_one_slow_witness_of_a_quorum_nothing_is_early(void **state)
{
	const int64_t early = due() - 30, good = due() + 30, now = due() + 60;
	struct receipt_finding f;
	(void)state;
	judge_by("all", early, good, now, &f);
	assert_int_equal(f.trust, RECEIPT_UNTRUSTED);
	assert_non_null(strstr(f.why, "some since"));
	judge_by("any", early, good, now, &f);
	assert_int_equal(f.trust, RECEIPT_GOOD);
	assert_int_equal(f.time, good);
	judge_by("all", early, early + 1, now, &f);
	assert_int_equal(f.trust, RECEIPT_EARLY);
	assert_int_equal(f.time, early);
	judge_by("all", good, good + 1, now, &f);
	assert_int_equal(f.trust, RECEIPT_GOOD);
	assert_int_equal(f.time, good);
	assert_string_equal(f.why, "");
}

static void of_a_day_to_come_or_of_too_few_it_is_not_believed(void **state)
{
	struct receipt_finding f;
	(void)state;
	judge_by("any", due() + RECEIPT_AHEAD_S + 1, 0, due(), &f);
	assert_int_equal(f.trust, RECEIPT_UNTRUSTED);
	assert_non_null(strstr(f.why, "of a day to come"));
	judge_by("any", due() + RECEIPT_AHEAD_S, 0, due(), &f);
	assert_int_equal(f.trust, RECEIPT_GOOD);
	judge_by("all", due(), 0, due(), &f);
	assert_int_equal(f.trust, RECEIPT_UNTRUSTED);
	assert_non_null(strstr(f.why, "too few"));
}

static void without_one_a_disposal_is_unwitnessed_where_the_policy_wants_it(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
	d = verify_by(0);
	assert_string_equal(jdoc_get_text(d, "verdict"), "UNWITNESSED");
	assert_true(remarks(d, "carries no dated receipt"));
	jdoc_free(d);
}

static void before_the_entry_from_which_the_policy_asks_none_is_wanted(void **state)
{
	const uint64_t dispose = office->ledger->chain.size;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
	d = verify_from(0, dispose, false);
	assert_true(remarks(d, "carries no dated receipt"));
	jdoc_free(d);
	d = verify_from(0, dispose + 1, false);
	assert_false(remarks(d, "receipt"));
	jdoc_free(d);
}

static void where_no_record_was_read_that_is_all_that_is_said_of_it(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	put_cosigned(0, due(), 0, &checkpoint);
	office_must(run(&checkpoint, &e), &e);
	struct jdoc *d = verify_from(0, 0, true);
	assert_true(remarks(d, "is a record, and none was read"));
	assert_false(remarks(d, "is not here"));
	jdoc_free(d);
}

/* The clock of a witness is no proof against that of the ledger. */
static void by_a_slow_witness_the_ledger_is_not_broken(void **state)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	office->now += 3 * (int64_t)OFFICE_DAY;
	office_slip(office, "of the third day");
	put_cosigned(0, due() + 60, office->now, &checkpoint);
	trust(1, 1);
	office_must(run(&checkpoint, &e), &e);
	struct jdoc *d = verify_by(0);
	assert_true(jdoc_is_true(jdoc_get(judged(d), "in_time")));
	assert_string_equal(jdoc_get_text(d, "verdict"), "UNWITNESSED");
	jdoc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_stamp_dates_the_checkpoint_that_it_names),
		cmocka_unit_test(what_nobody_has_dated_is_no_receipt),
		cmocka_unit_test(is_read_back_from_its_body_and_from_no_other),
		cmocka_unit_test_setup(stands_in_the_certificate_as_its_record_and_its_witness, put_back),
		cmocka_unit_test_setup(is_refused_when_it_is_dated_before_the_first_day, put_back),
		cmocka_unit_test_setup(is_refused_when_it_is_of_before_the_proposal_or_of_another_ledger, put_back),
		cmocka_unit_test_setup(is_taken_of_the_witnesses_of_daicho_ini_alone, put_back),
		cmocka_unit_test_setup(is_refused_when_its_date_and_the_clock_contradict_each_other, put_back),
		cmocka_unit_test_setup(is_refused_with_the_witness_whose_date_is_against_the_clock, put_back),
		cmocka_unit_test_setup(is_asked_for_by_the_rule_book, put_back),
		cmocka_unit_test_setup(stays_that_of_a_run_that_was_stopped_after_its_certificate, put_back),
		cmocka_unit_test_setup(is_believed_of_whom_the_policy_names, put_back),
		cmocka_unit_test_setup(dated_early_by_whom_the_policy_names_it_is_premature, put_back),
		cmocka_unit_test_setup(where_it_is_stamped_the_cosignatures_alone_are_never_early, put_back),
		cmocka_unit_test_setup(by_one_slow_witness_of_a_quorum_nothing_is_early, put_back),
		cmocka_unit_test_setup(of_a_day_to_come_or_of_too_few_it_is_not_believed, put_back),
		cmocka_unit_test_setup(by_a_slow_witness_the_ledger_is_not_broken, put_back),
		cmocka_unit_test_setup(without_one_a_disposal_is_unwitnessed_where_the_policy_wants_it, put_back),
		cmocka_unit_test_setup(before_the_entry_from_which_the_policy_asks_none_is_wanted, put_back),
		cmocka_unit_test_setup(where_no_record_was_read_that_is_all_that_is_said_of_it, put_back),
	};
	return cmocka_run_group_tests(tests, make_office, drop_office);
}
