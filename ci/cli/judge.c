/* rqgate judge: documents that nobody has judged, for a person, and back. An action is a file judge_ACTION.c and a row below. */
#include "ci/cli/judge.h"

static const struct rq_command *const actions[] = {
	&rq_action_judge_pool,
	&rq_action_judge_merge,
	NULL,
};

const struct rq_command rq_command_judge = {
	.name = "judge",
	.summary = "the unjudged documents that a verdict hangs on, for a person to grade",
	.help = "A document that nobody has judged counts as not relevant, and a new embedding finds many of those. \"judge pool\" lists the ones that would\n"
	        "change the verdict most, \"judge merge\" adds the grades that a person has given.",
	.actions = actions,
};
