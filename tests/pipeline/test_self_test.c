/* The baseline against itself: what is built and searched again, what of it is kept, and what of a search elsewhere. */
#include "laboratory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define HASH "\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":512}}"
#define SPREAD "\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}}"
#define REST "\"metrics\":[\"RR@10\",\"nDCG@10\"],\"cutoff\":10,\"latency\":{\"samples\":0},\"gates\":[]"
#define POOR "{\"kind\":\"faiss\",\"factory\":\"HNSW4,Flat\",\"build\":\"efConstruction=4\",\"search\":\"efSearch=4\"}"

enum { DOCUMENTS = 600, TOPICS = 20 };

static const char poor[] = "{" DATASET "," SPREAD ",\"baseline\":{\"index\":" POOR "},\"candidate\":{}," REST "}";

static void collect(void)
{
	lab_self_test = true;
	lab_collection(DOCUMENTS, TOPICS);
	lab_npy("c.npy", DOCUMENTS, 24, 1);
	lab_npy("t.npy", TOPICS, 24, 2);
}

static const struct rq_self_test *test_of(const struct lab_run *run)
{
	return &run->pipeline.comparison.self_test;
}

static size_t count_stages(const struct lab_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->pipeline.comparison.stage_count; i++)
		count += strcmp(run->pipeline.comparison.stage_seconds[i].name, "self_test") == 0;
	return count;
}

/* Its values are those that a run with the next seed has. */
START_TEST(a_second_build_is_that_of_the_next_seed)
{
	collect();
	struct lab_run *run = lab_do(true, poor, NULL), *other = lab_do(false, NULL, "baseline.index.seed=2", NULL);
	const struct rq_metric_result *again = &test_of(run)->metrics[1], *seeded = lab_metric(other, "nDCG@10");

	ck_assert_ptr_null(test_of(run)->absent);
	ck_assert_str_eq(test_of(run)->how, "a second build of the baseline's index");
	ck_assert_uint_gt(test_of(run)->changed, TOPICS / 2);
	ck_assert_str_eq(again->name, "nDCG@10");
	for (size_t i = 0; i < TOPICS; i++) {
		ck_assert(again->per_topic[RQ_CANDIDATE][i] == seeded->per_topic[RQ_BASELINE][i]);
		ck_assert(again->per_topic[RQ_BASELINE][i] == lab_metric(run, "nDCG@10")->per_topic[RQ_BASELINE][i]);
	}
	ck_assert_uint_eq(again->paired.n, TOPICS);
	ck_assert(!again->paired.identical);
	lab_free(run);
	lab_free(other);
}
END_TEST

START_TEST(its_answers_are_kept_and_its_index_is_not)
{
	collect();
	struct lab_run *first = lab_do(true, poor, NULL);
	size_t indexes = lab_count_files("cache/index");

	ck_assert_uint_eq(indexes, 1);
	ck_assert_str_eq(lab_cache_use(first, "baseline.self_test"), "built; answers searched");
	ck_assert_uint_eq(count_stages(first), 1);
	struct lab_run *second = lab_do(true, NULL, NULL);
	ck_assert_str_eq(lab_cache_use(second, "baseline.self_test"), "cached");
	ck_assert_uint_eq(test_of(second)->changed, test_of(first)->changed);
	for (size_t i = 0; i < TOPICS; i++)
		ck_assert(test_of(first)->metrics[0].per_topic[RQ_CANDIDATE][i] == test_of(second)->metrics[0].per_topic[RQ_CANDIDATE][i]);
	ck_assert_uint_eq(lab_count_files("cache/index"), 1);
	lab_free(first);
	lab_free(second);
	/* another baseline is tested for itself */
	struct lab_run *other = lab_do(true, NULL, "baseline.index.seed=5", NULL);
	ck_assert_str_eq(lab_cache_use(other, "baseline.self_test"), "built; answers searched");
	lab_free(other);
}
END_TEST

