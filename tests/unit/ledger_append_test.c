/* One record and many: judged, signed, stored, read back; and what is left when it fails. */
#include "ledger_fixture.h"

#include <fcntl.h>

#include "base/date.h"
#include "ledger/intent.h"

static int put_with(struct fixture *f, const char *kind, const char *field, uint64_t number, struct append_item *out)
{
	struct jdoc *body = sample(f, kind);
	jdoc_set_integer(body, field, (int64_t)number);
	return add(f, request(kind, "hq", body), out);
}

static void answers_with_what_the_ledger_holds(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct index_entry entry;
	bool exists;
	struct oid head;
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	assert_int_equal(item.seq, 1);
	assert_int_equal(repo_ref_read(f->ledger->repo, LEDGER_REF, &exists, &head, NULL), ERR_OK);
	assert_true(exists && oid_is_equal(&head, &item.commit));
	assert_int_equal(index_entry(f->ledger->index, 1, &entry, NULL), ERR_OK);
	assert_true(oid_is_equal(&entry.commit, &item.commit));
	assert_true(hash_is_equal(&entry.leaf, &item.leaf_hash));
}

static void keeps_the_record_under_its_entry(void **state)
{
	struct fixture *f = *state;
	struct index_entry entry;
	struct note note;
	struct leaf leaf;
	struct hash hash;
	BUF_CLEANUP struct buf text = BUF_INIT, raw = BUF_INIT;
	uint64_t seq = put(f, "training", NULL, 0);
	assert_int_equal(index_entry(f->ledger->index, seq, &entry, NULL), ERR_OK);
	assert_int_equal(ledger_read_note(f->ledger, &entry, &text, &note, NULL), ERR_OK);
	assert_int_equal(ledger_read_leaf(f->ledger->repo, &entry.commit, &raw, &leaf, &hash, NULL), ERR_OK);
	assert_int_equal(intake_agrees(f->ledger->rules, &leaf, &note, NULL, NULL), ERR_OK);
	leaf_release(&leaf);
	note_release(&note);
}

static void shows_git_the_note_of_its_commit(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	char hex[OID_HEX_LEN + 1];
	BUF_CLEANUP struct buf path = BUF_INIT, out = BUF_INIT, ref = BUF_INIT;
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	int year = date_year_of_time(f->start);
	store_volume_path(&f->store, year, &path);
	buf_printf(&ref, "--ref=refs/notes/volumes/%d/training/hq", year);
	oid_print(&item.commit, hex);
	assert_int_equal(run_git(f, NULL, "-C", buf_str(&path), "fsck", "--full", "--strict", NULL), 0);
	/* the commit itself stands in ledger.git: `git notes list` names every object that has a note */
	assert_int_equal(run_git(f, &out, "-C", buf_str(&path), "notes", buf_str(&ref), "list", NULL), 0);
	assert_non_null(strstr(buf_str(&out), hex));
}

static void refuses_to_close_what_is_closed(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	uint64_t n = put(f, "device", NULL, 0);
	put(f, "device-retire", "device_entry", n);
	assert_int_equal(put_with(f, "device-retire", "device_entry", n, &item), ERR_RULE);
	assert_non_null(strstr(item.err.text, "entry 1"));
	assert_non_null(strstr(item.err.text, "C3.2.1-2"));
}

static void refuses_to_close_another_matter(void **state)
{
	struct fixture *f = *state;
	uint64_t n = put(f, "device", NULL, 0);
	assert_int_equal(put_with(f, "account-deletion", "account_entry", n, NULL), ERR_RULE);
}

static void refuses_to_close_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	uint64_t opens_nothing = put(f, "training", NULL, 0);
	assert_int_equal(put_with(f, "device-retire", "device_entry", 77, NULL), ERR_RULE);
	assert_int_equal(put_with(f, "device-retire", "device_entry", opens_nothing, NULL), ERR_RULE);
}

static void refuses_what_belongs_to_a_closed_matter(void **state)
{
	struct fixture *f = *state;
	uint64_t n = put(f, "device", NULL, 0);
	put(f, "device-change", "device_entry", n);
	put(f, "device-retire", "device_entry", n);
	assert_int_equal(put_with(f, "device-change", "device_entry", n, NULL), ERR_RULE);
}

