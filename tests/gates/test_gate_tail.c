/* What a mean hides: topics at 0 (tail), topics by name (losses), a slice (slices). */
#include "fixture.h"

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-7)

static struct fixture *fixture;

static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

static const struct rq_gate_result *judge(const char *config)
{
	return fixture_judge(fixture, config, RQ_PROFILE_PR);
}

static void check_absent(const struct rq_gate_result *result, const char *reason)
{
	ck_assert(result->absent && result->outcome == RQ_FAIL && isnan(result->value));
	ck_assert_str_eq(result->reason, reason);
}

/* The first `came` topics fall from 1 to 0, the next `went` rise from 0 to 1, `stayed` more are at 0 on both sides. */
static void zeros(size_t topics, size_t came, size_t went, size_t stayed)
{
	fixture_start(fixture, topics);
	struct rq_metric_result *metric = fixture_metric(fixture, "RR@10", topics, 0, 0, 0, 0);
	for (size_t i = 0; i < came + went + stayed; i++) {
		fixture->values[0][RQ_BASELINE][i] = i < came ? 1 : 0;
		fixture->values[0][RQ_CANDIDATE][i] = i >= came && i < came + went ? 1 : 0;
	}
	fixture_compute(fixture, metric);
}

/* Each of five builds misses another ten topics: a mean of scores over the builds is never 0, and each build is at 0 for ten. */
START_TEST(builds_that_miss_other_topics)
{
	static double values[5][FIXTURE_TOPICS];
	const double *const builds[5] = {values[0], values[1], values[2], values[3], values[4]};

	zeros(200, 0, 0, 0);
	struct rq_metric_result *metric = &fixture->metrics[0];
	for (size_t i = 0; i < 200; i++) {
		fixture->values[0][RQ_CANDIDATE][i] = 0;
		for (size_t build = 0; build < 5; build++) {
			values[build][i] = i / (build == 4 ? 12 : 10) == build ? 0 : metric->per_topic[RQ_BASELINE][i];
			fixture->values[0][RQ_CANDIDATE][i] += values[build][i] / 5;
		}
	}
	fixture_compute(fixture, metric);
	const struct rq_gate_result *result = judge("['zero(RR@10) <= 5%', 'zero_growth(RR@10) <= 4%', 'p5(RR@10) >= 0.1']");
	for (int i = 0; i < 3; i++)
		ck_assert_msg(result[i].outcome == RQ_PASS, "%s", result[i].reason); /* of one build with those scores */
	metric->builds[RQ_CANDIDATE] = (struct rq_builds){.count = 5, .values = builds};
	result = judge("['zero(RR@10) <= 5%', 'zero_growth(RR@10) <= 4%', 'p5(RR@10) >= 0.1']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_str_eq(result[0].reason, "is 0 for 12 of 200 topics in the worst of 5 builds (0.0600 of them, over the limit 0.05)");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	NEAR(result[1].value, .052);
	ck_assert_int_eq(result[2].outcome, RQ_FAIL);
	ck_assert_str_eq(result[2].reason, "has a 5th percentile of 0.0000 in the worst of 5 builds, under the floor 0.1");
}
END_TEST

/* 9 of 200: exact one-sided 95 % bounds .02367 and .07721, by another implementation of the beta quantile */
START_TEST(topics_at_zero_are_counted)
{
	zeros(200, 4, 0, 5);
	const struct rq_gate_result *result =
		judge("['zero(RR@10) <= 10%', 'zero(RR@10) <= 5%', 'zero(RR@10) <= 4%', {'kind': 'tail', 'metric': 'RR@10', 'zeros': 0.045, 'slice': 'x'}]");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .045);
	NEAR(result[0].lower, .02367357615651117);
	NEAR(result[0].upper, .07721097501733636);
	ck_assert_str_eq(result[0].reason, "is 0 for 9 of 200 topics (0.0450 of them, limit 0.1)");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	ck_assert_str_eq(result[1].reason,
	                 "is 0 for 9 of 200 topics (0.0450 of them) and passes, but the upper 95 % bound 0.0772 of that share is over the limit 0.05");
	ck_assert_int_eq(result[2].outcome, RQ_FAIL);
	ck_assert_str_eq(result[2].reason, "is 0 for 9 of 200 topics (0.0450 of them, over the limit 0.04)");
	ck_assert(result[2].blocks);
	ck_assert_str_eq(result[2].text, "zero(RR@10) <= 4%");
	check_absent(&result[3], "has no topic in slice \"x\"; no topic names a slice");
	for (size_t i = 0; i < 200; i++)
		fixture->topics[i].slice = i < 20 ? "x" : NULL;
	ck_assert_str_eq(judge("['zero(RR@10[slice=x]) <= 50%']")->reason,
	                 "is 0 for 9 of 20 topics (0.4500 of them) and passes, but the upper 95 % bound 0.6531 of that share is over the limit 0.5");
}
END_TEST

