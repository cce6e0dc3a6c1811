/* The role: one day's news, told to each program in turn. */
#include <string.h>

#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/text.h"
#include "foreign/jdoc.h"
#include "keeper/hooks.h"
#include "model/wire.h"

#define KEEPER_FD 3
#define DEADLINE_S 60
#define STDERR_TOLD 200

static int run_one(const char *path, const char *store, const char *news, struct err *e)
{
	MEM_CLEANUP char *variable = mem_printf("DAICHO_STORE=%s", store);
	BUF_CLEANUP struct buf said = BUF_INIT, safe = BUF_INIT;
	const char *argv[] = { path, NULL }, *env[] = { variable, NULL };
	const struct proc p = { .argv = argv, .env = env, .input = news, .input_len = strlen(news),
		                .deadline_s = DEADLINE_S, .is_bound = true };
	int status = 0, rc = proc_run(&p, NULL, &said, &status, e);
	if (rc || !status)
		return rc;
	text_add_safe(&safe, buf_str(&said), said.len < STDERR_TOLD ? said.len : STDERR_TOLD, true);
	return err_set(e, ERR_IO, "%s: ended with status %d%s%s", path, status, safe.len ? ": " : "", buf_str(&safe));
}

/* All of them, whichever fails; the first failure is the answer. */
static int run_all(const struct jdoc *message, struct err *e)
{
	const struct jdoc *programs = jdoc_get(message, "programs");
	const char *store = jdoc_get_text(message, "store"), *news = jdoc_get_text(message, "news");
	int first = ERR_OK;
	if (!store || !news)
		return err_set(e, ERR_BUG, "hooks: a message without store or news");
	for (size_t i = 0; i < jdoc_size(programs); i++) {
		struct err why = ERR_INIT;
		int rc = run_one(jdoc_text(jdoc_at(programs, i)), store, news, &why);
		if (rc)
			log_err(&why);
		if (rc && !first) {
			first = rc;
			*e = why;
		}
	}
	return first;
}

static int serve(struct err *e)
{
	struct err why = ERR_INIT;
	struct frame f;
	int rc = frame_recv(KEEPER_FD, -1, &f, e);
	if (rc)
		return rc;
	struct jdoc *message = jdoc_parse(f.payload.ptr, f.payload.len, FRAME_MAX, 0, &why);
	int code = message ? run_all(message, &why) : (int)why.code;
	jdoc_free(message);
	rc = frame_send(KEEPER_FD, f.verb, (uint16_t)code, f.id, why.text, code ? strlen(why.text) : 0, e);
	frame_release(&f);
	return rc;
}

int hooks_main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	(void)argc, (void)argv;
	int rc = serve(&e);
	if (rc)
		log_err(&e);
	return rc ? err_exit(rc) : 0;
}
