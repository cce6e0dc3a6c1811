/* The authority of tests/data/tsa was valid in January 2020 alone: what it stamped then is right today. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/timestamp.h"

#define FOLDER TESTS_DATA "/tsa/"
#define STAMPED 1579132800        /* 2020-01-16T00:00:00Z */
#define QUERY_LEN_MAX 100

static struct buf checkpoint, cosigned, reply, ca;
static const struct tsa_trust trusted = { &ca, NULL, 0 };

static void read_file(const char *name, struct buf *out)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = mem_printf("%s%s", FOLDER, name);
	assert_int_equal(file_read(path, TSA_FILE_MAX, out, &e), ERR_OK);
}

static int read_all(void **s)
{
	(void)s;
	read_file("checkpoint", &checkpoint);
	read_file("cosigned", &cosigned);
	read_file("checkpoint.tsr", &reply);
	read_file("ca.pem", &ca);
	return 0;
}

static int drop_all(void **s)
{
	(void)s;
	buf_release(&checkpoint);
	buf_release(&cosigned);
	buf_release(&reply);
	buf_release(&ca);
	return 0;
}

static int check_file(const char *name, const char *ca_name)
{
	BUF_CLEANUP struct buf other = BUF_INIT, root = BUF_INIT;
	struct timestamp t;
	struct err e = ERR_INIT;
	read_file(name, &other);
	const struct tsa_trust trust = { &root, NULL, 0 };
	read_file(ca_name, &root);
	return timestamp_check(&checkpoint, &other, &trust, NULL, &t, &e);
}

static void tells_time_authority_and_serial_after_the_certificate_has_expired(void **s)
{
	struct timestamp t;
	struct err e = ERR_INIT;
	(void)s;
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, NULL, &t, &e), ERR_OK);
	assert_int_equal(t.stamp.time, STAMPED);
	assert_string_equal(t.stamp.name, "CN=Test time stamping\\, stamp,O=Example");
	assert_string_equal(t.stamp.policy, "1.2.3.4.1");
	assert_int_equal(strspn(t.stamp.serial, "0123456789ABCDEF"), strlen(t.stamp.serial));
	assert_int_equal(t.size, 7);
	assert_int_equal(t.lines, 1);
	assert_int_equal(t.later, 0);
}

static void holds_although_a_witness_cosigned_later(void **s)
{
	struct timestamp t;
	struct err e = ERR_INIT;
	(void)s;
	assert_int_equal(timestamp_check(&cosigned, &reply, &trusted, NULL, &t, &e), ERR_OK);
	assert_int_equal(t.lines, 1);
	assert_int_equal(t.later, 1);
}

static void is_of_no_other_checkpoint(void **s)
{
	BUF_CLEANUP struct buf other = BUF_INIT;
	struct timestamp t;
	struct err e = ERR_INIT;
	(void)s;
	buf_add(&other, checkpoint.ptr, checkpoint.len);
	memcpy(strstr(other.ptr, "\n7\n"), "\n8\n", 3);
	assert_int_equal(timestamp_check(&other, &reply, &trusted, NULL, &t, &e), ERR_CONFLICT);
}

static void answers_its_own_query_alone(void **s)
{
	BUF_CLEANUP struct buf query = BUF_INIT, other = BUF_INIT, fresh = BUF_INIT;
	struct timestamp t;
	struct err e = ERR_INIT;
	(void)s;
	read_file("checkpoint.tsq", &query);
	read_file("other.tsq", &other);
	assert_int_equal(timestamp_query(&checkpoint, &fresh, &e), ERR_OK); /* another nonce */
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, &query, &t, &e), ERR_OK);
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, &other, &t, &e), ERR_CONFLICT);
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, &fresh, &t, &e), ERR_CONFLICT);
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, &reply, &t, &e), ERR_SYNTAX);
}

