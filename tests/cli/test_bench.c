/* ci/bench's program: what it lists, what it refuses, and the shape of what it prints. Nothing here asks how fast anything is. */
#include "cli.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `rqgate_bench ARGUMENT...`, run as cli.h runs rqgate. */
static struct cli bench(const char *first, const char *second, const char *third, const char *fourth)
{
	const char *rqgate = getenv("RQGATE"), *program = getenv("RQGATE_BENCH");

	ck_assert_msg(program != NULL, "set RQGATE_BENCH to the path of the program");
	char *kept = strdup(rqgate == NULL ? "" : rqgate);
	setenv("RQGATE", program, 1);
	struct cli result = cli(first, second, third, fourth, NULL);
	setenv("RQGATE", kept, 1);
	free(kept);
	return result;
}

static void expect_refused(const char *first, const char *second, const char *sentence)
{
	char line[256];
	struct cli result = bench(first, second, NULL, NULL);

	snprintf(line, sizeof line, "rqgate_bench: %s\n", sentence);
	ck_assert_str_eq(result.err, line);
	ck_assert_str_eq(result.out, "");
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
}

START_TEST(the_list_names_every_file)
{
	struct cli result = bench("--list", NULL, NULL, NULL), help = bench("--help", NULL, NULL, NULL);
	DIR *folder = opendir("ci/benches");
	size_t files = 0, lines = 0;

	ck_assert_int_eq(result.exit_code, 0);
	ck_assert_ptr_nonnull(folder);
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char start[300];
		size_t length = strlen(entry->d_name);
		if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0)
			continue;
		files++;
		snprintf(start, sizeof start, "\n%-8.*s  ", (int)length - 2, entry->d_name);
		bool first = strncmp(result.out, start + 1, strlen(start + 1)) == 0;
		ck_assert_msg(first || strstr(result.out, start) != NULL, "%s has no line in\n%s", entry->d_name, result.out);
	}
	closedir(folder);
	for (const char *at = result.out; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_ge(files, 4);
	ck_assert_uint_eq(files, lines);
	result.out[strcspn(result.out, "\n")] = '\0';
	ck_assert_msg(strstr(help.out, result.out) != NULL, "\"%s\" is not in\n%s", result.out, help.out);
	cli_free(&result);
	cli_free(&help);
}
END_TEST

START_TEST(mistakes_are_named)
{
	expect_refused("laod", NULL, "unknown bench \"laod\"; did you mean \"load\"?");
	expect_refused("--scale", "tiny", "--scale: \"tiny\" is not allowed; expected small or full");
	expect_refused("--against", "/nowhere/rqgate", "--against: \"/nowhere/rqgate\" cannot be run: No such file or directory");
	expect_refused("--repetitions", "0", "--repetitions: \"0\" is not allowed; expected a whole number from 3 to 64");
	expect_refused("--repetitions", "2", "--repetitions: \"2\" is not allowed; expected a whole number from 3 to 64");
	expect_refused("--repetitions", "65", "--repetitions: \"65\" is not allowed; expected a whole number from 3 to 64");
}
END_TEST

/* Every row: numbers in order, and the ratio that value and reference make. */
static size_t check_rows(const char *name, const char *text)
{
	rq_json *rows = cli_parse(text, name);
	size_t count = 0;

	ck_assert_int_eq(rq_json_type(rows), RQ_JSON_ARRAY);
	for (const rq_json *row = rq_json_first(rows); row != NULL; row = rq_json_next(row), count++) {
		const rq_json *target = rq_json_get(row, "target");
		double value = rq_json_number(rq_json_get(row, "value")), reference = rq_json_number(rq_json_get(row, "reference"));
		double low = rq_json_number(rq_json_get(row, "min")), high = rq_json_number(rq_json_get(row, "max"));
		ck_assert_str_eq(rq_json_string(rq_json_get(row, "bench")), name);
		ck_assert_uint_gt(strlen(rq_json_string(rq_json_get(row, "case"))), 0);
		ck_assert_uint_gt(strlen(rq_json_string(rq_json_get(row, "reference_name"))), 0);
		ck_assert_str_eq(rq_json_string(rq_json_get(row, "unit")), strcmp(name, "load") == 0 ? "MB/s" : "queries/s");
		ck_assert_double_gt(low, 0);
		ck_assert_double_le(low, value);
		ck_assert_double_le(value, high);
		ck_assert_double_eq_tol(rq_json_number(rq_json_get(row, "ratio")), value / reference, 1e-9 * value / reference);
		ck_assert_msg(target != NULL && rq_json_type(target) == RQ_JSON_NULL, "a target at small scale");
	}
	rq_json_free(rows);
	return count;
}

START_TEST(json_has_a_row_for_each_case)
{
	struct cli result = bench("load", "--json", "--scale=small", "--repetitions=3");

	ck_assert_msg(result.exit_code == 0, "%s", result.err);
	ck_assert_uint_eq(check_rows("load", result.out), 3);
	cli_free(&result);
	result = bench("hnsw", "--json", "--scale=small", "--repetitions=3");
	ck_assert_msg(result.exit_code == 0, "%s", result.err);
	ck_assert_uint_eq(check_rows("hnsw", result.out), 6);
	cli_free(&result);
}
END_TEST

START_TEST(the_table_has_heads_and_rows)
{
	struct cli result = bench("load", "--scale=small", "--repetitions=3", NULL);

	ck_assert_msg(result.exit_code == 0, "%s", result.err);
	ck_assert_int_eq(strncmp(result.out, "load\ncase ", 10), 0);
	ck_assert_ptr_nonnull(strstr(result.out, "\ncorpus.jsonl to a corpus, "));
	ck_assert_ptr_nonnull(strstr(result.out, " scan for line ends "));
	ck_assert_ptr_nonnull(strstr(result.out, "numbers mean little\n"));
	cli_free(&result);
}
END_TEST

Suite *bench_suite(void)
{
	Suite *suite = suite_create("bench");
	TCase *tests = cli_case("bench");

	tcase_add_test(tests, the_list_names_every_file);
	tcase_add_test(tests, mistakes_are_named);
	tcase_add_test(tests, json_has_a_row_for_each_case);
	tcase_add_test(tests, the_table_has_heads_and_rows);
	suite_add_tcase(suite, tests);
	return suite;
}
