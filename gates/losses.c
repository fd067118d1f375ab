/* losses: named topics that must not lose, whatever the mean says: the query of the front page, what a customer complained about last month. */
#include "gates/kind.h"
#include "gates/words.h"

#include <math.h>
#include <string.h>


struct losses {
	struct rq_gate gate; /* the limit: the tolerance */
	struct rq_strings topics;
};

static const struct rq_option options[] = {
	{.name = "topics",
	 .type = RQ_OPTION_STRINGS,
	 .offset = offsetof(struct losses, topics),
	 .required = true,
	 .help = "ids of the topics that must not score less than in the baseline"},
	{.name = "tolerance",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .standard = "0",
	 .minimum = 0,
	 .maximum = 1,
	 .help = "how much less is tolerated"},
	RQ_OPTIONS_END,
};

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	const struct rq_strings *topics = &((const struct losses *)gate)->topics;

	if (!rq_metric_pairs(gate->metric.metric))
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: a loss is judged from topics whose values lie between 0 and 1, of which more is better, and those of \"%s\" do not",
		               gate->path, gate->metric.name);
	if (topics->count == 0)
		return rq_fail(err, RQ_E_CONFIG, "%s.topics: empty; expected the ids of topics that must not lose", gate->path);
	for (size_t i = 0; i < topics->count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(topics->items[i], topics->items[j]) == 0)
				return rq_fail(err, RQ_E_CONFIG, "%s.topics: \"%s\" is there twice; expected each topic once", gate->path, topics->items[i]);
	return RQ_OK;
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct losses *losses = (const struct losses *)gate;

	rq_buf_printf(out, "no loss of %s", gate->metric.name);
	if (gate->limit > 0)
		rq_buf_printf(out, " beyond %s", rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	rq_buf_printf(out, " in %zu topic%s", losses->topics.count, losses->topics.count == 1 ? "" : "s");
}

/* Topics stand in the order of their ids. topic_count: not there. */
static size_t find_topic(const struct rq_comparison *comparison, const char *id)
{
	size_t low = 0, high = comparison->topic_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(comparison->topics[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < comparison->topic_count && strcmp(comparison->topics[low].id, id) == 0 ? low : comparison->topic_count;
}

static enum rq_status meet(const struct rq_gate *gate, const struct rq_comparison *comparison, struct rq_error *err)
{
	const struct rq_strings *topics = &((const struct losses *)gate)->topics;

	for (size_t i = 0; i < topics->count; i++)
		if (find_topic(comparison, topics->items[i]) == comparison->topic_count)
			return rq_fail(err, RQ_E_CONFIG, "%s.topics: \"%s\" is no topic that is judged and answerable; correct the id, or take it out",
			               gate->path, topics->items[i]);
	return RQ_OK;
}

struct worst {
	double baseline, candidate;
	const char *id;
	size_t lost;
};

/* The named topic that fell furthest, and how many fell too far. A missing reason: the data lack. */
static const char *find_worst(struct worst *worst, const char **missing, const struct losses *losses, const struct rq_gate_data *data,
                              const struct rq_comparison *comparison, struct rq_arena *arena)
{
	*worst = (struct worst){0};
	for (size_t i = 0; i < losses->topics.count; i++) {
		const char *id = losses->topics.items[i];
		size_t topic = find_topic(comparison, id);
		if (topic == comparison->topic_count)
			return *missing = rq_arena_printf(arena, "has no value for \"%s\", which is no topic of this run", id);
		double baseline = data->metric->per_topic[RQ_BASELINE][topic], candidate = data->metric->per_topic[RQ_CANDIDATE][topic];
		if (!isfinite(baseline) || !isfinite(candidate))
			return *missing = rq_arena_printf(arena, "was not measured on topic \"%s\"", id);
		worst->lost += !rq_at_most(baseline - candidate, losses->gate.limit);
		if (worst->id == NULL || candidate - baseline < worst->candidate - worst->baseline)
			*worst = (struct worst){baseline, candidate, id, worst->lost};
	}
	*missing = NULL;
	return "";
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct losses *losses = (const struct losses *)gate;
	struct rq_gate_data data;
	struct worst worst;
	const char *missing;

	(void)p_adjusted; /* no test is made: these very topics must not lose */
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	if (find_worst(&worst, &missing, losses, &data, comparison, arena) == NULL)
		return rq_fail_memory(err);
	if (missing != NULL)
		return rq_gate_absent(result, missing);
	result->value = worst.candidate - worst.baseline;
	result->limit = 0 - gate->limit; /* as a difference, and never -0 */
	result->outcome = worst.lost == 0 ? RQ_PASS : RQ_FAIL;
	result->next_step = "look at that topic first";
	if (result->outcome == RQ_PASS)
		return rq_gate_reason(result, rq_arena_printf(arena, "held on all %zu named topics", losses->topics.count), err);
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "fell on %zu of %zu named topics, furthest on \"%s\" from %s to %s, tolerance %s", worst.lost,
	                                      losses->topics.count, worst.id, rq_show_value(worst.baseline, RQ_NO_UNIT).text,
	                                      rq_show_against(worst.candidate, worst.baseline, RQ_NO_UNIT).text,
	                                      rq_show_limit(gate->limit, RQ_NO_UNIT).text),
	                      err);
}

const struct rq_gate_kind rq_gate_kind_losses = {
	.name = "losses",
	.help = "none of the named topics scores less than in the baseline, but for a tolerance",
	.citation = "a contract on named topics, so their own values decide, as in min",
	.size = sizeof(struct losses),
	.options = options,
	.takes_no_slice = true,
	.compares = true,
	.check = check,
	.print = print,
	.meet = meet,
	.judge = judge,
};
