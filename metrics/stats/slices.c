/* A metric's topics sorted by slice, each slice compared by itself, and their p adjusted for how many there are. */
#include "metrics/stats/slices.h"

#include "metrics/metric.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct member {
	const char *slice;
	size_t topic;
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
			members[count++] = (struct member){comparison->topics[i].slice, i, {b, c}};
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

/* `values` has room for both sides of all members. */
static struct rq_slice_difference compare_slice(const struct member *members, size_t n, double *values)
{
	struct rq_slice_difference slice = {.slice = members[0].slice, .q = NAN};

	for (size_t i = 0; i < n; i++) {
		values[i] = members[i].values[RQ_BASELINE];
		values[n + i] = members[i].values[RQ_CANDIDATE];
	}
	slice.mean[RQ_BASELINE] = rq_mean(values, n);
	slice.mean[RQ_CANDIDATE] = rq_mean(values + n, n);
	slice.paired = rq_paired_compare(values, values + n, n);
	return slice;
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

	*slices = NULL;
	*count = 0;
	if (members == NULL || values == NULL)
		return rq_fail_memory(err);
	size_t topics = find_members(members, metric, comparison), distinct = 0;
	for (size_t i = 0; i < topics; i++)
		distinct += i == 0 || strcmp(members[i].slice, members[i - 1].slice) != 0;
	*slices = rq_arena_alloc(arena, distinct + 1, sizeof **slices);
	if (*slices == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i += (*slices)[(*count)++].paired.n)
		(*slices)[*count] = compare_slice(&members[i], slice_size(&members[i], topics - i), values);
	adjust(*slices, *count, minimum, values);
	return RQ_OK;
}
