/* Waivers as each writer tells them: in force, expired, and of a gate that passes. */
#include "fixture.h"

static struct fixture *fixture;

static struct rq_gate_result *waived(struct rq_gate_result *gate, enum rq_waived how)
{
	gate->waived = how;
	gate->waiver = (struct rq_waiver){"the index is rebuilt", "ana", how == RQ_WAIVED ? "2026-12-31" : "2026-11-20"};
	return gate;
}

static void set_up(void)
{
	fixture = report_start();
	report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);
	waived(report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_FAIL, "dropped 0.0363"), RQ_WAIVED)->blocks = false;
	waived(report_gate(fixture, "nDCG@10 >= 0.6", "nDCG@10", RQ_FAIL, "is 0.5149, under the floor 0.6"), RQ_WAIVER_EXPIRED);
	waived(report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5"), RQ_WAIVER_EXPIRED)->lower = .505;
	report_verdict(fixture, RQ_FAIL, "FAIL: nDCG@10 is too low");
}

static void tear_down(void)
{
	report_end(fixture);
}

static void expect(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in\n%s", part, text);
}

START_TEST(a_terminal)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_report_table(&out, &fixture->report, (struct rq_style){0}, &err) == RQ_OK, "%s", err.text);
	expect(out.data, "  drop <= 0.03  waived\n");
	expect(out.data, "  >= 0.6        FAIL\n");
	expect(out.data, "\nwarning: nDCG@10 dropped 0.0363; waived by ana until 2026-12-31: the index is rebuilt\n");
	expect(out.data, "\nFAIL: nDCG@10 is 0.5149, under the floor 0.6; its waiver by ana has expired, on 2026-11-20\n");
	expect(out.data, "\nnote: nDCG@10 is 0.5149, floor 0.5; its waiver by ana has expired, on 2026-11-20\n");
	rq_buf_release(&out);
}
END_TEST

START_TEST(a_comment)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	fixture->gates[0].owner = "search";
	ck_assert_msg(rq_writer_find("md")->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	expect(out.data, "\n- **waived**: drop(nDCG@10) <= 0.03: dropped 0.0363; waived by ana until 2026-12-31: the index is rebuilt; owner: search\n");
	expect(out.data, "\n- pass: nDCG@10 >= 0.5: is 0.5149, floor 0.5; its waiver by ana has expired, on 2026-11-20\n");
	rq_buf_release(&out);
}
END_TEST

START_TEST(machines)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	fixture->gates[1].waived = RQ_NOT_WAIVED;
	ck_assert_msg(rq_writer_find("json")->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	rq_json *root;
	ck_assert_int_eq(rq_json_parse(&root, out.data, out.size, "report", &err), RQ_OK);
	const rq_json *gate = rq_json_first(rq_json_get(root, "gates")), *waiver = rq_json_get(gate, "waiver");
	ck_assert_str_eq(rq_json_string(rq_json_get(gate, "verdict")), "fail");
	ck_assert(!rq_json_true(rq_json_get(gate, "blocks")));
	ck_assert_str_eq(rq_json_string(rq_json_get(waiver, "reason")), "the index is rebuilt");
	ck_assert_str_eq(rq_json_string(rq_json_get(waiver, "by")), "ana");
	ck_assert_str_eq(rq_json_string(rq_json_get(waiver, "until")), "2026-12-31");
	ck_assert(rq_json_type(rq_json_get(waiver, "expired")) == RQ_JSON_BOOL && !rq_json_true(rq_json_get(waiver, "expired")));
	gate = rq_json_next(gate);
	ck_assert_ptr_null(rq_json_get(gate, "waiver"));
	ck_assert(rq_json_true(rq_json_get(rq_json_get(rq_json_next(gate), "waiver"), "expired")));
	rq_json_free(root);
	rq_buf_release(&out);
}
END_TEST

Suite *report_waiver_suite(void)
{
	Suite *suite = suite_create("report_waiver");
	TCase *tests = tcase_create("waiver");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_terminal);
	tcase_add_test(tests, a_comment);
	tcase_add_test(tests, machines);
	suite_add_tcase(suite, tests);
	return suite;
}
