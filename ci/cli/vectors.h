/* What the actions of `rqgate vectors` share: their list. */
#ifndef RQ_CLI_VECTORS_H
#define RQ_CLI_VECTORS_H

#include "ci/cli/command.h"

extern const struct rq_command rq_action_vectors_info, rq_action_vectors_head, rq_action_vectors_convert;

#endif
