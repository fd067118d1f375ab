/* Randomised SVD of a sparse matrix A (rows x columns). A random sketch Y = A Z is sharpened by power iterations Y <- A A' Y, orthonormalised
 * each time, until it spans the leading left singular vectors. The small problem that is left, B = Y' A, is solved through the eigenvectors of
 * B B'. */
#include "evalcore/embed/lsa/svd.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/lsa/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Measured on two collections: README.md. */
enum { OVERSAMPLING = 32, POWER_ITERATIONS = 6, BLOCK_ROWS = 64 };

/* A component below this share of the largest singular value is what float32 rounding leaves of a rank that the matrix lacks. */
static const double NEGLIGIBLE = 1e-5;

void rq_sparse_release(struct rq_sparse *sparse)
{
	free(sparse->starts);
	free(sparse->indices);
	free(sparse->values);
	*sparse = (struct rq_sparse){0};
}

void rq_svd_release(struct rq_svd *svd)
{
	free(svd->values);
	free(svd->v);
	*svd = (struct rq_svd){0};
}

enum rq_status rq_sparse_transpose(struct rq_sparse *out, const struct rq_sparse *sparse, struct rq_error *err)
{
	size_t entries = sparse->starts[sparse->rows];

	*out = (struct rq_sparse){.rows = sparse->columns, .columns = sparse->rows};
	out->starts = calloc(out->rows + 2, sizeof *out->starts);
	out->indices = calloc(entries + 1, sizeof *out->indices);
	out->values = calloc(entries + 1, sizeof *out->values);
	if (out->starts == NULL || out->indices == NULL || out->values == NULL) {
		rq_sparse_release(out);
		return rq_fail_memory(err);
	}
	/* Counted two places ahead, so that filling, which moves each start to its row's end, leaves starts where they belong. */
	for (size_t e = 0; e < entries; e++)
		out->starts[sparse->indices[e] + 2]++;
	for (size_t row = 1; row < out->rows; row++)
		out->starts[row + 1] += out->starts[row];
	for (size_t row = 0; row < sparse->rows; row++)
		for (size_t e = sparse->starts[row]; e < sparse->starts[row + 1]; e++) {
			size_t place = out->starts[sparse->indices[e] + 1]++;
			out->indices[place] = (uint32_t)row;
			out->values[place] = sparse->values[e];
		}
	return RQ_OK;
}

struct product {
	float *out; /* sparse->rows x d */
	const struct rq_sparse *sparse;
	const float *dense; /* sparse->columns x d */
	size_t d;
};

/* Sixteen columns: one register of AVX-512, two of AVX2, four of SSE2, with the same digits. */
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
enum { LANES = 16, STRIP = 4 * LANES };

/* out (d) = the sum of values[e] * dense row indices[e], each column in the order of the entries. Columns go in strips that stay in registers. */
RQ_CLONES static void product_row(float *out, const uint32_t *indices, const float *values, size_t entries, const float *dense, size_t d)
{
	size_t j = 0;

	for (; j + STRIP <= d; j += STRIP) {
		lanes a = {0}, b = {0}, c = {0}, f = {0}, *strip = (lanes *)(out + j);
		for (size_t e = 0; e < entries; e++) {
			const lanes *row = (const lanes *)(dense + indices[e] * d + j);
			a += values[e] * row[0];
			b += values[e] * row[1];
			c += values[e] * row[2];
			f += values[e] * row[3];
		}
		strip[0] = a, strip[1] = b, strip[2] = c, strip[3] = f;
	}
	for (; j + LANES <= d; j += LANES) {
		lanes a = {0};
		for (size_t e = 0; e < entries; e++)
			a += values[e] * *(const lanes *)(dense + indices[e] * d + j);
		*(lanes *)(out + j) = a;
	}
	for (; j < d; j++) {
		out[j] = 0;
		for (size_t e = 0; e < entries; e++)
			out[j] += values[e] * dense[indices[e] * d + j];
	}
}

