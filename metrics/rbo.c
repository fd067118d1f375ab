/* Rank-biased overlap, extrapolated: the agreement at each depth, weighted by (1 - p) p^(d-1), with the agreement at the end of the lists taken to go
 * on below. Where one list is shorter, its end is taken to go on until the longer one's. */
#include "metrics/overlap.h"

#include <math.h>

double rq_rbo(const struct rq_overlap *overlap, double p)
{
	size_t shorter = overlap->lengths[overlap->lengths[0] <= overlap->lengths[1] ? 0 : 1],
		   longer = overlap->lengths[overlap->lengths[0] <= overlap->lengths[1] ? 1 : 0];
	double shared = 0, at_shorter = 0, sum = 0, weight = 1;

	if (shorter == 0)
		return longer == 0 ? 1 : 0;
	for (size_t d = 1; d <= longer; d++) {
		shared += (double)overlap->joined[d - 1];
		weight *= p;
		if (d <= shorter)
			at_shorter = shared;
		double extrapolated = d <= shorter ? 0 : at_shorter * (double)(d - shorter) / (double)shorter;
		sum += (shared + extrapolated) / (double)d * weight;
	}
	double beyond = (shared - at_shorter) / (double)longer + at_shorter / (double)shorter;
	return fmin((1 - p) / p * sum + beyond * weight, 1);
}
