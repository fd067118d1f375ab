#include "reports/report.h"

#include <check.h>

START_TEST(writers_are_found_by_name)
{
	ck_assert_str_eq(rq_writer_find("json")->file, "report.json");
	ck_assert_str_eq(rq_writer_find("md")->file, "report.md");
	ck_assert_ptr_null(rq_writer_find("html"));
}
END_TEST

START_TEST(writers_are_whole)
{
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		ck_assert(rq_writers[i]->file[0] != '\0' && rq_writers[i]->write != NULL);
		ck_assert_ptr_eq(rq_writer_find(rq_writers[i]->name), rq_writers[i]);
	}
}
END_TEST

Suite *report_writers_suite(void)
{
	Suite *suite = suite_create("report_writers");
	TCase *tests = tcase_create("writers");

	tcase_add_test(tests, writers_are_found_by_name);
	tcase_add_test(tests, writers_are_whole);
	suite_add_tcase(suite, tests);
	return suite;
}
