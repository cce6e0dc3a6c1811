/*
 * Systematic mutation: every object, ref, pack, index, leaf, note, attachment, rule-book file and signature packet of a
 * small ledger is changed in every way of a list, one at a time, and what comes out is judged.
 *   mutate [STRIDE [WORKERS [TARGET]]]   every STRIDE-th mutant (1), more of lines, whole files and what is added; by
 *                                 so many processes (2); of the texts called TARGET alone
 * No mutant may be called valid unless git reads the same from it: the same refs to the same bytes. Texts are put in
 * their places as somebody without the key would: object ids, trees, parents and refs are made right again, checksums
 * of armor too. Prints what came out, by target and way; ends with "N passed, N failed".
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mutate.h"

#define SECONDS_MAX 60
#define MORE_MAX 5

static const char *const target_words[] = { "pack", "pack index", "loose object", "ref", "other file", "commit", "leaf",
	"signature packet", "note", "attachment", "rule book", "notes commit", "volume tree" };

static const char *const way_words[] = { "a bit flipped", "a byte dropped", "two bytes swapped", "a byte twice",
	"cut off", "a line dropped", "two lines swapped", "a line twice", "cut after a line", "left out",
	"in place of another", "added" };

static const char *const outcome_words[] = { "not valid", "incomplete", "not judged", "the same to git",
	"a setting of git", "VALID", "DIED" };

static const char *const forms[] = { "packed", "loose", "clone" };

struct mutation m;

/* Judging. */

void write_file(const char *path, const void *bytes, size_t len)
{
	chmod(path, 0600);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(len ? bytes : "", 1, len, f) != len || fclose(f))
		fail_msg("%s", path);
}

static void read_file(const char *path, struct buf *out)
{
	struct err e = ERR_INIT;
	buf_clear(out);
	office_must(file_read(path, TEXT_MAX, out, &e), &e);
}

char *in_form(const char *rel)
{
	return mem_printf("%s/%s/%s", m.room, m.form, rel);
}

static char *form_path(void)
{
	return mem_printf("%s/%s", m.room, m.form);
}

static void judge_here(const char *path)
{
	const struct rlimit cpu = { SECONDS_MAX, SECONDS_MAX };
	const struct verify_options options = { .pins = &m.office->pins, .now = m.office->now };
	struct verify_result result;
	struct err e = ERR_INIT;
	int null = open("/dev/null", O_RDWR);
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(2 * SECONDS_MAX);
	dup2(null, 1);
	dup2(null, 2);
	int rc = verify_repository(path, &options, &result, &e);
	_exit(rc ? 100 : (int)result.verdict);
}

/* What git reads: refs, and the bytes of all that they lead to. What git can't read has no meaning. */
void read_meaning(struct buf *out)
{
	static const char script[] =
		"set -o pipefail; export LC_ALL=C GIT_NO_REPLACE_OBJECTS=1; cd %s && for r in . ledger.git volumes/*.git; do"
		" [ -d $r/objects ] || continue; git -C $r for-each-ref --format='%%(refname) %%(objectname)' || exit 1;"
		" git -C $r rev-list --objects --all | cut -c 1-40 | sort -u | git -C $r cat-file --batch || exit 1; done"
		" 2> /dev/null | sha256sum";
	MEM_CLEANUP char *path = form_path(), *command = mem_printf(script, path);
	const char *argv[] = { "bash", "-c", command, NULL };
	static const char *const env[] = { "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", NULL };
	const struct proc p = { .argv = argv, .env = env };
	BUF_CLEANUP struct buf said = BUF_INIT;
	struct err e = ERR_INIT;
	int status = 0;
	buf_clear(out);
	if (proc_run(&p, out, &said, &status, &e) || status)
		buf_clear(out);
}

static enum outcome get_outcome(void)
{
	MEM_CLEANUP char *path = form_path();
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		judge_here(path);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return DIED;
	if (WEXITSTATUS(status) == 100)
		return UNREADABLE;
	if (WEXITSTATUS(status) == VERDICT_INCOMPLETE)
		return LACKING;
	if (WEXITSTATUS(status) != VERDICT_VALID)
		return WEXITSTATUS(status) <= VERDICT_NEWER_FORMAT ? REFUSED : DIED;
	BUF_CLEANUP struct buf now = BUF_INIT;
	read_meaning(&now);
	return now.len && now.len == m.meaning.len && memcmp(now.ptr, m.meaning.ptr, now.len) == 0 ? THE_SAME
	                                                                                        : BROKEN_PROMISE;
}

