#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

/* The clock of this machine, for whoever asks it (the linker's --wrap): the office lives years ahead of it. */
int64_t __real_date_now(void);
int64_t __wrap_date_now(void);

int64_t __wrap_date_now(void)
{
	return room_clock ? room_clock : __real_date_now();
}

void told_first_try(int code, const struct err *e)
{
	told->code = code;
	snprintf(told->why, sizeof told->why, "%s", code ? e->text : "");
}

void *room_share(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		fail_msg("no memory to share");
	return at;
}

/* In memory where there is such a folder: a disk would cost most of the time. */
static void make_folder(bool on_disk)
{
	char path[] = "/dev/shm/dcf-XXXXXX", other[] = "/tmp/dcf-XXXXXX";
	char *made = on_disk ? NULL : mkdtemp(path);
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

/* What programs put aside is on the failing disk, too. */
static void use_temporary(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = file_path(room, "tmp");
	office_must(file_mkdir(path, 0700, &e), &e);
	if (setenv("TMPDIR", path, 1) < 0)
		fail_msg("no environment");
}

/* What ends this program early leaves no folder and no agent; what ends one of its children does not end them. */
static pid_t owner;

static void clean_up(void)
{
	if (getpid() != owner || !room)
		return;
	MEM_CLEANUP char *keys = mem_printf("%s/s/keys", room);
	pgp_agent_stop(keys, NULL);
	file_remove_tree(room, NULL);
}

static void end_early(int signal)
{
	(void)signal;
	exit(255);
}

/* cmocka tells what an assertion saw, outside of its own runs, only where it is to abort. */
void room_make(const char *script, bool on_disk)
{
	owner = getpid();
	atexit(clean_up);
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	signal(SIGABRT, end_early);
	told = room_share(sizeof *told);
	make_folder(on_disk);
	office_library();
	office = office_under("ledger", script);
	move_store();
	use_temporary();
	office_open(office);
}

void room_remove(void)
{
	struct err e = ERR_INIT;
	office_free(office);
	office_must(file_remove_tree(room, &e), &e);
	room = NULL;
}

/* What a run may have left: folders of the room, and what in them is written. */
static const char *const roots[] = { "s", "s-archive", "copies", "tmp" };
#define ROOTS (sizeof roots / sizeof *roots)

static bool is_written(const char *root, const char *rel)
{
	static const char *const begins[] = { "ledger.git", "volumes", "index.db", "intent", "told" };
	bool written = strcmp(root, "s") != 0;
	for (size_t i = 0; !written && i < sizeof begins / sizeof *begins; i++)
		written = strncmp(rel, begins[i], strlen(begins[i])) == 0;
	return written;
}

/* The room as it is put back: its folders, and its files with their bytes. */
static struct kept {
	size_t count;
	struct { char *rel; bool is_dir; mode_t mode; struct buf bytes; } *at; /* in order of rel */
} kept;

static int keep_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const char *root = ctx;
	struct stat st;
	if (!is_written(root, rel))
		return ERR_OK;
	if (lstat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	if (!is_dir && !S_ISREG(st.st_mode))
		return ERR_OK; /* an agent's socket */
	kept.at = mem_grow(kept.at, kept.count + 1, sizeof *kept.at);
	memset(&kept.at[kept.count], 0, sizeof *kept.at);
	kept.at[kept.count].rel = *rel ? file_path(root, rel) : mem_strdup(root);
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
	for (size_t i = 0; i < ROOTS; i++) {
		MEM_CLEANUP char *path = file_path(room, roots[i]);
		if (!file_exists(path))
			continue;
		office_must(keep_one((void *)roots[i], "", path, true, &e), &e);
		office_must(file_walk(path, keep_one, (void *)roots[i], &e), &e);
	}
	qsort(kept.at, kept.count, sizeof *kept.at, compare_kept); /* a folder before what is in it */
	office_do("cd %s; rm -rf kept; mkdir kept; cp -a s/ledger.git s/volumes s/index.db* s/intent* kept", room);
}

static bool is_kept_folder(const char *root, const char *rel)
{
	MEM_CLEANUP char *path = *rel ? file_path(root, rel) : mem_strdup(root);
	return bsearch(&path, kept.at, kept.count, sizeof *kept.at, compare_kept) != NULL;
}

/* Files go, and folders that are not kept: the others stay what they are. */
static int clear_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const char *root = ctx;
	if (!is_written(root, rel))
		return ERR_OK;
	if ((!is_dir || !is_kept_folder(root, rel)) && (is_dir ? rmdir(full) : unlink(full)) < 0)
		return err_errno(e, errno, "%s", full);
	return ERR_OK;
}

static void clear(void)
{
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ROOTS; i++) {
		MEM_CLEANUP char *path = file_path(room, roots[i]);
		if (!file_exists(path))
			continue;
		office_must(file_walk(path, clear_one, (void *)roots[i], &e), &e);
		if (strcmp(roots[i], "s") != 0)
			office_must(clear_one((void *)roots[i], "", path, true, &e), &e);
	}
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

static void put_files(void)
{
	clear();
	for (size_t i = 0; i < kept.count; i++) {
		MEM_CLEANUP char *to = file_path(room, kept.at[i].rel);
		if (!kept.at[i].is_dir)
			put_file(to, kept.at[i].mode, &kept.at[i].bytes);
		else if (mkdir(to, kept.at[i].mode) < 0 && errno != EEXIST)
			fail_msg("%s: can't be made", to);
	}
	memset(told, 0, sizeof *told);
	office->now = room_clock;
}

void room_put_back(void)
{
	put_files();
	if (!has_agent())
		office_do("gpgconf --homedir %s/s/keys --launch gpg-agent", room);
}

void room_put_back_without_agent(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	put_files();
	if (has_agent())
		office_must(pgp_agent_stop(keys, &e), &e);
	office_do("rm -f %s/S.gpg-agent*", keys); /* of one that was killed: the next one would have to remove them */
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

int room_open_plainly(struct err *e)
{
	return office_try_open(office, e);
}

void room_leave(void)
{
	child_kill(&signing.child);
}
