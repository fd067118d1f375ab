/* power: whether these topics could show a drop of the margin at all. A regression gate over too few topics passes nothing and catches nothing; this one says so
 * by itself, whatever the candidate does. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include <math.h>

/* 1.6449 + 0.8416: a one-sided test at 5 % that finds the effect in 80 % of cases, where the mean is normal. */
static const double effect_of_errors = 2.4865;

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
		return rq_fail(err, RQ_E_CONFIG, "%s: power is that of topics whose values lie between 0 and 1, of which more is better, and those of \"%s\" do not", gate->path,
		               gate->metric.name);
	if (gate->limit > 0 && gate->limit < 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: a margin of %.15g is not between 0 and 1; expected an absolute margin such as 0.03", gate->path, gate->limit);
}

static double standard_error(const struct rq_paired *paired)
{
	double n = (double)paired->n;

	return paired->n < 2 ? INFINITY : sqrt(fmax(paired->sum_squares - n * paired->delta * paired->delta, 0) / (n - 1) / n);
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
	struct rq_paired paired = rq_paired_compare(data.values[RQ_BASELINE], data.values[RQ_CANDIDATE], data.count);
	double effect = effect_of_errors * standard_error(&paired);
	size_t needed = rq_topics_needed(gate->limit);
	const char *margin = rq_arena_strdup(arena, rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	if (margin == NULL)
		return rq_fail_memory(err);
	if (paired.n < needed) {
		result->outcome = RQ_INCONCLUSIVE;
		result->topics_to_settle = needed;
		result->value = 3.5 / (double)paired.n;
		return rq_gate_reason(result, rq_arena_printf(arena, "%zu topics cannot decide a margin of %s, which takes %zu", paired.n, margin, needed), err);
	}
	result->value = effect;
	result->outcome = effect <= gate->limit ? RQ_PASS : RQ_INCONCLUSIVE;
	if (result->outcome == RQ_PASS)
		return rq_gate_reason(result, rq_arena_printf(arena, "can show a drop of %s in four of five cases with %zu topics, margin %s", rq_show_against(effect, gate->limit, RQ_NO_UNIT).text,
		                                              paired.n, margin),
		                      err);
	double ratio = effect / gate->limit, topics = ceil((double)paired.n * ratio * ratio);
	result->topics_to_settle = topics < 1e7 ? (size_t)topics : 0;
	return rq_gate_reason(result, rq_arena_printf(arena, "a drop of %s is the least that %zu topics such as these show in four of five cases (margin %s); about %.0f would do",
	                                              rq_show_against(effect, gate->limit, RQ_NO_UNIT).text, paired.n, margin, topics),
	                      err);
}

static void foresee(struct rq_buf *notes, const struct rq_gate *gate, size_t topics)
{
	if (topics < rq_topics_needed(gate->limit))
		rq_buf_printf(notes, "%s: %zu topics cannot decide a margin of %s, which takes %zu\n", gate->path, topics, rq_show_limit(gate->limit, RQ_NO_UNIT).text, rq_topics_needed(gate->limit));
}

const struct rq_gate_kind rq_gate_kind_power = {
	.name = "power",
	.help = "the topics are enough to show a drop of this margin in four of five cases; never a failure, but inconclusive where they are too few",
	.citation = "normal approximation, (1.645 + 0.842) standard errors: Sakai 2016, Topic set size design, Information Retrieval Journal 19",
	.options = options,
	.compares = true,
	.grammar = &grammar,
	.check = check,
	.foresee = foresee,
	.judge = judge,
};
