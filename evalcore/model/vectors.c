/* Memory, length and sanity of a matrix of embeddings. */
#include "evalcore/model/vectors.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 512 };

enum rq_status rq_vectors_init(struct rq_vectors *vectors, size_t n, size_t d, struct rq_error *err)
{
	size_t values;

	*vectors = (struct rq_vectors){0};
	if (__builtin_mul_overflow(n, d, &values))
		return rq_fail_memory(err);
	float *data = rq_alloc_aligned(values, sizeof *data);
	if (data == NULL)
		return rq_fail_memory(err);
	*vectors = (struct rq_vectors){.data = data, .n = n, .d = d};
	return RQ_OK;
}

void rq_vectors_release(struct rq_vectors *vectors)
{
	free(vectors->data);
	*vectors = (struct rq_vectors){0};
}

/* Returns whether the row is zero. */
RQ_CLONES static bool normalise_row(float *row, size_t d)
{
	double squares = 0;

	for (size_t j = 0; j < d; j++)
		squares += (double)row[j] * (double)row[j];
	if (squares == 0)
		return true;
	double length = sqrt(squares);
#pragma omp simd
	for (size_t j = 0; j < d; j++)
		row[j] = (float)((double)row[j] / length);
	return false;
}

struct normalising {
	struct rq_vectors *vectors;
	atomic_size_t zero_rows;
};

static void normalise_block(void *context, size_t block)
{
	struct normalising *normalising = context;
	const struct rq_vectors *vectors = normalising->vectors;
	size_t first = block * BLOCK_ROWS, last = first + BLOCK_ROWS < vectors->n ? first + BLOCK_ROWS : vectors->n, zero_rows = 0;

	for (size_t i = first; i < last; i++)
		zero_rows += normalise_row(vectors->data + i * vectors->d, vectors->d);
	normalising->zero_rows += zero_rows;
}

size_t rq_vectors_normalise(struct rq_vectors *vectors)
{
	struct normalising normalising = {.vectors = vectors};

	if (vectors->n <= BLOCK_ROWS) /* a text's vector, within a loop over texts that has all threads */
		normalise_block(&normalising, 0);
	else
		rq_parallel_for((vectors->n + BLOCK_ROWS - 1) / BLOCK_ROWS, normalise_block, &normalising);
	return normalising.zero_rows;
}

/* An exponent of all ones is NaN or Inf. Without a branch in the loop, so that it runs at the speed of memory. */
RQ_CLONES static bool row_is_finite(const float *row, size_t d)
{
	uint32_t bad = 0;

#pragma omp simd reduction(| : bad)
	for (size_t j = 0; j < d; j++) {
		uint32_t bits;
		memcpy(&bits, &row[j], sizeof bits);
		bad |= (bits & 0x7f800000u) == 0x7f800000u;
	}
	return bad == 0;
}

size_t rq_vectors_not_finite(const struct rq_vectors *vectors)
{
	size_t i = 0;

	while (i < vectors->n && row_is_finite(vectors->data + i * vectors->d, vectors->d))
		i++;
	return i;
}

size_t rq_vectors_zero_row(const struct rq_vectors *vectors, size_t from)
{
	for (size_t i = from; i < vectors->n; i++) {
		const float *row = vectors->data + i * vectors->d;
		size_t j = 0;
		while (j < vectors->d && row[j] == 0)
			j++;
		if (j == vectors->d)
			return i;
	}
	return vectors->n;
}
