/* The actions of `rqgate judge`. */
#ifndef RQ_CLI_JUDGE_H
#define RQ_CLI_JUDGE_H

#include "ci/cli/command.h"

extern const struct rq_command rq_action_judge_pool, rq_action_judge_merge;

#endif
