/* `rqgate baseline`: what each action says and leaves behind, and what it refuses. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMBEDDERS "\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}"
#define GATES "\"gates\": [\"RR@10 >= 0.1\"]}"
#define START \
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\", \"nDCG@10\"], " EMBEDDERS \
	", "

/* Exact search has the same scores on every machine, so that digests can be in goldens; a graph has not. */
static const char hash[] = START "\"baseline\": {\"embedder\": \"small\"}, \"candidate\": {\"embedder\": \"hash\"}, " GATES;
static const char graph[] = START "\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"index\": {\"factory\": \"HNSW16,Flat\"}}, " GATES;
static const char small[] = START "\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, "
                                  "\"gates\": [\"RR@10 >= 0.99\"]}";

#define EPOCH "SOURCE_DATE_EPOCH=1795230000"

static void quietly(struct cli result)
{
	cli_free(&result);
}

static struct cli approve(const char *name)
{
	return cli_in(".", EPOCH, "baseline", "approve", "out/report.json", "--name", name, "--by", "ann", "--why", "all is well", NULL);
}

static struct cli force(const char *name)
{
	return cli_in(".", EPOCH, "baseline", "approve", "out/report.json", "--name", name, "--by", "bob", "--force", NULL);
}

static void refused(struct cli result, int exit_code, const char *sentence)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

/* A passing report, and "one" approved of it; a failing one, and "two" forced of it. */
static void two_baselines(void)
{
	cli_example();
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	quietly(cli_expect_code(__FILE__, __LINE__, approve("one"), 0));
	cli_write("gate.json", small);
	quietly(CLI_EXPECT(1, "run", "gate.json"));
	refused(approve("two"), 64,
	        "out/report.json: did not pass: \"RR@10 >= 0.99\" (fail); such a baseline hides what it lost, so mend the candidate, or approve it with "
	        "--force, which is recorded");
	quietly(cli_expect_code(__FILE__, __LINE__, force("two"), 0));
}

static void expect_help(const char *golden, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	cli_expect_golden(golden, result.out);
	cli_free(&result);
}

START_TEST(help)
{
	expect_help("help-baseline", CLI_EXPECT(0, "help", "baseline"));
	expect_help("help-baseline-approve", CLI_EXPECT(0, "help", "baseline", "approve"));
	expect_help("help-baseline-list", CLI_EXPECT(0, "baseline", "list", "--help"));
	expect_help("help-baseline-show", CLI_EXPECT(0, "help", "baseline", "show"));
	expect_help("help-baseline-diff", CLI_EXPECT(0, "help", "baseline", "diff"));
	expect_help("help-baseline-pin", CLI_EXPECT(0, "help", "baseline", "pin"));
	expect_help("help-baseline-unpin", CLI_EXPECT(0, "help", "baseline", "unpin"));
	expect_help("help-baseline-verify", CLI_EXPECT(0, "baseline", "verify", "-h"));
}
END_TEST

START_TEST(approve_writes_the_same_bytes)
{
	cli_example();
	cli_write("gate.json", graph);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	cli_expect_said("baseline-approve", approve("one"));
	quietly(CLI_EXPECT(0, "run", "gate.json", "--no-cache"));
	struct cli result =
		cli_in(".", EPOCH, "baseline", "approve", "out/report.json", "--name", "one", "--by", "ann", "--why", "all is well", "--dir", "other", NULL);
	ck_assert_str_eq(result.out, "approved the candidate as \"one\": other/one; commit it\n");
	cli_free(&result);
	static const char *const files[] = {"baseline.json", "ranked.run.zst", "exact.run.zst"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char a[64], b[64];
		snprintf(a, sizeof a, "baselines/one/%s", files[i]);
		snprintf(b, sizeof b, "other/one/%s", files[i]);
		struct rq_buf first = cli_read(a), second = cli_read(b);
		ck_assert_uint_eq(first.size, second.size);
		ck_assert_mem_eq(first.data, second.data, first.size);
		rq_buf_release(&first);
		rq_buf_release(&second);
	}
}
END_TEST

