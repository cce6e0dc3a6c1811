/* A copy within what it is a copy of is copied into itself, and goes with it: by real paths, whatever links lead
 * there. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/store.h"
#include "ledger/store_ini.h"

/* Folders whose content is one whole: a store or a backup, a mirror, a repository or a key home within one. */
static const char *const marks[] = { STORE_INI_NAME, "mirror.ini" };

static bool is_whole(const char *folder)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		MEM_CLEANUP char *mark = file_path(folder, marks[i]);
		if (file_exists(mark))
			return true;
	}
	return false;
}

/* The path without its last part; false: nothing is left. */
static bool go_up(char *path)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	bool is_left = len > 0 && strcmp(path, "/") != 0;
	path[len] = '\0';
	return is_left;
}

/* Below what is not there yet, nobody can say where that leads. */
static bool goes_back(const char *rest)
{
	for (size_t len; *rest; rest += len) {
		rest += *rest == '/';
		len = strcspn(rest, "/");
		if (len == 2 && strncmp(rest, "..", 2) == 0)
			return true;
	}
	return false;
}

static bool is_within(const char *real, const char *path)
{
	char source[PATH_MAX];
	if (!path || !realpath(path, source))
		return false;
	size_t len = strlen(source);
	return strncmp(real, source, len) == 0 && (real[len] == '\0' || real[len] == '/');
}

static int refuse(const char *folder, const char *what, struct err *e)
{
	err_set(e, ERR_CONFLICT, "%s: lies within %s", folder, what);
	return err_next(e, "name a folder that is apart from every store, backup and mirror");
}

static int refuse_unknown(const char *folder, struct err *e)
{
	err_set(e, ERR_NOTFOUND, "%s: no such path", folder);
	err_next(e, "name a folder without \"..\" below what is not there");
	return ERR_NOTFOUND;
}

int store_apart(const char *folder, const char *const *sources, size_t count, struct err *e)
{
	char real[PATH_MAX];
	MEM_CLEANUP char *path = file_absolute(folder);
	MEM_CLEANUP char *whole = mem_strdup(path);
	bool is_there = realpath(path, real) != NULL, found = is_there;
	while (!found && go_up(path))
		found = realpath(path, real) != NULL;
	if (!found || goes_back(whole + strlen(path)))
		return refuse_unknown(folder, e);
	for (size_t i = 0; i < count; i++)
		if (is_within(real, sources[i]))
			return refuse(folder, sources[i], e);
	bool goes_on = !is_there || go_up(real);
	for (; goes_on; goes_on = go_up(real))
		if (is_whole(real))
			return refuse(folder, real, e);
	return ERR_OK;
}
