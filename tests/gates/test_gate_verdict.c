/* What gates add up to: the exit code and the sentence. */
#include "fixture.h"

static struct fixture *fixture;

/* nDCG@10 falls (FAIL at .03), RR@10 is undecided at .03, R@100 does not move, latency is clear. */
static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	fixture_metric(fixture, "RR@10", 150, 9, .5, 0, 0);
	fixture_metric(fixture, "R@100", 150, 0, 0, 0, 0);
	fixture_time(fixture, "latency.p99", .0412, .0398, .0441, 1000);
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

#define FALLS "{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.03"
#define DOUBT "{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.03"
#define HOLDS "{'kind': 'max_drop', 'metric': 'R@100', 'margin': 0.03"
#define SLOW "{'kind': 'max', 'metric': 'latency.p99', 'value': '39ms'"
#define NOT_MEASURED "{'kind': 'min', 'metric': 'AP', 'value': 0.5"
#define WARN ", 'level': 'warn'}"

START_TEST(exit_codes)
{
	static const struct {
		const char *config;
		int pr, release;
		enum rq_outcome untimed; /* in pr */
	} cases[] = {
		{"[" HOLDS "}]", 0, 0, RQ_PASS},
		{"[" FALLS "}]", 1, 1, RQ_FAIL},
		{"[" FALLS WARN "]", 0, 0, RQ_PASS},
		{"[" DOUBT "}]", 0, 2, RQ_PASS},
		{"[" DOUBT WARN "]", 0, 0, RQ_PASS},
		{"[" DOUBT ", 'inconclusive': 'fail'}]", 2, 2, RQ_INCONCLUSIVE},
		{"[" DOUBT ", 'inconclusive': 'warn'}]", 0, 0, RQ_PASS},
		{"[" DOUBT ", 'inconclusive': 'fail', 'level': 'warn'}]", 0, 0, RQ_PASS},
		{"[" DOUBT ", 'inconclusive': 'fail'}, " FALLS "}]", 1, 1, RQ_FAIL},
		{"[" FALLS "}, " DOUBT ", 'inconclusive': 'fail'}]", 1, 1, RQ_FAIL},
		{"[" NOT_MEASURED "}]", 1, 1, RQ_FAIL},
		{"[" NOT_MEASURED ", 'inconclusive': 'warn'}, " HOLDS "}]", 1, 1, RQ_FAIL},
		{"[" NOT_MEASURED WARN ", " HOLDS "}]", 0, 0, RQ_PASS},
		{"[" SLOW "}, " HOLDS "}]", 0, 0, RQ_PASS},
		{"[" SLOW ", 'level': 'error'}, " HOLDS "}]", 1, 1, RQ_PASS},
		{"[" SLOW ", 'level': 'error'}, " DOUBT ", 'inconclusive': 'fail'}]", 1, 1, RQ_INCONCLUSIVE},
		{"[" FALLS ", 'level': 'off'}, " HOLDS "}]", 0, 0, RQ_PASS},
	};
	static const enum rq_outcome outcomes[] = {RQ_PASS, RQ_FAIL, RQ_INCONCLUSIVE};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture_judge(fixture, cases[i].config, RQ_PROFILE_RELEASE);
		ck_assert_msg(fixture->verdict.exit_code == cases[i].release, "%s: %d in release", cases[i].config, fixture->verdict.exit_code);
		fixture_judge(fixture, cases[i].config, RQ_PROFILE_PR);
		ck_assert_msg(fixture->verdict.exit_code == cases[i].pr, "%s: %d", cases[i].config, fixture->verdict.exit_code);
		ck_assert_int_eq(fixture->verdict.outcome, outcomes[fixture->verdict.exit_code]);
		ck_assert_msg(fixture->verdict.outcome_untimed == cases[i].untimed, "%s", cases[i].config);
	}
}
END_TEST

/* Fail closed: at level warn no gate blocks, and yet none of them has judged anything. */
START_TEST(without_any_data_nothing_has_passed)
{
	fixture_judge(fixture, "[" NOT_MEASURED WARN ", {'kind': 'min', 'metric': 'P@5', 'value': 0.5" WARN "]", RQ_PROFILE_PR);
	ck_assert_int_eq(fixture->verdict.outcome, RQ_INCONCLUSIVE);
	ck_assert_int_eq(fixture->verdict.outcome_untimed, RQ_INCONCLUSIVE);
	ck_assert_int_eq(fixture->verdict.exit_code, 0);
	ck_assert_str_eq(fixture->verdict.sentence,
	                 "INCONCLUSIVE: no gate had its data: AP was not measured in this run; supply what it needs or take the gate out");
	fixture_judge(fixture, "[" NOT_MEASURED WARN "]", RQ_PROFILE_RELEASE);
	ck_assert_int_eq(fixture->verdict.outcome, RQ_INCONCLUSIVE);
	ck_assert_int_eq(fixture->verdict.exit_code, 2);
}
END_TEST