START_TEST(a_file_that_can_be_read_in_a_diff)
{
	cli_example();
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	quietly(cli_expect_code(__FILE__, __LINE__, approve("one"), 0));
	struct rq_buf text = cli_read("baselines/one/baseline.json");
	char *end = strstr(text.data, "\n    {\"id\":\"q004\"");
	ck_assert_ptr_nonnull(end);
	*end = '\0'; /* a line a topic */
	cli_expect_golden("baseline-file", text.data);
	rq_buf_release(&text);
}
END_TEST

/* A copy of a project has a report that names the config of the original. */
START_TEST(a_copied_report_is_not_approved_for_the_original)
{
	cli_example();
	cli_make_folder("a");
	cli_make_folder("b");
	cli_make_folder("b/out");
	cli_write("a/gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "a/gate.json", "--set", "dataset.path=\"..\"", "--quiet"));
	struct rq_buf config = cli_read("a/gate.json"), report = cli_read("a/out/report.json");
	cli_write_bytes("b/gate.json", config.data, config.size);
	cli_write_bytes("b/out/report.json", report.data, report.size);
	rq_buf_release(&config);
	rq_buf_release(&report);
	struct cli result = cli("baseline", "approve", "b/out/report.json", "--name", "x", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert_msg(strstr(result.err, "b/out/report.json: was made with the config \"a/gate.json\", and is in a folder with another, \"") != NULL &&
	                  strstr(result.err, "/b/gate.json\"; say with --dir where the baselines of it are\n") != NULL,
	              "%s", result.err);
	cli_free(&result);
	ck_assert(!cli_exists("a/baselines") && !cli_exists("b/baselines"));
	quietly(CLI_EXPECT(0, "baseline", "approve", "a/out/report.json", "--name", "x"));
	ck_assert(cli_exists("a/baselines/x"));
}
END_TEST

START_TEST(the_side_that_serves_today)
{
	cli_example();
	cli_write("gate.json", small);
	quietly(CLI_EXPECT(1, "run", "gate.json"));
	struct cli result = CLI_EXPECT(0, "baseline", "approve", "out/report.json", "--name", "today", "--side", "baseline"); /* it has not failed */
	ck_assert_str_eq(result.out, "approved the baseline as \"today\": baselines/today; commit it\n");
	cli_free(&result);
	result = CLI_EXPECT(0, "baseline", "show", "today", "--json");
	rq_json *root = cli_parse(result.out, "show"), *report = cli_report("out/report.json", false);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(root, "report"), "side")), "baseline");
	ck_assert(!rq_json_true(rq_json_get(rq_json_get(root, "report"), "forced")));
	ck_assert(rq_json_true(rq_json_get(rq_json_get(root, "side"), "is_exact")));
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_first(rq_json_get(root, "metrics")), "value")), cli_metric(report, "RR@10", "baseline"));
	rq_json_free(root);
	rq_json_free(report);
	cli_free(&result);
	result = CLI_EXPECT(0, "baseline", "show", "today"); /* the gates judged the candidate */
	ck_assert_msg(strstr(result.out, "\nverdict        -\nsuite") != NULL, "%s", result.out);
	cli_free(&result);
}
END_TEST

