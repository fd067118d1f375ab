/* From gates and a comparison to a verdict: Holm's adjustment over the family, each gate's judgment, the exit code. Which rule a gate follows is its
 * kind's. */
#include "gates/kind.h"

#include "metrics/stats/stats.h"

#include <math.h>

/* p of every gate, adjusted where it belongs to the family: paired, level error. */
static enum rq_status find_p(double *p, const struct rq_gates *gates, const struct rq_comparison *comparison, struct rq_arena *arena,
                             struct rq_error *err)
{
	double *family = rq_arena_alloc(arena, gates->count, sizeof *family);
	size_t *member = rq_arena_alloc(arena, gates->count, sizeof *member), members = 0;

	if (family == NULL || member == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < gates->count; i++) {
		const struct rq_gate *gate = &gates->gates[i];
		p[i] = gate->kind->paired && gate->level != RQ_LEVEL_OFF ? gate->kind->p_value(gate, comparison) : NAN;
		if (gate->level != RQ_LEVEL_ERROR || isnan(p[i]))
			continue;
		family[members] = p[i];
		member[members++] = i;
	}
	rq_holm(family, members);
	for (size_t i = 0; i < members; i++)
		p[member[i]] = family[i];
	return RQ_OK;
}

static bool blocks(const struct rq_gate_result *result, const struct rq_gate *gate, enum rq_profile profile)
{
	if (gate->level != RQ_LEVEL_ERROR || (result->outcome == RQ_PASS && !result->absent))
		return false;
	if (result->outcome == RQ_FAIL || result->absent)
		return true;
	return gate->inconclusive == RQ_INCONCLUSIVE_FAILS || (gate->inconclusive == RQ_BY_PROFILE && profile == RQ_PROFILE_RELEASE);
}

static enum rq_status judge_gate(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                 enum rq_profile profile, double p, struct rq_arena *arena, struct rq_error *err)
{
	*result = (struct rq_gate_result){
		.text = rq_arena_strdup(arena, gate->text),
		.kind = gate->kind->name,
		.metric = rq_arena_strdup(arena, gate->metric.name),
		.slice = gate->slice == NULL ? NULL : rq_arena_strdup(arena, gate->slice),
		.owner = gate->owner == NULL ? NULL : rq_arena_strdup(arena, gate->owner),
		.runbook = gate->runbook == NULL ? NULL : rq_arena_strdup(arena, gate->runbook),
		.level = gate->level,
		.outcome = RQ_FAIL,
		.is_time = rq_gate_is_time(gate),
		.is_rate = rq_gate_is_rate(gate),
		.limit = gate->limit,
		.value = NAN,
		.lower = NAN,
		.upper = NAN,
		.p = NAN,
		.slice_mean = {NAN, NAN},
	};
	if (result->text == NULL || result->metric == NULL || (gate->slice != NULL && result->slice == NULL) ||
	    (gate->owner != NULL && result->owner == NULL) || (gate->runbook != NULL && result->runbook == NULL))
		return rq_fail_memory(err);
	RQ_TRY(gate->kind->judge(result, gate, comparison, p, arena, err));
	if (gate->slice != NULL)
		rq_gate_slice_means(result, comparison);
	result->blocks = blocks(result, gate, profile);
	return RQ_OK;
}

/* Any blocking failure fails; else any blocking doubt is inconclusive. */
static enum rq_outcome add_up(const struct rq_verdict *verdict, bool times_too)
{
	enum rq_outcome outcome = RQ_PASS;

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *result = &verdict->gates[i];
		if (!result->blocks || (result->is_time && !times_too))
			continue;
		if (result->outcome == RQ_FAIL || result->absent)
			return RQ_FAIL;
		outcome = RQ_INCONCLUSIVE;
	}
	return outcome;
}

static enum rq_status judge_all(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                                enum rq_profile profile, struct rq_error *err)
{
	double *p = rq_arena_alloc(&verdict->arena, gates->count, sizeof *p);

	verdict->gates = rq_arena_alloc(&verdict->arena, gates->count, sizeof *verdict->gates);
	if (p == NULL || verdict->gates == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_p(p, gates, comparison, &verdict->arena, err));
	for (size_t i = 0; i < gates->count; i++)
		if (gates->gates[i].level != RQ_LEVEL_OFF)
			RQ_TRY(judge_gate(&verdict->gates[verdict->count++], &gates->gates[i], comparison, profile, p[i], &verdict->arena, err));
	verdict->outcome = add_up(verdict, true);
	verdict->outcome_untimed = add_up(verdict, false);
	verdict->exit_code = verdict->outcome == RQ_PASS ? 0 : verdict->outcome == RQ_FAIL ? 1 : 2;
	verdict->sentence = rq_verdict_sentence(verdict, comparison, &verdict->arena);
	return verdict->sentence == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_gates_judge(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                              enum rq_profile profile, struct rq_error *err)
{
	size_t judged = 0;

	*verdict = (struct rq_verdict){0};
	for (size_t i = 0; i < gates->count; i++)
		judged += gates->gates[i].level != RQ_LEVEL_OFF;
	if (judged == 0)
		return rq_fail(err, RQ_E_CONFIG, "gates: empty; a run without gates cannot fail");
	enum rq_status status = judge_all(verdict, gates, comparison, profile, err);
	if (status != RQ_OK)
		rq_verdict_release(verdict);
	return status;
}
