/* Model drift: the same texts in two models, or at two moments of what should be one. Row i of both sides is the same text. These figures explain;
 * scores on judged topics decide. */
#ifndef RQ_METRICS_DRIFT_MODEL_H
#define RQ_METRICS_DRIFT_MODEL_H

#include "evalcore/model/run.h"
#include "evalcore/model/vectors.h"
#include "metrics/drift/drift.h"

/* Lists of nearest rows, best first, as a search gave them: rows[q * depth + i], counts[q] of them filled. Borrowed. */
struct rq_nearest {
	const uint32_t *rows, *counts;
	const double *scores; /* as rows; NULL: not known */
	const uint32_t *own;  /* [q]: the query's own row, which is left out of its list wherever it stands; NULL: queries are no rows */
	size_t queries, depth;
	size_t among; /* rows that were searched: hubness grows with them, so compare like with like; 0: all */
};

/* From so many documents on, lists of a seeded sample of them (rq_sample_rows) tell as much: a mean of values in [0, 1] over 10,000 has a standard
 * error of .005 at most. Up to it, lists of all. */
enum { RQ_NEAREST_EXACT = 20000, RQ_NEAREST_SAMPLE = 10000 };

/* What two lists of the same text or topic share, down to the cutoff: means over the lists, each with its standard error and bounds of t guarded
 * by pseudo-lists (rq_mean_bounds). The error is that of a sample of the `population`: 0 where all were searched; the bounds see them all as a
 * sample of what could have been stored. `chance` is that of random lists of the cutoff's length among `population` rows. */
struct rq_list_drift {
	struct rq_drift_value jaccard; /* metrics/overlap.h */
	struct rq_drift_value overlap; /* shared documents / the longer list */
	struct rq_drift_value rbo;     /* p = .9 */
	size_t same;                   /* lists with the same documents in the same order */
};
#define RQ_DRIFT_PERSISTENCE 0.9 /* p of RBO */

/* knn_jaccard, knn_overlap, knn_rbo: neighbours of the same documents in two spaces. For `cutoff` neighbours search cutoff + 1 deep where queries are
 * rows of their own. Both have the same queries. */
RQ_MUST_USE enum rq_status rq_neighbour_drift(struct rq_list_drift *drift, const struct rq_nearest *before, const struct rq_nearest *after,
                                              size_t cutoff, size_t population, struct rq_error *err);
/* retrieval_jaccard, retrieval_overlap, retrieval_rbo: rankings of the topics that both runs have, by document id, so that rows
 * may be numbered anew in between. A failed search is an empty ranking. No topic in both: NaN. */
RQ_MUST_USE enum rq_status rq_retrieval_drift(struct rq_list_drift *drift, const struct rq_run *before, const struct rq_run *after, size_t cutoff,
                                              struct rq_error *err);

/* How far the two spaces are the same but for rotation and scale. Columns are centred first; sums in double. Dimensions may differ. */
struct rq_alignment {
	/* |Y'X|_F^2 / (|X'X|_F |Y'Y|_F), Kornblith et al. 2019; Robert & Escoufier 1976 (Applied Statistics 25) call it RV. `chance` is its mean
	 * over all pairings of the rows, |X|_F^2 |Y|_F^2 / ((n - 1) |X'X|_F |Y'Y|_F) (Kazi-Aoual, Hitier, Sabatier & Lebreton 1995, Computational
	 * Statistics & Data Analysis 20): with few rows of many dimensions, or a few strong ones, it is high. */
	struct rq_drift_value cka;
	/* 1 - |X'Y|_*^2 / (|X|_F^2 |Y|_F^2), the share that the best rotation and scale leave; |.|_* is the sum of the singular values (LAPACK's
	 * dgesdd: the last bits depend on OpenBLAS's kernel). `chance` is that of the same rows in one seeded random pairing: with fewer rows than
	 * dimensions anything can be rotated onto anything, and it is small. */
	struct rq_drift_value procrustes;
};
/* Time n d^2; memory 3 d^2 doubles and, with fewer rows than dimensions, n^2. A side whose rows are all equal: NaN. E_DATA: numbers of rows
 * differ, or there are none. */
RQ_MUST_USE enum rq_status rq_alignment(struct rq_alignment *alignment, const struct rq_vectors *before, const struct rq_vectors *after,
                                        uint64_t seed, struct rq_error *err);

#define RQ_CHANGED_VECTOR 0.9
enum { RQ_CHANGED_TOLD = 5 };

/* Cosines of the stored and the new vector of each text. */
struct rq_cosine_drift {
	struct rq_drift_value silent_change;         /* the 1st percentile, bounds by order statistics: a lower one needs 299 texts */
	/* The share of texts with a cosine below RQ_CHANGED_VECTOR, of those whose vectors both have a direction:
	 * neither rounding nor 8-bit codes come to that, and a percentile of a thousand texts hides ten of them. */
	struct rq_drift_value changed_vectors;
	uint32_t changed[RQ_CHANGED_TOLD]; /* rows of the first ones */
	double least, p05, p25, median, mean;
	size_t zero; /* texts that are left out, for both vectors are all zeros; where one is, the cosine counts as 0 */
};
/* E_DATA: rows or dimensions differ, or there are no rows. */
RQ_MUST_USE enum rq_status rq_cosine_drift(struct rq_cosine_drift *drift, const struct rq_vectors *before, const struct rq_vectors *after,
                                           struct rq_error *err);

#endif
