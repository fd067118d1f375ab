/* Which rows of a block may still be among the best: a product in single precision shows of most that they cannot be. What
 * a backend scores of a flat file that goes by in blocks is a few rows then, and its answers are what they would be
 * without. */
#ifndef RQ_INDEX_SKIM_H
#define RQ_INDEX_SKIM_H

#include "evalcore/index/index.h"

/* Zero-initialise, init; release in any case. */
struct rq_skim {
	const struct rq_vectors *queries; /* borrowed */
	enum rq_similarity similarity;
	double *query_norms; /* lengths */
	float *product;      /* queries x rows of a block */
	size_t rows;         /* the most of a block */
};

RQ_MUST_USE enum rq_status rq_skim_init(struct rq_skim *skim, const struct rq_vectors *queries,
                                        enum rq_similarity similarity, size_t rows, struct rq_error *err);
void rq_skim_release(struct rq_skim *skim);

/* Puts into `chosen`, in their order, the rows of which a search in single or double precision, summing in any order
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.1), may give a query a score of floors[query] or above,
 * and perhaps others; -INFINITY chooses all. False: a number is not finite. */
bool rq_skim_rows(uint32_t *chosen, size_t *count, struct rq_skim *skim, const struct rq_vectors *block,
                  const double *floors);

#endif
