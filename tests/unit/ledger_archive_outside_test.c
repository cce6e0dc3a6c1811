/* What checkpoints of a policy say of an archive, by what a check has found in one: of a log of the test. */
#include "witness_log.h"

#include <unistd.h>

#include "ledger/archive_impl.h"
#include "ledger/policy.h"

#define SIZE 20                         /* entries up to the approval */
#define RECORD 7                        /* a record of the archive */
#define COSIGNED 1600000000

static char dir[] = "/tmp/daicho-outside-XXXXXX";
static struct witness_log ours, forked;
static struct tlog_note_key witness;
static struct archive_head head;
static struct archive_facts facts;
static enum verdict verdict;
static char said[ERR_TEXT_MAX];

static int make_logs(void **s)
{
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	struct err e = ERR_INIT;
	(void)s;
	if (!mkdtemp(dir))
		return -1;
	witness_log_make(&ours, dir, WITNESS_LOG_ORIGIN);
	forked = ours;
	witness_log_fill(&forked, "b", 5);
	ed25519_public(ours.secret, public_key);
	assert_int_equal(tlog_note_key_make("witness.example/w", TLOG_NOTE_COSIGNATURE, public_key, &witness, &e), ERR_OK);
	head = (struct archive_head){ RECORD, merkle_root_of(ours.leaves, RECORD) };
	facts = (struct archive_facts){ .size = SIZE, .root = merkle_root_of(ours.leaves, SIZE), .heads = &head,
	                                .heads_count = 1 };
	return 0;
}

static int drop_logs(void **s)
{
	(void)s;
	ed25519_free(ours.secret);
	return file_remove_tree(dir, NULL);
}

static void take(void *ctx, enum verdict v, const char *text)
{
	(void)ctx;
	verdict = verdict_worse(verdict, v);
	snprintf(said, sizeof said, "%s", text);
}

static void cosign(size_t size, struct buf *note)
{
	BUF_CLEANUP struct buf text = BUF_INIT, message = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	witness_log_text(&ours, size, &text);
	tlog_note_message(witness.type, COSIGNED, text.ptr, text.len, &message);
	assert_int_equal(ed25519_sign(ours.secret, message.ptr, message.len, sig, &e), ERR_OK);
	tlog_note_print_sig(&witness, COSIGNED, sig, note);
}

static void ask_witness(struct policy *p)
{
	BUF_CLEANUP struct buf text = BUF_INIT, key = BUF_INIT;
	struct err e = ERR_INIT;
	tlog_note_key_print(&witness, &key);
	buf_printf(&text, "witness w %s\nquorum w\n", buf_str(&key));
	assert_int_equal(tlog_policy_parse(text.ptr, text.len, &p->witnesses, &e), ERR_OK);
}

/* The one checkpoint, or step, of these bytes (NULL: none); what was told last stands in `said`. */
static enum verdict judge(const struct buf *bytes, bool is_known, bool asks_witness)
{
	struct policy p = { .pins.origin = WITNESS_LOG_ORIGIN };
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf key = BUF_INIT;
	MEM_CLEANUP char *path = file_path(dir, "point");
	tlog_note_key_print(&ours.key, &key);
	strcpy(p.pins.checkpoint, buf_str(&key));
	if (asks_witness)
		ask_witness(&p);
	if (bytes) {
		assert_int_equal(file_write_durable(path, bytes->ptr, bytes->len, 0600, &e), ERR_OK);
		assert_int_equal(policy_add_checkpoint(&p, path, is_known, &e), ERR_OK);
	}
	verdict = VERDICT_VALID;
	*said = '\0';
	jdoc_free(archive_outside_judge(&facts, &p, take, NULL));
	policy_release(&p);
	return verdict;
}

static void expect(enum verdict is, enum verdict wanted, const char *reason)
{
	if (is != wanted || !strstr(said, reason) || (!*reason && *said))
		fail_msg("%s: %s", verdict_word(is), said);
}

static void says_nothing_of_a_policy_of_pins_alone(void **state)
{
	(void)state;
	expect(judge(NULL, false, false), VERDICT_VALID, "");
}

