/* A result that was read back, held against the gate of the config and the comparison of the same report: nobody passes
 * a gate by writing so. */
#include "gates/kind.h"

#include <math.h>
#include <string.h>

static const double SAME = 1e-9; /* relative: numbers come back from JSON as they were */

static bool near(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= SAME * (1 + fabs(b));
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *level_name(enum rq_level level)
{
	return level == RQ_LEVEL_ERROR ? "error" : "warn";
}

static enum rq_status tell(const char **why, const char *clause, struct rq_error *err)
{
	*why = clause;
	return clause == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* What the config says of the gate. */
static enum rq_status check_words(const char **why, const struct rq_gate_result *result, const struct rq_gate *gate,
                                  const char *today, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_waiver *said = &result->waiver, *own = &gate->waiver;

	if (strcmp(result->text, gate->text) != 0 || strcmp(result->kind, gate->kind->name) != 0)
		return tell(why, rq_arena_printf(arena, "is %s in the config", gate->text), err);
	if (!same_text(result->slice, gate->slice))
		return tell(why,
		            rq_arena_printf(arena, "is on %s in the config", gate->slice == NULL ? "all topics" : gate->slice),
		            err);
	if (result->level != gate->level)
		return tell(why,
		            rq_arena_printf(arena, "is told at level %s, and the config says %s", level_name(result->level),
		                            level_name(gate->level)),
		            err);
	if (result->waived != rq_waiver_holds(own, today) || !same_text(said->until, own->until) ||
	    !same_text(said->by, own->by) || !same_text(said->reason, own->reason))
		return tell(why,
		            own->until == NULL ? "is told as waived, and the config has no such waiver"
		                               : "does not tell the waiver as the config has it",
		            err);
	return RQ_OK;
}

/* Can it be judged by what a report holds? Not a drop in clusters of topics or over several builds of an index, nor a
 * time that is none for failures. */
static bool is_judged_here(const char *kind, const char *name, const char *slice,
                           const struct rq_comparison *comparison)
{
	bool bound = strcmp(kind, rq_gate_kind_min.name) == 0 || strcmp(kind, rq_gate_kind_max.name) == 0,
		 drop = strcmp(kind, rq_gate_kind_max_drop.name) == 0;
	const struct rq_metric_result *metric = bound || drop ? rq_comparison_metric(comparison, name) : NULL;

	if (metric == NULL || (metric->is_time && isnan(metric->value_upper[RQ_CANDIDATE])) ||
	    (slice != NULL && metric->per_topic[RQ_CANDIDATE] == NULL))
		return false;
	bool plain =
		metric->paired.groups == 0 && metric->builds[RQ_BASELINE].count == 0 && metric->builds[RQ_CANDIDATE].count == 0;
	return bound || plain;
}

/* Of a drop the report may say less than the numbers do: unjudged documents, of which it holds no more than means, make
 * a doubt of a pass or of a failure. And a doubt is what several gates together make of one gate's failure, which its p
 * tells. */
static bool may_follow(const struct rq_gate_result *result, const struct rq_gate_result *now,
                       const struct rq_gate *gate)
{
	if (result->absent != now->absent)
		return false;
	return result->outcome == now->outcome ||
	       (gate->kind == &rq_gate_kind_max_drop && result->outcome == RQ_INCONCLUSIVE);
}

static enum rq_status check_numbers(const char **why, const struct rq_gate_result *result,
                                    const struct rq_gate_result *now, const struct rq_gate *gate,
                                    struct rq_arena *arena, struct rq_error *err)
{
	const struct {
		const char *name;
		double said, is;
	} numbers[] = {{"value", result->value, now->value},
	               {"limit", result->limit, now->limit},
	               {"lower", result->lower, now->lower},
	               {"upper", result->upper, now->upper}};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!near(numbers[i].said, numbers[i].is))
			return tell(why,
			            rq_arena_printf(arena,
			                            "is told with the %s %.6g, and the report's metrics and topics make %.6g",
			                            numbers[i].name, numbers[i].said, numbers[i].is),
			            err);
	if (may_follow(result, now, gate))
		return RQ_OK;
	return tell(why,
	            rq_arena_printf(arena, "is told as %s, and its numbers make it %s", rq_outcome_name(result->outcome),
	                            rq_outcome_name(now->outcome)),
	            err);
}

/* Holm's adjustment makes p larger, by the number of gates at most. */
static enum rq_status check_p(const char **why, double p, double alone, size_t gates, struct rq_arena *arena,
                              struct rq_error *err)
{
	if (p >= alone * (1 - SAME) && p <= alone * (double)gates * (1 + SAME))
		return RQ_OK;
	return tell(why, rq_arena_printf(arena, "is told with p = %.3g, which is %.3g for this gate alone", p, alone), err);
}

/* *excused: a failure of which unjudged documents have made a doubt. */
static enum rq_status judge_again(const char **why, bool *excused, const struct rq_gate_result *result,
                                  const struct rq_gate *gate, const struct rq_comparison *comparison,
                                  const struct rq_rechecked *run, struct rq_arena *arena, struct rq_error *err)
{
	double alone = gate->kind->paired ? gate->kind->p_value(gate, comparison) : NAN;
	struct rq_gate_result now;

	if (!isnan(alone) && !result->absent)
		RQ_TRY(check_p(why, result->p, alone, run->gates, arena, err));
	if (*why != NULL)
		return RQ_OK;
	RQ_TRY(rq_gate_judge(&now, gate, comparison, run->today, isnan(result->p) ? alone : result->p, arena, err));
	*excused = now.outcome == RQ_FAIL && result->outcome == RQ_INCONCLUSIVE;
	return check_numbers(why, result, &now, gate, arena, err);
}

bool rq_gate_is_rechecked(const struct rq_gate_result *result, const struct rq_comparison *comparison)
{
	return is_judged_here(result->kind, result->metric, result->slice, comparison);
}

enum rq_status rq_gate_recheck(const char **why, const struct rq_gate_result *result, const struct rq_gate *gate,
                               const struct rq_comparison *comparison, const struct rq_rechecked *run,
                               struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_result said = *result;
	bool judged = is_judged_here(gate->kind->name, gate->metric.name, gate->slice, comparison);

	*why = NULL;
	RQ_TRY(check_words(why, result, gate, run->today, arena, err));
	if (*why == NULL && judged)
		RQ_TRY(judge_again(why, &said.excused, result, gate, comparison, run, arena, err));
	if (!judged) /* what is not judged again may be excused */
		said.excused = result->blocks && result->outcome == RQ_INCONCLUSIVE;
	if (*why == NULL && result->blocks != rq_gate_blocks(&said, gate, run->profile))
		*why = result->blocks ? "is told to block, which it does not" : "is told not to block, which it does";
	return RQ_OK;
}
