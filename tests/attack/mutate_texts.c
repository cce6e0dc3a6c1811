/* Texts: what stands in objects, put back with all names made right. */
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "mutate.h"

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

static void put_notes_commit(void *ctx, const struct buf *b)
{
	const struct volume *v = ctx;
	struct oid id = write_object(v->repo, OID_COMMIT, buf_str(b), b->len);
	write_ref(v->ref, &id);
}

static void put_tree_bytes(void *ctx, const struct buf *b)
{
	struct volume *v = ctx;
	BUF_CLEANUP struct buf commit = BUF_INIT;
	char hex[OID_HEX_LEN + 1];
	struct oid id = write_object(v->repo, OID_TREE, buf_str(b), b->len);
	oid_print(&id, hex);
	buf_add(&commit, v->commit.ptr, v->commit.len);
	memcpy(commit.ptr + strlen("tree "), hex, OID_HEX_LEN);
	put_notes_commit(v, &commit);
}

static void put_tree(struct volume *v, const struct tree *tree)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	tree_print(tree, &out);
	put_tree_bytes(v, &out);
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

static void mutate_notes_commit(struct volume *v, const struct buf *note)
{
	const struct { const char *ptr; size_t len; } more[] = {
		{ note->ptr, note->len }, { "\n", 1 }, { " ", 1 }, { "", 1 }
	};
	each_mutant(NOTES_COMMIT, v->ref, &v->commit, LINE_TRUNCATE, put_notes_commit, undo_texts, v);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		buf_add(&b, v->commit.ptr, v->commit.len);
		buf_add(&b, more[i].ptr, more[i].len);
		add_mutant(NOTES_COMMIT, v->ref, i, &b, put_notes_commit, undo_texts, v);
	}
}

static void add_entry(struct volume *v, size_t at, const char *name, bool is_dir, const struct oid *id)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tree tree = { .count = 0 };
	for (size_t t = 0; t < v->tree.count; t++)
		tree_set(&tree, v->tree.at[t].name, v->tree.at[t].is_dir, &v->tree.at[t].oid);
	tree_set(&tree, name, is_dir, id);
	tree_print(&tree, &b);
	add_mutant(VOLUME_TREE, v->ref, at, &b, put_tree_bytes, undo_texts, v);
	tree_release(&tree);
}

/* The folder with one entry more. */
static struct oid write_folder(struct volume *v, struct tree *folder, const char *name, bool is_dir,
                               const struct oid *id)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	tree_set(folder, name, is_dir, id);
	tree_print(folder, &b);
	tree_release(folder);
	return write_object(v->repo, OID_TREE, buf_str(&b), b.len);
}

/* A note more for each entry that has none here, and one for none; an attachment more for each entry; another file. */
static void mutate_volume_tree(struct volume *v, const struct oid *note)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct oid none = oid_of(OID_BLOB, "", 0);
	char name[OID_HEX_LEN + 1];
	tree_print(&v->tree, &b);
	each_mutant(VOLUME_TREE, v->ref, &b, TRUNCATE, put_tree_bytes, undo_texts, v);
	for (size_t n = 0; n <= m.count; n++) {
		oid_print(n < m.count ? &m.ids[n] : &none, name);
		if (!tree_find(&v->tree, name))
			add_entry(v, n, name, false, note);
	}
	const struct tree_entry *attachments = tree_find(&v->tree, "attachments");
	for (size_t n = 0; n <= m.count; n++) {
		struct tree of_one = { .count = 0 }, all = { .count = 0 };
		snprintf(name, sizeof name, "%zu", n);
		if (attachments)
			read_tree(v->repo, &attachments->oid, &all);
		struct oid id = write_folder(v, &of_one, "2", false, note);
		id = write_folder(v, &all, name, true, &id);
		add_entry(v, m.count + 1 + n, "attachments", true, &id);
		undo_texts(NULL, NULL);
	}
	add_entry(v, 2 * m.count + 2, "README", false, note);
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
		if (t == 0) {
			mutate_notes_commit(v, &b);
			mutate_volume_tree(v, &v->tree.at[t].oid);
		}
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

void mutate_texts(void)
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
