#include "ledger_office.h"

#include "ledger/archive.h"
#include "ledger/dispose_archives.h"

/* A store in which a disposal is approved, put back before each test; custodians kei and sora, mallory who is none. */
static struct office *office;
static int64_t approved_at;

static const char *const people[] = { "kei", "sora", "mallory" };

static void make_people(void)
{
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		office_do("cd %s; mkdir -m 700 gpg-%s; export GNUPGHOME=$PWD/gpg-%s; gpg -q --batch --passphrase ''"
		          " --quick-gen-key %s future-default default never; gpg -q --armor --export > %s.asc;"
		          " gpg --with-colons -K | awk -F: '/^fpr/ {print $10; exit}' > %s.fpr; gpgconf --kill gpg-agent",
		          office->root, people[i], people[i], people[i], people[i], people[i]);
	office_do("cd %s; mkdir -m 700 gpg-signer; export GNUPGHOME=$PWD/gpg-signer; gpg -q --batch --passphrase ''"
	          " --quick-gen-key signer ed25519 sign never; gpg -q --armor --export > signer.asc;"
	          " gpg --with-colons -K | awk -F: '/^fpr/ {print $10; exit}' > signer.fpr; gpgconf --kill gpg-agent",
	          office->root);
}

static void name_custodian(const char *name, const char *whose)
{
	office_do("cd %s; printf '\\n[custodian %s]\\nkey = %%s/%s.asc\\nfingerprint = %%s\\n' \"$PWD\" $(cat %s.fpr)"
	          " >> s/daicho.ini", office->root, name, whose, whose);
}

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	make_people();
	office_signers(office);
	office_slip(office, "first");
	office_live_to(office, office->year + 2, 1, 1);
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	approved_at = office->now;
	office_keep(office);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static int put_back(void **state)
{
	(void)state;
	office_put_back(office);
	name_custodian("kei", "kei");
	name_custodian("sora", "sora");
	office_open(office);
	office->now = approved_at;
	return 0;
}

static int run(struct err *e)
{
	struct jdoc *d = NULL;
	int rc = office_run(office, &d, e);
	jdoc_free(d);
	return rc;
}

static void run_whole(void)
{
	struct err e = ERR_INIT;
	office_must(run(&e), &e);
}

static void expect_refused(enum err_code code, const char *text)
{
	struct err e = ERR_INIT;
	int rc = run(&e);
	if (rc != (int)code || !strstr(e.text, text))
		fail_msg("%s: %s", err_word((enum err_code)rc), e.text);
}

/* As the certificate names it; "" when there is none. */
static char *get_wrapped(void)
{
	return office_sh("git -C %s/ledger.git log --format=%%B refs/heads/ledger | sed -n 's/^Wrapped: openpgp //p'",
	                 office->dir);
}

static void expect_complete(void)
{
	MEM_CLEANUP char *wrapped = get_wrapped();
	MEM_CLEANUP char *file = office_sh("cd %s/s-archive; printf 'sha256:%%s %%s' $(sha256sum < *.tar.gpg | cut -c 1-64)"
	                                   " $(stat -c %%s *.tar.gpg)", office->root);
	assert_string_equal(wrapped, file);
	office_do("cd %s/s-archive; test ! -e *.tar; test ! -e *.partial; sha256sum -c --quiet *.gpg.sha256;"
	          " export GNUPGHOME=%s/gpg-sora; gpg -q --batch --decrypt -o ../plain *.tar.gpg 2>&1;"
	          " gpgconf --kill gpg-agent;"
	          " grep -qF $(sha256sum < ../plain | cut -c 1-64) $(ls *.sha256 | grep -v gpg); rm ../plain",
	          office->root, office->root);
	struct jdoc *d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	jdoc_free(d);
}

static void certifies_the_encrypted_file_and_removes_the_plain_one(void **state)
{
	(void)state;
	run_whole();
	expect_complete();
}

static void goes_on_with_the_encrypted_file_of_its_certificate(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(run(&e), ERR_OK);
	office_do("rm %s/volumes/stray; test -e %s/*.tar", office->dir, office->store.archive);
	MEM_CLEANUP char *before = get_wrapped();
	assert_string_not_equal(before, "");
	office_close(office);
	office_open(office);
	run_whole();
	MEM_CLEANUP char *after = get_wrapped();
	assert_string_equal(before, after);
	expect_complete();
}

