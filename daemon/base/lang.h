/*
 * Language of what people read: messages, help, tables. The texts in the sources are English; the catalog daicho.mo
 * (contrib/po/) holds the Japanese ones. Each thread has a language of its own, English until it is set, so that
 * a role that serves many can answer each in theirs. Words that programs read (codes, states, kinds, clauses), what is
 * stored and the daemon's log are never translated.
 */
#ifndef BASE_LANG_H
#define BASE_LANG_H

enum lang { LANG_EN, LANG_JA };

/* Marks a text that is translated where it is shown. */
#define N_(text) text
#define _(text) lang_text(text)

/* Once a program that translates, before its threads and its jail: reads the catalog in ../share/locale beside the
 * program. Without one all stays English. Sets LC_MESSAGES and LANGUAGE, so that libraries speak Japanese
 * too; leaves the other categories alone. */
void lang_init(void);

enum lang lang_set(enum lang lang);          /* of this thread; returns what it was */
enum lang lang_get(void);
const char *lang_code(enum lang lang);       /* "ja" */
enum lang lang_of_code(const char *code);    /* English for NULL and for what is not known */

/* By LC_ALL, LC_MESSAGES, LANG: the first that is set and not empty counts. */
enum lang lang_of_environment(void);

/* Of a header Accept-Language (RFC 9110): the one of ours with the highest weight; NULL is English. */
enum lang lang_of_header(const char *accept);

/* The text in this thread's language; the text itself where the catalog has no other. Lives for ever. */
const char *lang_text(const char *text) __attribute__((format_arg(1)));

#endif
