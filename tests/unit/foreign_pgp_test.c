#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/proc.h"
#include "foreign/pgp.h"
#include "model/pgpsig.h"

#define TEXT "what is signed"

static char *root, *home;        /* home holds `key`, made once; tests do not change it */
static struct pgp_key key;
static unsigned serial;

static char *get_home(void)
{
	return mem_printf("%s/h%u", root, ++serial);
}

static void must(int rc, const struct err *e)
{
	if (rc)
		fail_msg("%s: %s", err_word((enum err_code)rc), e->text);
}

static char *run(const char *command)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	struct proc p = { .argv = argv };
	struct buf out = BUF_INIT;
	BUF_CLEANUP struct buf errors = BUF_INIT;
	struct err e = ERR_INIT;
	int status;
	must(proc_run(&p, &out, &errors, &status, &e), &e);
	if (status)
		fail_msg("%s: status %d: %s%s", command, status, buf_str(&out), buf_str(&errors));
	return buf_steal(&out, NULL);
}

__attribute__((format(printf, 1, 2)))
static char *runf(const char *fmt, ...)
{
	char command[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(command, sizeof command, fmt, args);
	va_end(args);
	return run(command);
}

__attribute__((format(printf, 1, 2)))
static void do_run(const char *fmt, ...)
{
	char command[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(command, sizeof command, fmt, args);
	va_end(args);
	free(run(command));
}

static void write_text(const char *name, const void *bytes, size_t len, char **out_path)
{
	struct err e = ERR_INIT;
	*out_path = mem_printf("%s/%u-%s", root, ++serial, name);
	must(file_write_durable(*out_path, bytes, len, 0600, &e), &e);
}

static pid_t get_agent(const char *of)
{
	MEM_CLEANUP char *text = runf("gpg-connect-agent --no-autostart --homedir %s 'GETINFO pid' /bye", of);
	long pid;
	assert_int_equal(sscanf(text, "D %ld", &pid), 1);
	return (pid_t)pid;
}

static int ask_agent(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	return pgp_signer_sign(ctx, digest, len, r, s, e);
}

static struct pgp_signer *open_signer(const char *of, const char *fpr)
{
	struct err e = ERR_INIT;
	struct pgp_signer *s = pgp_signer_new(of, fpr, &e);
	if (!s)
		fail_msg("%s", e.text);
	return s;
}

/* A home with one key of its own that gpg made with a plain command line; its fingerprint. */
static char *make_other(const char *other, const char *passphrase, const char *kind)
{
	struct err e = ERR_INIT;
	must(file_mkdir(other, 0700, &e), &e);
	do_run("echo 's2k-count 65536' > %s/gpg-agent.conf", other); /* else each signature costs what guessing one does */
	do_run("gpg --homedir %s --batch -q --pinentry-mode loopback --passphrase '%s' --quick-gen-key other %s", other,
	       passphrase, kind);
	char *fpr = runf("gpg --homedir %s --batch --with-colons -k | awk -F: '/^fpr/{print $10; exit}'", other);
	fpr[strcspn(fpr, "\n")] = '\0';
	return fpr;
}

static void stop(const char *of)
{
	struct err e = ERR_INIT;
	must(pgp_agent_stop(of, &e), &e);
}

static struct pgp_verifier *open_verifier(void)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf public = BUF_INIT;
	struct pgp_verifier *v = pgp_verifier_new(&e);
	assert_non_null(v);
	must(pgp_export(home, key.primary, &public, &e), &e);
	must(pgp_verifier_add(v, public.ptr, public.len, &e), &e);
	return v;
}

static int check(struct pgp_verifier *v, const char *text, const void *sig, size_t len, char fpr[41], struct err *e)
{
	int64_t when = 0;
	return pgp_verifier_check(v, text, strlen(text), sig, len, fpr, &when, e);
}

static void makes_a_primary_that_certifies_and_subkeys_that_sign(void **s)
{
	(void)s;
	assert_int_equal(key.subkeys, 2);
	MEM_CLEANUP char *list = runf("gpg --homedir %s --batch --with-colons -k | awk -F: "
	                              "'/^(pub|sub)/{print $1, $4, $7, tolower($12), $17}'", home);
	assert_string_equal(list, "pub 22  csc ed25519\nsub 22  s ed25519\nsub 22  s ed25519\n");
	MEM_CLEANUP char *uid = runf("gpg --homedir %s --batch --with-colons -k | awk -F: '/^uid/{print $10}'", home);
	assert_string_equal(uid, "kumamoto-test\n");
	MEM_CLEANUP char *fprs = runf("gpg --homedir %s --batch --with-colons -k | awk -F: '/^fpr/{print $10}'", home);
	MEM_CLEANUP char *want = mem_printf("%s\n%s\n%s\n", key.primary, key.subkey[0], key.subkey[1]);
	assert_string_equal(fprs, want);
}

static void finds_a_key_by_any_of_its_full_fingerprints(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	const char *const fprs[] = { key.primary, key.subkey[0], key.subkey[1] };
	for (size_t i = 0; i < 3; i++) {
		struct pgp_key found;
		must(pgp_find(home, fprs[i], &found, &e), &e);
		assert_memory_equal(&found, &key, sizeof key);
	}
}

static void refuses_unknown_and_short_fingerprints(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_key found;
	assert_int_equal(pgp_find(home, "0123456789012345678901234567890123456789", &found, &e), ERR_KEY);
	assert_int_equal(pgp_find(home, key.primary + 24, &found, &e), ERR_KEY);
	assert_int_equal(pgp_find(home, "kumamoto-test", &found, &e), ERR_KEY);
	assert_null(pgp_signer_new(home, key.primary, &e)); /* certifies only */
	assert_int_equal(e.code, ERR_KEY);
}

static void makes_signatures_that_stock_gpg_takes(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	for (int i = 0; i < 2; i++) {
		BUF_CLEANUP struct buf armor = BUF_INIT;
		MEM_CLEANUP char *data = NULL, *sig = NULL;
		struct pgp_signer *signer = open_signer(home, key.subkey[i]);
		must(pgpsig_make(key.subkey[i], time(NULL), TEXT, strlen(TEXT), ask_agent, signer, &armor, &e), &e);
		pgp_signer_free(signer);
		write_text("data", TEXT, strlen(TEXT), &data);
		write_text("sig", armor.ptr, armor.len, &sig);
		MEM_CLEANUP char *status =
			runf("gpg --homedir %s --batch --status-fd 1 --verify %s %s", home, sig, data);
		MEM_CLEANUP char *want = mem_printf("VALIDSIG %s", key.subkey[i]);
		assert_non_null(strstr(status, want));
	}
}

/* By libcrypto: over the message itself, of any length. */
static void check_raw(struct pgp_signer *signer, const uint8_t public_key[32])
{
	struct err e = ERR_INIT;
	char message[4000];
	memset(message, 'm', sizeof message);
	for (size_t len = 0; len <= sizeof message; len += 1000) {
		uint8_t sig[64];
		must(pgp_signer_sign_raw(signer, message, len, sig, &e), &e);
		assert_true(pgp_ed25519_is_valid(public_key, (uint8_t *)message, len, sig, sig + 32));
		sig[0] ^= 1;
		assert_false(pgp_ed25519_is_valid(public_key, (uint8_t *)message, len, sig, sig + 32));
	}
}

static void signs_raw_messages_even_after_its_agent_was_ended(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t public_key[32], exported_key[32];
	BUF_CLEANUP struct buf exported = BUF_INIT;
	struct pgp_signer *signer = open_signer(home, key.subkey[1]);
	must(pgp_signer_public(signer, public_key, &e), &e);
	must(pgp_export(home, key.primary, &exported, &e), &e);
	must(pgpsig_find_key(exported.ptr, exported.len, key.subkey[1], exported_key, &e), &e);
	assert_memory_equal(public_key, exported_key, 32);
	check_raw(signer, public_key);
	must(pgp_agent_stop(home, &e), &e);
	check_raw(signer, public_key);
	pgp_signer_free(signer);
}

static void lets_an_older_home_sign_raw_messages(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t public_key[32];
	MEM_CLEANUP char *other = get_home();
	MEM_CLEANUP char *fpr = make_other(other, "", "ed25519 sign never");
	struct pgp_signer *signer = open_signer(other, fpr);
	must(pgp_allow_raw(other, fpr, &e), &e);
	must(pgp_signer_public(signer, public_key, &e), &e);
	check_raw(signer, public_key);
	must(pgp_allow_raw(other, fpr, &e), &e);
	do_run("[ $(grep -cv '^#' %s/sshcontrol) = 1 ] && [ $(grep -c enable-ssh %s/gpg-agent.conf) = 1 ]", other, other);
	pgp_signer_free(signer);
	must(pgp_agent_stop(other, &e), &e);
}

/* What gpg-agent keeps of a card's key: the public part, and which card it is. */
static void move_to_card(const char *of, const char *fpr)
{
	static const char head[] = "(20:shadowed-private-key(3:ecc(5:curve7:Ed25519)(5:flags5:eddsa)(1:q33:@";
	static const char serial_number[] = "\xd2\x76\x00\x01\x24\x01\x03\x04\x00\x06\x12\x34\x56\x78\x00";
	struct err e = ERR_INIT;
	uint8_t public_key[32];
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct pgp_signer *signer = open_signer(of, fpr);
	must(pgp_signer_public(signer, public_key, &e), &e);
	pgp_signer_free(signer);
	MEM_CLEANUP char *grip = runf("gpg -q --homedir %s --with-colons -K %s | awk -F: '/^grp/ {printf $10; exit}'", of,
	                              fpr);
	stop(of);
	MEM_CLEANUP char *path = mem_printf("%s/private-keys-v1.d/%s.key", of, grip);
	buf_puts(&text, head);
	buf_add(&text, public_key, sizeof public_key);
	buf_puts(&text, ")(8:shadowed5:t1-v1(16:");
	buf_add(&text, serial_number, sizeof serial_number);
	buf_puts(&text, "9:OPENPGP.1))))");
	must(file_write_durable(path, text.ptr, text.len, 0600, &e), &e);
}

static void refuses_a_key_on_a_card_for_raw_messages(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *other = get_home();
	MEM_CLEANUP char *fpr = make_other(other, "", "ed25519 sign never");
	MEM_CLEANUP char *settings = mem_printf("%s/sshcontrol", other);
	move_to_card(other, fpr);
	assert_int_equal(pgp_allow_raw(other, fpr, &e), ERR_KEY);
	assert_non_null(strstr(e.text, "is on a card"));
	assert_non_null(strstr(e.next, "daicho key add checkpoint"));
	assert_false(file_exists(settings));
	stop(other);
}

static void agrees_with_gpg_on_what_is_valid(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t public[32];
	BUF_CLEANUP struct buf exported = BUF_INIT;
	must(pgp_export(home, key.primary, &exported, &e), &e);
	must(pgpsig_find_key(exported.ptr, exported.len, key.subkey[0], public, &e), &e);
	struct pgp_signer *signer = open_signer(home, key.subkey[0]);
	struct pgp_verifier *v = open_verifier();
	for (unsigned i = 0; i < 20; i++) {
		char text[32], fpr[41];
		uint8_t digest[PGPSIG_DIGEST_MAX];
		struct pgpsig sig;
		BUF_CLEANUP struct buf armor = BUF_INIT;
		snprintf(text, sizeof text, "text %u", i);
		must(pgpsig_make(key.subkey[0], time(NULL), text, strlen(text), ask_agent, signer, &armor, &e), &e);
		must(check(v, text, armor.ptr, armor.len, fpr, &e), &e);
		assert_string_equal(fpr, key.subkey[0]);
		must(pgpsig_parse(armor.ptr, armor.len, &sig, &e), &e);
		size_t len = pgpsig_digest(&sig, text, strlen(text), digest);
		assert_true(pgp_ed25519_is_valid(public, digest, len, sig.r, sig.s));
		digest[i] ^= 1;
		assert_false(pgp_ed25519_is_valid(public, digest, len, sig.r, sig.s));
		digest[i] ^= 1;
		sig.s[i] ^= 4;
		assert_false(pgp_ed25519_is_valid(public, digest, len, sig.r, sig.s));
	}
	pgp_verifier_free(v);
	pgp_signer_free(signer);
}

static void finds_the_first_invalid_one_of_many(void **s)
{
	(void)s;
	enum { MANY = 300 };
	struct err e = ERR_INIT;
	struct pgp_check *checks = mem_array(MANY, sizeof *checks), good = { .digest = { 3 }, .len = 64 };
	BUF_CLEANUP struct buf exported = BUF_INIT;
	must(pgp_export(home, key.primary, &exported, &e), &e);
	must(pgpsig_find_key(exported.ptr, exported.len, key.subkey[0], good.public_key, &e), &e);
	struct pgp_signer *signer = open_signer(home, key.subkey[0]);
	must(pgp_signer_sign(signer, good.digest, good.len, good.r, good.s, &e), &e);
	for (size_t i = 0; i < MANY; i++)
		checks[i] = good;
	assert_int_equal(pgp_ed25519_find_invalid(checks, MANY), MANY);
	assert_int_equal(pgp_ed25519_find_invalid(checks, 1), 1);
	assert_int_equal(pgp_ed25519_find_invalid(checks, 0), 0);
	for (size_t bad = MANY; bad-- > 0;) {
		checks[bad].s[0] ^= 1;
		if (bad % 37 == 0)
			assert_int_equal(pgp_ed25519_find_invalid(checks, MANY), bad);
	}
	pgp_signer_free(signer);
	free(checks);
}

static void checks_in_the_background_and_tells_which_is_the_first_invalid(void **s)
{
	(void)s;
	enum { MANY = 700 };
	uint64_t tag = 7;
	struct err e = ERR_INIT;
	struct pgp_check good = { .digest = { 3 }, .len = 64 }, bad;
	BUF_CLEANUP struct buf exported = BUF_INIT;
	must(pgp_export(home, key.primary, &exported, &e), &e);
	must(pgpsig_find_key(exported.ptr, exported.len, key.subkey[0], good.public_key, &e), &e);
	struct pgp_signer *signer = open_signer(home, key.subkey[0]);
	must(pgp_signer_sign(signer, good.digest, good.len, good.r, good.s, &e), &e);
	struct pgp_checker *c = pgp_checker_new();
	assert_true(pgp_checker_wait(c, &tag));
	for (uint64_t i = 0; i < MANY; i++)
		pgp_checker_add(c, &good, i);
	assert_true(pgp_checker_wait(c, &tag));
	assert_int_equal(tag, 7);
	bad = good;
	bad.r[0] ^= 1;
	for (uint64_t i = 0; i < MANY; i++)
		pgp_checker_add(c, i == 300 || i == 301 || i == 699 ? &bad : &good, 1000 + i);
	assert_false(pgp_checker_wait(c, &tag));
	assert_int_equal(tag, 1300);
	pgp_checker_add(c, &bad, 9);
	assert_false(pgp_checker_wait(c, &tag));
	assert_int_equal(tag, 1300);
	pgp_checker_add(c, &good, 10);
	pgp_checker_free(c); /* also while it has something to do */
	pgp_signer_free(signer);
}

static void signs_digests_of_both_lengths_only(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[64] = { 1 }, r[32], t[32], public[32];
	BUF_CLEANUP struct buf exported = BUF_INIT;
	must(pgp_export(home, key.primary, &exported, &e), &e);
	must(pgpsig_find_key(exported.ptr, exported.len, key.subkey[1], public, &e), &e);
	struct pgp_signer *signer = open_signer(home, key.subkey[1]);
	for (size_t len = 32; len <= 64; len += 32) {
		must(pgp_signer_sign(signer, digest, len, r, t, &e), &e);
		assert_true(pgp_ed25519_is_valid(public, digest, len, r, t));
	}
	assert_int_equal(pgp_signer_sign(signer, digest, 20, r, t, &e), ERR_BUG);
	pgp_signer_free(signer);
}

/* On a full disk gpg would try for ever to make one. */
static void makes_no_lock_files_where_it_finds_a_key(void **s)
{
	_Alignas(struct inotify_event) char events[4096];
	struct err e = ERR_INIT;
	(void)s;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	assert_true(fd >= 0 && inotify_add_watch(fd, home, IN_CREATE) >= 0);
	struct pgp_signer *signer = pgp_signer_new(home, key.subkey[0], &e);
	must(signer ? ERR_OK : (int)e.code, &e);
	pgp_signer_free(signer);
	ssize_t len = read(fd, events, sizeof events);
	close(fd);
	for (ssize_t at = 0; at < len;) {
		const struct inotify_event *one = (const struct inotify_event *)(events + at);
		if (strstr(one->name, "lk") || strstr(one->name, ".lock"))
			fail_msg("%s was made", one->name);
		at += (ssize_t)(sizeof *one + one->len);
	}
}

static void signs_again_after_its_agent_was_ended(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[64] = { 2 }, r[32], t[32];
	struct pgp_signer *signer = open_signer(home, key.subkey[0]);
	must(pgp_signer_sign(signer, digest, 64, r, t, &e), &e);
	assert_int_equal(kill(get_agent(home), SIGKILL), 0);
	must(pgp_signer_sign(signer, digest, 64, r, t, &e), &e);
	pgp_signer_free(signer);
}

static void signs_again_after_its_agent_hangs(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[64] = { 4 }, r[32], t[32];
	struct pgp_signer *signer = open_signer(home, key.subkey[0]);
	assert_int_equal(kill(get_agent(home), SIGSTOP), 0);
	must(pgp_signer_sign(signer, digest, 64, r, t, &e), &e);
	assert_int_equal(kill(get_agent(home), SIGSTOP), 0);
	struct pgp_signer *second = open_signer(home, key.subkey[1]);
	must(pgp_signer_sign(second, digest, 64, r, t, &e), &e);
	pgp_signer_free(second);
	pgp_signer_free(signer);
}

static void use_home_without_room(void)
{
	struct err e = ERR_INIT;
	const struct rlimit none = { 0, 0 };
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &none) < 0)
		_exit(2);
	bool works = pgp_signer_new(home, key.subkey[0], &e) != NULL;
	_exit(!works && e.code == ERR_IO && strncmp(e.text, home, strlen(home)) == 0 ? 0 : 1);
}

