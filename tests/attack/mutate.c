/*
 * Systematic mutation: every object, ref, pack, index, leaf, note, attachment, rule-book file and signature packet of a
 * small ledger is changed in every way of a list, one at a time, and what comes out is judged.
 *   mutate [STRIDE [WORKERS]]     every STRIDE-th mutant (1), by so many processes (2)
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
#include <zlib.h>

#include "../unit/ledger_office.h"

#include "base/log.h"
#include "foreign/jdoc.h"
#include "ledger/volume.h"
#include "model/note.h"
#include "model/tree.h"

#define TEXT_MAX ((size_t)16 << 20)
#define ENTRIES_MAX 64
#define VOLUMES_MAX 32
#define SECONDS_MAX 60
#define MORE_MAX 5

enum target { PACK, PACK_INDEX, LOOSE, REF, SETTING, COMMIT, LEAF, PACKET, NOTE, ATTACHMENT, RULES, TARGETS };
static const char *const target_words[] = { "pack", "pack index", "loose object", "ref", "other file", "commit", "leaf",
	"signature packet", "note", "attachment", "rule book" };

enum way { FLIP, DROP, SWAP, DUPLICATE, TRUNCATE, LINE_DROP, LINE_SWAP, LINE_DUPLICATE, LINE_TRUNCATE, ALL_DROP,
	ALL_SWAP, WAYS };
static const char *const way_words[] = { "a bit flipped", "a byte dropped", "two bytes swapped", "a byte twice",
	"cut off", "a line dropped", "two lines swapped", "a line twice", "cut after a line", "left out",
	"in place of another" };

enum outcome { REFUSED, LACKING, UNREADABLE, THE_SAME, OTHER_SETTING, BROKEN_PROMISE, DIED, OUTCOMES };
static const char *const outcome_words[] = { "not valid", "incomplete", "not judged", "the same to git",
	"a setting of git", "VALID", "DIED" };

struct counts {
	uint64_t n[TARGETS][WAYS][OUTCOMES];
};

struct volume {
	char *ref;                    /* path of the file that holds the ref */
	char *repo;
	struct oid id;
	struct buf commit;
	struct tree tree;
};

static struct {
	unsigned stride, workers, me;
	uint64_t serial;
	unsigned reported;
	struct counts counts;
	char *room;                   /* of this worker */
	const char *form;             /* "packed", "loose", "clone" */
	struct buf meaning;           /* of the form */

	struct buf commits[ENTRIES_MAX];
	struct oid ids[ENTRIES_MAX];
	size_t count;
	struct volume volumes[VOLUMES_MAX];
	size_t volumes_count;
	struct buf made;              /* paths of objects that the mutant brought, a NUL behind each */
	struct office *office;
} m;

/* Judging. */

static void write_file(const char *path, const void *bytes, size_t len)
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

static char *in_form(const char *rel)
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
	const struct verify_options options = { .pins = &m.office->pins };
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
static void read_meaning(struct buf *out)
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

