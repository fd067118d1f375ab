/* Gathers the metrics that were measured on the same topics, and hands them to the statistics together. */
#include "evalcore/scoring/evidence.h"

#include "metrics/stats/resample.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed = 1; /* the same topics have the same evidence in every run */

/* Room for one group of metrics. A unit is a topic, or a cluster of topics. */
struct workspace {
	const struct rq_comparison *comparison;
	size_t *members;    /* of the comparison's metrics, those measured on the same topics */
	size_t *unit_of, *sizes; /* [cluster], [unit]; only of clusters */
	double *d;          /* units x columns: of each metric the sums to flip, then, only of clusters, of each the differences to draw */
	double *zeros, *column; /* [unit] */
	struct rq_resampled *results;
};

/* How many columns stand before those to draw. */
static size_t drawn_from(const struct workspace *work, size_t count)
{
	return work->comparison->clusters.of == NULL ? 0 : count;
}

static void release(struct workspace *work)
{
	free(work->members);
	free(work->unit_of);
	free(work->sizes);
	free(work->d);
	free(work->zeros);
	free(work->column);
	free(work->results);
}

static enum rq_status reserve(struct workspace *work, struct rq_error *err)
{
	size_t topics = work->comparison->topic_count, metrics = work->comparison->metric_count, columns = metrics + drawn_from(work, metrics);

	work->members = malloc((metrics + 1) * sizeof *work->members);
	work->unit_of = malloc((work->comparison->clusters.count + 1) * sizeof *work->unit_of);
	work->sizes = malloc((topics + 1) * sizeof *work->sizes);
	work->d = malloc((topics + 1) * (columns + 1) * sizeof *work->d);
	work->zeros = calloc(topics + 1, sizeof *work->zeros);
	work->column = malloc((topics + 1) * sizeof *work->column);
	work->results = malloc((columns + 1) * sizeof *work->results);
	if (work->members == NULL || work->unit_of == NULL || work->sizes == NULL || work->d == NULL || work->zeros == NULL || work->column == NULL ||
	    work->results == NULL)
		return rq_fail_memory(err);
	return RQ_OK;
}

static bool has_topic(const struct rq_metric_result *metric, size_t topic)
{
	return !isnan(metric->per_topic[RQ_BASELINE][topic]) && !isnan(metric->per_topic[RQ_CANDIDATE][topic]);
}

static bool same_topics(const struct rq_metric_result *a, const struct rq_metric_result *b, size_t topics)
{
	for (size_t i = 0; i < topics; i++)
		if (has_topic(a, i) != has_topic(b, i))
			return false;
	return true;
}

/* The first metric that is not weighed yet, and all on its topics; 0: all are weighed. */
static size_t find_members(struct workspace *work)
{
	const struct rq_comparison *comparison = work->comparison;
	size_t count = 0;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared || metric->evidence.weighed)
			continue;
		if (count == 0 || same_topics(metric, &comparison->metrics[work->members[0]], comparison->topic_count))
			work->members[count++] = i;
	}
	return count;
}

static double difference(const struct workspace *work, size_t member, size_t topic)
{
	const struct rq_metric_result *metric = &work->comparison->metrics[work->members[member]];

	return metric->per_topic[RQ_CANDIDATE][topic] - metric->per_topic[RQ_BASELINE][topic];
}

/* Returns how many topics there are. */
static size_t take_topics(struct workspace *work, size_t count)
{
	const struct rq_comparison *comparison = work->comparison;
	size_t n = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		if (!has_topic(&comparison->metrics[work->members[0]], i))
			continue;
		for (size_t j = 0; j < count; j++)
			work->d[n * count + j] = difference(work, j, i);
		n++;
	}
	return n;
}

