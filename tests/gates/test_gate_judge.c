/* What single gates say. The bounds and p of paired gates were computed independently with mpmath; tests/metrics/stats checks them to more digits. */
#include "fixture.h"

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

#define NEAR(a, b) ck_assert_double_eq_tol(a, b, 1e-7)

static const struct rq_gate_result *judge(const char *config)
{
	return fixture_judge(fixture, config, RQ_PROFILE_PR);
}

static void check_absent(const struct rq_gate_result *result, const char *reason)
{
	ck_assert(result->absent && result->outcome == RQ_FAIL);
	ck_assert(isnan(result->value) && isnan(result->lower) && isnan(result->upper) && isnan(result->p));
	ck_assert_str_eq(result->reason, reason);
}

/* 200 topics, 20 fall by .5 */
START_TEST(a_shown_drop_fails)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	const struct rq_gate_result *result =
		judge("[{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.03, 'owner': 'search', 'runbook': 'https://x'}]");

	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert(!result->absent && result->blocks && !result->is_time);
	NEAR(result->value, -.05);
	NEAR(result->lower, -.076946029);
	NEAR(result->upper, -.0218095);
	NEAR(result->p, .00037748725);
	ck_assert_double_eq(result->limit, .03);
	ck_assert_str_eq(result->text, "drop(nDCG@10) <= 0.03");
	ck_assert_str_eq(result->kind, "max_drop");
	ck_assert_str_eq(result->metric, "nDCG@10");
	ck_assert_str_eq(result->owner, "search");
	ck_assert_str_eq(result->runbook, "https://x");
	ck_assert_str_eq(result->reason, "dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004");
}
END_TEST

START_TEST(a_drop_within_the_margin_passes)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.08']");

	ck_assert_int_eq(result->outcome, RQ_PASS);
	ck_assert(!result->blocks);
	ck_assert_str_eq(result->reason, "drops at most 0.0769 (95 %), margin 0.08");
}
END_TEST

START_TEST(a_rise_passes)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 0, 0, 0, 20, .5);
	ck_assert_str_eq(judge("['drop(nDCG@10) <= 0.03']")->reason, "rose by at least 0.0218 (95 %), margin 0.03");
	ck_assert_int_eq(fixture->verdict.outcome, RQ_PASS);
}
END_TEST

/* 400 topics, 18 fall by .5, 5 rise by .5: t = .0124533/.0066858 = 1.8627 of 400.5 degrees, p = .031621 alone and twice that of two */
START_TEST(what_is_shown_alone_says_so)
{
	fixture_start(fixture, 400);
	fixture_metric(fixture, "nDCG@10", 300, 18, .5, 5, .5);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.02']");

	ck_assert_int_eq(result->outcome, RQ_FAIL);
	result = judge("['drop(nDCG@10) <= 0.02', 'drop(nDCG@10) <= 0.025']");
	ck_assert_int_eq(result[0].outcome, RQ_INCONCLUSIVE);
	ck_assert_double_eq_tol(result[0].p, .06324273, 1e-7);
	ck_assert_uint_eq(result[0].topics_to_settle, 425); /* t = .0126759/.0064460 = 1.9665, p = .0250 */
	ck_assert_str_eq(
		result[0].reason,
		"dropped 0.0163, margin 0.02, which is shown alone (p = 0.0316) and not among all gates (p = 0.0632); about 425 topics would settle it");
}
END_TEST

/* 100 topics, 6 fall by .5, 4 rise by .25; n_min is 70 for .05 and 117 for .03 */
START_TEST(too_little_is_inconclusive_and_says_what_would_help)
{
	fixture_start(fixture, 100);
	fixture_metric(fixture, "nDCG@10", 80, 6, .5, 4, .25);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.05', 'drop(nDCG@10) <= 0.03']");

	ck_assert_int_eq(result[0].outcome, RQ_INCONCLUSIVE);
	NEAR(result[0].lower, -.063560285);
	ck_assert_uint_eq(result[0].topics_to_settle, 161);
	ck_assert_str_eq(result[0].reason, "cannot exclude a drop of 0.0636 with 100 topics (margin 0.05); about 161 would settle it");
	ck_assert_int_eq(result[1].outcome, RQ_INCONCLUSIVE);
	ck_assert_uint_eq(result[1].topics_to_settle, 344); /* 285 as the only gate */
	ck_assert_str_eq(result[1].reason, "cannot pass a margin of 0.03 with 100 topics, which takes 117; the smallest margin they can decide is 0.04");
}
END_TEST