/* Differences of -1, 1 and 0 by the rule of max_drop, calculated by another program. */
START_TEST(a_growth_of_zeros_is_tested)
{
	zeros(400, 30, 2, 10);
	const struct rq_gate_result *result = judge("['zero_growth(RR@10) <= 5%', 'zero_growth(RR@10) <= 10%']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	NEAR(result[0].value, .07);
	NEAR(result[0].lower, .04283562897676095);
	NEAR(result[0].upper, .09648817346038863);
	NEAR(result[0].p, 2 * 1.816396084774349e-06); /* two in Holm's family */
	ck_assert_str_eq(result[0].reason,
	                 "is 0 for 40 of 400 topics after 12: a growth of 0.0700 (90 % interval +0.0428 to +0.0965), limit 0.05, p < 0.0001");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	ck_assert_str_eq(result[1].reason, "is 0 for 40 of 400 topics after 12: a growth of at most 0.0965 (95 %), limit 0.1");

	zeros(400, 8, 2, 10);
	result = judge("['zero_growth(RR@10) <= 2%']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	NEAR(result->upper, .0325371734570231);
	ck_assert_uint_gt(result->topics_to_settle, 400);
	ck_assert_str_eq(result->reason, "cannot exclude a growth of 0.0325 with 400 topics (limit 0.02), of which 18 are at 0 after 12");

	zeros(60, 3, 1, 0);
	result = judge("['zero_growth(RR@10) <= 5%']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result->reason, "60 topics cannot pass a growth of 0.05, which takes 70; 3 are at 0 after 1");
	/* 60 topics are enough for a margin of .1, and 30 pairs of them are not */
	size_t of[60];
	for (size_t i = 0; i < 60; i++)
		of[i] = i / 2;
	fixture->comparison.clusters = (struct rq_clusters){.of = of, .count = 30};
	result = judge("['zero_growth(RR@10) <= 10%']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result->reason, "30 clusters of topics cannot pass a growth of 0.1, which takes 35; 3 topics are at 0 after 1");
	fixture->comparison.clusters = (struct rq_clusters){0};
	fixture->metrics[0].paired.identical = true; /* at any number of topics */
	result = judge("['zero_growth(RR@10) <= 5%']");
	ck_assert_int_eq(result->outcome, RQ_PASS);
	ck_assert_str_eq(result->reason, "is 0 for 3 of 60 topics, as before: identical rankings");
	check_absent(judge("['zero_growth(AP) <= 5%']"), "was not measured in this run");
	fixture->metrics[0].absent[RQ_BASELINE] = "not measured: none";
	check_absent(judge("['zero_growth(RR@10) <= 5%']"), "has no value for the baseline (not measured: none)");
}
END_TEST

/* 100 topics at .01, .02 ... 1: the 5th smallest is .05; its lower bound is the 2nd smallest: P(Binomial(100, .05) >= 2) = .963, >= 3 = .882 */
START_TEST(the_fifth_percentile_is_a_floor)
{
	fixture_start(fixture, 100);
	struct rq_metric_result *metric = fixture_metric(fixture, "RR@10", 100, 0, 0, 0, 0);
	for (size_t i = 0; i < 100; i++)
		fixture->values[0][RQ_CANDIDATE][i] = (double)(100 - i) / 100;
	fixture_compute(fixture, metric);
	const struct rq_gate_result *result =
		judge("['p5(RR@10) >= 0.02', 'p5(RR@10) >= 0.05', 'p5(RR@10) >= 0.06', {'kind': 'tail', 'metric': 'RR@10', 'p5': 0.01}]");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .05);
	NEAR(result[0].lower, .02);
	ck_assert_str_eq(result[0].reason, "has a 5th percentile of 0.0500, floor 0.02");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	ck_assert_str_eq(result[1].reason, "has a 5th percentile of 0.0500 and passes, but its lower 95 % bound 0.0200 is under the floor 0.05");
	ck_assert_int_eq(result[2].outcome, RQ_FAIL);
	ck_assert_str_eq(result[2].reason, "has a 5th percentile of 0.0500, under the floor 0.06");
	ck_assert_int_eq(result[3].outcome, RQ_PASS);
	fixture->values[0][RQ_CANDIDATE][7] = NAN;
	check_absent(judge("['p5(RR@10) >= 0.02']"), "has values for the candidate that are not numbers");
	check_absent(judge("['zero(RR@10) <= 0.02']"), "has values for the candidate that are not numbers");
	fixture_start(fixture, 0);
	fixture_metric(fixture, "RR@10", 0, 0, 0, 0, 0);
	check_absent(judge("['zero(RR@10) <= 0.02']"), "has a value for the candidate that is not a number");
}
END_TEST

START_TEST(losses_of_named_topics)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "RR@10", 150, 20, .5, 0, 0); /* t0000 to t0019 fall from 1 to .5 */
	const struct rq_gate_result *result = judge("[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0020', 't0199']},"
	                                            " {'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0020', 't0003', 't0004']},"
	                                            " {'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0003'], 'tolerance': 0.5},"
	                                            " {'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0003'], 'tolerance': 0.49},"
	                                            " {'kind': 'losses', 'metric': 'AP', 'topics': ['t0003']}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 0);
	ck_assert_str_eq(result[0].reason, "held on all 2 named topics");
	ck_assert_str_eq(result[0].text, "no loss of RR@10 in 2 topics");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks);
	NEAR(result[1].value, -.5);
	ck_assert_str_eq(result[1].reason, "fell on 2 of 3 named topics, furthest on \"t0003\" from 1.0000 to 0.5000, tolerance 0");
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	ck_assert_str_eq(result[2].text, "no loss of RR@10 beyond 0.5 in 1 topic");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	check_absent(&result[4], "was not measured in this run");
	fixture->values[0][RQ_CANDIDATE][3] = fixture->values[0][RQ_BASELINE][3] = NAN;
	fixture->metrics[0].samples[RQ_BASELINE] = fixture->metrics[0].samples[RQ_CANDIDATE] = 199; /* outside a sample */
	check_absent(judge("[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0003']}]"), "was not measured on topic \"t0003\"");
	check_absent(judge("[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['nobody']}]"),
	             "has no value for \"nobody\", which is no topic of this run");
}
END_TEST

START_TEST(unknown_topics_are_told_before_anything_is_computed)
{
	struct rq_error err = {0};

	fixture_start(fixture, 20);
	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', {'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0000', 't0019', 't0020']}]", &err),
	                 RQ_OK);
	ck_assert_int_eq(rq_gates_meet(&fixture->gates, &fixture->comparison, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "gates[1].topics: \"t0020\" is no topic that is judged and answerable; correct the id, or take it out");
	ck_assert_int_eq(fixture_parse(fixture, "[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0000', 't0019']}]", &err), RQ_OK);
	ck_assert_int_eq(rq_gates_meet(&fixture->gates, &fixture->comparison, &err), RQ_OK);
}
END_TEST

/* Slices of 40 topics, of which so many fall by .5; a fifth of 10 falls wholly and is too small to be looked at. */
static void slice_up(const size_t falls[4])
{
	static const char *const names[] = {"billing", "errors", "login", "setup", "tiny"};

	fixture_start(fixture, 170);
	struct rq_metric_result *metric = fixture_metric(fixture, "nDCG@10", 170, 0, 0, 0, 0);
	for (size_t i = 0; i < 170; i++) {
		fixture->topics[i].slice = names[i / 40];
		fixture->values[0][RQ_CANDIDATE][i] = i >= 160 || i % 40 < falls[i / 40] ? .5 : 1;
	}
	fixture_compute(fixture, metric);
}

/* p of 12, 4, 3 and 0 falls of 40, by another program: .01606143, .37802955, .5, .88...; the smallest of four counts four times */
START_TEST(the_worst_slice)
{
	slice_up((const size_t[]){4, 12, 3, 0});
	const struct rq_gate_result *result =
		judge("['slices(nDCG@10) <= 0.1', {'kind': 'slices', 'metric': 'nDCG@10', 'margin': 0.2, 'level': 'error', 'minimum': 11},"
	          " {'kind': 'slices', 'metric': 'nDCG@10', 'margin': 0.1, 'minimum': 41}]");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_int_eq(result[0].level, RQ_LEVEL_WARN);
	ck_assert(!result[0].blocks);
	NEAR(result[0].value, -.15);
	NEAR(result[0].p, 4 * .016061432992804364);
	ck_assert_str_eq(result[0].reason,
	                 "dropped 0.1500 in slice \"errors\" (40 topics), margin 0.1, p = 0.0642 after Benjamini-Hochberg over 4 slices; not judged: tiny (10 topics)");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	ck_assert_int_eq(result[1].level, RQ_LEVEL_ERROR);
	ck_assert_str_eq(result[1].reason, "fell furthest by 0.1500 in slice \"errors\" (40 topics), margin 0.2; not judged: tiny (10 topics)");
	check_absent(&result[2], "has no slice of 41 topics or more; the largest, \"billing\", has 40");

	slice_up((const size_t[]){0, 0, 5, 9});
	result = judge("['slices(nDCG@10) <= 0.1']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert(result->p > .1);
	ck_assert_str_eq(result->reason, "a drop of 0.1125 in slice \"setup\" (40 topics, margin 0.1) may be chance: p = 0.2453 after Benjamini-Hochberg "
	                                 "over 4 slices, where 0.10 would tell; not judged: tiny (10 topics)");

	slice_up((const size_t[]){0, 0, 0, 0});
	ck_assert_str_eq(judge("['slices(nDCG@10) <= 0.1']")->reason, "fell in none of 4 slices, margin 0.1; not judged: tiny (10 topics)");
	result = judge("[{'kind': 'slices', 'metric': 'nDCG@10', 'margin': 0.1, 'minimum': 10}]"); /* now with the small one */
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE); /* although all ten fall: 1.5 pseudo-topics weigh much beside ten */
	NEAR(result->value, -.5);
	ck_assert_ptr_nonnull(strstr(result->reason, "in slice \"tiny\" (10 topics, margin 0.1) may be chance"));
}
END_TEST

START_TEST(without_slices_there_is_nothing_to_judge)
{
	fixture_start(fixture, 100);
	fixture_metric(fixture, "nDCG@10", 100, 10, .5, 0, 0);
	check_absent(judge("['slices(nDCG@10) <= 0.1']"), "has no slices: no topic names one");
	check_absent(judge("['slices(AP) <= 0.1']"), "was not measured in this run");
	fixture->values[0][RQ_BASELINE][5] = INFINITY;
	check_absent(judge("['slices(nDCG@10) <= 0.1']"), "has values for the baseline that are not numbers");
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *config, *message;
	} cases[] = {
		{"[{'kind': 'tail', 'metric': 'RR@10'}]", "gates[0]: none of zeros, growth and p5 is there; expected one, and another gate for another"},
		{"[{'kind': 'tail', 'metric': 'RR@10', 'zeros': 0.1, 'p5': 0.1}]",
	     "gates[0]: more than one of zeros, growth and p5 is there; expected one, and another gate for another"},
		{"[{'kind': 'tail', 'metric': 'RR@10', 'zeros': 5}]",
	     "gates[0].zeros: 5 is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
		{"[{'kind': 'tail', 'metric': 'latency.p99', 'zeros': 0.5}]",
	     "gates[0]: a tail is judged from topics whose values lie between 0 and 1, of which more is better, and those of \"latency.p99\" do not"},
		{"['zero(RR@10) >= 5%']", "gates[0]: \"zero(RR@10) >= 5%\": column 13: expected <=: a share of topics at 0 is bounded from above"},
		{"['p5(RR@10) <= 5%']", "gates[0]: \"p5(RR@10) <= 5%\": column 11: expected >=: a percentile of a score is bounded from below"},
		{"['zero(RR@10) <= few']", "gates[0]: \"zero(RR@10) <= few\": column 16: \"few\" is not a number; expected one such as 5%"},
		{"['zero_growth(RR@10) <= 0']", "gates[0]: a bound of 0 is not between 0 and 1; expected one such as 2%"},
		{"[{'kind': 'losses', 'metric': 'RR@10', 'topics': []}]", "gates[0].topics: empty; expected the ids of topics that must not lose"},
		{"[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['a', 'b', 'a']}]", "gates[0].topics: \"a\" is there twice; expected each topic once"},
		{"[{'kind': 'losses', 'metric': 'NumRet', 'topics': ['a']}]",
	     "gates[0]: a loss is judged from topics whose values lie between 0 and 1, of which more is better, and those of \"NumRet\" do not"},
		{"[{'kind': 'losses', 'metric': 'RR@10', 'topics': ['a'], 'slice': 'x'}]",
	     "gates[0].slice: unknown key; valid keys here: kind, metric, level, owner, runbook, inconclusive, waiver, topics, tolerance"},
		{"['slices(RR@10[slice=x]) <= 0.1']", "gates[0]: \"slices(RR@10[slice=x]) <= 0.1\": column 13: expected \")\": \"slices\" takes no slice"},
		{"['slices(RR@10) <= 1']", "gates[0]: a margin of 1 is not between 0 and 1; expected an absolute margin such as 0.1"},
		{"['slices(utility) <= 0.1']",
	     "gates[0]: slices are judged from topics whose values lie between 0 and 1, of which more is better, and those of \"utility\" do not"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		ck_assert_int_eq(fixture_parse(fixture, cases[i].config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
	}
}
END_TEST

Suite *gate_tail_suite(void)
{
	Suite *suite = suite_create("gate_tail");
	TCase *tests = tcase_create("tail");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, topics_at_zero_are_counted);
	tcase_add_test(tests, builds_that_miss_other_topics);
	tcase_add_test(tests, a_growth_of_zeros_is_tested);
	tcase_add_test(tests, the_fifth_percentile_is_a_floor);
	tcase_add_test(tests, losses_of_named_topics);
	tcase_add_test(tests, unknown_topics_are_told_before_anything_is_computed);
	tcase_add_test(tests, the_worst_slice);
	tcase_add_test(tests, without_slices_there_is_nothing_to_judge);
	tcase_add_test(tests, mistakes);
	suite_add_tcase(suite, tests);
	return suite;
}
