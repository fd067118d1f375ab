/* `rqgate compare` of runs and of reports: what it says of them, and that its statistics are those of `rqgate eval`. */
#include "cli.h"

#include "evalcore/base/random.h"

#include <stdio.h>
#include <string.h>

static void refused(struct cli result, int code, const char *text)
{
	cli_expect_refusal(&result, code, text);
}

static void expect_said(struct cli result, const char *part)
{
	ck_assert_msg(strstr(result.out, part) != NULL, "\"%s\" is not in:\n%s", part, result.out);
	cli_free(&result);
}

START_TEST(two_runs)
{
	cli_write("qrels.txt", "q1 0 d1 1\nq2 0 d2 2\nq2 0 d3 0\nq3 0 d4 1\nq4 0 d2 1\n");
	cli_write("a.run", "q1 Q0 d1 1 9 a\nq1 Q0 d2 2 8 a\nq2 Q0 d3 1 9 a\nq2 Q0 d2 2 8 a\nq3 Q0 d4 1 5 a\n");
	cli_write("b.run", "q1 Q0 d2 1 9 b\nq1 Q0 d1 2 8 b\nq2 Q0 d2 1 9 b\nq2 Q0 d3 2 8 b\nq3 Q0 d4 1 5 b\nq4 Q0 d5 1 5 b\n");
	cli_write("short.run", "q1 Q0 d1 1 9 b\n");
	struct cli uneven = CLI_EXPECT(0, "compare", "a.run", "short.run");
	ck_assert_msg(strstr(uneven.out, "warning: A has up to 2 documents of a topic, and B up to 1: ") != NULL, "%s", uneven.out);
	cli_free(&uneven);
	cli_expect_said("compare-runs", CLI_EXPECT(0, "compare", "a.run", "b.run", "--qrels", "qrels.txt"));
	cli_expect_said("compare-runs-unjudged", CLI_EXPECT(0, "compare", "a.run", "b.run", "--depth", "1"));
}
END_TEST

/* What a pair of files does not have in common is told, and never looks like no difference. */
START_TEST(odd_pairs)
{
	cli_write("a.run", "q1 Q0 d1 1 9 a\nq1 Q0 d2 2 8 a\nq2 Q0 d1 1 9 a\n");
	cli_write("b.run", "q1 Q0 d1 1 9 a\nq1 Q0 d2 2 8 a\nq1 Q0 d3 3 7 a\nq2 Q0 d1 1 9 a\n");
	cli_write("c.run", "q9 Q0 d1 1 9 a\n");
	cli_write("other.txt", "q8 0 d1 1\n");
	cli_write("part.txt", "q1 0 d2 1\nq7 0 d1 1\n");
	refused(cli("compare", "a.run", "c.run", NULL), 65,
	        "A and B have no topic in common, so there is nothing to compare; are both of one set of topics?");
	refused(cli("compare", "a.run", "b.run", "--qrels", "other.txt", NULL), 65,
	        "none of 1 judged topics (\"q8\" for one) is in A or B, which have \"q1\" for one; are judgments and runs of "
	        "one set?");
	refused(cli("compare", "a.run", "b.run", "-m", "AP", NULL), 64,
	        "-m: nothing is judged, so no metric can be measured; name --qrels, or --config");
	/* rank-biased overlap goes on beyond the end of the shorter list as before it */
	expect_said(CLI_EXPECT(0, "compare", "a.run", "b.run"), "topics that find others: 1\nq1 RBO 1.0000, overlap 0.6667\n");
	struct cli part = CLI_EXPECT(0, "compare", "a.run", "b.run", "--qrels", "part.txt", "--report", "html=c.html",
	                             "--report", "json=c.json");
	struct rq_buf page = cli_read("c.html"), json = cli_read("c.json");
	rq_json *root = cli_parse_described(json.data, "compare");
	const rq_json *answers = rq_json_get(root, "answers");
	ck_assert_double_eq(rq_json_number(rq_json_get(answers, "judged")), 2);
	ck_assert_double_eq(rq_json_number(rq_json_get(answers, "lacking_in_b")), 1);
	ck_assert_ptr_nonnull(strstr(page.data, "Warning: of 2 judged topics A lacks 1 and B 1, which count as 0.</p>"));
	ck_assert_ptr_nonnull(strstr(page.data, "Warning: A has up to 2 documents of a topic, and B up to 3: "));
	expect_said(part, "warning: of 2 judged topics A lacks 1 and B 1, which count as 0\n");
	rq_json_free(root);
	rq_buf_release(&page);
	rq_buf_release(&json);
}
END_TEST

