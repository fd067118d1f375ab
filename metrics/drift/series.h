/* One number a week: has its level changed, and when? */
#ifndef RQ_METRICS_DRIFT_SERIES_H
#define RQ_METRICS_DRIFT_SERIES_H

#include "metrics/drift/drift.h"

/* The point that splits the series best by ranks: the largest |U_t|, U_t = sum over i <= t < j of sign(x_i - x_j) (Pettitt 1979). `change.value`
 * is the mean from it on less the mean before it; p by 9,999 seeded permutations of the series, for one point anywhere and either direction, (1 +
 * #) / (B + 1). Weeks are taken to be independent but for one change of level. A NaN (a week without a run) is left out. Below
 * RQ_CHANGE_POINTS_MIN weeks no order of them gives a p of .05, and of the last week alone none does below 40: whether it is worse than the one
 * before is for the paired gates. Fewer than two weeks, or all equal: p = 1, no point. */
struct rq_change_point {
	struct rq_drift_value change;
	size_t first;          /* index of the first week of the new level; the number of weeks: none */
	double before, after;  /* means */
	double statistic;      /* the largest |U_t| */
};
enum { RQ_CHANGE_POINTS_MIN = 8 };
RQ_MUST_USE enum rq_status rq_change_point(struct rq_change_point *point, const double *series, size_t n, uint64_t seed, struct rq_error *err);

#endif
