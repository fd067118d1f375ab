/* Commands that search and embed, as a user runs them: commands of sh beside the config, well behaved, faulty, and interrupted. */
#include "cli.h"

#include "evalcore/base/file.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOPICS = 40 };

/* Topic tN finds the document dN, then d0. */
#define READ_LINE "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; n=${topic#t}; "
#define HIT "{\\\"id\\\":\\\"d$n\\\",\\\"score\\\":2}"
#define ANSWER "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[" HIT "],\\\"latency_ms\\\":0.5,\\\"scan\\\":\\\"sorted list\\\"}\"\n"

/* Topics without vectors for both sides; the candidate's command is candidate.sh. */
#define CONFIG \
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, " \
	"\"baseline\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"baseline.sh\"], \"vectors\": false, \"name\": \"old words\"}}, " \
	"\"candidate\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"candidate.sh\"], \"vectors\": false, \"timeout\": \"60s\"}}, " \
	"\"metrics\": [\"RR@10\"], \"latency\": {\"samples\": 20}, \"gates\": [\"RR@10 >= 0.9\"]}"

static void set_up(const char *candidate)
{
	cli_collection(100, TOPICS);
	cli_write("gate.json", CONFIG);
	cli_write("baseline.sh", READ_LINE ANSWER "done\n");
	cli_write("candidate.sh", candidate);
}

START_TEST(a_command_is_searched_and_timed)
{
	set_up(READ_LINE ANSWER "done\n");
	cli_make_folder("elsewhere"); /* the command runs beside the config, wherever the program is called from */
	struct cli result = cli_in("elsewhere", NULL, "run", "../gate.json", NULL);
	ck_assert_msg(result.exit_code == 0, "%s%s", result.out, result.err);
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_double_eq(cli_metric(report, "RR@10", "baseline"), 1);
	ck_assert_double_eq(cli_metric(report, "RR@10", "candidate"), 1);
	rq_json_free(report);
	struct rq_buf text = cli_read("out/report.json");
	ck_assert_ptr_nonnull(strstr(text.data, "exec old words"));
	ck_assert_ptr_nonnull(strstr(text.data, "exec sh candidate.sh"));
	ck_assert_ptr_nonnull(strstr(text.data, "sorted list"));
	ck_assert_ptr_nonnull(strstr(text.data, "candidate: searches took as long as their command says (\\\"latency_ms\\\"), p50 0.5 ms, p99 0.5 ms; from question to answer it was p50 "));
	ck_assert_ptr_nonnull(strstr(text.data, "40 of 40 searches brought fewer hits than asked for"));
	rq_buf_release(&text);
}
END_TEST

START_TEST(a_command_that_is_down_gives_no_verdict)
{
	set_up("echo 'connection to db:5432 refused' >&2\nexit 1\n");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 69,
	                   "candidate.index: command \"sh candidate.sh\": it ended with exit status 1; on stderr it said last: connection to db:5432 "
	                   "refused; 2 starts in "
	                   "succession brought no answer; run it by hand with one line of its input");
	set_up("echo connected\n" READ_LINE ANSWER "done\n");
	result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 65,
	                   "candidate.index: command \"sh candidate.sh\": it answered \"connected\", which is no JSON object; expected one a line on its "
	                   "output, and all else on "
	                   "stderr");
	cli_write("gate.json", CONFIG);
	result = cli("run", "gate.json", "--set", "candidate.index.command=[\"no-such-database\"]", NULL);
	cli_expect_refusal(&result, 64, "candidate.index: command \"no-such-database\": no such program on PATH; install it, or write its path");
	result = cli("run", "gate.json", "--set", "candidate.index.command=[]", NULL);
	cli_expect_refusal(
		&result, 64,
		"gate.json: candidate.index.command: names no program; expected an array of its name and its arguments, like [\"node\", \"adapter.mjs\"]");
}
END_TEST

static void write_two_models(const char *embedder, const char *index)
{
	struct rq_buf config = {0};

	rq_buf_printf(&config,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	              "\"embedders\": {\"one\": {\"kind\": \"hash\"}, \"two\": {\"kind\": \"hash\", \"stop_words\": false}}, "
	              "\"baseline\": {\"embedder\": \"one\", \"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"baseline.sh\"]}}, "
	              "\"candidate\": {\"embedder\": \"%s\"%s}, \"metrics\": [\"RR@10\"], \"exact\": {\"budget\": \"0s\"}, \"latency\": {\"samples\": 0}, "
	              "\"gates\": [\"RR@10 >= 0.9\"]}",
	              embedder, index);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
}

