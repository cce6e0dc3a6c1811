/*
 * What tests/bench/dispose measures, with the rooms in one process: ledgers that the real append path made, and the
 * steps of a disposal with the time that each took. Days are those that the command names; the seconds measured are the
 * machine's. Entries are signed in this process by the store's own key, since an agent would take most of the time.
 *
 *   disposal make STORE RULEBOOK SCHEMAS           a store; appoints taro, hanako, jiro
 *   disposal fill STORE YEAR SLIPS MINUTES         a year of records, some on each day; heartbeats where there are none
 *   disposal archive STORE YEAR COPY               plans on 4 January YEAR, writes the archive and moves it to COPY
 *   disposal run STORE YEAR                        plan, proposal, approvals, run on 4 January YEAR; and of the run:
 *                                                  archive, up to its signature; remove, from the certificate to the
 *                                                  entry that says that all is gone: rebuilding, fsck, proof of absence
 *   disposal open STORE                            opens the store
 *
 * Prints "name microseconds" lines.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/random.h"
#include "foreign/pgp.h"
#include "ledger/append.h"
#include "ledger/archive.h"
#include "ledger/dispose.h"
#include "ledger/maintain.h"
#include "model/commit.h"
#include "model/pgpsig.h"

#define DAY_S 86400
#define BATCH 256
#define DAYS 360                         /* of a year, on which something happens */
#define REQUEST_MAX ((size_t)1 << 16)

struct key {
	EVP_PKEY *secret;
	char fpr[LEAF_FPR_LEN + 1];
};

struct office {
	char *dir;
	struct store store;
	struct ledger *ledger;
	struct key entry, archive;
	struct maintain maintain;
	int64_t now;
	int64_t archived, certified, removed;  /* when the signer was asked in a run: what came before was done */
};

static void must(int rc, const struct err *e)
{
	if (!rc)
		return;
	fprintf(stderr, "%s: %s\n", err_word((enum err_code)rc), e->text);
	exit(1);
}