START_TEST(what_they_say)
{
	two_baselines();
	quietly(CLI_EXPECT(0, "baseline", "pin", "one"));
	cli_expect_said("baseline-list", CLI_EXPECT(0, "baseline", "list"));
	cli_expect_said("baseline-list-json", CLI_EXPECT(0, "baseline", "list", "--config", "gate.json", "--json"));
	cli_expect_said("baseline-show", CLI_EXPECT(0, "baseline", "show", "one"));
	cli_expect_said("baseline-show-forced", CLI_EXPECT(0, "baseline", "show", "two"));
	cli_expect_said("baseline-diff", CLI_EXPECT(0, "baseline", "diff", "one", "two", "--topics", "5"));
	struct cli result = CLI_EXPECT(0, "baseline", "diff", "one", "two", "--json");
	rq_json *root = cli_parse(result.out, "diff");
	const rq_json *first = rq_json_first(rq_json_get(root, "metrics"));
	ck_assert_str_eq(rq_json_string(rq_json_get(first, "metric")), "RR@10");
	ck_assert_double_eq(rq_json_number(rq_json_get(first, "topics")), 328);
	double moved = 0;
	for (const rq_json *metric = first; metric != NULL; metric = rq_json_next(metric))
		moved += rq_json_number(rq_json_get(metric, "rose")) + rq_json_number(rq_json_get(metric, "fell"));
	ck_assert_uint_eq(rq_json_size(rq_json_get(root, "topics")), (size_t)moved);
	rq_json_free(root);
	cli_free(&result);
	cli_expect_said("baseline-same", CLI_EXPECT(0, "baseline", "diff", "one", "one"));
}
END_TEST

START_TEST(pin_and_unpin)
{
	two_baselines();
	cli_expect_said("baseline-pin", CLI_EXPECT(0, "baseline", "pin", "two"));
	struct rq_buf text = cli_read("baselines/pinned");
	ck_assert_str_eq(text.data, "two\n");
	rq_buf_release(&text);
	refused(cli("baseline", "pin", "three", NULL), 64,
	        "\"baselines\": no baseline is called \"three\"; \"rqgate baseline list\" tells which there are, \"rqgate baseline approve\" adds one");
	refused(cli("baseline", "pin", "twoo", NULL), 64, "\"baselines\": no baseline is called \"twoo\"; did you mean \"two\"?");
	struct cli result = CLI_EXPECT(0, "baseline", "unpin");
	ck_assert_str_eq(result.out, "no baseline is pinned any more\n");
	cli_free(&result);
	ck_assert(!cli_exists("baselines/pinned"));
	result = CLI_EXPECT(0, "baseline", "unpin");
	ck_assert_str_eq(result.out, "no baseline was pinned\n");
	cli_free(&result);
	cli_write("baselines/pinned", "one\ntwo\n");
	refused(cli("baseline", "list", NULL), 65,
	        "\"baselines/pinned\": expected one line with the name of a baseline; \"rqgate baseline pin NAME\" writes it");
}
END_TEST

/* Replaces the first occurrence. */
static void edit(const char *name, const char *old, const char *new)
{
	struct rq_buf text = cli_read(name), edited = {0};
	char *at = strstr(text.data, old);

	ck_assert_ptr_nonnull(at);
	rq_buf_add(&edited, text.data, (size_t)(at - text.data));
	rq_buf_puts(&edited, new);
	rq_buf_puts(&edited, at + strlen(old));
	cli_write(name, edited.data);
	rq_buf_release(&text);
	rq_buf_release(&edited);
}

START_TEST(verify_finds_what_is_damaged)
{
	two_baselines();
	cli_expect_said("baseline-verify", CLI_EXPECT(0, "baseline", "verify"));
	cli_expect_said("baseline-verify-scores", CLI_EXPECT(0, "baseline", "verify", "--config", "gate.json", "one"));
	struct rq_buf whole = cli_read("baselines/one/baseline.json");
	edit("baselines/one/baseline.json", "\"RR@10\":1,", "\"RR@10\":0.5,");
	cli_expect_said("baseline-verify-edited", CLI_EXPECT(1, "baseline", "verify", "--config", "gate.json"));
	cli_write_bytes("baselines/one/baseline.json", whole.data, whole.size);
	rq_buf_release(&whole);
	struct rq_buf run = cli_read("baselines/two/ranked.run.zst");
	cli_write_bytes("baselines/one/ranked.run.zst", run.data, run.size);
	cli_write("baselines/two/ranked.run.zst", "q001 Q0 sessions 1 1 rqgate\n");
	rq_buf_release(&run);
	cli_expect_said("baseline-verify-damaged", CLI_EXPECT(1, "baseline", "verify"));
	cli_write("baselines/two/baseline.json", "{\"schema_version\": 9}");
	cli_expect_said("baseline-list-damaged", CLI_EXPECT(0, "baseline", "list"));
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq001\tsessions\t1\n");
	cli_expect_said("baseline-verify-judgments", CLI_EXPECT(1, "baseline", "verify", "--config", "gate.json"));
}
END_TEST

