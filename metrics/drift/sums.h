/* Private to metrics/drift: what its figures share. */
#ifndef RQ_METRICS_DRIFT_SUMS_H
#define RQ_METRICS_DRIFT_SUMS_H

#include "evalcore/model/vectors.h"
#include "metrics/drift/drift.h"

/* x.y of d numbers: products exact in double, sums in eight lanes of a fixed tree, so that every machine gives the same digits. */
double rq_dot(const float *x, const float *y, size_t d);

/* Ascending, for qsort of doubles. */
int rq_by_value(const void *a, const void *b);

struct rq_moments rq_moments_of(const double *values, size_t n);

/* Both sides have the same number of rows, one at least, and every number is finite. E_DATA. */
RQ_MUST_USE enum rq_status rq_check_pairs(const struct rq_vectors *before, const struct rq_vectors *after, struct rq_error *err);
/* Both have the same dimensions, two rows at least, and every number is finite. E_DATA. */
RQ_MUST_USE enum rq_status rq_check_samples(const struct rq_vectors *before, const struct rq_vectors *after, struct rq_error *err);

#endif