/* How often the report warns of one index for two models, where the candidate's index is as given. */
static size_t warnings_of_one_index(const char *embedder, const char *index)
{
	static const char warning[] =
		"both sides search the same index, the baseline with topics of \\\"one\\\" and the candidate with those of \\\"two\\\"; an index "
		"holds the vectors of one model, so unless these are the same one, give the candidate an index of its own";
	size_t count = 0;

	write_two_models(embedder, index);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	struct rq_buf text = cli_read("out/report.json");
	for (const char *at = text.data; (at = strstr(at, warning)) != NULL; at++)
		count++;
	rq_buf_release(&text);
	return count;
}

static void ignore_ends_of_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

/* Some service managers do, and then there is no exit status to be had. */
START_TEST(exit_statuses_are_read_whoever_starts_the_program)
{
	set_up("exit 3\n");
	cli_prepare(ignore_ends_of_children);
	struct cli result = cli("run", "gate.json", NULL);
	ck_assert_msg(strstr(result.err, "it ended with exit status 3, ") != NULL, "%s", result.err);
	cli_free(&result);
}
END_TEST

START_TEST(one_index_for_two_models_is_warned_of_and_not_inherited)
{
	static const char refusal[] =
		"gate.json: candidate.index: is the baseline's, which holds the vectors of another embedder; expected one of the candidate's own, or the "
		"baseline's named in full where the vectors are the same after all";

	set_up(READ_LINE ANSWER "done\n");
	write_two_models("two", "");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 64, refusal);
	write_two_models("two", ", \"index\": {\"window\": 1}");
	result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 64, refusal);
	ck_assert_uint_eq(warnings_of_one_index("two", ", \"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"baseline.sh\"]}"), 1);
	ck_assert_uint_eq(warnings_of_one_index("two", ", \"index\": {\"command\": [\"sh\", \"candidate.sh\"]}"), 0);
	ck_assert_uint_eq(warnings_of_one_index("one", ""), 0);
}
END_TEST

static const char key[] = "qk-93hf0s-4kd02m-7ehf93";

/* No eight bytes of it, in what the run said and in the files it wrote. */
static void expect_no_key(const struct cli *result)
{
	static const char *const files[] = {"out/report.json", "out/report.md", "out/report.txt", "out/junit.xml", "out/failures.jsonl"};
	char piece[9];

	for (size_t i = 0; i + 8 < sizeof key; i++) {
		snprintf(piece, sizeof piece, "%.8s", key + i);
		ck_assert_msg(strstr(result->out, piece) == NULL && strstr(result->err, piece) == NULL, "%s%s", result->out, result->err);
		for (size_t j = 0; j < sizeof files / sizeof *files; j++) {
			struct rq_buf text = cli_exists(files[j]) ? cli_read(files[j]) : (struct rq_buf){0};
			ck_assert_msg(text.data == NULL || strstr(text.data, piece) == NULL, "%s: %s", files[j], text.data);
			rq_buf_release(&text);
		}
	}
}

#define KEYED_ANSWER(hit, scan) \
	READ_LINE "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[" hit "],\\\"scan\\\":\\\"" scan "\\\"}\"\ndone\n"
#define MANY_KEYS "$k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k $k"

static const struct {
	const char *script;
	int exit_code;
} key_leaks[] = {
	{READ_LINE "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"error\\\":\\\"denied for key $RQ_TEST_DATABASE_KEY\\\"}\"\ndone\n", 0},
	{KEYED_ANSWER(HIT, "scan by $RQ_TEST_DATABASE_KEY"), 0},
	{KEYED_ANSWER(HIT ",{\\\"id\\\":\\\"$RQ_TEST_DATABASE_KEY\\\",\\\"score\\\":1}", "scan"), 0},
	{KEYED_ANSWER(HIT ",{\\\"id\\\":\\\"a $RQ_TEST_DATABASE_KEY b\\\",\\\"score\\\":1}", "scan"), 0}, /* no id */
	{"k=$RQ_TEST_DATABASE_KEY\nfor i in 1 2 3 4 5 6 7 8 9; do echo \"" MANY_KEYS "\" >&2; done\nexit 1\n", 69}, /* more than is kept */
	{"echo \"a long line before the key, which is a long line before the key, a long line before the key, long: $RQ_TEST_DATABASE_KEY\"\n", 65},
};

