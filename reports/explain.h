/* One topic of a report for people and for machines. */
#ifndef RQ_REPORTS_EXPLAIN_H
#define RQ_REPORTS_EXPLAIN_H

#include "evalcore/review/explain.h"
#include "reports/report.h"

/* `told` is the topic's entry in the report's "topics": its "cause", and its "attribution" of each metric that moved; NULL: there is none. */
RQ_MUST_USE enum rq_status rq_explanation_table(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                                const rq_json *told, struct rq_style style, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_explanation_json(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                               const rq_json *told, struct rq_error *err);

#endif
