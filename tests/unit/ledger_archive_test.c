#include "ledger_office.h"

#include <openssl/evp.h>

#include "ledger/archive.h"
#include "ledger/archive_impl.h"
#include "model/merkle.h"

static struct office *office;
static struct history *history;
static struct history_dues dues;
static struct hash plan;
static uint64_t letter;

static int make_office(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	office_library();
	office = office_new();
	office_people(office);
	office_slip(office, "first");
	letter = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                    "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	office_add(office, "badge", "\"body\":{\"text\":\"still out\"}");
	office_live_to(office, office->year + 2, 1, 1);
	office_must(ledger_history(office->ledger, &history, &e), &e);
	history_due(history, office->year + 2, 0, &dues);
	plan = dispose_plan_digest(office->pins.origin, &dues);
	assert_int_equal(dues.count, 1);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	history_dues_release(&dues);
	history_free(history);
	office_free(office);
	repo_library_exit();
	return 0;
}

static struct archive_basis get_basis(void)
{
	return (struct archive_basis){ .history = history, .size = 7, .time = office->ledger->chain.time };
}

static int write_archive(const struct archive_basis *basis, struct archive_result *out, struct err *e)
{
	return archive_write(office->ledger, basis, &dues, &plan, out, NULL, e);
}

static void write_good(struct archive_result *out)
{
	const struct archive_basis basis = get_basis();
	struct err e = ERR_INIT;
	office_must(write_archive(&basis, out, &e), &e);
}

static void drop_archive(void)
{
	office_do("rm -rf %s", office->store.archive);
}

static void holds_every_due_record(void **state)
{
	struct archive_result a;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	office_must(archive_check(a.path, &a.hash, NULL, &e), &e);
	MEM_CLEANUP char *notes = office_sh("tar -tf %s | grep -c '/data/[0-9]*/note.txt$'", a.path);
	MEM_CLEANUP char *attached = office_sh("tar -xOf %s --wildcards '*/data/%012llu/attachment-1' | tail -n +2", a.path,
	                                       (unsigned long long)letter);
	assert_string_equal(notes, "2");
	assert_string_equal(attached, "scan");
	free(a.path);
	drop_archive();
}

static void comes_out_byte_for_byte_the_same(void **state)
{
	struct archive_result a, b;
	(void)state;
	write_good(&a);
	drop_archive();
	office_heartbeat(office);
	write_good(&b);
	assert_memory_equal(&a.hash, &b.hash, sizeof a.hash);
	assert_string_equal(a.path, b.path);
	assert_true(a.bytes == b.bytes);
	free(a.path);
	free(b.path);
	drop_archive();
}

static void accepts_the_same_archive_as_done(void **state)
{
	struct archive_result a, b;
	(void)state;
	write_good(&a);
	MEM_CLEANUP char *before = office_sh("stat -c '%%i %%y' %s*", a.path);
	write_good(&b);
	MEM_CLEANUP char *after = office_sh("stat -c '%%i %%y' %s*", a.path);
	assert_string_equal(before, after);
	free(a.path);
	free(b.path);
	drop_archive();
}

static void leaves_other_bytes_of_its_name_alone(void **state)
{
	const struct archive_basis basis = get_basis();
	struct archive_result a, b;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	office_do("echo other > %s", a.path);
	MEM_CLEANUP char *before = office_sh("sha256sum %s*", a.path);
	assert_int_equal(write_archive(&basis, &b, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.next, "move it away"));
	MEM_CLEANUP char *after = office_sh("sha256sum %s*", a.path); /* no .partial beside it either */
	assert_string_equal(before, after);
	free(a.path);
	drop_archive();
}

static void follows_no_link_of_its_name(void **state)
{
	const struct archive_basis basis = get_basis();
	struct archive_result a, b;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	office_do("cd %s; mv %s ../moved; ln -s ../moved %s", office->store.archive, a.path, a.path);
	assert_int_equal(write_archive(&basis, &b, &e), ERR_CONFLICT);
	office_do("test -L %s; rm %s/../moved", a.path, office->store.archive);
	free(a.path);
	drop_archive();
}

static void accepts_what_a_run_left_that_was_cut_off(void **state)
{
	struct archive_result a, b;
	(void)state;
	write_good(&a);
	office_do("cd %s; rm *.sha256 *.asc; head -c 5000 %s > %s.partial; echo x > $(basename %s .tar).sha256.tmp-1;"
	          " echo x > $(basename %s .tar).sha256.asc.tmp-22", office->store.archive, a.path, a.path, a.path, a.path);
	write_good(&b);
	assert_memory_equal(&a.hash, &b.hash, sizeof a.hash);
	office_do("cd %s; test ! -e %s.partial; [ \"$(ls -A | wc -l)\" = 3 ]; sha256sum -c --quiet *.sha256;"
	          " test -s *.asc", office->store.archive, a.path);
	free(a.path);
	free(b.path);
	drop_archive();
}