static void lends_under_an_application_that_was_decided(void **state)
{
	struct fixture *f = *state;
	struct index_matter matter;
	uint64_t device = put(f, "device", NULL, 0), application = put(f, "application", NULL, 0);
	uint64_t training = put(f, "training", NULL, 0);
	put(f, "decision", "application_entry", application);
	assert_int_equal(index_matter(f->ledger->index, application, &matter, NULL), ERR_OK);
	assert_false(matter.open);
	struct jdoc *body = sample(f, "loan");
	jdoc_set_integer(body, "application_entry", (int64_t)application);
	jdoc_set_integer(body, "device_entry", (int64_t)device);
	jdoc_set_integer(body, "training_entry", (int64_t)training);
	struct append_item loan;
	assert_int_equal(add(f, request("loan", "hq", body), &loan), ERR_OK);
	assert_int_equal(index_matter(f->ledger->index, application, &matter, NULL), ERR_OK);
	assert_true(matter.closed && matter.open);
	put(f, "return", "loan_entry", loan.seq);
	assert_int_equal(index_matter(f->ledger->index, application, &matter, NULL), ERR_OK);
	assert_false(matter.open);
}

static int beat(struct fixture *f, int64_t now)
{
	struct leaf leaf = { .kind = LEAF_HEARTBEAT };
	struct append_item item = { .leaf = &leaf };
	struct err e = ERR_INIT;
	strcpy(leaf.kind_name, leaf_kind_name(LEAF_HEARTBEAT));
	int rc = append_one(f->ledger, &item, now, &e);
	leaf_release(&leaf);
	return rc;
}

static void refuses_to_concern_what_has_no_record(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(beat(f, f->start + HOUR), ERR_OK);
	assert_int_equal(put_with(f, "inspection", "incident_entry", 1, NULL), ERR_RULE);
	assert_int_equal(put_with(f, "inspection", "incident_entry", 99, NULL), ERR_RULE);
}

static struct jdoc *correcting(struct jdoc *d, uint64_t n)
{
	jdoc_set_integer(d, "corrects", (int64_t)n);
	jdoc_set_string(d, "reason", "書き間違い");
	return d;
}

static void corrects_a_record_of_the_same_kind_and_unit_alone(void **state)
{
	struct fixture *f = *state;
	uint64_t n = put(f, "training", NULL, 0);
	assert_int_equal(add(f, correcting(request("device", "hq", sample(f, "device")), n), NULL), ERR_RULE);
	assert_int_equal(add(f, correcting(request("training", "aso", sample(f, "training")), n), NULL), ERR_RULE);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), 99), NULL), ERR_RULE);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), n), NULL), ERR_OK);
}

static void corrects_the_latest_record_of_a_group_alone(void **state)
{
	struct fixture *f = *state;
	struct append_item second, third, again;
	uint64_t n = put(f, "training", NULL, 0);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), n), &second), ERR_OK);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), n), &again), ERR_RULE);
	assert_non_null(strstr(again.err.next, "the latest of them, entry 2"));
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), second.seq), &third), ERR_OK);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), n), &again), ERR_RULE);
	assert_non_null(strstr(again.err.next, "the latest of them, entry 3"));
}

static void corrects_once_within_a_batch(void **state)
{
	struct fixture *f = *state;
	struct added a[3];
	struct append_item items[3];
	struct err e = ERR_INIT;
	uint64_t n = put(f, "training", NULL, 0);
	const uint64_t corrected[] = { n, n, n + 1 };
	for (size_t i = 0; i < 3; i++) {
		struct jdoc *d = correcting(request("training", "hq", sample(f, "training")), corrected[i]);
		take_in(f, d, &a[i]);
		jdoc_free(d);
		items[i] = a[i].item;
	}
	assert_int_equal(append_batch(f->ledger, items, 3, f->ledger->chain.time, &e), ERR_OK);
	assert_int_equal(items[0].err.code, ERR_OK);
	assert_int_equal(items[1].err.code, ERR_RULE);
	assert_int_equal(items[2].err.code, ERR_OK);
	for (size_t i = 0; i < 3; i++)
		intake_release(&a[i].intake);
}

static struct jdoc *end_of(struct fixture *f, uint64_t designation)
{
	struct jdoc *body = sample(f, "device-retire");
	jdoc_set_integer(body, "device_entry", (int64_t)designation);
	return request("device-retire", "hq", body);
}

