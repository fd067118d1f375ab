/* traces.jsonl: the run as a span, its stages as spans below it, its gates as events, in one OTLP request. */
#include "reports/otlp.h"

#include "evalcore/base/hash.h"
#include "gates/words.h"

#include <stdio.h>

enum { KIND_INTERNAL = 1, STATUS_OK = 1, STATUS_ERROR = 2 }; /* SpanKind, StatusCode */

struct writer {
	rq_json *spans;
	const struct rq_report *report;
	struct rq_run_time span;
	char trace[33], root[17];
};

/* The same for the same report, so that one that is sent twice is one trace. */
static void choose_ids(struct writer *writer)
{
	const struct rq_report *report = writer->report;
	struct rq_key key = {0};

	for (size_t i = 0; i < report->run_count; i++)
		rq_key_add_text(&key, report->run[i].text);
	rq_key_add(&key, &report->seconds, sizeof report->seconds);
	for (size_t i = 0; i < report->comparison->input_count; i++)
		rq_key_add_text(&key, report->comparison->inputs[i].text);
	rq_key_hex(&key, writer->trace);
	snprintf(writer->root, sizeof writer->root, "%.16s", writer->trace);
}

static rq_json *push_span(const struct writer *writer, const char *id, const char *parent, const char *name, double start, double end)
{
	rq_json *span = rq_json_push_object(writer->spans);

	rq_json_set_string(span, "traceId", writer->trace);
	rq_json_set_string(span, "spanId", id);
	if (parent != NULL)
		rq_json_set_string(span, "parentSpanId", parent);
	rq_json_set_string(span, "name", name);
	rq_json_set_number(span, "kind", KIND_INTERNAL);
	rq_otlp_set_time(span, "startTimeUnixNano", &writer->span, start);
	rq_otlp_set_time(span, "endTimeUnixNano", &writer->span, end);
	return span;
}

static enum rq_status push_gate(rq_json *events, const struct writer *writer, const struct rq_gate_result *gate, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf clause = {0};

	rq_show_clause(&clause, gate);
	RQ_TRY(rq_buf_check(&clause, err));
	rq_json *event = rq_json_push_object(events), *attributes = rq_json_set_array(event, "attributes");
	rq_otlp_set_time(event, "timeUnixNano", &writer->span, writer->report->seconds);
	rq_json_set_string(event, "name", "gate");
	rq_otlp_text(attributes, "rqgate.gate", gate->text);
	rq_otlp_text(attributes, "rqgate.verdict", rq_outcome_name(gate->outcome));
	rq_otlp_text(attributes, "rqgate.reason", clause.data);
	rq_otlp_bool(attributes, "rqgate.blocks", gate->blocks);
	return RQ_OK;
}

static enum rq_status push_run(const struct writer *writer, struct rq_error *err)
{
	const struct rq_report *report = writer->report;
	const struct rq_verdict *verdict = report->verdict;
	char name[32];

	snprintf(name, sizeof name, "rqgate %s", rq_report_command(report));
	rq_json *span = push_span(writer, writer->root, NULL, name, 0, report->seconds);
	rq_json *attributes = rq_json_set_array(span, "attributes");

	rq_otlp_text(attributes, "rqgate.config", rq_report_fact(report, "config"));
	rq_otlp_text(attributes, "rqgate.verdict", rq_outcome_name(verdict->outcome));
	rq_otlp_count(attributes, "rqgate.topics", report->comparison->topic_count);
	rq_otlp_count(attributes, "process.exit.code", (size_t)verdict->exit_code);
	for (size_t i = 0; i < report->comparison->input_count; i++) {
		char key[128];
		snprintf(key, sizeof key, "rqgate.sha256.%s", report->comparison->inputs[i].name);
		rq_otlp_text(attributes, key, report->comparison->inputs[i].text);
	}
	rq_json *events = rq_json_set_array(span, "events");
	for (size_t i = 0; i < verdict->count; i++)
		RQ_TRY(push_gate(events, writer, &verdict->gates[i], err));
	rq_json *status = rq_json_set_object(span, "status");
	rq_json_set_number(status, "code", verdict->exit_code == 0 ? STATUS_OK : STATUS_ERROR);
	if (verdict->exit_code != 0)
		rq_json_set_string(status, "message", verdict->sentence);
	return RQ_OK;
}

/* Stages follow one another; what lies between them is shown behind them. */
static void push_stages(const struct writer *writer)
{
	const struct rq_comparison *comparison = writer->report->comparison;
	double at = 0;

	for (size_t i = 0; i < comparison->stage_count; i++) {
		const struct rq_named_number *stage = &comparison->stage_seconds[i];
		struct rq_key key = {0};
		char digits[33], id[17];
		rq_key_add_text(&key, writer->trace);
		rq_key_add_u64(&key, i);
		rq_key_hex(&key, digits);
		snprintf(id, sizeof id, "%.16s", digits);
		push_span(writer, id, writer->root, stage->name, at, at + stage->value);
		at += stage->value;
	}
}

static enum rq_status write_traces(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	struct writer writer = {.report = report};

	RQ_TRY(rq_report_run_time(&writer.span, report, err));
	choose_ids(&writer);
	writer.spans = rq_otlp_start(root, report, "resourceSpans", "scopeSpans", "spans");
	RQ_TRY(push_run(&writer, err));
	push_stages(&writer);
	return rq_otlp_print(out, root, err);
}

const struct rq_writer rq_writer_otlp_traces = {
	.name = "otlp_traces",
	.help = "the run, its stages and gates as OpenTelemetry spans (OTLP JSON lines)",
	.file = "traces.jsonl",
	.write = write_traces,
};
