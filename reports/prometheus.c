/* rqgate.prom: the run as Prometheus' text format 0.0.4, for the node exporter's textfile collector, which reads what has the suffix. No times of
 * samples: the collector refuses them. A gauge of the verdict is a state set, of whose series exactly one is 1. */
#include "reports/machine.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};
static const enum rq_outcome outcomes[] = {RQ_FAIL, RQ_INCONCLUSIVE, RQ_PASS};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static void family(struct rq_buf *out, const char *name, const char *type, const char *help)
{
	rq_buf_printf(out, "# HELP rqgate_%s %s\n# TYPE rqgate_%s %s\n", name, help, name, type);
}

/* A label; without a value it is left out, which is the same to Prometheus. */
static void label(struct rq_buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	rq_buf_printf(out, "%s%s=\"", out->data != NULL && out->data[out->size - 1] == '{' ? "" : ",", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			rq_buf_puts(out, "\\");
		rq_buf_add(out, *value == '\n' ? "\\n" : value, *value == '\n' ? 2 : 1);
	}
	rq_buf_puts(out, "\"");
}

/* A series, to be gone on with: a run and a job of drift, and several configs, of the same suite may stand in one folder. */
static void start(struct rq_buf *out, const char *name, const struct rq_report *report)
{
	rq_buf_printf(out, "rqgate_%s{", name);
	label(out, "suite", rq_report_suite(report));
	label(out, "command", rq_report_command(report));
	label(out, "config", rq_report_fact(report, "config"));
}

static void end(struct rq_buf *out, double value)
{
	rq_buf_printf(out, "} %s\n", isnan(value) ? "NaN" : isinf(value) ? (value > 0 ? "+Inf" : "-Inf") : rq_short_number(value).text);
}

static void add_single(struct rq_buf *out, const struct rq_report *report, const char *name, const char *help, double value)
{
	family(out, name, "gauge", help);
	start(out, name, report);
	end(out, value);
}

static void add_run(struct rq_buf *out, const struct rq_report *report, const struct rq_run_time *span)
{
	family(out, "info", "gauge", "What ran, always 1.");
	start(out, "info", report);
	label(out, "profile", report->profile);
	label(out, "version", rq_report_fact(report, "rqgate"));
	end(out, 1);
	add_single(out, report, "last_run_timestamp_seconds", "Unix time the last run completed.", (double)span->ended);
	add_single(out, report, "run_duration_seconds", "How long it took.", report->seconds);
	add_single(out, report, "topics", "Topics that were compared.", (double)report->comparison->topic_count);
}

static void add_exit_code(struct rq_buf *out, const struct rq_report *report)
{
	add_single(out, report, "exit_code", "Exit code: 0 passed, 1 failed, 2 inconclusive where that blocks; any other: no verdict.",
	           report->verdict->exit_code);
}

static void add_verdict(struct rq_buf *out, const struct rq_report *report)
{
	family(out, "verdict", "gauge", "Verdict as a state set, exactly one series is 1.");
	for (int i = 0; i < OUTCOMES; i++) {
		start(out, "verdict", report);
		label(out, "verdict", rq_outcome_name(outcomes[i]));
		end(out, report->verdict->outcome == outcomes[i]);
	}
}

static void start_gate(struct rq_buf *out, const char *series, const struct rq_report *report, size_t number, const char *const *names)
{
	const struct rq_gate_result *gate = &report->verdict->gates[number];

	start(out, series, report);
	label(out, "gate", names[number]);
	label(out, "metric", gate->metric);
	label(out, "slice", gate->slice);
	label(out, "level", gate->level == RQ_LEVEL_ERROR ? "error" : "warn");
	label(out, "owner", gate->owner);
}

static void add_gates(struct rq_buf *out, const struct rq_report *report, const char *const *names)
{
	const struct rq_verdict *verdict = report->verdict;

	if (verdict->count == 0)
		return;
	family(out, "gate_verdict", "gauge", "Verdict of each gate as a state set.");
	for (size_t i = 0; i < verdict->count; i++)
		for (int j = 0; j < OUTCOMES; j++) {
			start_gate(out, "gate_verdict", report, i, names);
			label(out, "verdict", rq_outcome_name(outcomes[j]));
			end(out, verdict->gates[i].outcome == outcomes[j]);
		}
	family(out, "gate_blocks", "gauge", "1 where the gate makes the exit code 1 or 2; a waived one does not.");
	for (size_t i = 0; i < verdict->count; i++) {
		start_gate(out, "gate_blocks", report, i, names);
		end(out, verdict->gates[i].blocks);
	}
}

/* What a gate held against what: of drift, of slices and of sizes too. */
static void add_bounds(struct rq_buf *out, const struct rq_report *report, const char *const *names)
{
	static const char *const series[] = {"gate_value", "gate_limit"};
	static const char *const help[] = {"What the gate judged: a value, a difference, a figure of drift; in seconds, in bytes.",
	                                   "What it was held against."};

	for (int i = 0; i < 2; i++) {
		bool begun = false;
		for (size_t j = 0; j < report->verdict->count; j++) {
			const struct rq_gate_result *gate = &report->verdict->gates[j];
			double value = i == 0 ? gate->value : gate->limit;
			if (!isfinite(value))
				continue;
			if (!begun)
				family(out, series[i], "gauge", help[i]);
			begun = true;
			start_gate(out, series[i], report, j, names);
			end(out, value);
		}
	}
}

