/* Slices against the plain comparison of each, gathered by hand, and Benjamini & Hochberg's definition. */
#include "metrics/stats/slices.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { TOPICS = 200 };

static struct rq_compared_topic topics[TOPICS];
static double values[RQ_SIDES][TOPICS];
static struct rq_metric_result metric;
static struct rq_comparison comparison;
static struct rq_arena arena;
static struct rq_slice_difference *slices;
static size_t count;

/* Slices in no order, of different sizes; every 7th topic has none, every 11th no value on either side. */
static void set_up(void)
{
	static const char *const names[] = {"search", "billing", "api", "ops", "zone"};
	struct rq_random random;

	rq_random_seed(&random, 3);
	for (size_t i = 0; i < TOPICS; i++) {
		size_t which = rq_random_below(&random, 13);
		topics[i].slice = i % 7 == 0 ? NULL : names[which < 4 ? 0 : which < 7 ? 1 : which < 10 ? 2 : which < 12 ? 3 : 4];
		for (int side = 0; side < RQ_SIDES; side++)
			values[side][i] = i % 11 == 0 ? NAN : rq_random_unit(&random) * (side == RQ_CANDIDATE && which < 4 ? .6 : 1);
	}
	metric = (struct rq_metric_result){.per_topic = {values[0], values[1]}, .compared = true};
	comparison = (struct rq_comparison){.topics = topics, .topic_count = TOPICS, .metrics = &metric, .metric_count = 1};
}

static void tear_down(void)
{
	rq_arena_release(&arena);
}

static void compare(size_t minimum)
{
	struct rq_error err = {0};

	ck_assert_msg(rq_slices_compare(&slices, &count, &metric, &comparison, minimum, &arena, &err) == RQ_OK, "%s", err.text);
}

static struct rq_paired plain(const char *name)
{
	double gathered[RQ_SIDES][TOPICS];
	size_t n = 0;

	for (size_t i = 0; i < TOPICS; i++)
		if (topics[i].slice != NULL && strcmp(topics[i].slice, name) == 0 && !isnan(values[0][i])) {
			gathered[0][n] = values[0][i];
			gathered[1][n++] = values[1][i];
		}
	return rq_paired_compare(gathered[0], gathered[1], n);
}

START_TEST(each_slice_is_compared_by_itself)
{
	static const char *const sorted[] = {"api", "billing", "ops", "search", "zone"};

	compare(1);
	ck_assert_uint_eq(count, 5);
	for (size_t i = 0; i < count; i++) {
		struct rq_paired expected = plain(sorted[i]);
		ck_assert_str_eq(slices[i].slice, sorted[i]);
		ck_assert_uint_eq(slices[i].paired.n, expected.n);
		ck_assert_double_eq(slices[i].paired.delta, expected.delta);
		ck_assert_double_eq(slices[i].paired.lower, expected.lower);
		ck_assert_double_eq(slices[i].paired.upper, expected.upper);
		ck_assert_double_eq(slices[i].paired.p_worse, expected.p_worse);
		ck_assert_double_eq_tol(slices[i].mean[RQ_CANDIDATE] - slices[i].mean[RQ_BASELINE], expected.delta, 1e-12);
	}
}
END_TEST

/* q of the i-th: the least m p / rank over those with a p as large. */
static double defined(size_t i, size_t minimum)
{
	double q = 1;
	size_t family = 0;

	for (size_t j = 0; j < count; j++)
		family += slices[j].paired.n >= minimum;
	for (size_t j = 0; j < count; j++) {
		size_t rank = 0;
		if (slices[j].paired.n < minimum || slices[j].paired.p_worse < slices[i].paired.p_worse)
			continue;
		for (size_t k = 0; k < count; k++)
			rank += slices[k].paired.n >= minimum && slices[k].paired.p_worse <= slices[j].paired.p_worse;
		q = fmin(q, (double)family * slices[j].paired.p_worse / (double)rank);
	}
	return q;
}

/* A cluster may have topics in several slices: in each it is one cluster. */
START_TEST(topics_in_clusters_count_as_such)
{
	static size_t of[TOPICS];
	double gathered[RQ_SIDES][TOPICS];
	size_t cluster_of[TOPICS], n = 0;
	struct rq_paired expected;
	struct rq_error err = {0};

	for (size_t i = 0; i < TOPICS; i++)
		of[i] = i / 3;
	comparison.clusters = (struct rq_clusters){.of = of, .count = TOPICS / 3 + 1};
	compare(1);
	ck_assert_str_eq(slices[3].slice, "search");
	for (size_t i = 0; i < TOPICS; i++)
		if (topics[i].slice != NULL && strcmp(topics[i].slice, "search") == 0 && !isnan(values[0][i])) {
			gathered[0][n] = values[0][i];
			gathered[1][n] = values[1][i];
			cluster_of[n++] = i / 3;
		}
	ck_assert(rq_paired_compare_clustered(&expected, gathered[0], gathered[1], n, cluster_of, TOPICS / 3 + 1, &err) == RQ_OK);
	ck_assert_uint_lt(expected.groups, n);
	ck_assert_uint_eq(slices[3].paired.groups, expected.groups);
	ck_assert_double_eq(slices[3].paired.lower, expected.lower);
	ck_assert_double_eq(slices[3].paired.p_worse, expected.p_worse);
	ck_assert_double_ne(slices[3].paired.lower, plain("search").lower);
}
END_TEST

START_TEST(only_slices_of_enough_topics_are_one_of_the_family)
{
	compare(1);
	size_t smallest = SIZE_MAX, told = 0;
	for (size_t i = 0; i < count; i++)
		smallest = slices[i].paired.n < smallest ? slices[i].paired.n : smallest;
	for (size_t minimum = smallest; minimum <= smallest + 1; minimum++) {
		compare(minimum);
		for (size_t i = 0; i < count; i++) {
			ck_assert_int_eq(isnan(slices[i].q), slices[i].paired.n < minimum);
			if (!isnan(slices[i].q))
				ck_assert_double_eq_tol(slices[i].q, defined(i, minimum), 1e-15);
			told += slices[i].q <= RQ_FALSE_DISCOVERIES;
			ck_assert_int_eq(slices[i].q <= RQ_FALSE_DISCOVERIES, strcmp(slices[i].slice, "search") == 0);
		}
	}
	ck_assert_uint_eq(told, 2);
}
END_TEST

START_TEST(topics_without_slices_have_none)
{
	for (size_t i = 0; i < TOPICS; i++)
		topics[i].slice = i == 0 || i == 11 ? "unmeasured" : NULL;
	compare(1);
	ck_assert_uint_eq(count, 0);
	comparison.topic_count = 0;
	compare(1);
	ck_assert_uint_eq(count, 0);
}
END_TEST

Suite *slices_suite(void)
{
	Suite *suite = suite_create("slices");
	TCase *tests = tcase_create("slices");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, each_slice_is_compared_by_itself);
	tcase_add_test(tests, topics_in_clusters_count_as_such);
	tcase_add_test(tests, only_slices_of_enough_topics_are_one_of_the_family);
	tcase_add_test(tests, topics_without_slices_have_none);
	suite_add_tcase(suite, tests);
	return suite;
}
