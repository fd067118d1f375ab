/* What `rqgate eval` prints, word for word. The goldens eval-trec-* are what trec_eval 9.0.8 printed for the same files; none of its own data is among them. */
#include "cli.h"

#include "evalcore/base/hash.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Grades from -2 to 3, ties (two of them in float only), a judged topic that alpha lacks (q5), one that nobody judged (q99), one without a relevant document
 * (q4), an order of topics that numbers do not have (q10 before q2). */
static const char qrels[] = "q1 0 d1 2\nq1 0 d2 1\nq1 0 d3 0\nq1 0 d4 -1\nq1 0 d9 1\nq2 0 d1 0\nq2 0 d5 3\nq2 0 d6 1\nq3 0 d2 1\nq4 0 d7 0\nq4 0 d8 -2\nq5 0 d1 1\nq10 0 d3 2\n";
static const char alpha[] = "q1 Q0 d1 1 3.5 alpha\nq1 Q0 d2 2 2.5 alpha\nq1 Q0 d3 3 2.5 alpha\nq1 Q0 d7 4 2.5 alpha\nq1 Q0 d4 5 1.0 alpha\nq2 Q0 d6 1 9 alpha\n"
							"q2 Q0 d1 2 8.00000001 alpha\nq2 Q0 d5 3 8.00000002 alpha\nq3 Q0 d4 1 0.5 alpha\nq3 Q0 d2 2 0.4 alpha\nq4 Q0 d7 1 1 alpha\nq4 Q0 d8 2 1 alpha\n"
							"q10 Q0 d3 1 -1 alpha\nq10 Q0 d1 2 -2 alpha\nq99 Q0 d1 1 1 alpha\n";
static const char beta[] = "q1 Q0 d1 1 3.5 beta\nq1 Q0 d2 2 2.5 beta\nq2 Q0 d5 3 9 beta\nq2 Q0 d6 1 8 beta\nq3 Q0 d2 1 0.5 beta\nq4 Q0 d8 2 1 beta\nq5 Q0 d1 1 1 beta\n"
						   "q10 Q0 d1 1 -1 beta\n";

static void write_files(void)
{
	cli_write("qrels.txt", qrels);
	cli_write("alpha.run", alpha);
	cli_write("beta.run", beta);
	cli_write("slices.tsv", "q1\teasy ones\nq2\thard\nq3\teasy ones\nq10\thard\n");
}

/* 200 topics with one relevant document each: in new.run every tenth topic has it on the second rank, in worse.run every other has it not at all. */
static void write_many(void)
{
	struct rq_buf text[4] = {{0}, {0}, {0}, {0}};
	static const char *const names[] = {"many.txt", "old.run", "new.run", "worse.run"};

	for (int i = 0; i < 200; i++) {
		rq_buf_printf(&text[0], "t%03d 0 d%d 1\nt%03d 0 e%d 0\n", i, i, i, i);
		rq_buf_printf(&text[1], "t%03d Q0 d%d 1 2 old\nt%03d Q0 e%d 2 1 old\n", i, i, i, i);
		rq_buf_printf(&text[2], "t%03d Q0 d%d 1 %d new\nt%03d Q0 e%d 2 2 new\n", i, i, i % 50 == 0 ? 1 : 3, i, i);
		rq_buf_printf(&text[3], "t%03d Q0 %s%d 1 2 worse\n", i, i % 2 == 0 ? "d" : "e", i);
	}
	for (int i = 0; i < 4; i++) {
		cli_write_bytes(names[i], text[i].data, text[i].size);
		rq_buf_release(&text[i]);
	}
}

START_TEST(one_run)
{
	write_files();
	cli_expect_said("eval", CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "--format", "table"));
	cli_expect_said("eval-per-topic", CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "-m", "nDCG@2", "-m", "RR,P.1,2", "-m", "num_ret", "--per-topic", "--digits", "6", "--skip-no-relevant"));
	cli_expect_said("eval-intersection", CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "-m", "AP", "--intersection", "--judged-only", "--depth", "2", "-l", "2"));
}
END_TEST

