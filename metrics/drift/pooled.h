/* Private to metrics/drift: rows of both sides in one matrix, and permutations of which side is which. */
#ifndef RQ_METRICS_DRIFT_POOLED_H
#define RQ_METRICS_DRIFT_POOLED_H

#include "evalcore/model/vectors.h"

#include <stdint.h>

/* Seeded samples of at most `most` rows a side, those of before first, less the mean of all. */
struct rq_pooled {
	double *rows; /* n x d */
	size_t of[2], n, d;
};
RQ_MUST_USE enum rq_status rq_pooled_init(struct rq_pooled *pool, const struct rq_vectors *before, const struct rq_vectors *after, size_t most,
                                          uint64_t seed, struct rq_error *err);
void rq_pooled_release(struct rq_pooled *pool);

/* Which rows may change their labels with one another: row order[i] from first[s] on is of stratum s, `before` of them are of before. */
struct rq_strata {
	const uint32_t *order;
	const size_t *first, *before; /* [count + 1], [count] */
	size_t count;
};

/* n x (1 + permutations) zeros and ones, row-major: column 0 marks the rows of before, every other as many rows at random, of each stratum as many
 * (strata NULL: of all rows). */
RQ_MUST_USE enum rq_status rq_pooled_marks(double **marks, const struct rq_pooled *pool, const struct rq_strata *strata, size_t permutations,
                                           uint64_t seed, struct rq_error *err);

/* (1 + how many of the permuted are at least the observed) / (1 + permutations), ties counted to 1e-12 of the observed (Phipson & Smyth 2010,
 * Statistical Applications in Genetics and Molecular Biology 9(1)). values[0] is the observed one. */
double rq_permutation_p(const double *values, size_t permutations);

#endif
