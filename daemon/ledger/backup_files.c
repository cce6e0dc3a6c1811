/* Copies of files, and the manifest that vouches for them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "ledger/backup_impl.h"

#define CHUNK ((size_t)1 << 20)
#define MANIFEST_NAME "manifest-sha256.txt"
#define MANIFEST_MAX ((size_t)256 << 20)
#define HEX_LEN (2 * HASH_LEN)

/* Copying. */

static int copy_bytes(int from, int to, const char *from_name, const char *to_name, struct err *e)
{
	MEM_CLEANUP char *chunk = mem_alloc(CHUNK);
	for (;;) {
		ssize_t n = read(from, chunk, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s", from_name);
		if (n == 0)
			return fsync(to) < 0 ? err_sync(e, errno, to_name) : ERR_OK;
		int rc = file_write_all(to, chunk, (size_t)n, to_name, e);
		if (rc)
			return rc;
	}
}

int backup_copy_file(const char *from, const char *to, mode_t mode, struct err *e)
{
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return err_errno(e, errno, "%s", from);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int rc = out < 0 ? err_errno(e, errno, "%s", to) : copy_bytes(in, out, from, to, e);
	if (out >= 0 && fchmod(out, mode) < 0 && !rc)
		rc = err_errno(e, errno, "%s", to);
	if (out >= 0 && close(out) < 0 && !rc)
		rc = err_errno(e, errno, "%s", to);
	close(in);
	return rc;
}

struct copying {
	const char *to;
};

/* Folders come after what is in them. Sockets of a key home's agent are left where they are. */
static int copy_entry(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const struct copying *c = ctx;
	MEM_CLEANUP char *to = file_path(c->to, rel);
	struct stat st;
	if (is_dir)
		return file_mkdirs(to, 0700, e);
	if (lstat(full, &st) < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", full);
	if (!S_ISREG(st.st_mode))
		return ERR_OK;
	char *slash = strrchr(to, '/');
	*slash = '\0';
	int rc = file_mkdirs(to, 0700, e);
	*slash = '/';
	return rc ? rc : backup_copy_file(full, to, st.st_mode & 0777, e);
}

int backup_copy_tree(const char *from, const char *to, struct err *e)
{
	struct copying c = { to };
	int rc = file_mkdirs(to, 0700, e);
	return rc ? rc : file_walk(from, copy_entry, &c, e);
}

/* The manifest. */

struct listed {
	char *path;                 /* relative */
	char hex[HEX_LEN + 1];
};

struct manifest {
	const char *folder;
	struct listed *at;
	size_t count;
};

static void release(struct manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->at[i].path);
	free(m->at);
}

static int hash_file(const char *path, char hex[HEX_LEN + 1], struct err *e)
{
	MEM_CLEANUP char *chunk = mem_alloc(CHUNK);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = ERR_OK;
	ssize_t n = 1;
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	struct hash_ctx *c = hash_new();
	while (!rc && n) {
		n = read(fd, chunk, CHUNK);
		if (n > 0)
			hash_add(c, chunk, (size_t)n);
		else if (n < 0 && errno != EINTR)
			rc = err_errno(e, errno, "%s", path);
	}
	struct hash h = hash_finish(c);
	close(fd);
	hash_print_hex(&h, hex);
	return rc;
}

static int list_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct manifest *m = ctx;
	if (is_dir || strcmp(rel, MANIFEST_NAME) == 0)
		return ERR_OK;
	if (strchr(rel, '\n'))
		return err_set(e, ERR_LEDGER, "%s: a file in it has a name that no manifest can say", m->folder);
	if ((m->count & (m->count - 1)) == 0)
		m->at = mem_grow(m->at, m->count ? 2 * m->count : 1, sizeof *m->at);
	m->at[m->count].path = mem_strdup(rel);
	return hash_file(full, m->at[m->count++].hex, e);
}

static int compare_paths(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	return strcmp(x->path, y->path);
}

static int print_manifest(const char *folder, struct buf *out, struct err *e)
{
	struct manifest m = { .folder = folder };
	int rc = file_walk(folder, list_file, &m, e);
	if (!rc && m.count)
		qsort(m.at, m.count, sizeof *m.at, compare_paths);
	for (size_t i = 0; !rc && i < m.count; i++)
		buf_printf(out, "%s  %s\n", m.at[i].hex, m.at[i].path);
	release(&m);
	return rc;
}

int backup_manifest_write(const char *folder, struct err *e)
{
	MEM_CLEANUP char *path = file_path(folder, MANIFEST_NAME);
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = print_manifest(folder, &text, e);
	return rc ? rc : file_write_durable(path, buf_str(&text), text.len, 0600, e);
}

/* The first line that differs names the file. */
static int refuse(const char *folder, const char *is, const char *wanted, struct err *e)
{
	while (*is && *is == *wanted) {
		is++;
		wanted++;
	}
	const char *at = *is ? is : wanted;
	while (strlen(at) > 0 && *at != ' ' && *at != '\n')
		at++;
	while (*at == ' ')
		at++;
	size_t len = strcspn(at, "\n");
	MEM_CLEANUP char *name = mem_strndup(at, len);
	err_set(e, ERR_LEDGER, "%s: is not what its manifest says, at or after %s", folder, len ? name : MANIFEST_NAME);
	return err_next(e, "cd %s && sha256sum -c %s names every file; take another backup", folder, MANIFEST_NAME);
}

int backup_manifest_check(const char *folder, struct err *e)
{
	MEM_CLEANUP char *path = file_path(folder, MANIFEST_NAME);
	BUF_CLEANUP struct buf is = BUF_INIT, wanted = BUF_INIT;
	int rc = file_read(path, MANIFEST_MAX, &wanted, e);
	if (!rc)
		rc = print_manifest(folder, &is, e);
	if (rc)
		return rc;
	return strcmp(buf_str(&is), buf_str(&wanted)) == 0
		? ERR_OK : refuse(folder, buf_str(&is), buf_str(&wanted), e);
}

int backup_clear(const char *dir, const char *but, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int rc = ERR_OK;
	if (!d)
		return err_errno(e, errno, "%s", dir);
	while (!rc && (errno = 0, entry = readdir(d))) {
		const char *name = entry->d_name;
		MEM_CLEANUP char *path = file_path(dir, name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && (!but || strcmp(name, but) != 0))
			rc = file_remove_tree(path, e);
	}
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", dir);
	closedir(d);
	return rc;
}
