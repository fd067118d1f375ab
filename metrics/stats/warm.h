/* When a search is warm: rounds of the same queries take as long as those before them. */
#ifndef RQ_METRICS_STATS_WARM_H
#define RQ_METRICS_STATS_WARM_H

#include <stdbool.h>
#include <stddef.h>

/* Three rounds in a row whose 95th percentiles lie within 10 % of their median. A page that has to come from a disk costs a hundred times what a
 * search in memory does, so that a cache that is still filling moves the 95th percentile by far more than a tenth from round to round; the noise of
 * a quiet machine stays below that. Three, because two may be alike by chance while it falls. Where other work disturbs searches of a few
 * microseconds no three rounds may be so alike, though all are warm: then the medians of the last five and of the five before lie within 10 % of each
 * other, which noise leaves alone and a cache that fills does not. */
enum { RQ_WARM_ROUNDS = 3, RQ_WARM_HALF = 5 };
#define RQ_WARM_SPREAD .1

/* Are the last of these stable, by either rule? `p95` in the order of the rounds, seconds. */
bool rq_rounds_are_stable(const double *p95, size_t rounds);

#endif
