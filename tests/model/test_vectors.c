#include "evalcore/base/random.h"
#include "evalcore/model/vectors.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static struct rq_vectors filled(size_t n, size_t d, const float *values)
{
	struct rq_vectors vectors;

	ck_assert_int_eq(rq_vectors_init(&vectors, n, d, NULL), RQ_OK);
	memcpy(vectors.data, values, n * d * sizeof *values);
	return vectors;
}

START_TEST(memory_is_aligned_and_its_size_is_checked)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_vectors_init(&vectors, 3, 5, &err), RQ_OK);
	ck_assert_uint_eq((uintptr_t)vectors.data % 64, 0);
	ck_assert_uint_eq(vectors.n, 3);
	ck_assert_uint_eq(vectors.d, 5);
	rq_vectors_release(&vectors);
	ck_assert_ptr_null(vectors.data);
	rq_vectors_release(&vectors);
	ck_assert_int_eq(rq_vectors_init(&vectors, SIZE_MAX / 2, 3, &err), RQ_E_NOMEM);
	ck_assert_ptr_null(vectors.data);
	ck_assert_int_eq(rq_vectors_init(&vectors, SIZE_MAX / 8, 3, &err), RQ_E_NOMEM);
}
END_TEST

START_TEST(rows_are_scaled_to_length_one)
{
	const float values[] = {3, 4, 0, 0, -0.0f, 0, FLT_MAX, FLT_MAX, 0, 0, FLT_TRUE_MIN, 0};
	struct rq_vectors vectors = filled(4, 3, values);
	const float expected[] = {0.6f, 0.8f, 0, 0, 0, 0, 0.70710678f, 0.70710678f, 0, 0, 1, 0};

	ck_assert_uint_eq(rq_vectors_normalise(&vectors), 1);
	for (size_t i = 0; i < 12; i++)
		ck_assert(vectors.data[i] == expected[i]);
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(length_is_one_within_rounding)
{
	struct rq_random random;
	struct rq_vectors vectors;

	rq_random_seed(&random, 7);
	ck_assert_int_eq(rq_vectors_init(&vectors, 20, 100, NULL), RQ_OK);
	for (size_t i = 0; i < 2000; i++)
		vectors.data[i] = (float)rq_random_normal(&random);
	ck_assert_uint_eq(rq_vectors_normalise(&vectors), 0);
	for (size_t i = 0; i < 20; i++) {
		long double squares = 0;
		for (size_t j = 0; j < 100; j++)
			squares += (long double)vectors.data[i * 100 + j] * vectors.data[i * 100 + j];
		ck_assert_double_eq_tol((double)squares, 1, 1e-6);
	}
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(rows_that_are_zero_or_not_finite_are_found)
{
	const float values[] = {1, 2, 0, 0, 3, NAN, INFINITY, 1, 0, -0.0f};
	struct rq_vectors vectors = filled(5, 2, values);

	ck_assert_uint_eq(rq_vectors_not_finite(&vectors), 2);
	vectors.data[5] = 1;
	ck_assert_uint_eq(rq_vectors_not_finite(&vectors), 3);
	vectors.data[6] = 1;
	ck_assert_uint_eq(rq_vectors_not_finite(&vectors), 5);
	ck_assert_uint_eq(rq_vectors_zero_row(&vectors, 0), 1);
	ck_assert_uint_eq(rq_vectors_zero_row(&vectors, 1), 1);
	ck_assert_uint_eq(rq_vectors_zero_row(&vectors, 2), 4);
	ck_assert_uint_eq(rq_vectors_zero_row(&vectors, 5), 5);
	rq_vectors_release(&vectors);
}
END_TEST

/* More rows than one thread takes at a time, against each row alone. */
START_TEST(many_rows_are_scaled_as_one_is)
{
	enum { ROWS = 1300, WIDTH = 37 };
	struct rq_random random;
	struct rq_vectors all, one;

	rq_random_seed(&random, 8);
	ck_assert_int_eq(rq_vectors_init(&all, ROWS, WIDTH, NULL), RQ_OK);
	ck_assert_int_eq(rq_vectors_init(&one, ROWS, WIDTH, NULL), RQ_OK);
	for (size_t i = 0; i < ROWS * WIDTH; i++)
		all.data[i] = i / WIDTH % 100 == 99 ? 0 : (float)rq_random_normal(&random);
	memcpy(one.data, all.data, ROWS * WIDTH * sizeof(float));
	ck_assert_uint_eq(rq_vectors_normalise(&all), 13);
	for (size_t i = 0; i < ROWS; i++) {
		struct rq_vectors row = {.data = one.data + i * WIDTH, .n = 1, .d = WIDTH};
		ck_assert_uint_eq(rq_vectors_normalise(&row), i % 100 == 99);
	}
	ck_assert_int_eq(memcmp(all.data, one.data, ROWS * WIDTH * sizeof(float)), 0);
	ck_assert_uint_eq(rq_vectors_not_finite(&all), ROWS);
	for (size_t i = 0; i < ROWS * WIDTH; i += 7 * WIDTH + 5) {
		float kept = all.data[i];
		all.data[i] = i % 2 == 0 ? -INFINITY : -NAN;
		ck_assert_uint_eq(rq_vectors_not_finite(&all), i / WIDTH);
		all.data[i] = kept;
	}
	rq_vectors_release(&all);
	rq_vectors_release(&one);
}
END_TEST

Suite *vectors_suite(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tests = tcase_create("vectors");

	tcase_add_test(tests, memory_is_aligned_and_its_size_is_checked);
	tcase_add_test(tests, rows_are_scaled_to_length_one);
	tcase_add_test(tests, length_is_one_within_rounding);
	tcase_add_test(tests, rows_that_are_zero_or_not_finite_are_found);
	tcase_add_test(tests, many_rows_are_scaled_as_one_is);
	suite_add_tcase(suite, tests);
	return suite;
}
