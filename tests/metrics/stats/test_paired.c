#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define NEAR(a, b) ck_assert_double_eq_tol(a, b, 1e-11)

enum { TOPICS_MAXIMUM = 4000 };

static double zeros[TOPICS_MAXIMUM], differences[TOPICS_MAXIMUM];

/* `first` topics differ by `a`, the next `second` by `b`, the rest of n by `c`. */
static struct rq_paired compare_groups(size_t n, size_t first, double a, size_t second, double b, double c)
{
	ck_assert(n <= TOPICS_MAXIMUM && first + second <= n);
	for (size_t i = 0; i < n; i++)
		differences[i] = i < first ? a : i < first + second ? b : c;
	return rq_paired_compare(zeros, differences, n);
}

/* 100 topics: 6 fall by .5, 4 rise by .25, 90 stay. S = -3 + 1 = -2; Q = 6 x .25 + 4 x .0625 = 1.75; Delta = -.02; N = 101.5.
 *   L: m = (-2 - 1.5)/101.5 = -.0344828; s^2 = (1.75 + 1.5 - 101.5 x .0344828^2)/100.5 = (3.25 - .1206897)/100.5 = .0311374;
 *      s/sqrt(N) = .0175149; t(.95, 100.5) = 1.6601571; L = -.0344828 - 1.6601571 x .0175149 = -.0635603
 *   U: m = (-2 + 1.5)/101.5 = -.0049261; s^2 = (3.25 - .0024631)/100.5 = .0323138; s/sqrt(N) = .0178427;
 *      U = -.0049261 + 1.6601571 x .0178427 = .0246956; p = P(T >= .0049261/.0178427) = P(T >= .27609) = .391525
 * More digits by mpmath, by its own t quantile. */
START_TEST(a_small_loss_is_inconclusive_as_by_hand)
{
	struct rq_paired paired = compare_groups(100, 6, -.5, 4, .25, 0);

	ck_assert_uint_eq(paired.n, 100);
	ck_assert(paired.losses == 6 && paired.wins == 4 && paired.ties == 90);
	NEAR(paired.sum, -2);
	NEAR(paired.sum_squares, 1.75);
	NEAR(paired.delta, -.02);
	NEAR(paired.lower, -.0635602845051);
	NEAR(paired.upper, .0246956055505);
	NEAR(paired.p_worse, .391524818028601);
	ck_assert(!paired.identical);
	/* n_min: 50 for .07, 55 for .064, 56 for .063 */
	ck_assert_int_eq(rq_paired_verdict(&paired, .07, paired.p_worse), RQ_PASS);
	ck_assert_int_eq(rq_paired_verdict(&paired, .064, paired.p_worse), RQ_PASS);
	ck_assert_int_eq(rq_paired_verdict(&paired, .063, paired.p_worse), RQ_INCONCLUSIVE);
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, paired.p_worse), RQ_INCONCLUSIVE);
}
END_TEST

/* 200 topics: 20 fall by .5. S = -10, Q = 5, Delta = -.05, N = 201.5.
 *   L: m = -11.5/201.5 = -.0570720; s^2 = (6.5 - .6563275)/200.5 = .0291455; L = -.0570720 - 1.6524889 x .0120267 = -.0769460
 *   U: m = -8.5/201.5 = -.0421836; s^2 = (6.5 - .3585608)/200.5 = .0306306; U = -.0421836 + 1.6524889 x .0123294 = -.0218095
 *   p = P(T >= .0421836/.0123294) = P(T >= 3.42140) = .000377487 */
