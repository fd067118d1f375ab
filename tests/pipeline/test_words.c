/* Search by words as a side, and plain BM25 beside every report on text. */
#include "lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define PARENTS "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\",\"unit\":\"parent\"}"
#define HASH "\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":4096}}"
#define WORDS "{\"index\":{\"kind\":\"bm25\"}}"
#define REST "\"latency\":{\"samples\":0},\"gates\":[]"

/* Shorter documents first, equal ones by id descending; "whale" is in one, "unicorn" in none, "the" is a stop word. */
static void pets(void)
{
	lab_write("corpus.jsonl",
	          "{\"_id\":\"a\",\"text\":\"red fishes swim\"}\n{\"_id\":\"b\",\"text\":\"fish\"}\n{\"_id\":\"c\",\"text\":\"the whale\"}\n"
	          "{\"_id\":\"d\",\"text\":\"fish\"}\n{\"_id\":\"e\",\"text\":\"\"}\n");
	lab_write("queries.jsonl",
	          "{\"_id\":\"t1\",\"text\":\"Fish!\"}\n{\"_id\":\"t2\",\"text\":\"the unicorn\"}\n{\"_id\":\"t3\",\"text\":\"red whale\"}\n");
	lab_write("qrels.tsv", "t1 0 b 1\nt2 0 e 1\nt3 0 c 1\n");
}

static void expect_ranking(const struct rq_run *run, const char *topic, const char *expected)
{
	char *ranking = lab_ranking(run, topic);

	ck_assert_str_eq(ranking, expected);
	free(ranking);
}

static bool has_input(const struct lab_run *run, const char *name)
{
	for (size_t i = 0; i < run->pipeline.comparison.input_count; i++)
		if (strcmp(run->pipeline.comparison.inputs[i].name, name) == 0)
			return true;
	return false;
}

START_TEST(a_candidate_that_searches_words)
{
	pets();
	struct lab_run *run =
		lab_do(true,
	           "{" DATASET "," HASH ",\"baseline\":{\"embedder\":\"hash\",\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"seed\":3}},"
	           "\"candidate\":" WORDS ",\"metrics\":[\"RR@4\"],\"latency\":{\"samples\":40,\"budget\":\"10m\"},\"gates\":[]}",
	           NULL);
	const struct rq_metric_result *recall = lab_metric(run, "ann_recall@4"), *latency = lab_metric(run, "latency.p50");
	const struct rq_side_info *side = &run->pipeline.comparison.sides[RQ_CANDIDATE];

	expect_ranking(&run->pipeline.runs[RQ_CANDIDATE], "t1", "d b a");
	expect_ranking(&run->pipeline.runs[RQ_CANDIDATE], "t2", "");
	expect_ranking(&run->pipeline.runs[RQ_CANDIDATE], "t3", "c a");
	ck_assert_double_eq_tol(lab_value(run, "RR@4", RQ_CANDIDATE), (1. / 2 + 0 + 1) / 3, 1e-15);
	ck_assert(lab_remarked(run, true, "1 topic shares no word with any document of the candidate's corpus: its ranking is empty"));
	/* there are no vectors to be exact about, and a search is a search */
	ck_assert_str_eq(recall->absent[RQ_CANDIDATE], "not measured: the side searches words, so there are no vectors to search exactly");
	ck_assert(isnan(recall->value[RQ_CANDIDATE]) && recall->value[RQ_BASELINE] > 0);
	ck_assert(!run->pipeline.has_exact[RQ_CANDIDATE] && run->pipeline.has_exact[RQ_BASELINE]);
	ck_assert_uint_eq(latency->samples[RQ_BASELINE], 40);
	ck_assert_uint_eq(latency->samples[RQ_CANDIDATE], 40);
	ck_assert_double_gt(latency->value[RQ_CANDIDATE], 0);
	ck_assert_str_eq(side->index, "bm25 k1=1.2 b=0.75 language=english");
	ck_assert(side->embedder == NULL && side->model == NULL && side->dimension == 0 && side->exact == NULL);
	ck_assert(has_input(run, "candidate.texts") && has_input(run, "baseline.vectors") && !has_input(run, "candidate.vectors"));
	lab_free(run);
}
END_TEST

