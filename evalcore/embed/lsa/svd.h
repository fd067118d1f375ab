/* Truncated singular value decomposition of a sparse matrix, randomised: Halko, Martinsson, Tropp, "Finding structure with randomness", SIAM
 * Review 53 (2011). Knows nothing of text. The result is a function of matrix, dimension and seed: the same bits on any number of threads
 * (within one BLAS kernel). */
#ifndef RQ_EMBED_LSA_SVD_H
#define RQ_EMBED_LSA_SVD_H

#include "evalcore/base/progress.h"
#include "evalcore/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* rows x columns, compressed rows: the entries of row i are starts[i] .. starts[i + 1] - 1, columns ascending. Released with rq_sparse_release. */
struct rq_sparse {
	size_t rows, columns;
	size_t *starts; /* rows + 1 */
	uint32_t *indices;
	float *values;
};

void rq_sparse_release(struct rq_sparse *sparse);
RQ_MUST_USE enum rq_status rq_sparse_transpose(struct rq_sparse *out, const struct rq_sparse *sparse, struct rq_error *err);

struct rq_svd {
	size_t rank;    /* components found: at most what was asked for, less where the matrix has no more */
	double *values; /* singular values, descending */
	float *v;       /* right singular vectors, columns x rank row-major: column c of the matrix is row c */
};

void rq_svd_release(struct rq_svd *svd);

/* The `dimension` largest components. Each is turned so that its entry of largest magnitude (the first of equals) is positive. Rank 0 where all
 * entries are 0. */
RQ_MUST_USE enum rq_status rq_svd_randomised(struct rq_svd *svd, const struct rq_sparse *matrix, size_t dimension, uint64_t seed,
                                             struct rq_progress *progress, struct rq_error *err);
/* Columns of its tall matrices, for a smaller side of so many rows or columns. */
size_t rq_svd_width(size_t dimension, size_t smaller);
size_t rq_svd_steps(void); /* steps of progress that one call reports */

#endif
