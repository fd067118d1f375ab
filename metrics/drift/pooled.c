/* Rows of both sides in one matrix, and permutations of which side is which. */
#include "metrics/drift/pooled.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "metrics/drift/drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tie_tolerance = 1e-12;

enum { SAMPLE_STREAM = 1, PERMUTATION_STREAM = 1000 };

/* A side's sample is that of its seed alone, whatever the other side holds. */
static enum rq_status add_side(struct rq_pooled *pool, const struct rq_vectors *vectors, size_t count, uint64_t seed, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint32_t *rows = malloc((count + 1) * sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	rq_sample_rows(rows, count, vectors->n, seed);
	for (size_t i = 0; i < count; i++, pool->n++)
		for (size_t j = 0; j < pool->d; j++)
			pool->rows[pool->n * pool->d + j] = vectors->data[rows[i] * pool->d + j];
	return RQ_OK;
}

static enum rq_status centre(struct rq_pooled *pool, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *mean = calloc(pool->d, sizeof *mean);

	if (mean == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < pool->n; i++)
		for (size_t j = 0; j < pool->d; j++)
			mean[j] += pool->rows[i * pool->d + j];
	for (size_t i = 0; i < pool->n; i++)
		for (size_t j = 0; j < pool->d; j++)
			pool->rows[i * pool->d + j] -= mean[j] / (double)pool->n;
	return RQ_OK;
}

enum rq_status rq_pooled_init(struct rq_pooled *pool, const struct rq_vectors *before, const struct rq_vectors *after, size_t most, uint64_t seed,
                            struct rq_error *err)
{
	*pool = (struct rq_pooled){.of = {before->n < most ? before->n : most, after->n < most ? after->n : most}, .d = before->d};
	pool->rows = rq_alloc_aligned(pool->of[0] + pool->of[1], pool->d * sizeof *pool->rows);
	enum rq_status status = pool->rows == NULL ? rq_fail_memory(err) : RQ_OK;
	if (status == RQ_OK)
		status = add_side(pool, before, pool->of[0], seed, err);
	if (status == RQ_OK)
		status = add_side(pool, after, pool->of[1], seed + SAMPLE_STREAM, err);
	if (status == RQ_OK)
		status = centre(pool, err);
	if (status != RQ_OK)
		rq_pooled_release(pool);
	return status;
}

void rq_pooled_release(struct rq_pooled *pool)
{
	free(pool->rows);
	*pool = (struct rq_pooled){0};
}

/* The first steps of Fisher & Yates, from whatever order the last permutation left. */
static void mark_some(double *marks, uint32_t *order, size_t n, size_t count, size_t columns, struct rq_random *random)
{
	for (size_t i = 0; i < count; i++) {
		size_t j = i + (size_t)rq_random_below(random, n - i);
		uint32_t row = order[j];
		order[j] = order[i];
		order[i] = row;
		marks[row * columns] = 1;
	}
}

enum rq_status rq_pooled_marks(double **marks, const struct rq_pooled *pool, const struct rq_strata *strata, size_t permutations, uint64_t seed,
                             struct rq_error *err)
{
	const size_t all[] = {0, pool->n}, columns = permutations + 1;
	const struct rq_strata one = {.first = all, .before = pool->of, .count = 1};
	RQ_CLEANUP(rq_free_pointer) uint32_t *order = malloc(pool->n * sizeof *order);

	*marks = rq_alloc_aligned(pool->n, columns * sizeof **marks);
	if (order == NULL || *marks == NULL) {
		free(*marks);
		*marks = NULL;
		return rq_fail_memory(err);
	}
	memset(*marks, 0, pool->n * columns * sizeof **marks);
	for (size_t i = 0; i < pool->n; i++)
		order[i] = strata == NULL ? (uint32_t)i : strata->order[i];
	for (size_t i = 0; i < pool->of[0]; i++)
		(*marks)[i * columns] = 1;
	strata = strata == NULL ? &one : strata;
	for (size_t permutation = 1; permutation < columns; permutation++) {
		struct rq_random random;
		rq_random_stream(&random, seed, PERMUTATION_STREAM + permutation);
		for (size_t s = 0; s < strata->count; s++)
			mark_some(*marks + permutation, order + strata->first[s], strata->first[s + 1] - strata->first[s], strata->before[s], columns, &random);
	}
	return RQ_OK;
}

double rq_permutation_p(const double *values, size_t permutations)
{
	size_t as_much = 1;

	for (size_t i = 1; i <= permutations; i++)
		as_much += values[i] >= values[0] - tie_tolerance * fabs(values[0]) ? 1 : 0;
	return (double)as_much / (double)(permutations + 1);
}
