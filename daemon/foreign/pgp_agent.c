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
#include "base/mem.h"
#include "base/proc.h"
#include "foreign/pgp_impl.h"

#define GPGCONF_DEADLINE_S 10
#define END_WAIT_MS 2000
#define ANSWER_MAX 256

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

int pgp_agent_socket(const char *home, char **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int status = 0, rc = run_gpgconf(home, "--list-dirs", "agent-socket", &text, &status, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *path = unescape(buf_str(&text));
	const char *slash = strrchr(path, '/');
	if (status != 0 || !slash)
		return err_set(e, ERR_UNAVAILABLE, "gpgconf: does not say where the agent's socket is");
	if ((size_t)(slash - path) + strlen(longest_socket) > SOCKET_PATH_MAX) {
		err_set(e, ERR_CONFIG, "%s: the path of the key home is too long for the agent's socket",
		        home ? home : "your key ring");
		return err_next(e, "choose a folder whose path is shorter by %zu bytes",
		                (size_t)(slash - path) + strlen(longest_socket) - SOCKET_PATH_MAX);
	}
	*out = path;
	path = NULL;
	return ERR_OK;
}

static int start_agent(const char *home, struct err *e)
{
	int status = 0, rc = run_gpgconf(home, "--launch", "gpg-agent", NULL, &status, e);
	if (rc)
		return err_set(e, ERR_UNAVAILABLE, "gpg-agent: does not answer");
	return status ? err_set(e, ERR_UNAVAILABLE, "gpg-agent: can't be started") : ERR_OK;
}

struct answer {
	char data[ANSWER_MAX];
	size_t len;
	char type, protection;    /* of KEYINFO */
};

static gpgme_error_t take_data(void *ctx, const void *data, size_t len)
{
	struct answer *a = ctx;
	if (len > sizeof a->data - a->len)
		return gpgme_error(GPG_ERR_TOO_LARGE);
	memcpy(a->data + a->len, data, len);
	a->len += len;
	return 0;
}

/* KEYINFO <keygrip> <type> <serial> <id> <cached> <protection> ... */
static gpgme_error_t take_status(void *ctx, const char *status, const char *args)
{
	struct answer *a = ctx;
	char type, protection;
	if (strcmp(status, "KEYINFO") == 0 && sscanf(args, "%*s %c %*s %*s %*s %c", &type, &protection) == 2) {
		a->type = type;
		a->protection = protection;
	}
	return 0;
}

static gpgme_error_t ask(gpgme_ctx_t ctx, const char *command, struct answer *a)
{
	gpgme_error_t answered = 0;
	memset(a, 0, sizeof *a);
	gpgme_error_t error = gpgme_op_assuan_transact_ext(ctx, command, take_data, a, NULL, NULL, take_status, a, &answered);
	return error ? error : answered;
}

static int connect_agent(const char *home, gpgme_ctx_t *out, struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	struct answer a;
	gpgme_ctx_t ctx;
	int rc = pgp_agent_socket(home, &socket, e);
	if (!rc)
		rc = start_agent(home, e);
	if (rc)
		return rc;
	gpgme_error_t error = gpgme_new(&ctx);
	if (error)
		return pgp_fail(e, error, ERR_UNAVAILABLE, "gpgme");
	error = gpgme_set_protocol(ctx, GPGME_PROTOCOL_ASSUAN);
	if (!error)
		error = gpgme_ctx_set_engine_info(ctx, GPGME_PROTOCOL_ASSUAN, socket, NULL);
	if (!error) /* whatever its settings are, it shall not ask anybody */
		error = ask(ctx, "OPTION pinentry-mode=error", &a);
	if (error) {
		gpgme_release(ctx);
		return pgp_fail(e, error, ERR_UNAVAILABLE, "gpg-agent");
	}
	*out = ctx;
	return ERR_OK;
}

static int check_secret(gpgme_ctx_t ctx, const char *fpr, const char *grip, struct err *e)
{
	char command[sizeof "KEYINFO " + PGP_GRIP_LEN];
	struct answer a;
	if (!grip || strlen(grip) != PGP_GRIP_LEN)
		return err_set(e, ERR_KEY, "key %s: gpg does not name its secret part", fpr);
	snprintf(command, sizeof command, "KEYINFO %s", grip);
	gpgme_error_t error = ask(ctx, command, &a);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpg-agent: secret key");
	if (a.protection != 'P')
		return ERR_OK;
	err_set(e, ERR_KEY, "key %s: has a passphrase, which nobody is there to type", fpr);
	return err_next(e, "remove it with `gpg --passwd`, or take a key without one");
}

int pgp_agent_check_key(const char *home, gpgme_key_t key, struct err *e)
{
	gpgme_ctx_t ctx;
	int rc = connect_agent(home, &ctx, e);
	if (rc)
		return rc;
	for (gpgme_subkey_t s = key->subkeys; !rc && s; s = s->next)
		if (s->secret)
			rc = check_secret(ctx, s->fpr, s->keygrip, e);
	gpgme_release(ctx);
	return rc;
}

struct pgp_signer {
	char *home;
	char fpr[PGP_FPR_LEN + 1], grip[PGP_GRIP_LEN + 1];
	gpgme_ctx_t agent;     /* NULL after a failure */
};

static int find_signer(const char *home, const char *fpr, char out_grip[PGP_GRIP_LEN + 1], struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_key_t key;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = pgp_get_key(ctx, home, fpr, true, &key, e);
	if (!rc) {
		rc = err_set(e, ERR_KEY, "key %s: not an Ed25519 key that may sign", fpr);
		for (gpgme_subkey_t s = key->subkeys; s; s = s->next)
			if (strcasecmp(s->fpr, fpr) == 0 && pgp_is_signer(s) && s->secret && s->keygrip &&
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
	if (s->agent)
		gpgme_release(s->agent);
	s->agent = NULL;
}

static int take_agent(struct pgp_signer *s, struct err *e)
{
	int rc = connect_agent(s->home, &s->agent, e);
	if (!rc)
		rc = check_secret(s->agent, s->fpr, s->grip, e);
	if (rc)
		drop_agent(s);
	return rc;
}

struct pgp_signer *pgp_signer_new(const char *home, const char *fpr, struct err *e)
{
	struct pgp_signer *s = mem_alloc(sizeof *s);
	int rc = find_signer(home, fpr, s->grip, e);
	s->home = mem_strdup(home);
	if (!rc) {
		memcpy(s->fpr, fpr, PGP_FPR_LEN + 1);
		rc = take_agent(s, e);
	}
	if (!rc)
		return s;
	pgp_signer_free(s);
	return NULL;
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
static bool parse_signature(const struct answer *a, uint8_t r[32], uint8_t s[32])
{
	const char *at = a->data, *end = a->data + a->len;
	return take_literal(&at, end, "(7:sig-val(5:eddsa(1:r") && take_number(&at, end, r) &&
	       take_literal(&at, end, ")(1:s") && take_number(&at, end, s) && take_literal(&at, end, ")))") && at == end;
}

static gpgme_error_t ask_signature(const struct pgp_signer *s, const uint8_t *digest, size_t len, struct answer *a)
{
	char hex[2 * 64 + 1], command[sizeof "SETHASH --hash=sha512 " + 2 * 64];
	hash_hex_encode(digest, len, hex);
	snprintf(command, sizeof command, "SIGKEY %s", s->grip);
	gpgme_error_t error = ask(s->agent, command, a);
	snprintf(command, sizeof command, "SETHASH --hash=%s %s", len == 64 ? "sha512" : "sha256", hex);
	if (!error)
		error = ask(s->agent, command, a);
	return error ? error : ask(s->agent, "PKSIGN", a);
}

static int sign_once(struct pgp_signer *s, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                     struct err *e)
{
	struct answer a;
	int rc = s->agent ? ERR_OK : take_agent(s, e);
	if (rc)
		return rc;
	gpgme_error_t error = ask_signature(s, digest, len, &a);
	if (!error && !parse_signature(&a, out_r, out_s))
		error = gpgme_error(GPG_ERR_INV_RESPONSE);
	if (!error)
		return ERR_OK;
	drop_agent(s);
	return pgp_fail(e, error, ERR_KEY, "gpg-agent: sign");
}

int pgp_signer_sign(struct pgp_signer *s, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                    struct err *e)
{
	if (len != 32 && len != 64)
		return err_set(e, ERR_BUG, "gpg-agent: sign: a digest of %zu bytes", len);
	int rc = sign_once(s, digest, len, out_r, out_s, e);
	return rc == ERR_UNAVAILABLE ? sign_once(s, digest, len, out_r, out_s, e) : rc; /* an agent that was ended meanwhile */
}

/* Who listens on the socket; 0 = nobody. */
static pid_t get_listener(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { .pid = 0 };
	socklen_t len = sizeof peer;
	if (strlen(path) >= sizeof address.sun_path)
		return 0;
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	bool ok = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	          getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0;
	close(fd);
	return ok ? peer.pid : 0;
}

static bool is_agent(pid_t pid)
{
	MEM_CLEANUP char *path = mem_printf("/proc/%ld/comm", (long)pid);
	BUF_CLEANUP struct buf name = BUF_INIT;
	return file_read(path, 64, &name, NULL) == ERR_OK && strcmp(buf_str(&name), "gpg-agent\n") == 0;
}

static bool end_process(int pidfd, int sig)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	return pidfd_send_signal(pidfd, sig, NULL, 0) < 0 ? errno == ESRCH : poll(&p, 1, END_WAIT_MS) == 1;
}

/* By signals rather than by asking it: an agent that hangs, or is stopped, has to end as well. */
int pgp_agent_stop(const char *home, struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	int rc = pgp_agent_socket(home, &socket, e);
	if (rc)
		return rc == ERR_CONFIG ? ERR_OK : rc; /* too long a path: it never had one */
	pid_t pid = get_listener(socket);
	if (pid == 0)
		return ERR_OK;
	int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? ERR_OK : err_errno(e, errno, "gpg-agent: process %ld", (long)pid);
	if (!is_agent(pid))
		rc = err_set(e, ERR_UNAVAILABLE, "%s: process %ld listens there, which is no gpg-agent", socket, (long)pid);
	else if (!end_process(pidfd, SIGTERM) && !end_process(pidfd, SIGKILL))
		rc = err_set(e, ERR_UNAVAILABLE, "gpg-agent: process %ld does not end", (long)pid);
	close(pidfd);
	return rc;
}
