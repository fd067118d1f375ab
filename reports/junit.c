/* gate.xml for the test pages of Jenkins, GitLab and others: a test case a gate. Jenkins' schema decides what may stand where; what a gate says
 * stands in the body too, for not every reader shows the attribute. */
#include "reports/machine.h"
#include "reports/rows.h"

#include "gates/words.h"

#include <string.h>

enum { WORST_SHOWN = 5 };

struct suite {
	const char *name;
	struct rq_buf cases;
	size_t tests, failures, errors, skipped;
};

/* XML 1.0 has no control characters but these three, nor the two that are none. Within an attribute the end of a line would become a blank. */
static void add_xml_in(struct rq_buf *out, const char *text, bool attribute)
{
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		if (c == '&' || c == '<' || c == '>' || c == '"')
			rq_buf_puts(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;");
		else if (attribute && (c == '\n' || c == '\t' || c == '\r'))
			rq_buf_printf(out, "&#%d;", c);
		else if (c < 0x20 && c != '\n' && c != '\t')
			rq_buf_puts(out, "?");
		else if (strncmp(at, "\xEF\xBF\xBE", 3) == 0 || strncmp(at, "\xEF\xBF\xBF", 3) == 0) {
			rq_buf_puts(out, "?");
			at += 2;
		} else
			rq_buf_add(out, at, 1);
	}
}

static void add_xml(struct rq_buf *out, const char *text)
{
	add_xml_in(out, text, false);
}

static void add_attribute(struct rq_buf *out, const char *name, const char *value)
{
	rq_buf_printf(out, " %s=\"", name);
	add_xml_in(out, value, true);
	rq_buf_puts(out, "\"");
}

/* <testcase classname="SUITE.GROUP.SLICE" name="NAME", to be ended. */
static void start_case(struct suite *suite, const struct rq_report *report, const char *slice, const char *name)
{
	struct rq_buf *out = &suite->cases;

	suite->tests++;
	rq_buf_puts(out, "\t\t<testcase classname=\"");
	add_xml_in(out, rq_report_suite(report), true);
	rq_buf_printf(out, ".%s", suite->name);
	if (slice != NULL) {
		rq_buf_puts(out, ".slice=");
		add_xml_in(out, slice, true);
	}
	rq_buf_puts(out, "\"");
	add_attribute(out, "name", name);
}

/* `more`: further lines of the body. A case that was skipped has no attributes in Jenkins' schema; it is read from the body there. */
static void end_case(struct suite *suite, const char *element, const char *type, const char *message, const char *more)
{
	struct rq_buf *out = &suite->cases;

	rq_buf_printf(out, ">\n\t\t\t<%s", element);
	if (strcmp(element, "skipped") != 0) {
		add_attribute(out, "type", type);
		add_attribute(out, "message", message);
	}
	rq_buf_puts(out, ">");
	if (strcmp(element, "skipped") == 0)
		rq_buf_printf(out, "%s: ", type);
	add_xml(out, message);
	rq_buf_puts(out, more[0] == '\0' ? "" : "\n");
	add_xml(out, more);
	rq_buf_printf(out, "</%s>\n\t\t</testcase>\n", element);
}

/* Those that lost most in the gate's metric. */
static enum rq_status add_worst(struct rq_buf *out, const struct rq_comparison *comparison, size_t number, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	const struct rq_metric_result *metric = &comparison->metrics[number];
	size_t lost;

	RQ_TRY(rq_losses(&losses, &lost, comparison, number, number + 1, err));
	for (size_t i = 0; i < lost && i < WORST_SHOWN; i++) {
		size_t topic = losses[i].topic;
		rq_buf_printf(out, "%s%s %s -> %s", i == 0 ? "lost most: " : ", ", comparison->topics[topic].id,
		              rq_show_value(metric->per_topic[RQ_BASELINE][topic], RQ_NO_UNIT).text,
		              rq_show_value(metric->per_topic[RQ_CANDIDATE][topic], RQ_NO_UNIT).text);
	}
	rq_buf_puts(out, lost == 0 ? "" : "\n");
	return RQ_OK;
}