START_TEST(a_key_in_an_answer_is_in_no_output)
{
	setenv("RQ_TEST_DATABASE_KEY", key, 1);
	set_up(key_leaks[_i].script);
	struct cli result = cli("run", "gate.json", "--set", "candidate.index.secret_env=[\"RQ_TEST_DATABASE_KEY\"]", "--set", "max_failed=100", "--set", "gates=[\"RR@10 >= 0\"]", NULL);
	ck_assert_msg(result.exit_code == key_leaks[_i].exit_code, "%d: %s%s", result.exit_code, result.out, result.err);
	expect_no_key(&result);
	cli_free(&result);
	unsetenv("RQ_TEST_DATABASE_KEY");
}
END_TEST

START_TEST(a_key_is_in_no_output)
{
	setenv("RQ_TEST_DATABASE_KEY", key, 1);
	set_up("echo \"401 for the key $RQ_TEST_DATABASE_KEY\" >&2\nexit 1\n");
	struct cli result = cli("run", "gate.json", "--set", "candidate.index.secret_env=[\"RQ_TEST_DATABASE_KEY\"]", NULL);
	ck_assert_int_eq(result.exit_code, 69);
	ck_assert_ptr_nonnull(strstr(result.err, "on stderr it said last: 401 for the key ***;"));
	ck_assert_ptr_null(strstr(result.err, key));
	cli_free(&result);
	unsetenv("RQ_TEST_DATABASE_KEY");
}
END_TEST

START_TEST(a_command_embeds_each_text_once)
{
	cli_collection(100, TOPICS);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"]}}, "
	                       "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                       "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"]}");
	cli_write("embed.sh", "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; "
	                      "echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,${#line},0.5],\\\"model\\\":\\\"lengths-1\\\"}\"; echo $id >> asked; done\n");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	struct rq_buf text = cli_read("out/report.json"), asked = cli_read("asked");
	ck_assert_ptr_nonnull(strstr(text.data, "lengths-1"));
	size_t lines = 0;
	for (const char *at = asked.data; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_eq(lines, 1 + 100 + TOPICS); /* who answers, then each text */
	rq_buf_release(&text);
	rq_buf_release(&asked);
	cli_write("embed.sh", "exit 1\n");
	result = CLI_EXPECT(69, "run", "gate.json"); /* the model may be another one now */
	ck_assert_ptr_nonnull(
		strstr(result.err,
	           "baseline: command \"sh embed.sh\": it ended with exit status 1, without a word on stderr; 2 starts in succession brought no answer"));
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0");
	cli_free(&result);
}
END_TEST

START_TEST(texts_that_were_cut_are_told_of_in_every_run)
{
	cli_collection(100, TOPICS);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"], \"model\": \"short 1\"}}, "
	                       "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                       "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"]}");
	cli_write("embed.sh", "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; cut=false; [ $((id % 9)) = 5 ] && cut=true; "
	                      "echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,${#line},0.5],\\\"truncated\\\":$cut}\"; done\n");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "the service has cut 16 of 140 texts")); /* 5, 14, ... 140 of 2 to 141 */
	ck_assert_ptr_null(strstr(result.out, "when the vectors in the cache were made"));
	cli_free(&result);
	for (int again = 0; again < 2; again++) {
		result = again == 0 ? CLI_EXPECT(0, "run", "gate.json") : CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0");
		ck_assert_msg(strstr(result.out, "baseline: when the vectors in the cache were made the service cut texts 16 times") != NULL, "%s", result.out);
		cli_free(&result);
	}
}
END_TEST

/* ---- which command it is ---- */

/* Embeds with the file `factor` of its own folder, and tells no model. */
#define UNTOLD "read -r factor < factor\nwhile IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,${#line},$factor]}\"; done\n"

static void write_program(const char *name, const char *script)
{
	RQ_CLEANUP(rq_free_pointer) char *path = cli_path(name);

	cli_write(name, script);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static void write_project(const char *folder, const char *factor)
{
	char path[64];

	cli_make_folder(folder);
	snprintf(path, sizeof path, "%s/gate.json", folder);
	cli_write(path, "{\"dataset\": {\"corpus\": \"../corpus.jsonl\", \"topics\": \"../queries.jsonl\", \"qrels\": \"../qrels.tsv\"}, "
	                "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"./embed.sh\", \"factor\"]}}, "
	                "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"]}");
	snprintf(path, sizeof path, "%s/embed.sh", folder);
	write_program(path, "#!/bin/sh\n" UNTOLD);
	snprintf(path, sizeof path, "%s/factor", folder);
	cli_write(path, factor);
}

