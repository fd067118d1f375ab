/* rqgate report, and --report of run: reports in any format, where one wants them, then or later. */
#include "cli.h"

#include "evalcore/base/memory.h"
#include "reports/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void set_up(void)
{
	cli_write("qrels", "q1 0 d1 1\nq2 0 d3 1\nq3 0 d5 1\n");
	cli_write("old.run", "q1 Q0 d1 1 3 a\nq1 Q0 d2 2 2 a\nq2 Q0 d3 1 3 a\nq3 Q0 d5 1 1 a\n");
	cli_write("new.run", "q1 Q0 d2 1 3 a\nq1 Q0 d1 2 2 a\nq2 Q0 d3 1 3 a\nq3 Q0 d5 1 1 a\n");
	cli_write("gate.json", "{\"schema_version\": 1, \"dataset\": {\"qrels\": \"qrels\"}, \"baseline\": {\"run\": \"old.run\"}, "
	                       "\"candidate\": {\"run\": \"new.run\"}, \"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0.5\"], "
	                       "\"reports\": {\"json\": \"out/report.json\", \"md\": \"out/report.md\"}}");
}

static void refuse(int exit_code, const char *sentence, struct cli result)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

START_TEST(help)
{
	struct cli result = CLI_EXPECT(0, "help", "report");

	cli_expect_golden("help-report", result.out);
	cli_free(&result);
}
END_TEST

START_TEST(a_report_more_than_the_config_says)
{
	set_up();
	cli_make_folder("elsewhere");
	struct cli result = cli_in("elsewhere", NULL, "run", "../gate.json", "--report", "md=there/summary.md", NULL);
	ck_assert_msg(result.exit_code == 0, "%s", result.err);
	ck_assert_msg(strstr(result.out, "\nreports: ../out/report.json, there/summary.md\n") != NULL, "%s", result.out);
	ck_assert(cli_exists("out/report.json") && !cli_exists("out/report.md") && cli_exists("elsewhere/there/summary.md"));
	cli_free(&result);
}
END_TEST

START_TEST(a_report_on_stdout)
{
	set_up();
	struct cli table = CLI_EXPECT(0, "run", "gate.json"), result = CLI_EXPECT(0, "run", "gate.json", "--report", "md=-");
	struct rq_buf page = cli_read("out/report.md");

	ck_assert_str_eq(result.out, page.data);
	ck_assert_msg(strncmp(result.err, table.out, strcspn(table.out, "\n") + 1) == 0, "%s", result.err);
	ck_assert_ptr_nonnull(strstr(result.err, "\nreports: out/report.json\n"));
	rq_buf_release(&page);
	cli_free(&table);
	cli_free(&result);
	refuse(64, "--report and --json both print on stdout; give the report a file", cli("run", "gate.json", "--json", "--report", "md=-", NULL));
}
END_TEST

/* Before anything is read: the data set is not even there. */
START_TEST(a_report_that_cannot_be_written_ends_a_run_before_it_starts)
{
	set_up();
	cli_remove("qrels");
	cli_write("file", "in the way");
	struct cli result = cli("run", "gate.json", "--report", "md=file/report.md", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_msg(strstr(result.err, "file") != NULL && strstr(result.err, "qrels") == NULL, "%s", result.err);
	cli_free(&result);
	ck_assert(!cli_exists("out"));
}
END_TEST

START_TEST(what_report_is_asked_for_wrongly)
{
	set_up();
	refuse(64, "--report jsn: unknown report; did you mean \"json\"?", cli("run", "gate.json", "--report", "jsn=x", NULL));
	refuse(64, "--report md: names no file; expected --report md=out/report.md", cli("run", "gate.json", "--report", "md", NULL));
	refuse(64, "--report md: is asked for twice; give it once", cli("run", "gate.json", "--report", "md=a", "--report", "md=b", NULL));
	refuse(64, "--report md: \"qrels\" is a file that this run reads; give the report another name", cli("run", "gate.json", "--report", "md=qrels",
	                                                                                                     NULL));
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet");
	cli_free(&result);
	refuse(64, "--to is missing; name a format, as in rqgate report report.json --to md", cli("report", "out/report.json", NULL));
	refuse(64, "--to mdd: unknown report; did you mean \"md\"?", cli("report", "out/report.json", "--to", "mdd", NULL));
	refuse(64, "--out: \"./out/report.json\" is the report that is read; give the new one another name",
	       cli("report", "out/report.json", "--to", "md", "--out", "./out/report.json", NULL));
	refuse(74, "\"gone.json\": cannot open: No such file or directory", cli("report", "gone.json", "--to", "md", "--out", "new.md", NULL));
	ck_assert(!cli_exists("new.md"));
}
END_TEST

static void cut_row(struct rq_buf *page, const char *row)
{
	char *at = strstr(page->data, row);

	ck_assert_ptr_nonnull(at);
	size_t length = strcspn(at, "\n") + 1;
	memmove(at, at + length, strlen(at + length) + 1);
	page->size -= length;
}

/* Of the config's gates, which a --set of others takes away. */
START_TEST(a_finding_stands_on_the_line_of_its_gate)
{
	char wanted[128];
	size_t line = 1;

	cli_example();
	struct rq_buf config = cli_read("gate-worse-embedding.json");
	const char *gate = strstr(config.data, "\"drop(RR@10)");
	ck_assert_ptr_nonnull(gate);
	for (const char *at = config.data; at < gate; at++)
		line += *at == '\n';
	snprintf(wanted, sizeof wanted, "::error file=gate-worse-embedding.json,line=%zu,title=rqgate%%3A drop(RR@10)", line);
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", "github=-");
	ck_assert_msg(strstr(result.out, wanted) != NULL, "%s\n%s", wanted, result.out);
	cli_free(&result);
	result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--set", "gates=[\"drop(RR@10) <= 0.02\"]", "--report", "github=-");
	ck_assert_msg(strstr(result.out, "::error file=gate-worse-embedding.json,title=rqgate%3A drop(RR@10)") != NULL, "%s", result.out);
	cli_free(&result);
	rq_buf_release(&config);
}
END_TEST

/* In each format, byte for byte, but for the digest of report.json, which the run does not have yet; and without the data set, which is gone by then. */
START_TEST(an_earlier_report_is_what_the_run_wrote)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf config = {0};

	cli_example();
	struct rq_buf own = cli_read("gate-worse-embedding.json");
	const char *reports = strstr(own.data, "\"reports\":");
	ck_assert_ptr_nonnull(reports);
	rq_buf_printf(&config, "%.*s\"reports\": {", (int)(reports - own.data), own.data);
	for (size_t i = 0; rq_writers[i] != NULL; i++)
		rq_buf_printf(&config, "%s\"%s\": \"then/%s\"", i == 0 ? "" : ", ", rq_writers[i]->name, rq_writers[i]->name);
	rq_buf_puts(&config, strchr(reports, '}'));
	cli_write("gate-worse-embedding.json", config.data);
	rq_buf_release(&own);
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json");
	cli_free(&result);
	for (const char *const *name = (const char *const[]){"corpus.jsonl", "queries.jsonl", "qrels", "gate-worse-embedding.json",
	                                                     NULL}; *name != NULL; name++)
		cli_remove(*name);
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		char path[64];
		if (rq_writers[i]->of_failures)
			continue;
		snprintf(path, sizeof path, "then/%s", rq_writers[i]->name);
		struct rq_buf then = cli_read(path);
		result = CLI_EXPECT(0, "report", "then/json", "--to", rq_writers[i]->name, "--out", "now");
		struct rq_buf now = cli_read("now");
		if (strcmp(rq_writers[i]->name, "signoff") == 0)
			cut_row(&now, "<tr><th scope=\"row\">report.json</th>");
		ck_assert_msg(then.size == now.size && memcmp(then.data, now.data, now.size) == 0, "%s differs", rq_writers[i]->name);
		rq_buf_release(&then);
		rq_buf_release(&now);
		cli_free(&result);
	}
}
END_TEST

