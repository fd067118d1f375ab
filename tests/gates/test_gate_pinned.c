/* The kind "pinned": max_drop's rule at 1.5 times the margin, against the baseline that it names or that is pinned. */
#include "fixture.h"

static struct fixture *today, *older, *named;
static struct rq_pinned pinned[2];

/* Against today's baseline nothing has changed; against the pinned one `falls` topics have fallen by `fall`. */
static void start(size_t topics, size_t falls, double fall)
{
	fixture_start(today, topics);
	fixture_metric(today, "RR@10", topics / 2, 0, 0, 0, 0);
	fixture_start(older, topics);
	fixture_metric(older, "RR@10", topics / 2, falls, fall, 0, 0);
	fixture_start(named, topics);
	fixture_metric(named, "RR@10", topics / 2, 0, 0, 0, 0);
	pinned[0] = (struct rq_pinned){.name = "release-1", .comparison = &older->comparison};
	pinned[1] = (struct rq_pinned){.asked = "release-0", .name = "release-0", .comparison = &named->comparison};
	today->comparison.pinned = pinned;
	today->comparison.pinned_count = 2;
}

static void set_up(void)
{
	today = calloc(1, sizeof *today);
	older = calloc(1, sizeof *older);
	named = calloc(1, sizeof *named);
	ck_assert(today != NULL && older != NULL && named != NULL);
}

static void tear_down(void)
{
	struct fixture *all[] = {today, older, named};

	for (size_t i = 0; i < 3; i++) {
		fixture_release(all[i]);
		free(all[i]);
	}
}

static const struct rq_gate_result *judge(const char *config)
{
	return fixture_judge(today, config, RQ_PROFILE_PR);
}

/* What max_drop says of the older comparison at `config`'s margin. */
static const struct rq_gate_result *drop(const char *config)
{
	return fixture_judge(older, config, RQ_PROFILE_PR);
}

START_TEST(it_is_max_drop_at_one_and_a_half_margins)
{
	static const struct {
		size_t falls;
		double fall;
	} cases[] = {{0, 0}, {2, .5}, {6, 1}, {12, 1}, {24, 1}, {60, 1}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(400, cases[i].falls, cases[i].fall);
		const struct rq_gate_result *here = judge("['pinned(RR@10) <= 0.02']"), *there = drop("['drop(RR@10) <= 0.03']");
		ck_assert_int_eq(here->outcome, there->outcome);
		ck_assert(here->value == there->value && here->lower == there->lower && here->upper == there->upper && here->p == there->p);
		ck_assert_double_eq(here->limit, 1.5 * .02);
	}
}
END_TEST

