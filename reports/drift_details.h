/* Private to reports: what a job of drift has computed beside its figures, in report.json and its schema. */
#ifndef RQ_REPORTS_DRIFT_DETAILS_H
#define RQ_REPORTS_DRIFT_DETAILS_H

#include "evalcore/model/drift.h"
#include "reports/read_parts.h"

void rq_drift_set_details(rq_json *object, const struct rq_drift *drift);
/* Reports of earlier have none. */
void rq_drift_read_details(struct rq_drift *drift, struct rq_json_reader *reader, const rq_json *object);
void rq_drift_describe_details(rq_json *drift);

#endif
