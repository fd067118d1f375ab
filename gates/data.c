/* What a gate is judged on, or why that is missing. Gates fail closed, so every way in which a number can be missing is named here. */
#include "gates/kind.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES_LISTED = 20 };

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

bool rq_gate_is_time(const struct rq_gate *gate)
{
	return gate->metric.metric != NULL && gate->metric.metric->source == RQ_FROM_CLOCK;
}

bool rq_gate_is_rate(const struct rq_gate *gate)
{
	return gate->metric.metric != NULL && gate->metric.metric->is_rate;
}

enum rq_unit rq_gate_unit(const struct rq_gate *gate)
{
	return rq_unit_of(rq_gate_is_time(gate), rq_gate_is_rate(gate));
}

enum rq_status rq_gate_absent(struct rq_gate_result *result, const char *missing)
{
	result->outcome = RQ_FAIL;
	result->absent = true;
	result->value = result->lower = result->upper = result->p = NAN;
	result->reason = missing;
	result->next_step = NULL;
	return RQ_OK;
}

enum rq_status rq_gate_reason(struct rq_gate_result *result, const char *reason, struct rq_error *err)
{
	result->reason = reason;
	return reason == NULL ? rq_fail_memory(err) : RQ_OK;
}

static bool seen_before(const struct rq_comparison *comparison, size_t topic)
{
	for (size_t i = 0; i < topic; i++)
		if (comparison->topics[i].slice != NULL && strcmp(comparison->topics[i].slice, comparison->topics[topic].slice) == 0)
			return true;
	return false;
}

const char *rq_gate_no_such_slice(const char *slice, const struct rq_comparison *comparison, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	size_t listed = 0;

	for (size_t i = 0; i < comparison->topic_count && listed <= SLICES_LISTED; i++) {
		if (comparison->topics[i].slice == NULL || seen_before(comparison, i))
			continue;
		if (listed < SLICES_LISTED)
			rq_buf_printf(&list, "%s%s", listed == 0 ? "" : ", ", comparison->topics[i].slice);
		else
			rq_buf_puts(&list, " ...");
		listed++;
	}
	if (list.failed)
		return NULL;
	if (listed == 0)
		return rq_arena_printf(arena, "has no topic in slice \"%s\"; no topic names a slice", slice);
	return rq_arena_printf(arena, "has no topic in slice \"%s\"; slices are %s", slice, list.data);
}

/* A missing value outside the sample is no fault; one that the metric counts as measured is. */
static bool values_are_numbers(const struct rq_metric_result *metric, enum rq_side side, size_t topic_count)
{
	size_t numbers = 0;

	for (size_t i = 0; i < topic_count; i++) {
		if (isinf(metric->per_topic[side][i]))
			return false;
		numbers += isnan(metric->per_topic[side][i]) ? 0 : 1;
	}
	return numbers == metric->samples[side];
}

/* The data lack, and this is why; NULL is a failed allocation. */
static enum rq_status miss(struct rq_gate_data *data, const char *reason, struct rq_error *err)
{
	data->missing = reason;
	return reason == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status check_side(struct rq_gate_data *data, enum rq_side side, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_metric_result *metric = data->metric;

	if (metric->absent[side] != NULL)
		return miss(data, rq_arena_printf(arena, "has no value for the %s (%s)", side_names[side], metric->absent[side]), err);
	if (!isfinite(metric->value[side]) && !(metric->is_time && metric->failed[side] > 0)) /* failures are longer than any time */
		return miss(data, rq_arena_printf(arena, "has a value for the %s that is not a number", side_names[side]), err);
	return RQ_OK;
}

static enum rq_status check_topics(struct rq_gate_data *data, enum rq_side side, size_t topic_count, struct rq_arena *arena, struct rq_error *err)
{
	if (data->metric->per_topic[side] == NULL)
		return miss(data, rq_arena_printf(arena, "has no values per topic for the %s", side_names[side]), err);
	if (!values_are_numbers(data->metric, side, topic_count))
		return miss(data, rq_arena_printf(arena, "has values for the %s that are not numbers", side_names[side]), err);
	return RQ_OK;
}

static bool in_slice(const struct rq_compared_topic *topic, const char *slice)
{
	return slice == NULL || (topic->slice != NULL && strcmp(topic->slice, slice) == 0);
}

/* Copies the values of the slice's topics, or of all. */
static enum rq_status take_topics(struct rq_gate_data *data, const char *slice, const struct rq_comparison *comparison, struct rq_arena *arena,
                                  struct rq_error *err)
{
	bool found = false;

