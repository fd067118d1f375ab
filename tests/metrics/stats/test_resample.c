/* Sign flips and BCa intervals, against exact enumeration, published data, and plain loops over the same random numbers. */
#include "metrics/stats/resample.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOPICS_MAXIMUM = 1000, METRICS_MAXIMUM = 9 };

static void resample(struct rq_resampled *results, const double *d, size_t n, size_t metrics, uint64_t seed)
{
	ck_assert_int_eq(rq_resample(results, d, n, metrics, seed, NULL), RQ_OK);
}

/* Share of all 2^n sign patterns whose sum is as far from 0 as the observed one. */
static double exact_p(const double *d, size_t n)
{
	size_t extreme = 0;
	double observed = 0;

	for (size_t i = 0; i < n; i++)
		observed += d[i];
	for (size_t signs = 0; signs < (size_t)1 << n; signs++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += signs >> i & 1 ? d[i] : -d[i];
		extreme += fabs(sum) >= fabs(observed) - 1e-9;
	}
	return (double)extreme / (double)((size_t)1 << n);
}

/* Student 1908's sleep data, hours / 10, as in the test of the paired t; and Darwin's maize, eighths of an inch / 100, of which 1,726 of the 32,768
 * patterns are as far out (Fisher 1935, The Design of Experiments, section 21: p = .05267). */
START_TEST(p_is_that_of_all_patterns)
{
	static const double sleep[] = {-.12, -.24, -.13, -.13, 0, -.1, -.18, -.08, -.46, -.14};
	static const double maize[] = {.49, -.67, .08, .16, .06, .23, .28, .41, .14, .29, .56, .24, .75, .60, -.48};
	struct rq_resampled result;

	ck_assert_double_eq_tol(exact_p(maize, 15), 1726. / 32768, 1e-12);
	resample(&result, maize, 15, 1, 1);
	ck_assert_double_eq_tol(result.p, 1726. / 32768, 4 * sqrt(.0527 * .9473 / 9999));
	ck_assert_double_eq_tol(exact_p(sleep, 10), 4. / 1024, 1e-12);
	resample(&result, sleep, 10, 1, 1);
	ck_assert_double_eq_tol(result.p, 4. / 1024, 4 * sqrt(.0039 * .9961 / 9999));
}
END_TEST

/* The law school data of Efron & Tibshirani 1993 (table 3.1), LSAT / 1000 and GPA / 4, and a skewed set of topics. Bounds of the mean by another
 * program: Python's generator, 2,000,000 resamples. Plain percentiles of the skewed one would be -.117 and .192. */
START_TEST(intervals_of_the_law_school_data)
{
	static const double law[15][2] = {
		{.576, 3.39 / 4}, {.635, 3.30 / 4}, {.558, 2.81 / 4}, {.578, 3.03 / 4}, {.666, 3.44 / 4},
		{.580, 3.07 / 4}, {.555, 3.00 / 4}, {.661, 3.43 / 4}, {.651, 3.36 / 4}, {.605, 3.13 / 4},
		{.653, 3.12 / 4}, {.575, 2.74 / 4}, {.545, 2.76 / 4}, {.572, 2.88 / 4}, {.594, 2.96 / 4},
	};
	static const double skewed[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -.5, -.2};
	struct rq_resampled results[2];

	resample(results, &law[0][0], 15, 2, 1);
	ck_assert_double_eq_tol(results[0].lower, .5842, .0007);
	ck_assert_double_eq_tol(results[0].upper, .618733, .0007);
	ck_assert_double_eq_tol(results[1].lower, 2.996 / 4, .001);
	ck_assert_double_eq_tol(results[1].upper, 3.196 / 4, .001);
	resample(results, skewed, 12, 1, 1);
	ck_assert_double_eq_tol(results[0].lower, -.091667, .009);
	ck_assert_double_eq_tol(results[0].upper, .25, .009);
}
END_TEST

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Topic after topic, resample after resample, on the same streams. */
static struct rq_resampled slow(const double *d, size_t n, size_t metrics, uint64_t seed)
{
	static double sums[RQ_RESAMPLES];
	static uint32_t draws[TOPICS_MAXIMUM];
	struct rq_random stream;
	double total = 0, scale = 0, below = 0, squares = 0, cubes = 0;
	size_t extreme = 1;

	for (size_t i = 0; i < n; i++) {
		total += d[i * metrics];
		scale += fabs(d[i * metrics]);
	}
	for (size_t r = 0; r < RQ_RESAMPLES; r++) {
		double sum = 0;
		uint64_t word = 0;
		rq_random_stream(&stream, seed, r);
		for (size_t i = 0; i < n; i++) {
			word = i % 64 == 0 ? rq_random_u64(&stream) : word >> 1;
			sum += word & 1 ? d[i * metrics] : -d[i * metrics];
		}
		extreme += fabs(sum) >= fabs(total) - 1e-11 * scale;
		rq_random_stream(&stream, seed, RQ_RESAMPLES + r);
		rq_random_indices(draws, n, &stream, (uint32_t)n);
		sums[r] = 0;
		for (size_t i = 0; i < n; i++)
			sums[r] += d[draws[i] * metrics];
		below += sums[r] < total - 1e-11 * scale ? 1 : sums[r] <= total + 1e-11 * scale ? .5 : 0;
	}
	for (size_t i = 0; i < n; i++) {
		double off = d[i * metrics] - total / (double)n;
		squares += off * off;
		cubes += off * off * off;
	}
	qsort(sums, RQ_RESAMPLES, sizeof *sums, by_value);
	double z0 = rq_normal_quantile(below / RQ_RESAMPLES), a = cubes / (6 * pow(squares, 1.5)), z = 1.6448536269514722;
	double low = rq_normal_cdf(z0 + (z0 - z) / (1 - a * (z0 - z))), high = rq_normal_cdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
	return (struct rq_resampled){.p = (double)extreme / 10000,
	                             .lower = sums[(size_t)floor(10000 * low) - 1] / (double)n,
	                             .upper = sums[9999 - (size_t)floor(10000 * (1 - high))] / (double)n};
}

