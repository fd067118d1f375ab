#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES_MAXIMUM = 1000 };

/* 1, 2, 3 ...: a value is its own rank */
static const double *ranks(void)
{
	static double values[SAMPLES_MAXIMUM];

	for (size_t i = 0; i < SAMPLES_MAXIMUM; i++)
		values[i] = (double)(i + 1);
	return values;
}

START_TEST(a_quantile_is_an_order_statistic)
{
	const double *sorted = ranks();

	ck_assert_double_eq(rq_quantile(sorted, 1000, .99), 990);
	ck_assert_double_eq(rq_quantile(sorted, 1000, .5), 500);
	ck_assert_double_eq(rq_quantile(sorted, 7, .5), 4);
	ck_assert_double_eq(rq_quantile(sorted, 1, .99), 1);
	ck_assert_double_eq(rq_quantile(sorted, 10, 0), 1);
	ck_assert_double_eq(rq_quantile(sorted, 10, 1), 10);
	ck_assert(isnan(rq_quantile(sorted, 0, .5)));
	/* ceil(q n) in whole numbers for every q of two digits */
	for (size_t percent = 1; percent < 100; percent++)
		for (size_t n = 1; n <= SAMPLES_MAXIMUM; n++)
			ck_assert_double_eq(rq_quantile(sorted, n, (double)percent / 100), (double)((percent * n + 99) / 100));
}
END_TEST

START_TEST(bounds_of_the_99th_percentile)
{
	const double *sorted = ranks();
	double lower, upper;

	/* By exact fractions: P(Bin(1000, .99) <= 995) = .97131 and <= 994: .93386; P(>= 985) = .95213 and >= 986: .91759. */
	ck_assert(rq_quantile_bounds(&lower, &upper, sorted, 1000, .99));
	ck_assert_double_eq(upper, 996);
	ck_assert_double_eq(lower, 985);
	/* 1 - .99^298 = .94996, 1 - .99^299 = .95046 */
	ck_assert(!rq_quantile_bounds(&lower, &upper, sorted, 298, .99));
	ck_assert(isinf(upper) && upper > 0 && isfinite(lower));
	ck_assert(rq_quantile_bounds(&lower, &upper, sorted, 299, .99));
	ck_assert_double_eq(upper, 299);
	/* The median of 5: 1 - 2^-5 = .969 */
	ck_assert(rq_quantile_bounds(&lower, &upper, sorted, 5, .5));
	ck_assert(lower == 1 && upper == 5);
	ck_assert(!rq_quantile_bounds(&lower, &upper, sorted, 4, .5));
	ck_assert(lower == -INFINITY && upper == INFINITY);
	ck_assert(!rq_quantile_bounds(&lower, &upper, sorted, 0, .5));
	ck_assert(lower == -INFINITY && upper == INFINITY);
}
END_TEST

/* P(Binomial(n, q) <= k), summed */
static double slow_binomial(size_t n, double q, size_t k)
{
	long double sum = 0;

	for (size_t i = 0; i <= k; i++)
		sum += expl(lgammal((long double)n + 1) - lgammal((long double)i + 1) - lgammal((long double)(n - i) + 1) + (long double)i * logl(q) +
		            (long double)(n - i) * log1pl(-(long double)q));
	return (double)sum;
}

START_TEST(bounds_agree_with_summed_tails)
{
	const double *sorted = ranks();
	struct rq_random random;

	rq_random_seed(&random, 11);
	for (int round = 0; round < 60; round++) {
		size_t n = 1 + rq_random_below(&random, 300), high = n + 1, low = 0;
		double q = .02 + .97 * rq_random_unit(&random), lower, upper;
		for (size_t r = n; r >= 1; r--) {
			double below = slow_binomial(n, q, r - 1);
			high = below >= .95 ? r : high;
			low = low == 0 && 1 - below >= .95 ? r : low;
		}
		ck_assert_int_eq(rq_quantile_bounds(&lower, &upper, sorted, n, q), high <= n);
		ck_assert_double_eq(upper, high <= n ? (double)high : INFINITY);
		ck_assert_double_eq(lower, low > 0 ? (double)low : -INFINITY);
	}
}
END_TEST

