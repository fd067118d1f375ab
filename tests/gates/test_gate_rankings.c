/* Gates that look at what was retrieved, or at whether there is enough to judge by: overlap, coverage, power, and margins relative to the baseline.
 */
#include "fixture.h"

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-7)

enum { RANKED = 20, DEPTH = 4 };

static struct fixture *fixture;
static struct rq_run runs[RQ_SIDES];
static struct rq_ranking rankings[RQ_SIDES][RANKED];
static struct rq_scored_document documents[RQ_SIDES][RANKED][DEPTH];

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
	return fixture_judge(fixture, config, RQ_PROFILE_RELEASE);
}

static void check_absent(const struct rq_gate_result *result, const char *reason)
{
	ck_assert(result->absent && result->blocks && result->outcome == RQ_FAIL && isnan(result->value));
	ck_assert_str_eq(result->reason, reason);
}

/* Every ranking is a, b, c, d. */
static void rank(void)
{
	static const char *const names[DEPTH] = {"a", "b", "c", "d"};

	fixture_start(fixture, RANKED);
	for (int side = 0; side < RQ_SIDES; side++) {
		for (size_t i = 0; i < RANKED; i++) {
			rankings[side][i] = (struct rq_ranking){.topic = fixture->ids[i], .documents = documents[side][i], .count = DEPTH};
			for (size_t j = 0; j < DEPTH; j++)
				documents[side][i][j] = (struct rq_scored_document){names[j], (double)(DEPTH - j)};
		}
		runs[side] = (struct rq_run){.rankings = rankings[side], .count = RANKED};
		fixture->comparison.sides[side].ranked = &runs[side];
	}
}

/* One topic's lists share nothing, one's third and fourth change places, 18 are the same. */
START_TEST(overlap_of_rankings)
{
	rank();
	const char *const strange[DEPTH] = {"w", "x", "y", "z"};
	for (size_t j = 0; j < DEPTH; j++)
		documents[RQ_CANDIDATE][5][j].document = strange[j];
	documents[RQ_CANDIDATE][6][2].document = "d"; /* a b d c */
	documents[RQ_CANDIDATE][6][3].document = "c";
	const struct rq_gate_result *result =
		judge("['overlap(Jaccard@4) >= 0.95', 'overlap(Jaccard@3) >= 0.93', 'overlap(RBO@4) >= 0.9', 'changed(2) <= 5%', 'changed(3) <= 5%',"
	          " {'kind': 'overlap', 'measure': 'changed@4', 'value': '10%'}, {'kind': 'overlap', 'measure': 'RBO(p=0.5)@4', 'value': 0.99}]");
	/* 19 of 20 share all four */
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .95);
	ck_assert_str_eq(result[0].metric, "rankings");
	ck_assert_str_eq(result[0].text, "overlap(Jaccard@4) >= 0.95");
	ck_assert_str_eq(result[0].reason, "agree by Jaccard@4 0.9500 on average, floor 0.95; 2 of 20 topics have another top 4");
	/* {a b c} and {a b d}: 2 of 4 */
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks);
	NEAR(result[1].value, (18 + .5) / 20);
	ck_assert_str_eq(result[1].reason,
	                 "agree by Jaccard@3 0.9250 on average, under the floor 0.93; 2 of 20 topics have another top 3, most of all \"t0005\" (0.0000)");
	/* agreement 1, 1, 2/3, 1 of the reordered lists: 1 - .1 x .81 / 3 */
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	NEAR(result[2].value, (18 + 1 - .1 * .81 / 3) / 20);
	ck_assert_int_eq(result[3].outcome, RQ_PASS);
	ck_assert_str_eq(result[3].reason, "differ in the first 2 for 1 of 20 topics (0.0500 of them, limit 0.05)");
	ck_assert_int_eq(result[4].outcome, RQ_FAIL);
	ck_assert_str_eq(result[4].reason, "differ in the first 3 for 2 of 20 topics (0.1000 of them, limit 0.05)");
	ck_assert_int_eq(result[5].outcome, RQ_PASS);
	ck_assert_str_eq(result[5].text, "changed(4) <= 10%");
	ck_assert_int_eq(result[6].outcome, RQ_FAIL);
	NEAR(result[6].value, (18 + 1 - .5 * .25 / 3) / 20);
	ck_assert_str_eq(result[6].text, "overlap(RBO(p=0.5)@4) >= 0.99");
}
END_TEST

