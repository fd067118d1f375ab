#include "evalcore/base/blas.h"
#include "evalcore/base/blas_speed.h"
#include "evalcore/base/system.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

START_TEST(what_the_user_asks_for)
{
	unsetenv("RQGATE_KERNEL_CHOSEN");
	unsetenv("OPENBLAS_CORETYPE");
	ck_assert_ptr_null(rq_blas_asked_kernel());
	setenv("OPENBLAS_CORETYPE", "", 1);
	ck_assert_ptr_null(rq_blas_asked_kernel());
	setenv("OPENBLAS_CORETYPE", "Zen", 1);
	ck_assert_str_eq(rq_blas_asked_kernel(), "Zen");
	setenv("RQGATE_KERNEL_CHOSEN", "Zen", 1); /* the program's own choice, handed to itself */
	ck_assert_ptr_null(rq_blas_asked_kernel());
	setenv("OPENBLAS_CORETYPE", "Haswell", 1);
	ck_assert_str_eq(rq_blas_asked_kernel(), "Haswell");
}
END_TEST

START_TEST(the_chosen_kernel_is_among_those_to_compare)
{
	const char *names[RQ_BLAS_KERNELS_MAX], *best = rq_blas_best_kernel();
	size_t count = rq_blas_kernels(names), found = 0;

	for (size_t i = 0; i < count; i++)
		found += best != NULL && strcmp(names[i], best) == 0;
	ck_assert_uint_eq(found, best != NULL);
	ck_assert_uint_eq(count > 0, best != NULL);
}
END_TEST

START_TEST(kernels_are_ranked_by_their_instructions)
{
	ck_assert(rq_blas_kernel_is_below("Prescott", "Sandybridge")); /* what is not known is SSE */
	ck_assert(rq_blas_kernel_is_below("Sandybridge", "haswell"));
	ck_assert(rq_blas_kernel_is_below("Zen", "SkylakeX"));
	ck_assert(!rq_blas_kernel_is_below("Zen", "Haswell") && !rq_blas_kernel_is_below("Haswell", "Zen"));
	ck_assert(!rq_blas_kernel_is_below("Cooperlake", "Haswell"));
}
END_TEST

START_TEST(a_rate_leaves_the_threads_as_they_were)
{
	double rate = -1;
	int before = rq_threads();

	ck_assert_int_eq(rq_blas_rate(&rate, 1, NULL), RQ_OK);
	ck_assert_double_gt(rate, 0);
	ck_assert_double_lt(rate, 1e5);
	ck_assert_int_eq(rq_threads(), before);
	ck_assert_int_eq(rq_blas_rate(&rate, before + 1, NULL), RQ_OK);
	ck_assert_double_gt(rate, 0);
	ck_assert_int_eq(rq_threads(), before);
}
END_TEST

START_TEST(the_process_that_answers_asks_nobody)
{
	char program[] = "rqgate", question[] = "--measure-blas";
	char *argv[] = {program, question, NULL};
	double rate;

	ck_assert(!rq_blas_answer(2, argv)); /* a user's command line, not a question */
	setenv("RQGATE_MEASURES_BLAS", "1", 1);
	ck_assert(!rq_blas_rate_of(&rate, rq_blas_kernel()));
	ck_assert(!rq_blas_answer(1, argv));
}
END_TEST

/* By hand: the columns are orthogonal, of lengths 3, 5 and 0; in either orientation, and of one row. */
START_TEST(singular_values_descend)
{
	double tall[] = {0, 3, 0, 4, 0, 0, 0, 0, 0, 3, 0, 0}, wide[] = {0, 4, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0}, row[] = {3, 4, 12}, values[3];
	int before = rq_threads();

	ck_assert_int_eq(rq_singular_values(values, tall, 4, 3, NULL), RQ_OK);
	ck_assert(fabs(values[0] - 5) < 1e-14 && fabs(values[1] - 3) < 1e-14 && fabs(values[2]) < 1e-14);
	ck_assert_int_eq(rq_singular_values(values, wide, 3, 4, NULL), RQ_OK);
	ck_assert(fabs(values[0] - 5) < 1e-14 && fabs(values[1] - 3) < 1e-14 && fabs(values[2]) < 1e-14);
	ck_assert_int_eq(rq_singular_values(values, row, 1, 3, NULL), RQ_OK);
	ck_assert_double_eq_tol(values[0], 13, 1e-14);
	ck_assert_int_eq(rq_threads(), before);
}
END_TEST

Suite *blas_suite(void)
{
	Suite *suite = suite_create("blas");
	TCase *tests = tcase_create("blas");

	tcase_add_test(tests, what_the_user_asks_for);
	tcase_add_test(tests, the_chosen_kernel_is_among_those_to_compare);
	tcase_add_test(tests, kernels_are_ranked_by_their_instructions);
	tcase_add_test(tests, a_rate_leaves_the_threads_as_they_were);
	tcase_add_test(tests, the_process_that_answers_asks_nobody);
	tcase_add_test(tests, singular_values_descend);
	suite_add_tcase(suite, tests);
	return suite;
}