static const rq_json *metric_of(const rq_json *metrics, const char *name)
{
	const rq_json *metric = rq_json_first(metrics);

	while (metric != NULL && strcmp(rq_json_string(rq_json_get(metric, "metric")), name) != 0)
		metric = rq_json_next(metric);
	ck_assert_ptr_nonnull(metric);
	return metric;
}

/* Sixty topics whose lists are shuffled: differences, bounds and p are eval's to the last bit. */
START_TEST(the_statistics_of_eval)
{
	static const char *const keys[] = {"delta", "lower", "upper", "wins", "ties", "losses", "p_worse", "sign_flip_p", "bca_lower", "bca_upper"};
	struct rq_random random;
	struct rq_buf files[3] = {{0}};

	rq_random_seed(&random, 8);
	for (int topic = 0; topic < 60; topic++) {
		for (int side = 0; side < 2; side++)
			for (int i = 0; i < 12; i++)
				rq_buf_printf(&files[side], "t%02d Q0 d%d %d %.6f x\n", topic, i, i + 1, rq_random_unit(&random));
		for (int i = 0; i < 4; i++)
			rq_buf_printf(&files[2], "t%02d 0 d%d %d\n", topic, (topic + 3 * i) % 14, i % 3);
	}
	cli_write("a.run", files[0].data);
	cli_write("b.run", files[1].data);
	cli_write("qrels.txt", files[2].data);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&files[i]);
	struct cli ours = CLI_EXPECT(0, "compare", "a.run", "b.run", "--qrels", "qrels.txt", "-m", "nDCG@10", "-m", "AP", "--json");
	struct cli theirs = CLI_EXPECT(0, "eval", "qrels.txt", "a.run", "b.run", "-m", "nDCG@10", "-m", "AP", "--format", "json");
	rq_json *compared = cli_parse_described(ours.out, "compare"), *evaluated = cli_parse(theirs.out, "eval");
	const rq_json *second = rq_json_next(rq_json_first(rq_json_get(evaluated, "runs")));

	for (int i = 0; i < 2; i++) {
		const rq_json *mine = metric_of(rq_json_get(rq_json_get(compared, "answers"), "metrics"), i == 0 ? "nDCG@10" : "AP");
		const rq_json *value = metric_of(rq_json_get(second, "metrics"), i == 0 ? "nDCG@10" : "AP");
		const rq_json *against = metric_of(rq_json_get(second, "compared"), i == 0 ? "nDCG@10" : "AP");
		ck_assert_double_eq(rq_json_number(rq_json_get(mine, "candidate")), rq_json_number(rq_json_get(value, "value")));
		for (size_t j = 0; j < sizeof keys / sizeof *keys; j++) {
			ck_assert_msg(rq_json_type(rq_json_get(mine, keys[j])) == RQ_JSON_NUMBER, "%s", keys[j]);
			ck_assert_msg(rq_json_number(rq_json_get(mine, keys[j])) == rq_json_number(rq_json_get(against, keys[j])), "%s", keys[j]);
		}
	}
	rq_json_free(compared);
	rq_json_free(evaluated);
	cli_free(&ours);
	cli_free(&theirs);
}
END_TEST

/* ---- reports ---- */

#define REPORTED(metric, candidate) \
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"metrics\": [\"" metric "\"], \"latency\": {\"samples\": 0}, " \
	"\"embedders\": {\"e\": {\"kind\": \"hash\", \"dim\": 256}, \"small\": {\"kind\": \"hash\", \"dim\": 8}}, \"baseline\": {\"embedder\": \"e\"}, " \
	"\"candidate\": " candidate ", \"gates\": [\"RR@10 >= 0.7\"]}"

static void run_into(const char *folder, const char *config)
{
	char override[128];

	snprintf(override, sizeof override, "reports={\"json\": \"%s/report.json\"}", folder);
	cli_write("gate.json", config);
	struct cli result = cli("run", "gate.json", "--set", override, NULL);
	ck_assert_msg(result.exit_code <= 1, "%s", result.err);
	cli_free(&result);
}

