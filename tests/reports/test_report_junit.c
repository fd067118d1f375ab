#include "fixture.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
}

static void tear_down(void)
{
	report_end(fixture);
}

static void check(const char *expected)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_writer_find("junit")->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(strcmp(out.data, expected) == 0, "got\n%s\nexpected\n%s", out.data, expected);
	rq_buf_release(&out);
}

#define PROPERTIES(SENTENCE) \
	"\t\t<properties>\n" \
	"\t\t\t<property name=\"verdict\" value=\"" SENTENCE "\"/>\n" \
	"\t\t\t<property name=\"profile\" value=\"pr\"/>\n" \
	"\t\t\t<property name=\"sha256.corpus\" value=\"" REPORT_CORPUS "\"/>\n" \
	"\t\t\t<property name=\"sha256.qrels\" value=\"" REPORT_QRELS "\"/>\n" \
	"\t\t</properties>\n"

START_TEST(gates_count_as_the_exit_code_does)
{
	report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);
	fixture->values[0][RQ_BASELINE][0] = fixture->values[0][RQ_BASELINE][1] = 1;
	fixture->values[0][RQ_CANDIDATE][1] = .5;
	struct rq_gate_result *drop = report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_FAIL, "dropped 0.0363 (90 % interval -0.0510 to -0.0210)");
	drop->owner = "search & rescue";
	drop->runbook = "https://example.org/?a=1&b=\"2\"";
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5");
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5");
	report_slice_gate(fixture, "nDCG@10[slice=a<b] >= 0.5", "nDCG@10", "a<b", RQ_INCONCLUSIVE, "240 topics would settle it");
	report_gate(fixture, "drop(RR@10) <= 0.02", "RR@10", RQ_INCONCLUSIVE, "120 topics would settle it")->blocks = true;
	report_absent(report_gate(fixture, "ann_recall@10 >= 0.95", "ann_recall@10", RQ_FAIL, "was not measured: the side is a run file"));
	struct rq_gate_result *warns = report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_FAIL, "is 60.0 ms, ceiling 50ms");
	warns->level = RQ_LEVEL_WARN;
	warns->blocks = false;
	warns->is_time = true;
	struct rq_gate_result *waived = report_gate(fixture, "latency.p50 <= 1ms", "latency.p50", RQ_FAIL, "is 2.00 ms,\nceiling 1ms");
	waived->is_time = true;
	waived->blocks = false;
	waived->waived = RQ_WAIVED;
	waived->waiver = (struct rq_waiver){"the old index is being replaced", "ana", "2026-12-31"};
	report_verdict(fixture, RQ_FAIL, "FAIL: \x01 first");
	check("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"rqgate\" tests=\"9\" failures=\"2\" errors=\"1\" time=\"1.500\">\n"
	      "\t<testsuite name=\"help-centre.run\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"1.500\" timestamp=\"2026-11-21T03:36:50\">\n"
	      PROPERTIES("FAIL: ? first")
	      "\t\t<testcase classname=\"help-centre.run\" name=\"run\" time=\"1.500\"/>\n"
	      "\t</testsuite>\n"
	      "\t<testsuite name=\"help-centre.quality\" tests=\"6\" failures=\"2\" errors=\"1\" skipped=\"1\" time=\"0.000\" timestamp=\"2026-11-21T03:36:50\">\n"
	      "\t\t<testcase classname=\"help-centre.quality\" name=\"drop(nDCG@10) &lt;= 0.03\">\n"
	      "\t\t\t<failure type=\"FAIL\" message=\"nDCG@10 dropped 0.0363 (90 % interval -0.0510 to -0.0210)\">nDCG@10 dropped 0.0363 (90 % interval -0.0510 to "
	      "-0.0210)\n"
	      "nDCG@10 0.5512 -&gt; 0.5149, 225 topics: 20 better, 180 the same, 25 worse\n"
	      "lost most: q1 1.0000 -&gt; 0.0000, q2 1.0000 -&gt; 0.5000\n"
	      "owner: search &amp; rescue\n"
	      "runbook: https://example.org/?a=1&amp;b=&quot;2&quot;\n"
	      "</failure>\n\t\t</testcase>\n"
	      "\t\t<testcase classname=\"help-centre.quality\" name=\"nDCG@10 &gt;= 0.5\"/>\n"
	      "\t\t<testcase classname=\"help-centre.quality\" name=\"nDCG@10 &gt;= 0.5 (2)\"/>\n"
	      "\t\t<testcase classname=\"help-centre.quality.slice=a&lt;b\" name=\"nDCG@10[slice=a&lt;b] &gt;= 0.5\">\n"
	      "\t\t\t<skipped>INCONCLUSIVE: nDCG@10[slice=a&lt;b]: 240 topics would settle it\n"
	      "nDCG@10 0.5512 -&gt; 0.5149, 225 topics: 20 better, 180 the same, 25 worse\n"
	      "lost most: q1 1.0000 -&gt; 0.0000, q2 1.0000 -&gt; 0.5000\n"
	      "</skipped>\n\t\t</testcase>\n"
	      "\t\t<testcase classname=\"help-centre.quality\" name=\"drop(RR@10) &lt;= 0.02\">\n"
	      "\t\t\t<failure type=\"INCONCLUSIVE\" message=\"RR@10: 120 topics would settle it\">RR@10: 120 topics would settle it</failure>\n\t\t</testcase>\n"
	      "\t\t<testcase classname=\"help-centre.quality\" name=\"ann_recall@10 &gt;= 0.95\">\n"
	      "\t\t\t<error type=\"NO DATA\" message=\"ann_recall@10 was not measured: the side is a run file\">ann_recall@10 was not measured: the side is a run "
	      "file</error>\n\t\t</testcase>\n"
	      "\t</testsuite>\n"
	      "\t<testsuite name=\"help-centre.measured\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\" time=\"0.000\" timestamp=\"2026-11-21T03:36:50\">\n"
	      "\t\t<testcase classname=\"help-centre.measured\" name=\"latency.p99 &lt;= 50ms\">\n"
	      "\t\t\t<skipped>WARN: latency.p99 is 60.0 ms, ceiling 50ms</skipped>\n\t\t</testcase>\n"
	      "\t\t<testcase classname=\"help-centre.measured\" name=\"latency.p50 &lt;= 1ms\">\n"
	      "\t\t\t<skipped>WAIVED: latency.p50 is 2.00 ms,\nceiling 1ms; waived by ana until 2026-12-31: the old index is being replaced</skipped>\n"
	      "\t\t</testcase>\n"
	      "\t</testsuite>\n"
	      "</testsuites>\n");
}
END_TEST

