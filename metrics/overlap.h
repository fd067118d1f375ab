/* How alike two rankings of the same topic are, whatever is relevant. Pure functions; a struct rq_overlap is one caller's. */
#ifndef RQ_METRICS_OVERLAP_H
#define RQ_METRICS_OVERLAP_H

#include "evalcore/model/run.h"

/* What two rankings share, down to a depth. Zero-initialise; may be counted into again and again. */
struct rq_overlap {
	size_t lengths[2]; /* documents of each, at most the depth */
	size_t *joined;    /* joined[d]: documents that both have among their first d + 1 and not both among their first d; as long as the longer list */
	size_t shared;     /* documents that both have */
	size_t joined_capacity;
	struct rq_overlap_place *places; /* internal */
	size_t place_capacity;
};

/* A ranking is the first `depth` documents, each of which it has once; NULL is an empty one. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_overlap_count(struct rq_overlap *overlap, const struct rq_ranking *a, const struct rq_ranking *b, size_t depth,
                                            struct rq_error *err);
void rq_overlap_release(struct rq_overlap *overlap);

/* Rank-biased overlap, extrapolated (rbo.c): Webber, Moffat & Zobel 2010, A similarity measure for indefinite rankings, ACM TOIS 28(4), equation 32.
 * p in (0, 1) is the chance that a reader goes on to the next rank. 1 for two empty lists, 0 where one is empty. */
double rq_rbo(const struct rq_overlap *overlap, double p);
/* Shared documents over all documents of both (jaccard.c): Jaccard 1912, New Phytologist 11(2). 1 for two empty lists. */
double rq_jaccard(const struct rq_overlap *overlap);

#endif