static void expect_embedded(size_t texts, const char *folder, bool warned)
{
	char use[64], gate[64], path[64];

	snprintf(gate, sizeof gate, "%s/gate.json", folder);
	snprintf(path, sizeof path, "%s/out/report.json", folder);
	struct cli result = CLI_EXPECT(0, "run", gate, "--cache", "shared");
	struct rq_buf report = cli_read(path);
	snprintf(use, sizeof use, "\"%zu texts embedded, %zu known\"", texts, 100 + TOPICS - texts);
	ck_assert_msg(strstr(report.data, use) != NULL, "%s: not %s", gate, use);
	ck_assert_msg(warned == (strstr(report.data, "nobody tells which model made them") != NULL), "%s", gate);
	rq_buf_release(&report);
	cli_free(&result);
}

START_TEST(the_same_words_are_not_the_same_command)
{
	cli_collection(100, TOPICS);
	write_project("pa", "0.25\n");
	write_project("pb", "0.75\n");
	expect_embedded(100 + TOPICS, "pa", false);
	expect_embedded(0, "pa", true);
	expect_embedded(100 + TOPICS, "pb", false); /* the same words, in another folder */
	cli_write("pa/factor", "0.5\n");
	expect_embedded(100 + TOPICS, "pa", false); /* a file that it names has changed */
	write_program("pa/embed.sh", "#!/bin/sh\n# as it was\n" UNTOLD);
	expect_embedded(100 + TOPICS, "pa", false);
	expect_embedded(0, "pb", true);
}
END_TEST

/* ---- planned ---- */

#define EMBED(vector) \
	"while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; echo \"{\\\"id\\\":$id,\\\"vector\\\":" vector ",\\\"model\\\":\\\"m\\\"}\"; done\n"

static double requests_of(const rq_json *report)
{
	double requests = 0;

	for (const rq_json *service = rq_json_first(rq_json_get(rq_json_get(report, "run"), "services")); service != NULL;
	     service = rq_json_next(service))
		requests += rq_json_number(rq_json_get(service, "requests"));
	return requests;
}

/* The plan's requests and bytes, and those of the run after it. */
static void expect_planned_requests(double requests, const char *sentence)
{
	struct cli planned = CLI_EXPECT(0, "run", "gate.json", "--plan", "--json");
	rq_json *plan = cli_parse(planned.out, "stdout");
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(plan, "totals"), "requests")), requests);
	ck_assert_double_gt(rq_json_number(rq_json_get(rq_json_get(plan, "totals"), "sent")), 0);
	rq_json_free(plan);
	cli_free(&planned);
	planned = CLI_EXPECT(0, "run", "gate.json", "--plan");
	ck_assert_msg(strstr(planned.out, sentence) != NULL, "%s", planned.out);
	cli_free(&planned);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_double_eq(requests_of(report), requests);
	rq_json_free(report);
}

START_TEST(a_plan_counts_every_request)
{
	enum { SAMPLES = 4 };

	cli_collection(100, TOPICS);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"embedders\": {\"a\": {\"kind\": \"exec\", \"command\": [\"sh\", \"a.sh\"]}, \"b\": {\"kind\": \"exec\", \"command\": "
	                       "[\"sh\", \"b.sh\"]}}, "
	                       "\"baseline\": {\"embedder\": \"a\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {\"embedder\": \"b\"}, "
	                       "\"metrics\": [\"RR@10\", \"embed.p50\"], \"latency\": {\"samples\": 0, \"embed_samples\": 4, \"budget\": \"10m\"}, "
	                       "\"gates\": [\"RR@10 >= 0\"]}");
	cli_write("a.sh", EMBED("[1,${#line},0.5]"));
	cli_write("b.sh", EMBED("[${#line},1]"));
	/* of each side: who answers, each text, and single topics with an untimed round before them */
	expect_planned_requests(2 * (1 + 100 + TOPICS + 2 * SAMPLES), "4 single topics a side, at most 600 s: about 16 requests");
	expect_planned_requests(2 * (1 + 2 * SAMPLES), "take 100 documents and 40 topics with exec: 1 request to hear who answers");
}
END_TEST

/* ---- interrupted ---- */