START_TEST(overlap_without_rankings)
{
	rank();
	runs[RQ_CANDIDATE].count = 10; /* the rest is not in the run: empty lists */
	const struct rq_gate_result *result = judge("['overlap(RBO@4) >= 0.6']");
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	NEAR(result->value, .5);
	fixture->comparison.sides[RQ_CANDIDATE].ranked = NULL;
	check_absent(judge("['overlap(RBO@10) >= 0.6']"), "of the candidate are not there to be compared");
	fixture->comparison.sides[RQ_BASELINE].ranked = NULL;
	check_absent(judge("['changed(10) <= 0.6']"), "of the baseline are not there to be compared");
	ck_assert_str_eq(
		fixture->verdict.sentence,
		"FAIL: rankings of the baseline are not there to be compared (gate changed(10) <= 60%); supply what it needs or take the gate out");
	fixture_start(fixture, 0);
	check_absent(judge("['overlap(RBO@10) >= 0.6']"), "were compared on no topic");
}
END_TEST

/* What is not there cannot differ. */
START_TEST(overlap_of_lists_that_are_cut)
{
	rank();
	check_absent(judge("['overlap(Jaccard@1000) >= 0.9']"), "are 4 deep in both run files, and the gate looks at the first 1000");
	for (size_t i = 0; i < 10; i++)
		rankings[RQ_CANDIDATE][i].count = 1;
	ck_assert(!judge("['overlap(RBO@4) >= 0.9']")->absent); /* half of them */
	rankings[RQ_CANDIDATE][10].count = 1;
	check_absent(judge("['overlap(RBO@4) >= 0.9']"), "of one side end before those of the other in 11 of 20 topics, and the gate looks at the first 4 of both");
	ck_assert_int_eq(judge("['overlap(RBO@1) >= 0.9']")->outcome, RQ_PASS);
	const struct rq_gate_result *result = judge("['overlap(Jaccard@4) >= 0.9']"); /* which sees it */
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	NEAR(result->value, (9 + 11 * .25) / 20);
	fixture->comparison.cutoff = 10; /* searches that found no more */
	ck_assert_int_eq(judge("['overlap(Jaccard@10) >= 0.5']")->outcome, RQ_PASS);
}
END_TEST

START_TEST(overlap_looks_no_deeper_than_the_search)
{
	rank();
	fixture->comparison.cutoff = DEPTH;
	ck_assert_int_eq(judge("['changed(4) <= 0%']")->outcome, RQ_PASS);
	check_absent(judge("['changed(5) <= 0%']"), "are 4 deep in this run, and the gate looks at the first 5");
	check_absent(judge("['overlap(Jaccard@100) >= 0.5']"), "are 4 deep in this run, and the gate looks at the first 100");
	ck_assert_uint_eq(fixture->gates.gates[0]->kind->depth(fixture->gates.gates[0]), 100);
}
END_TEST

/* Two empty lists are alike, unless one of them is a failure. */
START_TEST(a_failed_search_is_like_nothing)
{
	rank();
	rankings[RQ_BASELINE][3].count = rankings[RQ_CANDIDATE][3].count = 0;
	const char *const config = "['overlap(Jaccard@4) >= 0.5', 'overlap(RBO@4) >= 0.5', 'changed(4) <= 50%']";
	const struct rq_gate_result *result = judge(config);
	ck_assert(result[0].value == 1 && result[1].value == 1 && result[2].value == 0);
	rankings[RQ_CANDIDATE][3].failed = true;
	result = judge(config);
	NEAR(result[0].value, .95);
	NEAR(result[1].value, .95);
	NEAR(result[2].value, .05);
	ck_assert_str_eq(result[0].reason, "agree by Jaccard@4 0.9500 on average, floor 0.5; 1 of 20 topics have another top 4");
}
END_TEST

