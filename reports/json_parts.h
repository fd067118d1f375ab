/* What report.json and eval's JSON spell alike. Private to this room. */
#ifndef RQ_REPORTS_JSON_PARTS_H
#define RQ_REPORTS_JSON_PARTS_H

#include "evalcore/base/json.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"
#include "reports/report.h"

void rq_json_push_metric(rq_json *array, const struct rq_comparison *comparison, const struct rq_metric_result *metric);
void rq_json_set_paired(rq_json *object, const struct rq_paired *paired);
void rq_json_set_evidence(rq_json *object, const struct rq_evidence *evidence);
void rq_json_set_failure(rq_json *object, const struct rq_failure *failure);
/* Where a metric's difference comes from, and what a topic's does. */
void rq_json_set_attribution(rq_json *object, const struct rq_comparison *comparison, const struct rq_metric_result *metric);
void rq_json_set_topic_attribution(rq_json *object, const struct rq_comparison *comparison, size_t topic);
/* What is measured only where a gate asks: what follows from the inputs into `diagnostics`, the rest into `run`. */
void rq_json_set_measured(rq_json *diagnostics, rq_json *run, const struct rq_comparison *comparison);
/* What a job of drift has measured; nothing of another. */
void rq_json_set_drift(rq_json *root, const struct rq_report *report);
/* Topics that lost most, laid open. */
void rq_json_set_examples(rq_json *root, const struct rq_report *report);
void rq_json_set_warm(rq_json *object, const struct rq_warm *warm);
rq_json *rq_json_push_gate(rq_json *array, const struct rq_gate_result *gate);

#endif