START_TEST(a_shown_loss_fails_as_by_hand)
{
	struct rq_paired paired = compare_groups(200, 20, -.5, 0, 0, 0);

	NEAR(paired.lower, -.0769460285097);
	NEAR(paired.upper, -.0218094999094);
	NEAR(paired.p_worse, .000377487254722189);
	ck_assert_int_eq(rq_paired_verdict(&paired, .05, paired.p_worse), RQ_FAIL);
	/* the family's Holm adjustment may take it back */
	ck_assert_int_eq(rq_paired_verdict(&paired, .05, .05), RQ_FAIL);
	ck_assert_int_eq(rq_paired_verdict(&paired, .05, .0501), RQ_INCONCLUSIVE);
	ck_assert_int_eq(rq_paired_verdict(&paired, .05, NAN), RQ_INCONCLUSIVE);
	/* a real loss, but within a wide margin */
	ck_assert_int_eq(rq_paired_verdict(&paired, .077, paired.p_worse), RQ_PASS);
	ck_assert_int_eq(rq_paired_verdict(&paired, .0769, paired.p_worse), RQ_FAIL);
}
END_TEST

START_TEST(every_condition_of_the_rule_counts)
{
	struct rq_paired paired = {.n = 350, .delta = -.005, .lower = -.0099, .upper = -.001};

	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_PASS);
	paired.n = 349; /* n_min = 350, so not PASS; Delta = -margin/2 exactly, so FAIL */
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_FAIL);
	paired.delta = -.0049; /* Delta > -margin/2 */
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_INCONCLUSIVE);
	paired.delta = -.02;
	paired.upper = 0; /* U < 0 is strict */
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_INCONCLUSIVE);
	paired.n = 350;
	paired.lower = -.01; /* L > -margin is strict */
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_INCONCLUSIVE);
	paired.lower = paired.upper = paired.delta = NAN;
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, 0), RQ_INCONCLUSIVE);
}
END_TEST

START_TEST(identical_rankings_pass_at_any_n)
{
	struct rq_paired paired = compare_groups(3, 0, 0, 0, 0, 0);

	ck_assert_int_eq(rq_paired_verdict(&paired, .01, paired.p_worse), RQ_INCONCLUSIVE);
	paired.identical = true;
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, paired.p_worse), RQ_PASS);
	paired = compare_groups(0, 0, 0, 0, 0, 0); /* nothing is not a proof of anything */
	paired.identical = true;
	ck_assert_int_eq(rq_paired_verdict(&paired, .01, paired.p_worse), RQ_INCONCLUSIVE);
	ck_assert(isnan(paired.delta));
}
END_TEST

START_TEST(extremes_have_finite_bounds)
{
	struct rq_paired paired = compare_groups(50, 50, 1, 0, 0, 0);

	NEAR(paired.upper, 1);
	NEAR(paired.p_worse, 1);
	paired = compare_groups(50, 50, -1, 0, 0, 0);
	NEAR(paired.lower, -1);
	ck_assert_int_eq(rq_paired_verdict(&paired, .1, paired.p_worse), RQ_FAIL);
	paired = compare_groups(0, 0, 0, 0, 0, 0);
	NEAR(paired.lower, -1);
	NEAR(paired.upper, 1);
	NEAR(paired.p_worse, 1);
	paired = compare_groups(1, 1, -1, 0, 0, 0);
	ck_assert(paired.lower >= -1 - 1e-12 && isfinite(paired.upper) && isfinite(paired.p_worse));
}
END_TEST

/* The slow version: topics and pseudo-topics as weighted values, in two passes. */
static double slow_bound(size_t n, double pseudo, int side, double *p)
{
	long double weight = (long double)n + 1.5L, sum = 1.5L * pseudo, squares;

	for (size_t i = 0; i < n; i++)
		sum += differences[i];
	long double mean = sum / weight;
	squares = 1.5L * (pseudo - mean) * (pseudo - mean);
	for (size_t i = 0; i < n; i++)
		squares += (differences[i] - mean) * (differences[i] - mean);
	double error = (double)sqrtl(squares / (weight - 1) / weight);
	*p = 1 - rq_t_cdf(-(double)mean / error, (double)weight - 1);
	return (double)mean + side * rq_t_quantile(.95, (double)weight - 1) * error;
}

