/* power: whether these topics could show a drop of the margin at all. A regression gate over too few topics passes nothing and catches nothing; this
 * one says so by itself, whatever the candidate does. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdint.h>

static const uint64_t seed = 1; /* the same topics have the same power in every run */
static const size_t settle_maximum = 10000000; /* more topics are not told */

static const struct rq_option options[] = {
	{.name = "margin",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .required = true,
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the absolute drop of the mean that the topics have to be able to show, such as 0.03"},
	RQ_OPTIONS_END,
};

static const struct rq_gate_grammar grammar = {.word = "power", .bounded = "a margin is bounded from above", .example = "0.03"};

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (!rq_metric_pairs(gate->metric.metric))
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: power is that of topics whose values lie between 0 and 1, of which more is better, and those of \"%s\" do not",
		               gate->path, gate->metric.name);
	return rq_margin_check(gate, "0.03", err);
}

/* Clusters in the order in which topics name them, as where the report's smallest loss is found. */
static enum rq_status find_power(struct rq_power *power, const struct rq_gate *gate, const struct rq_gate_data *data,
                                 const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	size_t n = data->count, units = 0;

	if (comparison->clusters.of == NULL) {
		*power = rq_power(data->values[RQ_BASELINE], data->values[RQ_CANDIDATE], n, gate->limit, seed);
		return RQ_OK;
	}
	double *sums = rq_arena_alloc(arena, n, sizeof *sums), *zeros = rq_arena_alloc(arena, n, sizeof *zeros);
	size_t *sizes = rq_arena_alloc(arena, n, sizeof *sizes), *unit_of = rq_arena_alloc(arena, comparison->clusters.count, sizeof *unit_of);
	if (sums == NULL || zeros == NULL || sizes == NULL || unit_of == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->clusters.count; i++)
		unit_of[i] = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t *unit = &unit_of[data->cluster_of[i]];
		if (*unit == SIZE_MAX) {
			*unit = units++;
			sums[*unit] = zeros[*unit] = 0;
			sizes[*unit] = 0;
		}
		sums[*unit] += data->values[RQ_CANDIDATE][i] - data->values[RQ_BASELINE][i];
		sizes[*unit]++;
	}
	rq_cluster_draws(sums, sums, 1, sizes, units);
	*power = rq_power_of_units(zeros, sums, units, n, gate->limit, seed);
	return RQ_OK;
}

static enum rq_status judge_few(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_paired *paired, struct rq_arena *arena,
                                struct rq_error *err)
{
	size_t units = rq_paired_units(paired), needed = rq_topics_needed(gate->limit);

	result->value = rq_smallest_margin(units);
	if (needed <= settle_maximum && units > 0)
		result->topics_to_settle = (needed * paired->n + units - 1) / units;
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "%zu %s cannot decide a margin of %s, which takes %zu", units, rq_gate_units_name(paired),
	                                      rq_show_limit(gate->limit, RQ_NO_UNIT).text, needed),
	                      err);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_data data;

	(void)p_adjusted; /* no test is made */
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	size_t n = data.count;
	struct rq_shown margin = rq_show_limit(gate->limit, RQ_NO_UNIT);
	struct rq_paired paired;
	struct rq_power power;
	RQ_TRY(rq_gate_pair(&paired, data.values[RQ_BASELINE], data.values[RQ_CANDIDATE], &data, comparison, err));
	result->outcome = RQ_INCONCLUSIVE;
	if (rq_paired_units(&paired) < rq_topics_needed(gate->limit))
		return judge_few(result, gate, &paired, arena, err);
	RQ_TRY(find_power(&power, gate, &data, comparison, arena, err));
	result->value = isnan(power.detectable) ? 1 : power.detectable;
	struct rq_shown effect = rq_show_against(result->value, gate->limit, RQ_NO_UNIT);
	if (result->value <= gate->limit) {
		result->outcome = RQ_PASS;
		return rq_gate_reason(
			result, rq_arena_printf(arena, "would show a drop of %s in four of five cases with %zu topics, margin %s", effect.text, n, margin.text),
			err);
	}
	const char *told = rq_arena_printf(arena, "a drop of %s is the least that %zu topics such as these show in four of five cases, margin %s",
	                                   effect.text, n, margin.text);
	if (told == NULL || power.topics_to_pass <= n)
		return rq_gate_reason(result, told, err);
	result->topics_to_settle = power.topics_to_pass;
	return rq_gate_reason(result, rq_arena_printf(arena, "%s; about %zu would pass a candidate that loses nothing", told, power.topics_to_pass), err);
}

static void foresee(struct rq_buf *notes, const struct rq_gate *gate, const struct rq_units *units)
{
	if (units->count < rq_topics_needed(gate->limit))
		rq_buf_printf(notes, "%s: %zu %s cannot decide a margin of %s, which takes %zu\n", gate->path, units->count, units->name,
		              rq_show_limit(gate->limit, RQ_NO_UNIT).text, rq_topics_needed(gate->limit));
}

const struct rq_gate_kind rq_gate_kind_power = {
	.name = "power",
	.help = "the topics are enough to show a drop of this margin in four of five cases; never a failure, but inconclusive where they are too few",
	.citation = "the verdict of max_drop itself over seeded resamples of the differences, shifted: Efron & Tibshirani 1993, An Introduction to the "
	            "Bootstrap, chapter 25",
	.options = options,
	.compares = true,
	.grammar = &grammar,
	.check = check,
	.foresee = foresee,
	.judge = judge,
};
