/* What `rqgate run` prints for each verdict, word for word, and its exit codes. Nothing measured shows: latency.samples is 0. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define DATASET "\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}"
#define EMBEDDERS "\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}"
#define HNSW "{\"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", \"search\": \"efSearch=128\"}"

static const char pass[] = "{" DATASET ", " EMBEDDERS ", \"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"index\": " HNSW "},"
						   "\"gates\": [\"RR@10 >= 0.5\", \"drop(nDCG@10) <= 0.03\", \"ann_recall@10 >= 0.95\"]}";
static const char fail[] =
	"{" DATASET ", " EMBEDDERS
	", \"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\", \"index\": {\"factory\": \"IVF16,Flat\"}},"
	"\"gates\": [\"RR@10 >= 0.3\", \"drop(RR@10) <= 0.03\", {\"kind\": \"max_drop\", \"metric\": \"nDCG@10\", \"margin\": 0.03, \"owner\": "
    "\"search\"},"
	"\"ann_recall@10 >= 0.95\", {\"kind\": \"min\", \"metric\": \"RR@10\", \"value\": 0.9, \"level\": \"warn\"}]}";

/* Only the judgments of the first nine topics. */
static void few_judgments(void)
{
	struct rq_buf qrels = cli_read("qrels/test.tsv"), few = {0};

	for (char *line = strtok(qrels.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "q00", 3) == 0 || strncmp(line, "query-id", 8) == 0)
			rq_buf_printf(&few, "%s\n", line);
	cli_write_bytes("qrels/test.tsv", few.data, few.size);
	rq_buf_release(&qrels);
	rq_buf_release(&few);
}

static void expect_files(const char *expected)
{
	char *files = cli_files();

	ck_assert_str_eq(files, expected);
	free(files);
}

#define EXAMPLE_FILES "README.md\ncorpus.jsonl\ngate-fewer-bits.json\ngate-lossy-index.json\ngate-worse-embedding.json\ngate.json\n"
#define EXAMPLE_END "qrels/test.tsv\nqueries.jsonl\n"

START_TEST(a_pass)
{
	cli_example();
	cli_write("gate.json", pass);
	cli_expect_said("pass", CLI_EXPECT(0, "run", "gate.json"));
	expect_files(EXAMPLE_FILES "out/report.d/baseline.ann.run.zst\nout/report.d/candidate.ann.run.zst\nout/report.d/candidate.exact.run.zst\nout/"
	                           "report.html\nout/report.json\nout/report.md\n" EXAMPLE_END);
	cli_expect_said("pass", CLI_EXPECT(0, "run", "gate.json")); /* from the cache */
	cli_expect_said("pass-quiet", CLI_EXPECT(0, "run", "--quiet", "gate.json"));
}
END_TEST

/* A metric of the report, anew from the rankings beside it. */
static void expect_same_mean(const char *file, const char *side)
{
	struct cli result = CLI_EXPECT(0, "eval", "qrels/test.tsv", file, "-m", "nDCG@10", "--format", "json");
	rq_json *eval = cli_parse(result.out, "eval"), *report = cli_report("out/report.json", false);
	const rq_json *metric = rq_json_first(rq_json_get(rq_json_first(rq_json_get(eval, "runs")), "metrics"));

	ck_assert_ptr_nonnull(metric);
	ck_assert_double_eq(rq_json_number(rq_json_get(metric, "value")), cli_metric(report, "nDCG@10", side));
	rq_json_free(eval);
	rq_json_free(report);
	cli_free(&result);
}

START_TEST(rankings_beside_the_report)
{
	cli_example();
	cli_write("gate.json", pass);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	expect_same_mean("out/report.d/baseline.ann.run.zst", "baseline");
	expect_same_mean("out/report.d/candidate.ann.run.zst", "candidate");
	result = CLI_EXPECT(0, "run", "gate.json", "--set", "reports={\"json\": \"out/report.json\", \"rankings\": false}");
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", false);
	ck_assert_ptr_null(rq_json_get(report, "rankings"));
	rq_json_free(report);
	expect_files(EXAMPLE_FILES "out/report.html\nout/report.json\nout/report.md\n" EXAMPLE_END); /* the earlier ones are another run's */
}
END_TEST

START_TEST(a_failure)
{
	cli_example();
	cli_write("gate.json", fail);
	cli_expect_said("fail", CLI_EXPECT(1, "run", "gate.json"));
	cli_expect_said("fail-quiet", CLI_EXPECT(1, "run", "gate.json", "--quiet"));
}
END_TEST

START_TEST(too_few_topics)
{
	cli_example();
	few_judgments();
	cli_write("gate.json", pass);
	const char *gates = "gates=[\"drop(RR@10) <= 0.03\"]", *less = "candidate.index.search=efSearch=4";
	cli_expect_said("inconclusive", CLI_EXPECT(0, "run", "gate.json", "--set", gates, "--set", less));
	cli_expect_said("inconclusive-release", CLI_EXPECT(2, "run", "gate.json", "--set", gates, "--set", less, "--profile", "release"));
	cli_expect_said("inconclusive-release", CLI_EXPECT(2, "run", "gate.json", "--set", gates, "--set", less, "--set", "profile=release"));
}
END_TEST