START_TEST(bounds_agree_with_the_slow_version)
{
	struct rq_random random;

	rq_random_seed(&random, 5);
	for (int round = 0; round < 500; round++) {
		size_t n = 1 + rq_random_below(&random, 300);
		double churn = rq_random_unit(&random), p, ignored;
		for (size_t i = 0; i < n; i++)
			differences[i] = rq_random_unit(&random) < churn ? 2 * rq_random_unit(&random) - 1 : 0;
		struct rq_paired paired = rq_paired_compare(zeros, differences, n);
		NEAR(paired.lower, fmaxl(-1, slow_bound(n, -1, -1, &ignored)));
		NEAR(paired.upper, fminl(1, slow_bound(n, 1, 1, &p)));
		NEAR(paired.p_worse, p);
		ck_assert_uint_eq(paired.wins + paired.ties + paired.losses, n);
		/* U < 0 and p <= .05 are the same statement */
		ck_assert_int_eq(paired.upper < 0, paired.p_worse < .05);
	}
}
END_TEST

/* Student 1908, the sleep data, as R's t.test(paired = TRUE) prints it: t = -4.0621, df = 9, p = .002833. Hours / 10: d must lie within [-1, 1]. */
START_TEST(the_paired_t_is_students)
{
	static const double first[] = {.07, -.16, -.02, -.12, -.01, .34, .37, .08, 0, .2}, second[] = {.19, .08, .11, .01, -.01, .44, .55, .16, .46, .34};
	struct rq_paired paired = rq_paired_compare(second, first, 10);

	ck_assert_double_eq_tol(paired.t, -4.0621, .00005);
	ck_assert_double_eq(paired.t_df, 9);
	ck_assert_double_eq_tol(paired.t_p, .002833, .0000005);
	ck_assert(paired.losses == 9 && paired.ties == 1);
	paired = rq_paired_compare(second, first, 1);
	ck_assert(isnan(paired.t) && isnan(paired.t_df) && isnan(paired.t_p));
	paired = compare_groups(40, 40, -.1, 0, 0, 0); /* no spread, no t */
	ck_assert(isnan(paired.t) && isnan(paired.t_p));
}
END_TEST

START_TEST(topics_needed_are_whole_and_exact)
{
	/* ceil(3.5 / (m/100000)) = ceil(350000 / m) in whole numbers */
	for (size_t m = 1; m < 100000; m++)
		ck_assert_uint_eq(rq_topics_needed((double)m / 100000), (350000 + m - 1) / m);
	/* more than any size: the guard stays */
	ck_assert(rq_topics_needed(1e-300) == SIZE_MAX && rq_topics_needed(DBL_MIN) == SIZE_MAX && rq_topics_needed(1e-19) == SIZE_MAX);
	ck_assert_uint_lt(rq_topics_needed(1e-18), SIZE_MAX);
	ck_assert_double_eq(rq_smallest_margin(52), .07);
	ck_assert_double_eq(rq_smallest_margin(350), .01);
	ck_assert_double_eq(rq_smallest_margin(349), .02);
	ck_assert_double_eq(rq_smallest_margin(100000), .01);
	ck_assert_double_gt(rq_smallest_margin(3), 1); /* no margin at all */
	ck_assert(isinf(rq_smallest_margin(0)));
	for (size_t n = 4; n < 1000; n++) {
		double margin = rq_smallest_margin(n);
		ck_assert(rq_topics_needed(margin) <= n);
		ck_assert(margin < .015 || rq_topics_needed(margin - .01) > n);
	}
}
END_TEST

static enum rq_outcome verdict(const struct rq_paired *paired, double margin)
{
	return rq_paired_verdict(paired, margin, paired->p_worse);
}

