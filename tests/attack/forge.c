/*
 * Builds a ledger's chain anew from texts, as an attacker would:
 *
 *   forge LEDGER.git DIR FROM none|old|HOME FINGERPRINT
 *
 * DIR/N.leaf is the leaf of entry N, DIR/N.tree its tree, DIR/N.id its commit so far, DIR/N.sig its signature so far.
 * Entries from FROM on, as long as there are leaves, get Genesis, Prev and Root lines that fit those before (where they
 * have them, and where DIR/N.fixed does not say that they stay as they are), a new commit, and no signature, the one
 * they had, or one by the key. The ref is moved to the last; DIR/N.id are the new ones.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/oid.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "model/commit.h"
#include "model/leaf.h"
#include "model/merkle.h"
#include "model/pgpsig.h"

#define TEXT_MAX ((size_t)1 << 24)

struct forge {
	const char *dir, *sign, *fpr;
	struct pgp_signer *key;
	git_odb *odb;
	struct merkle tree;
	struct hash genesis, last;
};

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "forge: %s: %s\n", what, e ? e->text : "failed");
	exit(70);
}

static bool read_text(const struct forge *f, unsigned n, const char *ext, struct buf *out)
{
	MEM_CLEANUP char *path = mem_printf("%s/%u.%s", f->dir, n, ext);
	struct err e = ERR_INIT;
	buf_clear(out);
	if (!file_exists(path))
		return false;
	if (file_read(path, TEXT_MAX, out, &e))
		die(path, &e);
	return true;
}

/* Puts the digest into the line of this name, where there is one. */
static void set_line(struct buf *leaf, const char *name, const struct hash *h)
{
	char text[HASH_TEXT_LEN + 1];
	char *at = memmem(leaf->ptr, leaf->len, name, strlen(name));
	if (!at || (size_t)(leaf->ptr + leaf->len - at) < strlen(name) + HASH_TEXT_LEN)
		return;
	hash_print(h, text);
	memcpy(at + strlen(name), text, HASH_TEXT_LEN);
}

static int64_t get_time(const struct buf *leaf)
{
	const char *at = strstr(buf_str(leaf), "\nTime: ");
	int64_t time = 0;
	if (at && strlen(at) >= 7 + DATE_TIME_LEN)
		date_time_parse(at + 7, DATE_TIME_LEN, &time);
	return time;
}

static int ask(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

/* The header of a signature whose form nobody checks. */
static void add_header(const struct buf *payload, const struct buf *armor, struct buf *out)
{
	const char *end = strstr(buf_str(payload), "\n\n");
	buf_add(out, payload->ptr, (size_t)(end - payload->ptr) + 1);
	buf_puts(out, "gpgsig ");
	for (size_t i = 0; i < armor->len; i++) {
		buf_putc(out, armor->ptr[i]);
		if (armor->ptr[i] == '\n' && i + 1 < armor->len)
			buf_putc(out, ' ');
	}
	buf_puts(out, end + 1);
}

static void sign(const struct forge *f, unsigned n, int64_t time, const struct buf *payload, struct buf *out)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	struct err e = ERR_INIT;
	if (f->key && pgpsig_make(f->fpr, time, payload->ptr, payload->len, ask, f->key, &armor, &e))
		die("signing", &e);
	if (f->key || (strcmp(f->sign, "old") == 0 && read_text(f, n, "sig", &armor)))
		add_header(payload, &armor, out);
	else
		buf_add(out, payload->ptr, payload->len);
}

static void print_origin(const struct buf *leaf, struct commit *c)
{
	const char *at = strstr(buf_str(leaf), "Origin: ");
	if (at)
		sscanf(at, "Origin: %128[^\n]", c->name);
}

