#include "foreign/pgp_assuan.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"

#define DEADLINE_MS 5000
#define BAD_PIN 87               /* of libgpg-error; a passphrase that is no PIN has 11 or 31 */

struct pgp_assuan {
	int fd, deadline_ms;
	pgp_assuan_secret_fn *secret;
	pgp_assuan_refused_fn *refused;
	char in[PGP_ASSUAN_LINE_MAX];
	size_t len;
};

static int64_t get_monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_for(int fd, short events, int64_t until, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	for (;;) {
		int64_t left = until - get_monotonic_ms();
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (n > 0)
			return ERR_OK;
		if (n == 0)
			return err_set(e, ERR_BUSY, "gpg-agent: no answer in time");
		if (errno != EINTR)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: %s", strerror(errno));
	}
}

static int send_line(struct pgp_assuan *a, const char *command, int64_t until, struct err *e)
{
	MEM_CLEANUP char *line = mem_printf("%s\n", command);
	for (size_t at = 0, len = strlen(line); at < len;) {
		ssize_t n = send(a->fd, line + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			at += (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: %s", strerror(errno));
		int rc = wait_for(a->fd, POLLOUT, until, e);
		if (rc)
			return rc;
	}
	return ERR_OK;
}

static int fill(struct pgp_assuan *a, int64_t until, struct err *e)
{
	for (;;) {
		ssize_t n = recv(a->fd, a->in + a->len, sizeof a->in - a->len, MSG_DONTWAIT);
		if (n > 0) {
			a->len += (size_t)n;
			return ERR_OK;
		}
		if (n == 0)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: ended");
		if (errno != EAGAIN && errno != EINTR)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: %s", strerror(errno));
		int rc = wait_for(a->fd, POLLIN, until, e);
		if (rc)
			return rc;
	}
}

/* One line without its LF; data in it may hold any byte, even NUL. */
static int receive_line(struct pgp_assuan *a, char out[PGP_ASSUAN_LINE_MAX], size_t *out_len, int64_t until,
                        struct err *e)
{
	char *newline;
	while (!(newline = memchr(a->in, '\n', a->len))) {
		if (a->len == sizeof a->in)
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: a line is too long");
		int rc = fill(a, until, e);
		if (rc)
			return rc;
	}
	size_t len = (size_t)(newline - a->in);
	memcpy(out, a->in, len);
	out[len] = '\0';
	*out_len = len;
	a->len -= len + 1;
	memmove(a->in, newline + 1, a->len);
	return ERR_OK;
}

/* Bytes stand as they are, but for %25, %0D and %0A. */
static bool add_data(struct pgp_assuan_answer *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)text[i];
		if (text[i] == '%') {
			char hex[2];
			for (size_t k = 0; k < 2; k++)
				hex[k] = (char)(i + 1 + k < len ? text[i + 1 + k] | 0x20 : 0);
			if (!hash_hex_decode(hex, 2, &byte, 1))
				return false;
			i += 2;
		}
		if (out->len == sizeof out->data)
			return false;
		out->data[out->len++] = (char)byte;
	}
	return true;
}

static bool is_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\0');
}

/* What the office can do something about, by the numbers of libgpg-error. */
static const char wrong[] = N_("gpg-agent: the passphrase is wrong");
static const char nobody[] = N_("gpg-agent: the key has a passphrase, and nobody typed it");
static const char no_way[] = N_("gpg-agent: the key has a passphrase, and there is no way to ask for it");
static const char card[] = N_("gpg-agent: the key is on a card that is not there, or does not answer");
static const char see_file[] = N_("look at the file that [key] passphrase of daicho.ini names, or type it again");
static const char name_file[] = N_("daicho.ini: [key] passphrase = FILE; or run daichod where a pinentry can ask");
static const char blocked[] = N_("gpg-agent: the card took too many wrong PINs, and is blocked");
static const char see_card[] = N_("insert the card; if it is in, another scdaemon holds it: gpgconf --kill scdaemon");
static const char see_page[] = N_("its admin PIN unblocks it: [key] in daicho.ini(5)");
static const struct {
	unsigned long code;
	const char *text, *next;
} refusals[] = {
	{ 11, wrong, see_file },  { 31, wrong, see_file },   { BAD_PIN, wrong, see_file },  { 62, nobody, name_file },
	{ 99, nobody, name_file }, { 198, nobody, name_file }, { 177, nobody, name_file }, { 85, no_way, name_file },
	{ 86, no_way, name_file }, { 108, card, see_card },    { 110, card, see_card },    { 112, card, see_card },
	{ 119, card, see_card },   { 130, blocked, see_page },
};

