/* A candidate whose index is built several times: what the report says of it, and that it is no baseline to approve. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUILDS = 5 };

static const char config[] =
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, "
	"\"baseline\": {\"embedder\": \"hash\", \"index\": {\"kind\": \"exact\"}}, "
	"\"candidate\": {\"index\": {\"factory\": \"HNSW4,Flat\", \"build\": \"efConstruction=8\", \"search\": \"efSearch=8\", \"builds\": 5}}, "
	"\"cutoff\": 10, \"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0.01\"], "
	"\"reports\": {\"json\": \"out/report.json\", \"md\": \"out/report.md\"}}";

START_TEST(a_report_tells_what_builds_vary)
{
	double sum = 0, squares = 0;
	size_t count = 0;

	cli_example();
	cli_write("gate.json", config);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *metric = rq_json_first(rq_json_get(report, "metrics")), *builds = rq_json_get(rq_json_get(metric, "builds"), "candidate");

	ck_assert_ptr_null(rq_json_get(rq_json_get(metric, "builds"), "baseline"));
	for (const rq_json *mean = rq_json_first(rq_json_get(builds, "means")); mean != NULL; mean = rq_json_next(mean), count++) {
		sum += rq_json_number(mean);
		squares += rq_json_number(mean) * rq_json_number(mean);
	}
	ck_assert_uint_eq(count, BUILDS);
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), sum / BUILDS, 1e-12);
	ck_assert_double_eq_tol(rq_json_number(rq_json_get(builds, "deviation")), sqrt((squares - sum * sum / BUILDS) / (BUILDS - 1)), 1e-9);
	ck_assert_ptr_nonnull(strstr(result.out, "\nRR@10 from build to build: candidate 0."));
	ck_assert_ptr_nonnull(strstr(result.out, " over 5\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "so the verdict is of the method and not of one lucky build"));
	struct rq_buf markdown = cli_read("out/report.md");
	ck_assert_ptr_nonnull(strstr(markdown.data, "\n- RR@10 from build to build: candidate 0."));
	rq_buf_release(&markdown);
	rq_json_free(report);
	cli_free(&result);

	result = cli("baseline", "approve", "out/report.json", "--name", "one", "--by", "ann", NULL);
	cli_expect_refusal(&result, 64,
	                   "out/report.json: the candidate's scores are means over 5 builds of its index, and a baseline is what one build answers; run it "
	                   "with \"builds\": 1 and approve that report");
	result = CLI_EXPECT(0, "baseline", "approve", "out/report.json", "--name", "one", "--by", "ann", "--side", "baseline");
	cli_free(&result);
}
END_TEST

Suite *builds_suite(void)
{
	Suite *suite = suite_create("builds");
	TCase *tests = cli_case("builds");

	tcase_add_test(tests, a_report_tells_what_builds_vary);
	suite_add_tcase(suite, tests);
	return suite;
}
