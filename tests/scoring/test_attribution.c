/* A difference split into embedding, index and judging: numbers worked out by hand. */
#include "evalcore/scoring/attribution.h"

#include <check.h>
#include <math.h>

/* Four topics of two slices. Topic c was searched exactly by nobody. */
static const double baseline[] = {1, 1, .5, .25}, candidate[] = {.5, 0, .5, 1};
static const double exact_before[] = {1, .5, NAN, .25}, exact_now[] = {.5, .5, NAN, .5};
static const double condensed_before[] = {1, 1, 1, .5}, condensed_now[] = {.5, 1, .5, 1};
static const struct rq_compared_topic topics[] = {
	{.id = "a", .slice = "x"}, {.id = "b", .slice = "y"}, {.id = "c"}, {.id = "d", .slice = "x"}};

static struct rq_metric_result result_of(void)
{
	return (struct rq_metric_result){.is_judged = true,
	                                 .compared = true,
	                                 .per_topic = {baseline, candidate},
	                                 .exact = {exact_before, exact_now},
	                                 .condensed = {condensed_before, condensed_now}};
}

static void attribute(struct rq_metric_result *result, const char *absent, struct rq_arena *arena)
{
	struct rq_error err = {0};

	ck_assert_msg(rq_metric_attribute(result, absent, topics, 4, arena, &err) == RQ_OK, "%s", err.text);
}

START_TEST(parts_add_up_over_the_topics_that_were_searched_exactly)
{
	struct rq_metric_result result = result_of();
	struct rq_arena arena = {0};

	attribute(&result, NULL, &arena);
	ck_assert_uint_eq(result.attribution.topics, 3);
	ck_assert_uint_eq(result.attribution.of, 4);
	ck_assert_double_eq_tol(result.attribution.delta, (-.5 - 1 + .75) / 3, 1e-15);
	ck_assert_double_eq_tol(result.attribution.embedding, (-.5 + 0 + .25) / 3, 1e-15);
	ck_assert_double_eq_tol(result.attribution.index, (0 - 1 + .5) / 3, 1e-15);
	ck_assert(result.attribution.embedding + result.attribution.index == result.attribution.delta);
	/* d - condensed d: -.5 + .5, -1 - 0, 0 + .5, .75 - .5 */
	ck_assert_double_eq_tol(result.attribution.judging, (0 - 1 + .5 + .25) / 4, 1e-15);
	ck_assert_ptr_null(result.attribution.absent);
	rq_arena_release(&arena);
}
END_TEST

START_TEST(slices_are_split_by_themselves)
{
	struct rq_metric_result result = result_of();
	struct rq_arena arena = {0};

	attribute(&result, NULL, &arena);
	ck_assert_uint_eq(result.attribution_slice_count, 2);
	const struct rq_attribution *x = &result.attribution_slices[0], *y = &result.attribution_slices[1];
	ck_assert_str_eq(x->slice, "x");
	ck_assert_double_eq_tol(x->embedding, -.125, 1e-15);
	ck_assert_double_eq_tol(x->index, .25, 1e-15);
	ck_assert_double_eq_tol(x->judging, .125, 1e-15);
	ck_assert_str_eq(y->slice, "y");
	ck_assert_uint_eq(y->topics, 1);
	ck_assert_double_eq_tol(y->index, -1, 1e-15);
	rq_arena_release(&arena);
}
END_TEST

START_TEST(without_exact_values_only_judging_is_told)
{
	struct rq_metric_result result = result_of();
	struct rq_arena arena = {0};

	result.exact[RQ_BASELINE] = NULL;
	attribute(&result, "not split: the baseline is a run file", &arena);
	ck_assert_str_eq(result.attribution.absent, "not split: the baseline is a run file");
	ck_assert(isnan(result.attribution.embedding) && isnan(result.attribution.index) && isnan(result.attribution.delta));
	ck_assert_double_eq_tol(result.attribution.judging, -.0625, 1e-15);
	ck_assert_str_eq(result.attribution_slices[1].absent, "not split: the baseline is a run file");
	rq_arena_release(&arena);
}
END_TEST

START_TEST(a_slice_outside_the_sample_is_not_split)
{
	static const double only_b[] = {NAN, .5, NAN, NAN};
	struct rq_metric_result result = result_of();
	struct rq_arena arena = {0};

	result.exact[RQ_CANDIDATE] = only_b;
	attribute(&result, NULL, &arena);
	ck_assert_uint_eq(result.attribution.topics, 1);
	ck_assert_str_eq(result.attribution_slices[0].absent, "not split: exact search has answered none of its topics");
	ck_assert_ptr_null(result.attribution_slices[1].absent);
	rq_arena_release(&arena);
}
END_TEST

START_TEST(without_condensed_lists_there_is_no_judging)
{
	struct rq_metric_result result = result_of();
	struct rq_arena arena = {0};

	result.condensed[RQ_BASELINE] = result.condensed[RQ_CANDIDATE] = NULL;
	attribute(&result, NULL, &arena);
	ck_assert(isnan(result.attribution.judging));
	ck_assert_double_eq_tol(result.attribution.index, -.5 / 3, 1e-15);
	rq_arena_release(&arena);
}
END_TEST

Suite *attribution_suite(void)
{
	Suite *suite = suite_create("attribution");
	TCase *tests = tcase_create("attribution");

	tcase_add_test(tests, parts_add_up_over_the_topics_that_were_searched_exactly);
	tcase_add_test(tests, slices_are_split_by_themselves);
	tcase_add_test(tests, without_exact_values_only_judging_is_told);
	tcase_add_test(tests, a_slice_outside_the_sample_is_not_split);
	tcase_add_test(tests, without_condensed_lists_there_is_no_judging);
	suite_add_tcase(suite, tests);
	return suite;
}
