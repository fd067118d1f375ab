/* Reference values are from published tables (NIST/SEMATECH e-Handbook 1.3.6.7) where they are short, else computed apart from this code: mpmath 1.3
 * with 30 to 40 digits, the incomplete beta as a hypergeometric series, t at 10 million degrees of freedom by quadrature of its density. */
#include "metrics/stats/stats.h"

#include <check.h>
#include <math.h>

#define RELATIVE(value, expected, tolerance) \
	ck_assert_msg(fabs((value) / (expected) - 1) < (tolerance), "%s = %.17g, expected %.17g", #value, (double)(value), (double)(expected))

START_TEST(t_quantiles_are_those_of_the_tables)
{
	static const struct {
		double df, p90, p95, p975, p99, p999;
	} table[] = {
		{1, 3.078, 6.314, 12.706, 31.821, 318.313}, {2, 1.886, 2.920, 4.303, 6.965, 22.327}, {5, 1.476, 2.015, 2.571, 3.365, 5.893},
		{10, 1.372, 1.812, 2.228, 2.764, 4.144}, {30, 1.310, 1.697, 2.042, 2.457, 3.385}, {100, 1.290, 1.660, 1.984, 2.364, 3.174},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		ck_assert_double_eq_tol(rq_t_quantile(.9, table[i].df), table[i].p90, .00051);
		ck_assert_double_eq_tol(rq_t_quantile(.95, table[i].df), table[i].p95, .00051);
		ck_assert_double_eq_tol(rq_t_quantile(.975, table[i].df), table[i].p975, .00051);
		ck_assert_double_eq_tol(rq_t_quantile(.99, table[i].df), table[i].p99, .00051);
		/* The table's 318.313 is off: tan(.499 pi) = 318.3088. */
		ck_assert_double_eq_tol(rq_t_quantile(.999, table[i].df), table[i].p999, table[i].df == 1 ? .005 : .00051);
		ck_assert_double_eq(rq_t_quantile(.0625, table[i].df), -rq_t_quantile(.9375, table[i].df));
	}
}
END_TEST

START_TEST(t_quantiles_are_exact_to_twelve_digits)
{
	static const struct {
		double p, df, t;
	} cases[] = {
		{.95, 10, 1.8124611228116764}, {.975, 5, 2.5705818356363155}, {.95, 52.5, 1.6743999184175219}, {.95, 350.5, 1.6492126257920345},
		{.999, 2.5, 13.822193110865965}, {.95, .5, 41.136000092878275}, {.95, 4.5, 2.0655758888785248}, {.001, 10000000.5, -3.0902331211808711},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		RELATIVE(rq_t_quantile(cases[i].p, cases[i].df), cases[i].t, 1e-12);
	/* One and two degrees of freedom have closed forms: tan(pi (p - 1/2)) and (2p - 1) sqrt(2 / (4 p (1 - p))). */
	for (double p = .01; p < .995; p += .0171) {
		RELATIVE(rq_t_quantile(p, 1), tan(3.14159265358979323846 * (p - .5)), 1e-11);
		RELATIVE(rq_t_quantile(p, 2), (2 * p - 1) * sqrt(2 / (4 * p * (1 - p))), 1e-11);
	}
	ck_assert_double_eq(rq_t_quantile(.5, 7), 0);
	ck_assert(rq_t_quantile(1, 7) == INFINITY && rq_t_quantile(0, 7) == -INFINITY && isnan(rq_t_quantile(1.5, 7)));
}
END_TEST

START_TEST(t_tails_keep_their_digits)
{
	RELATIVE(rq_t_cdf(-2.5, 7), 0.020496109292876448, 1e-12);
	RELATIVE(rq_t_cdf(-8, 30.5), 2.7790772009180824e-9, 1e-12);
	RELATIVE(rq_t_cdf(1.25, 3), 0.85003526602456869, 1e-13);
	RELATIVE(rq_t_cdf(-40, 2.5), 7.0978171452466915e-5, 1e-12);
	RELATIVE(rq_t_cdf(-3, 1e7), 0.0013499013555185806, 1e-12);
	ck_assert_double_eq(rq_t_cdf(0, 3), .5);
	ck_assert_double_eq(rq_t_cdf(INFINITY, 3), 1);
	ck_assert_double_eq(rq_t_cdf(-INFINITY, 3), 0);
	ck_assert(isnan(rq_t_cdf(NAN, 3)));
}
END_TEST

START_TEST(beta_is_exact_to_twelve_digits)
{
	RELATIVE(rq_beta_regularised(.3, 2, 3), .3483, 1e-13); /* 6 x^2 - 8 x^3 + 3 x^4 */
	RELATIVE(rq_beta_regularised(.01, 5, 996), .97131360000099527, 1e-12);
	RELATIVE(rq_beta_regularised(.995, 996, 5), .44005340580644022, 1e-12);
	RELATIVE(rq_beta_regularised(.2, .5, .5), .29516723530086655, 1e-13); /* 2/pi asin(sqrt(.2)) */
	ck_assert_double_eq(rq_beta_regularised(0, 2, 3), 0);
	ck_assert_double_eq(rq_beta_regularised(1, 2, 3), 1);
	for (double a = .5; a < 3000; a *= 1.7)
		for (double b = .5; b < 3000; b *= 2.3) {
			double x = a / (a + b) * .97;
			ck_assert_double_eq_tol(rq_beta_regularised(x, a, b) + rq_beta_regularised(1 - x, b, a), 1, 1e-12);
		}
}
END_TEST

Suite *distributions_suite(void)
{
	Suite *suite = suite_create("distributions");
	TCase *values = tcase_create("values");

	tcase_add_test(values, t_quantiles_are_those_of_the_tables);
	tcase_add_test(values, t_quantiles_are_exact_to_twelve_digits);
	tcase_add_test(values, t_tails_keep_their_digits);
	tcase_add_test(values, beta_is_exact_to_twelve_digits);
	suite_add_tcase(suite, values);
	return suite;
}
