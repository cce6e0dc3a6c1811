#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

#define LINE_MAX_BYTES 2048

/* syslog(3)'s numbers, as journald reads them */
enum { PRIORITY_ERROR = 3, PRIORITY_WARN = 4, PRIORITY_INFO = 6 };

static char role_name[32] = "?", program_name[32] = "daichod";
static bool is_terminal;

void log_init(const char *role)
{
	snprintf(role_name, sizeof role_name, "%s", role);
	is_terminal = isatty(STDERR_FILENO);
}

void log_set_program(const char *name)
{
	snprintf(program_name, sizeof program_name, "%s", name);
}

/* One write a line, so that the lines of several roles and threads do not mix. */
static void write_line(int priority, const char *text)
{
	int saved = errno;
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (!is_terminal)
		buf_printf(&line, "<%d>", priority);
	buf_printf(&line, "%s[%s]: ", program_name, role_name);
	text_add_safe(&line, text, strlen(text), true);
	buf_putc(&line, '\n');
	ssize_t n = write(STDERR_FILENO, line.ptr, line.len);
	(void)n; /* there is nowhere left to say so */
	errno = saved;
}

__attribute__((format(printf, 2, 0)))
static void write_format(int priority, const char *fmt, va_list args)
{
	char text[LINE_MAX_BYTES];
	vsnprintf(text, sizeof text, fmt, args);
	write_line(priority, text);
}

void log_info(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	write_format(PRIORITY_INFO, fmt, args);
	va_end(args);
}

void log_warn(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	write_format(PRIORITY_WARN, fmt, args);
	va_end(args);
}

void log_error(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	write_format(PRIORITY_ERROR, fmt, args);
	va_end(args);
}

void log_err(const struct err *e)
{
	log_error("%s: %s", err_word(e->code), err_log_text(e));
	log_error("next: %s", err_log_next(e));
}
