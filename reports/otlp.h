/* OTLP's JSON (opentelemetry-proto, "JSON Protobuf Encoding"): field names in camel case, ids in hexadecimal digits, 64-bit integers as strings,
 * enums as integers; a request a line. What both signals share. Private to this room. */
#ifndef RQ_REPORTS_OTLP_H
#define RQ_REPORTS_OTLP_H

#include "evalcore/base/json.h"
#include "reports/machine.h"

/* Attributes are arrays of keys and values; NULL text adds none. */
void rq_otlp_text(rq_json *attributes, const char *key, const char *text);
void rq_otlp_count(rq_json *attributes, const char *key, size_t count);
void rq_otlp_bool(rq_json *attributes, const char *key, bool value);

/* A member that is a 64-bit integer. */
void rq_otlp_set_integer(rq_json *object, const char *key, int64_t value);
/* Nanoseconds since 1970. */
void rq_otlp_set_time(rq_json *object, const char *key, const struct rq_run_time *span, double seconds_after);

/* {OUTER: [{"resource": ..., INNER: [{"scope": ..., ITEMS: []}]}]}; returns the array ITEMS. */
rq_json *rq_otlp_start(rq_json *root, const struct rq_report *report, const char *outer, const char *inner, const char *items);
/* The line. */
RQ_MUST_USE enum rq_status rq_otlp_print(struct rq_buf *out, const rq_json *root, struct rq_error *err);

#endif