static bool is_mine(void)
{
	uint64_t n = m.serial++;
	return n % m.stride == 0 && n / m.stride % m.workers == m.me;
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

/* Calls fn with each mutant of these bytes that is not the bytes themselves. */
typedef void place_fn(void *ctx, const struct buf *mutant);
static void each_mutant(enum target target, const char *what, const struct buf *b, enum way last, place_fn *put,
                        place_fn *undo, void *ctx)
{
	for (enum way way = FLIP; way <= last; way++)
		for (size_t at = 0; at < count_places(b, way); at++) {
			BUF_CLEANUP struct buf out = BUF_INIT;
			if (!is_mine())
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
	if (!is_mine())
		return;
	unlink(path);
	take_outcome(target, ALL_DROP, rel, 0, NULL, b);
	write_file(path, b->ptr, b->len);
}

static void swap_files(enum target target, const char *rel, const char *path, const struct buf *b, const char *next)
{
	BUF_CLEANUP struct buf other = BUF_INIT;
	MEM_CLEANUP char *next_path = in_form(next);
	if (target_of(next) != target || !is_mine())
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

/* Texts: what stands in objects, put back with all names made right. */

static struct oid write_object(const char *repo, enum oid_type type, const void *bytes, size_t len)
{
	static const char *const words[] = { [OID_COMMIT] = "commit", [OID_TREE] = "tree", [OID_BLOB] = "blob" };
	struct oid id = oid_of(type, bytes, len);
	char hex[OID_HEX_LEN + 1];
	BUF_CLEANUP struct buf raw = BUF_INIT;
	oid_print(&id, hex);
	MEM_CLEANUP char *dir = mem_printf("%s/objects/%.2s", repo, hex), *path = file_path(dir, hex + 2);
	if (file_exists(path))
		return id;
	buf_printf(&raw, "%s %zu", words[type], len);
	buf_add(&raw, "", 1);
	buf_add(&raw, bytes, len);
	uLongf size = compressBound(raw.len);
	MEM_CLEANUP char *out = mem_alloc(size);
	if (compress((Bytef *)out, &size, (const Bytef *)raw.ptr, raw.len) != Z_OK)
		fail_msg("zlib");
	mkdir(dir, 0700);
	write_file(path, out, size);
	buf_add(&m.made, path, strlen(path) + 1);
	return id;
}

static void write_ref(const char *path, const struct oid *id)
{
	char hex[OID_HEX_LEN + 2];
	oid_print(id, hex);
	strcat(hex, "\n");
	write_file(path, hex, OID_HEX_LEN + 1);
}

static void undo_texts(void *ctx, const struct buf *was)
{
	MEM_CLEANUP char *ref = in_form("ledger.git/refs/heads/ledger");
	(void)ctx, (void)was;
	for (size_t at = 0; at < m.made.len; at += strlen(m.made.ptr + at) + 1)
		unlink(m.made.ptr + at);
	buf_clear(&m.made);
	write_ref(ref, &m.ids[m.count - 1]);
	for (size_t i = 0; i < m.volumes_count; i++)
		write_ref(m.volumes[i].ref, &m.volumes[i].id);
}

static void put_tree(struct volume *v, const struct tree *tree)
{
	BUF_CLEANUP struct buf out = BUF_INIT, commit = BUF_INIT;
	char hex[OID_HEX_LEN + 1];
	tree_print(tree, &out);
	struct oid id = write_object(v->repo, OID_TREE, buf_str(&out), out.len);
	oid_print(&id, hex);
	buf_add(&commit, v->commit.ptr, v->commit.len);
	memcpy(commit.ptr + strlen("tree "), hex, OID_HEX_LEN);
	id = write_object(v->repo, OID_COMMIT, commit.ptr, commit.len);
	write_ref(v->ref, &id);
}

/* Records go along with their entries. */
static void rename_notes(const struct oid *new_ids, size_t from)
{
	for (size_t i = 0; i < m.volumes_count; i++) {
		struct volume *v = &m.volumes[i];
		struct tree tree = { .count = 0 };
		bool changes = false;
		for (size_t t = 0; t < v->tree.count; t++) {
			char name[TREE_NAME_MAX + 1];
			strcpy(name, v->tree.at[t].name);
			for (size_t n = from; n < m.count; n++) {
				char old[OID_HEX_LEN + 1];
				oid_print(&m.ids[n], old);
				if (strcmp(old, v->tree.at[t].name) == 0)
					oid_print(&new_ids[n], name);
			}
			changes = changes || strcmp(name, v->tree.at[t].name) != 0;
			tree_set(&tree, name, v->tree.at[t].is_dir, &v->tree.at[t].oid);
		}
		if (changes)
			put_tree(v, &tree);
		tree_release(&tree);
	}
}

/* Entry n is this commit, and all later ones stand on it. */
static void rechain(size_t n, const struct buf *raw)
{
	MEM_CLEANUP char *repo = in_form("ledger.git"), *ref = file_path(repo, "refs/heads/ledger");
	struct oid ids[ENTRIES_MAX];
	memcpy(ids, m.ids, sizeof ids);
	ids[n] = write_object(repo, OID_COMMIT, buf_str(raw), raw->len);
	for (size_t i = n + 1; i < m.count; i++) {
		BUF_CLEANUP struct buf next = BUF_INIT;
		char hex[OID_HEX_LEN + 1];
		buf_add(&next, m.commits[i].ptr, m.commits[i].len);
		oid_print(&ids[i - 1], hex);
		memcpy(strstr(next.ptr, "\nparent ") + strlen("\nparent "), hex, OID_HEX_LEN);
		ids[i] = write_object(repo, OID_COMMIT, next.ptr, next.len);
	}
	write_ref(ref, &ids[m.count - 1]);
	rename_notes(ids, n);
}

static void put_commit(void *ctx, const struct buf *b)
{
	rechain(*(size_t *)ctx, b);
}

struct part {                         /* of the commit of entry n: what stands before and behind it */
	size_t n;
	struct buf before, behind;
};

static void put_part(void *ctx, const struct buf *b)
{
	struct part *p = ctx;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	buf_add(&raw, p->before.ptr, p->before.len);
	if (b->len)
		buf_add(&raw, b->ptr, b->len);
	if (p->behind.len)
		buf_add(&raw, p->behind.ptr, p->behind.len);
	rechain(p->n, &raw);
}

static uint32_t get_crc24(const uint8_t *bytes, size_t len)
{
	uint32_t crc = 0xb704ce;
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)bytes[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0);
	}
	return crc & 0xffffff;
}

/* In the form of the armor, with its checksum. */
static void put_packet(void *ctx, const struct buf *b)
{
	uint32_t crc = get_crc24((const uint8_t *)buf_str(b), b->len);
	const uint8_t sum[3] = { (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };
	MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(b->len) + 1);
	char last[8];
	BUF_CLEANUP struct buf armor = BUF_INIT;
	hash_base64_encode(buf_str(b), b->len, text);
	hash_base64_encode(sum, sizeof sum, last);
	for (size_t at = 0; at < strlen(text); at += 64)
		buf_printf(&armor, " %.64s\n", text + at);
	buf_printf(&armor, " =%s\n", last);
	put_part(ctx, &armor);
}

static void mutate_packet(size_t n)
{
	static const char first[] = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n", last[] = "\n =";
	const struct buf *raw = &m.commits[n];
	struct part p = { .n = n };
	BUF_CLEANUP struct buf text = BUF_INIT, packet = BUF_INIT;
	const char *begin = strstr(raw->ptr, first) + strlen(first), *end = strstr(begin, last);
	const char *behind = strchr(end + 1, '\n') + 1;
	size_t len = 0;
	for (const char *c = begin; c < end; c++)
		if (*c != ' ' && *c != '\n')
			buf_putc(&text, *c);
	uint8_t *bytes = mem_alloc(text.len);
	assert_true(hash_base64_decode(text.ptr, text.len, bytes, &len));
	buf_add(&packet, bytes, len);
	free(bytes);
	buf_add(&p.before, raw->ptr, (size_t)(begin - raw->ptr));
	buf_add(&p.behind, behind, (size_t)(raw->ptr + raw->len - behind));
	each_mutant(PACKET, "", &packet, TRUNCATE, put_packet, undo_texts, &p);
	buf_release(&p.before);
	buf_release(&p.behind);
}

static void mutate_leaf(size_t n)
{
	const struct buf *raw = &m.commits[n];
	const char *leaf = strstr(raw->ptr, "\n\n") + 2;
	struct part p = { .n = n };
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_add(&p.before, raw->ptr, (size_t)(leaf - raw->ptr));
	buf_add(&text, leaf, (size_t)(raw->ptr + raw->len - leaf));
	each_mutant(LEAF, "", &text, LINE_TRUNCATE, put_part, undo_texts, &p);
	buf_release(&p.before);
}

struct blob {                         /* of a volume: the note of this name, or the attachment in its folders */
	struct volume *volume;
	char name[TREE_NAME_MAX + 1];
	char seq[TREE_NAME_MAX + 1], number[TREE_NAME_MAX + 1];
	struct tree all, of_one;      /* attachments/, attachments/SEQ/ */
};

static void put_note(void *ctx, const struct buf *b)
{
	struct blob *x = ctx;
	struct oid id = write_object(x->volume->repo, OID_BLOB, buf_str(b), b->len);
	struct tree tree = { .count = 0 };
	for (size_t t = 0; t < x->volume->tree.count; t++)
		tree_set(&tree, x->volume->tree.at[t].name, x->volume->tree.at[t].is_dir, &x->volume->tree.at[t].oid);
	if (x->seq[0]) {
		BUF_CLEANUP struct buf one = BUF_INIT, all = BUF_INIT;
		tree_set(&x->of_one, x->number, false, &id);
		tree_print(&x->of_one, &one);
		id = write_object(x->volume->repo, OID_TREE, buf_str(&one), one.len);
		tree_set(&x->all, x->seq, true, &id);
		tree_print(&x->all, &all);
		id = write_object(x->volume->repo, OID_TREE, buf_str(&all), all.len);
	}
	tree_set(&tree, x->name, x->seq[0] != '\0', &id);
	put_tree(x->volume, &tree);
	tree_release(&tree);
}

static void read_object(const char *path, const struct oid *id, enum oid_type type, struct buf *out)
{
	struct err e = ERR_INIT;
	struct repo *r = repo_open(path, false, &e);
	office_must(r ? 0 : (int)e.code, &e);
	office_must(repo_read(r, id, type, TEXT_MAX, out, &e), &e);
	repo_close(r);
}

static void read_tree(const char *path, const struct oid *id, struct tree *out)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	read_object(path, id, OID_TREE, &b);
	office_must(tree_parse(b.ptr, b.len, out, &e), &e);
}