START_TEST(several_runs)
{
	write_files();
	write_many();
	cli_expect_said("eval-two", CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "beta.run", "--slices", "slices.tsv", "-m", "nDCG@10,RR@1"));
	cli_expect_said("eval-three", CLI_EXPECT(0, "eval", "many.txt", "old.run", "new.run", "worse.run", "-m", "RR@10,R@1,AP,num_rel_ret"));
	cli_write("foreign.tsv", "Q1\teasy ones\n");
	cli_expect_said("eval-foreign-slices", CLI_EXPECT(0, "eval", "qrels.txt", "beta.run", "--slices", "foreign.tsv", "-m", "RR"));
	cli_expect_said("eval-same", CLI_EXPECT(0, "eval", "many.txt", "old.run", "./old.run", "-m", "RR@10,AP"));
}
END_TEST

START_TEST(assertions_decide_the_exit_code)
{
	write_files();
	write_many();
	cli_expect_said("eval-assert-pass", CLI_EXPECT(0, "eval", "many.txt", "old.run", "new.run", "-m", "RR@10", "--assert", "drop(RR@10) <= 0.05", "--assert", "P@1 >= 0.9"));
	cli_expect_said("eval-assert-fail", CLI_EXPECT(1, "eval", "many.txt", "old.run", "new.run", "worse.run", "-m", "RR@10", "--assert", "drop(RR@10) <= 0.05"));
	cli_expect_said("eval-assert-floor", CLI_EXPECT(1, "eval", "qrels.txt", "alpha.run", "-m", "RR@10", "--assert", "RR@10 >= 0.9", "--assert", "AP >= 0.1", "--quiet"));
	cli_expect_said("eval-assert-undecided", CLI_EXPECT(0, "eval", "qrels.txt", "beta.run", "alpha.run", "-m", "RR@10", "--assert", "drop(RR@10) <= 0.05"));
	cli_expect_said("eval-assert-other", CLI_EXPECT(0, "eval", "qrels.txt", "beta.run", "alpha.run", "-m", "nDCG@10", "--assert", "NumRet >= 8", "--quiet"));
	cli_expect_said("eval-assert-release", CLI_EXPECT(2, "eval", "qrels.txt", "beta.run", "alpha.run", "-m", "RR@10", "--assert", "drop(RR@10) <= 0.05", "--profile", "release", "--quiet"));
	cli_expect_said("eval-assert-slice",
	              CLI_EXPECT(1, "eval", "qrels.txt", "alpha.run", "-m", "AP", "--slices", "slices.tsv", "--assert", "AP[slice=hard] >= 0.5", "--assert", "AP[slice=none] >= 0.5"));
	cli_expect_said("eval-assert-trec", CLI_EXPECT(1, "eval", "qrels.txt", "alpha.run", "--format", "trec", "-m", "map", "--assert", "map >= 0.9"));
}
END_TEST

/* ---- trec_eval's own output ---- */

static void expect_trec(const char *golden, struct cli result)
{
	cli_expect_golden(golden, result.out);
	cli_free(&result);
}

