/* Full disks and folders that cannot be written: a report that does not fit is exit code 74 and no report, a cache that does not fit is a warning. */
#include "cli.h"

#include "tests/faults/collection.h"
#include "tests/faults/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

enum { STEP = 307, PAGE = 4096, PAGES_MAX = 64 };

static rlim_t largest_file;

static void limit_files(void)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){largest_file, largest_file});
}

/* No file may grow beyond so many bytes: each write of each report is refused at some of these sizes. */
START_TEST(reports_that_do_not_fit)
{
	int refused = 0;

	place_collection();
	cli_prepare(limit_files);
	for (largest_file = 600;; largest_file += STEP) { /* what it says of a failure has room */
		struct cli result = cli("run", "gate.json", "--no-cache", NULL);
		if (result.exit_code == 0) {
			cli_free(&result);
			break;
		}
		ck_assert_msg(result.exit_code == 74 && strstr(result.err, "\": cannot write: File too large\n") != NULL, "%d bytes: exit code %d\n%s",
		              (int)largest_file, result.exit_code, result.err);
		ck_assert(!cli_exists("out"));
		refused++;
		cli_free(&result);
	}
	ck_assert_int_ge(refused, 10);
	ck_assert(cli_exists("out/report.json") && cli_exists("out/report.md") && cli_exists("out/report.d/candidate.exact.run.zst"));
}
END_TEST

/* The same of an approval, which appears whole or not at all. */
START_TEST(baselines_that_do_not_fit)
{
	int refused = 0;

	place_collection();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	cli_free(&result);
	cli_prepare(limit_files);
	for (largest_file = 600;; largest_file += STEP) {
		result = cli("baseline", "approve", "out/report.json", "--name", "one", "--force", NULL);
		if (result.exit_code == 0)
			break;
		ck_assert_msg(result.exit_code == 74 && strstr(result.err, "\": cannot write: File too large\n") != NULL, "%d bytes: exit code %d\n%s",
		              (int)largest_file, result.exit_code, result.err);
		ck_assert(!cli_exists("baselines"));
		refused++;
		cli_free(&result);
	}
	cli_free(&result);
	ck_assert_int_ge(refused, 5);
	result = CLI_EXPECT(0, "baseline", "verify", "--config", "gate.json");
	ck_assert_str_eq(result.out,
	                 "one: whole, its scores are those of its rankings; not computed anew, for a baseline keeps neither vectors nor texts: "
	                 "Unique@5, ILD@5, ann_recall@10\n");
	cli_free(&result);
}
END_TEST

static bool mount_small(const char *name, int pages)
{
	char *path = cli_path(name), size[32];

	snprintf(size, sizeof size, "size=%d", pages * PAGE);
	cli_make_folder(name);
	bool mounted = mount("none", path, "tmpfs", 0, size) == 0;
	free(path);
	return mounted;
}

static void unmount(const char *name)
{
	char *path = cli_path(name);

	ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
	free(path);
}

START_TEST(a_disk_that_is_full_of_reports)
{
	int refused = 0;

	place_collection();
	if (!place_private_mounts())
		return;
	for (int pages = 1; pages < PAGES_MAX; pages++) {
		ck_assert(mount_small("out", pages));
		struct cli result = cli("run", "gate.json", "--no-cache", NULL);
		char *left = cli_files();
		bool whole = result.exit_code == 0;
		ck_assert_msg(whole || (result.exit_code == 74 && strstr(result.err, "No space left on device\n") != NULL && strstr(left, "out/") == NULL),
		              "%d pages: exit code %d\n%s%s", pages, result.exit_code, result.err, left);
		refused += !whole;
		free(left);
		cli_free(&result);
		unmount("out");
		if (whole)
			break;
	}
	ck_assert_int_ge(refused, 3);
}
END_TEST