static void product_block(void *context, size_t block)
{
	const struct product *p = context;
	const struct rq_sparse *sparse = p->sparse;
	size_t last = (block + 1) * BLOCK_ROWS < sparse->rows ? (block + 1) * BLOCK_ROWS : sparse->rows;

	for (size_t row = block * BLOCK_ROWS; row < last; row++) {
		size_t start = sparse->starts[row];
		product_row(p->out + row * p->d, sparse->indices + start, sparse->values + start, sparse->starts[row + 1] - start, p->dense, p->d);
	}
}

/* out = sparse * dense; a row is summed in the order of its entries. */
static void multiply(float *out, const struct rq_sparse *sparse, const float *dense, size_t d)
{
	struct product product = {.out = out, .sparse = sparse, .dense = dense, .d = d};

	rq_parallel_for((sparse->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, product_block, &product);
}

struct sketch {
	float *out; /* rows x d */
	size_t rows, d;
	uint64_t seed;
};

/* Uniform numbers instead of Gaussians: as good a sketch (any centred, bounded distribution is; Martinsson & Tropp, Acta Numerica 29, 2020)
 * without the mathematical library, whose last digits differ between machines. Each row has a generator of its own, so that rows may be drawn in
 * any order. */
static void sketch_block(void *context, size_t block)
{
	const struct sketch *sketch = context;
	size_t last = (block + 1) * BLOCK_ROWS < sketch->rows ? (block + 1) * BLOCK_ROWS : sketch->rows;

	for (size_t row = block * BLOCK_ROWS; row < last; row++) {
		uint64_t name[] = {sketch->seed, row};
		struct rq_random random;
		rq_random_seed(&random, rq_hash64(name, sizeof name));
		for (size_t j = 0; j < sketch->d; j++)
			sketch->out[row * sketch->d + j] = (float)(rq_random_unit(&random) - .5);
	}
}

static void draw_sketch(float *out, size_t rows, size_t d, uint64_t seed)
{
	struct sketch sketch = {.out = out, .rows = rows, .d = d, .seed = seed};

	rq_parallel_for((rows + BLOCK_ROWS - 1) / BLOCK_ROWS, sketch_block, &sketch);
}

/* The matrix, its transpose and the two tall ones of an iteration, each with a scratch of its size. */
struct work {
	const struct rq_sparse *matrix;
	struct rq_sparse transposed;
	float *left;    /* rows x d: the basis Y */
	float *right;   /* columns x d: A' Y */
	float *scratch; /* the larger of the two */
	size_t d;
};

static void work_release(struct work *work)
{
	rq_sparse_release(&work->transposed);
	free(work->left);
	free(work->right);
	free(work->scratch);
}

static enum rq_status work_init(struct work *work, const struct rq_sparse *matrix, size_t d, struct rq_error *err)
{
	size_t larger = matrix->rows > matrix->columns ? matrix->rows : matrix->columns;

	*work = (struct work){.matrix = matrix, .d = d};
	RQ_TRY(rq_sparse_transpose(&work->transposed, matrix, err));
	work->left = rq_alloc_aligned(matrix->rows, d * sizeof(float));
	work->right = rq_alloc_aligned(matrix->columns, d * sizeof(float));
	work->scratch = rq_alloc_aligned(larger, d * sizeof(float));
	return work->left == NULL || work->right == NULL || work->scratch == NULL ? rq_fail_memory(err) : RQ_OK;
}

size_t rq_svd_width(size_t dimension, size_t smaller)
{
	return dimension + OVERSAMPLING < smaller ? dimension + OVERSAMPLING : smaller;
}

size_t rq_svd_steps(void)
{
	return POWER_ITERATIONS + 2;
}

/* Leaves in work->left an orthonormal basis (work->d columns) of the leading left singular vectors, in work->right its product A' Y. */
static enum rq_status find_range(struct work *work, uint64_t seed, struct rq_progress *progress, struct rq_error *err)
{
	draw_sketch(work->right, work->matrix->columns, work->d, seed);
	for (int i = 0; i <= POWER_ITERATIONS && work->d > 0; i++) {
		RQ_TRY(rq_cancel_check(err));
		multiply(work->left, work->matrix, work->right, work->d);
		RQ_TRY(rq_dense_orthonormalise(work->left, &work->d, work->matrix->rows, work->d, i < POWER_ITERATIONS ? 1 : 2, work->scratch, err));
		multiply(work->right, &work->transposed, work->left, work->d);
		rq_progress_add(progress, 1);
	}
	return rq_cancel_check(err);
}

/* Turns each component so that its entry of largest magnitude, the first of equals, is positive. `extreme` has room for d. */
static void turn_signs(float *v, size_t rows, size_t d, float *extreme)
{
	memset(extreme, 0, d * sizeof *extreme);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < d; j++)
			if (fabsf(v[i * d + j]) > fabsf(extreme[j]))
				extreme[j] = v[i * d + j];
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < d; j++)
			if (extreme[j] < 0)
				v[i * d + j] = -v[i * d + j];
}

