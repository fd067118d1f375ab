/* Ctrl-C in the middle of each long stage, and kill -9 at any moment: what is there afterwards is whole, and the next run is right. */
#include "cli.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 20000, DIMENSION = 64, TOPICS = 200 };

#define INTERRUPTED "interrupted; no file was left half written, and finished cache entries serve the next run"

/* Enough rows that a graph over them takes seconds, enough words that LSA does. */
static void large_collection(void)
{
	struct rq_buf corpus = {0}, queries = {0}, qrels = {0};
	struct rq_random random;

	rq_random_seed(&random, 1);
	for (int i = 0; i < ROWS; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%d\", \"text\": \"", i);
		for (int word = 0; word < 20; word++)
			rq_buf_printf(&corpus, "w%c%c%c ", 'a' + (int)rq_random_below(&random, 20), 'a' + (int)rq_random_below(&random, 20),
			              'a' + (int)rq_random_below(&random, 20));
		rq_buf_puts(&corpus, "\"}\n");
	}
	for (int i = 0; i < TOPICS; i++) {
		rq_buf_printf(&queries, "t%d\twabc\n", i);
		rq_buf_printf(&qrels, "t%d 0 d%d 1\n", i, i);
	}
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	cli_write_bytes("queries.tsv", queries.data, queries.size);
	cli_write_bytes("qrels", qrels.data, qrels.size);
	cli_npy("c.npy", ROWS, DIMENSION, 1);
	cli_npy("t.npy", TOPICS, DIMENSION, 2);
	rq_buf_release(&corpus);
	rq_buf_release(&queries);
	rq_buf_release(&qrels);
}

#define CONFIG(embedder, index, latency) \
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.tsv\", \"qrels\": \"qrels\"}, \"embedders\": {\"e\": " embedder "}, " \
	"\"baseline\": {\"index\": " index "}, \"candidate\": {}, \"latency\": " latency ", \"gates\": [\"RR@10 >= 0\"]}"
#define VECTORS "{\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}"

/* Sends the signal `count` times after some seconds; the program must have ended soon after, with this exit code, and left nothing, also of an
 * earlier run. */
