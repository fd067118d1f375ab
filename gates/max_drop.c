/* max_drop: the candidate loses no more than a margin against the baseline, judged from the differences per topic. The rule is
 * metrics/stats/paired.c's; this file finds its numbers and puts the verdict into words. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <string.h>

static const struct rq_option options[] = {
	{.name = "margin",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .required = true,
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the absolute drop of the mean that is tolerated, such as 0.03"},
	RQ_OPTIONS_END,
};

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	const struct rq_metric *metric = gate->metric.metric;

	if (rq_metric_is_share(metric) && metric->lower_is_better)
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: a drop of \"%s\" is no loss, because less of it is better; bound it from above: use \"max\", or <=", gate->path,
		               gate->metric.name);
	if (metric->average != RQ_AVERAGE_MEAN)
		return rq_fail(err, RQ_E_CONFIG, "%s: a drop is judged from a mean over topics, and \"%s\" is none; use \"min\", or >=", gate->path,
		               gate->metric.name);
	if (!rq_metric_pairs(metric))
		return rq_fail(err, RQ_E_CONFIG, "%s: a drop is judged from topics whose values lie between 0 and 1, and those of \"%s\" do not; use %s",
		               gate->path, gate->metric.name, metric->lower_is_better ? "\"max\", or <=" : "\"min\", or >=");
	if (!(gate->limit > 0 && gate->limit < 1))
		return rq_fail(err, RQ_E_CONFIG, "%s: a margin of %.15g is not between 0 and 1; expected an absolute margin such as 0.03", gate->path,
		               gate->limit);
	return RQ_OK;
}

static bool same_in_slice(const struct rq_metric_result *metric, const char *slice, const struct rq_comparison *comparison)
{
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const char *own = comparison->topics[i].slice;
		if (own != NULL && strcmp(own, slice) == 0 && (metric->same_ranking == NULL || !metric->same_ranking[i]))
			return false;
	}
	return true;
}

/* The whole comparison's numbers, or those of the slice's topics. */
static enum rq_status find_paired(struct rq_paired *paired, const char **missing, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                  struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_data data;

	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	*missing = data.missing;
	if (data.missing != NULL)
		return RQ_OK;
	if (!data.metric->compared) {
		*missing = "was not compared topic by topic";
		return RQ_OK;
	}
	*paired = data.metric->paired;
	if (gate->slice != NULL) {
		*paired = rq_paired_compare(data.values[RQ_BASELINE], data.values[RQ_CANDIDATE], data.count);
		paired->identical = paired->wins + paired->losses == 0 && same_in_slice(data.metric, gate->slice, comparison);
	}
	if (paired->n == 0)
		*missing = "was measured on no topic";
	else if (!isfinite(paired->delta) || !isfinite(paired->lower) || !isfinite(paired->upper) || !isfinite(paired->p_worse))
		*missing = "has differences that are not numbers";
	return RQ_OK;
}

static double p_value(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	struct rq_paired paired;
	const char *missing;

	/* Whatever fails here fails again, and is reported, when the gate is judged. */
	if (find_paired(&paired, &missing, gate, comparison, &scratch, NULL) != RQ_OK || missing != NULL)
		return NAN;
	return paired.p_worse;
}

#define AGAINST(gate, drop) rq_show_against((drop), (gate)->limit, RQ_NO_UNIT).text
#define LIMIT(gate) rq_show_limit((gate)->limit, RQ_NO_UNIT).text

static const char *explain_pass(const struct rq_gate *gate, const struct rq_paired *paired, struct rq_arena *arena)
{
	if (paired->identical && gate->slice == NULL)
		return rq_arena_printf(arena, "identical rankings on all %zu topics", paired->n);
	if (paired->identical)
		return rq_arena_printf(arena, "identical rankings on all %zu topics of the slice", paired->n);
	if (paired->lower > 0)
		return rq_arena_printf(arena, "rose by at least %s (95 %%), margin %s", rq_show_value(paired->lower, RQ_NO_UNIT).text, LIMIT(gate));
	return rq_arena_printf(arena, "drops at most %s (95 %%), margin %s", AGAINST(gate, -paired->lower), LIMIT(gate));
}

static const char *explain_inconclusive(const struct rq_gate *gate, const struct rq_paired *paired, size_t to_settle, struct rq_arena *arena)
{
	if (paired->n < rq_topics_needed(gate->limit) && rq_smallest_margin(paired->n) < 1)
		return rq_arena_printf(arena, "cannot pass a margin of %s with %zu topics, which takes %zu; the smallest margin they can decide is %s",
		                       LIMIT(gate), paired->n, rq_topics_needed(gate->limit), rq_show_limit(rq_smallest_margin(paired->n), RQ_NO_UNIT).text);
	if (paired->n < rq_topics_needed(gate->limit))
		return rq_arena_printf(arena, "cannot pass a margin of %s with %zu topics, which takes %zu; so few can decide no margin at all", LIMIT(gate),
		                       paired->n, rq_topics_needed(gate->limit));
	if (to_settle == 0)
		return rq_arena_printf(arena, "cannot exclude a drop of %s with %zu topics (margin %s); no number of topics like these would",
		                       AGAINST(gate, -paired->lower), paired->n, LIMIT(gate));
	return rq_arena_printf(arena, "cannot exclude a drop of %s with %zu topics (margin %s); about %zu would settle it", AGAINST(gate, -paired->lower),
	                       paired->n, LIMIT(gate), to_settle);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct rq_paired paired;
	const char *missing;

	RQ_TRY(find_paired(&paired, &missing, gate, comparison, arena, err));
	if (missing != NULL)
		return rq_gate_absent(result, missing);
	if (isnan(p_adjusted)) /* the data are there now and were not when p was asked for: memory */
		return rq_fail_memory(err);
	result->value = paired.delta;
	result->lower = paired.lower;
	result->upper = paired.upper;
	result->p = p_adjusted;
	result->outcome = rq_paired_verdict(&paired, gate->limit, p_adjusted);
	if (result->outcome == RQ_PASS)
		return rq_gate_reason(result, explain_pass(gate, &paired, arena), err);
	if (result->outcome == RQ_INCONCLUSIVE) {
		result->topics_to_settle = rq_topics_to_settle(&paired, gate->limit);
		return rq_gate_reason(result, explain_inconclusive(gate, &paired, result->topics_to_settle, arena), err);
	}
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "dropped %s (90 %% interval %s to %s), margin %s, %s", rq_show_value(-paired.delta, RQ_NO_UNIT).text,
	                                      rq_show_difference(paired.lower, 4).text, rq_show_difference(paired.upper, 4).text, LIMIT(gate),
	                                      rq_show_p(p_adjusted).text),
	                      err);
}

const struct rq_gate_kind rq_gate_kind_max_drop = {
	.name = "max_drop",
	.help = "the mean over topics drops by no more than this against the baseline, with 95 % confidence",
	.citation = "one-sided t bounds over topics guarded by 1.5 pseudo-topics, calibrated in this room's README; Holm 1979, Scandinavian Journal of "
	            "Statistics 6",
	.options = options,
	.paired = true,
	.check = check,
	.p_value = p_value,
	.judge = judge,
};
