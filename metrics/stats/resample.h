/* Secondary evidence beside a verdict, from random resamples of the topics: how often chance alone would give such a difference, and how far the
 * difference may be off. No verdict rests on it. */
#ifndef RQ_METRICS_STATS_RESAMPLE_H
#define RQ_METRICS_STATS_RESAMPLE_H

#include "evalcore/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { RQ_RESAMPLES = 9999 }; /* so that (B + 1) times a level is whole */

struct rq_resampled {
	/* Two-sided sign-flip randomisation test of a mean difference of 0 (Smucker, Allan & Carterette 2007, CIKM): p = (1 + #) / (B + 1), # of B random
	 * sign patterns whose sum is as far from 0 as the observed one, to 1e-12 of the sum of |d| (Phipson & Smyth 2010, Statistical Applications in
	 * Genetics and Molecular Biology 9(1)). */
	double p;
	/* The 90 % BCa bootstrap interval of the mean (Efron 1987, Journal of the American Statistical Association 82), at the level of the verdict's
	 * bounds. Resampled means equal to the observed one count half to either side in the bias correction. All differences equal: that value. */
	double lower, upper;
};

/* One result for each metric of d, which is n x metrics, topic-major, candidate - baseline. Topics are flipped and drawn together, so all metrics see
 * the same signs and the same draws, and a metric's digits do not depend on the others. The same at any number of threads. A metric with a
 * difference that is not finite, or n == 0, gives NaN; n == 1 gives no interval (NaN). Memory: two
 * sums a resample and metric, twice d, and 20 draws a topic. */
RQ_MUST_USE enum rq_status rq_resample(struct rq_resampled *results, const double *d, size_t n, size_t metrics, uint64_t seed, struct rq_error *err);

#endif