/* Judged@10 of .8 for the baseline, `candidate` for the candidate */
static void judged(double candidate, size_t with_grade_0)
{
	rank();
	struct rq_metric_result *metric = fixture_metric(fixture, "Judged@10", RANKED, 0, 0, 0, 0);
	for (size_t i = 0; i < RANKED; i++) {
		fixture->values[0][RQ_BASELINE][i] = .8;
		fixture->values[0][RQ_CANDIDATE][i] = candidate;
	}
	fixture_compute(fixture, metric);
	fixture_grade_0(fixture, with_grade_0);
}

START_TEST(coverage_of_judgments_and_answers)
{
	judged(.76, 20);
	const struct rq_gate_result *result = judge("['coverage(Judged@10) >= 0.7', 'coverage(Judged@10) >= 0.77', {'kind': 'coverage', 'holes': 0.01}, "
	                                            "{'kind': 'coverage', 'metric': 'Judged@5'}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .76);
	ck_assert_str_eq(result[0].reason, "is 0.7600 after 0.8000, floor 0.7");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_str_eq(result[1].reason, "is 0.7600, under the floor 0.77");
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[2].metric, "Judged@10"); /* unless another is named */
	ck_assert_str_eq(result[2].reason, "it fell from 0.8000 to 0.7600, so the two sides are not judged alike: a loss may be a hole in the judgments");
	check_absent(&result[3], "was not measured in this run");

	judged(.7, 10); /* a fall of .1; half the topics have a grade of 0 */
	ck_assert_int_eq(judge("[{'kind': 'coverage'}]")->outcome, RQ_INCONCLUSIVE);
	judged(.7, 9); /* fewer have */
	result = judge("[{'kind': 'coverage'}]");
	ck_assert(result->outcome == RQ_PASS && result->doubtful);
	ck_assert_str_eq(
		result->reason,
		"is 0.7000 after 0.8000, floor 0; 9 of 20 topics have a judgment of grade 0: with positives only, holes cannot be told from losses");

	judged(.8, 20);
	rankings[RQ_CANDIDATE][3].failed = true;
	runs[RQ_CANDIDATE].count = 18;
	result = judge("[{'kind': 'coverage'}, {'kind': 'coverage', 'missing': 0.1}, {'kind': 'coverage', 'missing': 0.1, 'failed': 0.05}]");
	ck_assert_str_eq(result[0].reason, "rests on a candidate that lacks 2 of 20 topics (limit 0 of them)");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_str_eq(result[1].reason, "rests on a candidate whose search failed for 1 of 20 topics (limit 0 of them)");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	rankings[RQ_CANDIDATE][4].count = 0; /* answered, with nothing */
	result = judge("[{'kind': 'coverage', 'missing': 0.1, 'failed': 0.05}, {'kind': 'coverage', 'missing': 0.15, 'failed': 0.05}]");
	ck_assert_str_eq(result[0].reason, "rests on a candidate that lacks 3 of 20 topics (limit 0.1 of them)");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	rankings[RQ_CANDIDATE][3].count = 0; /* failed, so it is no second one */
	ck_assert_int_eq(judge("[{'kind': 'coverage', 'missing': 0.15, 'failed': 0.05}]")->outcome, RQ_PASS);
	fixture->comparison.sides[RQ_CANDIDATE].ranked = NULL;
	check_absent(judge("[{'kind': 'coverage'}]"), "has no rankings of the candidate to be counted");
}
END_TEST

