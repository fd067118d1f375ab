/* What the stages make of a small collection: units, corpora of a side's own, truth, counts. Rankings are checked against ones made by hand. */
#include "lab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define HASH "\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":4096}}"
#define REST "\"latency\":{\"samples\":0},\"gates\":[]"
#define HNSW "{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"search\":\"efSearch=16\"}"

/* ---- hand-made vectors: what is near is seen at once ---- */

/* Chunks of four parents on the unit circle; the topic looks along x. Cosines: a1 1, a2 .91, b1 .8, c1 .6, b2 0, lone 0, d1 -1. */
static void chunks(void)
{
	lab_write("corpus.jsonl", "{\"_id\":\"a1\",\"text\":\"x\",\"parent\":\"A\"}\n{\"_id\":\"a2\",\"text\":\"x\",\"parent\":\"A\"}\n{\"_id\":\"b1\","
	                          "\"text\":\"x\",\"parent\":\"B\"}\n"
	                          "{\"_id\":\"b2\",\"text\":\"x\",\"parent\":\"B\"}\n{\"_id\":\"c1\",\"text\":\"x\",\"parent\":\"C\"}\n{\"_id\":\"d1\","
	                          "\"text\":\"x\",\"parent\":\"D\"}\n"
	                          "{\"_id\":\"lone\",\"text\":\"x\"}\n");
	lab_write("queries.jsonl", "{\"_id\":\"t\",\"text\":\"x\"}\n");
	lab_write("qrels.tsv", "t 0 C 1\n");
	lab_write("c.csv", "a1,\"[1,0]\"\na2,\"[0.9,0.4]\"\nb1,\"[0.8,0.6]\"\nb2,\"[0,1]\"\nc1,\"[0.6,-0.8]\"\nd1,\"[-1,0]\"\nlone,\"[0,-1]\"\n");
	lab_write("t.csv", "t,\"[1,0]\"\n");
}

#define VECTORS "\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.csv\",\"topics\":\"t.csv\"}}"
#define PARENTS "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\",\"unit\":\"parent\"}"

static void expect_ranking(const struct lab_run *run, enum rq_side side, const char *topic, const char *expected)
{
	char *ranking = lab_ranking(&run->pipeline.runs[side], topic);

	ck_assert_str_eq(ranking, expected);
	free(ranking);
}

START_TEST(chunks_collapse_to_their_parents)
{
	chunks();
	struct lab_run *run = lab_do(true,
	                             "{" PARENTS "," VECTORS ",\"baseline\":{},\"candidate\":{\"index\":{\"kind\":\"faiss\",\"factory\":\"Flat\"}},"
	                             "\"metrics\":[\"RR@3\"],\"cutoff\":3," REST "}",
	                             NULL);

	expect_ranking(run, RQ_BASELINE, "t", "A B C"); /* three parents need four chunks: the search goes deeper than the cutoff */
	expect_ranking(run, RQ_CANDIDATE, "t", "A B C");
	char *exact = lab_ranking(&run->pipeline.exact_runs[RQ_CANDIDATE], "t");
	ck_assert_str_eq(exact, "A B C");
	free(exact);
	ck_assert_double_eq_tol(lab_value(run, "RR@3", RQ_BASELINE), 1. / 3, 1e-12);
	ck_assert_double_eq_tol(lab_value(run, "RR@3", RQ_CANDIDATE), 1. / 3, 1e-12);
	ck_assert(lab_metric(run, "RR@3")->paired.identical);
	lab_free(run);
}
END_TEST

START_TEST(parents_as_deep_as_the_corpus)
{
	chunks();
	struct lab_run *run =
		lab_do(true, "{" PARENTS "," VECTORS ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@5\"],\"cutoff\":7," REST "}", NULL);

	/* all five are fewer than seven */
	expect_ranking(run, RQ_BASELINE, "t", "A B C lone D");
	lab_free(run);
}
END_TEST

START_TEST(without_the_unit_chunks_are_documents)
{
	chunks();
	lab_write("qrels.tsv", "t 0 c1 1\n");
	struct lab_run *run =
		lab_do(true, "{" DATASET "," VECTORS ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@4\"],\"cutoff\":5," REST "}", NULL);

	expect_ranking(run, RQ_BASELINE, "t", "a1 a2 b1 c1 lone"); /* lone and b2 are equal: id descending */
	lab_free(run);
}
END_TEST

