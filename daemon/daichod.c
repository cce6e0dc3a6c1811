/* daichod: one binary, five roles. Started by a user it is the keeper, which starts the others anew by their names. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/lang.h"
#include "base/log.h"
#include "front/front.h"
#include "keeper/hooks.h"
#include "keeper/keeper.h"
#include "signer/signer.h"
#include "verifier/verifier.h"

static const char help_text[] = N_(
	"usage: daichod --store DIR [--accept-loss N,M-O]\n"
	"       daichod --help | --version\n"
	"\n"
	"Serves the ledger in DIR on the Unix socket DIR/run/daicho.sock, in the foreground, until SIGTERM.\n"
	"\n"
	"  --store DIR           the store, made by `daicho init DIR`\n"
	"  --accept-loss N,M-O   start although the records of exactly these entries are gone and no copy has them\n"
	"  --help                this text\n"
	"  --version             the version\n"
	"\n"
	"Exit status: 0 after SIGTERM or SIGINT; else the code of the error, see daichod(8).\n");

struct role {
	const char *name;
	int (*main)(int argc, char **argv);
	bool translates;
};

static const struct role roles[] = {
	{ "front", front_main, true },
	{ "signer", signer_main, false },   /* the keeper translates what these two say */
	{ "verifier", verifier_main, false },
	{ "hooks", hooks_main, false },
};

/* Cores would hold records or what passes near the key. */
static void forbid_cores(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
}

static int refuse(const char *what)
{
	fprintf(stderr, "%s: daichod: %s\n%s daichod --help\n", err_word(ERR_USAGE), lang_text(what), _("next:"));
	return err_exit(ERR_USAGE);
}

static int run_keeper(int argc, char **argv)
{
	static const struct option options[] = {
		{ "store", required_argument, NULL, 's' },
		{ "accept-loss", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct keeper_options o = { .store = NULL };
	int c;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return fputs(lang_text(help_text), stdout) < 0 || fflush(stdout) ? err_exit(ERR_IO) : 0;
		if (c == 'v')
			return puts("daichod " DAICHO_VERSION) < 0 || fflush(stdout) ? err_exit(ERR_IO) : 0;
		if (c == 's')
			o.store = optarg;
		else if (c == 'l')
			o.accept_loss = optarg;
		else
			return refuse(N_("unknown option or missing value"));
	}
	if (optind != argc)
		return refuse(N_("takes no arguments besides its options"));
	if (!o.store)
		return refuse(N_("--store DIR is needed"));
	lang_set(LANG_EN);
	return keeper_main(&o);
}

int main(int argc, char **argv)
{
	forbid_cores();
	if (argc > 2 && strcmp(argv[1], "--role") == 0)
		for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
			if (strcmp(argv[2], roles[i].name) == 0) {
				log_init(roles[i].name);
				if (roles[i].translates)
					lang_init();
				return roles[i].main(argc - 2, argv + 2);
			}
	log_init("keeper");
	lang_init();
	lang_set(lang_of_environment());
	return run_keeper(argc, argv);
}
