/* What `rqgate run` prints for each kind of gate, word for word, where it holds, where it does not, and where it is waived. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG(candidate, gates) \
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}," \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}," \
	"\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": " candidate ", \"metrics\": [\"RR@10\", \"nDCG@10\"], \"gates\": [" gates "]}"

#define HNSW "{\"index\": {\"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", \"search\": \"efSearch=128\"}}"
#define WORSE "{\"embedder\": \"small\"}"

/* On the example, whose second embedding loses much: the same kinds, other bounds. */
static const char holds[] =
	CONFIG(HNSW, "\"drop(RR@10) <= 8%\", \"zero(RR@10) <= 30%\", \"zero_growth(RR@10) <= 5%\", \"p5(nDCG@10) >= 0\", \"slices(nDCG@10) <= 0.1\","
	             "\"overlap(RBO@10) >= 0.9\", \"overlap(Jaccard@10) >= 0.9\", \"changed(10) <= 20%\", \"coverage(Judged@10) >= 0.01\","
	             "\"power(RR@10) <= 0.05\", {\"kind\": \"losses\", \"metric\": \"RR@10\", \"topics\": [\"q001\", \"q002\"]}");
static const char breaks[] = CONFIG(
	WORSE, "\"drop(RR@10) <= 8%\", \"zero(RR@10) <= 5%\", \"zero_growth(RR@10) <= 3%\", \"p5(nDCG@10) >= 0.5\", \"slices(nDCG@10) <= 0.02\","
		   "\"overlap(RBO@10) >= 0.9\", \"overlap(Jaccard@10) >= 0.9\", \"changed(10) <= 20%\", \"coverage(Judged@10) >= 0.99\","
		   "\"power(RR@10) <= 0.02\", {\"kind\": \"losses\", \"metric\": \"RR@10\", \"topics\": [\"q001\", \"q002\", \"q005\", \"q008\", \"q010\"]}");

START_TEST(kinds_that_hold)
{
	cli_example();
	cli_write("gate.json", holds);
	cli_expect_said("gate-kinds-pass", CLI_EXPECT(0, "run", "gate.json"));
}
END_TEST

START_TEST(kinds_that_break)
{
	cli_example();
	cli_write("gate.json", breaks);
	cli_expect_said("gate-kinds-fail", CLI_EXPECT(1, "run", "gate.json"));
}
END_TEST

START_TEST(waivers)
{
	static const char config[] = CONFIG(WORSE, "{\"kind\": \"max_drop\", \"metric\": \"RR@10\", \"margin\": \"3%\", \"waiver\": {\"reason\": \"the "
	                                           "old index is being replaced\", \"by\": \"ana\", "
	                                           "\"until\": \"9999-12-31\"}}, {\"kind\": \"min\", \"metric\": \"RR@10\", \"value\": 0.1, \"waiver\": "
	                                           "{\"reason\": \"a trial\", \"by\": \"bo\", "
	                                           "\"until\": \"2020-02-29\"}}");
	cli_example();
	cli_write("gate.json", config);
	cli_expect_said("gate-waived", CLI_EXPECT(0, "run", "gate.json"));
	cli_expect_said("gate-waiver-expired",
	              CLI_EXPECT(1, "run", "gate.json", "--set",
	                         "gates=[{\"kind\": \"min\", \"metric\": \"RR@10\", \"value\": 0.99, \"waiver\": {\"reason\": \"a trial\", "
	                         "\"by\": \"bo\", \"until\": \"2020-02-29\"}}]"));
}
END_TEST

/* Two documents a topic; the candidate finds another one in place of the second. The first `zeros` of ten topics have a judgment of grade 0. */
static void write_holes(int zeros)
{
	struct rq_buf text[3] = {{0}, {0}, {0}};

	for (int i = 0; i < 10; i++) {
		rq_buf_printf(&text[0], "t%d 0 d 1\nt%d 0 e %d\n", i, i, i < zeros ? 0 : 1);
		rq_buf_printf(&text[1], "t%d Q0 d 1 2 old\nt%d Q0 e 2 1 old\n", i, i);
		rq_buf_printf(&text[2], "t%d Q0 d 1 2 new\nt%d Q0 f 2 1 new\n", i, i);
	}
	cli_write_bytes("qrels", text[0].data, text[0].size);
	cli_write_bytes("old.run", text[1].data, text[1].size);
	cli_write_bytes("new.run", text[2].data, text[2].size);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&text[i]);
	cli_write(
		"gate.json",
		"{\"dataset\": {\"qrels\": \"qrels\"}, \"baseline\": {\"run\": \"old.run\"}, \"candidate\": {\"run\": \"new.run\"}, \"profile\": \"release\","
		"\"gates\": [{\"kind\": \"coverage\", \"metric\": \"Judged@2\"}, \"overlap(Jaccard@2) >= 0.3\", \"changed(1) <= 0%\"]}");
}

