/* Whether results on a baseline can be compared with today's, and whether its rankings still say what its scores say. */
#include "evalcore/baseline/baseline.h"

#include "evalcore/model/pool.h"
#include "metrics/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 12 }; /* digits of a digest */

static const double ROUNDING = 1e-9; /* of sums of shares, beyond a metric's range */

const char *const rq_baseline_fields[] = {"corpus", "topics", "qrels", "metrics_version", NULL};

static const char *say(struct rq_arena *arena, const char *field, const char *then, const char *now)
{
	if (then == NULL)
		return rq_arena_printf(arena, "%s: none when it was approved, sha256 %.*s here", field, SHOWN, now);
	if (now == NULL)
		return rq_arena_printf(arena, "%s: sha256 %.*s when it was approved, none here", field, SHOWN, then);
	return rq_arena_printf(arena, "%s: sha256 %.*s when it was approved, %.*s here", field, SHOWN, then, SHOWN, now);
}

enum rq_status rq_baseline_differs(const char **how, const struct rq_baseline *baseline, const char *field, const struct rq_comparison *comparison,
                                   struct rq_arena *arena, struct rq_error *err)
{
	const char *then = rq_baseline_digest(baseline, field), *now = rq_comparison_input(comparison, field);

	*how = NULL;
	if (strcmp(field, "metrics_version") == 0) {
		if (baseline->metrics_version == RQ_METRICS_VERSION)
			return RQ_OK;
		*how = rq_arena_printf(arena, "%s: %lld when it was approved, %d here", field, (long long)baseline->metrics_version, RQ_METRICS_VERSION);
		return *how == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	if (then == now || (then != NULL && now != NULL && strcmp(then, now) == 0))
		return RQ_OK;
	*how = say(arena, field, then, now);
	return *how == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse(struct rq_metric_spec *spec, const struct rq_baseline *baseline, size_t metric, struct rq_error *err)
{
	if (rq_metric_parse(spec, baseline->metrics[metric].name, err) == RQ_OK && spec->metric->source != RQ_FROM_CLOCK)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: metrics[%zu].metric: \"%s\" is not a metric that this version keeps scores of", baseline->file, metric,
	               baseline->metrics[metric].name);
}

static enum rq_status check_stored(const struct rq_baseline *baseline, const struct rq_baseline_metric *metric, const struct rq_metric_spec *spec,
                                   double *present, struct rq_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < baseline->topic_count; i++) {
		double score = metric->per_topic[i];
		if (isnan(score) && !metric->is_judged) /* outside a sample */
			continue;
		if (!(score >= spec->metric->lowest - ROUNDING && score <= spec->metric->highest + ROUNDING))
			return rq_fail(err, RQ_E_DATA, "%s: %s of topic \"%s\" is %.17g; expected a number from %g to %g", baseline->file, metric->name,
			               baseline->topics[i], score, spec->metric->lowest, spec->metric->highest);
		present[n++] = score;
	}
	if (n != metric->samples)
		return rq_fail(err, RQ_E_DATA, "%s: %s is of %zu topics, and %zu have a score of it; approve a new baseline", baseline->file, metric->name,
		               metric->samples, n);
	double value = rq_metric_average(spec, present, n);
	if (value == metric->value || (isnan(value) && isnan(metric->value)))
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: %s is %.17g, and its topics give %.17g; approve a new baseline", baseline->file, metric->name, metric->value,
	               value);
}

enum rq_status rq_baseline_check_values(struct rq_baseline *baseline, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *present = malloc((baseline->topic_count + 1) * sizeof *present);
	struct rq_metric_spec spec;

	if (present == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < baseline->metric_count && baseline->metrics_version == RQ_METRICS_VERSION; i++) {
		RQ_TRY(parse(&spec, baseline, i, err));
		baseline->metrics[i].is_judged = spec.metric->source == RQ_FROM_JUDGMENTS;
		RQ_TRY(check_stored(baseline, &baseline->metrics[i], &spec, present, err));
	}
	return RQ_OK;
}

/* The judgments, and room for the longest join with a ranking. */
static enum rq_status make_room(struct rq_hit **hits, struct rq_pool *pool, const struct rq_qrels *qrels, struct rq_error *err)
{
	*hits = malloc((rq_qrels_most(qrels) + 1) * sizeof **hits);
	return *hits == NULL ? rq_fail_memory(err) : rq_pool_make(pool, qrels, err);
}

static enum rq_status check_metric(const struct rq_baseline *baseline, const struct rq_baseline_metric *metric, const struct rq_metric_spec *spec,
                                   const struct rq_pool *pool, struct rq_hit *hits, struct rq_error *err)
{
	for (size_t i = 0; i < baseline->topic_count; i++) {
		const char *topic = baseline->topics[i];
		size_t number = rq_pool_find(pool, topic, strlen(topic));
		if (number == RQ_NO_TOPIC)
			return rq_fail(err, RQ_E_DATA, "%s: topic \"%s\" has scores, and no judgments", baseline->file, topic);
		struct rq_judged_ranking judged = rq_judge_ranking(rq_run_answer(&baseline->ranked, topic), &pool->topics[number], hits);
		double score = spec->metric->score(&judged, spec);
		if (score != metric->per_topic[i])
			return rq_fail(
				err, RQ_E_DATA,
				"%s: %s of topic \"%s\" is %.17g, and its rankings give %.17g: the file was changed, or the metric was without another version; "
				"approve a new baseline",
				baseline->file, metric->name, topic, metric->per_topic[i], score);
	}
	return RQ_OK;
}

enum rq_status rq_baseline_check_scores(const struct rq_baseline *baseline, const struct rq_qrels *qrels, struct rq_error *err)
{
	RQ_CLEANUP(rq_pool_release) struct rq_pool pool = {0};
	RQ_CLEANUP(rq_free_pointer) struct rq_hit *hits = NULL;
	struct rq_metric_spec spec;

	RQ_TRY(make_room(&hits, &pool, qrels, err));
	for (size_t i = 0; i < baseline->metric_count; i++) {
		if (!baseline->metrics[i].is_judged)
			continue;
		RQ_TRY(parse(&spec, baseline, i, err));
		RQ_TRY(check_metric(baseline, &baseline->metrics[i], &spec, &pool, hits, err));
	}
	return RQ_OK;
}
