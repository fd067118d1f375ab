/* `rqgate run --against NAME`, and gates that compare with a pinned baseline. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMBEDDERS "\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}"
#define START \
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\", \"nDCG@10\"], " EMBEDDERS \
	", "

static const char config[] = START "\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, "
                                   "\"gates\": [\"RR@10 >= 0.1\", \"drop(RR@10) <= 0.03\"]}";

static void quietly(struct cli result)
{
	cli_free(&result);
}

static void refused(struct cli result, int exit_code, const char *sentence)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

/* A run of both, and its baseline approved as "one". */
static void start(void)
{
	cli_example();
	cli_write("gate.json", config);
	quietly(CLI_EXPECT(1, "run", "gate.json"));
	quietly(CLI_EXPECT(0, "baseline", "approve", "out/report.json", "--name", "one", "--side", "baseline"));
}

/* What both reports say, but for what tells where the baseline comes from. */
static rq_json *comparable(void)
{
	rq_json *report = cli_report("out/report.json", false), *sides = rq_json_member(rq_json_member(report, "diagnostics"), "sides");

	rq_json_remove(report, "inputs");
	rq_json_remove(rq_json_member(sides, "baseline"), "approved");
	rq_json_remove(rq_json_member(report, "diagnostics"), "self_test"); /* of an approved baseline there is none */
	return report;
}

START_TEST(the_same_verdict_as_beside_it)
{
	start();
	rq_json *full = comparable();
	struct rq_buf ranking = cli_read("out/report.d/baseline.ann.run.zst");
	cli_remove("out");
	cli_expect_said("against", CLI_EXPECT(1, "run", "gate.json", "--against", "one"));
	struct rq_buf again = cli_read("out/report.d/baseline.ann.run.zst");
	ck_assert_uint_eq(ranking.size, again.size);
	ck_assert_mem_eq(ranking.data, again.data, ranking.size);
	cli_expect_same(full, comparable());
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *set = rq_json_get(rq_json_get(report, "run"), "set");
	ck_assert_str_eq(rq_json_string(rq_json_first(set)), "baseline.approved=\"one\"");
	rq_json_free(report);
	rq_buf_release(&ranking);
	rq_buf_release(&again);
}
END_TEST

/* The baseline's side of the config names what is not there: it is for the candidate to inherit, and not opened. */
START_TEST(nothing_of_the_baseline_is_opened)
{
	start();
	cli_write("gate.json",
	          START "\"baseline\": {\"embedder\": \"hash\", \"index\": {\"file\": \"gone.faiss\"}}, \"candidate\": {\"embedder\": "
	                "\"small\", \"index\": {\"kind\": \"exact\"}}, \"gates\": [\"RR@10 >= 0.1\"]}");
	quietly(CLI_EXPECT(0, "run", "gate.json", "--against", "one"));
	cli_write("gate.json", START "\"baseline\": {\"approved\": \"one\"}, \"candidate\": {\"embedder\": \"small\"}, \"gates\": [\"RR@10 >= 0.1\"]}");
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	rq_json *report = cli_report("out/report.json", false);
	const rq_json *side = rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "sides"), "baseline");
	ck_assert_str_eq(rq_json_string(rq_json_get(side, "approved")), "one");
	ck_assert_str_eq(rq_json_string(rq_json_get(side, "embedder")), "hash");
	rq_json_free(report);
}
END_TEST

START_TEST(a_plan_reads_it_too)
{
	start();
	cli_remove("out");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--against", "one", "--plan");
	ck_assert_ptr_nonnull(strstr(result.out, "read the approved baseline \"one\""));
	ck_assert_ptr_null(strstr(result.out, "baseline embed"));
	cli_free(&result);
	ck_assert(!cli_exists("out"));
	cli_write("baselines/one/ranked.run.zst", "q001 Q0 sessions 1 1 x\n");
	refused(
		cli("run", "gate.json", "--against", "one", "--plan", NULL), 65,
		"\"baselines/one/ranked.run.zst\": is not the file that \"baselines/one/baseline.json\" tells of (its text has another sha256): one of them "
		"was replaced; take both from the same run");
}
END_TEST

