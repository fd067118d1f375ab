/* One metric slice by slice. A slice has few topics, and among many slices one has always lost: what is found here is advice, and its q tells how
 * much of it may be chance. */
#ifndef RQ_METRICS_STATS_SLICES_H
#define RQ_METRICS_STATS_SLICES_H

#include "evalcore/model/comparison.h"

enum { RQ_SLICE_MINIMUM = 30 }; /* topics, unless a gate says otherwise */
#define RQ_FALSE_DISCOVERIES 0.10 /* slices of at most this q are told; so many of them may be chance */

/* Every slice that topics of a compared metric name, strcmp order, over the topics with both values (as clusters, where they are in some): in the
 * arena. Those of `minimum` topics or more have a q (stats.h: rq_benjamini_hochberg). */
RQ_MUST_USE enum rq_status rq_slices_compare(struct rq_slice_difference **slices, size_t *count, const struct rq_metric_result *metric,
                                             const struct rq_comparison *comparison, size_t minimum, struct rq_arena *arena, struct rq_error *err);

#endif