/* Their candidates are compared as two runs of eval are: a run of both as baseline and candidate has the same numbers. */
START_TEST(two_reports)
{
	cli_collection(120, 60);
	run_into("a", REPORTED("RR@10", "{}"));
	run_into("b", REPORTED("RR@10", "{\"embedder\": \"small\"}"));
	struct cli result = CLI_EXPECT(0, "compare", "a/report.json", "b/report.json", "--json", "--report", "html=c.html");
	struct rq_buf page = cli_read("c.html");
	ck_assert_ptr_nonnull(strstr(page.data, "<th scope=\"row\">RR@10 &gt;= 0.7</th><td data-name=\"A\">pass</td><td data-name=\"B\">FAIL</td>"));
	ck_assert_ptr_nonnull(strstr(page.data, " topics lost.</p>\n"));
	ck_assert_ptr_null(strstr(page.data, "not known.")); /* two reports do not say why, and then nothing is said of it */
	rq_buf_release(&page);
	rq_json *root = cli_parse_described(result.out, "compare"), *report = cli_report("b/report.json", false);
	const rq_json *mine = rq_json_first(rq_json_get(rq_json_get(root, "answers"), "metrics")), *theirs = rq_json_first(rq_json_get(report, "metrics"));
	static const char *const keys[] = {"baseline", "candidate", "delta", "lower", "upper", "p_worse", "sign_flip_p", "wins", "losses"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		ck_assert_msg(rq_json_number(rq_json_get(mine, keys[i])) == rq_json_number(rq_json_get(theirs, keys[i])), "%s", keys[i]);
	ck_assert_double_gt(rq_json_number(rq_json_get(mine, "losses")), 3);
	const rq_json *gate = rq_json_first(rq_json_get(rq_json_get(root, "reports"), "gates_changed"));
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "gate")), "RR@10 >= 0.7");
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "a")), "pass");
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "b")), "FAIL");
	rq_json_free(root);
	rq_json_free(report);
	cli_free(&result);
#define OTHERWISE "--set", "metrics=[\"P@5\"]", "--set", "gates=[\"P@5 >= 0\"]", "--set"
	result = CLI_EXPECT(0, "run", "gate.json", OTHERWISE, "reports={\"json\": \"d/report.json\"}");
	cli_free(&result);
	result = CLI_EXPECT(0, "compare", "a/report.json", "d/report.json", "--json");
	root = cli_parse_described(result.out, "compare");
	const rq_json *reports = rq_json_get(root, "reports"), *p = rq_json_get(rq_json_get(reports, "candidates"), "P@5");
	ck_assert_int_eq(rq_json_type(rq_json_first(p)), RQ_JSON_NULL);
	ck_assert_int_eq(rq_json_type(rq_json_next(rq_json_first(p))), RQ_JSON_NUMBER);
	ck_assert_ptr_nonnull(rq_json_get(rq_json_get(root, "answers"), "changed")); /* nothing is measured of both */
	rq_json_free(root);
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--set", "suite=other", OTHERWISE, "reports={\"json\": \"e/report.json\"}");
	cli_free(&result);
	expect_said(CLI_EXPECT(0, "compare", "d/report.json", "e/report.json"), "\nsuite ");
	cli_write("qrels.tsv", "query-id\tcorpus-id\tscore\nt1\td1\t1\nt2\td2\t1\n");
	run_into("c", REPORTED("RR@10", "{}"));
	result = cli("compare", "a/report.json", "c/report.json", NULL);
	cli_expect_refusal(&result, 65, "\"a/report.json\" and \"c/report.json\" are of another \"qrels\", so they are not compared; run both on the same one");
}
END_TEST

/* Nothing that is read is written over: neither what a config names nor what a report does. */
START_TEST(a_report_takes_no_place_of_what_it_is_of)
{
	cli_collection(120, 60);
	cli_write("a.csv", "id,embedding\nd1,\"[1,0]\"\nd2,\"[0,1]\"\n");
	run_into("a", REPORTED("RR@10", "{}"));
	refused(cli("compare", "a/report.json", "a/report.json", "--report", "json=qrels.tsv", NULL), 64,
	        "--report: \"qrels.tsv\" is what this command reads; give the output another name");
	refused(cli("compare", "a.csv", "a.csv", "--config", "gate.json", "--report", "json=corpus.jsonl", NULL), 64,
	        "--report: \"corpus.jsonl\" is what this command reads; give the output another name");
}
END_TEST

Suite *compare_runs_suite(void)
{
	Suite *suite = suite_create("compare_runs");
	TCase *tcase = cli_case("compare_runs");

	tcase_add_test(tcase, two_runs);
	tcase_add_test(tcase, odd_pairs);
	tcase_add_test(tcase, the_statistics_of_eval);
	tcase_add_test(tcase, two_reports);
	tcase_add_test(tcase, a_report_takes_no_place_of_what_it_is_of);
	suite_add_tcase(suite, tcase);
	return suite;
}
