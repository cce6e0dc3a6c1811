#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/proc.h"
#include "foreign/pgp_assuan.h"
#include "foreign/pgp_impl.h"

#define GPGCONF_DEADLINE_S 5
#define END_WAIT_MS 2000
#define END_TRIES 10
#define END_PAUSE_MS 20
#define ASK_DEADLINE_MS 100000        /* somebody types at the daemon's machine */
#define PERSON_DEADLINE_MS 600000
#define ASK_VALUE_MAX 500
#define CMDLINE_MAX ((size_t)64 << 10)

/* gpg-agent makes sockets of this name too, and ends when its path is too long. */
static const char longest_socket[] = "/S.gpg-agent.browser";
#define SOCKET_PATH_MAX (sizeof((struct sockaddr_un *)NULL)->sun_path - 1)

/* The user's own key ring is where his environment says. */
static int run_gpgconf(const char *home, const char *verb, const char *what, struct buf *out, int *out_status,
                       struct err *e)
{
	const char *homed[] = { "gpgconf", "--homedir", home, verb, what, NULL };
	const char *plain[] = { "gpgconf", verb, what, NULL };
	const char *own = getenv("HOME"), *ring = getenv("GNUPGHOME");
	MEM_CLEANUP char *own_env = mem_printf("HOME=%s", own ? own : "/nonexistent");
	MEM_CLEANUP char *ring_env = ring ? mem_printf("GNUPGHOME=%s", ring) : NULL;
	const char *env[] = { own_env, ring_env, NULL };
	struct proc p = { .argv = home ? homed : plain, .env = home ? NULL : env, .deadline_s = GPGCONF_DEADLINE_S };
	return proc_run(&p, out, NULL, out_status, e);
}

/* gpgconf escapes with %xx. */
static char *unescape(const char *text)
{
	char *out = mem_strdup(text), *to = out;
	for (const char *from = text; *from && *from != '\n'; from++) {
		uint8_t byte;
		char hex[3] = { 0 };
		if (*from == '%')
			for (int i = 0; i < 2 && from[1 + i]; i++)
				hex[i] = (char)(from[1 + i] | 0x20);
		if (hex[1] && hash_hex_decode(hex, 2, &byte, 1)) {
			*to++ = (char)byte;
			from += 2;
		} else
			*to++ = *from;
	}
	*to = '\0';
	return out;
}

int pgp_agent_home(const char *home, char **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int status = 0, rc = home ? ERR_OK : run_gpgconf(home, "--list-dirs", "homedir", &text, &status, e);
	if (rc || status)
		return rc ? rc : err_set(e, ERR_UNAVAILABLE, "gpgconf: does not say where your key ring is");
	*out = home ? mem_strdup(home) : unescape(buf_str(&text));
	return ERR_OK;
}

