#include "metrics/stats/warm.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool rq_rounds_are_stable(const double *p95, size_t rounds)
{
	double last[RQ_WARM_ROUNDS];

	if (rounds < RQ_WARM_ROUNDS)
		return false;
	memcpy(last, p95 + rounds - RQ_WARM_ROUNDS, sizeof last);
	qsort(last, RQ_WARM_ROUNDS, sizeof *last, rq_compare_doubles);
	double median = last[RQ_WARM_ROUNDS / 2], off = fmax(median - last[0], last[RQ_WARM_ROUNDS - 1] - median);
	return isfinite(median) && median > 0 && off <= RQ_WARM_SPREAD * median;
}