START_TEST(the_format_trec_is_trec_evals)
{
	write_files();
#define TREC(...) CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "--format", "trec", "--quiet", __VA_ARGS__)
	expect_trec("eval-trec-official", TREC("-m", "official"));
	expect_trec("eval-trec-all", TREC("-q", "-m", "all_trec"));
	expect_trec("eval-trec-complete", TREC("-q", "-c", "-m", "all_trec", "-l", "2"));
	expect_trec("eval-trec-depth", TREC("-q", "-n", "-M", "2", "-m", "map", "-m", "ndcg_cut.1,3", "-m", "relstring.4", "-m", "P.2"));
	expect_trec("eval-trec-depth", TREC("-q", "-n", "-M2", "-mmap", "-mndcg_cut.1,3", "-mrelstring.4", "-mP.2"));
	expect_trec("eval-trec-judged", TREC("-q", "-J", "-m", "set", "-m", "bpref"));
	struct cli standard = CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "--format", "trec", "--quiet");
	ck_assert_str_eq(standard.err, "");
	expect_trec("eval-trec-official", standard);
	struct cli twice = CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "alpha.run", "--format", "trec", "--quiet"), once = TREC("-m", "official");
	ck_assert_uint_eq(strlen(twice.out), 2 * strlen(once.out));
	ck_assert(strncmp(twice.out, once.out, strlen(once.out)) == 0 && strcmp(twice.out + strlen(once.out), once.out) == 0);
	cli_free(&twice);
	cli_free(&once);
	/* What is missing under -c adds 0, though an empty ranking lacks a relevant document: c = 1 for each of those. */
	struct cli utility = TREC("-c", "-m", "utility.0,0,1,0", "-m", "gm_map", "--digits", "12");
	ck_assert_str_eq(utility.out, "gm_map                \tall\t0.017099759467\nutility_0,0,1,0       \tall\t0.166666666667\n");
	cli_free(&utility);
	struct cli nothing = TREC("-n");
	ck_assert_str_eq(nothing.out, "");
	cli_free(&nothing);
	struct cli gains = TREC("-mndcg.1=3.5,2=9"), apart = TREC("-m", "ndcg.1=3.5,2=9");
	ck_assert_str_eq(gains.out, apart.out);
	cli_free(&gains);
	cli_free(&apart);
	struct cli missing = CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "--format", "trec", "-mmap");
	ck_assert_msg(strstr(missing.err, "1 of 6 judged topics is missing (\"q5\" for one) and left out of the means, as trec_eval does; with --complete (-c) they count as 0") != NULL, "%s", missing.err);
	cli_free(&missing);
	struct cli digits = TREC("-m", "ndcg", "--digits", "12");
	ck_assert_str_eq(digits.out, "ndcg                  \tall\t0.640796141037\n");
	cli_free(&digits);
}
END_TEST

START_TEST(csv_and_json)
{
	write_files();
	cli_write("strange, \"name\".run", beta);
	cli_expect_said("eval-csv", CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "strange, \"name\".run", "--format", "csv", "-m", "AP,NumRet", "--per-topic", "--slices", "slices.tsv", "--quiet"));
	/* The same path twice, and everything that is compared. */
	cli_expect_said("eval-csv-compared",
	              CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "beta.run", "alpha.run", "--format", "csv", "-m", "RR@2", "--ties", "--digits", "6", "--slices", "slices.tsv", "--quiet"));
	struct cli json = CLI_EXPECT(0, "eval", "qrels.txt", "beta.run", "alpha.run", "--format", "json", "-m", "RR@10", "--per-topic", "--slices", "slices.tsv", "--assert", "drop(RR@10) <= 0.9");
	ck_assert_str_eq(json.err, "");
	cli_expect_golden("eval-json", json.out);
	cli_free(&json);
}
END_TEST

/* ---- what is read ---- */

static void alpha_as_input(void)
{
	int file = open("alpha.run", O_RDONLY);

	if (file < 0 || dup2(file, STDIN_FILENO) < 0)
		_exit(126);
}

/* alpha, spelt as CSV and as a JSON object. */
static void write_spellings(void)
{
	struct rq_buf csv = {0}, json = {0};
	char topic[8], document[8], score[16], last[8] = "";
	int length;

	rq_buf_puts(&csv, "query_id,doc_id,score\n");
	for (const char *at = alpha; sscanf(at, "%7s Q0 %7s %*d %15s %*s\n%n", topic, document, score, &length) == 3; at += length) {
		bool same = strcmp(topic, last) == 0;
		rq_buf_printf(&csv, "%s,\"%s\",%s\n", topic, document, score);
		rq_buf_printf(&json, "%s%s%s\"%s\": %s", last[0] == '\0' ? "{\"" : same ? ", " : "}, \"", same ? "" : topic, same ? "" : "\": {", document, score);
		memcpy(last, topic, sizeof last);
	}
	rq_buf_puts(&json, "}}");
	cli_write_bytes("alpha.csv", csv.data, csv.size);
	cli_write_bytes("alpha.json", json.data, json.size);
	rq_buf_release(&csv);
	rq_buf_release(&json);
}

