/* The noise of building: an index built twice from the same vectors need not find the same, so that one build's mean is itself a draw. */
#include "evalcore/model/comparison.h"
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

static double mean_of_build(const struct rq_builds *builds, size_t build, const size_t *topics, size_t topic_count)
{
	double sum = 0;

	for (size_t i = 0; i < topic_count; i++)
		sum += builds->values[build][topics[i]];
	return sum / (double)topic_count;
}

void rq_paired_count_builds(struct rq_paired *paired, const struct rq_builds *before, const struct rq_builds *after, const size_t *topics,
                            size_t topic_count)
{
	bool vary[RQ_SIDES] = {before != NULL && before->count > 0, after != NULL && after->count > 0};
	size_t count = vary[RQ_CANDIDATE] ? after->count : vary[RQ_BASELINE] ? before->count : 0;
	double means[RQ_BUILDS_MOST];

	for (size_t build = 0; build < count; build++) {
		means[build] = vary[RQ_CANDIDATE] ? mean_of_build(after, build, topics, topic_count) : 0;
		means[build] -= vary[RQ_BASELINE] ? mean_of_build(before, build, topics, topic_count) : 0;
	}
	(void)rq_paired_add_builds(paired, means, count);
}
