/* A store is made whole or not at all, and read as it was made. */
#include "ledger_fixture.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_folder(void **state)
{
	*state = make_dir();
	return 0;
}

static int remove_folder(void **state)
{
	file_remove_tree(*state, NULL);
	free(*state);
	return 0;
}

static const struct store_options options = { .origin = ORIGIN, .rulebook = RULEBOOK, .schemas = SCHEMAS };

static bool is_empty(const char *dir)
{
	bool empty = false;
	assert_int_equal(file_is_empty_dir(dir, &empty, NULL), ERR_OK);
	return empty;
}

static void refuses_a_folder_that_is_not_empty(void **state)
{
	struct err e = ERR_INIT;
	struct store_pins pins;
	MEM_CLEANUP char *file = file_path(*state, "mine");
	assert_int_equal(file_write_durable(file, "x", 1, 0600, NULL), ERR_OK);
	assert_int_equal(store_init(*state, &options, &pins, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "the folder is not empty"));
	assert_true(e.next[0] != '\0');
	assert_true(file_exists(file));
}

static void refuses_an_origin_that_a_leaf_cannot_say(void **state)
{
	struct err e = ERR_INIT;
	struct store_pins pins;
	struct store_options o = options;
	MEM_CLEANUP char *dir = file_path(*state, "s");
	o.origin = "no such origin";
	assert_int_equal(store_init(dir, &o, &pins, &e), ERR_USAGE);
	assert_true(is_empty(*state));
}

static void leaves_nothing_when_the_rule_book_is_wrong(void **state)
{
	struct err e = ERR_INIT;
	struct store_pins pins;
	struct store_options o = options;
	MEM_CLEANUP char *dir = file_path(*state, "s");
	o.schemas = *state;
	assert_int_equal(store_init(dir, &o, &pins, &e), ERR_CONFIG);
	assert_true(is_empty(*state));
}

static void leaves_nothing_when_the_key_is_unknown(void **state)
{
	struct err e = ERR_INIT;
	struct store_pins pins;
	struct store_options o = options;
	MEM_CLEANUP char *dir = file_path(*state, "s");
	MEM_CLEANUP char *home = file_path(*state, "home");
	assert_int_equal(mkdir(home, 0700), 0);
	setenv("GNUPGHOME", home, 1);
	o.key = "0123456789ABCDEF0123456789ABCDEF01234567";
	assert_int_equal(store_init(dir, &o, &pins, &e), ERR_KEY);
	unsetenv("GNUPGHOME");
	assert_false(file_exists(dir));
}

static void refuses_an_archive_inside_of_the_store(void **state)
{
	struct err e = ERR_INIT;
	struct store_pins pins;
	struct store_options o = options;
	o.archive = *state;
	assert_int_equal(store_init(*state, &o, &pins, &e), ERR_USAGE);
	assert_true(is_empty(*state));
}