/* The other way round, with options; and words on both sides, which takes no embedder at all. */
START_TEST(a_baseline_that_searches_words)
{
	lab_collection(30, 10);
	struct lab_run *run = lab_do(true,
	                             "{" DATASET "," HASH ",\"baseline\":{\"index\":{\"kind\":\"bm25\",\"k1\":0.9,\"b\":0.4,\"stop_words\":false}},"
	                             "\"candidate\":{\"embedder\":\"hash\"}," REST "}",
	                             NULL);

	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_BASELINE].index, "bm25 k1=0.9 b=0.4 language=english stop_words=false");
	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].index, "exact");
	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].embedder, "hash");
	ck_assert_double_gt(lab_value(run, "RR@10", RQ_BASELINE), .9);
	ck_assert_double_gt(lab_value(run, "RR@10", RQ_CANDIDATE), .9);
	lab_free(run);
	run = lab_do(true, "{" DATASET ",\"baseline\":" WORDS ",\"candidate\":{\"index\":{\"k1\":0.1}},\"latency\":{\"samples\":30,\"budget\":\"10m\"},\"gates\":[]}", NULL);
	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].index, "bm25 k1=0.1 b=0.75 language=english");
	ck_assert_uint_eq(lab_metric(run, "latency.p99")->samples[RQ_BASELINE], 30);
	lab_free(run);
}
END_TEST

/* Three parents need five chunks of that word, which is deeper than the cutoff; D has no such word. */
START_TEST(chunks_collapse_to_their_parents)
{
	lab_write(
		"corpus.jsonl",
		"{\"_id\":\"a1\",\"text\":\"x\",\"parent\":\"A\"}\n{\"_id\":\"a2\",\"text\":\"x\",\"parent\":\"A\"}\n"
		"{\"_id\":\"a3\",\"text\":\"x\",\"parent\":\"A\"}\n{\"_id\":\"b1\",\"text\":\"x y\",\"parent\":\"B\"}\n"
		"{\"_id\":\"c1\",\"text\":\"x y z\",\"parent\":\"C\"}\n{\"_id\":\"d1\",\"text\":\"y\",\"parent\":\"D\"}\n{\"_id\":\"e1\",\"text\":\"y\"}\n");
	lab_write("queries.jsonl", "{\"_id\":\"t\",\"text\":\"x\"}\n");
	lab_write("qrels.tsv", "t 0 C 1\n");
	struct lab_run *run = lab_do(true, "{" PARENTS ",\"baseline\":" WORDS ",\"candidate\":{},\"metrics\":[\"RR@3\"],\"cutoff\":3," REST "}", NULL);

	expect_ranking(&run->pipeline.runs[RQ_BASELINE], "t", "A B C");
	expect_ranking(&run->pipeline.plain_run, "t", "A B C");
	ck_assert_double_eq_tol(lab_metric(run, "RR@3")->bm25, 1. / 3, 1e-15);
	lab_free(run);
	run = lab_do(true, NULL, "cutoff=6", NULL); /* and no more than there are */
	expect_ranking(&run->pipeline.runs[RQ_BASELINE], "t", "A B C");
	lab_free(run);
}
END_TEST

/* ---- the yardstick ---- */