START_TEST(a_disk_that_is_full_of_cache)
{
	int warned = 0;

	place_collection();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	cli_free(&result);
	rq_json *expected = cli_report("out/report.json", false);
	if (!place_private_mounts())
		return;
	for (int pages = 2; pages < PAGES_MAX / 2; pages += 3) { /* folders take pages too */
		ck_assert(mount_small("cache", pages));
		for (int run = 0; run < 2; run++) {
			result = CLI_EXPECT(0, "run", "gate.json", "--cache", "cache");
			warned += strstr(result.err, "rqgate: warning: the cache could not be written, so the next run is no faster: \"cache/") != NULL;
			ck_assert_ptr_null(strstr(result.err, "damaged"));
			cli_free(&result);
			cli_expect_same(rq_json_copy(expected), cli_report("out/report.json", false));
		}
		unmount("cache");
	}
	ck_assert_int_ge(warned, 4);
	rq_json_free(expected);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written)
{
	place_collection();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--cache", "cache");
	cli_free(&result);
	rq_json *expected = cli_report("out/report.json", false);
	cli_make_folder("elsewhere");
	if (!place_private_mounts())
		return;
	char *all = cli_path("."), *elsewhere = cli_path("elsewhere");
	ck_assert_int_eq(mount("none", elsewhere, "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount(all, all, NULL, MS_BIND | MS_REC, NULL), 0);
	ck_assert_int_eq(mount(NULL, all, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 74, "warning: reports of an earlier run are left, and are not this one's: \"out/report.json\": cannot remove: "
	                                "Read-only file system\nrqgate: gate.json: reports.json: \"out/report.json\": cannot write: Read-only file system");
	result = cli("init", ".", "made", NULL);
	cli_expect_refusal(&result, 74, "\"made\": cannot create the folder: Read-only file system");
	char *reports;
	ck_assert_int_ge(asprintf(&reports, "reports={\"json\": \"%s/report.json\"}", elsewhere), 0);
	result = CLI_EXPECT(0, "run", "gate.json", "--set", reports, "--cache", "cache"); /* what is in the cache serves */
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--set", reports);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: warning: the cache could not be written, so the next run is no faster: \""));
	cli_free(&result);
	rq_json *report = cli_report("elsewhere/report.json", false), *inputs = rq_json_member(report, "inputs");
	rq_json_remove(inputs, "config"); /* --set makes it another */
	rq_json_remove(rq_json_member(expected, "inputs"), "config");
	cli_expect_same(expected, report);
	free(all);
	free(elsewhere);
	free(reports);
}
END_TEST

static void keep(const char *file)
{
	struct cli result = CLI_EXPECT(0, "snapshot", "create", "--index", file, "--kind", "exact", "--vectors", file,
	                               "--ids", "v.ids", "--model", "model", "--store", "kept");
	cli_free(&result);
}

/* A backup is mounted to be read: what is brought back goes elsewhere, and whoever compares is told how. */
START_TEST(snapshots_that_can_only_be_read)
{
	cli_npy("a.npy", 3, 4, 1);
	cli_npy("b.npy", 3, 4, 2);
	cli_write("v.ids", "d0\nd1\nd2\n");
	cli_npy("model", 300, 300, 3);
	cli_make_folder("small");
	keep("a.npy");
	keep("b.npy");
	if (!place_private_mounts())
		return;
	char *kept = cli_path("kept"), *small = cli_path("small");
	ck_assert_int_eq(mount(kept, kept, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, kept, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	struct cli result = cli("compare", "current", "previous", "--store", "kept", NULL);
	cli_expect_refusal(&result, 74, "\"kept/rqgate-compare\": cannot create the folder: Read-only file system; "
	                                "--scratch DIR brings it back elsewhere");
	/* what is compared has room, the model has not */
	ck_assert_int_eq(mount("none", small, "tmpfs", 0, "size=64k"), 0);
	result = CLI_EXPECT(0, "compare", "current", "previous", "--store", "kept", "--scratch", "small");
	cli_free(&result);
	ck_assert_int_eq(mount("none", small, "tmpfs", 0, "size=4k"), 0);
	result = cli("compare", "current", "previous", "--store", "kept", "--scratch", "small", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: \"small/"));
	cli_free(&result);
	result = CLI_EXPECT(0, "compare", "current", "previous", "--store", "kept", "--scratch", ".");
	ck_assert_ptr_nonnull(strstr(result.out, "0 documents went, 0 came, 3 moved"));
	cli_free(&result);
	free(kept);
	free(small);
}
END_TEST

Suite *disk_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tests = cli_case("disk");

	tcase_add_test(tests, reports_that_do_not_fit);
	tcase_add_test(tests, baselines_that_do_not_fit);
	tcase_add_test(tests, a_disk_that_is_full_of_reports);
	tcase_add_test(tests, a_disk_that_is_full_of_cache);
	tcase_add_test(tests, a_folder_that_cannot_be_written);
	tcase_add_test(tests, snapshots_that_can_only_be_read);
	suite_add_tcase(suite, tests);
	return suite;
}
