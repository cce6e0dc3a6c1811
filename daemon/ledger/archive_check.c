#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/archive.h"
#include "ledger/archive_impl.h"
#include "model/commit.h"

#define SEQ_DIGITS 12

/* Members of an entry's folder, in their order. */
enum step { STEP_NONE, STEP_COMMIT, STEP_LEAF, STEP_NOTE, STEP_PROOF };

struct check {
	char *top;                        /* name of the bag's folder */
	struct archive_bag seen;          /* what the manifests must say */
	struct archive_keys keys;
	struct archive_proof first;       /* its size and root are those of all */
	bool has_first;
	uint64_t members, seq;
	enum step step;                   /* of the entry that is read */
	struct buf message;
	struct leaf leaf;
	struct hash hash;
	struct note note;
	bool has_leaf, has_note, has_bagit, has_info, has_manifest, has_tags;
	unsigned attachments;
	struct archive_traces *traces;    /* NULL: not asked */
	struct archive_seals *seals;
	struct archive_facts facts;       /* of what was read so far */
};

static int fail(const char *path, const char *why, struct err *e)
{
	return err_set(e, ERR_LEDGER, "archive: %s: %s", path, lang_text(why));
}

static void clear_entry(struct check *c)
{
	if (c->has_leaf)
		leaf_release(&c->leaf);
	if (c->has_note)
		note_release(&c->note);
	c->has_leaf = c->has_note = false;
	c->attachments = 0;
	buf_clear(&c->message);
}

static int check_signatures(struct check *c, struct err *e)
{
	uint64_t seq;
	if (!archive_seals_finish(c->seals, &seq, e))
		return ERR_OK;
	MEM_CLEANUP char *path = mem_printf("data/%0*" PRIu64 "/commit.txt", SEQ_DIGITS, seq);
	return err_prefix(e, "archive: %s", path);
}

/* Records of one ledger alone; who signed their entries is counted, for whoever knows which keys to trust. */
static int take_facts(struct check *c, const char *path, const struct pgpsig *sig, struct err *e)
{
	struct archive_facts *f = &c->facts;
	size_t at = 0;
	if (!f->records++) {
		strcpy(f->origin, c->leaf.origin);
		f->genesis = c->leaf.genesis;
	}
	if (strcmp(f->origin, c->leaf.origin) != 0 || !hash_is_equal(&f->genesis, &c->leaf.genesis))
		return fail(path, "of another ledger than the first record", e);
	while (at < f->signers_count && strcmp(f->signers[at].fpr, sig->fpr) != 0)
		at++;
	if (at == f->signers_count) {
		f->signers = mem_grow(f->signers, f->signers_count + 1, sizeof *f->signers);
		f->signers[f->signers_count++] = (struct archive_signer){ .entries = 0 };
		strcpy(f->signers[at].fpr, sig->fpr);
	}
	f->signers[at].entries++;
	if ((f->heads_count & (f->heads_count - 1)) == 0)
		f->heads = mem_grow(f->heads, f->heads_count ? 2 * f->heads_count : 1, sizeof *f->heads);
	f->heads[f->heads_count++] = (struct archive_head){ c->leaf.seq, c->leaf.root };
	return ERR_OK;
}

static int check_commit(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct pgp_check seal;
	struct commit commit;
	struct pgpsig sig;
	clear_entry(c);
	int rc = commit_parse(bytes, len, &commit, &payload, &armor, e);
	if (!rc)
		rc = archive_sign_read(&c->keys, buf_str(&armor), armor.len, buf_str(&payload), payload.len, &sig,
		                       &seal, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &c->leaf, e);
	c->has_leaf = rc == ERR_OK;
	if (rc)
		return err_prefix(e, "archive: %s", path);
	buf_add(&c->message, commit.message, commit.message_len);
	c->hash = leaf_hash(commit.message, commit.message_len);
	if (c->leaf.seq != c->seq || sig.time != c->leaf.time || !c->leaf.has_volume)
		return fail(path, "not the commit of the record that its folder names", e);
	archive_seals_read(c->seals, &seal, c->seq);
	return take_facts(c, path, &sig, e);
}

static int check_leaf(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	if (len != c->message.len || memcmp(bytes, buf_str(&c->message), len) != 0)
		return fail(path, "not the message of its commit", e);
	return ERR_OK;
}

static int add_traces(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	if (!c->traces || !archive_traces_add(c->traces, bytes, len, e))
		return ERR_OK;
	return err_prefix(e, "archive: %s", path);
}

static int check_note(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	struct hash hash = hash_of(bytes, len);
	if (!hash_is_equal(&hash, &c->leaf.record))
		return fail(path, "not the record that its leaf names", e);
	int rc = note_parse(bytes, len, &c->note, e);
	c->has_note = rc == ERR_OK;
	if (rc)
		return err_prefix(e, "archive: %s", path);
	return add_traces(c, path, bytes, len, e);
}

