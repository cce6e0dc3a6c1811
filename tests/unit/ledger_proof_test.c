/* Proofs of a store with records, made and checked; and the same with something changed in them. */
#include "ledger_fixture.h"

#include "foreign/ed25519.h"
#include "foreign/sqldb.h"
#include "ledger/proof.h"
#include "ledger/proof_check.h"
#include "model/tlog_proof.h"
#include "model/tlog_tile.h"

#define RECORDS 9

static struct fixture *office;
static struct proof_log *whole;
static struct ed25519_key *signer;
static struct tlog_note_key key, witness;
static struct buf note;                        /* of all entries */
static char *dir;                              /* of this group */
static const struct proof_check_options *asked;

static struct tlog_note_key key_of(const char *name, enum tlog_note_type type)
{
	struct tlog_note_key k;
	struct err e = ERR_INIT;
	uint8_t public_key[32];
	ed25519_public(signer, public_key);
	assert_int_equal(tlog_note_key_make(name, type, public_key, &k, &e), ERR_OK);
	return k;
}

static void sign(const struct tlog_note_key *k, int64_t time, const char *text, size_t len, struct buf *out)
{
	BUF_CLEANUP struct buf message = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t sig[64];
	tlog_note_message(k->type, time, text, len, &message);
	assert_int_equal(ed25519_sign(signer, message.ptr, message.len, sig, &e), ERR_OK);
	tlog_note_print_sig(k, time, sig, out);
}

/* A signed checkpoint of these many entries. */
static void print_note(const struct proof_log *l, uint64_t size, const struct tlog_note_key *k, struct buf *out)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct tlog_checkpoint c;
	struct err e = ERR_INIT;
	assert_int_equal(proof_log_checkpoint(l, size, &c, &e), ERR_OK);
	tlog_checkpoint_print(&c, &text);
	buf_clear(out);
	buf_printf(out, "%s\n", buf_str(&text));
	sign(k, 0, text.ptr, text.len, out);
}

static int make_office(void **state)
{
	void *made = NULL;
	struct err e = ERR_INIT;
	make_template(state);
	set_up(&made);
	office = made;
	for (int i = 0; i < RECORDS; i++)
		put(office, "training", NULL, 0);
	dir = make_dir();
	MEM_CLEANUP char *path = file_path(dir, "key.pem");
	if (ed25519_create(path, &signer, &e) || proof_log_read(office->dir, &whole, &e))
		give_up("proof", &e);
	key = key_of(ORIGIN, TLOG_NOTE_ED25519);
	witness = key_of("witness.example/w1", TLOG_NOTE_COSIGNATURE);
	print_note(whole, proof_log_size(whole), &key, &note);
	return 0;
}

static int drop_office(void **state)
{
	void *made = office;
	buf_release(&note);
	proof_log_free(whole);
	ed25519_free(signer);
	file_remove_tree(dir, NULL);
	free(dir);
	tear_down(&made);
	return remove_template(state);
}

static void reads_what_the_daemon_would_sign(void **state)
{
	struct tlog_checkpoint c;
	struct err e = ERR_INIT;
	struct hash root = merkle_root(&office->ledger->chain.frontier);
	(void)state;
	assert_int_equal(proof_log_size(whole), RECORDS + 1);
	assert_string_equal(proof_log_origin(whole), ORIGIN);
	assert_int_equal(proof_log_checkpoint(whole, RECORDS + 1, &c, &e), ERR_OK);
	assert_string_equal(c.origin, ORIGIN);
	assert_true(hash_is_equal(&c.root, &root));
	assert_int_equal(proof_log_checkpoint(whole, RECORDS + 2, &c, &e), ERR_NOTFOUND);
}

static void reads_a_clone_and_its_memory_of_where_it_came_from(void **state)
{
	struct fixture *f = office;
	struct proof_log *l;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *clone = file_path(dir, "clone"), *none = file_path(dir, "none");
	(void)state;
	assert_int_equal(run_git(f, NULL, "clone", "-q", "--no-checkout", "ledger.git", clone, NULL), 0);
	assert_int_equal(proof_log_read(clone, &l, &e), ERR_OK);
	assert_int_equal(proof_log_size(l), RECORDS + 1);
	proof_log_free(l);
	assert_int_equal(run_git(f, NULL, "-C", clone, "update-ref", "-d", "refs/heads/ledger", NULL), 0);
	assert_int_equal(proof_log_read(clone, &l, &e), ERR_OK);
	assert_int_equal(proof_log_size(l), RECORDS + 1);
	proof_log_free(l);
	assert_int_equal(proof_log_read(none, &l, &e), ERR_NOTFOUND);
}

