/* What the actions of `rqgate vectors` share: their list, and conversions, which `rqgate dataset convert` makes too. */
#ifndef RQ_CLI_VECTORS_H
#define RQ_CLI_VECTORS_H

#include "ci/cli/command.h"
#include "datasets/vectors_convert.h"

extern const struct rq_command rq_action_vectors_info, rq_action_vectors_head, rq_action_vectors_convert;

/* Writes the files and says what was written and lost; on stderr where OUT is standard output. */
RQ_MUST_USE enum rq_status rq_cli_convert_vectors(const struct rq_vectors_conversion *conversion, struct rq_error *err);

#endif