/* What stands below the message: lines, each with its end. */
static enum rq_status add_details(struct rq_buf *out, const struct rq_report *report, const struct rq_gate_result *gate, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;
	const struct rq_metric_result *metric = rq_comparison_metric(comparison, gate->metric);

	if (metric != NULL && metric->compared) {
		rq_buf_printf(out, "%s %s -> %s, %zu topics: %zu better, %zu the same, %zu worse\n", metric->name,
		              rq_show_value(metric->value[RQ_BASELINE], RQ_NO_UNIT).text, rq_show_value(metric->value[RQ_CANDIDATE], RQ_NO_UNIT).text,
		              metric->paired.n, metric->paired.wins, metric->paired.ties, metric->paired.losses);
		if (metric->is_judged)
			RQ_TRY(add_worst(out, comparison, (size_t)(metric - comparison->metrics), err));
	}
	if (gate->next_step != NULL)
		rq_buf_printf(out, "next: %s\n", gate->next_step);
	if (gate->owner != NULL)
		rq_buf_printf(out, "owner: %s\n", gate->owner);
	if (gate->runbook != NULL)
		rq_buf_printf(out, "runbook: %s\n", gate->runbook);
	return RQ_OK;
}

/* "FAIL", "INCONCLUSIVE", "NO DATA", "WAIVED": as JUnit's types are spelt */
static const char *type_of(const struct rq_gate_result *gate)
{
	if (gate->waived == RQ_WAIVED)
		return "WAIVED";
	if (gate->outcome == RQ_INCONCLUSIVE)
		return "INCONCLUSIVE";
	return gate->absent ? "NO DATA" : gate->blocks ? "FAIL" : "WARN";
}

/* A gate that has nothing to judge is an error, one that does not count is skipped: the page and the exit code say the same. */
static enum rq_status add_gate(struct suite *suite, const struct rq_report *report, const struct rq_gate_result *gate, const char *name,
                               struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf message = {0}, details = {0};
	enum rq_weight weight = rq_gate_weight(gate);

	start_case(suite, report, gate->slice, name);
	if (weight == RQ_WEIGHT_NONE) {
		rq_buf_puts(&suite->cases, "/>\n");
		return RQ_OK;
	}
	rq_show_clause(&message, gate);
	RQ_TRY(add_details(&details, report, gate, err));
	RQ_TRY(rq_buf_check(&message, err));
	RQ_TRY(rq_buf_check(&details, err));
	bool counts = weight == RQ_WEIGHT_ERROR;
	suite->errors += counts && gate->absent;
	suite->failures += counts && !gate->absent;
	suite->skipped += !counts;
	end_case(suite, !counts ? "skipped" : gate->absent ? "error" : "failure", type_of(gate), message.data, details.data == NULL ? "" : details.data);
	return RQ_OK;
}

/* The run itself, and the baseline against itself where that was looked at. */
static void add_run(struct suite *suite, const struct rq_report *report)
{
	const struct rq_verdict *verdict = report->verdict;

	start_case(suite, report, NULL, "run");
	rq_buf_puts(&suite->cases, " time=\"");
	rq_add_seconds(&suite->cases, report->seconds);
	rq_buf_puts(&suite->cases, report->ended == NULL ? "\"/>\n" : "\"");
	if (report->ended != NULL) {
		suite->errors++;
		end_case(suite, "error", "NO VERDICT", report->ended, "");
	}
	if (verdict->stability != RQ_STABLE && verdict->stability != RQ_UNSTABLE)
		return;
	start_case(suite, report, NULL, "self-test");
	if (verdict->stability == RQ_STABLE) {
		rq_buf_puts(&suite->cases, "/>\n");
		return;
	}
	suite->failures += verdict->exit_code != 0;
	suite->skipped += verdict->exit_code == 0;
	end_case(suite, verdict->exit_code != 0 ? "failure" : "skipped", "UNSTABLE", verdict->self_test, "");
}

static void add_property(struct rq_buf *out, const char *prefix, const char *name, const char *value)
{
	if (value == NULL)
		return;
	rq_buf_printf(out, "\t\t\t<property name=\"%s", prefix);
	add_xml_in(out, name, true);
	rq_buf_puts(out, "\"");
	add_attribute(out, "value", value);
	rq_buf_puts(out, "/>\n");
}