START_TEST(an_unstable_baseline_is_a_failure)
{
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "is 0.8");
	report_verdict(fixture, RQ_INCONCLUSIVE, "INCONCLUSIVE: ...");
	fixture->verdict.stability = RQ_UNSTABLE;
	fixture->verdict.self_test = "a second build differs in 3 topics";
	fixture->report.suite = NULL;
	check("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"rqgate\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"1.500\">\n"
	      "\t<testsuite name=\"rqgate.run\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.500\" timestamp=\"2026-11-21T03:36:50\">\n"
	      PROPERTIES("INCONCLUSIVE: ...")
	      "\t\t<testcase classname=\"rqgate.run\" name=\"run\" time=\"1.500\"/>\n"
	      "\t\t<testcase classname=\"rqgate.run\" name=\"self-test\">\n"
	      "\t\t\t<failure type=\"UNSTABLE\" message=\"a second build differs in 3 topics\">a second build differs in 3 topics</failure>\n\t\t</testcase>\n"
	      "\t</testsuite>\n"
	      "\t<testsuite name=\"rqgate.quality\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000\" timestamp=\"2026-11-21T03:36:50\">\n"
	      "\t\t<testcase classname=\"rqgate.quality\" name=\"RR@10 &gt;= 0.5\"/>\n"
	      "\t</testsuite>\n"
	      "</testsuites>\n");
}
END_TEST

START_TEST(a_report_without_a_start_is_refused)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	report_verdict(fixture, RQ_PASS, "PASS: ...");
	fixture->run[0].text = "yesterday";
	ck_assert_int_eq(rq_writer_find("junit")->write(&out, &fixture->report, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "run.started: is no time: yesterday; expected a time such as 2026-11-21T03:36:50Z");
	fixture->report.run_count = 0;
	ck_assert_int_eq(rq_writer_find("junit")->write(&out, &fixture->report, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "run.started: is missing; expected a time such as 2026-11-21T03:36:50Z");
	rq_buf_release(&out);
}
END_TEST

Suite *report_junit_suite(void)
{
	Suite *suite = suite_create("report_junit");
	TCase *tests = tcase_create("junit");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, gates_count_as_the_exit_code_does);
	tcase_add_test(tests, an_unstable_baseline_is_a_failure);
	tcase_add_test(tests, a_report_without_a_start_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
