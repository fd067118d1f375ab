/* max_drop: the candidate loses no more than a margin against the baseline, judged from the differences per topic. The rule is
 * metrics/stats/paired.c's; this file finds its numbers and puts the verdict into words. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct max_drop {
	struct rq_gate gate;
	const rq_json *margin;
	bool relative; /* the margin is a share of the baseline's mean */
};

static bool is_relative(const struct rq_gate *gate)
{
	return ((const struct max_drop *)gate)->relative;
}

static const struct rq_option options[] = {
	{.name = "margin",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct max_drop, margin),
	 .required = true,
	 .schema = RQ_SHARE_SCHEMA,
	 .help = "the drop of the mean that is tolerated: absolute, such as 0.03, or a share of the baseline's mean, such as \"3%\""},
	RQ_OPTIONS_END,
};

static enum rq_status read_margin(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct max_drop *drop = (struct max_drop *)gate;
	const rq_json *margin = drop->margin;

	(void)arena;
	drop->margin = NULL;
	return margin == NULL ? RQ_OK : rq_share_read(&gate->limit, &drop->relative, margin, gate->path, "margin", err);
}

/* Of a time a drop cannot be judged, and the check tells why. */
static bool read_number(struct rq_gate *gate, const char *text, size_t length)
{
	return rq_gate_is_time(gate) || rq_share_parse(&gate->limit, &((struct max_drop *)gate)->relative, text, length);
}

static const struct rq_gate_grammar grammar = {
	.word = "drop", .bounded = "a drop is bounded from above", .example = "0.03 or 3%", .number = read_number};

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
	if (is_relative(gate) && !(gate->limit > 0 && gate->limit < 1))
		return rq_fail(err, RQ_E_CONFIG, "%s: a margin of %s is not between 0%% and 100%%; expected a share of the baseline's mean such as 3%%",
		               gate->path, rq_show_share(gate->limit).text);
	return rq_margin_check(gate, "0.03", err);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	rq_gate_print(out, gate, is_relative(gate) ? rq_show_share(gate->limit).text : rq_show_limit(gate->limit, RQ_NO_UNIT).text);
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

/* What is judged: the differences, and the margin as a difference. */
struct judged {
	struct rq_paired paired;
	double margin;
	double lower;    /* of the differences, by the bound that decides about PASS */
	char shown[128]; /* the margin: "0.03", "3% (0.0165)" */
};

/* Differences from (1 - r) times the baseline pass where their lower bound is above 0, which is the margin, shifted to where the baseline stands. */
static enum rq_status relate(struct judged *judged, const char **missing, const struct rq_gate *gate, const struct rq_gate_data *data,
                             const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	double *kept = rq_arena_alloc(arena, data->count, sizeof *kept), mean = rq_mean(data->values[RQ_BASELINE], data->count);
	struct rq_paired decisive;

	if (kept == NULL)
		return rq_fail_memory(err);
	if (!(mean > 0)) {
		*missing = "has a baseline mean of 0, of which no share can be lost";
		return RQ_OK;
	}
	for (size_t i = 0; i < data->count; i++)
		kept[i] = (1 - gate->limit) * data->values[RQ_BASELINE][i];
	judged->margin = gate->limit * mean;
	RQ_TRY(rq_gate_pair(&decisive, kept, data->values[RQ_CANDIDATE], data, comparison, err));
	rq_gate_count_builds(&decisive, data);
	judged->lower = decisive.lower - judged->margin;
	snprintf(judged->shown, sizeof judged->shown, "%s (%s)", rq_show_share(gate->limit).text, rq_show_value(judged->margin, RQ_NO_UNIT).text);
	return RQ_OK;
}

/* The whole comparison's numbers, or those of the slice's topics. */
static enum rq_status find_judged(struct judged *judged, const char **missing, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                  struct rq_arena *arena, struct rq_error *err)
{
	struct rq_paired *paired = &judged->paired;
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
		RQ_TRY(rq_gate_pair(paired, data.values[RQ_BASELINE], data.values[RQ_CANDIDATE], &data, comparison, err));
		rq_gate_count_builds(paired, &data);
		paired->identical = paired->wins + paired->losses == 0 && same_in_slice(data.metric, gate->slice, comparison);
	}
	if (paired->n == 0)
		*missing = "was measured on no topic";
	else if (!isfinite(paired->delta) || !isfinite(paired->lower) || !isfinite(paired->upper) || !isfinite(paired->p_worse))
		*missing = "has differences that are not numbers";
	if (*missing != NULL)
		return RQ_OK;
	judged->margin = gate->limit;
	judged->lower = paired->lower;
	snprintf(judged->shown, sizeof judged->shown, "%s", rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	if (!is_relative(gate))
		return RQ_OK;
	if (gate->slice == NULL)
		RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	*missing = data.missing;
	return data.missing == NULL ? relate(judged, missing, gate, &data, comparison, arena, err) : RQ_OK;
}

