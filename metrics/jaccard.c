/* Jaccard: how much of two lists is the same, in whatever order. */
#include "metrics/overlap.h"

double rq_jaccard(const struct rq_overlap *overlap)
{
	size_t all = overlap->lengths[0] + overlap->lengths[1] - overlap->shared;

	return all == 0 ? 1 : (double)overlap->shared / (double)all;
}
