/* Real collections, to the last stage: numbers that published references and other programs put close to these, and gates that must tell models
 * apart. */
#include "cli.h"

#include "evalcore/base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cranfield's text begins with its title, so the title is left out. */
static bool set_up_cranfield(void)
{
	char *path = cli_shared("cranfield");
	struct rq_buf json = {0};

	if (path == NULL)
		return false;
	rq_buf_printf(
		&json,
		"{\"dataset\": {\"path\": \"%s\", \"fields\": [\"text\"]}, \"embedders\": {\"lsa-256\": {\"kind\": \"lsa\", \"dim\": 256, \"seed\": 1}, "
		"\"lsa-64\": {\"kind\": \"lsa\", \"dim\": 64, \"seed\": 1}, \"hash\": {\"kind\": \"hash\"}}, "
		"\"baseline\": {\"embedder\": \"lsa-256\", \"index\": {\"kind\": \"exact\"}}, "
		"\"candidate\": {}, \"metrics\": [\"RR@10\", \"nDCG@10\", \"R@100\"], \"latency\": {\"samples\": 0}, "
		"\"gates\": [\"drop(RR@10) <= 0.03\", \"drop(nDCG@10) <= 0.03\"]}",
		path);
	cli_write_bytes("gate.json", json.data, json.size);
	rq_buf_release(&json);
	free(path);
	return true;
}

static rq_json *run_candidate(int exit_code, const char *candidate)
{
	struct cli result = CLI_EXPECT(exit_code, "run", "gate.json", "--set", candidate);

	cli_free(&result);
	return cli_report("out/report.json", true);
}

static const char *verdict_of(const rq_json *report, size_t gate)
{
	const rq_json *result = rq_json_first(rq_json_get(report, "gates"));

	for (; gate > 0; gate--)
		result = rq_json_next(result);
	return rq_json_string(rq_json_get(result, "verdict"));
}

START_TEST(cranfield)
{
	if (!set_up_cranfield())
		return;
	rq_json *report = run_candidate(0, "candidate.index={\"kind\": \"faiss\", \"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", "
	                                   "\"search\": \"efSearch=64\", \"seed\": 1}");

	ck_assert_double_ge(cli_metric(report, "RR@10", "baseline"), .83);
	ck_assert_double_ge(cli_metric(report, "nDCG@10", "baseline"), .54);
	ck_assert_double_ge(cli_metric(report, "R@100", "baseline"), .80);
	ck_assert_double_ge(cli_metric(report, "ann_recall@10", "candidate"), .95);
	ck_assert_double_eq(cli_metric(report, "RR@10", "n"), 225);
	rq_json_free(report);
	/* 64 dimensions or bare words are worse, and that is shown */
	const char *const worse[] = {"candidate.embedder=lsa-64", "candidate.embedder=hash"};
	for (size_t i = 0; i < 2; i++) {
		report = run_candidate(1, worse[i]);
		ck_assert_double_lt(cli_metric(report, "nDCG@10", "upper"), 0);
		ck_assert_str_eq(verdict_of(report, 1), "fail");
		rq_json_free(report);
	}
	/* and a change that is none is none */
	report = run_candidate(0, "candidate.embedder=lsa-256");
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), "0 texts embedded, 1625 known");
	ck_assert_str_eq(verdict_of(report, 0), "pass");
	rq_json_free(report);
}
END_TEST

/* Half of its documents are bare titles and 333 of them are there twice; its run of another program's BM25 is scored as that program's authors score
 * it. */
START_TEST(cacm)
{
	char *path = cli_shared("cacm");
	struct rq_buf json = {0};

	if (path == NULL)
		return;
	rq_buf_printf(&json,
	              "{\"dataset\": {\"path\": \"%s\"}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 256}}, \"baseline\": {\"run\": "
	              "\"%s/anserini-cacm-bm25.run.txt\"}, "
	              "\"candidate\": {\"embedder\": \"lsa\"}, \"metrics\": [\"RR@10\", \"nDCG@10\", \"AP\", \"P@30\", \"R@30\"], \"cutoff\": 30, "
	              "\"latency\": {\"samples\": 0}, "
	              "\"gates\": [\"RR@10 >= 0.4\"]}",
	              path, path);
	cli_write_bytes("gate.json", json.data, json.size);
	rq_buf_release(&json);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	/* of the collection's README, to the digits that it gives */
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "baseline"), .7020, 5e-5);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "baseline"), .4604, 5e-5);
	ck_assert_double_eq_tol(cli_metric(report, "AP", "baseline"), .2806, 5e-5);
	ck_assert_double_eq_tol(cli_metric(report, "P@30", "baseline"), .1981, 5e-5);
	ck_assert_double_eq_tol(cli_metric(report, "R@30", "baseline"), .5117, 5e-5);
	ck_assert_double_eq(cli_metric(report, "RR@10", "n"), 52);
	rq_json_free(report);
	cli_free(&result);
	free(path);
}
END_TEST

static double yardstick(const rq_json *report, const char *metric)
{
	return rq_json_number(rq_json_get(rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "bm25"), "metrics"), metric));
}

/* As a side and as the yardstick beside two others, which are vectors in one collection and a run file and words in the next. What is expected was
 * worked out by another program (tests/lexical). */
