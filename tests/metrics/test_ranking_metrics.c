#include "tests/metrics/fixture.h"

#include "metrics/metric.h"

#include <math.h>

#define NEAR(a, b) ck_assert_double_eq_tol(a, b, 1e-14)

/* Ranks 1 to 6: judged 0, 2, unjudged, 1, -1 (in the pool, unjudged), 3. Not retrieved: x with 1, y with -2. So the relevant ones are a 2, b 1, c 3,
 * x 1; R = 4, and 2 at rel=2. */
static void graded(struct fixture *fixture)
{
	fixture_start(fixture);
	fixture_retrieve(fixture, "n", 9);
	fixture_retrieve(fixture, "a", 8);
	fixture_retrieve(fixture, "u", 7);
	fixture_retrieve(fixture, "b", 6);
	fixture_retrieve(fixture, "m", 5);
	fixture_retrieve(fixture, "c", 4);
	fixture_judge(fixture, "n", 0);
	fixture_judge(fixture, "a", 2);
	fixture_judge(fixture, "b", 1);
	fixture_judge(fixture, "m", -1);
	fixture_judge(fixture, "c", 3);
	fixture_judge(fixture, "x", 1);
	fixture_judge(fixture, "y", -2);
	fixture_sort(fixture);
}

static const struct {
	const char *name;
	double score;
} golden[] = {
	{"RR", 1.0 / 2},
	{"RR@1", 0},
	{"RR@2", 1.0 / 2},
	{"RR(rel=3)", 1.0 / 6},
	{"RR(rel=3)@5", 0},
	{"RR(rel=4)", 0},
	/* relevant at ranks 2, 4, 6: (1/2 + 2/4 + 3/6) / 4 */
	{"AP", 1.5 / 4},
	{"AP@4", 1.0 / 4},
	{"AP@1", 0},
	{"AP@1000", 1.5 / 4},
	/* grades 2 and 3 at ranks 2 and 6: (1/2 + 2/6) / 2 */
	{"AP(rel=2)", (1.0 / 2 + 2.0 / 6) / 2},
	{"AP(rel=4)", 0},
	{"P@1", 0},
	{"P@5", 2.0 / 5},
	{"P@10", 3.0 / 10},
	{"P(rel=2)@5", 1.0 / 5},
	{"R@1", 0},
	{"R@5", 2.0 / 4},
	{"R@100", 3.0 / 4},
	{"R(rel=2)@100", 1},
	{"R(rel=4)@100", 0},
	{"Success@1", 0},
	{"Success@2", 1},
	{"Success@100", 1},
	{"Success(rel=3)@5", 0},
	{"Success(rel=3)@6", 1},
	/* judged: n, a, b, c; m's grade is negative */
	{"Judged@1", 1},
	{"Judged@3", 2.0 / 3},
	{"Judged@5", 3.0 / 5},
	{"Judged@100", 4.0 / 6},
	/* DCG = 2/log2(3) + 1/log2(5) + 3/log2(7); ideal 3, 2, 1, 1: 3 + 2/log2(3) + 1/log2(4) + 1/log2(5). By mpmath with 30 digits, as are the next. */
	{"nDCG", 0.53175511770380965},
	{"nDCG@100", 0.53175511770380965},
	{"nDCG@1", 0},
	/* both cut at 2: (2/log2(3)) / (3 + 2/log2(3)) */
	{"nDCG@2", 0.29608191096586525},
	/* gains 3, 1, 7: (3/log2(3) + 1/log2(5) + 7/log2(7)) / (7 + 3/log2(3) + 1/log2(4) + 1/log2(5)) */
	{"nDCG(dcg='exp-log2')", 0.49034792988553783},
	{"nDCG(dcg='exp-log2')@2", 0.21284539700902813},
	/* gains .5, 2, 5, 3 at ranks 1, 2, 4, 6; ideal 5, 5, 3, 2, .5 */
	{"nDCG(gains='0=0.5,1=5')", 0.46537160761369696},
	/* the first 4 ranks, and the first 2 with a and c alone relevant */
	{"Rprec", 2.0 / 4},
	{"Rprec(rel=2)", 1.0 / 2},
	{"Rprec_mult@0.2", 0},
	{"Rprec_mult@0.5", 1.0 / 2},
	{"Rprec_mult@2", 3.0 / 8},
	/* one judged not relevant, above all; at rel=2 n and b are, x too: (1 - 1/2 + 1 - 2/2) / 2 */
	{"Bpref", 0},
	{"Bpref(rel=2)", .25},
	{"gm_Bpref(rel=2)", .25},
	{"gm_AP", 1.5 / 4},
	/* ranks 2, 4, 6: of those above 1, 2 of 3 and 4 of 5 are in the pool, and 0 of 1, 1 of 2 and 2 of 3 of the judged are relevant; by mpmath */
	{"infAP", 0.40277884256882765},
	/* precision is 1/2 at ranks 2, 4 and 6; 1, 2, 3 or 4 documents are needed */
	{"IPrec@0", .5},
	{"IPrec@0.75", .5},
	{"IPrec@0.8", 0},
	{"11pt_avg", 8 * .5 / 11},
	{"11pt_avg(points='0.2,0.9')", .25},
	/* stops with 3/16, 1/16, 7/16, and with 3/8, 1/8, 7/8 */
	{"ERR", 3.0 / 16 / 2 + 13.0 / 16 * (1.0 / 16) / 4 + 13.0 / 16 * (15.0 / 16) * (7.0 / 16) / 6},
	{"ERR@5", 3.0 / 16 / 2 + 13.0 / 16 * (1.0 / 16) / 4},
	{"ERR(max=3)", 3.0 / 8 / 2 + 5.0 / 8 * (1.0 / 8) / 4 + 5.0 / 8 * (7.0 / 8) * (7.0 / 8) / 6},
	{"ERR(max=1)@2", .5 / 2},
	{"RBP(p=0.5)", .5 * (.5 + .125 + .03125)},
	{"RBP(p=0.5)@4", .5 * (.5 + .125)},
	{"RBP(p=0.5,rel=3)", .5 * .03125},
	{"RBP@2", .2 * .8},
	{"RBP_residual(p=0.5)", 1 - .5 * (1 + .5 + .125 + .03125)},
	{"RBP_residual(p=0.5)@2", 1 - .5 * (1 + .5)},
	{"SetP", 3.0 / 6},
	{"SetR", 3.0 / 4},
	{"SetF", .6},
	{"SetF(beta=0.5)", .5625},
	{"SetAP", .375},
	{"SetP(rel=3)", 1.0 / 6},
	{"relative_P@2", 1.0 / 2},
	{"relative_P@5", 2.0 / 4},
	{"relative_P@10", 3.0 / 4},
	{"set_relative_P", 3.0 / 4},
	{"NumQ", 1},
	{"NumRet", 6},
	{"NumRel", 4},
	{"NumRel(rel=2)", 2},
	{"NumRelRet", 3},
	{"NumRelRet(rel=3)", 1},
	{"num_nonrel_judged_ret", 1},
	{"num_nonrel_judged_ret(rel=2)", 2},
	{"utility", 0},
	{"utility(a=2,c=-0.5)", 2.5},
	{"utility(d=0.1,docs=100)", 9.3},
	/* 1, 2 and 3 that are not relevant stand above: (1/log2(3) + 1/log2(4) + 1/log2(5)) / 4 */
	{"binG", 0.39040157791121162},
	/* (2/log2(2 + 5 - 2) + 1/log2(2 + 7 - 3) + 3/log2(2 + 9 - 6)) / 7 */
	{"G", 0.36289079965735812},
	/* nDCG@2, @4, @6 and @6 again for x; nDCG@1, @2, @4 and @6, for 6 ranks are more than 4 + 1 */
	{"ndcg_rel", 0.42138692968716427},
	{"Rndcg", 0.28844815026121186},
	{"Rndcg(rel=4)", 0},
};