START_TEST(a_handful_of_topics_decides_nothing)
{
	fixture_start(fixture, 3);
	fixture_metric(fixture, "nDCG@10", 3, 0, 0, 0, 0);
	ck_assert_str_eq(judge("['drop(nDCG@10) <= 0.03']")->reason,
	                 "cannot pass a margin of 0.03 with 3 topics, which takes 117; so few can decide no margin at all");
	ck_assert_int_eq(fixture->verdict.gates[0].outcome, RQ_INCONCLUSIVE);
}
END_TEST

START_TEST(identical_rankings_pass_at_any_number)
{
	fixture_start(fixture, 3);
	fixture_metric(fixture, "nDCG@10", 3, 0, 0, 0, 0)->paired.identical = true;
	ck_assert_str_eq(judge("['drop(nDCG@10) <= 0.03']")->reason, "identical rankings on all 3 topics");
	ck_assert_int_eq(fixture->verdict.gates[0].outcome, RQ_PASS);
}
END_TEST

/* What five builds differ by in the slice, whose mean they are, is in the bounds of a gate on it; of a share of the baseline's mean, too. */
START_TEST(builds_widen_a_slice)
{
	static double values[5][FIXTURE_TOPICS];
	const double *const builds[5] = {values[0], values[1], values[2], values[3], values[4]};
	struct rq_paired expected;

	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	for (size_t i = 0; i < 200; i++) {
		fixture->topics[i].slice = i < 100 ? "a" : "b";
		for (int build = 0; build < 5; build++) /* of the first 10 topics: .05 x -2 .. 2, which is .005 of the slice's mean */
			values[build][i] = metric->per_topic[RQ_CANDIDATE][i] + (i < 10 ? .05 * (build - 2) : 0);
	}
	double lower = judge("['drop(nDCG@10[slice=a]) <= 0.2']")->lower, relative = judge("['drop(nDCG@10) <= 20%']")->lower;
	metric->builds[RQ_CANDIDATE] = (struct rq_builds){.count = 5, .values = builds};
	expected = rq_paired_compare(metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], 100);
	rq_paired_add_builds(&expected, (double[]){-.01, -.005, 0, .005, .01}, 5);
	const struct rq_gate_result *result = judge("['drop(nDCG@10[slice=a]) <= 0.2', 'drop(nDCG@10) <= 20%']");
	ck_assert_double_eq_tol(result[0].lower, expected.lower, 1e-12);
	ck_assert_double_lt(result[0].lower, lower - 1e-4);
	ck_assert_double_lt(result[1].lower, relative - 1e-5);
}
END_TEST

/* 200 topics, 11 fall by .5: p = .026058, twice that is .052116 */
START_TEST(error_level_drops_share_the_five_percent)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 11, .5, 0, 0);
	fixture_metric(fixture, "RR@10", 150, 11, .5, 0, 0);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.03']");
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	NEAR(result->p, .026057779);

	result = judge("['drop(nDCG@10) <= 0.03', 'drop(RR@10) <= 0.03']");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(result[i].outcome, RQ_INCONCLUSIVE);
		NEAR(result[i].p, .052115558);
	}

	/* A gate that only warns, is off or lacks its data is no member of the family; it is tested by its own p. */
	result = judge("['drop(nDCG@10) <= 0.03', 'drop(AP) <= 0.03', {'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.03, 'level': 'warn'},"
	               " {'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.02, 'level': 'off'}, 'RR@10 >= 0.1']");
	ck_assert_uint_eq(fixture->verdict.count, 4);
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	NEAR(result[0].p, .026057779);
	ck_assert_int_eq(result[2].outcome, RQ_FAIL);
	NEAR(result[2].p, .026057779);
	ck_assert(isnan(result[3].p));
}
END_TEST

static void slice_evenly(void)
{
	for (size_t i = 0; i < fixture->comparison.topic_count; i++)
		fixture->topics[i].slice = i % 2 == 0 ? "billing" : "errors";
}