/* The index of the store, of which its commits are the judge. */

static void change_index(const char *sql)
{
	MEM_CLEANUP char *path = file_path(office->dir, "index.db");
	struct err e = ERR_INIT;
	struct sqldb *db = sqldb_open(path, &e);
	if (!db || sqldb_script(db, sql, &e))
		give_up("index", &e);
	sqldb_close(db);
}

static void assert_reads_the_whole_log(void)
{
	BUF_CLEANUP struct buf ours = BUF_INIT, theirs = BUF_INIT;
	struct tlog_checkpoint a, b;
	struct proof_log *l;
	struct err e = ERR_INIT;
	assert_int_equal(proof_log_read(office->dir, &l, &e), ERR_OK);
	assert_int_equal(proof_log_size(l), RECORDS + 1);
	assert_string_equal(proof_log_origin(l), ORIGIN);
	for (uint64_t size = 0; size <= RECORDS + 1; size++) {
		assert_int_equal(proof_log_checkpoint(whole, size, &a, &e), ERR_OK);
		assert_int_equal(proof_log_checkpoint(l, size, &b, &e), ERR_OK);
		assert_true(hash_is_equal(&a.root, &b.root));
	}
	assert_int_equal(proof_make(whole, 2, note.ptr, note.len, NULL, &ours, &e), ERR_OK);
	assert_int_equal(proof_make(l, 2, note.ptr, note.len, NULL, &theirs, &e), ERR_OK);
	assert_string_equal(buf_str(&ours), buf_str(&theirs));
	proof_log_free(l);
}

static void reads_on_from_an_index_that_is_behind_or_not_of_these_entries(void **state)
{
	static const char *const changes[] = {
		"DELETE FROM entry WHERE seq >= 7",                                        /* behind */
		("INSERT INTO entry SELECT 10, zeroblob(20), time, kind, year, unit, record, leaf, 0, NULL, NULL, 0, 0 "
		 "FROM entry WHERE seq = 9"),                                              /* ahead */
		"UPDATE entry SET leaf = zeroblob(32) WHERE seq = 4", "DELETE FROM entry WHERE seq = 4",
		"UPDATE entry SET leaf = zeroblob(32) WHERE seq = 9", "UPDATE entry SET oid = zeroblob(20) WHERE seq = 9",
		"UPDATE entry SET leaf = x'00' WHERE seq = 4", "UPDATE entry SET oid = zeroblob(20) WHERE seq = 0",
		"DELETE FROM entry", "UPDATE state SET value = 99 WHERE name = 'schema'",
	};
	(void)state;
	change_index("CREATE TABLE kept AS SELECT * FROM entry; CREATE TABLE kept_state AS SELECT * FROM state");
	assert_reads_the_whole_log();
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		change_index(changes[i]);
		assert_reads_the_whole_log();
		change_index("DELETE FROM entry; INSERT INTO entry SELECT * FROM kept;"
		             "DELETE FROM state; INSERT INTO state SELECT * FROM kept_state");
	}
}

static void proves_nothing_by_a_commit_that_the_index_confuses_with_another(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT;
	struct proof_log *l;
	struct err e = ERR_INIT;
	(void)state;
	change_index("UPDATE entry SET oid = (SELECT oid FROM entry WHERE seq = 3) WHERE seq = 2");
	assert_int_equal(proof_log_read(office->dir, &l, &e), ERR_OK);
	assert_int_equal(proof_make(l, 2, note.ptr, note.len, NULL, &proof, &e), ERR_LEDGER);
	assert_int_equal(proof.len, 0);
	assert_int_equal(proof_make(l, 3, note.ptr, note.len, NULL, &proof, &e), ERR_OK);
	proof_log_free(l);
	change_index("UPDATE entry SET oid = (SELECT oid FROM kept WHERE seq = 2) WHERE seq = 2;"
	             "DROP TABLE kept; DROP TABLE kept_state");
}

