/* From gates and a comparison to a verdict: Holm's adjustment over the family, each gate's judgment, the exit code. Which rule a gate follows is its
 * kind's. */
#include "gates/kind.h"

#include "metrics/stats/stats.h"

#include <math.h>

/* What a verdict depends on beside gates and comparison. */
struct circumstances {
	enum rq_profile profile;
	const char *today;
};

/* p of every gate, adjusted where it belongs to the family: paired, level error, not waived. */
static enum rq_status find_p(double *p, const struct rq_gates *gates, const struct rq_comparison *comparison, const char *today,
                             struct rq_arena *arena, struct rq_error *err)
{
	double *family = rq_arena_alloc(arena, gates->count, sizeof *family);
	size_t *member = rq_arena_alloc(arena, gates->count, sizeof *member), members = 0;

	if (family == NULL || member == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < gates->count; i++) {
		const struct rq_gate *gate = gates->gates[i];
		p[i] = gate->kind->paired && gate->level != RQ_LEVEL_OFF ? gate->kind->p_value(gate, comparison) : NAN;
		if (gate->level != RQ_LEVEL_ERROR || isnan(p[i]) || rq_waiver_holds(&gate->waiver, today) == RQ_WAIVED)
			continue;
		family[members] = p[i];
		member[members++] = i;
	}
	rq_holm(family, members);
	for (size_t i = 0; i < members; i++)
		p[member[i]] = family[i];
	return RQ_OK;
}

bool rq_gate_blocks(const struct rq_gate_result *result, const struct rq_gate *gate, enum rq_profile profile)
{
	if (!rq_gate_may_block(result))
		return false;
	if (result->outcome == RQ_FAIL || result->absent)
		return true;
	return gate->inconclusive == RQ_INCONCLUSIVE_FAILS || (gate->inconclusive == RQ_BY_PROFILE && (profile == RQ_PROFILE_RELEASE || result->excused));
}

/* A copy in the arena; false: it could not be made. */
static bool copy(const char **to, const char *from, struct rq_arena *arena)
{
	*to = from == NULL ? NULL : rq_arena_strdup(arena, from);
	return from == NULL || *to != NULL;
}

/* What is told of the gate, which may not live as long as the verdict. */
static bool copy_words(struct rq_gate_result *result, const struct rq_gate *gate, struct rq_arena *arena)
{
	return copy(&result->text, gate->text, arena) &&
	       copy(&result->metric, gate->metric.metric == NULL ? gate->kind->subject : gate->metric.name, arena) &&
	       copy(&result->slice, gate->slice, arena) && copy(&result->owner, gate->owner, arena) && copy(&result->runbook, gate->runbook, arena) &&
	       copy(&result->waiver.reason, gate->waiver.reason, arena) && copy(&result->waiver.by, gate->waiver.by, arena) &&
	       copy(&result->waiver.until, gate->waiver.until, arena);
}

enum rq_status rq_gate_judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, const char *today,
                             double p, struct rq_arena *arena, struct rq_error *err)
{
	*result = (struct rq_gate_result){
		.kind = gate->kind->name,
		.word = gate->form == NULL ? NULL : gate->form->word,
		.level = gate->level,
		.line = gate->line,
		.standard = gate->standard,
		.outcome = RQ_FAIL,
		.is_time = gate->kind->is_measured || gate->is_measured || rq_gate_is_time(gate),
		.is_rate = rq_gate_is_rate(gate),
		.bounds_drop = gate->kind->bounds_drop,
		.waived = rq_waiver_holds(&gate->waiver, today),
		.limit = gate->limit,
		.value = NAN,
		.lower = NAN,
		.upper = NAN,
		.p = NAN,
		.slice_mean = {NAN, NAN},
	};
	if (!copy_words(result, gate, arena))
		return rq_fail_memory(err);
	RQ_TRY(gate->kind->judge(result, gate, comparison, p, arena, err));
	if (gate->slice != NULL)
		rq_gate_slice_means(result, comparison);
	return RQ_OK;
}

static enum rq_status judge_all(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                                const struct circumstances *circumstances, struct rq_error *err)
{
	double *p = rq_arena_alloc(&verdict->arena, gates->count, sizeof *p);

	verdict->gates = rq_arena_alloc(&verdict->arena, gates->count, sizeof *verdict->gates);
	if (p == NULL || verdict->gates == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_p(p, gates, comparison, circumstances->today, &verdict->arena, err));
	for (size_t i = 0; i < gates->count; i++) {
		struct rq_gate_result *result = &verdict->gates[verdict->count];
		if (gates->gates[i]->level == RQ_LEVEL_OFF)
			continue;
		verdict->count++;
		RQ_TRY(rq_gate_judge(result, gates->gates[i], comparison, circumstances->today, p[i], &verdict->arena, err));
		result->blocks = rq_gate_blocks(result, gates->gates[i], circumstances->profile);
	}
	RQ_TRY(rq_gates_judge_self_test(verdict, gates, comparison, circumstances->today, err));
	rq_verdict_add_up(verdict, circumstances->profile == RQ_PROFILE_RELEASE);
	verdict->sentence = rq_verdict_sentence(verdict, comparison, &verdict->arena);
	return verdict->sentence == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_gates_judge(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                              enum rq_profile profile, const char *today, struct rq_error *err)
{
	const struct circumstances circumstances = {profile, today};
	size_t judged = 0;

	*verdict = (struct rq_verdict){0};
	for (size_t i = 0; i < gates->count; i++)
		judged += gates->gates[i]->level != RQ_LEVEL_OFF;
	if (judged == 0)
		return rq_fail(err, RQ_E_CONFIG, "gates: empty; a run without gates cannot fail");
	enum rq_status status = judge_all(verdict, gates, comparison, &circumstances, err);
	if (status != RQ_OK)
		rq_verdict_release(verdict);
	return status;
}
