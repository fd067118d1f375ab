/* A waived gate is judged and told, and does not block; an expired waiver counts for nothing. */
#include "fixture.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0); /* falls */
	fixture_metric(fixture, "RR@10", 150, 9, .5, 0, 0);    /* undecided at .03 */
	fixture_metric(fixture, "R@100", 150, 0, 0, 0, 0);
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

#define WAIVED(until) ", 'waiver': {'reason': 'the index is rebuilt', 'by': 'ana', 'until': '" until "'}}"
#define FALLS "{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.03"
#define DOUBT "{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.03"
#define HOLDS "{'kind': 'max_drop', 'metric': 'R@100', 'margin': 0.03"
#define ABSENT "{'kind': 'min', 'metric': 'AP', 'value': 0.5"

/* Today is 2026-11-21. */
START_TEST(a_waiver_holds_to_its_last_day)
{
	static const struct {
		const char *config;
		int exit_code; /* in the profile release */
		enum rq_waived waived;
	} cases[] = {
		{"[" FALLS "}]", 1, RQ_NOT_WAIVED},
		{"[" FALLS WAIVED("2026-11-21") "]", 0, RQ_WAIVED},
		{"[" FALLS WAIVED("2027-01-01") "]", 0, RQ_WAIVED},
		{"[" FALLS WAIVED("2026-11-20") "]", 1, RQ_WAIVER_EXPIRED},
		{"[" FALLS WAIVED("2025-12-31") "]", 1, RQ_WAIVER_EXPIRED},
		{"[" DOUBT "}]", 2, RQ_NOT_WAIVED},
		{"[" DOUBT WAIVED("2026-11-21") "]", 0, RQ_WAIVED},
		{"[" DOUBT WAIVED("2026-11-20") "]", 2, RQ_WAIVER_EXPIRED},
		{"[" ABSENT WAIVED("2026-11-21") "]", 0, RQ_WAIVED},
		{"[" ABSENT WAIVED("2026-11-20") "]", 1, RQ_WAIVER_EXPIRED},
		{"[" HOLDS WAIVED("2026-11-20") "]", 0, RQ_WAIVER_EXPIRED},
		/* another gate is not waived with it */
		{"[" FALLS WAIVED("2026-11-21") ", " ABSENT "}]", 1, RQ_WAIVED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct rq_gate_result *result = fixture_judge(fixture, cases[i].config, RQ_PROFILE_RELEASE);
		ck_assert_msg(fixture->verdict.exit_code == cases[i].exit_code, "%s: %d", cases[i].config, fixture->verdict.exit_code);
		ck_assert_int_eq(result->waived, cases[i].waived);
		ck_assert(!result->blocks || cases[i].waived != RQ_WAIVED);
	}
	const struct rq_gate_result *result = fixture_judge(fixture, "[" FALLS WAIVED("2026-12-31") "]", RQ_PROFILE_PR);
	ck_assert_int_eq(result->outcome, RQ_FAIL); /* judged all the same */
	ck_assert_str_eq(result->waiver.by, "ana");
	ck_assert_str_eq(result->waiver.reason, "the index is rebuilt");
	ck_assert_str_eq(result->waiver.until, "2026-12-31");
}
END_TEST

/* A gate that cannot block must not make another one blunter: p of RR@10 alone, and doubled beside a gate that can. */
START_TEST(a_waived_gate_is_no_member_of_the_family)
{
	double alone = fixture_judge(fixture, "[" DOUBT "}]", RQ_PROFILE_PR)->p;

	ck_assert_double_eq(fixture_judge(fixture, "[" DOUBT "}, " FALLS WAIVED("2026-11-21") "]", RQ_PROFILE_PR)->p, alone);
	ck_assert_double_ne(fixture_judge(fixture, "[" FALLS "}, " DOUBT WAIVED("2026-11-20") "]", RQ_PROFILE_PR)[0].p,
	                    fixture_judge(fixture, "[" FALLS "}]", RQ_PROFILE_PR)->p);
}
END_TEST

START_TEST(the_sentence_tells_of_it)
{
	fixture_judge(fixture, "[" FALLS WAIVED("2026-12-31") ", " HOLDS "}]", RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.sentence,
	                 "PASS with 1 waived gate: nDCG@10 dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004; "
	                 "waived by ana until 2026-12-31: the index is rebuilt");
	fixture_judge(fixture, "[" ABSENT WAIVED("2026-11-20") "]", RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.sentence, "FAIL: AP was not measured in this run; its waiver by ana has expired, on 2026-11-20 (gate AP >= "
	                                            "0.5); supply what it needs or take the gate out");
	fixture_judge(fixture, "[" FALLS WAIVED("2026-12-31") ", " ABSENT ", 'level': 'warn'}, " DOUBT "}]", RQ_PROFILE_PR);
	ck_assert_ptr_eq(strstr(fixture->verdict.sentence, "PASS with 1 warning, 1 inconclusive gate and 1 waived gate: nDCG@10 dropped"),
	                 fixture->verdict.sentence);
}
END_TEST

START_TEST(a_waiver_is_whole)
{
	static const struct {
		const char *waiver, *message;
	} cases[] = {
		{"'soon'", "gates[0].waiver: \"soon\" is not allowed; expected an object"},
		{"{}", "gates[0].waiver.reason: missing; expected why the gate may fail for now"},
		{"{'reason': 'x', 'until': '2026-12-31'}", "gates[0].waiver.by: missing; expected who accepts that"},
		{"{'reason': 'x', 'by': 'ana'}", "gates[0].waiver.until: missing; expected the last day that it holds, in UTC, such as \"2026-12-31\""},
		{"{'reason': '', 'by': 'ana', 'until': '2026-12-31'}", "gates[0].waiver.reason: \"\" is not allowed; expected a string that is not empty"},
		{"{'reason': 'x', 'by': 'ana', 'till': '2026-12-31'}", "gates[0].waiver.till: unknown key; valid keys here: reason, by, until"},
		{"{'reason': 'x', 'by': 'ana', 'until': '2026-12-32'}",
	     "gates[0].waiver.until: \"2026-12-32\" is not allowed; expected the last day that the waiver holds, such as \"2026-12-31\""},
	};
	static const char *const days[] = {"2026-02-29", "2100-02-29", "2026-00-10", "2026-13-10",           "2026-04-31", "2026-04-00",
	                                   "26-04-30",   "2026/04/30", "2026-4-30",  "2026-04-30T00:00:00Z", "next week"};
	char config[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		snprintf(config, sizeof config, "[{'kind': 'min', 'metric': 'AP', 'value': 0.5, 'waiver': %s}]", cases[i].waiver);
		ck_assert_int_eq(fixture_parse(fixture, config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
	}
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct rq_error err = {0};
		snprintf(config, sizeof config, "[{'kind': 'min', 'metric': 'AP', 'value': 0.5, 'waiver': {'reason': 'x', 'by': 'y', 'until': '%s'}}]",
		         days[i]);
		ck_assert_msg(fixture_parse(fixture, config, &err) == RQ_E_CONFIG, "%s", days[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		struct rq_error err = {0};
		snprintf(config, sizeof config, "[{'kind': 'min', 'metric': 'AP', 'value': 0.5, 'waiver': {'reason': 'x', 'by': 'y', 'until': '%s'}}]",
		         i == 0 ? "2028-02-29" : "2000-02-29");
		ck_assert_msg(fixture_parse(fixture, config, &err) == RQ_OK, "%s", err.text);
	}
}
END_TEST

Suite *gate_waiver_suite(void)
{
	Suite *suite = suite_create("gate_waiver");
	TCase *tests = tcase_create("waiver");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_waiver_holds_to_its_last_day);
	tcase_add_test(tests, a_waived_gate_is_no_member_of_the_family);
	tcase_add_test(tests, the_sentence_tells_of_it);
	tcase_add_test(tests, a_waiver_is_whole);
	suite_add_tcase(suite, tests);
	return suite;
}