/* A config or HEAD with which git itself does not go on: with the one that was there it reads the same. */
static bool is_setting(const char *path, const struct buf *was)
{
	BUF_CLEANUP struct buf mutant = BUF_INIT, now = BUF_INIT;
	const char *name = path ? strrchr(path, '/') : NULL;
	if (!name || (strcmp(name, "/config") != 0 && strcmp(name, "/HEAD") != 0))
		return false;
	read_file(path, &mutant);
	write_file(path, was->ptr, was->len);
	read_meaning(&now);
	write_file(path, buf_str(&mutant), mutant.len);
	return now.len == m.meaning.len && memcmp(buf_str(&now), m.meaning.ptr, now.len) == 0;
}

/* Of lines and of whole files there are few: more of them are tried. */
static bool is_mine(enum way way)
{
	unsigned stride = way >= ALL_DROP ? m.stride / 200 : way >= LINE_DROP ? m.stride / 40 : m.stride;
	uint64_t n = m.serial++;
	stride = stride ? stride : 1;
	return n % stride == 0 && n / stride % m.workers == m.me;
}

static void take_outcome(enum target target, enum way way, const char *what, size_t at, const char *path,
                         const struct buf *was)
{
	enum outcome o = get_outcome();
	if (o == BROKEN_PROMISE && target == SETTING && is_setting(path, was))
		o = OTHER_SETTING;
	m.counts.n[target][way][o]++;
	if (o >= BROKEN_PROMISE && m.reported++ < MORE_MAX)
		printf("# %s: %s %s, %s at %zu: %s\n", m.form, target_words[target], what, way_words[way], at,
		       outcome_words[o]);
	fflush(stdout);
}

/* Ways. */

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->len; i++)
		n += b->ptr[i] == '\n' || i + 1 == b->len;
	return n;
}

static size_t line_at(const struct buf *b, size_t n)
{
	size_t at = 0;
	while (n > 0 && at < b->len)
		n -= b->ptr[at++] == '\n';
	return at;
}

static size_t count_places(const struct buf *b, enum way way)
{
	static const int per_byte[] = { 8, 1, 1, 1, 1 };
	return way <= TRUNCATE ? b->len * (size_t)per_byte[way] : way <= LINE_TRUNCATE ? count_lines(b) : 0;
}

static void mutate_bytes(const struct buf *b, enum way way, size_t at, struct buf *out)
{
	size_t head = way == FLIP ? at / 8 : at;
	buf_add(out, b->ptr, head);
	if (way == FLIP)
		buf_putc(out, (char)(b->ptr[head] ^ 1 << at % 8));
	if (way == SWAP && head + 1 < b->len)
		buf_putc(out, b->ptr[head + 1]);
	if (way == SWAP || way == DUPLICATE)
		buf_putc(out, b->ptr[head]);
	size_t tail = way == DUPLICATE ? head : way == SWAP && head + 1 < b->len ? head + 2 : head + 1;
	if (way != TRUNCATE && tail < b->len)
		buf_add(out, b->ptr + tail, b->len - tail);
}

static void mutate_lines(const struct buf *b, enum way way, size_t n, struct buf *out)
{
	size_t begin = line_at(b, n), end = line_at(b, n + 1), next = line_at(b, n + 2);
	buf_add(out, b->ptr, begin);
	if (way == LINE_SWAP)
		buf_add(out, b->ptr + end, next - end);
	if (way != LINE_DROP && way != LINE_TRUNCATE)
		buf_add(out, b->ptr + begin, end - begin);
	if (way == LINE_DUPLICATE)
		buf_add(out, b->ptr + begin, end - begin);
	size_t tail = way == LINE_SWAP ? next : end;
	if (way != LINE_TRUNCATE)
		buf_add(out, b->ptr + tail, b->len - tail);
}

static bool is_asked(enum target target)
{
	return !m.only || strcmp(m.only, target_words[target]) == 0;
}

void add_mutant(enum target target, const char *what, size_t at, const struct buf *b, place_fn *put, place_fn *undo,
                void *ctx)
{
	if (!is_asked(target) || !is_mine(ADD))
		return;
	put(ctx, b);
	take_outcome(target, ADD, what, at, NULL, b);
	undo(ctx, b);
}

