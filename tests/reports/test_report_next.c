/* The command that a run ends with. */
#include "fixture.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
	report_judged(fixture, "RR@10", .8, .7, -.12, -.08);
}

static void tear_down(void)
{
	report_end(fixture);
}

static void expect(const char *path, const char *line)
{
	struct rq_error err = {0};
	struct rq_buf out = {0};

	ck_assert_msg(rq_report_next(&out, &fixture->report, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(out.data == NULL ? "" : out.data, line);
	rq_buf_release(&out);
}

START_TEST(what_follows)
{
	report_verdict(fixture, RQ_PASS, "PASS: 1 of 1 gates passed");
	expect("out/report.json", "next: rqgate baseline approve out/report.json --name NAME\n");
	fixture->report.profile = "release";
	expect("out/report.json", "next: rqgate signoff out/report.json --key FILE --as NAME --role ROLE --decision approve\n");
	fixture->gates[0].outcome = RQ_INCONCLUSIVE; /* which only warns, or is waived */
	fixture->verdict.gates = fixture->gates;
	fixture->verdict.count = 1;
	expect("out/report.json", "next: rqgate signoff out/report.json --key FILE --as NAME --role ROLE --decision approve --note WHY\n");
	fixture->report.profile = "pr"; /* where it does not block, and is nothing to approve */
	expect("out/report.json", "next: rqgate report out/report.json --to md\n");
	report_verdict(fixture, RQ_INCONCLUSIVE, "INCONCLUSIVE: 1 of 1 gates");
	expect("out/report.json", "next: rqgate report out/report.json --to md\n");
	fixture->values[0][RQ_BASELINE][2] = 1;
	expect("out/report.json", "next: rqgate explain q3 out/report.json\n");
	fixture->report.ranking_count = 0; /* which explain needs */
	expect("out/report.json", "next: rqgate report out/report.json --to md\n");
}
END_TEST

/* What a shell would take apart is in no command that people paste. */
START_TEST(names_that_are_not_plain)
{
	report_verdict(fixture, RQ_FAIL, "FAIL: 1 of 1 gates failed");
	fixture->values[0][RQ_BASELINE][0] = 1;
	fixture->topics[0].id = "q1;reboot";
	expect("out/report.json", "next: rqgate report out/report.json --to md\n");
	expect("my out/report.json", "");
	expect("-out/report.json", "");
}
END_TEST

Suite *report_next_suite(void)
{
	Suite *suite = suite_create("report_next");
	TCase *tests = tcase_create("next");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_follows);
	tcase_add_test(tests, names_that_are_not_plain);
	suite_add_tcase(suite, tests);
	return suite;
}
