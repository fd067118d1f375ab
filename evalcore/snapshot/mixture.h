/* Vectors of two models in one set, which no checksum tells: a re-index that stopped halfway, or documents that were added with the new model. */
#ifndef RQ_SNAPSHOT_MIXTURE_H
#define RQ_SNAPSHOT_MIXTURE_H

#include "evalcore/model/vectors.h"

#include <stdbool.h>

/* Stamps: lines "FIRST LAST MODEL", rows counted from 0. E_DATA where a row has none or several, or where two models are named; E_IO. */
RQ_MUST_USE enum rq_status rq_stamps_check(const char *path, size_t rows, struct rq_error *err);

/* Two components, where nobody has stamped the rows. Of a sample of rows, the maximum spanning tree of their cosines is cut where two parts of some size
 * hang together least (single linkage). Topics of one model hang together: somewhere between them there are pairs about as alike as a row and its
 * nearest neighbour. Between models there are none (the largest cosine is below .75 of the 5 % quantile of nearest neighbours'), and the means of the
 * parts have nothing in common either (a cosine below .25). How often it sees a mixture, and one that is none, stands in README.md. Fewer than 20 rows
 * tell nothing. */
struct rq_mixture {
	size_t rows;         /* of the sample */
	double share;        /* of the smaller part */
	double link;         /* the largest cosine between the parts */
	double nearest;      /* the 5 % quantile of the cosine of a row and its nearest neighbour */
	double means;        /* the cosine of the means of the parts */
	bool found;
	size_t first, other; /* rows of the two parts, to be looked at */
};

RQ_MUST_USE enum rq_status rq_mixture_measure(struct rq_mixture *mixture, const struct rq_vectors *vectors, struct rq_error *err);
/* E_DATA where it is found; `path` names the file. */
RQ_MUST_USE enum rq_status rq_mixture_check(const struct rq_vectors *vectors, const char *path, struct rq_error *err);

#endif