/* With B' = work->right and B B' = W S^2 W', the right singular vectors are B' W S^-1. */
static enum rq_status solve_small(struct rq_svd *svd, struct work *work, size_t dimension, struct rq_error *err)
{
	size_t d = work->d, columns = work->matrix->columns;
	RQ_CLEANUP(rq_free_pointer) double *gram = rq_alloc_aligned(d + 1, d * sizeof *gram); /* and the eigenvalues, ascending */
	RQ_CLEANUP(rq_free_pointer) float *rotation = rq_alloc_aligned(d, d * sizeof *rotation);

	if (gram == NULL || rotation == NULL)
		return rq_fail_memory(err);
	double *squares = gram + d * d;
	RQ_TRY(rq_dense_gram(gram, work->right, columns, d, err));
	RQ_TRY(rq_symmetric_eigen(squares, gram, d, err));
	while (svd->rank < d && svd->rank < dimension && squares[d - 1 - svd->rank] > NEGLIGIBLE * NEGLIGIBLE * squares[d - 1])
		svd->rank++;
	svd->values = calloc(svd->rank + 1, sizeof *svd->values);
	svd->v = rq_alloc_aligned(columns, svd->rank * sizeof *svd->v);
	if (svd->values == NULL || svd->v == NULL)
		return rq_fail_memory(err);
	for (size_t j = 0; j < svd->rank; j++) {
		svd->values[j] = sqrt(squares[d - 1 - j]);
		for (size_t i = 0; i < d; i++)
			rotation[i * svd->rank + j] = (float)(gram[(d - 1 - j) * d + i] / svd->values[j]);
	}
	rq_dense_multiply(svd->v, work->right, columns, d, rotation, svd->rank);
	turn_signs(svd->v, columns, svd->rank, rotation); /* done with it */
	return RQ_OK;
}

enum rq_status rq_svd_randomised(struct rq_svd *svd, const struct rq_sparse *matrix, size_t dimension, uint64_t seed, struct rq_progress *progress,
                                 struct rq_error *err)
{
	size_t smaller = matrix->rows < matrix->columns ? matrix->rows : matrix->columns;
	struct work work;

	*svd = (struct rq_svd){0};
	if (smaller == 0 || dimension == 0)
		return RQ_OK;
	enum rq_status status = work_init(&work, matrix, rq_svd_width(dimension, smaller), err);
	if (status == RQ_OK)
		status = find_range(&work, seed, progress, err);
	if (status == RQ_OK && work.d > 0)
		status = solve_small(svd, &work, dimension, err);
	if (status != RQ_OK)
		rq_svd_release(svd);
	else
		rq_progress_add(progress, 1);
	work_release(&work);
	return status;
}