static char *interrupted(const char *config, double seconds, int signal_number, int count)
{
	cli_write("gate.json", config);
	char *before = cli_files();
	if (count == 1) /* a second signal waits for nothing */
		cli_write("topics.csv", "of an earlier run\n");
	pid_t pid = cli_start("run", "gate.json", "--report", "csv=topics.csv", NULL);
	usleep((useconds_t)(seconds * 1e6));
	uint64_t sent = rq_clock_ns();
	for (int i = 0; i < count; i++) {
		kill(pid, signal_number);
		usleep(20000);
	}
	struct cli result = cli_wait(pid);
	double took = (double)(rq_clock_ns() - sent) * 1e-9;
	char *after = cli_files(), *said = result.err;

	ck_assert_msg(result.exit_code == 128 + signal_number || result.exit_code == 130, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	ck_assert_msg(took < 20, "it took %.1f s to stop", took);
	ck_assert_str_eq(result.out, "");
	ck_assert_str_eq(before, after);
	ck_assert(count > 1 || !cli_exists("out"));
	free(before);
	free(after);
	free(result.out);
	return said;
}

static void expect_interrupted(const char *config, double seconds, int signal_number, const char *where)
{
	struct rq_buf expected = {0};
	char *said = interrupted(config, seconds, signal_number, 1);

	rq_buf_printf(&expected, "rqgate: %s%s\n", where, INTERRUPTED);
	for (int later = 0; later < 4 && strcmp(said, "rqgate: " INTERRUPTED "\n") == 0 && where[0] != '\0'; later++) {
		free(said); /* on a loaded machine it is not there yet */
		said = interrupted(config, seconds *= 2, signal_number, 1);
	}
	ck_assert_str_eq(said, expected.data);
	rq_buf_release(&expected);
	free(said);
}

START_TEST(while_a_graph_is_built)
{
	large_collection();
	expect_interrupted(CONFIG(VECTORS, "{\"factory\": \"HNSW48,Flat\", \"build\": \"efConstruction=400\"}", "{\"samples\": 0}"), 1, SIGINT,
	                   "baseline.index: ");
	expect_interrupted(CONFIG(VECTORS, "{\"factory\": \"HNSW48,Flat\", \"build\": \"efConstruction=400\"}", "{\"samples\": 0}"), 1.5, SIGTERM,
	                   "baseline.index: ");
}
END_TEST

START_TEST(while_lsa_is_fitted)
{
	large_collection();
	expect_interrupted(CONFIG("{\"kind\": \"lsa\"}", "{\"kind\": \"exact\"}", "{\"samples\": 0}"), 1, SIGINT, "baseline: ");
}
END_TEST

START_TEST(while_queries_are_timed)
{
	large_collection();
	expect_interrupted(CONFIG(VECTORS, "{\"kind\": \"exact\"}", "{\"samples\": 10000000, \"budget\": \"100s\"}"), 2, SIGINT, "");
}
END_TEST

START_TEST(twice_ends_it_at_once)
{
	large_collection();
	char *said = interrupted(CONFIG(VECTORS, "{\"factory\": \"HNSW48,Flat\", \"build\": \"efConstruction=400\"}", "{\"samples\": 0}"), 1, SIGINT, 8);
	free(said);
}
END_TEST

#define EXAMPLE \
	"{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 64}}, \"baseline\": {\"index\": {\"factory\": " \
	"\"HNSW16,Flat\"}}, " \
	"\"candidate\": {\"index\": {\"factory\": \"IVF8,Flat\"}}, \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.3\"]}"

START_TEST(kill_at_any_moment)
{
	enum { KILLS = 30 };
	struct rq_random random;
	int killed = 0;

	cli_example();
	cli_write("gate.json", EXAMPLE);
	uint64_t started = rq_clock_ns();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	double whole = (double)(rq_clock_ns() - started) * 1e-9;
	rq_json *expected = cli_report("out/report.json", false);
	cli_free(&result);
	rq_random_seed(&random, 5);
	for (int i = 0; i < KILLS; i++) {
		/* every few kills from an empty cache, else from what the killed ones left */
		char cache[32];
		snprintf(cache, sizeof cache, "cache%d", i / 6);
		pid_t pid = cli_start("run", "gate.json", "--cache", cache, NULL);
		usleep((useconds_t)(rq_random_unit(&random) * whole * 1e6));
		kill(pid, SIGKILL);
		result = cli_wait(pid);
		killed += result.exit_code == 128 + SIGKILL;
		cli_free(&result);
		if (cli_exists("out/report.json")) /* killed while it was about to appear, there may be none */
			cli_expect_same(rq_json_copy(expected), cli_report("out/report.json", false));
		if (i % 6 != 5)
			continue;
		result = CLI_EXPECT(0, "run", "gate.json", "--cache", cache);
		ck_assert_ptr_null(strstr(result.err, "warning"));
		cli_free(&result);
		cli_expect_same(rq_json_copy(expected), cli_report("out/report.json", false));
	}
	ck_assert_int_ge(killed, 1); /* how many are hit before they end is the machine's affair */
	rq_json_free(expected);
}
END_TEST

Suite *signals_suite(void)
{
	Suite *suite = suite_create("signals");
	TCase *tests = cli_case("signals");

	tcase_add_test(tests, while_a_graph_is_built);
	tcase_add_test(tests, while_lsa_is_fitted);
	tcase_add_test(tests, while_queries_are_timed);
	tcase_add_test(tests, twice_ends_it_at_once);
	tcase_add_test(tests, kill_at_any_moment);
	suite_add_tcase(suite, tests);
	return suite;
}
