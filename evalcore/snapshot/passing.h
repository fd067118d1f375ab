/* Search of a flat index that is not loaded: its rows go by in blocks of a megabyte. */
#ifndef RQ_SNAPSHOT_PASSING_H
#define RQ_SNAPSHOT_PASSING_H

#include "evalcore/snapshot/serving.h"

/* Queries that are searched for at once: with 20 FAISS begins to compute distances by products of matrices, whose last bits
 * depend on how many there are. */
enum { RQ_TOGETHER = 16 };

/* Fills `found`, which has room for every query, with what the loaded index finds, score for score. *done false: only the
 * whole index can tell, for a number is not finite, or more scores are equal than FAISS keeps. */
RQ_MUST_USE enum rq_status rq_passing_search(bool *done, struct rq_neighbours *found, struct rq_serving *serving,
                                             const struct rq_vectors *queries, struct rq_error *err);

#endif
