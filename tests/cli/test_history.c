/* rqgate history and failures, and the store that run and eval keep. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact search and a hashed embedder: the same bytes on every machine. */
#define PORTABLE \
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"suite\": \"help\", \"store\": \"kept/h.db\", " \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\", \"dim\": 64}}, \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], " \
	"\"gates\": [\"RR@10 >= 0.2\"]}"
#define STRICT "gates=[\"RR@10 >= 0.2\", \"drop(RR@10) <= 0.01\"]"

#define MONDAY "SOURCE_DATE_EPOCH=1793610000"      /* 2026-11-02T09:00:00Z, week 45 */
#define WEDNESDAY "SOURCE_DATE_EPOCH=1793782800"   /* the same week */
#define NEXT_MONDAY "SOURCE_DATE_EPOCH=1794214800" /* 2026-11-09, week 46 */
#define THIRD_MONDAY "SOURCE_DATE_EPOCH=1794819600"

#define EXPECT_AT(when, code, ...) cli_expect_code(__FILE__, __LINE__, cli_in(".", when, __VA_ARGS__, NULL), (code))

static void drop(struct cli result)
{
	cli_free(&result);
}

/* The test's own folder becomes FOLDER. */
static char *without_folder(const char *text)
{
	const char *folder = cli_folder();
	size_t length = strlen(folder);
	struct rq_buf out = {0};

	for (const char *at = text; *at != '\0';) {
		bool is_folder = strncmp(at, folder, length) == 0;
		rq_buf_add(&out, is_folder ? "FOLDER" : at, is_folder ? 6 : 1);
		at += is_folder ? length : 1;
	}
	rq_buf_puts(&out, "");
	return out.data;
}

static void expect_golden(const char *name, struct cli result)
{
	char *out = without_folder(result.out);

	ck_assert_str_eq(result.err, "");
	cli_expect_golden(name, out);
	free(out);
	cli_free(&result);
}

static void expect_said(struct cli result, const char *text)
{
	ck_assert_str_eq(result.out, text);
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
}

static void write_small_corpus(void)
{
	struct rq_buf corpus = cli_read("corpus.jsonl");
	char *half = strchr(corpus.data + corpus.size / 2, '\n');

	half[1] = '\0';
	cli_write("small.jsonl", corpus.data);
	rq_buf_release(&corpus);
}

/* A pass, the same again, a failed gate of the same week, a pass of the next. */
static void make_history(void)
{
	cli_example();
	write_small_corpus();
	cli_write("gate.json", PORTABLE);
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	drop(EXPECT_AT(WEDNESDAY, 0, "run", "gate.json"));
	drop(EXPECT_AT(WEDNESDAY, 1, "run", "gate.json", "--set", STRICT, "--set", "candidate.corpus=small.jsonl"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "run", "gate.json"));
}

START_TEST(help)
{
	expect_golden("help-history", CLI_EXPECT(0, "help", "history"));
	expect_golden("help-history", CLI_EXPECT(0, "history", "--help"));
	expect_golden("help-history-check", CLI_EXPECT(0, "help", "history", "check"));
	expect_golden("help-failures", CLI_EXPECT(0, "failures", "--help"));
	expect_golden("help-failures-list", CLI_EXPECT(0, "failures", "list", "--help"));
	expect_golden("help-failures-show", CLI_EXPECT(0, "failures", "show", "--help"));
	expect_golden("help-failures-retry", CLI_EXPECT(0, "failures", "retry", "--help"));
}
END_TEST

START_TEST(what_runs_found_is_listed_and_exported)
{
	make_history();
	expect_golden("history", CLI_EXPECT(0, "history", "--config", "gate.json"));
	expect_golden("history", CLI_EXPECT(0, "history", "--store", "kept/h.db"));
	expect_golden("history-metric", CLI_EXPECT(0, "history", "--config", "gate.json", "--metric", "RR@10", "--limit", "2"));
	expect_said(CLI_EXPECT(0, "history", "--config", "gate.json", "--until", "2026-11-02"), "kept/h.db: no such batch\n");
	expect_said(EXPECT_AT(NEXT_MONDAY, 0, "history", "--config", "gate.json", "--csv", "--since", "1d", "--verdict", "fail"),
	            "batch,week,started,last,repeats,command,suite,profile,verdict,kind,name,side,slice,value,lower,upper,bound,outcome,count\n");
}
END_TEST