/* Calls fn with each mutant of these bytes that is not the bytes themselves. */
void each_mutant(enum target target, const char *what, const struct buf *b, enum way last, place_fn *put,
                 place_fn *undo, void *ctx)
{
	for (enum way way = FLIP; is_asked(target) && way <= last; way++)
		for (size_t at = 0; at < count_places(b, way); at++) {
			BUF_CLEANUP struct buf out = BUF_INIT;
			if (!is_mine(way))
				continue;
			if (way <= TRUNCATE)
				mutate_bytes(b, way, at, &out);
			else
				mutate_lines(b, way, at, &out);
			if (out.len == b->len && (!b->len || memcmp(out.ptr, b->ptr, b->len) == 0))
				continue;
			put(ctx, &out);
			take_outcome(target, way, what, at, ctx, b);
			undo(ctx, b);
		}
}

/* Files. */

static void put_file(void *ctx, const struct buf *b)
{
	write_file(ctx, b->ptr, b->len);
}

static enum target target_of(const char *rel)
{
	const char *dot = strrchr(rel, '.');
	if (dot && strcmp(dot, ".pack") == 0)
		return PACK;
	if (dot && strcmp(dot, ".idx") == 0)
		return PACK_INDEX;
	if (strstr(rel, "objects/info/") || (dot && strcmp(dot, ".bitmap") == 0))
		return SETTING;
	return strstr(rel, "objects/") ? LOOSE : strstr(rel, "refs") ? REF : SETTING;
}

struct files {
	char *at[1024];
	size_t count;
};

static int add_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct files *f = ctx;
	(void)full, (void)e;
	if (!is_dir && f->count < 1024 && !strstr(rel, "hooks/") && !strstr(rel, ".sample"))
		f->at[f->count++] = mem_strdup(rel);
	return ERR_OK;
}

static void drop_file(enum target target, const char *rel, const char *path, const struct buf *b)
{
	if (!is_mine(ALL_DROP))
		return;
	unlink(path);
	take_outcome(target, ALL_DROP, rel, 0, NULL, b);
	write_file(path, b->ptr, b->len);
}

