/* tail: the topics that are worst off, which a mean hides: how many score 0, how many more than before, and what the worst twentieth scores. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tail_quantile = 0.05;

struct tail {
	struct rq_gate gate;
	const rq_json *zeros, *growth, *p5;
};

static const struct rq_option options[] = {
	{.name = "zeros",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct tail, zeros),
	 .schema = RQ_SHARE_SCHEMA,
	 .help = "the largest share of topics that may score 0, such as \"5%\"; a gate has one of zeros, growth and p5"},
	{.name = "growth",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct tail, growth),
	 .schema = RQ_SHARE_SCHEMA,
	 .help = "by how much the share of topics that score 0 may grow against the baseline, such as \"2%\""},
	{.name = "p5",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct tail, p5),
	 .schema = RQ_SHARE_SCHEMA,
	 .help = "the least that the 5th percentile of the topics may score"},
	RQ_OPTIONS_END,
};

static const struct rq_gate_grammar p5_form = {
	.word = "p5", .at_least = true, .bounded = "a percentile of a score is bounded from below", .example = "0.1", .number = rq_share_number};
static const struct rq_gate_grammar growth_form = {.word = "zero_growth",
                                                   .compares = true,
                                                   .bounded = "a growth is bounded from above",
                                                   .example = "2%",
                                                   .number = rq_share_number,
                                                   .next = &p5_form};
static const struct rq_gate_grammar zeros_form = {
	.word = "zero", .bounded = "a share of topics at 0 is bounded from above", .example = "5%", .number = rq_share_number, .next = &growth_form};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct tail *tail = (struct tail *)gate;
	const struct {
		const char *key;
		const rq_json *value;
		const struct rq_gate_grammar *form;
	} keys[] = {{"zeros", tail->zeros, &zeros_form}, {"growth", tail->growth, &growth_form}, {"p5", tail->p5, &p5_form}};
	size_t given = 0;
	bool percent;

	(void)arena;
	tail->zeros = tail->growth = tail->p5 = NULL;
	if (gate->keys.metric == NULL) /* an expression */
		return RQ_OK;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (keys[i].value == NULL)
			continue;
		given++;
		gate->form = keys[i].form;
		RQ_TRY(rq_share_read(&gate->limit, &percent, keys[i].value, gate->path, keys[i].key, err));
	}
	return given == 1 ? RQ_OK
	                  : rq_fail(err, RQ_E_CONFIG, "%s: %s of zeros, growth and p5 is there; expected one, and another gate for another", gate->path,
	                            given == 0 ? "none" : "more than one");
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (!rq_metric_pairs(gate->metric.metric))
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: a tail is judged from topics whose values lie between 0 and 1, of which more is better, and those of \"%s\" do not",
		               gate->path, gate->metric.name);
	if (gate->form == &growth_form ? gate->limit > 0 && gate->limit < 1 : gate->limit >= 0 && gate->limit <= 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: a bound of %.15g is not between 0 and 1; expected one such as %s", gate->path, gate->limit,
	               gate->form->example);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	rq_gate_print(out, gate, gate->form == &p5_form ? rq_show_limit(gate->limit, RQ_NO_UNIT).text : rq_show_share(gate->limit).text);
}

/* In place: whether each topic scores more than 0, whose mean is what the share at 0 leaves. Returns how many do not. */
static size_t mark(double *values, size_t n)
{
	size_t zeros = 0;

	for (size_t i = 0; i < n; i++) {
		values[i] = values[i] > 0 ? 1 : 0;
		zeros += values[i] == 0;
	}
	return zeros;
}

static void take_build(double *values, const struct rq_gate_data *data, enum rq_side side, size_t build)
{
	for (size_t i = 0; i < data->count; i++)
		values[i] = data->metric->builds[side].values[build][data->topics[i]];
}

static enum rq_status find_topics(struct rq_gate_data *data, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                  struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(rq_gate_find_data(data, gate, comparison, gate->form == &growth_form ? RQ_BASELINE : RQ_CANDIDATE, arena, err));
	return rq_gate_take_topics(data, comparison, arena, err);
}

/* A side of several builds: each one's marks, and their means as the values, whose zeros are those of a build on average. A mean of scores is 0 only
 * where every build missed. */
static enum rq_status mark_builds(struct rq_builds *marks, size_t *zeros, struct rq_gate_data *data, enum rq_side side, struct rq_arena *arena,
                                  struct rq_error *err)
{
	size_t builds = data->metric->builds[side].count, all = 0;
	double **values = rq_arena_alloc(arena, builds, sizeof *values), *means = data->values[side];

	if (builds == 0) {
		*zeros = mark(means, data->count);
		return RQ_OK;
	}
	if (values == NULL)
		return rq_fail_memory(err);
	memset(means, 0, data->count * sizeof *means);
	for (size_t build = 0; build < builds; build++) {
		values[build] = rq_arena_alloc(arena, data->count, sizeof **values);
		if (values[build] == NULL)
			return rq_fail_memory(err);
		take_build(values[build], data, side, build);
		all += mark(values[build], data->count);
		for (size_t i = 0; i < data->count; i++)
			means[i] += values[build][i] / (double)builds;
	}
	*marks = (struct rq_builds){.count = builds, .values = (const double *const *)values};
	*zeros = (all + builds / 2) / builds;
	return RQ_OK;
}

