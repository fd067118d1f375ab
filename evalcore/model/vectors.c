/* Memory, length and sanity of a matrix of embeddings. */
#include "evalcore/model/vectors.h"

#include "evalcore/base/memory.h"

#include <math.h>
#include <stdlib.h>

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

size_t rq_vectors_normalise(struct rq_vectors *vectors)
{
	size_t zero_rows = 0;

	for (size_t i = 0; i < vectors->n; i++) {
		float *row = vectors->data + i * vectors->d;
		double squares = 0;
		for (size_t j = 0; j < vectors->d; j++)
			squares += (double)row[j] * (double)row[j];
		if (squares == 0) {
			zero_rows++;
			continue;
		}
		double length = sqrt(squares);
		for (size_t j = 0; j < vectors->d; j++)
			row[j] = (float)((double)row[j] / length);
	}
	return zero_rows;
}

size_t rq_vectors_not_finite(const struct rq_vectors *vectors)
{
	size_t values = vectors->n * vectors->d;

	for (size_t i = 0; i < values; i++)
		if (!isfinite(vectors->data[i]))
			return i / vectors->d;
	return vectors->n;
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
