/* Where the loss of a candidate with a known fault comes from, on a real collection; and what is told where it cannot be known. */
#include "lab.h"
#include "metrics/stats/stats.h"
#include "tests/shared.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define REST "\"latency\":{\"samples\":0},\"gates\":[]"
#define HNSW "{\"kind\":\"faiss\",\"factory\":\"HNSW16,Flat\",\"build\":\"efConstruction=80\",\"search\":\"efSearch=100\"}"

static const char *const metrics[] = {"RR@10", "nDCG@10", "AP"};
enum { METRICS = sizeof metrics / sizeof *metrics };

/* gate.json on Cranfield; false: it is not there. */
static bool cranfield(const char *baseline, const char *candidate)
{
	const char *corpus = shared_file("cranfield/corpus.jsonl");

	if (corpus == NULL)
		return false;
	lab_write("gate.json",
	          "{\"dataset\":{\"path\":\"%.*s\",\"fields\":[\"text\"]},\"embedders\":{\"lsa\":{\"kind\":\"lsa\",\"dim\":96,\"seed\":1},\"less\":{\"kind\":\"lsa\",\"dim\":12,"
	          "\"seed\":1}},\"baseline\":{\"embedder\":\"lsa\",\"index\":%s},\"candidate\":%s,\"metrics\":[\"RR@10\",\"nDCG@10\",\"AP\"],\"cutoff\":50," REST "}",
	          (int)(strlen(corpus) - strlen("/corpus.jsonl")), corpus, baseline, candidate);
	return true;
}

/* Sums made anew from what the runs hold: over topics, of all four values. */
static void check_sums(const struct lab_run *run)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	for (size_t m = 0; m < METRICS; m++) {
		const struct rq_metric_result *metric = lab_metric(run, metrics[m]);
		double embedding = 0, index = 0, n = (double)comparison->topic_count;
		for (size_t i = 0; i < comparison->topic_count; i++) {
			embedding += (metric->exact[RQ_CANDIDATE][i] - metric->exact[RQ_BASELINE][i]) / n;
			index += (metric->per_topic[RQ_CANDIDATE][i] - metric->exact[RQ_CANDIDATE][i]) / n -
			         (metric->per_topic[RQ_BASELINE][i] - metric->exact[RQ_BASELINE][i]) / n;
		}
		ck_assert_ptr_null(metric->attribution.absent);
		ck_assert_uint_eq(metric->attribution.topics, comparison->topic_count);
		ck_assert_double_eq_tol(metric->attribution.embedding, embedding, 1e-12);
		ck_assert_double_eq_tol(metric->attribution.index, index, 1e-12);
		ck_assert_double_eq_tol(metric->attribution.embedding + metric->attribution.index, metric->paired.delta, 1e-15);
		ck_assert_double_eq_tol(metric->attribution.judging, metric->paired.delta - metric->condensed_paired.delta, 1e-12);
	}
}

static size_t count_causes(const struct lab_run *run, const char *part)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;
	size_t count = 0;

	for (size_t i = 0; i < comparison->topic_count; i++)
		count += comparison->topics[i].cause != NULL && strstr(comparison->topics[i].cause, part) != NULL;
	return count;
}

START_TEST(a_poor_graph_is_the_index)
{
	if (!cranfield(HNSW, "{\"index\":{\"factory\":\"HNSW4,Flat\",\"build\":\"efConstruction=4\",\"search\":\"efSearch=4\"}}"))
		return;
	struct lab_run *run = lab_do(false, NULL, NULL);

	check_sums(run);
	for (size_t m = 0; m < METRICS; m++) {
		ck_assert_double_lt(lab_metric(run, metrics[m])->attribution.index, -.02);
		ck_assert(lab_metric(run, metrics[m])->attribution.embedding == 0);
	}
	ck_assert_uint_gt(count_causes(run, "; HNSW4 misses it"), 10);
	ck_assert_uint_eq(count_causes(run, "embedding"), 0);
	lab_free(run);
}
END_TEST

START_TEST(fewer_dimensions_are_the_embedding)
{
	if (!cranfield("{\"kind\":\"exact\"}", "{\"embedder\":\"less\"}"))
		return;
	struct lab_run *run = lab_do(false, NULL, NULL);

	check_sums(run);
	for (size_t m = 0; m < METRICS; m++) {
		ck_assert_double_lt(lab_metric(run, metrics[m])->attribution.embedding, -.02);
		ck_assert(lab_metric(run, metrics[m])->attribution.index == 0);
	}
	ck_assert_uint_gt(count_causes(run, " under the new embedding; now above it: "), 30);
	ck_assert_uint_eq(count_causes(run, "exact search"), 0);
	lab_free(run);
}
END_TEST

