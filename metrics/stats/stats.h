/* Statistics of a verdict. Deterministic closed forms: no random numbers but the seeded ones of rq_power. Thread-safe. */
#ifndef RQ_METRICS_STATS_STATS_H
#define RQ_METRICS_STATS_STATS_H

#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"

#include <stdint.h>

/* Distributions, to 1e-10 relative; p from 1e-300 to 1 - 1e-16. An upper quantile near 1 has its digits as 1 - rq_beta_quantile(1 - p, b, a). */
double rq_beta_regularised(double x, double a, double b); /* I_x(a, b) */
double rq_beta_quantile(double p, double a, double b);    /* the x with I_x(a, b) = p */
double rq_normal_cdf(double z);
double rq_normal_quantile(double p);
double rq_t_cdf(double t, double df);
double rq_t_quantile(double p, double df);

/* The paired regression verdict: see metrics/README.md for the rule and gates/README.md for its calibration. */

/* Sums in the order given. All but `identical` is filled. */
struct rq_paired rq_paired_compare(const double *baseline, const double *candidate, size_t n);

/* The same of topics in clusters, cluster_of[i] < groups: the variance of the mean is that of the clusters' sums (Liang & Zeger 1986, Biometrika
 * 73; G/(G - 1) for small G). n_min and degrees of freedom count clusters, pseudo-topics come in clusters as large as the largest: of different
 * sizes n_min counts as many equal ones as tell the same, n^2 / (sum of squared sizes) (Kish 1965, Survey Sampling; Carter, Schnepel &
 * Steigerwald 2017, Review of Economics and Statistics 99). With one topic a cluster: the plain comparison's digits. The plain t becomes that
 * of the clusters, with G - 1. A cluster without topics does not count. */
RQ_MUST_USE enum rq_status rq_paired_compare_clustered(struct rq_paired *paired, const double *baseline, const double *candidate, size_t n,
                                                       const size_t *cluster_of, size_t groups, struct rq_error *err);

/* Adds what building the candidate again changes: means[] are the mean differences of each build, and `paired` was made from the topics' mean
 * differences over the builds. SE^2 = s_q^2/n + s_b^2/R with Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2), in the bounds and
 * p_worse. Returns s_b, NaN of fewer than two builds; of fewer than RQ_BUILDS_MIN it is only for the report. */
double rq_paired_add_builds(struct rq_paired *paired, const double *means, size_t builds);
double rq_builds_deviation(const double *means, size_t builds); /* s_b alone */
/* The same of a metric's builds over these topics, build by build where both sides have several; NULL or a count of 0: the side is as it is, and
 * nothing of it varies. */
struct rq_builds;
void rq_paired_count_builds(struct rq_paired *paired, const struct rq_builds *before, const struct rq_builds *after, const size_t *topics,
                            size_t topic_count);

/* What n_min counts: topics, or so many equal clusters, rounded down. */
size_t rq_paired_units(const struct rq_paired *paired);

/* max_drop with an absolute margin in (0, 1). p_adjusted is p_worse after Holm over the family of error-level paired gates. */
enum rq_outcome rq_paired_verdict(const struct rq_paired *paired, double margin, double p_adjusted);

/* Adjusted p-values, in place and in the caller's order. NaN stays and is no member of the family. Families of some thousands at most. */
/* Holm's step-down adjustment (Holm 1979, Scandinavian Journal of Statistics 6): the family's error rate. */
void rq_holm(double *p, size_t n);
/* Benjamini & Hochberg's step-up adjustment (1995, Journal of the Royal Statistical Society B 57): q of a set of slices, of which those at most
 * .10 are reported; a tenth of them may be chance. */
void rq_benjamini_hochberg(double *p, size_t n);