static void corrects_no_link_and_closes_nothing_again(void **state)
{
	struct fixture *f = *state;
	struct append_item end, other;
	uint64_t one = put(f, "device", NULL, 0), two = put(f, "device", NULL, 0);
	assert_int_equal(add(f, end_of(f, one), &end), ERR_OK);
	assert_int_equal(add(f, correcting(end_of(f, two), end.seq), &other), ERR_RULE);
	assert_non_null(strstr(other.err.text, "a wrong link needs a void"));
	assert_int_equal(add(f, correcting(end_of(f, one), end.seq), NULL), ERR_OK);
	assert_int_equal(add(f, end_of(f, two), NULL), ERR_OK);
}

static void names_the_opening_to_who_names_its_correction(void **state)
{
	struct fixture *f = *state;
	struct append_item correction, end;
	struct index_matter matter;
	uint64_t one = put(f, "device", NULL, 0);
	assert_int_equal(add(f, correcting(request("device", "hq", sample(f, "device")), one), &correction),
	                 ERR_OK);
	assert_int_equal(index_matter(f->ledger->index, correction.seq, &matter, NULL), ERR_NOTFOUND);
	assert_int_equal(add(f, end_of(f, correction.seq), &end), ERR_RULE);
	assert_non_null(strstr(end.err.next, "name entry 1,"));
	assert_int_equal(add(f, end_of(f, one), NULL), ERR_OK);
}

static void knows_corrections_again_when_the_index_is_rebuilt(void **state)
{
	struct fixture *f = *state;
	struct append_item correction;
	struct index_entry entry;
	uint64_t n = put(f, "training", NULL, 0);
	assert_int_equal(add(f, correcting(request("training", "hq", sample(f, "training")), n), &correction), ERR_OK);
	MEM_CLEANUP char *path = mem_strdup(f->store.index);
	close_fixture(f);
	assert_int_equal(unlink(path), 0);
	reopen(f);
	assert_int_equal(index_entry(f->ledger->index, n, &entry, NULL), ERR_OK);
	assert_int_equal(entry.corrected_by, correction.seq);
	assert_int_equal(index_entry(f->ledger->index, correction.seq, &entry, NULL), ERR_OK);
	assert_true(entry.has_corrects && entry.corrects == n && entry.first == n);
}

/* A request for a training with this document number; corrects 0: none. */
static struct jdoc *numbered(struct fixture *f, const char *doc_no, uint64_t corrects)
{
	struct rulebook_kind *k = (struct rulebook_kind *)rulebook_kind(f->ledger->rules->book, "training");
	struct jdoc *body = sample(f, "training");
	strcpy(k->number, "doc_no");
	jdoc_set_string(body, "held_on", "2026-05-01");
	jdoc_set_string(body, "doc_no", doc_no);
	struct jdoc *d = request("training", "hq", body);
	return corrects ? correcting(d, corrects) : d;
}

