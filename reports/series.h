/* Figures of the store as series over its batches. Private to this room. */
#ifndef RQ_REPORTS_SERIES_H
#define RQ_REPORTS_SERIES_H

#include "evalcore/memory/history.h"

/* A figure of one side and slice, in jobs of one command and suite. */
struct rq_series {
	const struct rq_figure *figure; /* the first one's */
	double *values;
	const struct rq_past_batch **batches; /* [count] that the values are from, as the history has them */
	size_t count, values_capacity, batches_capacity;
};

/* Zero-initialise; release in any case. */
struct rq_all_series {
	struct rq_series *items; /* as they come first in the history */
	size_t count, capacity;
};

/* Those over all topics, without differences beside their two sides; of `figure` (not NULL) all that there are. Borrowed from the history. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_series_collect(struct rq_all_series *all, const struct rq_history *history, const char *figure, struct rq_error *err);
void rq_series_release(struct rq_all_series *all);

/* The unit that a figure is shown in: seconds of a latency, except where it is a rate. */
bool rq_figure_is_rate(const struct rq_figure *figure);

/* The gates that blocked a batch, or why a job ended without a verdict, on one line. In the arena; NULL: no memory. */
const char *rq_batch_reason(const struct rq_past_batch *batch, struct rq_arena *arena);

#endif