START_TEST(both_at_once_are_told_apart)
{
	if (!cranfield(HNSW, "{\"embedder\":\"less\",\"index\":{\"factory\":\"HNSW4,Flat\",\"build\":\"efConstruction=4\",\"search\":\"efSearch=4\"}}"))
		return;
	struct lab_run *run = lab_do(false, NULL, NULL);
	double embedding[METRICS];

	check_sums(run);
	for (size_t m = 0; m < METRICS; m++)
		embedding[m] = lab_metric(run, metrics[m])->attribution.embedding;
	lab_free(run);
	/* The embedding's part is what the embedding loses by itself. */
	ck_assert(cranfield("{\"kind\":\"exact\"}", "{\"embedder\":\"less\"}"));
	run = lab_do(false, NULL, NULL);
	for (size_t m = 0; m < METRICS; m++)
		ck_assert_double_eq_tol(embedding[m], lab_metric(run, metrics[m])->paired.delta, 1e-12);
	lab_free(run);
}
END_TEST

START_TEST(a_sample_is_split_over_its_topics)
{
	if (!cranfield(HNSW, "{\"index\":{\"factory\":\"HNSW4,Flat\",\"build\":\"efConstruction=4\",\"search\":\"efSearch=4\"}}"))
		return;
	struct lab_run *run = lab_do(false, NULL, "exact={\"topics\":40}", NULL);
	const struct rq_metric_result *metric = lab_metric(run, "nDCG@10");
	double sum = 0;
	size_t searched = 0;

	for (size_t i = 0; i < run->pipeline.comparison.topic_count; i++) {
		if (isnan(metric->exact[RQ_CANDIDATE][i]))
			continue;
		sum += metric->per_topic[RQ_CANDIDATE][i] - metric->per_topic[RQ_BASELINE][i];
		searched++;
	}
	ck_assert_uint_eq(metric->attribution.topics, searched);
	ck_assert_uint_eq(metric->attribution.of, run->pipeline.comparison.topic_count);
	ck_assert_uint_gt(searched, 30);
	ck_assert_uint_le(searched, 40);
	ck_assert_double_eq_tol(metric->attribution.embedding + metric->attribution.index, sum / (double)searched, 1e-12);
	lab_free(run);
}
END_TEST

START_TEST(documents_that_are_gone_are_named)
{
	struct rq_buf corpus = {0};

	lab_collection(30, 12);
	for (size_t i = 0; i < 30; i++)
		if (i != 3)
			lab_document(&corpus, i, NULL);
	lab_write_bytes("smaller.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	struct lab_run *run = lab_do(false,
	                             "{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":4096}},\"baseline\":{\"embedder\":\"hash\"},\"candidate\":{\"corpus\":\"smaller.jsonl\"},"
	                             "\"metrics\":[\"RR@10\",\"nDCG@10\"]," REST "}",
	                             NULL);

	ck_assert_uint_eq(count_causes(run, "its relevant document d03 is no longer in the corpus"), 2); /* to topics t02 and t03 */
	ck_assert_double_lt(lab_metric(run, "nDCG@10")->attribution.embedding, 0);
	ck_assert(lab_metric(run, "nDCG@10")->attribution.index == 0);
	ck_assert_str_eq(run->pipeline.comparison.exact_part, "corpus");
	lab_free(run);
	run = lab_do(false, NULL, "embedders.small={\"kind\":\"hash\",\"dim\":64}", "candidate.embedder=small", NULL);
	ck_assert_str_eq(run->pipeline.comparison.exact_part, "embedding and corpus");
	lab_free(run);
	run = lab_do(false, NULL, "candidate.corpus=corpus.jsonl", NULL);
	ck_assert_str_eq(run->pipeline.comparison.exact_part, "embedding");
	lab_free(run);
}
END_TEST

START_TEST(what_cannot_be_split_says_why)
{
	static const struct {
		const char *candidate, *exact, *absent;
	} cases[] = {
		{"{\"run\":\"other.run\"}", "{}", "not split: the candidate is a run file"},
		{"{\"index\":{\"kind\":\"bm25\"}}", "{}", "not split: the candidate searches words"},
		{"{\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\"}}", "{\"budget\":\"0s\"}", "not split: exact.budget is 0"},
	};
	char json[1024];

	lab_collection(30, 12);
	lab_write("other.run", "t01 Q0 d20 1 9 x\nt01 Q0 d01 2 8 x\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(json, sizeof json,
		         "{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":256}},\"baseline\":{},\"candidate\":%s,\"exact\":%s,\"metrics\":[\"nDCG@10\"]," REST "}",
		         cases[i].candidate, cases[i].exact);
		struct lab_run *run = lab_do(false, json, NULL);
		ck_assert_str_eq(lab_metric(run, "nDCG@10")->attribution.absent, cases[i].absent);
		ck_assert(isnan(lab_metric(run, "nDCG@10")->attribution.embedding));
		ck_assert(!isnan(lab_metric(run, "nDCG@10")->attribution.judging));
		lab_free(run);
	}
}
END_TEST