/* Checking. */

static const struct proof_check_options pinned = { .log = &key, .until = TLOG_NOTE_TIME_MAX };

static enum verdict check_doc(const struct buf *proof, struct jdoc **out)
{
	enum verdict v = VERDICT_INVALID;
	struct err e = ERR_INIT;
	if (proof_check(buf_str(proof), proof->len, asked ? asked : &pinned, out, &v, &e))
		give_up("proof_check", &e);
	assert_string_equal(jdoc_get_text(*out, "verdict"), verdict_word(v));
	assert_int_equal(jdoc_size(jdoc_get(*out, "findings")) > 0, v != VERDICT_VALID);
	return v;
}

static enum verdict check(const struct buf *proof)
{
	struct jdoc *d;
	enum verdict v = check_doc(proof, &d);
	jdoc_free(d);
	return v;
}

static void make(uint64_t seq, const struct buf *record, struct buf *out)
{
	struct err e = ERR_INIT;
	buf_clear(out);
	if (proof_make(whole, seq, note.ptr, note.len, record, out, &e))
		give_up("proof_make", &e);
}

static const char *state_of(const struct jdoc *d, const char *part)
{
	const char *state = jdoc_get_text(jdoc_get(d, part), "state");
	return state ? state : "";
}

static void proves_every_entry_with_and_without_its_record(void **state)
{
	(void)state;
	for (uint64_t seq = 0; seq <= RECORDS; seq++) {
		BUF_CLEANUP struct buf proof = BUF_INIT, record = BUF_INIT;
		struct jdoc *d;
		struct err e = ERR_INIT;
		int64_t index = -1;
		int rc = proof_record(whole, seq, &record, &e);
		assert_int_equal(rc, seq ? ERR_OK : ERR_NOTFOUND);
		make(seq, NULL, &proof);
		assert_int_equal(check_doc(&proof, &d), VERDICT_VALID);
		assert_true(jdoc_get_integer(d, "index", &index) && index == (int64_t)seq);
		assert_string_equal(state_of(d, "record"), seq ? "absent" : "none");
		assert_string_equal(state_of(d, "commit"), "good");
		assert_string_equal(state_of(d, "checkpoint"), "good");
		assert_string_equal(jdoc_get_text(jdoc_get(d, "commit"), "fpr"), office->pins.fpr);
		jdoc_free(d);
		if (!seq)
			continue;
		make(seq, &record, &proof);
		assert_int_equal(check_doc(&proof, &d), VERDICT_VALID);
		assert_string_equal(state_of(d, "record"), "present");
		jdoc_free(d);
	}
}

/* The proof taken apart and put together again with a member of its extra data changed; value NULL takes it away. */
static void change(const struct buf *from, const char *member, const char *value, struct buf *out)
{
	struct tlog_proof p;
	struct err e = ERR_INIT;
	assert_int_equal(tlog_proof_parse(from->ptr, from->len, &p, &e), ERR_OK);
	struct jdoc *extra = jdoc_parse(p.extra.ptr, p.extra.len, TLOG_PROOF_MAX, 0, &e), *changed = jdoc_object();
	static const char *const members[] = { "commit", "format", "key", "leaf", "record" };
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		bool is_it = strcmp(members[i], member) == 0;
		const char *text = is_it ? value : jdoc_get_text(extra, members[i]);
		if (text)
			jdoc_set_string(changed, members[i], text);
	}
	buf_clear(&p.extra);
	jdoc_print(changed, &p.extra);
	buf_clear(out);
	tlog_proof_print(&p, out);
	jdoc_free(extra);
	jdoc_free(changed);
	tlog_proof_release(&p);
}

static char *member_of(const struct buf *proof, const char *member)
{
	struct tlog_proof p;
	struct err e = ERR_INIT;
	assert_int_equal(tlog_proof_parse(proof->ptr, proof->len, &p, &e), ERR_OK);
	struct jdoc *extra = jdoc_parse(p.extra.ptr, p.extra.len, TLOG_PROOF_MAX, 0, &e);
	char *text = mem_strdup(jdoc_get_text(extra, member));
	jdoc_free(extra);
	tlog_proof_release(&p);
	return text;
}

