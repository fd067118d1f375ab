/* Quantiles of measured times by order statistics: no distribution is assumed. */
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>

int rq_compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double rq_quantile(const double *sorted, size_t n, double q)
{
	if (n == 0)
		return NAN;
	/* .07 x 100 is 7.000000000000001 in binary and must not become the 8th. */
	double rank = ceil(q * (double)n * (1 - 4 * DBL_EPSILON));
	if (rank < 1)
		return sorted[0];
	return sorted[rank < (double)n ? (size_t)rank - 1 : n - 1];
}

/* P(the r-th smallest of n >= the q-quantile) = P(Binomial(n, q) <= r - 1) */
static double upper_coverage(size_t n, double q, size_t r)
{
	return rq_beta_regularised(1 - q, (double)(n - r + 1), (double)r);
}

/* P(the r-th smallest of n <= the q-quantile) = P(Binomial(n, q) >= r) */
static double lower_coverage(size_t n, double q, size_t r)
{
	return rq_beta_regularised(q, (double)r, (double)(n - r + 1));
}

bool rq_quantile_bounds(double *lower, double *upper, const double *sorted, size_t n, double q)
{
	*lower = -INFINITY;
	*upper = INFINITY;
	/* The largest r whose coverage from below still reaches 95 %; 0: none. */
	size_t low = 0, high = n + 1;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (lower_coverage(n, q, middle) >= 0.95)
			low = middle;
		else
			high = middle;
	}
	if (low > 0)
		*lower = sorted[low - 1];
	/* The smallest r whose coverage from above reaches it; n + 1: none. */
	low = 0;
	high = n + 1;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (upper_coverage(n, q, middle) >= 0.95)
			high = middle;
		else
			low = middle;
	}
	if (high > n)
		return false;
	*upper = sorted[high - 1];
	return true;
}
