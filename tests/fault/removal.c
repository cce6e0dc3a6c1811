/* Removal: an approved disposal, by each measure, to its end. run: archive. wrap: the archive encrypted to a custodian.
 * destroy: without an archive. transfer: the package, its receipt, and the rest. dated: destroyed, by a certificate
 * that carries a cosigned checkpoint. trim: archived, and the blocks of what went given back to the disk. */
#include "removal.h"

#include "dating.h"
#include "life.h"
#include "outcome.h"
#include "points.h"

#include "base/file_trim.h"
#include "ledger/act.h"
#include "ledger/acts.h"
#include "ledger/archive.h"

/* What an undisturbed run leads to. */
static char *archive_names, *volume_names;
static bool has_archive, is_wrapped, is_transferred, is_dated, is_trimmed;
static struct hash archive_digest;        /* of the plain one */

/* The receipt: the same request each time. */
static const uint8_t receipt_request[NOTE_REQUEST_LEN] = "the receipt";
static char *receipt_signature;           /* made once, on a sound disk: the archive is the same each time */

static int find_approval(int64_t *out, struct err *e)
{
	struct jdoc *state = NULL;
	int rc = dispose_state(office->ledger, office->now, &state, e);
	if (!rc)
		jdoc_get_integer(jdoc_get(state, "proposal"), "approve", out);
	jdoc_free(state);
	return rc;
}

static int write_receipt(const struct jdoc *archive, struct note *out, struct err *e)
{
	int64_t bytes = 0, approval = 0;
	int rc = find_approval(&approval, e);
	if (rc)
		return rc;
	struct jdoc *body = jdoc_object();
	jdoc_get_integer(archive, "bytes", &bytes);
	jdoc_set_string(body, "act", "transfer");
	jdoc_set_integer(body, "approval", approval);
	jdoc_set_string(body, "archive", jdoc_get_text(archive, "hash"));
	jdoc_set_integer(body, "bytes", bytes);
	jdoc_set_string(body, "receipt", "No. 5");
	rc = act_note(LEAF_TRANSFER, body, "hq", receipt_request, date_of_time(office->now), out, e);
	jdoc_free(body);
	return rc;
}

static int receive(const struct jdoc *archive, struct err *e)
{
	struct index_person person;
	struct jdoc *done = NULL;
	struct note note;
	int rc = index_person_by_login(office->ledger->index, "hanako", NULL, &person, e);
	if (!rc)
		rc = write_receipt(archive, &note, e);
	if (rc)
		return rc;
	memcpy(note.salt, "the salt of it", sizeof "the salt of it"); /* the same bytes are judged once */
	strcpy(note.login, "hanako");
	if (!receipt_signature)
		receipt_signature = office_person_sign(office, "hanako", &note);
	note.signature = mem_strdup(receipt_signature);
	rc = acts_make(office->ledger, LEAF_TRANSFER, &note, &person, NULL, office_tick(office), &done, e);
	note_release(&note);
	jdoc_free(done);
	told->is_received = told->is_received || !rc;
	return rc;
}

/* Where it waits for a receipt, that comes, and it goes on. */
int removal_run(struct err *e)
{
	struct jdoc *d = NULL;
	int rc = is_dated ? dating_run(&d, e) : office_run(office, &d, e);
	bool waits = !rc && jdoc_type(jdoc_get(d, "disposed")) == JDOC_NULL;
	if (waits)
		rc = receive(jdoc_get(d, "archive"), e);
	jdoc_free(d);
	if (waits && !rc)
		return removal_run(e);
	told->is_done = told->is_done || !rc;
	return rc;
}

int removal_act(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	points_open(ctx);
	disk->armed = true;
	told_first_try(removal_run(&e), &e);
	disk->armed = false;
	/* the disk is sound again, and somebody asks again: the same keeper goes on, or says that it does not */
	if (told->code)
		removal_run(&e);
	room_leave();
	return 0;
}

/* Afterwards. */

/* The plain archive, or where there is none the encrypted one. */
static char *find_archive(const char *ending)
{
	MEM_CLEANUP char *names = outcome_names(office->store.archive);
	char *rest = names, *name;
	while ((name = strsep(&rest, "\n"))) {
		size_t len = strlen(name), end = strlen(ending);
		if (len > end && strcmp(name + len - end, ending) == 0)
			return file_path(office->store.archive, name);
	}
	fail_msg("no file ends with %s", ending);
	return NULL;
}

