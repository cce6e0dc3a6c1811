#include "cli/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

static const char *program = "daicho";

void usage_set_program(const char *name)
{
	program = name;
}

int usage_refuse(const char *command, struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX / 2];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, lang_text(fmt), args);
	va_end(args);
	err_set(e, ERR_USAGE, "%s: %s", command, text);
	if (strcmp(program, "daicho") != 0)
		return err_next(e, "%s --help", program);
	return strcmp(command, "daicho") == 0 ? err_next(e, "daicho help") : err_next(e, "daicho help %s", command);
}
