/* Texts that leave the process, as a user meets them: failures, a limit of requests, a run that is killed. */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DOCUMENTS = 40, TOPICS = 20 };

/* The codes of a text's first letters. It refuses what holds the word in the file "refused", and stops before its 30th text while there is a file
 * "stop". With a file "tired" it ends at its 15th text, once. */
static const char EMBED[] =
	"n=0\n"
	"while IFS= read -r line; do\n"
	"n=$((n + 1))\n"
	"if [ $n -eq 30 ] && [ -e stop ]; then : > stopped; while [ -e stop ]; do sleep .02; done; fi\n"
	"if [ $n -eq 15 ] && [ -e tired ]; then rm tired; exit 3; fi\n"
	"id=${line#*:}; id=${id%%,*}; text=${line##*\\\"text\\\":\\\"}\n"
	"if [ -e refused ]; then read -r word < refused; case $text in *\"$word\"*) echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"too strange\\\"}\"; "
    "continue;; esac; fi\n"
	"vector=1\n"
	"for i in 1 2 3 4 5 6 7 8 9; do first=${text%\"${text#?}\"}; vector=$vector,$(printf %d \"'$first\"); text=${text#?}; done\n"
	"echo \"{\\\"id\\\":$id,\\\"vector\\\":[$vector]}\"\n"
	"done\n";

static void set_up(void)
{
	cli_collection(DOCUMENTS, TOPICS);
	cli_write("embed.sh", EMBED);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
						   "\"embedders\": {\"mine\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"], \"model\": \"letters 1\"}}, "
						   "\"baseline\": {}, \"candidate\": {\"index\": {\"kind\": \"faiss\", \"factory\": \"Flat\"}}, "
						   "\"latency\": {\"samples\": 0}, \"metrics\": [\"RR@2\"], \"gates\": [\"drop(RR@2) <= 0.5\"]}");
}

/* How many texts the last run has asked for. */
static double asked(void)
{
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *service = rq_json_first(rq_json_get(rq_json_get(report, "run"), "services"));

	ck_assert_ptr_nonnull(service);
	double texts = rq_json_number(rq_json_get(service, "texts"));
	rq_json_free(report);
	return texts;
}

static void expect_said(int exit_code, const char *words, struct cli result)
{
	ck_assert_msg(result.exit_code == exit_code && strstr(result.err, words) != NULL, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	cli_free(&result);
}

START_TEST(what_failed_ends_the_run_and_is_written_down)
{
	set_up();
	cli_write("corpus.jsonl",
	          "{\"_id\":\"a\",\"text\":\"strange words\"}\n{\"_id\":\"b\",\"text\":\"plain words\"}\n{\"_id\":\"d0\",\"text\":\"other words\"}\n");
	cli_write("queries.jsonl", "{\"_id\":\"t0\",\"text\":\"other words\"}\n{\"_id\":\"t1\",\"text\":\"plain words\"}\n");
	cli_write("qrels.tsv", "query-id\tcorpus-id\tscore\nt0\td0\t1\nt1\tb\t1\n");
	cli_write("refused", "strange\n");
	expect_said(69, "rqgate: failed: baseline document \"a\" (embed, 1 attempt): too strange\n", cli("run", "gate.json", NULL));
	ck_assert(cli_exists("out/failures.jsonl") && !cli_exists("out/report.json"));
	expect_said(0, "too strange", cli("run", "gate.json", "--set", "max_failed=1", NULL));
	ck_assert(cli_exists("out/failures.jsonl") && cli_exists("out/report.json"));
	rq_json *report = cli_report("out/report.json", true); /* the candidate searches the same vectors */
	const rq_json *failed = rq_json_get(rq_json_get(report, "diagnostics"), "failed");
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(failed, "baseline"), "embed")), 1);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(failed, "candidate"), "embed")), 1);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(failed, "candidate"), "search")), 0);
	rq_json_free(report);
	expect_said(69, "--max-requests 0", cli("run", "gate.json", "--max-requests", "0", NULL));
	ck_assert(!cli_exists("out/failures.jsonl")); /* those were of another run */
	cli_remove("refused");
	expect_said(0, "", cli("run", "gate.json", NULL));
	ck_assert_double_eq(asked(), 1); /* what failed is not cached, and what did not is */
	ck_assert(!cli_exists("out/failures.jsonl"));
}
END_TEST

START_TEST(a_command_that_was_started_again_is_told_of)
{
	set_up();
	cli_write("tired", "");
	struct cli result = cli("run", "gate.json", NULL);
	ck_assert_msg(result.exit_code == 0 &&
	                  strstr(result.out, "\nwarning: baseline: the command ended or hung 1 time and was started again; its stderr may say why\n") != NULL,
	              "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	cli_free(&result);
}
END_TEST

START_TEST(a_limit_of_requests_is_kept_and_none_is_needed_afterwards)
{
	set_up();
	expect_said(69, "rqgate: baseline: stopped at --max-requests 0: no earlier run has kept who answers",
	            cli("run", "gate.json", "--max-requests", "0", NULL));
	expect_said(69, "rqgate: baseline: stopped at --max-requests 20: ", cli("run", "gate.json", "--max-requests", "20", NULL));
	expect_said(0, "", cli("run", "gate.json", NULL));
	ck_assert(asked() > 0 && asked() < DOCUMENTS + TOPICS);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0");
	ck_assert_ptr_nonnull(strstr(result.out, "warning: baseline: --max-requests did not let the run ask which model answers"));
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--plan");
	ck_assert_ptr_nonnull(strstr(result.out, " in about 1 request; all 60 texts are there"));
	cli_free(&result);
}
END_TEST

START_TEST(a_killed_run_is_resumed)
{
	set_up();
	cli_write("stop", "");
	/* one text at a time: the next is given once the answer before it is kept */
	pid_t pid = cli_start("run", "gate.json", "--set", "embedders.mine.window=1", NULL);
	for (int tries = 0; tries < 12000 && !cli_exists("stopped"); tries++)
		usleep(10000);
	ck_assert(cli_exists("stopped"));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	struct cli result = cli_wait(pid);
	ck_assert(result.killed);
	cli_free(&result);
	cli_remove("stop");
	expect_said(0, "", cli("run", "gate.json", NULL));
	ck_assert(asked() > 0 && asked() < DOCUMENTS + TOPICS);
	struct rq_buf resumed = cli_read("out/report.d/baseline.ann.run.zst");
	expect_said(0, "", cli("run", "gate.json", "--no-cache", NULL));
	ck_assert_double_eq(asked(), DOCUMENTS + TOPICS);
	struct rq_buf fresh = cli_read("out/report.d/baseline.ann.run.zst");
	ck_assert(resumed.size == fresh.size && memcmp(resumed.data, fresh.data, fresh.size) == 0);
	rq_buf_release(&resumed);
	rq_buf_release(&fresh);
}
END_TEST

Suite *services_suite(void)
{
	Suite *suite = suite_create("services");
	TCase *tests = cli_case("services");

	tcase_add_test(tests, what_failed_ends_the_run_and_is_written_down);
	tcase_add_test(tests, a_command_that_was_started_again_is_told_of);
	tcase_add_test(tests, a_limit_of_requests_is_kept_and_none_is_needed_afterwards);
	tcase_add_test(tests, a_killed_run_is_resumed);
	suite_add_tcase(suite, tests);
	return suite;
}
