#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/archive_file.h"
#include "ledger/archive_impl.h"
#include "model/note.h"

#define LIST_FORMAT "daicho.archive-list.v1"
#define RECORD_FORMAT "daicho.archive-record.v1"
#define EXTRACT_FORMAT "daicho.archive-extract.v1"
#define DATA "data/"
#define SEQ_DIGITS 12
#define BODY_MAX NOTE_BODY_MAX

/* The path within the bag. What comes here was checked: each member stands in the bag's folder. */
static const char *get_path(const char *member)
{
	return strchr(member, '/') + 1;
}

/* Of data/SEQ/FILE: SEQ and FILE. */
static bool parse_entry(const char *path, uint64_t *out_seq, const char **out_file)
{
	if (strncmp(path, DATA, strlen(DATA)) != 0 || strlen(path) < strlen(DATA) + SEQ_DIGITS + 2 ||
	    path[strlen(DATA) + SEQ_DIGITS] != '/')
		return false;
	*out_seq = 0;
	for (int i = 0; i < SEQ_DIGITS; i++) {
		char c = path[(int)strlen(DATA) + i];
		if (c < '0' || c > '9')
			return false;
		*out_seq = *out_seq * 10 + (uint64_t)(c - '0');
	}
	*out_file = path + strlen(DATA) + SEQ_DIGITS + 1;
	return true;
}

static int check(const struct archive_file *f, struct archive_facts *out, struct err *e)
{
	if (f->tar >= 0)
		return archive_check_fd(f->tar, f->path, NULL, out, NULL, e);
	*e = f->locked;
	return e->code;
}

/* Showing. */

struct showing {
	const uint64_t *wanted;           /* NULL: all, in a list */
	struct jdoc *list, *record;
};

static struct jdoc *say_row(uint64_t seq, const struct note *n)
{
	char day[DATE_LEN + 1];
	struct jdoc *d = jdoc_object();
	date_print(n->event, day);
	jdoc_set_integer(d, "seq", (int64_t)seq);
	jdoc_set_string(d, "kind", n->kind);
	jdoc_set_string(d, "unit", n->unit);
	jdoc_set_string(d, "event", day);
	jdoc_set_integer(d, "attachments", n->attachments);
	return d;
}

/* The members of a record as `daicho show` gives them. */
static struct jdoc *say_record(uint64_t seq, const struct note *n)
{
	struct jdoc *d = say_row(seq, n), *submitter = jdoc_object(), *list = jdoc_array(), *passed = jdoc_array();
	struct jdoc *body = jdoc_parse(n->body, n->body_len, BODY_MAX, 0, NULL);
	jdoc_set_string(d, "format", RECORD_FORMAT);
	jdoc_set_integer(submitter, "uid", n->uid);
	jdoc_set_string(submitter, "login", n->login);
	jdoc_set(d, "submitter", submitter);
	jdoc_set_string(d, "role", n->role);
	jdoc_set_string(d, "reason", n->reason);
	for (unsigned i = 0; i < n->passed_count; i++)
		jdoc_append(passed, jdoc_string(n->passed[i]));
	jdoc_set(d, "passed", passed);
	jdoc_set_bool(d, "signed", n->signature != NULL);
	for (unsigned i = 0; i < n->attachments; i++) {
		char digest[HASH_TEXT_LEN + 1];
		struct jdoc *a = jdoc_object();
		hash_print(&n->attachment[i].raw, digest);
		jdoc_set_integer(a, "n", i + 1);
		jdoc_set_string(a, "media", n->attachment[i].media);
		jdoc_set_integer(a, "bytes", (int64_t)n->attachment[i].size);
		jdoc_set_string(a, "raw", digest);
		jdoc_append(list, a);
	}
	jdoc_set(d, "attachments", list);
	jdoc_set(d, "body", body ? body : jdoc_string_n(n->body, n->body_len));
	return d;
}

static int show_note(struct showing *s, uint64_t seq, const char *bytes, size_t len, struct err *e)
{
	struct note note;
	int rc = note_parse(bytes, len, &note, e);
	if (rc)
		return rc;
	if (s->wanted)
		s->record = say_record(seq, &note);
	else
		jdoc_append(s->list, say_row(seq, &note));
	note_release(&note);
	return ERR_OK;
}

static int show_member(void *ctx, const char *name, const char *bytes, size_t len, struct err *e)
{
	struct showing *s = ctx;
	uint64_t seq;
	const char *file;
	if (!parse_entry(get_path(name), &seq, &file) || (s->wanted && *s->wanted != seq))
		return ERR_OK;
	return strcmp(file, "note.txt") == 0 ? show_note(s, seq, bytes, len, e) : ERR_OK;
}

