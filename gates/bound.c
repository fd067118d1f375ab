/* What min and max share: a floor or a ceiling under or over the candidate's value. A ranking metric's bound is a contract on a fixed set of topics,
 * so its mean decides and the confidence bound only warns; a time is a sample of what users will meet, so its confidence bounds decide. */
#include "gates/kind.h"
#include "gates/words.h"
#include "evalcore/base/parse.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <string.h>

const struct rq_option rq_bound_options[] = {
	{.name = "value",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct rq_bound, value),
	 .required = true,
	 .schema = "{\"oneOf\": [{\"type\": \"number\"}, {\"type\": \"string\", \"pattern\": \"^[0-9.]+(ns|us|ms|s|m|h|d|w)$\"}]}",
	 .help = "the bound: a number, or for measured times a duration such as \"50ms\""},
	RQ_OPTIONS_END,
};

/* The metric decides whether the bound has a unit. */
enum rq_status rq_bound_read(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_bound *bound = (struct rq_bound *)gate;
	bool is_duration = rq_gate_unit(gate) == RQ_SECONDS;
	char shown[120];

	(void)arena;
	const rq_json *value = bound->value;
	bound->value = NULL;
	if (value == NULL) /* an expression, whose number has been read */
		return RQ_OK;
	const char *text = rq_json_string(value);
	if (is_duration && text != NULL && rq_parse_duration(&gate->limit, text, strlen(text)))
		return RQ_OK;
	if (!is_duration && isfinite(rq_json_number(value))) {
		gate->limit = rq_json_number(value);
		return RQ_OK;
	}
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_CONFIG, "%s.value: %s is not allowed; expected %s", gate->path, shown,
	               is_duration             ? "a duration with its unit, like \"50ms\""
	               : rq_gate_is_rate(gate) ? "how many a second, a number such as 100"
	                                       : "a number such as 0.8");
}

enum rq_status rq_bound_check(const struct rq_gate *gate, struct rq_error *err)
{
	const struct rq_metric *metric = gate->metric.metric;