static double p_value(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	struct judged judged;
	const char *missing;

	/* Whatever fails here fails again, and is reported, when the gate is judged. */
	if (find_judged(&judged, &missing, gate, comparison, &scratch, NULL) != RQ_OK || missing != NULL)
		return NAN;
	return judged.paired.p_worse;
}

#define AGAINST(judged, drop) rq_show_against((drop), (judged)->margin, RQ_NO_UNIT).text

/* The verdict's rule, with the bound that decides about PASS in place of the differences' own. */
static enum rq_outcome decide(const struct judged *judged, double p_adjusted)
{
	struct rq_paired decided = judged->paired;

	decided.lower = judged->lower;
	return rq_paired_verdict(&decided, judged->margin, p_adjusted);
}

/* What holes leave of the verdict: a pass over unlike judgments is none; a loss is excused where lists without unjudged documents pass. That these
 * show no loss is not enough: they overrate a side that the judgments were not made for (Sakai 2008, CIKM), so that the worst changes would be
 * excused first. */
static enum rq_outcome weigh_holes(enum rq_outcome outcome, const struct rq_gate_holes *holes, const struct judged *judged)
{
	if (!holes->unlike || !holes->tellable)
		return outcome;
	return outcome == RQ_FAIL && rq_paired_verdict(&holes->condensed, judged->margin, 1) != RQ_PASS ? RQ_FAIL : RQ_INCONCLUSIVE;
}

static const char *explain_pass(const struct rq_gate *gate, const struct judged *judged, struct rq_arena *arena)
{
	if (judged->paired.identical && gate->slice == NULL)
		return rq_arena_printf(arena, "identical rankings on all %zu topics", judged->paired.n);
	if (judged->paired.identical)
		return rq_arena_printf(arena, "identical rankings on all %zu topics of the slice", judged->paired.n);
	if (judged->lower > 0)
		return rq_arena_printf(arena, "rose by at least %s (95 %%), margin %s", rq_show_value(judged->lower, RQ_NO_UNIT).text, judged->shown);
	return rq_arena_printf(arena, "drops at most %s (95 %%), margin %s", AGAINST(judged, -judged->lower), judged->shown);
}

/* The gates together ask for more than each alone, lest one of many fails by chance. */
static const char *explain_alone(const struct judged *judged, double p_adjusted, size_t to_settle, struct rq_arena *arena)
{
	const char *told = rq_arena_printf(arena, "dropped %s, margin %s, which is shown alone (%s) and not among all gates (%s)",
	                                   rq_show_value(-judged->paired.delta, RQ_NO_UNIT).text, judged->shown,
	                                   rq_show_p(judged->paired.p_worse).text, rq_show_p(p_adjusted).text);

	return told == NULL || to_settle == 0 ? told : rq_arena_printf(arena, "%s; about %zu topics would settle it", told, to_settle);
}

static const char *explain_inconclusive(const struct judged *judged, double p_adjusted, size_t to_settle, struct rq_arena *arena)
{
	size_t n = rq_paired_units(&judged->paired), needed = rq_topics_needed(judged->margin);
	const char *units = rq_gate_units_name(&judged->paired);

	if (decide(judged, judged->paired.p_worse) == RQ_FAIL)
		return explain_alone(judged, p_adjusted, to_settle, arena);
	if (n < needed && rq_smallest_margin(n) < 1)
		return rq_arena_printf(arena, "cannot pass a margin of %s with %zu %s, which takes %zu; the smallest margin they can decide is %s",
		                       judged->shown, n, units, needed, rq_show_limit(rq_smallest_margin(n), RQ_NO_UNIT).text);
	if (n < needed)
		return rq_arena_printf(arena, "cannot pass a margin of %s with %zu %s, which takes %zu; so few can decide no margin at all",
		                       judged->shown, n, units, needed);
	if (to_settle == 0)
		return rq_arena_printf(arena, "cannot exclude a drop of %s with %zu topics (margin %s); no number of topics like these would",
		                       AGAINST(judged, -judged->lower), judged->paired.n, judged->shown);
	return rq_arena_printf(arena, "cannot exclude a drop of %s with %zu topics (margin %s); about %zu would settle it",
	                       AGAINST(judged, -judged->lower), judged->paired.n, judged->shown, to_settle);
}

