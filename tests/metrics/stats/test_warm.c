/* When rounds are stable. */
#include "metrics/stats/warm.h"

#include <check.h>
#include <math.h>

START_TEST(three_rounds_within_a_tenth_of_their_median)
{
	const double falling[] = {9, 4, 2, 1.2, 1, 1, .95};

	for (size_t n = 0; n <= 5; n++)
		ck_assert(!rq_rounds_are_stable(falling, n)); /* 1.2 is a fifth above 1 */
	ck_assert(rq_rounds_are_stable(falling, 6) == false); /* 1.2, 1, 1 */
	ck_assert(rq_rounds_are_stable(falling, 7));
	ck_assert(rq_rounds_are_stable((const double[]){1, 1.0999, .9001}, 3));
	ck_assert(!rq_rounds_are_stable((const double[]){1, 1.1001, 1}, 3));
	ck_assert(!rq_rounds_are_stable((const double[]){1, .8999, 1}, 3));
	ck_assert(!rq_rounds_are_stable((const double[]){.9, 1, 1.2}, 3));
}
END_TEST

/* Noise that moves single rounds by halves, about a level that stays, falls, or rises. */
START_TEST(ten_rounds_whose_halves_have_one_median)
{
	const double noise[] = {1, 1.5, .8, 1.3, 1, 1.5, 1, .7, 1.4, 1};
	double p95[10];

	ck_assert(!rq_rounds_are_stable(noise, 9));
	ck_assert(rq_rounds_are_stable(noise, 10));
	for (int sign = -1; sign <= 1; sign += 2) {
		for (int i = 0; i < 10; i++)
			p95[i] = noise[i] * pow(1.04, sign * i); /* by a fifth from half to half */
		ck_assert(!rq_rounds_are_stable(p95, 10));
	}
	const double alternating[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
	ck_assert(!rq_rounds_are_stable(alternating, 10));
	ck_assert(!rq_rounds_are_stable((const double[]){0, 0, 0, 9, 9, 0, 0, 0, 9, 9}, 10));
}
END_TEST

START_TEST(what_is_no_time_is_not_stable)
{
	ck_assert(!rq_rounds_are_stable((const double[]){0, 0, 0}, 3));
	ck_assert(!rq_rounds_are_stable((const double[]){INFINITY, INFINITY, INFINITY}, 3));
	ck_assert(!rq_rounds_are_stable((const double[]){1, 1}, 2));
}
END_TEST

Suite *warm_suite(void)
{
	Suite *suite = suite_create("warm");
	TCase *tcase = tcase_create("warm");

	tcase_add_test(tcase, three_rounds_within_a_tenth_of_their_median);
	tcase_add_test(tcase, ten_rounds_whose_halves_have_one_median);
	tcase_add_test(tcase, what_is_no_time_is_not_stable);
	suite_add_tcase(suite, tcase);
	return suite;
}
