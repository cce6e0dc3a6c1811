/* A store from a backup. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/backup.h"
#include "ledger/backup_impl.h"
#include "ledger/gitcmd.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/store_ini.h"

/* What is copied as it is. */
static const char *const folders[] = { "ledger.git", "volumes" };

static int mark_dir(const char *dir, const char *mark, int *out_fd, struct err *e)
{
	int fd = -1;
	int rc = file_lock(mark, &fd, e);
	if (!rc)
		rc = file_sync_dir(dir, e);
	if (!rc)
		rc = backup_clear(dir, STORE_RESTORING, e); /* what has the mark is no store, and may be begun anew */
	if (rc && fd >= 0)
		close(fd);
	else
		*out_fd = fd;
	return rc;
}

/* Empty, or what a restore has left that was cut off. */
static int take_dir(const char *dir, int *out_fd, struct err *e)
{
	MEM_CLEANUP char *mark = file_path(dir, STORE_RESTORING);
	bool empty = true;
	int rc = file_exists(dir) ? file_is_empty_dir(dir, &empty, e) : file_mkdir(dir, 0700, e);
	if (!rc && !empty && !file_exists(mark)) {
		err_set(e, ERR_RULE, "%s: the folder is not empty", dir);
		rc = err_next(e, "name a folder that is empty or not there yet");
	}
	return rc ? rc : mark_dir(dir, mark, out_fd, e);
}

void backup_restore_drop(const char *dir, int lock_fd)
{
	MEM_CLEANUP char *mark = file_path(dir, STORE_RESTORING);
	if (!backup_clear(dir, STORE_RESTORING, NULL) && unlink(mark) == 0 && rmdir(dir) == 0)
		file_sync_parent(dir, NULL);
	close(lock_fd);
}

int backup_restore_finish(const char *dir, int lock_fd, struct err *e)
{
	MEM_CLEANUP char *mark = file_path(dir, STORE_RESTORING);
	int rc = file_sync_tree(dir, e);
	if (!rc && unlink(mark) < 0)
		rc = err_errno(e, errno, "%s", mark);
	if (!rc)
		rc = file_sync_dir(dir, e);
	close(lock_fd);
	return rc;
}

static int copy_keys(const char *folder, const struct backup *b, const char *dir, const char *keys, struct err *e)
{
	MEM_CLEANUP char *own = file_path(folder, "keys");
	MEM_CLEANUP char *to = file_path(dir, "keys");
	if (!keys && !b->keys)
		return ERR_OK;
	return backup_copy_keys(keys ? keys : own, to, e);
}

static int copy_parts(const char *folder, const char *dir, struct err *e)
{
	MEM_CLEANUP char *run = file_path(dir, "run");
	MEM_CLEANUP char *ini = file_path(folder, STORE_INI_NAME);
	MEM_CLEANUP char *to = file_path(dir, STORE_INI_NAME);
	MEM_CLEANUP char *lost = file_path(folder, "lost");
	MEM_CLEANUP char *lost_to = file_path(dir, "lost");
	int rc = file_mkdir(run, 0700, e);
	for (size_t i = 0; !rc && i < sizeof folders / sizeof *folders; i++) {
		MEM_CLEANUP char *from = file_path(folder, folders[i]);
		MEM_CLEANUP char *into = file_path(dir, folders[i]);
		rc = backup_copy_tree(from, into, e);
	}
	if (!rc)
		rc = backup_copy_file(ini, to, 0600, e);
	return rc || !file_exists(lost) ? rc : backup_copy_file(lost, lost_to, 0600, e);
}

/* Later entries, by git, which moves the ref only forward. */
static int take_over(const char *ledger, const char *dir, struct err *e)
{
	MEM_CLEANUP char *into = file_path(dir, "ledger.git");
	const char *const args[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", ledger,
		                     LEDGER_REF ":" LEDGER_REF, NULL };
	struct mirror_head was, is;
	int rc = mirror_head_read(into, &was, e);
	if (!rc)
		rc = mirror_head_read(ledger, &is, e);
	if (rc)
		return rc;
	struct repo *r = repo_open(ledger, true, e);
	bool continues = r && repo_has(r, &was.commit) && is.seq >= was.seq;
	repo_close(r);
	if (!continues) {
		err_set(e, ERR_CONFLICT, "%s: does not hold the last entry of the backup, %llu", ledger,
		        (unsigned long long)was.seq);
		return err_next(e, "name the newest copy of the ledger of which the backup is");
	}
	return gitcmd_exchange(into, args, NULL, MIRROR_DEADLINE_S, NULL, e);
}

int backup_restore(const char *folder, const struct backup *b, const char *dir, const struct backup_sources *from,
                   uint64_t out_taken[BACKUP_VOLUMES_MAX], int *out_lock_fd, struct err *e)
{
	int lock_fd = -1;
	const char *const sources[] = { folder, from->keys, from->ledger, from->volumes[0], from->volumes[1] };
	uint64_t taken[BACKUP_VOLUMES_MAX] = { 0 };
	int rc = store_apart(dir, sources, sizeof sources / sizeof *sources, e);
	if (!rc)
		rc = take_dir(dir, &lock_fd, e);
	if (rc)
		return rc;
	rc = copy_keys(folder, b, dir, from->keys, e);
	if (!rc)
		rc = copy_parts(folder, dir, e);
	if (!rc && from->ledger)
		rc = take_over(from->ledger, dir, e);
	for (size_t i = 0; !rc && i < BACKUP_VOLUMES_MAX; i++)
		if (from->volumes[i])
			rc = backup_records_take(dir, from->volumes[i], &taken[i], e);
	if (rc) {
		backup_restore_drop(dir, lock_fd);
		return rc;
	}
	memcpy(out_taken, taken, sizeof taken);
	*out_lock_fd = lock_fd;
	return ERR_OK;
}