/* All formats hold the same run, so every value is the same. */
static void expect_words(const struct cli *result, const char *const *words)
{
	for (; *words != NULL; words++)
		ck_assert_msg(strstr(result->out, *words) != NULL, "\"%s\" is missing", *words);
}

START_TEST(a_page)
{
	write_many();
	struct cli result = CLI_EXPECT(1, "eval", "many.txt", "old.run", "worse.run", "--format", "html", "--assert", "drop(RR@10) <= 0.1");
	expect_words(&result, (const char *const[]){"<title>rqgate: eval</title>", " FAIL</h1>", "</span> RR@10 may drop by at most 0.1</h3>",
	                                            "drop(RR@10) &lt;= 0.1 against its limit</title>", ">difference of RR@10</title>",
	                                            "<dt class=\"candidate\">candidate</dt><dd>worse.run</dd>", ": 100 lost, ", "<th scope=\"row\">t001</th>", NULL});
	ck_assert_ptr_null(strstr(result.out, "id=\"means\"")); /* the comparison has them */
	const char *verdict = strstr(result.out, " FAIL</h1>"), *sections = strstr(result.out, "<nav ");
	ck_assert(verdict != NULL && sections > verdict && strstr(verdict + 1, " FAIL</h1>") == NULL);
	cli_free(&result);
	result = CLI_EXPECT(1, "eval", "many.txt", "old.run", "worse.run", "old.run", "--format", "html", "--assert", "drop(RR@10) <= 0.1");
	verdict = strstr(result.out, "<p class=\"sentence\"><b>run 2:</b> FAIL: RR@10 dropped ");
	verdict = verdict == NULL ? NULL : strstr(verdict, "</p>\n<p class=\"sentence\"><b>run 3:</b> PASS: ");
	ck_assert_msg(verdict != NULL && verdict < strstr(result.out, "<nav "), "%s", result.out);
	cli_free(&result);
	write_files();
	result = CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "beta.run", "alpha.run", "--slices", "slices.tsv", "--format", "html");
	expect_words(&result, (const char *const[]){"id=\"means\"", "id=\"metrics\"", "id=\"metrics-2\"", ">run 2: difference of RR@10</title>", "difference of nDCG@10 in easy ones</title>",
	                                            "<th scope=\"row\">judgments</th><td>qrels.txt</td>", NULL});
	expect_words(&result, (const char *const[]){"<p class=\"meaning\">run 2 against run 1: 4 metrics are undecided, 1 has not dropped.</p>\n<p class=\"sentence\">nDCG@10 0.5340 \u2192 0.6401 (+0.1061, ",
	                                            "run 3 against run 1: 5 metrics have not changed.</p>\n<p class=\"sentence\">nDCG@10 0.5340, identical rankings on 6 topics.</p>",
	                                            "No gate was asserted, so this is no verdict", NULL});
	cli_free(&result);
	result = CLI_EXPECT(0, "eval", "qrels.txt", "alpha.run", "alpha.run", "--format", "html");
	const char *outcome = strstr(result.out, " metrics have not changed.</p>"), *list = strstr(result.out, "<nav ");
	ck_assert(outcome != NULL && list > outcome); /* on the first screen */
	cli_free(&result);
}
END_TEST

