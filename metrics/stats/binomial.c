/* Exact bounds of a share that was counted. */
#include "metrics/stats/stats.h"

enum { HALVINGS = 60 };

/* The x in [0, 1] at which the rising I_x(a, b) reaches p. */
static double quantile(double p, double a, double b)
{
	double low = 0, high = 1;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		if (rq_beta_regularised(middle, a, b) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

void rq_share_bounds(double *lower, double *upper, size_t count, size_t n)
{
	*lower = count == 0 ? 0 : quantile(0.05, (double)count, (double)(n - count + 1));
	*upper = count == n ? 1 : quantile(0.95, (double)(count + 1), (double)(n - count));
}
