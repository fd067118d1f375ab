/* Corpus and query drift: two sets of texts in one model. Are they drawn from the same distribution? Each figure has a null; judge them as one
 * family (rq_holm() over their p), for they look at the same vectors. No text may be in both sets, or twice in one: it is no draw of its own, and of two
 * sets that share most of theirs, as a corpus of two weeks does, no figure would tell. Pairwise figures are computed on a seeded sample of at most RQ_POPULATION_SAMPLE rows a side: n rows tell a mean or a
 * distance to 1/sqrt(n), and what 2,000 cannot tell is below every limit. `error` is the standard error of the value as one of all texts of that
 * kind. E_DATA: dimensions differ, a number is not finite, or a side has fewer than two rows. */
#ifndef RQ_METRICS_DRIFT_POPULATION_H
#define RQ_METRICS_DRIFT_POPULATION_H

#include "evalcore/model/vectors.h"
#include "metrics/drift/drift.h"

enum {
	RQ_POPULATION_LEAST = 2,
	RQ_POPULATION_SAMPLE = 2000,
	RQ_PERMUTATIONS = 999,
	RQ_CLASSIFIER_FOLDS = 5,
	RQ_COMPONENT_SAMPLE = 20000,
};

/* Maximum mean discrepancy. */
struct rq_mmd {
	/* Unbiased MMD^2 (Gretton et al. 2012, equation 3) with the kernel exp(-|x - y|^2 / (2 s^2)), s the median distance of all pairs of both sides
	 * together. p: labels of the pooled rows are permuted, (1 + #) / (B + 1). Between Gaussians with many dimensions a shift of every component by t
	 * standard deviations is about .3 t^2. error: of a U-statistic, plus the spread of the permuted values. */
	struct rq_drift_value mmd;
	double bandwidth; /* s */
};
RQ_MUST_USE enum rq_status rq_mmd(struct rq_mmd *mmd, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                                  struct rq_error *err);

/* sqrt((|mean_x - mean_y|^2 - tr S_x / n_x - tr S_y / n_y) / tr S), S the pooled covariance: 0 where the bracket is negative. A shift of every
 * component by t of its standard deviations is t. p: permuted as above, of |mean_x - mean_y|. */
RQ_MUST_USE enum rq_status rq_centroid_shift(struct rq_drift_value *shift, const struct rq_vectors *before, const struct rq_vectors *after,
                                             uint64_t seed, struct rq_error *err);

/* Area under the ROC curve of Fisher's linear discriminant that tells now from before: components standardised, the covariance of all rows that it learns
 * from with a ridge of d / n, 5-fold cross-validation, pairs within each fold. p: labels are permuted within the folds and the classifier learns anew, as
 * above. Under no drift the folds' areas lean on one another: each pair of folds trains and tests in both directions, which doubles the variance of one area
 * over all rows; the bounds are DeLong's (stats/auc.h) with doubled variance. .5 is chance. NaN where no fold has rows of both sides. */
RQ_MUST_USE enum rq_status rq_domain_auc(struct rq_drift_value *auc, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                                         struct rq_error *err);

/* Components whose distribution has moved: Kolmogorov & Smirnov's distance of at least RQ_COMPONENT_FLOOR, and q <= .05 of all components by
 * Benjamini & Hochberg. p is the least q (Simes 1986, Biometrika 73). A sample of at most 20,000 rows a side. */
#define RQ_COMPONENT_FLOOR 0.04 /* a shift by a tenth of a standard deviation */
struct rq_moved_components {
	struct rq_drift_value moved; /* share of the components */
	double largest;              /* distance of any component */
	size_t component;            /* that one */
};
RQ_MUST_USE enum rq_status rq_moved_components(struct rq_moved_components *moved, const struct rq_vectors *before, const struct rq_vectors *after,
                                               uint64_t seed, struct rq_error *err);

#endif