/* .29 x 100 is less than 29, and 1 - .95 more than .05. */
START_TEST(coverage_at_its_limits)
{
	fixture_start(fixture, 100);
	struct rq_ranking answered[71];
	struct rq_metric_result *metric = fixture_metric(fixture, "Judged@10", 100, 100, .05, 0, 0);
	for (size_t i = 0; i < 71; i++)
		answered[i] = (struct rq_ranking){.topic = fixture->ids[i], .documents = documents[0][0], .count = 1};
	runs[RQ_CANDIDATE] = (struct rq_run){.rankings = answered, .count = 71};
	fixture->comparison.sides[RQ_CANDIDATE].ranked = &runs[RQ_CANDIDATE];
	fixture_grade_0(fixture, 100);
	metric->value[RQ_BASELINE] = 1;
	metric->value[RQ_CANDIDATE] = .95;
	const struct rq_gate_result *result =
		judge("[{'kind': 'coverage', 'missing': 0.29}, {'kind': 'coverage', 'missing': 0.28}, {'kind': 'coverage', 'missing': 0.29, 'holes': 0.04}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
}
END_TEST

/* What the verdict shows in 80 % of cases, by another program's 4,000 resamples: a drop of .0365. */
START_TEST(power_of_a_set)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0);
	const struct rq_gate_result *result =
		judge("['power(nDCG@10) <= 0.05', 'power(nDCG@10) <= 0.025', 'power(nDCG@10) <= 0.01', 'power(AP) <= 0.03']");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_double_eq_tol(result[0].value, .0365, .002);
	ck_assert_ptr_nonnull(strstr(result[0].reason, " in four of five cases with 200 topics, margin 0.05"));
	ck_assert_int_eq(result[1].outcome, RQ_INCONCLUSIVE);
	ck_assert(result[1].blocks); /* in the profile release */
	ck_assert_uint_gt(result[1].topics_to_settle, 200);
	ck_assert_ptr_nonnull(strstr(result[1].reason, " is the least that 200 topics such as these show in four of five cases, margin 0.025"));
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result[2].reason, "200 topics cannot decide a margin of 0.01, which takes 350");
	check_absent(&result[3], "was not measured in this run");
	/* the same topics asked twice: what 100 could show, and no more; each alone: as without clusters */
	double alone = result[0].value;
	size_t of[200];
	for (size_t i = 0; i < 200; i++)
		of[i] = i / 2;
	fixture->comparison.clusters = (struct rq_clusters){.of = of, .count = 100};
	result = judge("['power(nDCG@10) <= 0.05', 'power(nDCG@10) <= 0.02', 'power(nDCG@10) <= 1e-300']");
	ck_assert_double_gt(result[0].value, alone + .01);
	ck_assert_int_eq(result[0].outcome, RQ_INCONCLUSIVE);
	double values[2][100];
	for (size_t i = 0; i < 100; i++)
		for (int side = 0; side < RQ_SIDES; side++)
			values[side][i] = fixture->values[0][side][2 * i];
	struct rq_power power = rq_power(values[RQ_BASELINE], values[RQ_CANDIDATE], 100, .05, 1);
	ck_assert_double_eq_tol(result[0].value, power.detectable, .0002);
	ck_assert_uint_eq(result[0].topics_to_settle, 2 * power.topics_to_pass);
	ck_assert_str_eq(result[1].reason, "100 clusters of topics cannot decide a margin of 0.02, which takes 175");
	ck_assert_uint_eq(result[1].topics_to_settle, 350);
	ck_assert(result[2].outcome == RQ_INCONCLUSIVE && result[2].topics_to_settle == 0);
	for (size_t i = 0; i < 200; i++)
		of[i] = i;
	fixture->comparison.clusters = (struct rq_clusters){.of = of, .count = 200};
	ck_assert_double_eq_tol(judge("['power(nDCG@10) <= 0.05']")->value, alone, .0002);
	fixture->comparison.clusters = (struct rq_clusters){0};
	fixture->values[0][RQ_BASELINE][3] = NAN;
	check_absent(judge("['power(nDCG@10) <= 0.03']"), "has values for the baseline that are not numbers");
}
END_TEST

