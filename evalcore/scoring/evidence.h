/* What stands beside the verdict on a comparison, and never in it: how often chance alone gives such a difference, how far it may be off, and what
 * so many topics could have shown at all. What a run of the pipeline and `rqgate eval` share. */
#ifndef RQ_SCORING_EVIDENCE_H
#define RQ_SCORING_EVIDENCE_H

#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"

/* Fills the evidence of every compared metric. Metrics measured on the same topics share signs and draws; a seed of its own makes the same digits in
 * every run, whatever else is measured. Power is that of the strictest gate of level error on a drop over all topics, of `verdict`; NULL: there are
 * no gates. A margin that is a share of the baseline's mean counts as the difference that it is. Topics in clusters are flipped and drawn cluster by
 * cluster, and power is that of so many clusters, told in topics. E_NOMEM; E_DATA of more topics than can be resampled. */
RQ_MUST_USE enum rq_status rq_evidence_weigh(struct rq_comparison *comparison, const struct rq_verdict *verdict, struct rq_error *err);

#endif
