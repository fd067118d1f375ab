/* A reference evaluated again, by itself. */
#ifndef RQ_CLI_DRIFT_ALONE_H
#define RQ_CLI_DRIFT_ALONE_H

#include "evalcore/pipeline/drift.h"

struct rq_drift_alone {
	const char *name; /* whose reference it is */
	bool json, quiet;
};

/* Scores the rankings of the reference, after rq_pipeline_load(), and prints what each metric is beside what it was when the reference was made.
 * *exit_code 1: one of them is another. E_DATA also where it keeps none of them; E_IO. */
RQ_MUST_USE enum rq_status rq_drift_alone(int *exit_code, struct rq_pipeline *pipeline, struct rq_reference *reference,
                                          const struct rq_drift_alone *how, struct rq_error *err);

#endif
