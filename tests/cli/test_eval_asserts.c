/* What `rqgate eval --assert` says beside the table: of the level, of metrics whose fall is no loss, of a change that a gate has judged. */
#include "cli.h"

#include <string.h>

static const char qrels[] = "q1 0 d1 2\nq1 0 d2 0\nq2 0 d1 1\nq2 0 d2 0\n";
static const char run[] = "q1 Q0 d1 1 2 a\nq1 Q0 d2 2 1 a\nq2 Q0 d1 1 2 a\nq2 Q0 d2 2 1 a\n";

static void expect(const char *text, struct cli result)
{
	ck_assert_msg(strstr(result.out, text) != NULL, "no \"%s\" in:\n%s", text, result.out);
	cli_free(&result);
}

static void expect_not(const char *text, struct cli result)
{
	ck_assert_msg(strstr(result.out, text) == NULL, "\"%s\" in:\n%s", text, result.out);
	cli_free(&result);
}

/* A metric that an assertion brings has the level that was read with it, also where its name stands for another level. P@2 by grades from 0: 1, from 1: .5,
 * from 2: .25. */
START_TEST(an_assertion_keeps_its_level)
{
	cli_write("qrels.txt", qrels);
	cli_write("a.run", run);
	expect("P(rel=0)@2  1.0000", CLI_EXPECT(0, "eval", "qrels.txt", "a.run", "-m", "RR", "-l", "0", "--assert", "P@2 >= 1"));
	expect("P@2        0.5000", CLI_EXPECT(0, "eval", "qrels.txt", "a.run", "-m", "RR", "-l", "2", "--assert", "P(rel=1)@2 >= 0.5"));
	expect("P(rel=2)@2  0.2500", CLI_EXPECT(1, "eval", "qrels.txt", "a.run", "-m", "RR", "-l", "2", "--assert", "P@2 >= 0.5"));
}
END_TEST

/* 200 topics; of the second run each ranking ends with a document that leaves less to doubt. */
static void write_deeper(void)
{
	struct rq_buf text[3] = {{0}, {0}, {0}};

	for (int i = 0; i < 200; i++) {
		rq_buf_printf(&text[0], "t%03d 0 d 1\nt%03d 0 e 0\n", i, i);
		rq_buf_printf(&text[1], "t%03d Q0 d 1 2 short\n", i);
		rq_buf_printf(&text[2], "t%03d Q0 d 1 2 long\nt%03d Q0 e 2 1 long\n", i, i);
	}
	cli_write_bytes("deep.txt", text[0].data, text[0].size);
	cli_write_bytes("short.run", text[1].data, text[1].size);
	cli_write_bytes("long.run", text[2].data, text[2].size);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&text[i]);
}

START_TEST(less_doubt_is_no_regression)
{
	write_deeper();
	expect("RBP_residual(p=0.8)  short  0.8000\n                     long   0.6400\n",
	       CLI_EXPECT(0, "eval", "deep.txt", "short.run", "long.run", "-m", "RBP_residual(p=0.8)", "-m", "RR"));
	expect_not("\"RBP_residual(p=0.8)\",\n          \"baseline\"",
	           CLI_EXPECT(0, "eval", "deep.txt", "short.run", "long.run", "-m", "RBP_residual(p=0.8)", "-m", "RR", "--format", "json"));
	expect("RBP_residual(p=0.8)  0.8000  [", CLI_EXPECT(0, "eval", "deep.txt", "short.run", "-m", "RBP_residual(p=0.8)")); /* a mean all the same */
	struct cli refused = cli("eval", "deep.txt", "short.run", "long.run", "--assert", "drop(RBP_residual(p=0.8)) <= 0.1", NULL);
	cli_expect_refusal(&refused, 64, "--assert: a drop of \"RBP_residual(p=0.8)\" is no loss, because less of it is better; bound it from above: use \"max\", or <=");
}
END_TEST

/* 200 topics of one relevant document, which new.run lacks in `lost` of them. Every metric falls by the same, so only how many are judged together tells them
 * apart. */
static void write_fall(int lost)
{
	struct rq_buf text[3] = {{0}, {0}, {0}};

	for (int i = 0; i < 200; i++) {
		rq_buf_printf(&text[0], "t%03d 0 d 1\n", i);
		rq_buf_printf(&text[1], "t%03d Q0 d 1 2 old\n", i);
		rq_buf_printf(&text[2], "t%03d Q0 %s 1 2 new\n", i, i < lost ? "e" : "d");
	}
	cli_write_bytes("fall.txt", text[0].data, text[0].size);
	cli_write_bytes("old.run", text[1].data, text[1].size);
	cli_write_bytes("new.run", text[2].data, text[2].size);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&text[i]);
}

/* Ten losses fail a gate of two; in a family of nine metrics they leave it undecided. */
START_TEST(the_table_says_what_the_gate_says)
{
#define METRICS "-m", "RR@10,RR,AP,P@1,R@1,R@10,nDCG@10,Rprec,Success@1"
	write_fall(10);
	struct cli result = CLI_EXPECT(1, "eval", "fall.txt", "old.run", "new.run", METRICS, "--assert", "drop(RR@10) <= 0.05", "--assert", "drop(RR@10) <= 0.5");
	cli_expect_golden("eval-assert-family", result.out);
	cli_free(&result);
	struct cli json = CLI_EXPECT(1, "eval", "fall.txt", "old.run", "new.run", METRICS, "--assert", "drop(RR@10) <= 0.05", "--assert", "drop(RR@10) <= 0.5", "--format", "json");
	rq_json *root = cli_parse(json.out, "json");
	const rq_json *compared = rq_json_first(rq_json_get(rq_json_next(rq_json_first(rq_json_get(root, "runs"))), "compared")), *next = rq_json_next(compared);
	ck_assert_str_eq(rq_json_string(rq_json_get(compared, "change")), "regressed");
	ck_assert_double_eq(rq_json_number(rq_json_get(compared, "margin")), .05);
	ck_assert_str_eq(rq_json_string(rq_json_get(next, "change")), "undecided");
	ck_assert_double_gt(rq_json_number(rq_json_get(next, "p_worse_adjusted")), rq_json_number(rq_json_get(compared, "p_worse_adjusted")));
	rq_json_free(root);
	cli_free(&json);
}
END_TEST

START_TEST(a_baseline_in_other_ids_gives_no_verdict)
{
	cli_write("qrels.txt", qrels);
	cli_write("a.run", run);
	cli_write("other.run", "q1 Q0 z1 1 2 a\nq2 Q0 z1 1 2 a\nq2 Q0 z2 2 1 a\n");
	struct cli refused = cli("eval", "qrels.txt", "other.run", "a.run", "-m", "RR", "--assert", "drop(RR) <= 0.02", NULL);
	cli_expect_refusal(&refused, 65, "other.run: nothing that it returned is judged, so a drop could not be seen; are the ids spelt alike?");
	expect("RR", CLI_EXPECT(0, "eval", "qrels.txt", "other.run", "a.run", "-m", "RR", "--assert", "RR >= 0.5"));
}
END_TEST

Suite *eval_asserts_suite(void)
{
	Suite *suite = suite_create("eval_asserts");
	TCase *tests = cli_case("eval_asserts");

	tcase_add_test(tests, a_baseline_in_other_ids_gives_no_verdict);
	tcase_add_test(tests, an_assertion_keeps_its_level);
	tcase_add_test(tests, less_doubt_is_no_regression);
	tcase_add_test(tests, the_table_says_what_the_gate_says);
	suite_add_tcase(suite, tests);
	return suite;
}