START_TEST(formats_and_standard_input)
{
	static const char *const files[] = {"alpha.run", "alpha.json", "alpha.csv", "alpha.jsonl", "alpha.jsonl.zst", "-"};
	char *expected = NULL, sha256[RQ_SHA256_HEX];
	struct rq_error err;

	write_files();
	write_spellings();
	for (size_t i = 3; i + 1 < sizeof files / sizeof *files; i++) {
		struct cli converted = CLI_EXPECT(0, "dataset", "convert", "alpha.run", files[i]);
		cli_free(&converted);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		cli_prepare(strcmp(files[i], "-") == 0 ? alpha_as_input : NULL);
		struct cli result = CLI_EXPECT(0, "eval", "qrels.txt", files[i], "--format", "trec", "-q", "-m", "all_trec", "-m", "P.1", "--quiet", "-n");
		ck_assert_msg(expected == NULL || strcmp(result.out, expected) == 0, "%s:\n%s", files[i], result.out);
		expected = expected == NULL ? strdup(result.out) : expected;
		cli_free(&result);
	}
	free(expected);
	ck_assert_int_eq(rq_sha256(sha256, alpha, strlen(alpha), &err), RQ_OK);
	cli_prepare(alpha_as_input);
	struct cli json = CLI_EXPECT(0, "eval", "qrels.txt", "-", "--format", "json", "-m", "RR");
	ck_assert_msg(strstr(json.out, sha256) != NULL, "%s", json.out);
	cli_free(&json);
	cli_write("named.csv", "pid,qid,points,more\nd1,q1,0.5,x\n\"d2\",q1,0.75,y\n");
	struct cli named = CLI_EXPECT(0, "eval", "qrels.txt", "named.csv", "--run-format", "csv", "--columns", "topic=qid,document=pid,score=points", "--format", "csv", "-m", "RR,NumRet",
	                              "--quiet");
	ck_assert_msg(strstr(named.out, "1,named.csv,,,NumRet,value,2\n") != NULL, "%s", named.out);
	cli_free(&named);
	cli_write("grades.csv", "qid,pid,g\nq1,d1,1\nq1,d2,0\n");
	struct cli both = CLI_EXPECT(0, "eval", "grades.csv", "named.csv", "--columns", "topic=qid,document=pid,grade=g,score=points", "--format", "csv", "-m", "RR,NumRet",
	                             "--quiet");
	ck_assert_msg(strstr(both.out, "1,named.csv,,,RR,value,0.5\n") != NULL, "%s", both.out);
	cli_free(&both);
}
END_TEST

START_TEST(leniently)
{
	write_files();
	cli_write("bad.run", "q1 Q0 d1 1 abc t\nq1 Q0 d2 2 2.5x t\nq2 Q0 d5 1 7 t\nq2 Q0 d5 2 9 t\nq2 Q0 d6 2 8 t\n");
	cli_write("bad.txt", "q1 0 d1 1\nq1 0 d2 x\nq2 0 d5 1\nq2 0 d5 3\n");
	cli_expect_said("eval-lenient", CLI_EXPECT(0, "eval", "bad.txt", "bad.run", "--lenient", "--dedupe", "best", "-m", "nDCG@10,RR", "--per-topic"));
	cli_expect_said("eval-first", CLI_EXPECT(0, "eval", "bad.txt", "bad.run", "--lenient", "--dedupe", "first", "-m", "nDCG@10,RR", "--per-topic"));
}
END_TEST