static void say_info(const struct archive_facts *f, struct jdoc *d)
{
	struct jdoc *lines = jdoc_array();
	for (const char *at = f->info; *at;) {
		size_t len = strcspn(at, "\n");
		jdoc_append(lines, jdoc_string_n(at, len));
		at += len + (at[len] == '\n');
	}
	jdoc_set_string(d, "format", LIST_FORMAT);
	jdoc_set_string(d, "name", f->name);
	jdoc_set_string(d, "origin", f->origin);
	jdoc_set_integer(d, "records", (int64_t)f->records);
	jdoc_set(d, "info", lines);
}

int archive_file_show(const struct archive_file *f, const uint64_t *seq, struct jdoc **out, struct err *e)
{
	struct showing s = { .wanted = seq, .list = jdoc_array() };
	struct archive_facts facts;
	int rc = check(f, &facts, e);
	if (!rc) {
		rc = tar_read_fd(f->tar, f->path, ARCHIVE_MEMBER_MAX, show_member, &s, NULL, e);
		if (!rc && seq && !s.record)
			rc = err_set(e, ERR_NOTFOUND, "%s: holds no record of entry %" PRIu64, f->path, *seq);
		else if (!rc && seq)
			*out = jdoc_keep(s.record);
		else if (!rc) {
			*out = jdoc_object();
			say_info(&facts, *out);
			jdoc_set(*out, "entries", jdoc_keep(s.list));
		}
		archive_facts_release(&facts);
	}
	jdoc_free(s.list);
	jdoc_free(s.record);
	return rc;
}

/* Unpacking. */

struct extracting {
	int dir;
	const uint64_t *seqs;
	size_t count;
	bool *found;                      /* for each of seqs */
	uint64_t files, bytes;
};

static bool is_wanted(struct extracting *x, const char *path)
{
	uint64_t seq;
	const char *file;
	if (!x->count)
		return true;
	if (!parse_entry(path, &seq, &file))
		return strcmp(path, "data/README.txt") == 0 || strncmp(path, "data/keys/", strlen("data/keys/")) == 0;
	bool wanted = false;
	for (size_t i = 0; i < x->count; i++)
		if (x->seqs[i] == seq)
			wanted = x->found[i] = true;
	return wanted;
}

/* The folder called `name` in the folder `at`, made where it is not there; closes `at`. */
static int enter(int at, const char *name, int *out, struct err *e)
{
	int rc = ERR_OK;
	*out = -1;
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		rc = err_errno(e, errno, "%s", name);
	if (!rc && (*out = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		rc = err_errno(e, errno, "%s", name);
	close(at);
	return rc;
}

static int write_file(int dir, const char *name, const char *bytes, size_t len, struct err *e)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, "%s", name);
	int rc = file_write_all(fd, bytes, len, name, e);
	if (!rc && fsync(fd) < 0)
		rc = err_sync(e, errno, name);
	if (close(fd) < 0 && !rc)
		rc = err_errno(e, errno, "%s", name);
	return rc;
}

/* tar_read has refused every name that leads elsewhere; each step is taken without following a link all the same. */
static int extract_member(void *ctx, const char *name, const char *bytes, size_t len, struct err *e)
{
	struct extracting *x = ctx;
	const char *path = get_path(name);
	int rc = ERR_OK, at;
	if (!is_wanted(x, path))
		return ERR_OK;
	at = fcntl(x->dir, F_DUPFD_CLOEXEC, 0);
	if (at < 0)
		return err_errno(e, errno, "%s", path);
	for (const char *slash; !rc && (slash = strchr(path, '/')); path = slash + 1) {
		MEM_CLEANUP char *folder = mem_strndup(path, (size_t)(slash - path));
		rc = enter(at, folder, &at, e);
	}
	if (!rc)
		rc = write_file(at, path, bytes, len, e);
	if (at >= 0)
		close(at);
	x->files++;
	x->bytes += len;
	return rc;
}

static int check_found(const struct extracting *x, const char *path, struct err *e)
{
	for (size_t i = 0; i < x->count; i++)
		if (!x->found[i])
			return err_set(e, ERR_NOTFOUND, "%s: holds no record of entry %" PRIu64, path, x->seqs[i]);
	return ERR_OK;
}

int archive_file_extract(const struct archive_file *f, int dir, const uint64_t *seqs, size_t count, struct jdoc **out,
                         struct err *e)
{
	struct extracting x = { .dir = dir, .seqs = seqs, .count = count };
	struct archive_facts facts;
	int rc = check(f, &facts, e);
	if (rc)
		return rc;
	x.found = mem_array(count + 1, sizeof *x.found);
	rc = tar_read_fd(f->tar, f->path, ARCHIVE_MEMBER_MAX, extract_member, &x, NULL, e);
	if (!rc)
		rc = check_found(&x, f->path, e);
	if (!rc) {
		*out = jdoc_object();
		jdoc_set_string(*out, "format", EXTRACT_FORMAT);
		jdoc_set_string(*out, "name", facts.name);
		jdoc_set_integer(*out, "files", (int64_t)x.files);
		jdoc_set_integer(*out, "bytes", (int64_t)x.bytes);
	}
	free(x.found);
	archive_facts_release(&facts);
	return rc;
}