	if (rq_gate_is_time(gate) && gate->slice != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is measured over all queries; drop the slice", gate->path, gate->metric.name);
	if (rq_gate_is_rate(gate) && gate->limit <= 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: every rate is above 0; expected how many a second, such as 100", gate->path);
	if (rq_gate_is_time(gate) && gate->limit <= 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: no time is within 0 s; expected a duration such as 50ms", gate->path);
	if (gate->limit >= metric->lowest && gate->limit <= metric->highest)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: %s lies outside the range of \"%s\", which is %.15g to %.15g; expected a bound such as %s", gate->path,
	               rq_show_limit(gate->limit, rq_gate_unit(gate)).text, gate->metric.name, metric->lowest, metric->highest,
	               gate->kind == &rq_gate_kind_min ? "0.8" : "0.2");
}

static bool holds(const struct rq_gate *gate, double value)
{
	return gate->kind == &rq_gate_kind_min ? rq_at_least(value, gate->limit) : rq_at_most(value, gate->limit);
}

#define AGAINST(gate, value) rq_show_against((value), (gate)->limit, rq_gate_unit(gate)).text
#define LIMIT(gate) rq_show_limit((gate)->limit, rq_gate_unit(gate)).text

static const char *judge_mean(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_gate_data *data, struct rq_arena *arena)
{
	bool floor = gate->kind == &rq_gate_kind_min;
	double bound = floor ? result->lower : result->upper, baseline = data->metric->value[RQ_BASELINE];
	const char *name = floor ? "floor" : "ceiling", *side = floor ? "under" : "over";

	result->outcome = holds(gate, result->value) ? RQ_PASS : RQ_FAIL;
	if (result->outcome == RQ_PASS && holds(gate, bound))
		return rq_arena_printf(arena, "is %s, %s %s", AGAINST(gate, result->value), name, LIMIT(gate));
	if (result->outcome == RQ_PASS)
		return rq_arena_printf(arena, "is %s and passes, but its %s 95 %% bound %s is %s the %s %s", AGAINST(gate, result->value),
		                       floor ? "lower" : "upper", AGAINST(gate, bound), side, name, LIMIT(gate));
	if (gate->slice == NULL && isfinite(baseline) && !holds(gate, baseline))
		return rq_arena_printf(arena, "is %s, %s the %s %s, as the baseline (%s) is too", AGAINST(gate, result->value), side, name, LIMIT(gate),
		                       AGAINST(gate, baseline));
	return rq_arena_printf(arena, "is %s, %s the %s %s", AGAINST(gate, result->value), side, name, LIMIT(gate));
}

/* With fewer samples even the largest is no upper 95 % bound of the quantile: all n lie below it with probability q^n. */
double rq_samples_needed(const struct rq_metric *metric)
{
	return metric->is_rate ? RQ_RATE_SAMPLES : ceil(log(0.05) / log(metric->quantile));
}

/* A time has to stay below its limit, a rate above: what is told is the bound that decides. */
static const char *judge_time(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_metric_result *metric,
                              struct rq_arena *arena)
{
	bool rate = rq_gate_is_rate(gate);
	size_t samples = metric->samples[RQ_CANDIDATE], failed = metric->failed[RQ_CANDIDATE];
	double needed = rq_samples_needed(gate->metric.metric);
	const char *timed = gate->metric.metric->clock == RQ_CLOCK_EMBED ? "timed embeddings" : "timed queries";
	double good = rate ? result->lower : result->upper,
		   bad = rate ? result->upper : result->lower; /* pass at the good bound, fail beyond the bad one */

	if (holds(gate, good)) {
		result->outcome = RQ_PASS;
		return rq_arena_printf(arena, "is %s, at %s %s (95 %%), limit %s", AGAINST(gate, result->value), rate ? "least" : "most", AGAINST(gate, good),
		                       LIMIT(gate));
	}
	result->outcome = holds(gate, bad) ? RQ_INCONCLUSIVE : RQ_FAIL;
	bool fails = result->outcome == RQ_FAIL,
		 beyond = !rate && failed > 0 && (isinf(result->value) || isinf(fails ? bad : good)); /* a failure is longer than any time */
	if (beyond && (fails || (double)samples >= needed))
		return rq_arena_printf(arena, "%s no time within the limit %s: %zu of %zu %s failed", fails ? "is" : "may be", LIMIT(gate), failed, samples,
		                       timed);
	if (fails)
		return rq_arena_printf(arena, "is %s, at %s %s (95 %%), limit %s", AGAINST(gate, result->value), rate ? "most" : "least", AGAINST(gate, bad),
		                       LIMIT(gate));
	if (isinf(good))
		return rq_arena_printf(arena, "needs at least %.0f %s for %s bound and has %zu", needed, timed, rate ? "a lower" : "an upper", samples);
	return rq_arena_printf(arena, "cannot tell %s (90 %% interval %s to %s) from the limit %s; more than %zu %s would", AGAINST(gate, result->value),
	                       rate ? AGAINST(gate, result->lower) : rq_show_value(result->lower, RQ_SECONDS).text,
	                       rate ? rq_show_value(result->upper, RQ_PER_SECOND).text : AGAINST(gate, result->upper), LIMIT(gate), samples, timed);
}

enum rq_status rq_bound_judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                              struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_data data;

	(void)p_adjusted; /* no test is made */
	if (comparison->drift != NULL && comparison->drift->served != NULL)
		comparison = comparison->drift->served;
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_CANDIDATE, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	result->value = data.metric->value[RQ_CANDIDATE];
	result->lower = data.metric->value_lower[RQ_CANDIDATE];
	result->upper = data.metric->value_upper[RQ_CANDIDATE];
	if (gate->slice != NULL) {
		result->value = result->lower = result->upper = rq_metric_average(&gate->metric, data.values[RQ_CANDIDATE], data.count);
		if (rq_metric_is_share(gate->metric.metric)) /* else a count of these very topics */
			rq_mean_bounds(&result->lower, &result->upper, data.values[RQ_CANDIDATE], data.count);
	}
	if (isnan(result->lower) || isnan(result->upper))
		return rq_gate_absent(result, "has confidence bounds for the candidate that are not numbers");
	if (rq_gate_is_time(gate))
		return rq_gate_reason(result, judge_time(result, gate, data.metric, arena), err);
	return rq_gate_reason(result, judge_mean(result, gate, &data, arena), err);
}