/* Ten documents with one score, one of them relevant: it stands at any rank. */
START_TEST(ties_have_bounds)
{
	struct rq_buf run = {0};

	for (int i = 0; i < 10; i++)
		rq_buf_printf(&run, "q1 Q0 d%d %d 1 t\n", i, i);
	cli_write("tied.txt", "q1 0 d4 1\n");
	cli_write_bytes("tied.run", run.data, run.size);
	rq_buf_release(&run);
	/* RR: (1 + 1/2 + ... + 1/10) / 10; by id descending d4 is sixth. */
	cli_expect_said("eval-ties", CLI_EXPECT(0, "eval", "tied.txt", "tied.run", "-m", "RR,P@5,Success@1", "--ties"));
	/* Of eleven documents the tenth and the eleventh have equal scores: that matters at 10 alone, where unjudged documents are counted in any case. */
	cli_write("cut.txt", "q1 0 a 1\n");
	cli_write("cut.run", "q1 Q0 a 1 20 t\nq1 Q0 b 1 19 t\nq1 Q0 c 1 18 t\nq1 Q0 d 1 17 t\nq1 Q0 e 1 16 t\nq1 Q0 f 1 15 t\nq1 Q0 g 1 14 t\nq1 Q0 h 1 13 t\nq1 Q0 i 1 12 t\n"
	                     "q1 Q0 j 1 11 t\nq1 Q0 k 1 11 t\n");
	struct cli whole = CLI_EXPECT(0, "eval", "cut.txt", "cut.run", "-m", "AP,P@5"), cut = CLI_EXPECT(0, "eval", "cut.txt", "cut.run", "-m", "AP,P@10");
	ck_assert_msg(strstr(whole.out, "straddle") == NULL && strstr(whole.out, "of the top 10") != NULL, "%s", whole.out);
	ck_assert_msg(strstr(cut.out, "equal scores straddle the cutoff 10 in 1 of 1 rankings") != NULL, "%s", cut.out);
	cli_free(&whole);
	cli_free(&cut);
	struct cli json = CLI_EXPECT(0, "eval", "tied.txt", "tied.run", "-m", "RR", "--ties", "--format", "json");
	rq_json *root = cli_parse(json.out, "json");
	const rq_json *metric = rq_json_first(rq_json_get(rq_json_first(rq_json_get(root, "runs")), "metrics")), *ties = rq_json_get(metric, "over_ties");
	ck_assert_double_eq(rq_json_number(rq_json_get(metric, "value")), 1.0 / 6);
	ck_assert_double_eq(rq_json_number(rq_json_get(ties, "lowest")), 1.0 / 10);
	ck_assert_double_eq_tol(rq_json_number(rq_json_get(ties, "expected")), 0.2928968253968254, 1e-15);
	ck_assert_double_eq(rq_json_number(rq_json_get(ties, "highest")), 1);
	rq_json_free(root);
	cli_free(&json);
	/* A depth is one more cutoff: the tie that it cuts decides as much, and what stands past it was returned all the same. */
	cli_expect_said("eval-ties-depth", CLI_EXPECT(0, "eval", "tied.txt", "tied.run", "-m", "RR@1,RR@10,nDCG@4,R@2,NumRelRet", "--ties", "--depth", "4"));
}
END_TEST

/* ---- the schema ---- */

START_TEST(the_json_is_what_the_schema_says)
{
	write_files();
	struct cli told = CLI_EXPECT(0, "schema", "eval"),
			   json = CLI_EXPECT(0, "eval", "qrels.txt", "beta.run", "alpha.run", "--format", "json", "-m", "all_trec", "--per-topic", "--slices", "slices.tsv", "--assert", "P@1 >= 0.1",
							   "--ties");
	rq_json *schema = cli_parse(told.out, "schema"), *root = cli_parse(json.out, "json");

	cli_expect_described(root, schema, "root");
	ck_assert_uint_eq(rq_json_size(rq_json_get(root, "runs")), 2);
	rq_json_free(schema);
	rq_json_free(root);
	cli_free(&told);
	cli_free(&json);
}
END_TEST

/* ---- refusals ---- */

