#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 200
#define TICK_MS 10
#define PATH_ROOM 4096
#define STARTED_MAX 256

#define NEEDS_SPACE 1u
#define OPENS 2u
#define READS 4u
#define TRIMS 8u

/* Where a call names its file: argument of a path (with that of its folder's descriptor, -1 = the working directory),
 * or of a descriptor; -1 = none. */
static struct call {
	const char *name;
	int path, dir, fd;
	unsigned flags;
	int number;
} calls[] = {
	{ "write", -1, -1, 0, NEEDS_SPACE, 0 },        { "writev", -1, -1, 0, NEEDS_SPACE, 0 },
	{ "pwrite64", -1, -1, 0, NEEDS_SPACE, 0 },     { "pwritev", -1, -1, 0, NEEDS_SPACE, 0 },
	{ "pwritev2", -1, -1, 0, NEEDS_SPACE, 0 },     { "fsync", -1, -1, 0, NEEDS_SPACE, 0 },
	{ "fdatasync", -1, -1, 0, NEEDS_SPACE, 0 },    { "sync_file_range", -1, -1, 0, NEEDS_SPACE, 0 },
	{ "ftruncate", -1, -1, 0, NEEDS_SPACE, 0 },    { "truncate", 0, -1, -1, NEEDS_SPACE, 0 },
	{ "fallocate", -1, -1, 0, NEEDS_SPACE, 0 },    { "copy_file_range", -1, -1, 2, NEEDS_SPACE, 0 },
	{ "sendfile", -1, -1, 0, NEEDS_SPACE, 0 },     { "rename", 0, -1, -1, NEEDS_SPACE, 0 },
	{ "renameat", 1, 0, -1, NEEDS_SPACE, 0 },      { "renameat2", 1, 0, -1, NEEDS_SPACE, 0 },
	{ "link", 1, -1, -1, NEEDS_SPACE, 0 },         { "linkat", 3, 2, -1, NEEDS_SPACE, 0 },
	{ "symlink", 1, -1, -1, NEEDS_SPACE, 0 },      { "symlinkat", 2, 1, -1, NEEDS_SPACE, 0 },
	{ "mkdir", 0, -1, -1, NEEDS_SPACE, 0 },        { "mkdirat", 1, 0, -1, NEEDS_SPACE, 0 },
	{ "unlink", 0, -1, -1, 0, 0 },                 { "unlinkat", 1, 0, -1, 0, 0 },
	{ "rmdir", 0, -1, -1, 0, 0 },                  { "chmod", 0, -1, -1, 0, 0 },
	{ "fchmod", -1, -1, 0, 0, 0 },                 { "fchmodat", 1, 0, -1, 0, 0 },
	{ "utimensat", 1, 0, -1, 0, 0 },               { "creat", 0, -1, -1, NEEDS_SPACE | OPENS, 0 },
	{ "open", 0, -1, -1, NEEDS_SPACE | OPENS, 0 }, { "openat", 1, 0, -1, NEEDS_SPACE | OPENS, 0 },
	{ "read", -1, -1, 0, READS, 0 },               { "pread64", -1, -1, 0, READS, 0 },
	{ "getdents64", -1, -1, 0, READS, 0 },         { "syncfs", -1, -1, 0, NEEDS_SPACE, 0 },
	{ "ioctl", -1, -1, 0, TRIMS, 0 },
};

static const struct mode {
	const char *name;
	int failure;          /* of the call; 0 = its maker is killed */
	bool lasts;           /* later calls fail, too */
	bool reading;         /* calls are counted that read, not those that change */
	bool spares_first;    /* those of the first process are not counted */
} modes[DISK_MODES] = {
	[DISK_KILL] = { "kill", 0, false, false, false },
	[DISK_MAIM] = { "maim", 0, false, true, true },
	[DISK_FULL] = { "full", ENOSPC, true, false, false },
	[DISK_IO] = { "io", EIO, true, false, false },
	[DISK_READONLY] = { "readonly", EROFS, true, false, false },
	[DISK_FAIL] = { "fail", EIO, false, false, false },
	[DISK_UNREAD] = { "unread", EIO, false, true, false },
};

static void give_up(const char *what)
{
	perror(what);
	exit(70);
}

const char *disk_mode_name(enum disk_mode mode)
{
	return modes[mode].name;
}

enum disk_mode disk_mode_find(const char *name)
{
	int mode = 0;
	while (mode < DISK_MODES && strcmp(modes[mode].name, name) != 0)
		mode++;
	return (enum disk_mode)mode;
}

/* The filter: in the child. */