/* What a side with standard options gets is what the yardstick gets, whatever the sides of the report are. */
START_TEST(plain_bm25_beside_any_sides)
{
	static const char *const sides[] = {
		"\"baseline\":{\"embedder\":\"hash\"},\"candidate\":{\"index\":{\"factory\":\"HNSW8,Flat\"}}",
		"\"baseline\":{\"embedder\":\"v\"},\"candidate\":{\"embedder\":\"hash\"}",
		"\"baseline\":{\"run\":\"old.run\"},\"candidate\":{\"run\":\"old.run\"}",
		"\"baseline\":{\"run\":\"old.run\"},\"candidate\":{\"embedder\":\"hash\"}",
		"\"baseline\":{\"embedder\":\"hash\"},\"candidate\":{\"index\":{\"kind\":\"bm25\",\"k1\":5}}",
	};

	lab_collection(40, 15);
	lab_npy("c.npy", 40, 8, 1);
	lab_npy("t.npy", 15, 8, 2);
	struct rq_buf runs = {0};
	for (int i = 0; i < 15; i++)
		for (int j = 0; j < 40; j++)
			rq_buf_printf(&runs, "t%02d Q0 d%02d %d %d x\n", i, j, j + 1, 100 - j);
	lab_write_bytes("old.run", runs.data, runs.size);
	struct lab_run *run = lab_do(
		false, "{" DATASET ",\"baseline\":" WORDS ",\"candidate\":{},\"metrics\":[\"AP\",\"nDCG@10\",\"Judged@5\"],\"cutoff\":40," REST "}", NULL);
	double ap = lab_value(run, "AP", RQ_BASELINE), ndcg = lab_value(run, "nDCG@10", RQ_BASELINE), judged = lab_value(run, "Judged@5", RQ_BASELINE);
	ck_assert_double_eq(lab_metric(run, "AP")->bm25, ap);
	ck_assert(ap > .5 && ndcg > .5);
	lab_free(run);
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		lab_write(
			"gate.json",
			"{" DATASET
			",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":256},\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}},%s,"
			"\"metrics\":[\"AP\",\"nDCG@10\",\"Judged@5\"]%s," REST "}",
			sides[i], i == 2 ? "" : ",\"cutoff\":40"); /* two run files are as deep as they are: 40 too */
		run = lab_do(i % 2 == 0, NULL, NULL);
		ck_assert_str_eq(run->pipeline.comparison.bm25, "bm25 k1=1.2 b=0.75 language=english");
		ck_assert_ptr_null(run->pipeline.comparison.bm25_absent);
		ck_assert_double_eq(lab_metric(run, "AP")->bm25, ap);
		ck_assert_double_eq(lab_metric(run, "nDCG@10")->bm25, ndcg);
		ck_assert_double_eq(lab_metric(run, "Judged@5")->bm25, judged);
		lab_free(run);
	}
	rq_buf_release(&runs);
}
END_TEST

/* Over the baseline's corpus: a candidate with another one is held against the same figure. */
START_TEST(plain_bm25_is_over_the_baselines_corpus)
{
	pets();
	lab_write("other.jsonl", "{\"_id\":\"e\",\"text\":\"unicorn\"}\n{\"_id\":\"b\",\"text\":\"fish\"}\n{\"_id\":\"c\",\"text\":\"whale\"}\n");
	struct lab_run *run =
		lab_do(true, "{" DATASET ",\"baseline\":" WORDS ",\"candidate\":{\"corpus\":\"other.jsonl\"},\"metrics\":[\"RR@3\"]," REST "}", NULL);

	ck_assert_double_eq(lab_value(run, "RR@3", RQ_CANDIDATE), 1);
	ck_assert_double_eq_tol(lab_value(run, "RR@3", RQ_BASELINE), .5, 1e-15);
	ck_assert_double_eq_tol(lab_metric(run, "RR@3")->bm25, .5, 1e-15);
	lab_free(run);
}
END_TEST