static void refuses_to_make_another_than_the_certificate_names(void **state)
{
	struct archive_basis basis = get_basis();
	struct archive_result a;
	struct err e = ERR_INIT;
	const struct hash other = { { 1 } };
	(void)state;
	basis.named = &other;
	assert_int_equal(write_archive(&basis, &a, &e), ERR_CONFLICT);
	MEM_CLEANUP char *left = office_sh("ls %s", office->store.archive);
	assert_string_equal(left, "");
	drop_archive();
}

static void refuses_a_folder_inside_of_the_store(void **state)
{
	const struct archive_basis basis = get_basis();
	struct archive_result a;
	struct err e = ERR_INIT;
	char *good = office->store.archive;
	(void)state;
	office->store.archive = file_path(office->dir, "archive");
	assert_int_equal(write_archive(&basis, &a, &e), ERR_CONFIG);
	free(office->store.archive);
	office->store.archive = good;
	office_do("rm -rf %s/archive", office->dir);
}

static void is_checked_by_stock_tools_as_its_readme_tells(void **state)
{
	struct archive_result a;
	(void)state;
	write_good(&a);
	size_t stem = strlen(a.path) - strlen(".tar");
	office_do("cd %s; rm -rf open; mkdir -m 700 open open/gpg; export GNUPGHOME=$PWD/open/gpg; name=$(basename %.*s);"
	          " cp %.*s.* open; cd open; sha256sum -c --quiet $name.sha256; tar -xf $name.tar;"
	          " gpg -q --import $name/data/keys/*.asc 2>&1; gpg -q --verify $name.sha256.asc $name.sha256 2>&1;"
	          " cd $name;"
	          " sha256sum -c --quiet manifest-sha256.txt; sha256sum -c --quiet tagmanifest-sha256.txt;"
	          " grep -q 'Bagging-Date: ' bag-info.txt; cd data/%012llu; sed '1,/^$/d' commit.txt | cmp - leaf.txt;"
	          " sed '/^gpgsig /,/^ -----END PGP SIGNATURE-----$/d' commit.txt > payload;"
	          " sed -n '/^gpgsig /,/^ -----END PGP SIGNATURE-----$/p' commit.txt | sed 's/^gpgsig //; s/^ //' >"
	          " signature.asc; gpg -q --verify signature.asc payload 2>&1;"
	          " grep -q \"^Record: sha256:$(sha256sum note.txt | cut -c 1-64)$\" leaf.txt;"
	          " grep -q \"^Leaf: sha256:$( (printf '\\000'; cat leaf.txt) | sha256sum | cut -c 1-64)$\" proof.txt;"
	          " gpgconf --homedir $GNUPGHOME --kill all",
	          office->root, (int)stem, a.path, (int)stem, a.path, (unsigned long long)letter);
	free(a.path);
	drop_archive();
}

static void proves_each_leaf_by_the_root_that_the_ledger_signed(void **state)
{
	struct archive_result a;
	(void)state;
	write_good(&a);
	MEM_CLEANUP char *root = office_sh("tar -xOf %s --wildcards '*/data/%012llu/proof.txt' | sed -n 's/^Root: //p'",
	                                   a.path, (unsigned long long)letter);
	MEM_CLEANUP char *said = office_sh("git -C %s/ledger.git log --reverse --format=%%B refs/heads/ledger |"
	                                   " sed -n '/^Seq: 7$/,$ s/^Root: //p' | head -1", office->dir);
	assert_string_equal(root, said);
	free(a.path);
	drop_archive();
}

/* The archive unpacked, changed by the script in its folder, and packed again in the same order. */
static void expect_refused(const char *script, const char *why)
{
	struct archive_result a;
	struct err e = ERR_INIT;
	write_good(&a);
	MEM_CLEANUP char *bad = file_path(office->root, "bad.tar");
	office_do("cd %s; rm -rf open bad.tar; mkdir open; tar -tf %s > open/list; tar -C open -xf %s; cd open;"
	          " (cd */; %s);"
	          " while read -r f; do [ -e \"$f\" ] && echo \"$f\"; done < list > kept;"
	          " tar --format=ustar -cf ../bad.tar -T kept", office->root, a.path, a.path, script);
	assert_int_not_equal(archive_check(bad, NULL, NULL, &e), ERR_OK);
	if (!strstr(e.text, why))
		fail_msg("%s", e.text);
	free(a.path);
	drop_archive();
}

