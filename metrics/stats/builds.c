/* The noise of building: an index built twice from the same vectors need not find the same, so that one build's mean is itself a draw. */
#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>

double rq_paired_add_builds(struct rq_paired *paired, const double *means, size_t builds)
{
	struct rq_known_quantile known = {0};
	double sum = 0, squares = 0;

	if (builds < 2)
		return NAN;
	for (size_t i = 0; i < builds; i++)
		sum += means[i];
	for (size_t i = 0; i < builds; i++) {
		double off = means[i] - sum / (double)builds;
		squares += off * off;
	}
	double variance = squares / (double)(builds - 1);
	if (builds >= RQ_BUILDS_MIN && isfinite(variance)) {
		paired->build_variance = variance / (double)builds;
		paired->builds = builds;
		rq_paired_fill_bounds(paired, &known);
	}
	return sqrt(variance);
}