/* The candidate waits for a file "go" where there is one "slow", and breaks where there is one "broken". */
static void set_up_slow(void)
{
	cli_collection(30, 5);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"baseline\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"answer.sh\"], \"vectors\": false}}, "
	                       "\"candidate\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"slow.sh\"], \"vectors\": false}}, "
	                       "\"metrics\": [\"RR@10\"], \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.5\"], "
	                       "\"reports\": {\"json\": \"out/report.json\", \"md\": \"out/report.md\", \"html\": \"out/report.html\"}}");
	cli_write("answer.sh", "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; n=${topic#t}; "
	                       "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"d$n\\\",\\\"score\\\":2}]}\"; done\n");
	cli_write("slow.sh", "if [ -e slow ]; then touch waiting; until [ -e go ]; do sleep 0.02; done; fi\n[ -e broken ] && exit 1\n. ./answer.sh\n");
}

/* One job that waits, and another that passes meanwhile. */
static pid_t start_two(void)
{
	set_up_slow();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	cli_free(&result);
	cli_write("slow", "");
	pid_t pid = cli_start("run", "gate.json", "--no-cache", NULL);
	while (!cli_exists("waiting"))
		usleep(10000);
	cli_remove("slow");
	result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	cli_free(&result);
	return pid;
}

START_TEST(a_job_that_ends_leaves_the_reports_of_another)
{
	pid_t pid = start_two();

	cli_write("broken", "");
	cli_write("go", "");
	struct cli result = cli_wait(pid);
	ck_assert_msg(result.exit_code == 69, "exit code %d: %s", result.exit_code, result.err);
	cli_free(&result);
	ck_assert(cli_exists("out/report.json") && cli_exists("out/report.md") && cli_exists("out/report.d/candidate.ann.run.zst"));
	/* and removes those of an earlier one */
	result = CLI_EXPECT(69, "run", "gate.json", "--no-cache");
	cli_free(&result);
	ck_assert(!cli_exists("out/report.json") && !cli_exists("out/report.md") && !cli_exists("out/report.d/candidate.ann.run.zst"));
}
END_TEST

START_TEST(a_job_that_cannot_publish_takes_back_its_own_reports)
{
	pid_t pid = start_two();

	cli_remove("out/report.md");
	cli_make_folder("out/report.md");
	cli_write("go", "");
	struct cli result = cli_wait(pid);
	ck_assert_msg(result.exit_code == 74 && strstr(result.err, "report.md") != NULL, "exit code %d: %s", result.exit_code, result.err);
	cli_free(&result);
	ck_assert(!cli_exists("out/report.json") && cli_exists("out/report.html"));
}
END_TEST

Suite *report_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = cli_case("report");

	tcase_add_test(tests, help);
	tcase_add_test(tests, a_report_more_than_the_config_says);
	tcase_add_test(tests, a_report_on_stdout);
	tcase_add_test(tests, a_report_that_cannot_be_written_ends_a_run_before_it_starts);
	tcase_add_test(tests, what_report_is_asked_for_wrongly);
	tcase_add_test(tests, a_finding_stands_on_the_line_of_its_gate);
	tcase_add_test(tests, an_earlier_report_is_what_the_run_wrote);
	tcase_add_test(tests, a_job_that_ends_leaves_the_reports_of_another);
	tcase_add_test(tests, a_job_that_cannot_publish_takes_back_its_own_reports);
	suite_add_tcase(suite, tests);
	return suite;
}
