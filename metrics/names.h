/* Names of metrics while they are read, shared by the files that read them. Private to this room. */
#ifndef RQ_METRICS_NAMES_H
#define RQ_METRICS_NAMES_H

#include "metrics/metric.h"

/* What is read: `name` is the whole for messages, `at` the next character. */
struct rq_name_reader {
	const char *name, *at;
	struct rq_error *err;
};

/* Fails at `where` within the name; the sentence begins with the name and the column. */
#define RQ_FAIL_NAME(reader, where, format, ...) \
	rq_fail((reader)->err, RQ_E_CONFIG, "metric \"%.100s\": column %zu: " format, (reader)->name, (size_t)((where) - (reader)->name) + 1, __VA_ARGS__)

/* Where a spec's parts are read. Each leaves `at` behind what it read. */
RQ_MUST_USE enum rq_status rq_read_cutoff(struct rq_metric_spec *spec, struct rq_name_reader *reader); /* behind the "@": whole, or a share */
RQ_MUST_USE enum rq_status rq_read_number(double *number, const struct rq_metric_parameter *parameter, struct rq_name_reader *reader);
RQ_MUST_USE enum rq_status rq_read_points(struct rq_metric_spec *spec, struct rq_name_reader *reader); /* "0.2,0.5,0.8" */
RQ_MUST_USE enum rq_status rq_read_gains(struct rq_metric_spec *spec, struct rq_name_reader *reader);  /* "1=3.5,2=9" */

/* A spec of the metric with everything standard. */
struct rq_metric_spec rq_metric_standard(const struct rq_metric *metric, int level);
/* Writes the spec's two names, once all else stands. E_CONFIG where the canonical one is too long. */
RQ_MUST_USE enum rq_status rq_metric_finish(struct rq_metric_spec *spec, int level, struct rq_error *err);
/* As rq_metric_parse_at(); but where `family` is asked for, for a list of metrics on judgments, a cutoff that is required may be absent, which is
 * told there, and no other metric is proposed. */
RQ_MUST_USE enum rq_status rq_metric_read(struct rq_metric_spec *spec, bool *family, const char *name, int level, struct rq_error *err);
const struct rq_metric *rq_metric_find(const char *stem, size_t length); /* by name or alias; NULL: none */

/* A measure of trec_eval: one that it has one value of, or a family. In the order in which it prints. */
struct rq_trec_measure {
	const char *name;
	const char *cutoffs; /* of a family, unless the user gives others; NULL: takes none */
	size_t numbers;      /* of one value: how many its parameters are, where they are numbers */
	bool official, set, all;
};
extern const struct rq_trec_measure rq_trec_measures[]; /* ended by a NULL name */

/* NULL for those that are no numbers: runid, relstring. */
const struct rq_metric *rq_trec_metric(const struct rq_trec_measure *measure);
const struct rq_trec_measure *rq_trec_find(const char *name, size_t length); /* exact; NULL: none */
/* What trec_eval would call it, NULL where it has nothing of the kind. */
const struct rq_trec_measure *rq_trec_measure(const struct rq_metric_spec *spec);

#endif