/* The bounds of candidate - (1 - r) baseline, by another program, less the margin that r of the baseline's mean is. */
START_TEST(margins_relative_to_the_baseline)
{
	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 20, .5, 0, 0); /* a mean of .75 */
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 4%', 'drop(nDCG@10) <= 15%']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	NEAR(result[0].limit, .03);
	NEAR(result[0].value, -.05);
	NEAR(result[0].lower, -.07707766227010472);
	NEAR(result[0].upper, -.021809499909402452);
	ck_assert_str_eq(result[0].reason, "dropped 0.0500 (90 % interval -0.0771 to -0.0218), margin 4% (0.0300), p = 0.0008");
	ck_assert_str_eq(result[0].text, "drop(nDCG@10) <= 4%");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	NEAR(result[1].limit, .1125);
	NEAR(result[1].lower, -.07850308907906578);
	ck_assert_str_eq(result[1].reason, "drops at most 0.0785 (95 %), margin 15% (0.1125)");

	fixture_start(fixture, 200);
	fixture_metric(fixture, "nDCG@10", 150, 9, .5, 0, 0);
	result = judge("[{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': '4%'}]");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	NEAR(result->lower, -.04566380096071251);

	/* 3.5 / (.05 x .5) = 140 topics, although 70 would do for a margin of .05 */
	fixture_start(fixture, 100);
	fixture_metric(fixture, "nDCG@10", 50, 0, 0, 0, 0);
	ck_assert_str_eq(judge("['drop(nDCG@10) <= 5%']")->reason,
	                 "cannot pass a margin of 5% (0.0250) with 100 topics, which takes 140; the smallest margin they can decide is 0.04");
	fixture->metrics[0].paired.identical = true;
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 5%']")->outcome, RQ_PASS);

	fixture_start(fixture, 100);
	fixture_metric(fixture, "nDCG@10", 0, 0, 0, 10, .5);
	check_absent(judge("['drop(nDCG@10) <= 5%']"), "has a baseline mean of 0, of which no share can be lost");
	fixture->values[0][RQ_CANDIDATE][3] = NAN;
	check_absent(judge("['drop(nDCG@10) <= 5%']"), "has values for the candidate that are not numbers");
}
END_TEST