START_TEST(an_exact_search_is_the_same_again)
{
	collect();
	struct lab_run *run = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{\"index\":" POOR "}," REST "}", NULL);

	ck_assert_str_eq(test_of(run)->how, "a second search of the baseline");
	ck_assert_uint_eq(test_of(run)->changed, 0);
	ck_assert(test_of(run)->metrics[0].paired.identical);
	ck_assert_str_eq(lab_cache_use(run, "baseline.self_test"), "searched");
	lab_free(run);
}
END_TEST

START_TEST(where_it_is_not_made_that_is_said)
{
	static const struct {
		bool asked;
		const char *baseline, *absent;
	} cases[] = {{true, "{\"run\":\"old.run\"}", "not possible: the baseline is a run file"},
	             {true, "{\"index\":{\"kind\":\"bm25\"}}", "not needed: the baseline searches words, alike each time"},
	             {false, "{}", "not asked for"}};
	char json[1024];

	collect();
	lab_write("old.run", "t00 Q0 d20 1 9 x\nt01 Q0 d01 2 8 x\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lab_self_test = cases[i].asked;
		snprintf(json, sizeof json,
		         "{" DATASET "," HASH ",\"baseline\":%s,\"candidate\":{\"embedder\":\"hash\",\"index\":{\"kind\":\"exact\"}}," REST "}",
		         cases[i].baseline);
		struct lab_run *run = lab_do(false, json, "dataset.missing_topics=warn", NULL);
		ck_assert_str_eq(test_of(run)->absent, cases[i].absent);
		ck_assert_ptr_null(test_of(run)->metrics);
		ck_assert_uint_eq(count_stages(run), 0);
		lab_free(run);
	}
}
END_TEST

#define ELSEWHERE "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{}," REST "}"

START_TEST(a_service_is_asked_twice)
{
	behaviour = (struct behaviour){0};
	collect();
	struct lab_run *run = do_elsewhere(ELSEWHERE, true);

	ck_assert_uint_eq(behaviour.asked, 3 * TOPICS);
	ck_assert_uint_eq(behaviour.closed, 2);
	ck_assert_str_eq(test_of(run)->how, "a second search of the baseline");
	ck_assert_uint_eq(test_of(run)->changed, 0);
	lab_free(run);
}
END_TEST

START_TEST(a_service_that_answers_differently_is_found)
{
	behaviour = (struct behaviour){.tires = TOPICS};
	collect();
	struct lab_run *run = do_elsewhere(ELSEWHERE, true);

	ck_assert_uint_eq(test_of(run)->changed, TOPICS);
	ck_assert_double_lt(test_of(run)->metrics[0].paired.delta, -.3);
	lab_free(run);
}
END_TEST

START_TEST(a_failure_of_the_second_search_is_none_of_the_run)
{
	behaviour = (struct behaviour){.fails_later = "t03", .max_failed = 5};
	collect();
	struct lab_run *run = do_elsewhere(ELSEWHERE, true);
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	/* the third search, the candidate's, meets it as well: one failure, and that is the candidate's */
	ck_assert_uint_eq(comparison->failures.count, 1);
	ck_assert_str_eq(comparison->failures.items[0].side, "candidate");
	ck_assert_uint_eq(test_of(run)->changed, 1);
	ck_assert_double_eq_tol(test_of(run)->metrics[0].paired.delta, -1. / TOPICS, 1e-12);
	lab_free(run);
}
END_TEST

Suite *self_test_suite(void)
{
	Suite *suite = suite_create("self_test");
	TCase *tests = lab_case("self_test");

	tcase_add_test(tests, a_second_build_is_that_of_the_next_seed);
	tcase_add_test(tests, its_answers_are_kept_and_its_index_is_not);
	tcase_add_test(tests, an_exact_search_is_the_same_again);
	tcase_add_test(tests, where_it_is_not_made_that_is_said);
	tcase_add_test(tests, a_service_is_asked_twice);
	tcase_add_test(tests, a_service_that_answers_differently_is_found);
	tcase_add_test(tests, a_failure_of_the_second_search_is_none_of_the_run);
	suite_add_tcase(suite, tests);
	return suite;
}
