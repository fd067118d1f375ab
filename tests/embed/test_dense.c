#include "evalcore/base/system.h"
#include "evalcore/embed/lsa/dense.h"
#include "matrices.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *random_floats(size_t n, struct rq_random *random)
{
	float *x = rq_alloc_aligned(n + 1, sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = (float)rq_random_normal(random);
	return x;
}

/* Row counts on both sides of the slices and blocks. */
static const size_t row_counts[] = {1, 2, 7, 15, 16, 17, 100, 511, 512, 513, 8191, 8193, 9000};

START_TEST(test_products)
{
	size_t n = row_counts[_i], d = n < 20 ? n : 13, k = 5;
	struct rq_random random;
	struct rq_error err = {0};

	rq_random_seed(&random, 3);
	float *x = random_floats(n * d, &random), *right = random_floats(d * k, &random), *out = random_floats(n * k, &random);
	double *gram = malloc(d * d * sizeof *gram);
	ck_assert_ok(rq_dense_gram(gram, x, n, d, &err));
	rq_dense_multiply(out, x, n, d, right, k);
	for (size_t a = 0; a < d; a++)
		for (size_t b = 0; b < d; b++) {
			double sum = 0;
			for (size_t i = 0; i < n; i++)
				sum += (double)x[i * d + a] * x[i * d + b];
			ck_assert_double_eq_tol(gram[a * d + b], sum, 1e-12 * (double)n + 1e-12);
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < k; j++) {
			double sum = 0;
			for (size_t a = 0; a < d; a++)
				sum += (double)x[i * d + a] * right[a * k + j];
			ck_assert_double_eq_tol(out[i * k + j], sum, 1e-4);
		}
	free(x);
	free(right);
	free(out);
	free(gram);
}
END_TEST

static void check_orthonormal(const float *x, size_t n, size_t d)
{
	for (size_t a = 0; a < d; a++)
		for (size_t b = 0; b < d; b++) {
			double sum = 0;
			for (size_t i = 0; i < n; i++)
				sum += (double)x[i * d + a] * x[i * d + b];
			ck_assert_msg(fabs(sum - (a == b)) < 2e-6, "columns %zu and %zu: %g", a, b, sum);
		}
}

/* Largest length that a column of `original` keeps once its part in the span of q is taken away, as a share of the longest. */
static double outside_span(const double *original, size_t n, size_t d, const float *q, size_t rank)
{
	double worst = 0, longest = 0;
	double *rest = malloc(n * sizeof *rest);

	for (size_t j = 0; j < d; j++) {
		double before = 0, after = 0;
		for (size_t i = 0; i < n; i++)
			rest[i] = original[i * d + j];
		for (size_t i = 0; i < n; i++)
			before += rest[i] * rest[i];
		for (int pass = 0; pass < 2; pass++)
			for (size_t k = 0; k < rank; k++) {
				double dot = 0;
				for (size_t i = 0; i < n; i++)
					dot += rest[i] * q[i * rank + k];
				for (size_t i = 0; i < n; i++)
					rest[i] -= dot * q[i * rank + k];
			}
		for (size_t i = 0; i < n; i++)
			after += rest[i] * rest[i];
		longest = fmax(longest, sqrt(before));
		worst = fmax(worst, sqrt(after));
	}
	free(rest);
	return worst / longest;
}

static void orthonormalise(double *matrix, size_t n, size_t d, size_t expected_rank)
{
	float *x = rq_alloc_aligned(n * d, sizeof *x), *scratch = rq_alloc_aligned(n * d, sizeof *scratch);
	struct rq_error err = {0};
	size_t rank;

	for (size_t i = 0; i < n * d; i++)
		matrix[i] = x[i] = (float)matrix[i];
	ck_assert_ok(rq_dense_orthonormalise(x, &rank, n, d, 2, scratch, &err));
	ck_assert_uint_eq(rank, expected_rank);
	check_orthonormal(x, n, rank);
	if (rank > 0)
		ck_assert_double_le(outside_span(matrix, n, d, x, rank), 2e-6);
	free(x);
	free(scratch);
	free(matrix);
}

START_TEST(test_orthonormal_basis)
{
	struct rq_random random;
	double values[30];

	rq_random_seed(&random, 5);
	orthonormalise(random_dense(1, 1, &random), 1, 1, 1);
	orthonormalise(random_dense(30, 30, &random), 30, 30, 30);
	orthonormalise(random_dense(700, 40, &random), 700, 40, 40);
	for (size_t i = 0; i < 30; i++)
		values[i] = pow(10, -(double)i / 10); /* condition 800 */
	orthonormalise(dense_with_values(600, 30, values, 30, &random), 600, 30, 30);
}
END_TEST

START_TEST(test_dependent_columns_are_dropped)
{
	struct rq_random random;
	double *x;

	rq_random_seed(&random, 6);
	orthonormalise(calloc(50 * 4, sizeof(double)), 50, 4, 0);
	x = random_dense(300, 12, &random);
	for (size_t i = 0; i < 300; i++) {
		x[i * 12 + 3] = x[i * 12 + 7];                 /* a copy */
		x[i * 12 + 5] = 0;                             /* nothing */
		x[i * 12 + 9] = -4 * x[i * 12];                /* a multiple, exact in binary */
	}
	orthonormalise(x, 300, 12, 9);
	x = random_dense(4, 9, &random); /* more columns than rows */
	orthonormalise(x, 4, 9, 4);
}
END_TEST

START_TEST(test_threads_do_not_matter)
{
	size_t n = row_counts[_i], d = n < 64 ? n : 64;
	struct rq_random random;
	struct rq_error err = {0};
	size_t rank[2];

	rq_random_seed(&random, 9);
	float *x[2] = {random_floats(n * d, &random), rq_alloc_aligned(n * d, sizeof(float))}, *scratch = rq_alloc_aligned(n * d, sizeof(float));
	memcpy(x[1], x[0], n * d * sizeof(float));
	for (int i = 0; i < 2; i++) {
		rq_threads_set(1 + i);
		ck_assert_ok(rq_dense_orthonormalise(x[i], &rank[i], n, d, 2, scratch, &err));
		ck_assert_int_eq(rq_threads(), 1 + i);
	}
	ck_assert_uint_eq(rank[0], rank[1]);
	ck_assert_int_eq(memcmp(x[0], x[1], n * rank[0] * sizeof(float)), 0);
	free(x[0]);
	free(x[1]);
	free(scratch);
}
END_TEST

Suite *dense_suite(void)
{
	Suite *suite = suite_create("dense");
	TCase *tests = tcase_create("dense");
	const int counts = sizeof row_counts / sizeof *row_counts;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_products, 0, counts);
	tcase_add_test(tests, test_orthonormal_basis);
	tcase_add_test(tests, test_dependent_columns_are_dropped);
	tcase_add_loop_test(tests, test_threads_do_not_matter, 0, counts);
	suite_add_tcase(suite, tests);
	return suite;
}
