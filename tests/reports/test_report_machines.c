#include "golden.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
}

static void tear_down(void)
{
	report_end(fixture);
}

static struct rq_buf write_report(const char *writer)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_writer_find(writer)->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	return out;
}

static size_t count_of(const char *text, const char *words)
{
	size_t count = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		count++;
	return count;
}

static const struct {
	const char *writer, *golden;
} formats[] = {{"junit", "every-outcome.xml"},       {"github", "every-outcome.annotations"}, {"gitlab", "every-outcome.gitlab.json"},
               {"sarif", "every-outcome.sarif"},     {"csv", "every-outcome.csv"},            {"prometheus", "every-outcome.prom"},
               {"otlp_metrics", "every-outcome.metrics.jsonl"}, {"otlp_traces", "every-outcome.traces.jsonl"},
               {"alertmanager", "every-outcome.alerts.json"}};
enum { FORMATS = sizeof formats / sizeof *formats };

START_TEST(every_outcome_in_every_format)
{
	report_every_outcome(fixture);
	report_expect_golden(fixture, formats[_i].writer, formats[_i].golden);
}
END_TEST

START_TEST(nothing_but_a_pass)
{
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "is 0.8, floor 0.5");
	report_verdict(fixture, RQ_PASS, "PASS: 1 of 1 gate passed");
	struct rq_buf out = write_report("github");
	ck_assert_str_eq(out.data, "::notice title=rqgate::PASS: 1 of 1 gate passed\n");
	rq_buf_release(&out);
	out = write_report("gitlab");
	ck_assert_str_eq(out.data, "[]\n");
	rq_buf_release(&out);
	out = write_report("sarif");
	ck_assert_ptr_nonnull(strstr(out.data, "\"results\": [],"));
	rq_buf_release(&out);
	out = write_report("prometheus");
	ck_assert_ptr_null(strstr(out.data, "latency"));
	ck_assert_ptr_null(strstr(out.data, "rqgate_metric_difference"));
	ck_assert_ptr_nonnull(strstr(out.data, "rqgate_verdict{suite=\"help-centre\",command=\"run\",verdict=\"pass\"} 1\n"));
	rq_buf_release(&out);
}
END_TEST

/* A step has room for ten of a kind; the tenth tells of the rest. */
START_TEST(annotations_are_ten_of_a_kind)
{
	struct rq_gate_result gates[23];
	const struct rq_gate_result gate = {.text = "RR@10 >= 0.9", .kind = "min", .metric = "RR@10", .level = RQ_LEVEL_ERROR,
	                                    .outcome = RQ_FAIL, .reason = "is 0.8"};

	for (size_t i = 0; i < 23; i++) {
		gates[i] = gate;
		gates[i].blocks = i < 12;
		gates[i].level = i < 12 ? RQ_LEVEL_ERROR : RQ_LEVEL_WARN;
	}
	fixture->verdict.gates = gates;
	fixture->verdict.count = 23;
	report_verdict(fixture, RQ_FAIL, "FAIL: 100 % of the gates");
	struct rq_buf out = write_report("github");
	ck_assert_uint_eq(count_of(out.data, "::error title="), 10);
	ck_assert_uint_eq(count_of(out.data, "::warning title="), 10);
	ck_assert_uint_eq(count_of(out.data, "::notice title="), 1);
	ck_assert_uint_eq(count_of(out.data, "%0Aand 2 more\n"), 1);
	ck_assert_uint_eq(count_of(out.data, "%0Aand 1 more\n"), 1);
	ck_assert_uint_eq(count_of(out.data, "\n"), 21);
	rq_buf_release(&out);
}
END_TEST

START_TEST(exactly_ten_annotations_tell_of_no_more)
{
	struct rq_gate_result gates[10];

	for (size_t i = 0; i < 10; i++)
		gates[i] = (struct rq_gate_result){.text = "RR@10 >= 0.9", .kind = "min", .metric = "RR@10", .outcome = RQ_FAIL,
		                                   .blocks = true, .reason = "is 0.8"};
	fixture->verdict.gates = gates;
	fixture->verdict.count = 10;
	report_verdict(fixture, RQ_FAIL, "FAIL");
	struct rq_buf out = write_report("github");
	ck_assert_uint_eq(count_of(out.data, "::error title="), 10);
	ck_assert_ptr_null(strstr(out.data, " more"));
	rq_buf_release(&out);
}
END_TEST