static void refuses_a_document_number_that_another_record_has(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	assert_int_equal(add(f, numbered(f, "熊少第121号", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊少第１２１号", 0), &item), ERR_RULE);
	assert_non_null(strstr(item.err.text, "entry 1 has this document number of 2026"));
	assert_int_equal(add(f, numbered(f, "2026-01-05付け熊少第121号", 0), NULL), ERR_RULE);
	assert_int_equal(add(f, numbered(f, "2025-12-28付け熊少第121号", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊少第121号の2", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊生企第121号", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "なし", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "なし", 0), NULL), ERR_OK);
}

static void leaves_a_document_number_to_the_last_correction(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	assert_int_equal(add(f, numbered(f, "熊少第121号", 0), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊少第121号", 1), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊少第121号", 0), &item), ERR_RULE);
	assert_non_null(strstr(item.err.text, "entry 2 has"));
	assert_int_equal(add(f, numbered(f, "熊少第122号", 2), NULL), ERR_OK);
	assert_int_equal(add(f, numbered(f, "熊少第121号", 0), NULL), ERR_OK);
}

static void refuses_to_void(void **state)
{
	struct fixture *f = *state;
	uint64_t n = put(f, "training", NULL, 0);
	struct jdoc *d = request("training", "hq", sample(f, "training"));
	jdoc_set_integer(d, "voids", (int64_t)n);
	assert_int_equal(add(f, d, NULL), ERR_RULE);
}

static struct jdoc *with_id(struct jdoc *d, const char *id)
{
	jdoc_set_string(d, "request", id);
	return d;
}

#define ID "0123456789abcdef0123456789abcdef"

static void answers_a_repeat_with_the_first_answer(void **state)
{
	struct fixture *f = *state;
	struct append_item one, two;
	assert_int_equal(add(f, with_id(request("training", "hq", sample(f, "training")), ID), &one), ERR_OK);
	assert_int_equal(add(f, with_id(request("training", "hq", sample(f, "training")), ID), &two), ERR_OK);
	assert_true(two.repeated);
	assert_int_equal(two.seq, one.seq);
	assert_true(oid_is_equal(&two.commit, &one.commit));
	assert_int_equal(f->ledger->chain.size, 2);
}

static void refuses_a_request_id_with_other_content(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(add(f, with_id(request("training", "hq", sample(f, "training")), ID), NULL), ERR_OK);
	assert_int_equal(add(f, with_id(request("device", "hq", sample(f, "device")), ID), NULL), ERR_CONFLICT);
}

static void knows_a_repeat_when_the_index_is_made_anew(void **state)
{
	struct fixture *f = *state;
	struct append_item one, two;
	assert_int_equal(add(f, with_id(request("training", "hq", sample(f, "training")), ID), &one), ERR_OK);
	MEM_CLEANUP char *index = mem_strdup(f->store.index);
	close_fixture(f);
	unlink(index);
	reopen(f);
	assert_int_equal(add(f, with_id(request("training", "hq", sample(f, "training")), ID), &two), ERR_OK);
	assert_true(two.repeated);
	assert_int_equal(two.seq, one.seq);
}

/* Batches. */

static void append_many(struct fixture *f, struct added *a, size_t n, int expected)
{
	struct append_item items[300];
	struct err e = ERR_INIT;
	for (size_t i = 0; i < n; i++)
		items[i] = a[i].item;
	assert_int_equal(append_batch(f->ledger, items, n, f->ledger->chain.time, &e), expected);
	for (size_t i = 0; i < n; i++) {
		a[i].item = items[i];
		intake_release(&a[i].intake);
	}
}

static void takes_a_batch_but_for_what_it_refuses(void **state)
{
	struct fixture *f = *state;
	struct added a[4];
	uint64_t n = put(f, "device", NULL, 0);
	for (size_t i = 0; i < 4; i++) {
		const char *kind = i % 2 ? "device-retire" : "training";
		struct jdoc *body = sample(f, kind);
		if (i % 2)
			jdoc_set_integer(body, "device_entry", (int64_t)n);
		struct jdoc *d = request(kind, "hq", body);
		take_in(f, d, &a[i]);
		jdoc_free(d);
	}
	append_many(f, a, 4, ERR_OK);
	assert_int_equal(a[0].item.err.code, ERR_OK);
	assert_int_equal(a[1].item.err.code, ERR_OK);
	assert_int_equal(a[2].item.err.code, ERR_OK);
	assert_int_equal(a[3].item.err.code, ERR_RULE); /* closed by the one before it */
	assert_int_equal(a[2].item.seq, a[1].item.seq + 1);
	assert_int_equal(f->ledger->chain.size, 5);
}

static void refuses_a_document_number_twice_in_one_batch(void **state)
{
	struct fixture *f = *state;
	struct added a[4];
	assert_int_equal(add(f, numbered(f, "熊少第1号", 0), NULL), ERR_OK);
	struct jdoc *d[] = { numbered(f, "熊少第2号", 1), numbered(f, "熊少第2号", 0), numbered(f, "熊少第1号", 0),
		             numbered(f, "熊少第1号", 0) };
	for (size_t i = 0; i < 4; i++) {
		take_in(f, d[i], &a[i]);
		jdoc_free(d[i]);
	}
	append_many(f, a, 4, ERR_OK);
	assert_int_equal(a[0].item.err.code, ERR_OK);
	assert_int_equal(a[1].item.err.code, ERR_RULE);
	assert_int_equal(a[2].item.err.code, ERR_OK); /* entry 1 was corrected to another number */
	assert_int_equal(a[3].item.err.code, ERR_RULE);
	assert_int_equal(f->ledger->chain.size, 4);
}

static void answers_twins_of_one_batch_alike(void **state)
{
	struct fixture *f = *state;
	struct added a[2];
	for (size_t i = 0; i < 2; i++) {
		struct jdoc *d = with_id(request("training", "hq", sample(f, "training")), ID);
		take_in(f, d, &a[i]);
		jdoc_free(d);
	}
	append_many(f, a, 2, ERR_OK);
	assert_true(a[1].item.repeated);
	assert_int_equal(a[0].item.seq, a[1].item.seq);
	assert_true(oid_is_equal(&a[0].item.commit, &a[1].item.commit));
	assert_int_equal(f->ledger->chain.size, 2);
}

static void stores_nothing_of_a_batch_that_is_not_signed_whole(void **state)
{
	struct fixture *f = *state;
	struct added a[3];
	uint64_t before = f->ledger->chain.size;
	for (size_t i = 0; i < 3; i++) {
		struct jdoc *d = request("training", "hq", sample(f, "training"));
		take_in(f, d, &a[i]);
		jdoc_free(d);
	}
	f->refuse_after = 2;
	append_many(f, a, 3, ERR_UNAVAILABLE);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(a[i].item.err.code, ERR_UNAVAILABLE);
	assert_int_equal(f->ledger->chain.size, before);
	f->refuse_after = 0;
	assert_int_equal(put(f, "training", NULL, 0), before);
}

static void fans_out_a_volume_that_git_still_reads(void **state)
{
	struct fixture *f = *state;
	struct added *a = mem_array(200, sizeof *a);
	BUF_CLEANUP struct buf path = BUF_INIT, out = BUF_INIT, ref = BUF_INIT;
	for (size_t i = 0; i < 200; i++) {
		struct jdoc *d = request("training", "hq", sample(f, "training"));
		take_in(f, d, &a[i]);
		jdoc_free(d);
	}
	append_many(f, a, 150, ERR_OK);
	append_many(f, a + 150, 50, ERR_OK);
	int year = date_year_of_time(f->start);
	store_volume_path(&f->store, year, &path);
	buf_printf(&ref, "--ref=refs/notes/volumes/%d/training/hq", year);
	assert_int_equal(run_git(f, &out, "-C", buf_str(&path), "notes", buf_str(&ref), "list", NULL), 0);
	size_t lines = 0;
	for (const char *p = buf_str(&out); (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 200);
	assert_int_equal(run_git(f, NULL, "-C", buf_str(&path), "fsck", "--full", "--strict", NULL), 0);
	free(a);
	reopen(f);
	assert_int_equal(f->ledger->chain.size, 201);
}

/* Clock. */

static void never_lets_time_go_back(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(beat(f, f->start + DAY), ERR_OK);
	assert_int_equal(beat(f, f->start + DAY - 9 * 60), ERR_OK);
	assert_int_equal(f->ledger->chain.time, f->start + DAY);
	assert_int_equal(beat(f, f->start + DAY - 11 * 60), ERR_CLOCK);
}

/* A clock entry over the last entry, by whoever the first two entries name. */
static int attest(struct fixture *f, int64_t now)
{
	struct leaf_target last = { .type = LEAF_ON_ENTRY, .first = f->ledger->chain.size - 1,
		                    .last = f->ledger->chain.size - 1 };
	struct leaf leaf = { .kind = LEAF_CLOCK, .on = &last, .on_count = 1, .has_counts = true,
		             .counts = date_year_of_time(now) };
	struct append_item item = { .leaf = &leaf };
	struct err e = ERR_INIT;
	strcpy(leaf.kind_name, leaf_kind_name(LEAF_CLOCK));
	leaf_seqs_add(&leaf.by, 0);
	leaf_seqs_add(&leaf.by, 1);
	int rc = append_one(f->ledger, &item, now, &e);
	free(leaf.by.at);
	return rc;
}

static void takes_nothing_but_a_clock_entry_after_a_step_over_fourteen_days(void **state)
{
	struct fixture *f = *state;
	int64_t now = f->start + 14 * DAY + 1;
	assert_int_equal(beat(f, f->start + 14 * DAY), ERR_OK);
	now += 14 * DAY;
	assert_int_equal(beat(f, now), ERR_CLOCK);
	assert_int_equal(attest(f, now), ERR_OK);
	assert_int_equal(beat(f, now), ERR_OK);
}

static void lets_time_go_back_in_a_clock_entry(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(beat(f, f->start + 2 * DAY), ERR_OK);
	assert_int_equal(attest(f, f->start + DAY), ERR_OK);
	assert_int_equal(f->ledger->chain.time, f->start + DAY);
	/* within what is believed, a clock entry is like any other */
	assert_int_equal(attest(f, f->start + DAY - 60), ERR_OK);
	assert_int_equal(f->ledger->chain.time, f->start + DAY);
}

static void takes_the_year_of_japan(void **state)
{
	struct fixture *f = *state;
	struct index_entry entry;
	struct append_item item;
	int year = date_year_of_time(f->start);
	int64_t new_year = date_to_time((struct date){ year + 1, 1, 1 });
	for (int64_t day = f->start; day < new_year - 1; day += 14 * DAY)
		assert_int_equal(beat(f, day), ERR_OK);
	assert_int_equal(add_at(f, request("training", "hq", sample(f, "training")), new_year - 1, &item), ERR_OK);
	assert_int_equal(index_entry(f->ledger->index, item.seq, &entry, NULL), ERR_OK);
	assert_int_equal(entry.volume.year, year);
	assert_int_equal(add_at(f, request("training", "hq", sample(f, "training")), new_year, &item), ERR_OK);
	assert_int_equal(index_entry(f->ledger->index, item.seq, &entry, NULL), ERR_OK);
	assert_int_equal(entry.volume.year, year + 1);
}

static void makes_no_entry_that_it_cannot_enforce(void **state)
{
	struct fixture *f = *state;
	struct leaf leaf = { .kind = LEAF_TERM, .has_term = true, .term = 2 };
	struct append_item item = { .leaf = &leaf };
	struct err e = ERR_INIT;
	strcpy(leaf.kind_name, leaf_kind_name(LEAF_TERM));
	assert_int_equal(append_one(f->ledger, &item, f->start, &e), ERR_RULE);
}

/* Roles. */

static void takes_a_role_only_from_who_was_appointed(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d = request("training", "hq", sample(f, "training"));
	jdoc_set_string(d, "role", "manager");
	assert_int_equal(add(f, jdoc_keep(d), NULL), ERR_PERM);
	struct jdoc *body = sample(f, "appointment");
	jdoc_set_string(body, "login", "tester");
	jdoc_set_string(body, "role", "manager");
	struct append_item appointment;
	assert_int_equal(add(f, request("appointment", "hq", body), &appointment), ERR_OK);
	assert_int_equal(add(f, jdoc_keep(d), NULL), ERR_OK);
	put(f, "appointment-end", "appointment_entry", appointment.seq);
	assert_int_equal(add(f, d, NULL), ERR_PERM);
}

static void knows_a_person_by_the_first_appointment(void **state)
{
	struct fixture *f = *state;
	struct index_person person;
	uint64_t seqs[2];
	for (size_t i = 0; i < 2; i++) {
		struct append_item item;
		struct jdoc *body = sample(f, "appointment");
		jdoc_set_string(body, "login", i ? "new.login" : "old.login"); /* the same key */
		assert_int_equal(add(f, request("appointment", "hq", body), &item), ERR_OK);
		seqs[i] = item.seq;
	}
	assert_int_equal(index_person_by_login(f->ledger->index, "new.login", NULL, &person, NULL), ERR_OK);
	assert_int_equal(person.seq, seqs[1]);
	assert_int_equal(person.first, seqs[0]);
}

/* Failures. */

static void fill_intent(struct fixture *f, struct append_item *last, struct intent *out)
{
	bool whole;
	assert_int_equal(intent_read(f->store.intent, &whole, out, NULL), ERR_OK);
	assert_true(whole);
	assert_true(oid_is_equal(&out->commits[out->commits_count - 1], &last->commit));
}

/* The ledger's ref is put back behind the last batch. */
static void cut_ledger(struct fixture *f, struct intent *intent)
{
	MEM_CLEANUP char *index = mem_strdup(f->store.index);
	MEM_CLEANUP char *ref = mem_printf("%s/" LEDGER_REF, f->store.ledger);
	char hex[OID_HEX_LEN + 2];
	close_fixture(f);
	unlink(index);
	oid_print(&intent->head, hex);
	hex[OID_HEX_LEN] = '\n';
	assert_int_equal(file_write_durable(ref, hex, OID_HEX_LEN + 1, 0600, NULL), ERR_OK);
}

/* As if the keeper had died just before the ref moved. */
static void die_before_the_ref(struct fixture *f, struct intent *intent)
{
	MEM_CLEANUP char *path = mem_strdup(f->store.intent);
	cut_ledger(f, intent);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "open", 4, (off_t)strlen("daicho-intent 1 ")), 4);
	close(fd);
}

static void refuses_a_ledger_that_lacks_what_was_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct intent intent;
	struct err e = ERR_INIT;
	put(f, "training", NULL, 0);
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	fill_intent(f, &item, &intent);
	assert_true(intent.done);
	cut_ledger(f, &intent);
	assert_int_equal(open_fixture(f, &e), ERR_LEDGER);
	intent_release(&intent);
}