/* Of 200 topics the first 20 fall by .5: 10 of the slice's 100. */
START_TEST(a_slice_is_judged_on_its_own_topics)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	slice_evenly();
	const struct rq_gate_result *result = judge("['drop(nDCG@10[slice=billing]) <= 0.04']");

	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert_str_eq(result->slice, "billing");
	NEAR(result->value, -.05);
	NEAR(result->lower, -.095156688);
	NEAR(result->upper, -.0021077125);
	NEAR(result->p, .040027757);
	ck_assert_str_eq(result->reason, "dropped 0.0500 (90 % interval -0.0952 to -0.0021), margin 0.04, p = 0.0400");

	/* The rankings of one slice are the same, whatever moved elsewhere. */
	static bool same[200];
	struct rq_metric_result *metric = &fixture->metrics[0];
	for (size_t i = 0; i < 200; i++) {
		same[i] = strcmp(fixture->comparison.topics[i].slice, "errors") == 0;
		if (same[i])
			((double *)metric->per_topic[RQ_CANDIDATE])[i] = metric->per_topic[RQ_BASELINE][i];
	}
	ck_assert_int_eq(judge("['drop(nDCG@10[slice=errors]) <= 0.03']")->outcome, RQ_INCONCLUSIVE); /* equal values alone: 100 topics are too few */
	metric->same_ranking = same;
	ck_assert_str_eq(judge("['drop(nDCG@10[slice=errors]) <= 0.03']")->reason, "identical rankings on all 100 topics of the slice");
}
END_TEST

/* 170 of 200 topics at 1: 85 of 100 in the slice, whose lower bound is .776337 and whose upper one is .910986 */
START_TEST(a_floor_under_a_slice_takes_the_mean_of_its_topics)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "RR@10", 170, 0, 0, 0, 0);
	slice_evenly();
	const struct rq_gate_result *result = judge("['RR@10[slice=errors] >= 0.8', 'RR@10[slice=errors] >= 0.86', 'RR@10[slice=errors] <= 0.9']");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .85);
	NEAR(result[0].lower, .77633697);
	NEAR(result[0].upper, .91098649);
	ck_assert_str_eq(result[0].reason, "is 0.8500 and passes, but its lower 95 % bound 0.7763 is under the floor 0.8");
	ck_assert_str_eq(result[1].reason, "is 0.8500, under the floor 0.86");
	ck_assert_str_eq(result[2].reason, "is 0.8500 and passes, but its upper 95 % bound 0.9110 is over the ceiling 0.9");
}
END_TEST

START_TEST(a_slice_that_no_topic_has_is_absent_and_the_slices_are_listed)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "RR@10", 170, 0, 0, 0, 0);
	check_absent(judge("['RR@10[slice=bilng] >= 0.8']"), "has no topic in slice \"bilng\"; no topic names a slice");
	slice_evenly();
	struct rq_error err;
	ck_assert_int_eq(rq_gates_meet(&fixture->gates, &fixture->comparison, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "gates[0]: \"RR@10[slice=bilng] >= 0.8\" has no topic in slice \"bilng\"; slices are billing, errors");
	fixture->topics[7].slice = NULL;
	check_absent(judge("['RR@10[slice=bilng] >= 0.8']"), "has no topic in slice \"bilng\"; slices are billing, errors");
	check_absent(judge("['drop(RR@10[slice=bilng]) <= 0.03']"), "has no topic in slice \"bilng\"; slices are billing, errors");
	ck_assert_int_eq(fixture->verdict.exit_code, 1);
	fixture->metrics[0].per_topic[RQ_CANDIDATE] = NULL;
	check_absent(judge("['RR@10[slice=billing] >= 0.8']"), "has no values per topic for the candidate");
}
END_TEST

