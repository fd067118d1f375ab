/* Topics without an answer, told by the score of the best document. */
#include "fixture.h"

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-9)

enum { ANSWERABLE = 100, UNANSWERABLE = 50, TOPICS = ANSWERABLE + UNANSWERABLE };

static struct fixture *fixture;
static struct rq_run runs[RQ_SIDES];
static struct rq_ranking rankings[RQ_SIDES][TOPICS];
static struct rq_scored_document best[RQ_SIDES][TOPICS];
static struct rq_compared_topic unanswerable[UNANSWERABLE];
static char ids[UNANSWERABLE][8];

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

/* Topics with an answer score 101, 102, ...; those without 1, 2, ...: all are told. */
static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
	fixture_start(fixture, ANSWERABLE);
	for (size_t i = 0; i < UNANSWERABLE; i++) {
		snprintf(ids[i], sizeof ids[i], "u%04zu", i); /* behind the others */
		unanswerable[i] = (struct rq_compared_topic){.id = ids[i], .text = ""};
	}
	fixture->comparison.unanswerable = unanswerable;
	fixture->comparison.unanswerable_count = UNANSWERABLE;
	for (int side = 0; side < RQ_SIDES; side++) {
		for (size_t i = 0; i < TOPICS; i++) {
			best[side][i] = (struct rq_scored_document){"d", i < ANSWERABLE ? 101 + (double)i : 1 + (double)(i - ANSWERABLE)};
			rankings[side][i] =
				(struct rq_ranking){.topic = i < ANSWERABLE ? fixture->ids[i] : ids[i - ANSWERABLE], .documents = &best[side][i], .count = 1};
		}
		runs[side] = (struct rq_run){.rankings = rankings[side], .count = TOPICS};
		fixture->comparison.sides[side].ranked = &runs[side];
	}
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

/* The candidate scores `count` topics without an answer above all others. */
static void confuse(size_t count)
{
	for (size_t i = 0; i < count; i++)
		best[RQ_CANDIDATE][ANSWERABLE + i].score = 1000 + (double)i;
}

