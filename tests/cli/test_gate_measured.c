/* What `rqgate run` prints for gates on what is measured only where they ask for it. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG(candidate, gates) \
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}," \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}," \
	"\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": " candidate ", \"metrics\": [\"RR@10\", \"nDCG@10\"], \"gates\": [" gates "]}"

#define HNSW "{\"index\": {\"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", \"search\": \"efSearch=128\"}}"

START_TEST(sizes_of_indexes)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "\"size(index) <= 2MB\", \"size_ratio(memory) <= 1.5\", \"RR@10 >= 0.1\""));
	cli_expect_said("gate-size-pass", CLI_EXPECT(0, "run", "gate.json"));
	cli_write("gate.json", CONFIG(HNSW, "\"size(index) <= 950kB\", \"size_ratio(memory) <= 1.05\", "
	                                    "{\"kind\": \"size\", \"of\": \"memory\", \"max\": \"500kB\", \"level\": \"warn\"}"));
	cli_expect_said("gate-size-fail", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

/* An index that is built here holds its corpus; who answers in a run file is not known. */
START_TEST(staleness_of_sides)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "\"stale(missing) <= 0\", \"stale(extra) <= 1%\", {\"kind\": \"staleness\", \"changed\": 0}, {\"kind\": \"staleness\", \"max_age\": \"7d\"}"));
	cli_expect_said("gate-staleness-pass", CLI_EXPECT(0, "run", "gate.json"));
	cli_write("some.run", "q001 Q0 d001 1 1 x\n");
	cli_write("gate.json", CONFIG("{\"run\": \"some.run\"}", "\"stale(missing) <= 0\", \"stale(age) <= 7d\""));
	cli_expect_said("gate-staleness-absent", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

/* The example has topics without an answer. */
START_TEST(topics_without_an_answer)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "\"no_answer(AUC) >= 0.5\", \"no_answer_drop(AUC) <= 20%\", \"no_answer(below) >= 5%\""));
	cli_expect_said("gate-no-answer-pass", CLI_EXPECT(0, "run", "gate.json"));
	cli_write("gate.json", CONFIG("{\"embedder\": \"small\"}", "\"no_answer(AUC) >= 0.95\", \"no_answer_drop(AUC) <= 20%\", \"no_answer(below) >= 90%\""));
	cli_expect_said("gate-no-answer-fail", CLI_EXPECT(1, "run", "gate.json"));
	cli_write("some.run", "q001 Q0 d001 1 1 x\n");
	cli_write("gate.json", CONFIG("{\"run\": \"some.run\"}", "\"no_answer(AUC) >= 0.5\""));
	cli_expect_said("gate-no-answer-absent", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

START_TEST(diversity)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "{\"kind\": \"diversity\", \"duplicates\": \"1%\"}, {\"kind\": \"diversity\", \"similarity\": 0.5}, {\"kind\": \"diversity\", \"sources\": "
	                                    "\"10%\", \"cutoff\": 5}, \"drop(Unique@10) <= 5%\""));
	cli_expect_said("gate-diversity-pass", CLI_EXPECT(0, "run", "gate.json", "--set", "dataset.source_field=section"));
	cli_write("gate.json", CONFIG("{\"embedder\": \"small\"}", "{\"kind\": \"diversity\", \"similarity\": 0.1}, {\"kind\": \"diversity\", \"sources\": 0.9}, \"ILD@5 >= 0.5\""));
	cli_expect_said("gate-diversity-fail", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

/* Measured times are on no golden page; that there are none is. */
START_TEST(latency_that_was_not_measured)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "\"RR@10 >= 0.1\", \"ratio(latency.p99) <= 1.2\", {\"kind\": \"latency\", \"budget\": \"50ms\", \"level\": \"error\"}"));
	cli_expect_said("gate-latency-absent", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

/* What indexes take is in the report where a gate asks, and what was measured of it under "run" alone. */
START_TEST(sizes_in_the_report)
{
	cli_example();
	cli_write("gate.json", CONFIG(HNSW, "\"size(index) <= 2MB\""));
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--json");
	rq_json *report;
	struct rq_error err = {0};
	ck_assert_int_eq(rq_json_parse(&report, result.out, strlen(result.out), "report", &err), RQ_OK);
	const rq_json *sizes = rq_json_get(rq_json_get(report, "diagnostics"), "sizes"), *builds = rq_json_get(rq_json_get(report, "run"), "builds");
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(sizes, "baseline"), "index_bytes")), 220. * 1024 * 4);
	ck_assert_double_gt(rq_json_number(rq_json_get(rq_json_get(sizes, "candidate"), "memory_bytes")), 220. * 1024 * 4);
	ck_assert_ptr_null(rq_json_get(rq_json_get(sizes, "candidate"), "seconds"));
	ck_assert_double_gt(rq_json_number(rq_json_get(rq_json_get(builds, "candidate"), "seconds")), 0);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(rq_json_get(builds, "baseline"), "absent"), "seconds")),
	                 "not measured: nothing is built for an exact search");
	rq_json_free(report);
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--json", "--set", "gates=[\"RR@10 >= 0.1\"]");
	ck_assert_ptr_null(strstr(result.out, "\"sizes\""));
	cli_free(&result);
}
END_TEST

Suite *gate_measured_suite(void)
{
	Suite *suite = suite_create("gate_measured");
	TCase *tests = cli_case("gate_measured");

	tcase_add_test(tests, sizes_of_indexes);
	tcase_add_test(tests, sizes_in_the_report);
	tcase_add_test(tests, latency_that_was_not_measured);
	tcase_add_test(tests, staleness_of_sides);
	tcase_add_test(tests, topics_without_an_answer);
	tcase_add_test(tests, diversity);
	suite_add_tcase(suite, tests);
	return suite;
}
