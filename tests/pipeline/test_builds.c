/* An index that is built several times: its scores are means, and its interval counts what changes from build to build. */
#include "laboratory.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define SPREAD "\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}}"
#define REST "\"metrics\":[\"RR@10\",\"nDCG@10\",\"ann_recall@10\"],\"cutoff\":10,\"latency\":{\"samples\":0},\"gates\":[]"
#define POOR "\"kind\":\"faiss\",\"factory\":\"HNSW4,Flat\",\"build\":\"efConstruction=4\",\"search\":\"efSearch=4\""

enum { DOCUMENTS = 600, TOPICS = 20, BUILDS = 5 };

static const char one_side[] = "{" DATASET "," SPREAD ",\"baseline\":{\"index\":{\"kind\":\"exact\"}},\"candidate\":{\"index\":{" POOR
							   ",\"builds\":5}}," REST "}";
static const char both_sides[] = "{" DATASET "," SPREAD ",\"baseline\":{\"index\":{" POOR ",\"builds\":5}},\"candidate\":{\"index\":{\"search\":"
								 "\"efSearch=5\"}}," REST "}";
static const char *const names[] = {"RR@10", "nDCG@10", "ann_recall@10"};

static void collect(void)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_npy("c.npy", DOCUMENTS, 24, 1);
	lab_npy("t.npy", TOPICS, 24, 2);
}

/* What each of the builds answers, as a run of its own: the same config with one build and its seed. */
static void run_each(struct lab_run *runs[BUILDS], const char *side)
{
	char seed[64], builds[64];

	for (int build = 0; build < BUILDS; build++) {
		snprintf(seed, sizeof seed, "%s.index.seed=%d", side, build + 1);
		snprintf(builds, sizeof builds, "%s.index.builds=1", side);
		runs[build] = lab_do(false, NULL, seed, builds, NULL);
	}
}

START_TEST(values_are_means_over_runs_with_one_build)
{
	struct lab_run *each[BUILDS];

	collect();
	struct lab_run *run = lab_do(true, one_side, NULL);
	run_each(each, "candidate");
	for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
		const struct rq_metric_result *metric = lab_metric(run, names[m]);
		const struct rq_builds *builds = &metric->builds[RQ_CANDIDATE];
		double sum = 0, squares = 0, low = 1, high = 0;
		ck_assert_uint_eq(builds->count, BUILDS);
		ck_assert_uint_eq(metric->builds[RQ_BASELINE].count, 0);
		for (size_t i = 0; i < TOPICS; i++) {
			double mean = 0;
			for (int build = 0; build < BUILDS; build++) {
				double own = lab_metric(each[build], names[m])->per_topic[RQ_CANDIDATE][i];
				ck_assert(builds->values[build][i] == own);
				mean += own / BUILDS;
			}
			ck_assert_double_eq_tol(metric->per_topic[RQ_CANDIDATE][i], mean, 1e-15);
		}
		for (int build = 0; build < BUILDS; build++) {
			double own = lab_metric(each[build], names[m])->value[RQ_CANDIDATE];
			ck_assert_double_eq_tol(builds->means[build], own, 1e-15);
			sum += own;
			squares += own * own;
			low = fmin(low, own);
			high = fmax(high, own);
		}
		double variance = (squares - sum * sum / BUILDS) / (BUILDS - 1);
		ck_assert_double_gt(variance, 0);
		ck_assert_double_eq_tol(builds->deviation, sqrt(variance), 1e-12);
		ck_assert_double_eq_tol(builds->lowest, low, 1e-15);
		ck_assert_double_eq_tol(builds->highest, high, 1e-15);
		ck_assert_double_eq_tol(metric->value[RQ_CANDIDATE], sum / BUILDS, 1e-12);
		ck_assert_double_eq_tol(metric->paired.build_variance, variance / BUILDS, 1e-12);
		struct rq_paired plain = rq_paired_compare(metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], TOPICS);
		ck_assert(metric->paired.delta == plain.delta && metric->paired.lower < plain.lower && metric->paired.upper > plain.upper);
		ck_assert(!metric->paired.identical);
	}
	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].index, "faiss HNSW4,Flat efConstruction=4 efSearch=4, 5 builds");
	ck_assert(lab_remarked(run, false,
	                       "candidate: the index was built 5 times, each with the next seed; scores are means over the builds and intervals count what "
	                       "changes between them, so the verdict is of the method and not of one lucky build; rankings, causes and times are those of the "
	                       "first"));
	for (int build = 0; build < BUILDS; build++)
		lab_free(each[build]);
	lab_free(run);
}
END_TEST

