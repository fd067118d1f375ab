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

/* Bisection with 60 digits in mpmath, on the logarithm of the tail's argument. */
START_TEST(quantiles_far_out_and_near_the_middle)
{
	static const struct {
		double p, z;
	} normal[] = {
		{1e-300, -37.047096299361199},     {1e-100, -21.273453560965324},
		{1e-16, -8.2220822161304356},      {.001, -3.0902323061678135},
		{.2, -.84162123357291421},         {.25, -.67448975019608174},
		{.4, -.2533471031357998},          {.499, -.002506630899571764},
		{1 - 0x1p-53, 8.2095361516013869}, {.5 + 0x1p-40, 2.2797651350911115e-12},
		{.975, 1.9599639845400539},
	};
	static const struct {
		double p, df, t;
	} student[] = {
		{1e-300, 1, -3.1830988618379067e299}, {1e-300, 2, -7.0710678118654752e149}, {1e-300, 5, -1.5683925590993378e60},
		{1e-300, 350.5, -131.56913563007005}, {1e-16, 10, -102.05070688222636}, {.5 + 0x1p-40, 7, 2.3623763587653689e-12},
		{.5 + 0x1p-40, 1000.5, 2.2803348626291846e-12}, {.7, 3, .58438972743981852},
	};
	static const struct {
		double p, a, b, x;
	} beta[] = {
		{.05, 2, 3, .09761146288641434}, {1e-300, 5, 2, 6.9882711877157925e-61}, {1e-300, 20.5, 4, 1.6068442243986656e-15},
		{1e-10, .5, .5, 2.4674011002723397e-20}, {.95, 6, 995, .010484076911415654}, {.5, 1000, 3000, .24995832999084497},
		{1 - 0x1p-53, 3, 50, .57557376381933297},
	};

	for (size_t i = 0; i < sizeof normal / sizeof *normal; i++)
		RELATIVE(rq_normal_quantile(normal[i].p), normal[i].z, 1e-12);
	for (size_t i = 0; i < sizeof student / sizeof *student; i++)
		RELATIVE(rq_t_quantile(student[i].p, student[i].df), student[i].t, 1e-11);
	for (size_t i = 0; i < sizeof beta / sizeof *beta; i++)
		RELATIVE(rq_beta_quantile(beta[i].p, beta[i].a, beta[i].b), beta[i].x, 1e-11);
	ck_assert(rq_normal_quantile(.5) == 0 && rq_normal_quantile(0) == -INFINITY && rq_normal_quantile(1) == INFINITY &&
	          isnan(rq_normal_quantile(NAN)));
	ck_assert(rq_beta_quantile(0, 2, 3) == 0 && rq_beta_quantile(1, 2, 3) == 1);
	ck_assert(isnan(rq_beta_quantile(-1, 2, 3)) && isnan(rq_beta_quantile(NAN, 2, 3)));
	ck_assert(rq_t_quantile(1e-300, .9) == -INFINITY); /* -5.9e332 */
}
END_TEST

START_TEST(quantiles_undo_their_tails)
{
	for (double p = 1e-299; p < .5; p *= 37) {
		RELATIVE(rq_normal_cdf(rq_normal_quantile(p)), p, 1e-11);
		if (p > .001) /* nearer to 1, 1 - p has lost its digits */
			ck_assert_double_eq_tol(rq_normal_quantile(1 - p) + rq_normal_quantile(p), 0, 1e-12);
		for (double df = 1.5; df < 1e7; df *= 11)
			RELATIVE(rq_t_cdf(rq_t_quantile(p, df), df), p, 1e-10);
		for (double a = .5; a < 1e6; a *= 9)
			for (double b = .5; b < 1e6; b *= 13) {
				double x = rq_beta_quantile(p, a, b);
				if (x > 1e-290 && x < .5) /* beyond, 1 - x has lost the digits that I needs */
					RELATIVE(rq_beta_regularised(x, a, b), p, 1e-9);
			}
	}
	/* Clopper & Pearson's bounds of 0 of 100: 1 - .05^(1/100) */
	RELATIVE(rq_beta_quantile(.95, 1, 100), 1 - pow(.05, .01), 1e-13);
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
	tcase_add_test(values, quantiles_far_out_and_near_the_middle);
	tcase_add_test(values, quantiles_undo_their_tails);
	suite_add_tcase(suite, values);
	return suite;
}