static void refuses_a_proof_with_another_leaf_record_or_commit(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, other = BUF_INIT, record = BUF_INIT, changed = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(proof_record(whole, 4, &record, &e), ERR_OK);
	make(4, &record, &proof);
	make(5, NULL, &other);
	MEM_CLEANUP char *leaf = member_of(&other, "leaf"), *commit = member_of(&other, "commit");
	MEM_CLEANUP char *own = member_of(&proof, "commit");
	change(&proof, "leaf", leaf, &changed);
	assert_int_equal(check(&changed), VERDICT_INVALID);
	change(&proof, "commit", commit, &changed);
	assert_int_equal(check(&changed), VERDICT_INVALID);
	change(&proof, "record", "another\n", &changed);
	assert_int_equal(check(&changed), VERDICT_INVALID);
	char *tree = strstr(own, "tree ") + 5;
	*tree = *tree == '0' ? '1' : '0';
	change(&proof, "commit", own, &changed);
	assert_int_equal(check(&changed), VERDICT_INVALID);
	change(&proof, "record", NULL, &changed);
	assert_int_equal(check(&changed), VERDICT_VALID);
}

static void refuses_a_proof_whose_key_has_a_changed_character(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, changed = BUF_INIT;
	(void)state;
	make(4, NULL, &proof);
	MEM_CLEANUP char *armor = member_of(&proof, "key");
	const size_t len = strlen(armor);
	for (size_t i = 0; i < len; i++) {
		const char was = armor[i];
		armor[i] = was == 'A' ? 'B' : 'A';
		change(&proof, "key", armor, &changed);
		assert_int_equal(check(&changed), VERDICT_INVALID);
		armor[i] = was;
	}
	MEM_CLEANUP char *more = mem_printf("%sand more\n", armor);
	change(&proof, "key", more, &changed);
	assert_int_equal(check(&changed), VERDICT_INVALID);
}

static void names_no_signer_whose_signature_it_has_not_checked(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, changed = BUF_INIT, forged = BUF_INIT;
	struct jdoc *d;
	(void)state;
	make(4, NULL, &proof);
	MEM_CLEANUP char *own = member_of(&proof, "commit");
	char *tree = strstr(own, "tree ") + 5;
	*tree = *tree == '0' ? '1' : '0';
	change(&proof, "commit", own, &forged);
	assert_int_equal(check_doc(&forged, &d), VERDICT_INVALID);
	assert_string_equal(state_of(d, "commit"), "bad");
	assert_null(jdoc_get(jdoc_get(d, "commit"), "fpr"));
	jdoc_free(d);
	change(&forged, "key", NULL, &changed);
	assert_int_equal(check_doc(&changed, &d), VERDICT_VALID);
	assert_string_equal(state_of(d, "commit"), "unchecked");
	assert_null(jdoc_get(jdoc_get(d, "commit"), "fpr"));
	assert_null(jdoc_get(jdoc_get(d, "commit"), "pinned"));
	jdoc_free(d);
}

static void compares_the_checkpoint_with_what_is_known(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, old = BUF_INIT, step = BUF_INIT;
	struct proof_check_options o = pinned;
	struct policy_checkpoint seen = { .is_known = true };
	struct tlog_checkpoint first;
	struct tlog_checkpoint_request q;
	struct tlog_note n;
	struct err e = ERR_INIT;
	struct jdoc *d;
	enum verdict v;
	(void)state;
	o.seen = &seen;
	o.seen_count = 1;
	asked = &o;
	make(3, NULL, &proof);
	print_note(whole, 4, &key, &old);
	assert_int_equal(tlog_checkpoint_read(old.ptr, old.len, &n, &first, &e), ERR_OK);
	assert_int_equal(proof_consistency(whole, 4, RECORDS + 1, &q, &e), ERR_OK);
	q.note = note.ptr;
	q.note_len = note.len;
	tlog_checkpoint_request_print(&q, &step);
	for (int is_last = 0; is_last < 2; is_last++) {
		assert_int_equal(proof_log_checkpoint(whole, is_last ? RECORDS + 1 : 4, &seen.text, &e), ERR_OK);
		for (int is_other = 0; is_other < 2; is_other++) {
			seen.text.root.b[0] ^= (uint8_t)is_other;
			assert_int_equal(check(&proof), is_other && is_last ? VERDICT_DIVERGED : VERDICT_VALID);
			assert_int_equal(proof_check_consistency(&first, &n, step.ptr, step.len, &o, &d, &v, &e), ERR_OK);
			assert_int_equal(v, is_other ? VERDICT_DIVERGED : VERDICT_VALID);
			jdoc_free(d);
		}
	}
	seen.is_known = false;
	assert_int_equal(check(&proof), VERDICT_VALID);
	asked = NULL;
}

