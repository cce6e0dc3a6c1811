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

/* What a run may have left. */
static bool is_written(const char *rel)
{
	static const char *const begins[] = { "ledger.git", "volumes", "index.db", "intent", "told" };
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (strncmp(rel, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* The store as it is put back: its folders, and its files with their bytes. */
static struct kept {
	size_t count;
	struct { char *rel; bool is_dir; mode_t mode; struct buf bytes; } *at; /* in order of rel */
} kept;

static int keep_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct stat st;
	(void)ctx;
	if (!is_written(rel))
		return ERR_OK;
	if (lstat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	kept.at = mem_grow(kept.at, kept.count + 1, sizeof *kept.at);
	memset(&kept.at[kept.count], 0, sizeof *kept.at);
	kept.at[kept.count].rel = mem_strdup(rel);
	kept.at[kept.count].is_dir = is_dir;
	kept.at[kept.count].mode = st.st_mode & 07777;
	return is_dir ? (kept.count++, ERR_OK) : file_read(full, FILE_MOST, &kept.at[kept.count++].bytes, e);
}

static int compare_kept(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void room_keep(void)
{
	struct err e = ERR_INIT;
	if (office->ledger)
		office_close(office);
	for (size_t i = 0; i < kept.count; i++) {
		free(kept.at[i].rel);
		buf_release(&kept.at[i].bytes);
	}
	kept.count = 0;
	office_must(file_walk(office->dir, keep_one, NULL, &e), &e);
	qsort(kept.at, kept.count, sizeof *kept.at, compare_kept); /* a folder before what is in it */
	office_do("cd %s; rm -rf kept; mkdir kept; cp -a s/ledger.git s/volumes s/index.db* s/intent* kept", room);
}

/* Files go, and folders that the template does not have: the others are a thousand, and stay what they are. */
static int clear_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx;
	if (!is_written(rel))
		return ERR_OK;
	bool stays = is_dir && bsearch(&rel, kept.at, kept.count, sizeof *kept.at, compare_kept);
	if (!stays && (is_dir ? rmdir(full) : unlink(full)) < 0)
		return err_errno(e, errno, "%s", full);
	return ERR_OK;
}

static void put_file(const char *to, mode_t mode, const struct buf *bytes)
{
	struct err e = ERR_INIT;
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	office_must(fd < 0 ? err_errno(&e, errno, "%s", to) : file_write_all(fd, buf_str(bytes), bytes->len, to, &e), &e);
	if (fchmod(fd, mode) < 0)
		fail_msg("%s: mode", to);
	close(fd);
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
	MEM_CLEANUP char *archive = file_path(room, "s-archive");
	office_must(file_remove_tree(archive, &e), &e);
	office_must(file_walk(office->dir, clear_one, NULL, &e), &e);
	for (size_t i = 0; i < kept.count; i++) {
		MEM_CLEANUP char *to = file_path(office->dir, kept.at[i].rel);
		if (!kept.at[i].is_dir)
			put_file(to, kept.at[i].mode, &kept.at[i].bytes);
		else if (mkdir(to, kept.at[i].mode) < 0 && errno != EEXIST)
			fail_msg("%s: can't be made", to);
	}
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
	struct ledger_signer port = signing_port(&signing);
	if (!rc)
		rc = ledger_open(&office->store, &port, &office->ledger, e);
	return rc ? rc : signing_start(&signing, &office->store, office->ledger, e);
}

void room_leave(void)
{
	child_kill(&signing.child);
}
