/* metrics.jsonl: values, differences, verdicts and latency as one OTLP request, for a collector's file receiver. */
#include "reports/otlp.h"

#include <math.h>
#include <stdio.h>

enum { TEMPORALITY_DELTA = 1 }; /* AggregationTemporality: of this run alone */

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

struct writer {
	rq_json *metrics;
	const struct rq_report *report;
	struct rq_run_time span;
};

/* A gauge; returns its points. */
static rq_json *add_gauge(const struct writer *writer, const char *name, const char *unit, const char *description)
{
	rq_json *metric = rq_json_push_object(writer->metrics);

	rq_json_set_string(metric, "name", name);
	rq_json_set_string(metric, "description", description);
	rq_json_set_string(metric, "unit", unit);
	return rq_json_set_array(rq_json_set_object(metric, "gauge"), "dataPoints");
}

static rq_json *push_point(rq_json *points, const struct writer *writer)
{
	rq_json *point = rq_json_push_object(points);

	rq_otlp_set_time(point, "timeUnixNano", &writer->span, writer->report->seconds);
	return point;
}

/* `side` RQ_SIDES: of both; slice NULL: all topics. What is no number has no point. */
static void push_value(rq_json *points, const struct writer *writer, const struct rq_metric_result *metric, int side, const char *slice, double value)
{
	if (!isfinite(value))
		return;
	rq_json *point = push_point(points, writer), *attributes = rq_json_set_array(point, "attributes");
	rq_json_set_number(point, "asDouble", value);
	rq_otlp_text(attributes, "metric", metric->name);
	if (metric->cutoff > 0)
		rq_otlp_count(attributes, "k", metric->cutoff);
	rq_otlp_text(attributes, "side", side == RQ_SIDES ? NULL : side_names[side]);
	rq_otlp_text(attributes, "slice", slice);
}

enum measure { MEASURE_SCORE, MEASURE_TIME, MEASURE_RATE, MEASURES };

static enum measure measure_of(const struct rq_metric_result *metric)
{
	return metric->is_rate ? MEASURE_RATE : metric->is_time ? MEASURE_TIME : MEASURE_SCORE;
}

/* A gauge has one unit, so times and rates have gauges of their own. */
static void add_values(const struct writer *writer, enum measure measure)
{
	static const char *const names[] = {"rqgate.metric", "rqgate.time", "rqgate.rate"}, *const units[] = {"1", "s", "{query}/s"};
	static const char *const what[] = {"Value of each side in a metric.", "A side's time at a quantile.", "How many a side does a second."};
	const struct rq_comparison *comparison = writer->report->comparison;
	rq_json *points = NULL;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (measure_of(metric) != measure)
			continue;
		if (points == NULL)
			points = add_gauge(writer, names[measure], units[measure], what[measure]);
		for (int side = 0; side < RQ_SIDES; side++) {
			push_value(points, writer, metric, side, NULL, metric->value[side]);
			for (size_t j = 0; j < metric->slice_count; j++)
				push_value(points, writer, metric, side, metric->slices[j].slice, metric->slices[j].mean[side]);
		}
	}
}

static void add_differences(const struct writer *writer)
{
	static const char *const names[] = {"rqgate.metric.difference", "rqgate.metric.difference.lower", "rqgate.metric.difference.upper"};
	static const char *const what[] = {"Candidate less baseline.", "Lower end of its 90 % interval.", "Upper end of its 90 % interval."};
	const struct rq_comparison *comparison = writer->report->comparison;

	for (int part = 0; part < 3; part++) {
		rq_json *points = NULL;
		for (size_t i = 0; i < comparison->metric_count; i++) {
			const struct rq_metric_result *metric = &comparison->metrics[i];
			if (!metric->compared)
				continue;
			if (points == NULL)
				points = add_gauge(writer, names[part], "1", what[part]);
			push_value(points, writer, metric, RQ_SIDES, NULL, rq_paired_part(&metric->paired, part));
			for (size_t j = 0; j < metric->slice_count; j++)
				push_value(points, writer, metric, RQ_SIDES, metric->slices[j].slice, rq_paired_part(&metric->slices[j].paired, part));
		}
	}
}

