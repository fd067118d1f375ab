/* Approved baselines for people and for machines: which there are, what one says, what two do not have in common. */
#ifndef RQ_REPORTS_BASELINES_H
#define RQ_REPORTS_BASELINES_H

#include "evalcore/baseline/diff.h"
#include "reports/report.h"

struct rq_baselines {
	const struct rq_baseline *items; /* in the order of their names */
	size_t count;
	const char *folder, *pinned; /* pinned NULL: none is */
};

RQ_MUST_USE enum rq_status rq_baselines_table(struct rq_buf *out, const struct rq_baselines *baselines, struct rq_style style, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_baselines_json(struct rq_buf *out, const struct rq_baselines *baselines, struct rq_error *err);

/* One, whole but for its topics. */
RQ_MUST_USE enum rq_status rq_baseline_page(struct rq_buf *out, const struct rq_baseline *baseline, bool pinned, struct rq_style style,
                                            struct rq_error *err);

/* At most `topics` of those that moved; JSON has all. */
RQ_MUST_USE enum rq_status rq_baseline_diff_table(struct rq_buf *out, const struct rq_baseline_diff *diff, size_t topics, struct rq_style style,
                                                  struct rq_error *err);
RQ_MUST_USE enum rq_status rq_baseline_diff_json(struct rq_buf *out, const struct rq_baseline_diff *diff, struct rq_error *err);

#endif
