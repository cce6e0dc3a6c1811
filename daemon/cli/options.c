#include "cli/options.h"

#include <string.h>

#include "cli/usage.h"

#define NAME_MAX_LEN 64

struct reading {
	const char *command;
	int argc, at;
	char **argv;
	const struct options_spec *specs;
	size_t count;
	options_fn *other;
	void *ctx;
};

static int take_value(struct reading *r, const char *name, const char *inline_value, const char **out, struct err *e)
{
	if (inline_value)
		*out = inline_value;
	else if (r->at + 1 < r->argc)
		*out = r->argv[++r->at];
	else
		return usage_refuse(r->command, e, "--%s: a value is wanted", name);
	return ERR_OK;
}

static int take_option(struct reading *r, struct err *e)
{
	char name[NAME_MAX_LEN + 1];
	const char *value = NULL, *text = r->argv[r->at] + 2, *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	if (!len || len > NAME_MAX_LEN)
		return usage_refuse(r->command, e, "unknown option");
	memcpy(name, text, len);
	name[len] = '\0';
	for (size_t i = 0; i < r->count; i++) {
		const struct options_spec *s = &r->specs[i];
		if (strcmp(s->name, name) != 0)
			continue;
		if (s->value)
			return take_value(r, name, equals ? equals + 1 : NULL, s->value, e);
		if (equals)
			return usage_refuse(r->command, e, "--%s: takes no value", name);
		*s->flag = true;
		return ERR_OK;
	}
	if (!r->other)
		return usage_refuse(r->command, e, "--%s: unknown option", name);
	if (!equals && r->at + 1 == r->argc) {
		int rc = r->other(r->ctx, name, NULL, e);
		return rc ? rc : take_value(r, name, NULL, &value, e);
	}
	int rc = take_value(r, name, equals ? equals + 1 : NULL, &value, e);
	return rc ? rc : r->other(r->ctx, name, value, e);
}

int options_read(const char *command, int argc, char **argv, const struct options_spec *specs, size_t count,
                 options_fn *other, void *ctx, const char **args, size_t max, size_t *out_args, struct err *e)
{
	struct reading r = { command, argc, 1, argv, specs, count, other, ctx };
	bool ended = false;
	size_t n = 0;
	for (; r.at < argc; r.at++) {
		const char *a = argv[r.at];
		int rc = ERR_OK;
		if (!ended && strcmp(a, "--") == 0)
			ended = true;
		else if (!ended && a[0] == '-' && a[1] == '-')
			rc = take_option(&r, e);
		else if (!ended && a[0] == '-' && a[1])
			rc = usage_refuse(command, e, "unknown option; all options begin with two hyphens");
		else if (n == max)
			rc = usage_refuse(command, e, "too many arguments");
		else
			args[n++] = a;
		if (rc)
			return rc;
	}
	*out_args = n;
	return ERR_OK;
}
