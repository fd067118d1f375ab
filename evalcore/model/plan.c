#include "evalcore/model/plan.h"

const char *rq_plan_state_name(enum rq_plan_state state)
{
	static const char *const names[] = {"compute", "cached", "read", "shared", "left out"};

	return names[state];
}

void rq_plan_release(struct rq_plan *plan)
{
	rq_arena_release(&plan->arena);
	*plan = (struct rq_plan){0};
}
