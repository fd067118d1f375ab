#include "support.h"

#include <check.h>
#include <string.h>

struct row {
	int32_t d;
	float values[2];
};

static void refused(const void *data, size_t size, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};

	ck_assert_int_eq(vectors_from(&vectors, "fvecs", data, size, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(vectors.data);
}

START_TEST(rows_are_read)
{
	const struct row rows[] = {{2, {1, 2}}, {2, {-3, 0.5f}}, {2, {0, 7}}};
	struct rq_vectors vectors;

	ck_assert_int_eq(vectors_from(&vectors, "fvecs", rows, sizeof rows, NULL), RQ_OK);
	ck_assert_uint_eq(vectors.n, 3);
	ck_assert_uint_eq(vectors.d, 2);
	for (size_t i = 0; i < 3; i++)
		ck_assert_mem_eq(vectors.data + 2 * i, rows[i].values, sizeof rows[i].values);
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(what_is_wrong_names_the_row)
{
	struct row rows[] = {{2, {1, 2}}, {2, {3, 4}}, {2, {5, 6}}};

	refused(rows, 0, "x: 0 bytes; expected rows of a dimension (int32) and as many numbers of type f4");
	refused(rows, 3, "x: 3 bytes; expected rows of a dimension (int32) and as many numbers of type f4");
	refused(rows, 4, "x: row 0 (counted from 0) is cut short: expected 12 bytes for dimension 2, found 4; copy or write the file again");
	refused(rows, 35, "x: row 2 (counted from 0) is cut short: expected 12 bytes for dimension 2, found 11; copy or write the file again");
	refused(rows, 26, "x: row 2 (counted from 0) is cut short: expected 12 bytes for dimension 2, found 2; copy or write the file again");
	rows[1].d = 3;
	refused(rows, sizeof rows, "x: row 1 (counted from 0) has dimension 3; expected 2, as in row 0");
	rows[1].d = 2;
	rows[2].d = -1;
	refused(rows, 30, "x: row 2 (counted from 0) has dimension -1; expected 2, as in row 0");
	rows[0].d = 0;
	refused(rows, sizeof rows, "x: row 0 has dimension 0; expected 1 or more: is this a file of the format fvecs?");
	rows[0].d = INT32_MAX;
	refused(rows, sizeof rows,
			"x: row 0 (counted from 0) is cut short: expected 8589934592 bytes for dimension 2147483647, found 36; copy or write the file again");
}
END_TEST

Suite *fvecs_suite(void)
{
	Suite *suite = suite_create("fvecs");
	TCase *tests = tcase_create("fvecs");

	tcase_add_test(tests, rows_are_read);
	tcase_add_test(tests, what_is_wrong_names_the_row);
	suite_add_tcase(suite, tests);
	return suite;
}