static void give_up(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Keys. */

static size_t read_number(const uint8_t *at, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n = n << 8 | at[i];
	return n;
}

/* The body of the packet at *at (RFC 4880, 4.2), which then stands behind it. */
static const uint8_t *next_packet(const struct buf *b, size_t *at, unsigned *tag, size_t *len)
{
	const uint8_t *p = (const uint8_t *)b->ptr + *at;
	size_t head;
	if (p[0] & 0x40) {
		*tag = p[0] & 0x3f;
		head = p[1] < 192 ? 2 : p[1] < 255 ? 3 : 6;
		*len = head == 2 ? p[1] : head == 3 ? ((size_t)(p[1] - 192) << 8) + p[2] + 192 : read_number(p + 2, 4);
	} else {
		*tag = p[0] >> 2 & 0xf;
		head = 1 + ((size_t)1 << (p[0] & 3));
		*len = read_number(p + 1, head - 1);
	}
	*at += head + *len;
	if (*at > b->len)
		give_up("secret key: cut short");
	return p + head;
}

static size_t read_mpi(const uint8_t *p, uint8_t *out, size_t len)
{
	size_t bytes = (read_number(p, 2) + 7) / 8;
	if (bytes > len)
		give_up("secret key: of another form");
	memset(out, 0, len);
	memcpy(out + len - bytes, p + 2, bytes);
	return 2 + bytes;
}

/* An Ed25519 secret key without a passphrase (RFC 4880, 5.5.3): is it the one with this public key? */
static EVP_PKEY *take_secret(const uint8_t *p, const uint8_t public_key[32])
{
	uint8_t point[33], seed[32];
	const uint8_t *mpi = p + 7 + p[6];
	if (p[0] != 4 || p[5] != 22)
		return NULL;
	mpi += read_mpi(mpi, point, sizeof point);
	if (memcmp(point + 1, public_key, 32) != 0 || *mpi != 0)
		return NULL;
	read_mpi(mpi + 1, seed, sizeof seed);
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
}

static void read_key(struct office *o, const char *fpr, struct key *out)
{
	BUF_CLEANUP struct buf secret = BUF_INIT, armor = BUF_INIT;
	const char *argv[] = { "gpg", "--homedir", o->store.keys, "--batch", "-q", "--export-secret-keys", fpr, NULL };
	const struct proc p = { .argv = argv };
	struct err e = ERR_INIT;
	uint8_t public_key[32];
	unsigned tag;
	size_t len;
	int status;
	must(proc_run(&p, &secret, NULL, &status, &e), &e);
	must(pgp_export(o->store.keys, fpr, &armor, &e), &e);
	must(pgpsig_find_key(armor.ptr, armor.len, fpr, public_key, &e), &e);
	for (size_t at = 0; at < secret.len && !out->secret;) {
		const uint8_t *body = next_packet(&secret, &at, &tag, &len);
		if (tag == 5 || tag == 7)
			out->secret = take_secret(body, public_key);
	}
	if (!out->secret)
		give_up("secret key: not found");
	strcpy(out->fpr, fpr);
}

static int sign_digest(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	uint8_t signature[64];
	size_t got = sizeof signature;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int ok = EVP_DigestSignInit(c, NULL, NULL, NULL, ctx) == 1 &&
	         EVP_DigestSign(c, signature, &got, digest, len) == 1;
	EVP_MD_CTX_free(c);
	memcpy(r, signature, 32);
	memcpy(s, signature + 32, 32);
	return ok ? ERR_OK : err_set(e, ERR_KEY, "ed25519: can't sign");
}

static int prime(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	(void)ctx, (void)before, (void)raw, (void)len, (void)e;
	return ERR_OK;
}

static int sign_entry(void *ctx, const char *payload, size_t len, struct buf *out, struct err *e)
{
	struct office *o = ctx;
	struct commit commit;
	int rc = commit_parse_payload(payload, len, &commit, e);
	o->certified = o->certified ? o->certified : now_us();
	o->removed = now_us();
	return rc ? rc : pgpsig_make(o->entry.fpr, commit.time, payload, len, sign_digest, o->entry.secret, out, e);
}

static int sign_archive(void *ctx, const char *line, size_t len, struct buf *out, struct err *e)
{
	struct office *o = ctx;
	o->archived = now_us();
	return pgpsig_make(o->archive.fpr, o->now, line, len, sign_digest, o->archive.secret, out, e);
}

/* The store. */

static void open_office(struct office *o, const char *dir)
{
	const struct ledger_signer port = { o, prime, sign_entry, sign_archive, NULL, NULL, NULL };
	struct err e = ERR_INIT;
	*o = (struct office){ .dir = mem_strdup(dir) };
	must(store_open(dir, &o->store, &e), &e);
	must(store_lock(&o->store, &e), &e);
	read_key(o, o->store.entry_fpr, &o->entry);
	read_key(o, o->store.archive_fpr, &o->archive);
	int64_t start = now_us();
	must(ledger_open(&o->store, &port, &o->ledger, &e), &e);
	printf("open %" PRId64 "\n", now_us() - start);
	o->now = o->ledger->chain.time;
}

static void close_office(struct office *o)
{
	maintain_wait(&o->maintain, o->ledger);
	ledger_close(o->ledger);
	pgp_agent_stop(o->store.keys, NULL);
	store_release(&o->store);
	EVP_PKEY_free(o->entry.secret);
	EVP_PKEY_free(o->archive.secret);
	free(o->dir);
}

/* Records. */

static void take_in(struct office *o, const char *kind, const char *body, struct intake *out)
{
	MEM_CLEANUP char *text = mem_printf("{\"kind\":\"%s\",\"unit\":\"hq\",\"body\":%s}", kind, body);
	struct jdoc *faults = NULL;
	struct err e = ERR_INIT;
	struct jdoc *request = jdoc_parse(text, strlen(text), REQUEST_MAX, 0, &e);
	must(request ? 0 : (int)e.code, &e);
	must(intake_parse(o->ledger->rules, request, 1000, "taro", o->now, out, &faults, &e), &e);
	jdoc_free(request);
}

static void append(struct office *o, struct intake *in, size_t count)
{
	struct append_item items[BATCH] = { { .leaf = NULL } };
	struct err e = ERR_INIT;
	for (size_t i = 0; i < count; i++)
		items[i] = (struct append_item){ .leaf = &in[i].leaf, .note = &in[i].note,
			                         .attachments = in[i].attachments, .digest = in[i].digest };
	must(append_batch(o->ledger, items, count, o->now, &e), &e);
	for (size_t i = 0; i < count; i++) {
		must((int)items[i].err.code, &items[i].err);
		intake_release(&in[i]);
	}
	maintain_collect(&o->maintain, o->ledger);
	maintain_start(&o->maintain, o->ledger);
}

static void appoint(struct office *o, const char *login, int number)
{
	MEM_CLEANUP char *body = mem_printf("{\"login\":\"%s\",\"fpr\":\"%040d\",\"role\":\"officer\"}", login, number);
	struct intake *in = mem_alloc(sizeof *in);
	take_in(o, "appointment", body, in);
	append(o, in, 1);
	free(in);
}

static void beat(struct office *o)
{
	struct leaf leaf = { .kind = LEAF_HEARTBEAT, .kind_name = "heartbeat" };
	struct append_item item = { .leaf = &leaf };
	struct err e = ERR_INIT;
	must(append_one(o->ledger, &item, o->now, &e), &e);
	leaf_release(&leaf);
}

/* About as long as a record of an office is. */
static char *make_body(const char *kind, size_t number)
{
	return mem_printf("{\"text\":\"%s %zu: 借用の申出があり、使用の目的及び期間を聴取した上、所属長の承認を得て貸し出した。"
	                  "返却の際は、端末の状態及び付属品の有無を確認し、異状のないことを見届けた。 %zu-%zu\"}",
	                  kind, number, number * 7919 % 10007, number * 104729 % 1299709);
}

/* Of `slips` and `minutes` those that fall on day `day` of DAYS, in batches. */
static void fill_day(struct office *o, int day, size_t slips, size_t minutes)
{
	size_t all = slips + minutes, from = all * (size_t)day / DAYS, to = all * (size_t)(day + 1) / DAYS, n = 0;
	MEM_CLEANUP struct intake *in = mem_array(BATCH, sizeof *in);
	for (size_t i = from; i < to; i++) {
		bool is_slip = i * slips / all != (i + 1) * slips / all;
		const char *kind = is_slip ? "slip" : "minute";
		MEM_CLEANUP char *body = make_body(kind, i);
		take_in(o, kind, body, &in[n++]);
		if (n < BATCH && i + 1 < to)
			continue;
		append(o, in, n);
		n = 0;
	}
	if (from == to)
		beat(o);
}

static int64_t morning(int year, int month, int day)
{
	return date_to_time((struct date){ year, month, day }) + DAY_S / 3;
}

/* Life from the last entry to that morning. */
static void live_to(struct office *o, int64_t to)
{
	while (o->now + DAY_S < to) {
		o->now += DAY_S;
		beat(o);
	}
	o->now = to;
}

static int fill(struct office *o, char **argv)
{
	int year = atoi(argv[0]);
	size_t slips = strtoul(argv[1], NULL, 10), minutes = strtoul(argv[2], NULL, 10);
	live_to(o, morning(year, 1, 2));
	for (int day = 0; day < DAYS; day++, o->now += DAY_S)
		fill_day(o, day, slips, minutes);
	printf("entries %" PRIu64 "\n", o->ledger->chain.size);
	return 0;
}

/* Disposal. */

struct step {
	const char *name;
	int64_t start;
};

static struct step begin(const char *name)
{
	return (struct step){ name, now_us() };
}

static void end(struct step s)
{
	printf("%s %" PRId64 "\n", s.name, now_us() - s.start);
	fflush(stdout);
}

static void act(struct office *o, enum dispose_act act, const struct jdoc *plan, const char *login)
{
	const char *digest = jdoc_get_text(plan, "plan"), *words = act == DISPOSE_PROPOSE ? NULL : "No. 1";
	uint8_t request[NOTE_REQUEST_LEN];
	struct index_person person;
	struct err e = ERR_INIT;
	struct jdoc *said = NULL;
	struct hash hash;
	struct note note;
	struct dispose_about about;
	struct jdoc *state = NULL;
	random_bytes(request, sizeof request);
	if (act != DISPOSE_PROPOSE)
		must(dispose_state(o->ledger, o->now, &state, &e), &e);
	dispose_about_read(act, state ? state : plan, digest, &about);
	jdoc_free(state);
	hash_parse(digest, strlen(digest), &hash);
	must(index_person_by_login(o->ledger->index, login, NULL, &person, &e), &e);
	must(dispose_note(act, &about, words, "hq", request, date_of_time(++o->now), &note, &e), &e);
	random_bytes(note.salt, sizeof note.salt);
	note.uid = 1000;
	strcpy(note.login, login);
	/* Whether it is theirs is judged before the room that is measured here. */
	note.signature = act == DISPOSE_APPROVE ? mem_strdup("AAAA") : NULL;
	must(dispose_act(o->ledger, act, &hash, &note, &person, o->now, &said, &e), &e);
	note_release(&note);
	jdoc_free(said);
}

static int run(struct office *o, char **argv)
{
	struct jdoc *plan = NULL, *said = NULL;
	struct err e = ERR_INIT;
	int64_t count = 0;
	live_to(o, morning(atoi(argv[0]), 1, 4));
	struct step all = begin("all"), s = begin("plan");
	must(dispose_plan(o->ledger, o->now, &plan, &e), &e);
	end(s);
	s = begin("propose");
	act(o, DISPOSE_PROPOSE, plan, "taro");
	end(s);
	s = begin("approve");
	act(o, DISPOSE_APPROVE, plan, "hanako");
	act(o, DISPOSE_APPROVE, plan, "jiro");
	end(s);
	s = begin("run");
	o->certified = 0;
	must(dispose_run(o->ledger, NULL, ++o->now, &said, &e), &e);
	end(s);
	end(all);
	if (o->archived)
		printf("archive %" PRId64 "\n", o->archived - s.start);
	printf("remove %" PRId64 "\n", o->removed - o->certified);
	jdoc_get_integer(said, "count", &count);
	printf("count %" PRId64 "\n", count);
	jdoc_free(plan);
	jdoc_free(said);
	return 0;
}

static int archive(struct office *o, char **argv)
{
	struct hash plan = hash_of(argv[0], strlen(argv[0]));
	struct archive_result made;
	struct history_dues dues;
	struct history *history;
	struct err e = ERR_INIT;
	live_to(o, morning(atoi(argv[0]), 1, 4));
	must(ledger_history(o->ledger, &history, &e), &e);
	const struct archive_basis basis = { .history = history, .size = history_size(history), .time = o->now };
	history_due(history, atoi(argv[0]), 0, &dues);
	struct step s = begin("archive");
	must(archive_write(o->ledger, &basis, &dues, &plan, &made, NULL, &e), &e);
	end(s);
	printf("bytes %" PRIu64 "\n", made.bytes);
	history_dues_release(&dues);
	history_free(history);
	if (rename(made.path, argv[1]) < 0)
		give_up("the archive can't be moved");
	free(made.path);
	return 0;
}

static int only_open(struct office *o, char **argv)
{
	(void)o, (void)argv;
	return 0;
}

static int appoint_all(struct office *o, char **argv)
{
	(void)argv;
	appoint(o, "taro", 1);
	appoint(o, "hanako", 2);
	appoint(o, "jiro", 3);
	return 0;
}

static void make(char **argv)
{
	const struct store_options options = { .origin = "bench.example/register", .rulebook = argv[1],
	                                       .schemas = argv[2] };
	struct store_pins pins;
	struct err e = ERR_INIT;
	must(store_init(argv[0], &options, &pins, &e), &e);
	BUF_CLEANUP struct buf text = BUF_INIT;
	MEM_CLEANUP char *path = mem_printf("%s.pins", argv[0]);
	store_pins_print(&pins, &text);
	must(file_write_durable(path, buf_str(&text), text.len, 0600, &e), &e);
}

static const struct command {
	const char *name;
	int args;                        /* with the store */
	int (*run)(struct office *o, char **argv);
} commands[] = {
	{ "make", 3, appoint_all }, { "fill", 4, fill }, { "archive", 3, archive }, { "run", 2, run },
	{ "open", 1, only_open },
};

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct office o;
	must(repo_library_init(&e), &e);
	must(pgp_library_init(&e), &e);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		const struct command *c = &commands[i];
		if (argc != c->args + 2 || strcmp(argv[1], c->name) != 0)
			continue;
		if (c->run == appoint_all)
			make(argv + 2);
		open_office(&o, argv[2]);
		int rc = c->run(&o, argv + 3);
		close_office(&o);
		return rc;
	}
	give_up("usage: see the head of tests/bench/disposal.c");
}