/* Writes its pid and that of a child of its own, then owes an answer for ever. */
#define HANGS "sleep 1000 &\necho $$ $! > pids.tmp\nmv pids.tmp pids\ntrap '' TERM\nwhile :; do wait; sleep 1; done\n"

static bool is_alive(long pid)
{
	char path[64], text[256] = "";

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	const char *name_end = strrchr(text, ')');
	return size > 0 && name_end != NULL && name_end[2] != 'Z';
}

/* Starts a run whose candidate hangs, and says which processes it consists of. */
static pid_t start_hanging(long pids[2])
{
	set_up(HANGS);
	pid_t pid = cli_start("run", "gate.json", NULL);
	for (int i = 0; i < 3000 && !cli_exists("pids"); i++)
		usleep(10000);
	struct rq_buf text = cli_read("pids");
	char *end;
	pids[0] = strtol(text.data, &end, 10);
	pids[1] = strtol(end, NULL, 10);
	rq_buf_release(&text);
	ck_assert(pids[0] > 1 && pids[1] > 1 && is_alive(pids[0]) && is_alive(pids[1]));
	return pid;
}

static void expect_gone(const long *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (int j = 0; j < 3000 && is_alive(pids[i]); j++)
			usleep(10000);
		ck_assert_msg(!is_alive(pids[i]), "process %zu of the command is still there", i);
	}
}

START_TEST(ctrl_c_ends_the_command_and_its_children)
{
	long pids[2];
	pid_t pid = start_hanging(pids);

	kill(pid, SIGINT);
	struct cli result = cli_wait(pid);
	ck_assert_int_eq(result.exit_code, 130);
	ck_assert_str_eq(result.err,
	                 "rqgate: candidate.index: interrupted; no file was left half written, and finished cache entries serve the next run\n");
	cli_free(&result);
	expect_gone(pids, 2);
}
END_TEST

START_TEST(ctrl_c_twice_ends_them_too)
{
	long pids[2];
	pid_t pid = start_hanging(pids);

	kill(pid, SIGINT);
	kill(pid, SIGINT);
	for (int i = 0; i < 4; i++) {
		usleep(20000);
		kill(pid, SIGINT);
	}
	struct cli result = cli_wait(pid);
	ck_assert_int_eq(result.exit_code, 130);
	cli_free(&result);
	expect_gone(pids, 2);
}
END_TEST

/* Nothing can be done then but what the system does: end of file, and on Linux a SIGTERM, which this one does not heed. */
START_TEST(a_killed_run_leaves_no_command_that_reads)
{
	long pids[2];

	set_up("echo $$ $$ > pids.tmp\nmv pids.tmp pids\ntrap '' TERM\nwhile read -r line; do :; done\n");
	pid_t pid = cli_start("run", "gate.json", NULL);
	for (int i = 0; i < 3000 && !cli_exists("pids"); i++)
		usleep(10000);
	struct rq_buf text = cli_read("pids");
	pids[0] = strtol(text.data, NULL, 10);
	rq_buf_release(&text);
	ck_assert(pids[0] > 1);
	kill(pid, SIGKILL);
	struct cli result = cli_wait(pid);
	ck_assert_int_eq(result.exit_code, 128 + SIGKILL);
	cli_free(&result);
	expect_gone(pids, 1);
}
END_TEST

Suite *exec_suite(void)
{
	Suite *suite = suite_create("exec");
	TCase *tests = cli_case("exec");

	tcase_add_test(tests, a_command_is_searched_and_timed);
	tcase_add_test(tests, a_command_that_is_down_gives_no_verdict);
	tcase_add_test(tests, exit_statuses_are_read_whoever_starts_the_program);
	tcase_add_test(tests, one_index_for_two_models_is_warned_of_and_not_inherited);
	tcase_add_test(tests, a_key_is_in_no_output);
	tcase_add_loop_test(tests, a_key_in_an_answer_is_in_no_output, 0, sizeof key_leaks / sizeof *key_leaks);
	tcase_add_test(tests, a_command_embeds_each_text_once);
	tcase_add_test(tests, texts_that_were_cut_are_told_of_in_every_run);
	tcase_add_test(tests, the_same_words_are_not_the_same_command);
	tcase_add_test(tests, a_plan_counts_every_request);
	tcase_add_test(tests, ctrl_c_ends_the_command_and_its_children);
	tcase_add_test(tests, ctrl_c_twice_ends_them_too);
	tcase_add_test(tests, a_killed_run_leaves_no_command_that_reads);
	suite_add_tcase(suite, tests);
	return suite;
}
