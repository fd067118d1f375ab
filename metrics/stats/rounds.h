/* Times that were taken in rounds, baseline and candidate in turn (ABBA): how much longer one side takes than the other. */
#ifndef RQ_METRICS_STATS_ROUNDS_H
#define RQ_METRICS_STATS_ROUNDS_H

#include "evalcore/model/comparison.h"

/* The ratio candidate / baseline of the quantile (rq_quantile's) and its one-sided 95 % bounds. */
struct rq_ratio {
	double value, lower, upper; /* NaN where the baseline's quantile is no time; INFINITY where the candidate's is none */
	size_t rounds;              /* that the bounds rest on; fewer than RQ_RATIO_ROUNDS: there are none, -INFINITY and INFINITY */
};

enum { RQ_RATIO_ROUNDS = 8, RQ_RATIO_RESAMPLES = 1999 };

/* Bounds from the bootstrap over rounds: each is drawn with replacement, with the times of both sides, so that what slowed the machine for a while
 * slows both (Davison & Hinkley 1997, Bootstrap Methods and their Application, sections 3.8 and 8.2.3: blocks). The bounds of the ratio's logarithm
 * are its value -+ t(.95, rounds - 1) standard deviations of 1,999 seeded resamples. Many rounds are joined to at most 1,000 of neighbours. The same
 * for the same times and seed. Time: resamples times times. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_quantile_ratio(struct rq_ratio *ratio, const struct rq_timed rounds[RQ_SIDES], double quantile, uint64_t seed,
                                             struct rq_error *err);

#endif
