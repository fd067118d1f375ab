/* The page for the release file: what it says, to the byte where it matters, and nothing of the user's as markup. */
#include "fixture.h"

static struct fixture *fixture;
static struct rq_buf page;

static void set_up(void)
{
	fixture = report_start();
	report_gate(fixture, "drop(RR@10) <= 0.02", "RR@10", RQ_PASS, "drops at most 0.0110 (95 %), margin 0.02");
	report_verdict(fixture, RQ_PASS, "PASS: 1 of 1 gates passed");
	page = (struct rq_buf){0};
}

static void tear_down(void)
{
	rq_buf_release(&page);
	report_end(fixture);
}

static void write_page(void)
{
	struct rq_error err = {0};

	rq_buf_clear(&page);
	ck_assert_msg(rq_writer_find("signoff")->write(&page, &fixture->report, &err) == RQ_OK, "%s", err.text);
}

static void expect(const char *text)
{
	ck_assert_msg(strstr(page.data, text) != NULL, "%s\nis not in\n%s", text, page.data);
}

static size_t count(const char *text)
{
	size_t found = 0;

	for (const char *at = page.data; (at = strstr(at, text)) != NULL; at += strlen(text))
		found++;
	return found;
}

START_TEST(to_be_signed_by_hand)
{
	fixture->comparison.sides[RQ_BASELINE].model = NULL;
	fixture->comparison.sides[RQ_CANDIDATE].model = "<3f2a>";
	write_page();
	ck_assert_uint_eq(count("<tr class=\"line\"><td>approved / rejected</td>"), 3);
	expect("<tr><th scope=\"row\">Candidate&#39;s model</th><td>&lt;3f2a&gt;</td></tr>\n");
	expect("<tr><th scope=\"row\">corpus</th><td><code>" REPORT_CORPUS "</code></td></tr>\n");
	expect("<p>Nobody has signed with a key.");
	ck_assert_uint_eq(count("report.json"), 0); /* it has none of its own yet */
	ck_assert_uint_eq(count("<tr><th scope=\"row\">"), 7 + fixture->verdict.count + fixture->comparison.input_count);
}
END_TEST

START_TEST(what_is_signed_by_hand)
{
	fixture->report.sha256 = REPORT_CORPUS;
	write_page();
	expect("<tr><th scope=\"row\">report.json</th><td><code>" REPORT_CORPUS "</code></td></tr>\n");
	expect("<p>Nobody has signed with a key.");
}
END_TEST

START_TEST(who_has_signed)
{
	const struct rq_approval approvals[] = {{"ann <b>", "search & co", "approve", "2026-11-21T03:36:50Z", NULL, REPORT_QRELS},
	                                        {"bob\x1b[31m", "release", "reject", "2026-11-21T04:36:50Z", "\"no\"\n", REPORT_CORPUS}};

	fixture->report.approvals = approvals;
	fixture->report.approval_count = 2;
	fixture->report.sha256 = REPORT_CORPUS;
	write_page();
	expect("<tr><td>approved</td><td>ann &lt;b&gt;</td><td>search &amp; co</td><td class=\"time\">2026-11-21T03:36:50Z</td><td><code>key "
	       "decadedecadedeca</code></td></tr>\n");
	expect("<tr><td>rejected</td><td>bob [31m</td><td>release</td><td class=\"time\">2026-11-21T04:36:50Z</td><td>&quot;no&quot; <br><code>key "
	       "c0ffeec0ffeec0ff</code></td></tr>\n");
	expect("<tr><th scope=\"row\">report.json</th><td><code>" REPORT_CORPUS "</code></td></tr>\n");
	ck_assert_uint_eq(count("class=\"line\""), 0);
}
END_TEST

START_TEST(waivers_are_told)
{
	fixture->gates[0].waived = RQ_WAIVED;
	fixture->gates[0].waiver = (struct rq_waiver){"the <trial>", "ann", "2026-12-31"};
	write_page();
	expect("; waived by ann until 2026-12-31: the &lt;trial&gt;</td></tr>\n");
	fixture->gates[0].waived = RQ_WAIVER_EXPIRED;
	write_page();
	expect("; waiver that has ended, by ann until 2026-12-31");
}
END_TEST

Suite *report_signoff_suite(void)
{
	Suite *suite = suite_create("report_signoff");
	TCase *tests = tcase_create("signoff");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, to_be_signed_by_hand);
	tcase_add_test(tests, what_is_signed_by_hand);
	tcase_add_test(tests, who_has_signed);
	tcase_add_test(tests, waivers_are_told);
	suite_add_tcase(suite, tests);
	return suite;
}
