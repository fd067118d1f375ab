/* gl-code-quality-report.json: a finding a gate that did not pass, in the form of GitLab's code quality report. A fingerprint is a gate's for good,
 * so that a merge request shows what is new and what is resolved. */
#include "reports/machine.h"

#include "evalcore/base/json.h"
#include "gates/words.h"

static const char *severity_of(const struct rq_gate_result *gate)
{
	switch (rq_gate_weight(gate)) {
	case RQ_WEIGHT_ERROR:
		return gate->absent ? "blocker" : gate->outcome == RQ_FAIL ? "critical" : "major";
	case RQ_WEIGHT_WARNING:
		return "minor";
	default:
		return "info";
	}
}

static void push_finding(rq_json *array, const struct rq_report *report, const char *rule, const char *description, const char *name,
                         const char *severity, size_t line)
{
	const char *config = rq_report_fact(report, "config");
	char fingerprint[33];

	rq_gate_fingerprint(fingerprint, report, name);
	rq_json *finding = rq_json_push_object(array);
	rq_json_set_string(finding, "description", description);
	rq_json_set_string(finding, "check_name", rule);
	rq_json_set_string(finding, "fingerprint", fingerprint);
	rq_json_set_string(finding, "severity", severity);
	rq_json *location = rq_json_set_object(finding, "location");
	rq_json_set_string(location, "path", config == NULL ? "gate.json" : config);
	rq_json_set_number(rq_json_set_object(location, "lines"), "begin", line == 0 ? 1 : (double)line);
}

static enum rq_status push_gate(rq_json *array, const struct rq_report *report, const struct rq_gate_result *gate, const char *name,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf rule = {0}, description = {0};

	rq_gate_rule(&rule, gate);
	rq_show_clause(&description, gate);
	RQ_TRY(rq_buf_check(&rule, err));
	RQ_TRY(rq_buf_check(&description, err));
	push_finding(array, report, rule.data, description.data, name, severity_of(gate), gate->line);
	return RQ_OK;
}

static enum rq_status write_gitlab(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	const char *const *names = rq_gate_names(report->verdict, &arena);
	rq_json *findings = rq_json_set_array(root, "findings");

	if (names == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->gates[i].outcome != RQ_PASS)
			RQ_TRY(push_gate(findings, report, &report->verdict->gates[i], names[i], err));
	if (report->verdict->stability == RQ_UNSTABLE)
		push_finding(findings, report, "self_test", report->verdict->self_test, "self_test", "blocker", 0);
	RQ_TRY(rq_json_check(root, err));
	RQ_TRY(rq_json_print(out, findings, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_gitlab = {
	.name = "gitlab",
	.help = "a finding a gate that did not pass, for GitLab's code quality widget",
	.file = "gl-code-quality-report.json",
	.write = write_gitlab,
};
