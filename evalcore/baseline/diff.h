/* What two approved baselines do not have in common. */
#ifndef RQ_BASELINE_DIFF_H
#define RQ_BASELINE_DIFF_H

#include "evalcore/baseline/baseline.h"

struct rq_baseline_change {
	const char *name, *a, *b; /* NULL: none */
};

/* Over the topics that both have a score of. */
struct rq_baseline_metric_change {
	const char *name;
	double a, b;              /* their values; NaN: not stored */
	size_t topics, rose, fell; /* |difference| <= RQ_TIE_TOLERANCE is neither */
};

struct rq_baseline_topic_change {
	const char *topic, *slice, *metric;
	double a, b;
};

struct rq_baseline_diff {
	const struct rq_baseline *a, *b;
	struct rq_baseline_change *changes; /* digests, and what the sides were made of */
	size_t change_count;
	struct rq_baseline_metric_change *metrics; /* in the order of a, then what only b has */
	size_t metric_count;
	struct rq_baseline_topic_change *topics; /* that moved in any metric, by the largest difference; equal ones by topic and metric */
	size_t topic_count;
	size_t only_a, only_b; /* scored topics of one alone */
	struct rq_arena arena;
};

/* Borrows both. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_baseline_diff_make(struct rq_baseline_diff *diff, const struct rq_baseline *a, const struct rq_baseline *b,
                                                 struct rq_error *err);
void rq_baseline_diff_release(struct rq_baseline_diff *diff);

#endif
