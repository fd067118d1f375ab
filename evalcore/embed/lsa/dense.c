/* Orthonormalisation through the Gram matrix: its Cholesky factor R gives x R^-1 (CholeskyQR), to full accuracy when done twice (Yamamoto,
 * Nakatsukasa, Yanagisawa, Fukaya, ETNA 44, 2015). Gram matrix and factor are in double, so float32 input may be as ill-conditioned as 1e6;
 * pivoting finds the rank of what is worse. */
#include "evalcore/embed/lsa/dense.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows are cut into so many slices at least, whatever the number of threads: OpenBLAS splits sums among its threads, so each product has to stay
 * on one. */
enum { SLICES = 16, BLOCK_ROWS = 512 };

/* Squared length, of the longest column's, below which a column is rounding error. */
static const double DEPENDENT = 1e-12;

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct gram {
	const float *x;
	size_t n, d, slice_rows;
	size_t block_rows;
	double *copies;   /* a slice: block_rows x d */
	double *partials; /* a slice: d x d */
};

RQ_CLONES static void widen(double *restrict out, const float *restrict x, size_t n)
{
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		out[i] = x[i];
}

static void gram_slice(void *context, size_t slice)
{
	const struct gram *gram = context;
	size_t d = gram->d, last = smaller((slice + 1) * gram->slice_rows, gram->n);
	double *copy = gram->copies + slice * gram->block_rows * d, *partial = gram->partials + slice * d * d;

	for (size_t first = slice * gram->slice_rows; first < last; first += gram->block_rows) {
		size_t rows = smaller(gram->block_rows, last - first);
		widen(copy, gram->x + first * d, rows * d);
		rq_dsyrk(d, rows, copy, d, 1, partial, d);
	}
}

enum rq_status rq_dense_gram(double *gram, const float *x, size_t n, size_t d, struct rq_error *err)
{
	size_t slice_rows = (n + SLICES - 1) / SLICES, block_rows = smaller(BLOCK_ROWS, slice_rows);
	RQ_CLEANUP(rq_free_pointer) double *copies = rq_alloc_aligned((size_t)SLICES * block_rows, d * sizeof *copies);
	RQ_CLEANUP(rq_free_pointer) double *partials = rq_alloc_aligned(SLICES * d, d * sizeof *partials);
	struct gram context = {
		.x = x, .n = n, .d = d, .slice_rows = slice_rows, .block_rows = block_rows, .copies = copies, .partials = partials};

	if (copies == NULL || partials == NULL)
		return rq_fail_memory(err);
	memset(partials, 0, SLICES * d * d * sizeof *partials);
	rq_parallel_for(SLICES, gram_slice, &context);
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = partials[i * d + j];
			for (size_t slice = 1; slice < SLICES; slice++)
				sum += partials[slice * d * d + i * d + j];
			gram[i * d + j] = gram[j * d + i] = sum;
		}
	return RQ_OK;
}

struct product {
	float *out;
	const float *x, *right;
	size_t n, d, k, block_rows;
};

static void product_block(void *context, size_t block)
{
	const struct product *p = context;
	size_t first = block * p->block_rows;

	rq_sgemm(false, false, smaller(p->block_rows, p->n - first), p->k, p->d, 1, p->x + first * p->d, p->d, p->right, p->k, 0,
	         p->out + first * p->k, p->k);
}

void rq_dense_multiply(float *out, const float *x, size_t n, size_t d, const float *right, size_t k)
{
	size_t rows = smaller(BLOCK_ROWS, (n + SLICES - 1) / SLICES);
	struct product product = {.out = out, .x = x, .right = right, .n = n, .d = d, .k = k, .block_rows = rows};

	rq_parallel_for((n + rows - 1) / rows, product_block, &product);
}

RQ_CLONES static void take_away(double *restrict out, const double *restrict x, double times, size_t n)
{
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		out[i] -= times * x[i];
}

