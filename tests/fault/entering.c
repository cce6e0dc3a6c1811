/* Entering: what comes in. append: the first record of a year, with an attachment, for which its repository is made.
 * start: a keeper and its agent, on a store with a batch in flight, and a record. */
#include "life.h"
#include "outcome.h"
#include "points.h"

/* What was sent once, and is sent again by who got no answer. */
static struct intake sent;
static uint64_t sent_number;              /* which it gets, and nothing else */

static int append_sent(struct err *e)
{
	struct append_item item = { .leaf = &sent.leaf, .note = &sent.note, .attachments = sent.attachments,
	                            .digest = sent.digest };
	int rc = append_one(office->ledger, &item, office->now, e);
	if (!rc)
		told->added = item.seq;
	return rc;
}

static int act_append(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	points_open(ctx);
	disk->armed = true;
	told_first_try(append_sent(&e), &e);
	disk->armed = false;
	if (told->code)
		append_sent(&e);
	room_leave();
	return 0;
}

/* From the first call of a start on: nothing is open yet, and no agent runs. */
static int act_start(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	disk->armed = true;
	told_first_try(room_open_as_keeper(&e), &e);
	if (!told->code)
		told_first_try(append_sent(&e), &e);
	disk->armed = false;
	room_leave();
	return 0;
}

/* What was acknowledged is there; sent again, it has the number that it had, and nothing is there twice. */
static void check_sent(void)
{
	struct err e = ERR_INIT;
	uint64_t before = told->added;
	life_expect_kept();
	if (before && !outcome_has_note(before))
		fail_msg("record %llu was acknowledged and is gone", (unsigned long long)before);
	struct hash state = outcome_state();
	outcome_expect_verdict(&state, false);
	office_must(append_sent(&e), &e);
	assert_true(told->added == sent_number && (!before || before == sent_number));
	assert_true(office->ledger->chain.size == sent_number + 1);
	assert_true(outcome_has_note(sent_number));
	state = outcome_state();
	outcome_expect_verdict(&state, false);
}

static void check_append(void)
{
	outcome_expect_disk_told();
	outcome_open(room_open_plainly);
	check_sent();
}

static void check_start(void)
{
	outcome_expect_disk_told();
	outcome_open(room_open_as_keeper);
	check_sent();
	room_leave();
}

static void take_in(void)
{
	static const char text[] = "{\"kind\":\"slip\",\"unit\":\"hq\",\"body\":{\"text\":\"sent once\"},"
	                           "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]}";
	struct jdoc *request, *faults = NULL;
	struct err e = ERR_INIT;
	request = jdoc_parse(text, strlen(text), FILE_MOST, 0, &e);
	office_must(request ? 0 : (int)e.code, &e);
	office_must(intake_parse(office->ledger->rules, request, 1000, "tester", office->now, &sent, &faults, &e), &e);
	jdoc_free(request);
	sent_number = office->ledger->chain.size;
}

static void prepare_append(void)
{
	life_fill();
	life_to(office->year + 3);
	room_clock = office->now;
	take_in();
	room_keep();
}

/* Killed when the volume has the record and the ledger does not have the entry. */
static void prepare_start(void)
{
	life_fill();
	room_clock = office->now;
	take_in();
	room_keep();
	office_do("cd %s; cp -a kept/volumes before-cut", room);
	points_cut(act_append);
	MEM_CLEANUP char *moved = office_sh("cd %s; diff -rq before-cut kept/volumes | grep -c /refs/ || true", room);
	if (strcmp(moved, "0") == 0)
		fail_msg("no batch is in flight");
}

const struct points_case entering_cases[] = {
	{ "append", "", prepare_append, room_put_back, act_append, check_append, false },
	{ "start", "", prepare_start, room_put_back_without_agent, act_start, check_start, false },
	{ .name = NULL },
};