static int find_socket(const char *home, const char *which, char **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int status = 0, rc = run_gpgconf(home, "--list-dirs", which, &text, &status, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *path = unescape(buf_str(&text));
	const char *slash = strrchr(path, '/');
	if (status != 0 || !slash)
		return err_set(e, ERR_UNAVAILABLE, "gpgconf: does not say where the agent's socket is");
	if ((size_t)(slash - path) + strlen(longest_socket) > SOCKET_PATH_MAX) {
		err_set(e, ERR_CONFIG, "%s: the path of the key home is too long for the agent's socket",
		        home ? home : _("your key ring"));
		return err_next(e, "choose a folder whose path is shorter by %zu bytes",
		                (size_t)(slash - path) + strlen(longest_socket) - SOCKET_PATH_MAX);
	}
	*out = path;
	path = NULL;
	return ERR_OK;
}

int pgp_agent_socket(const char *home, char **out, struct err *e)
{
	return find_socket(home, "agent-socket", out, e);
}

int pgp_agent_ssh_socket(const char *home, char **out, struct err *e)
{
	return find_socket(home, "agent-ssh-socket", out, e);
}

/* By a file without a name, where the file system knows such. */
static int check_writable(const char *home, struct err *e)
{
	int fd = open(home, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EOPNOTSUPP || errno == EISDIR ? ERR_OK : err_errno(e, errno, "%s", home);
	int rc = file_write_all(fd, "x", 1, home, e);
	close(fd);
	return rc;
}

/* It does not say why: mostly it could not make its socket, or the lock under which it is started. */
static int start_agent(const char *home, struct err *e)
{
	int status = 0, rc = run_gpgconf(home, "--launch", "gpg-agent", NULL, &status, e);
	if (!rc && !status)
		return ERR_OK;
	if (home && check_writable(home, e))
		return (int)e->code;
	if (rc)
		return err_set(e, rc == ERR_BUSY ? ERR_BUSY : ERR_UNAVAILABLE, "gpg-agent: does not answer");
	return err_set(e, ERR_UNAVAILABLE, "gpg-agent: can't be started");
}

/* Where the agent finds the person: what gpg tells it, too. */
static int show_person(struct pgp_assuan *agent, struct err *e)
{
	static const struct { const char *option, *from; } told[] = {
		{ "ttyname", "GPG_TTY" }, { "ttytype", "TERM" }, { "display", "DISPLAY" }, { "lc-ctype", "LC_CTYPE" },
	};
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof told / sizeof *told; i++) {
		struct pgp_assuan_answer a;
		const char *value = getenv(told[i].from);
		if (!value || !*value || strlen(value) > ASK_VALUE_MAX || strpbrk(value, "\r\n"))
			continue;
		MEM_CLEANUP char *command = mem_printf("OPTION %s=%s", told[i].option, value);
		rc = pgp_assuan_ask(agent, command, &a, e);
	}
	return rc;
}

/* Who is asked for a passphrase: nobody, whatever the agent's settings are; a person; or the file, through us. */
static int set_mode(struct pgp_assuan *agent, enum pgp_agent_mode mode, struct err *e)
{
	struct pgp_assuan_answer a;
	if (mode == PGP_AGENT_ERROR)
		return pgp_assuan_ask(agent, "OPTION pinentry-mode=error", &a, e);
	if (mode == PGP_AGENT_LOOPBACK) {
		pgp_assuan_answer_with(agent, pgp_passphrase_read, pgp_passphrase_refuse);
		return pgp_assuan_ask(agent, "OPTION pinentry-mode=loopback", &a, e);
	}
	pgp_assuan_wait(agent, mode == PGP_AGENT_PERSON ? PERSON_DEADLINE_MS : ASK_DEADLINE_MS);
	return show_person(agent, e);
}

/* e is never NULL in these: how a call failed is read from it. */
static int connect_agent(const char *home, enum pgp_agent_mode mode, struct pgp_assuan **out, struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	int rc = pgp_agent_socket(home, &socket, e);
	if (!rc)
		rc = start_agent(home, e);
	if (rc)
		return rc;
	struct pgp_assuan *agent = pgp_assuan_open(socket, e);
	if (!agent)
		return e->code;
	rc = set_mode(agent, mode, e);
	if (rc)
		pgp_assuan_close(agent);
	else
		*out = agent;
	return rc;
}

/* KEYINFO <keygrip> <type> <serial> <id> <cached> <protection> ...: type T is a card's, protection P a passphrase's. */
static int find_secret(struct pgp_assuan *agent, const char *fpr, const char *grip, bool *out_waits, struct err *e)
{
	char command[sizeof "KEYINFO " + PGP_GRIP_LEN], type, protection;
	struct pgp_assuan_answer a;
	if (!grip || strlen(grip) != PGP_GRIP_LEN)
		return err_set(e, ERR_KEY, "key %s: gpg does not name its secret part", fpr);
	snprintf(command, sizeof command, "KEYINFO %s", grip);
	int rc = pgp_assuan_ask(agent, command, &a, e);
	if (rc)
		return err_prefix(e, "key %s", fpr);
	if (sscanf(a.status, "KEYINFO %*s %c %*s %*s %*s %c", &type, &protection) != 2)
		return err_set(e, ERR_KEY, "key %s: gpg-agent does not say how it is kept", fpr);
	*out_waits = protection == 'P' || type == 'T';
	return ERR_OK;
}

int pgp_agent_check_key(const char *home, gpgme_key_t key, bool *out_waits, struct err *e)
{
	struct pgp_assuan *agent;
	struct err why = ERR_INIT;
	bool waits = false, any = false;
	int rc = connect_agent(home, PGP_AGENT_ERROR, &agent, &why);
	if (!rc) {
		for (gpgme_subkey_t s = key->subkeys; !rc && s; s = s->next) {
			if (s->secret)
				rc = find_secret(agent, s->fpr, s->keygrip, &waits, &why);
			any = any || waits;
		}
		pgp_assuan_close(agent);
	}
	if (!rc && out_waits)
		*out_waits = any;
	if (rc && e)
		*e = why;
	return rc;
}

static bool is_on_card(gpgme_key_t key, const char *fpr)
{
	for (gpgme_subkey_t s = key->subkeys; s; s = s->next)
		if (strcasecmp(s->fpr, fpr) == 0)
			return s->is_cardkey;
	return false;
}

int pgp_agent_grip(const char *home, const char *fpr, char out_grip[PGP_GRIP_LEN + 1], bool *out_on_card,
                   struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_key_t key;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = pgp_get_key(ctx, home, fpr, true, &key, e);
	if (!rc) {
		if (out_on_card)
			*out_on_card = is_on_card(key, fpr);
		rc = err_set(e, ERR_KEY, "key %s: not an Ed25519 key that may sign", fpr);
		for (gpgme_subkey_t s = key->subkeys; s; s = s->next)
			if (strcasecmp(s->fpr, fpr) == 0 && pgp_is_ed25519(s) && s->secret && s->keygrip &&
			    strlen(s->keygrip) == PGP_GRIP_LEN) {
				memcpy(out_grip, s->keygrip, PGP_GRIP_LEN + 1);
				rc = ERR_OK;
			}
		gpgme_key_unref(key);
	}
	gpgme_release(ctx);
	return rc;
}

static void drop_agent(struct pgp_signer *s)
{
	pgp_assuan_close(s->agent);
	s->agent = NULL;
}

static enum pgp_agent_mode find_mode(const struct pgp_signer *s)
{
	if (s->is_persons)
		return PGP_AGENT_PERSON;
	return !s->waits ? PGP_AGENT_ERROR : pgp_passphrase_is_known() ? PGP_AGENT_LOOPBACK : PGP_AGENT_ASK;
}

/* An agent that hangs is ended first: gpg itself would wait for it for ever. */
static int take_agent(struct pgp_signer *s, struct err *e)
{
	int rc = connect_agent(s->home, find_mode(s), &s->agent, e);
	if (rc == ERR_BUSY && !s->is_persons && pgp_agent_stop(s->home, e) == ERR_OK)
		rc = connect_agent(s->home, find_mode(s), &s->agent, e);
	return rc;
}

/* Whether there is somebody to wait for is seen first; then the connection is made for it. */
static int find_way(struct pgp_signer *s, const char *fpr, struct err *e)
{
	int rc = find_secret(s->agent, fpr, s->grip, &s->waits, e);
	if (rc || s->is_persons || !s->waits)
		return rc;
	drop_agent(s);
	return take_agent(s, e);
}

static struct pgp_signer *open_signer(const char *home, const char *fpr, bool is_persons, struct err *e)
{
	struct pgp_signer *s = mem_alloc(sizeof *s);
	struct err why = ERR_INIT;
	s->home = home ? mem_strdup(home) : NULL;
	s->is_persons = is_persons;
	int rc = take_agent(s, &why);
	if (!rc)
		rc = pgp_agent_grip(home, fpr, s->grip, NULL, &why);
	if (!rc)
		rc = find_way(s, fpr, &why);
	if (!rc)
		return s;
	if (e)
		*e = why;
	pgp_signer_free(s);
	return NULL;
}

struct pgp_signer *pgp_signer_new(const char *home, const char *fpr, struct err *e)
{
	return open_signer(home, fpr, false, e);
}

struct pgp_signer *pgp_signer_of_person(const char *home, const char *fpr, struct err *e)
{
	return open_signer(home, fpr, true, e);
}

bool pgp_signer_waits(const struct pgp_signer *s)
{
	return s->waits && !pgp_passphrase_is_known();
}

void pgp_signer_free(struct pgp_signer *s)
{
	if (!s)
		return;
	drop_agent(s);
	free(s->home);
	free(s);
}

static bool take_literal(const char **at, const char *end, const char *text)
{
	size_t len = strlen(text);
	if ((size_t)(end - *at) < len || memcmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* "<length>:<bytes>", as a number of 32 bytes: shorter ones lack leading zeros. */
static bool take_number(const char **at, const char *end, uint8_t out[32])
{
	size_t len = 0;
	const char *p = *at;
	for (; p < end && *p >= '0' && *p <= '9' && len <= 32; p++)
		len = len * 10 + (size_t)(*p - '0');
	if (p == *at || p == end || *p++ != ':' || len > 32 || (size_t)(end - p) < len)
		return false;
	memset(out, 0, 32 - len);
	memcpy(out + 32 - len, p, len);
	*at = p + len;
	return true;
}

/* (7:sig-val(5:eddsa(1:r32:...)(1:s32:...))) */
static bool parse_signature(const struct pgp_assuan_answer *a, uint8_t r[32], uint8_t s[32])
{
	const char *at = a->data, *end = a->data + a->len;
	return take_literal(&at, end, "(7:sig-val(5:eddsa(1:r") && take_number(&at, end, r) &&
	       take_literal(&at, end, ")(1:s") && take_number(&at, end, s) && take_literal(&at, end, ")))") &&
	       at == end;
}

static int ask_signature(const struct pgp_signer *s, const uint8_t *digest, size_t len, struct pgp_assuan_answer *a,
                         struct err *e)
{
	char hex[2 * 64 + 1], key[sizeof "SIGKEY " + PGP_GRIP_LEN], hash[sizeof "SETHASH --hash=sha512 " + 2 * 64];
	hash_hex_encode(digest, len, hex);
	snprintf(key, sizeof key, "SIGKEY %s", s->grip);
	snprintf(hash, sizeof hash, "SETHASH --hash=%s %s", len == 64 ? "sha512" : "sha256", hex);
	return pgp_assuan_ask_all(s->agent, (const char *const[]){ key, hash, "PKSIGN" }, 3, a, e);
}

struct asking {
	const uint8_t *digest;
	size_t len;
	uint8_t *r, *s;
};

static int sign_digest(struct pgp_signer *s, void *ctx, struct err *e)
{
	const struct asking *k = ctx;
	struct pgp_assuan_answer a;
	int rc = ask_signature(s, k->digest, k->len, &a, e);
	if (!rc && !parse_signature(&a, k->r, k->s))
		rc = err_set(e, ERR_KEY, "gpg-agent: its answer is no Ed25519 signature");
	return rc;
}

static int try_once(struct pgp_signer *s, pgp_agent_fn *fn, void *ctx, struct err *e)
{
	int rc = s->agent ? ERR_OK : take_agent(s, e);
	if (!rc)
		rc = fn(s, ctx, e);
	if (rc)
		drop_agent(s);
	return rc;
}

int pgp_agent_try(struct pgp_signer *s, pgp_agent_fn *fn, void *ctx, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = try_once(s, fn, ctx, &why);
	if (rc == ERR_BUSY && !s->is_persons && !pgp_signer_waits(s) && (rc = pgp_agent_stop(s->home, &why)) == ERR_OK)
		rc = ERR_UNAVAILABLE;
	if (rc == ERR_UNAVAILABLE)
		rc = try_once(s, fn, ctx, &why);
	if (rc && e)
		*e = why;
	return rc;
}

int pgp_signer_sign(struct pgp_signer *s, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                    struct err *e)
{
	struct asking k = { digest, len, out_r, out_s };
	if (len != 32 && len != 64)
		return err_set(e, ERR_BUG, "gpg-agent: sign: a digest of %zu bytes", len);
	return pgp_agent_try(s, sign_digest, &k, e);
}

static bool is_listening(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path)
		return false;
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: it is there, but no longer takes anybody */
	bool listening = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
	close(fd);
	return listening;
}

/* From its status: the files of a process that forbids cores belong to root, whoever runs it. */
static bool is_own_process(const char *pid)
{
	MEM_CLEANUP char *path = mem_printf("/proc/%s/status", pid);
	BUF_CLEANUP struct buf text = BUF_INIT;
	unsigned uid = 0;
	if (file_read(path, CMDLINE_MAX, &text, NULL))
		return false;
	const char *line = strstr(buf_str(&text), "\nUid:");
	return line && sscanf(line, "\nUid: %*u %u", &uid) == 1 && uid == geteuid();
}

/* gpg-agent --homedir <home> ... */
static bool is_agent_of(const char *pid, const char *home)
{
	MEM_CLEANUP char *path = mem_printf("/proc/%s/cmdline", pid);
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (!is_own_process(pid) || file_read(path, CMDLINE_MAX, &line, NULL))
		return false;
	const char *at = buf_str(&line), *end = at + line.len;
	const char *name = strrchr(at, '/');
	bool is_home = false, follows = false;
	if (strcmp(name ? name + 1 : at, "gpg-agent") != 0)
		return false;
	for (; at < end; at += strlen(at) + 1) {
		is_home = is_home || (follows && strcmp(at, home) == 0);
		follows = strcmp(at, "--homedir") == 0;
	}
	return is_home;
}

static bool end_process(int pidfd, int sig)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	return pidfd_send_signal(pidfd, sig, NULL, 0) < 0 ? errno == ESRCH : poll(&p, 1, END_WAIT_MS) == 1;
}

/* By the descriptor, so that a number that was given to another process meanwhile does no harm. */
static int end_agent(const char *pid, const char *home, struct err *e)
{
	int rc = ERR_OK, pidfd = pidfd_open((pid_t)strtol(pid, NULL, 10), 0);
	if (pidfd < 0)
		return errno == ESRCH ? ERR_OK : err_errno(e, errno, "gpg-agent: process %s", pid);
	if (is_agent_of(pid, home) && !end_process(pidfd, SIGTERM) && !end_process(pidfd, SIGKILL))
		rc = err_set(e, ERR_UNAVAILABLE, "gpg-agent: process %s does not end", pid);
	close(pidfd);
	return rc;
}

static int end_agents(const char *home, struct err *e)
{
	int rc = ERR_OK;
	DIR *d = opendir("/proc");
	struct dirent *entry;
	while (d && !rc && (entry = readdir(d)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && is_agent_of(entry->d_name, home))
			rc = end_agent(entry->d_name, home, e);
	if (d)
		closedir(d);
	return rc;
}

/* By signals rather than by asking it: an agent that hangs, or is stopped, has to end as well. Once more, since one
 * that is dying, or forks meanwhile, still listens and may not be found. */
int pgp_agent_stop(const char *home, struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	int rc = pgp_agent_socket(home, &socket, e);
	if (rc)
		return rc == ERR_CONFIG ? ERR_OK : rc; /* too long a path: it never had one */
	for (int i = 0; !rc && i < END_TRIES && is_listening(socket); i++) {
		if (i > 0)
			poll(NULL, 0, END_PAUSE_MS);
		rc = end_agents(home, e);
	}
	if (!rc && is_listening(socket))
		rc = err_set(e, ERR_UNAVAILABLE, "%s: another than this home's gpg-agent listens there", socket);
	return rc;
}