START_TEST(a_page_draws_each_figure_over_time)
{
	static const char *const words[] = {"<title>rqgate: history</title>", "<p>kept/h.db: ", "<h2 id=\"standing\">Where each job stands</h2>",
	                                    "<li class=\"gate pass\"><h3><span class=\"word\"><span aria-hidden=\"true\">\u2713</span> pass</span> run", ">RR@10 over time, run of ", "baseline: 3 values, first ", "; candidate: 3 values, first ",
	                                    "<td data-name=\"verdict\" class=\"fail\"><span class=\"word\">fail</span></td><td data-name=\"again\">", NULL};
	make_history();
	struct cli result = CLI_EXPECT(0, "history", "--config", "gate.json", "--html");

	for (size_t i = 0; words[i] != NULL; i++)
		ck_assert_msg(strstr(result.out, words[i]) != NULL, "\"%s\" is missing in\n%.600s", words[i], strstr(result.out, "<h1"));
	cli_free(&result);
}
END_TEST

START_TEST(a_report_draws_what_its_suite_found_before)
{
	make_history();
	struct rq_buf page = cli_read("out/report.html");
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *history = rq_json_get(rq_json_get(report, "run"), "history");

	ck_assert_uint_eq(rq_json_size(history), 3);
	const rq_json *second = rq_json_next(rq_json_first(history)), *third = rq_json_next(second);
	ck_assert_str_eq(rq_json_string(rq_json_get(second, "verdict")), "fail");
	ck_assert_str_eq(rq_json_string(rq_json_get(third, "verdict")), "pass");
	ck_assert_double_eq(rq_json_number(rq_json_get(second, "time_us")), 1793782800e6);
	ck_assert_double_eq(rq_json_number(rq_json_get(third, "time_us")), 1794214800e6);
	ck_assert_ptr_nonnull(strstr(page.data, "<h2 id=\"history\">Over time</h2>"));
	ck_assert_ptr_nonnull(strstr(page.data, ">RR@10 over time, run of help</title><desc id="));
	ck_assert_ptr_nonnull(strstr(page.data, ">baseline: 3 values, first "));
	struct cli result = CLI_EXPECT(0, "report", "out/report.json", "--to", "html");
	ck_assert(strcmp(result.out, page.data) == 0);
	cli_free(&result);
	rq_json_free(report);
	rq_buf_release(&page);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "run", "gate.json", "--set", "suite=other")); /* that has no past */
	page = cli_read("out/report.html");
	ck_assert_ptr_null(strstr(page.data, "over time"));
	rq_buf_release(&page);
}
END_TEST

START_TEST(json_lines_have_all_of_it)
{
	make_history();
	struct cli result = CLI_EXPECT(0, "history", "--config", "gate.json", "--jsonl", "--verdict", "fail");
	ck_assert_ptr_eq(strchr(result.out, '\n'), result.out + strlen(result.out) - 1);
	rq_json *batch = cli_parse(result.out, "stdout");
	ck_assert_str_eq(rq_json_string(rq_json_get(batch, "started")), "2026-11-04T09:00:00.000000Z");
	ck_assert_str_eq(rq_json_string(rq_json_get(batch, "iso_week")), "2026-W45");
	ck_assert_double_eq(rq_json_number(rq_json_get(batch, "exit_code")), 1);
	ck_assert_uint_eq(strlen(rq_json_string(rq_json_get(rq_json_get(batch, "inputs"), "candidate.corpus"))), 64);
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *figures = rq_json_get(batch, "figures"), *gate = NULL;
	for (const rq_json *figure = rq_json_first(figures); figure != NULL; figure = rq_json_next(figure))
		if (strcmp(rq_json_string(rq_json_get(figure, "name")), "drop(RR@10) <= 0.01") == 0)
			gate = figure;
	ck_assert_ptr_nonnull(gate);
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "outcome")), "fail");
	ck_assert(rq_json_true(rq_json_get(gate, "blocks")));
	ck_assert_double_eq(rq_json_number(rq_json_get(gate, "bound")), .01);
	/* the report of the last run, a pass, has the numbers of the first batch too */
	const rq_json *first = rq_json_first(figures);
	ck_assert_double_eq(rq_json_number(rq_json_get(first, "value")), cli_metric(report, "RR@10", "baseline"));
	rq_json_free(report);
	rq_json_free(batch);
	cli_free(&result);
}
END_TEST

