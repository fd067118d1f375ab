/* Times to a rate: how many fit into a second where each begins when the last has ended. */
#include "metrics/stats/stats.h"

#include <math.h>

double rq_rate(double *lower, double *upper, const double *seconds, size_t n)
{
	double sum = 0, squares = 0;

	*lower = -INFINITY;
	*upper = INFINITY;
	for (size_t i = 0; i < n; i++)
		sum += seconds[i];
	if (n == 0)
		return NAN;
	double mean = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (seconds[i] - mean) * (seconds[i] - mean);
	if (n < 2)
		return 1 / mean;
	double margin = rq_t_quantile(.95, (double)n - 1) * sqrt(squares / ((double)n - 1) / (double)n);
	*lower = 1 / (mean + margin);
	if (mean > margin)
		*upper = 1 / (mean - margin);
	return 1 / mean;
}