/* Manifests that fit what stands in the folder. */
#define REMAKE "sed 's/^[0-9a-f]*  //' manifest-sha256.txt | xargs sha256sum > m;" \
               " mv m manifest-sha256.txt; sed 's/^[0-9a-f]*  //' tagmanifest-sha256.txt | xargs sha256sum > m;" \
               " mv m tagmanifest-sha256.txt"

static void accepts_the_archive_packed_again_by_tar(void **state)
{
	struct archive_result a;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	MEM_CLEANUP char *again = file_path(office->root, "again.tar");
	office_do("cd %s; rm -rf open; mkdir open; tar -tf %s > list; tar -C open -xf %s; cd open; (cd */; " REMAKE ");"
	          " tar --format=ustar -cf ../again.tar -T ../list", office->root, a.path, a.path);
	office_must(archive_check(again, NULL, NULL, &e), &e);
	assert_int_equal(archive_check(again, &a.hash, NULL, &e), ERR_LEDGER);
	free(a.path);
	drop_archive();
}

static void refuses_a_changed_record(void **state)
{
	(void)state;
	expect_refused("sed -i s/first/forged/ data/*/note.txt", "note.txt: not the record that its leaf names");
}

static void refuses_a_changed_record_under_changed_manifests(void **state)
{
	(void)state;
	expect_refused("sed -i s/first/firsT/ data/*/note.txt; " REMAKE, "note.txt: not the record that its leaf names");
}

static void refuses_a_changed_attachment(void **state)
{
	(void)state;
	expect_refused("sed -i s/scan/SCAN/ data/*/attachment-1; " REMAKE, "attachment-1: not the attachment");
}

static void refuses_a_leaf_that_is_not_its_commit(void **state)
{
	(void)state;
	expect_refused("sed -i '1s/slip/SLIP/' data/*/leaf.txt; " REMAKE, "leaf.txt: not the message");
}

static void refuses_a_changed_proof(void **state)
{
	(void)state;
	expect_refused("sed -i 's/^Root: sha256:[0-9a-f]\\{4\\}/Root: sha256:0000/' data/*/proof.txt; " REMAKE,
	               "proof.txt: does not prove");
}

static void refuses_a_commit_that_the_keys_did_not_sign(void **state)
{
	(void)state;
	expect_refused("sed -i 's/^author [^ ]*/author other.example/; s/^committer [^ ]*/committer other.example/' "
	               "data/*/commit.txt; " REMAKE, "commit.txt: signature: not over these bytes");
}

static void refuses_a_record_left_out(void **state)
{
	(void)state;
	expect_refused("rm data/*/attachment-1; sed -i /attachment/d manifest-sha256.txt; " REMAKE,
	               "an attachment that the record names");
}

static void refuses_a_bag_without_its_manifest(void **state)
{
	(void)state;
	expect_refused("rm tagmanifest-sha256.txt", "a file that a bag must have");
}

static void refuses_a_cut_off_file(void **state)
{
	struct archive_result a;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	office_do("truncate -s -10240 %s", a.path);
	assert_int_not_equal(archive_check(a.path, NULL, NULL, &e), ERR_OK);
	free(a.path);
	drop_archive();
}

static void names_ids_and_salts_of_what_it_holds(void **state)
{
	struct archive_result a;
	struct archive_traces t;
	struct err e = ERR_INIT;
	(void)state;
	write_good(&a);
	office_must(archive_check(a.path, NULL, &t, &e), &e);
	assert_int_equal(t.blobs_count, 3);
	assert_int_equal(t.salts_count, 3);
	MEM_CLEANUP char *id = office_sh("tar -xOf %s --wildcards '*/data/%012llu/note.txt' | git hash-object --stdin",
	                                 a.path, (unsigned long long)letter);
	struct oid blob;
	assert_true(oid_parse(id, strlen(id), &blob));
	assert_non_null(bsearch(&blob, t.blobs, t.blobs_count, sizeof blob, oid_compare));
	archive_traces_release(&t);
	free(a.path);
	drop_archive();
}

/* A tree of every size up to 70, every leaf, against the plain way of RFC 6962. */
static void gives_the_proofs_of_rfc_6962(void **state)
{
	(void)state;
	for (size_t size = 1; size <= 70; size++) {
		struct hash *leaves = mem_array(size, sizeof *leaves);
		struct archive_tree tree;
		for (size_t i = 0; i < size; i++)
			leaves[i] = hash_of2(0, &i, sizeof i);
		archive_tree_init(&tree, leaves, size);
		for (size_t i = 0; i < size; i++) {
			struct archive_proof p;
			struct hash path[MERKLE_DEPTH_MAX];
			archive_tree_prove(&tree, i, &p);
			assert_int_equal(p.count, merkle_prove(leaves, size, i, path));
			assert_memory_equal(p.path, path, p.count * sizeof *path);
			assert_true(merkle_check(i, size, &p.leaf, p.path, p.count, &p.root));
		}
		archive_tree_release(&tree);
	}
}