static void refuses_a_proof_with_any_line_changed(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, printed = BUF_INIT;
	struct tlog_proof p;
	struct err e = ERR_INIT;
	(void)state;
	make(4, NULL, &proof);
	assert_int_equal(tlog_proof_parse(proof.ptr, proof.len, &p, &e), ERR_OK);
	for (size_t i = 0; i < p.path_count; i++) {
		p.path[i].b[7] ^= 4;
		buf_clear(&printed);
		tlog_proof_print(&p, &printed);
		assert_int_equal(check(&printed), VERDICT_INVALID);
		p.path[i].b[7] ^= 4;
	}
	p.index = 3;
	buf_clear(&printed);
	tlog_proof_print(&p, &printed);
	assert_int_equal(check(&printed), VERDICT_INVALID);
	tlog_proof_release(&p);
}

static bool is_same(const struct jdoc *a, const struct jdoc *b, const char *part)
{
	return jdoc_is_equal(jdoc_get(jdoc_get(a, part), "text"), jdoc_get(jdoc_get(b, part), "text"));
}

/* What nothing vouches for (the armor of a key) may change; what is said of the ledger may not. */
static void proves_nothing_else_whatever_byte_is_changed(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, record = BUF_INIT;
	struct jdoc *whole_doc;
	struct err e = ERR_INIT;
	size_t valid = 0;
	(void)state;
	assert_int_equal(proof_record(whole, 4, &record, &e), ERR_OK);
	make(4, &record, &proof);
	assert_int_equal(check_doc(&proof, &whole_doc), VERDICT_VALID);
	for (size_t i = 0; i < proof.len; i++) {
		struct jdoc *d = NULL;
		enum verdict v = VERDICT_INVALID;
		proof.ptr[i] ^= (char)(1 << i % 7);
		if (!proof_check(proof.ptr, proof.len, &pinned, &d, &v, &e) && v == VERDICT_VALID) {
			valid++;
			assert_true(is_same(d, whole_doc, "leaf") && is_same(d, whole_doc, "record"));
			assert_true(jdoc_is_equal(jdoc_get(d, "index"), jdoc_get(whole_doc, "index")));
			assert_string_equal(state_of(d, "commit"), "good");
		}
		jdoc_free(d);
		proof.ptr[i] ^= (char)(1 << i % 7);
	}
	assert_in_range(valid, 0, proof.len / 2);
	jdoc_free(whole_doc);
}

static void demands_that_a_trusted_key_has_signed_the_checkpoint(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT;
	struct err e = ERR_INIT;
	struct tlog_note_key stranger = key;
	struct proof_check_options o = pinned;
	enum verdict v;
	struct jdoc *d;
	(void)state;
	make(2, NULL, &proof);
	o.log = &stranger;
	asked = &o;
	stranger.id ^= 1;
	assert_int_equal(check(&proof), VERDICT_INCOMPLETE);
	stranger = key;
	stranger.public_key[0] ^= 1;
	assert_int_equal(check(&proof), VERDICT_INVALID);
	stranger = key_of("other.example/register", TLOG_NOTE_ED25519);
	assert_int_equal(check(&proof), VERDICT_DIVERGED);
	o.log = NULL;
	assert_int_equal(proof_check(proof.ptr, proof.len, &o, &d, &v, &e), ERR_USAGE);
	asked = NULL;
}

static void tells_another_ledger_by_its_first_entry(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT;
	struct proof_check_options o = pinned;
	struct hash genesis = office->pins.genesis;
	(void)state;
	o.genesis = &genesis;
	asked = &o;
	for (uint64_t seq = 0; seq < 2; seq++) {
		make(seq, NULL, &proof);
		assert_int_equal(check(&proof), VERDICT_VALID);
		genesis.b[0] ^= 1;
		assert_int_equal(check(&proof), VERDICT_DIVERGED);
		genesis.b[0] ^= 1;
	}
	asked = NULL;
}

