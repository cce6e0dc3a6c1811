/* [mirror NAME] is added to daicho.ini and taken out of it; what else stands there stays, comments too. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/store.h"
#include "ledger/store_ini.h"

#define INI_MAX ((size_t)4 << 20)
#define INI_MODE 0600

/* Written beside its place and read as it will be read, so that a line that can't be said is refused. */
static int write_ini(const struct store *s, const struct buf *text, struct err *e)
{
	MEM_CLEANUP char *path = file_path(s->dir, STORE_INI_NAME);
	BUF_CLEANUP struct buf was = BUF_INIT;
	struct store again;
	int rc = file_read(path, INI_MAX, &was, e);
	if (!rc)
		rc = file_write_durable(path, buf_str(text), text->len, INI_MODE, e);
	if (rc)
		return rc;
	rc = store_open(s->dir, &again, e);
	if (!rc)
		store_release(&again);
	else
		file_write_durable(path, buf_str(&was), was.len, INI_MODE, NULL);
	return rc;
}

int store_mirror_add(const struct store *s, const struct store_mirror *m, struct err *e)
{
	MEM_CLEANUP char *path = file_path(s->dir, STORE_INI_NAME);
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (store_mirror(s, m->name)) {
		err_set(e, ERR_CONFLICT, "mirror %s: is there already", m->name);
		err_next(e, "give the new one another name; daicho mirror list tells those of this store");
		return ERR_CONFLICT;
	}
	int rc = file_read(path, INI_MAX, &text, e);
	if (rc)
		return rc;
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_putc(&text, '\n');
	buf_printf(&text, "\n[" STORE_INI_MIRROR "%s]\nurl = %s\nvolumes = %s\n", m->name, m->url,
	           m->volumes ? "yes" : "no");
	if (*m->key)
		buf_printf(&text, "key = %s\n", m->key);
	return write_ini(s, &text, e);
}

int store_mirror_remove(const struct store *s, const char *name, struct err *e)
{
	MEM_CLEANUP char *path = file_path(s->dir, STORE_INI_NAME);
	MEM_CLEANUP char *section = mem_printf("[" STORE_INI_MIRROR "%s]", name);
	BUF_CLEANUP struct buf was = BUF_INIT, text = BUF_INIT;
	bool is_in = false, found = false;
	int rc = file_read(path, INI_MAX, &was, e);
	if (rc)
		return rc;
	for (const char *at = buf_str(&was), *next; *at; at = next) {
		size_t len = strcspn(at, "\n");
		next = at + len + (at[len] == '\n');
		if (*at == '[')
			is_in = strlen(section) == len && strncmp(at, section, len) == 0;
		found = found || is_in;
		if (!is_in)
			buf_add(&text, at, (size_t)(next - at));
	}
	if (!found) {
		err_set(e, ERR_NOTFOUND, "mirror %s: daicho.ini has none of this name", name);
		err_next(e, "daicho mirror list tells those of this store");
		return ERR_NOTFOUND;
	}
	return write_ini(s, &text, e);
}
