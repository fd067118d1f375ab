/* The parts of report.json, each read by a file of its own. Private to this room. */
#ifndef RQ_REPORTS_READ_PARTS_H
#define RQ_REPORTS_READ_PARTS_H

#include "evalcore/base/json_read.h"
#include "reports/read.h"

enum { RQ_PLACE = 96 }; /* of a JSON path in messages */

/* From the reader's arena; NULL once anything has failed. */
void *rq_read_need(struct rq_json_reader *reader, size_t count, size_t size);

/* Puts items into the order of their numbers; those that a report has written apart are told together again. */
void rq_read_order(void *items, size_t size, const size_t *numbers, size_t count, struct rq_json_reader *reader);

/* The members of an object that are strings; others are left alone. */
void rq_read_texts(struct rq_named_text **texts, size_t *count, struct rq_json_reader *reader, const rq_json *object);
/* All members, which must be numbers. */
void rq_read_numbers(struct rq_named_number **numbers, size_t *count, struct rq_json_reader *reader, const rq_json *object, const char *place);
void rq_read_remarks(struct rq_remark **remarks, size_t *count, struct rq_json_reader *reader, const rq_json *object, const char *place);

/* Two sides that were compared. */
void rq_read_paired(struct rq_paired *paired, struct rq_json_reader *reader, const rq_json *object, const char *place);
/* An entry of "metrics". */
void rq_read_metric(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place);
/* "metrics" and "run"."metrics", in the order in which they were asked for. */
void rq_read_metrics(struct rq_report_file *report, struct rq_json_reader *reader);
/* "gates" and "run"."gates" likewise, and what follows from them. */
void rq_read_verdict(struct rq_report_file *report, struct rq_json_reader *reader);
void rq_check_verdict(const struct rq_report_file *report, struct rq_json_reader *reader); /* once gates and self-test are read: does it follow from them? */
/* "examples", where there are any. */
void rq_read_examples(struct rq_report_file *report, struct rq_json_reader *reader);
/* "drift", of a job of drift. */
void rq_read_drift(struct rq_report_file *report, struct rq_json_reader *reader);
void rq_read_run(struct rq_report_file *report, struct rq_json_reader *reader);
void rq_read_past(struct rq_report_file *report, struct rq_json_reader *reader); /* once the metrics are read, by whose names it is kept */
void rq_read_diagnostics(struct rq_report_file *report, struct rq_json_reader *reader);

#endif