START_TEST(verify_names_what_it_cannot_compute)
{
	cli_example();
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json", "--set", "metrics=[\"ann_recall@10\",\"RR@10\",\"Unique@10\"]"));
	quietly(cli_expect_code(__FILE__, __LINE__, approve("one"), 0));
	struct cli result = CLI_EXPECT(0, "baseline", "verify", "--config", "gate.json");
	ck_assert_str_eq(result.out,
	                 "one: whole, its scores are those of its rankings; not computed anew, for a baseline keeps neither vectors nor texts: "
	                 "ann_recall@10, Unique@10\n");
	cli_free(&result);
}
END_TEST

START_TEST(what_approve_refuses)
{
	two_baselines();
	refused(force("one"), 64, "\"baselines/one\": is there already, and a baseline is never written over; choose another name");
	static const char *const names[] = {".hidden", "a/b", "..", "-x", "a b"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char sentence[256];
		snprintf(sentence, sizeof sentence,
		         "\"%s\": cannot be the name of a baseline; expected letters, digits, '.', '_' and '-', at most 100 of them and beginning with a "
		         "letter, a digit or '_'",
		         names[i]);
		refused(approve(names[i]), 64, sentence);
	}
	refused(cli("baseline", "approve", "out/report.json", NULL), 64,
	        "--name: missing; expected what the baseline shall be called, such as release-2026-11");
	refused(cli("baseline", "approve", "out/report.json", "--name", "x", "--side", "both", NULL), 64,
	        "--side: \"both\" is no side; expected candidate or baseline");
	refused(cli("baseline", "approve", "none.json", "--name", "x", NULL), 74, "\"none.json\": cannot open: No such file or directory");
	refused(cli("baseline", "approve", "gate.json", "--name", "x", NULL), 65, "gate.json: schema_version: missing; expected a number");
	refused(cli_in(".", "SOURCE_DATE_EPOCH=now", "baseline", "approve", "out/report.json", "--name", "x", "--force", NULL), 64,
	        "SOURCE_DATE_EPOCH: \"now\" is no time; expected seconds since 1970");
	cli_remove("gate.json");
	refused(cli("baseline", "approve", "out/report.json", "--name", "x", "--force", NULL), 64,
	        "out/report.json: its config \"gate.json\" is not here, so its baselines could be anywhere; name their folder with --dir");
	refused(cli("baseline", "list", "--dir", "baselines", "--config", "gate.json", NULL), 64, "--dir and --config exclude each other; keep one");
	refused(cli("baseline", "list", "--config", "gate.json", NULL), 74, "\"gate.json\": cannot open: no such file");
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json", "--set", "reports={\"json\": \"out/report.json\", \"rankings\": false}"));
	refused(approve("x"), 65,
	        "out/report.json: has no rankings of the baseline; they are kept unless \"reports\" of the config says \"rankings\": false");
	ck_assert(!cli_exists("baselines/x"));
}
END_TEST

#define MIN(metric, value, more) "{\"kind\": \"min\", \"metric\": \"" metric "\", \"value\": " value more "}"
#define WAIVER ", \"waiver\": {\"reason\": \"until Monday\", \"by\": \"ann\", \"until\": \"2999-12-31\"}"