static void mutate_attachments(struct volume *v, const struct tree_entry *folder)
{
	struct blob x = { .volume = v, .name = "attachments" };
	read_tree(v->repo, &folder->oid, &x.all);
	for (size_t s = 0; s < x.all.count; s++) {
		read_tree(v->repo, &x.all.at[s].oid, &x.of_one);
		strcpy(x.seq, x.all.at[s].name);
		for (size_t n = 0; n < x.of_one.count; n++) {
			BUF_CLEANUP struct buf b = BUF_INIT;
			strcpy(x.number, x.of_one.at[n].name);
			read_object(v->repo, &x.of_one.at[n].oid, OID_BLOB, &b);
			each_mutant(ATTACHMENT, x.seq, &b, LINE_TRUNCATE, put_note, undo_texts, &x);
		}
		tree_release(&x.of_one);
	}
	tree_release(&x.all);
}

static void mutate_volume(struct volume *v)
{
	for (size_t t = 0; t < v->tree.count; t++) {
		struct blob x = { .volume = v };
		BUF_CLEANUP struct buf b = BUF_INIT;
		if (v->tree.at[t].is_dir) {
			mutate_attachments(v, &v->tree.at[t]);
			continue;
		}
		strcpy(x.name, v->tree.at[t].name);
		read_object(v->repo, &v->tree.at[t].oid, OID_BLOB, &b);
		each_mutant(NOTE, x.name, &b, LINE_TRUNCATE, put_note, undo_texts, &x);
	}
}

