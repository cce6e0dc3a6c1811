#include "cli/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/httpc.h"
#include "foreign/inifile.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define HTTP_ERROR 400

static int set_from_file(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct context *c = ctx;
	const struct { const char *key; const char **at; } settings[] = {
		{ "store", &c->store }, { "socket", &c->socket },
	};
	for (size_t i = 0; strcmp(section, "client") == 0 && i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].key, key) == 0) {
			if (!*settings[i].at)
				*settings[i].at = mem_strdup(value); /* kept to the end of the process */
			return ERR_OK;
		}
	return err_set(e, ERR_CONFIG, "[%s] %s: unknown; known are store and socket in [client]", section, key);
}

static int read_file(struct context *c, struct err *e)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	if ((!config || *config != '/') && !home)
		return ERR_OK;
	MEM_CLEANUP char *path = config && *config == '/' ? mem_printf("%s/daicho/client.ini", config)
	                                                  : mem_printf("%s/.config/daicho/client.ini", home);
	return file_exists(path) ? inifile_read(path, set_from_file, c, e) : ERR_OK;
}

int client_configure(struct context *c, struct err *e)
{
	const char *store = getenv("DAICHO_STORE");
	if (!c->store && !c->socket && store && *store)
		c->store = store;
	return c->store || c->socket ? ERR_OK : read_file(c, e);
}

static int find_socket(const struct context *c, char **out, struct err *e)
{
	if (c->socket || c->store) {
		*out = c->socket ? mem_strdup(c->socket) : mem_printf("%s/run/daicho.sock", c->store);
		return ERR_OK;
	}
	err_set(e, ERR_USAGE, "store: which one?");
	return err_next(e, "give --store DIR, or set DAICHO_STORE, or write store = DIR under [client] into "
	                   "~/.config/daicho/client.ini");
}

static int read_error(struct context *c, const struct jdoc *doc, unsigned status, struct err *e)
{
	const struct jdoc *error = jdoc_get(doc, "error");
	const char *word = jdoc_get_text(error, "code"), *text = jdoc_get_text(error, "text");
	const char *next = jdoc_get_text(error, "next");
	struct jdoc *faults = jdoc_get(error, "faults");
	if (!word || !text)
		return err_set(e, ERR_UNAVAILABLE, "daemon: HTTP status %u without an error document", status);
	if (jdoc_size(faults)) {
		jdoc_free(c->faults);
		c->faults = jdoc_keep(faults);
	}
	err_set(e, err_from_word(word), "%s", text);
	return next && *next ? err_next(e, "%s", next) : (int)e->code;
}

int client_call(struct context *c, const char *path, const struct jdoc *body, int deadline_s, struct jdoc **out_doc,
                struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	BUF_CLEANUP struct buf sent = BUF_INIT, answer = BUF_INIT;
	unsigned status = 0;
	int rc = find_socket(c, &socket, e);
	if (rc)
		return rc;
	if (body)
		jdoc_print(body, &sent);
	rc = httpc_call(socket, path, body ? buf_str(&sent) : NULL, sent.len, deadline_s, &status, &answer, e);
	if (rc)
		return rc;
	struct jdoc *doc = jdoc_parse(answer.ptr, answer.len, ANSWER_MAX, JDOC_REALS, e);
	if (!doc)
		return err_prefix(e, "answer of the daemon");
	if (status >= HTTP_ERROR) {
		rc = read_error(c, doc, status, e);
		jdoc_free(doc);
		return rc;
	}
	*out_doc = doc;
	return ERR_OK;
}

int client_get(struct context *c, const char *path, struct jdoc **out_doc, struct err *e)
{
	return client_call(c, path, NULL, CLIENT_DEADLINE_S, out_doc, e);
}

void client_add_query(struct buf *path, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(path, "%c%s=", strchr(buf_str(path), '?') ? '&' : '?', name);
	httpc_escape(value, path);
}