static int check_attachment(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	struct hash hash = hash_of(bytes, len);
	const char *raw;
	size_t raw_len;
	if (c->attachments == c->note.attachments)
		return fail(path, "its record names no such attachment", e);
	const struct note_attachment *named = &c->note.attachment[c->attachments++];
	if (!hash_is_equal(&hash, &named->stored) || note_unwrap(bytes, len, &raw, &raw_len, NULL))
		return fail(path, "not the attachment that its record names", e);
	hash = hash_of(raw, raw_len);
	if (!hash_is_equal(&hash, &named->raw) || raw_len != named->size)
		return fail(path, "not the attachment that its record names", e);
	return add_traces(c, path, bytes, len, e);
}

static int check_proof(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	struct archive_proof p;
	int rc = archive_proof_parse(bytes, len, &p, e);
	if (rc)
		return err_prefix(e, "archive: %s", path);
	if (c->attachments != c->note.attachments)
		return fail(path, "an attachment that the record names is not before it", e);
	if (!c->has_first)
		c->first = p;
	c->has_first = true;
	if (p.seq != c->seq || p.size != c->first.size || !hash_is_equal(&p.root, &c->first.root) ||
	    !hash_is_equal(&p.leaf, &c->hash) || strcmp(p.origin, c->leaf.origin) != 0 ||
	    !merkle_check(p.seq, p.size, &p.leaf, p.path, p.count, &p.root))
		return fail(path, "does not prove the leaf beside it", e);
	return ERR_OK;
}

static const struct part {
	const char *name;
	enum step after, step;
	int (*check)(struct check *c, const char *path, const char *bytes, size_t len, struct err *e);
} parts[] = {
	{ "commit.txt", STEP_NONE, STEP_COMMIT, check_commit }, { "leaf.txt", STEP_COMMIT, STEP_LEAF, check_leaf },
	{ "note.txt", STEP_LEAF, STEP_NOTE, check_note }, { "proof.txt", STEP_NOTE, STEP_NONE, check_proof },
};

static int take_attachment(struct check *c, const char *path, const char *name, const char *bytes, size_t len,
                           struct err *e)
{
	char expected[32];
	snprintf(expected, sizeof expected, "attachment-%u", c->attachments + 1);
	if (c->step != STEP_NOTE || strcmp(name, expected) != 0)
		return fail(path, "out of its place", e);
	return check_attachment(c, path, bytes, len, e);
}

/* data/<12 digits>/<name>: ascending, each folder whole before the next. */
static int take_entry(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	const char *digits = path + strlen("data/"), *name = digits + SEQ_DIGITS + 1;
	uint64_t seq = 0;
	for (int i = 0; i < SEQ_DIGITS; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return fail(path, "nothing that an archive holds", e);
		seq = seq * 10 + (uint64_t)(digits[i] - '0');
	}
	if (digits[SEQ_DIGITS] != '/')
		return fail(path, "nothing that an archive holds", e);
	if (c->step == STEP_NONE ? c->has_first && seq <= c->seq : seq != c->seq)
		return fail(path, "out of its place", e);
	c->seq = seq;
	if (strncmp(name, "attachment-", strlen("attachment-")) == 0)
		return take_attachment(c, path, name, bytes, len, e);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strcmp(parts[i].name, name) != 0)
			continue;
		if (parts[i].after != c->step)
			break;
		c->step = parts[i].step;
		return parts[i].check(c, path, bytes, len, e);
	}
	return fail(path, "out of its place", e);
}

static int take_payload(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	if (strncmp(path, "data/keys/", 10) == 0) {
		archive_keys_add(&c->keys, path, bytes, len);
		return ERR_OK;
	}
	if (strcmp(path, "data/README.txt") == 0 || strncmp(path, "data/rulebook/", 14) == 0)
		return ERR_OK;
	if (strlen(path) < strlen("data/") + SEQ_DIGITS + 2)
		return fail(path, "nothing that an archive holds", e);
	return take_entry(c, path, bytes, len, e);
}

static bool is_text(const char *bytes, size_t len, const struct buf *expected)
{
	return len == expected->len && memcmp(bytes, buf_str(expected), len) == 0;
}

static bool take_info(struct check *c, const char *bytes, size_t len, const struct buf *oxum)
{
	if (len > ARCHIVE_INFO_MAX || !memmem(bytes, len, buf_str(oxum), oxum->len))
		return false;
	mem_free_ptr(&c->facts.info);
	c->facts.info = mem_strndup(bytes, len);
	return true;
}

/* The files beside data/. Manifests must say exactly what was read before them. */
static int take_tag(struct check *c, const char *path, const char *bytes, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf oxum = BUF_INIT;
	bool right = false;
	archive_bag_oxum(&c->seen, &oxum);
	if (strcmp(path, "bagit.txt") == 0)
		right = c->has_bagit = len == strlen(ARCHIVE_BAGIT) && memcmp(bytes, ARCHIVE_BAGIT, len) == 0;
	else if (strcmp(path, "bag-info.txt") == 0)
		right = c->has_info = take_info(c, bytes, len, &oxum);
	else if (strcmp(path, "manifest-sha256.txt") == 0)
		right = c->has_manifest = is_text(bytes, len, &c->seen.manifest);
	else if (strcmp(path, "tagmanifest-sha256.txt") == 0)
		right = c->has_tags = is_text(bytes, len, &c->seen.tags);
	return right ? ERR_OK : fail(path, "does not agree with the members before it", e);
}

