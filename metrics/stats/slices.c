/* A metric's topics sorted by slice, each slice compared by itself, and their p adjusted for how many there are. */
#include "metrics/stats/slices.h"

#include "metrics/metric.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct member {
	const char *slice;
	size_t topic, cluster;
	double values[RQ_SIDES];
};

/* Of a slice in the topics' order. */
static int by_slice(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->slice, y->slice);

	return order != 0 ? order : (x->topic > y->topic) - (x->topic < y->topic);
}

static size_t find_members(struct member *members, const struct rq_metric_result *metric, const struct rq_comparison *comparison)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		double b = metric->per_topic[RQ_BASELINE][i], c = metric->per_topic[RQ_CANDIDATE][i];
		if (comparison->topics[i].slice != NULL && !isnan(b) && !isnan(c)) /* NaN: outside a sample */
			members[count++] =
				(struct member){comparison->topics[i].slice, i, comparison->clusters.of == NULL ? 0 : comparison->clusters.of[i], {b, c}};
	}
	qsort(members, count, sizeof *members, by_slice);
	return count;
}

static size_t slice_size(const struct member *members, size_t left)
{
	size_t n = 1;

	while (n < left && strcmp(members[n].slice, members[0].slice) == 0)
		n++;
	return n;
}

/* Room for all members. */
struct scratch {
	double *values; /* of both sides */
	size_t *cluster_of;
};

static enum rq_status compare_slice(struct rq_slice_difference *slice, const struct member *members, size_t n, const struct rq_clusters *clusters,
                                    const struct scratch *scratch, struct rq_error *err)
{
	double *baseline = scratch->values, *candidate = scratch->values + n;

	for (size_t i = 0; i < n; i++) {
		baseline[i] = members[i].values[RQ_BASELINE];
		candidate[i] = members[i].values[RQ_CANDIDATE];
		scratch->cluster_of[i] = members[i].cluster;
	}
	*slice = (struct rq_slice_difference){.slice = members[0].slice, .mean = {rq_mean(baseline, n), rq_mean(candidate, n)}, .q = NAN};
	if (clusters->of != NULL)
		return rq_paired_compare_clustered(&slice->paired, baseline, candidate, n, scratch->cluster_of, clusters->count, err);
	slice->paired = rq_paired_compare(baseline, candidate, n);
	return RQ_OK;
}

/* `p` has room for one of each. */
static void adjust(struct rq_slice_difference *slices, size_t count, size_t minimum, double *p)
{
	size_t family = 0;

	for (size_t i = 0; i < count; i++)
		if (slices[i].paired.n >= minimum)
			p[family++] = slices[i].paired.p_worse;
	rq_benjamini_hochberg(p, family);
	family = 0;
	for (size_t i = 0; i < count; i++)
		if (slices[i].paired.n >= minimum)
			slices[i].q = p[family++];
}

enum rq_status rq_slices_compare(struct rq_slice_difference **slices, size_t *count, const struct rq_metric_result *metric,
                                 const struct rq_comparison *comparison, size_t minimum, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct member *members = malloc((comparison->topic_count + 1) * sizeof *members);
	RQ_CLEANUP(rq_free_pointer) double *values = malloc((2 * comparison->topic_count + 1) * sizeof *values);
	RQ_CLEANUP(rq_free_pointer) size_t *cluster_of = malloc((comparison->topic_count + 1) * sizeof *cluster_of);
	const struct scratch scratch = {values, cluster_of};

	*slices = NULL;
	*count = 0;
	if (members == NULL || values == NULL || cluster_of == NULL)
		return rq_fail_memory(err);
	size_t topics = find_members(members, metric, comparison), distinct = 0;
	for (size_t i = 0; i < topics; i++)
		distinct += i == 0 || strcmp(members[i].slice, members[i - 1].slice) != 0;
	*slices = rq_arena_alloc(arena, distinct + 1, sizeof **slices);
	if (*slices == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i += (*slices)[(*count)++].paired.n)
		RQ_TRY(compare_slice(&(*slices)[*count], &members[i], slice_size(&members[i], topics - i), &comparison->clusters, &scratch, err));
	adjust(*slices, *count, minimum, values);
	return RQ_OK;
}