/* ann_recall on a seeded sample: topics outside it are NaN on both sides. */
START_TEST(topics_outside_a_sample_are_left_out_of_a_slice)
{
	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "ann_recall@10", 100, 0, 0, 0, 0);
	slice_evenly();
	for (size_t i = 50; i < 200; i++)
		fixture->values[0][RQ_BASELINE][i] = fixture->values[0][RQ_CANDIDATE][i] = NAN;
	metric->samples[RQ_BASELINE] = metric->samples[RQ_CANDIDATE] = 50;
	const struct rq_gate_result *result = judge("['ann_recall@10[slice=billing] >= 0.9', 'drop(ann_recall@10[slice=billing]) <= 0.03']");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 1);
	ck_assert_str_eq(result[1].reason, "cannot pass a margin of 0.03 with 25 topics, which takes 117; the smallest margin they can decide is 0.14");

	/* A value that should be there and is not a number is no hole in a sample. */
	fixture->values[0][RQ_CANDIDATE][4] = NAN;
	check_absent(judge("['ann_recall@10[slice=billing] >= 0.9']"), "has values for the candidate that are not numbers");
	/* As many on each side, but not the same ones. */
	fixture->values[0][RQ_CANDIDATE][60] = 1;
	check_absent(judge("['drop(ann_recall@10[slice=billing]) <= 0.5']"), "was not measured on all topics of the baseline");
	/* What the baseline lacks it cannot have lost; a floor is on all that the candidate has. */
	fixture->values[0][RQ_CANDIDATE][4] = 1;
	fixture->values[0][RQ_CANDIDATE][60] = fixture->values[0][RQ_CANDIDATE][62] = 0;
	metric->samples[RQ_CANDIDATE] = 52;
	result = judge("['ann_recall@10[slice=billing] >= 0.9', 'drop(ann_recall@10[slice=billing]) <= 0.5']");
	NEAR(result[0].value, 25. / 27);
	ck_assert_uint_eq(result[1].units, 25);
	NEAR(result[1].value, 0);
	fixture->topics[199].slice = "tail";
	check_absent(judge("['ann_recall@10[slice=tail] >= 0.9']"), "was measured on no topic of slice \"tail\"");
}
END_TEST

/* 170 of 200 topics at 1: lower bound .801290, upper .892660 */
START_TEST(a_bound_is_decided_by_the_value_and_warns_by_its_confidence_bound)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "RR@10", 170, 0, 0, 0, 0);
	const struct rq_gate_result *result = judge("['RR@10 >= 0.8', 'RR@10 >= 0.85', 'RR@10 >= 0.9', 'RR@10 <= 0.9', 'RR@10 <= 0.86', 'RR@10 <= 0.5']");

	ck_assert_str_eq(result[0].reason, "is 0.8500, floor 0.8");
	ck_assert_int_eq(result[1].outcome, RQ_PASS); /* on the bound */
	ck_assert_str_eq(result[1].reason, "is 0.8500 and passes, but its lower 95 % bound 0.8013 is under the floor 0.85");
	ck_assert_int_eq(result[2].outcome, RQ_FAIL);
	ck_assert_str_eq(result[2].reason, "is 0.8500, under the floor 0.9, as the baseline (0.8500) is too");
	ck_assert_str_eq(result[3].reason, "is 0.8500, ceiling 0.9");
	ck_assert_str_eq(result[4].reason, "is 0.8500 and passes, but its upper 95 % bound 0.8927 is over the ceiling 0.86");
	ck_assert_int_eq(result[5].outcome, RQ_FAIL);
	ck_assert_str_eq(result[5].reason, "is 0.8500, over the ceiling 0.5, as the baseline (0.8500) is too");
	ck_assert(isnan(result[0].p) && result[0].topics_to_settle == 0);
	NEAR(result[0].lower, .80129001);
	NEAR(result[0].upper, .89265974);
}
END_TEST

START_TEST(a_floor_that_the_baseline_holds_says_nothing_of_it)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "RR@10", 170, 20, .5, 0, 0);
	ck_assert_str_eq(judge("['RR@10 >= 0.84']")->reason, "is 0.8000, under the floor 0.84");
}
END_TEST

START_TEST(a_floor_is_judged_without_a_baseline)
{
	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "RR@10", 170, 0, 0, 0, 0);

	metric->absent[RQ_BASELINE] = "not measured: there is no baseline";
	metric->value[RQ_BASELINE] = NAN;
	metric->compared = false;
	ck_assert_str_eq(judge("['RR@10 >= 0.8']")->reason, "is 0.8500, floor 0.8");
	ck_assert_str_eq(judge("['RR@10 >= 0.9']")->reason, "is 0.8500, under the floor 0.9");
	check_absent(judge("['drop(RR@10) <= 0.03']"), "has no value for the baseline (not measured: there is no baseline)");
}
END_TEST

