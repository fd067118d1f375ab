/* Times to a rate: how many fit into a second where each begins when the last has ended. Times have long tails: a t bound alone passes 15 % of those
 * at the limit of which a few take far longer than the others (metrics/README.md), so the bounds are guarded as those of a metric are, on the scale
 * of the slowest. */
#include "metrics/stats/stats.h"

#include <math.h>

double rq_rate(double *lower, double *upper, const double *seconds, size_t n)
{
	double sum = 0, squares = 0, slowest = 0, below, above;

	*lower = -INFINITY;
	*upper = INFINITY;
	for (size_t i = 0; i < n; i++) {
		sum += seconds[i];
		slowest = fmax(slowest, seconds[i]);
	}
	if (n == 0)
		return NAN;
	for (size_t i = 0; i < n; i++)
		squares += seconds[i] / slowest * (seconds[i] / slowest);
	if (n < 2 || slowest <= 0)
		return (double)n / sum;
	rq_bounds_of_sums(&below, &above, n, sum / slowest, squares);
	if (n >= RQ_RATE_SAMPLES)
		*lower = 1 / (slowest * above);
	if (below > 0)
		*upper = 1 / (slowest * below);
	return (double)n / sum;
}