/* Sums S of each cluster's s topics, in the order in which topics name them. Returns how many clusters there are. */
static size_t sum_clusters(size_t *topics, struct workspace *work, size_t count)
{
	const struct rq_comparison *comparison = work->comparison;
	size_t units = 0;

	*topics = 0;
	for (size_t i = 0; i < comparison->clusters.count; i++)
		work->unit_of[i] = SIZE_MAX;
	for (size_t i = 0; i < comparison->topic_count; i++) {
		size_t *unit = &work->unit_of[comparison->clusters.of[i]];
		if (!has_topic(&comparison->metrics[work->members[0]], i))
			continue;
		if (*unit == SIZE_MAX) {
			*unit = units++;
			work->sizes[*unit] = 0;
			for (size_t j = 0; j < count; j++)
				work->d[*unit * 2 * count + j] = 0;
		}
		for (size_t j = 0; j < count; j++)
			work->d[*unit * 2 * count + j] += difference(work, j, i);
		work->sizes[*unit]++;
		(*topics)++;
	}
	return units;
}

/* Both columns have the mean difference as their mean. To flip: S G/n. To draw: what a cluster adds to the mean. */
static void weight_clusters(struct workspace *work, size_t count, size_t units, size_t topics)
{
	for (size_t j = 0; j < count; j++) {
		rq_cluster_draws(work->d + count + j, work->d + j, 2 * count, work->sizes, units);
		for (size_t unit = 0; unit < units; unit++)
			work->d[unit * 2 * count + j] *= (double)units / (double)topics;
	}
}

/* What a PASS of the metric takes; NaN: no gate says so. */
static double margin_of(const struct rq_metric_result *metric, const struct rq_verdict *verdict)
{
	double margin = NAN;

	for (size_t i = 0; verdict != NULL && i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		bool counts = gate->bounds_drop && gate->level == RQ_LEVEL_ERROR && gate->waived != RQ_WAIVED && !gate->absent;
		if (counts && gate->slice == NULL && strcmp(gate->metric, metric->name) == 0)
			margin = fmin(margin, gate->limit);
	}
	return margin;
}

/* Of a column to draw, by the verdict on its units. */
static void find_power(struct rq_evidence *evidence, struct workspace *work, size_t column, size_t columns, size_t units, size_t topics)
{
	for (size_t i = 0; i < units; i++)
		work->column[i] = work->d[i * columns + column];
	struct rq_power power = rq_power_of_units(work->zeros, work->column, units, topics, evidence->margin, seed);
	evidence->mde = power.detectable;
	evidence->topics_to_pass = power.topics_to_pass;
}

static enum rq_status weigh_members(struct rq_comparison *comparison, struct workspace *work, size_t count, const struct rq_verdict *verdict,
                                    struct rq_error *err)
{
	size_t drawn = drawn_from(work, count), columns = count + drawn, topics = 0;
	size_t units = drawn == 0 ? take_topics(work, count) : sum_clusters(&topics, work, count);

	if (drawn == 0)
		topics = units;
	else
		weight_clusters(work, count, units, topics);
	RQ_TRY(rq_resample(work->results, work->d, units, columns, seed, err));
	for (size_t j = 0; j < count; j++) {
		struct rq_metric_result *metric = &comparison->metrics[work->members[j]];
		const struct rq_resampled *interval = &work->results[drawn + j];
		metric->evidence = (struct rq_evidence){true, work->results[j].p, interval->lower, interval->upper, margin_of(metric, verdict), NAN, 0};
		if (!isnan(metric->evidence.margin))
			find_power(&metric->evidence, work, drawn + j, columns, units, topics);
	}
	return RQ_OK;
}

enum rq_status rq_evidence_weigh(struct rq_comparison *comparison, const struct rq_verdict *verdict, struct rq_error *err)
{
	RQ_CLEANUP(release) struct workspace work = {.comparison = comparison};

	RQ_TRY(reserve(&work, err));
	for (size_t i = 0; i < comparison->metric_count; i++)
		comparison->metrics[i].evidence.weighed = false;
	for (size_t count = find_members(&work); count > 0; count = find_members(&work))
		RQ_TRY(weigh_members(comparison, &work, count, verdict, err));
	return RQ_OK;
}