static void refuses_an_authority_that_is_not_trusted_or_was_no_longer_valid(void **s)
{
	BUF_CLEANUP struct buf none = BUF_INIT;
	const struct tsa_trust nobody = { &none, NULL, 0 };
	struct timestamp t;
	struct err e = ERR_INIT;
	(void)s;
	assert_int_equal(check_file("checkpoint.tsr", "other.pem"), ERR_KEY);
	assert_int_equal(check_file("late.tsr", "ca.pem"), ERR_KEY);
	assert_int_equal(timestamp_check(&checkpoint, &reply, &nobody, NULL, &t, &e), ERR_KEY);
}

static void refuses_what_was_not_granted_and_other_digests(void **s)
{
	(void)s;
	assert_int_equal(check_file("rejected.tsr", "ca.pem"), ERR_RULE);
	assert_int_equal(check_file("sha512.tsr", "ca.pem"), ERR_RULE);
	assert_int_equal(check_file("checkpoint.tsq", "ca.pem"), ERR_SYNTAX);
}

/* Around what is signed stands what is not used, such as a copy of the root: changes there change nothing. */
static void refuses_every_cut_reply_and_says_nothing_else_of_a_changed_one(void **s)
{
	struct timestamp right, t;
	struct err e = ERR_INIT;
	size_t refused = 0;
	(void)s;
	assert_int_equal(timestamp_check(&checkpoint, &reply, &trusted, NULL, &right, &e), ERR_OK);
	for (size_t at = 0; at < reply.len; at++) {
		BUF_CLEANUP struct buf changed = BUF_INIT, cut = BUF_INIT;
		buf_add(&cut, reply.ptr, at);
		assert_int_not_equal(timestamp_check(&checkpoint, &cut, &trusted, NULL, &t, &e), ERR_OK);
		buf_add(&changed, reply.ptr, reply.len);
		changed.ptr[at] ^= 1;
		if (timestamp_check(&checkpoint, &changed, &trusted, NULL, &t, &e))
			refused++;
		else {
			assert_int_equal(t.stamp.time, right.stamp.time);
			assert_string_equal(t.stamp.serial, right.stamp.serial);
			assert_string_equal(t.stamp.name, right.stamp.name);
			assert_string_equal(t.stamp.policy, right.stamp.policy);
		}
	}
	assert_true(refused > reply.len / 2);
}

static void asks_with_a_nonce_for_the_certificate(void **s)
{
	BUF_CLEANUP struct buf one = BUF_INIT, other = BUF_INIT;
	struct err e = ERR_INIT;
	struct hash digest = hash_of(checkpoint.ptr, checkpoint.len);
	(void)s;
	assert_int_equal(timestamp_query(&checkpoint, &one, &e), ERR_OK);
	assert_int_equal(timestamp_query(&checkpoint, &other, &e), ERR_OK);
	assert_true(one.len == other.len && one.len < QUERY_LEN_MAX);
	assert_memory_not_equal(one.ptr, other.ptr, one.len);
	assert_non_null(memmem(one.ptr, one.len, digest.b, HASH_LEN));
	assert_memory_equal(one.ptr + one.len - 3, "\x01\x01\xff", 3);
}

static void asks_for_no_other_file(void **s)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	(void)s;
	assert_int_equal(timestamp_query(&ca, &out, &e), ERR_SYNTAX);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_time_authority_and_serial_after_the_certificate_has_expired),
		cmocka_unit_test(holds_although_a_witness_cosigned_later),
		cmocka_unit_test(is_of_no_other_checkpoint),
		cmocka_unit_test(answers_its_own_query_alone),
		cmocka_unit_test(refuses_an_authority_that_is_not_trusted_or_was_no_longer_valid),
		cmocka_unit_test(refuses_what_was_not_granted_and_other_digests),
		cmocka_unit_test(refuses_every_cut_reply_and_says_nothing_else_of_a_changed_one),
		cmocka_unit_test(asks_with_a_nonce_for_the_certificate),
		cmocka_unit_test(asks_for_no_other_file),
	};
	return cmocka_run_group_tests(tests, read_all, drop_all);
}
