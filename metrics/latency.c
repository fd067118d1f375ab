/* Measured times. Rows latency.*: of one search, from a topic's vector or words to its ranking. Rows embed.*: of one topic's embedding, one text a
 * request, never from a cache. Quantiles are in seconds; a rate is how many of them one after the other fit into a second. Whoever did it measures;
 * values are read off with rq_quantile and rq_rate (stats/stats.h). */
#include "metrics/metric.h"

#include <math.h>

#define RQ_CLOCK(label, of, what, percent) \
	{ \
		.name = label ".p" #percent, \
		.source = RQ_FROM_CLOCK, \
		.clock = (of), \
		.cutoff = RQ_CUTOFF_NONE, \
		.lowest = 0, \
		.highest = INFINITY, \
		.lower_is_better = true, \
		.quantile = (percent) / 100.0, \
		.help = "seconds within which " #percent " % of the " what, \
		.citation = "order statistics: Hyndman & Fan 1996, The American Statistician 50(4), definition 1", \
	}

#define RQ_RATE(label, of, what) \
	{ \
		.name = label ".rate", \
		.source = RQ_FROM_CLOCK, \
		.clock = (of), \
		.is_rate = true, \
		.cutoff = RQ_CUTOFF_NONE, \
		.lowest = 0, \
		.highest = INFINITY, \
		.help = what " a second, one after the other: 1 / the mean time", \
		.citation = "the bounds are those of the mean time: Student 1908, Biometrika 6(1), guarded as in metrics/README.md", \
	}

#define ANSWERED "queries were answered, one query at a time"
#define EMBEDDED "topics were embedded, one text at a time"

const struct rq_metric rq_metric_latency_p50 = RQ_CLOCK("latency", RQ_CLOCK_SEARCH, ANSWERED, 50);
const struct rq_metric rq_metric_latency_p95 = RQ_CLOCK("latency", RQ_CLOCK_SEARCH, ANSWERED, 95);
const struct rq_metric rq_metric_latency_p99 = RQ_CLOCK("latency", RQ_CLOCK_SEARCH, ANSWERED, 99);
const struct rq_metric rq_metric_latency_rate = RQ_RATE("latency", RQ_CLOCK_SEARCH, "queries answered");
const struct rq_metric rq_metric_embed_p50 = RQ_CLOCK("embed", RQ_CLOCK_EMBED, EMBEDDED, 50);
const struct rq_metric rq_metric_embed_p95 = RQ_CLOCK("embed", RQ_CLOCK_EMBED, EMBEDDED, 95);
const struct rq_metric rq_metric_embed_p99 = RQ_CLOCK("embed", RQ_CLOCK_EMBED, EMBEDDED, 99);
const struct rq_metric rq_metric_embed_rate = RQ_RATE("embed", RQ_CLOCK_EMBED, "topics embedded");
