/* Holm's step-down adjustment (Holm 1979): the i-th smallest of n p-values times n - i + 1, never less than the one before, at most 1. */
#include "metrics/stats/stats.h"

#include <math.h>

void rq_holm(double *p, size_t n)
{
	size_t family = 0;
	double least = 0;

	for (size_t i = 0; i < n; i++)
		family += isnan(p[i]) ? 0 : 1;
	/* A value that is done is marked by its sign, so that no memory is needed; families are small. */
	for (size_t done = 0; done < family; done++) {
		size_t smallest = n;
		for (size_t i = 0; i < n; i++)
			if (!signbit(p[i]) && !isnan(p[i]) && (smallest == n || p[i] < p[smallest]))
				smallest = i;
		if (smallest == n)
			break;
		least = fmin(1, fmax(least, (double)(family - done) * p[smallest]));
		p[smallest] = -least;
	}
	for (size_t i = 0; i < n; i++)
		p[i] = fabs(p[i]);
}
