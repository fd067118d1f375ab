/* A store on a full disk, in a folder that cannot be written, and under two jobs at once. */
#include "cli.h"

#include "tests/faults/places.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STEP = 9000, LARGEST = 1000000 };

static rlim_t largest_file;

static void limit_files(void)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){largest_file, largest_file});
}

static const char *evaluate[] = {"eval", "qrels/test.tsv", "better.run", "--store", "kept/h.db"};
#define EVALUATE evaluate[0], evaluate[1], evaluate[2], evaluate[3], evaluate[4]

/* What the store says of itself. */
static struct cli list(void)
{
	return cli("history", "--store", "kept/h.db", NULL);
}

static void expect_unchanged(const struct cli *before)
{
	struct cli after = list();

	ck_assert_msg(after.exit_code == 0 && strcmp(after.out, before->out) == 0, "%s%s", after.out, after.err);
	cli_free(&after);
}

/* No file may grow beyond so many bytes: a batch does not fit, and the store has what it had. */
START_TEST(a_batch_that_does_not_fit)
{
	int refused = 0;

	place_collection();
	struct cli result = CLI_EXPECT(0, EVALUATE), before = list();
	cli_free(&result);
	for (largest_file = 600;; largest_file += STEP) {
		ck_assert_int_lt((int)largest_file, LARGEST);
		cli_prepare(limit_files);
		result = cli(EVALUATE, "-m", "AP", NULL);
		cli_prepare(NULL);
		if (result.exit_code == 0)
			break;
		ck_assert_msg(result.exit_code == 74 && strstr(result.err, "rqgate: \"kept/h.db\": cannot ") == result.err, "%d bytes: exit code %d\n%s%s",
		              (int)largest_file, result.exit_code, result.out, result.err);
		ck_assert_str_eq(result.out, "");
		cli_free(&result);
		expect_unchanged(&before);
		refused++;
	}
	cli_free(&result);
	cli_free(&before);
	ck_assert_int_ge(refused, 2);
	result = list();
	ck_assert_ptr_nonnull(strstr(result.out, "kept/h.db: 2 batches, "));
	cli_free(&result);
}
END_TEST

static void fill(const char *name)
{
	static char block[4096];
	char *path = cli_path(name);
	FILE *stream = fopen(path, "w");

	ck_assert_ptr_nonnull(stream);
	setvbuf(stream, NULL, _IONBF, 0);
	while (fwrite(block, 1, sizeof block, stream) == sizeof block)
		;
	fclose(stream);
	free(path);
}

START_TEST(a_full_disk)
{
	place_collection();
	if (!place_private_mounts())
		return;
	cli_make_folder("kept");
	char *kept = cli_path("kept");
	ck_assert_int_eq(mount("none", kept, "tmpfs", 0, "size=1M"), 0);
	struct cli result = CLI_EXPECT(0, EVALUATE), before = list();
	cli_free(&result);
	fill("kept/full");
	result = cli(EVALUATE, "-m", "AP", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: \"kept/h.db\": cannot "));
	cli_free(&result);
	cli_remove("kept/full");
	expect_unchanged(&before);
	result = CLI_EXPECT(0, EVALUATE, "-m", "AP");
	cli_free(&result);
	cli_free(&before);
	ck_assert_int_eq(umount2(kept, MNT_DETACH), 0);
	free(kept);
}
END_TEST

/* As an artifact of a pipeline is: what can be read is read, and what cannot be said is an error. */
START_TEST(a_store_in_a_folder_that_cannot_be_written)
{
	place_collection();
	struct cli result = CLI_EXPECT(0, EVALUATE), before = list();
	cli_free(&result);
	char *kept = cli_path("kept"), *odd = cli_path("odd 100%#?"), *from = cli_path("kept/h.db"), *to = cli_path("odd 100%#?/h.db");
	cli_make_folder("odd 100%#?");
	ck_assert_int_eq(link(from, to), 0);
	if (!place_private_mounts())
		return;
	ck_assert_int_eq(mount(kept, kept, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, kept, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	expect_unchanged(&before);
	result = CLI_EXPECT(0, "failures", "list", "--store", "kept/h.db");
	cli_free(&result);
	result = cli(EVALUATE, "-m", "AP", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	cli_free(&result);
	ck_assert_int_eq(mount(odd, odd, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, odd, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	result = CLI_EXPECT(0, "history", "--store", "odd 100%#?/h.db");
	cli_free(&result);
	ck_assert_int_eq(umount2(kept, MNT_DETACH), 0);
	/* what a killed job has written is in its log */
	cli_write("kept/h.db-wal", "not taken in yet");
	ck_assert_int_eq(mount(kept, kept, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, kept, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	result = list();
	cli_expect_refusal(&result, 74, "\"kept/h.db\": a job that was killed has left a log beside it, and its folder cannot be written; copy both into another folder");
	cli_free(&before);
	free(kept);
	free(odd);
	free(from);
	free(to);
}
END_TEST

static sqlite3 *lock(void)
{
	char *path = cli_path("kept/h.db");
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	free(path);
	return db;
}

/* Half a minute long. */
START_TEST(a_store_that_another_job_keeps_is_waited_for_and_then_told)
{
	place_collection();
	struct cli result = CLI_EXPECT(0, EVALUATE);
	cli_free(&result);
	sqlite3 *db = lock();
	result = cli(EVALUATE, "-m", "AP", NULL);
	cli_expect_refusal(&result, 75, "\"kept/h.db\": another job has been writing to it for 30 s; try again");
	sqlite3_close(db);
	result = CLI_EXPECT(0, EVALUATE, "-m", "AP");
	cli_free(&result);
}
END_TEST

START_TEST(who_waits_can_be_interrupted)
{
	place_collection();
	struct cli result = CLI_EXPECT(0, EVALUATE);
	cli_free(&result);
	sqlite3 *db = lock();
	pid_t pid = cli_start(EVALUATE, "-m", "AP", NULL);
	cli_await_handler(pid, SIGINT);
	kill(pid, SIGINT);
	result = cli_wait(pid);
	ck_assert_msg(result.exit_code == 130, "%d: %s%s", result.exit_code, result.out, result.err);
	cli_free(&result);
	sqlite3_close(db);
}
END_TEST

Suite *store_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = cli_case("store");

	tcase_add_test(tests, a_batch_that_does_not_fit);
	tcase_add_test(tests, a_full_disk);
	tcase_add_test(tests, a_store_in_a_folder_that_cannot_be_written);
	tcase_add_test(tests, a_store_that_another_job_keeps_is_waited_for_and_then_told);
	tcase_add_test(tests, who_waits_can_be_interrupted);
	suite_add_tcase(suite, tests);
	return suite;
}