START_TEST(a_time_is_decided_by_its_confidence_bounds)
{
	fixture_start(fixture, 10);
	fixture_time(fixture, "latency.p99", .0412, .0398, .0441, 1000);
	const struct rq_gate_result *result =
		judge("['latency.p99 <= 50ms', 'latency.p99 <= 44.1ms', 'latency.p99 <= 42ms', 'latency.p99 <= 39ms', 'latency.p99 <= 41ms']");

	ck_assert(result[0].outcome == RQ_PASS && result[0].is_time && result[0].level == RQ_LEVEL_WARN);
	ck_assert_str_eq(result[0].reason, "is 41.2 ms, at most 44.1 ms (95 %), limit 50ms");
	ck_assert_int_eq(result[1].outcome, RQ_PASS); /* on the limit */
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[2].reason,
	                 "cannot tell 41.2 ms (90 % interval 39.8 ms to 44.1 ms) from the limit 42ms; more than 1000 timed queries would");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	ck_assert_int_eq(result[4].outcome, RQ_INCONCLUSIVE); /* over the limit, as far as one can tell */
	ck_assert_str_eq(result[3].reason, "is 41.2 ms, at least 39.8 ms (95 %), limit 39ms");
}
END_TEST

START_TEST(a_rate_has_to_stay_above_its_limit)
{
	fixture_start(fixture, 10);
	struct rq_metric_result *search = fixture_time(fixture, "latency.rate", 24.3, 22.1, 26.9, 1000),
							*embed = fixture_time(fixture, "embed.rate", 1240, -INFINITY, INFINITY, 1);
	search->is_rate = embed->is_rate = embed->is_embedding = true;
	search->lower_is_better = embed->lower_is_better = false;
	const struct rq_gate_result *result =
		judge("['latency.rate >= 20', 'latency.rate >= 22.1', 'latency.rate >= 25', 'latency.rate >= 30', 'embed.rate >= 1000']");

	ck_assert(result[0].outcome == RQ_PASS && result[0].is_time && result[0].is_rate && result[0].level == RQ_LEVEL_WARN);
	ck_assert_str_eq(result[0].reason, "is 24.3/s, at least 22.1/s (95 %), limit 20");
	ck_assert_int_eq(result[1].outcome, RQ_PASS); /* on the limit */
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[2].reason, "cannot tell 24.3/s (90 % interval 22.1/s to 26.9/s) from the limit 25; more than 1000 timed queries would");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	ck_assert_str_eq(result[3].reason, "is 24.3/s, at most 26.9/s (95 %), limit 30");
	ck_assert_str_eq(result[4].reason, "needs at least 299 timed embeddings for a lower bound and has 1");
	judge("[{'kind': 'min', 'metric': 'latency.rate', 'value': 30, 'level': 'error'}]");
	ck_assert_str_eq(
		fixture->verdict.sentence,
		"FAIL: latency.rate is 24.3/s, at most 26.9/s (95 %), limit 30 (gate latency.rate >= 30); search less deeply or lower the limit");
}
END_TEST

START_TEST(failures_are_longer_than_any_limit)
{
	fixture_start(fixture, 10);
	struct rq_metric_result *last = fixture_time(fixture, "latency.p99", INFINITY, INFINITY, INFINITY, 1999),
							*some = fixture_time(fixture, "latency.p95", .0412, .0398, INFINITY, 1000),
							*few = fixture_time(fixture, "latency.p50", .0412, -INFINITY, INFINITY, 4);
	last->failed[RQ_CANDIDATE] = 999;
	some->failed[RQ_CANDIDATE] = 45;
	few->failed[RQ_CANDIDATE] = 1;
	const struct rq_gate_result *result = judge("['latency.p99 <= 50ms', 'latency.p95 <= 50ms', 'latency.p50 <= 50ms', 'latency.p95 <= 30ms']");

	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_str_eq(result[0].reason, "is no time within the limit 50ms: 999 of 1999 timed queries failed");
	ck_assert_int_eq(result[1].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[1].reason, "may be no time within the limit 50ms: 45 of 1000 timed queries failed");
	ck_assert_str_eq(result[2].reason, "needs at least 5 timed queries for an upper bound and has 4");
	ck_assert_str_eq(result[3].reason, "is 41.2 ms, at least 39.8 ms (95 %), limit 30ms");
}
END_TEST

