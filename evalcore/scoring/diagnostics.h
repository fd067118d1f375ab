/* Facts of an evaluation that a mean hides, each with what to do about it. Private to this room. */
#ifndef RQ_SCORING_DIAGNOSTICS_H
#define RQ_SCORING_DIAGNOSTICS_H

#include "evalcore/scoring/evaluation.h"

/* Fills evaluation->diagnostics with what is not zero, the runs in their order, then what concerns all of them. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_evaluation_remark(struct rq_evaluation *evaluation, struct rq_error *err);

#endif