START_TEST(shares_of_judged_documents)
{
	lab_write("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"x\"}\n{\"_id\":\"b\",\"text\":\"x\"}\n{\"_id\":\"c\",\"text\":\"x\"}\n");
	lab_write("queries.jsonl", "{\"_id\":\"t\",\"text\":\"x\"}\n{\"_id\":\"u\",\"text\":\"x\"}\n");
	lab_write("qrels.tsv", "t 0 a 1\nt 0 b 0\nu 0 a 1\n");
	lab_write("old.run", "t Q0 a 1 9 x\nt Q0 b 2 8 x\nu Q0 a 1 9 x\n");
	lab_write("new.run", "t Q0 c 1 9 x\nt Q0 a 2 8 x\nu Q0 c 1 9 x\nu Q0 b 2 8 x\n");
	struct lab_run *run =
		lab_do(false, "{" DATASET ",\"baseline\":{\"run\":\"old.run\"},\"candidate\":{\"run\":\"new.run\"},\"metrics\":[\"RR@2\",\"Judged@2\"]," REST "}", NULL);
	const struct rq_metric_result *metric = lab_metric(run, "RR@2");

	ck_assert_double_eq_tol(metric->judged[RQ_BASELINE], 1, 1e-15);
	ck_assert_double_eq_tol(metric->judged[RQ_CANDIDATE], .25, 1e-15);
	/* t: 1 -> .5, condensed 1 -> 1; u: 1 -> 0, condensed 1 -> 0 */
	ck_assert_double_eq_tol(metric->paired.delta, -.75, 1e-15);
	ck_assert_double_eq_tol(metric->condensed_paired.delta, -.5, 1e-15);
	ck_assert_double_eq_tol(metric->attribution.judging, -.25, 1e-15);
	ck_assert_str_eq(run->pipeline.comparison.topics[0].cause, "a fell from 1 to 2; now above it: c, unjudged");
	ck_assert_str_eq(run->pipeline.comparison.topics[1].cause, "a fell from 1 out of the ranking; now above it: c, unjudged");
	ck_assert_ptr_null(lab_metric(run, "Judged@2")->condensed[RQ_BASELINE]);
	lab_free(run);
}
END_TEST

/* Without a grade 0 a list that is condensed has relevant documents alone, wherever they were. */
START_TEST(with_positives_only_nothing_is_condensed)
{
	lab_write("qrels.tsv", "t 0 a 1\nu 0 a 1\nu 0 b 0\n");
	lab_write("old.run", "t Q0 a 1 9 x\nt Q0 c 2 8 x\nu Q0 a 1 9 x\nu Q0 c 2 8 x\n");
	lab_write("new.run", "t Q0 c 1 9 x\nt Q0 a 2 8 x\nu Q0 c 1 9 x\nu Q0 a 2 8 x\n");
	struct lab_run *run = lab_do(false,
	                             "{\"dataset\":{\"qrels\":\"qrels.tsv\"},\"baseline\":{\"run\":\"old.run\"},\"candidate\":{\"run\":\"new.run\"},"
	                             "\"metrics\":[\"RR@10\"]," REST "}",
	                             NULL);
	const struct rq_metric_result *metric = lab_metric(run, "RR@10");

	ck_assert(metric->condensed[RQ_BASELINE][0] == 1 && metric->condensed[RQ_CANDIDATE][0] == .5);
	ck_assert(metric->condensed[RQ_BASELINE][1] == 1 && metric->condensed[RQ_CANDIDATE][1] == 1);
	lab_free(run);
}
END_TEST

/* The candidate's is the deeper run, and finds more for u. */
START_TEST(a_deeper_run_is_condensed_to_the_depth_of_both)
{
	lab_write("qrels.tsv", "t 0 a 1\nt 0 b 0\nu 0 a 1\nu 0 b 0\n");
	lab_write("old.run", "t Q0 a 1 9 x\nt Q0 c 2 8 x\nu Q0 a 1 9 x\n");
	lab_write("new.run", "t Q0 c 1 9 x\nt Q0 d 2 8 x\nt Q0 e 3 7 x\nt Q0 a 4 6 x\nu Q0 a 1 9 x\nu Q0 c 2 8 x\nu Q0 d 3 7 x\n");
	struct lab_run *run = lab_do(false,
	                             "{\"dataset\":{\"qrels\":\"qrels.tsv\"},\"baseline\":{\"run\":\"old.run\"},\"candidate\":{\"run\":\"new.run\"},"
	                             "\"metrics\":[\"RR@2\"]," REST "}",
	                             NULL);
	const struct rq_metric_result *metric = lab_metric(run, "RR@2");

	ck_assert(metric->condensed[RQ_BASELINE][0] == 1 && metric->condensed[RQ_CANDIDATE][0] == 0); /* a is at 4, and was at 1 */
	ck_assert(metric->condensed[RQ_BASELINE][1] == 1 && metric->condensed[RQ_CANDIDATE][1] == 1);
	ck_assert(metric->judged_of[RQ_BASELINE][0] == .5 && metric->judged_of[RQ_CANDIDATE][0] == 0);
	ck_assert(metric->judged_of[RQ_BASELINE][1] == 1 && metric->judged_of[RQ_CANDIDATE][1] == 1); /* nothing took the place of what was judged */
	ck_assert(metric->judged[RQ_BASELINE] == .75 && metric->judged[RQ_CANDIDATE] == .25);
	lab_free(run);
}
END_TEST