/* By sums of binomial probabilities with 40 digits (mpmath): the coverage of the rank is at least 95 %, that of the next one nearer is not. The closest:
 * P = .950015 and .949809 at n = 1,000,000, q = .5. */
START_TEST(bounds_of_large_samples)
{
	static const struct {
		size_t n;
		double q, lower, upper;
	} table[] = {
		{10000, .95, 9464, 9537}, {10000, .5, 4918, 5083}, {100000, .99, 98948, 99052}, {1000000, .99, 989836, 990164},
		{1000000, .999, 998948, 999053}, {1000000, .5, 499178, 500823},
	};
	double *sorted = malloc(1000000 * sizeof *sorted), lower, upper;

	for (size_t i = 0; i < 1000000; i++)
		sorted[i] = (double)(i + 1);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		ck_assert(rq_quantile_bounds(&lower, &upper, sorted, table[i].n, table[i].q));
		ck_assert_double_eq(lower, table[i].lower);
		ck_assert_double_eq(upper, table[i].upper);
	}
	free(sorted);
}
END_TEST

/* t(.95; 2) = 2.919986: 4 s +- 2.919986 x 2 / sqrt 3 */
START_TEST(a_rate_has_the_bounds_of_the_mean_time)
{
	static const double seconds[] = {2, 4, 6}, uneven[] = {1, 9};
	double lower, upper;

	ck_assert_double_eq_tol(rq_rate(&lower, &upper, seconds, 3), .25, 1e-12);
	ck_assert_double_eq_tol(lower, 1 / 7.371710, 1e-7);
	ck_assert_double_eq_tol(upper, 1 / .628290, 1e-5);
	ck_assert_double_eq_tol(rq_rate(&lower, &upper, uneven, 2), .2, 1e-12);
	ck_assert_double_gt(lower, 0);
	ck_assert_double_eq(upper, INFINITY); /* the mean may be next to nothing */
	ck_assert_double_eq(rq_rate(&lower, &upper, seconds, 1), .5);
	ck_assert(lower == -INFINITY && upper == INFINITY);
	ck_assert(isnan(rq_rate(&lower, &upper, seconds, 0)));
}
END_TEST

/* The share of samples whose bounds lie on the right side of the true rate, for times as skewed as waiting times are. */
START_TEST(bounds_of_a_rate_hold_what_they_promise)
{
	struct rq_random random;
	double seconds[200], lower, upper;
	size_t below = 0, above = 0, rounds = 4000;

	rq_random_seed(&random, 5);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < 200; i++)
			seconds[i] = .01 - .02 * log(1 - rq_random_unit(&random)); /* mean .03 s */
		rq_rate(&lower, &upper, seconds, 200);
		below += lower <= 1 / .03;
		above += upper >= 1 / .03;
	}
	ck_assert_double_eq_tol((double)below / (double)rounds, .95, .025);
	ck_assert_double_eq_tol((double)above / (double)rounds, .95, .025);
}
END_TEST

Suite *quantile_suite(void)
{
	Suite *suite = suite_create("quantile");
	TCase *quantile = tcase_create("quantile");

	tcase_add_test(quantile, a_quantile_is_an_order_statistic);
	tcase_add_test(quantile, bounds_of_the_99th_percentile);
	tcase_add_test(quantile, bounds_agree_with_summed_tails);
	tcase_add_test(quantile, bounds_of_large_samples);
	tcase_add_test(quantile, a_rate_has_the_bounds_of_the_mean_time);
	tcase_add_test(quantile, bounds_of_a_rate_hold_what_they_promise);
	suite_add_tcase(suite, quantile);
	return suite;
}
