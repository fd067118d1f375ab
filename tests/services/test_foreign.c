/* Files of vectors that are not read: the command in the refusal, run as it stands there, by DuckDB on real Parquet and by LanceDB on a table, gives
 * what is. */
#include "service.h"

#include "datasets/datasets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rq_error err;

static bool ready(const char *package)
{
	char path[128], *files = cli_shared("vectors");
	const char *ci = getenv("CI");

	snprintf(path, sizeof path, "tests/node/node_modules/%s", package);
	bool there = access(path, F_OK) == 0;
	ck_assert_msg(there || ci == NULL || strcmp(ci, "true") != 0, "tests/node/node_modules lacks %s; run ci/setup --tests", package);
	if (!there)
		printf("skipped: tests/node/node_modules lacks %s; ci/setup --tests installs it\n", package);
	there = there && files != NULL;
	free(files);
	return there;
}

/* Runs what follows `with` in the refusal of that file, in a shell, in the test's folder. */
static void run_refusal(const char *file, const char *with)
{
	char node[4096], command[16384];
	struct cli result = CLI_EXPECT(65, "vectors", "info", file);
	const char *line = strstr(result.err, with);

	ck_assert_msg(line != NULL, "%s", result.err);
	ck_assert_ptr_nonnull(realpath("tests/node", node));
	snprintf(command, sizeof command, "cd '%s' || exit 1\nPATH=\"$PWD:$PATH\" NODE_PATH='%s/node_modules'\nexport PATH NODE_PATH\n%s", cli_folder(),
	         node, line + strlen(with));
	ck_assert_msg(system(command) == 0, "%s", command);
	cli_free(&result);
}

/* DuckDB's own program, which npm does not have. */
static void write_duckdb(void)
{
	char node[4096], *path = cli_path("duckdb");
	struct rq_buf script = {0};

	ck_assert_ptr_nonnull(realpath("tests/node/duckdb.mjs", node));
	rq_buf_printf(&script, "#!/bin/sh\nexec node '%s' \"$@\"\n", node);
	cli_write_bytes("duckdb", script.data, script.size);
	ck_assert_int_eq(chmod(path, 0700), 0);
	rq_buf_release(&script);
	free(path);
}

static const struct {
	const char *source, *name, *lines, *column, *first;
	size_t n, d; /* as the README.md beside the files says */
} tables[] = {
	{"parquet__msmarco-passage-bge-base-en-v1.5.parquet-float__float.parquet", "float.parquet", "float.jsonl", "vector", "0", 10, 768},
	{"parquet__msmarco-passage-bge-base-en-v1.5.parquet-double__double.parquet", "double", "double.jsonl", "vector", "0", 10, 768},
	{"parquet__snowflake-msmarco-arctic-embed__snowflake.parquet", "it's $HOME \"`\\.parquet", "it's $HOME \"`\\.jsonl", "embedding",
     "msmarco_v2.1_doc_00_0#0_0", 3, 1024},
};

START_TEST(parquet_by_way_of_duckdb)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	char source[4200], *files = cli_shared("vectors"), *lines = cli_path(tables[_i].lines);

	if (!ready("@duckdb/node-api"))
		return;
	snprintf(source, sizeof source, "%s/jsonl-parquet-fixtures/%s", files, tables[_i].source);
	struct rq_buf file = {0};
	ck_assert_int_eq(rq_file_read(&file, source, &err), RQ_OK);
	cli_write_bytes(tables[_i].name, file.data, file.size);
	write_duckdb();
	run_refusal(tables[_i].name, "with DuckDB: ");
	ck_assert_msg(rq_vectors_load(&vectors, &ids, NULL, lines, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, tables[_i].n);
	ck_assert_uint_eq(vectors.d, tables[_i].d);
	ck_assert_str_eq(ids.names[0], tables[_i].first);
	ck_assert_int_eq(service_node("tests/node/duckdb.mjs", source, tables[_i].column, "numbers", NULL), 0);
	struct rq_buf numbers = cli_read("numbers");
	ck_assert_uint_eq(numbers.size, vectors.n * vectors.d * sizeof *vectors.data);
	ck_assert_mem_eq(numbers.data, vectors.data, numbers.size);
	rq_buf_release(&numbers);
	rq_buf_release(&file);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
	free(files);
	free(lines);
}
END_TEST

START_TEST(lance_by_way_of_lancedb)
{
	static const char *const named[] = {"db", "db/words.lance", "db/words.lance/"};
	struct rq_vectors table, vectors;
	struct rq_ids ids;
	char *npy = cli_path("words.npy"), *lines = cli_path("words.jsonl");

	if (!ready("@lancedb/lancedb"))
		return;
	cli_write("corpus.jsonl", "{\"_id\": \"a\"}\n{\"_id\": \"b\"}\n{\"_id\": \"c\"}\n");
	cli_npy("words.npy", 3, 4, 1);
	ck_assert_int_eq(service_node("tests/node/lancedb_table.mjs", "db", "words", "corpus.jsonl", "words.npy", NULL), 0);
	ck_assert_msg(rq_vectors_load(&table, &ids, NULL, npy, &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		run_refusal(named[i], "npm's @lancedb/lancedb: ");
		ck_assert_msg(rq_vectors_load(&vectors, &ids, NULL, lines, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(vectors.n, 3);
		ck_assert_mem_eq(vectors.data, table.data, 12 * sizeof *table.data);
		ck_assert_str_eq(ids.names[2], "c");
		cli_remove("words.jsonl");
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
	}
	rq_vectors_release(&table);
	free(npy);
	free(lines);
}
END_TEST

Suite *foreign_suite(void)
{
	Suite *suite = suite_create("foreign");
	TCase *tests = cli_case("foreign");

	tcase_add_loop_test(tests, parquet_by_way_of_duckdb, 0, sizeof tables / sizeof *tables);
	tcase_add_test(tests, lance_by_way_of_lancedb);
	suite_add_tcase(suite, tests);
	return suite;
}