static void reads_back_the_proof_that_it_prints(void **state)
{
	struct archive_proof p = { .origin = "a.example", .seq = 3, .size = 9, .count = 2 }, again;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	archive_proof_print(&p, &text);
	office_must(archive_proof_parse(buf_str(&text), text.len, &again, &e), &e);
	assert_int_equal(again.count, 2);
	assert_int_equal(archive_proof_parse(buf_str(&text), text.len - 1, &again, &e), ERR_SYNTAX);
	buf_puts(&text, "\n");
	assert_int_equal(archive_proof_parse(buf_str(&text), text.len, &again, &e), ERR_SYNTAX);
}

/* By a key of its own. */
static struct pgp_check make_seal(uint8_t first)
{
	struct pgp_check c = { .digest = { first }, .len = 64 };
	uint8_t sig[64];
	size_t len = sizeof sig, key_len = sizeof c.public_key;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, c.public_key, &key_len), 1);
	assert_int_equal(EVP_DigestSignInit(md, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(md, sig, &len, c.digest, c.len), 1);
	memcpy(c.r, sig, 32);
	memcpy(c.s, sig + 32, 32);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return c;
}

static void checks_what_is_read_again_when_it_is_not_what_was_written(void **s)
{
	(void)s;
	struct archive_seals seals;
	struct err e = ERR_INIT;
	struct pgp_check a = make_seal(1), b = make_seal(2), changed = b;
	uint64_t seq = 0;
	changed.s[3] ^= 1;
	archive_seals_init(&seals);
	archive_seals_begin(&seals, &a, 10);
	archive_seals_begin(&seals, &b, 11);
	archive_seals_read(&seals, &a, 10);
	assert_int_equal(archive_seals_finish(&seals, &seq, &e), ERR_OK);
	archive_seals_read(&seals, &changed, 11);
	assert_int_equal(archive_seals_finish(&seals, &seq, &e), ERR_KEY);
	assert_int_equal(seq, 11);
	archive_seals_release(&seals);
}

static void refuses_a_signature_that_was_wrong_when_it_was_written(void **s)
{
	(void)s;
	struct archive_seals seals;
	struct err e = ERR_INIT;
	struct pgp_check a = make_seal(1), wrong = make_seal(2);
	uint64_t seq = 0;
	wrong.digest[9] ^= 1;
	archive_seals_init(&seals);
	archive_seals_begin(&seals, &wrong, 10);
	archive_seals_begin(&seals, &a, 11);
	archive_seals_read(&seals, &wrong, 10);
	archive_seals_read(&seals, &a, 11);
	assert_int_equal(archive_seals_finish(&seals, &seq, &e), ERR_KEY);
	assert_int_equal(seq, 10);
	archive_seals_release(&seals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_every_due_record),
		cmocka_unit_test(comes_out_byte_for_byte_the_same),
		cmocka_unit_test(accepts_the_same_archive_as_done),
		cmocka_unit_test(leaves_other_bytes_of_its_name_alone),
		cmocka_unit_test(follows_no_link_of_its_name),
		cmocka_unit_test(accepts_what_a_run_left_that_was_cut_off),
		cmocka_unit_test(refuses_to_make_another_than_the_certificate_names),
		cmocka_unit_test(refuses_a_folder_inside_of_the_store),
		cmocka_unit_test(is_checked_by_stock_tools_as_its_readme_tells),
		cmocka_unit_test(proves_each_leaf_by_the_root_that_the_ledger_signed),
		cmocka_unit_test(accepts_the_archive_packed_again_by_tar),
		cmocka_unit_test(refuses_a_changed_record),
		cmocka_unit_test(refuses_a_changed_record_under_changed_manifests),
		cmocka_unit_test(refuses_a_changed_attachment),
		cmocka_unit_test(refuses_a_leaf_that_is_not_its_commit),
		cmocka_unit_test(refuses_a_changed_proof),
		cmocka_unit_test(refuses_a_commit_that_the_keys_did_not_sign),
		cmocka_unit_test(checks_what_is_read_again_when_it_is_not_what_was_written),
		cmocka_unit_test(refuses_a_signature_that_was_wrong_when_it_was_written),
		cmocka_unit_test(refuses_a_record_left_out),
		cmocka_unit_test(refuses_a_bag_without_its_manifest),
		cmocka_unit_test(refuses_a_cut_off_file),
		cmocka_unit_test(names_ids_and_salts_of_what_it_holds),
		cmocka_unit_test(gives_the_proofs_of_rfc_6962),
		cmocka_unit_test(reads_back_the_proof_that_it_prints),
	};
	return cmocka_run_group_tests_name("ledger/archive", tests, make_office, drop_office);
}
