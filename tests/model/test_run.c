#include "evalcore/base/random.h"
#include "evalcore/model/run.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* METRICS: score descending; equal scores by document id, bytes, descending. */
START_TEST(equal_scores_go_by_id_descending)
{
	struct rq_scored_document documents[] = {{"d1", 1}, {"d10", 2}, {"d9", 2}, {"\xC3\xA4", 2}, {"d2", INFINITY}, {"d3", -INFINITY}};
	const char *expected[] = {"d2", "\xC3\xA4", "d9", "d10", "d1", "d3"};

	rq_ranking_sort(documents, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(documents[i].document, expected[i]);
}
END_TEST

/* Rank of a document by counting those that stand before it: the definition itself. */
static size_t rank_by_counting(const struct rq_scored_document *documents, size_t count, size_t of)
{
	size_t before = 0;

	for (size_t i = 0; i < count; i++)
		before += documents[i].score > documents[of].score ||
		          (documents[i].score == documents[of].score && strcmp(documents[i].document, documents[of].document) > 0);
	return before;
}

START_TEST(sorting_agrees_with_counting)
{
	struct rq_random random;
	char names[64][24];

	rq_random_seed(&random, (uint64_t)_i);
	struct rq_scored_document documents[64] = {0}, sorted[64];
	size_t count = rq_random_below(&random, 65);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof names[i], "d%zu", i);
		documents[i] = (struct rq_scored_document){names[i], (double)rq_random_below(&random, 8) / 4};
	}
	memcpy(sorted, documents, sizeof sorted);
	rq_ranking_sort(sorted, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_eq(sorted[rank_by_counting(documents, count, i)].document, documents[i].document);
	memcpy(documents, sorted, sizeof documents);
	rq_ranking_sort(sorted, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_eq(sorted[i].document, documents[i].document);
}
END_TEST

START_TEST(rankings_are_found_by_topic)
{
	struct rq_ranking rankings[] = {{.topic = "1"}, {.topic = "10"}, {.topic = "2"}};
	struct rq_run run = {.rankings = rankings, .count = 3};

	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(rq_run_find(&run, rankings[i].topic), &rankings[i]);
	ck_assert_ptr_null(rq_run_find(&run, "11"));
	rq_run_release(&run);
	ck_assert_ptr_null(rq_run_find(&run, "1"));
}
END_TEST

START_TEST(rankings_are_alike_to_a_cutoff)
{
	struct rq_scored_document one[] = {{"a", 3}, {"b", 2}, {"c", 1}}, other[] = {{"a", 9}, {"b", 8}, {"d", 7}};
	struct rq_ranking rankings[] = {{.topic = "1", .documents = one, .count = 3}};
	struct rq_ranking changed = {.documents = other, .count = 3}, shorter = {.documents = one, .count = 2}, failed = {.documents = one, .count = 3, .failed = true};
	const struct rq_run run = {.rankings = rankings, .count = 1};
	const struct rq_ranking *first = rq_run_answer(&run, "1"), *none = rq_run_answer(&run, "2");

	ck_assert_ptr_eq(first, &rankings[0]);
	ck_assert(none->count == 0 && !none->failed);
	ck_assert(rq_rankings_alike(first, first, 0) && rq_rankings_alike(none, none, 5));
	ck_assert(rq_rankings_alike(first, &changed, 2) && !rq_rankings_alike(first, &changed, 3) && !rq_rankings_alike(first, &changed, 0));
	ck_assert(rq_rankings_alike(first, &shorter, 2) && !rq_rankings_alike(first, &shorter, 3) && !rq_rankings_alike(first, &shorter, 0));
	ck_assert(!rq_rankings_alike(first, &failed, 0) && !rq_rankings_alike(first, none, 1));
}
END_TEST

Suite *run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *tests = tcase_create("run");

	tcase_add_test(tests, equal_scores_go_by_id_descending);
	tcase_add_loop_test(tests, sorting_agrees_with_counting, 0, 50);
	tcase_add_test(tests, rankings_are_found_by_topic);
	tcase_add_test(tests, rankings_are_alike_to_a_cutoff);
	suite_add_tcase(suite, tests);
	return suite;
}
