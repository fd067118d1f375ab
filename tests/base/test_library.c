/* Libraries that are opened at the first need. */
#include "evalcore/base/library.h"

#include <check.h>
#include <math.h>
#include <string.h>

static struct rq_error err;

static const char *const names[] = {"cos", "sin"};

START_TEST(functions_come_in_the_order_of_their_names)
{
	void (*functions[2])(void);

	ck_assert_int_eq(rq_library_open(functions, names, 2, "libm.so.6", "libc6", &err), RQ_OK);
	ck_assert_double_eq(((double (*)(double))functions[0])(0), 1);
	ck_assert_double_eq(((double (*)(double))functions[1])(0), 0);
}
END_TEST

START_TEST(a_library_that_is_not_there_is_told)
{
	void (*functions[2])(void) = {NULL, NULL};

	ck_assert_int_eq(rq_library_open(functions, names, 2, "librqnowhere.so.1", "rqnowhere1", &err), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "needs the library \"librqnowhere.so.1\", which cannot be loaded ("));
	ck_assert_ptr_nonnull(strstr(err.text, "; install rqnowhere1"));
	ck_assert(functions[0] == NULL && functions[1] == NULL);
}
END_TEST

START_TEST(a_library_that_lacks_a_function_fills_nothing)
{
	static const char *const more[] = {"cos", "rq_no_such_function"};
	void (*functions[2])(void) = {NULL, NULL};

	ck_assert_int_eq(rq_library_open(functions, more, 2, "libm.so.6", "libc6", &err), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(err.text, "\"libm.so.6\" lacks rq_no_such_function, so it is too old; install a newer libc6");
	ck_assert(functions[0] == NULL && functions[1] == NULL);
}
END_TEST

Suite *library_suite(void);
Suite *library_suite(void)
{
	Suite *suite = suite_create("library");
	TCase *cases = tcase_create("all");

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, a_library_that_is_not_there_is_told);
	tcase_add_test(cases, a_library_that_lacks_a_function_fills_nothing);
#if defined __linux__ && defined __GLIBC__
	tcase_add_test(cases, functions_come_in_the_order_of_their_names);
#endif
	return suite;
}
