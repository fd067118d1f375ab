/* Holes in the judgments. A document that nobody has judged counts as not relevant, which favours the side that the judgments were made for: where
 * the candidate ranks many more of them, its loss may be theirs (Buckley & Voorhees 2004, SIGIR). Lists without them, as Sakai 2007 condenses them,
 * tell. */
#include "gates/kind.h"

#include "metrics/stats/stats.h"

static const double tolerated = .05;

enum { CUTOFF = 10 };

size_t rq_gate_count_grade_0(const struct rq_gate_data *data, const struct rq_comparison *comparison)
{
	size_t with = 0;

	for (size_t i = 0; i < data->count; i++)
		with += comparison->topics[data->topics[i]].has_grade_0;
	return with;
}

bool rq_gate_tells_holes(const struct rq_gate_data *data, const struct rq_comparison *comparison)
{
	return 2 * rq_gate_count_grade_0(data, comparison) >= data->count;
}

/* Other values of the gate's metric, over the topics that the gate is about. */
static enum rq_status take(struct rq_gate_data *data, const double *const values[RQ_SIDES], const struct rq_gate *gate,
                           const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_metric_result metric = *rq_comparison_metric(comparison, gate->metric.name);
	struct rq_comparison with = *comparison;

	for (int side = 0; side < RQ_SIDES; side++)
		metric.per_topic[side] = values[side];
	with.metrics = &metric;
	with.metric_count = 1;
	RQ_TRY(rq_gate_find_data(data, gate, &with, RQ_BASELINE, arena, err));
	RQ_TRY(rq_gate_take_topics(data, &with, arena, err));
	data->metric = rq_comparison_metric(comparison, gate->metric.name);
	return RQ_OK;
}

enum rq_status rq_gate_find_holes(struct rq_gate_holes *holes, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                  struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_metric_result *metric = rq_comparison_metric(comparison, gate->metric.name);
	struct rq_gate_data data;

	*holes = (struct rq_gate_holes){.cutoff = metric != NULL && metric->cutoff > 0 ? metric->cutoff : CUTOFF};
	if (metric == NULL || metric->condensed[RQ_BASELINE] == NULL)
		return RQ_OK;
	RQ_TRY(take(&data, metric->judged_of, gate, comparison, arena, err));
	if (data.missing != NULL)
		return RQ_OK; /* the gate itself lacks the same */
	for (int side = 0; side < RQ_SIDES; side++)
		holes->judged[side] = rq_mean(data.values[side], data.count);
	holes->unlike = !rq_at_most(holes->judged[RQ_BASELINE] - holes->judged[RQ_CANDIDATE], tolerated);
	holes->tellable = rq_gate_tells_holes(&data, comparison);
	if (!holes->unlike || !holes->tellable)
		return RQ_OK;
	RQ_TRY(take(&data, metric->condensed, gate, comparison, arena, err));
	holes->tellable = data.missing == NULL;
	if (data.missing != NULL)
		return RQ_OK;
	return rq_gate_pair(&holes->condensed, data.values[RQ_BASELINE], data.values[RQ_CANDIDATE], &data, comparison, err);
}
