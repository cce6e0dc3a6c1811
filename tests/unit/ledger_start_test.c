/* What a start finds although the index stands: an entry that was taken out, a record that was put back. */
#include "ledger_office.h"

static struct office *office;
static uint64_t slip;

static int make_office(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_library();
	office = office_under("ledger", "s/^\\[kind slip\\]$/&\\nmeasure = destroy/");
	office_signers(office);
	slip = office_slip(office, "goes");
	office_live_to(office, office->year + 2, 1, 1);
	office_slip(office, "stays");
	office_do("cp -a %s/volumes/%d.git %s/were.git", office->dir, office->year, office->root);
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
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
	return 0;
}

static void expect_refused(const char *reason)
{
	struct err e = ERR_INIT;
	assert_int_equal(office_try_open(office, &e), ERR_LEDGER);
	store_release(&office->store);
	if (!strstr(e.text, reason))
		fail_msg("not %s: %s", reason, e.text);
}

static void starts_as_it_was_closed(void **state)
{
	(void)state;
	office_open(office);
	office_close(office);
}

static void refuses_a_ledger_that_lacks_an_entry_in_its_middle(void **state)
{
	(void)state;
	office_do("cd %s/ledger.git; gone=$(git rev-parse refs/heads/ledger~5); git rev-list --objects --all |"
	          " cut -d ' ' -f 1 | grep -v $gone > ../left; rm -rf ../packs; mkdir ../packs;"
	          " git pack-objects -q ../packs/pack < ../left > /dev/null; rm -rf objects/??;"
	          " rm -f objects/pack/*; cp ../packs/* objects/pack; rm -rf ../packs ../left", office->dir);
	expect_refused("is missing from");
}

static void refuses_a_record_that_was_put_back_after_its_disposal(void **state)
{
	MEM_CLEANUP char *reason = mem_printf("entry %llu: its record was disposed of", (unsigned long long)slip);
	(void)state;
	office_do("cd %s; rm -rf s/volumes/%d.git; cp -a were.git s/volumes/%d.git", office->root, office->year,
	          office->year);
	expect_refused(reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(starts_as_it_was_closed, put_back),
		cmocka_unit_test_setup(refuses_a_ledger_that_lacks_an_entry_in_its_middle, put_back),
		cmocka_unit_test_setup(refuses_a_record_that_was_put_back_after_its_disposal, put_back),
	};
	return cmocka_run_group_tests_name("ledger/start", tests, make_office, drop_office);
}
