/* Lines of bars. */
#include "reports/spark.h"

#include <check.h>
#include <math.h>

static const struct {
	double values[10];
	size_t count, columns;
	const char *bars, *signs;
} cases[] = {
	{{0}, 0, 10, "", ""},
	{{.5}, 1, 10, "▅", "="},
	{{3, 3, 3}, 3, 10, "▅▅▅", "==="},
	{{0, 1, 2, 3, 4, 5, 6, 7}, 8, 10, "▁▂▃▄▅▆▇█", "_.:-=+*#"},
	{{.7, -.7}, 2, 10, "█▁", "#_"},
	{{9, 0, 1, 2}, 4, 3, "▁▅█", "_=#"}, /* the 9 is not drawn, and sets no scale */
	{{0, NAN, 1}, 3, 10, "▁ █", "_ #"},
	{{0, INFINITY, 1}, 3, 10, "▁ █", "_ #"},
	{{NAN, NAN}, 2, 10, "  ", "  "},
	{{-1e308, 1e308}, 2, 10, "▁█", "_#"},
};

START_TEST(bars_stand_from_the_least_to_the_greatest)
{
	struct rq_buf out = {0};

	rq_buf_puts(&out, "");
	rq_add_spark(&out, cases[_i].values, cases[_i].count, cases[_i].columns, true);
	ck_assert_str_eq(out.data, cases[_i].bars);
	rq_buf_clear(&out);
	rq_buf_puts(&out, "");
	rq_add_spark(&out, cases[_i].values, cases[_i].count, cases[_i].columns, false);
	ck_assert_str_eq(out.data, cases[_i].signs);
	rq_buf_release(&out);
}
END_TEST

Suite *spark_suite(void)
{
	Suite *suite = suite_create("spark");
	TCase *tests = tcase_create("spark");

	tcase_add_loop_test(tests, bars_stand_from_the_least_to_the_greatest, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(suite, tests);
	return suite;
}
