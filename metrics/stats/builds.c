/* The noise of building: an index built twice from the same vectors need not find the same, so that one build's mean is itself a draw. */
#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>

double rq_builds_deviation(const double *means, size_t builds)
{
	double sum = 0, squares = 0;

	if (builds < 2)
		return NAN;
	for (size_t i = 0; i < builds; i++)
		sum += means[i];
	for (size_t i = 0; i < builds; i++) {
		double off = means[i] - sum / (double)builds;
		squares += off * off;
	}
	return sqrt(squares / (double)(builds - 1));
}

double rq_paired_add_builds(struct rq_paired *paired, const double *means, size_t builds)
{
	struct rq_known_quantile known = {0};
	double deviation = rq_builds_deviation(means, builds);

	if (builds >= RQ_BUILDS_MIN && isfinite(deviation)) {
		paired->build_variance = deviation * deviation / (double)builds;
		paired->builds = builds;
		rq_paired_fill_bounds(paired, &known);
	}
	return deviation;
}
