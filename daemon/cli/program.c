#include "cli/program.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"

/* A variable of the shell that is not set. */
static int refuse_empty(const char *option, struct err *e)
{
	err_set(e, ERR_USAGE, "--%s: the name is empty", option);
	return err_next(e, "give a name, or leave the option out");
}

/* An option of all programs at argv[*i]: takes it, and its value. *out_taken says whether it was one. */
static int take_option(const struct program *p, const struct options_spec *specs, size_t count, int argc, char **argv,
                       int *i, bool *out_taken, struct err *e)
{
	const char *text = argv[*i], *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	*out_taken = false;
	for (size_t n = 0; n < count && strncmp(text, "--", 2) == 0; n++) {
		const struct options_spec *s = &specs[n];
		if (strlen(s->name) != len - 2 || strncmp(s->name, text + 2, len - 2) != 0)
			continue;
		*out_taken = true;
		if (s->flag)
			return equals ? usage_refuse(p->name, e, "--%s: takes no value", s->name) : (*s->flag = true, ERR_OK);
		if (!equals && *i + 1 == argc)
			return usage_refuse(p->name, e, "--%s: a value is wanted", s->name);
		*s->value = equals ? equals + 1 : argv[++*i];
		return **s->value ? ERR_OK : refuse_empty(s->name, e);
	}
	return ERR_OK;
}

/* They may stand anywhere, and are taken out here, so that a command sees only its own. */
static int take_options(const struct program *p, struct context *c, int *argc, char **argv, bool *help, struct err *e)
{
	const struct options_spec all[] = {
		{ "json", NULL, &c->json }, { "help", NULL, help }, { "store", &c->store, NULL },
		{ "socket", &c->socket, NULL },
	};
	const size_t count = sizeof all / sizeof *all - (p->has_store ? 0 : 2);
	int kept = 0, rc = ERR_OK;
	bool ended = false;
	for (int i = 0; !rc && i < *argc; i++) {
		bool taken = false;
		char *word = argv[i];
		ended = ended || strcmp(word, "--") == 0;
		if (!ended)
			rc = take_option(p, all, count, *argc, argv, &i, &taken, e);
		if (!taken)
			argv[kept++] = word;
	}
	*argc = kept;
	return rc;
}

static int check_words(int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++)
		if (!text_is_utf8(argv[i], strlen(argv[i]))) {
			err_set(e, ERR_UTF8, "argument %d: not UTF-8", i);
			return err_next(e, "set the terminal to UTF-8 and type it again");
		}
	return ERR_OK;
}

static int run(const struct program *p, struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	bool help = false;
	int bad = check_words(argc, argv, e); /* --json holds for what is said of that, too */
	argc--;
	argv++;
	int rc = take_options(p, c, &argc, argv, &help, bad ? NULL : e);
	c->judges = p->judges && p->judges(argc, argv);
	if (bad || rc)
		return bad ? bad : rc;
	if (argc && strcmp(argv[0], "--version") == 0)
		return printf("%s " DAICHO_VERSION "\n", p->name) < 0 ? err_set(e, ERR_IO, "standard output") : ERR_OK;
	return (help ? p->help : p->run)(c, argc, argv, out_status, e);
}

int program_main(const struct program *p, int argc, char **argv)
{
	struct context c = { .json = false };
	struct err e = ERR_INIT, closing = ERR_INIT;
	int status = 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	if (lang_of_environment() != LANG_EN) {
		lang_init(); /* gpg, which asks for a passphrase, inherits LANGUAGE */
		lang_set(lang_of_environment());
	}
	signal(SIGPIPE, SIG_IGN);
	usage_set_program(p->name);
	int rc = run(p, &c, argc, argv, &status, &e);
	if (rc)
		output_error(&c, &e);
	if (output_close(&closing) && !rc) {
		output_error(&(struct context){ .json = false }, &closing);
		rc = closing.code;
	}
	jdoc_free(c.faults);
	return rc ? output_exit(&c, (enum err_code)rc) : status;
}