/* ln .05 / ln .99 = 298.07; ln .05 / ln .95 = 58.4; ln .05 / ln .5 = 4.3 */
START_TEST(too_few_timed_queries_say_how_many_are_needed)
{
	fixture_start(fixture, 10);
	fixture_time(fixture, "latency.p99", .0412, .0398, INFINITY, 120);
	fixture_time(fixture, "latency.p95", .0412, .0398, INFINITY, 50);
	fixture_time(fixture, "latency.p50", .0412, -INFINITY, INFINITY, 3);
	const struct rq_gate_result *result = judge("['latency.p99 <= 50ms', 'latency.p95 <= 50ms', 'latency.p50 <= 50ms', 'latency.p99 <= 30ms']");

	ck_assert_int_eq(result[0].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[0].reason, "needs at least 299 timed queries for an upper bound and has 120");
	ck_assert_str_eq(result[1].reason, "needs at least 59 timed queries for an upper bound and has 50");
	ck_assert_str_eq(result[2].reason, "needs at least 5 timed queries for an upper bound and has 3");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL); /* to fail, the lower bound is enough */
}
END_TEST

START_TEST(what_was_not_measured_fails_and_says_why)
{
	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "ann_recall@10", 200, 0, 0, 0, 0);

	metric->absent[RQ_CANDIDATE] = "not measured: the side is a run file";
	metric->value[RQ_CANDIDATE] = NAN;
	metric->compared = false;
	check_absent(judge("['ann_recall@10 >= 0.95']"), "has no value for the candidate (not measured: the side is a run file)");
	ck_assert(fixture->verdict.gates[0].blocks);
	check_absent(judge("['drop(ann_recall@10) <= 0.01']"), "has no value for the candidate (not measured: the side is a run file)");
	check_absent(judge("['AP >= 0.1']"), "was not measured in this run");
	metric->absent[RQ_CANDIDATE] = NULL;
	metric->value[RQ_CANDIDATE] = 1;
	check_absent(judge("['drop(ann_recall@10) <= 0.01']"), "was not compared topic by topic");
}
END_TEST

/* Whatever number is missing, the gate does not pass, and in no profile does the run. */
START_TEST(a_nan_anywhere_never_passes)
{
	const double poison[] = {NAN, -NAN};

	for (int kind = 0; kind < 2; kind++) {
		fixture_start(fixture, 200);
		struct rq_metric_result *metric = fixture_metric(fixture, "RR@10", 200, 0, 0, 0, 0);
		const struct rq_metric_result sound = *metric;
		double *const floor[] = {&metric->value[RQ_CANDIDATE], &metric->value_lower[RQ_CANDIDATE], &metric->value_upper[RQ_CANDIDATE], NULL};
		double *const drop[] = {&metric->value[RQ_CANDIDATE], &metric->value[RQ_BASELINE], &metric->paired.delta, &metric->paired.lower,
		                        &metric->paired.upper,        &metric->paired.p_worse,     NULL};
		for (double *const *field = kind == 0 ? floor : drop; *field != NULL; field++)
			for (size_t i = 0; i < 2; i++) {
				*metric = sound;
				ck_assert_int_eq(judge(kind == 0 ? "['RR@10 >= 0.5']" : "['drop(RR@10) <= 0.5']")->outcome, RQ_PASS);
				**field = poison[i];
				const struct rq_gate_result *result = judge(kind == 0 ? "['RR@10 >= 0.5']" : "['drop(RR@10) <= 0.5']");
				ck_assert(result->absent && result->blocks && fixture->verdict.exit_code == 1);
			}
	}
	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "RR@10", 200, 0, 0, 0, 0);
	slice_evenly();
	fixture->values[0][RQ_CANDIDATE][0] = NAN;
	ck_assert(judge("['RR@10[slice=billing] >= 0.5']")->absent);
	ck_assert(judge("['drop(RR@10[slice=billing]) <= 0.5']")->absent);
	ck_assert(judge("['RR@10[slice=errors] >= 0.5']")->absent); /* the other slice of a metric that is broken */
	metric->paired.identical = true;
	metric->paired.n = 0;
	ck_assert(judge("['drop(RR@10) <= 0.5']")->absent);
}
END_TEST

START_TEST(a_time_without_bounds_never_passes)
{
	for (int field = 0; field < 3; field++) {
		fixture_start(fixture, 10);
		struct rq_metric_result *metric = fixture_time(fixture, "latency.p99", .0412, .0398, .0441, 1000);
		*(field == 0 ? &metric->value[RQ_CANDIDATE] : field == 1 ? &metric->value_lower[RQ_CANDIDATE] : &metric->value_upper[RQ_CANDIDATE]) = NAN;
		ck_assert(judge("['latency.p99 <= 50ms']")->absent);
	}
}
END_TEST

