/* `rqgate explain`: what it shows of a topic, and what it does without. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact search has the same scores on every machine; a graph has not. */
static const char config[] =
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\", \"nDCG@10\"], "
	"\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}, "
	"\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, \"gates\": [\"RR@10 >= 0.1\"]}";

static void refused(struct cli result, int exit_code, const char *sentence)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

static void run(const char *json)
{
	cli_write("gate.json", json);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
}

START_TEST(a_topic_that_moved)
{
	cli_example();
	run(config);
	cli_expect_said("help-explain", CLI_EXPECT(0, "help", "explain"));
	cli_expect_said("explain", CLI_EXPECT(0, "explain", "q010", "out/report.json"));
	cli_expect_said("explain-depth", CLI_EXPECT(0, "explain", "q010", "out/report.json", "--depth", "3", "--no-text"));
	cli_expect_said("explain-json", CLI_EXPECT(0, "explain", "q010", "out/report.json", "--depth", "2", "--json"));
}
END_TEST

static const rq_json *topic_of(const rq_json *report, const char *id)
{
	const rq_json *topic = rq_json_first(rq_json_get(report, "topics"));

	while (topic != NULL && strcmp(rq_json_string(rq_json_get(topic, "id")), id) != 0)
		topic = rq_json_next(topic);
	ck_assert_ptr_nonnull(topic);
	return topic;
}

/* What the report tells of a topic stands beside what its ranks tell. */
START_TEST(the_cause_that_a_report_tells)
{
	size_t told = 0, untold = 0;

	cli_example();
	run(config);
	rq_json *report = cli_report("out/report.json", true);
	static const char *const topics[] = {"q001", "q010", "q012", "q018", "q019", "q020", "q034"};
	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
		const rq_json *topic = topic_of(report, topics[i]);
		const char *cause = rq_json_string(rq_json_get(topic, "cause"));
		struct cli result = CLI_EXPECT(0, "explain", topics[i], "out/report.json"),
				   json = CLI_EXPECT(0, "explain", topics[i], "out/report.json", "--json");
		struct rq_buf line = {0}, expected = {0}, found = {0};
		struct rq_error err = {0};
		rq_json *root = cli_parse(json.out, "explain");
		rq_buf_printf(&line, "\ncause: %s\n", cause == NULL ? "" : cause);
		ck_assert_msg(cause == NULL ? strstr(result.out, "\ncause:") == NULL : strstr(result.out, line.data) != NULL, "%s", result.out);
		const char *again = rq_json_string(rq_json_get(root, "cause"));
		ck_assert(cause == NULL ? again == NULL : strcmp(again, cause) == 0);
		if (rq_json_get(topic, "attribution") != NULL) {
			ck_assert_int_eq(rq_json_print(&expected, rq_json_get(topic, "attribution"), false, &err), RQ_OK);
			ck_assert_int_eq(rq_json_print(&found, rq_json_get(root, "attribution"), false, &err), RQ_OK);
			ck_assert_str_eq(found.data, expected.data);
		}
		told += cause != NULL;
		untold += cause == NULL;
		rq_buf_release(&line);
		rq_buf_release(&expected);
		rq_buf_release(&found);
		rq_json_free(root);
		cli_free(&result);
		cli_free(&json);
	}
	ck_assert_uint_gt(told, 0);
	ck_assert_uint_gt(untold, 0);
	rq_json_free(report);
}
END_TEST

/* Two run files: no corpus, no topics, ties, an answer that is missing, ids that could steer a page. */
START_TEST(run_files)
{
	cli_write("qrels.tsv", "query-id\tcorpus-id\tscore\nt1\td1\t1\nt2\t<b>&\xC3\xA4\t2\n");
	cli_write("a.run", "t1 Q0 d1 1 2 x\nt1 Q0 d2 2 1 x\nt2 Q0 <b>&\xC3\xA4 1 3 x\nt3 Q0 d9 1 1 x\n");
	cli_write("b.run", "t1 Q0 d2 1 2 x\nt1 Q0 d1 2 2 x\nt3 Q0 d8 1 1 x\n");
	run("{\"dataset\": {\"qrels\": \"qrels.tsv\"}, \"baseline\": {\"run\": \"a.run\"}, \"candidate\": {\"run\": \"b.run\"}, \"metrics\": "
	    "[\"RR@10\"], "
	    "\"gates\": [\"RR@10 >= 0.1\"]}");
	cli_expect_said("explain-runs", CLI_EXPECT(0, "explain", "t1", "out/report.json"));
	cli_expect_said("explain-unanswered", CLI_EXPECT(0, "explain", "t2", "out/report.json"));
	cli_expect_said("explain-unjudged", CLI_EXPECT(0, "explain", "t3", "out/report.json"));
}
END_TEST

START_TEST(what_is_not_at_hand_is_told)
{
	cli_example();
	run(config);
	struct rq_buf qrels = cli_read("qrels/test.tsv");
	rq_buf_puts(&qrels, "q010\tsessions\t1\n");
	cli_write("qrels/test.tsv", qrels.data);
	rq_buf_release(&qrels);
	cli_remove("corpus.jsonl");
	cli_expect_said("explain-changed", CLI_EXPECT(0, "explain", "q010", "out/report.json", "--depth", "3"));
	cli_make_folder("moved");
	cli_write("moved/gate.json", config);
	cli_remove("gate.json");
	cli_expect_said("explain-no-config", CLI_EXPECT(0, "explain", "q010", "out/report.json", "--depth", "3"));
	refused(cli("explain", "q010", "out/report.json", "--config", "gate.json", NULL), 74, "\"gate.json\": cannot open: No such file or directory");
}
END_TEST

START_TEST(what_it_refuses)
{
	cli_example();
	run(config);
	refused(cli("explain", "q01", "out/report.json", NULL), 64, "out/report.json: no topic \"q01\"; did you mean \"q001\"?");
	refused(cli("explain", "nothing like it", "out/report.json", NULL), 64,
	        "out/report.json: no topic \"nothing like it\"; expected one of 328, \"q001\" to \"q348\" in the order of their ids");
	refused(cli("explain", "\x1b[31m\n", "out/report.json", NULL), 64,
	        "out/report.json: no topic \"\\x1b[31m\\n\"; expected one of 328, \"q001\" to \"q348\" in the order of their ids");
	refused(cli("explain", "q001", NULL), 64, "1 argument where \"rqgate explain TOPIC REPORT\" is expected; \"rqgate help explain\" explains");
	refused(cli("explain", "q001", "out/report.json", "--depth", "0", NULL), 64,
	        "--depth: \"0\" is not allowed; expected a whole number from 1 to 4096");
	refused(cli("explain", "q001", "gate.json", NULL), 65, "gate.json: schema_version: missing; expected a number");
	cli_remove("out/report.d");
	struct cli result = cli("explain", "q001", "out/report.json", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	cli_free(&result);
}
END_TEST

Suite *explain_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *tests = cli_case("explain");

	tcase_add_test(tests, a_topic_that_moved);
	tcase_add_test(tests, the_cause_that_a_report_tells);
	tcase_add_test(tests, run_files);
	tcase_add_test(tests, what_is_not_at_hand_is_told);
	tcase_add_test(tests, what_it_refuses);
	suite_add_tcase(suite, tests);
	return suite;
}