START_TEST(plain_bm25_speaks_the_baselines_language)
{
	static const struct {
		const char *embedder, *expected;
	} cases[] = {
		{"{\"kind\":\"lsa\",\"language\":\"german\"}", "bm25 k1=1.2 b=0.75 language=german"},
		{"{\"kind\":\"hash\",\"language\":\"none\",\"dim\":64}", "bm25 k1=1.2 b=0.75 language=none"},
		{"{\"kind\":\"lsa\"}", "bm25 k1=1.2 b=0.75 language=english"},
		{"{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}", "bm25 k1=1.2 b=0.75 language=english"},
	};

	lab_collection(30, 5);
	lab_npy("c.npy", 30, 8, 1);
	lab_npy("t.npy", 5, 8, 2);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lab_write("gate.json", "{" DATASET ",\"embedders\":{\"e\":%s},\"baseline\":{},\"candidate\":{}," REST "}", cases[i].embedder);
		struct lab_run *run = lab_do(true, NULL, NULL);
		ck_assert_str_eq(run->pipeline.comparison.bm25, cases[i].expected);
		lab_free(run);
	}
	struct lab_run *run =
		lab_do(true, "{" DATASET ",\"baseline\":{\"index\":{\"kind\":\"bm25\",\"language\":\"german\",\"k1\":2}},\"candidate\":{}," REST "}", NULL);
	ck_assert_str_eq(run->pipeline.comparison.bm25, "bm25 k1=1.2 b=0.75 language=german");
	lab_free(run);
}
END_TEST

static void expect_absence(const char *json, const char *reason)
{
	struct lab_run *run = lab_do(true, json, NULL);

	ck_assert_ptr_null(run->pipeline.comparison.bm25);
	ck_assert_str_eq(run->pipeline.comparison.bm25_absent, reason);
	ck_assert_str_eq(lab_cache_use(run, "bm25"), "");
	lab_free(run);
}

START_TEST(without_text_there_is_no_yardstick)
{
	lab_write("queries.jsonl", "{\"_id\":\"t\",\"text\":\"x\"}\n");
	lab_write("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"\"}\n{\"_id\":\"b\",\"text\":\"\"}\n");
	lab_write("qrels.tsv", "t 0 a 1\n");
	lab_write("a.run", "t Q0 a 1 1 x\n");
	lab_npy("c.npy", 2, 4, 1);
	lab_npy("t.npy", 1, 4, 2);
	expect_absence("{\"dataset\":{\"qrels\":\"qrels.tsv\"},\"baseline\":{\"run\":\"a.run\"},\"candidate\":{\"run\":\"a.run\"},\"gates\":[]}",
	               "not measured: it takes a corpus and topics");
	expect_absence("{" DATASET
	               ",\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}},\"baseline\":{},\"candidate\":{},"
	               "\"metrics\":[\"RR@2\"]," REST "}",
	               "not measured: no document has text");
}
END_TEST

/* Random vectors find little; a side that searches words itself cannot be beaten by the same. */
START_TEST(a_remark_where_words_find_more_than_both)
{
	lab_collection(40, 15);
	lab_npy("c.npy", 40, 8, 1);
	lab_npy("t.npy", 15, 8, 2);
	struct lab_run *run =
		lab_do(true,
	           "{" DATASET ",\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}},\"baseline\":{},\"candidate\":{},"
	           "\"metrics\":[\"RR@10\"]," REST "}",
	           NULL);
	char text[256];
	double value = lab_value(run, "RR@10", RQ_BASELINE);

	ck_assert_double_gt(lab_metric(run, "RR@10")->bm25, value + .3);
	double p = lab_metric(run, "RR@10")->bm25_p;
	ck_assert(p > 0 && p < .05);
	snprintf(text, sizeof text, "plain BM25 scores higher in RR@10 (%.4f) than the candidate (%.4f) and the baseline (%.4f), one-sided p %s %.4f",
	         lab_metric(run, "RR@10")->bm25, value, value, p < 1e-4 ? "<" : "=", p < 1e-4 ? 1e-4 : p);
	ck_assert(lab_remarked(run, false, text));
	lab_free(run);
	run = lab_do(true, NULL, "candidate={\"index\":{\"kind\":\"bm25\"}}", NULL);
	for (size_t i = 0; i < run->pipeline.comparison.remark_count; i++)
		ck_assert_ptr_null(strstr(run->pipeline.comparison.remarks[i].text, "plain BM25"));
	lab_free(run);
}
END_TEST