static void sweeps_a_batch_that_died_before_its_ref(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct intent intent;
	struct repo *year;
	put(f, "training", NULL, 0);
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	fill_intent(f, &item, &intent);
	die_before_the_ref(f, &intent);
	reopen(f);
	assert_int_equal(f->ledger->chain.size, 2);
	assert_int_equal(ledger_year(f->ledger, intent.blobs[0].year, false, &year, NULL), ERR_OK);
	assert_false(repo_has(year, &intent.blobs[0].id));
	assert_false(repo_has(f->ledger->repo, &intent.commits[0]));
	assert_int_equal(put(f, "training", NULL, 0), 2);
	intent_release(&intent);
	reopen(f);
	assert_int_equal(f->ledger->chain.size, 3);
}

static void sweeps_the_first_note_of_a_volume(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct intent intent;
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	fill_intent(f, &item, &intent);
	die_before_the_ref(f, &intent);
	reopen(f);
	assert_int_equal(f->ledger->chain.size, 1);
	assert_int_equal(put(f, "training", NULL, 0), 1);
	intent_release(&intent);
}

static void does_not_sweep_when_the_ledger_is_an_older_one(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct intent intent;
	struct err e = ERR_INIT;
	put(f, "training", NULL, 0);
	fill_intent(f, &(struct append_item){ .commit = f->ledger->chain.head }, &intent);
	assert_int_equal(add(f, request("training", "hq", sample(f, "training")), &item), ERR_OK);
	die_before_the_ref(f, &intent);   /* two entries back: the intent names another head */
	assert_int_equal(open_fixture(f, &e), ERR_LEDGER);
	intent_release(&intent);
}

