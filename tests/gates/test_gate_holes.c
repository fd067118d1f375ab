/* Holes in the judgments: what a fall of Judged@k does to a verdict on a drop. */
#include "fixture.h"

static struct fixture *fixture;
static double judged_of[RQ_SIDES][FIXTURE_TOPICS], condensed[RQ_SIDES][FIXTURE_TOPICS];

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

/* 200 topics, of which `falls` fall by .5, and `condensed_falls` on lists without unjudged documents. Of the baseline's first 10 documents .9 are
 * judged, of the candidate's `after`. */
static struct rq_metric_result *drop(size_t falls, size_t condensed_falls, double after, size_t with_grade_0)
{
	fixture_start(fixture, 200);
	struct rq_metric_result *metric = fixture_metric(fixture, "nDCG@10", 150, falls, .5, 0, 0);

	for (size_t i = 0; i < 200; i++) {
		condensed[RQ_BASELINE][i] = i < 150 ? 1 : 0;
		condensed[RQ_CANDIDATE][i] = condensed[RQ_BASELINE][i] - (i < condensed_falls ? .5 : 0);
		judged_of[RQ_BASELINE][i] = .9;
		judged_of[RQ_CANDIDATE][i] = after;
	}
	metric->cutoff = 10;
	for (int side = 0; side < RQ_SIDES; side++) {
		metric->condensed[side] = condensed[side];
		metric->judged_of[side] = judged_of[side];
	}
	fixture_grade_0(fixture, with_grade_0);
	return metric;
}

START_TEST(a_pass_over_unlike_judgments_is_inconclusive)
{
	drop(0, 0, .84, 100);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.03']");

	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result->reason, "drops at most 0.0175 (95 %), margin 0.03, but Judged@10 fell from 0.9000 to 0.8400: "
	                                 "grade what \"rqgate judge pool REPORT\" lists");
	ck_assert_int_eq(fixture->verdict.exit_code, 2);
	ck_assert_ptr_nonnull(strstr(fixture->verdict.sentence, "lists (gate drop(nDCG@10) <= 0.03); \"rqgate judge merge\" adds the grades"));
	ck_assert_uint_eq(result->topics_to_settle, 0); /* no number of topics would */
}
END_TEST

/* .9 - .85 is a little more than .05 in binary. */
START_TEST(a_fall_at_the_limit_is_none)
{
	drop(0, 0, .85, 200);
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 0.03']")->outcome, RQ_PASS);
	drop(0, 0, 1, 200);
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 0.03']")->outcome, RQ_PASS);
}
END_TEST

/* Of 3 topics that fall the lower bound is -.0271, of 4 it is -.0303. */
START_TEST(a_failure_is_excused_where_condensed_lists_pass)
{
	drop(20, 4, .7, 200);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.03']");

	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert_str_eq(result->reason, "dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004");

	drop(20, 3, .7, 200);
	result = judge("['drop(nDCG@10) <= 0.03']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result->reason,
	                 "dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004, but Judged@10 fell from 0.9000 to 0.7000, and "
	                 "lists without unjudged documents pass (-0.0075): grade what \"rqgate judge pool REPORT\" lists");
}
END_TEST

/* A drop that was shown blocks until somebody has graded, or says that it need not. A pass over unlike judgments was none. */
START_TEST(an_excused_failure_blocks_in_every_profile)
{
	drop(20, 3, .7, 200);
	const struct rq_gate_result *result = fixture_judge(fixture, "['drop(nDCG@10) <= 0.03']", RQ_PROFILE_PR);
	ck_assert(result->outcome == RQ_INCONCLUSIVE && result->blocks && fixture->verdict.exit_code == 2);
	ck_assert_ptr_nonnull(strstr(fixture->verdict.sentence, "INCONCLUSIVE: nDCG@10: dropped 0.0500 "));
	const char *const warns = "[{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.03, 'inconclusive': 'warn'}]";
	result = fixture_judge(fixture, warns, RQ_PROFILE_RELEASE);
	ck_assert(result->outcome == RQ_INCONCLUSIVE && !result->blocks && fixture->verdict.exit_code == 0);

	drop(0, 0, .7, 200);
	result = fixture_judge(fixture, "['drop(nDCG@10) <= 0.03']", RQ_PROFILE_PR);
	ck_assert(result->outcome == RQ_INCONCLUSIVE && !result->blocks && fixture->verdict.exit_code == 0);
	drop(8, 8, .7, 200); /* a drop that is not shown */
	result = fixture_judge(fixture, "['drop(nDCG@10) <= 0.03']", RQ_PROFILE_PR);
	ck_assert(result->outcome == RQ_INCONCLUSIVE && !result->blocks);
}
END_TEST