static void asks_for_the_witnesses_of_a_policy(void **state)
{
	BUF_CLEANUP struct buf policy = BUF_INIT, log = BUF_INIT, w = BUF_INIT, proof = BUF_INIT, cosigned = BUF_INIT;
	struct proof_check_options o = { .until = TLOG_NOTE_TIME_MAX };
	struct tlog_policy *p;
	struct err e = ERR_INIT;
	(void)state;
	tlog_note_key_print(&key, &log);
	tlog_note_key_print(&witness, &w);
	buf_printf(&policy, "log %s\nwitness w %s\nquorum w\n", buf_str(&log), buf_str(&w));
	assert_int_equal(tlog_policy_parse(policy.ptr, policy.len, &p, &e), ERR_OK);
	o.policy = p;
	asked = &o;
	make(3, NULL, &proof);
	assert_int_equal(check(&proof), VERDICT_UNWITNESSED);
	size_t text_len = (size_t)(strstr(note.ptr, "\n\n") - note.ptr) + 1;
	buf_add(&cosigned, note.ptr, note.len);
	sign(&witness, 1800000000, note.ptr, text_len, &cosigned);
	buf_clear(&proof);
	assert_int_equal(proof_make(whole, 3, cosigned.ptr, cosigned.len, NULL, &proof, &e), ERR_OK);
	assert_int_equal(check(&proof), VERDICT_VALID);
	o.since = 1800000001;
	assert_int_equal(check(&proof), VERDICT_UNWITNESSED);
	o.since = 0;
	buf_clear(&cosigned);
	buf_add(&cosigned, note.ptr, note.len);
	sign(&witness, 1800000000, note.ptr, text_len - 1, &cosigned);
	buf_clear(&proof);
	assert_int_equal(proof_make(whole, 3, cosigned.ptr, cosigned.len, NULL, &proof, &e), ERR_OK);
	assert_int_equal(check(&proof), VERDICT_INVALID);
	asked = NULL;
	tlog_policy_free(p);
}

static void refuses_bytes_that_are_no_proof_of_a_ledger(void **state)
{
	BUF_CLEANUP struct buf proof = BUF_INIT, changed = BUF_INIT;
	struct err e = ERR_INIT;
	struct jdoc *d;
	enum verdict v;
	(void)state;
	make(2, NULL, &proof);
	change(&proof, "format", "daicho.proof.v2", &changed);
	assert_int_equal(proof_check(changed.ptr, changed.len, &pinned, &d, &v, &e), ERR_SYNTAX);
	change(&proof, "leaf", NULL, &changed);
	assert_int_equal(proof_check(changed.ptr, changed.len, &pinned, &d, &v, &e), ERR_SYNTAX);
	change(&proof, "leaf", "loan\n", &changed);
	assert_int_equal(proof_check(changed.ptr, changed.len, &pinned, &d, &v, &e), ERR_SYNTAX);
	for (size_t len = 0; len < proof.len; len += 31)
		assert_int_not_equal(proof_check(proof.ptr, len, &pinned, &d, &v, &e), ERR_OK);
}

static void makes_no_proof_for_a_checkpoint_of_another_history(void **state)
{
	BUF_CLEANUP struct buf out = BUF_INIT, changed = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(proof_make(whole, RECORDS + 1, note.ptr, note.len, NULL, &out, &e), ERR_NOTFOUND);
	print_note(whole, 3, &key, &changed);
	assert_int_equal(proof_make(whole, 3, changed.ptr, changed.len, NULL, &out, &e), ERR_NOTFOUND);
	*strchr(changed.ptr, '3') = '4';
	assert_int_equal(proof_make(whole, 2, changed.ptr, changed.len, NULL, &out, &e), ERR_LEDGER);
	buf_clear(&changed);
	buf_add(&changed, note.ptr, note.len);
	changed.ptr[0]++;
	assert_int_equal(proof_make(whole, 2, changed.ptr, changed.len, NULL, &out, &e), ERR_LEDGER);
	assert_int_equal(out.len, 0);
}