/* The state set of an outcome: exactly one point is 1. */
static void push_states(rq_json *points, const struct writer *writer, enum rq_outcome outcome, const struct rq_gate_result *gate, const char *name)
{
	static const enum rq_outcome outcomes[] = {RQ_FAIL, RQ_INCONCLUSIVE, RQ_PASS};

	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		rq_json *point = push_point(points, writer), *attributes = rq_json_set_array(point, "attributes");
		rq_otlp_set_integer(point, "asInt", outcome == outcomes[i]);
		rq_otlp_text(attributes, "verdict", rq_outcome_name(outcomes[i]));
		if (gate == NULL)
			continue;
		rq_otlp_text(attributes, "gate", name);
		rq_otlp_text(attributes, "metric", gate->metric);
		rq_otlp_text(attributes, "slice", gate->slice);
		rq_otlp_text(attributes, "level", gate->level == RQ_LEVEL_ERROR ? "error" : "warn");
		rq_otlp_bool(attributes, "blocks", gate->blocks);
	}
}

static enum rq_status add_verdicts(const struct writer *writer, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_verdict *verdict = writer->report->verdict;
	const char *const *names = rq_gate_names(verdict, &arena);

	if (names == NULL)
		return rq_fail_memory(err);
	push_states(add_gauge(writer, "rqgate.verdict", "1", "Verdict as a state set, exactly one point is 1."), writer, verdict->outcome, NULL, NULL);
	rq_json *points = verdict->count == 0 ? NULL : add_gauge(writer, "rqgate.gate.verdict", "1", "Verdict of each gate as a state set.");
	for (size_t i = 0; i < verdict->count; i++)
		push_states(points, writer, verdict->gates[i].outcome, &verdict->gates[i], names[i]);
	return RQ_OK;
}

static void push_histogram(rq_json *points, const struct writer *writer, int side)
{
	const struct rq_histogram *histogram = &writer->report->comparison->searched[side].histogram;

	if (histogram->count == 0)
		return;
	rq_json *point = push_point(points, writer);
	rq_otlp_set_time(point, "startTimeUnixNano", &writer->span, 0);
	rq_otlp_set_integer(point, "count", (int64_t)histogram->count);
	rq_json_set_number(point, "sum", histogram->sum);
	rq_json *counts = rq_json_set_array(point, "bucketCounts"), *bounds = rq_json_set_array(point, "explicitBounds");
	for (int i = 0; i <= RQ_HISTOGRAM_BINS; i++) {
		char count[24];
		snprintf(count, sizeof count, "%zu", histogram->counts[i] + (i == RQ_HISTOGRAM_BINS ? histogram->failed : 0));
		rq_json_push_string(counts, count);
		if (i < RQ_HISTOGRAM_BINS)
			rq_json_push_number(bounds, rq_histogram_bounds[i]);
	}
	rq_otlp_text(rq_json_set_array(point, "attributes"), "side", side_names[side]);
}

static void add_latency(const struct writer *writer)
{
	const struct rq_timed *searched = writer->report->comparison->searched;

	if (searched[RQ_BASELINE].histogram.count + searched[RQ_CANDIDATE].histogram.count == 0)
		return;
	rq_json *metric = rq_json_push_object(writer->metrics);
	rq_json_set_string(metric, "name", "rqgate.query.latency");
	rq_json_set_string(metric, "description", "Warm retrieval latency; what failed counts as endless, and is not in the sum.");
	rq_json_set_string(metric, "unit", "s");
	rq_json *histogram = rq_json_set_object(metric, "histogram"), *points = rq_json_set_array(histogram, "dataPoints");
	for (int side = 0; side < RQ_SIDES; side++)
		push_histogram(points, writer, side);
	rq_json_set_number(histogram, "aggregationTemporality", TEMPORALITY_DELTA);
}

static enum rq_status write_metrics(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	struct writer writer = {.report = report};

	RQ_TRY(rq_report_run_time(&writer.span, report, err));
	writer.metrics = rq_otlp_start(root, report, "resourceMetrics", "scopeMetrics", "metrics");
	for (enum measure measure = 0; measure < MEASURES; measure++)
		add_values(&writer, measure);
	add_differences(&writer);
	RQ_TRY(add_verdicts(&writer, err));
	add_latency(&writer);
	rq_json *points = add_gauge(&writer, "rqgate.run.duration", "s", "How long the run took.");
	rq_json_set_number(push_point(points, &writer), "asDouble", report->seconds);
	return rq_otlp_print(out, root, err);
}

const struct rq_writer rq_writer_otlp_metrics = {
	.name = "otlp_metrics",
	.help = "verdicts, values and latency as OpenTelemetry metrics (OTLP JSON lines)",
	.file = "metrics.jsonl",
	.is_watched = true,
	.write = write_metrics,
};