START_TEST(judgments_of_parents_need_the_unit)
{
	chunks();
	struct lab_run *run = lab_try(true, "{" DATASET "," VECTORS ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@4\"]," REST "}", NULL);

	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text, "\"qrels.tsv\": 0 topics and 1 document are judged but not in the topics and corpus files (line 1: topic \"t\" "
	                                "document \"C\"); mend the files, or set "
	                                "dataset.unknown_judgments to \"warn\"");
	lab_free(run);
}
END_TEST

START_TEST(the_unit_needs_parents)
{
	lab_collection(40, 2);
	struct lab_run *run = lab_try(true, "{" PARENTS "," HASH ",\"baseline\":{},\"candidate\":{}," REST "}", NULL);

	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(
		run->err.text,
		"\"corpus.jsonl\": no document names a parent, and dataset.unit is \"parent\"; give the documents a \"parent\", or leave the unit out");
	lab_free(run);
}
END_TEST

START_TEST(similarities_rank_as_they_should)
{
	lab_write("corpus.jsonl", "{\"_id\":\"far\",\"text\":\"x\"}\n{\"_id\":\"near\",\"text\":\"x\"}\n{\"_id\":\"skew\",\"text\":\"x\"}\n");
	lab_write("queries.jsonl", "{\"_id\":\"t\",\"text\":\"x\"}\n");
	lab_write("qrels.tsv", "t 0 near 1\n");
	lab_write("c.csv", "far,\"[10,1]\"\nnear,\"[1,1]\"\nskew,\"[4,3]\"\n");
	lab_write("t.csv", "t,\"[2,2]\"\n");
	static const struct {
		const char *similarity, *ranking;
	} cases[] = {{"cosine", "near skew far"}, {"ip", "far skew near"}, {"l2", "near skew far"}};

	for (size_t i = 0; i < 3; i++) {
		char json[1024];
		snprintf(json, sizeof json,
		         "{" DATASET "," VECTORS ",\"baseline\":{\"index\":{\"kind\":\"exact\",\"similarity\":\"%s\"}},"
		         "\"candidate\":{\"index\":{\"kind\":\"faiss\",\"factory\":\"Flat\"}},\"metrics\":[\"RR@3\"]," REST "}",
		         cases[i].similarity);
		struct lab_run *run = lab_do(true, json, NULL);
		expect_ranking(run, RQ_BASELINE, "t", cases[i].ranking);
		expect_ranking(run, RQ_CANDIDATE, "t", cases[i].ranking);
		ck_assert_double_eq(lab_value(run, "ann_recall@3", RQ_CANDIDATE), 1);
		lab_free(run);
	}
}
END_TEST

/* ---- a corpus of the side's own ---- */

START_TEST(a_candidate_may_have_a_corpus_of_its_own)
{
	struct rq_buf smaller = {0};

	lab_collection(40, 20);
	for (size_t i = 0; i < 40; i++)
		if (i != 3)
			lab_document(&smaller, i, NULL);
	lab_write_bytes("smaller.jsonl", smaller.data, smaller.size);
	rq_buf_release(&smaller);
	struct lab_run *run =
		lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{\"corpus\":\"smaller.jsonl\"},\"metrics\":[\"RR@10\"]," REST "}", NULL);

	ck_assert_double_eq(lab_counted(run, "documents"), 40);
	ck_assert_double_eq(lab_counted(run, "documents_candidate"), 39);
	ck_assert_double_eq(lab_counted(run, "judged_documents_unknown"), 0);
	ck_assert_double_eq(lab_value(run, "RR@10", RQ_BASELINE), 1);
	ck_assert_double_lt(lab_value(run, "RR@10", RQ_CANDIDATE), 1.0001);
	const struct rq_metric_result *metric = lab_metric(run, "RR@10");
	for (size_t t = 0; t < 20; t++) {
		char *ranking = lab_ranking(&run->pipeline.runs[RQ_CANDIDATE], run->pipeline.comparison.topics[t].id);
		ck_assert_ptr_null(strstr(ranking, "d03"));
		free(ranking);
		ck_assert(metric->per_topic[RQ_CANDIDATE][t] == 1 || t == 2 || t == 3);
	}
	ck_assert_str_eq(lab_cache_use(run, "candidate.embed"), "0 texts embedded, 59 known");
	lab_free(run);
}
END_TEST