static void refuses_a_note_that_is_gone(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf path = BUF_INIT;
	put(f, "training", NULL, 0);
	store_volume_path(&f->store, date_year_of_time(f->start), &path);
	close_fixture(f);
	assert_int_equal(file_remove_tree(buf_str(&path), NULL), ERR_OK);
	assert_int_equal(open_fixture(f, &e), ERR_LEDGER);
}

static void refuses_a_note_without_an_entry(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf path = BUF_INIT;
	put(f, "training", NULL, 0);
	int year = date_year_of_time(f->start);
	store_volume_path(&f->store, year, &path);
	MEM_CLEANUP char *from = mem_printf("refs/notes/volumes/%d/training/hq", year);
	MEM_CLEANUP char *to = mem_printf("refs/notes/volumes/%d/device/hq", year);
	assert_int_equal(run_git(f, NULL, "-C", buf_str(&path), "update-ref", to, from, NULL), 0);
	close_fixture(f);
	assert_int_equal(open_fixture(f, &e), ERR_LEDGER);
}

static void forgets_a_half_written_intent(void **state)
{
	struct fixture *f = *state;
	put(f, "training", NULL, 0);
	MEM_CLEANUP char *path = mem_strdup(f->store.intent);
	close_fixture(f);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "0000", 4, 100), 4);
	close(fd);
	reopen(f);
	assert_int_equal(put(f, "training", NULL, 0), 2);
}

