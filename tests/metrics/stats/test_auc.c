#include "metrics/stats/auc.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-9)

static struct rq_error err;

static struct rq_auc area(const struct rq_two_sets *scores)
{
	struct rq_auc auc;

	ck_assert_int_eq(rq_auc(&auc, scores, &err), RQ_OK);
	return auc;
}

static struct rq_paired change(const struct rq_two_sets scores[RQ_SIDES])
{
	struct rq_paired paired;
	double areas[RQ_SIDES];

	ck_assert_int_eq(rq_auc_compare(&paired, areas, scores, &err), RQ_OK);
	ck_assert(areas[RQ_CANDIDATE] - areas[RQ_BASELINE] == paired.delta || isnan(paired.delta));
	return paired;
}

static const double high[RQ_SIDES][8] = {{3, 5, 5, 7, 8, 9, 4, 6}, {2, 5, 6, 7, 3, 9, 4, 4}}, low[RQ_SIDES][5] = {{1, 2, 3, 5, 4}, {1, 3, 3, 6, 4}};

/* By another program, from the definitions of Mann & Whitney and of DeLong with a comparison of every pair, in fractions. */
START_TEST(areas_and_their_difference)
{
	const struct rq_two_sets scores[RQ_SIDES] = {{.high = high[0], .low = low[0], .high_count = 8, .low_count = 5},
	                                             {.high = high[1], .low = low[1], .high_count = 8, .low_count = 5}};
	struct rq_auc before = area(&scores[0]), after = area(&scores[1]);

	NEAR(before.value, .875);
	NEAR(before.lower, .716593220773744);
	NEAR(before.upper, 1);
	NEAR(after.value, .7125);
	NEAR(after.lower, .45942829780393296);
	NEAR(after.upper, .965571702196067);
	struct rq_paired difference = change(scores);
	ck_assert_uint_eq(difference.n, 5);
	ck_assert(!difference.identical);
	NEAR(difference.delta, -.1625);
	NEAR(difference.lower, -.7470915660860584);
	NEAR(difference.upper, .6298491745849542);
	NEAR(difference.p_worse, .6474183221991634);
}
END_TEST

START_TEST(areas_of_special_sets)
{
	const double infinite[] = {-INFINITY, -INFINITY, 1}, finite[] = {0, 2}, same[] = {3, 3};

	NEAR(area(&(struct rq_two_sets){.high = high[0], .low = high[0], .high_count = 8, .low_count = 8}).value, .5);
	NEAR(area(&(struct rq_two_sets){.high = finite, .low = infinite, .high_count = 2, .low_count = 3}).value,
	     5. / 6); /* nothing found is below everything */
	NEAR(area(&(struct rq_two_sets){.high = infinite, .low = infinite, .high_count = 2, .low_count = 2}).value, .5);
	NEAR(area(&(struct rq_two_sets){.high = same, .low = finite, .high_count = 2, .low_count = 2}).value, 1);
	ck_assert(isnan(area(&(struct rq_two_sets){.high = finite, .low = finite, .high_count = 2, .low_count = 0}).value));
	struct rq_auc one = area(&(struct rq_two_sets){.high = finite, .low = same, .high_count = 2, .low_count = 1});
	ck_assert(one.value == 0 && isnan(one.lower) && isnan(one.upper));
	const struct rq_two_sets few[RQ_SIDES] = {{.high = finite, .low = same, .high_count = 2, .low_count = 1},
	                                          {.high = finite, .low = same, .high_count = 2, .low_count = 1}};
	const struct rq_two_sets equal[RQ_SIDES] = {{.high = high[0], .low = low[0], .high_count = 8, .low_count = 5},
	                                            {.high = high[0], .low = low[0], .high_count = 8, .low_count = 5}};
	ck_assert(isnan(change(few).delta));
	ck_assert(change(equal).identical && change(equal).delta == 0);
}
END_TEST

/* All told apart: .05^(1/5) of 5 pairs, and its mirror where all are told apart the wrong way. Nothing is known of scores that are all the same. */
START_TEST(perfect_separation_is_no_certainty)
{
	static const double above[] = {7, 8, 9, 10, 11, 12}, below[] = {1, 2, 3, 4, 5}, same[] = {3, 3, 3};
	struct rq_auc told = area(&(struct rq_two_sets){.high = above, .low = below, .high_count = 6, .low_count = 5});
	struct rq_auc wrong = area(&(struct rq_two_sets){.high = below, .low = above, .high_count = 5, .low_count = 6});
	struct rq_auc alike = area(&(struct rq_two_sets){.high = same, .low = same, .high_count = 3, .low_count = 3});

	ck_assert(told.value == 1 && told.upper == 1);
	NEAR(told.lower, pow(.05, 1. / 5));
	ck_assert(wrong.value == 0 && wrong.lower == 0);
	NEAR(wrong.upper, 1 - pow(.05, 1. / 5));
	ck_assert(alike.value == .5 && alike.lower == 0 && alike.upper == 1);
}
END_TEST

/* By another program, from Obuchowski's sums over clusters in fractions. */
START_TEST(clusters_widen_an_area)
{
	static const size_t high_cluster[] = {0, 0, 1, 1, 2, 2, 3, 3}, low_cluster[] = {4, 4, 5, 5, 6}, shared[] = {1, 1, 2, 0, 0};
	struct rq_two_sets scores = {.high = high[1], .low = low[1], .high_count = 8, .low_count = 5, .high_cluster = high_cluster,
	                             .low_cluster = low_cluster, .clusters = 7};

	struct rq_auc apart = area(&scores);
	NEAR(apart.value, .7125);
	NEAR(apart.lower, 0.4611098930972448);
	scores.low_cluster = shared;
	scores.clusters = 4;
	NEAR(area(&scores).lower, 0.3154287912887536);
}
END_TEST