START_TEST(sentences)
{
	static const struct {
		const char *config, *sentence;
		enum rq_profile profile;
	} cases[] = {
		{"['RR@10 >= 0.1', " HOLDS "}]", "PASS: 2 of 2 gates passed; R@100 0.7500 -> 0.7500 (0.0000, 90 % interval -0.0175 to +0.0175)",
	     RQ_PROFILE_PR},
		{"['RR@10 >= 0.1', 'nDCG@10 >= 0.1']", "PASS: 2 of 2 gates passed; RR@10 0.7500 -> 0.7275 (-0.0225, 90 % interval -0.0453 to +0.0009)",
	     RQ_PROFILE_PR},
		{"['latency.p99 <= 50ms', 'RR@10 >= 0.1']", "PASS: 2 of 2 gates passed; RR@10 0.7500 -> 0.7275 (-0.0225, 90 % interval -0.0453 to +0.0009)",
	     RQ_PROFILE_PR},
		{"['latency.p99 <= 50ms']", "PASS: 1 of 1 gate passed; latency.p99 is 41.2 ms, at most 44.1 ms (95 %), limit 50ms", RQ_PROFILE_PR},
		{"[" FALLS "}]",
	     "FAIL: nDCG@10 dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004 (gate drop(nDCG@10) <= 0.03); start with the "
	     "topics "
	     "that lost most",
	     RQ_PROFILE_PR},
		{"[" FALLS ", 'owner': 'search'}]",
	     "FAIL: nDCG@10 dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004 (gate drop(nDCG@10) <= 0.03); ask search",
	     RQ_PROFILE_PR},
		{"[" FALLS ", 'owner': 'search', 'runbook': 'https://x'}]",
	     "FAIL: nDCG@10 dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004 (gate drop(nDCG@10) <= 0.03); see https://x",
	     RQ_PROFILE_PR},
		{"[" NOT_MEASURED "}, 'RR@10 >= 0.8', " HOLDS "}]",
	     "FAIL: 2 of 3 gates failed, first AP was not measured in this run (gate AP >= 0.5); supply what it needs or take the gate out",
	     RQ_PROFILE_PR},
		{"[" SLOW ", 'level': 'error'}]",
	     "FAIL: latency.p99 is 41.2 ms, at least 39.8 ms (95 %), limit 39ms (gate latency.p99 <= 39ms); search less deeply or raise the limit",
	     RQ_PROFILE_PR},
		{"[" DOUBT "}]",
	     "INCONCLUSIVE: RR@10: cannot exclude a drop of 0.0453 with 200 topics (margin 0.03); about 211 would settle it (gate drop(RR@10) <= 0.03); "
	     "judge more topics or widen the margin",
	     RQ_PROFILE_RELEASE},
		{"[" DOUBT "}, " HOLDS "}]",
	     "PASS with 1 inconclusive gate: RR@10: cannot exclude a drop of 0.0453 with 200 topics (margin 0.03); about 247 would settle it",
	     RQ_PROFILE_PR},
		{"[" SLOW "}, " DOUBT "}, " FALLS WARN "]",
	     "PASS with 2 warnings and 1 inconclusive gate: nDCG@10 dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004",
	     RQ_PROFILE_PR},
		{"[" SLOW "}, " HOLDS "}]", "PASS with 1 warning: latency.p99 is 41.2 ms, at least 39.8 ms (95 %), limit 39ms", RQ_PROFILE_PR},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture_judge(fixture, cases[i].config, cases[i].profile);
		ck_assert_str_eq(fixture->verdict.sentence, cases[i].sentence);
	}
}
END_TEST

START_TEST(sentences_name_the_slice_and_an_unchanged_ranking)
{
	for (size_t i = 0; i < 200; i++)
		fixture->topics[i].slice = "billing";
	fixture_judge(fixture, "['RR@10[slice=billing] >= 0.9']", RQ_PROFILE_PR);
	ck_assert_str_eq(
		fixture->verdict.sentence,
		"FAIL: RR@10[slice=billing] is 0.7275, under the floor 0.9 (gate RR@10[slice=billing] >= 0.9); start with the topics that lost most");
	fixture->metrics[2].paired.identical = true;
	fixture_judge(fixture, "[" HOLDS "}]", RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.sentence, "PASS: 1 of 1 gate passed; R@100 0.7500 -> 0.7500, no change: identical rankings");
}
END_TEST

START_TEST(a_lossy_index_is_told_to_search_deeper)
{
	fixture->metrics[0].name = "ann_recall@10";
	fixture->metrics[0].is_judged = false;
	fixture_judge(fixture, "['ann_recall@10 >= 0.95']", RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.sentence,
	                 "FAIL: ann_recall@10 is 0.7000, under the floor 0.95, as the baseline (0.7500) is too (gate ann_recall@10 "
	                 ">= 0.95); search deeper or build a finer index");
}
END_TEST

START_TEST(with_nothing_compared_the_first_gate_is_the_headline)
{
	for (size_t i = 0; i < 3; i++)
		fixture->metrics[i].compared = false;
	fixture_judge(fixture, "['RR@10 >= 0.5']", RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.sentence, "PASS: 1 of 1 gate passed; RR@10 is 0.7275, floor 0.5");
}
END_TEST

START_TEST(no_gates_are_no_pass)
{
	struct rq_gates none = {0};
	struct rq_error err = {0};
	struct rq_verdict verdict;

	ck_assert_int_eq(rq_gates_judge(&verdict, &none, &fixture->comparison, RQ_PROFILE_PR, FIXTURE_TODAY, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "gates: empty; a run without gates cannot fail");
}
END_TEST

Suite *gate_verdict_suite(void)
{
	Suite *suite = suite_create("gate_verdict");
	TCase *tests = tcase_create("verdict");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, exit_codes);
	tcase_add_test(tests, without_any_data_nothing_has_passed);
	tcase_add_test(tests, sentences);
	tcase_add_test(tests, sentences_name_the_slice_and_an_unchanged_ranking);
	tcase_add_test(tests, a_lossy_index_is_told_to_search_deeper);
	tcase_add_test(tests, with_nothing_compared_the_first_gate_is_the_headline);
	tcase_add_test(tests, no_gates_are_no_pass);
	suite_add_tcase(suite, tests);
	return suite;
}
