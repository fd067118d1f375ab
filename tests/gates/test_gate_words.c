#include "gates/words.h"

#include <check.h>
#include <math.h>

START_TEST(values_have_four_decimals_and_times_three_digits)
{
	ck_assert_str_eq(rq_show_value(0.55123, RQ_NO_UNIT).text, "0.5512");
	ck_assert_str_eq(rq_show_value(0, RQ_NO_UNIT).text, "0.0000");
	ck_assert_str_eq(rq_show_value(-0.0, RQ_NO_UNIT).text, "0.0000");
	ck_assert_str_eq(rq_show_value(NAN, RQ_NO_UNIT).text, "-");
	ck_assert_str_eq(rq_show_value(INFINITY, RQ_SECONDS).text, "-");
	ck_assert_str_eq(rq_show_value(.0412, RQ_SECONDS).text, "41.2 ms");
	ck_assert_str_eq(rq_show_value(.412, RQ_SECONDS).text, "412 ms");
	ck_assert_str_eq(rq_show_value(90, RQ_SECONDS).text, "90.0 s");
	ck_assert_str_eq(rq_show_value(1.5, RQ_SECONDS).text, "1.50 s");
	ck_assert_str_eq(rq_show_value(1240.4, RQ_PER_SECOND).text, "1240/s");
	ck_assert_str_eq(rq_show_value(24.31, RQ_PER_SECOND).text, "24.3/s");
	ck_assert_str_eq(rq_show_value(.25, RQ_PER_SECOND).text, "0.25/s");
	ck_assert_str_eq(rq_show_value(34.2e-6, RQ_SECONDS).text, "34.2 us");
	ck_assert_str_eq(rq_show_value(250e-9, RQ_SECONDS).text, "250 ns");
	ck_assert_str_eq(rq_show_value(0, RQ_BYTES).text, "0 B");
	ck_assert_str_eq(rq_show_value(999, RQ_BYTES).text, "999 B");
	ck_assert_str_eq(rq_show_value(1000, RQ_BYTES).text, "1.00 kB");
	ck_assert_str_eq(rq_show_value(12345678, RQ_BYTES).text, "12.3 MB");
	ck_assert_str_eq(rq_show_value(1.5e15, RQ_BYTES).text, "1500 TB");
}
END_TEST

START_TEST(rounding_never_moves_a_value_to_the_other_side)
{
	ck_assert_str_eq(rq_show_against(.79996, .8, RQ_NO_UNIT).text, "0.79996");
	ck_assert_str_eq(rq_show_against(.8000001, .8, RQ_NO_UNIT).text, "0.8000001");
	ck_assert_str_eq(rq_show_against(.8, .8, RQ_NO_UNIT).text, "0.8000");
	ck_assert_str_eq(rq_show_against(.7512, .8, RQ_NO_UNIT).text, "0.7512");
	ck_assert_str_eq(rq_show_against(.050004, .05, RQ_SECONDS).text, "50.004 ms");
	ck_assert_str_eq(rq_show_against(.05, .05, RQ_SECONDS).text, "50.0 ms");
	ck_assert_str_eq(rq_show_against(.0412, .05, RQ_SECONDS).text, "41.2 ms");
}
END_TEST

START_TEST(differences_carry_their_sign_unless_they_show_as_zero)
{
	ck_assert_str_eq(rq_show_difference(.0052, 4).text, "+0.0052");
	ck_assert_str_eq(rq_show_difference(-.0014, 4).text, "-0.0014");
	ck_assert_str_eq(rq_show_difference(-.00001, 4).text, "0.0000");
	ck_assert_str_eq(rq_show_difference(0, 3).text, "0.000");
	ck_assert_str_eq(rq_show_difference(NAN, 3).text, "-");
}
END_TEST

START_TEST(limits_are_as_short_as_they_read_back)
{
	ck_assert_str_eq(rq_show_limit(.03, RQ_NO_UNIT).text, "0.03");
	ck_assert_str_eq(rq_show_limit(.8, RQ_NO_UNIT).text, "0.8");
	ck_assert_str_eq(rq_show_limit(.05, RQ_SECONDS).text, "50ms");
	ck_assert_str_eq(rq_show_limit(.07, RQ_SECONDS).text, "70ms");
	ck_assert_str_eq(rq_show_limit(2, RQ_SECONDS).text, "2s");
	ck_assert_str_eq(rq_show_limit(20, RQ_PER_SECOND).text, "20");
	ck_assert_str_eq(rq_show_limit(200e6, RQ_BYTES).text, "200MB");
	ck_assert_str_eq(rq_show_limit(1536, RQ_BYTES).text, "1.536kB");
	ck_assert_str_eq(rq_show_p(.000377).text, "p = 0.0004");
	ck_assert_str_eq(rq_show_p(.00005).text, "p < 0.0001");
}
END_TEST

Suite *gate_words_suite(void)
{
	Suite *suite = suite_create("gate_words");
	TCase *tests = tcase_create("words");

	tcase_add_test(tests, values_have_four_decimals_and_times_three_digits);
	tcase_add_test(tests, rounding_never_moves_a_value_to_the_other_side);
	tcase_add_test(tests, differences_carry_their_sign_unless_they_show_as_zero);
	tcase_add_test(tests, limits_are_as_short_as_they_read_back);
	suite_add_tcase(suite, tests);
	return suite;
}
