#include "foreign/httpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/lang.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define CONNECT_DEADLINE_S 10L
#define MAY_BE_DONE \
	N_("the request may yet have been carried out: look with `daicho log --newest` before you repeat it")

static size_t take_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	struct buf *out = ctx;
	if (out->len + size * count > ANSWER_MAX)
		return 0;
	buf_add(out, bytes, size * count);
	return size * count;
}

static int report(CURLcode code, const char *socket, int deadline_s, struct err *e)
{
	switch (code) {
	case CURLE_OK:
		return ERR_OK;
	case CURLE_COULDNT_CONNECT:
		if (access(socket, W_OK) < 0 && errno == EACCES) {
			err_set(e, ERR_PERM, "socket %s: may not be opened by you", socket);
			return err_next(e, "ask who runs the daemon to open its folder to you: daichod(8)");
		}
		err_set(e, ERR_UNAVAILABLE, "socket %s: nobody listens there", socket);
		return err_next(e, "start the daemon: daichod --store DIR");
	case CURLE_OPERATION_TIMEDOUT:
		err_set(e, ERR_BUSY, "daemon: no answer within %d seconds", deadline_s);
		return err_next(e, MAY_BE_DONE);
	case CURLE_WRITE_ERROR:
		return err_set(e, ERR_TOOBIG, "daemon: an answer over %zu bytes", ANSWER_MAX);
	default:
		err_set(e, ERR_UNAVAILABLE, "daemon: %s", curl_easy_strerror(code));
		return err_next(e, MAY_BE_DONE);
	}
}

static struct curl_slist *set_language(void)
{
	char header[32];
	snprintf(header, sizeof header, "Accept-Language: %s", lang_code(lang_get()));
	return curl_slist_append(NULL, header);
}

static struct curl_slist *set_post(CURL *c, struct curl_slist *headers, const char *body, size_t len)
{
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:"); /* no round trip before the body */
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	return headers;
}

static void set_common(CURL *c, const char *socket, const char *url, int deadline_s, struct buf *out_body)
{
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_DEADLINE_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)deadline_s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out_body);
}

int httpc_call(const char *socket, const char *path_and_query, const char *body, size_t len, int deadline_s,
               unsigned *out_status, struct buf *out_body, struct err *e)
{
	static bool ready;
	BUF_CLEANUP struct buf url = BUF_INIT;
	long status = 0;
	if (!ready && curl_global_init(CURL_GLOBAL_NOTHING))
		return err_set(e, ERR_BUG, "libcurl: does not start");
	ready = true;
	CURL *c = curl_easy_init();
	if (!c)
		return err_set(e, ERR_BUG, "libcurl: does not start");
	buf_printf(&url, "http://localhost%s", path_and_query);
	set_common(c, socket, buf_str(&url), deadline_s, out_body);
	struct curl_slist *headers = set_language();
	if (body)
		headers = set_post(c, headers, body, len);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	int rc = report(curl_easy_perform(c), socket, deadline_s, e);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	*out_status = (unsigned)status;
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return rc;
}

void httpc_escape(const char *s, struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	for (; *s; s++) {
		bool is_plain = false;
		for (const char *p = plain; *p && !is_plain; p++)
			is_plain = *p == *s;
		if (is_plain)
			buf_putc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
	}
}