/* Build i of one side stands beside build i of the other: their differences are what varies. */
START_TEST(two_sides_vary_together)
{
	collect();
	struct lab_run *run = lab_do(true, both_sides, NULL);
	const struct rq_metric_result *metric = lab_metric(run, "nDCG@10");
	double differences[BUILDS];

	for (int build = 0; build < BUILDS; build++)
		differences[build] = metric->builds[RQ_CANDIDATE].means[build] - metric->builds[RQ_BASELINE].means[build];
	double deviation = rq_builds_deviation(differences, BUILDS);
	ck_assert_double_gt(deviation, 0);
	ck_assert_double_eq_tol(metric->paired.build_variance, deviation * deviation / BUILDS, 1e-15);
	ck_assert_uint_eq(metric->paired.builds, BUILDS);
	lab_free(run);
}
END_TEST

/* Answers are kept one by one: further builds are added to those that are there. */
START_TEST(builds_are_cached_by_seed)
{
	collect();
	struct lab_run *first = lab_do(true, one_side, NULL);
	ck_assert_str_eq(lab_cache_use(first, "candidate.builds"), "4 of 4 built");
	ck_assert_uint_eq(lab_count_files("cache/index"), 1);
	struct lab_run *second = lab_do(true, NULL, NULL);
	ck_assert_str_eq(lab_cache_use(second, "candidate.builds"), "0 of 4 built");
	const struct rq_metric_result *a = lab_metric(first, "nDCG@10"), *b = lab_metric(second, "nDCG@10");
	ck_assert(a->paired.lower == b->paired.lower && a->paired.upper == b->paired.upper && a->value[RQ_CANDIDATE] == b->value[RQ_CANDIDATE]);
	struct lab_run *more = lab_do(true, NULL, "candidate.index.builds=7", NULL);
	ck_assert_str_eq(lab_cache_use(more, "candidate.builds"), "2 of 6 built");
	lab_free(first);
	lab_free(second);
	lab_free(more);
}
END_TEST

/* Each build of a candidate that is its baseline answers as the baseline's does, whatever builds have among themselves. */
START_TEST(nothing_changed_is_no_change)
{
	collect();
	struct lab_run *run = lab_do(true, both_sides, "candidate={}", NULL);
	for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
		const struct rq_metric_result *metric = lab_metric(run, names[m]);
		ck_assert_double_gt(metric->builds[RQ_CANDIDATE].deviation, 0);
		ck_assert(metric->paired.identical && metric->paired.delta == 0);
	}
	lab_free(run);
	run = lab_do(true, both_sides, NULL);
	ck_assert(!lab_metric(run, "RR@10")->paired.identical);
	lab_free(run);
}
END_TEST

/* A second build tells nothing that the interval has not; and a first build's condensed lists are no part of a difference of means. */
START_TEST(builds_are_their_own_self_test)
{
	collect();
	struct lab_run *run = lab_load(true, both_sides, NULL);
	run->pipeline.self_test = true;
	ck_assert_int_eq(rq_pipeline_run(&run->pipeline, &run->err), RQ_OK);
	ck_assert_str_eq(run->pipeline.comparison.self_test.absent,
	                 "not needed: the baseline's index is built several times, and intervals count what changes between builds");
	ck_assert_ptr_null(lab_metric(run, "RR@10")->condensed[RQ_BASELINE]);
	ck_assert(isnan(lab_metric(run, "RR@10")->attribution.judging));
	lab_free(run);
}
END_TEST

/* An exact search has no seed, and inherits what the baseline says. */
START_TEST(nothing_random_is_one_build)
{
	collect();
	struct lab_run *run = lab_do(true, one_side, "candidate.index={\"kind\": \"exact\", \"builds\": 5}", NULL);
	ck_assert_uint_eq(lab_metric(run, "nDCG@10")->builds[RQ_CANDIDATE].count, 0);
	ck_assert_uint_eq(lab_metric(run, "nDCG@10")->paired.builds, 0);
	ck_assert(lab_metric(run, "nDCG@10")->paired.identical);
	lab_free(run);
}
END_TEST

Suite *builds_suite(void)
{
	Suite *suite = suite_create("builds");
	TCase *tests = lab_case("builds");

	tcase_add_test(tests, values_are_means_over_runs_with_one_build);
	tcase_add_test(tests, two_sides_vary_together);
	tcase_add_test(tests, builds_are_cached_by_seed);
	tcase_add_test(tests, nothing_changed_is_no_change);
	tcase_add_test(tests, builds_are_their_own_self_test);
	tcase_add_test(tests, nothing_random_is_one_build);
	suite_add_tcase(suite, tests);
	return suite;
}