/* A waiver, a warning, too few topics: the pipeline goes on, and nobody has seen the candidate pass. */
START_TEST(what_did_not_plainly_pass_needs_force)
{
	cli_example();
	cli_write("gate.json", START "\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, \"gates\": [\"RR@10 >= 0.1\", "
	                             MIN("RR@10", "0.99", WAIVER) ", " MIN("nDCG@10", "0.99", ", \"level\": \"warn\"")
	                             ", {\"kind\": \"max\", \"metric\": \"latency.p99\", \"value\": \"5s\", \"level\": \"warn\"}]}");
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	refused(approve("two"), 64,
	        "out/report.json: did not pass: \"RR@10 >= 0.99\" (fail, waived until 2999-12-31), \"nDCG@10 >= 0.99\" (fail), \"latency.p99 <= 5s\" "
	        "(lacks its data); such a baseline hides what it lost, so mend the candidate, or approve it with --force, which is recorded");
	quietly(cli_expect_code(__FILE__, __LINE__, force("two"), 0));
	cli_expect_said("baseline-show-waived", CLI_EXPECT(0, "baseline", "show", "two"));
	quietly(CLI_EXPECT(0, "baseline", "approve", "out/report.json", "--name", "today", "--side", "baseline"));
	struct cli result = CLI_EXPECT(0, "baseline", "show", "today", "--json");
	rq_json *root = cli_parse(result.out, "show"), *report = rq_json_member(root, "report");
	ck_assert(!rq_json_true(rq_json_get(report, "forced")));
	ck_assert_uint_eq(rq_json_size(rq_json_get(report, "gates")), 0); /* they judged the candidate */
	rq_json_free(root);
	cli_free(&result);
}
END_TEST

START_TEST(who_and_why_are_words)
{
	cli_example();
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	refused(cli("baseline", "approve", "out/report.json", "--name", "x", "--by", "J\xF6rg", NULL), 64,
	        "--by: \"J\\xf6rg\" is no UTF-8 from byte 2 on; expected text in UTF-8");
	refused(cli("baseline", "approve", "out/report.json", "--name", "x", "--why", "\xC3", NULL), 64,
	        "--why: \"\\xc3\" is no UTF-8 from byte 1 on; expected text in UTF-8");
	refused(cli_in(".", "USER=\xFF", "baseline", "approve", "out/report.json", "--name", "x", NULL), 64,
	        "$USER: \"\\xff\" is no UTF-8 from byte 1 on; expected text in UTF-8");
	ck_assert(!cli_exists("baselines"));
	refused(cli_in(".", "USER=", "baseline", "approve", "out/report.json", "--name", "x", NULL), 64,
	        "--by: missing, and $USER tells nobody either; expected who approves it, such as --by ann");
	refused(cli("baseline", "approve", "out/report.json", "--name", "pinned", "--by", "ann", NULL), 64,
	        "\"pinned\": cannot be the name of a baseline, for it is that of the file that names the pinned one; choose another");
	ck_assert(!cli_exists("baselines"));
	quietly(cli_expect_code(__FILE__, __LINE__, cli_in(".", "USER=bob", "baseline", "approve", "out/report.json", "--name", "x", NULL), 0));
	quietly(cli_expect_code(__FILE__, __LINE__,
	                        cli_in(".", "USER=\xFF", "baseline", "approve", "out/report.json", "--name", "y", "--by", "J\xC3\xB6rg", NULL), 0));
	struct cli result = CLI_EXPECT(0, "baseline", "show", "x", "--json");
	ck_assert_ptr_nonnull(strstr(result.out, "\"by\": \"bob\""));
	cli_free(&result);
	quietly(CLI_EXPECT(0, "baseline", "verify"));
}
END_TEST

