/* latency: how long a search, or embedding a topic, takes: within a budget, or compared with the baseline's, which is timed in turn with it so that
 * both meet the same machine. A ratio of two runs would compare machines. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/rounds.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

static const uint64_t seed = 1;

struct latency {
	struct rq_bound bound; /* the budget is the ceiling of kind max */
	double ratio;          /* 0: it is no ratio */
	bool is_expression;
};

static const struct rq_option options[] = {
	{.name = "budget",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct latency, bound.value),
     .schema = "{\"type\": \"string\", \"pattern\": \"^[0-9.]+(ns|us|ms|s|m|h|d|w)$\"}",
     .help = "the longest that it may be, such as \"50ms\": the metric's upper 95 % bound is within it"},
	{.name = "ratio",
     .type = RQ_OPTION_NUMBER,
     .offset = offsetof(struct latency, ratio),
     .minimum = 0.01,
     .maximum = 1000,
     .help = "instead of a budget: how many times the baseline's it may be, such as 1.2"},
	RQ_OPTIONS_END,
};

static bool read_ratio(struct rq_gate *gate, const char *text, size_t length)
{
	struct latency *latency = (struct latency *)gate;

	if (!rq_parse_f64(&gate->limit, text, length))
		return false;
	latency->ratio = gate->limit;
	latency->is_expression = true;
	return true;
}

static const struct rq_gate_grammar ratio_form = {
	.word = "ratio", .compares = true, .bounded = "a ratio of times is bounded from above", .example = "1.2", .number = read_ratio};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct latency *latency = (struct latency *)gate;

	(void)arena;
	if (gate->metric.metric == NULL)
		RQ_TRY(rq_metric_parse(&gate->metric, "latency.p99", err));
	if (latency->is_expression) /* whose number has been read */
		return RQ_OK;
	if ((latency->bound.value == NULL) == (latency->ratio == 0))
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"budget\" and \"ratio\"", gate->path);
	gate->limit = latency->ratio;
	if (latency->ratio > 0)
		return RQ_OK;
	gate->form = NULL;
	const char *text = rq_json_string(latency->bound.value);
	latency->bound.value = NULL;
	if (text == NULL || !rq_parse_duration(&gate->limit, text, strlen(text)))
		return rq_fail(err, RQ_E_CONFIG, "%s.budget: expected a duration with its unit, like \"50ms\"", gate->path);
	return RQ_OK;
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (!rq_gate_is_time(gate) || rq_gate_is_rate(gate))
		return rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is no time; expected one such as latency.p99 or embed.p50", gate->path, gate->metric.name);
	if (gate->limit > 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: nothing is within %.15g; expected a budget such as \"50ms\", or a ratio such as 1.2", gate->path,
	               gate->limit);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	if (gate->form != NULL)
		rq_gate_print(out, gate, rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	else
		rq_buf_printf(out, "%s <= %s", gate->metric.name, rq_show_limit(gate->limit, RQ_SECONDS).text);
}

#define TIME(metric, side) rq_show_value((metric)->value[side], RQ_SECONDS).text

static const char *explain(struct rq_gate_result *result, const struct rq_ratio *ratio, const struct rq_gate *gate,
                           const struct rq_metric_result *metric, struct rq_arena *arena)
{
	size_t samples = metric->samples[RQ_CANDIDATE] < metric->samples[RQ_BASELINE] ? metric->samples[RQ_CANDIDATE] : metric->samples[RQ_BASELINE];
	struct rq_shown value = rq_show_against(ratio->value, gate->limit, RQ_NO_UNIT), lower = rq_show_against(ratio->lower, gate->limit, RQ_NO_UNIT),
					upper = rq_show_against(ratio->upper, gate->limit, RQ_NO_UNIT), limit = rq_show_limit(gate->limit, RQ_NO_UNIT);

	result->outcome = RQ_INCONCLUSIVE;
	if (isinf(ratio->value)) {
		result->outcome = RQ_FAIL;
		return rq_arena_printf(arena, "is no time: %zu of %zu timed ones of the candidate failed", metric->failed[RQ_CANDIDATE],
		                       metric->samples[RQ_CANDIDATE]);
	}
	if (ratio->rounds < RQ_RATIO_ROUNDS)
		return rq_arena_printf(arena, "a ratio needs at least %d rounds of both sides in turn and has %zu; raise latency.budget or latency.samples",
		                       RQ_RATIO_ROUNDS, ratio->rounds);
	if ((double)samples < rq_samples_needed(gate->metric.metric))
		return rq_arena_printf(arena, "a ratio of it needs at least %.0f times a side and has %zu", rq_samples_needed(gate->metric.metric), samples);
	if (ratio->upper <= gate->limit)
		result->outcome = RQ_PASS;
	else if (ratio->lower > gate->limit)
		result->outcome = RQ_FAIL;
	if (result->outcome == RQ_INCONCLUSIVE)
		return rq_arena_printf(arena,
		                       "cannot tell %s times the baseline's (90 %% interval %s to %s) from the limit %s; more than %zu times a side would",
		                       value.text, lower.text, upper.text, limit.text, samples);
	return rq_arena_printf(arena, "is %s times the baseline's (%s after %s), at %s %s (95 %%), limit %s", value.text, TIME(metric, RQ_CANDIDATE),
	                       TIME(metric, RQ_BASELINE), result->outcome == RQ_PASS ? "most" : "least",
	                       result->outcome == RQ_PASS ? upper.text : lower.text, limit.text);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_timed *timed = gate->metric.metric->clock == RQ_CLOCK_EMBED ? comparison->embedded : comparison->searched;
	struct rq_gate_data data;
	struct rq_ratio ratio;

	if (gate->form == NULL)
		return rq_bound_judge(result, gate, comparison, p_adjusted, arena, err);
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	for (int side = 0; side < RQ_SIDES; side++)
		if (timed[side].count == 0)
			return rq_gate_absent(result, side == RQ_BASELINE
			                                  ? "of the baseline was not measured in this run, and times of another one are those of another machine"
			                                  : "of the candidate was not measured in this run");
	RQ_TRY(rq_quantile_ratio(&ratio, timed, gate->metric.metric->quantile, seed, err));
	if (isnan(ratio.value))
		return rq_gate_absent(result, "is no time for the baseline, so many timed ones failed");
	result->value = ratio.value;
	result->lower = ratio.lower;
	result->upper = ratio.upper;
	return rq_gate_reason(result, explain(result, &ratio, gate, data.metric, arena), err);
}

const struct rq_gate_kind rq_gate_kind_latency = {
	.name = "latency",
	.help = "a time stays within a budget, or within a multiple of the baseline's, with 95 % confidence; latency.p99 where no metric is named",
	.citation = "budget: as in max; ratio: bootstrap over rounds in which both sides were timed in turn, Davison & Hinkley 1997, Bootstrap Methods "
				"and their Application, section 8.2.3",
	.size = sizeof(struct latency),
	.options = options,
	.takes_metric = RQ_METRIC_OPTIONAL,
	.takes_no_slice = true,
	.grammar = &ratio_form,
	.read = read_keys,
	.check = check,
	.print = print,
	.judge = judge,
};