START_TEST(pass_fail_undecided)
{
	start(400, 0, 0);
	ck_assert_int_eq(judge("['pinned(RR@10) <= 0.02']")->outcome, RQ_PASS);
	start(400, 24, 1);
	const struct rq_gate_result *result = judge("['pinned(RR@10) <= 0.02', 'drop(RR@10) <= 0.02']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert(result[0].blocks && !result[0].absent);
	ck_assert_int_eq(result[1].outcome, RQ_PASS); /* the release before this one has lost it */
	ck_assert_msg(strncmp(result[0].reason, "dropped 0.0600 (90 % interval ", 30) == 0 &&
	                  strstr(result[0].reason, ", against \"release-1\" at 1.5 times the margin") != NULL,
	              "%s", result[0].reason);
	start(400, 0, 0);
	older->comparison.metric_count = 0;
	fixture_metric(older, "RR@10", 200, 40, 1, 38, 1);
	ck_assert_int_eq(judge("['pinned(RR@10) <= 0.02']")->outcome, RQ_INCONCLUSIVE);
	ck_assert_uint_gt(judge("['pinned(RR@10) <= 0.02']")->topics_to_settle, 400);
}
END_TEST

START_TEST(the_one_it_names)
{
	start(400, 24, 1);
	const struct rq_gate_result *result = judge("[{'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02, 'baseline': 'release-0'}]");
	ck_assert_int_eq(result->outcome, RQ_PASS);
	ck_assert_str_eq(result->text, "pinned(RR@10) <= 0.02 against release-0");
	ck_assert_str_eq(judge("[{'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02}]")->text, "pinned(RR@10) <= 0.02");
	result = judge("[{'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02, 'baseline': 'release-9'}]");
	ck_assert(result->absent && result->outcome == RQ_FAIL);
	ck_assert_str_eq(result->reason, "was not compared with a pinned baseline");
}
END_TEST

static void expect_absent(const char *reason)
{
	const struct rq_gate_result *result = judge("['pinned(RR@10) <= 0.02']");

	ck_assert(result->absent && result->blocks && result->outcome == RQ_FAIL && isnan(result->p));
	ck_assert_double_eq(result->limit, 1.5 * .02); /* what it would have been held against */
	ck_assert_str_eq(result->reason, reason);
	ck_assert_int_eq(today->verdict.exit_code, 1);
}

START_TEST(without_its_data_it_fails)
{
	start(400, 0, 0);
	pinned[0].absent = "has no pinned baseline to be compared with";
	pinned[0].comparison = NULL;
	expect_absent("has no pinned baseline to be compared with");
	start(400, 0, 0);
	today->comparison.pinned_count = 0;
	expect_absent("was not compared with a pinned baseline");
	start(400, 0, 0);
	older->metrics[0].absent[RQ_BASELINE] = "not measured: the rankings of the pinned baseline are less deep";
	expect_absent("has no value for the baseline (not measured: the rankings of the pinned baseline are less deep)");
	start(400, 0, 0);
	older->values[0][RQ_CANDIDATE][7] = NAN;
	fixture_compute(older, &older->metrics[0]);
	ck_assert(judge("['pinned(RR@10) <= 0.02']")->absent);
}
END_TEST

/* It is a test of its own: a family of two has larger p than either alone. */
START_TEST(it_is_of_the_family)
{
	start(400, 8, 1);
	double alone = judge("['pinned(RR@10) <= 0.02']")->p;
	const struct rq_gate_result *result = judge("['pinned(RR@10) <= 0.02', 'drop(RR@10) <= 0.02']");
	ck_assert(alone > 0 && alone < .25 && fabs(result[0].p - 2 * alone) < 1e-12);
	result = judge("[{'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02, 'level': 'warn'}, 'drop(RR@10) <= 0.02']");
	ck_assert_double_eq(result[0].p, alone);
	ck_assert(!result[0].blocks);
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *config, *sentence;
	} cases[] = {
		{"['pinned(RR@10) <= 0']", "gates[0]: a margin of 0 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"['pinned(RR@10) <= 0.7']", "gates[0]: 1.5 times a margin of 0.7 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"['pinned(RR@10) >= 0.1']", "gates[0]: \"pinned(RR@10) >= 0.1\": column 15: expected <=: a drop is bounded from above"},
		{"[{'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.1, 'slice': 'billing'}]",
	     "gates[0].slice: unknown key; valid keys here: kind, metric, level, owner, runbook, inconclusive, waiver, margin, baseline"},
		{"[{'kind': 'pinned', 'metric': 'RR@10'}]", "gates[0].margin: missing; expected the absolute drop of the mean that is tolerated against the "
	                                                "baseline; against the pinned one it is 1.5 times that"},
	};
	struct rq_error err;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		err = (struct rq_error){0};
		ck_assert_int_eq(fixture_parse(today, cases[i].config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].sentence);
	}
	ck_assert_int_eq(fixture_parse(today, "['pinned(latency.p99) <= 0.1']", &err), RQ_E_CONFIG);
}
END_TEST

START_TEST(what_a_run_must_look_for)
{
	struct rq_error err = {0};
	const char *name = "x";

	ck_assert_int_eq(fixture_parse(today,
	                               "['RR@10 >= 0.5', 'pinned(RR@10) <= 0.02', {'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02, 'baseline': 'b'},"
	                               " {'kind': 'pinned', 'metric': 'RR@10', 'margin': 0.02, 'baseline': 'c', 'level': 'off'}]",
	                               &err),
	                 RQ_OK);
	ck_assert(!rq_gate_needs_pinned(&name, today->gates.gates[0]));
	ck_assert(rq_gate_needs_pinned(&name, today->gates.gates[1]) && name == NULL);
	ck_assert(rq_gate_needs_pinned(&name, today->gates.gates[2]));
	ck_assert_str_eq(name, "b");
	ck_assert(!rq_gate_needs_pinned(&name, today->gates.gates[3]));
	struct rq_buf notes = {0};
	fixture_foresee(today, 52, (struct rq_clusters){0}, &notes);
	ck_assert_msg(notes.data != NULL &&
	                  strncmp(notes.data, "gates[1]: 52 topics cannot pass a margin of 0.03 unless the rankings are the same; ", 83) == 0,
	              "%s", notes.data);
	rq_buf_release(&notes);
}
END_TEST

Suite *gate_pinned_suite(void)
{
	Suite *suite = suite_create("gate_pinned");
	TCase *tests = tcase_create("gate_pinned");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, it_is_max_drop_at_one_and_a_half_margins);
	tcase_add_test(tests, pass_fail_undecided);
	tcase_add_test(tests, the_one_it_names);
	tcase_add_test(tests, without_its_data_it_fails);
	tcase_add_test(tests, it_is_of_the_family);
	tcase_add_test(tests, mistakes);
	tcase_add_test(tests, what_a_run_must_look_for);
	suite_add_tcase(suite, tests);
	return suite;
}