/* The second config of a suite passes, and the first one still has not for a week. */
START_TEST(configs_of_a_suite_do_not_cover_for_each_other)
{
	make_history();
	struct rq_buf config = cli_read("gate.json");
	cli_write("other.json", config.data);
	rq_buf_release(&config);
	drop(EXPECT_AT(THIRD_MONDAY, 0, "run", "other.json"));
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "6d", "--config", "gate.json"),
	            "STALE: run of help by gate.json passed last on 2026-11-09, 7.0 days ago; at most 6 days are allowed, and it ran "
	            "last on 2026-11-09 with the verdict pass\n"
	            "fresh: run of help by other.json passed last on 2026-11-16, 0.0 days ago\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 0, "history", "check", "--max-age", "6d", "--config", "gate.json", "--job", "other.json"),
	            "fresh: run of help passed last on 2026-11-16, 0.0 days ago\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "6d", "--config", "gate.json", "--job", "gone.json"),
	            "STALE: no job by gone.json has ever been in kept/h.db\n");
}
END_TEST

START_TEST(a_job_that_does_not_pass_any_more_is_stale)
{
	make_history();
	expect_said(EXPECT_AT(THIRD_MONDAY, 0, "history", "check", "--max-age", "8d", "--config", "gate.json"),
	            "fresh: run of help passed last on 2026-11-09, 7.0 days ago\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "6d", "--config", "gate.json"),
	            "STALE: run of help passed last on 2026-11-09, 7.0 days ago; at most 6 days are allowed, and it ran last on 2026-11-09 with the "
	            "verdict pass\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "8d", "--config", "gate.json", "--suite", "shop"),
	            "STALE: no job of shop has ever been in kept/h.db\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "8d", "--config", "gate.json", "--command", "drift"),
	            "STALE: no drift has ever been in kept/h.db\n");
	expect_said(EXPECT_AT(MONDAY, 0, "history", "check", "--max-age", "8d", "--config", "gate.json"),
	            "fresh: run of help passed last on 2026-11-02, 0.0 days ago (the pass of 2026-11-09 is yet to come, and does not count: a clock was wrong)\n");
	expect_said(cli_expect_code(__FILE__, __LINE__, cli_in(".", "SOURCE_DATE_EPOCH=1793000000", "history", "check", "--max-age", "8d", "--config",
	                                                       "gate.json", NULL), 1),
	            "STALE: run of help has never passed (the pass of 2026-11-09 is yet to come, and does not count: a clock is wrong); at most 8 days are "
	            "allowed, and it ran last on 2026-11-09 with the verdict pass\n");
	drop(EXPECT_AT(THIRD_MONDAY, 1, "run", "gate.json", "--set", "gates=[\"RR@10 >= 0.9\"]", "--set", "suite=shop"));
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "8d", "--config", "gate.json"),
	            "fresh: run of help passed last on 2026-11-09, 7.0 days ago\n"
	            "STALE: run of shop has never passed; at most 8 days are allowed, and it ran last on 2026-11-16 with the verdict fail\n");
	/* one that is always called like this */
	drop(EXPECT_AT(THIRD_MONDAY, 0, "run", "gate.json", "--set", "suite=shop", "--profile", "pr"));
	expect_said(EXPECT_AT(THIRD_MONDAY, 0, "history", "check", "--max-age", "1w", "--config", "gate.json", "--set", "suite=shop"),
	            "fresh: run of shop passed last on 2026-11-16, 0.0 days ago\n");
	expect_said(EXPECT_AT(THIRD_MONDAY, 1, "history", "check", "--max-age", "1w", "--config", "gate.json", "--set", "suite=shoe"),
	            "STALE: no job, called so, has ever been in kept/h.db\n");
}
END_TEST

