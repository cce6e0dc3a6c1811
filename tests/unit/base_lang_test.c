#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/lang.h"

#define ENGLISH "The clock can't be believed."
#define JAPANESE "時計が信用できません。"

static int set_up(void **s)
{
	(void)s;
	lang_set(LANG_EN);
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	unsetenv("LANG");
	return 0;
}

static void is_english_until_another_is_set(void **s)
{
	(void)s;
	assert_int_equal(lang_get(), LANG_EN);
	assert_string_equal(lang_text(ENGLISH), ENGLISH);
	assert_int_equal(lang_set(LANG_JA), LANG_EN);
	assert_string_equal(lang_text(ENGLISH), JAPANESE);
	assert_int_equal(lang_set(LANG_EN), LANG_JA);
	assert_string_equal(lang_text(ENGLISH), ENGLISH);
}

static void takes_what_it_does_not_know_for_english(void **s)
{
	(void)s;
	lang_set((enum lang)99);
	assert_int_equal(lang_get(), LANG_EN);
	assert_int_equal(lang_of_code("fr"), LANG_EN);
	assert_int_equal(lang_of_code(NULL), LANG_EN);
	assert_int_equal(lang_of_code(lang_code(LANG_JA)), LANG_JA);
	setenv("LANG", "fr_FR.UTF-8", 1);
	assert_int_equal(lang_of_environment(), LANG_EN);
}

static void shows_a_text_without_translation_as_it_is(void **s)
{
	(void)s;
	lang_set(LANG_JA);
	assert_string_equal(lang_text("no message of ours"), "no message of ours");
	assert_string_equal(lang_text(""), "");
}

static void reads_the_first_variable_that_is_set(void **s)
{
	(void)s;
	assert_int_equal(lang_of_environment(), LANG_EN);
	setenv("LANG", "ja_JP.UTF-8", 1);
	assert_int_equal(lang_of_environment(), LANG_JA);
	setenv("LC_MESSAGES", "C", 1);
	assert_int_equal(lang_of_environment(), LANG_EN);
	setenv("LC_ALL", "", 1);
	assert_int_equal(lang_of_environment(), LANG_EN);
	setenv("LC_ALL", "ja", 1);
	assert_int_equal(lang_of_environment(), LANG_JA);
	setenv("LC_ALL", "jav_ID.UTF-8", 1);
	assert_int_equal(lang_of_environment(), LANG_EN);
}

static void weighs_the_languages_of_a_header(void **s)
{
	(void)s;
	static const struct {
		const char *header;
		enum lang wanted;
	} cases[] = {
		{ NULL, LANG_EN }, { "", LANG_EN }, { "*", LANG_EN }, { "fr", LANG_EN },
		{ "ja", LANG_JA }, { "JA-jp", LANG_JA },
		{ "en, ja", LANG_EN }, { "ja, en", LANG_JA }, { "en;q=0.5, ja;q=0.501", LANG_JA },
		{ "ja;q=0.8,en;q=0.9", LANG_EN }, { "ja;q=0", LANG_EN }, { "fr;q=1.0, ja ; q=0.2", LANG_JA },
		{ "jab", LANG_EN },
		{ ",,;q=1,ja", LANG_JA }, { "ja;q=", LANG_JA }, { "en;q=0.2,ja;q=x", LANG_EN },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (lang_of_header(cases[i].header) != cases[i].wanted)
			fail_msg("%s", cases[i].header);
}

static void *look(void *seen)
{
	*(enum lang *)seen = lang_get();
	return lang_set(LANG_JA) == LANG_EN ? seen : NULL;
}

static void keeps_a_language_for_each_thread(void **s)
{
	(void)s;
	pthread_t thread;
	enum lang seen = LANG_EN;
	void *ended = NULL;
	lang_set(LANG_JA);
	assert_int_equal(pthread_create(&thread, NULL, look, &seen), 0);
	assert_int_equal(pthread_join(thread, &ended), 0);
	assert_int_equal(seen, LANG_EN);
	assert_non_null(ended);
	assert_int_equal(lang_get(), LANG_JA);
}

static void translates_errors_where_they_are_set_and_keeps_english_for_the_log(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	lang_set(LANG_JA);
	err_set(&e, ERR_NOTFOUND, "%s: no such folder", "/x");
	err_next(&e, "make a store there: daicho init %s", "/x");
	err_prefix(&e, "rule book: %s", "r");
	assert_string_equal(e.text, "要領: r: /x: そのフォルダはありません");
	assert_string_equal(e.next, "そこに保管庫を作るには: daicho init /x");
	assert_string_equal(err_log_text(&e), "rule book: r: /x: no such folder");
	assert_string_equal(err_log_next(&e), "make a store there: daicho init /x");
	err_errno(&e, ENOENT, "socket %s", "/y");
	assert_string_equal(e.text, "ソケット /y: ファイル又はフォルダがありません");
	assert_string_equal(err_log_text(&e), "socket /y: No such file or directory");
	assert_string_equal(err_word(e.code), "NOTFOUND");
	lang_set(LANG_EN);
	err_set(&e, ERR_NOTFOUND, "%s: no such folder", "/x");
	assert_string_equal(e.text, "/x: no such folder");
	assert_string_equal(err_log_text(&e), e.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(is_english_until_another_is_set, set_up),
		cmocka_unit_test_setup(takes_what_it_does_not_know_for_english, set_up),
		cmocka_unit_test_setup(shows_a_text_without_translation_as_it_is, set_up),
		cmocka_unit_test_setup(reads_the_first_variable_that_is_set, set_up),
		cmocka_unit_test_setup(weighs_the_languages_of_a_header, set_up),
		cmocka_unit_test_setup(keeps_a_language_for_each_thread, set_up),
		cmocka_unit_test_setup(translates_errors_where_they_are_set_and_keeps_english_for_the_log, set_up),
	};
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
