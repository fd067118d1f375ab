/* The weeks of a metric that the store remembers. */
#ifndef RQ_CLI_DRIFT_SERIES_H
#define RQ_CLI_DRIFT_SERIES_H

#include "ci/cli/memo.h"

/* Adds a change point of each metric to the findings: over the jobs of drift of this suite (without one: of this config) with the same changes of
 * the config (--set) on the same topics and judgments since the reference that is compared with was made, until `as_of` (seconds; INT64_MAX: all), the
 * last of each week but this one, and what is found now. The corpus may change: what that does to a metric is what is asked. Without a store it does
 * nothing. */
RQ_MUST_USE enum rq_status rq_drift_series_add(struct rq_pipeline *pipeline, struct rq_memo *memo, int64_t as_of, struct rq_arena *arena,
                                               struct rq_error *err);

#endif