START_TEST(lsa_is_fitted_on_the_baseline_corpus_alone)
{
	struct rq_buf other = {0};

	lab_collection(60, 20);
	for (size_t i = 0; i < 60; i++)
		lab_document(&other, i, i < 30 ? "bababababa" : NULL);
	lab_write_bytes("other.jsonl", other.data, other.size);
	rq_buf_release(&other);
	struct lab_run *run =
		lab_do(true,
	           "{" DATASET ",\"embedders\":{\"lsa\":{\"kind\":\"lsa\",\"dim\":16}},\"baseline\":{},\"candidate\":{\"corpus\":\"other.jsonl\"},"
	           "\"metrics\":[\"RR@10\"]," REST "}",
	           NULL);

	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_BASELINE].model, run->pipeline.comparison.sides[RQ_CANDIDATE].model);
	ck_assert_uint_eq(lab_count_files("cache/model"), 1);
	/* 30 documents are new to the frozen model; the word that only they have says nothing to it, but their text is another */
	ck_assert_str_eq(lab_cache_use(run, "candidate.embed"), "30 texts embedded, 50 known");
	lab_free(run);
}
END_TEST

/* ---- exact search ---- */

/* A graph so poor that it misses neighbours. */
#define POOR "{\"kind\":\"faiss\",\"factory\":\"IVF4,Flat\",\"search\":\"nprobe=1\"}"
#define POOR_CONFIG \
	"{" DATASET "," HASH ",\"baseline\":{\"index\":{\"kind\":\"exact\"}},\"candidate\":{\"index\":" POOR \
	"},\"metrics\":[\"RR@10\"],\"cutoff\":10," REST

/* By definition: the share of the exact first k that was returned, counted by score. */
static double recall_by_hand(const struct lab_run *run, size_t k)
{
	const struct rq_run *truth = &run->pipeline.runs[RQ_BASELINE], *found = &run->pipeline.runs[RQ_CANDIDATE];
	double sum = 0;

	for (size_t t = 0; t < truth->count; t++) {
		size_t hits = 0;
		for (size_t i = 0; i < k && i < found->rankings[t].count; i++)
			hits += found->rankings[t].documents[i].score >= truth->rankings[t].documents[k - 1].score - 1e-12;
		sum += (double)(hits < k ? hits : k) / (double)k;
	}
	return sum / (double)truth->count;
}

START_TEST(ann_recall_is_the_share_of_the_exact_answer)
{
	lab_collection(80, 30);
	struct lab_run *run = lab_do(true, POOR_CONFIG "}", NULL);
	double recall = lab_value(run, "ann_recall@10", RQ_CANDIDATE);

	ck_assert_double_eq(lab_value(run, "ann_recall@10", RQ_BASELINE), 1);
	ck_assert_double_eq_tol(recall, recall_by_hand(run, 10), 1e-12);
	ck_assert(recall > .05 && recall < .95);
	ck_assert_str_eq(run->pipeline.comparison.exact_note, "exact search on all 30 topics");
	lab_free(run);
}
END_TEST

START_TEST(exact_search_may_be_a_seeded_sample)
{
	lab_collection(80, 30);
	struct lab_run *all = lab_do(true, POOR_CONFIG "}", NULL), *sample = lab_do(true, NULL, "exact.topics=7", NULL),
				   *again = lab_do(false, NULL, "exact.topics=7", NULL);
	const struct rq_metric_result *a = lab_metric(all, "ann_recall@10"), *s = lab_metric(sample, "ann_recall@10"),
								  *r = lab_metric(again, "ann_recall@10");
	size_t measured = 0;

	ck_assert_str_eq(sample->pipeline.comparison.exact_note, "exact search on a seeded sample of 7 of 30 topics");
	ck_assert_uint_eq(s->samples[RQ_CANDIDATE], 7);
	for (size_t t = 0; t < 30; t++) {
		double value = s->per_topic[RQ_CANDIDATE][t];
		measured += !isnan(value);
		ck_assert(isnan(value) || value == a->per_topic[RQ_CANDIDATE][t]);
		ck_assert(isnan(value) == isnan(r->per_topic[RQ_CANDIDATE][t]));
	}
	ck_assert_uint_eq(measured, 7);
	ck_assert_double_eq(s->value[RQ_CANDIDATE], r->value[RQ_CANDIDATE]);
	struct lab_run *more = lab_do(true, NULL, "exact.topics=30", NULL);
	ck_assert_str_eq(more->pipeline.comparison.exact_note, "exact search on all 30 topics");
	lab_free(all);
	lab_free(sample);
	lab_free(again);
	lab_free(more);
}
END_TEST

