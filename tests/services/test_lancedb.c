/* ci/adapters/lancedb.mjs behind the retriever exec, against real tables of Cranfield: every row looked at, and an IVF_PQ index. */
#include "service.h"

#include "datasets/datasets.h"
#include "datasets/writers.h"
#include "evalcore/embed/embedder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static struct rq_error err;

static bool ready(void)
{
	char *collection = cli_shared("cranfield");
	bool there = access("tests/node/node_modules/@lancedb/lancedb", F_OK) == 0;

	const char *ci = getenv("CI");
	ck_assert_msg(there || ci == NULL || strcmp(ci, "true") != 0, "tests/node/node_modules lacks @lancedb/lancedb; run ci/setup --tests");
	if (!there)
		printf("skipped: tests/node/node_modules lacks @lancedb/lancedb; ci/setup --tests installs it\n");
	there = there && collection != NULL;
	free(collection);
	return there;
}

/* The vectors that the program itself makes with these options, as the table needs them. */
static void write_vectors(const char *folder)
{
	static const char *const fields[] = {"text"};
	const struct rq_embedder *lsa = rq_embedder_find("lsa");
	struct rq_arena arena = {0};
	struct rq_corpus corpus;
	struct rq_vectors vectors;
	struct rq_buf model = {0}, npy = {0};
	rq_json *json;
	char path[4200];
	void *state, *options = rq_arena_alloc(&arena, 1, lsa->options_size);

	snprintf(path, sizeof path, "%s/corpus.jsonl", folder);
	ck_assert_ok(rq_corpus_load(&corpus, path, fields, 1, &err));
	ck_assert_ok(rq_json_parse(&json, "{\"dim\": 128}", 12, "options", &err));
	ck_assert_ok(rq_options_parse(options, lsa->options, json, "", ".", &arena, &err));
	ck_assert_ok(lsa->fit(&model, options, &corpus, NULL, &err));
	ck_assert_ok(lsa->open(&state, options, model.data, model.size, &err));
	ck_assert_ok(rq_vectors_init(&vectors, corpus.count, lsa->dimension(state), &err));
	const char **texts = malloc(corpus.count * sizeof *texts);
	for (size_t i = 0; i < corpus.count; i++)
		texts[i] = corpus.documents[i].text;
	ck_assert_ok(lsa->embed(state, RQ_ROLE_DOCUMENT, texts, corpus.count, vectors.data, NULL, &err));
	ck_assert_ok(rq_npy_print(&npy, &vectors, &err));
	cli_write_bytes("corpus.npy", npy.data, npy.size);
	free(texts);
	lsa->close(state);
	rq_buf_release(&model);
	rq_buf_release(&npy);
	rq_vectors_release(&vectors);
	rq_corpus_release(&corpus);
	rq_json_free(json);
	rq_arena_release(&arena);
}

static void set_up(void)
{
	char *collection = cli_shared("cranfield"), node[4096], corpus[4200];
	struct rq_buf config = {0};

	ck_assert_ptr_nonnull(realpath("tests/node", node)); /* where npm has put the package */
	write_vectors(collection);
	snprintf(corpus, sizeof corpus, "%s/corpus.jsonl", collection);
	ck_assert_int_eq(service_node("tests/node/lancedb_table.mjs", "db", "flat", corpus, "corpus.npy", NULL), 0);
	ck_assert_int_eq(service_node("tests/node/lancedb_table.mjs", "db", "ivf_pq", corpus, "corpus.npy", "16", "16", NULL), 0);
	rq_buf_printf(&config,
	              "{\"dataset\": {\"path\": \"%s\", \"fields\": [\"text\"]}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 128}}, "
	              "\"baseline\": {\"embedder\": \"lsa\", \"index\": {\"kind\": \"exact\"}}, "
	              "\"candidate\": {\"index\": {\"kind\": \"exec\", \"command\": [\"node\"], \"folder\": \"%s\"}}, "
	              "\"metrics\": [\"RR@10\", \"ann_recall@10\"], \"latency\": {\"samples\": 20}, \"gates\": [\"RR@10 >= 0.1\"]}",
	              collection, node);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
	free(collection);
}

/* The report of a run over this table; `settings` are more words of the command, quoted, each with a comma before it. */
static rq_json *search(const char *table, const char *settings)
{
	char adapter[4096], command[9000];

	ck_assert_ptr_nonnull(realpath("ci/adapters/lancedb.mjs", adapter));
	snprintf(command, sizeof command, "candidate.index.command=[\"node\", \"%s\", \"%s/db\", \"%s\"%s]", adapter, cli_folder(), table, settings);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--set", command);
	cli_free(&result);
	return cli_report("out/report.json", true);
}

static void expect_report_says(const char *words)
{
	struct rq_buf text = cli_read("out/report.json");

	ck_assert_msg(strstr(text.data, words) != NULL, "the report does not say \"%s\"", words);
	rq_buf_release(&text);
}

START_TEST(tables_are_searched_as_their_plans_say)
{
	if (!ready())
		return;
	set_up();
	rq_json *report = search("flat", "");
	double exact = cli_metric(report, "RR@10", "baseline");
	ck_assert_double_ge(exact, .78);
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), exact, .002); /* equal distances may swap places */
	ck_assert_double_ge(cli_metric(report, "ann_recall@10", "candidate"), .995);
	expect_report_says("flat scan");
	rq_json_free(report);

	report = search("ivf_pq", ", \"nprobes=1\"");
	double coarse = cli_metric(report, "ann_recall@10", "candidate");
	ck_assert_double_lt(coarse, .9);
	ck_assert_double_gt(coarse, .1);
	expect_report_says("IvfPq vector_idx nprobes=1");
	rq_json_free(report);

	report = search("ivf_pq", ", \"nprobes=16\", \"refine=20\"");
	ck_assert_double_ge(cli_metric(report, "ann_recall@10", "candidate"), .95);
	expect_report_says("IvfPq vector_idx nprobes=16 refine=20");
	rq_json_free(report);
}
END_TEST

START_TEST(a_table_that_is_not_there_is_told)
{
	char command[9000], adapter[4096];

	if (!ready())
		return;
	set_up();
	ck_assert_ptr_nonnull(realpath("ci/adapters/lancedb.mjs", adapter));
	snprintf(command, sizeof command, "candidate.index.command=[\"node\", \"%s\", \"%s/db\", \"nosuch\"]", adapter, cli_folder());
	struct cli result = CLI_EXPECT(69, "run", "gate.json", "--set", command);
	ck_assert_msg(strstr(result.err, "it ended with exit status 1; on stderr it said last: ") != NULL &&
	                  strstr(result.err, "Table 'nosuch' was not found") != NULL,
	              "%s", result.err);
	cli_free(&result);
}
END_TEST

Suite *lancedb_suite(void)
{
	Suite *suite = suite_create("lancedb");
	TCase *tests = cli_case("lancedb");

	tcase_add_test(tests, tables_are_searched_as_their_plans_say);
	tcase_add_test(tests, a_table_that_is_not_there_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}
