/* A ranking whose equal scores may stand in any order, for the metrics that know what to expect of it. Private to this room. */
#ifndef RQ_METRICS_TIES_H
#define RQ_METRICS_TIES_H

#include "metrics/metric.h"

/* Ranks first .. last that share their documents in any order: a tie, or one hit that stands fast. Zero-initialise, then walk. */
struct rq_stretch {
	size_t first, last;   /* ranks */
	size_t from, to;      /* hits: from <= i < to */
	size_t ties_passed;
};

bool rq_stretch_next(struct rq_stretch *stretch, const struct rq_judged_ranking *ranking);
size_t rq_stretch_ranks(const struct rq_stretch *stretch);
/* Of its ranks, those within the cutoff; all of them where it is 0. */
size_t rq_stretch_within(const struct rq_stretch *stretch, size_t cutoff);
/* Hits with at least that grade. */
size_t rq_stretch_from(const struct rq_stretch *stretch, const struct rq_judged_ranking *ranking, int32_t grade);
/* How many documents with at least that grade the cutoff is expected to leave. */
double rq_expected_from(const struct rq_judged_ranking *ranking, size_t cutoff, int32_t grade);

#endif
