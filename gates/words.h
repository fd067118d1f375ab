/* Numbers and results as people read them, in reasons and reports alike. Numbers are returned by value: `rq_show_value(x, RQ_NO_UNIT).text` lives as
 * long as its expression. */
#ifndef RQ_GATES_WORDS_H
#define RQ_GATES_WORDS_H

#include "evalcore/base/memory.h"
#include "evalcore/model/verdict.h"

struct rq_shown {
	char text[48];
};

/* What a number is in. */
enum rq_unit { RQ_NO_UNIT, RQ_SECONDS, RQ_PER_SECOND, RQ_BYTES };
enum rq_unit rq_unit_of(bool is_time, bool is_rate);

/* "0.5512"; a time "41.2 ms", a rate "24.3/s", bytes "1.24 GB". "-" for NaN and infinities. */
struct rq_shown rq_show_value(double value, enum rq_unit unit);
/* The same with as many digits more as it takes to see on which side of `limit` it lies: 0.79996 against 0.8 is "0.79996", not "0.8000". */
struct rq_shown rq_show_against(double value, double limit, enum rq_unit unit);
/* "+0.0052", "-0.0014", "0.0000" */
struct rq_shown rq_show_difference(double value, int decimals);
/* "0.03", "50ms", "1.5GB", a rate's "20": as short as it reads back in a gate's expression */
struct rq_shown rq_show_limit(double limit, enum rq_unit unit);
/* "p = 0.0004", "p < 0.0001" */
struct rq_shown rq_show_p(double p);

/* "nDCG@10[slice=billing] dropped 0.0363 ..."; an inconclusive gate's reason speaks of the topics, not of the metric, and stands behind a colon. With
 * its waiver, where it has one. */
void rq_show_clause(struct rq_buf *out, const struct rq_gate_result *result);
/* "waived by ana until 2026-12-31: the old index is being replaced", "its waiver by ana has expired, on 2026-12-31" */
void rq_show_waiver(struct rq_buf *out, const struct rq_gate_result *result);

/* Points against limits. A mean of values that are exactly at the limit is off by rounding, which must not decide. */
#define RQ_ROUNDING 1e-12
static inline bool rq_at_most(double value, double limit)
{
	return value <= limit + RQ_ROUNDING;
}
static inline bool rq_at_least(double value, double limit)
{
	return rq_at_most(limit, value);
}

#endif
