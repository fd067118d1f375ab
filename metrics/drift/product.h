/* Private to metrics/drift: products of tall matrices in double. Each sum goes over the rows in their order, whatever the threads and the machine's
 * registers: OpenBLAS would be faster where products fuse with sums, but its digits depend on its kernel. */
#ifndef RQ_METRICS_DRIFT_PRODUCT_H
#define RQ_METRICS_DRIFT_PRODUCT_H

#include "evalcore/model/vectors.h"

#include <stdint.h>

/* A rows x count matrix, row-major: either `values` or `vectors`. */
struct rq_tall {
	const double *values;
	const float *vectors;
	const uint32_t *rows; /* which row each is; NULL: as they stand */
	const double *centre; /* of `vectors`: what is taken off each column; NULL: nothing */
	size_t count;
};

/* out (a->count x b->count) = a' b. With a == b half of it is computed and mirrored. E_NOMEM, or cancelled. */
RQ_MUST_USE enum rq_status rq_tall_product(double *out, const struct rq_tall *a, const struct rq_tall *b, size_t rows, struct rq_error *err);

/* The mean of each column, sums in the order of rows. */
void rq_tall_mean(double *mean, const struct rq_vectors *vectors);

/* The sum of squares of n numbers. */
double rq_sum_squares(const double *values, size_t n);

#endif
