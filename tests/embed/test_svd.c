#include "evalcore/base/system.h"
#include "evalcore/embed/lsa/svd.h"
#include "matrices.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct rq_svd decompose(const struct rq_sparse *sparse, size_t dimension, uint64_t seed)
{
	struct rq_svd svd;
	struct rq_error err = {0};

	ck_assert_ok(rq_svd_randomised(&svd, sparse, dimension, seed, NULL, &err));
	return svd;
}

static void zero_most(double *dense, size_t n, double density, struct rq_random *random)
{
	for (size_t i = 0; i < n; i++)
		if (rq_random_unit(random) > density)
			dense[i] = 0;
}

START_TEST(test_transpose)
{
	struct rq_random random;
	struct rq_error err = {0};

	rq_random_seed(&random, 2);
	for (int round = 0; round < 50; round++) {
		size_t rows = 1 + rq_random_below(&random, 20), columns = 1 + rq_random_below(&random, 20);
		double *dense = random_dense(rows, columns, &random);
		zero_most(dense, rows * columns, .3, &random);
		struct rq_sparse sparse = sparse_from(dense, rows, columns), transposed, twice;
		ck_assert_ok(rq_sparse_transpose(&transposed, &sparse, &err));
		ck_assert_uint_eq(transposed.rows, columns);
		for (size_t j = 0; j < columns; j++)
			for (size_t e = transposed.starts[j]; e < transposed.starts[j + 1]; e++) {
				ck_assert_float_eq(transposed.values[e], (float)dense[transposed.indices[e] * columns + j]);
				ck_assert(e == transposed.starts[j] || transposed.indices[e - 1] < transposed.indices[e]);
			}
		ck_assert_ok(rq_sparse_transpose(&twice, &transposed, &err));
		ck_assert_int_eq(memcmp(twice.starts, sparse.starts, (rows + 1) * sizeof *sparse.starts), 0);
		ck_assert_int_eq(memcmp(twice.indices, sparse.indices, sparse.starts[rows] * sizeof *sparse.indices), 0);
		rq_sparse_release(&sparse);
		rq_sparse_release(&transposed);
		rq_sparse_release(&twice);
		free(dense);
	}
}
END_TEST

/* With no more rows or columns than sketch columns the sketch holds everything, so the result is exact but for rounding. */
START_TEST(test_against_jacobi)
{
	struct rq_random random;

	rq_random_seed(&random, 100 + (uint64_t)_i);
	size_t rows = 2 + rq_random_below(&random, 40), columns = 2 + rq_random_below(&random, 40), least = rows < columns ? rows : columns;
	double *dense = random_dense(rows, columns, &random), *values, *v;
	zero_most(dense, rows * columns, .4, &random);
	for (size_t i = 0; i < rows * columns; i++)
		dense[i] = (float)dense[i];
	struct rq_sparse sparse = sparse_from(dense, rows, columns);
	jacobi_svd(&values, &v, dense, rows, columns);
	struct rq_svd svd = decompose(&sparse, least, 1);
	for (size_t k = 0; k < svd.rank; k++) {
		ck_assert_double_eq_tol(svd.values[k], values[k], 2e-5 * values[0]);
		double gap = fmin(k > 0 ? values[k - 1] - values[k] : INFINITY, k + 1 < least ? values[k] - values[k + 1] : INFINITY), dot = 0;
		for (size_t j = 0; j < columns; j++)
			dot += svd.v[j * svd.rank + k] * v[k * columns + j];
		if (gap > .02 * values[0] && values[k] > .02 * values[0])
			ck_assert_msg(fabs(dot) > 1 - 1e-5, "component %zu of %zu x %zu: |cos| %.9f", k, rows, columns, fabs(dot));
	}
	for (size_t k = svd.rank; k < least; k++)
		ck_assert_double_lt(values[k], 2e-5 * values[0]); /* what was left out is no component */
	rq_svd_release(&svd);
	rq_sparse_release(&sparse);
	free(dense);
	free(values);
	free(v);
}
END_TEST

START_TEST(test_orthonormal_and_signed)
{
	struct rq_random random;

	rq_random_seed(&random, 8);
	double *dense = random_dense(150, 230, &random);
	zero_most(dense, 150 * 230, .05, &random);
	struct rq_sparse sparse = sparse_from(dense, 150, 230);
	struct rq_svd svd = decompose(&sparse, 40, 1);
	ck_assert_uint_eq(svd.rank, 40);
	for (size_t a = 0; a < 40; a++) {
		size_t largest = 0;
		for (size_t b = 0; b < 40; b++) {
			double dot = 0;
			for (size_t j = 0; j < 230; j++)
				dot += (double)svd.v[j * 40 + a] * svd.v[j * 40 + b];
			ck_assert_double_eq_tol(dot, a == b, 1e-5);
		}
		for (size_t j = 0; j < 230; j++)
			if (fabsf(svd.v[j * 40 + a]) > fabsf(svd.v[largest * 40 + a]))
				largest = j;
		ck_assert_float_gt(svd.v[largest * 40 + a], 0);
		ck_assert(a == 0 || svd.values[a] <= svd.values[a - 1]);
	}
	rq_svd_release(&svd);
	rq_sparse_release(&sparse);
	free(dense);
}
END_TEST