/* Topics that came to score 0 against topics that no longer do: McNemar's table, judged by the rule of a drop, which is calibrated on such
 * differences. */
static enum rq_status compare_zeros(struct rq_paired *paired, size_t zeros[RQ_SIDES], struct rq_gate_data *data,
                                    const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_builds marks[RQ_SIDES] = {{0}};
	size_t *numbers = rq_arena_alloc(arena, data->count, sizeof *numbers);

	if (numbers == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < data->count; i++)
		numbers[i] = i;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(mark_builds(&marks[side], &zeros[side], data, side, arena, err));
	RQ_TRY(rq_gate_pair(paired, data->values[RQ_BASELINE], data->values[RQ_CANDIDATE], data, comparison, err));
	rq_paired_count_builds(paired, &marks[RQ_BASELINE], &marks[RQ_CANDIDATE], numbers, data->count);
	return RQ_OK;
}

static double p_value(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	struct rq_gate_data data;
	struct rq_paired paired;
	size_t zeros[RQ_SIDES];

	/* Whatever fails here fails again, and is reported, when the gate is judged. */
	if (gate->form != &growth_form || find_topics(&data, gate, comparison, &scratch, NULL) != RQ_OK || data.missing != NULL)
		return NAN;
	return compare_zeros(&paired, zeros, &data, comparison, &scratch, NULL) == RQ_OK ? paired.p_worse : NAN;
}

#define AGAINST(gate, value) rq_show_against((value), (gate)->limit, RQ_NO_UNIT).text
#define LIMIT(gate) rq_show_limit((gate)->limit, RQ_NO_UNIT).text

/* " in the worst of 5 builds": what is served is one of them, and not their mean. */
static const char *which_build(const struct rq_gate_data *data, struct rq_arena *arena)
{
	size_t builds = data->metric->builds[RQ_CANDIDATE].count;

	return builds == 0 ? "" : rq_arena_printf(arena, " in the worst of %zu builds", builds);
}

static enum rq_status judge_zeros(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_gate_data *data, struct rq_arena *arena,
                                  struct rq_error *err)
{
	size_t n = data->count, zeros = mark(data->values[RQ_CANDIDATE], n);
	const char *which = which_build(data, arena);

	if (which == NULL)
		return rq_fail_memory(err);
	for (size_t build = 0; build < data->metric->builds[RQ_CANDIDATE].count; build++) {
		take_build(data->values[RQ_CANDIDATE], data, RQ_CANDIDATE, build);
		size_t own = mark(data->values[RQ_CANDIDATE], n);
		zeros = own > zeros ? own : zeros;
	}
	result->value = (double)zeros / (double)n;
	rq_share_bounds(&result->lower, &result->upper, zeros, n);
	result->outcome = rq_at_most(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	if (result->outcome == RQ_PASS && !rq_at_most(result->upper, gate->limit))
		return rq_gate_reason(
			result,
			rq_arena_printf(arena,
		                    "is 0 for %zu of %zu topics%s (%s of them) and passes, but the upper 95 %% bound %s of that share is over the limit %s",
		                    zeros, n, which, AGAINST(gate, result->value), AGAINST(gate, result->upper), LIMIT(gate)),
			err);
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "is 0 for %zu of %zu topics%s (%s of them, %s %s)", zeros, n, which, AGAINST(gate, result->value),
	                                      result->outcome == RQ_PASS ? "limit" : "over the limit", LIMIT(gate)),
	                      err);
}

static const char *explain_inconclusive(const struct rq_gate *gate, const struct rq_paired *paired, double upper, const size_t zeros[RQ_SIDES],
                                        struct rq_arena *arena)
{
	size_t n = rq_paired_units(paired), needed = rq_topics_needed(gate->limit);
	const char *told = paired->groups > 0 ? " topics" : ""; /* not so many clusters are at 0 */

	if (n < needed)
		return rq_arena_printf(arena, "%zu %s cannot pass a growth of %s, which takes %zu; %zu%s are at 0 after %zu", n, rq_gate_units_name(paired),
		                       LIMIT(gate), needed, zeros[RQ_CANDIDATE], told, zeros[RQ_BASELINE]);
	return rq_arena_printf(arena, "cannot exclude a growth of %s with %zu topics (limit %s), of which %zu are at 0 after %zu", AGAINST(gate, upper),
	                       paired->n, LIMIT(gate), zeros[RQ_CANDIDATE], zeros[RQ_BASELINE]);
}

