/* Searches in a real pgvector, end to end: the same numbers as exact search where the table is read whole, and what happens where the database does
 * not answer. */
#include "tests/cli/cli.h"
#include "tests/node/pgvector_server.h"

#include <dirent.h>
#include <math.h>

enum { DOCUMENTS = 300, TOPICS = 30 };

static struct pgvector_server server;

static const char config[] = "{\"schema_version\": 1, \"suite\": \"database\", \"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": "
                             "\"queries.jsonl\", \"qrels\": \"qrels.tsv\"},\n"
							 " \"embedders\": {\"dump\": {\"kind\": \"vectors\", \"corpus\": \"docs.npy\", \"topics\": \"topics.npy\"}},\n"
							 " \"baseline\": {\"embedder\": \"dump\", \"index\": {\"kind\": \"exact\"}},\n"
							 " \"candidate\": {\"index\": {\"kind\": \"pgvector\", \"dsn_env\": \"PG_DSN\", \"table\": \"items\"}},\n"
							 " \"metrics\": [\"RR@10\", \"nDCG@10\", \"R@100\"], \"latency\": {\"samples\": 20},\n"
							 " \"gates\": [\"drop(RR@10) <= 0.5\"], \"reports\": {\"json\": \"report.json\"}}\n";

static void write_collection(void)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf ids = {0};

	cli_collection(DOCUMENTS, TOPICS);
	cli_npy("docs.npy", DOCUMENTS, 16, 1);
	cli_npy("topics.npy", TOPICS, 16, 2);
	for (int i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&ids, "d%d\n", i);
	cli_write("docs.ids", ids.data);
	cli_write("gate.json", config);
	struct cli result = CLI_EXPECT(0, "dataset", "convert", "docs.npy", "docs.csv", "--ids", "docs.ids");
	cli_free(&result);
}

/* False: there is no server to be had. */
static bool start(const char *index)
{
	if (!pgvector_server_there())
		return false;
	write_collection();
	char *csv = cli_path("docs.csv");
	server = pgvector_server_start((const char *const[]){"--csv", csv, "--index", index, NULL});
	setenv("PG_DSN", server.dsn, 1);
	free(csv);
	return true;
}

static void stop(void)
{
	pgvector_server_stop(&server, true);
}

START_TEST(a_table_read_whole_ranks_as_exact_search_does)
{
	if (!start("none"))
		return;
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "sequential scan of items (about 300 rows); the table has no vector index, so every row is compared"));
	ck_assert_ptr_nonnull(strstr(result.out, "identical rankings"));
	rq_json *report = cli_report("report.json", true);
	ck_assert_double_eq(cli_metric(report, "ann_recall@10", "candidate"), 1);
	ck_assert_double_eq(cli_metric(report, "R@100", "candidate"), cli_metric(report, "R@100", "baseline"));
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

START_TEST(two_sides_ask_one_database)
{
	if (!start("hnsw"))
		return;
	struct cli result = CLI_EXPECT(
		0, "run", "gate.json", "--set", "candidate.index.settings={\"enable_seqscan\": false}", "--set", "candidate.index.ef_search=200", "--set",
		"baseline.index={\"kind\": \"pgvector\", \"dsn_env\": \"PG_DSN\", \"table\": \"items\", \"settings\": {\"enable_indexscan\": false}}");
	ck_assert_ptr_nonnull(strstr(result.out, "hnsw index scan on items_embedding_idx, hnsw.ef_search 200"));
	ck_assert_ptr_nonnull(strstr(
		result.out,
		"sequential scan of items (about 300 rows); index items_embedding_idx (hnsw vector_cosine_ops) is there, and the planner does without it"));
	rq_json *report = cli_report("report.json", true);
	ck_assert_double_eq(cli_metric(report, "ann_recall@10", "baseline"), 1);
	ck_assert_double_ge(cli_metric(report, "ann_recall@10", "candidate"), 0.9);
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

/* The gates on size work on a database too; how much memory it takes, and how long its index took to build, is not known here. */
START_TEST(an_index_in_a_database_has_a_size)
{
	if (!start("hnsw"))
		return;
	struct cli result = cli("run", "gate.json", "--set", "candidate.index.settings={\"enable_seqscan\": false}", "--set",
	                        "gates=[\"size(index) <= 1GB\", \"size(index) <= 8kB\", \"size(memory) <= 1GB\"]", NULL);
	ck_assert_int_eq(result.exit_code, 1);
	rq_json *report = cli_report("report.json", true);
	const rq_json *size = rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "sizes"), "candidate");
	double bytes = rq_json_number(rq_json_get(size, "index_bytes"));
	ck_assert(bytes >= DOCUMENTS * 16 * 4 && bytes < 1e7 && fmod(bytes, 8192) == 0);
	static const char *const verdicts[] = {"pass", "fail", "fail"};
	const rq_json *gate = rq_json_first(rq_json_get(report, "gates"));
	for (size_t i = 0; i < 3; i++, gate = rq_json_next(gate))
		ck_assert_str_eq(rq_json_string(rq_json_get(gate, "verdict")), verdicts[i]);
	ck_assert_ptr_nonnull(strstr(result.out, "not measured: the index is elsewhere"));
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