START_TEST(wrong_usage_is_refused)
{
	static const struct {
		const char *arguments[8], *sentence;
	} cases[] = {
		{{"qrels.txt"}, "1 argument where \"rqgate eval QRELS RUN [RUN2 ...]\" is expected; \"rqgate help eval\" explains"},
		{{"-", "-"}, "2 inputs are \"-\"; standard input can be read once"},
		{{"q", "r", "--format", "xml"}, "--format: \"xml\" is not allowed; expected table, trec, json, csv or html"},
		{{"q", "r", "--profile", "nightly"}, "--profile: \"nightly\" is not allowed; expected pr or release"},
		{{"q", "r", "--dedupe", "last"}, "--dedupe: \"last\" is not allowed; expected first or best"},
		{{"q", "r", "-l", "-1"}, "-l: \"-1\" is not allowed; expected a whole number from 0 to 2147483647"},
		{{"q", "r", "-l3000000000"}, "-l: \"3000000000\" is not allowed; expected a whole number from 0 to 2147483647"},
		{{"q", "r", "--depth", "0"}, "--depth: \"0\" is not allowed; expected a whole number from 1 to 9007199254740991"},
		{{"q", "r", "--digits", "18"}, "--digits: \"18\" is not allowed; expected a whole number from 0 to 17"},
		{{"q", "r", "--intersection", "--complete"}, "--intersection and --complete exclude each other; keep one"},
		{{"q", "r", "-n"}, "--no-summary leaves nothing to print; add --per-topic"},
		{{"q", "r", "--qrels-format", "tsv"}, "--qrels-format: \"tsv\" is not allowed; expected trec, beir, csv or json"},
		{{"q", "r", "--run-format", "foo"}, "--run-format: \"foo\" is not allowed; expected trec, jsonl, json, csv or msmarco"},
		{{"q", "r", "--columns", "topic=a,documents=b"},
	     "--columns: \"documents=b\" is not allowed; expected topic=NAME, document=NAME, grade=NAME (of judgments) or score=NAME (of runs), with commas between"},
		{{"q", "r", "--digits", "6", "--format", "json"}, "--digits: --format json has all digits; leave --digits out, or choose another format"},
		{{"q", "r", "--assert", "RR@10[slice=billing] >= 0.1"}, "--assert: \"RR@10[slice=billing] >= 0.1\" is about a slice; --slices FILE tells which topics are in it"},
		{{"q", "r", "-m", "nDGC@10"}, "-m: metric \"nDGC@10\": column 1: unknown metric; did you mean \"nDCG\"?"},
		{{"q", "r", "-m", "latency.p99"}, "-m: \"latency.p99\" cannot be measured from run files; \"rqgate run\" measures it"},
		{{"q", "r", "--assert", "latency.p99 <= 5ms"}, "--assert: \"latency.p99\" cannot be measured from run files; \"rqgate run\" measures it"},
		{{"q", "r", "--assert", "drop(AP) <= 0.02"}, "--assert: \"drop(AP) <= 0.02\" compares two runs; name a second run file"},
		{{"q", "r", "--assert", "zero(AP) <= 5%", "--assert", "zero_growth(AP) <= 2%"}, "--assert: \"zero_growth(AP) <= 2%\" compares two runs; name a second run file"},
		{{"q", "r", "s", "--format", "trec", "--assert", "drop(AP) <= 0.02"},
	     "--assert: \"drop(AP) <= 0.02\" compares two runs, and --format trec scores each by itself; choose another format"},
		{{"q", "r", "--assert", "AP > 0.3"}, "--assert: \"AP > 0.3\": column 4: expected >= or <="},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli("eval", a[0], a[1], a[2], a[3], a[4], a[5], a[6], NULL);
		cli_expect_refusal(&result, 64, cases[i].sentence);
	}
}
END_TEST

#define REFUSED(code, sentence, ...) \
	do { \
		struct cli refused = cli("eval", __VA_ARGS__, NULL); \
		cli_expect_refusal(&refused, code, sentence); \
	} while (0)