START_TEST(no_answer_by_area)
{
	const struct rq_gate_result *result = judge("['no_answer(AUC) >= 0.9', {'kind': 'no_answer', 'auc': 1}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 1);
	ck_assert_str_eq(result[0].metric, "no-answer AUC");
	ck_assert_str_eq(result[0].reason, "is 1.0000 with 50 topics that have no answer, floor 0.9");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	ck_assert_str_eq(result[1].text, "no_answer(AUC) >= 1");

	confuse(5); /* a tenth is above, nine tenths below */
	result = judge("['no_answer(AUC) >= 0.92', 'no_answer(AUC) >= 0.9']");
	NEAR(result[0].value, .9);
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_str_eq(result[0].reason, "is 0.9000 with 50 topics that have no answer, under the floor 0.92");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	/* the share of 45 of 50, by DeLong's variance: .1 x .9 / 49 */
	NEAR(result[1].lower, .9 - 1.6448536269514722 * sqrt(.09 / 49));
	ck_assert_str_eq(result[1].reason, "is 0.9000 and passes, but its lower 95 % bound 0.8295 is under the floor 0.9");
}
END_TEST

START_TEST(no_answer_against_the_baseline)
{
	const struct rq_gate_result *result = judge("['no_answer_drop(AUC) <= 0.01', {'kind': 'no_answer', 'drop': '10%'}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_str_eq(result[0].reason, "is the same: the best scores are identical on all topics");
	ck_assert_str_eq(result[1].text, "no_answer_drop(AUC) <= 0.1");

	best[RQ_CANDIDATE][0].score += .25; /* another number, the same order */
	result = judge("['no_answer_drop(AUC) <= 0.1', 'no_answer_drop(AUC) <= 0.05']");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_ptr_nonnull(strstr(result[0].reason, "drops at most 0.0"));
	ck_assert_int_eq(result[1].outcome, RQ_INCONCLUSIVE); /* 3.5 / .05 */
	ck_assert(result[1].blocks);
	ck_assert_str_eq(result[1].reason, "a margin of 0.05 takes 70 topics with an answer and as many without, and there are 50 of the rarer kind");

	confuse(20);
	result = judge("['no_answer_drop(AUC) <= 0.1', {'kind': 'no_answer', 'drop': 0.9}]");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	NEAR(result[0].value, -.4);
	ck_assert_ptr_nonnull(strstr(result[0].reason, "dropped 0.4000, from 1.0000 to 0.6000 (90 % interval -0."));
	ck_assert(result[0].p < 1e-4 && result[0].p > 0);
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	confuse(4);
	for (size_t i = 4; i < UNANSWERABLE; i++)
		best[RQ_CANDIDATE][ANSWERABLE + i].score = 1;
	result = judge("['no_answer_drop(AUC) <= 0.1']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_ptr_nonnull(strstr(result->reason, "cannot exclude a drop of 0."));
}
END_TEST

/* 50 topics without an answer are 25 questions, each asked twice: 8 that are confused are 4. */
START_TEST(a_drop_in_clusters_counts_these)
{
	size_t of[UNANSWERABLE];

	for (size_t i = 0; i < UNANSWERABLE; i++)
		of[i] = ANSWERABLE + i / 2;
	confuse(8);
	double alone = judge("['no_answer_drop(AUC) <= 0.1']")->p;
	ck_assert_int_eq(fixture->verdict.gates[0].outcome, RQ_FAIL);
	fixture->comparison.clusters = (struct rq_clusters){.count = ANSWERABLE + UNANSWERABLE / 2, .of_unanswerable = of};
	const struct rq_gate_result *result = judge("['no_answer_drop(AUC) <= 0.1', 'no_answer(AUC) >= 0.8']");
	ck_assert_int_eq(result[0].outcome, RQ_INCONCLUSIVE);
	ck_assert_double_gt(result[0].p, alone);
	ck_assert_str_eq(result[0].reason,
	                 "a margin of 0.1 takes 35 clusters of topics with an answer and as many without, and there are 25 of the rarer kind");
	/* 42 of 50, by Obuchowski's variance: that of 21 of 25 */
	NEAR(result[1].lower, .84 - 1.6448536269514722 * sqrt(.84 * .16 / 24));
}
END_TEST

START_TEST(no_answer_below_the_baseline_s_threshold)
{
	/* 5 of the 100 with an answer score below 106 */
	const struct rq_gate_result *result = judge("['no_answer(below) >= 90%', {'kind': 'no_answer', 'below': 0.9, 'fpr': 0.1}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_str_eq(result[0].metric, "no-answer share");
	ck_assert_str_eq(result[0].reason, "is 1.0000: 50 of 50 topics without an answer score below 106, after 50 in the baseline, floor 0.9");
	ck_assert_str_eq(result[1].text, "no_answer(below(fpr=0.1)) >= 90%");
	ck_assert_ptr_nonnull(strstr(result[1].reason, "below 111"));
	confuse(10);
	result = judge("['no_answer(below) >= 90%', 'no_answer(below(fpr=0.01)) >= 80%']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_str_eq(result[0].reason, "is 0.8000: 40 of 50 topics without an answer score below 106, after 50 in the baseline, under the floor 0.9");
	ck_assert_int_eq(result[1].outcome, RQ_PASS);
	/* lower scores for all: the threshold turns everything away */
	for (size_t i = 0; i < TOPICS; i++)
		best[RQ_CANDIDATE][i].score /= 2;
	result = judge("['no_answer(below) >= 50%']");
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert_str_eq(result->reason,
	                 "is measured at a threshold (106) that turns away 100 of 100 topics with an answer, more than twice the 5% that it is set for");
}
END_TEST

START_TEST(no_answer_without_its_data)
{
	/* nothing found is the lowest score; a failed search counts against its side */
	rankings[RQ_CANDIDATE][ANSWERABLE].count = 0;
	NEAR(judge("['no_answer(AUC) >= 0.9']")->value, 1);
	rankings[RQ_CANDIDATE][ANSWERABLE].failed = true;
	NEAR(judge("['no_answer(AUC) >= 0.9']")->value, .98);
	rankings[RQ_CANDIDATE][0].failed = true; /* below all 50, and the other topic is above it anyway */
	NEAR(judge("['no_answer(AUC) >= 0.9']")->value, 1 - (99 + 50) / 5000.);

	best[RQ_CANDIDATE][3].score = NAN;
	check_absent(judge("['no_answer(AUC) >= 0.9']"), "has scores of the candidate that are not numbers");
	for (size_t i = 0; i < TOPICS; i++) {
		best[RQ_CANDIDATE][i].score = 1;
		rankings[RQ_CANDIDATE][i].failed = false;
		rankings[RQ_CANDIDATE][i].count = 1;
	}
	check_absent(judge("['no_answer(AUC) >= 0.5']"),
	             "has one score at the top of every ranking of the candidate, so scores of two topics cannot be compared");
	runs[RQ_BASELINE].count = TOPICS - 2;
	check_absent(judge("['no_answer_drop(AUC) <= 0.1']"), "has no word of the baseline on 2 of 50 topics without an answer: its run lacks them");
	fixture->comparison.sides[RQ_CANDIDATE].ranked = NULL;
	check_absent(judge("['no_answer(AUC) >= 0.5']"), "has no rankings of the candidate to look at");
	fixture->comparison.unanswerable_count = 1;
	check_absent(judge("['no_answer(AUC) >= 0.5']"),
	             "rests on 1 topic without an answer (\"answerable\": false) and 100 with one; expected at least 2 of each");
}
END_TEST

START_TEST(no_answer_mistakes)
{
	static const struct {
		const char *config, *message;
	} mistakes[] = {
		{"['no_answer(ROC) >= 0.5']", "gates[0]: \"no_answer(ROC) >= 0.5\": column 11: \"ROC\" is not measured on topics without an answer; expected "
	                                  "AUC, below, or below(fpr=0.05)"},
		{"['no_answer(below(fpr=2)) >= 0.5']", "gates[0]: \"no_answer(below(fpr=2)) >= 0.5\": column 11: \"below(fpr=2)\" is not measured on topics "
	                                           "without an answer; expected AUC, below, or below(fpr=0.05)"},
		{"['no_answer_drop(below) <= 0.5']",
	     "gates[0]: \"no_answer_drop(below) <= 0.5\": column 16: \"below\" is not measured on topics without an answer; expected AUC"},
		{"['no_answer(AUC) <= 0.5']",
	     "gates[0]: \"no_answer(AUC) <= 0.5\": column 16: expected >=: what tells topics without an answer is bounded from below"},
		{"['no_answer_drop(AUC) <= 0']", "gates[0]: a margin of 0 is not between 0 and 1; expected one such as 0.05"},
		{"['no_answer(AUC) >= 1.5']", "gates[0]: a bound of 1.5 is not between 0 and 1; expected one such as 0.8"},
		{"[{'kind': 'no_answer'}]", "gates[0]: expected one of \"auc\", \"drop\" and \"below\"; each is a gate of its own"},
		{"[{'kind': 'no_answer', 'auc': 0.5, 'drop': 0.1}]", "gates[0]: expected one of \"auc\", \"drop\" and \"below\"; each is a gate of its own"},
		{"[{'kind': 'no_answer', 'auc': 'high'}]",
	     "gates[0].auc: \"high\" is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
	};

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		struct rq_error err = {0};
		ck_assert_msg(fixture_parse(fixture, mistakes[i].config, &err) == RQ_E_CONFIG, "%s", mistakes[i].config);
		ck_assert_str_eq(err.text, mistakes[i].message);
	}
}
END_TEST

Suite *gate_no_answer_suite(void)
{
	Suite *suite = suite_create("gate_no_answer");
	TCase *tests = tcase_create("no_answer");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, no_answer_by_area);
	tcase_add_test(tests, no_answer_against_the_baseline);
	tcase_add_test(tests, a_drop_in_clusters_counts_these);
	tcase_add_test(tests, no_answer_below_the_baseline_s_threshold);
	tcase_add_test(tests, no_answer_without_its_data);
	tcase_add_test(tests, no_answer_mistakes);
	suite_add_tcase(suite, tests);
	return suite;
}
