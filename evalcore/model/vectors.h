/* A matrix of embeddings, n x d, row-major, float32. */
#ifndef RQ_MODEL_VECTORS_H
#define RQ_MODEL_VECTORS_H

#include "evalcore/base/status.h"

#include <stddef.h>

struct rq_vectors {
	float *data; /* data[i * d + j]; owned, 64-byte aligned */
	size_t n, d;
};

RQ_MUST_USE enum rq_status rq_vectors_init(struct rq_vectors *vectors, size_t n, size_t d, struct rq_error *err); /* contents undefined */
void rq_vectors_release(struct rq_vectors *vectors);
/* Scales every row to length 1 (sum of squares in double, fixed order); zero rows stay zero. Returns how many are zero. */
size_t rq_vectors_normalise(struct rq_vectors *vectors);
/* First row with a NaN or Inf, or n. */
size_t rq_vectors_not_finite(const struct rq_vectors *vectors);
/* First zero row from `from` on, or n. */
size_t rq_vectors_zero_row(const struct rq_vectors *vectors, size_t from);

#endif
