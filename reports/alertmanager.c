/* alerts.json: the body of a POST to Alertmanager's /api/v2/alerts. Labels say which gate it is and never what it found, so that the next run's
 * failure of the same gate is the same alert, and a pass ends it. A report that is sent twice has the same labels and times, which Alertmanager merges. */
#include "reports/machine.h"

#include "evalcore/base/json.h"
#include "gates/words.h"


enum { LASTS = 8 * 24 * 60 * 60 }; /* seconds: until the next weekly run and a day more, where nothing is heard before */

static rq_json *push_alert(rq_json *alerts, const struct rq_run_time *time, bool firing)
{
	rq_json *alert = rq_json_push_object(alerts);

	rq_json_set_object(alert, "labels");
	rq_json_set_object(alert, "annotations");
	rq_json_set_string(alert, "startsAt", rq_utc_of(time->ended).text);
	rq_json_set_string(alert, "endsAt", rq_utc_of(time->ended + (firing ? LASTS : 0)).text);
	return alert;
}

static void set_known(rq_json *object, const char *key, const char *text)
{
	if (text != NULL)
		rq_json_set_string(object, key, text);
}

static void set_labels(rq_json *labels, const struct rq_report *report, const char *name, const char *severity)
{
	rq_json_set_string(labels, "alertname", name);
	rq_json_set_string(labels, "severity", severity);
	rq_json_set_string(labels, "suite", rq_report_suite(report));
	rq_json_set_string(labels, "command", rq_report_command(report));
	set_known(labels, "config", rq_report_fact(report, "config"));
}

static void set_gate_labels(rq_json *labels, const struct rq_report *report, const struct rq_gate_result *gate,
                            const char *name)
{
	set_labels(labels, report, "RqgateGateFailed", gate->level == RQ_LEVEL_ERROR ? "critical" : "warning");
	rq_json_set_string(labels, "gate", name);
	rq_json_set_string(labels, "metric", gate->metric);
	set_known(labels, "slice", gate->slice);
	set_known(labels, "owner", gate->owner);
}

static void set_self_test_labels(rq_json *labels, const struct rq_report *report)
{
	set_labels(labels, report, "RqgateSelfTestUnstable", "critical");
}

static bool is_in_doubt(const struct rq_gate_result *gate)
{
	return rq_gate_weight(gate) == RQ_WEIGHT_WARNING && gate->outcome == RQ_INCONCLUSIVE;
}

/* One that passed, or is waived, ends; one that did not fail and is in doubt is neither. */
static enum rq_status push_gate(rq_json *alerts, const struct rq_report *report, const struct rq_run_time *time, const struct rq_gate_result *gate,
                                const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf summary = {0};
	enum rq_weight weight = rq_gate_weight(gate);

	if (is_in_doubt(gate))
		return RQ_OK;
	rq_show_clause(&summary, gate);
	RQ_TRY(rq_buf_check(&summary, err));
	rq_json *alert = push_alert(alerts, time, weight == RQ_WEIGHT_ERROR || weight == RQ_WEIGHT_WARNING);
	set_gate_labels(rq_json_member(alert, "labels"), report, gate, name);
	rq_json *annotations = rq_json_member(alert, "annotations");
	rq_json_set_string(annotations, "summary", summary.data);
	rq_json_set_string(annotations, "description", report->verdict->sentence);
	rq_json_set_string(annotations, "verdict", rq_outcome_name(gate->outcome));
	set_known(annotations, "runbook_url", gate->runbook);
	return RQ_OK;
}

static void push_self_test(rq_json *alerts, const struct rq_report *report, const struct rq_run_time *time)
{
	const struct rq_verdict *verdict = report->verdict;

	if (verdict->stability != RQ_STABLE && verdict->stability != RQ_UNSTABLE)
		return;
	rq_json *alert = push_alert(alerts, time, verdict->stability == RQ_UNSTABLE);
	set_self_test_labels(rq_json_member(alert, "labels"), report);
	rq_json_set_string(rq_json_member(alert, "annotations"), "summary", verdict->self_test);
}

/* Of a run without a verdict; the next one that has one ends it. */
static void push_end(rq_json *alerts, const struct rq_report *report, const struct rq_run_time *time)
{
	rq_json *alert = push_alert(alerts, time, report->ended != NULL);

	set_labels(rq_json_member(alert, "labels"), report, "RqgateRunFailed", "critical");
	rq_json_set_string(rq_json_member(alert, "annotations"), "summary", report->ended == NULL ? report->verdict->sentence : report->ended);
}

static enum rq_status write_alerts(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	const char *const *names = rq_gate_names(report->verdict, &arena);
	rq_json *alerts = rq_json_set_array(root, "alerts");
	struct rq_run_time time;

	if (names == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_report_run_time(&time, report, err));
	for (size_t i = 0; i < report->verdict->count; i++)
		RQ_TRY(push_gate(alerts, report, &time, &report->verdict->gates[i], names[i], err));
	push_self_test(alerts, report, &time);
	push_end(alerts, report, &time);
	RQ_TRY(rq_json_check(root, err));
	RQ_TRY(rq_json_print(out, alerts, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

static enum rq_status write_doubts(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	const struct rq_verdict *verdict = report->verdict;
	const char *const *names = rq_gate_names(verdict, &arena);
	rq_json *doubts = rq_json_set_array(root, "doubts");

	if (names == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < verdict->count; i++)
		if (is_in_doubt(&verdict->gates[i]))
			set_gate_labels(rq_json_push_object(doubts), report, &verdict->gates[i], names[i]);
	if (verdict->stability == RQ_NOT_ASSESSABLE)
		set_self_test_labels(rq_json_push_object(doubts), report);
	RQ_TRY(rq_json_check(root, err));
	return rq_json_print(out, doubts, true, err);
}

const struct rq_writer rq_writer_alertmanager = {
	.name = "alertmanager",
	.help = "an alert a gate, ended where it passed, for Alertmanager: a file, or its address (\"http://HOST:9093\"), to which what waits is posted",
	.file = "alerts.json",
	.is_watched = true,
	.of_ends = true,
	.begins = "[",
	.posts = "/api/v2/alerts",
	.doubts = write_doubts,
	.write = write_alerts,
};