	for (int side = (int)data->first; side < RQ_SIDES; side++) {
		data->values[side] = rq_arena_alloc(arena, comparison->topic_count, sizeof **data->values);
		if (data->values[side] == NULL)
			return rq_fail_memory(err);
	}
	size_t *cluster_of = rq_arena_alloc(arena, comparison->topic_count, sizeof *cluster_of);
	size_t *topics = rq_arena_alloc(arena, comparison->topic_count, sizeof *topics);
	if (cluster_of == NULL || topics == NULL)
		return rq_fail_memory(err);
	data->cluster_of = cluster_of;
	data->topics = topics;
	for (size_t i = 0; i < comparison->topic_count; i++) {
		if (!in_slice(&comparison->topics[i], slice))
			continue;
		found = true;
		bool measured = !isnan(data->metric->per_topic[RQ_CANDIDATE][i]), measured_first = !isnan(data->metric->per_topic[data->first][i]);
		if (measured_first && !measured)
			return miss(data, "was not measured on all topics of the baseline", err);
		if (!measured_first) /* an approved baseline may be of a smaller sample */
			continue;
		for (int side = (int)data->first; side < RQ_SIDES; side++)
			data->values[side][data->count] = data->metric->per_topic[side][i];
		topics[data->count] = i;
		cluster_of[data->count] = comparison->clusters.of == NULL ? 0 : comparison->clusters.of[i];
		data->count++;
	}
	if (!found && slice != NULL)
		return miss(data, rq_gate_no_such_slice(slice, comparison, arena), err);
	if (data->count > 0)
		return RQ_OK;
	return miss(data, slice == NULL ? "was measured on no topic" : rq_arena_printf(arena, "was measured on no topic of slice \"%s\"", slice), err);
}

static enum rq_status take_checked(struct rq_gate_data *data, const char *slice, const struct rq_comparison *comparison, struct rq_arena *arena,
                                   struct rq_error *err)
{
	for (int side = (int)data->first; side < RQ_SIDES && data->missing == NULL; side++)
		RQ_TRY(check_topics(data, (enum rq_side)side, comparison->topic_count, arena, err));
	return data->missing == NULL ? take_topics(data, slice, comparison, arena, err) : RQ_OK;
}

enum rq_status rq_gate_find_data(struct rq_gate_data *data, const struct rq_gate *gate, const struct rq_comparison *comparison, enum rq_side first,
                                 struct rq_arena *arena, struct rq_error *err)
{
	*data = (struct rq_gate_data){.metric = rq_comparison_metric(comparison, gate->metric.name), .first = first};
	if (data->metric == NULL)
		return miss(data, "was not measured in this run", err);
	for (int side = (int)first; side < RQ_SIDES && data->missing == NULL; side++)
		RQ_TRY(check_side(data, (enum rq_side)side, arena, err));
	return gate->slice == NULL || data->missing != NULL ? RQ_OK : take_checked(data, gate->slice, comparison, arena, err);
}

enum rq_status rq_gate_take_topics(struct rq_gate_data *data, const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	return data->values[RQ_CANDIDATE] != NULL || data->missing != NULL ? RQ_OK : take_checked(data, NULL, comparison, arena, err);
}

enum rq_status rq_gate_pair(struct rq_paired *paired, const double *baseline, const double *candidate, const struct rq_gate_data *data,
                            const struct rq_comparison *comparison, struct rq_error *err)
{
	if (comparison->clusters.of != NULL)
		return rq_paired_compare_clustered(paired, baseline, candidate, data->count, data->cluster_of, comparison->clusters.count, err);
	*paired = rq_paired_compare(baseline, candidate, data->count);
	return RQ_OK;
}

void rq_gate_count_builds(struct rq_paired *paired, const struct rq_gate_data *data)
{
	rq_paired_count_builds(paired, &data->metric->builds[RQ_BASELINE], &data->metric->builds[RQ_CANDIDATE], data->topics, data->count);
}

const char *rq_gate_units_name(const struct rq_paired *paired)
{
	return paired->groups > 0 ? "clusters of topics" : "topics";
}

void rq_gate_slice_means(struct rq_gate_result *result, const struct rq_comparison *comparison)
{
	const struct rq_metric_result *metric = rq_comparison_metric(comparison, result->metric);

	for (int side = 0; metric != NULL && side < RQ_SIDES; side++) {
		double sum = 0;
		size_t count = 0;
		for (size_t i = 0; metric->per_topic[side] != NULL && i < comparison->topic_count; i++) {
			const char *slice = comparison->topics[i].slice;
			if (slice == NULL || strcmp(slice, result->slice) != 0 || isnan(metric->per_topic[side][i]))
				continue;
			sum += metric->per_topic[side][i];
			count++;
		}
		result->slice_mean[side] = count == 0 ? NAN : sum / (double)count;
	}
}
