/* What a grade is worth, and the best order of all judged documents: for the metrics that count gains. Private to this room. */
#ifndef RQ_METRICS_GAIN_H
#define RQ_METRICS_GAIN_H

#include "metrics/metric.h"

/* The grade, or what the spec gives it instead; 0 for unjudged ones. */
double rq_gain(const struct rq_metric_spec *spec, int32_t grade);

/* The gains above 0 of all judged documents, the largest first. */
struct rq_ideal {
	const struct rq_judged_ranking *ranking;
	const struct rq_metric_spec *spec;
	size_t next; /* in ranking->judged */
	struct {
		double gain;
		size_t left;
	} given[RQ_METRIC_GAINS]; /* of grades with a gain of their own, the largest first */
	size_t first_given, given_count;
};

struct rq_ideal rq_ideal_start(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec);
double rq_ideal_next(struct rq_ideal *ideal); /* 0 at the end */

#endif