/* The same topics k times over must be judged as the answer says. */
START_TEST(topics_to_settle_do_settle)
{
	static double repeated[TOPICS_MAXIMUM];
	struct rq_random random;
	size_t settled = 0, failed = 0;

	rq_random_seed(&random, 7);
	for (int round = 0; round < 300; round++) {
		size_t n = 10 + rq_random_below(&random, 40);
		double margin = .02 + .1 * rq_random_unit(&random), shift = .2 * rq_random_unit(&random);
		for (size_t i = 0; i < n; i++)
			repeated[i] = rq_random_unit(&random) < .4 ? (2 * rq_random_unit(&random) - 1) * .5 - shift : 0;
		struct rq_paired paired = rq_paired_compare(zeros, repeated, n);
		if (verdict(&paired, margin) != RQ_INCONCLUSIVE)
			continue;
		size_t needed = rq_topics_to_settle(&paired, margin, paired.p_worse);
		ck_assert_uint_gt(needed, n);
		for (size_t k = 2; k * n <= TOPICS_MAXIMUM; k++) {
			for (size_t i = 0; i < n; i++)
				repeated[(k - 1) * n + i] = repeated[i];
			struct rq_paired more = rq_paired_compare(zeros, repeated, k * n);
			ck_assert_int_eq(verdict(&more, margin) != RQ_INCONCLUSIVE, k * n >= needed);
			settled += k * n >= needed;
			failed += verdict(&more, margin) == RQ_FAIL;
		}
	}
	ck_assert(settled > 1000 && failed > 100);
}
END_TEST

/* A drop that is shown alone, and not in a family that makes its p .2: the same differences again and again settle it where so many times p is .05.
 */
START_TEST(topics_to_settle_keep_to_the_family)
{
	struct rq_paired paired = compare_groups(400, 30, -.5, 10, .5, 0);

	ck_assert_int_eq(verdict(&paired, .025), RQ_FAIL);
	ck_assert_int_eq(rq_paired_verdict(&paired, .025, .2), RQ_INCONCLUSIVE);
	double times = .2 / paired.p_worse;
	size_t needed = rq_topics_to_settle(&paired, .025, .2);
	ck_assert(needed > 400 && needed < TOPICS_MAXIMUM);
	for (size_t n = 440; n <= TOPICS_MAXIMUM; n += 40) {
		struct rq_paired more = compare_groups(n, n * 30 / 400, -.5, n * 10 / 400, .5, 0);
		ck_assert_int_eq(rq_paired_verdict(&more, .025, fmin(times * more.p_worse, 1)) == RQ_FAIL, n >= needed);
	}
}
END_TEST

START_TEST(topics_to_settle_at_the_edges)
{
	struct rq_paired paired = compare_groups(0, 0, 0, 0, 0, 0);

	ck_assert_uint_eq(rq_topics_to_settle(&paired, .02, paired.p_worse), 0);
	paired = compare_groups(10, 0, 0, 0, 0, 0); /* no difference so far: n_min for margin .02 lets the bound through as well */
	ck_assert_uint_eq(rq_topics_to_settle(&paired, .02, paired.p_worse), 175);
	paired = compare_groups(2, 1, -1, 1, .9999999999, 0); /* on the average nothing, but no end of noise */
	ck_assert_uint_eq(rq_topics_to_settle(&paired, .0001, paired.p_worse), 0);
}
END_TEST

START_TEST(bounds_of_a_mean_hold_their_pseudo_topics)
{
	static const double ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, mixed[] = {0, .5, 1, .5};
	double lower, upper;

	/* m = 10/11.5, s^2 = (10 - 11.5 m^2)/10.5, t(.95, 10.5) = 1.8037427; upper: nothing but ones */
	rq_mean_bounds(&lower, &upper, ones, 10);
	NEAR(lower, .682096967752);
	NEAR(upper, 1);
	/* -.0013 and 1.0013 before they are kept within the range */
	rq_mean_bounds(&lower, &upper, mixed, 4);
	ck_assert_double_eq(lower, 0);
	ck_assert_double_eq(upper, 1);
	rq_mean_bounds(&lower, &upper, mixed, 0);
	ck_assert(lower == 0 && upper == 1);
}
END_TEST

