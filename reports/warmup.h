/* How an index was warmed up, for people and for machines. */
#ifndef RQ_REPORTS_WARMUP_H
#define RQ_REPORTS_WARMUP_H

#include "reports/report.h"

/* `verdict` NULL: no gate is on it. The sentence stands last. */
RQ_MUST_USE enum rq_status rq_warmup_table(struct rq_buf *out, const struct rq_warm *warm, const struct rq_verdict *verdict, struct rq_style style,
                                           struct rq_error *err);
RQ_MUST_USE enum rq_status rq_warmup_json(struct rq_buf *out, const struct rq_warm *warm, const struct rq_verdict *verdict, struct rq_error *err);
/* "ready in 1.2 s, after 5 rounds; warm p99 3.1 ms", "not stable after 30 rounds" */
void rq_warmup_sentence(struct rq_buf *out, const struct rq_warm *warm);
/* What a probe reads: when, what was warmed up, and how fast it is. */
RQ_MUST_USE enum rq_status rq_warmup_ready(struct rq_buf *out, const struct rq_warm *warm, const char *at, struct rq_error *err);

#endif