/* n_min = ceil(3.5 / margin): fewer topics can never pass that margin. SIZE_MAX where it is more than that. */
size_t rq_topics_needed(double margin);
/* The smallest margin, in whole hundredths rounded up, for which n >= n_min. */
double rq_smallest_margin(size_t n);
/* The same, and no narrower than .02, a difference that people notice: what holds where nobody has chosen a margin. */
double rq_standard_margin(size_t n);
/* The number of topics of the same kind, above n, that would turn this inconclusive comparison into PASS or FAIL, found by scaling the sums through
 * the verdict itself; its p stays as many times its own as p_adjusted is of p_worse. 0 if none up to 10 million. */
size_t rq_topics_to_settle(const struct rq_paired *paired, double margin, double p_adjusted);

/* What this set can show, by the verdict over 250 seeded resamples of its differences, centred: the smallest loss, put on every topic, of which
 * 80 % of verdicts are FAIL (NaN: none up to 1), and how many topics of this kind make 80 % of verdicts PASS when nothing changes (0: more than
 * 10 million). As if the gate were the only one of its family. Within .0001; beyond 10,000 topics the sums follow from those of 10,000 by the
 * central limit, within 1 in 1,000. */
struct rq_power {
	double detectable;
	size_t topics_to_pass;
};
struct rq_power rq_power(const double *baseline, const double *candidate, size_t n, double margin, uint64_t seed);
/* Of topics in clusters the units to draw are clusters. In drawn[], from the sums S and sizes s > 0 of `units` clusters, each is what it adds to the
 * mean: mean + (S - s mean) G/n, for the mean of clusters of different sizes is a ratio of two sums (linearised: Davison & Hinkley 1997, Bootstrap
 * Methods and their Application, 2.7). `stride` elements apart in sums and drawn. */
void rq_cluster_draws(double *drawn, const double *sums, size_t stride, const size_t *sizes, size_t units);
/* rq_power of units, which hold `topics` in all, told in topics. `zeros` are as many zeros. */
struct rq_power rq_power_of_units(const double *zeros, const double *drawn, size_t units, size_t topics, double margin, uint64_t seed);

/* One-sided 95 % bounds of a mean in [0, 1] with the same guard, pseudo-topics at 0 and at 1: for floors (a warning, not a verdict). */
void rq_mean_bounds(double *lower, double *upper, const double *values, size_t n);
void rq_bounds_of_sums(double *lower, double *upper, size_t n, double sum, double sum_squares); /* the same */

/* One-sided 95 % bounds of the probability behind `count` of n: exact, Clopper & Pearson 1934, Biometrika 26. 0 and 1 of nothing. */
void rq_share_bounds(double *lower, double *upper, size_t count, size_t n);

/* Times, INFINITY where one failed, by how long they are; no NaN. */
struct rq_histogram rq_histogram_of(const double *seconds, size_t n);

/* Quantiles of measured times by order statistics. `sorted` ascending. */
int rq_compare_doubles(const void *a, const void *b); /* for qsort: ascending; no NaN */
double rq_quantile(const double *sorted, size_t n, double q); /* the ceil(q n)-th smallest */
/* One-sided 95 % bounds of the q-quantile: the order statistics nearest to it whose coverage is at least 95 %. *lower or *upper is -INFINITY or
 * INFINITY where n is too small for it; false where it is so for the upper (q = .99: n < 299). At n = 1000, q = .99 the upper is the 996th
 * smallest. */
bool rq_quantile_bounds(double *lower, double *upper, const double *sorted, size_t n, double q);

/* 1 / mean of measured times, in any order: how many a second. *lower and *upper are its one-sided 95 % bounds: those of the mean with 1.5
 * pseudo-samples, as slow as the slowest seen below and of no time above. *lower is -INFINITY with fewer samples than RQ_RATE_SAMPLES, with which a
 * time that one of a hundred takes is missed in 5 % of all runs; rarer ones are not accounted for. *upper is INFINITY where n < 2, or the mean's
 * lower bound is no time. NaN of nothing. */
enum { RQ_RATE_SAMPLES = 299 };
double rq_rate(double *lower, double *upper, const double *seconds, size_t n);

#endif