START_TEST(relative_margins_of_slices)
{
	fixture_start(fixture, 400);
	fixture_metric(fixture, "nDCG@10", 400, 20, .5, 0, 0);
	for (size_t i = 0; i < 400; i++) {
		fixture->topics[i].slice = i < 200 ? "x" : "y";
		if (i >= 150 && i < 200)
			fixture->values[0][RQ_BASELINE][i] = fixture->values[0][RQ_CANDIDATE][i] = 0;
	}
	fixture_compute(fixture, &fixture->metrics[0]);
	const struct rq_gate_result *result = judge("['drop(nDCG@10[slice=x]) <= 15%']"); /* the slice is what the first case above is */
	NEAR(result->limit, .1125);
	NEAR(result->lower, -.07850308907906578);
	ck_assert_int_eq(result->outcome, RQ_PASS);
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *config, *message;
	} cases[] = {
		{"['overlap(RBO) >= 0.7']",
	     "gates[0]: \"overlap(RBO) >= 0.7\": column 9: \"RBO\" is no overlap of rankings; expected RBO@10, RBO(p=0.95)@10, Jaccard@10 or changed@10"},
		{"['overlap(RBO(p=1)@10) >= 0.7']", "gates[0]: \"overlap(RBO(p=1)@10) >= 0.7\": column 9: \"RBO(p=1)@10\" is no overlap of rankings; "
	                                        "expected RBO@10, RBO(p=0.95)@10, Jaccard@10 or changed@10"},
		{"['overlap(Jaccard@0) >= 0.7']", "gates[0]: \"overlap(Jaccard@0) >= 0.7\": column 9: \"Jaccard@0\" is no overlap of rankings; expected "
	                                      "RBO@10, RBO(p=0.95)@10, Jaccard@10 or changed@10"},
		{"['overlap( changed@5 ) >= 0.7']",
	     "gates[0]: \"overlap( changed@5 ) >= 0.7\": column 10: \"changed@5\" is bounded from above; write changed(5) <= 20%"},
		{"['overlap(RBO@10 >= 0.7']", "gates[0]: \"overlap(RBO@10 >= 0.7\": column 9: \"RBO@10 >= 0.7\" is no overlap of rankings; expected RBO@10, "
	                                  "RBO(p=0.95)@10, Jaccard@10 or changed@10"},
		{"['overlap(RBO@10']", "gates[0]: \"overlap(RBO@10\": column 15: expected \")\" after the rankings"},
		{"['overlap(RBO@10) <= 0.7']", "gates[0]: \"overlap(RBO@10) <= 0.7\": column 17: expected >=: an overlap is bounded from below"},
		{"['changed(ten) <= 0.7']",
	     "gates[0]: \"changed(ten) <= 0.7\": column 9: \"ten\" is no cutoff; expected how many ranks are looked at, such as 10"},
		{"['changed(10) <= 120%']", "gates[0]: a bound of 1.2 is not between 0 and 1; expected one such as 20%"},
		{"[{'kind': 'overlap', 'measure': 'RBO@x', 'value': 0.7}]",
	     "gates[0].measure: \"RBO@x\" is no overlap of rankings; expected RBO@10, RBO(p=0.95)@10, Jaccard@10 or changed@10"},
		{"[{'kind': 'overlap', 'measure': 'RBO@10'}]",
	     "gates[0].value: missing; expected the least mean over topics of RBO or Jaccard; of changed, the largest share"},
		{"[{'kind': 'overlap', 'metric': 'RR@10', 'measure': 'RBO@10', 'value': 0.7}]",
	     "gates[0].metric: unknown key; valid keys here: kind, level, owner, runbook, inconclusive, waiver, measure, value"},
		{"[{'kind': 'coverage', 'metric': 'RR@10'}]",
	     "gates[0]: \"RR@10\" is no share of judged documents; expected Judged@10, or with another cutoff"},
		{"['coverage(Judged@10) >= 5']", "gates[0]: 5 is no share between 0 and 1; expected one such as 0.5"},
		{"['power(RR@10) <= 0']", "gates[0]: a margin of 0 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"['power(NumRet) <= 0.1']",
	     "gates[0]: power is that of topics whose values lie between 0 and 1, of which more is better, and those of \"NumRet\" do not"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		ck_assert_int_eq(fixture_parse(fixture, cases[i].config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
	}
}
END_TEST

START_TEST(what_can_be_foreseen)
{
	struct rq_error err = {0};
	struct rq_buf notes = {0};

	ck_assert_int_eq(
		fixture_parse(fixture,
	                  "['drop(RR@10) <= 3%', 'power(RR@10) <= 0.03', 'zero_growth(RR@10) <= 3%', 'zero(RR@10) <= 3%', 'overlap(RBO@10) >= 0.5']",
	                  &err),
		RQ_OK);
	fixture_foresee(fixture, 100, (struct rq_clusters){0}, &notes);
	ck_assert_str_eq(notes.data,
	                 "gates[0]: 100 topics cannot pass a margin of 3% unless the rankings are the same; the smallest they can decide is 0.04\n"
	                 "gates[1]: 100 topics cannot decide a margin of 0.03, which takes 117\n"
	                 "gates[2]: 100 topics cannot pass a growth of 0.03, which takes 117\n");
	rq_buf_clear(&notes);
	fixture_foresee(fixture, 117, (struct rq_clusters){0}, &notes);
	ck_assert_uint_eq(notes.size, 0);
	rq_buf_release(&notes);
}
END_TEST

Suite *gate_rankings_suite(void)
{
	Suite *suite = suite_create("gate_rankings");
	TCase *tests = tcase_create("rankings");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, overlap_of_rankings);
	tcase_add_test(tests, overlap_without_rankings);
	tcase_add_test(tests, overlap_of_lists_that_are_cut);
	tcase_add_test(tests, overlap_looks_no_deeper_than_the_search);
	tcase_add_test(tests, a_failed_search_is_like_nothing);
	tcase_add_test(tests, coverage_of_judgments_and_answers);
	tcase_add_test(tests, coverage_at_its_limits);
	tcase_add_test(tests, power_of_a_set);
	tcase_add_test(tests, margins_relative_to_the_baseline);
	tcase_add_test(tests, relative_margins_of_slices);
	tcase_add_test(tests, mistakes);
	tcase_add_test(tests, what_can_be_foreseen);
	suite_add_tcase(suite, tests);
	return suite;
}
