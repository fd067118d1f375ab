/* What a matrix of vectors holds, counted: for people who want to know what they search with. Nothing here judges. */
#ifndef RQ_DATASETS_VECTORS_SUMMARY_H
#define RQ_DATASETS_VECTORS_SUMMARY_H

#include "evalcore/model/vectors.h"

struct rq_vectors_summary {
	double norm_minimum, norm_mean, norm_maximum; /* Euclidean, of the finite rows; NaN: there are none */
	size_t zero;       /* rows of zeros, which have no direction */
	size_t not_finite; /* rows with a NaN or an infinity */
	size_t duplicates; /* rows that are bit for bit an earlier one */
	size_t first_duplicate[2]; /* the first of them, and the row that it repeats */
};

/* E_NOMEM: a table of the rows is made. */
RQ_MUST_USE enum rq_status rq_vectors_summarise(struct rq_vectors_summary *summary, const struct rq_vectors *vectors, struct rq_error *err);

#endif
