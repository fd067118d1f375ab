/* report.sarif: a rule a thing that gates check, a result a gate that did not pass, in SARIF 2.1.0 (OASIS), for whatever collects findings. */
#include "reports/machine.h"

#include "evalcore/base/json.h"
#include "gates/words.h"

#include <string.h>

static const char schema[] = "https://json.schemastore.org/sarif-2.1.0.json";

static const char *level_of(const struct rq_gate_result *gate)
{
	static const char *const names[] = {[RQ_WEIGHT_NONE] = "none", [RQ_WEIGHT_NOTE] = "note", [RQ_WEIGHT_WARNING] = "warning",
	                                    [RQ_WEIGHT_ERROR] = "error"};

	return names[rq_gate_weight(gate)];
}

static void set_text(rq_json *object, const char *key, const char *text)
{
	rq_json_set_string(rq_json_set_object(object, key), "text", text);
}

/* A waiver is SARIF's suppression: it was looked at, and accepted. */
static void set_waiver(rq_json *result, const struct rq_gate_result *gate)
{
	if (gate->waived != RQ_WAIVED)
		return;
	rq_json *suppression = rq_json_push_object(rq_json_set_array(result, "suppressions"));
	rq_json_set_string(suppression, "kind", "external");
	rq_json_set_string(suppression, "status", "accepted");
	rq_json_set_string(suppression, "justification", gate->waiver.reason);
}

static rq_json *push_finding(rq_json *results, const char *rule, const char *level, const char *message, const char *uri, size_t line)
{
	rq_json *result = rq_json_push_object(results);

	rq_json_set_string(result, "ruleId", rule);
	rq_json_set_string(result, "level", level);
	set_text(result, "message", message);
	rq_json *place = rq_json_set_object(rq_json_push_object(rq_json_set_array(result, "locations")), "physicalLocation");
	rq_json_set_string(rq_json_set_object(place, "artifactLocation"), "uri", uri);
	rq_json_set_number(rq_json_set_object(place, "region"), "startLine", line == 0 ? 1 : (double)line);
	return result;
}

static enum rq_status push_result(rq_json *results, const struct rq_report *report, const struct rq_gate_result *gate, const char *name,
                                  const char *rule, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf message = {0}, uri = {0};
	const char *config = rq_report_fact(report, "config");
	char fingerprint[33];

	rq_show_clause(&message, gate);
	rq_add_uri(&uri, config == NULL ? "gate.json" : config);
	RQ_TRY(rq_buf_check(&message, err));
	RQ_TRY(rq_buf_check(&uri, err));
	rq_json *result = push_finding(results, rule, level_of(gate), message.data, uri.data, gate->line);
	rq_gate_fingerprint(fingerprint, report, name);
	rq_json_set_string(rq_json_set_object(result, "partialFingerprints"), "gate/v1", fingerprint);
	set_waiver(result, gate);
	rq_json *properties = rq_json_set_object(result, "properties");
	rq_json_set_string(properties, "gate", gate->text);
	rq_json_set_string(properties, "verdict", rq_outcome_name(gate->outcome));
	rq_json_set_bool(properties, "blocks", gate->blocks);
	if (gate->owner != NULL)
		rq_json_set_string(properties, "owner", gate->owner);
	return RQ_OK;
}

static bool has_rule(const rq_json *rules, const char *id)
{
	for (const rq_json *rule = rules == NULL ? NULL : rq_json_first(rules); rule != NULL; rule = rq_json_next(rule)) {
		const char *other = rq_json_string(rq_json_get(rule, "id")); /* NULL: memory, which printing tells */
		if (other != NULL && strcmp(other, id) == 0)
			return true;
	}
	return false;
}

/* Each once: of gates that differ in their limits alone, the first one's runbook. */
static void push_rule(rq_json *rules, const struct rq_gate_result *gate, const char *id)
{
	if (has_rule(rules, id))
		return;
	rq_json *rule = rq_json_push_object(rules);
	rq_json_set_string(rule, "id", id);
	set_text(rule, "shortDescription", gate->text);
	if (gate->runbook != NULL && strncmp(gate->runbook, "http", 4) == 0)
		rq_json_set_string(rule, "helpUri", gate->runbook);
	else if (gate->runbook != NULL)
		set_text(rule, "help", gate->runbook);
}

