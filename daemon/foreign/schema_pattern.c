#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "foreign/schema_impl.h"

#define PATTERN_MAX 1000
#define STEPS_MAX 1000000
#define DEPTH_MAX 100000
#define HEAP_MAX_KIB 16384

/* Of ECMA-262 with the flag u. Not \s and \S: PCRE2 has either spaces of ASCII alone, or with UCP digits and letters of
 * all scripts in \d and \w. */
#define ESCAPES "dDwWbBfnrtvcxupPk0123456789^$\\.*+?()[]{}|/-"
#define OPTIONS (PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | \
                 PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C)

struct schema_pattern {
	char *text;
	pcre2_code *code;
	struct schema_pattern *next;
};

static void *give_memory(size_t size, void *ctx)
{
	(void)ctx;
	return mem_alloc(size);
}

static void take_memory(void *ptr, void *ctx)
{
	(void)ctx;
	free(ptr);
}

static pcre2_code *compile(const char *text, size_t len)
{
	int problem;
	size_t at;
	pcre2_general_context *memory = pcre2_general_context_create(give_memory, take_memory, NULL);
	pcre2_compile_context *ecma = pcre2_compile_context_create(memory);
	pcre2_set_newline(ecma, PCRE2_NEWLINE_ANYCRLF);
	pcre2_set_compile_extra_options(ecma, PCRE2_EXTRA_ALT_BSUX);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, len, OPTIONS, &problem, &at, ecma);
	pcre2_compile_context_free(ecma);
	pcre2_general_context_free(memory);
	return code;
}

static struct schema_pattern *find(const struct schema *s, const char *text)
{
	struct schema_pattern *p = s->patterns;
	while (p && strcmp(p->text, text) != 0)
		p = p->next;
	return p;
}

static const char *find_fault(const char *text)
{
	if (strncmp(text, "(*", 2) == 0)
		return N_("the pattern is not a regular expression");
	for (const char *c = text; *c; c++)
		if (*c == '\\' && (!*++c || !strchr(ESCAPES, *c)))
			return N_("the pattern has an escape that is not taken: write the characters out");
	return strlen(text) > PATTERN_MAX ? N_("the pattern is longer than 1000 bytes") : NULL;
}

int schema_pattern_add(struct schema *s, const char *pattern, const char **out_reason)
{
	if (find(s, pattern))
		return ERR_OK;
	*out_reason = find_fault(pattern);
	if (*out_reason)
		return ERR_CONFIG;
	pcre2_code *code = compile(pattern, strlen(pattern));
	if (!code) {
		*out_reason = N_("the pattern is not a regular expression");
		return ERR_CONFIG;
	}
	struct schema_pattern *p = mem_alloc(sizeof *p);
	*p = (struct schema_pattern){ mem_strdup(pattern), code, s->patterns };
	s->patterns = p;
	return ERR_OK;
}

enum schema_match schema_pattern_try(const struct schema *s, const char *pattern, const char *text, size_t len)
{
	const struct schema_pattern *p = find(s, pattern);
	pcre2_general_context *memory = pcre2_general_context_create(give_memory, take_memory, NULL);
	pcre2_match_context *limits = pcre2_match_context_create(memory);
	pcre2_match_data *data = pcre2_match_data_create(1, memory);
	pcre2_set_match_limit(limits, STEPS_MAX);
	pcre2_set_depth_limit(limits, DEPTH_MAX);
	pcre2_set_heap_limit(limits, HEAP_MAX_KIB);
	int found = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, data, limits);
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	pcre2_general_context_free(memory);
	if (found >= 0)
		return SCHEMA_MATCH_YES;
	return found == PCRE2_ERROR_NOMATCH ? SCHEMA_MATCH_NO : SCHEMA_MATCH_UNDECIDED;
}

void schema_pattern_free(struct schema *s)
{
	while (s->patterns) {
		struct schema_pattern *p = s->patterns;
		s->patterns = p->next;
		pcre2_code_free(p->code);
		free(p->text);
		free(p);
	}
}
