#include "model_vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/note.h"

static struct note read_note(const char *name)
{
	struct note n;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = read_vector(name);
	if (note_parse(text.ptr, text.len, &n, &e))
		fail_msg("%s: %s", name, e.text);
	return n;
}

static void check_good(const char *name)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT, again = BUF_INIT;
	if (strncmp(name, "note-bad-", 9) == 0)
		return;
	text = read_vector(name);
	struct note n = read_note(name);
	assert_int_equal(note_print(&n, &again, &e), 0);
	assert_string_equal(again.ptr, text.ptr);
	note_release(&n);
}

static void takes_and_prints_every_good_note(void **state)
{
	(void)state;
	assert_true(each_vector("note-*.txt", check_good) > 4);
}

/* note-bad.list: "<vector> <WORD> <text of the error>" */
static const char *bad_list;

static void check_bad(const char *name)
{
	struct note n;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = read_vector(name), line = BUF_INIT;
	if (!note_parse(buf_str(&text), text.len, &n, &e))
		fail_msg("%s: taken", name);
	assert_null(n.body);
	buf_printf(&line, "\n%s %s %s\n", name, err_word(e.code), e.text);
	if (!strstr(bad_list, line.ptr))
		fail_msg("not in note-bad.list: %s", line.ptr + 1);
}

static void refuses_every_bad_note_and_names_the_line(void **state)
{
	BUF_CLEANUP struct buf list = BUF_INIT, file = read_vector("note-bad.list");
	size_t lines = 0;
	(void)state;
	buf_printf(&list, "\n%s", file.ptr);
	bad_list = list.ptr;
	for (const char *at = file.ptr; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(each_vector("note-bad-*.txt", check_bad), lines);
}

static void fills_the_struct(void **state)
{
	struct note n = read_note("note-whole.txt");
	(void)state;
	assert_string_equal(n.kind, "loan");
	assert_int_equal(n.uid, UINT32_MAX);
	assert_string_equal(n.login, "Mihon.Hanako_1-x");
	assert_string_equal(n.role, "handler");
	assert_int_equal(n.event.day, 29);
	assert_int_equal(n.attachments, 2);
	assert_int_equal(n.attachment[0].size, NOTE_ATTACHMENT_MAX);
	assert_string_equal(n.attachment[1].media, "image/svg+xml");
	assert_non_null(n.signature);
	assert_int_equal(n.body[n.body_len], '\0');
	note_release(&n);
}

static void refuses_a_body_or_signature_over_its_limit(void **state)
{
	struct note n = read_note("note-plain.txt"), again;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)state;
	assert_int_equal(note_print(&n, &text, &e), 0);
	while (text.len <= NOTE_BODY_MAX + 1024)
		buf_puts(&text, "{ a line of a body that is too long }\n");
	assert_int_equal(note_parse(text.ptr, text.len, &again, &e), ERR_TOOBIG);
	buf_clear(&text);
	n.signature = mem_alloc(NOTE_SIGNATURE_MAX + 5);
	memset(n.signature, 'A', NOTE_SIGNATURE_MAX + 4);
	assert_int_equal(note_print(&n, &text, &e), ERR_SYNTAX);
	n.signature[NOTE_SIGNATURE_MAX] = '\0';
	assert_int_equal(note_print(&n, &text, &e), 0);
	note_release(&n);
}

static void refuse_print(const struct note *n)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	assert_int_equal(note_print(n, &out, &e), ERR_SYNTAX);
	assert_int_equal(out.len, 0);
}

static void refuses_to_print_values_that_would_become_lines(void **state)
{
	struct note n = read_note("note-whole.txt");
	(void)state;
	strcpy(n.login, "a\nRole: x");
	refuse_print(&n);
	strcpy(n.login, "a");
	strcpy(n.attachment[1].media, "a/b\n\nforged");
	refuse_print(&n);
	strcpy(n.attachment[1].media, "a/b");
	strcpy(n.unit, "chuo\n");
	refuse_print(&n);
	note_release(&n);
}

static void refuses_to_print_a_note_without_a_body(void **state)
{
	struct note n = read_note("note-plain.txt");
	(void)state;
	n.body_len = 0;
	refuse_print(&n);
	note_release(&n);
}