/* "ERR <number> <text> <<source>>" */
static int refuse(const struct pgp_assuan *a, const char *line, struct err *e)
{
	const char *text = line + strcspn(line, "0123456789");
	unsigned long code = strtoul(text, NULL, 10) & 0xffff;
	text += strspn(text, "0123456789 ");
	if (code == BAD_PIN && a->refused)
		a->refused();
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].code == code) {
			err_set(e, ERR_KEY, "%s", lang_text(refusals[i].text));
			return err_next(e, "%s", lang_text(refusals[i].next));
		}
	return err_set(e, ERR_KEY, "gpg-agent: %s", *text ? text : "refused");
}

/* Hex would do as well, but the passphrase is taken as bytes. */
static int send_secret(struct pgp_assuan *a, int64_t until, struct err *e)
{
	BUF_CLEANUP struct buf secret = BUF_INIT, line = BUF_INIT;
	int rc = a->secret(&secret, e);
	buf_puts(&line, "D ");
	for (size_t i = 0; !rc && i < secret.len; i++)
		if (strchr("%\r\n", secret.ptr[i]))
			buf_printf(&line, "%%%02X", (unsigned char)secret.ptr[i]);
		else
			buf_putc(&line, secret.ptr[i]);
	if (!rc)
		rc = send_line(a, buf_str(&line), until, e);
	if (secret.ptr)
		explicit_bzero(secret.ptr, secret.len);
	explicit_bzero(line.ptr, line.len);
	return rc ? rc : send_line(a, "END", until, e);
}

/* Whatever else it asks for, we have nothing to tell it. */
static int answer_inquiry(struct pgp_assuan *a, const char *line, int64_t until, struct err *e)
{
	if (a->secret && is_word(line, "INQUIRE PASSPHRASE"))
		return send_secret(a, until, e);
	return send_line(a, is_word(line, "INQUIRE PINENTRY_LAUNCHED") ? "END" : "CAN", until, e);
}

static int receive_answer(struct pgp_assuan *a, struct pgp_assuan_answer *out, struct err *e)
{
	const int64_t until = get_monotonic_ms() + a->deadline_ms;
	char line[PGP_ASSUAN_LINE_MAX];
	size_t len = 0;
	out->len = 0;
	out->status[0] = '\0';
	for (;;) {
		int rc = receive_line(a, line, &len, until, e);
		if (rc)
			return rc;
		if (is_word(line, "OK"))
			return ERR_OK;
		if (is_word(line, "ERR"))
			return refuse(a, line, e);
		if (is_word(line, "S") && len > 2)
			memcpy(out->status, line + 2, len - 1);
		if (is_word(line, "D") && len > 2 && !add_data(out, line + 2, len - 2))
			return err_set(e, ERR_UNAVAILABLE, "gpg-agent: its answer is malformed or too long");
		if (is_word(line, "INQUIRE"))
			rc = answer_inquiry(a, line, until, e);
		if (rc)
			return rc;
	}
}

int pgp_assuan_ask(struct pgp_assuan *a, const char *command, struct pgp_assuan_answer *out, struct err *e)
{
	int rc = send_line(a, command, get_monotonic_ms() + DEADLINE_MS, e);
	return rc ? rc : receive_answer(a, out, e);
}

int pgp_assuan_ask_all(struct pgp_assuan *a, const char *const *commands, size_t count, struct pgp_assuan_answer *out,
                       struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s", i ? "\n" : "", commands[i]);
	int rc = send_line(a, buf_str(&text), get_monotonic_ms() + DEADLINE_MS, e);
	for (size_t i = 0; !rc && i < count; i++)
		rc = receive_answer(a, out, e);
	return rc;
}

static int connect_to(const char *path, int *out_fd, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path)
		return err_set(e, ERR_CONFIG, "%s: too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, errno, "gpg-agent");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		*out_fd = fd;
		return ERR_OK;
	}
	/* EAGAIN: so many wait already that it must hang */
	int rc = err_set(e, errno == EAGAIN ? ERR_BUSY : ERR_UNAVAILABLE, "gpg-agent: %s: %s", path, strerror(errno));
	close(fd);
	return rc;
}

struct pgp_assuan *pgp_assuan_open(const char *socket, struct err *e)
{
	struct pgp_assuan_answer greeting;
	int fd = -1;
	if (connect_to(socket, &fd, e))
		return NULL;
	struct pgp_assuan *a = mem_alloc(sizeof *a);
	a->fd = fd;
	a->deadline_ms = DEADLINE_MS;
	if (receive_answer(a, &greeting, e) == ERR_OK)
		return a;
	pgp_assuan_close(a);
	return NULL;
}

void pgp_assuan_wait(struct pgp_assuan *a, int deadline_ms)
{
	a->deadline_ms = deadline_ms;
}

void pgp_assuan_answer_with(struct pgp_assuan *a, pgp_assuan_secret_fn *fn, pgp_assuan_refused_fn *refused)
{
	a->secret = fn;
	a->refused = refused;
}

void pgp_assuan_close(struct pgp_assuan *a)
{
	if (!a)
		return;
	close(a->fd);
	free(a);
}