static int add_rules(scmp_filter_ctx filter, const struct call *c, bool reading)
{
	const unsigned flag = c->fd < 0 ? (unsigned)c->path + 1 : 0;
	int rc = 0;
	if (c->flags & TRIMS)
		return seccomp_rule_add(filter, SCMP_ACT_NOTIFY, c->number, 1, SCMP_A1(SCMP_CMP_EQ, FITRIM));
	if (!(c->flags & OPENS) || strcmp(c->name, "creat") == 0 || reading)
		return seccomp_rule_add(filter, SCMP_ACT_NOTIFY, c->number, 0);
	static const scmp_datum_t masks[] = { O_ACCMODE, O_ACCMODE, O_CREAT, O_TRUNC };
	static const scmp_datum_t values[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
	for (size_t i = 0; !rc && i < sizeof masks / sizeof *masks; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, c->number, 1,
		                      SCMP_CMP(flag, SCMP_CMP_MASKED_EQ, masks[i], values[i]));
	return rc;
}

static bool is_watched(const struct call *c, bool reading)
{
	return c->number >= 0 && (reading ? (c->flags & (READS | OPENS)) != 0 : !(c->flags & READS));
}

static int load_filter(bool reading)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		give_up("seccomp_init");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		calls[i].number = seccomp_syscall_resolve_name(calls[i].name);
		if (is_watched(&calls[i], reading) && add_rules(filter, &calls[i], reading) < 0)
			give_up(calls[i].name);
	}
	if (seccomp_load(filter) < 0)
		give_up("seccomp_load");
	int fd = seccomp_notify_fd(filter);
	if (fd < 0)
		give_up("seccomp_notify_fd");
	return fd; /* the filter is left to the end of this process: releasing it would close the descriptor */
}

static void send_fd(int stream, int fd)
{
	char byte = 0;
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof fd)]; } control = { .room = { 0 } };
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof control.room };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	if (sendmsg(stream, &m, 0) < 0)
		give_up("sendmsg");
}

static int receive_fd(int stream)
{
	char byte;
	int fd;
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof fd)]; } control = { .room = { 0 } };
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof control.room };
	if (recvmsg(stream, &m, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&m))
		give_up("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return fd;
}

__attribute__((noreturn)) static void become(const struct disk *d, disk_act *act, void *ctx, struct disk_state *state,
                                             int stream)
{
	int fd = load_filter(modes[d->mode].reading);
	send_fd(stream, fd);
	close(fd);
	close(stream);
	int status = act(ctx, state);
	fflush(NULL);
	_exit(status);
}

/* What a call is about: in the parent. */

