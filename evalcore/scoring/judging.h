/* Rankings and their judgments, topic by topic. For the stages that measure. */
#ifndef RQ_SCORING_JUDGING_H
#define RQ_SCORING_JUDGING_H

#include "evalcore/model/comparison.h"
#include "metrics/metric.h"

/* The judgments, and room for the longest join with a ranking. Zero-initialise. */
struct rq_join {
	struct rq_pool pool;
	struct rq_hit *hits;
};

RQ_MUST_USE enum rq_status rq_join_init(struct rq_join *join, const struct rq_qrels *qrels, struct rq_error *err);
void rq_join_release(struct rq_join *join);

/* A topic of the comparison's with its judgments. */
const struct rq_pool_topic *rq_join_topic(const struct rq_join *join, const char *topic);

#endif