static enum rq_status judge_growth(struct rq_gate_result *result, const struct rq_gate *gate, struct rq_gate_data *data,
                                   const struct rq_comparison *comparison, double p_adjusted, struct rq_arena *arena, struct rq_error *err)
{
	size_t zeros[RQ_SIDES];
	struct rq_paired paired;

	RQ_TRY(compare_zeros(&paired, zeros, data, comparison, arena, err));
	if (isnan(p_adjusted)) /* the data are there now and were not when p was asked for: memory */
		return rq_fail_memory(err);
	paired.identical = data->metric->compared && data->metric->paired.identical;
	/* Told as a growth, so the other way round, and never as -0. */
	result->value = 0 - paired.delta;
	result->lower = 0 - paired.upper;
	result->upper = 0 - paired.lower;
	result->p = p_adjusted;
	result->outcome = rq_paired_verdict(&paired, gate->limit, p_adjusted);
	if (paired.identical)
		return rq_gate_reason(
			result, rq_arena_printf(arena, "is 0 for %zu of %zu topics, as before: identical rankings", zeros[RQ_CANDIDATE], data->count), err);
	if (result->outcome == RQ_PASS)
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "is 0 for %zu of %zu topics after %zu: a growth of at most %s (95 %%), limit %s",
		                                      zeros[RQ_CANDIDATE], data->count, zeros[RQ_BASELINE], AGAINST(gate, fmax(result->upper, 0)),
		                                      LIMIT(gate)),
		                      err);
	if (result->outcome == RQ_FAIL)
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "is 0 for %zu of %zu topics after %zu: a growth of %s (90 %% interval %s to %s), limit %s, %s",
		                                      zeros[RQ_CANDIDATE], data->count, zeros[RQ_BASELINE], rq_show_value(result->value, RQ_NO_UNIT).text,
		                                      rq_show_difference(result->lower, 4).text, rq_show_difference(result->upper, 4).text, LIMIT(gate),
		                                      rq_show_p(p_adjusted).text),
		                      err);
	result->topics_to_settle = rq_topics_to_settle(&paired, gate->limit, p_adjusted);
	return rq_gate_reason(result, explain_inconclusive(gate, &paired, result->upper, zeros, arena), err);
}

static enum rq_status judge_p5(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_gate_data *data, struct rq_arena *arena,
                               struct rq_error *err)
{
	double *values = data->values[RQ_CANDIDATE], lowest = INFINITY;
	size_t builds = data->metric->builds[RQ_CANDIDATE].count, worst = 0;
	const char *which = which_build(data, arena);

	if (which == NULL)
		return rq_fail_memory(err);
	for (size_t build = 0; build < builds; build++) {
		take_build(values, data, RQ_CANDIDATE, build);
		qsort(values, data->count, sizeof *values, rq_compare_doubles);
		double own = rq_quantile(values, data->count, tail_quantile);
		worst = own < lowest ? build : worst;
		lowest = fmin(lowest, own);
	}
	if (builds > 0)
		take_build(values, data, RQ_CANDIDATE, worst);
	qsort(values, data->count, sizeof *values, rq_compare_doubles);
	result->value = rq_quantile(values, data->count, tail_quantile);
	(void)rq_quantile_bounds(&result->lower, &result->upper, values, data->count, tail_quantile);
	result->lower = fmax(result->lower, 0); /* so few topics may hide one at 0 */
	result->upper = fmin(result->upper, 1);
	result->outcome = rq_at_least(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	if (result->outcome == RQ_PASS && !rq_at_least(result->lower, gate->limit))
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "has a 5th percentile of %s%s and passes, but its lower 95 %% bound %s is under the floor %s",
		                                      AGAINST(gate, result->value), which, AGAINST(gate, result->lower), LIMIT(gate)),
		                      err);
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "has a 5th percentile of %s%s, %s %s", AGAINST(gate, result->value), which,
	                                      result->outcome == RQ_PASS ? "floor" : "under the floor", LIMIT(gate)),
	                      err);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_data data;

	RQ_TRY(find_topics(&data, gate, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	if (gate->form == &growth_form)
		return judge_growth(result, gate, &data, comparison, p_adjusted, arena, err);
	return gate->form == &zeros_form ? judge_zeros(result, gate, &data, arena, err) : judge_p5(result, gate, &data, arena, err);
}

static void foresee(struct rq_buf *notes, const struct rq_gate *gate, const struct rq_units *units)
{
	if (gate->form == &growth_form && units->count < rq_topics_needed(gate->limit))
		rq_buf_printf(notes, "%s: %zu %s cannot pass a growth of %s, which takes %zu\n", gate->path, units->count, units->name, LIMIT(gate),
		              rq_topics_needed(gate->limit));
}

const struct rq_gate_kind rq_gate_kind_tail = {
	.name = "tail",
	.help = "the worst topics stay few and no worse: the share that scores 0, its growth against the baseline, or the 5th percentile",
	.citation = "shares: exact bounds, Clopper & Pearson 1934, Biometrika 26; growth: McNemar's table (1947, Psychometrika 12) judged as in "
	            "max_drop; percentile: order "
				"statistics, Hahn & Meeker 1991",
	.size = sizeof(struct tail),
	.options = options,
	.paired = true,
	.grammar = &zeros_form,
	.read = read_keys,
	.check = check,
	.print = print,
	.foresee = foresee,
	.p_value = p_value,
	.judge = judge,
};
