/* One metric of two sides, whatever measured them. */
#include "evalcore/scoring/paired.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

struct rq_metric_result rq_metric_result_of(const struct rq_metric_spec *spec)
{
	struct rq_metric_result result = {.name = spec->name, .cutoff = spec->cutoff, .lowest = spec->metric->lowest, .highest = spec->metric->highest,
	                                  .lower_is_better = spec->metric->lower_is_better, .is_judged = spec->metric->source == RQ_FROM_JUDGMENTS,
	                                  .is_time = spec->metric->source == RQ_FROM_CLOCK, .is_rate = spec->metric->is_rate,
	                                  .is_embedding = spec->metric->clock == RQ_CLOCK_EMBED};

	for (int side = 0; side < RQ_SIDES; side++)
		result.value[side] = result.value_lower[side] = result.value_upper[side] = NAN;
	return result;
}

enum rq_status rq_metric_summarise(struct rq_metric_result *result, enum rq_side side, const struct rq_metric_spec *spec, const double *values,
                                   size_t topics, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *present = malloc((topics + 1) * sizeof *present);
	size_t n = 0;

	if (present == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i++)
		if (!isnan(values[i]))
			present[n++] = values[i];
	result->per_topic[side] = values;
	result->samples[side] = n;
	result->value[side] = result->value_lower[side] = result->value_upper[side] = rq_metric_average(spec, present, n);
	if (rq_metric_is_share(spec->metric)) /* else a count of these very topics, which has no spread */
		rq_mean_bounds(&result->value_lower[side], &result->value_upper[side], present, n);
	return RQ_OK;
}

enum rq_status rq_metric_pair(struct rq_metric_result *result, const bool *same, size_t topics, const struct rq_clusters *clusters, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) size_t *cluster_of = malloc((topics + 1) * sizeof *cluster_of);
	RQ_CLEANUP(rq_free_pointer) double *both = malloc((2 * topics + 1) * sizeof *both);
	bool all_same = same != NULL;
	size_t n = 0;

	if (both == NULL || cluster_of == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i++) {
		double b = result->per_topic[RQ_BASELINE][i], c = result->per_topic[RQ_CANDIDATE][i];
		all_same = all_same && same[i];
		if (isnan(b) || isnan(c))
			continue;
		both[n] = b;
		cluster_of[n] = clusters == NULL || clusters->of == NULL ? 0 : clusters->of[i];
		both[topics + n++] = c;
	}
	if (n == 0)
		return RQ_OK;
	if (clusters == NULL || clusters->of == NULL)
		result->paired = rq_paired_compare(both, both + topics, n);
	else
		RQ_TRY(rq_paired_compare_clustered(&result->paired, both, both + topics, n, cluster_of, clusters->count, err));
	result->same_ranking = same;
	result->paired.identical = result->paired.wins + result->paired.losses == 0 && all_same;
	result->compared = true;
	return RQ_OK;
}