static void unwraps_what_it_wrapped(void **state)
{
	static const char raw[] = "scan\0bytes";
	uint8_t salt[NOTE_SALT_LEN] = { 0xab, 1, 2, 3 };
	const char *out;
	size_t len;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf stored = BUF_INIT;
	(void)state;
	note_wrap(salt, raw, sizeof raw, &stored);
	assert_memory_equal(stored.ptr, "Salt: ab010203", 14);
	assert_int_equal(note_unwrap(stored.ptr, stored.len, &out, &len, &e), 0);
	assert_int_equal(len, sizeof raw);
	assert_memory_equal(out, raw, len);
	for (size_t cut = 0; cut < 6 + 64 + 1; cut++)
		assert_int_equal(note_unwrap(stored.ptr, cut, &out, &len, &e), ERR_SYNTAX);
}

static void states_what_a_person_signs(void **state)
{
	struct note n = read_note("note-plain.txt");
	BUF_CLEANUP struct buf out = BUF_INIT, expected = BUF_INIT;
	(void)state;
	note_statement(&n, "kumamoto/test", &out);
	buf_puts(&expected, "daicho-statement 1\nOrigin: kumamoto/test\nKind: loan\nUnit: chuo\nRequest: ");
	buf_add_hex(&expected, n.request, sizeof n.request);
	buf_printf(&expected, "\nEvent: 2026-04-02\n\n%s", n.body);
	assert_string_equal(out.ptr, expected.ptr);
	note_release(&n);
}

static void states_the_reason_that_a_person_signs_but_no_clause(void **state)
{
	struct note n = read_note("note-passed.txt");
	BUF_CLEANUP struct buf out = BUF_INIT;
	(void)state;
	note_statement(&n, "kumamoto/test", &out);
	assert_non_null(strstr(out.ptr, "\nEvent: 2026-04-02\nReason: 所属長の許可あり\n\n{"));
	assert_null(strstr(out.ptr, "Passed"));
	note_release(&n);
}

static void refuses_to_print_a_reason_or_a_clause_that_would_become_lines(void **state)
{
	struct note n = read_note("note-passed.txt");
	(void)state;
	strcpy(n.reason, "a\nPassed: forged");
	refuse_print(&n);
	strcpy(n.reason, "");
	refuse_print(&n);
	strcpy(n.reason, "a");
	strcpy(n.passed[15], "Z\nSignature: AAAA");
	refuse_print(&n);
	strcpy(n.passed[15], n.passed[14]);
	refuse_print(&n);
	note_release(&n);
}

static void keeps_the_clauses_passed_in_order_and_each_once(void **state)
{
	struct note n = read_note("note-reason.txt");
	struct err e = ERR_INIT;
	char clause[16];
	BUF_CLEANUP struct buf out = BUF_INIT;
	(void)state;
	assert_true(note_pass(&n, "C3-2") && note_pass(&n, "C1-1") && note_pass(&n, "C3-2") && note_pass(&n, "C2"));
	assert_int_equal(n.passed_count, 3);
	assert_int_equal(note_print(&n, &out, &e), 0);
	assert_non_null(strstr(out.ptr, "\nPassed: C1-1\nPassed: C2\nPassed: C3-2\n"));
	assert_false(note_pass(&n, "") || note_pass(&n, "C 1") || note_pass(&n, "C1\n"));
	for (int i = 3; i < NOTE_PASSED_MAX; i++) {
		snprintf(clause, sizeof clause, "D%d", i);
		assert_true(note_pass(&n, clause));
	}
	assert_false(note_pass(&n, "E"));
	assert_true(note_pass(&n, "C2"));
	note_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_and_prints_every_good_note),
		cmocka_unit_test(refuses_every_bad_note_and_names_the_line),
		cmocka_unit_test(fills_the_struct),
		cmocka_unit_test(refuses_a_body_or_signature_over_its_limit),
		cmocka_unit_test(refuses_to_print_values_that_would_become_lines),
		cmocka_unit_test(refuses_to_print_a_note_without_a_body),
		cmocka_unit_test(unwraps_what_it_wrapped),
		cmocka_unit_test(states_what_a_person_signs),
		cmocka_unit_test(states_the_reason_that_a_person_signs_but_no_clause),
		cmocka_unit_test(refuses_to_print_a_reason_or_a_clause_that_would_become_lines),
		cmocka_unit_test(keeps_the_clauses_passed_in_order_and_each_once),
	};
	return cmocka_run_group_tests_name("model/note", tests, NULL, NULL);
}
