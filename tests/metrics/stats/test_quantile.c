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

START_TEST(times_by_how_long_they_are)
{
	const double seconds[] = {1e-7, 1e-6, 1.0000001e-6, .0047, .00470001, 100, 101, INFINITY};
	struct rq_histogram histogram = rq_histogram_of(seconds, 8);

	for (size_t i = 0; i + 1 < RQ_HISTOGRAM_BINS; i++) /* E6: neighbours differ by the sixth root of ten, rounded to two digits */
		ck_assert_msg(fabs(rq_histogram_bounds[i + 1] / rq_histogram_bounds[i] / pow(10, 1 / 6.) - 1) < .03, "bound %zu", i);
	ck_assert(rq_histogram_bounds[22] == .0047 && rq_histogram_bounds[RQ_HISTOGRAM_BINS - 1] == 100);
	ck_assert(histogram.counts[0] == 2 && histogram.counts[1] == 1 && histogram.counts[22] == 1 && histogram.counts[23] == 1);
	ck_assert(histogram.counts[RQ_HISTOGRAM_BINS - 1] == 1 && histogram.counts[RQ_HISTOGRAM_BINS] == 1);
	ck_assert(histogram.count == 8 && histogram.failed == 1);
	ck_assert_double_eq_tol(histogram.sum, 201.0094021, 1e-7);
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

/* By sums of binomial probabilities with 40 digits (mpmath): the coverage of the rank is at least 95 %, that of the next one nearer is not. The
 * closest: P = .950015 and .949809 at n = 1,000,000, q = .5. */
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

/* t(.95; 299.5) = 1.649967. 300 times of 1 s and 3 s in turn with 1.5 of 3 s: mean 605 / 301.5 s, squares 1513.5. With 1.5 of 0 s: mean 600 / 301.5
 * s. */
START_TEST(a_rate_has_the_bounds_of_the_mean_time)
{
	double seconds[300], lower, upper;

	for (size_t i = 0; i < 300; i++)
		seconds[i] = i % 2 == 0 ? 1 : 3;
	ck_assert_double_eq_tol(rq_rate(&lower, &upper, seconds, 300), .5, 1e-12);
	double above = 604.5 / 301.5, below = 600 / 301.5;
	ck_assert_double_eq_tol(1 / lower, above + 1.649967 * sqrt((1513.5 - 301.5 * above * above) / 300.5 / 301.5), 1e-5);
	ck_assert_double_eq_tol(1 / upper, below - 1.649967 * sqrt((1500 - 301.5 * below * below) / 300.5 / 301.5), 1e-5);
	ck_assert_double_eq(rq_rate(&lower, &upper, seconds, 298), .5);
	ck_assert(lower == -INFINITY && isfinite(upper) && upper > .5); /* too few to pass, not to fail */
	ck_assert_double_eq(rq_rate(&lower, &upper, seconds, 1), 1);
	ck_assert(lower == -INFINITY && upper == INFINITY);
	ck_assert(isnan(rq_rate(&lower, &upper, seconds, 0)));
}
END_TEST

/* The probability that of n times, of which each is 10,000 times as long as the others with probability `share`, the lower bound lies above the true
 * rate. */
static double false_pass(size_t n, double share)
{
	double *seconds = malloc(n * sizeof *seconds), lower, upper, sum = 0, before = 0;

	ck_assert_ptr_nonnull(seconds);
	for (size_t i = 0; i < n; i++)
		seconds[i] = .001;
	for (size_t slow = 0; slow <= n; slow++) {
		double until = slow_binomial(n, share, slow);
		rq_rate(&lower, &upper, seconds, n);
		sum += lower > 1 / (.001 + share * 9.999) ? until - before : 0;
		before = until;
		if (slow < n)
			seconds[slow] = 10;
	}
	free(seconds);
	return sum;
}

START_TEST(a_rate_with_rare_long_times_passes_by_mistake_in_less_than_5_percent)
{
	static const struct {
		size_t n;
		double share, at_least;
	} cells[] = {{299, .01, .04}, {299, .02, .01}, {299, .05, .02},  {299, .2, .02}, {500, .01, 0},
	             {500, .1, .03},  {1000, .005, 0}, {1000, .01, .02}, {1000, .1, .03}};

	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		double rate = false_pass(cells[i].n, cells[i].share);
		ck_assert_msg(rate <= .05 && rate >= cells[i].at_least, "n %zu, share %g: false PASS %.4f", cells[i].n, cells[i].share, rate);
	}
	ck_assert_double_eq(false_pass(100, .02), 0); /* too few to pass at all */
}
END_TEST

Suite *quantile_suite(void)
{
	Suite *suite = suite_create("quantile");
	TCase *quantile = tcase_create("quantile");

	tcase_add_test(quantile, a_quantile_is_an_order_statistic);
	tcase_add_test(quantile, times_by_how_long_they_are);
	tcase_add_test(quantile, bounds_of_the_99th_percentile);
	tcase_add_test(quantile, bounds_agree_with_summed_tails);
	tcase_add_test(quantile, bounds_of_large_samples);
	tcase_add_test(quantile, a_rate_has_the_bounds_of_the_mean_time);
	tcase_add_test(quantile, a_rate_with_rare_long_times_passes_by_mistake_in_less_than_5_percent);
	suite_add_tcase(suite, quantile);
	return suite;
}
