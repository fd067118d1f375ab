/* Linear CKA and the orthogonal Procrustes residual: both are made of three matrices, X'X, Y'Y and X'Y. */
#include "metrics/drift/model.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "metrics/drift/product.h"
#include "metrics/drift/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is left of equal rows when their mean is taken off, as a share of their squares. */
static const double rounding = 1e-24;

/* One side, centred, in as few columns as it takes. */
struct side {
	struct rq_tall columns;
	double *centre, *values; /* behind the columns */
	double squares;          /* |X|_F^2 */
	double gram;             /* |X'X|_F */
};

struct sides {
	struct side of[2];
	size_t n;
};

static void release(struct sides *sides)
{
	for (int i = 0; i < 2; i++) {
		free(sides->of[i].centre);
		free(sides->of[i].values);
	}
}

/* Fewer rows than dimensions: the rows in coordinates of the space that they span. X X' = U S U', and U S^(1/2) has the same products of rows. */
static enum rq_status shrink(struct side *side, const struct rq_vectors *vectors, struct rq_error *err)
{
	size_t n = vectors->n, d = vectors->d;
	RQ_CLEANUP(rq_free_pointer) double *turned = rq_alloc_aligned(d, n * sizeof *turned);
	RQ_CLEANUP(rq_free_pointer) double *gram = rq_alloc_aligned(n + 1, n * sizeof *gram);

	side->values = rq_alloc_aligned(n, n * sizeof *side->values);
	if (turned == NULL || gram == NULL || side->values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			turned[j * n + i] = vectors->data[i * d + j] - side->centre[j];
	const struct rq_tall rows = {.values = turned, .count = n};
	RQ_TRY(rq_tall_product(gram, &rows, &rows, d, err));
	double *values = gram + n * n;
	RQ_TRY(rq_symmetric_eigen(values, gram, n, err));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			side->values[i * n + j] = gram[j * n + i] * sqrt(fmax(values[j], 0));
	side->columns = (struct rq_tall){.values = side->values, .count = n};
	return RQ_OK;
}

static enum rq_status side_init(struct side *side, const struct rq_vectors *vectors, struct rq_error *err)
{
	side->centre = rq_alloc_aligned(vectors->d, sizeof *side->centre);
	if (side->centre == NULL)
		return rq_fail_memory(err);
	rq_tall_mean(side->centre, vectors);
	side->columns = (struct rq_tall){.vectors = vectors->data, .centre = side->centre, .count = vectors->d};
	if (vectors->n < vectors->d)
		RQ_TRY(shrink(side, vectors, err));
	size_t d = side->columns.count;
	RQ_CLEANUP(rq_free_pointer) double *gram = rq_alloc_aligned(d, d * sizeof *gram);
	if (gram == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_tall_product(gram, &side->columns, &side->columns, vectors->n, err));
	for (size_t j = 0; j < d; j++)
		side->squares += gram[j * d + j];
	side->gram = sqrt(rq_sum_squares(gram, d * d));
	if (side->squares <= rounding * (double)vectors->n * rq_sum_squares(side->centre, vectors->d))
		side->squares = 0;
	return RQ_OK;
}

/* X'Y; its residual is that of the rows as `after` orders them. */
static enum rq_status find_residual(double *residual, double *cross_squares, const struct sides *sides, const struct rq_tall *after,
                                    struct rq_error *err)
{
	const struct side *x = &sides->of[0], *y = &sides->of[1];
	size_t p = x->columns.count, q = after->count, least = p < q ? p : q;
	RQ_CLEANUP(rq_free_pointer) double *cross = rq_alloc_aligned(p, q * sizeof *cross);
	RQ_CLEANUP(rq_free_pointer) double *singular = rq_alloc_aligned(least, sizeof *singular);
	double nuclear = 0;

	if (cross == NULL || singular == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_tall_product(cross, &x->columns, after, sides->n, err));
	*cross_squares = rq_sum_squares(cross, p * q);
	RQ_TRY(rq_singular_values(singular, cross, p, q, err));
	for (size_t i = 0; i < least; i++)
		nuclear += singular[i];
	*residual = fmax(1 - nuclear * nuclear / (x->squares * y->squares), 0);
	return RQ_OK;
}

/* Fisher & Yates. */
static void shuffle(uint32_t *rows, size_t n, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n; i++)
		rows[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rq_random_below(&random, i);
		uint32_t row = rows[i - 1];
		rows[i - 1] = rows[j];
		rows[j] = row;
	}
}

static enum rq_status compare(struct rq_alignment *alignment, const struct sides *sides, uint64_t seed, struct rq_error *err)
{
	const struct side *x = &sides->of[0], *y = &sides->of[1];
	struct rq_tall shuffled = y->columns;
	RQ_CLEANUP(rq_free_pointer) uint32_t *rows = malloc(sides->n * sizeof *rows);
	double cross = 0, ignored;

	if (rows == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_residual(&alignment->procrustes.value, &cross, sides, &y->columns, err));
	alignment->cka.value = fmin(cross / (x->gram * y->gram), 1);
	alignment->cka.chance = x->squares * y->squares / ((double)(sides->n - 1) * x->gram * y->gram);
	shuffle(rows, sides->n, seed);
	shuffled.rows = rows;
	return find_residual(&alignment->procrustes.chance, &ignored, sides, &shuffled, err);
}

enum rq_status rq_alignment(struct rq_alignment *alignment, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                            struct rq_error *err)
{
	RQ_CLEANUP(release) struct sides sides = {.n = before->n};

	*alignment = (struct rq_alignment){rq_drift_unknown(RQ_DRIFT_cka), rq_drift_unknown(RQ_DRIFT_procrustes)};
	RQ_TRY(rq_check_pairs(before, after, err));
	alignment->cka.n = alignment->procrustes.n = before->n;
	RQ_TRY(side_init(&sides.of[0], before, err));
	RQ_TRY(side_init(&sides.of[1], after, err));
	if (sides.of[0].squares == 0 || sides.of[1].squares == 0)
		return RQ_OK;
	return compare(alignment, &sides, seed, err);
}
