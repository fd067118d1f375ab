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

	ck_assert_int_eq(rq_auc_compare(&paired, scores, &err), RQ_OK);
	return paired;
}

static const double high[RQ_SIDES][8] = {{3, 5, 5, 7, 8, 9, 4, 6}, {2, 5, 6, 7, 3, 9, 4, 4}}, low[RQ_SIDES][5] = {{1, 2, 3, 5, 4}, {1, 3, 3, 6, 4}};

/* By another program, from the definitions of Mann & Whitney and of DeLong with a comparison of every pair, in fractions. */
START_TEST(areas_and_their_difference)
{
	const struct rq_two_sets scores[RQ_SIDES] = {{high[0], low[0], 8, 5}, {high[1], low[1], 8, 5}};
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

	NEAR(area(&(struct rq_two_sets){high[0], high[0], 8, 8}).value, .5);
	NEAR(area(&(struct rq_two_sets){finite, infinite, 2, 3}).value, 5. / 6); /* nothing found is below everything */
	NEAR(area(&(struct rq_two_sets){infinite, infinite, 2, 2}).value, .5);
	NEAR(area(&(struct rq_two_sets){same, finite, 2, 2}).value, 1);
	ck_assert(isnan(area(&(struct rq_two_sets){finite, finite, 2, 0}).value));
	struct rq_auc one = area(&(struct rq_two_sets){finite, same, 2, 1});
	ck_assert(one.value == 0 && isnan(one.lower) && isnan(one.upper));
	const struct rq_two_sets few[RQ_SIDES] = {{finite, same, 2, 1}, {finite, same, 2, 1}}, equal[RQ_SIDES] = {{high[0], low[0], 8, 5}, {high[0], low[0], 8, 5}};
	ck_assert(isnan(change(few).delta));
	ck_assert(change(equal).identical && change(equal).delta == 0);
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
	const struct rq_two_sets sets[RQ_SIDES] = {{scores[0], scores[0] + HIGH, HIGH, LOW}, {scores[1], scores[1] + HIGH, HIGH, LOW}};
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
	tcase_add_test(tests, bounds_hold_at_the_margin_and_with_no_drop);
	suite_add_tcase(suite, tests);
	return suite;
}