START_TEST(eval_keeps_what_it_found)
{
	cli_write("qrels.tsv", "q1 0 d1 1\nq2 0 d2 1\n");
	cli_write("old.run", "q1 Q0 d1 1 2 a\nq2 Q0 d2 1 2 a\n");
	cli_write("new.run", "q1 Q0 d1 1 2 b\nq2 Q0 d1 1 2 b\nq2 Q0 d2 2 1 b\n");
	drop(EXPECT_AT(MONDAY, 1, "eval", "qrels.tsv", "old.run", "new.run", "-m", "RR@10", "--assert", "RR@10 >= 0.9", "--store", "h.db"));
	drop(EXPECT_AT(MONDAY, 0, "eval", "qrels.tsv", "old.run", "-m", "RR@10", "--store", "h.db"));
	expect_golden("history-eval", CLI_EXPECT(0, "history", "--store", "h.db"));
	expect_golden("history-eval-csv", CLI_EXPECT(0, "history", "--store", "h.db", "--csv"));
	cli_write("bad.run", "q1 Q0 d1 1 2 a\nq2 Q0 d2 first\xff\n");
	drop(EXPECT_AT(MONDAY, 65, "eval", "qrels.tsv", "bad.run", "--store", "h.db"));
	expect_golden("failures-eval", CLI_EXPECT(0, "failures", "show", "1", "--store", "h.db"));
	struct cli result = CLI_EXPECT(0, "failures", "retry", "--store", "h.db");
	ck_assert_str_eq(result.err, "rqgate: note: 1 failure is not of \"rqgate run\" or \"rqgate drift\", and not tried again; call that command again\n");
	ck_assert_str_eq(result.out, "1 failure: 0 over now, 1 still open\n");
	cli_free(&result);
	cli_write("bad.run", "q1 Q0 d1 1 2 a\nq2 Q0 d2 1 2 a\n");
	drop(EXPECT_AT(WEDNESDAY, 0, "eval", "qrels.tsv", "bad.run", "--store", "h.db"));
	expect_golden("failures-over", CLI_EXPECT(0, "failures", "list", "--all", "--store", "h.db"));
	expect_said(CLI_EXPECT(0, "failures", "list", "--store", "h.db"), "h.db: no such failure\n");
}
END_TEST

/* Topic tN finds the document dN; the candidate refuses topic t3 as long as there is a file "down". */
#define READ_LINE "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; n=${topic#t}; "
#define ANSWER "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"d$n\\\",\\\"score\\\":2}]}\""
#define REFUSAL "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"error\\\":\\\"shard 3 is down\\\"}\""

static void set_up_command(void)
{
	cli_collection(100, 20);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"baseline\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"baseline.sh\"], \"vectors\": false}}, "
	                       "\"candidate\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"candidate.sh\"], \"vectors\": false}}, "
	                       "\"metrics\": [\"RR@10\"], \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.5\"], "
	                       "\"max_failed\": 5, \"store\": \"h.db\"}");
	cli_write("baseline.sh", READ_LINE ANSWER "\ndone\n");
	cli_write("candidate.sh", READ_LINE "if [ -e down ] && [ $topic = t3 ]; then " REFUSAL "; else " ANSWER "; fi\ndone\n");
	cli_write("down", "");
}

START_TEST(a_topic_that_failed_is_tried_again)
{
	set_up_command();
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	expect_golden("failures-list", CLI_EXPECT(0, "failures", "list", "--config", "gate.json"));
	struct cli result = CLI_EXPECT(0, "failures", "list", "--jsonl", "--store", "h.db");
	rq_json *failure = cli_parse(result.out, "stdout");
	ck_assert_str_eq(rq_json_string(rq_json_get(failure, "name")), "t3");
	ck_assert_str_eq(rq_json_string(rq_json_get(failure, "time")), "2026-11-02T09:00:00.000000Z");
	struct rq_buf queries = cli_read("queries.jsonl");
	ck_assert_ptr_nonnull(strstr(queries.data, rq_json_string(rq_json_get(failure, "input"))));
	rq_buf_release(&queries);
	rq_json_free(failure);
	cli_free(&result);

	result = EXPECT_AT(WEDNESDAY, 0, "failures", "retry", "--store", "h.db");
	ck_assert_ptr_nonnull(strstr(result.out, "\n1 failure: 0 over now, 1 still open\n"));
	cli_free(&result);
	cli_remove("down");
	cli_make_folder("elsewhere");
	result = cli_in("elsewhere", WEDNESDAY, "failures", "retry", "--store", "../h.db", NULL);
	ck_assert_msg(result.exit_code == 0 && strstr(result.out, "\n1 failure: 1 over now, 0 still open\n") != NULL, "%s%s", result.out, result.err);
	cli_free(&result);
	expect_golden("history-failures", CLI_EXPECT(0, "history", "--store", "h.db"));
}
END_TEST