START_TEST(two_at_once)
{
	cli_example();
	cli_write("gate.json", hash);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	for (int round = 0; round < 5; round++) {
		char name[16];
		int approved = 0;
		pid_t pids[4];
		snprintf(name, sizeof name, "r%d", round);
		for (size_t i = 0; i < 4; i++)
			pids[i] = cli_start("baseline", "approve", "out/report.json", "--name", name, NULL);
		for (size_t i = 0; i < 4; i++) {
			struct cli result = cli_wait(pids[i]);
			approved += result.exit_code == 0;
			ck_assert_msg(result.exit_code == 0 ||
			                  (result.exit_code == 64 && strstr(result.err, "is there already, and a baseline is never written over") != NULL),
			              "exit code %d\n%s", result.exit_code, result.err);
			cli_free(&result);
		}
		ck_assert_int_eq(approved, 1);
	}
	struct cli result = CLI_EXPECT(0, "baseline", "verify", "--config", "gate.json");
	cli_free(&result);
	char *files = cli_files();
	ck_assert_ptr_null(strstr(files, "baselines/r0.")); /* what the others had begun */
	free(files);
}
END_TEST

/* What was searched exactly on a sample is split over it; a baseline approved without exact rankings is not split. */
START_TEST(differences_from_an_approved_baseline_are_split)
{
	cli_example();
	cli_write("gate.json", graph);
	quietly(CLI_EXPECT(0, "run", "gate.json", "--set", "exact.topics=40"));
	quietly(cli_expect_code(__FILE__, __LINE__, approve("sample"), 0));
	quietly(CLI_EXPECT(0, "run", "gate.json", "--set", "exact.budget=0s"));
	quietly(cli_expect_code(__FILE__, __LINE__, approve("without"), 0));
	quietly(CLI_EXPECT(0, "run", "gate.json", "--against", "sample", "--set", "candidate.index.factory=HNSW4,Flat", "--set",
	                   "candidate.index.build=efConstruction=4", "--set", "candidate.index.search=efSearch=4"));
	rq_json *report = cli_report("out/report.json", false);
	const rq_json *part = rq_json_get(rq_json_first(rq_json_get(report, "metrics")), "attribution");
	ck_assert_double_le(rq_json_number(rq_json_get(part, "topics")), 40);
	ck_assert_double_gt(rq_json_number(rq_json_get(part, "topics")), 20);
	ck_assert_double_eq(rq_json_number(rq_json_get(part, "embedding")), 0);
	ck_assert_double_lt(rq_json_number(rq_json_get(part, "index")), 0);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "self_test"), "outcome")), "unknown");
	rq_json_free(report);
	quietly(CLI_EXPECT(0, "run", "gate.json", "--against", "without", "--set", "candidate.embedder=small"));
	report = cli_report("out/report.json", false);
	part = rq_json_get(rq_json_first(rq_json_get(report, "metrics")), "attribution");
	ck_assert_str_eq(rq_json_string(rq_json_get(part, "absent")), "not split: the baseline was approved without exact rankings");
	rq_json_free(report);
}
END_TEST

Suite *baseline_suite(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tests = cli_case("baseline");

	tcase_add_test(tests, help);
	tcase_add_test(tests, approve_writes_the_same_bytes);
	tcase_add_test(tests, a_file_that_can_be_read_in_a_diff);
	tcase_add_test(tests, a_copied_report_is_not_approved_for_the_original);
	tcase_add_test(tests, the_side_that_serves_today);
	tcase_add_test(tests, what_they_say);
	tcase_add_test(tests, pin_and_unpin);
	tcase_add_test(tests, verify_finds_what_is_damaged);
	tcase_add_test(tests, verify_names_what_it_cannot_compute);
	tcase_add_test(tests, what_approve_refuses);
	tcase_add_test(tests, what_did_not_plainly_pass_needs_force);
	tcase_add_test(tests, who_and_why_are_words);
	tcase_add_test(tests, two_at_once);
	tcase_add_test(tests, differences_from_an_approved_baseline_are_split);
	suite_add_tcase(suite, tests);
	return suite;
}