static void catches_up_an_index_that_is_behind(void **state)
{
	struct fixture *f = *state;
	put(f, "device", NULL, 0);
	MEM_CLEANUP char *index = mem_strdup(f->store.index);
	MEM_CLEANUP char *older = mem_printf("%s.older", f->store.index);
	close_fixture(f);
	const char *const keep[] = { "cp", index, older, NULL };
	run_plain(keep);
	reopen(f);
	put(f, "device-retire", "device_entry", 1);
	close_fixture(f);
	assert_int_equal(rename(older, index), 0);
	reopen(f);
	assert_int_equal(put_with(f, "device-retire", "device_entry", 1, NULL), ERR_RULE);
	assert_int_equal(f->ledger->chain.size, 3);
}

static void rebuilds_an_index_that_is_damaged(void **state)
{
	struct fixture *f = *state;
	put(f, "device", NULL, 0);
	MEM_CLEANUP char *index = mem_strdup(f->store.index);
	close_fixture(f);
	assert_int_equal(file_write_durable(index, "no database, but long enough to be looked at", 44, 0600, NULL), ERR_OK);
	reopen(f);
	put(f, "device-retire", "device_entry", 1);
}

static void stores_attachments_byte_for_byte(void **state)
{
	struct fixture *f = *state;
	struct append_item item;
	struct jdoc *answer;
	struct jdoc *d = request("training", "hq", sample(f, "training")), *one = jdoc_object(), *list = jdoc_array();
	jdoc_set_string(one, "media", "image/png");
	jdoc_set_string(one, "data", "AAECAwQF");
	jdoc_append(list, one);
	jdoc_set(d, "attachments", list);
	assert_int_equal(add(f, d, &item), ERR_OK);
	assert_int_equal(query_attachment(f->ledger, item.seq, 1, &answer, NULL), ERR_OK);
	assert_string_equal(jdoc_get_text(answer, "data"), "AAECAwQF");
	jdoc_free(answer);
	assert_int_equal(query_attachment(f->ledger, item.seq, 2, &answer, NULL), ERR_NOTFOUND);
}