START_TEST(beyond_its_budget_exact_search_is_not_done_and_says_so)
{
	lab_collection(80, 30);
	struct lab_run *run = lab_do(true, POOR_CONFIG "}", "exact.budget=\"0s\"", NULL);
	const struct rq_metric_result *metric = lab_metric(run, "ann_recall@10");

	ck_assert_str_eq(run->pipeline.comparison.exact_note, "not measured: exact.budget is 0");
	ck_assert_ptr_null(metric->absent[RQ_BASELINE]); /* exact itself */
	ck_assert_str_eq(metric->absent[RQ_CANDIDATE], "not measured: exact.budget is 0");
	ck_assert(isnan(metric->value[RQ_CANDIDATE]));
	ck_assert(!metric->compared);
	ck_assert_ptr_null(run->pipeline.comparison.sides[RQ_CANDIDATE].exact);
	lab_free(run);
	/* so large that the time is estimated */
	lab_collection(300, 300);
	struct lab_run *large = lab_do(
		true,
		"{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":12000}},\"baseline\":{\"index\":{\"kind\":\"faiss\",\"factory\":\"Flat\"}},"
		"\"candidate\":{},\"metrics\":[\"RR@10\"],\"exact\":{\"budget\":\"1us\"}," REST "}",
		NULL);
	ck_assert_str_eq(
		large->pipeline.comparison.exact_note,
		"not measured: exact search would take longer than exact.budget (1e-06 s) a side; raise it, or set exact.topics to search a sample");
	lab_free(large);
}
END_TEST

START_TEST(exact_rankings_may_come_from_a_file)
{
	lab_collection(80, 30);
	struct lab_run *searched = lab_do(true, POOR_CONFIG "}", NULL);
	lab_write_run("truth.run", &searched->pipeline.runs[RQ_BASELINE], 10);
	lab_write_run("short.run", &searched->pipeline.runs[RQ_BASELINE], 9);
	struct lab_run *read = lab_do(true, NULL, "exact.truth=truth.run", NULL);

	ck_assert_str_eq(read->pipeline.comparison.exact_note, "exact rankings read from \"truth.run\"");
	ck_assert_str_eq(lab_cache_use(read, "candidate.exact"), "");
	for (size_t t = 0; t < 30; t++)
		ck_assert_double_eq(lab_metric(read, "ann_recall@10")->per_topic[RQ_CANDIDATE][t],
		                    lab_metric(searched, "ann_recall@10")->per_topic[RQ_CANDIDATE][t]);
	lab_free(searched);
	lab_free(read);
	struct lab_run *refused = lab_try(true, NULL, "exact.truth=short.run", NULL);
	ck_assert_int_eq(refused->status, RQ_E_DATA);
	ck_assert_str_eq(refused->err.text, "\"short.run\": topic \"t00\" has 9 documents, expected the exact first 10 of every topic");
	lab_free(refused);
	lab_write("strange.run",
	          "t00 Q0 nobody 1 1 x\nt00 Q0 d01 1 1 x\nt00 Q0 d02 1 1 x\nt00 Q0 d03 1 1 x\nt00 Q0 d04 1 1 x\nt00 Q0 d05 1 1 x\nt00 Q0 d06 1 1 x\n"
	          "t00 Q0 d07 1 1 x\nt00 Q0 d08 1 1 x\nt00 Q0 d09 1 1 x\n");
	refused = lab_try(true, NULL, "exact.truth=strange.run", NULL);
	ck_assert_int_eq(refused->status, RQ_E_DATA);
	ck_assert_str_eq(refused->err.text, "\"strange.run\": topic \"t00\" names document \"nobody\", which is not in the corpus");
	lab_free(refused);
}
END_TEST

START_TEST(without_an_approximate_side_there_is_nothing_to_find_out)
{
	lab_collection(40, 20);
	lab_write("unused.run", "t00 Q0 d00 1 1 x\n");
	struct lab_run *run = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\",\"ann_recall@5\"]," REST "}",
	                             "exact.truth=unused.run", NULL);

	ck_assert_str_eq(run->pipeline.comparison.exact_note, "not needed: no side has an approximate index");
	ck_assert_double_eq(lab_value(run, "ann_recall@5", RQ_CANDIDATE), 1);
	lab_free(run);
}
END_TEST

/* ---- counts and remarks ---- */

