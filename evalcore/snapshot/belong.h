/* Does an index hold the vectors that it is said to be built of? One that was built of others, or in another order of the rows, answers without an
 * error, with the wrong documents. */
#ifndef RQ_SNAPSHOT_BELONG_H
#define RQ_SNAPSHOT_BELONG_H

#include "evalcore/snapshot/mixture.h"
#include "evalcore/snapshot/serving.h"

/* The vectors behind those rows of the index, scaled to length 1. *held false: it does not tell them. */
RQ_MUST_USE enum rq_status rq_belong_take(struct rq_vectors *rows, bool *held, struct rq_serving *serving, const struct rq_mixture_rows *chosen,
                                          struct rq_error *err);

/* Row i of `held` is the index's, of `sample` the file's, for row chosen->items[i]; both of length 1. An index that stores vectors as they are, by its
 * type (structure.h; "": exact search) or by its rows (half of them have a cosine of .99999 to their own vectors), has each with a cosine of .999. Any
 * other one stores what stands for them, more or less: a row is nearer to its own vector than to nine tenths of the others, but for a quarter of the
 * rows at most; fewer than 20 rows tell nothing then. E_DATA, in which `index` and `vectors` name the files. */
struct rq_belong {
	const struct rq_vectors *held, *sample;
	const struct rq_mixture_rows *chosen;
	const char *type, *index, *vectors;
};
RQ_MUST_USE enum rq_status rq_belong_check(const struct rq_belong *belong, struct rq_error *err);

#endif
