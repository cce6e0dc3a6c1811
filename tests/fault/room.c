#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "keeper/signing.h"

struct office *office;
char *room;
int64_t room_clock;
struct told *told;

void *room_share(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		fail_msg("no memory to share");
	return at;
}

/* In memory where there is such a folder: a disk would cost most of the time. */
static void make_folder(void)
{
	char path[] = "/dev/shm/dcf-XXXXXX", other[] = "/tmp/dcf-XXXXXX";
	char *made = mkdtemp(path);
	if (!made)
		made = mkdtemp(other);
	assert_non_null(made);
	room = mem_strdup(made);
}

static void move_store(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	office_close(office);
	pgp_signer_free(office->entry);
	pgp_signer_free(office->archive);
	office_must(pgp_agent_stop(keys, &e), &e);
	office_do("mv %s %s/s && sed -i 's|^archive = .*|archive = %s/s-archive|' %s/s/daicho.ini", office->dir, room, room,
	          room);
	free(office->dir);
	office->dir = file_path(room, "s");
	MEM_CLEANUP char *moved = file_path(office->dir, "keys");
	office->entry = pgp_signer_new(moved, office->pins.fpr, &e);
	office->archive = pgp_signer_new(moved, office->pins.archive_fpr, &e);
	if (!office->entry || !office->archive)
		fail_msg("%s", e.text);
}

void room_make(void)
{
	told = room_share(sizeof *told);
	make_folder();
	office_library();
	office = office_new();
	move_store();
	office_open(office);
}

void room_remove(void)
{
	struct err e = ERR_INIT;
	office_free(office);
	office_must(file_remove_tree(room, &e), &e);
}

void room_keep(void)
{
	if (office->ledger)
		office_close(office);
	office_do("cd %s; rm -rf kept; mkdir kept; cp -a s/ledger.git s/volumes s/index.db* s/intent* kept", room);
}

/* What a run may have left. */
static bool is_written(const char *rel)
{
	static const char *const begins[] = { "ledger.git", "volumes", "index.db", "intent", "told" };
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (strncmp(rel, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Files go, and folders that the template does not have: the others are a thousand, and stay what they are. */
static int clear_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx;
	if (!is_written(rel))
		return ERR_OK;
	MEM_CLEANUP char *wanted = mem_printf("%s/kept/%s", room, rel);
	if ((!is_dir || !file_exists(wanted)) && (is_dir ? rmdir(full) : unlink(full)) < 0)
		return err_errno(e, errno, "%s", full);
	return ERR_OK;
}

static int copy_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	MEM_CLEANUP char *to = file_path(office->dir, rel);
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct stat st;
	(void)ctx;
	char *slash = to + strlen(office->dir);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(to, 0700) < 0 && errno != EEXIST)
			return err_errno(e, errno, "%s", to);
		*slash = '/';
	}
	if (is_dir)
		return mkdir(to, 0700) < 0 && errno != EEXIST ? err_errno(e, errno, "%s", to) : ERR_OK;
	if (stat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	int rc = file_read(full, FILE_MOST, &bytes, e), fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!rc)
		rc = fd < 0 ? err_errno(e, errno, "%s", to) : file_write_all(fd, buf_str(&bytes), bytes.len, to, e);
	if (!rc && fchmod(fd, st.st_mode & 07777) < 0)
		rc = err_errno(e, errno, "%s", to);
	close(fd);
	return rc;
}

static bool has_agent(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s/s/keys/S.gpg-agent", room);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
	close(fd);
	return connected;
}

void room_put_back(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *from = file_path(room, "kept"), *archive = file_path(room, "s-archive");
	office_must(file_remove_tree(archive, &e), &e);
	office_must(file_walk(office->dir, clear_one, NULL, &e), &e);
	office_must(file_walk(from, copy_one, NULL, &e), &e);
	if (!has_agent())
		office_do("gpgconf --homedir %s/s/keys --launch gpg-agent", room);
	*told = (struct told){ .is_done = false };
	office->now = room_clock;
}

void room_put_back_without_agent(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	room_put_back();
	office_must(pgp_agent_stop(keys, &e), &e);
}

/* The keeper. */

static struct signing signing;

int room_open_as_keeper(struct err *e)
{
	int rc = store_open(office->dir, &office->store, e);
	if (!rc)
		rc = store_lock(&office->store, e);
	if (!rc)
		rc = signing_start(&signing, &office->store, e);
	struct ledger_signer port = signing_port(&signing);
	return rc ? rc : ledger_open(&office->store, &port, &office->ledger, e);
}

void room_leave(void)
{
	child_kill(&signing.child);
}