START_TEST(a_graded_ranking_scores_as_by_hand)
{
	struct fixture fixture;

	graded(&fixture);
	for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
		double score = fixture_score(&fixture, golden[i].name);
		ck_assert_msg(fabs(score - golden[i].score) < 1e-14, "%s: %.17g, by hand %.17g", golden[i].name, score, golden[i].score);
	}
}
END_TEST

START_TEST(every_ranking_metric_has_a_golden_case)
{
	for (size_t i = 0; rq_metrics[i]; i++) {
		size_t cases = 0;
		for (size_t j = 0; j < sizeof golden / sizeof *golden; j++) {
			struct rq_metric_spec spec;
			ck_assert(rq_metric_parse(&spec, golden[j].name, NULL) == RQ_OK);
			cases += spec.metric == rq_metrics[i] && golden[j].score > 0;
		}
		ck_assert_msg(cases > 0 || rq_metrics[i]->source != RQ_FROM_JUDGMENTS, "%s has no golden case", rq_metrics[i]->name);
	}
}
END_TEST

static const char *const names[] = {
	"RR", "RR@10", "AP", "AP@10", "nDCG", "nDCG@10", "nDCG(dcg='exp-log2')@10", "P@5", "R@5", "Success@5", "Judged@5",
};
enum { NAMES = sizeof names / sizeof *names };

