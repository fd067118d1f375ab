/* The example and its three gates, as datasets/example/README.md describes them; and what `rqgate init` writes for it. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double counted(const rq_json *report, const char *name)
{
	return rq_json_number(rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "counts"), name));
}

START_TEST(the_gate_passes)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	double rr = cli_metric(report, "RR@10", "baseline");

	ck_assert_ptr_nonnull(strstr(result.out, "\nPASS: "));
	ck_assert_msg(rr >= .6 && rr <= .9, "RR@10 %.4f", rr);
	ck_assert_double_ge(cli_metric(report, "ann_recall@10", "candidate"), .95);
	ck_assert_double_eq(counted(report, "documents"), 220);
	ck_assert_double_eq(counted(report, "documents_empty"), 0);
	ck_assert_double_eq(counted(report, "topics"), 348);
	ck_assert_double_eq(counted(report, "topics_scored"), 328);
	ck_assert_double_eq(counted(report, "topics_unanswerable"), 20);
	ck_assert_double_eq(counted(report, "judgments"), 4858);
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

static void expect_blocked(const char *config, const char *report_name)
{
	cli_example();
	struct cli result = CLI_EXPECT(1, "run", config);
	rq_json *report = cli_report(report_name, true);

	ck_assert_ptr_nonnull(strstr(result.out, "\nFAIL: "));
	ck_assert_double_lt(cli_metric(report, "RR@10", "upper"), 0); /* a drop is shown, not guessed */
	rq_json_free(report);
	cli_free(&result);
}

START_TEST(a_worse_embedding_is_blocked)
{
	expect_blocked("gate-worse-embedding.json", "out/worse-embedding.json");
	/* It finds other documents, of which nobody has judged half: whether nDCG@10 fell cannot be told, that RR@10 fell can. */
	rq_json *report = cli_report("out/worse-embedding.json", true);
	const rq_json *gate = rq_json_first(rq_json_get(report, "gates"));
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "verdict")), "fail");
	gate = rq_json_next(gate);
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "verdict")), "inconclusive");
	const char *reason = rq_json_string(rq_json_get(gate, "reason"));
	ck_assert_msg(strstr(reason, ", but Judged@10 fell from 0.78") != NULL && strstr(reason, ": grade what \"rqgate judge pool REPORT\" lists") != NULL,
	              "%s", reason);
	rq_json_free(report);
}
END_TEST

START_TEST(a_lossy_index_is_blocked)
{
	expect_blocked("gate-lossy-index.json", "out/lossy-index.json");
	rq_json *report = cli_report("out/lossy-index.json", true);
	ck_assert_double_lt(cli_metric(report, "ann_recall@10", "candidate"), .9);
	rq_json_free(report);
}
END_TEST

START_TEST(init_writes_a_config_that_runs)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "init", ".", "my-gate");
	ck_assert_str_eq(
		result.out,
		"wrote my-gate/gate.json and my-gate/README.md: 220 documents, 328 judged topics, margin 0.02\nnext: rqgate run \"my-gate/gate.json\"\n");
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "my-gate/gate.json");
	cli_free(&result);
	ck_assert(cli_exists("my-gate/out/report.json"));
	ck_assert(cli_exists("my-gate/.rqgate/cache"));
	ck_assert(!cli_exists("out"));
	/* from inside, too */
	rq_json *outside = cli_report("my-gate/out/report.json", false);
	result = cli_in("my-gate", NULL, "run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 0);
	cli_free(&result);
	cli_expect_same(outside, cli_report("my-gate/out/report.json", false));
}
END_TEST

