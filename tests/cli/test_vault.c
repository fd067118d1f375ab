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
	expect_usage(cli("snapshot", "restore", "--to", "kept/", "--store", "kept", NULL),
	             "\"kept/\": is the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "kept/snapshots", "--store", "kept", NULL),
	             "\"kept/snapshots\": is in the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "kept/new/one", "--store", "./kept", NULL),
	             "\"kept/new/one\": is in the folder of snapshots; restore to another one");
	expect_usage(cli("snapshot", "restore", "--to", "link", "--store", "kept", NULL),
	             "\"link\": is in the folder of snapshots; restore to another one");
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

/* The one that was kept first; its seal goes into `seal` and the path of its pack into `path`. */
static void find_first(char seal[RQ_SHA256_HEX], char *path, size_t size)
{
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "--as-of", "2026-11-02", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");

	snprintf(seal, RQ_SHA256_HEX, "%s", rq_json_string(rq_json_get(root, "sha256")));
	find_pack(path, size, root);
	rq_json_free(root);
	cli_free(&shown);
}

static void flip_first_byte(const char *path)
{
	struct rq_buf file = cli_read(path);

	file.data[0] ^= 1;
	cli_write_bytes(path, file.data, file.size);
	rq_buf_release(&file);
}

/* Whoever finds it. That it is mended shows another drill. */
START_TEST(damage_ends_the_pass_of_a_drill)
{
	char path[300], seal[RQ_SHA256_HEX];

	two_nights();
	find_first(seal, path, sizeof path);
	for (int finder = 0; finder < 4; finder++) {
		drop(EXPECT_AT(FRIDAY, 0, "snapshot", "drill", "previous", "--store", "kept"));
		expect_said(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"), "previous         passed ");
		flip_first_byte(path);
		if (finder == 0)
			drop(CLI_EXPECT(1, "snapshot", "verify", seal, "--store", "kept"));
		if (finder == 1)
			drop(CLI_EXPECT(65, "snapshot", "restore", seal, "--to", "srv", "--store", "kept"));
		if (finder == 2)
			drop(EXPECT_AT(SATURDAY, 65, "snapshot", "export", seal, "--out", "e.tar", "--store", "kept"));
		if (finder == 3)
			drop(CLI_EXPECT(65, "compare", "current", seal, "--store", "kept"));
		flip_first_byte(path);
		if (finder == 2)
			expect_said(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"),
			            "previous         DAMAGED 2026-11-07, passed 2026-11-06\n");
		expect_said(CLI_EXPECT(0, "snapshot", "list", "--json", "--store", "kept"),
		            "\"reason\": \"it passed, but has been damaged since: ");
		expect_said(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"), ", passed 2026-11-06\n");
	}
}
END_TEST

/* An import brings the same bytes again, and mends with them what they are found damaged: chunks, and the manifest. */
START_TEST(an_import_mends)
{
	char pack[300], seal[RQ_SHA256_HEX], manifest[120];

	two_nights();
	find_first(seal, pack, sizeof pack);
	snprintf(manifest, sizeof manifest, "kept/snapshots/%s/manifest.json", seal);
	drop(CLI_EXPECT(0, "snapshot", "export", seal, "--out", "e.tar", "--store", "kept"));
	flip_first_byte(pack);
	drop(CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"));
	expect_said(CLI_EXPECT(0, "snapshot", "import", "e.tar", "--store", "kept"), "was here");
	drop(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"));
	flip_first_byte(manifest);
	drop(CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"));
	expect_said(CLI_EXPECT(0, "snapshot", "import", "e.tar", "--store", "kept"), "is here");
	drop(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"));
	drop(CLI_EXPECT(0, "snapshot", "restore", seal, "--to", "srv", "--store", "kept"));
}
END_TEST

/* The first job of a vault that keeps nothing leaves none; folders that were there before stay. */
START_TEST(what_is_refused_leaves_no_vault)
{
	two_nights();
	drop(CLI_EXPECT(0, "snapshot", "export", "--out", "e.tar", "--store", "kept"));
	struct rq_buf tar = cli_read("e.tar");
	cli_write("no.tar", "no archive");
	cli_write_bytes("cut.tar", tar.data, tar.size - 2000); /* chunks have come, and are not all */
	cli_make_folder("here");
	char *before = cli_files();
	for (int i = 0; i < 2; i++) {
		drop(CLI_EXPECT(65, "snapshot", "import", i == 0 ? "no.tar" : "cut.tar", "--store", "new/one"));
		drop(CLI_EXPECT(65, "snapshot", "import", i == 0 ? "no.tar" : "cut.tar", "--store", "here"));
		drop(CLI_EXPECT(74, "snapshot", "import", "none.tar", "--store", "new"));
	}
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	ck_assert(!cli_exists("new") && cli_exists("here"));
	drop(CLI_EXPECT(0, "snapshot", "import", "e.tar", "--store", "here"));
	drop(CLI_EXPECT(65, "snapshot", "import", "no.tar", "--store", "here"));
	expect_said(CLI_EXPECT(0, "snapshot", "verify", "--store", "here"), "1 snapshot, ");
	free(before);
	free(after);
	rq_buf_release(&tar);
}
END_TEST

/* What is current, and what is pinned, is not forgotten because the snapshots are elsewhere. */
START_TEST(a_vault_that_lost_its_snapshots_is_not_made_anew)
{
	two_nights();
	struct rq_buf before = cli_read("kept/switches");
	char *from = cli_path("kept/snapshots"), *to = cli_path("away");
	for (int packs = 0; packs < 2; packs++) {
		if (packs)
			cli_remove("kept/packs");
		else
			ck_assert_int_eq(rename(from, to), 0);
		struct cli result = cli(CREATE, NULL);
		cli_expect_refusal(&result, 65,
		                   "\"kept/snapshots\": is missing, and \"kept/switches\" tells of snapshots; put it back, or "
		                   "choose another folder");
		struct rq_buf after = cli_read("kept/switches");
		ck_assert_str_eq(before.data, after.data);
		rq_buf_release(&after);
	}
	rq_buf_release(&before);
	free(from);
	free(to);
}
END_TEST

/* They are listed in the order in which they were made, also those of one second. */
START_TEST(one_second_is_listed_in_its_order)
{
	char seals[4][RQ_SHA256_HEX];

	for (uint64_t i = 0; i < 4; i++) {
		write_index(i + 1);
		struct cli made = EXPECT_AT(MONDAY, 0, CREATE);
		snprintf(seals[i], 13, "%s", made.out);
		cli_free(&made);
	}
	struct cli listed = CLI_EXPECT(0, "snapshot", "list", "--store", "kept");
	const char *at = listed.out;
	for (int i = 0; i < 4; i++) {
		const char *found = strstr(at, seals[i]);
		ck_assert_msg(found != NULL, "%d:\n%s", i, listed.out);
		at = found;
	}
	cli_free(&listed);
}
END_TEST

Suite *vault_suite(void)
{
	Suite *suite = suite_create("vault");
	TCase *tests = cli_case("vault");

	tcase_add_test(tests, nothing_is_brought_back_into_the_vault);
	tcase_add_test(tests, damage_ends_the_pass_of_a_drill);
	tcase_add_test(tests, an_import_mends);
	tcase_add_test(tests, what_is_refused_leaves_no_vault);
	tcase_add_test(tests, a_vault_that_lost_its_snapshots_is_not_made_anew);
	tcase_add_test(tests, one_second_is_listed_in_its_order);
	suite_add_tcase(suite, tests);
	return suite;
}