static enum rq_status push_gates(rq_json *rules, rq_json *results, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf id = {0};
	const char *const *names = rq_gate_names(report->verdict, &arena);

	if (names == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < report->verdict->count; i++) {
		const struct rq_gate_result *gate = &report->verdict->gates[i];
		rq_buf_clear(&id);
		rq_gate_rule(&id, gate);
		RQ_TRY(rq_buf_check(&id, err));
		push_rule(rules, gate, id.data);
		if (gate->outcome != RQ_PASS)
			RQ_TRY(push_result(results, report, gate, names[i], id.data, err));
	}
	return RQ_OK;
}

/* The baseline differs from itself: no gate says so, and the exit code is 2. */
static enum rq_status push_self_test(rq_json *rules, rq_json *results, const struct rq_report *report, struct rq_error *err)
{
	static const char id[] = "self_test";
	RQ_CLEANUP(rq_buf_release) struct rq_buf uri = {0};
	const char *config = rq_report_fact(report, "config");
	char fingerprint[33];

	if (report->verdict->stability != RQ_UNSTABLE)
		return RQ_OK;
	rq_add_uri(&uri, config == NULL ? "gate.json" : config);
	RQ_TRY(rq_buf_check(&uri, err));
	rq_json *rule = rq_json_push_object(rules);
	rq_json_set_string(rule, "id", id);
	set_text(rule, "shortDescription", "the baseline against itself");
	rq_json *result = push_finding(results, id, "error", report->verdict->self_test, uri.data, 0);
	rq_gate_fingerprint(fingerprint, report, id);
	rq_json_set_string(rq_json_set_object(result, "partialFingerprints"), "gate/v1", fingerprint);
	return RQ_OK;
}

static void push_remarks(rq_json *invocation, const struct rq_comparison *comparison)
{
	if (comparison->remark_count == 0)
		return;
	rq_json *notifications = rq_json_set_array(invocation, "toolExecutionNotifications");
	for (size_t i = 0; i < comparison->remark_count; i++) {
		rq_json *notification = rq_json_push_object(notifications);
		rq_json_set_string(notification, "level", comparison->remarks[i].warning ? "warning" : "note");
		set_text(notification, "message", comparison->remarks[i].text);
	}
}

static enum rq_status write_sarif(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	const char *version = rq_report_fact(report, "rqgate");
	struct rq_run_time span;

	RQ_TRY(rq_report_run_time(&span, report, err));
	rq_json_set_string(root, "$schema", schema);
	rq_json_set_string(root, "version", "2.1.0");
	rq_json *run = rq_json_push_object(rq_json_set_array(root, "runs"));
	rq_json *driver = rq_json_set_object(rq_json_set_object(run, "tool"), "driver");
	rq_json_set_string(driver, "name", "rqgate");
	if (version != NULL)
		rq_json_set_string(driver, "version", version);
	rq_json *rules = rq_json_set_array(driver, "rules"), *results = rq_json_set_array(run, "results");
	RQ_TRY(push_gates(rules, results, report, err));
	RQ_TRY(push_self_test(rules, results, report, err));
	rq_json *invocation = rq_json_push_object(rq_json_set_array(run, "invocations"));
	rq_json_set_bool(invocation, "executionSuccessful", true);
	rq_json_set_number(invocation, "exitCode", report->verdict->exit_code);
	rq_json_set_string(invocation, "startTimeUtc", rq_utc_of(span.started).text);
	rq_json_set_string(invocation, "endTimeUtc", rq_utc_of(span.ended).text);
	push_remarks(invocation, report->comparison);
	rq_json_set_string(rq_json_set_object(run, "automationDetails"), "id", rq_report_suite(report));
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_sarif = {
	.name = "sarif",
	.help = "a result a gate that did not pass, for code scanning (SARIF 2.1.0)",
	.file = "report.sarif",
	.write = write_sarif,
};
