#include "evalcore/model/verdict.h"

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

/* Then nothing was judged, and there is nothing that could have passed. A waiver is somebody's word that it may be so. */
static bool none_has_data(const struct rq_verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++)
		if (!verdict->gates[i].absent || verdict->gates[i].waived == RQ_WAIVED)
			return false;
	return true;
}

static void doubt(enum rq_outcome *outcome)
{
	*outcome = *outcome == RQ_PASS ? RQ_INCONCLUSIVE : *outcome;
}

void rq_verdict_add_up(struct rq_verdict *verdict, bool is_release)
{
	bool unstable = verdict->stability == RQ_UNSTABLE, without_data = none_has_data(verdict), lenient = without_data && !unstable && !is_release;

	verdict->outcome = add_up(verdict, true);
	verdict->outcome_untimed = add_up(verdict, false);
	if (unstable || without_data) {
		doubt(&verdict->outcome);
		doubt(&verdict->outcome_untimed);
	}
	verdict->exit_code = verdict->outcome == RQ_FAIL ? 1 : verdict->outcome == RQ_INCONCLUSIVE && !lenient ? 2 : 0;
}

bool rq_gate_may_block(const struct rq_gate_result *gate)
{
	return gate->level == RQ_LEVEL_ERROR && gate->waived != RQ_WAIVED && (gate->outcome != RQ_PASS || gate->absent);
}

const char *rq_outcome_name(enum rq_outcome outcome)
{
	static const char *const names[] = {"pass", "fail", "inconclusive"};

	return names[outcome];
}

const char *rq_stability_name(enum rq_stability stability)
{
	static const char *const names[] = {"unknown", "stable", "unstable", "not assessable"};

	return names[stability];
}

void rq_verdict_release(struct rq_verdict *verdict)
{
	rq_arena_release(&verdict->arena);
	*verdict = (struct rq_verdict){0};
}