/* "corpus: sha256 87d389e0d75b when ..." without the digests, which are the data's. */
static void expect_mismatch(const char *field)
{
	struct cli result = cli("run", "gate.json", "--against", "one", "--set", "dataset.unknown_judgments=warn", NULL);
	char start_of[160], end[160];

	snprintf(start_of, sizeof start_of, "rqgate: the approved baseline \"one\" cannot be compared with: %s: sha256 ", field);
	snprintf(end, sizeof end, " here; approve one from a run on what is here, or record the exception with --allow-mismatch %s\n", field);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_msg(strncmp(result.err, start_of, strlen(start_of)) == 0 && strstr(result.err, end) != NULL, "%s", result.err);
	cli_free(&result);
	result = cli("run", "gate.json", "--against", "one", "--set", "dataset.unknown_judgments=warn", "--allow-mismatch", field, NULL);
	ck_assert_int_le(result.exit_code, 1);
	snprintf(start_of, sizeof start_of, "warning: the approved baseline \"one\" is not of the same %s, and is compared all the same (%s: sha256 ",
	         field, field);
	ck_assert_msg(strstr(result.out, start_of) != NULL, "%s", result.out);
	cli_free(&result);
}

/* Without its last line. */
static void shorten(const char *name)
{
	struct rq_buf text = cli_read(name);

	do
		text.size--;
	while (text.size > 0 && text.data[text.size - 1] != '\n');
	cli_write_bytes(name, text.data, text.size);
	rq_buf_release(&text);
}

START_TEST(unlike_things_are_not_compared)
{
	start();
	shorten("corpus.jsonl");
	expect_mismatch("corpus");
	cli_example();
	cli_write("gate.json", config);
	shorten("qrels/test.tsv");
	expect_mismatch("qrels");
	cli_example();
	cli_write("gate.json", config);
	struct rq_buf topics = cli_read("queries.jsonl");
	rq_buf_puts(&topics, "{\"_id\": \"q999\", \"text\": \"one more\"}\n");
	cli_write_bytes("queries.jsonl", topics.data, topics.size);
	rq_buf_release(&topics);
	expect_mismatch("topics");
}
END_TEST

START_TEST(what_is_refused)
{
	start();
	refused(cli("run", "gate.json", "--against", "on", NULL), 64, "\"baselines\": no baseline is called \"on\"; did you mean \"one\"?");
	refused(cli("run", "gate.json", "--against", "../one", NULL), 64,
	        "\"../one\": cannot be the name of a baseline; expected letters, digits, '.', '_' and '-', at most 100 of them and beginning with a "
	        "letter, a "
	        "digit or '_'");
	refused(cli("run", "gate.json", "--allow-mismatch", "corpus", NULL), 64,
	        "--allow-mismatch: this run compares with no approved baseline; leave it out, or name one with --against");
	refused(cli("run", "gate.json", "--against", "one", "--allow-mismatch", "index", NULL), 64,
	        "--allow-mismatch: \"index\" is nothing that must match; expected corpus, topics, qrels or metrics_version");
	refused(cli("run", "gate.json", "--against", "one", "--set", "cutoff=50", NULL), 64,
	        "gate.json: cutoff: this run searches 50 deep, and the rankings of the approved baseline \"one\" are 10 deep; set \"cutoff\" to at most "
	        "that, or approve a "
	        "deeper one");
	refused(cli("run", "gate.json", "--against", "one", "--set", "reports={\"json\": \"baselines/one/baseline.json\"}", NULL), 64,
	        "gate.json: reports.json: \"baselines/one/baseline.json\" is a file that this run reads; give the report another name");
	refused(cli("run", "gate.json", "--set", "candidate.approved=one", NULL), 64,
	        "gate.json: candidate.approved: an approved baseline has no vectors to search with, so only the baseline can be one");
}
END_TEST

#define PINNED "gates=[\"pinned(RR@10) <= 0.03\"]"

START_TEST(pinned)
{
	start();
	cli_expect_said("pinned-none", CLI_EXPECT(1, "run", "gate.json", "--set", PINNED));
	quietly(CLI_EXPECT(0, "baseline", "pin", "one"));
	cli_expect_said("pinned-fail", CLI_EXPECT(1, "run", "gate.json", "--set", PINNED));
	cli_expect_said("pinned-pass", CLI_EXPECT(0, "run", "gate.json", "--set", PINNED, "--set", "candidate.embedder=hash"));
	rq_json *report = cli_report("out/report.json", false);
	const rq_json *item = rq_json_first(rq_json_get(rq_json_get(report, "diagnostics"), "pinned"));
	ck_assert_str_eq(rq_json_string(rq_json_get(item, "name")), "one");
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_first(rq_json_get(item, "metrics")), "delta")), 0);
	ck_assert_ptr_nonnull(rq_json_get(rq_json_get(report, "inputs"), "pinned.one"));
	rq_json_free(report);
	shorten("qrels/test.tsv");
	struct cli result = CLI_EXPECT(1, "run", "gate.json", "--set", PINNED, "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: RR@10 cannot be compared with \"one\" (qrels: sha256 "));
	cli_free(&result);
	result = cli("run", "gate.json", "--set", PINNED, "--allow-mismatch", "qrels", NULL);
	ck_assert_ptr_nonnull(
		strstr(result.out, "warning: the pinned baseline \"one\" is not of the same qrels, and is compared all the same (qrels: sha256 "));
	cli_free(&result);
}
END_TEST