/* A spectrum like that of text, i^-1/2, far larger than the sketch: the hard case for a randomised method. */
START_TEST(test_subspace_accuracy)
{
	enum { ROWS = 400, COLUMNS = 500, DIMENSION = 40 };
	struct rq_random random;
	double values[ROWS], best = 0, captured = 0;

	rq_random_seed(&random, 11);
	for (size_t i = 0; i < ROWS; i++)
		values[i] = 1 / sqrt((double)i + 1);
	for (size_t i = 0; i < DIMENSION; i++)
		best += values[i] * values[i];
	double *dense = dense_with_values(ROWS, COLUMNS, values, ROWS, &random);
	struct rq_sparse sparse = sparse_from(dense, ROWS, COLUMNS);
	struct rq_svd svd = decompose(&sparse, DIMENSION, 1);
	ck_assert_uint_eq(svd.rank, DIMENSION);
	for (size_t k = 0; k < DIMENSION; k++) {
		double squares = 0; /* |A v|^2, not what the method says of itself */
		for (size_t i = 0; i < ROWS; i++) {
			double dot = 0;
			for (size_t j = 0; j < COLUMNS; j++)
				dot += dense[i * COLUMNS + j] * svd.v[j * DIMENSION + k];
			squares += dot * dot;
		}
		captured += squares;
		ck_assert_double_le(svd.values[k], values[k] * (1 + 1e-5)); /* a subspace cannot hold more */
		ck_assert_double_ge(svd.values[k], values[k] * (k < DIMENSION / 2 ? .999 : .97));
		ck_assert_double_eq_tol(sqrt(squares), svd.values[k], .02 * values[k]);
	}
	ck_assert_double_le(captured, best * (1 + 1e-5));
	ck_assert_double_ge(captured, best * .998);
	rq_svd_release(&svd);
	rq_sparse_release(&sparse);
	free(dense);
}
END_TEST

START_TEST(test_rank)
{
	const double values[] = {5, 3, 2, 1, .5, .25, .1};
	struct rq_random random;

	rq_random_seed(&random, 12);
	double *dense = dense_with_values(120, 90, values, 7, &random);
	struct rq_sparse sparse = sparse_from(dense, 120, 90);
	struct rq_svd svd = decompose(&sparse, 30, 1);
	ck_assert_uint_eq(svd.rank, 7);
	for (size_t k = 0; k < 7; k++)
		ck_assert_double_eq_tol(svd.values[k], values[k], 1e-5);
	rq_svd_release(&svd);
	svd = decompose(&sparse, 3, 1);
	ck_assert_uint_eq(svd.rank, 3);
	rq_svd_release(&svd);
	memset(sparse.values, 0, sparse.starts[120] * sizeof *sparse.values);
	svd = decompose(&sparse, 30, 1);
	ck_assert_uint_eq(svd.rank, 0);
	rq_svd_release(&svd);
	rq_sparse_release(&sparse);
	sparse = sparse_from(dense, 1, 1);
	svd = decompose(&sparse, 10, 1);
	ck_assert_uint_eq(svd.rank, 1);
	ck_assert_float_eq_tol(svd.v[0], 1, 1e-6);
	rq_svd_release(&svd);
	svd = decompose(&sparse, 0, 1);
	ck_assert_uint_eq(svd.rank, 0);
	rq_svd_release(&svd);
	rq_sparse_release(&sparse);
	free(dense);
}
END_TEST

START_TEST(test_same_bits)
{
	const size_t shapes[][2] = {{5, 9}, {60, 40}, {300, 900}, {2000, 700}};
	size_t rows = shapes[_i][0], columns = shapes[_i][1];
	struct rq_random random;

	rq_random_seed(&random, 13);
	double *dense = random_dense(rows, columns, &random);
	zero_most(dense, rows * columns, .05, &random);
	struct rq_sparse sparse = sparse_from(dense, rows, columns);
	rq_threads_set(1);
	struct rq_svd first = decompose(&sparse, 50, 1);
	for (int threads = 1; threads <= 3; threads++) {
		rq_threads_set(threads);
		struct rq_svd again = decompose(&sparse, 50, 1);
		ck_assert_uint_eq(again.rank, first.rank);
		ck_assert_int_eq(memcmp(again.v, first.v, columns * first.rank * sizeof *first.v), 0);
		ck_assert_int_eq(memcmp(again.values, first.values, first.rank * sizeof *first.values), 0);
		rq_svd_release(&again);
	}
	struct rq_svd other = decompose(&sparse, 50, 2);
	if (rows > 100) /* where the sketch does not hold everything the seed shows */
		ck_assert_int_ne(memcmp(other.v, first.v, columns * first.rank * sizeof *first.v), 0);
	rq_svd_release(&other);
	rq_svd_release(&first);
	rq_sparse_release(&sparse);
	free(dense);
}
END_TEST

Suite *svd_suite(void)
{
	Suite *suite = suite_create("svd");
	TCase *tests = tcase_create("svd");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_transpose);
	tcase_add_loop_test(tests, test_against_jacobi, 0, 60);
	tcase_add_test(tests, test_orthonormal_and_signed);
	tcase_add_test(tests, test_subspace_accuracy);
	tcase_add_test(tests, test_rank);
	tcase_add_loop_test(tests, test_same_bits, 0, 4);
	suite_add_tcase(suite, tests);
	return suite;
}