/* Its name, and a cell of the suite's. */
START_TEST(a_config_may_begin_like_an_option)
{
	set_up_command();
	struct rq_buf config = cli_read("gate.json");
	cli_write("--no-cache", config.data);
	rq_buf_release(&config);
	drop(EXPECT_AT(MONDAY, 0, "run", "--set", "suite=\"=1+1\"", "--", "--no-cache"));
	cli_remove("down");
	drop(EXPECT_AT(WEDNESDAY, 0, "failures", "retry", "--store", "h.db"));
	expect_said(CLI_EXPECT(0, "failures", "list", "--store", "h.db"), "h.db: no such failure\n");
	struct cli result = CLI_EXPECT(0, "history", "--store", "h.db", "--csv");
	ck_assert_ptr_nonnull(strstr(result.out, ",run,'=1+1,pr,pass,"));
	ck_assert_ptr_null(strstr(result.out, ",=1"));
	cli_free(&result);
}
END_TEST

static size_t lines_of(const char *name)
{
	struct rq_buf text = cli_read(name);
	size_t lines = 0;

	for (const char *at = text.data; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	rq_buf_release(&text);
	return lines;
}

START_TEST(only_what_failed_is_embedded_again)
{
	cli_collection(100, 20);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"]}}, "
	                       "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                       "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"], \"max_failed\": 5, \"store\": \"h.db\"}");
	cli_write("embed.sh", "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; echo $id >> asked; "
	                      "if [ -e down ] && [ $id = 60 ]; then echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"too long\\\"}\"; else "
	                      "echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,${#line},0.5],\\\"model\\\":\\\"lengths-1\\\"}\"; fi; done\n");
	cli_write("down", "");
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	size_t asked = lines_of("asked");
	ck_assert_uint_eq(asked, 1 + 100 + 20); /* who answers, then each text */
	cli_remove("down");
	struct cli result = EXPECT_AT(WEDNESDAY, 0, "failures", "retry", "--config", "gate.json");
	ck_assert_msg(strstr(result.out, "\n1 failure: 1 over now, 0 still open\n") != NULL, "%s%s", result.out, result.err);
	ck_assert_uint_eq(lines_of("asked"), asked + 2);
	cli_free(&result);
}
END_TEST

START_TEST(a_run_without_a_verdict_is_remembered)
{
	char said[512];

	set_up_command();
	drop(EXPECT_AT(MONDAY, 69, "run", "gate.json", "--set", "max_failed=0"));
	struct cli result = CLI_EXPECT(0, "history", "--store", "h.db", "--jsonl");
	rq_json *batch = cli_parse(result.out, "stdout");
	ck_assert_str_eq(rq_json_string(rq_json_get(batch, "verdict")), "none");
	ck_assert_double_eq(rq_json_number(rq_json_get(batch, "exit_code")), 69);
	ck_assert_double_eq(rq_json_number(rq_json_get(batch, "failures_open")), 1);
	rq_json_free(batch);
	cli_free(&result);
	expect_golden("history-without-verdict", CLI_EXPECT(0, "history", "--store", "h.db"));
	snprintf(said, sizeof said, "STALE: run of %s/gate.json has never passed; at most 8 days are allowed, and it ran last on 2026-11-02 with the verdict none\n",
	         cli_folder());
	expect_said(EXPECT_AT(MONDAY, 1, "history", "check", "--max-age", "8d", "--store", "h.db"), said);
}
END_TEST