/* max(.02, ceil(350 / n) / 100), which a run does not call too small for its topics. */
START_TEST(init_chooses_a_margin_that_the_topics_can_decide)
{
	static const struct {
		size_t topics;
		const char *margin;
	} cases[] = {{18, "0.20"}, {52, "0.07"}, {174, "0.03"}, {175, "0.02"}, {351, "0.02"}};
	char expected[64];

	cli_make_folder("qrels");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cli_collection(cases[i].topics + 1, cases[i].topics);
		struct rq_buf qrels = cli_read("qrels.tsv");
		cli_write_bytes("qrels/test.tsv", qrels.data, qrels.size);
		rq_buf_release(&qrels);
		struct cli result = CLI_EXPECT(0, "init", "--force");
		snprintf(expected, sizeof expected, "%zu judged topics, margin %s\n", cases[i].topics, cases[i].margin);
		ck_assert_msg(strstr(result.out, expected) != NULL, "\"%s\" is not in\n%s", expected, result.out);
		cli_free(&result);
		struct rq_buf config = cli_read("rqgate/gate.json");
		snprintf(expected, sizeof expected, "\"drop(nDCG@10) <= %s\",\n    \"drop(RR@10) <= %s\",", cases[i].margin, cases[i].margin);
		ck_assert_msg(strstr(config.data, expected) != NULL, "\"%s\" is not in\n%s", expected, config.data);
		rq_buf_release(&config);
		result = CLI_EXPECT(0, "run", "rqgate/gate.json", "--no-cache", "--set", "latency.samples=0", "--set", "candidate.index={}");
		ck_assert_str_eq(result.err, "");
		cli_free(&result);
	}
	struct cli result = CLI_EXPECT(0, "run", "rqgate/gate.json", "--no-cache", "--set", "latency.samples=0", "--set", "candidate.index={}", "--set",
	                               "gates=[\"drop(RR@10) <= 0.009\"]");
	ck_assert_str_eq(result.err,
	                 "gates[0]: 351 topics cannot pass a margin of 0.009 unless the rankings are the same; the smallest they can decide is 0.01\n");
	cli_free(&result);
}
END_TEST

START_TEST(init_does_not_overwrite)
{
	cli_example();
	cli_make_folder("rqgate");
	cli_write("rqgate/gate.json", "mine");
	struct cli result = cli("init", NULL);
	cli_expect_refusal(&result, 64, "\"rqgate/gate.json\" is there already; choose another folder or overwrite it with --force");
	struct rq_buf kept = cli_read("rqgate/gate.json");
	ck_assert_str_eq(kept.data, "mine");
	rq_buf_release(&kept);
	ck_assert(!cli_exists("rqgate/README.md"));
	result = CLI_EXPECT(0, "init", "--force");
	cli_free(&result);
	rq_json_free(cli_parse((kept = cli_read("rqgate/gate.json")).data, "gate.json"));
	rq_buf_release(&kept);
	cli_make_folder("other");
	cli_write("other/README.md", "mine");
	result = cli("init", ".", "other", NULL);
	cli_expect_refusal(&result, 64, "\"other/README.md\" is there already; choose another folder or overwrite it with --force");
	ck_assert(!cli_exists("other/gate.json"));
}
END_TEST

START_TEST(init_needs_a_data_set_that_can_decide_something)
{
	cli_make_folder("empty");
	struct cli result = cli("init", "empty", NULL);
	cli_expect_refusal(&result, 74,
	                   "\"empty\": is no BEIR folder; expected corpus.jsonl, queries.jsonl and qrels/test.tsv in it (--split names other qrels)");
	result = cli("init", "nowhere", NULL);
	cli_expect_refusal(&result, 74, "\"nowhere\": cannot open: No such file or directory");
	cli_collection(40, 17);
	cli_make_folder("qrels");
	struct rq_buf qrels = cli_read("qrels.tsv");
	cli_write_bytes("qrels/dev.tsv", qrels.data, qrels.size);
	rq_buf_release(&qrels);
	result = cli("init", "--split", "dev", NULL);
	cli_expect_refusal(&result, 65, "\".\": 17 judged topics can decide no margin under 0.20; judge more before gating on them");
	ck_assert(!cli_exists("rqgate"));
}
END_TEST

Suite *example_suite(void)
{
	Suite *suite = suite_create("example");
	TCase *tests = cli_case("example");

	tcase_add_test(tests, the_gate_passes);
	tcase_add_test(tests, a_worse_embedding_is_blocked);
	tcase_add_test(tests, a_lossy_index_is_blocked);
	tcase_add_test(tests, init_writes_a_config_that_runs);
	tcase_add_test(tests, init_chooses_a_margin_that_the_topics_can_decide);
	tcase_add_test(tests, init_does_not_overwrite);
	tcase_add_test(tests, init_needs_a_data_set_that_can_decide_something);
	suite_add_tcase(suite, tests);
	return suite;
}