START_TEST(wrong_data_is_refused)
{
	write_files();
	cli_write("other.run", "x7 Q0 d1 1 1 t\n");
	cli_write("part.run", "q5 Q0 d1 1 1 t\n");
	cli_write("columns.tsv", "q1\ta\tb\n");
	cli_write("twice.tsv", "q1 a\nq2 b\nq1 b\n");
	cli_write("empty.tsv", "\n");
	REFUSED(65, "other.run: its topics (\"x7\" for one of 1) are not among the judged ones (\"q1\" for one of 6); are the ids spelt alike, and is it the right file?", "qrels.txt", "other.run");
	REFUSED(65, "other.run: its topics (\"x7\" for one of 1) are not among the judged ones (\"q1\" for one of 6); are the ids spelt alike, and is it the right file?", "qrels.txt", "other.run",
	        "--format", "trec");
	REFUSED(65, "no topic is in every run; leave out --intersection, which averages over those alone", "qrels.txt", "alpha.run", "part.run", "--intersection");
	REFUSED(65, "no judged topic has a document of grade 4 or more, and --skip-no-relevant leaves those out; nothing is left to average", "qrels.txt", "alpha.run", "-l", "4",
	        "--skip-no-relevant");
	REFUSED(65, "columns.tsv:1: \"q1?a?b\" is no topic with its slice; expected two columns, topic TAB slice, or JSON lines like {\"_id\": \"q1\", \"text\": \"...\", \"slice\": \"billing\"}",
	        "qrels.txt", "alpha.run", "--slices", "columns.tsv");
	REFUSED(65, "twice.tsv:3: topic \"q1\" has a slice already, on line 1; a topic is in one slice", "qrels.txt", "alpha.run", "--slices", "twice.tsv");
	REFUSED(65, "empty.tsv: no topics; expected two columns, topic TAB slice, or JSON lines like {\"_id\": \"q1\", \"text\": \"...\", \"slice\": \"billing\"}", "qrels.txt", "alpha.run",
	        "--slices", "empty.tsv");
	REFUSED(69,
	        "alpha.run: 1 of 6 judged topics are missing from the run that the others are compared with, so a drop could not be seen; complete it, or compare the topics of every run with "
	        "--intersection",
	        "qrels.txt", "alpha.run", "beta.run", "--assert", "drop(AP) <= 0.5");
}
END_TEST

START_TEST(threads_change_nothing)
{
	static const char *const threads[] = {"1", "2", "3", "4"};
	struct cli first = {0};

	write_many();
	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
		struct cli result = CLI_EXPECT(0, "eval", "many.txt", "old.run", "new.run", "worse.run", "-m", "all_trec", "--format", "json", "--per-topic", "--threads", threads[i]);
		if (i == 0) {
			first = result;
			continue;
		}
		ck_assert_str_eq(result.out, first.out);
		cli_free(&result);
	}
	cli_free(&first);
}
END_TEST

START_TEST(cacm_is_as_trec_eval_scores_it)
{
	char *folder = cli_shared("cacm"), path[2][512];

	if (folder == NULL)
		return;
	snprintf(path[0], sizeof path[0], "%s/qrels/test.tsv", folder);
	snprintf(path[1], sizeof path[1], "%s/anserini-cacm-bm25.run.txt", folder);
	expect_trec("eval-trec-cacm", CLI_EXPECT(0, "eval", path[0], path[1], "--format", "trec", "--quiet", "-m", "all_trec", "--digits", "12"));
	free(folder);
}
END_TEST

Suite *eval_suite(void)
{
	Suite *suite = suite_create("eval");
	TCase *tests = cli_case("eval");

	tcase_add_test(tests, one_run);
	tcase_add_test(tests, several_runs);
	tcase_add_test(tests, assertions_decide_the_exit_code);
	tcase_add_test(tests, the_format_trec_is_trec_evals);
	tcase_add_test(tests, csv_and_json);
	tcase_add_test(tests, a_page);
	tcase_add_test(tests, formats_and_standard_input);
	tcase_add_test(tests, leniently);
	tcase_add_test(tests, ties_have_bounds);
	tcase_add_test(tests, the_json_is_what_the_schema_says);
	tcase_add_test(tests, wrong_usage_is_refused);
	tcase_add_test(tests, wrong_data_is_refused);
	tcase_add_test(tests, threads_change_nothing);
	tcase_add_test(tests, cacm_is_as_trec_eval_scores_it);
	suite_add_tcase(suite, tests);
	return suite;
}
