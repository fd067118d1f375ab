/* What the files of ranking metrics ask of a judged ranking. Private to this room. */
#ifndef RQ_METRICS_JUDGE_H
#define RQ_METRICS_JUDGE_H

#include "metrics/metric.h"

/* Ranks that the metric looks at: min(cutoff, retrieved). */
size_t rq_depth(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec);
/* Hits within that depth. */
size_t rq_hits_within(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec);
/* C_k: relevant documents within that depth. */
size_t rq_relevant_found(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec);
/* R: relevant documents among all that were judged for the topic. */
size_t rq_relevant_judged(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec);
/* Judged documents of the topic with at least that grade. */
size_t rq_judged_from(const struct rq_judged_ranking *ranking, int32_t grade);

#endif