/* The row with the largest squared length left, the first of equals; d when none is above the limit. */
static size_t next_pivot(const double *left, const bool *used, size_t d, double limit)
{
	size_t best = d;

	for (size_t i = 0; i < d; i++)
		if (!used[i] && left[i] > limit && (best == d || left[i] > left[best]))
			best = i;
	return best;
}

/* Pivoted Cholesky of gram: step k chooses pivots[k] and writes row k of the factor, factor[k][j] for every column j not yet used. Returns the
 * rank. */
static size_t pivoted_cholesky(double *factor, size_t *pivots, double *left, bool *used, const double *gram, size_t d)
{
	double longest = 0;
	size_t rank = 0, pivot;

	for (size_t i = 0; i < d; i++) {
		left[i] = gram[i * d + i];
		longest = fmax(longest, left[i]);
	}
	while ((pivot = next_pivot(left, used, d, DEPENDENT * longest)) < d) {
		double *row = factor + rank * d, diagonal = sqrt(left[pivot]);
		pivots[rank] = pivot;
		used[pivot] = true;
		memcpy(row, gram + pivot * d, d * sizeof *row);
		for (size_t k = 0; k < rank; k++)
			take_away(row, factor + k * d, factor[k * d + pivot], d);
		for (size_t j = 0; j < d; j++) {
			row[j] = j == pivot ? diagonal : used[j] ? 0 : row[j] / diagonal;
			left[j] -= row[j] * row[j];
		}
		rank++;
	}
	return rank;
}

/* inverse (d x rank): x * inverse has orthonormal columns. Solves upper-triangular R = factor[.][pivots] row by row, from the last; `rows` has room for
 * rank x rank. */
static void invert(float *inverse, double *rows, const double *factor, const size_t *pivots, size_t d, size_t rank)
{
	for (size_t i = rank; i-- > 0;) {
		double *row = rows + i * rank;
		memset(row, 0, rank * sizeof *row);
		row[i] = 1;
		for (size_t k = i + 1; k < rank; k++)
			take_away(row + k, rows + k * rank + k, factor[i * d + pivots[k]], rank - k);
		for (size_t c = i; c < rank; c++)
			row[c] /= factor[i * d + pivots[i]];
	}
	memset(inverse, 0, d * rank * sizeof *inverse);
	for (size_t i = 0; i < rank; i++)
		for (size_t c = i; c < rank; c++)
			inverse[pivots[i] * rank + c] = (float)rows[i * rank + c];
}

/* One pass: *rank columns in, *rank columns out. */
static enum rq_status orthonormalise_once(float *x, size_t *rank, size_t n, float *scratch, struct rq_error *err)
{
	size_t d = *rank;
	RQ_CLEANUP(rq_free_pointer) double *gram = rq_alloc_aligned(3 * d + 1, d * sizeof *gram); /* and the factor, its inverse, a vector */
	RQ_CLEANUP(rq_free_pointer) float *inverse = rq_alloc_aligned(d, d * sizeof *inverse);
	RQ_CLEANUP(rq_free_pointer) size_t *pivots = calloc(d, sizeof *pivots);
	RQ_CLEANUP(rq_free_pointer) bool *used = calloc(d, sizeof *used);

	if (gram == NULL || inverse == NULL || pivots == NULL || used == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_dense_gram(gram, x, n, d, err));
	double *factor = gram + d * d, *rows = factor + d * d, *left = rows + d * d;
	*rank = pivoted_cholesky(factor, pivots, left, used, gram, d);
	if (*rank == 0)
		return RQ_OK;
	invert(inverse, rows, factor, pivots, d, *rank);
	rq_dense_multiply(scratch, x, n, d, inverse, *rank);
	memcpy(x, scratch, n * *rank * sizeof *x);
	return RQ_OK;
}

enum rq_status rq_dense_orthonormalise(float *x, size_t *rank, size_t n, size_t d, int passes, float *scratch, struct rq_error *err)
{
	*rank = d;
	for (int i = 0; i < passes && *rank > 0; i++)
		RQ_TRY(orthonormalise_once(x, rank, n, scratch, err));
	return RQ_OK;
}