START_TEST(holes_can_be_told_where_judgments_say_not_relevant)
{
	write_holes(5);
	cli_expect_said("gate-holes", CLI_EXPECT(2, "run", "gate.json"));
	write_holes(4);
	cli_expect_said("gate-holes-untold", CLI_EXPECT(0, "run", "gate.json"));
}
END_TEST

/* Were they 10 deep, as the metrics look, the second gate would lack its data. */
START_TEST(rankings_are_as_deep_as_a_gate_looks)
{
	cli_example();
	cli_write("gate.json", CONFIG(WORSE, "\"changed(10) <= 100%\", \"overlap(Jaccard@100) >= 0\""));
	struct cli run = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	ck_assert_ptr_nonnull(strstr(run.out, "overlap(Jaccard@100)"));
	cli_free(&run);
	struct cli refused = cli("run", "gate.json", "--no-cache", "--set", "cutoff=20", NULL);
	cli_expect_refusal(&refused, 64, "gate.json: gates[1]: cutoff: 20 is less deep than the gate looks; expected at least 100");
	refused = cli("run", "gate.json", "--no-cache", "--set", "gates=[\"changed(100000) <= 100%\"]", NULL);
	cli_expect_refusal(&refused, 64, "gate.json: gates: one looks 100000 deep into rankings, deeper than the corpus (220 documents); expected at most that");
}
END_TEST

START_TEST(an_unknown_topic_is_told_before_anything_is_computed)
{
	cli_example();
	cli_write("gate.json", CONFIG(WORSE, "{\"kind\": \"losses\", \"metric\": \"RR@10\", \"topics\": [\"q001\", \"nobody\"]}"));
	struct cli refused = cli("run", "gate.json", "--no-cache", NULL);
	cli_expect_refusal(&refused, 64,
	                   "gate.json: gates[0].topics: \"nobody\" is no topic that is judged and answerable; correct the id, or take it out");
}
END_TEST

/* Run files are scored and dropped: what needs rankings says so. */
START_TEST(assertions_on_run_files)
{
	struct rq_buf text[3] = {{0}, {0}, {0}};

	for (int i = 0; i < 100; i++) {
		rq_buf_printf(&text[0], "t%03d 0 d 1\n", i);
		rq_buf_printf(&text[1], "t%03d Q0 d 1 2 old\n", i);
		rq_buf_printf(&text[2], "t%03d Q0 %s 1 2 new\n", i, i < 20 ? "e" : "d");
	}
	cli_write_bytes("qrels.txt", text[0].data, text[0].size);
	cli_write_bytes("old.run", text[1].data, text[1].size);
	cli_write_bytes("new.run", text[2].data, text[2].size);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&text[i]);
	cli_expect_said("eval-gate-kinds", CLI_EXPECT(1, "eval", "qrels.txt", "old.run", "new.run", "--assert", "drop(RR) <= 10%", "--assert",
	                                            "zero(RR) <= 25%", "--assert", "zero_growth(RR) <= 5%", "--assert", "power(RR) <= 0.2"));
	struct cli one = CLI_EXPECT(1, "eval", "qrels.txt", "new.run", "--assert", "zero(RR) <= 5%", "--quiet");
	ck_assert_str_eq(
		one.out,
		"FAIL: RR is 0 for 20 of 100 topics (0.2000 of them, over the limit 0.05) (gate zero(RR) <= 5%); start with the topics that lost most\n");
	cli_free(&one);
	struct cli refused = cli("eval", "qrels.txt", "old.run", "new.run", "--assert", "overlap(RBO@10) >= 0.5", NULL);
	cli_expect_refusal(&refused, 64, "--assert: \"overlap(RBO@10) >= 0.5\" cannot be judged from run files; \"rqgate run\" judges it");
	refused = cli("eval", "qrels.txt", "old.run", "new.run", "--assert", "coverage(Judged@10) >= 0.5", NULL);
	cli_expect_refusal(&refused, 64, "--assert: \"coverage(Judged@10) >= 0.5\" cannot be judged from run files; \"rqgate run\" judges it");
}
END_TEST

Suite *gate_kinds_suite(void)
{
	Suite *suite = suite_create("gate_kinds");
	TCase *tests = cli_case("gate_kinds");

	tcase_add_test(tests, kinds_that_hold);
	tcase_add_test(tests, kinds_that_break);
	tcase_add_test(tests, waivers);
	tcase_add_test(tests, holes_can_be_told_where_judgments_say_not_relevant);
	tcase_add_test(tests, rankings_are_as_deep_as_a_gate_looks);
	tcase_add_test(tests, an_unknown_topic_is_told_before_anything_is_computed);
	tcase_add_test(tests, assertions_on_run_files);
	suite_add_tcase(suite, tests);
	return suite;
}
