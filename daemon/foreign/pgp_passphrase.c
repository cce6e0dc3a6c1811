/*
 * The passphrase of the ledger's keys, or the PIN of their card, where it stands in a file: read anew for each
 * question, and wiped. A card blocks after a few wrong ones: what it refused is not told again before the file is
 * changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp_impl.h"

#define PASSPHRASE_MAX 255

static char *source;
static struct stat last_read, refused;  /* the file as it was then; of all zeros: never */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int check_file(int fd, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", source);
	last_read = st;
	if (is_same(&st, &refused)) {
		err_set(e, ERR_KEY,
		        "%s: the card refused the PIN that stands there: it is not tried again, since it would block", source);
		return err_next(e, "write the right PIN into it; it is read at the next signature");
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) || (st.st_uid != geteuid() && st.st_uid != 0)) {
		err_set(e, ERR_CONFIG, "%s: a file with a passphrase that others may read, or that is another user's", source);
		return err_next(e, "chmod 600 %s; if others have read it, change the passphrase: gpg --passwd", source);
	}
	return ERR_OK;
}

int pgp_passphrase_read(struct buf *out, struct err *e)
{
	int fd = open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		err_errno(e, errno, "%s", source);
		return err_next(e, "write the passphrase into that file, one line, readable by this login alone");
	}
	int rc = check_file(fd, e);
	if (!rc)
		rc = file_read_fd(fd, PASSPHRASE_MAX + 1, out, e);
	close(fd);
	if (!rc && out->len && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
	if (!rc && (!out->len || out->len > PASSPHRASE_MAX || memchr(out->ptr, '\n', out->len))) {
		err_set(e, ERR_CONFIG, "%s: one line with the passphrase is wanted", source);
		rc = err_next(e, "write the passphrase into that file, one line, readable by this login alone");
	}
	return rc;
}

int pgp_passphrase_from(const char *path, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	free(source);
	source = path ? mem_strdup(path) : NULL;
	if (!path)
		return ERR_OK;
	int rc = pgp_passphrase_read(&text, e);
	if (text.ptr)
		explicit_bzero(text.ptr, text.len);
	return rc;
}

void pgp_passphrase_refuse(void)
{
	refused = last_read;
}

bool pgp_passphrase_is_known(void)
{
	return source != NULL;
}

static gpgme_error_t tell(void *hook, const char *uid_hint, const char *info, int prev_was_bad, int fd)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)hook, (void)uid_hint, (void)info;
	if (prev_was_bad || pgp_passphrase_read(&text, NULL))
		return gpgme_error(GPG_ERR_CANCELED);
	buf_putc(&text, '\n');
	bool told = gpgme_io_writen(fd, text.ptr, text.len) == 0;
	explicit_bzero(text.ptr, text.len);
	return told ? 0 : gpgme_error(GPG_ERR_CANCELED);
}

void pgp_passphrase_offer(gpgme_ctx_t ctx)
{
	if (!source)
		return;
	gpgme_set_pinentry_mode(ctx, GPGME_PINENTRY_MODE_LOOPBACK);
	gpgme_set_passphrase_cb(ctx, tell, NULL);
}