/* A folder stands where the report is to appear: nothing of the run does, and it is no pass. */
START_TEST(a_run_whose_reports_cannot_appear_is_no_pass)
{
	char said[600];

	set_up_command();
	cli_remove("down");
	cli_write("baseline.sh", "[ ! -e block ] || mkdir -p out/report.json\n" READ_LINE ANSWER "\ndone\n");
	cli_write("block", "");
	struct cli result = cli_in(".", MONDAY, "run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_str_eq(result.out, "");
	ck_assert_ptr_nonnull(strstr(result.err, "out/report.json\": cannot "));
	cli_free(&result);
	ck_assert(!cli_exists("out/report.md"));
	result = CLI_EXPECT(0, "history", "--store", "h.db", "--jsonl");
	rq_json *batch = cli_parse(result.out, "stdout");
	ck_assert_str_eq(rq_json_string(rq_json_get(batch, "verdict")), "none");
	ck_assert_double_eq(rq_json_number(rq_json_get(batch, "exit_code")), 74);
	ck_assert_uint_eq(rq_json_size(rq_json_get(batch, "figures")), 0);
	rq_json_free(batch);
	cli_free(&result);
	drop(EXPECT_AT(MONDAY, 1, "history", "check", "--max-age", "8d", "--store", "h.db"));
	cli_remove("block");
	cli_remove("out");
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	ck_assert(cli_exists("out/report.json"));
	snprintf(said, sizeof said, "fresh: run of %s/gate.json passed last on 2026-11-02, 0.0 days ago\n", cli_folder());
	expect_said(EXPECT_AT(MONDAY, 0, "history", "check", "--max-age", "8d", "--store", "h.db"), said);
}
END_TEST

/* NUL bytes end neither the line nor what is kept of it. */
START_TEST(a_refused_line_is_kept_whole)
{
	static const char corpus[] = "{\"_id\": \"d0\", \"text\": \"a\\\\b\"}\n{\"_id\": \"d1\", \"text\": \"\xff\0\0zero\"}\0\n";

	set_up_command();
	cli_write_bytes("corpus.jsonl", corpus, sizeof corpus - 1);
	drop(EXPECT_AT(MONDAY, 65, "run", "gate.json"));
	struct cli result = CLI_EXPECT(0, "failures", "list", "--store", "h.db", "--jsonl");
	rq_json *failure = cli_parse(result.out, "stdout");
	ck_assert_str_eq(rq_json_string(rq_json_get(failure, "input")), "{\"_id\": \"d1\", \"text\": \"\\xff\\x00\\x00zero\"}\\x00");
	rq_json_free(failure);
	cli_free(&result);
}
END_TEST

/* Its folder is gone: the others are tried all the same. */
START_TEST(a_job_that_cannot_be_called_again_keeps_no_other)
{
	set_up_command();
	cli_make_folder("gone");
	drop(cli_expect_code(__FILE__, __LINE__, cli_in("gone", MONDAY, "run", "../gate.json", NULL), 0));
	cli_remove("gone");
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	cli_remove("down");
	struct cli result = EXPECT_AT(WEDNESDAY, 74, "failures", "retry", "--store", "h.db");
	ck_assert_ptr_nonnull(strstr(result.err, "gone\": cannot go there, where batch 1 was made: "));
	ck_assert_ptr_nonnull(strstr(result.out, "\n2 failures: 1 over now, 1 still open\n"));
	cli_free(&result);
}
END_TEST

/* Each text that had its part in it, until the job has come past. */
START_TEST(texts_that_stop_a_run_are_failures)
{
	static const char quality[] = "quality={\"empty\": 0, \"fields\": {\"title\": {\"empty\": 1}}}";

	set_up_command();
	struct rq_buf corpus = cli_read("corpus.jsonl");
	struct rq_buf broken = {0};
	rq_buf_puts(&broken, "{\"_id\": \"d0\", \"title\": \"\", \"text\": \"  \"}");
	rq_buf_puts(&broken, strchr(corpus.data, '\n'));
	cli_write("corpus.jsonl", broken.data);
	drop(EXPECT_AT(MONDAY, 65, "run", "gate.json", "--set", quality));
	expect_golden("failures-quality", CLI_EXPECT(0, "failures", "list", "--store", "h.db"));
	struct cli stopped = CLI_EXPECT(0, "history", "--store", "h.db", "--jsonl"); /* of which files */
	const char *inputs = strstr(stopped.out, "\"inputs\":{\"config\":\"");
	ck_assert(inputs != NULL && strstr(inputs, "\"corpus\":\"") != NULL && strstr(inputs, "\"qrels\":\"") != NULL);
	cli_free(&stopped);
	cli_write("corpus.jsonl", corpus.data);
	cli_remove("down");
	drop(EXPECT_AT(WEDNESDAY, 0, "failures", "retry", "--store", "h.db"));
	expect_said(CLI_EXPECT(0, "failures", "list", "--store", "h.db"), "h.db: no such failure\n");
	rq_buf_release(&broken);
	rq_buf_release(&corpus);
}
END_TEST

START_TEST(a_plan_leaves_no_store)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	drop(CLI_EXPECT(0, "run", "gate.json", "--plan"));
	ck_assert(!cli_exists("kept"));
}
END_TEST

