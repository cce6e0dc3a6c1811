/*
 * Ed25519 over whole messages: gpg-agent's own protocol signs digests alone, so this goes by the one that it speaks
 * as an agent of ssh: a length of four bytes, a number that says what is asked for, and strings with lengths before
 * them (RFC 4251, section 5).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "foreign/pgp_assuan.h"
#include "foreign/pgp_impl.h"

#define DEADLINE_S 5
#define ANSWER_MAX 1024
#define CONF_MAX ((size_t)64 << 10)
#define SIGN_REQUEST 13
#define SIGN_RESPONSE 14
#define SIG_LEN 64

static const char type[] = "ssh-ed25519";
static const char conf_line[] = "enable-ssh-support\n";

static void add_number(struct buf *out, size_t n)
{
	const char bytes[] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };
	buf_add(out, bytes, sizeof bytes);
}

static void add_string(struct buf *out, const void *bytes, size_t len)
{
	add_number(out, len);
	buf_add(out, bytes, len);
}

static void print_request(const uint8_t public_key[32], const void *message, size_t len, struct buf *out)
{
	BUF_CLEANUP struct buf key = BUF_INIT, body = BUF_INIT;
	add_string(&key, type, strlen(type));
	add_string(&key, public_key, 32);
	buf_putc(&body, SIGN_REQUEST);
	add_string(&body, key.ptr, key.len);
	add_string(&body, message, len);
	add_number(&body, 0);
	add_string(out, body.ptr, body.len);
}

/* What of an answer stands between: the type, then the signature itself. */
static bool parse_answer(const uint8_t *at, size_t len, uint8_t out_sig[SIG_LEN])
{
	BUF_CLEANUP struct buf expected = BUF_INIT;
	const size_t type_len = strlen(type);
	buf_putc(&expected, SIGN_RESPONSE);
	add_number(&expected, 4 + type_len + 4 + SIG_LEN);
	add_string(&expected, type, type_len);
	add_number(&expected, SIG_LEN);
	if (len != expected.len + SIG_LEN || memcmp(at, expected.ptr, expected.len) != 0)
		return false;
	memcpy(out_sig, at + expected.len, SIG_LEN);
	return true;
}

static int fail_io(struct err *e)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return err_set(e, ERR_BUSY, "gpg-agent: no answer in time");
	return err_set(e, ERR_UNAVAILABLE, "gpg-agent: %s", strerror(errno));
}

static int connect_to(const char *path, int *out_fd, struct err *e)
{
	const struct timeval deadline = { .tv_sec = DEADLINE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path)
		return err_set(e, ERR_CONFIG, "%s: too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, errno, "gpg-agent");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		*out_fd = fd;
		return ERR_OK;
	}
	int rc = fail_io(e);
	close(fd);
	return rc;
}

static int send_all(int fd, const struct buf *bytes, struct err *e)
{
	for (size_t at = 0; at < bytes->len;) {
		ssize_t n = send(fd, bytes->ptr + at, bytes->len - at, MSG_NOSIGNAL);
		if (n > 0)
			at += (size_t)n;
		else if (errno != EINTR)
			return fail_io(e);
	}
	return ERR_OK;
}

static int receive_all(int fd, uint8_t *out, size_t len, struct err *e)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv(fd, out + at, len - at, 0);
		if (n > 0)
			at += (size_t)n;
		else if (n == 0)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: ended");
		else if (errno != EINTR)
			return fail_io(e);
	}
	return ERR_OK;
}

static int receive_answer(int fd, uint8_t out_sig[SIG_LEN], struct err *e)
{
	uint8_t answer[ANSWER_MAX], head[4];
	int rc = receive_all(fd, head, sizeof head, e);
	if (rc)
		return rc;
	size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (len > sizeof answer)
		return err_set(e, ERR_UNAVAILABLE, "gpg-agent: its answer is malformed or too long");
	rc = receive_all(fd, answer, len, e);
	if (rc || parse_answer(answer, len, out_sig))
		return rc;
	err_set(e, ERR_KEY, "gpg-agent: does not sign a raw message with this key");
	return err_next(e, "a card's key can't; daicho key rotate checkpoint makes one that can");
}

/* ...(1:q33:@<32 bytes>)... */
static int read_public(struct pgp_signer *s, void *ctx, struct err *e)
{
	static const char before[] = "(1:q33:@";
	char command[sizeof "READKEY " + PGP_GRIP_LEN];
	struct pgp_assuan_answer a;
	snprintf(command, sizeof command, "READKEY %s", s->grip);
	int rc = pgp_assuan_ask(s->agent, command, &a, e);
	if (rc)
		return rc;
	const char *at = memmem(a.data, a.len, before, strlen(before));
	if (!at || (size_t)(a.data + a.len - at) < strlen(before) + 32)
		return err_set(e, ERR_KEY, "gpg-agent: the key is not one of Ed25519");
	memcpy(ctx, at + strlen(before), 32);
	return ERR_OK;
}