static void does_not_complete_without_the_encrypted_file_of_its_certificate(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(run(&e), ERR_OK);
	office_do("cd %s; rm s/volumes/stray; mv s-archive/*.tar.gpg away", office->root);
	expect_refused(ERR_NOTFOUND, ".tar.gpg");
	office_do("cd %s/s-archive; n=$(ls *.tar); head -c 5000 ../away > $n.gpg", office->root);
	expect_refused(ERR_LEDGER, "not the encrypted archive that the certificate names");
	office_do("cd %s/s-archive; n=$(ls *.tar); mv ../away $n.gpg", office->root);
	run_whole();
	expect_complete();
}

/* Archived, encrypted and signed, but its run was cut off before the certificate. */
static void run_without_certificate(void)
{
	struct err e = ERR_INIT;
	office_do("cd %s; chmod 500 s/ledger.git; mv s/ledger.git/refs refs; touch s/ledger.git/refs", office->root);
	int rc = run(&e);
	office_do("cd %s; chmod 700 s/ledger.git; rm s/ledger.git/refs; mv refs s/ledger.git", office->root);
	assert_int_not_equal(rc, ERR_OK);
}

static void keeps_the_encrypted_file_of_an_earlier_try(void **state)
{
	(void)state;
	run_without_certificate();
	MEM_CLEANUP char *before = office_sh("sha256sum %s/*.tar.gpg", office->store.archive);
	office_close(office);
	office_open(office);
	run_whole();
	MEM_CLEANUP char *after = office_sh("sha256sum %s/*.tar.gpg", office->store.archive);
	assert_string_equal(before, after);
	expect_complete();
}

static void leaves_an_encrypted_file_of_others_alone(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(run(&e), ERR_OK);
	office_do("cd %s; cp s-archive/*.tar.gpg made; rm s/volumes/stray", office->root);
	MEM_CLEANUP char *name = office_sh("cd %s/s-archive; ls *.tar.gpg", office->root);
	put_back(&(void *){ NULL });
	/* to the right custodians, but by whom? */
	office_do("cd %s; mkdir -m 700 s-archive; cp made s-archive/%s", office->root, name);
	expect_refused(ERR_CONFLICT, "not encrypted by this ledger");
	/* to somebody else */
	office_do("cd %s; export GNUPGHOME=$PWD/gpg-mallory; rm s-archive/*.gpg; gpg -q --batch --trust-model always -e"
	          " -r mallory -o s-archive/%s s/daicho.ini", office->root, name);
	MEM_CLEANUP char *before = office_sh("sha256sum %s/*.gpg", office->store.archive);
	expect_refused(ERR_CONFLICT, "not encrypted by this ledger");
	MEM_CLEANUP char *after = office_sh("sha256sum %s/*.gpg", office->store.archive);
	assert_string_equal(before, after);
	MEM_CLEANUP char *none = get_wrapped();
	assert_string_equal(none, "");
}

static void tidy(void)
{
	struct err e = ERR_INIT;
	office_must(dispose_archives_tidy(office->ledger, office_tick(office), &e), &e);
}

static char *list_folder(void)
{
	return office_sh("cd %s; ls | tr '\\n' ' '", office->store.archive);
}

static void expect_listed(const char *member, size_t count)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_archives_list(office->ledger, office->now, &d, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(d, member)), count);
	jdoc_free(d);
}

static void abort_proposal(void)
{
	struct err e = ERR_INIT;
	struct jdoc *d = NULL;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	MEM_CLEANUP char *plan = mem_strdup(jdoc_get_text(jdoc_get(d, "proposal"), "plan"));
	jdoc_free(d);
	office_must(office_act(office, DISPOSE_ABORT, plan, "taro", &e), &e);
}

static void removes_what_a_run_without_a_certificate_has_archived_once_it_is_aborted(void **state)
{
	(void)state;
	run_without_certificate();
	office_close(office);
	office_open(office);
	office_do("cd %s; for f in *.tar; do echo x > $f.partial; echo x > ${f%%.tar}.traces; done", office->store.archive);
	MEM_CLEANUP char *before = list_folder();
	tidy();
	MEM_CLEANUP char *waiting = list_folder();
	assert_string_equal(before, waiting);
	expect_listed("proposed", 8);
	abort_proposal();
	expect_listed("stray", 8);
	tidy();
	MEM_CLEANUP char *after = list_folder();
	assert_string_equal(after, "");
	expect_listed("stray", 0);
}

