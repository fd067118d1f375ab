/* Adjustments of families of p-values. */
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>

#define NEAR(a, b) ck_assert_double_eq_tol(a, b, 1e-11)

enum { FAMILY_MAXIMUM = 40 };

/* R's p.adjust(p, "holm") */
START_TEST(holm_steps_down)
{
	double four[] = {.01, .02, .03, .04}, three[] = {.03, .01, .04}, large[] = {.9, .5, 0}, ties[] = {.02, .02}, one[] = {.3};

	rq_holm(four, 4);
	NEAR(four[0], .04);
	NEAR(four[1], .06);
	NEAR(four[2], .06);
	NEAR(four[3], .06);
	rq_holm(three, 3);
	NEAR(three[0], .06);
	NEAR(three[1], .03);
	NEAR(three[2], .06);
	rq_holm(large, 3);
	ck_assert(large[0] == 1 && large[1] == 1 && large[2] == 0 && !signbit(large[2]));
	rq_holm(ties, 2);
	ck_assert(ties[0] == .04 && ties[1] == .04);
	rq_holm(one, 1);
	ck_assert_double_eq(one[0], .3);
	rq_holm(NULL, 0);
}
END_TEST

/* Benjamini & Hochberg 1995, section 4.1: 15 comparisons of a thrombolysis trial. By their procedure at .05 four are rejected, by Bonferroni's three;
 * each adjusted value is the least level at which its hypothesis is rejected. */
START_TEST(benjamini_and_hochbergs_example)
{
	double p[] = {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0};
	static const double adjusted[] = {.0015, .003, .0095, .035625, .0603, .06385714285714286, .06385714285714286, .0645, .0765, .486,
	                                  .5811818181818181, .714875, .7532307692307692, .8132142857142857, 1};
	size_t rejected = 0;

	rq_benjamini_hochberg(p, 15);
	for (size_t i = 0; i < 15; i++) {
		NEAR(p[i], adjusted[i]);
		rejected += p[i] <= .05;
	}
	ck_assert_uint_eq(rejected, 4);
}
END_TEST

START_TEST(what_is_no_number_is_no_member)
{
	double holm[] = {NAN, .01, .02, NAN, 0}, hochberg[] = {NAN, .01, .02, NAN, 0}, none[] = {NAN, NAN};

	rq_holm(holm, 5);
	NEAR(holm[1], .02);
	NEAR(holm[2], .02);
	ck_assert(isnan(holm[0]) && isnan(holm[3]) && holm[4] == 0 && !signbit(holm[4]));
	rq_benjamini_hochberg(hochberg, 5);
	NEAR(hochberg[1], .015);
	NEAR(hochberg[2], .02);
	ck_assert(isnan(hochberg[0]) && isnan(hochberg[3]) && hochberg[4] == 0 && !signbit(hochberg[4]));
	rq_benjamini_hochberg(none, 2);
	rq_holm(none, 2);
	ck_assert(isnan(none[0]) && isnan(none[1]));
	rq_benjamini_hochberg(NULL, 0);
}
END_TEST

/* The definitions: Holm's is the largest (n - rank + 1) p of those not larger, Hochberg's the smallest n p / rank of those not smaller, where the
 * rank of a tie is its last. */
START_TEST(adjustments_are_those_of_the_definitions)
{
	struct rq_random random;
	double p[FAMILY_MAXIMUM], holm[FAMILY_MAXIMUM], hochberg[FAMILY_MAXIMUM];

	rq_random_seed(&random, 3);
	for (int round = 0; round < 2000; round++) {
		size_t n = 1 + rq_random_below(&random, FAMILY_MAXIMUM);
		for (size_t i = 0; i < n; i++) /* coarse, so that there are ties */
			p[i] = holm[i] = hochberg[i] = (double)rq_random_below(&random, 60) / 59 * (rq_random_below(&random, 2) ? .02 : 1);
		rq_holm(holm, n);
		rq_benjamini_hochberg(hochberg, n);
		for (size_t i = 0; i < n; i++) {
			double up = 0, down = 1;
			for (size_t j = 0; j < n; j++) {
				size_t below = 0, not_above = 0;
				for (size_t k = 0; k < n; k++) {
					below += p[k] < p[j];
					not_above += p[k] <= p[j];
				}
				if (p[j] <= p[i])
					up = fmax(up, (double)(n - below) * p[j]);
				if (p[j] >= p[i])
					down = fmin(down, (double)n / (double)not_above * p[j]);
			}
			NEAR(holm[i], fmin(up, 1));
			NEAR(hochberg[i], down);
		}
	}
}
END_TEST

Suite *families_suite(void)
{
	Suite *suite = suite_create("families");
	TCase *families = tcase_create("families");

	tcase_add_test(families, holm_steps_down);
	tcase_add_test(families, benjamini_and_hochbergs_example);
	tcase_add_test(families, what_is_no_number_is_no_member);
	tcase_add_test(families, adjustments_are_those_of_the_definitions);
	suite_add_tcase(suite, families);
	return suite;
}
