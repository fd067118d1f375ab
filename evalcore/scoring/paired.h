/* One metric of two sides: means with their bounds, and the paired comparison. What a run of the pipeline and `rqgate eval` share. */
#ifndef RQ_SCORING_PAIRED_H
#define RQ_SCORING_PAIRED_H

#include "evalcore/model/comparison.h"
#include "metrics/metric.h"

/* Name, range and kind of a metric, without a value yet. */
struct rq_metric_result rq_metric_result_of(const struct rq_metric_spec *spec);

/* Fills the side's value, bounds and samples from the topics that have a number; the sample stays the denominator where only one was measured. `values`
 * [topics] are borrowed. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metric_summarise(struct rq_metric_result *result, enum rq_side side, const struct rq_metric_spec *spec, const double *values, size_t topics,
                                               struct rq_error *err);

/* Compares the two sides over the topics that have both values, in order. `same` [topics] tells which rankings are equal to the metric's cutoff, and is
 * borrowed; NULL: unknown. Topics in clusters are compared as such; `clusters` NULL: they are in none. Nothing is filled where no topic has both. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metric_pair(struct rq_metric_result *result, const bool *same, size_t topics, const struct rq_clusters *clusters,
                                          struct rq_error *err);

#endif