static void leaves_what_it_has_not_signed_and_what_no_proposal_has_made(void **state)
{
	(void)state;
	run_without_certificate();
	office_close(office);
	office_open(office);
	abort_proposal();
	office_do("cd %s; for f in *.tar; do cp $f other.tar; echo x >> $f; done; for f in *.gpg.sha256.asc; do"
	          " cp other.tar $f; done", office->store.archive);
	MEM_CLEANUP char *before = list_folder();
	tidy();
	MEM_CLEANUP char *after = list_folder();
	assert_string_equal(before, after);
	expect_listed("stray", 7);
}

static void goes_on_with_the_removal_where_it_was_stopped(void **state)
{
	(void)state;
	run_without_certificate();
	office_close(office);
	office_open(office);
	abort_proposal();
	office_do("cd %s; for f in *.tar; do touch ${f%%.tar}.traces.tmp-7 ${f%%.tar}.sha256.tmp-7; done; rm *.tar *.gpg"
	          " *.tar.gpg.sha256", office->store.archive);
	tidy();
	MEM_CLEANUP char *after = list_folder();
	assert_string_equal(after, "");
}

static void take_custodians(const char *name, const char *whose)
{
	office_close(office);
	office_do("cd %s; cp kept/daicho.ini s/daicho.ini", office->root);
	name_custodian(name, whose);
	office_open(office);
}

static void deletes_nothing_when_a_custodians_key_is_not_the_one_named(void **state)
{
	(void)state;
	take_custodians("kei", "kei");
	office_do("cd %s; cp kei.asc right; cp mallory.asc kei.asc", office->root);
	expect_refused(ERR_KEY, "custodian kei");
	office_do("cd %s; mv right kei.asc", office->root);
	take_custodians("kei", "signer");
	expect_refused(ERR_KEY, "nothing can be encrypted to it");
	MEM_CLEANUP char *none = get_wrapped();
	assert_string_equal(none, "");
	struct jdoc *d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	jdoc_free(d);
}

static void encrypts_nothing_where_no_custodian_is_named(void **state)
{
	(void)state;
	office_close(office);
	office_do("cd %s; cp kept/daicho.ini s/daicho.ini", office->root);
	office_open(office);
	run_whole();
	office_do("cd %s/s-archive; test -s *.tar; test ! -e *.gpg", office->root);
	MEM_CLEANUP char *none = get_wrapped();
	assert_string_equal(none, "");
}

static void completes_unencrypted_what_its_certificate_names_unencrypted(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_close(office);
	office_do("cd %s; cp s/daicho.ini named; cp kept/daicho.ini s/daicho.ini; touch s/volumes/stray", office->root);
	office_open(office);
	assert_int_not_equal(run(&e), ERR_OK);
	office_close(office);
	office_do("cd %s; cp named s/daicho.ini; rm s/volumes/stray", office->root);
	office_open(office);
	run_whole();
	office_do("cd %s/s-archive; test -s *.tar; test ! -e *.gpg", office->root);
}

#define READY(test) cmocka_unit_test_setup(test, put_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY(certifies_the_encrypted_file_and_removes_the_plain_one),
		READY(goes_on_with_the_encrypted_file_of_its_certificate),
		READY(does_not_complete_without_the_encrypted_file_of_its_certificate),
		READY(keeps_the_encrypted_file_of_an_earlier_try),
		READY(removes_what_a_run_without_a_certificate_has_archived_once_it_is_aborted),
		READY(leaves_what_it_has_not_signed_and_what_no_proposal_has_made),
		READY(goes_on_with_the_removal_where_it_was_stopped),
		READY(leaves_an_encrypted_file_of_others_alone),
		READY(deletes_nothing_when_a_custodians_key_is_not_the_one_named),
		READY(encrypts_nothing_where_no_custodian_is_named),
		READY(completes_unencrypted_what_its_certificate_names_unencrypted),
	};
	return cmocka_run_group_tests_name("ledger/archive_wrap", tests, make_office, drop_office);
}