static void proves_that_each_checkpoint_goes_on_from_each_before_it(void **state)
{
	BUF_CLEANUP struct buf old = BUF_INIT, new = BUF_INIT, out = BUF_INIT;
	struct tlog_checkpoint_request q;
	struct tlog_checkpoint point;
	struct tlog_note n_old;
	struct err e = ERR_INIT;
	(void)state;
	for (uint64_t n = 1; n <= RECORDS + 1; n++)
		for (uint64_t m = 1; m <= n; m++) {
			struct jdoc *d;
			enum verdict v;
			print_note(whole, m, &key, &old);
			assert_int_equal(tlog_checkpoint_read(old.ptr, old.len, &n_old, &point, &e), ERR_OK);
			print_note(whole, n, &key, &new);
			assert_int_equal(proof_consistency(whole, m, n, &q, &e), ERR_OK);
			q.note = new.ptr;
			q.note_len = new.len;
			buf_clear(&out);
			tlog_checkpoint_request_print(&q, &out);
			assert_int_equal(proof_check_consistency(&point, &n_old, out.ptr, out.len, &pinned, &d, &v, &e), ERR_OK);
			assert_int_equal(v, VERDICT_VALID);
			jdoc_free(d);
			if (!q.proof_count)
				continue;
			q.proof[q.proof_count - 1].b[0] ^= 1;
			buf_clear(&out);
			tlog_checkpoint_request_print(&q, &out);
			assert_int_equal(proof_check_consistency(&point, NULL, out.ptr, out.len, &pinned, &d, &v, &e), ERR_OK);
			assert_int_equal(v, VERDICT_INVALID);
			jdoc_free(d);
		}
	assert_int_equal(proof_consistency(whole, 3, 2, &q, &e), ERR_NOTFOUND);
	assert_int_equal(proof_consistency(whole, 1, RECORDS + 2, &q, &e), ERR_NOTFOUND);
}

/* Export. */

static void expect_file(const char *folder, const char *name, struct buf *out)
{
	MEM_CLEANUP char *path = file_path(folder, name);
	struct err e = ERR_INIT;
	buf_clear(out);
	if (file_read(path, (size_t)1 << 24, out, &e))
		give_up(name, &e);
}

static void exports_the_log_and_what_is_new_of_it(void **state)
{
	BUF_CLEANUP struct buf early = BUF_INIT, file = BUF_INIT, bundle = BUF_INIT;
	MEM_CLEANUP char *folder = file_path(dir, "export"), *tile = file_path(folder, "tile/0/000.p/4");
	struct err e = ERR_INIT;
	(void)state;
	print_note(whole, 4, &key, &early);
	assert_int_equal(proof_export(whole, early.ptr, early.len, folder, &e), ERR_OK);
	expect_file(folder, "checkpoint", &file);
	assert_string_equal(buf_str(&file), buf_str(&early));
	expect_file(folder, "tile/0/000.p/4", &file);
	assert_int_equal(file.len, 4 * 32);
	assert_memory_equal(file.ptr, office->pins.genesis.b, 32);
	assert_int_equal(proof_export(whole, note.ptr, note.len, folder, &e), ERR_OK);
	expect_file(folder, "checkpoint", &file);
	assert_string_equal(buf_str(&file), buf_str(&note));
	expect_file(folder, "tile/0/000.p/10", &file);
	expect_file(folder, "tile/entries/000.p/10", &bundle);
	size_t at = 0;
	for (size_t i = 0; i <= RECORDS; i++) {
		const uint8_t *b = (const uint8_t *)bundle.ptr + at;
		size_t len = (size_t)b[0] << 8 | b[1];
		struct hash hash = hash_of2(0, b + 2, len);
		assert_memory_equal(file.ptr + i * 32, hash.b, 32);
		at += 2 + len;
	}
	assert_int_equal(at, bundle.len);
	assert_true(file_exists(tile));
	assert_int_equal(proof_export(whole, note.ptr, note.len, folder, &e), ERR_OK);
	assert_int_equal(proof_export(whole, early.ptr, early.len, folder, &e), ERR_CONFLICT);
}

