/* Dense algebra on tall matrices (n x d, row-major, float32), on all threads. Rows are cut in a way that depends on n alone and partial sums are
 * added in row order, so that a result has the same bits on any number of threads. */
#ifndef RQ_EMBED_LSA_DENSE_H
#define RQ_EMBED_LSA_DENSE_H

#include "evalcore/base/status.h"

#include <stddef.h>

/* gram (d x d) = x' x, in double; n, d > 0. */
RQ_MUST_USE enum rq_status rq_dense_gram(double *gram, const float *x, size_t n, size_t d, struct rq_error *err);

/* out (n x k) = x * right, where right is d x k; n, d, k > 0. */
void rq_dense_multiply(float *out, const float *x, size_t n, size_t d, const float *right, size_t k);

/* An orthonormal basis of the columns of x (n x d), written over the first *rank columns of a matrix n x *rank that starts at x. Columns that
 * depend on others (to about 1e-6 of the longest) are dropped. One pass gives the span, two also orthogonality to the last digits. `scratch` has
 * room for n x d. */
RQ_MUST_USE enum rq_status rq_dense_orthonormalise(float *x, size_t *rank, size_t n, size_t d, int passes, float *scratch, struct rq_error *err);

#endif