static struct oid write_commit(struct forge *f, unsigned n, const struct buf *leaf, const struct oid *parent)
{
	BUF_CLEANUP struct buf tree = BUF_INIT, payload = BUF_INIT, raw = BUF_INIT, date = BUF_INIT;
	struct commit c = { .has_parent = n > 0, .parent = *parent, .message = leaf->ptr, .message_len = leaf->len };
	struct oid id;
	git_oid made;
	c.time = get_time(leaf);
	if (read_text(f, n, "date", &date))
		c.time = atoll(date.ptr);
	print_origin(leaf, &c);
	if (!read_text(f, n, "tree", &tree) || !oid_parse(buf_str(&tree), OID_HEX_LEN, &c.tree))
		die("tree", NULL);
	commit_print_payload(&c, &payload);
	sign(f, n, c.time, &payload, &raw);
	if (git_odb_write(&made, f->odb, raw.ptr, raw.len, GIT_OBJECT_COMMIT) < 0)
		die("writing a commit", NULL);
	memcpy(id.b, made.id, sizeof id.b);
	MEM_CLEANUP char *path = mem_printf("%s/%u.id", f->dir, n);
	FILE *out = fopen(path, "w");
	char hex[OID_HEX_LEN + 1];
	oid_print(&id, hex);
	if (!out || fprintf(out, "%s\n", hex) < 0 || fclose(out))
		die(path, NULL);
	return id;
}

static void take(struct forge *f, unsigned n, const struct buf *leaf)
{
	f->last = leaf_hash(leaf->ptr, leaf->len);
	if (n == 0)
		f->genesis = f->last;
	merkle_add(&f->tree, &f->last);
}

static void build(struct forge *f, unsigned from, struct oid *head)
{
	BUF_CLEANUP struct buf leaf = BUF_INIT, id = BUF_INIT;
	for (unsigned n = 0; read_text(f, n, "leaf", &leaf); n++) {
		MEM_CLEANUP char *fixed = mem_printf("%s/%u.fixed", f->dir, n);
		struct hash root = merkle_root(&f->tree);
		if (n < from) {
			if (!read_text(f, n, "id", &id) || !oid_parse(buf_str(&id), OID_HEX_LEN, head))
				die("id", NULL);
		} else {
			if (n > 0 && !file_exists(fixed)) {
				set_line(&leaf, "\nGenesis: ", &f->genesis);
				set_line(&leaf, "\nPrev: ", &f->last);
			}
			if (!file_exists(fixed))
				set_line(&leaf, "\nRoot: ", &root);
			*head = write_commit(f, n, &leaf, head);
		}
		take(f, n, &leaf);
	}
}

int main(int argc, char **argv)
{
	struct forge f = { .dir = argc > 2 ? argv[2] : "", .sign = argc > 4 ? argv[4] : "",
	                   .fpr = argc > 5 ? argv[5] : "" };
	struct err e = ERR_INIT;
	struct oid head = { .b = { 0 } };
	char hex[OID_HEX_LEN + 1];
	git_repository *git = NULL;
	git_reference *ref = NULL;
	git_oid id;
	if (argc < 5) {
		fputs("usage: forge LEDGER.git DIR FROM none|old|HOME [FINGERPRINT]\n", stderr);
		return 64;
	}
	if (pgp_library_init(&e) || git_libgit2_init() < 0 || git_repository_open_bare(&git, argv[1]) < 0 ||
	    git_repository_odb(&f.odb, git) < 0)
		die(argv[1], NULL);
	if (f.fpr[0] && !(f.key = pgp_signer_new(f.sign, f.fpr, &e)))
		die(f.sign, &e);
	merkle_init(&f.tree);
	build(&f, (unsigned)atoi(argv[3]), &head);
	oid_print(&head, hex);
	if (git_oid_fromstr(&id, hex) < 0 || git_reference_create(&ref, git, "refs/heads/ledger", &id, 1, NULL) < 0)
		die("moving the ref", NULL);
	git_reference_free(ref);
	pgp_signer_free(f.key);
	git_odb_free(f.odb);
	git_repository_free(git);
	git_libgit2_shutdown();
	return 0;
}
