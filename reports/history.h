/* What the store remembers, for people and for machines. */
#ifndef RQ_REPORTS_HISTORY_H
#define RQ_REPORTS_HISTORY_H

#include "evalcore/memory/history.h"
#include "reports/report.h"

/* The batches, and each figure as a series over them: those over all topics or, of `figure`, all there are. `shown` is the store's path. */
RQ_MUST_USE enum rq_status rq_history_table(struct rq_buf *out, const struct rq_history *history, const char *shown, const char *figure,
                                            struct rq_style style, struct rq_error *err);
/* A number a record; a batch's own is its exit code. Of `figure` (NULL: all) alone. */
RQ_MUST_USE enum rq_status rq_history_csv(struct rq_buf *out, const struct rq_history *history, const char *figure, struct rq_error *err);
/* A page: every series of a figure as a line over time, then the batches. `shown` and `figure` as for the table. */
RQ_MUST_USE enum rq_status rq_history_html(struct rq_buf *out, const struct rq_history *history, const char *shown, const char *figure,
                                           struct rq_error *err);
/* A batch a line. */
RQ_MUST_USE enum rq_status rq_history_jsonl(struct rq_buf *out, const struct rq_history *history, const char *figure, struct rq_error *err);

RQ_MUST_USE enum rq_status rq_past_failures_table(struct rq_buf *out, const struct rq_past_failures *failures, const char *shown,
                                                  struct rq_style style, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_past_failures_jsonl(struct rq_buf *out, const struct rq_past_failures *failures, struct rq_error *err);
/* One of them, whole. */
RQ_MUST_USE enum rq_status rq_past_failure_page(struct rq_buf *out, const struct rq_past_failure *failure, struct rq_style style,
                                                struct rq_error *err);

#endif