int pgp_signer_public(struct pgp_signer *s, uint8_t out[32], struct err *e)
{
	uint8_t key[32];
	int rc = pgp_agent_try(s, read_public, key, e);
	if (!rc)
		memcpy(out, key, sizeof key);
	return rc;
}

struct asking {
	const uint8_t *public_key;
	const void *message;
	size_t len;
	uint8_t sig[SIG_LEN];
};

/* This protocol has no way to ask us: the agent is told before. */
static int tell_passphrase(struct pgp_signer *s, struct err *e)
{
	BUF_CLEANUP struct buf secret = BUF_INIT;
	struct pgp_assuan_answer a;
	if (!s->waits || !pgp_passphrase_is_known())
		return ERR_OK;
	int rc = pgp_passphrase_read(&secret, e);
	char *hex = mem_alloc(2 * secret.len + 1);
	hash_hex_encode(buf_str(&secret), secret.len, hex);
	char *command = mem_printf("PRESET_PASSPHRASE %s -1 %s", s->grip, hex);
	if (!rc)
		rc = pgp_assuan_ask(s->agent, command, &a, e);
	if (secret.ptr)
		explicit_bzero(secret.ptr, secret.len);
	explicit_bzero(hex, strlen(hex));
	explicit_bzero(command, strlen(command));
	free(hex);
	free(command);
	return rc;
}

static int sign_message(struct pgp_signer *s, void *ctx, struct err *e)
{
	struct asking *k = ctx;
	BUF_CLEANUP struct buf request = BUF_INIT;
	MEM_CLEANUP char *path = NULL;
	int fd = -1, rc = pgp_agent_ssh_socket(s->home, &path, e);
	if (!rc)
		rc = tell_passphrase(s, e);
	if (!rc)
		rc = connect_to(path, &fd, e);
	if (rc)
		return rc;
	print_request(k->public_key, k->message, k->len, &request);
	rc = send_all(fd, &request, e);
	if (!rc)
		rc = receive_answer(fd, k->sig, e);
	close(fd);
	return rc;
}

/* The agent looks the key up by the public one, so what comes back is looked at. */
int pgp_signer_sign_raw(struct pgp_signer *s, const void *message, size_t len, uint8_t out_sig[64], struct err *e)
{
	uint8_t public_key[32];
	struct asking k = { .public_key = public_key, .message = message, .len = len };
	int rc = pgp_signer_public(s, public_key, e);
	if (!rc)
		rc = pgp_agent_try(s, sign_message, &k, e);
	if (!rc && !pgp_ed25519_is_valid(public_key, message, len, k.sig, k.sig + 32))
		rc = err_set(e, ERR_KEY, "gpg-agent: its answer is no Ed25519 signature");
	if (!rc)
		memcpy(out_sig, k.sig, sizeof k.sig);
	return rc;
}

/* Homes made by hand, or before there were keys for checkpoints, lack the line. */
static int enable_socket(const char *home, struct err *e)
{
	MEM_CLEANUP char *path = file_path(home, "gpg-agent.conf");
	BUF_CLEANUP struct buf text = BUF_INIT, all = BUF_INIT;
	int rc = file_exists(path) ? file_read(path, CONF_MAX, &text, e) : ERR_OK;
	if (rc)
		return rc;
	buf_puts(&all, "\n");
	buf_puts(&all, buf_str(&text));
	if (strstr(buf_str(&all), "\nenable-ssh-support\n"))
		return ERR_OK;
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_putc(&text, '\n');
	buf_puts(&text, conf_line);
	rc = file_write_durable(path, text.ptr, text.len, 0600, e);
	return rc ? rc : pgp_agent_stop(home, e);
}

int pgp_allow_raw(const char *home, const char *fpr, struct err *e)
{
	char grip[PGP_GRIP_LEN + 1];
	MEM_CLEANUP char *path = file_path(home, "sshcontrol");
	bool on_card = false;
	int rc = pgp_agent_grip(home, fpr, grip, &on_card, e);
	if (rc)
		return rc;
	if (on_card) {
		err_set(e, ERR_KEY, "key %s: is on a card, and gpg-agent signs no checkpoint with a card's key", fpr);
		return err_next(e, "take one that is kept on disk; of a ledger that is served: daicho key add checkpoint, or "
		                   "daicho key rotate checkpoint, without --key makes one");
	}
	MEM_CLEANUP char *text = mem_printf("# The key of checkpoints, and no other, signs raw messages.\n%s 0\n", grip);
	rc = file_write_durable(path, text, strlen(text), 0600, e);
	return rc ? rc : enable_socket(home, e);
}
