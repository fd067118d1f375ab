/* The shape of one set of vectors, and how it changed since another. Neighbour lists are handed in; without them hubness and margin are NaN. */
#ifndef RQ_METRICS_DRIFT_GEOMETRY_H
#define RQ_METRICS_DRIFT_GEOMETRY_H

#include "evalcore/model/vectors.h"
#include "metrics/drift/drift.h"
#include "metrics/drift/model.h"

enum { RQ_RANK_SAMPLE = 10000 };

struct rq_geometry {
	size_t n, d;
	size_t zero, not_finite;   /* rows that are all zeros, or hold a NaN or an infinity: left out of everything below */
	size_t duplicates;         /* rows that equal an earlier one, byte for byte */
	struct rq_moments length;  /* Euclidean */
	double shortest, longest;
	double effective_rank;     /* exp of the entropy of the singular values, as shares of their sum, of the centred rows (Roy & Vetterli 2007) */
	size_t rank_rows;          /* that it rests on: it grows with them, so compare like with like */
	double hubness;            /* skewness of how often each row is among the nearest (Radovanovic et al. 2010) */
	double hubness_error; /* its standard error from its influence function: mean of (z^3 - g - 3 z - 1.5 g (z^2 - 1))^2 / n, for z the standardised
	                            * counts and g the skewness (Hampel 1974, Journal of the American Statistical Association 69) */
	double unreached;          /* share of rows that are among nobody's nearest */
	size_t most_reached;       /* lists that the largest hub is in */
	struct rq_moments margin;  /* first score less the second, of each list */
};

/* `rows` is how many usable rows the rank takes, seeded: for a comparison the smaller side's number, at most RQ_RANK_SAMPLE. `nearest` may be NULL;
 * hubness counts the first `cutoff` of each list but the query's own row; lists may be those of a sample of the vectors among one another. Time rows x d x min(rows, d). */
RQ_MUST_USE enum rq_status rq_geometry_of(struct rq_geometry *geometry, const struct rq_vectors *vectors, const struct rq_nearest *nearest,
                                          size_t cutoff, size_t rows, uint64_t seed, struct rq_error *err);

/* Each as a change since before, but broken_vectors, which is the share of now. */
struct rq_geometry_drift {
	struct rq_drift_value hubness;        /* difference; p: of a growth, normal */
	struct rq_drift_value effective_rank; /* now / before; NaN where they rest on different numbers of rows */
	struct rq_drift_value length;         /* |mean now / mean before - 1|, bounds by the delta method */
	struct rq_drift_value margin;         /* difference over the pooled standard deviation; error: Hedges & Olkin 1985, Statistical Methods for
	                                       * Meta-Analysis; p: of a fall, Welch */
	struct rq_drift_value duplicates;     /* difference of shares */
	struct rq_drift_value broken_vectors;
};
struct rq_geometry_drift rq_geometry_compare(const struct rq_geometry *before, const struct rq_geometry *now);

#endif
