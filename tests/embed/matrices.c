#include "matrices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double *random_dense(size_t rows, size_t columns, struct rq_random *random)
{
	double *dense = malloc((rows * columns + 1) * sizeof *dense);

	for (size_t i = 0; i < rows * columns; i++)
		dense[i] = rq_random_normal(random);
	return dense;
}

/* Modified Gram-Schmidt, twice, on the rows. */
static void orthonormalise_rows(double *x, size_t rows, size_t columns)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < rows; i++) {
			for (size_t k = 0; k < i; k++) {
				double dot = 0;
				for (size_t j = 0; j < columns; j++)
					dot += x[i * columns + j] * x[k * columns + j];
				for (size_t j = 0; j < columns; j++)
					x[i * columns + j] -= dot * x[k * columns + j];
			}
			double squares = 0;
			for (size_t j = 0; j < columns; j++)
				squares += x[i * columns + j] * x[i * columns + j];
			for (size_t j = 0; j < columns; j++)
				x[i * columns + j] /= sqrt(squares);
		}
}

double *dense_with_values(size_t rows, size_t columns, const double *values, size_t rank, struct rq_random *random)
{
	double *left = random_dense(rank, rows, random), *right = random_dense(rank, columns, random), *dense = calloc(rows * columns, sizeof *dense);

	orthonormalise_rows(left, rank, rows);
	orthonormalise_rows(right, rank, columns);
	for (size_t k = 0; k < rank; k++)
		for (size_t i = 0; i < rows; i++)
			for (size_t j = 0; j < columns; j++)
				dense[i * columns + j] += values[k] * left[k * rows + i] * right[k * columns + j];
	free(left);
	free(right);
	return dense;
}

struct rq_sparse sparse_from(const double *dense, size_t rows, size_t columns)
{
	struct rq_sparse sparse = {.rows = rows, .columns = columns};
	size_t entries = 0;

	sparse.starts = calloc(rows + 1, sizeof *sparse.starts);
	sparse.indices = calloc(rows * columns + 1, sizeof *sparse.indices);
	sparse.values = calloc(rows * columns + 1, sizeof *sparse.values);
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < columns; j++)
			if (dense[i * columns + j] != 0) {
				sparse.indices[entries] = (uint32_t)j;
				sparse.values[entries++] = (float)dense[i * columns + j];
			}
		sparse.starts[i + 1] = entries;
	}
	return sparse;
}

/* Rotates rows a and b of u and v so that a'b of u becomes 0; returns how far from it they were. */
static double rotate_rows(double *u, double *v, size_t a, size_t b, size_t length, size_t n)
{
	double aa = 0, bb = 0, ab = 0;

	for (size_t j = 0; j < length; j++) {
		aa += u[a * length + j] * u[a * length + j];
		bb += u[b * length + j] * u[b * length + j];
		ab += u[a * length + j] * u[b * length + j];
	}
	if (ab == 0)
		return 0;
	double zeta = (bb - aa) / (2 * ab), t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta)), c = 1 / sqrt(1 + t * t), s = c * t;
	for (size_t j = 0; j < length; j++) {
		double x = u[a * length + j], y = u[b * length + j];
		u[a * length + j] = c * x - s * y;
		u[b * length + j] = s * x + c * y;
	}
	for (size_t j = 0; j < n; j++) {
		double x = v[a * n + j], y = v[b * n + j];
		v[a * n + j] = c * x - s * y;
		v[b * n + j] = s * x + c * y;
	}
	return fabs(ab) / sqrt(aa * bb);
}

void jacobi_svd(double **values, double **v, const double *dense, size_t rows, size_t columns)
{
	double *u = malloc(columns * rows * sizeof *u), *w = calloc(columns * columns, sizeof *w), off;
	size_t count = rows < columns ? rows : columns;

	/* u: the matrix's columns as rows; w: identity, which gathers the rotations */
	for (size_t j = 0; j < columns; j++) {
		for (size_t i = 0; i < rows; i++)
			u[j * rows + i] = dense[i * columns + j];
		w[j * columns + j] = 1;
	}
	do {
		off = 0;
		for (size_t a = 0; a < columns; a++)
			for (size_t b = a + 1; b < columns; b++) {
				double norm = 0;
				for (size_t j = 0; j < rows; j++)
					norm += fabs(u[a * rows + j]) * fabs(u[b * rows + j]);
				if (norm > 1e-20)
					off = fmax(off, rotate_rows(u, w, a, b, rows, columns));
			}
	} while (off > 1e-12);
	*values = calloc(count, sizeof **values);
	*v = calloc(count * columns, sizeof **v);
	double *lengths = calloc(columns, sizeof *lengths);
	for (size_t j = 0; j < columns; j++)
		for (size_t i = 0; i < rows; i++)
			lengths[j] += u[j * rows + i] * u[j * rows + i];
	for (size_t k = 0; k < count; k++) {
		size_t best = 0;
		for (size_t j = 1; j < columns; j++)
			if (lengths[j] > lengths[best])
				best = j;
		(*values)[k] = sqrt(lengths[best]);
		memcpy(*v + k * columns, w + best * columns, columns * sizeof **v);
		lengths[best] = -1;
	}
	free(lengths);
	free(u);
	free(w);
}
