#include "base/lang.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DOMAIN "daicho"
#define WEIGHT_MAX 1000

static const char *const codes[] = { [LANG_EN] = "en", [LANG_JA] = "ja" };
#define LANGS (sizeof codes / sizeof *codes)

static _Thread_local enum lang current;

/* Any locale but "C" makes gettext look at LANGUAGE; C.UTF-8 is there on every machine, ja_JP.UTF-8 is not. LANGUAGE is
 * set once for the whole process: English needs no catalog, so that a thread's language needs no change of it. */
void lang_init(void)
{
	char exe[PATH_MAX], dir[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	snprintf(dir, sizeof dir, "%s/../share/locale", exe);
	setlocale(LC_MESSAGES, "C.UTF-8");
	setenv("LANGUAGE", codes[LANG_JA], 1);
	bindtextdomain(DOMAIN, dir);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	dgettext(DOMAIN, ""); /* reads it now: a jailed role opens no files */
}

enum lang lang_set(enum lang lang)
{
	enum lang was = current;
	current = (size_t)lang < LANGS ? lang : LANG_EN;
	return was;
}

enum lang lang_get(void)
{
	return current;
}

const char *lang_code(enum lang lang)
{
	return codes[(size_t)lang < LANGS ? lang : LANG_EN];
}

enum lang lang_of_code(const char *code)
{
	for (size_t i = 0; code && i < LANGS; i++)
		if (strcmp(codes[i], code) == 0)
			return (enum lang)i;
	return LANG_EN;
}

/* "ja", "ja_JP.UTF-8", "ja-JP". Returns false where it is none of ours. */
static bool find_tag(const char *tag, size_t len, enum lang *out)
{
	for (size_t i = 0; i < LANGS; i++) {
		size_t n = strlen(codes[i]);
		if (len >= n && strncasecmp(tag, codes[i], n) == 0 && (len == n || strchr("-_.@", tag[n]))) {
			*out = (enum lang)i;
			return true;
		}
	}
	return false;
}

enum lang lang_of_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	enum lang found = LANG_EN;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);
		if (!value || !*value)
			continue;
		find_tag(value, strlen(value), &found);
		break;
	}
	return found;
}

/* The thousandths in ";q=0.7"; 1000 where none is given. */
static int get_weight(const char *parameters, size_t len)
{
	const char *end = parameters + len, *q = parameters;
	while (q < end && (*q == ';' || *q == ' ' || *q == '\t'))
		q++;
	if (end - q < 3 || strncasecmp(q, "q=", 2) != 0)
		return WEIGHT_MAX;
	q += 2;
	int weight = *q++ == '1' ? WEIGHT_MAX : 0;
	if (q < end && *q == '.')
		for (int digit = WEIGHT_MAX / 10; ++q < end && *q >= '0' && *q <= '9' && weight < WEIGHT_MAX; digit /= 10)
			weight += (*q - '0') * digit;
	return weight;
}

enum lang lang_of_header(const char *accept)
{
	enum lang best = LANG_EN, lang;
	int highest = 0;
	for (const char *at = accept ? accept : ""; *at;) {
		at += strspn(at, ", \t");
		size_t len = strcspn(at, ","), tag = strcspn(at, ",; \t");
		int weight = get_weight(at + tag, len - tag);
		if (find_tag(at, tag, &lang) && weight > highest) {
			highest = weight;
			best = lang;
		}
		at += len;
	}
	return best;
}

const char *lang_text(const char *text)
{
	return current == LANG_EN || !*text ? text : dgettext(DOMAIN, text);
}
