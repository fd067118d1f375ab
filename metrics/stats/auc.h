/* How well a score tells two sets apart, and by how much one side does so less well than the other. Both sides score the same topics. */
#ifndef RQ_METRICS_STATS_AUC_H
#define RQ_METRICS_STATS_AUC_H

#include "evalcore/model/comparison.h"

/* A side's scores: of those that should be high, and of those that should be low. Infinities are scores, NaN is none. */
struct rq_two_sets {
	const double *high, *low;
	size_t high_count, low_count;
	const size_t *high_cluster, *low_cluster; /* of each, below `clusters`; both sets share the numbers. NULL: each stands for itself */
	size_t clusters;
};

/* P(high > low) + P(high = low) / 2, the area under the ROC curve (Mann & Whitney 1947, Annals of Mathematical Statistics 18), and its one-sided 95 %
 * bounds from the variance of DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, within [0, 1]; of clusters from that of Obuchowski 1997,
 * Biometrics 53. Sets that are told apart without exception have no variance: then the bound is that of m pairs of which all are right, m the smaller
 * set's units (Clopper & Pearson 1934, Biometrika 26), for m pairs without a common member are independent. NaN where a set is empty; no bounds
 * where one has less than two units. */
struct rq_auc {
	double value, lower, upper;
};
RQ_MUST_USE enum rq_status rq_auc(struct rq_auc *auc, const struct rq_two_sets *scores, struct rq_error *err);

/* The candidate's area less the baseline's, of the same topics in the same order. DeLong's variance of the difference rests on what each topic
 * contributes to it, a number within [-1, 1]; the bounds take those as the verdict of max_drop takes its differences, in clusters where they are
 * (what both sets have of a cluster goes together: Obuchowski 1997), with its 1.5 pseudo-topics in each set, and t for the set of fewer units. Fills
 * areas[] and what rq_paired_verdict() asks for: n and clusters of that set, delta, lower, upper, p_worse, identical (all scores are the same). NaN
 * where a set has less than two topics. */
RQ_MUST_USE enum rq_status rq_auc_compare(struct rq_paired *change, double areas[RQ_SIDES], const struct rq_two_sets scores[RQ_SIDES],
                                          struct rq_error *err);

#endif
