/* The baseline against itself: when a verdict is trusted, and what becomes of one that is not. */
#include "fixture.h"

enum { TOPICS = 200 };

struct again {
	struct rq_metric_result metrics[FIXTURE_METRICS];
	double values[FIXTURE_METRICS][TOPICS];
};

static struct fixture *fixture;
static struct again *again;

/* RR@10 and nDCG@10 do not move from baseline to candidate. */
static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	again = calloc(1, sizeof *again);
	ck_assert(fixture != NULL && again != NULL);
	fixture_start(fixture, TOPICS);
	fixture_metric(fixture, "RR@10", 150, 0, 0, 0, 0);
	fixture_metric(fixture, "nDCG@10", 150, 0, 0, 0, 0);
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
	free(again);
}

/* The second build lets the first `falls` topics of RR@10 fall by `fall`; nDCG@10 stays. */
static void build_again(size_t falls, double fall)
{
	struct rq_self_test *test = &fixture->comparison.self_test;

	for (size_t m = 0; m < fixture->comparison.metric_count; m++) {
		struct rq_metric_result *metric = &again->metrics[m];
		memcpy(again->values[m], fixture->values[m][RQ_BASELINE], TOPICS * sizeof **again->values);
		for (size_t i = 0; m == 0 && i < falls; i++)
			again->values[m][i] -= fall;
		*metric = fixture->metrics[m];
		metric->per_topic[RQ_CANDIDATE] = again->values[m];
		fixture_compute(fixture, metric);
		metric->paired.identical = falls == 0 || m > 0;
	}
	*test = (struct rq_self_test){.how = "a second build of the baseline's index", .changed = falls, .metrics = again->metrics};
}

#define RR "{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.04"
#define NDCG "{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.04}"

static void expect(const char *config, enum rq_stability stability, int exit_code, const char *self_test)
{
	fixture_judge(fixture, config, RQ_PROFILE_PR);
	ck_assert_str_eq(fixture->verdict.self_test, self_test);
	ck_assert_str_eq(rq_stability_name(fixture->verdict.stability), rq_stability_name(stability));
	ck_assert_int_eq(fixture->verdict.exit_code, exit_code);
}

START_TEST(the_same_again_is_stable)
{
	build_again(0, 0);
	expect("[" RR "}, " NDCG "]", RQ_STABLE, 0, "a second build of the baseline's index gives the same rankings");
}
END_TEST

START_TEST(a_quarter_of_the_margin_is_the_most)
{
	build_again(2, 1); /* -.01 */
	expect("[" RR "}, " NDCG "]", RQ_STABLE, 0, "a second build of the baseline's index changes 2 of 200 rankings, RR@10 -0.0100, nDCG@10 0.0000");
	build_again(3, 1);
	expect("[" RR "}, " NDCG "]", RQ_UNSTABLE, 2,
	       "a second build of the baseline's index moves RR@10 by -0.0150, more than a quarter of the margin 0.04");
	ck_assert_int_eq(fixture->verdict.outcome, RQ_INCONCLUSIVE);
	ck_assert_int_eq(fixture->verdict.outcome_untimed, RQ_INCONCLUSIVE);
	ck_assert_str_eq(fixture->verdict.sentence,
	                 "INCONCLUSIVE: the self-test is unstable: a second build of the baseline's index moves RR@10 by -0.0150, more than a quarter of "
	                 "the margin 0.04; build the baseline's index finer, or widen the margin");
	build_again(3, -1); /* a rise is chance as well */
	expect("[" RR "}]", RQ_UNSTABLE, 2, "a second build of the baseline's index moves RR@10 by +0.0150, more than a quarter of the margin 0.04");
}
END_TEST

START_TEST(a_drop_that_the_rule_calls_one)
{
	build_again(60, .5);
	expect("[" RR "}]", RQ_UNSTABLE, 2, "a second build of the baseline's index moves RR@10 by -0.1500, which is a drop at the margin 0.04");
}
END_TEST

START_TEST(only_gates_that_may_fail_the_run_count)
{
	build_again(60, .5);
	expect("[" RR ", 'level': 'warn'}, " NDCG "]", RQ_STABLE, 0, "a second build of the baseline's index changes 60 of 200 rankings, nDCG@10 0.0000");
	expect("[" RR ", 'level': 'warn'}]", RQ_STABILITY_UNKNOWN, 0, "not made: it judges max_drop gates alone, and none of them can fail the run");
	expect("[" RR ", 'waiver': {'reason': 'r', 'by': 'b', 'until': '2027-01-01'}}]", RQ_STABILITY_UNKNOWN, 0,
	       "not made: it judges max_drop gates alone, and none of them can fail the run");
	expect("['zero_growth(RR@10) <= 3%']", RQ_STABILITY_UNKNOWN, 0, "not made: it judges max_drop gates alone, and none of them can fail the run");
	expect("['RR@10 >= 0.1']", RQ_STABILITY_UNKNOWN, 0, "not made: it judges max_drop gates alone, and none of them can fail the run");
}
END_TEST

START_TEST(too_few_topics_block_nothing)
{
	build_again(60, .5);
	expect("[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.01}]", RQ_NOT_ASSESSABLE, 0,
	       "a second build of the baseline's index changes 60 of 200 rankings, RR@10 -0.1500; too few topics for the margin");
}
END_TEST