START_TEST(no_change_passes_with_any_number_of_topics)
{
	cli_example();
	few_judgments();
	cli_write("gate.json", pass);
	cli_expect_said("no-change",
	              CLI_EXPECT(0, "run", "gate.json", "--profile=release", "--set", "gates=[\"drop(RR@10) <= 0.03\"]", "--set", "candidate={}"));
}
END_TEST

static void write_runs(void)
{
	struct rq_buf qrels = {0}, baseline = {0}, candidate = {0};

	for (int i = 0; i < 200; i++) {
		rq_buf_printf(&qrels, "%d 0 right 1\n", i);
		rq_buf_printf(&baseline, "%d Q0 right 1 2 b\n%d Q0 wrong 2 1 b\n", i, i);
		rq_buf_printf(&candidate, "%d Q0 %s 1 2 c\n%d Q0 %s 2 1 c\n", i, i % 50 == 0 ? "wrong" : "right", i, i % 50 == 0 ? "right" : "wrong");
	}
	cli_write_bytes("qrels", qrels.data, qrels.size);
	cli_write_bytes("old.run", baseline.data, baseline.size);
	cli_write_bytes("new.run", candidate.data, candidate.size);
	rq_buf_release(&qrels);
	rq_buf_release(&baseline);
	rq_buf_release(&candidate);
}

#define RUNS "{\"dataset\": {\"qrels\": \"qrels\"}, \"baseline\": {\"run\": \"old.run\"}, \"candidate\": {\"run\": \"new.run\"}, "

START_TEST(run_files_on_both_sides)
{
	write_runs();
	cli_write("gate.json", RUNS "\"metrics\": [\"RR@10\", \"AP\", \"P@1\"], \"gates\": [\"drop(RR@10) <= 0.05\", \"P@1 >= 0.95\"]}");
	cli_expect_said("runs", CLI_EXPECT(0, "run", "gate.json"));
	expect_files("gate.json\nnew.run\nold.run\nout/report.d/baseline.ann.run.zst\nout/report.d/candidate.ann.run.zst\nout/report.html\nout/report.json\nout/"
	             "report.md\nqrels\n");
}
END_TEST

START_TEST(a_gate_on_what_was_not_measured_fails)
{
	write_runs();
	cli_write("gate.json", RUNS "\"gates\": [\"drop(RR@10) <= 0.05\", \"ann_recall@10 >= 0.95\", \"latency.p99 <= 50ms\"]}");
	cli_expect_said("runs-absent", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

START_TEST(beyond_its_budget_exact_search_is_not_done)
{
	cli_example();
	cli_write("gate.json", pass);
	cli_expect_said("budget-absent", CLI_EXPECT(1, "run", "gate.json", "--set", "exact.budget=0s"));
}
END_TEST

START_TEST(reports_go_where_the_config_says)
{
	write_runs();
	cli_write("gate.json", RUNS "\"gates\": [\"RR@10 >= 0.5\"], \"reports\": {\"json\": \"a/b/c.json\"}}");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "\nreports: a/b/c.json\n"));
	cli_free(&result);
	expect_files("a/b/c.d/baseline.ann.run.zst\na/b/c.d/candidate.ann.run.zst\na/b/c.json\ngate.json\nnew.run\nold.run\nqrels\n");
	cli_write("gate.json", RUNS "\"gates\": [\"RR@10 >= 0.5\"], \"reports\": {}}");
	result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_ptr_null(strstr(result.out, "reports:"));
	cli_free(&result);
}
END_TEST

START_TEST(the_report_names_its_machine)
{
	struct utsname machine;

	cli_example();
	cli_write("gate.json", pass);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_int_eq(uname(&machine), 0);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(report, "run"), "host")), machine.nodename);
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

START_TEST(json_on_stdout_is_the_report)
{
	cli_example();
	cli_write("gate.json", fail);
	struct cli result = CLI_EXPECT(1, "run", "gate.json", "--json");
	rq_json *printed = cli_parse(result.out, "stdout");

	ck_assert_ptr_nonnull(rq_json_get(printed, "run"));
	rq_json_remove(printed, "run");
	cli_expect_same(printed, cli_report("out/report.json", false));
	cli_free(&result);
}
END_TEST

START_TEST(a_stale_ranking_does_not_outlive_its_report)
{
	cli_example();
	cli_write("gate.json", pass);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	ck_assert(cli_exists("out/report.d/candidate.exact.run.zst"));
	result = CLI_EXPECT(0, "run", "gate.json", "--set", "candidate.index={\"kind\": \"exact\"}");
	cli_free(&result);
	ck_assert(!cli_exists("out/report.d/candidate.exact.run.zst"));
	ck_assert(cli_exists("out/report.d/candidate.ann.run.zst"));
}
END_TEST