static void read_digest(const char *sum_path, char out[2 * HASH_LEN + 1])
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	office_must(file_read(sum_path, FILE_MOST, &text, &e), &e);
	assert_true(text.len > (size_t)2 * HASH_LEN);
	memcpy(out, buf_str(&text), (size_t)2 * HASH_LEN);
	out[2 * HASH_LEN] = '\0';
}

/* The file is what its checksum says, and the custodian gets the plain archive out of it. */
static void expect_wrapped(void)
{
	MEM_CLEANUP char *path = find_archive(".tar.gpg"), *ring = office_key_ring(office, "kei");
	MEM_CLEANUP char *sum_path = mem_printf("%s.sha256", path);
	char said[2 * HASH_LEN + 1], digest[2 * HASH_LEN + 1];
	hash_print_hex(&archive_digest, digest);
	read_digest(sum_path, said);
	MEM_CLEANUP char *is = office_sh(
		"sha256sum < %s | cut -c 1-64; gpg --homedir %s -q --batch --decrypt %s 2>/dev/null | sha256sum | cut -c 1-64;"
		" git -C %s/ledger.git log -20 --format=%%B refs/heads/ledger |"
		" sed -n 's/^Wrapped: openpgp sha256:\\([0-9a-f]*\\) .*/\\1/p'", path, ring, path, office->dir);
	MEM_CLEANUP char *was = mem_printf("%s\n%s\n%s", said, digest, said);
	outcome_expect_same("encrypted archive, plain archive, certificate", is, was);
}

void removal_expect_archive(void)
{
	MEM_CLEANUP char *names = outcome_names(office->store.archive);
	struct err e = ERR_INIT;
	outcome_expect_same("archives", names, archive_names);
	if (is_wrapped) {
		expect_wrapped();
	} else if (has_archive) {
		MEM_CLEANUP char *path = find_archive(".tar");
		office_must(archive_check(path, &archive_digest, NULL, &e), &e);
	}
}

static void expect_state_told(const char *state)
{
	bool is_done = strcmp(state, "none") == 0;
	bool is_certified = is_done || strcmp(state, "running") == 0;
	if (told->is_done && !is_done)
		fail_msg("the run was told to be done and is not: %s", state);
	if (told->is_received && !is_certified && strcmp(state, "transferred") != 0)
		fail_msg("the receipt was told to stand and does not: %s", state);
	if (!is_certified && life_count_gone())
		fail_msg("records are gone without a certificate");
}

int __real_file_trim(const char *dir, struct err *e);
int __wrap_file_trim(const char *dir, struct err *e);

int __wrap_file_trim(const char *dir, struct err *e)
{
	int rc = __real_file_trim(dir, e);
	if (!rc && volume_names) {
		MEM_CLEANUP char *names = outcome_names(office->store.volumes);
		told->is_trimmed = strcmp(names, volume_names) == 0;
	}
	return rc;
}

/* What the entry claims was done, and done when it could serve; what was done is claimed. */
static void expect_level(void)
{
	MEM_CLEANUP char *level = office_sh("git --git-dir=%s/ledger.git log -20 --format=%%B refs/heads/ledger |"
	                                    " sed -n 's/^Level: //p' | tr '\\n' ' '", office->dir);
	outcome_expect_same("level", level, told->is_trimmed ? "blocks-trimmed " : "ids-absent ");
}

/* A run that was told that it is done is done; another one is run again, and says so if it was. */
static void resume(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	MEM_CLEANUP char *state = mem_strdup(jdoc_get_text(d, "state"));
	jdoc_free(d);
	expect_state_told(state);
	bool is_done = strcmp(state, "none") == 0;
	int rc = removal_run(&e);
	if (is_done && (rc != ERR_RULE || !strstr(e.text, "was completed by entry")))
		fail_msg("run again after its end: %s: %s", err_word((enum err_code)rc), e.text);
	if (!is_done)
		office_must(rc, &e);
}

static void check_run(void)
{
	outcome_open(room_open_plainly);
	life_expect_kept();
	struct hash state = outcome_state();
	outcome_expect_verdict(&state, true);
	resume();
	life_expect_kept();
	assert_int_equal(life_count_gone(), LIFE_GONE);
	removal_expect_archive();
	MEM_CLEANUP char *volumes = outcome_names(office->store.volumes);
	outcome_expect_same("volumes", volumes, volume_names);
	if (is_dated)
		dating_expect();
	if (is_trimmed)
		expect_level();
	state = outcome_state();
	life_expect_absent(office->dir, &state);
	outcome_expect_verdict(&state, false);
	life_expect_next_record();
	outcome_expect_disk_told();
}

/* Preparing. */

