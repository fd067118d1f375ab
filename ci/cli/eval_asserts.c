/* Assertions are gates without a config: the same grammar, the same judge. */
#include "ci/cli/eval_asserts.h"

#include <stdlib.h>
#include <string.h>

enum rq_status rq_asserts_parse(struct rq_gates *gates, struct rq_metric_list *metrics, const struct rq_strings *expressions, int level, struct rq_error *err)
{
	gates->gates = rq_arena_alloc(&gates->arena, expressions->count + 1, sizeof *gates->gates);
	if (gates->gates == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < expressions->count; i++) {
		struct rq_gate *gate = &gates->gates[gates->count];
		RQ_TRY(rq_gate_parse_expression_at(gate, expressions->items[i], "--assert", level, &gates->arena, err));
		if (gate->metric.metric->source != RQ_FROM_JUDGMENTS)
			return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" cannot be measured from run files; \"rqgate run\" measures it", gate->metric.name);
		RQ_TRY(rq_metrics_add(metrics, gate->metric.name, level, err));
		gates->count++;
	}
	return RQ_OK;
}

bool rq_asserts_compare(const struct rq_gates *gates)
{
	for (size_t i = 0; i < gates->count; i++)
		if (gates->gates[i].kind->paired)
			return true;
	return false;
}

const double *rq_asserts_margins(const struct rq_gates *gates, const struct rq_metric_list *metrics, struct rq_arena *arena)
{
	double *margins = rq_arena_alloc(arena, metrics->count + 1, sizeof *margins);

	for (size_t i = 0; margins != NULL && i < metrics->count; i++)
		for (size_t j = 0; j < gates->count && margins[i] == 0; j++)
			if (gates->gates[j].kind->paired && gates->gates[j].slice == NULL && strcmp(gates->gates[j].metric.name, metrics->specs[i].name) == 0)
				margins[i] = gates->gates[j].limit;
	return margins;
}

static enum rq_status judge_runs(struct rq_asserted *asserted, const struct rq_gates *gates, const struct rq_evaluation *evaluation, enum rq_profile profile, struct rq_error *err)
{
	for (size_t i = evaluation->run_count == 1 ? 0 : 1; i < evaluation->run_count; i++) {
		struct rq_verdict *verdict = &asserted->owned[i];
		RQ_TRY(rq_gates_judge(verdict, gates, &evaluation->runs[i].comparison, profile, err));
		asserted->verdicts[i] = verdict;
		if (asserted->exit_code != 1 && verdict->exit_code != 0)
			asserted->exit_code = verdict->exit_code;
	}
	return RQ_OK;
}

enum rq_status rq_asserts_judge(struct rq_asserted *asserted, const struct rq_gates *gates, const struct rq_evaluation *evaluation, enum rq_profile profile,
                                struct rq_error *err)
{
	const struct rq_evaluated_run *first = &evaluation->runs[0];

	*asserted = (struct rq_asserted){0};
	if (gates->count == 0)
		return RQ_OK;
	if (first->unanswered > 0 && rq_asserts_compare(gates))
		return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %zu of %zu judged topics are missing from the run that the others are compared with, so a drop could not be seen; complete it, or compare "
		               "the topics of every run with --intersection", first->scores.path, first->unanswered, first->topic_count);
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