/* A mean of 40 values of .39 or a share of 7 in 250 is off in its last digit. */
START_TEST(a_point_at_its_limit_is_within)
{
	fixture_start(fixture, 250);
	struct rq_metric_result *metric = fixture_metric(fixture, "P@10", 0, 0, 0, 0, 0);
	for (size_t i = 0; i < 250; i++)
		fixture->values[0][RQ_BASELINE][i] = fixture->values[0][RQ_CANDIDATE][i] = i % 2 == 0 ? .38 : .4;
	fixture_compute(fixture, metric);
	metric->value[RQ_CANDIDATE] = nextafter(.39, 0); /* as some sums end */
	struct rq_metric_result *zeros = fixture_metric(fixture, "RR@10", 243, 0, 0, 0, 0);
	fixture->values[1][RQ_BASELINE][0] = .9;
	fixture->values[1][RQ_CANDIDATE][0] = .6;
	fixture_compute(fixture, zeros);
	ck_assert(7.0 / 250 > 2.8 / 100 && .9 - .6 > .3);
	const struct rq_gate_result *result = judge("['P@10 >= 0.39', 'P@10 >= 0.390001', 'zero(RR@10) <= 2.8%', 'zero(RR@10) <= 2.7%', "
	                                            "{'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0000'], 'tolerance': 0.3}, "
	                                            "{'kind': 'losses', 'metric': 'RR@10', 'topics': ['t0000'], 'tolerance': 0.29}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_ptr_nonnull(strstr(result[0].reason, "is 0.3900 and passes, but its lower"));
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	ck_assert_ptr_nonnull(strstr(result[2].reason, "is 0 for 7 of 250 topics (0.0280 of them) and passes"));
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	ck_assert_int_eq(result[4].outcome, RQ_PASS);
	ck_assert_int_eq(result[5].outcome, RQ_FAIL);
	metric->value[RQ_CANDIDATE] = nextafter(.39, 1);
	ck_assert_int_eq(judge("['P@10 <= 0.39']")->outcome, RQ_PASS);
}
END_TEST

Suite *gate_judge_suite(void)
{
	Suite *suite = suite_create("gate_judge");
	TCase *tests = tcase_create("judge");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_shown_drop_fails);
	tcase_add_test(tests, a_drop_within_the_margin_passes);
	tcase_add_test(tests, a_rise_passes);
	tcase_add_test(tests, too_little_is_inconclusive_and_says_what_would_help);
	tcase_add_test(tests, what_is_shown_alone_says_so);
	tcase_add_test(tests, a_handful_of_topics_decides_nothing);
	tcase_add_test(tests, identical_rankings_pass_at_any_number);
	tcase_add_test(tests, builds_widen_a_slice);
	tcase_add_test(tests, error_level_drops_share_the_five_percent);
	tcase_add_test(tests, a_slice_is_judged_on_its_own_topics);
	tcase_add_test(tests, a_floor_under_a_slice_takes_the_mean_of_its_topics);
	tcase_add_test(tests, a_slice_that_no_topic_has_is_absent_and_the_slices_are_listed);
	tcase_add_test(tests, topics_outside_a_sample_are_left_out_of_a_slice);
	tcase_add_test(tests, a_bound_is_decided_by_the_value_and_warns_by_its_confidence_bound);
	tcase_add_test(tests, a_floor_that_the_baseline_holds_says_nothing_of_it);
	tcase_add_test(tests, a_floor_is_judged_without_a_baseline);
	tcase_add_test(tests, a_time_is_decided_by_its_confidence_bounds);
	tcase_add_test(tests, a_rate_has_to_stay_above_its_limit);
	tcase_add_test(tests, failures_are_longer_than_any_limit);
	tcase_add_test(tests, too_few_timed_queries_say_how_many_are_needed);
	tcase_add_test(tests, what_was_not_measured_fails_and_says_why);
	tcase_add_test(tests, a_nan_anywhere_never_passes);
	tcase_add_test(tests, a_time_without_bounds_never_passes);
	tcase_add_test(tests, a_point_at_its_limit_is_within);
	suite_add_tcase(suite, tests);
	return suite;
}