START_TEST(two_runs_at_once)
{
	cli_example();
	cli_write("gate.json", pass);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	rq_json *expected = cli_report("out/report.json", false);
	cli_free(&result);
	for (int round = 0; round < 4; round++) {
		pid_t a = cli_start("run", "gate.json", "--quiet", NULL), b = cli_start("run", "gate.json", "--quiet", NULL);
		result = cli_wait(a);
		ck_assert_msg(result.exit_code == 0 && result.err[0] == '\0', "exit code %d\n%s", result.exit_code, result.err);
		cli_free(&result);
		result = cli_wait(b);
		ck_assert_msg(result.exit_code == 0 && result.err[0] == '\0', "exit code %d\n%s", result.exit_code, result.err);
		cli_free(&result);
		cli_expect_same(rq_json_copy(expected), cli_report("out/report.json", false));
	}
	expect_files(EXAMPLE_FILES "out/report.d/baseline.ann.run.zst\nout/report.d/candidate.ann.run.zst\nout/report.d/candidate.exact.run.zst\nout/"
	                           "report.html\nout/report.json\nout/report.md\n" EXAMPLE_END);
	rq_json_free(expected);
}
END_TEST

START_TEST(output_that_does_not_arrive_is_an_error)
{
	write_runs();
	cli_write("gate.json", RUNS "\"gates\": [\"RR@10 >= 0.5\"]}");
	char *config = cli_path("gate.json"), command[4096];
	snprintf(command, sizeof command, "\"$RQGATE\" run %s > /dev/full 2> %s/said", config, cli_folder());
	int status = system(command);
	ck_assert_int_eq(WEXITSTATUS(status), 74);
	struct rq_buf said = cli_read("said");
	ck_assert_str_eq(said.data, "rqgate: standard output: cannot write: No space left on device\n");
	rq_buf_release(&said);
	free(config);
}
END_TEST

/* A graph so coarse that each build finds something else: nothing that a candidate shows by it is news. */
START_TEST(an_unstable_baseline)
{
	cli_example();
	cli_write("gate.json",
	          "{" DATASET ", " EMBEDDERS ", \"baseline\": {\"embedder\": \"hash\", \"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW4,Flat\", \"build\": "
	          "\"efConstruction=4\", \"search\": \"efSearch=4\"}}, \"candidate\": {}, \"cutoff\": 10, \"gates\": [\"drop(RR@10) <= 0.02\"]}");
	struct cli result = CLI_EXPECT(2, "run", "gate.json"); /* by how much it differs hangs on the CPU */
	ck_assert_ptr_nonnull(strstr(result.out, "\nself-test UNSTABLE: a second build of the baseline's index moves RR@10 by "));
	ck_assert_ptr_nonnull(strstr(result.out, "\nINCONCLUSIVE: the self-test is unstable: a second build of the baseline's index moves RR@10 by "));
	ck_assert_ptr_nonnull(strstr(result.out, " the margin 0.02; build the baseline's index finer, or widen the margin\n"));
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", false);
	const rq_json *test = rq_json_get(rq_json_get(report, "diagnostics"), "self_test");
	ck_assert_str_eq(rq_json_string(rq_json_get(test, "outcome")), "unstable");
	ck_assert_str_eq(rq_json_string(rq_json_get(report, "verdict")), "inconclusive");
	ck_assert_double_eq(rq_json_number(rq_json_get(report, "exit_code")), 2);
	rq_json_free(report);
	result = CLI_EXPECT(2, "run", "gate.json"); /* from the cache */
	report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.self_test"), "cached");
	rq_json_free(report);
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--no-self-test");
	ck_assert_ptr_null(strstr(result.out, "self-test"));
	ck_assert_ptr_nonnull(strstr(result.out, "\nPASS: 1 of 1 gate passed"));
	cli_free(&result);
	report = cli_report("out/report.json", false);
	test = rq_json_get(rq_json_get(report, "diagnostics"), "self_test");
	ck_assert_str_eq(rq_json_string(rq_json_get(test, "reason")), "left out: --no-self-test");
	rq_json_free(report);
	result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--no-self-test");
	ck_assert_ptr_null(strstr(result.out, "self-test"));
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--no-cache");
	ck_assert_ptr_nonnull(strstr(result.out, "build the index again; "));
	cli_free(&result);
}
END_TEST

Suite *run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *tests = cli_case("run");

	tcase_add_test(tests, a_pass);
	tcase_add_test(tests, rankings_beside_the_report);
	tcase_add_test(tests, a_failure);
	tcase_add_test(tests, too_few_topics);
	tcase_add_test(tests, no_change_passes_with_any_number_of_topics);
	tcase_add_test(tests, run_files_on_both_sides);
	tcase_add_test(tests, a_gate_on_what_was_not_measured_fails);
	tcase_add_test(tests, beyond_its_budget_exact_search_is_not_done);
	tcase_add_test(tests, reports_go_where_the_config_says);
	tcase_add_test(tests, the_report_names_its_machine);
	tcase_add_test(tests, json_on_stdout_is_the_report);
	tcase_add_test(tests, a_stale_ranking_does_not_outlive_its_report);
	tcase_add_test(tests, two_runs_at_once);
	tcase_add_test(tests, output_that_does_not_arrive_is_an_error);
	tcase_add_test(tests, an_unstable_baseline);
	suite_add_tcase(suite, tests);
	return suite;
}
