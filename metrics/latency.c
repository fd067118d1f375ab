/* The rows latency.p50, latency.p95 and latency.p99: quantiles of the time that one query took, in seconds. Their values are
 * measured by whoever searched and read off with rq_quantile (stats/stats.h). */
#include "metrics/metric.h"

#include <math.h>

#define RQ_LATENCY(percent) \
	{ \
		.name = "latency.p" #percent, \
		.source = RQ_FROM_CLOCK, \
		.cutoff = RQ_CUTOFF_NONE, \
		.lowest = 0, \
		.highest = INFINITY, \
		.lower_is_better = true, \
		.quantile = (percent) / 100.0, \
		.help = "seconds within which " #percent " % of the queries were answered, one query at a time", \
		.citation = "order statistics: Hyndman & Fan 1996, The American Statistician 50(4), definition 1", \
	}

const struct rq_metric rq_metric_latency_p50 = RQ_LATENCY(50);
const struct rq_metric rq_metric_latency_p95 = RQ_LATENCY(95);
const struct rq_metric rq_metric_latency_p99 = RQ_LATENCY(99);
