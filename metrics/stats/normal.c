/* The normal distribution, from the C library's erf and erfc. */
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>

enum { QUANTILE_STEPS = 100 };

static const double root_half = 0.70710678118654752440, root_two_pi = 2.50662827463100050242;

double rq_normal_cdf(double z)
{
	return erfc(-z * root_half) / 2;
}

/* The z > 0 with P(Z > z) = tail < 1/4: Newton on the logarithm of the tail, which is concave, so that from its second step on it comes down on the
 * quantile. */
static double upper_quantile(double tail)
{
	double z = sqrt(-2 * log(tail));

	for (int step = 0; step < QUANTILE_STEPS; step++) {
		double value = erfc(z * root_half) / 2, moved = value * log(value / tail) * root_two_pi * exp(z * z / 2);
		z += moved;
		if (fabs(moved) <= 4 * DBL_EPSILON * z)
			break;
	}
	return z;
}

/* The z > 0 with P(0 < Z < z) = middle <= 1/4, where the tail has lost the digits that tell it from 1/2. */
static double central_quantile(double middle)
{
	double z = middle * root_two_pi;

	for (int step = 0; step < QUANTILE_STEPS; step++) {
		double moved = (middle - erf(z * root_half) / 2) * root_two_pi * exp(z * z / 2);
		z += moved;
		if (fabs(moved) <= 4 * DBL_EPSILON * z)
			break;
	}
	return z;
}

double rq_normal_quantile(double p)
{
	if (!(p > 0 && p < 1))
		return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
	if (p == 0.5)
		return 0;
	if (fabs(p - 0.5) <= 0.25)
		return p < 0.5 ? -central_quantile(0.5 - p) : central_quantile(p - 0.5);
	return p < 0.5 ? -upper_quantile(p) : upper_quantile(1 - p);
}
