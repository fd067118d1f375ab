#include "reports/report.h"

#include <check.h>

START_TEST(writers_are_found_by_name)
{
	ck_assert_str_eq(rq_writer_find("json")->file, "report.json");
	ck_assert_str_eq(rq_writer_find("md")->file, "report.md");
	ck_assert_str_eq(rq_writer_find("html")->file, "report.html");
	ck_assert_ptr_null(rq_writer_find("htm"));
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

START_TEST(failures_are_a_line_each)
{
	const struct rq_writer *writer = rq_writer_find("failures");
	struct rq_comparison comparison = {0};
	const struct rq_report report = {.comparison = &comparison};
	struct rq_error err = {0};
	struct rq_buf out = {0};

	ck_assert(writer->of_failures);
	ck_assert_int_eq(writer->write(&out, &report, &err), RQ_OK);
	ck_assert_uint_eq(out.size, 0);
	const struct rq_failure failures[] = {{"candidate", "embed", "document", "d1", "two\nlines", "too long", 1, .25, 0},
	                                      {"candidate", "search", "topic", "t1", "", "timed out", 3, 30, 0}};
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(rq_failures_add(&comparison.failures, &failures[i], &err), RQ_OK);
	ck_assert_int_eq(writer->write(&out, &report, &err), RQ_OK);
	ck_assert_str_eq(out.data, "{\"side\":\"candidate\",\"stage\":\"embed\",\"what\":\"document\",\"id\":\"d1\",\"input\":\"two\\nlines\",\"reason\":"
	                           "\"too long\",\"attempts\":1,\"seconds\":0.25}\n"
	                           "{\"side\":\"candidate\",\"stage\":\"search\",\"what\":\"topic\",\"id\":\"t1\",\"input\":\"\",\"reason\":\"timed "
	                           "out\",\"attempts\":3,\"seconds\":30}\n");
	rq_failures_release(&comparison.failures);
	rq_buf_release(&out);
}
END_TEST

Suite *report_writers_suite(void)
{
	Suite *suite = suite_create("report_writers");
	TCase *tests = tcase_create("writers");

	tcase_add_test(tests, writers_are_found_by_name);
	tcase_add_test(tests, writers_are_whole);
	tcase_add_test(tests, failures_are_a_line_each);
	suite_add_tcase(suite, tests);
	return suite;
}
