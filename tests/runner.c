/* The main of every room's test program: runs the suites of RQ_SUITES. Exit 1 on a failure or when no test ran. */
#include <check.h>
#include <stdlib.h>

#define RQ_SUITE(name) Suite *name##_suite(void);
#include RQ_SUITES
#undef RQ_SUITE

int main(void)
{
	SRunner *runner = srunner_create(NULL);

#define RQ_SUITE(name) srunner_add_suite(runner, name##_suite());
#include RQ_SUITES
#undef RQ_SUITE
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner), ran = srunner_ntests_run(runner);
	srunner_free(runner);
	return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