static void takes_a_checkpoint_of_as_many_entries_and_no_other_history(void **state)
{
	BUF_CLEANUP struct buf same = BUF_INIT, other = BUF_INIT, kept = BUF_INIT;
	(void)state;
	witness_log_checkpoint(&ours, SIZE, &same);
	expect(judge(&same, false, false), VERDICT_VALID, "");
	witness_log_checkpoint(&forked, SIZE, &other);
	expect(judge(&other, false, false), VERDICT_DIVERGED, "another tree head");
	witness_log_text(&forked, SIZE, &kept);
	expect(judge(&kept, true, false), VERDICT_DIVERGED, "another tree head");
}

static void says_of_other_sizes_that_it_can_not_tell_but_for_what_its_records_say(void **state)
{
	BUF_CLEANUP struct buf later = BUF_INIT, before = BUF_INIT, other = BUF_INIT;
	(void)state;
	witness_log_text(&ours, SIZE + 9, &later);
	expect(judge(&later, true, false), VERDICT_VALID, "is told by the ledger, or by a step");
	witness_log_text(&ours, RECORD, &before);
	expect(judge(&before, true, false), VERDICT_VALID, "is told by the ledger, or by a step");
	witness_log_text(&forked, RECORD, &other);
	expect(judge(&other, true, false), VERDICT_DIVERGED, "another tree head");
}

static void says_that_a_checkpoint_without_a_trusted_signature_says_nothing(void **state)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	(void)state;
	witness_log_text(&ours, SIZE, &note);
	buf_putc(&note, '\n');
	cosign(SIZE, &note);
	expect(judge(&note, false, false), VERDICT_INCOMPLETE, "not signed by a checkpoint key");
}

static void goes_by_a_step_to_a_later_checkpoint(void **state)
{
	BUF_CLEANUP struct buf step = BUF_INIT, forged = BUF_INIT, another = BUF_INIT;
	(void)state;
	witness_log_request(&ours, SIZE, SIZE + 9, &step);
	expect(judge(&step, false, false), VERDICT_VALID, "");
	witness_log_request(&forked, SIZE, SIZE + 9, &forged);
	expect(judge(&forged, false, false), VERDICT_DIVERGED, "does not go on from the tree head of the archive");
	witness_log_request(&ours, SIZE + 1, SIZE + 9, &another);
	expect(judge(&another, false, false), VERDICT_VALID, "or by a step");
}

static void asks_for_witnesses_at_its_own_tree_head_or_by_a_step(void **state)
{
	BUF_CLEANUP struct buf own = BUF_INIT, later = BUF_INIT, step = BUF_INIT;
	(void)state;
	expect(judge(NULL, false, true), VERDICT_UNWITNESSED, "cosigned by the quorum");
	witness_log_checkpoint(&ours, SIZE, &own);
	expect(judge(&own, false, true), VERDICT_UNWITNESSED, "cosigned by the quorum");
	cosign(SIZE, &own);
	expect(judge(&own, false, true), VERDICT_VALID, "");
	witness_log_checkpoint(&ours, SIZE + 9, &later);
	cosign(SIZE + 9, &later);
	expect(judge(&later, false, true), VERDICT_UNWITNESSED, "cosigned by the quorum");
	witness_log_wrap(&ours, SIZE, SIZE + 9, &later, &step);
	expect(judge(&step, false, true), VERDICT_VALID, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_nothing_of_a_policy_of_pins_alone),
		cmocka_unit_test(takes_a_checkpoint_of_as_many_entries_and_no_other_history),
		cmocka_unit_test(says_of_other_sizes_that_it_can_not_tell_but_for_what_its_records_say),
		cmocka_unit_test(says_that_a_checkpoint_without_a_trusted_signature_says_nothing),
		cmocka_unit_test(goes_by_a_step_to_a_later_checkpoint),
		cmocka_unit_test(asks_for_witnesses_at_its_own_tree_head_or_by_a_step),
	};
	return cmocka_run_group_tests_name("ledger/archive_outside", tests, make_logs, drop_logs);
}