START_TEST(words)
{
	char *path = cli_shared("cacm");
	struct rq_buf json = {0};

	if (path == NULL || !set_up_cranfield())
		return;
	rq_json *report = run_candidate(1, "candidate.embedder=hash");
	ck_assert_double_eq_tol(yardstick(report, "RR@10"), .8236, .001);
	ck_assert_double_eq_tol(yardstick(report, "nDCG@10"), .5288, .001);
	ck_assert_double_gt(yardstick(report, "R@100"), .75);
	rq_json_free(report);
	/* fewer than lsa's, and shown to be */
	report = run_candidate(1, "candidate.index={\"kind\": \"bm25\"}");
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), .8236, .001);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "candidate"), .5288, .001);
	ck_assert_str_eq(cli_cache_use(report, "candidate.index"), "not built yet; answers cached");
	ck_assert_str_eq(cli_cache_use(report, "bm25"), "answers cached");
	rq_json_free(report);
	rq_buf_printf(&json,
	              "{\"dataset\": {\"path\": \"%s\"}, \"baseline\": {\"run\": \"%s/anserini-cacm-bm25.run.txt\"}, \"candidate\": {\"index\": "
	              "{\"kind\": \"bm25\", "
	              "\"language\": \"none\", \"stop_words\": false}}, \"cutoff\": 30, \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.6\"]}",
	              path, path);
	cli_write_bytes("gate.json", json.data, json.size);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	report = cli_report("out/report.json", true);
	/* of the collection's README, to the digits that it gives */
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), .6738, 5e-5);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "candidate"), .3933, 5e-5);
	ck_assert_double_eq_tol(yardstick(report, "RR@10"), .7093, .001);
	ck_assert_double_eq_tol(yardstick(report, "nDCG@10"), .4938, .001);
	ck_assert_ptr_nonnull(strstr(result.out, "\nplain BM25 gets RR@10 0.7"));
	rq_json_free(report);
	cli_free(&result);
	rq_buf_release(&json);
	free(path);
}
END_TEST

/* ---- index files that someone else made ---- */

enum { ROWS = 52, HEADER = 45 };

/* The rows of a flat index file as .npy: they stand behind its header. */
static void rows_of(const char *index, size_t d, const char *name)
{
	struct rq_buf bytes = {0}, out = {0};
	struct rq_error err = {0};
	char dict[118];

	ck_assert_msg(rq_file_read(&bytes, index, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(bytes.size, HEADER + ROWS * d * sizeof(float));
	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %zu), }", ROWS, d);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	rq_buf_add(&out, bytes.data + HEADER, bytes.size - HEADER);
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&bytes);
	rq_buf_release(&out);
}

/* Every document is asked for by its own vector, and is its own answer. */
START_TEST(index_files_of_another_program)
{
	char *path = cli_shared("vectors/healthcare");
	struct rq_buf corpus = {0}, queries = {0}, qrels = {0}, json = {0};

	if (path == NULL)
		return;
	for (int i = 0; i < ROWS; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"%d\", \"text\": \"x\"}\n", i);
		rq_buf_printf(&queries, "q%d\tx\n", i);
		rq_buf_printf(&qrels, "q%d 0 %d 1\n", i, i);
	}
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	cli_write_bytes("queries.tsv", queries.data, queries.size);
	cli_write_bytes("qrels", qrels.data, qrels.size);
	char index[4200];
	snprintf(index, sizeof index, "%s/all_MiniLM_L6_v2.faiss", path);
	rows_of(index, 384, "v.npy");
	rq_buf_printf(&json,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.tsv\", \"qrels\": \"qrels\"}, "
	              "\"embedders\": {\"v\": {\"kind\": \"vectors\", \"corpus\": \"v.npy\", \"topics\": \"v.npy\"}}, \"baseline\": {\"index\": "
	              "{\"kind\": \"exact\"}}, "
	              "\"candidate\": {\"index\": {\"kind\": \"faiss\", \"file\": \"%s\"}}, \"latency\": {\"samples\": 0}, "
	              "\"gates\": [\"RR@10 >= 1\", \"ann_recall@10 >= 1\", \"drop(RR@10) <= 0.1\"]}",
	              index);
	cli_write_bytes("gate.json", json.data, json.size);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	/* another model's index */
	rq_buf_clear(&qrels);
	rq_buf_printf(&qrels, "candidate.index.file=%s/bert_base_uncased.faiss", path);
	result = cli("run", "gate.json", "--set", qrels.data, NULL);
	rq_buf_clear(&queries);
	rq_buf_printf(&queries,
	              "candidate.index: index file \"%s/bert_base_uncased.faiss\": it holds vectors of 768 dimensions, and the embedder's have 384; "
	              "embed with the model that it "
	              "was built with, or build it anew",
	              path);
	cli_expect_refusal(&result, 65, queries.data);
	rq_buf_release(&corpus);
	rq_buf_release(&queries);
	rq_buf_release(&qrels);
	rq_buf_release(&json);
	free(path);
}
END_TEST

Suite *collections_suite(void)
{
	Suite *suite = suite_create("collections");
	TCase *tests = cli_case("collections");

	tcase_add_test(tests, cranfield);
	tcase_add_test(tests, cacm);
	tcase_add_test(tests, words);
	tcase_add_test(tests, index_files_of_another_program);
	suite_add_tcase(suite, tests);
	return suite;
}