/* A later run's labels are the same whatever it found, or its alert would be another one; a pass ends at once what a failure has begun. */
START_TEST(alerts_are_named_by_the_gate_alone)
{
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_FAIL, "is 0.4, floor 0.5")->runbook = "https://example.org/rr";
	report_verdict(fixture, RQ_FAIL, "FAIL");
	fixture->verdict.stability = RQ_UNSTABLE;
	fixture->verdict.self_test = "a second build differs in 3 topics";
	static const char labels[] = "    \"labels\": {\n"
	                             "      \"alertname\": \"RqgateGateFailed\",\n"
	                             "      \"severity\": \"critical\",\n"
	                             "      \"suite\": \"help-centre\",\n"
	                             "      \"command\": \"run\",\n"
	                             "      \"gate\": \"RR@10 >= 0.5\",\n"
	                             "      \"metric\": \"RR@10\"\n"
	                             "    },\n";
	struct rq_buf out = write_report("alertmanager");
	ck_assert_ptr_nonnull(strstr(out.data, labels));
	ck_assert_ptr_nonnull(strstr(out.data, "\"summary\": \"RR@10 is 0.4, floor 0.5\",\n      \"description\": \"FAIL\",\n      \"verdict\": \"fail\",\n"
	                                       "      \"runbook_url\": \"https://example.org/rr\"\n"));
	ck_assert_uint_eq(count_of(out.data, "\"startsAt\": \"2026-11-21T03:36:51Z\",\n    \"endsAt\": \"2026-11-29T03:36:51Z\"\n"), 2);
	ck_assert_ptr_nonnull(strstr(out.data, "\"alertname\": \"RqgateSelfTestUnstable\""));
	rq_buf_release(&out);
	fixture->gates[0].outcome = RQ_PASS;
	fixture->gates[0].blocks = false;
	fixture->gates[0].reason = "is 0.6, floor 0.5";
	fixture->verdict.stability = RQ_STABLE;
	out = write_report("alertmanager");
	ck_assert_ptr_nonnull(strstr(out.data, labels));
	ck_assert_uint_eq(count_of(out.data, "\"startsAt\": \"2026-11-21T03:36:51Z\",\n    \"endsAt\": \"2026-11-21T03:36:51Z\"\n"), 3); /* and the run's */
	rq_buf_release(&out);
	fixture->gates[0].outcome = RQ_INCONCLUSIVE; /* neither a failure nor the end of one */
	fixture->verdict.stability = RQ_STABILITY_UNKNOWN;
	out = write_report("alertmanager");
	ck_assert_uint_eq(count_of(out.data, "\"alertname\""), 1);
	ck_assert_ptr_nonnull(strstr(out.data, "\"alertname\": \"RqgateRunFailed\""));
	rq_buf_release(&out);
}
END_TEST