/* In the rule book of all entries. */
static void put_rules(void *ctx, const struct buf *b)
{
	MEM_CLEANUP char *repo = in_form("ledger.git");
	struct tree *tree = ctx;
	BUF_CLEANUP struct buf out = BUF_INIT, raw = BUF_INIT;
	char hex[OID_HEX_LEN + 1];
	struct oid id = write_object(repo, OID_BLOB, buf_str(b), b->len);
	tree_set(tree, "directive.ini", false, &id);
	tree_print(tree, &out);
	id = write_object(repo, OID_TREE, out.ptr, out.len);
	oid_print(&id, hex);
	struct buf kept[ENTRIES_MAX];
	memcpy(kept, m.commits, sizeof kept);
	for (size_t n = 0; n < m.count; n++) {
		m.commits[n] = (struct buf)BUF_INIT;
		buf_add(&m.commits[n], kept[n].ptr, kept[n].len);
		memcpy(m.commits[n].ptr + strlen("tree "), hex, OID_HEX_LEN);
	}
	buf_add(&raw, m.commits[0].ptr, m.commits[0].len);
	rechain(0, &raw);
	for (size_t n = 0; n < m.count; n++) {
		buf_release(&m.commits[n]);
		m.commits[n] = kept[n];
	}
}

static void mutate_rules(void)
{
	MEM_CLEANUP char *repo = in_form("ledger.git");
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tree tree;
	struct oid id;
	assert_true(oid_parse(m.commits[0].ptr + strlen("tree "), OID_HEX_LEN, &id));
	read_tree(repo, &id, &tree);
	read_object(repo, &tree_find(&tree, "directive.ini")->oid, OID_BLOB, &b);
	each_mutant(RULES, "directive.ini", &b, LINE_TRUNCATE, put_rules, undo_texts, &tree);
	tree_release(&tree);
}