static void fill(double *d, size_t n, size_t metrics, struct rq_random *random)
{
	for (size_t i = 0; i < n * metrics; i++)
		d[i] = rq_random_unit(random) < .6 ? (double)rq_random_below(random, 21) / 10 - .9 : 0;
}

START_TEST(all_metrics_are_those_of_plain_loops)
{
	static const size_t sizes[] = {20, 63, 64, 65, 201};
	static double d[TOPICS_MAXIMUM * METRICS_MAXIMUM];
	struct rq_resampled results[METRICS_MAXIMUM];
	struct rq_random random;

	rq_random_seed(&random, 4);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		size_t n = sizes[k], metrics = 1 + 2 * k;
		fill(d, n, metrics, &random);
		resample(results, d, n, metrics, k);
		for (size_t metric = 0; metric < metrics; metric++) {
			struct rq_resampled expected = slow(d + metric, n, metrics, k);
			ck_assert_double_eq_tol(results[metric].p, expected.p, 1e-12);
			ck_assert_double_eq_tol(results[metric].lower, expected.lower, 1e-12);
			ck_assert_double_eq_tol(results[metric].upper, expected.upper, 1e-12);
		}
	}
}
END_TEST

START_TEST(threads_and_other_metrics_change_no_digit)
{
	static double d[TOPICS_MAXIMUM * METRICS_MAXIMUM], one[TOPICS_MAXIMUM];
	struct rq_resampled results[METRICS_MAXIMUM], again[METRICS_MAXIMUM], alone;
	struct rq_random random;
	int all = rq_threads();

	rq_random_seed(&random, 6);
	fill(d, TOPICS_MAXIMUM, METRICS_MAXIMUM, &random);
	resample(results, d, TOPICS_MAXIMUM, METRICS_MAXIMUM, 2);
	for (int threads = 1; threads <= 5; threads += 2) {
		rq_threads_set(threads);
		resample(again, d, TOPICS_MAXIMUM, METRICS_MAXIMUM, 2);
		ck_assert_mem_eq(results, again, sizeof results);
	}
	rq_threads_set(all);
	for (size_t i = 0; i < TOPICS_MAXIMUM; i++)
		one[i] = d[i * METRICS_MAXIMUM + 5];
	resample(&alone, one, TOPICS_MAXIMUM, 1, 2);
	ck_assert_mem_eq(&alone, &results[5], sizeof alone);
	resample(again, d, TOPICS_MAXIMUM, METRICS_MAXIMUM, 3);
	ck_assert_double_ne(again[0].p, results[0].p);
}
END_TEST

/* The interval of -d is that of d turned round, p is the same. */
START_TEST(either_side_is_treated_alike)
{
	static double d[200], turned[200];
	struct rq_resampled result, mirror;
	struct rq_random random;

	rq_random_seed(&random, 8);
	fill(d, 200, 1, &random);
	for (size_t i = 0; i < 200; i++)
		turned[i] = -d[i];
	resample(&result, d, 200, 1, 1);
	resample(&mirror, turned, 200, 1, 1);
	ck_assert_double_eq(result.p, mirror.p);
	ck_assert_double_eq(result.lower, -mirror.upper);
	ck_assert_double_eq(result.upper, -mirror.lower);
}
END_TEST

START_TEST(edges_have_plain_answers)
{
	static const double nothing[] = {0, 0, 0, 0}, same[] = {-.25, -.25, -.25, -.25, -.25, -.25, -.25, -.25},
						mixed[] = {.1, NAN, .2, .3, INFINITY, -.4};
	struct rq_resampled results[2];

	resample(results, nothing, 4, 1, 1);
	ck_assert(results[0].p == 1 && results[0].lower == 0 && results[0].upper == 0);
	resample(results, same, 8, 1, 1);
	ck_assert_double_eq_tol(results[0].p, 2. / 256, 4 * sqrt(.0078 / 9999));
	ck_assert(results[0].lower == -.25 && results[0].upper == -.25);
	resample(results, same, 1, 1, 1);
	ck_assert(results[0].p == 1 && isnan(results[0].lower) && isnan(results[0].upper));
	resample(results, NULL, 0, 2, 1);
	ck_assert(isnan(results[0].p) && isnan(results[1].p) && isnan(results[0].lower) && isnan(results[1].upper));
	/* topic-major: the second metric has what is no number, the first ends in infinity */
	resample(results, mixed, 3, 2, 1);
	ck_assert(isnan(results[0].p) && isnan(results[1].p) && isnan(results[0].upper));
	resample(results, mixed, 2, 2, 1);
	ck_assert_double_eq_tol(results[0].p, .5, .025);
	ck_assert(isfinite(results[0].lower) && isnan(results[1].p) && isnan(results[1].lower));
}
END_TEST

Suite *resample_suite(void)
{
	Suite *suite = suite_create("resample");
	TCase *resamples = tcase_create("resamples");

	tcase_set_timeout(resamples, 120);
	tcase_add_test(resamples, p_is_that_of_all_patterns);
	tcase_add_test(resamples, intervals_of_the_law_school_data);
	tcase_add_test(resamples, all_metrics_are_those_of_plain_loops);
	tcase_add_test(resamples, threads_and_other_metrics_change_no_digit);
	tcase_add_test(resamples, either_side_is_treated_alike);
	tcase_add_test(resamples, edges_have_plain_answers);
	suite_add_tcase(suite, resamples);
	return suite;
}
