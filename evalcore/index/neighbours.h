/* The list of one query while it is being filled: a heap whose root is the last of the best k so far. For backends, and for whoever else ranks rows
 * by score. */
#ifndef RQ_INDEX_NEIGHBOURS_H
#define RQ_INDEX_NEIGHBOURS_H

#include "evalcore/index/index.h"

struct rq_list {
	uint32_t *rows; /* borrowed, like scores and count, from a struct rq_neighbours */
	double *scores;
	uint32_t *count;
	size_t k;
	const uint32_t *tie_rank;
};

struct rq_list rq_neighbours_list(const struct rq_neighbours *neighbours, size_t query, const uint32_t *tie_rank);
/* Keeps the entry if it is among the best k; rq_neighbours_order puts what was kept into order. */
void rq_list_push(struct rq_list *list, uint32_t row, double score);

#endif