static int add_volume(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct volume *v = &m.volumes[m.volumes_count++];
	(void)e;
	v->repo = mem_strdup(ctx);
	v->ref = file_path(ctx, name);
	v->id = *id;
	return ERR_OK;
}

static void read_volume(struct volume *v)
{
	struct oid tree;
	read_object(v->repo, &v->id, OID_COMMIT, &v->commit);
	assert_true(oid_parse(v->commit.ptr + strlen("tree "), OID_HEX_LEN, &tree));
	read_tree(v->repo, &tree, &v->tree);
}

static void read_texts(void)
{
	MEM_CLEANUP char *repo = in_form("ledger.git");
	MEM_CLEANUP char *list = office_sh("git -C %s rev-list --reverse refs/heads/ledger", repo);
	struct err e = ERR_INIT;
	for (const char *at = list; strlen(at) >= OID_HEX_LEN; at += OID_HEX_LEN + (at[OID_HEX_LEN] == '\n')) {
		assert_true(m.count < ENTRIES_MAX && oid_parse(at, OID_HEX_LEN, &m.ids[m.count]));
		read_object(repo, &m.ids[m.count], OID_COMMIT, &m.commits[m.count]);
		m.count++;
	}
	MEM_CLEANUP char *years = office_sh("cd %s/%s && ls -d volumes/*.git", m.room, m.form);
	for (char *rest = years, *rel; (rel = strtok_r(rest, "\n", &rest));) {
		MEM_CLEANUP char *path = in_form(rel);
		struct repo *r = repo_open(path, false, &e);
		office_must(r ? 0 : (int)e.code, &e);
		office_must(repo_ref_walk(r, "refs/", add_volume, path, &e), &e);
		repo_close(r);
	}
	for (size_t i = 0; i < m.volumes_count; i++)
		read_volume(&m.volumes[i]);
}

static void mutate_texts(void)
{
	m.form = "packed";
	read_meaning(&m.meaning);
	read_texts();
	for (size_t n = 0; n < m.count; n++) {
		each_mutant(COMMIT, "", &m.commits[n], LINE_TRUNCATE, put_commit, undo_texts, &n);
		mutate_leaf(n);
		mutate_packet(n);
	}
	for (size_t i = 0; i < m.volumes_count; i++)
		mutate_volume(&m.volumes[i]);
	mutate_rules();
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
	office_do("cd %s && mkdir packed && cp -a s/ledger.git s/volumes packed && cd packed && for r in ledger.git volumes/*;"
	          " do git -C $r repack -q -a -d; rm -rf $r/hooks $r/info; mkdir $r/hooks; done", o->root);
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
	mutate_files("packed");
	mutate_files("loose");
	mutate_files("clone");
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
	office_library();
	m.office = office_new();
	live(m.office);
	make_forms(m.office);
	m.room = m.office->root;
	for (int i = 0; i < 3; i++) {     /* unchanged, each form is what it is */
		m.form = (const char *const[]){ "packed", "loose", "clone" }[i];
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
