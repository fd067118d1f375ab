/* Benjamini & Hochberg's step-up adjustment: the i-th smallest of n p-values times n / i, never more than the next, at most 1. */
#include "metrics/stats/stats.h"

#include <math.h>

void rq_benjamini_hochberg(double *p, size_t n)
{
	size_t family = 0;
	double most = 1;

	for (size_t i = 0; i < n; i++)
		family += isnan(p[i]) ? 0 : 1;
	/* Marked by their signs when done, as in holm.c. Of equal values the first to be done has the highest rank, which the others then share. */
	for (size_t rank = family; rank > 0; rank--) {
		size_t largest = n;
		for (size_t i = 0; i < n; i++)
			if (!signbit(p[i]) && !isnan(p[i]) && (largest == n || p[i] > p[largest]))
				largest = i;
		if (largest == n)
			break;
		most = fmin(most, (double)family / (double)rank * p[largest]);
		p[largest] = -most;
	}
	for (size_t i = 0; i < n; i++)
		p[i] = fabs(p[i]);
}