/* The second build is not measured by every metric. */
START_TEST(what_was_not_tested_is_not_stable)
{
	build_again(0, 0);
	again->metrics[1].absent[RQ_CANDIDATE] = "not measured: only judgments are";
	again->metrics[1].compared = false;
	static const char untested[] =
		"a second build of the baseline's index gives the same rankings; not tested: nDCG@10 has no value for the candidate (not "
		"measured: only judgments are)";
	expect("[" NDCG "]", RQ_NOT_ASSESSABLE, 0, untested);
	expect("[" NDCG ", " RR "}]", RQ_NOT_ASSESSABLE, 0, untested);
	expect("[" RR "}]", RQ_STABLE, 0, "a second build of the baseline's index gives the same rankings");
	build_again(60, .5);
	again->metrics[1].absent[RQ_CANDIDATE] = "not measured: only judgments are";
	expect("[" NDCG ", " RR "}]", RQ_UNSTABLE, 2,
	       "a second build of the baseline's index moves RR@10 by -0.1500, which is a drop at the margin 0.04");
}
END_TEST

/* 200 topics of the slice would do for a margin of .02; 100 pairs do not. */
START_TEST(a_slice_counts_its_clusters)
{
	size_t of[TOPICS];

	for (size_t i = 0; i < TOPICS; i++) {
		of[i] = i / 2;
		fixture->topics[i].slice = "all";
	}
	build_again(60, .5);
	static const char config[] = "['drop(RR@10[slice=all]) <= 0.02']";
	expect(config, RQ_UNSTABLE, 2, "a second build of the baseline's index moves RR@10[all] by -0.1500, which is a drop at the margin 0.02");
	fixture->comparison.clusters = (struct rq_clusters){.of = of, .count = TOPICS / 2};
	expect(config, RQ_NOT_ASSESSABLE, 0,
	       "a second build of the baseline's index changes 60 of 200 rankings, RR@10 -0.1500; too few topics for the margin");
}
END_TEST

START_TEST(a_failed_gate_is_still_a_failure)
{
	build_again(60, .5);
	expect("[" RR "}, 'RR@10 >= 0.99']", RQ_UNSTABLE, 1,
	       "a second build of the baseline's index moves RR@10 by -0.1500, which is a drop at the margin 0.04");
	ck_assert_int_eq(fixture->verdict.outcome, RQ_FAIL);
}
END_TEST

START_TEST(without_a_self_test_the_reason_is_kept)
{
	fixture->comparison.self_test.absent = "not possible: the baseline is a run file";
	expect("[" RR "}]", RQ_STABILITY_UNKNOWN, 0, "not possible: the baseline is a run file");
}
END_TEST

START_TEST(gates_that_need_one_are_known)
{
	struct rq_error err = {0};

	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', " RR ", 'level': 'warn'}]", &err), RQ_OK);
	ck_assert(!rq_gates_test_themselves(&fixture->gates));
	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', 'drop(RR@10) <= 3%']", &err), RQ_OK);
	ck_assert(rq_gates_test_themselves(&fixture->gates));
}
END_TEST

/* Not of the self-test: pairs of topics fall together, so half as many count. */
START_TEST(clusters_are_judged_as_clusters)
{
	size_t of[TOPICS];
	struct rq_metric_result *metric = &fixture->metrics[0];

	for (size_t i = 0; i < TOPICS; i++) {
		of[i] = i / 2;
		fixture->topics[i].slice = "all";
		fixture->values[0][RQ_CANDIDATE][i] -= i < 12 ? .5 : 0;
	}
	fixture_compute(fixture, metric);
	const struct rq_gate_result *gate =
		fixture_judge(fixture, "['drop(RR@10[slice=all]) <= 0.1', 'drop(RR@10) <= 20%', 'slices(RR@10) <= 0.1']", RQ_PROFILE_PR);
	double lower = gate[0].lower, relative = gate[1].lower;
	fixture->comparison.clusters = (struct rq_clusters){.of = of, .count = TOPICS / 2};
	gate = fixture_judge(fixture, "['drop(RR@10[slice=all]) <= 0.1', 'drop(RR@10) <= 20%', 'slices(RR@10) <= 0.1']", RQ_PROFILE_PR);
	ck_assert_double_lt(gate[0].lower, lower - .005);
	ck_assert_double_lt(gate[1].lower, relative - .005);
	struct rq_paired expected;
	struct rq_error err;
	ck_assert_int_eq(
		rq_paired_compare_clustered(&expected, metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], TOPICS, of, TOPICS / 2, &err), RQ_OK);
	ck_assert(gate[0].lower == expected.lower);
	/* 100 clusters are too few for a margin of .02, as 100 topics are */
	metric->paired = expected;
	gate = fixture_judge(fixture, "['drop(RR@10) <= 0.02']", RQ_PROFILE_PR);
	ck_assert_str_eq(gate->reason,
	                 "cannot pass a margin of 0.02 with 100 clusters of topics, which takes 175; the smallest margin they can decide is 0.04");
}
END_TEST

Suite *gate_self_test_suite(void)
{
	Suite *suite = suite_create("gate_self_test");
	TCase *tests = tcase_create("gate_self_test");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, the_same_again_is_stable);
	tcase_add_test(tests, a_quarter_of_the_margin_is_the_most);
	tcase_add_test(tests, a_drop_that_the_rule_calls_one);
	tcase_add_test(tests, only_gates_that_may_fail_the_run_count);
	tcase_add_test(tests, too_few_topics_block_nothing);
	tcase_add_test(tests, what_was_not_tested_is_not_stable);
	tcase_add_test(tests, a_slice_counts_its_clusters);
	tcase_add_test(tests, a_failed_gate_is_still_a_failure);
	tcase_add_test(tests, without_a_self_test_the_reason_is_kept);
	tcase_add_test(tests, gates_that_need_one_are_known);
	tcase_add_test(tests, clusters_are_judged_as_clusters);
	suite_add_tcase(suite, tests);
	return suite;
}
