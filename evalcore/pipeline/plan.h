/* What a run, or a job of drift, would do and cost, found without doing it: `rqgate run --plan`, `rqgate drift --plan`. */
#ifndef RQ_PIPELINE_PLAN_H
#define RQ_PIPELINE_PLAN_H

#include "evalcore/model/plan.h"
#include "evalcore/pipeline/pipeline.h"

/* After rq_pipeline_load. Reads what the run would read (vectors, index and run files, cache entries), so that it finds the same mistakes in them;
 * computes nothing but samples of a few milliseconds, and writes nothing. The pipeline is good for no run afterwards. E_DATA, E_IO, E_CONFIG. */
RQ_MUST_USE enum rq_status rq_plan_make(struct rq_plan *plan, struct rq_pipeline *pipeline, struct rq_error *err);
/* The same of a job of drift, after rq_drift_prepare() too; `compares`: there is a reference. */
RQ_MUST_USE enum rq_status rq_plan_make_drift(struct rq_plan *plan, struct rq_pipeline *pipeline, bool compares, struct rq_error *err);

#endif