static void swap_files(enum target target, const char *rel, const char *path, const struct buf *b, const char *next)
{
	BUF_CLEANUP struct buf other = BUF_INIT;
	MEM_CLEANUP char *next_path = in_form(next);
	if (target_of(next) != target || !is_mine(ALL_SWAP))
		return;
	read_file(next_path, &other);
	if (other.len == b->len && memcmp(buf_str(&other), buf_str(b), b->len) == 0)
		return;
	write_file(path, other.ptr, other.len);
	write_file(next_path, b->ptr, b->len);
	take_outcome(target, ALL_SWAP, rel, 0, NULL, b);
	write_file(path, b->ptr, b->len);
	write_file(next_path, other.ptr, other.len);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void mutate_files(const char *form)
{
	struct files f = { .count = 0 };
	struct err e = ERR_INIT;
	m.form = form;
	MEM_CLEANUP char *root = form_path();
	read_meaning(&m.meaning);
	if (!m.meaning.len)
		fail_msg("%s: git reads nothing", root);
	office_must(file_walk(root, add_file, &f, &e), &e);
	qsort(f.at, f.count, sizeof *f.at, compare_names);
	for (size_t i = 0; i < f.count; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		MEM_CLEANUP char *path = in_form(f.at[i]);
		enum target target = target_of(f.at[i]);
		read_file(path, &b);
		each_mutant(target, f.at[i], &b, TRUNCATE, put_file, put_file, path);
		drop_file(target, f.at[i], path, &b);
		if (i + 1 < f.count)
			swap_files(target, f.at[i], path, &b, f.at[i + 1]);
	}
	for (size_t i = 0; i < f.count; i++)
		free(f.at[i]);
}

/* The ledger. */

static void live(struct office *o)
{
	office_signers(o);
	office_slip(o, "first");
	office_add(o, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                      "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	uint64_t badge = office_add(o, "badge", "\"body\":{\"text\":\"A\"}");
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	office_add(o, "badge-end", end);
	for (int i = 0; i < 6; i++) {
		o->now += 70 * (int64_t)OFFICE_DAY;
		office_heartbeat(o);
	}
	MEM_CLEANUP char *plan = office_plan(o);
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_approve(o, plan);
	office_must(office_run(o, &d, &e), &e);
	jdoc_free(d);
	office_slip(o, "last");
	office_close(o);
}

static void make_forms(struct office *o)
{
	office_do("cd %s && mkdir packed && cp -a s/ledger.git s/volumes packed && cd packed && for r in ledger.git"
	          " volumes/*; do git -C $r repack -q -a -d; rm -rf $r/hooks $r/info; mkdir $r/hooks; done", o->root);
	office_do("cd %s && cp -a packed loose && cd loose && for r in ledger.git volumes/*; do mv $r/objects/pack/* .;"
	          " git -C $r unpack-objects -q < *.pack; rm -f *.pack *.idx *.rev; done", o->root);
	office_do("cd %s && git clone -q --bare packed/ledger.git clone && for y in packed/volumes/*; do"
	          " git -C clone fetch -q ../$y '+refs/notes/*:refs/notes/*'; done; cd clone && git repack -q -a -d &&"
	          " git pack-refs --all && rm -rf hooks info FETCH_HEAD description branches", o->root);
}

static void work(unsigned me, int out_fd)
{
	m.me = me;
	m.room = mem_printf("%s/w%u", m.office->root, me);
	office_do("mkdir %s && cp -a %s/packed %s/loose %s/clone %s", m.room, m.office->root, m.office->root,
	          m.office->root, m.room);
	MEM_CLEANUP char *tmp = file_path(m.room, "tmp");
	mkdir(tmp, 0700);
	setenv("TMPDIR", tmp, 1);
	mutate_texts();
	for (int i = 0; !m.only && i < 3; i++)
		mutate_files(forms[i]);
	if (write(out_fd, &m.counts, sizeof m.counts) != sizeof m.counts)
		_exit(70);
	_exit(0);
}

static bool add_counts(int fd, struct counts *sum)
{
	struct counts c;
	size_t got = 0;
	ssize_t n = 0;
	while (got < sizeof c && (n = read(fd, (char *)&c + got, sizeof c - got)) > 0)
		got += (size_t)n;
	for (int t = 0; got == sizeof c && t < TARGETS; t++)
		for (int w = 0; w < WAYS; w++)
			for (int o = 0; o < OUTCOMES; o++)
				sum->n[t][w][o] += c.n[t][w][o];
	return got == sizeof c;
}

static void print_counts(const struct counts *c, uint64_t *out_passed, uint64_t *out_failed)
{
	for (int t = 0; t < TARGETS; t++)
		for (int w = 0; w < WAYS; w++) {
			uint64_t all = 0;
			for (int o = 0; o < OUTCOMES; o++)
				all += c->n[t][w][o];
			if (!all)
				continue;
			printf("%-17s %-20s", target_words[t], way_words[w]);
			for (int o = 0; o < OUTCOMES; o++) {
				if (c->n[t][w][o])
					printf(" %6llu %s", (unsigned long long)c->n[t][w][o], outcome_words[o]);
				*(o < BROKEN_PROMISE ? out_passed : out_failed) += c->n[t][w][o];
			}
			putchar('\n');
		}
}

int main(int argc, char **argv)
{
	struct counts sum = { .n = { { { 0 } } } };
	uint64_t passed = 0, failed = 0;
	m.stride = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	m.workers = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
	m.only = argc > 3 ? argv[3] : NULL;
	office_library();
	m.office = office_new();
	live(m.office);
	make_forms(m.office);
	m.room = m.office->root;
	for (int i = 0; i < 3; i++) {     /* unchanged, each form is what it is */
		m.form = forms[i];
		read_meaning(&m.meaning);
		failed += get_outcome() != THE_SAME;
	}
	fflush(stdout);
	int fds[16][2];
	for (unsigned i = 0; i < m.workers && i < 16; i++) {
		if (pipe(fds[i]) < 0)
			return 70;
		if (fork() == 0)
			work(i, fds[i][1]);
		close(fds[i][1]);
	}
	for (unsigned i = 0; i < m.workers && i < 16; i++)
		failed += !add_counts(fds[i][0], &sum);
	while (wait(NULL) > 0)
		;
	print_counts(&sum, &passed, &failed);
	office_free(m.office);
	printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
	return failed || !passed;
}
