/* The folder of snapshots in careless and in hostile hands: what it remembers of drills, and that it stays whole. */
#include "snapshots.h"

#include <unistd.h>

/* The exit code is 64, and all that is said ends so. */
static void expect_usage(struct cli result, const char *sentence)
{
	cli_expect_refusal(&result, 64, sentence);
}

/* A folder of snapshots is a place for nothing else, by whatever name it goes. */
START_TEST(nothing_is_brought_back_into_the_vault)
{
	char *link = cli_path("link");

	two_nights();
	ck_assert_int_eq(symlink("kept/packs", link), 0);
	char *before = cli_files();
	expect_usage(cli("snapshot", "restore", "--to", "kept/", "--store", "kept", NULL), "\"kept/\": is the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "kept/snapshots", "--store", "kept", NULL),
	             "\"kept/snapshots\": is in the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "kept/new/one", "--store", "./kept", NULL),
	             "\"kept/new/one\": is in the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "link", "--store", "kept", NULL), "\"link\": is in the folder of snapshots; restore to another one");
	expect_usage(cli_in("kept", NULL, "snapshot", "restore", "--to", "new", "--store", "../kept", NULL),
	             "\"new\": is in the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "drill", "--to", "kept/drills", "--store", "kept", NULL),
	             "\"kept/drills\": is in the folder of snapshots; without --to the scratch folder is made there");
	expect_usage(cli("compare", "current", "previous", "--scratch", "kept/pins", "--store", "kept", NULL),
	             "\"kept/pins\": is in the folder of snapshots; without --scratch it is brought back there");
	expect_usage(cli("snapshot", "export", "--out", "link/e.tar", "--store", "kept", NULL),
	             "\"link/e.tar\": is in the folder of snapshots; write it elsewhere");
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	cli_make_folder("kept.old"); /* beside it */
	drop(CLI_EXPECT(0, "snapshot", "restore", "--to", "kept.old", "--store", "kept"));
	free(before);
	free(after);
	free(link);
}
END_TEST

Suite *vault_suite(void)
{
	Suite *suite = suite_create("vault");
	TCase *tests = cli_case("vault");

	tcase_add_test(tests, nothing_is_brought_back_into_the_vault);
	suite_add_tcase(suite, tests);
	return suite;
}