/* As many calls change a file with a signer of its own as with that of this process. */
static int act_run_with_signer(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	office_must(room_open_as_keeper(&e), &e);
	disk->armed = true;
	office_must(removal_run(&e), &e);
	disk->armed = false;
	room_leave();
	return 0;
}

static long count_run(disk_act *act)
{
	struct disk d = { DISK_KILL, 0, room, NULL };
	struct disk_state seen;
	room_put_back();
	assert_int_equal(disk_run(&d, act, &d, &seen), 0);
	return seen.calls;
}

/* gpg makes a call more or less, now and then. */
static void expect_signer_quiet(void)
{
	long with = 0, without = 1;
	for (int i = 0; i < 5 && with != without; i++) {
		with = count_run(act_run_with_signer);
		without = count_run(removal_act);
	}
	if (with != without)
		fail_msg("the signer changes files: %ld calls with it, %ld without", with, without);
}

void removal_approve(void)
{
	life_fill();
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	if (is_dated)
		dating_cosign();
	room_clock = office->now;
	room_keep();
}

void removal_name_custodian(void)
{
	MEM_CLEANUP char *ring = office_key_ring(office, "kei");
	office_close(office);
	office_do("mkdir -m 700 %s; cd %s; export GNUPGHOME=$PWD; gpg -q --batch --passphrase '' --quick-gen-key kei"
	          " future-default default never; gpg -q --armor --export > kei.asc;"
	          " fpr=$(gpg --with-colons -K | awk -F: '/^fpr/ {print $10; exit}');"
	          " printf '\\n[custodian kei]\\nkey = %%s/kei.asc\\nfingerprint = %%s\\n' $PWD $fpr >> %s/daicho.ini",
	          ring, ring, office->dir);
	office_open(office);
	is_wrapped = true;
}

void removal_learn_archive(void)
{
	archive_names = outcome_names(office->store.archive);
	volume_names = outcome_names(office->store.volumes);
	has_archive = *archive_names != '\0';
	if (!has_archive)
		return;
	const char *ending = is_wrapped ? ".tar.gpg" : ".tar";
	MEM_CLEANUP char *path = find_archive(ending);
	MEM_CLEANUP char *sum_path = mem_printf("%.*s.sha256", (int)(strlen(path) - strlen(ending)), path);
	char hex[2 * HASH_LEN + 1];
	read_digest(sum_path, hex);
	assert_true(hash_hex_decode(hex, strlen(hex), archive_digest.b, HASH_LEN));
}

static void prepare_run(void)
{
	struct err e = ERR_INIT;
	removal_approve();
	room_put_back();
	office_open(office);
	office_must(removal_run(&e), &e);
	removal_learn_archive();
	assert_true(told->is_received == is_transferred);
	removal_expect_archive();
	office_close(office);
	life_note_gone();
	expect_signer_quiet();
}

static void prepare_archive(void)
{
	prepare_run();
	assert_true(has_archive);
}

static void prepare_wrap(void)
{
	removal_name_custodian();
	prepare_archive();
}

static void prepare_destroy(void)
{
	prepare_run();
	assert_false(has_archive);
}

static void prepare_dated(void)
{
	is_dated = true;
	dating_name_witness();
	prepare_destroy();
}

/* Where the file system gives no block back, that is what is swept. */
static void prepare_trim(void)
{
	struct err e = ERR_INIT;
	is_trimmed = true;
	office_close(office);
	office_do("sed -i '/^archive = /a erase = trim' %s/daicho.ini", office->dir);
	office_open(office);
	assert_true(office->store.trims);
	if (__real_file_trim(office->store.volumes, &e))
		printf("trim: refused here, and so claimed nowhere: %s\n", e.text);
	prepare_archive();
}

static void prepare_transfer(void)
{
	is_transferred = true;
	prepare_archive();
}

#define MEASURE(name) "s/^\\[kind (slip|badge|badge-end)\\]$/&\\nmeasure = " name "/"

const struct points_case removal_cases[] = {
	{ "run", "", prepare_archive, room_put_back, removal_act, check_run, false },
	{ "wrap", "", prepare_wrap, room_put_back, removal_act, check_run, false },
	{ "destroy", MEASURE("destroy"), prepare_destroy, room_put_back, removal_act, check_run, false },
	{ "transfer", MEASURE("transfer"), prepare_transfer, room_put_back, removal_act, check_run, false },
	{ "dated", MEASURE("destroy"), prepare_dated, room_put_back, removal_act, check_run, false },
	{ "trim", "", prepare_trim, room_put_back, removal_act, check_run, true },
	{ .name = NULL },
};
