/* Vectors of two models in one set, which no checksum tells: a re-index that stopped halfway, or documents that were added with the new model. */
#ifndef RQ_SNAPSHOT_MIXTURE_H
#define RQ_SNAPSHOT_MIXTURE_H

#include "evalcore/base/memory.h"
#include "evalcore/model/vectors.h"

#include <stdbool.h>

/* Stamps: lines "FIRST LAST MODEL", rows counted from 0, of which there is one at least. E_DATA where a row has none or several, or where two models are named; E_IO. *model is the
 * one that all have, the arena's. */
RQ_MUST_USE enum rq_status rq_stamps_check(const char **model, const char *path, size_t rows, struct rq_arena *arena, struct rq_error *err);

/* Which rows of so many are looked at: all, or this many at random (from a seed of its own), so that no order of the rows hides a model. Ascending.
 * Knuth, The Art of Computer Programming 2, 3.4.2: algorithm S. */
enum { RQ_MIXTURE_SAMPLE = 2000 };
struct rq_mixture_rows {
	size_t items[RQ_MIXTURE_SAMPLE], count;
};
void rq_mixture_choose(struct rq_mixture_rows *rows, size_t of);

/* Two components, where nobody has stamped the rows. Rows that are all but the same (nearer than a tenth of the distance below which a quarter of all
 * pairs lie) count once: a document that is there twice tells nothing of models. Of the others, the maximum spanning tree of their cosines is cut where
 * two parts of some size hang together least (single linkage). Topics of one model hang together: somewhere between them there are pairs about as alike
 * as a row and its nearest neighbour. Between models there are none (the largest cosine is below .75 of the 5 % quantile of nearest neighbours'), and
 * the means of the parts have nothing in common either (a cosine below .25). How often it sees a mixture, and one that is none, stands in README.md.
 * Fewer than 20 rows tell nothing. */
struct rq_mixture {
	size_t rows, distinct; /* of the sample */
	double share;        /* of the smaller part of those */
	double link;         /* the largest cosine between the parts */
	double nearest;      /* the 5 % quantile of the cosine of a row and its nearest neighbour */
	double means;        /* the cosine of the means of the parts */
	bool found;
	size_t first, other; /* rows of the two parts, to be looked at */
};

/* Row i of `sample` is row rows->items[i] of the set; it is scaled to length 1. */
RQ_MUST_USE enum rq_status rq_mixture_measure(struct rq_mixture *mixture, struct rq_vectors *sample, const struct rq_mixture_rows *rows,
                                              struct rq_error *err);
/* E_DATA where it is found; `path` names the file. */
RQ_MUST_USE enum rq_status rq_mixture_check(struct rq_vectors *sample, const struct rq_mixture_rows *rows, const char *path, struct rq_error *err);
/* The rows of a whole set. */
RQ_MUST_USE enum rq_status rq_mixture_take(struct rq_vectors *sample, const struct rq_vectors *vectors, const struct rq_mixture_rows *rows,
                                           struct rq_error *err);

#endif