/* The reason of the first gate, and its exit code. */
static void expect_absent(int exit_code, const char *gates, const char *reason)
{
	struct cli result = CLI_EXPECT(exit_code, "run", "gate.json", "--set", gates);

	cli_free(&result);
	rq_json *report = cli_report("out/report.json", false);
	const rq_json *first = rq_json_first(rq_json_get(report, "gates")), *second = rq_json_next(first);
	ck_assert(rq_json_true(rq_json_get(first, "absent")) && !rq_json_true(rq_json_get(second, "absent")));
	ck_assert_str_eq(rq_json_string(rq_json_get(second, "verdict")), "pass");
	ck_assert_str_eq(rq_json_string(rq_json_get(first, "reason")), reason);
	ck_assert_ptr_null(rq_json_get(rq_json_get(report, "inputs"), "pinned.one"));
	rq_json_free(report);
}

#define PINNED_GATES(more) "gates=[{\"kind\": \"pinned\", \"metric\": \"RR@10\", \"margin\": 0.03" more "}, \"RR@10 >= 0.1\"]"
#define WARNS ", \"level\": \"warn\""
#define NO_OTHER \
	"cannot be compared with a pinned baseline (\"baselines\": no baseline is called \"other\"; \"rqgate baseline list\" tells which there are, " \
	"\"rqgate baseline approve\" adds one)"

/* What is missing or damaged is told by the gate that needs it; the others are judged. */
START_TEST(a_pinned_baseline_that_is_none)
{
	start();
	expect_absent(1, PINNED_GATES(", \"baseline\": \"other\""), NO_OTHER);
	expect_absent(0, PINNED_GATES(", \"baseline\": \"other\"" WARNS), NO_OTHER);
	quietly(CLI_EXPECT(0, "baseline", "pin", "one"));
	struct rq_buf whole = cli_read("baselines/one/baseline.json"), ranked = cli_read("baselines/one/ranked.run.zst");
	cli_write("baselines/one/baseline.json", "{\"schema_version\": 1}");
	expect_absent(0, PINNED_GATES(WARNS),
	              "cannot be compared with a pinned baseline (baselines/one/baseline.json: report: missing; expected an object)");
	cli_write_bytes("baselines/one/baseline.json", whole.data, whole.size);
	cli_write("baselines/one/ranked.run.zst", "q001 Q0 sessions 1 1 x\n");
	expect_absent(1, PINNED_GATES(""),
	              "cannot be compared with a pinned baseline (\"baselines/one/ranked.run.zst\": is not the file that \"baselines/one/baseline.json\" "
	              "tells of (its text has another sha256): one of them was replaced; take both from the same run)");
	cli_remove("baselines/one/ranked.run.zst");
	expect_absent(0, PINNED_GATES(WARNS),
	              "cannot be compared with a pinned baseline (\"baselines/one/ranked.run.zst\": cannot open: No such file or directory)");
	cli_write_bytes("baselines/one/ranked.run.zst", ranked.data, ranked.size);
	cli_write("baselines/pinned", "one\ntwo\n");
	expect_absent(0, PINNED_GATES(WARNS),
	              "cannot be compared with a pinned baseline (\"baselines/pinned\": expected one line with the name of a baseline; \"rqgate baseline "
	              "pin NAME\" writes it)");
	rq_buf_release(&whole);
	rq_buf_release(&ranked);
}
END_TEST

Suite *against_suite(void)
{
	Suite *suite = suite_create("against");
	TCase *tests = cli_case("against");

	tcase_add_test(tests, the_same_verdict_as_beside_it);
	tcase_add_test(tests, nothing_of_the_baseline_is_opened);
	tcase_add_test(tests, a_plan_reads_it_too);
	tcase_add_test(tests, unlike_things_are_not_compared);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, pinned);
	tcase_add_test(tests, a_pinned_baseline_that_is_none);
	suite_add_tcase(suite, tests);
	return suite;
}