/* Each topic twice, as a cluster of its own, tells what it tells once; topics that stand for themselves are clusters of one. */
START_TEST(a_repetition_tells_nothing)
{
	double twice_high[RQ_SIDES][16], twice_low[RQ_SIDES][10];
	size_t high_cluster[16], low_cluster[10], one_high[8], one_low[5];
	struct rq_two_sets once[RQ_SIDES], twice[RQ_SIDES], ones[RQ_SIDES];

	for (size_t i = 0; i < 16; i++)
		high_cluster[i] = i / 2;
	for (size_t i = 0; i < 10; i++)
		low_cluster[i] = 8 + i / 2;
	for (size_t i = 0; i < 8; i++)
		one_high[i] = i;
	for (size_t i = 0; i < 5; i++)
		one_low[i] = 8 + i;
	for (int side = 0; side < RQ_SIDES; side++) {
		for (size_t i = 0; i < 16; i++)
			twice_high[side][i] = high[side][i / 2];
		for (size_t i = 0; i < 10; i++)
			twice_low[side][i] = low[side][i / 2];
		once[side] = ones[side] = (struct rq_two_sets){.high = high[side], .low = low[side], .high_count = 8, .low_count = 5};
		ones[side].high_cluster = one_high;
		ones[side].low_cluster = one_low;
		ones[side].clusters = 13;
		twice[side] = (struct rq_two_sets){twice_high[side], twice_low[side], 16, 10, high_cluster, low_cluster, 13};
	}
	struct rq_paired plain = change(once), same = change(twice), singles = change(ones);
	ck_assert(same.n == 10 && rq_paired_units(&same) == 5 && rq_paired_units(&singles) == 5);
	NEAR(same.delta, plain.delta);
	NEAR(same.lower, plain.lower);
	NEAR(same.upper, plain.upper);
	NEAR(same.p_worse, plain.p_worse);
	ck_assert(singles.lower == plain.lower && singles.upper == plain.upper && singles.p_worse == plain.p_worse);
	for (int side = 0; side < RQ_SIDES; side++)
		twice[side].high_cluster = twice[side].low_cluster = NULL;
	ck_assert(change(twice).lower > same.lower && change(twice).upper < same.upper);
	NEAR(area(&once[0]).lower, area(&ones[0]).lower);
}
END_TEST

enum { HIGH = 200, LOW = 120 };

/* Normal scores that go together on both sides; areas .961 and less by `drop`. */
static struct rq_paired draw(struct rq_random *random, double drop)
{
	static double scores[RQ_SIDES][HIGH + LOW];
	const double before = 2.5, after = sqrt(2) * rq_normal_quantile(rq_normal_cdf(before / sqrt(2)) - drop);

	for (size_t i = 0; i < HIGH + LOW; i++) {
		double shared = rq_random_normal(random), own = rq_random_normal(random);
		scores[RQ_BASELINE][i] = (i < HIGH ? before : 0) + shared;
		scores[RQ_CANDIDATE][i] = (i < HIGH ? after : 0) + .7 * shared + sqrt(.51) * own;
	}
	const struct rq_two_sets sets[RQ_SIDES] = {{.high = scores[0], .low = scores[0] + HIGH, .high_count = HIGH, .low_count = LOW},
	                                           {.high = scores[1], .low = scores[1] + HIGH, .high_count = HIGH, .low_count = LOW}};
	return change(sets);
}

START_TEST(bounds_hold_at_the_margin_and_with_no_drop)
{
	enum { RUNS = 400 };
	struct rq_random random;
	size_t false_pass = 0, false_fail = 0, passed = 0, shown = 0;

	rq_random_seed(&random, 17);
	for (size_t run = 0; run < RUNS; run++) {
		struct rq_paired same = draw(&random, 0), at_margin = draw(&random, .1), beyond = draw(&random, .2);
		false_fail += rq_paired_verdict(&same, .1, same.p_worse) == RQ_FAIL;
		passed += rq_paired_verdict(&same, .1, same.p_worse) == RQ_PASS;
		false_pass += rq_paired_verdict(&at_margin, .1, at_margin.p_worse) == RQ_PASS;
		shown += rq_paired_verdict(&beyond, .1, beyond.p_worse) == RQ_FAIL;
	}
	ck_assert_uint_le(false_pass, RUNS * 5 / 100);
	ck_assert_uint_le(false_fail, RUNS * 5 / 100);
	ck_assert_uint_ge(passed, RUNS * 95 / 100);
	ck_assert_uint_ge(shown, RUNS * 95 / 100);
}
END_TEST

Suite *auc_suite(void)
{
	Suite *suite = suite_create("auc");
	TCase *tests = tcase_create("auc");

	tcase_add_test(tests, areas_and_their_difference);
	tcase_add_test(tests, areas_of_special_sets);
	tcase_add_test(tests, perfect_separation_is_no_certainty);
	tcase_add_test(tests, clusters_widen_an_area);
	tcase_add_test(tests, a_repetition_tells_nothing);
	tcase_add_test(tests, bounds_hold_at_the_margin_and_with_no_drop);
	suite_add_tcase(suite, tests);
	return suite;
}
