/*
 * HTTP/1.1 on a Unix socket through libmicrohttpd: a thread for each connection, a deadline from first byte to last,
 * headers and body limited. Served are at most `connections` in all and `per_user` of one uid; beyond that who asks is
 * refused, and a uid that has as many more open is cut off. Where all are taken, a newcomer gets the place of the
 * connection that has been silent longest, and for silent_s at least, half sent or with an answer not read to its end,
 * of the uid that has most, if it keeps no fewer than the newcomer has then. So silent ones of a few uids keep no other
 * out, and who asks and reads promptly loses no answer. Whole requests only reach fn. While fn or refuse runs, the
 * thread has the language of the request's Accept-Language (base/lang.h).
 */
#ifndef FOREIGN_HTTPD_H
#define FOREIGN_HTTPD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct httpd;

struct httpd_request {
	const char *method, *path;           /* path without query */
	const char *content_type;            /* "" if none */
	const char *body; size_t body_len;
	uid_t uid; gid_t gid; pid_t pid;     /* SO_PEERCRED */
	const void *query;                   /* for httpd_query */
};

struct httpd_answer {
	unsigned status;
	const char *type;                    /* content type, a constant; NULL: application/json */
	struct buf body;                     /* the httpd sends and releases it */
};

typedef void httpd_fn(void *ctx, const struct httpd_request *q, struct httpd_answer *out);

struct httpd_limits {
	unsigned connections, per_user;
	unsigned deadline_s;                 /* for a whole request to arrive */
	unsigned silent_s;                   /* after which who keeps the server waiting may have to give way */
	size_t body_max;
};

/* listen_fd is a listening Unix socket. What is refused here (too big, too slow, too many, too late) is answered by
 * `refuse`, which fills the answer for an error (so that the form is the same everywhere). What is not HTTP gets
 * libmicrohttpd's own answer. */
typedef void httpd_refuse_fn(void *ctx, const struct err *why, struct httpd_answer *out);
struct httpd *httpd_new(int listen_fd, const struct httpd_limits *l, httpd_fn *fn, httpd_refuse_fn *refuse, void *ctx,
                        struct err *e);
void httpd_stop(struct httpd *h);        /* begins no request any more, waits for those that run, frees */
const char *httpd_query(const struct httpd_request *q, const char *name); /* decoded; NULL if absent */
typedef int httpd_query_fn(void *ctx, const char *name, const char *value);
void httpd_query_each(const struct httpd_request *q, httpd_query_fn *fn, void *ctx);

#endif
