#include "metrics/stats/warm.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool three_are_alike(const double *p95, size_t rounds)
{
	double last[RQ_WARM_ROUNDS];

	if (rounds < RQ_WARM_ROUNDS)
		return false;
	memcpy(last, p95 + rounds - RQ_WARM_ROUNDS, sizeof last);
	qsort(last, RQ_WARM_ROUNDS, sizeof *last, rq_compare_doubles);
	double median = last[RQ_WARM_ROUNDS / 2], off = fmax(median - last[0], last[RQ_WARM_ROUNDS - 1] - median);
	return isfinite(median) && median > 0 && off <= RQ_WARM_SPREAD * median;
}

static double median_of_half(const double *p95)
{
	double half[RQ_WARM_HALF];

	memcpy(half, p95, sizeof half);
	qsort(half, RQ_WARM_HALF, sizeof *half, rq_compare_doubles);
	return half[RQ_WARM_HALF / 2];
}

static bool halves_are_alike(const double *p95, size_t rounds)
{
	if (rounds < 2 * RQ_WARM_HALF)
		return false;
	double before = median_of_half(p95 + rounds - 2 * RQ_WARM_HALF), last = median_of_half(p95 + rounds - RQ_WARM_HALF);
	return isfinite(before) && last > 0 && fabs(last - before) <= RQ_WARM_SPREAD * before;
}

bool rq_rounds_are_stable(const double *p95, size_t rounds)
{
	return three_are_alike(p95, rounds) || halves_are_alike(p95, rounds);
}