static void is_readable_by_its_owner_alone(void **state)
{
	struct fixture *f = *state;
	const char *const paths[] = { f->store.dir, f->store.keys, f->store.volumes, f->store.ledger };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct stat st;
		assert_int_equal(stat(paths[i], &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
	}
}

static void begins_with_a_genesis_that_pins_its_keys(void **state)
{
	struct fixture *f = *state;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct leaf leaf;
	struct hash hash;
	assert_int_equal(ledger_read_leaf(f->ledger->repo, &f->ledger->chain.head, &raw, &leaf, &hash, NULL), ERR_OK);
	assert_int_equal(leaf.kind, LEAF_GENESIS);
	assert_true(hash_is_equal(&hash, &f->pins.genesis));
	assert_int_equal(leaf.keys_count, 3);
	assert_int_equal(leaf.keys[2].use, LEAF_USE_CHECKPOINT);
	assert_string_equal(leaf.keys[0].fpr, f->pins.fpr);
	assert_string_equal(leaf.keys[1].fpr, f->pins.archive_fpr);
	assert_true(hash_is_equal(&leaf.rules, &f->ledger->rules->digest));
	leaf_release(&leaf);
}

static void is_clean_to_git(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(run_git(f, NULL, "-C", f->store.ledger, "fsck", "--full", "--strict", NULL), 0);
}

static void reads_back_what_init_wrote(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(f->store.origin, ORIGIN);
	assert_string_equal(f->store.entry_fpr, f->pins.fpr);
	assert_string_equal(f->store.archive_fpr, f->pins.archive_fpr);
	assert_true(hash_is_equal(&f->store.genesis, &f->pins.genesis));
	assert_int_equal(f->store.connections, 256);
	assert_int_equal(f->store.per_user, 128);
	assert_true(f->store.archive[0] == '/');
	assert_non_null(strstr(f->store.archive, "-archive"));
}

static int change_ini(struct fixture *f, const char *from, const char *to, struct err *e)
{
	struct store again;
	MEM_CLEANUP char *path = file_path(f->dir, "daicho.ini");
	BUF_CLEANUP struct buf text = BUF_INIT, changed = BUF_INIT;
	assert_int_equal(file_read(path, 65536, &text, NULL), ERR_OK);
	char *at = strstr(text.ptr, from);
	assert_non_null(at);
	buf_add(&changed, text.ptr, (size_t)(at - text.ptr));
	buf_puts(&changed, to);
	buf_puts(&changed, at + strlen(from));
	assert_int_equal(file_write_durable(path, changed.ptr, changed.len, 0600, NULL), ERR_OK);
	int rc = store_open(f->dir, &again, e);
	if (!rc)
		store_release(&again);
	return rc;
}

static void read_ini(const struct fixture *f, struct buf *out)
{
	MEM_CLEANUP char *path = file_path(f->dir, "daicho.ini");
	assert_int_equal(file_read(path, 65536, out, NULL), ERR_OK);
}

static void adds_and_removes_a_mirror_and_keeps_all_else(void **state)
{
	struct fixture *f = *state;
	struct store again;
	struct store_mirror first = { .name = "first", .url = (char *)"/mnt/first", .volumes = true };
	struct store_mirror second = { .name = "second", .url = (char *)"host:second" };
	BUF_CLEANUP struct buf before = BUF_INIT, with = BUF_INIT, after = BUF_INIT;
	assert_int_equal(change_ini(f, "[daemon]", "# kept\n[daemon]", NULL), ERR_OK);
	read_ini(f, &before);
	assert_int_equal(store_mirror_add(&f->store, &first, NULL), ERR_OK);
	read_ini(f, &with);
	assert_int_equal(store_open(f->dir, &again, NULL), ERR_OK);
	assert_string_equal(store_mirror(&again, "first")->url, "/mnt/first");
	assert_true(store_mirror(&again, "first")->volumes);
	assert_int_equal(store_mirror_add(&again, &first, NULL), ERR_CONFLICT);
	assert_int_equal(store_mirror_add(&again, &second, NULL), ERR_OK);
	assert_int_equal(store_mirror_remove(&again, "second", NULL), ERR_OK);
	store_release(&again);
	read_ini(f, &after);
	assert_int_equal(strncmp(buf_str(&after), buf_str(&with), with.len), 0);
	assert_null(strstr(buf_str(&after), "second"));
	assert_int_equal(strncmp(buf_str(&with), buf_str(&before), before.len), 0);
	assert_int_equal(store_mirror_remove(&f->store, "second", NULL), ERR_NOTFOUND);
}

static void leaves_its_configuration_when_a_mirror_cannot_be_said(void **state)
{
	struct fixture *f = *state;
	struct store_mirror m = { .name = "first", .url = (char *)"/mnt/a ;b" };
	BUF_CLEANUP struct buf before = BUF_INIT, after = BUF_INIT;
	read_ini(f, &before);
	assert_int_equal(store_mirror_add(&f->store, &m, NULL), ERR_CONFIG);
	read_ini(f, &after);
	assert_string_equal(buf_str(&before), buf_str(&after));
}

static void knows_only_urls_that_git_reaches_as_files_or_by_ssh(void **state)
{
	static const char *const good[] = { "/mnt/a", "file:///mnt/a", "ssh://host/a", "host:a", "me@host:/a" };
	static const char *const bad[] = { "", "a", "./a", "ext::sh -c x", "http://host/a", "git://host/a", "-oProxy:x",
		                           "ssh://-oProxyCommand=x/a", "file://host/a", "host:" };
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(store_url_is_known(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (store_url_is_known(bad[i]))
			fail_msg("%s: is taken", bad[i]);
}

static void refuses_a_store_of_a_newer_format(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(change_ini(*state, "format = 1", "format = 2", &e), ERR_FORMAT);
}

static void refuses_a_setting_that_it_does_not_know(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(change_ini(*state, "per_user", "per_person", &e), ERR_CONFIG);
}

static void refuses_a_setting_that_is_missing(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(change_ini(*state, "archive_key = ", "# ", &e), ERR_CONFIG);
}

static void names_the_authorities_of_disposals_by_an_absolute_path(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct store s;
	assert_int_equal(change_ini(f, "archive_key = ", "time_stamp_ca = tsa.pem\narchive_key = ", &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "time_stamp_ca: an absolute path"));
	assert_int_equal(change_ini(f, "= tsa.pem", "= /etc/tsa.pem", &e), ERR_OK);
	assert_int_equal(store_open(f->dir, &s, &e), ERR_OK);
	assert_string_equal(s.stamp_ca, "/etc/tsa.pem");
	store_release(&s);
}

#define CUSTODIAN "[custodian kei]\nkey = /keys/kei.asc\n"
#define FINGERPRINT "fingerprint = 0123456789ABCDEF0123456789ABCDEF01234567\n"

static void names_custodians_by_key_and_full_fingerprint(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct store s;
	int rc = change_ini(f, "[daemon]", CUSTODIAN FINGERPRINT "[custodian sora]\nkey = /keys/sora.asc\n"
	                    FINGERPRINT "[daemon]", &e);
	assert_int_equal(rc, ERR_OK);
	assert_int_equal(store_open(f->dir, &s, &e), ERR_OK);
	assert_int_equal(s.custodians_count, 2);
	assert_string_equal(s.custodians[0].name, "kei");
	assert_string_equal(s.custodians[1].key, "/keys/sora.asc");
	assert_string_equal(s.custodians[1].fpr, "0123456789ABCDEF0123456789ABCDEF01234567");
	store_release(&s);
}

static void refuses_a_custodian_that_is_not_whole(void **state)
{
	static const char *const wrong[] = {
		CUSTODIAN "[daemon]", "[custodian kei]\n" FINGERPRINT "[daemon]", "[custodian Kei]\n" FINGERPRINT "[daemon]",
		CUSTODIAN "fingerprint = 01234567\n[daemon]", "[custodian kei]\nkey = kei.asc\n" FINGERPRINT "[daemon]",
		CUSTODIAN FINGERPRINT "trust = yes\n[daemon]", CUSTODIAN "key = /other\n" FINGERPRINT "[daemon]",
	};
	struct err e = ERR_INIT;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(change_ini(*state, "[daemon]", wrong[i], &e), ERR_CONFIG);
		change_ini(*state, wrong[i], "[daemon]", &e);
	}
}

static void refuses_a_store_that_lost_its_volumes(void **state)
{
	struct fixture *f = *state;
	struct store again;
	struct err e = ERR_INIT;
	assert_int_equal(file_remove_tree(f->store.volumes, NULL), ERR_OK);
	assert_int_equal(store_open(f->dir, &again, &e), ERR_LEDGER);
}

static void finds_no_store_in_another_folder(void **state)
{
	struct store s;
	struct err e = ERR_INIT;
	assert_int_equal(store_open(*state, &s, &e), ERR_NOTFOUND);
	MEM_CLEANUP char *absent = file_path(*state, "absent");
	assert_int_equal(store_open(absent, &s, &e), ERR_NOTFOUND);
}

static void prints_pins_that_it_reads(void **state)
{
	struct fixture *f = *state;
	struct store_pins again, with = f->pins;
	BUF_CLEANUP struct buf text = BUF_INIT;
	MEM_CLEANUP char *path = file_path(f->dir, "pins");
	strcpy(with.recovery_fpr, "0123456789ABCDEF0123456789ABCDEF01234567");
	store_pins_print(&with, &text);
	assert_int_equal(file_write_durable(path, text.ptr, text.len, 0600, NULL), ERR_OK);
	assert_int_equal(store_pins_read(path, &again, NULL), ERR_OK);
	assert_string_equal(again.origin, with.origin);
	assert_string_equal(again.fpr, with.fpr);
	assert_string_equal(again.archive_fpr, with.archive_fpr);
	assert_true(*with.checkpoint);
	assert_string_equal(again.checkpoint, with.checkpoint);
	assert_string_equal(again.recovery_fpr, with.recovery_fpr);
	assert_true(hash_is_equal(&again.genesis, &with.genesis));
}

static void refuses_pins_without_a_key(void **state)
{
	struct store_pins pins;
	struct err e = ERR_INIT;
	static const char text[] = "[pin]\norigin = a.example\n";
	MEM_CLEANUP char *path = file_path(*state, "pins");
	assert_int_equal(file_write_durable(path, text, sizeof text - 1, 0600, NULL), ERR_OK);
	assert_int_equal(store_pins_read(path, &pins, &e), ERR_CONFIG);
}

static void copies_hooks_into_its_repositories(void **state)
{
	struct stat st;
	MEM_CLEANUP char *repo = file_path(*state, "r.git");
	MEM_CLEANUP char *hook = file_path(repo, "hooks/pre-receive");
	assert_int_equal(store_make_repo(repo, PROJECT "/hooks", NULL), ERR_OK);
	assert_int_equal(stat(hook, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
}

static int place(const char *folder, const char *source)
{
	const char *const sources[] = { NULL, source };
	struct err e = ERR_INIT;
	int rc = store_apart(folder, sources, 2, &e);
	assert_true(!rc || (strstr(e.text, "lies within") && e.next[0]));
	return rc;
}

static void keeps_a_copy_apart_by_real_paths(void **state)
{
	MEM_CLEANUP char *whole = file_path(*state, "whole");
	MEM_CLEANUP char *mark = file_path(whole, "daicho.ini");
	MEM_CLEANUP char *keys = file_path(*state, "keys");
	MEM_CLEANUP char *link = file_path(*state, "link");
	MEM_CLEANUP char *below = file_path(whole, "new/er/");
	MEM_CLEANUP char *by_link = file_path(link, "new");
	MEM_CLEANUP char *in_keys = file_path(keys, "new");
	MEM_CLEANUP char *beside = file_path(*state, "keys-copy/new");
	MEM_CLEANUP char *back = file_path(*state, "new/../whole/new");
	MEM_CLEANUP char *up = file_path(whole, "../new");
	assert_int_equal(file_mkdir(whole, 0700, NULL), ERR_OK);
	assert_int_equal(file_mkdir(keys, 0700, NULL), ERR_OK);
	assert_int_equal(file_write_durable(mark, "", 0, 0600, NULL), ERR_OK);
	assert_int_equal(symlink(whole, link), 0);
	assert_int_equal(place(below, NULL), ERR_CONFLICT);
	assert_int_equal(place(by_link, NULL), ERR_CONFLICT);
	assert_int_equal(place(in_keys, NULL), ERR_OK);
	assert_int_equal(place(in_keys, keys), ERR_CONFLICT);
	assert_int_equal(place(keys, keys), ERR_CONFLICT);
	assert_int_equal(place(beside, keys), ERR_OK);
	assert_int_equal(place(up, keys), ERR_OK);
	assert_int_equal(place("/", keys), ERR_OK);
	assert_int_equal(store_apart(back, NULL, 0, NULL), ERR_NOTFOUND);
}

static void names_the_process_that_serves_the_store(void **state)
{
	struct fixture *f = *state;
	struct store again;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *holder = mem_printf("held by process %ld", (long)getpid());
	assert_int_equal(store_open(f->dir, &again, &e), ERR_OK);
	assert_int_equal(store_lock(&again, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, holder));
	store_release(&again);
}

/* A child has its descriptors until it executes another program, though who forked it was killed. */
static void waits_for_the_child_of_one_that_was_killed(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		poll(NULL, 0, 100);
		_exit(0);
	}
	close(f->store.lock_fd);
	f->store.lock_fd = -1;
	assert_int_equal(store_lock(&f->store, &e), ERR_OK);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, set_folder, remove_folder)
#define IN_STORE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(keeps_a_copy_apart_by_real_paths),
		IN_FOLDER(refuses_a_folder_that_is_not_empty),
		IN_FOLDER(refuses_an_origin_that_a_leaf_cannot_say),
		IN_FOLDER(leaves_nothing_when_the_rule_book_is_wrong),
		IN_FOLDER(leaves_nothing_when_the_key_is_unknown),
		IN_FOLDER(refuses_an_archive_inside_of_the_store),
		IN_STORE(is_readable_by_its_owner_alone),
		IN_STORE(begins_with_a_genesis_that_pins_its_keys),
		IN_STORE(is_clean_to_git),
		IN_STORE(reads_back_what_init_wrote),
		IN_STORE(adds_and_removes_a_mirror_and_keeps_all_else),
		IN_STORE(leaves_its_configuration_when_a_mirror_cannot_be_said),
		IN_FOLDER(knows_only_urls_that_git_reaches_as_files_or_by_ssh),
		IN_STORE(refuses_a_store_of_a_newer_format),
		IN_STORE(refuses_a_setting_that_it_does_not_know),
		IN_STORE(refuses_a_setting_that_is_missing),
		IN_STORE(names_the_authorities_of_disposals_by_an_absolute_path),
		IN_STORE(names_custodians_by_key_and_full_fingerprint),
		IN_STORE(refuses_a_custodian_that_is_not_whole),
		IN_STORE(refuses_a_store_that_lost_its_volumes),
		IN_STORE(names_the_process_that_serves_the_store),
		IN_STORE(waits_for_the_child_of_one_that_was_killed),
		IN_FOLDER(finds_no_store_in_another_folder),
		IN_STORE(prints_pins_that_it_reads),
		IN_FOLDER(refuses_pins_without_a_key),
		IN_FOLDER(copies_hooks_into_its_repositories),
	};
	return cmocka_run_group_tests_name("ledger/store", tests, make_template, remove_template);
}