/* What a report neither begins nor ends is told by its labels, or it would be taken for a gate that has gone. */
START_TEST(doubts_are_told_by_their_labels)
{
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_INCONCLUSIVE, "is 0.49, floor 0.5")->blocks = false;
	report_gate(fixture, "AP >= 0.5", "AP", RQ_FAIL, "is 0.4, floor 0.5");
	report_verdict(fixture, RQ_FAIL, "FAIL");
	fixture->verdict.stability = RQ_NOT_ASSESSABLE;
	struct rq_buf out = {0};
	ck_assert_int_eq(rq_writer_find("alertmanager")->doubts(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_uint_eq(count_of(out.data, "\"alertname\""), 2);
	ck_assert_ptr_nonnull(strstr(out.data, "\"gate\": \"RR@10 >= 0.5\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"RqgateSelfTestUnstable\""));
	rq_buf_release(&out);
	fixture->gates[0].outcome = RQ_PASS;
	fixture->verdict.stability = RQ_STABILITY_UNKNOWN; /* nothing asks for a self-test */
	ck_assert_int_eq(rq_writer_find("alertmanager")->doubts(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_str_eq(out.data, "[]");
	rq_buf_release(&out);
}
END_TEST

/* Those who wait for a verdict hear that there is none. */
START_TEST(a_run_may_end_without_a_verdict)
{
	fixture->report.ended = "\"corpus.jsonl\": cannot open: No such file";
	report_verdict(fixture, RQ_FAIL, fixture->report.ended);
	struct rq_buf out = write_report("junit");
	ck_assert_ptr_nonnull(strstr(out.data, "<testsuites name=\"rqgate\" tests=\"1\" failures=\"0\" errors=\"1\" time=\"1.500\">\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\t\t<testcase classname=\"help-centre.run\" name=\"run\" time=\"1.500\">\n"
	                                       "\t\t\t<error type=\"NO VERDICT\" message=\"&quot;corpus.jsonl&quot;: cannot open: No such file\">&quot;corpus.jsonl&quot;: "
	                                       "cannot open: No such file</error>\n\t\t</testcase>\n"));
	rq_buf_release(&out);
	out = write_report("github");
	ck_assert_str_eq(out.data, "::error title=rqgate::\"corpus.jsonl\": cannot open: No such file\n");
	rq_buf_release(&out);
	out = write_report("alertmanager");
	ck_assert_str_eq(out.data, "[\n  {\n    \"labels\": {\n      \"alertname\": \"RqgateRunFailed\",\n      \"severity\": \"critical\",\n"
	                           "      \"suite\": \"help-centre\",\n      \"command\": \"run\"\n    },\n    \"annotations\": {\n"
	                           "      \"summary\": \"\\\"corpus.jsonl\\\": cannot open: No such file\"\n    },\n"
	                           "    \"startsAt\": \"2026-11-21T03:36:51Z\",\n    \"endsAt\": \"2026-11-29T03:36:51Z\"\n  }\n]\n");
	rq_buf_release(&out);
	for (size_t i = 0; rq_writers[i] != NULL; i++)
		ck_assert(rq_writers[i]->of_ends == (strcmp(rq_writers[i]->name, "junit") == 0 || strcmp(rq_writers[i]->name, "github") == 0 ||
		                                     strcmp(rq_writers[i]->name, "alertmanager") == 0 || strcmp(rq_writers[i]->name, "prometheus") == 0));
	out = write_report("prometheus");
	ck_assert_ptr_nonnull(strstr(out.data, "\nrqgate_exit_code{suite=\"help-centre\",command=\"run\"} "));
	ck_assert_ptr_null(strstr(out.data, "verdict{"));
	ck_assert_ptr_null(strstr(out.data, "last_run"));
	rq_buf_release(&out);
}
END_TEST

/* It blocks, and no gate says so. */
START_TEST(an_unstable_self_test_is_an_error)
{
	report_verdict(fixture, RQ_INCONCLUSIVE, "INCONCLUSIVE");
	fixture->verdict.stability = RQ_UNSTABLE;
	fixture->verdict.self_test = "the baseline differs from itself";
	struct rq_buf out = write_report("gitlab");
	ck_assert_ptr_nonnull(strstr(out.data, "\"description\": \"the baseline differs from itself\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"severity\": \"blocker\""));
	rq_buf_release(&out);
	out = write_report("sarif");
	ck_assert_ptr_nonnull(strstr(out.data, "\"ruleId\": \"self_test\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"level\": \"error\""));
	rq_buf_release(&out);
	out = write_report("github");
	ck_assert_ptr_nonnull(strstr(out.data, "::error title=rqgate%3A self-test::the baseline differs from itself\n"));
	rq_buf_release(&out);
}
END_TEST

/* A later run's finding of the same gate is the same finding; another gate's, another suite's, a second gate's of the same text are not. */
START_TEST(fingerprints_are_a_gates_for_good)
{
	report_every_outcome(fixture);
	struct rq_buf first = write_report("gitlab");
	fixture->gates[0].reason = "dropped 0.5";
	fixture->report.seconds = 9;
	struct rq_buf later = write_report("gitlab");
	fixture->run[1] = (struct rq_named_text){"config", "other.json"};
	fixture->report.run = fixture->run;
	fixture->report.run_count = 2;
	struct rq_buf config = write_report("gitlab");
	fixture->report.suite = "other";
	struct rq_buf other = write_report("gitlab");
	const char *print = strstr(first.data, "\"fingerprint\"");
	char text[64];
	snprintf(text, sizeof text, "%.*s", (int)strcspn(print, ","), print);
	ck_assert_uint_eq(count_of(later.data, text), 1);
	ck_assert_uint_eq(count_of(config.data, text), 0);
	ck_assert_uint_eq(count_of(other.data, text), 0);
	rq_buf_release(&first);
	rq_buf_release(&later);
	rq_buf_release(&config);
	rq_buf_release(&other);
}
END_TEST

/* What begins like a formula must not become one, ids neither. */
START_TEST(cells_are_no_formulas)
{
	report_judged(fixture, "RR@10", 1, .5, -.6, -.4);
	fixture->topics[0].cause = "=HYPERLINK(\"http://example.org\")";
	fixture->topics[1].cause = " \x1b-1\n+1";
	fixture->topics[2].cause = "@SUM(A1)";
	fixture->topics[3].id = "=1,2";
	report_verdict(fixture, RQ_FAIL, "FAIL");
	struct rq_buf out = write_report("csv");
	ck_assert_str_eq(out.data, "topic,slice,metric,baseline,candidate,difference,embedding,index,judging,cause\n"
	                           "q1,security,RR@10,0,0,0,,,,\"'=HYPERLINK(\"\"http://example.org\"\")\"\n"
	                           "q2,billing,RR@10,0,0,0,,,,'-1 +1\n"
	                           "q3,,RR@10,0,0,0,,,,'@SUM(A1)\n"
	                           "\"'=1,2\",billing,RR@10,0,0,0,,,,\n");
	rq_buf_release(&out);
}
END_TEST

START_TEST(times_are_asked_for)
{
	static const char *const writers[] = {"sarif", "prometheus", "otlp_metrics", "otlp_traces", "alertmanager"};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	report_verdict(fixture, RQ_PASS, "PASS");
	fixture->report.run_count = 0;
	ck_assert_int_eq(rq_writer_find(writers[_i])->write(&out, &fixture->report, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "run.started: is missing; expected a time such as 2026-11-21T03:36:50Z");
	rq_buf_release(&out);
}
END_TEST

/* The same report is the same trace, another run of the same inputs is another one. */
START_TEST(traces_are_told_apart)
{
	report_verdict(fixture, RQ_PASS, "PASS");
	struct rq_buf first = write_report("otlp_traces"), again = write_report("otlp_traces");
	ck_assert_ptr_nonnull(strstr(first.data, "\"name\":\"rqgate run\""));
	fixture->report.seconds = 2;
	struct rq_buf other = write_report("otlp_traces");
	const char *id = strstr(first.data, "\"traceId\"");
	char text[64];
	snprintf(text, sizeof text, "%.45s", id);
	ck_assert_str_eq(first.data, again.data);
	ck_assert_uint_eq(count_of(first.data, text), 2); /* of the run and of its one stage */
	ck_assert_uint_eq(count_of(other.data, text), 0);
	rq_buf_release(&first);
	rq_buf_release(&again);
	rq_buf_release(&other);
}
END_TEST

Suite *report_machines_suite(void)
{
	Suite *suite = suite_create("report_machines");
	TCase *tests = tcase_create("machines");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, every_outcome_in_every_format, 0, FORMATS);
	tcase_add_test(tests, nothing_but_a_pass);
	tcase_add_test(tests, annotations_are_ten_of_a_kind);
	tcase_add_test(tests, exactly_ten_annotations_tell_of_no_more);
	tcase_add_test(tests, fingerprints_are_a_gates_for_good);
	tcase_add_test(tests, alerts_are_named_by_the_gate_alone);
	tcase_add_test(tests, doubts_are_told_by_their_labels);
	tcase_add_test(tests, a_run_may_end_without_a_verdict);
	tcase_add_test(tests, an_unstable_self_test_is_an_error);
	tcase_add_test(tests, cells_are_no_formulas);
	tcase_add_loop_test(tests, times_are_asked_for, 0, 5);
	tcase_add_test(tests, traces_are_told_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