START_TEST(wrong_usage)
{
	static const struct {
		const char *arguments[6];
		int exit_code;
		const char *sentence;
	} cases[] = {
		{{"history", "chek"}, 64, "\"rqgate history\" has no action \"chek\"; did you mean \"check\"?"},
		{{"history"}, 74, "\".rqgate/history.db\": cannot open: no such file; \"rqgate run CONFIG --store .rqgate/history.db\" makes it"},
		{{"history", "--store", "a", "--config", "b"}, 64, "--store and --config exclude each other; keep one"},
		{{"history", "--csv", "--jsonl"}, 64, "--csv and --jsonl exclude each other; keep one"},
		{{"history", "--csv", "--html"}, 64, "--csv and --html exclude each other; keep one"},
		{{"history", "--jsonl", "--html"}, 64, "--jsonl and --html exclude each other; keep one"},
		{{"history", "--verdict", "passed"}, 64, "--verdict: \"passed\" is not allowed; expected pass, fail, inconclusive or none"},
		{{"history", "--command", "judge"}, 64, "--command: \"judge\" is not allowed; expected run, drift, eval, warmup or snapshot drill"},
		{{"history", "--since", "yesterday"}, 64,
		 "--since: \"yesterday\" is not allowed; expected a day such as 2026-11-21, a time such as 2026-11-21T03:00:00Z, or so long ago: 30d"},
		{{"history", "--config", "gate.json"}, 64, "gate.json: it keeps no store; \"store\": \".rqgate/history.db\" in it names one"},
		{{"history", "check"}, 64, "--max-age is missing; expected how old the last pass may be: --max-age 8d"},
		{{"failures"}, 64, "\"rqgate failures\" needs an action; \"rqgate help failures\" lists them"},
		{{"failures", "show", "one"}, 64, "\"one\" is no number of a failure; \"rqgate failures list\" has them"},
		{{"failures", "list", "--store", "letter"}, 65,
		 "\"letter\": is no whole store (file is not a database); restore it from a backup, or name a new file"},
		{{"run", "gate.json", "--store", "letter"}, 65,
		 "\"letter\": is no whole store (file is not a database); restore it from a backup, or name a new file"},
	};

	cli_example();
	cli_write("letter", "my letter, which is long enough to have a header of a hundred bytes, so that it is read as one, which it is not");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli(a[0], a[1], a[2], a[3], a[4], a[5], NULL);
		cli_expect_refusal(&result, cases[i].exit_code, cases[i].sentence);
	}
	ck_assert(!cli_exists("out"));
}
END_TEST

START_TEST(no_report_takes_the_store_s_place)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	drop(EXPECT_AT(MONDAY, 0, "run", "gate.json"));
	struct cli result = cli("run", "gate.json", "--set", "reports={\"json\": \"kept/h.db\"}", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert_ptr_nonnull(strstr(result.err, "is a file that this run reads; give the report another name\n"));
	cli_free(&result);
}
END_TEST

Suite *history_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *tests = cli_case("history");

	tcase_add_test(tests, help);
	tcase_add_test(tests, what_runs_found_is_listed_and_exported);
	tcase_add_test(tests, a_page_draws_each_figure_over_time);
	tcase_add_test(tests, a_report_draws_what_its_suite_found_before);
	tcase_add_test(tests, json_lines_have_all_of_it);
	tcase_add_test(tests, a_job_that_does_not_pass_any_more_is_stale);
	tcase_add_test(tests, configs_of_a_suite_do_not_cover_for_each_other);
	tcase_add_test(tests, eval_keeps_what_it_found);
	tcase_add_test(tests, a_topic_that_failed_is_tried_again);
	tcase_add_test(tests, a_config_may_begin_like_an_option);
	tcase_add_test(tests, only_what_failed_is_embedded_again);
	tcase_add_test(tests, a_run_without_a_verdict_is_remembered);
	tcase_add_test(tests, a_run_whose_reports_cannot_appear_is_no_pass);
	tcase_add_test(tests, a_refused_line_is_kept_whole);
	tcase_add_test(tests, a_job_that_cannot_be_called_again_keeps_no_other);
	tcase_add_test(tests, texts_that_stop_a_run_are_failures);
	tcase_add_test(tests, a_plan_leaves_no_store);
	tcase_add_test(tests, wrong_usage);
	tcase_add_test(tests, no_report_takes_the_store_s_place);
	suite_add_tcase(suite, tests);
	return suite;
}
