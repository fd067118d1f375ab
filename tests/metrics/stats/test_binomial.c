#include "metrics/stats/stats.h"

#include <check.h>
#include <math.h>

/* P(Binomial(n, p) <= k), term by term. */
static double at_most(size_t k, size_t n, double p)
{
	double sum = 0;

	for (size_t i = 0; i <= k; i++)
		sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) + (double)i * log(p) + (double)(n - i) * log1p(-p));
	return sum;
}

/* By definition: the bound is the share under which so many, or so few, would be seen once in twenty. */
START_TEST(bounds_are_exact)
{
	static const size_t sizes[] = {1, 2, 10, 59, 200, 1400};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t count = 0; count <= sizes[i]; count += 1 + sizes[i] / 13) {
			double lower, upper;
			rq_share_bounds(&lower, &upper, count, sizes[i]);
			ck_assert(lower <= (double)count / (double)sizes[i] && upper >= (double)count / (double)sizes[i]);
			if (count > 0)
				ck_assert_double_eq_tol(1 - at_most(count - 1, sizes[i], lower), .05, 1e-9);
			else
				ck_assert_double_eq(lower, 0);
			if (count < sizes[i])
				ck_assert_double_eq_tol(at_most(count, sizes[i], upper), .05, 1e-9);
			else
				ck_assert_double_eq(upper, 1);
		}
}
END_TEST

/* The rule of three: nothing seen in n excludes 1 - .05^(1/n) and more. */
START_TEST(nothing_seen)
{
	double lower, upper;

	rq_share_bounds(&lower, &upper, 0, 59);
	ck_assert_double_eq_tol(upper, 1 - pow(.05, 1. / 59), 1e-12);
	rq_share_bounds(&lower, &upper, 59, 59);
	ck_assert_double_eq_tol(lower, pow(.05, 1. / 59), 1e-12);
}
END_TEST

Suite *binomial_suite(void)
{
	Suite *suite = suite_create("binomial");
	TCase *tests = tcase_create("binomial");

	tcase_add_test(tests, bounds_are_exact);
	tcase_add_test(tests, nothing_seen);
	suite_add_tcase(suite, tests);
	return suite;
}