/* Two topics a cluster, and one topic by itself. */
START_TEST(topics_in_clusters_are_compared_as_clusters)
{
	static const size_t of[] = {0, 0, 1, 1, 3}, of_unanswerable[] = {1, 2, 4};
	struct rq_buf queries = {0};
	struct rq_error err;
	struct rq_paired expected;

	lab_collection(30, 5);
	struct rq_buf plain = lab_read("queries.jsonl");
	char *line = plain.data;
	for (size_t i = 0; i < 5; i++, line++) {
		char *end = strchr(line, '\n');
		rq_buf_printf(&queries, "%.*s", (int)(end - line - 1), line);
		rq_buf_printf(&queries, i < 4 ? ", \"cluster\": \"c%zu\"}\n" : "}\n", i / 2);
		line = end;
	}
	rq_buf_puts(&queries, "{\"_id\": \"u0\", \"text\": \"x\", \"answerable\": false, \"cluster\": \"c1\"}\n"
	                      "{\"_id\": \"u1\", \"text\": \"y\", \"answerable\": false, \"cluster\": \"c2\"}\n"
	                      "{\"_id\": \"u2\", \"text\": \"z\", \"answerable\": false}\n");
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	lab_write("other.run", "t00 Q0 d00 1 9 x\nt01 Q0 d02 1 9 x\nt02 Q0 d09 1 9 x\nt02 Q0 d02 2 8 x\nt03 Q0 d04 1 9 x\nt04 Q0 d09 1 9 x\n");
	struct lab_run *run = lab_do(false,
	                             "{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":512}},\"baseline\":{},\"candidate\":{\"run\":\"other.run\"},"
	                             "\"metrics\":[\"RR@10\",\"nDCG@10\"],\"cutoff\":10," REST "}",
	                             NULL);
	const struct rq_metric_result *metric = lab_metric(run, "nDCG@10");

	ck_assert_uint_eq(run->pipeline.comparison.clusters.count, 5);
	ck_assert_mem_eq(run->pipeline.comparison.clusters.of, of, sizeof of);
	ck_assert_mem_eq(run->pipeline.comparison.clusters.of_unanswerable, of_unanswerable, sizeof of_unanswerable);
	ck_assert_str_eq(run->pipeline.comparison.topics[3].cluster, "c1");
	ck_assert(lab_remarked(run, false, "4 of 5 topics are in 2 clusters: what is compared is counted in clusters (3 with the topics that are in none)"));
	ck_assert_int_eq(rq_paired_compare_clustered(&expected, metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], 5, of, 5, &err), RQ_OK);
	ck_assert_uint_eq(metric->paired.groups, 3);
	ck_assert(metric->paired.lower == expected.lower && metric->paired.upper == expected.upper);
	struct rq_paired alone = rq_paired_compare(metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], 5);
	ck_assert(alone.lower != expected.lower);
	ck_assert_uint_eq(metric->condensed_paired.groups, 3);
	lab_free(run);
	rq_buf_release(&plain);
	rq_buf_release(&queries);
}
END_TEST

Suite *attribution_suite(void)
{
	Suite *suite = suite_create("attribution");
	TCase *tests = lab_case("attribution");

	tcase_add_test(tests, a_poor_graph_is_the_index);
	tcase_add_test(tests, fewer_dimensions_are_the_embedding);
	tcase_add_test(tests, both_at_once_are_told_apart);
	tcase_add_test(tests, a_sample_is_split_over_its_topics);
	tcase_add_test(tests, documents_that_are_gone_are_named);
	tcase_add_test(tests, what_cannot_be_split_says_why);
	tcase_add_test(tests, shares_of_judged_documents);
	tcase_add_test(tests, with_positives_only_nothing_is_condensed);
	tcase_add_test(tests, a_deeper_run_is_condensed_to_the_depth_of_both);
	tcase_add_test(tests, topics_in_clusters_are_compared_as_clusters);
	suite_add_tcase(suite, tests);
	return suite;
}
