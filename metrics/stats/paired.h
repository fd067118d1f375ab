/* Private to metrics/stats: what clusters, builds and power share with the verdict. */
#ifndef RQ_METRICS_STATS_PAIRED_H
#define RQ_METRICS_STATS_PAIRED_H

#include "evalcore/model/comparison.h"

/* The t quantile of the verdict's confidence that was asked for last; start with zeros. */
struct rq_known_quantile {
	double df, t;
};

/* Mean, standard error and degrees of freedom of the differences and 1.5 pseudo-topics at this value. */
struct rq_guarded_mean {
	double mean, standard_error, df;
};
struct rq_guarded_mean rq_paired_guarded(const struct rq_paired *paired, double pseudo_value);

/* Everything that follows from n, the sums, and what clusters and builds add: delta, lower, upper, p_worse. */
void rq_paired_fill_bounds(struct rq_paired *paired, struct rq_known_quantile *known);

#endif