static bool is_below(const char *path, const char *room)
{
	size_t len = strlen(room);
	return strncmp(path, room, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool read_link(pid_t pid, const char *what, long n, char out[PATH_ROOM])
{
	char path[64];
	snprintf(path, sizeof path, n < 0 ? "/proc/%d/%s" : "/proc/%d/%s/%ld", (int)pid, what, n);
	ssize_t len = readlink(path, out, PATH_ROOM - 1);
	out[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* To the end of a page first: what follows it may not be there. */
static void read_text(pid_t pid, uint64_t address, char out[PATH_ROOM])
{
	const size_t page = 4096;
	size_t first = page - address % page, got = 0;
	memset(out, 0, PATH_ROOM);
	while (got < PATH_ROOM - 1 && !memchr(out, '\0', got)) {
		size_t want = got ? PATH_ROOM - 1 - got : first < PATH_ROOM - 1 ? first : PATH_ROOM - 1;
		struct iovec to = { out + got, want }, from = { (void *)(uintptr_t)(address + got), want };
		ssize_t n = process_vm_readv(pid, &to, 1, &from, 1, 0);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	out[PATH_ROOM - 1] = '\0';
}

static void find_path(const struct call *c, const struct seccomp_notif *n, char out[PATH_ROOM])
{
	char name[PATH_ROOM], base[PATH_ROOM];
	pid_t pid = (pid_t)n->pid;
	if (c->path < 0) {
		read_link(pid, "fd", (long)n->data.args[c->fd], out);
		return;
	}
	read_text(pid, n->data.args[c->path], name);
	if (name[0] == '/') {
		memcpy(out, name, PATH_ROOM);
		return;
	}
	int dir = c->dir < 0 ? AT_FDCWD : (int)n->data.args[c->dir];
	if (dir == AT_FDCWD)
		read_link(pid, "cwd", -1, base);
	else
		read_link(pid, "fd", dir, base);
	if ((size_t)snprintf(out, PATH_ROOM, "%s/%s", base, name) >= PATH_ROOM)
		out[0] = '\0';
}

static int get_open_flags(const struct call *c, const struct seccomp_notif *n)
{
	return strcmp(c->name, "creat") == 0 ? O_CREAT | O_TRUNC | O_WRONLY : (int)n->data.args[c->path + 1];
}

/* To open changes something where it makes the file or empties it. */
static bool is_change(const struct call *c, const struct seccomp_notif *n, const char *path)
{
	struct stat st;
	if (!(c->flags & OPENS))
		return true;
	int flags = get_open_flags(c, n);
	return (flags & O_TRUNC) || ((flags & O_CREAT) && lstat(path, &st) < 0);
}

static bool needs_space(const struct call *c, const char *path)
{
	struct stat st;
	return (c->flags & NEEDS_SPACE) && (!(c->flags & OPENS) || lstat(path, &st) < 0);
}

static const struct call *find_call(int number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

#define KILLED (-1)

struct family {
	const struct disk *disk;
	struct disk_state *state;
	pid_t pid;                    /* the first */
	int fd, pidfd;                /* of the filter, of the first */
	const pid_t *before;          /* children of this process that are none of the family */
	size_t before_count;
};

/* A call is made by a thread, which may be another one than that by which its process is known. */
static pid_t find_process(pid_t thread)
{
	char path[64], line[256];
	int process = thread;
	snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Tgid: %d", &process) == 1)
			break;
	if (file)
		fclose(file);
	return (pid_t)process;
}

static bool counts(const struct family *f, const struct call *c, const struct seccomp_notif *n, const char *path)
{
	const struct mode *m = &modes[f->disk->mode];
	if (m->spares_first && find_process((pid_t)n->pid) == f->pid)
		return false;
	if (!m->reading)
		return is_change(c, n, path);
	return !(c->flags & OPENS) || (get_open_flags(c, n) & O_ACCMODE) == O_RDONLY;
}

static void note_name(pid_t pid, char out[16])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%15[^\n]", out) != 1)
		strcpy(out, "?");
	if (file)
		fclose(file);
}

/* Kinds of calls. */

#define KIND_LEN 160
#define KINDS_MAX 1024
#define PART_LEN 5     /* shorter than any name with something random behind it */

static struct kind { char text[KIND_LEN]; bool known, met; } kinds[KINDS_MAX];
static size_t kinds_count;

/* The begin of a name; "#" for one that has a digit there, or is the folder of some objects. */
static void add_part(char *out, const char *part, size_t len)
{
	char name[PART_LEN + 1] = "";
	memcpy(name, part, len < PART_LEN ? len : PART_LEN);
	bool numbered = strcspn(name, "0123456789") < strlen(name) || len >= 38 ||
	                (len == 2 && strspn(name, "abcdef") == 2);
	size_t have = strlen(out);
	snprintf(out + have, KIND_LEN - have, "/%s", numbered ? "#" : name);
}

static void print_kind(const char *who, const char *call, const char *path, char out[KIND_LEN])
{
	snprintf(out, KIND_LEN, "%s %s ", who, call);
	for (const char *at = path; *at; at += strcspn(at, "/")) {
		at += strspn(at, "/");
		if (*at)
			add_part(out, at, strcspn(at, "/"));
	}
}

static struct kind *find_kind(const char *text)
{
	size_t i = 0;
	while (i < kinds_count && strcmp(kinds[i].text, text) != 0)
		i++;
	if (i == KINDS_MAX) {
		fputs("more kinds of calls than were thought of\n", stderr);
		exit(70);
	}
	if (i == kinds_count)
		strcpy(kinds[kinds_count++].text, text);
	return &kinds[i];
}

/* Counted already. True: it is the one to meet the fault. */
static bool note_kind(const struct disk *d, const struct disk_state *state, const char *call, pid_t pid,
                      const char *path)
{
	bool is_it = !d->kind && state->calls == d->at, is_free = !d->kind && !d->at;
	char who[16], text[KIND_LEN];
	if (!is_it && !is_free && (!d->kind || state->met_at))
		return false;
	note_name(pid, who);
	print_kind(who, call, path + strlen(d->room), text);
	is_it = is_it || (d->kind && strcmp(text, d->kind) == 0);
	if (!is_it && !is_free)
		return false;
	struct kind *k = find_kind(text);
	k->known = k->known || is_free;
	k->met = k->met || is_it;
	return is_it;
}

size_t disk_count_known(void)
{
	size_t known = 0;
	for (size_t i = 0; i < kinds_count; i++)
		known += kinds[i].known;
	return known;
}

const char *disk_next_unmet(size_t *at)
{
	while (*at < kinds_count && (!kinds[*at].known || kinds[*at].met))
		(*at)++;
	return *at < kinds_count ? kinds[(*at)++].text : NULL;
}

/* 0: let it be made; KILLED: no answer is wanted any more; else the errno with which it fails. */
static int judge(const struct family *f, const struct seccomp_notif *n)
{
	const struct disk *d = f->disk;
	const struct mode *m = &modes[d->mode];
	const struct call *c = find_call(n->data.nr);
	char path[PATH_ROOM];
	if (!__atomic_load_n(&f->state->armed, __ATOMIC_SEQ_CST) || !c)
		return 0;
	find_path(c, n, path);
	if (!is_below(path, d->room))
		return 0;
	bool counted = counts(f, c, n, path);
	f->state->calls += counted;
	bool is_it = counted && note_kind(d, f->state, c->name, (pid_t)n->pid, path);
	if (is_it) {
		note_name((pid_t)n->pid, f->state->who);
		f->state->met_at = f->state->calls;
	}
	if (!f->state->met_at || (!is_it && !m->lasts))
		return 0;
	if (!m->failure)
		return kill((pid_t)n->pid, SIGKILL) == 0 ? KILLED : 0;
	if (d->mode == DISK_FULL && !needs_space(c, path))
		return 0;
	return counted || d->mode == DISK_READONLY ? m->failure : 0;
}

static void serve(const struct family *f)
{
	static struct seccomp_notif *n;
	static struct seccomp_notif_resp *answer;
	if (!n && seccomp_notify_alloc(&n, &answer) < 0)
		give_up("seccomp_notify_alloc");
	memset(n, 0, sizeof *n);
	if (seccomp_notify_receive(f->fd, n) < 0)
		return; /* who made the call was killed meanwhile */
	int failure = judge(f, n);
	if (failure == KILLED)
		return;
	memset(answer, 0, sizeof *answer);
	answer->id = n->id;
	answer->error = -failure;
	answer->flags = failure ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	seccomp_notify_respond(f->fd, answer);
}

/* What was started. Orphans become children of this process, which says so to the kernel. */

static size_t list_children(pid_t out[STARTED_MAX])
{
	char path[64];
	size_t count = 0;
	long pid;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	while (f && count < STARTED_MAX && fscanf(f, "%ld", &pid) == 1)
		out[count++] = (pid_t)pid;
	if (f)
		fclose(f);
	return count;
}

static bool has_pid(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* What was not there before, and what it starts meanwhile. */
static void end_others(const pid_t *before, size_t count)
{
	pid_t now[STARTED_MAX];
	size_t n = list_children(now);
	for (size_t i = 0; i < n; i++)
		if (!has_pid(before, count, now[i]))
			kill(now[i], SIGKILL);
}

/* Orphans included: how `pid` ended is told. */
static bool reap(pid_t pid, int *out_status)
{
	bool found = false;
	int status;
	pid_t ended;
	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == pid) {
			*out_status = status;
			found = true;
		}
	return found;
}

static bool has_others(const struct family *f)
{
	pid_t now[STARTED_MAX];
	size_t n = list_children(now), i = 0;
	while (i < n && has_pid(f->before, f->before_count, now[i]))
		i++;
	return i < n;
}

/* Who dies has let go of the filter, and not of files and sockets yet. */
static void await_others(const struct family *f)
{
	int status;
	for (reap(f->pid, &status); has_others(f); reap(f->pid, &status)) {
		end_others(f->before, f->before_count);
		poll(NULL, 0, TICK_MS);
	}
}

/* Until the kernel says that nobody has the filter any more. */
static void attend(const struct family *f, int *out_status)
{
	bool ended = false;
	for (int waited = 0;;) {
		struct pollfd p[2] = { { .fd = f->fd, .events = POLLIN }, { .fd = ended ? -1 : f->pidfd, .events = POLLIN } };
		int n = poll(p, 2, ended ? TICK_MS : -1);
		if (p[0].revents & POLLIN)
			serve(f);
		else if (p[0].revents & POLLHUP)
			break;
		ended = ended || p[1].revents;
		if (ended)
			reap(f->pid, out_status);
		waited += n == 0 ? TICK_MS : 0;
		if (waited >= GRACE_MS)
			end_others(f->before, f->before_count);
	}
	if (!ended)
		waitpid(f->pid, out_status, 0);
	await_others(f);
}

int disk_run(const struct disk *d, disk_act *act, void *ctx, struct disk_state *out)
{
	static struct disk_state *state;
	pid_t before[STARTED_MAX];
	int pair[2], status = 0;
	if (!state) {
		state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (state == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
			give_up("disk");
		for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
			calls[i].number = seccomp_syscall_resolve_name(calls[i].name);
	}
	*state = (struct disk_state){ .armed = false };
	reap(0, &status);
	size_t count = list_children(before);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		give_up("socketpair");
	pid_t pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid)
		become(d, act, ctx, state, pair[1]);
	close(pair[1]);
	int fd = receive_fd(pair[0]), pidfd = pidfd_open(pid, 0);
	close(pair[0]);
	if (pidfd < 0)
		give_up("pidfd_open");
	attend(&(struct family){ d, state, pid, fd, pidfd, before, count }, &status);
	close(fd);
	close(pidfd);
	*out = *state;
	return status;
}