/* 100 topics are too few for .03, whatever condensed lists say. */
START_TEST(too_few_topics_excuse_nothing)
{
	drop(20, 0, .7, 200);
	fixture->comparison.topic_count = 100;
	fixture_compute(fixture, &fixture->metrics[0]);
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 0.03']")->outcome, RQ_FAIL);
}
END_TEST

START_TEST(positives_only_are_told_and_change_nothing)
{
	drop(20, 2, .7, 99);
	const struct rq_gate_result *result = judge("['drop(nDCG@10) <= 0.03']");
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert_str_eq(result->reason,
	                 "dropped 0.0500 (90 % interval -0.0769 to -0.0218), margin 0.03, p = 0.0004; Judged@10 fell from 0.9000 to 0.7000: "
	                 "with positives only, holes cannot be told from losses");
	drop(0, 0, .7, 99);
	result = judge("['drop(nDCG@10) <= 0.03']");
	ck_assert(result->outcome == RQ_PASS && result->doubtful);
}
END_TEST

/* The slice "a" has the topics up to 100. Unjudged documents are in the rest. */
START_TEST(a_slice_has_its_own_holes)
{
	for (int holes_in_slice = 0; holes_in_slice < 2; holes_in_slice++) {
		drop(0, 0, .9, 200);
		for (size_t i = 0; i < 200; i++) {
			fixture->topics[i].slice = i < 100 ? "a" : "b";
			judged_of[RQ_CANDIDATE][i] = (i < 100) == (holes_in_slice == 1) ? .7 : .9;
		}
		ck_assert_int_eq(judge("['drop(nDCG@10[slice=a]) <= 0.06']")->outcome, holes_in_slice ? RQ_INCONCLUSIVE : RQ_PASS);
	}
}
END_TEST

/* Of the slice "a", the topics up to 100, those up to `with_grade_0` have a grade 0: as many as the rest has do not tell of its holes. */
START_TEST(a_slice_has_its_own_positives)
{
	for (int tellable = 0; tellable < 2; tellable++) {
		drop(20, 0, .7, 0);
		for (size_t i = 0; i < 200; i++) {
			fixture->topics[i].slice = i < 100 ? "a" : "b";
			fixture->topics[i].has_grade_0 = i >= 100 || (tellable == 1 && i < 50) || (tellable == 0 && i < 49);
		}
		const struct rq_gate_result *result = judge("['drop(nDCG@10[slice=a]) <= 0.06']");
		ck_assert_int_eq(result->outcome, tellable ? RQ_INCONCLUSIVE : RQ_FAIL);
		ck_assert_int_eq(strstr(result->reason, "with positives only, holes cannot be told from losses") != NULL, !tellable);
	}
}
END_TEST

/* A share of the baseline's mean (.75): 4 % are .03. */
START_TEST(relative_margins_have_the_rule_too)
{
	drop(20, 3, .7, 200);
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 4%']")->outcome, RQ_INCONCLUSIVE);
	drop(20, 4, .7, 200);
	ck_assert_int_eq(judge("['drop(nDCG@10) <= 4%']")->outcome, RQ_FAIL);
}
END_TEST

Suite *gate_holes_suite(void)
{
	Suite *suite = suite_create("gate_holes");
	TCase *holes = tcase_create("holes");

	tcase_add_checked_fixture(holes, set_up, tear_down);
	tcase_add_test(holes, a_pass_over_unlike_judgments_is_inconclusive);
	tcase_add_test(holes, a_fall_at_the_limit_is_none);
	tcase_add_test(holes, a_failure_is_excused_where_condensed_lists_pass);
	tcase_add_test(holes, an_excused_failure_blocks_in_every_profile);
	tcase_add_test(holes, too_few_topics_excuse_nothing);
	tcase_add_test(holes, positives_only_are_told_and_change_nothing);
	tcase_add_test(holes, a_slice_has_its_own_holes);
	tcase_add_test(holes, a_slice_has_its_own_positives);
	tcase_add_test(holes, relative_margins_have_the_rule_too);
	suite_add_tcase(suite, holes);
	return suite;
}
