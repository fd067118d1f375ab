/* Gathers the metrics that were measured on the same topics, and hands them to the statistics together. */
#include "evalcore/scoring/evidence.h"

#include "metrics/stats/resample.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed = 1; /* the same topics have the same evidence in every run */

/* Room for one group of metrics. */
struct workspace {
	const struct rq_comparison *comparison;
	size_t *members;           /* of the comparison's metrics, those measured on the same topics */
	double *d;                 /* topics x members */
	double *values[RQ_SIDES];  /* of one metric */
	struct rq_resampled *results;
};

static void release(struct workspace *work)
{
	free(work->members);
	free(work->d);
	free(work->values[RQ_BASELINE]);
	free(work->values[RQ_CANDIDATE]);
	free(work->results);
}

static enum rq_status reserve(struct workspace *work, struct rq_error *err)
{
	size_t topics = work->comparison->topic_count, metrics = work->comparison->metric_count;

	work->members = malloc((metrics + 1) * sizeof *work->members);
	work->d = malloc((topics + 1) * (metrics + 1) * sizeof *work->d);
	work->results = malloc((metrics + 1) * sizeof *work->results);
	for (int side = 0; side < RQ_SIDES; side++)
		work->values[side] = malloc((topics + 1) * sizeof **work->values);
	if (work->members == NULL || work->d == NULL || work->results == NULL || work->values[RQ_BASELINE] == NULL || work->values[RQ_CANDIDATE] == NULL)
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

static size_t take_differences(struct workspace *work, size_t count)
{
	const struct rq_comparison *comparison = work->comparison;
	size_t n = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		if (!has_topic(&comparison->metrics[work->members[0]], i))
			continue;
		for (size_t j = 0; j < count; j++) {
			const struct rq_metric_result *metric = &comparison->metrics[work->members[j]];
			work->d[n * count + j] = metric->per_topic[RQ_CANDIDATE][i] - metric->per_topic[RQ_BASELINE][i];
		}
		n++;
	}
	return n;
}

/* What a PASS of the metric takes; NaN: no gate says so. */
static double margin_of(const struct rq_metric_result *metric, const struct rq_verdict *verdict)
{
	double margin = NAN;

	for (size_t i = 0; verdict != NULL && i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		bool drops = strcmp(gate->kind, "max_drop") == 0 || strcmp(gate->kind, "pinned") == 0;
		if (drops && gate->level == RQ_LEVEL_ERROR && !gate->absent && gate->slice == NULL && strcmp(gate->metric, metric->name) == 0)
			margin = fmin(margin, gate->limit);
	}
	return margin;
}

static void find_power(struct rq_metric_result *metric, struct workspace *work, double margin)
{
	size_t n = 0;

	for (size_t i = 0; i < work->comparison->topic_count; i++) {
		if (!has_topic(metric, i))
			continue;
		for (int side = 0; side < RQ_SIDES; side++)
			work->values[side][n] = metric->per_topic[side][i];
		n++;
	}
	struct rq_power power = rq_power(work->values[RQ_BASELINE], work->values[RQ_CANDIDATE], n, margin, seed);
	metric->evidence.mde = power.detectable;
	metric->evidence.topics_to_pass = power.topics_to_pass;
}

enum rq_status rq_evidence_weigh(struct rq_comparison *comparison, const struct rq_verdict *verdict, struct rq_error *err)
{
	RQ_CLEANUP(release) struct workspace work = {.comparison = comparison};

	RQ_TRY(reserve(&work, err));
	for (size_t i = 0; i < comparison->metric_count; i++)
		comparison->metrics[i].evidence.weighed = false;
	for (size_t count = find_members(&work); count > 0; count = find_members(&work)) {
		size_t n = take_differences(&work, count);
		RQ_TRY(rq_resample(work.results, work.d, n, count, seed, err));
		for (size_t j = 0; j < count; j++) {
			struct rq_metric_result *metric = &comparison->metrics[work.members[j]];
			const struct rq_resampled *found = &work.results[j];
			metric->evidence = (struct rq_evidence){true, found->p, found->lower, found->upper, margin_of(metric, verdict), NAN, 0};
			if (!isnan(metric->evidence.margin))
				find_power(metric, &work, metric->evidence.margin);
		}
	}
	return RQ_OK;
}
