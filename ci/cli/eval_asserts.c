/* Assertions are gates without a config: the same grammar, the same judge. */
#include "ci/cli/eval_asserts.h"

#include "evalcore/base/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rq_status rq_asserts_parse(struct rq_gates *gates, struct rq_metric_list *metrics, const struct rq_strings *expressions, int level,
                                struct rq_error *err)
{
	gates->gates = rq_arena_alloc(&gates->arena, expressions->count + 1, sizeof *gates->gates);
	if (gates->gates == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < expressions->count; i++) {
		struct rq_gate *gate;
		RQ_TRY(rq_gate_parse_expression_at(&gate, expressions->items[i], "--assert", level, &gates->arena, err));
		if (gate->metric.metric == NULL || gate->kind->needs_rankings)
			return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" cannot be judged from run files; \"rqgate run\" judges it", gate->text);
		if (gate->metric.metric->source != RQ_FROM_JUDGMENTS)
			return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" cannot be measured from run files; \"rqgate run\" measures it", gate->metric.name);
		RQ_TRY(rq_metrics_add_spec(metrics, &gate->metric, err));
		gates->gates[gates->count++] = gate;
	}
	return RQ_OK;
}

const char *rq_asserts_compare(const struct rq_gates *gates)
{
	for (size_t i = 0; i < gates->count; i++)
		if (rq_gate_compares(gates->gates[i]))
			return gates->gates[i]->text;
	return NULL;
}

/* The change of a metric is what a gate on it found: of several the strictest, since what passes that passes all. */
static void take_changes(struct rq_evaluated_run *run, const struct rq_verdict *verdict)
{
	for (size_t i = 0; i < run->comparison.metric_count; i++) {
		const struct rq_metric_result *metric = &run->comparison.metrics[i];
		const struct rq_gate_result *strictest = NULL;
		for (size_t j = 0; j < verdict->count; j++) {
			const struct rq_gate_result *result = &verdict->gates[j];
			bool on_it = result->bounds_drop && !result->absent && result->slice == NULL && strcmp(result->metric, metric->name) == 0;
			if (on_it && (strictest == NULL || result->limit < strictest->limit))
				strictest = result;
		}
		if (strictest != NULL && metric->compared)
			run->changes[i] = (struct rq_judged_change){rq_change_of(&metric->paired, strictest->outcome), strictest->limit, strictest->p};
	}
}

static enum rq_status judge_runs(struct rq_asserted *asserted, const struct rq_gates *gates, struct rq_evaluation *evaluation, enum rq_profile profile,
                                 struct rq_error *err)
{
	char now[32], today[32];

	rq_clock_utc(now);
	snprintf(today, sizeof today, "%.10s", now);
	for (size_t i = evaluation->run_count == 1 ? 0 : 1; i < evaluation->run_count; i++) {
		struct rq_verdict *verdict = &asserted->owned[i];
		RQ_TRY(rq_gates_judge(verdict, gates, &evaluation->runs[i].comparison, profile, today, err));
		take_changes(&evaluation->runs[i], verdict);
		asserted->verdicts[i] = verdict;
		if (asserted->exit_code != 1 && verdict->exit_code != 0)
			asserted->exit_code = verdict->exit_code;
	}
	return RQ_OK;
}

/* In other ids than the judgments' nothing is found that could be lost. */
static bool returned_judged(const struct rq_evaluated_run *run, const struct rq_pool *pool)
{
	for (size_t i = 0; i < run->topic_count; i++) {
		const struct rq_pool_topic *topic = &pool->topics[run->topics[i]];
		for (size_t j = 0; j < topic->judgments->count; j++)
			if (run->scores.returned[topic->first + j])
				return true;
	}
	return false;
}

enum rq_status rq_asserts_judge(struct rq_asserted *asserted, const struct rq_gates *gates, struct rq_evaluation *evaluation, enum rq_profile profile,
                                struct rq_error *err)
{
	const struct rq_evaluated_run *first = &evaluation->runs[0];

	*asserted = (struct rq_asserted){0};
	if (gates->count == 0)
		return RQ_OK;
	if (first->unanswered > 0 && rq_asserts_compare(gates) != NULL)
		return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %zu of %zu judged topics are missing from the run that the others are compared with, so a drop could not be seen; complete it, or compare "
		               "the topics of every run with --intersection", first->scores.path, first->unanswered, first->topic_count);
	if (rq_asserts_compare(gates) != NULL && !returned_judged(first, evaluation->scoring->pool))
		return rq_fail(err, RQ_E_DATA, "%s: nothing that it returned is judged, so a drop could not be seen; are the ids spelt alike?", first->scores.path);
	asserted->count = evaluation->run_count;
	asserted->owned = calloc(asserted->count, sizeof *asserted->owned);
	asserted->verdicts = calloc(asserted->count, sizeof *asserted->verdicts);
	if (asserted->owned == NULL || asserted->verdicts == NULL)
		return rq_fail_memory(err);
	return judge_runs(asserted, gates, evaluation, profile, err);
}

void rq_asserted_release(struct rq_asserted *asserted)
{
	for (size_t i = 0; asserted->owned != NULL && i < asserted->count; i++)
		rq_verdict_release(&asserted->owned[i]);
	free(asserted->owned);
	free(asserted->verdicts);
	*asserted = (struct rq_asserted){0};
}
