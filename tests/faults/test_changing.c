/* Files that somebody writes to while they are read: refused, never half read, and never the end of the process. */
#include "cli.h"

#include "datasets/bytes.h"
#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "tests/faults/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 12 };

/* Opens a file of three blocks and reads the first. */
static struct rq_bytes open_blocks(const char *path, void *block)
{
	static char content[3 * RQ_BYTES_BLOCK];
	struct rq_bytes bytes;
	struct rq_error err = {0};

	memset(content, 'x', sizeof content);
	cli_write_bytes("file", content, sizeof content);
	ck_assert_msg(rq_bytes_open(&bytes, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(rq_bytes_read(block, &bytes, RQ_BYTES_BLOCK, &err), RQ_OK);
	return bytes;
}

static void expect_changed(enum rq_status status, const struct rq_error *err, const char *path)
{
	char expected[256];

	snprintf(expected, sizeof expected, "\"%s\": changed while it was read; run again when it is written", path);
	ck_assert_int_eq(status, RQ_E_DATA);
	ck_assert_str_eq(err->text, expected);
}

START_TEST(bytes_that_are_no_longer_there)
{
	static char blocks[2 * RQ_BYTES_BLOCK];
	char *path = cli_path("file");
	struct rq_error err = {0};
	struct rq_bytes bytes = open_blocks(path, blocks);

	ck_assert_int_eq(truncate(path, RQ_BYTES_BLOCK + 5), 0);
	expect_changed(rq_bytes_read(blocks, &bytes, sizeof blocks, &err), &err, path);
	rq_bytes_release(&bytes);

	bytes = open_blocks(path, blocks);
	ck_assert_int_eq(rq_bytes_read(blocks, &bytes, sizeof blocks, &err), RQ_OK);
	ck_assert_int_eq(rq_bytes_end(NULL, &bytes, &err), RQ_OK);
	ck_assert_int_eq(truncate(path, 3 * RQ_BYTES_BLOCK + 1), 0);
	expect_changed(rq_bytes_end(NULL, &bytes, &err), &err, path);
	rq_bytes_release(&bytes);
	free(path);
}
END_TEST

START_TEST(a_file_that_was_written_to)
{
	char *path = cli_path("file");
	struct rq_error err = {0};
	struct stat opened;

	cli_write("file", "first");
	FILE *file = fopen(path, "r+");
	ck_assert_int_eq(fstat(fileno(file), &opened), 0);
	ck_assert_int_eq(rq_file_check_unchanged(fileno(file), &opened, path, &err), RQ_OK);
	ck_assert_int_eq(futimens(fileno(file), (const struct timespec[]){{0, UTIME_OMIT}, {5, 7}}), 0); /* the same size */
	expect_changed(rq_file_check_unchanged(fileno(file), &opened, path, &err), &err, path);
	fclose(file);
	free(path);
}
END_TEST

/* At a moment of its own each round, the file loses its second half. */
static void shrink(const char *config, const char *name, uint64_t seed)
{
	struct rq_buf whole = cli_read(name);
	char *path = cli_path(name);
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (int round = 0; round < ROUNDS; round++) {
		cli_write_bytes(name, whole.data, whole.size);
		pid_t pid = cli_start("run", config, "--no-cache", "--set", "gates=[\"RR@10 >= 0\"]", NULL); /* half a run is a run */
		usleep((useconds_t)rq_random_below(&random, 40000));
		ck_assert_int_eq(truncate(path, (off_t)whole.size / 2), 0);
		struct cli result = cli_wait(pid);
		ck_assert_msg(result.exit_code == 0 || result.exit_code == 65, "%s: exit code %d\n%s%s", name, result.exit_code, result.out, result.err);
		ck_assert(result.exit_code == 0 || !cli_exists("out"));
		if (result.exit_code == 0) {
			cli_remove("out");
		}
		cli_free(&result);
	}
	cli_write_bytes(name, whole.data, whole.size);
	rq_buf_release(&whole);
	free(path);
}

/* What FAISS took before it found an index cut off is lost: the error ends the process. */
static void forget_leaks(void)
{
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

START_TEST(files_that_shrink_at_any_moment)
{
	place_collection();
	cli_prepare(forget_leaks);
	shrink("vectors.json", "c.npy", 1);
	shrink("vectors.json", "x.faiss", 2);
	shrink("vectors.json", "corpus.jsonl", 3);
	shrink("runs.json", "worse.run", 4);
}
END_TEST

Suite *changing_suite(void)
{
	Suite *suite = suite_create("changing");
	TCase *tests = cli_case("changing");

	tcase_add_test(tests, bytes_that_are_no_longer_there);
	tcase_add_test(tests, a_file_that_was_written_to);
	tcase_add_test(tests, files_that_shrink_at_any_moment);
	suite_add_tcase(suite, tests);
	return suite;
}