/* A candidate would pass whatever it finds. */
START_TEST(without_relevance_or_answers_there_is_no_verdict)
{
	lab_collection(40, 15);
	lab_write("zero.tsv", "query-id\tcorpus-id\tscore\nt00\td00\t0\nt01\td01\t0\n");
	struct lab_run *run = lab_try(true, "{" DATASET ",\"baseline\":{\"index\":{\"kind\":\"bm25\"}},\"candidate\":{},\"metrics\":[\"RR@10\"]," REST "}",
	                              "dataset.qrels=zero.tsv", NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text, "\"zero.tsv\": no document is relevant to any topic, so nothing can be compared; expected grades of 1 or more where a document answers");
	lab_free(run);
	lab_write("strange.jsonl", "{\"_id\":\"t00\",\"text\":\"xyzzy\"}\n{\"_id\":\"t01\",\"text\":\"plugh\"}\n");
	lab_write("two.tsv", "query-id\tcorpus-id\tscore\nt00\td00\t1\nt01\td01\t1\n");
	run = lab_try(true, NULL, "dataset.qrels=two.tsv", "dataset.topics=strange.jsonl", NULL);
	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, "baseline: found nothing for any topic, so there is nothing to compare with; are topics and documents in one language, and its index the right one?");
	lab_free(run);
}
END_TEST

/* ---- the cache ---- */

static void expect_use(const char *override, const char *candidate, const char *plain)
{
	struct lab_run *run = lab_do(true, NULL, override, NULL);

	ck_assert_str_eq(lab_cache_use(run, "candidate.index"), candidate);
	ck_assert_str_eq(lab_cache_use(run, "bm25"), plain);
	ck_assert_int_eq(run->pipeline.cache.write_error.status, RQ_OK);
	lab_free(run);
}

#define BUILT "built; answers searched"
#define KNOWN "not built yet; answers cached"

START_TEST(answers_are_cached)
{
	struct rq_buf corpus = {0};

	lab_collection(30, 10);
	lab_write("gate.json",
	          "{" DATASET "," HASH ",\"baseline\":{\"embedder\":\"hash\"},\"candidate\":{\"index\":{\"kind\":\"bm25\",\"k1\":0.5}}," REST "}");
	expect_use("latency.samples=0", BUILT, "answers searched");
	expect_use("latency.samples=0", KNOWN, "answers cached");
	expect_use("candidate.index.k1=0.6", BUILT, "answers cached");
	expect_use("candidate.index.b=0.1", BUILT, "answers cached");
	expect_use("candidate.index.stop_words=false", BUILT, "answers cached");
	expect_use("candidate.index.language=german", BUILT, "answers cached");
	expect_use("cutoff=20", BUILT, "answers searched");
	expect_use("candidate.index.k1=1.2", KNOWN, "answers cached"); /* which is plain BM25 */
	for (size_t i = 0; i < 30; i++)
		lab_document(&corpus, i, i == 7 ? "more" : NULL);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	expect_use("latency.samples=0", BUILT, "answers searched");
	rq_buf_release(&corpus);
}
END_TEST

Suite *words_suite(void)
{
	Suite *suite = suite_create("words");
	TCase *tests = lab_case("words");

	tcase_add_test(tests, a_candidate_that_searches_words);
	tcase_add_test(tests, a_baseline_that_searches_words);
	tcase_add_test(tests, chunks_collapse_to_their_parents);
	tcase_add_test(tests, plain_bm25_beside_any_sides);
	tcase_add_test(tests, plain_bm25_is_over_the_baselines_corpus);
	tcase_add_test(tests, plain_bm25_speaks_the_baselines_language);
	tcase_add_test(tests, without_text_there_is_no_yardstick);
	tcase_add_test(tests, a_remark_where_words_find_more_than_both);
	tcase_add_test(tests, without_relevance_or_answers_there_is_no_verdict);
	tcase_add_test(tests, answers_are_cached);
	suite_add_tcase(suite, tests);
	return suite;
}