/* `side` RQ_SIDES: of both. */
static void start_metric(struct rq_buf *out, const char *series, const struct rq_report *report, const struct rq_metric_result *metric,
                         const char *slice, int side)
{
	char cutoff[24];

	snprintf(cutoff, sizeof cutoff, "%zu", metric->cutoff);
	start(out, series, report);
	label(out, "metric", metric->name);
	label(out, "k", metric->cutoff == 0 ? NULL : cutoff);
	label(out, "side", side == RQ_SIDES ? NULL : side_names[side]);
	label(out, "slice", slice);
}

static void add_values(struct rq_buf *out, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	family(out, "metric", "gauge", "Value of each side in a metric; times in seconds. Without a slice: over all topics.");
	for (size_t i = 0; i < comparison->metric_count; i++)
		for (int side = 0; side < RQ_SIDES; side++) {
			const struct rq_metric_result *metric = &comparison->metrics[i];
			if (!isnan(metric->value[side])) {
				start_metric(out, "metric", report, metric, NULL, side);
				end(out, metric->value[side]);
			}
			for (size_t j = 0; j < metric->slice_count; j++) {
				start_metric(out, "metric", report, metric, metric->slices[j].slice, side);
				end(out, metric->slices[j].mean[side]);
			}
		}
}

static void add_differences(struct rq_buf *out, const struct rq_report *report)
{
	static const char *const names[] = {"metric_difference", "metric_difference_lower", "metric_difference_upper"};
	static const char *const help[] = {"Candidate less baseline.", "Lower end of the difference's 90 % interval.",
	                                   "Upper end of the difference's 90 % interval."};
	const struct rq_comparison *comparison = report->comparison;

	for (int part = 0; part < 3; part++) {
		bool begun = false;
		for (size_t i = 0; i < comparison->metric_count; i++) {
			const struct rq_metric_result *metric = &comparison->metrics[i];
			if (!metric->compared)
				continue;
			if (!begun)
				family(out, names[part], "gauge", help[part]);
			begun = true;
			start_metric(out, names[part], report, metric, NULL, RQ_SIDES);
			end(out, rq_paired_part(&metric->paired, part));
			for (size_t j = 0; j < metric->slice_count; j++) {
				start_metric(out, names[part], report, metric, metric->slices[j].slice, RQ_SIDES);
				end(out, rq_paired_part(&metric->slices[j].paired, part));
			}
		}
	}
}

static void start_latency(struct rq_buf *out, const char *series, const struct rq_report *report, int side)
{
	start(out, series, report);
	label(out, "side", side_names[side]);
}

static void add_latency(struct rq_buf *out, const struct rq_report *report)
{
	const struct rq_timed *searched = report->comparison->searched;

	if (searched[RQ_BASELINE].histogram.count + searched[RQ_CANDIDATE].histogram.count == 0)
		return;
	family(out, "query_latency_seconds", "histogram", "Warm retrieval latency; what failed counts as endless, and is not in the sum.");
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_histogram *histogram = &searched[side].histogram;
		size_t below = 0;
		if (histogram->count == 0)
			continue;
		for (int i = 0; i <= RQ_HISTOGRAM_BINS; i++) {
			below = i == RQ_HISTOGRAM_BINS ? histogram->count : below + histogram->counts[i];
			start_latency(out, "query_latency_seconds_bucket", report, side);
			label(out, "le", i == RQ_HISTOGRAM_BINS ? "+Inf" : rq_short_number(rq_histogram_bounds[i]).text);
			end(out, (double)below);
		}
		start_latency(out, "query_latency_seconds_sum", report, side);
		end(out, histogram->sum);
		start_latency(out, "query_latency_seconds_count", report, side);
		end(out, (double)histogram->count);
	}
}

static enum rq_status write_prometheus(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *const *names = rq_gate_names(report->verdict, &arena);
	struct rq_run_time span;

	if (names == NULL)
		return rq_fail_memory(err);
	if (report->ended != NULL) { /* no verdict, no value, and it is not the last run that came to one */
		add_exit_code(out, report);
		return rq_buf_check(out, err);
	}
	RQ_TRY(rq_report_run_time(&span, report, err));
	add_run(out, report, &span);
	add_exit_code(out, report);
	add_verdict(out, report);
	add_gates(out, report, names);
	add_bounds(out, report, names);
	add_values(out, report);
	add_differences(out, report);
	add_latency(out, report);
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_prometheus = {
	.name = "prometheus",
	.help = "verdicts, values and latency for the node exporter's textfile collector",
	.file = "rqgate.prom",
	.is_watched = true,
	.of_ends = true,
	.begins = "# HELP rqgate_",
	.write = write_prometheus,
};