static void refuses_a_second_writer(void **state)
{
	struct fixture *f = *state;
	struct store other;
	struct err e = ERR_INIT;
	assert_int_equal(store_open(f->dir, &other, &e), ERR_OK);
	assert_int_equal(store_lock(&other, &e), ERR_BUSY);
	store_release(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_with_what_the_ledger_holds),
		TEST(keeps_the_record_under_its_entry),
		TEST(shows_git_the_note_of_its_commit),
		TEST(refuses_to_close_what_is_closed),
		TEST(refuses_to_close_another_matter),
		TEST(refuses_to_close_what_is_not_there),
		TEST(refuses_what_belongs_to_a_closed_matter),
		TEST(lends_under_an_application_that_was_decided),
		TEST(refuses_to_concern_what_has_no_record),
		TEST(corrects_a_record_of_the_same_kind_and_unit_alone),
		TEST(corrects_the_latest_record_of_a_group_alone),
		TEST(corrects_once_within_a_batch),
		TEST(corrects_no_link_and_closes_nothing_again),
		TEST(names_the_opening_to_who_names_its_correction),
		TEST(knows_corrections_again_when_the_index_is_rebuilt),
		TEST(refuses_a_document_number_that_another_record_has),
		TEST(leaves_a_document_number_to_the_last_correction),
		TEST(refuses_a_document_number_twice_in_one_batch),
		TEST(refuses_to_void),
		TEST(answers_a_repeat_with_the_first_answer),
		TEST(refuses_a_request_id_with_other_content),
		TEST(knows_a_repeat_when_the_index_is_made_anew),
		TEST(takes_a_batch_but_for_what_it_refuses),
		TEST(answers_twins_of_one_batch_alike),
		TEST(stores_nothing_of_a_batch_that_is_not_signed_whole),
		TEST(fans_out_a_volume_that_git_still_reads),
		TEST(never_lets_time_go_back),
		TEST(takes_nothing_but_a_clock_entry_after_a_step_over_fourteen_days),
		TEST(lets_time_go_back_in_a_clock_entry),
		TEST(takes_the_year_of_japan),
		TEST(makes_no_entry_that_it_cannot_enforce),
		TEST(takes_a_role_only_from_who_was_appointed),
		TEST(knows_a_person_by_the_first_appointment),
		TEST(refuses_a_ledger_that_lacks_what_was_acknowledged),
		TEST(sweeps_a_batch_that_died_before_its_ref),
		TEST(sweeps_the_first_note_of_a_volume),
		TEST(does_not_sweep_when_the_ledger_is_an_older_one),
		TEST(refuses_a_note_that_is_gone),
		TEST(refuses_a_note_without_an_entry),
		TEST(forgets_a_half_written_intent),
		TEST(catches_up_an_index_that_is_behind),
		TEST(rebuilds_an_index_that_is_damaged),
		TEST(stores_attachments_byte_for_byte),
		TEST(refuses_a_second_writer),
	};
	return cmocka_run_group_tests_name("ledger/append", tests, make_template, remove_template);
}