/* The string and its password stand in no output, and a wrong port is said with a way to check. */
START_TEST(a_database_that_is_down_is_no_verdict)
{
	if (!pgvector_server_there())
		return;
	write_collection();
	struct cli result = cli_in(".", "PG_DSN=postgresql://reader:open-sesame@127.0.0.1:1/vectors", "run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 69);
	ck_assert_ptr_nonnull(strstr(
		result.err, "rqgate: candidate.index: no connection to the database of \"PG_DSN\": connection to server at \"127.0.0.1\", port 1 failed: "
					"Connection refused"));
	ck_assert_ptr_nonnull(strstr(result.err, "; try psql \"$PG_DSN\"\n"));
	ck_assert_ptr_null(strstr(result.err, "open-sesame"));
	ck_assert(!cli_exists("report.json"));
	cli_free(&result);
	result = cli_in(".", "PG_DSN=host=127.0.0.1 passwort=open-sesame", "run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert_ptr_nonnull(strstr(result.err, "candidate.index.dsn_env: the value of \"PG_DSN\" is no connection string; expected"));
	ck_assert_ptr_null(strstr(result.err, "open-sesame"));
	cli_free(&result);
}
END_TEST

/* Neither of these comes as far as a server, so they are tested everywhere. */
START_TEST(a_variable_that_is_not_set_is_told)
{
	write_collection();
	unsetenv("PG_DSN");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 64,
	                   "candidate.index.dsn_env: the environment variable \"PG_DSN\" is not set; set it to the value, which never stands in a config");
}
END_TEST

START_TEST(a_machine_without_the_library_is_told)
{
	char variable[1024];

	write_collection();
	cli_make_folder("lib");
	cli_write("lib/libpq.so.5", "no library");
	char *folder = cli_path("lib");
	snprintf(variable, sizeof variable, "LD_LIBRARY_PATH=%s", folder);
	free(folder);
	setenv("PG_DSN", "postgresql://127.0.0.1:1/vectors", 1);
	struct cli result = cli_in(".", variable, "run", "gate.json", NULL);
	ck_assert_msg(result.exit_code == 69, "%d: %s", result.exit_code, result.err);
	ck_assert_ptr_nonnull(strstr(result.err, "candidate.index: needs the library \"libpq.so.5\", which cannot be loaded ("));
	cli_free(&result);
}
END_TEST

static size_t sockets_of(pid_t pid)
{
	char path[64], target[64];
	size_t count = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target);
		count += length > 7 && memcmp(target, "socket:", 7) == 0;
	}
	if (folder != NULL)
		closedir(folder);
	return count;
}

/* Until the program has opened its connection. */
static void await_connection(pid_t run)
{
	siginfo_t ended = {0};

	while (sockets_of(run) == 0) {
		ck_assert_int_eq(waitid(P_PID, (id_t)run, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
		ck_assert_msg(ended.si_pid == 0, "it ended before it had asked the database");
		usleep(1000);
	}
}

START_TEST(a_database_that_dies_in_mid_run_is_no_verdict)
{
	if (!start("none"))
		return;
	/* a search that does not end by itself */
	pid_t run = cli_start("run", "gate.json", "--set",
	                      "candidate.index={\"kind\": \"pgvector\", \"dsn_env\": \"PG_DSN\", \"connect_timeout\": \"1s\", \"sql\": "
	                      "\"SELECT id, embedding <=> $1 FROM items, pg_sleep(600) ORDER BY 2 LIMIT $2\", \"timeout\": \"20m\"}", NULL);
	await_connection(run);
	usleep(700000); /* most often it is in a search by then; any other moment ends the same way */
	pgvector_server_stop(&server, true);
	struct cli result = cli_wait(run);
	ck_assert_msg(result.exit_code == 69, "%d: %s%s", result.exit_code, result.out, result.err);
	ck_assert_msg(strncmp(result.err, "rqgate: candidate.index: ", 25) == 0 && strstr(result.err, "candidate.index: candidate.index") == NULL, "%s",
	              result.err);
	ck_assert_msg(strstr(result.err, "in the database of \"PG_DSN\": ") != NULL ||
	                  strstr(result.err, "no connection to the database of \"PG_DSN\": ") != NULL,
	              "%s", result.err);
	ck_assert(!cli_exists("report.json"));
	cli_free(&result);
}
END_TEST

Suite *pgvector_suite(void)
{
	Suite *suite = suite_create("pgvector");
	TCase *c = cli_case("pgvector");

	tcase_add_checked_fixture(c, NULL, stop);
	tcase_add_test(c, a_table_read_whole_ranks_as_exact_search_does);
	tcase_add_test(c, two_sides_ask_one_database);
	tcase_add_test(c, an_index_in_a_database_has_a_size);
	tcase_add_test(c, a_database_that_is_down_is_no_verdict);
	tcase_add_test(c, a_variable_that_is_not_set_is_told);
	tcase_add_test(c, a_machine_without_the_library_is_told);
	tcase_add_test(c, a_database_that_dies_in_mid_run_is_no_verdict);
	suite_add_tcase(suite, c);
	return suite;
}