/* No file may grow: the agent can't be started, and what is told is the file system's reason. */
static void tells_what_the_file_system_says_where_no_agent_starts(void **s)
{
	struct err e = ERR_INIT;
	int status = -1;
	(void)s;
	must(pgp_agent_stop(home, &e), &e);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		use_home_without_room();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void ends_an_agent_even_if_it_hangs(void **s)
{
	(void)s;
	MEM_CLEANUP char *other = get_home();
	free(make_other(other, "", "ed25519"));
	pid_t pid = get_agent(other);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	stop(other);
	MEM_CLEANUP char *path = mem_printf("/proc/%ld/exe", (long)pid);
	char exe[8];
	assert_true(readlink(path, exe, sizeof exe) < 0); /* gone, or waiting to be reaped */
	stop(other);
}

static void write_passphrase(char **out_path, const char *text)
{
	struct err e = ERR_INIT;
	write_text("passphrase", text, strlen(text), out_path);
	must(pgp_passphrase_from(*out_path, &e), &e);
}

/* As in a daemon's home: nobody is there to ask. */
static void forget_pinentry(const char *of)
{
	do_run("echo 'pinentry-program /bin/false' >> %s/gpg-agent.conf", of);
}

static void signs_with_a_passphrase_from_a_file(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[32] = { 3 }, r[32], t[32], public_key[32];
	MEM_CLEANUP char *other = get_home();
	MEM_CLEANUP char *path = NULL;
	MEM_CLEANUP char *fpr = make_other(other, "se%cret=", "ed25519 sign never");
	stop(other); /* it would have kept the passphrase */
	write_passphrase(&path, "se%cret=\n");
	do_run("echo allow-preset-passphrase >> %s/gpg-agent.conf", other);
	must(pgp_allow_raw(other, fpr, &e), &e);
	struct pgp_signer *signer = open_signer(other, fpr);
	must(pgp_signer_sign(signer, digest, 32, r, t, &e), &e);
	stop(other);
	must(pgp_signer_public(signer, public_key, &e), &e);
	check_raw(signer, public_key);
	must(pgp_signer_sign(signer, digest, 32, r, t, &e), &e);
	assert_false(pgp_signer_waits(signer));
	pgp_signer_free(signer);
	stop(other);
	must(pgp_passphrase_from(NULL, &e), &e);
}

static void says_what_is_wrong_with_a_passphrase(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[32] = { 3 }, r[32], t[32];
	MEM_CLEANUP char *other = get_home(), *path = NULL;
	MEM_CLEANUP char *fpr = make_other(other, "secret", "ed25519 sign never");
	stop(other);
	forget_pinentry(other);
	struct pgp_signer *signer = open_signer(other, fpr);
	assert_true(pgp_signer_waits(signer));
	assert_int_equal(pgp_signer_sign(signer, digest, 32, r, t, &e), ERR_KEY);
	assert_non_null(strstr(e.text, "passphrase"));
	pgp_signer_free(signer);
	write_passphrase(&path, "wrong\n");
	e = (struct err)ERR_INIT;
	signer = open_signer(other, fpr);
	assert_int_equal(pgp_signer_sign(signer, digest, 32, r, t, &e), ERR_KEY);
	assert_non_null(strstr(e.text, "the passphrase is wrong"));
	assert_null(strstr(e.text, "secret"));
	pgp_signer_free(signer);
	chmod(path, 0644);
	assert_int_equal(pgp_passphrase_from(path, &e), ERR_CONFIG);
	must(pgp_passphrase_from(NULL, &e), &e);
	stop(other);
}

/* It stays as it is kept: the passphrase is not asked for. */
static void adopts_a_key_with_a_passphrase(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	uint8_t digest[32] = { 3 }, r[32], t[32];
	MEM_CLEANUP char *other = get_home(), *into = get_home(), *path = NULL;
	MEM_CLEANUP char *fpr = make_other(other, "secret", "ed25519 sign never");
	stop(other);
	must(pgp_adopt(into, other, fpr, &e), &e);
	write_passphrase(&path, "secret");
	struct pgp_signer *signer = open_signer(into, fpr);
	must(pgp_signer_sign(signer, digest, 32, r, t, &e), &e);
	pgp_signer_free(signer);
	must(pgp_passphrase_from(NULL, &e), &e);
	stop(into);
	stop(other);
}

static void adopts_a_key_from_another_home(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_key found;
	uint8_t digest[32] = { 3 }, r[32], t[32];
	MEM_CLEANUP char *into = get_home();
	must(pgp_adopt(into, home, key.subkey[1], &e), &e);
	must(pgp_find(into, key.primary, &found, &e), &e);
	assert_memory_equal(&found, &key, sizeof key);
	struct pgp_signer *signer = open_signer(into, key.subkey[0]);
	must(pgp_signer_sign(signer, digest, 32, r, t, &e), &e);
	pgp_signer_free(signer);
	stop(into);
}

static void adopts_a_key_of_the_users_own_ring(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_key found;
	MEM_CLEANUP char *into = get_home();
	setenv("GNUPGHOME", home, 1);
	int rc = pgp_adopt(into, NULL, key.primary, &e);
	unsetenv("GNUPGHOME");
	must(rc, &e);
	must(pgp_find(into, key.primary, &found, &e), &e);
	stop(into);
}

static void refuses_a_home_whose_path_is_too_long(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_key made;
	MEM_CLEANUP char *far = mem_printf("%s/%0100d", root, 1);
	int rc = pgp_create(far, "far away", 1, &made, &e);
	if (rc == 0) { /* where /run/user takes the sockets */
		stop(far);
		return;
	}
	assert_int_equal(rc, ERR_CONFIG);
	assert_non_null(strstr(e.text, "too long"));
	assert_true(strlen(e.next) > 0);
	assert_false(file_exists(far));
}

static void refuses_a_home_that_others_may_enter(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_key made;
	MEM_CLEANUP char *open = get_home();
	assert_int_equal(mkdir(open, 0755), 0);
	assert_int_equal(chmod(open, 0755), 0);
	assert_int_equal(pgp_create(open, "open", 1, &made, &e), ERR_CONFIG);
	assert_int_equal(pgp_create("relative", "relative", 1, &made, &e), ERR_CONFIG);
}

static void exports_the_public_key_with_all_its_subkeys(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char fpr[41];
	BUF_CLEANUP struct buf one = BUF_INIT;
	BUF_CLEANUP struct buf two = BUF_INIT;
	must(pgp_export(home, key.subkey[0], &one, &e), &e);
	must(pgp_export(home, key.primary, &two, &e), &e);
	assert_string_equal(one.ptr, two.ptr);
	uint8_t public[32];
	for (int i = 0; i < 2; i++)
		must(pgpsig_find_key(one.ptr, one.len, key.subkey[i], public, &e), &e);
	must(pgp_fingerprint_of(one.ptr, one.len, fpr, &e), &e);
	assert_string_equal(fpr, key.primary);
}

static void tells_the_fingerprint_of_exactly_one_public_key(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char fpr[41];
	MEM_CLEANUP char *other = get_home();
	MEM_CLEANUP char *other_fpr = make_other(other, "", "rsa2048");
	BUF_CLEANUP struct buf both = BUF_INIT;
	must(pgp_export(other, other_fpr, &both, &e), &e);
	must(pgp_fingerprint_of(both.ptr, both.len, fpr, &e), &e);
	assert_string_equal(fpr, other_fpr);
	must(pgp_export(home, key.primary, &both, &e), &e);
	assert_int_equal(pgp_fingerprint_of(both.ptr, both.len, fpr, &e), ERR_KEY);
	assert_int_equal(pgp_fingerprint_of("nonsense", 8, fpr, &e), ERR_KEY);
	assert_int_equal(pgp_fingerprint_of("", 0, fpr, &e), ERR_KEY);
	MEM_CLEANUP char *secret = runf("gpg --homedir %s --batch --armor --export-secret-keys %s", other, other_fpr);
	assert_int_equal(pgp_fingerprint_of(secret, strlen(secret), fpr, &e), ERR_KEY);
	stop(other);
}

static void takes_a_persons_detached_signature(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char fpr[41];
	int64_t when = 0, before = time(NULL);
	BUF_CLEANUP struct buf sig = BUF_INIT;
	struct pgp_verifier *v = open_verifier();
	must(pgp_sign_detached(home, key.primary, TEXT, strlen(TEXT), &sig, &e), &e);
	assert_true((unsigned char)sig.ptr[0] & 0x80); /* no armor */
	must(pgp_verifier_check(v, TEXT, strlen(TEXT), sig.ptr, sig.len, fpr, &when, &e), &e);
	assert_true(strcmp(fpr, key.subkey[0]) == 0 || strcmp(fpr, key.subkey[1]) == 0);
	assert_true(when >= before && when <= time(NULL));
	assert_int_equal(check(v, TEXT " and more", sig.ptr, sig.len, fpr, &e), ERR_KEY);
	assert_int_equal(check(v, TEXT, sig.ptr, sig.len - 3, fpr, &e), ERR_KEY);
	assert_int_equal(check(v, TEXT, "", 0, fpr, &e), ERR_KEY);
	assert_int_equal(check(v, TEXT, "nonsense", 8, fpr, &e), ERR_KEY);
	MEM_CLEANUP char *twice = mem_alloc(2 * sig.len);
	memcpy(twice, sig.ptr, sig.len);
	memcpy(twice + sig.len, sig.ptr, sig.len);
	assert_int_equal(check(v, TEXT, twice, 2 * sig.len, fpr, &e), ERR_KEY);
	pgp_verifier_free(v);
}

static int check_made(struct pgp_verifier *v, const char *options, struct err *e)
{
	char fpr[41];
	MEM_CLEANUP char *data = NULL;
	BUF_CLEANUP struct buf sig = BUF_INIT;
	write_text("data", TEXT, strlen(TEXT), &data);
	do_run("gpg --homedir %s --batch -q --yes %s -o %s.sig %s", home, options, data, data);
	MEM_CLEANUP char *path = mem_printf("%s.sig", data);
	must(file_read(path, 1 << 20, &sig, e), e);
	return check(v, TEXT, sig.ptr, sig.len, fpr, e);
}

static void refuses_weak_digests_text_mode_and_attached_signatures(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	struct pgp_verifier *v = open_verifier();
	must(check_made(v, "--digest-algo SHA512 -b", &e), &e);
	must(check_made(v, "--digest-algo SHA256 --armor -b", &e), &e);
	assert_int_equal(check_made(v, "--allow-weak-digest-algos --digest-algo SHA1 -b", &e), ERR_KEY);
	assert_int_equal(check_made(v, "--textmode -b", &e), ERR_KEY);
	assert_int_equal(check_made(v, "-s", &e), ERR_KEY);
	pgp_verifier_free(v);
}

static void refuses_a_signature_by_a_key_that_it_was_not_given(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char fpr[41];
	MEM_CLEANUP char *other = get_home();
	MEM_CLEANUP char *other_fpr = make_other(other, "", "ed25519");
	BUF_CLEANUP struct buf sig = BUF_INIT;
	BUF_CLEANUP struct buf public = BUF_INIT;
	struct pgp_verifier *v = open_verifier();
	must(pgp_sign_detached(other, other_fpr, TEXT, strlen(TEXT), &sig, &e), &e);
	assert_int_equal(check(v, TEXT, sig.ptr, sig.len, fpr, &e), ERR_KEY);
	must(pgp_export(other, other_fpr, &public, &e), &e);
	must(pgp_verifier_add(v, public.ptr, public.len, &e), &e);
	must(check(v, TEXT, sig.ptr, sig.len, fpr, &e), &e);
	assert_string_equal(fpr, other_fpr);
	assert_int_equal(pgp_verifier_add(v, "nonsense", 8, &e), ERR_KEY);
	pgp_verifier_free(v);
	stop(other);
}

/* What gpg renames has a folder in its way. */
static void tells_a_key_that_could_not_be_kept_from_a_bad_one(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf public = BUF_INIT;
	must(pgp_export(home, key.primary, &public, &e), &e);
	struct pgp_verifier *v = pgp_verifier_new(&e);
	assert_non_null(v);
	do_run("cd %s/daicho-v-* && mkdir pubring.kbx~", root);
	assert_int_equal(pgp_verifier_add(v, public.ptr, public.len, &e), ERR_IO);
	assert_int_equal(pgp_verifier_add(v, "nonsense", 8, &e), ERR_KEY);
	pgp_verifier_free(v);
	BUF_CLEANUP struct buf sig = BUF_INIT;
	char fpr[41];
	must(pgp_sign_detached(home, key.primary, TEXT, strlen(TEXT), &sig, &e), &e);
	v = open_verifier();
	do_run("cd %s/daicho-v-* && rm pubring.kbx", root);
	assert_int_equal(check(v, TEXT, sig.ptr, sig.len, fpr, &e), ERR_IO);
	pgp_verifier_free(v);
	struct pgp_sealer *sealer = pgp_sealer_new(&e);
	assert_non_null(sealer);
	do_run("cd %s/daicho-v-* && mkdir pubring.kbx~", root);
	assert_int_equal(pgp_sealer_add(sealer, public.ptr, public.len, key.primary, &e), ERR_IO);
	pgp_sealer_free(sealer);
}

static void leaves_no_verifying_home_and_starts_no_agent(void **s)
{
	(void)s;
	struct pgp_verifier *v = open_verifier();
	MEM_CLEANUP char *sockets =
		runf("ls -d %s/daicho-v-*/S.* 2>/dev/null; ls -d %s/daicho-v-* | wc -l", root, root);
	assert_string_equal(sockets, "1\n");
	pgp_verifier_free(v);
	MEM_CLEANUP char *left = runf("ls -d %s/daicho-v-* 2>/dev/null | wc -l", root);
	assert_string_equal(left, "0\n");
}

static int set_up(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	root = mem_strdup("/tmp/fpgp-XXXXXX"); /* short, for the sockets */
	if (!mkdtemp(root) || setenv("TMPDIR", root, 1) < 0)
		return -1;
	home = get_home();
	int rc = pgp_library_init(&e);
	if (!rc)
		rc = pgp_create(home, "kumamoto-test", 2, &key, &e);
	if (rc)
		fprintf(stderr, "%s\n", e.text);
	return rc;
}

static int tear_down(void **s)
{
	(void)s;
	int rc = pgp_agent_stop(home, NULL);
	free(home);
	int removed = file_remove_tree(root, NULL);
	free(root);
	return rc ? rc : removed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_primary_that_certifies_and_subkeys_that_sign),
		cmocka_unit_test(finds_a_key_by_any_of_its_full_fingerprints),
		cmocka_unit_test(refuses_unknown_and_short_fingerprints),
		cmocka_unit_test(makes_signatures_that_stock_gpg_takes),
		cmocka_unit_test(signs_raw_messages_even_after_its_agent_was_ended),
		cmocka_unit_test(lets_an_older_home_sign_raw_messages),
		cmocka_unit_test(refuses_a_key_on_a_card_for_raw_messages),
		cmocka_unit_test(agrees_with_gpg_on_what_is_valid),
		cmocka_unit_test(finds_the_first_invalid_one_of_many),
		cmocka_unit_test(checks_in_the_background_and_tells_which_is_the_first_invalid),
		cmocka_unit_test(signs_digests_of_both_lengths_only),
		cmocka_unit_test(makes_no_lock_files_where_it_finds_a_key),
		cmocka_unit_test(signs_again_after_its_agent_was_ended),
		cmocka_unit_test(signs_again_after_its_agent_hangs),
		cmocka_unit_test(tells_what_the_file_system_says_where_no_agent_starts),
		cmocka_unit_test(ends_an_agent_even_if_it_hangs),
		cmocka_unit_test(signs_with_a_passphrase_from_a_file),
		cmocka_unit_test(says_what_is_wrong_with_a_passphrase),
		cmocka_unit_test(adopts_a_key_with_a_passphrase),
		cmocka_unit_test(adopts_a_key_from_another_home),
		cmocka_unit_test(adopts_a_key_of_the_users_own_ring),
		cmocka_unit_test(refuses_a_home_whose_path_is_too_long),
		cmocka_unit_test(refuses_a_home_that_others_may_enter),
		cmocka_unit_test(exports_the_public_key_with_all_its_subkeys),
		cmocka_unit_test(tells_the_fingerprint_of_exactly_one_public_key),
		cmocka_unit_test(takes_a_persons_detached_signature),
		cmocka_unit_test(refuses_weak_digests_text_mode_and_attached_signatures),
		cmocka_unit_test(refuses_a_signature_by_a_key_that_it_was_not_given),
		cmocka_unit_test(tells_a_key_that_could_not_be_kept_from_a_bad_one),
		cmocka_unit_test(leaves_no_verifying_home_and_starts_no_agent),
	};
	return cmocka_run_group_tests_name("foreign/pgp", tests, set_up, tear_down);
}