START_TEST(undefined_cases_score_0)
{
	struct fixture fixture;

	for (size_t i = 0; i < NAMES; i++) {
		fixture_start(&fixture); /* nothing retrieved, nothing judged */
		NEAR(fixture_score(&fixture, names[i]), 0);
		fixture_judge(&fixture, "a", 1); /* nothing retrieved */
		NEAR(fixture_score(&fixture, names[i]), 0);
		graded(&fixture); /* the search failed after some results */
		fixture.ranking.failed = true;
		NEAR(fixture_score(&fixture, names[i]), 0);
		graded(&fixture); /* nothing judged */
		fixture.judged.count = 0;
		NEAR(fixture_score(&fixture, names[i]), 0);
		fixture_start(&fixture); /* nothing relevant: Judged@5 alone has something to say */
		fixture_retrieve(&fixture, "a", 1);
		fixture_retrieve(&fixture, "b", 0);
		fixture_judge(&fixture, "a", 0);
		fixture_judge(&fixture, "b", -3);
		NEAR(fixture_score(&fixture, names[i]), strcmp(names[i], "Judged@5") == 0 ? 0.5 : 0);
	}
}
END_TEST

START_TEST(equal_scores_go_by_id_descending)
{
	struct fixture fixture;

	fixture_start(&fixture);
	fixture_retrieve(&fixture, "a", 1);
	fixture_retrieve(&fixture, "b", 1);
	fixture_retrieve(&fixture, "c", 1);
	fixture_retrieve(&fixture, "d", 0);
	fixture_judge(&fixture, "a", 1);
	fixture_sort(&fixture);
	NEAR(fixture_score(&fixture, "RR"), 1.0 / 3);
	ck_assert(rq_tie_at_cutoff(&fixture.ranking, 1));
	ck_assert(rq_tie_at_cutoff(&fixture.ranking, 2));
	ck_assert(!rq_tie_at_cutoff(&fixture.ranking, 3));
	ck_assert(!rq_tie_at_cutoff(&fixture.ranking, 4));
	ck_assert(!rq_tie_at_cutoff(&fixture.ranking, 100));
	ck_assert(!rq_tie_at_cutoff(&fixture.ranking, 0)); /* no cutoff, nothing to straddle */
}
END_TEST

START_TEST(a_huge_grade_does_not_overflow_the_exponential_gain)
{
	struct fixture fixture;

	fixture_start(&fixture);
	fixture_retrieve(&fixture, "a", 2);
	fixture_retrieve(&fixture, "b", 1);
	fixture_judge(&fixture, "a", 1);
	fixture_judge(&fixture, "b", INT32_MAX);
	/* 1/log2(3) of the gain; a's is nothing beside it */
	NEAR(fixture_score(&fixture, "nDCG(dcg='exp-log2')"), 0.63092975357145744);
	fixture_judge(&fixture, "c", 1100);
	NEAR(fixture_score(&fixture, "nDCG(dcg='exp-log2')@2"), 0.63092975357145744);
}
END_TEST

START_TEST(means_are_sums_in_the_order_given)
{
	double values[] = {0.25, 0.5, 1e16, -1e16, 0};

	NEAR(rq_mean(values, 2), 0.375);
	ck_assert_double_eq(rq_mean(values, 5), (0.25 + 0.5 + 1e16 - 1e16) / 5);
	ck_assert(isnan(rq_mean(values, 0)));
}
END_TEST

Suite *ranking_metrics_suite(void)
{
	Suite *suite = suite_create("ranking metrics");
	TCase *metrics = tcase_create("metrics");

	tcase_add_test(metrics, a_graded_ranking_scores_as_by_hand);
	tcase_add_test(metrics, every_ranking_metric_has_a_golden_case);
	tcase_add_test(metrics, undefined_cases_score_0);
	tcase_add_test(metrics, equal_scores_go_by_id_descending);
	tcase_add_test(metrics, a_huge_grade_does_not_overflow_the_exponential_gain);
	tcase_add_test(metrics, means_are_sums_in_the_order_given);
	suite_add_tcase(suite, metrics);
	return suite;
}
