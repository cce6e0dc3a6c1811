#include "base/frame.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define CHUNK ((size_t)64 << 10)

struct header {
	uint32_t len;
	uint16_t verb, code;
	uint64_t id;
};
_Static_assert(sizeof(struct header) == FRAME_HEADER_LEN, "header of a frame");

void frame_release(struct frame *f)
{
	buf_release(&f->payload);
}

static int64_t get_monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* until < 0: for ever */
static int wait_for(int fd, short events, int64_t until, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	for (;;) {
		int64_t left = -1;
		if (until >= 0 && (left = until - get_monotonic_ms()) < 0)
			left = 0;
		int n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return ERR_OK;
		if (n == 0)
			return err_set(e, ERR_BUSY, "message: no answer in time");
		if (errno != EINTR)
			return err_errno(e, errno, "message");
	}
}

static int fail(int errnum, struct err *e)
{
	if (errnum == EPIPE || errnum == ECONNRESET)
		return err_set(e, ERR_UNAVAILABLE, "message: the other side has closed");
	return err_errno(e, errnum, "message");
}

static void skip(struct msghdr *m, size_t n)
{
	while (m->msg_iovlen > 0 && n >= m->msg_iov->iov_len) {
		n -= m->msg_iov->iov_len;
		m->msg_iov++;
		m->msg_iovlen--;
	}
	if (n > 0) {
		m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + n;
		m->msg_iov->iov_len -= n;
	}
}

int frame_send(int fd, uint16_t verb, uint16_t code, uint64_t id, const void *payload, size_t len, struct err *e)
{
	if (len > FRAME_MAX)
		return err_set(e, ERR_TOOBIG, "message: over %zu bytes", FRAME_MAX);
	struct header h = { htobe32((uint32_t)len), htobe16(verb), htobe16(code), htobe64(id) };
	struct iovec parts[2] = { { &h, sizeof h }, { (void *)(uintptr_t)payload, len } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = len ? 2 : 1 };
	while (m.msg_iovlen > 0) {
		ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (n >= 0) {
			skip(&m, (size_t)n);
			continue;
		}
		int rc = errno == EINTR ? ERR_OK : errno == EAGAIN ? wait_for(fd, POLLOUT, -1, e) : fail(errno, e);
		if (rc)
			return rc;
	}
	return ERR_OK;
}

static int recv_some(int fd, void *bytes, size_t len, int64_t until, size_t *out_n, struct err *e)
{
	for (;;) {
		ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);
		if (n == 0)
			return err_set(e, ERR_UNAVAILABLE, "message: the other side has closed");
		if (n > 0) {
			*out_n = (size_t)n;
			return ERR_OK;
		}
		int rc = errno == EINTR ? ERR_OK : errno == EAGAIN ? wait_for(fd, POLLIN, until, e) : fail(errno, e);
		if (rc)
			return rc;
	}
}

static int recv_header(int fd, int64_t until, struct header *h, struct err *e)
{
	size_t have = 0, n;
	while (have < sizeof *h) {
		int rc = recv_some(fd, (char *)h + have, sizeof *h - have, until, &n, e);
		if (rc)
			return rc;
		have += n;
	}
	if (be32toh(h->len) > FRAME_MAX)
		return err_set(e, ERR_TOOBIG, "message: over %zu bytes", FRAME_MAX);
	return ERR_OK;
}

/* By chunks, so that memory is taken for what has come, not for what was announced. */
static int recv_payload(int fd, size_t len, int64_t until, struct buf *out, struct err *e)
{
	char chunk[CHUNK];
	while (out->len < len) {
		size_t n, want = len - out->len;
		int rc = recv_some(fd, chunk, want < CHUNK ? want : CHUNK, until, &n, e);
		if (rc)
			return rc;
		buf_add(out, chunk, n);
	}
	return ERR_OK;
}

int frame_recv(int fd, int deadline_ms, struct frame *f, struct err *e)
{
	struct header h;
	*f = (struct frame){ .payload = BUF_INIT };
	int64_t until = deadline_ms < 0 ? -1 : get_monotonic_ms() + deadline_ms;
	int rc = recv_header(fd, until, &h, e);
	if (rc)
		return rc;
	f->verb = be16toh(h.verb);
	f->code = be16toh(h.code);
	f->id = be64toh(h.id);
	rc = recv_payload(fd, be32toh(h.len), until, &f->payload, e);
	if (rc)
		frame_release(f);
	return rc;
}