static int take_member(void *ctx, const char *name, const char *bytes, size_t len, struct err *e)
{
	struct check *c = ctx;
	const char *slash = strchr(name, '/');
	if (!slash)
		return fail(name, "outside of the bag's folder", e);
	if (!c->top)
		c->top = mem_strndup(name, (size_t)(slash - name));
	if (strncmp(name, c->top, strlen(c->top)) != 0 || name[strlen(c->top)] != '/')
		return fail(name, "outside of the bag's folder", e);
	const char *path = slash + 1;
	c->members++;
	int rc = strncmp(path, "data/", 5) == 0 ? take_payload(c, path, bytes, len, e) : take_tag(c, path, bytes, len, e);
	c->seen.name = c->top;
	return rc ? rc : archive_bag_add(&c->seen, path, bytes, len, e);
}

static int check_whole(struct check *c, const char *path, struct err *e)
{
	if (!c->has_bagit || !c->has_info || !c->has_manifest || !c->has_tags)
		return err_set(e, ERR_LEDGER, "%s: a file that a bag must have is missing", path);
	if (c->step != STEP_NONE || !c->has_first)
		return err_set(e, ERR_LEDGER, "%s: holds no whole record", path);
	return ERR_OK;
}

void archive_facts_release(struct archive_facts *f)
{
	archive_keys_release(&f->keys);
	free(f->signers);
	free(f->heads);
	free(f->info);
	free(f->name);
	*f = (struct archive_facts){ .records = 0 };
}

/* What was read goes over to facts, but for what only the check itself needs. */
static void hand_over(struct check *c, struct archive_facts *out)
{
	c->facts.name = c->top;
	c->facts.keys = c->keys;
	c->facts.members = c->members;
	c->facts.size = c->first.size;
	c->facts.root = c->first.root;
	clear_entry(c);
	archive_bag_release(&c->seen);
	buf_release(&c->message);
	*out = c->facts;
}

/* What is no archive at all is first of all not the one that was asked for. */
static int compare_hash(int fd, const char *path, const struct hash *expected, int rc, struct check *c, struct err *e)
{
	if (rc && expected && archive_hash_fd(fd, path, &c->facts.hash, &c->facts.bytes, NULL))
		return rc;
	if (!expected || hash_is_equal(&c->facts.hash, expected))
		return rc;
	return err_set(e, ERR_LEDGER, "%s: not the archive of that digest", path);
}

/* A signature comes before what was found wrong behind it. */
static int read_archive(struct check *c, int fd, const char *path, const struct hash *expected, struct err *e)
{
	struct err forged = ERR_INIT;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", path);
	c->facts.bytes = (uint64_t)st.st_size;
	int rc = tar_read_fd(fd, path, ARCHIVE_MEMBER_MAX, take_member, c, &c->facts.hash, e);
	if (check_signatures(c, &forged)) {
		rc = (int)forged.code;
		if (e)
			*e = forged;
	}
	rc = compare_hash(fd, path, expected, rc, c, e);
	return rc ? rc : check_whole(c, path, e);
}

static int check_fd(int fd, const char *path, const struct hash *expected, struct archive_seals *seals,
                    struct archive_facts *out, struct archive_traces *out_traces, struct err *e)
{
	struct archive_traces traces = { .blobs_count = 0 };
	struct archive_facts facts;
	struct check c = { .step = STEP_NONE, .traces = out_traces ? &traces : NULL, .seals = seals };
	int rc = read_archive(&c, fd, path, expected, e);
	hand_over(&c, &facts);
	if (rc) {
		archive_facts_release(&facts);
		archive_traces_release(&traces);
		return rc;
	}
	*out = facts;
	archive_traces_sort(&traces);
	if (out_traces)
		*out_traces = traces;
	return ERR_OK;
}

int archive_check_fd(int fd, const char *path, const struct hash *expected, struct archive_facts *out,
                     struct archive_traces *out_traces, struct err *e)
{
	struct archive_seals seals;
	archive_seals_init(&seals);
	int rc = check_fd(fd, path, expected, &seals, out, out_traces, e);
	archive_seals_release(&seals);
	return rc;
}

int archive_check_written(const char *path, const struct hash *expected, struct archive_seals *seals,
                          struct archive_traces *out_traces, struct err *e)
{
	struct archive_facts facts;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = check_fd(fd, path, expected, seals, &facts, out_traces, e);
	close(fd);
	if (!rc)
		archive_facts_release(&facts);
	return rc;
}

int archive_check(const char *path, const struct hash *expected, struct archive_traces *out_traces, struct err *e)
{
	struct archive_seals seals;
	archive_seals_init(&seals);
	int rc = archive_check_written(path, expected, &seals, out_traces, e);
	archive_seals_release(&seals);
	return rc;
}