START_TEST(topics_outside_the_mean_are_counted)
{
	lab_collection(40, 4);
	struct rq_buf queries = lab_read("queries.jsonl");
	rq_buf_puts(&queries,
	            "{\"_id\":\"none\",\"text\":\"anything\",\"answerable\":false}\n{\"_id\":\"odd\",\"text\":\"anything\",\"answerable\":false}\n"
	            "{\"_id\":\"unjudged\",\"text\":\"anything\"}\n");
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	rq_buf_release(&queries);
	struct rq_buf qrels = lab_read("qrels.tsv");
	rq_buf_puts(&qrels, "odd\td05\t1\n");
	lab_write_bytes("qrels.tsv", qrels.data, qrels.size);
	rq_buf_release(&qrels);
	struct lab_run *run = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\"]," REST "}", NULL);

	ck_assert_double_eq(lab_counted(run, "topics"), 7);
	ck_assert_double_eq(lab_counted(run, "topics_scored"), 4);
	ck_assert_double_eq(lab_counted(run, "topics_unanswerable"), 2);
	ck_assert_double_eq(lab_counted(run, "topics_unjudged"), 1);
	ck_assert_double_eq(lab_counted(run, "judgments"), 9);
	ck_assert(lab_remarked(run, false, "1 topic has no judgments and is outside every mean"));
	ck_assert(lab_remarked(run, true, "1 topic is marked unanswerable and yet judged; it is left out"));
	lab_free(run);
}
END_TEST

START_TEST(a_topic_without_known_words_has_an_empty_ranking)
{
	lab_collection(40, 4);
	struct rq_buf queries = lab_read("queries.jsonl");
	rq_buf_puts(&queries, "{\"_id\":\"blank\",\"text\":\"... the of\"}\n");
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	rq_buf_release(&queries);
	struct lab_run *run =
		lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{\"index\":" HNSW "},\"metrics\":[\"RR@10\"]," REST "}", NULL);

	expect_ranking(run, RQ_BASELINE, "blank", "");
	expect_ranking(run, RQ_CANDIDATE, "blank", "");
	ck_assert(lab_remarked(run, true, "1 topic has a zero vector under the baseline's embedder (no word it knows): its ranking is empty"));
	lab_free(run);
}
END_TEST

START_TEST(metrics_deeper_than_a_small_corpus)
{
	lab_collection(4, 2);
	struct lab_run *run = lab_try(true, "{" DATASET "," HASH ",\"baseline\":{\"index\":" HNSW "},\"candidate\":{}," REST "}", NULL);
	ck_assert_int_eq(run->status, RQ_E_CONFIG);
	ck_assert_str_eq(run->err.text, "metrics or gates: \"RR@10\" looks deeper than the corpus (4 documents); expected a cutoff of at most that");
	lab_free(run);
	run = lab_do(true, NULL, "metrics=[\"RR@3\"]", NULL); /* and nothing that is added on its own looks deeper */
	ck_assert_double_eq(lab_value(run, "ann_recall@3", RQ_BASELINE), 1);
	lab_free(run);
	run = lab_try(true, NULL, "metrics=[\"RR@3\"]", "cutoff=5", NULL);
	ck_assert_int_eq(run->status, RQ_E_CONFIG);
	ck_assert_str_eq(run->err.text, "cutoff: 5 is larger than the corpus (4 documents); expected at most that");
	lab_free(run);
}
END_TEST

Suite *stages_suite(void)
{
	Suite *suite = suite_create("stages");
	TCase *tests = lab_case("stages");

	tcase_add_test(tests, chunks_collapse_to_their_parents);
	tcase_add_test(tests, parents_as_deep_as_the_corpus);
	tcase_add_test(tests, without_the_unit_chunks_are_documents);
	tcase_add_test(tests, judgments_of_parents_need_the_unit);
	tcase_add_test(tests, the_unit_needs_parents);
	tcase_add_test(tests, similarities_rank_as_they_should);
	tcase_add_test(tests, a_candidate_may_have_a_corpus_of_its_own);
	tcase_add_test(tests, lsa_is_fitted_on_the_baseline_corpus_alone);
	tcase_add_test(tests, ann_recall_is_the_share_of_the_exact_answer);
	tcase_add_test(tests, exact_search_may_be_a_seeded_sample);
	tcase_add_test(tests, beyond_its_budget_exact_search_is_not_done_and_says_so);
	tcase_add_test(tests, exact_rankings_may_come_from_a_file);
	tcase_add_test(tests, without_an_approximate_side_there_is_nothing_to_find_out);
	tcase_add_test(tests, topics_outside_the_mean_are_counted);
	tcase_add_test(tests, a_topic_without_known_words_has_an_empty_ranking);
	tcase_add_test(tests, metrics_deeper_than_a_small_corpus);
	suite_add_tcase(suite, tests);
	return suite;
}