static void exports_nothing_over_another_history_or_other_files(void **state)
{
	BUF_CLEANUP struct buf early = BUF_INIT, file = BUF_INIT;
	MEM_CLEANUP char *folder = file_path(dir, "other"), *point = file_path(folder, "checkpoint");
	MEM_CLEANUP char *tile = file_path(folder, "tile/0/000.p/4"), *strange = file_path(dir, "strange");
	MEM_CLEANUP char *stray = file_path(strange, "notes.txt");
	struct err e = ERR_INIT;
	(void)state;
	print_note(whole, 4, &key, &early);
	assert_int_equal(proof_export(whole, early.ptr, early.len, folder, &e), ERR_OK);
	assert_int_equal(file_write_durable(tile, "x", 1, 0600, &e), ERR_OK);
	assert_int_equal(proof_export(whole, early.ptr, early.len, folder, &e), ERR_LEDGER);
	char *size = strstr(early.ptr, "\n4\n");
	size[1] = '3';
	assert_int_equal(file_write_durable(point, early.ptr, early.len, 0600, &e), ERR_OK);
	assert_int_equal(proof_export(whole, note.ptr, note.len, folder, &e), ERR_LEDGER);
	expect_file(folder, "checkpoint", &file);
	assert_string_equal(buf_str(&file), buf_str(&early));
	assert_int_equal(file_mkdir(strange, 0700, &e), ERR_OK);
	assert_int_equal(file_write_durable(stray, "x", 1, 0600, &e), ERR_OK);
	assert_int_equal(proof_export(whole, note.ptr, note.len, strange, &e), ERR_CONFLICT);
}

/* A killed export leaves tiles and no checkpoint; what is half there is written anew. */
static void goes_on_with_an_export_that_was_begun(void **state)
{
	BUF_CLEANUP struct buf file = BUF_INIT;
	MEM_CLEANUP char *folder = file_path(dir, "begun"), *point = file_path(folder, "checkpoint");
	MEM_CLEANUP char *tile = file_path(folder, "tile/0/000.p/10");
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(proof_export(whole, note.ptr, note.len, folder, &e), ERR_OK);
	assert_int_equal(unlink(point), 0);
	assert_int_equal(file_write_durable(tile, "half", 4, 0600, &e), ERR_OK);
	assert_int_equal(proof_export(whole, note.ptr, note.len, folder, &e), ERR_OK);
	expect_file(folder, "tile/0/000.p/10", &file);
	assert_int_equal(file.len, 320);
	assert_true(file_exists(point));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_daemon_would_sign),
		cmocka_unit_test(reads_a_clone_and_its_memory_of_where_it_came_from),
		cmocka_unit_test(reads_on_from_an_index_that_is_behind_or_not_of_these_entries),
		cmocka_unit_test(proves_nothing_by_a_commit_that_the_index_confuses_with_another),
		cmocka_unit_test(proves_every_entry_with_and_without_its_record),
		cmocka_unit_test(refuses_a_proof_with_another_leaf_record_or_commit),
		cmocka_unit_test(refuses_a_proof_whose_key_has_a_changed_character),
		cmocka_unit_test(names_no_signer_whose_signature_it_has_not_checked),
		cmocka_unit_test(compares_the_checkpoint_with_what_is_known),
		cmocka_unit_test(refuses_a_proof_with_any_line_changed),
		cmocka_unit_test(proves_nothing_else_whatever_byte_is_changed),
		cmocka_unit_test(demands_that_a_trusted_key_has_signed_the_checkpoint),
		cmocka_unit_test(tells_another_ledger_by_its_first_entry),
		cmocka_unit_test(asks_for_the_witnesses_of_a_policy),
		cmocka_unit_test(refuses_bytes_that_are_no_proof_of_a_ledger),
		cmocka_unit_test(makes_no_proof_for_a_checkpoint_of_another_history),
		cmocka_unit_test(proves_that_each_checkpoint_goes_on_from_each_before_it),
		cmocka_unit_test(exports_the_log_and_what_is_new_of_it),
		cmocka_unit_test(exports_nothing_over_another_history_or_other_files),
		cmocka_unit_test(goes_on_with_an_export_that_was_begun),
	};
	return cmocka_run_group_tests_name("ledger/proof", tests, make_office, drop_office);
}