static const char *explain_fail(const struct judged *judged, double p_adjusted, struct rq_arena *arena)
{
	return rq_arena_printf(arena, "dropped %s (90 %% interval %s to %s), margin %s, %s", rq_show_value(-judged->paired.delta, RQ_NO_UNIT).text,
	                       rq_show_difference(judged->lower, 4).text, rq_show_difference(judged->paired.upper, 4).text, judged->shown,
	                       rq_show_p(p_adjusted).text);
}

/* Appends to the reason of an outcome what holes have made of it. */
static const char *explain_holes(const char *reason, enum rq_outcome outcome, const struct rq_gate_result *result,
                                 const struct rq_gate_holes *holes, struct rq_arena *arena)
{
	struct rq_shown before = rq_show_value(holes->judged[RQ_BASELINE], RQ_NO_UNIT), after = rq_show_value(holes->judged[RQ_CANDIDATE], RQ_NO_UNIT);
	bool changed = result->outcome != outcome;

	if (reason == NULL || !holes->unlike || (holes->tellable && !changed))
		return reason;
	const char *told =
		rq_arena_printf(arena, "%s%s Judged@%zu fell from %s to %s", reason, changed ? ", but" : ";", holes->cutoff, before.text, after.text);
	if (told == NULL || !holes->tellable)
		return told == NULL ? NULL : rq_arena_printf(arena, "%s: with positives only, holes cannot be told from losses", told);
	if (outcome == RQ_FAIL)
		told = rq_arena_printf(arena, "%s, and lists without unjudged documents pass (%s)", told, rq_show_difference(holes->condensed.delta, 4).text);
	return told == NULL ? NULL : rq_arena_printf(arena, "%s: grade what \"rqgate judge pool REPORT\" lists", told);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct judged judged;
	struct rq_gate_holes holes;
	const char *missing;

	RQ_TRY(find_judged(&judged, &missing, gate, comparison, arena, err));
	if (missing != NULL)
		return rq_gate_absent(result, missing);
	RQ_TRY(rq_gate_find_holes(&holes, gate, comparison, arena, err));
	if (isnan(p_adjusted)) /* the data are there now and were not when p was asked for: memory */
		return rq_fail_memory(err);
	result->value = judged.paired.delta;
	result->limit = judged.margin;
	result->lower = judged.lower;
	result->upper = judged.paired.upper;
	result->p = p_adjusted;
	result->units = rq_paired_units(&judged.paired);
	enum rq_outcome outcome = decide(&judged, p_adjusted);
	result->outcome = weigh_holes(outcome, &holes, &judged);
	result->doubtful = result->outcome == RQ_PASS && holes.unlike;
	result->excused = outcome == RQ_FAIL && result->outcome != RQ_FAIL;
	if (result->outcome != outcome)
		result->next_step = "\"rqgate judge merge\" adds the grades";
	const char *reason;
	if (outcome == RQ_INCONCLUSIVE) {
		result->topics_to_settle = rq_topics_to_settle(&judged.paired, judged.margin, p_adjusted);
		reason = explain_inconclusive(&judged, p_adjusted, result->topics_to_settle, arena);
	} else {
		reason = outcome == RQ_PASS ? explain_pass(gate, &judged, arena) : explain_fail(&judged, p_adjusted, arena);
	}
	return rq_gate_reason(result, explain_holes(reason, outcome, result, &holes, arena), err);
}

/* A share of a mean is an even smaller margin than it looks. */
static void foresee(struct rq_buf *notes, const struct rq_gate *gate, const struct rq_units *units)
{
	if (units->count >= rq_topics_needed(gate->limit))
		return;
	rq_buf_printf(notes, "%s: %zu %s cannot pass a margin of %s unless the rankings are the same; ", gate->path, units->count, units->name,
	              is_relative(gate) ? rq_show_share(gate->limit).text : rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	if (rq_smallest_margin(units->count) < 1)
		rq_buf_printf(notes, "the smallest they can decide is %s\n", rq_show_limit(rq_smallest_margin(units->count), RQ_NO_UNIT).text);
	else
		rq_buf_puts(notes, "so few can decide none\n");
}

const struct rq_gate_kind rq_gate_kind_max_drop = {
	.name = "max_drop",
	.help = "the mean over topics drops by no more than this against the baseline, with 95 % confidence",
	.citation = "one-sided t bounds over topics guarded by 1.5 pseudo-topics, calibrated in this room's README; Holm 1979, Scandinavian Journal of "
				"Statistics 6",
	.size = sizeof(struct max_drop),
	.options = options,
	.compares = true,
	.paired = true,
	.bounds_drop = true,
	.grammar = &grammar,
	.read = read_margin,
	.check = check,
	.print = print,
	.foresee = foresee,
	.p_value = p_value,
	.judge = judge,
};
