/* Exact bounds of a share that was counted. */
#include "metrics/stats/stats.h"

void rq_share_bounds(double *lower, double *upper, size_t count, size_t n)
{
	*lower = count == 0 ? 0 : rq_beta_quantile(0.05, (double)count, (double)(n - count + 1));
	*upper = count == n ? 1 : rq_beta_quantile(0.95, (double)(count + 1), (double)(n - count));
}
