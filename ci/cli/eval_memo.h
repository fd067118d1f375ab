/* What `rqgate eval` leaves in the store. */
#ifndef RQ_CLI_EVAL_MEMO_H
#define RQ_CLI_EVAL_MEMO_H

#include "ci/cli/eval_asserts.h"
#include "ci/cli/memo.h"

/* The values of each run, "run1" and so on, their differences from the first, what was asserted; then writes the batch. */
RQ_MUST_USE enum rq_status rq_memo_evaluation(struct rq_memo *memo, const struct rq_evaluation *evaluation, const struct rq_asserted *asserted,
                                                const char *qrels_sha256, struct rq_error *err);

#endif
