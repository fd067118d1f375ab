#include "metrics/stats/rounds.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20, ROUND = 25, TIMES = ROUNDS * ROUND };

static double times[RQ_SIDES][TIMES];
static size_t ends[ROUNDS];
static struct rq_timed timed[RQ_SIDES];

/* Log-normal times; those of a round share a factor on both sides. The candidate's are `factor` times as long. */
static void draw(struct rq_random *random, double factor, double shared)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		double slow = exp(shared * rq_random_normal(random));
		ends[i] = (i + 1) * ROUND;
		for (int side = 0; side < RQ_SIDES; side++)
			for (size_t j = 0; j < ROUND; j++)
				times[side][i * ROUND + j] = slow * (side == RQ_CANDIDATE ? factor : 1) * exp(.5 * rq_random_normal(random));
	}
	for (int side = 0; side < RQ_SIDES; side++)
		timed[side] = (struct rq_timed){.seconds = times[side], .count = TIMES, .ends = ends, .rounds = ROUNDS};
}

static struct rq_ratio ratio_of(double quantile)
{
	struct rq_ratio ratio;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_quantile_ratio(&ratio, timed, quantile, 1, &err), RQ_OK);
	return ratio;
}

static int by_value(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* The same with the times of a resample written out and sorted. */
static struct rq_ratio slow_ratio(double quantile)
{
	static double drawn[RQ_SIDES][TIMES], logs[RQ_RATIO_RESAMPLES];
	struct rq_random random;
	double mean = 0, squares = 0, found[RQ_SIDES];
	struct rq_ratio ratio = {.rounds = ROUNDS};

	rq_random_seed(&random, 1);
	for (size_t i = 0; i <= RQ_RATIO_RESAMPLES; i++) {
		for (size_t j = 0; j < ROUNDS; j++) {
			size_t round = i == RQ_RATIO_RESAMPLES ? j : rq_random_below(&random, ROUNDS);
			for (int side = 0; side < RQ_SIDES; side++)
				memcpy(&drawn[side][j * ROUND], &times[side][round * ROUND], ROUND * sizeof(double));
		}
		for (int side = 0; side < RQ_SIDES; side++) {
			qsort(drawn[side], TIMES, sizeof(double), by_value);
			found[side] = rq_quantile(drawn[side], TIMES, quantile);
		}
		ratio.value = found[RQ_CANDIDATE] / found[RQ_BASELINE];
		if (i < RQ_RATIO_RESAMPLES)
			mean += (logs[i] = log(ratio.value)) / RQ_RATIO_RESAMPLES;
	}
	for (size_t i = 0; i < RQ_RATIO_RESAMPLES; i++)
		squares += (logs[i] - mean) * (logs[i] - mean);
	double width = 1.729132811521367 * sqrt(squares / (RQ_RATIO_RESAMPLES - 1)); /* t(.95, 19), as tables have it */
	ratio.lower = ratio.value * exp(-width);
	ratio.upper = ratio.value * exp(width);
	return ratio;
}

START_TEST(the_ratio_is_that_of_written_out_resamples)
{
	static const double quantiles[] = {.5, .95, .99};
	struct rq_random random;

	rq_random_seed(&random, 5);
	for (size_t i = 0; i < 3; i++) {
		draw(&random, 1.3, .2);
		struct rq_ratio fast = ratio_of(quantiles[i]), slow = slow_ratio(quantiles[i]);
		ck_assert_double_eq(fast.value, slow.value);
		ck_assert_double_eq_tol(fast.lower, slow.lower, 1e-9);
		ck_assert_double_eq_tol(fast.upper, slow.upper, 1e-9);
		ck_assert_uint_eq(fast.rounds, ROUNDS);
	}
}
END_TEST

/* At the limit itself a PASS and a FAIL are both wrong, and each may happen in 5 % of runs. */
START_TEST(bounds_miss_as_rarely_as_they_say)
{
	static const double quantiles[] = {.5, .99};
	enum { RUNS = 300 };
	struct rq_random random;

	rq_random_seed(&random, 11);
	for (size_t i = 0; i < 2; i++) {
		size_t passed = 0, failed = 0, shown = 0;
		for (size_t run = 0; run < RUNS; run++) {
			draw(&random, 1.2, .3);
			struct rq_ratio ratio = ratio_of(quantiles[i]);
			passed += ratio.upper <= 1.2;
			failed += ratio.lower > 1.2;
			shown += ratio.lower > .6;
		}
		ck_assert_uint_le(passed, RUNS * 8 / 100);
		ck_assert_uint_le(failed, RUNS * 8 / 100);
		ck_assert_uint_ge(shown, RUNS * 99 / 100); /* twice the limit is seen */
	}
}
END_TEST

START_TEST(ratios_that_have_no_bounds)
{
	struct rq_random random;

	rq_random_seed(&random, 3);
	draw(&random, 1, .3);
	for (size_t i = 0; i < TIMES; i++)
		times[RQ_CANDIDATE][i] = 1.5 * times[RQ_BASELINE][i];
	struct rq_ratio ratio = ratio_of(.99); /* in every resample */
	ck_assert_double_eq_tol(ratio.lower, 1.5, 1e-12);
	ck_assert_double_eq_tol(ratio.upper, 1.5, 1e-12);

	timed[RQ_BASELINE].rounds = RQ_RATIO_ROUNDS - 1;
	timed[RQ_BASELINE].count = (RQ_RATIO_ROUNDS - 1) * ROUND;
	ratio = ratio_of(.5);
	ck_assert_uint_eq(ratio.rounds, RQ_RATIO_ROUNDS - 1);
	ck_assert(isfinite(ratio.value) && isinf(ratio.lower) && isinf(ratio.upper));
	draw(&random, 1, .3);
	for (size_t i = 0; i < 6; i++) /* more than 1 of 100 failed */
		times[RQ_CANDIDATE][i] = INFINITY;
	ck_assert(isinf(ratio_of(.99).value) && isfinite(ratio_of(.5).upper));
	memcpy(times[RQ_BASELINE], times[RQ_CANDIDATE], sizeof *times);
	ck_assert(isnan(ratio_of(.99).value));
	timed[RQ_CANDIDATE] = (struct rq_timed){0};
	ck_assert(isnan(ratio_of(.5).value));
}
END_TEST

/* Beyond 1,000 rounds neighbours are joined. */
START_TEST(many_rounds)
{
	enum { MANY = 2500 };
	static double many[RQ_SIDES][MANY];
	static size_t each[MANY];
	struct rq_random random;

	rq_random_seed(&random, 9);
	for (size_t i = 0; i < MANY; i++) {
		each[i] = i + 1;
		many[RQ_BASELINE][i] = exp(rq_random_normal(&random));
		many[RQ_CANDIDATE][i] = 2 * exp(rq_random_normal(&random));
	}
	for (int side = 0; side < RQ_SIDES; side++)
		timed[side] = (struct rq_timed){.seconds = many[side], .count = MANY, .ends = each, .rounds = MANY};
	struct rq_ratio ratio = ratio_of(.5);
	ck_assert_uint_eq(ratio.rounds, 1000);
	ck_assert(ratio.lower < 2 && 2 < ratio.upper && ratio.upper / ratio.lower < 1.3);
}
END_TEST

Suite *rounds_suite(void)
{
	Suite *suite = suite_create("rounds");
	TCase *tests = tcase_create("rounds");

	tcase_add_test(tests, the_ratio_is_that_of_written_out_resamples);
	tcase_add_test(tests, bounds_miss_as_rarely_as_they_say);
	tcase_add_test(tests, ratios_that_have_no_bounds);
	tcase_add_test(tests, many_rounds);
	suite_add_tcase(suite, tests);
	return suite;
}