/* P(K = k), K binomial */
static double binomial(size_t n, size_t k, double p)
{
	int sign;
	double x = (double)n, y = (double)k;

	return exp(lgamma_r(x + 1, &sign) - lgamma_r(y + 1, &sign) - lgamma_r(x - y + 1, &sign) + y * log(p) + (x - y) * log1p(-p));
}

/* Probability of `outcome` when k of n topics differ by `rare`, the others by `common`, and k is binomial: an exact sum, no simulation. */
static double probability(enum rq_outcome outcome, size_t n, double rare, double common, double p, double margin)
{
	double sum = 0;

	for (size_t k = 0; k <= n; k++) {
		double weight = binomial(n, k, p);
		if (weight < 1e-15)
			continue;
		struct rq_paired paired = compare_groups(n, k, rare, 0, 0, common);
		if (verdict(&paired, margin) == outcome)
			sum += weight;
	}
	return sum;
}

START_TEST(at_the_margin_a_false_pass_is_rarer_than_5_percent)
{
	static const struct {
		size_t n;
		double a, margin, at_least;
	} cells[] = {
		/* at_least: the guard is not bought with a rule that never passes */
		{175, 1, .02, 0},      {350, 1, .01, 0},     {1830, 1, .01, .047}, {2180, 1, .05, .0495},
		{3531, 1, .05, .0495}, {1000, .7, .03, .03}, {120, .5, .05, 0},
	};

	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		double rate = probability(RQ_PASS, cells[i].n, -cells[i].a, 0, cells[i].margin / cells[i].a, cells[i].margin);
		ck_assert_msg(rate <= .05 && rate >= cells[i].at_least, "n %zu, a %g, margin %g: false PASS %.4f", cells[i].n, cells[i].a, cells[i].margin,
		              rate);
	}
}
END_TEST

/* Rare gains of 1 make up for common losses of c, so that the mean is 0. The margin is tiny: nothing but U < 0 holds a FAIL back. */
START_TEST(at_no_difference_a_false_fail_is_rarer_than_5_percent)
{
	static const struct {
		size_t n;
		double c, at_least;
	} cells[] = {
		{356, .01, .028}, {300, .5, .03}, {2589, .1, .0490}, {1602, .05, .0490}, {50, .25, 0},
	};

	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		double rate = probability(RQ_FAIL, cells[i].n, 1, -cells[i].c, cells[i].c / (1 + cells[i].c), 1e-6);
		ck_assert_msg(rate <= .05 && rate >= cells[i].at_least, "n %zu, c %g: false FAIL %.4f", cells[i].n, cells[i].c, rate);
	}
}
END_TEST

Suite *paired_suite(void)
{
	Suite *suite = suite_create("paired");
	TCase *rule = tcase_create("rule"), *rates = tcase_create("error rates");

	tcase_add_test(rule, a_small_loss_is_inconclusive_as_by_hand);
	tcase_add_test(rule, a_shown_loss_fails_as_by_hand);
	tcase_add_test(rule, every_condition_of_the_rule_counts);
	tcase_add_test(rule, identical_rankings_pass_at_any_n);
	tcase_add_test(rule, extremes_have_finite_bounds);
	tcase_add_test(rule, bounds_agree_with_the_slow_version);
	tcase_add_test(rule, the_paired_t_is_students);
	tcase_add_test(rule, topics_needed_are_whole_and_exact);
	tcase_add_test(rule, topics_to_settle_do_settle);
	tcase_add_test(rule, topics_to_settle_keep_to_the_family);
	tcase_add_test(rule, topics_to_settle_at_the_edges);
	tcase_add_test(rule, bounds_of_a_mean_hold_their_pseudo_topics);
	suite_add_tcase(suite, rule);
	tcase_set_timeout(rates, 120);
	tcase_add_test(rates, at_the_margin_a_false_pass_is_rarer_than_5_percent);
	tcase_add_test(rates, at_no_difference_a_false_fail_is_rarer_than_5_percent);
	suite_add_tcase(suite, rates);
	return suite;
}
