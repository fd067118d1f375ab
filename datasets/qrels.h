/* Judgments in the order of their file. */
#ifndef RQ_DATASETS_QRELS_H
#define RQ_DATASETS_QRELS_H

#include "evalcore/model/dataset.h"

/* A judgment with its topic. */
struct rq_judged {
	const struct rq_topic_judgments *topic;
	const struct rq_judgment *judgment;
};

/* All qrels->judgments of them by line, borrowed from the qrels; free it. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_qrels_by_line(struct rq_judged **judged, const struct rq_qrels *qrels, struct rq_error *err);

#endif
