#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "keeper/hooks.h"

static const char *judge_owner(const struct stat *st)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return "belongs to another user than the daemon's and root";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "may be written by others" : NULL;
}

static const char *judge_program(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	const char *why = judge_owner(&st);
	return why ? why : access(path, X_OK) ? "may not be executed" : NULL;
}

static const char *judge_folder(const char *dir)
{
	struct stat st;
	if (lstat(dir, &st) < 0)
		return strerror(errno);
	return S_ISDIR(st.st_mode) ? judge_owner(&st) : "is not a folder";
}

static void warn(const char *path, const char *why)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	text_add_safe(&text, path, strlen(path), true);
	log_warn("%s: %s: not run", buf_str(&text), why);
}

static int is_shown(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

char **hooks_list(const char *dir, size_t *out_count)
{
	struct dirent **entries = NULL;
	*out_count = 0;
	if (!file_exists(dir))
		return NULL;
	const char *why = judge_folder(dir);
	int n = why ? -1 : scandir(dir, &entries, is_shown, compare_names);
	if (n < 0) {
		warn(dir, why ? why : strerror(errno));
		return NULL;
	}
	char **paths = mem_array((size_t)n + 1, sizeof *paths);
	for (int i = 0; i < n; i++) {
		char *path = file_path(dir, entries[i]->d_name);
		free(entries[i]);
		if (!(why = judge_program(path))) {
			paths[(*out_count)++] = path;
			continue;
		}
		warn(path, why);
		free(path);
	}
	free(entries);
	return paths;
}