static void add_properties(struct rq_buf *out, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	rq_buf_puts(out, "\t\t<properties>\n");
	add_property(out, "", "verdict", report->verdict->sentence);
	add_property(out, "", "profile", report->profile);
	add_property(out, "", "config", rq_report_fact(report, "config"));
	add_property(out, "", "rqgate", rq_report_fact(report, "rqgate"));
	for (size_t i = 0; i < comparison->input_count; i++)
		add_property(out, "sha256.", comparison->inputs[i].name, comparison->inputs[i].text);
	rq_buf_puts(out, "\t\t</properties>\n");
}

/* What holds of the whole run, and no gate says. */
static void add_remarks(struct rq_buf *out, const struct rq_comparison *comparison)
{
	if (comparison->remark_count == 0)
		return;
	rq_buf_puts(out, "\t\t<system-out>");
	for (size_t i = 0; i < comparison->remark_count; i++) {
		rq_buf_puts(out, comparison->remarks[i].warning ? "warning: " : "note: ");
		add_xml(out, comparison->remarks[i].text);
		rq_buf_puts(out, "\n");
	}
	rq_buf_puts(out, "</system-out>\n");
}

static void add_suite(struct rq_buf *out, const struct suite *suite, const struct rq_report *report, const struct rq_run_time *span, bool is_run)
{
	if (suite->tests == 0)
		return;
	rq_buf_puts(out, "\t<testsuite name=\"");
	add_xml_in(out, rq_report_suite(report), true);
	rq_buf_printf(out, ".%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"", suite->name, suite->tests, suite->failures,
	              suite->errors, suite->skipped);
	rq_add_seconds(out, is_run ? report->seconds : 0); /* gates take none */
	rq_buf_printf(out, "\" timestamp=\"%.19s\">\n", rq_utc_of(span->started).text); /* without the Z: Ant's form */
	if (is_run)
		add_properties(out, report);
	rq_buf_add(out, suite->cases.data, suite->cases.size);
	if (is_run)
		add_remarks(out, report->comparison);
	rq_buf_puts(out, "\t</testsuite>\n");
}

enum { RUN, QUALITY, MEASURED, SUITES };

static enum rq_status fill(struct suite suites[SUITES], const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *const *names = rq_gate_names(report->verdict, &arena);

	if (names == NULL)
		return rq_fail_memory(err);
	add_run(&suites[RUN], report);
	for (size_t i = 0; i < report->verdict->count; i++) {
		const struct rq_gate_result *gate = &report->verdict->gates[i];
		RQ_TRY(add_gate(&suites[gate->is_time ? MEASURED : QUALITY], report, gate, names[i], err));
	}
	for (int i = 0; i < SUITES; i++)
		RQ_TRY(rq_buf_check(&suites[i].cases, err));
	return RQ_OK;
}

static enum rq_status write_junit(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	struct suite suites[SUITES] = {{.name = "run"}, {.name = "quality"}, {.name = "measured"}}, all = {0};
	struct rq_run_time span;

	RQ_TRY(rq_report_run_time(&span, report, err));
	enum rq_status status = fill(suites, report, err);
	for (int i = 0; i < SUITES; i++) {
		all.tests += suites[i].tests;
		all.failures += suites[i].failures;
		all.errors += suites[i].errors;
	}
	rq_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	rq_buf_printf(out, "<testsuites name=\"rqgate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"",
	              all.tests, all.failures, all.errors);
	rq_add_seconds(out, report->seconds);
	rq_buf_puts(out, "\">\n");
	for (int i = 0; i < SUITES; i++) {
		if (status == RQ_OK)
			add_suite(out, &suites[i], report, &span, i == RUN);
		rq_buf_release(&suites[i].cases);
	}
	rq_buf_puts(out, "</testsuites>\n");
	return status == RQ_OK ? rq_buf_check(out, err) : status;
}

const struct rq_writer rq_writer_junit = {
	.name = "junit",
	.help = "a test case a gate, for the test pages of Jenkins and GitLab (JUnit XML)",
	.file = "gate.xml",
	.of_ends = true,
	.begins = "<?xml",
	.write = write_junit,
};
