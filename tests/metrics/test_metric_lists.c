#include "metrics/metric.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* The names of a list, canonical or trec_eval's, with blanks between. */
static const char *names(const struct rq_metric_list *list, bool trec)
{
	static char text[8192];

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const char *name = trec ? list->specs[i].trec : list->specs[i].name;
		ck_assert(strlen(text) + strlen(name) + 2 < sizeof text);
		strncat(text, i > 0 ? " " : "", 2);
		strncat(text, name, sizeof list->specs[i].name);
	}
	return text;
}

static void expect(const char *argument, int level, const char *canonical, const char *trec)
{
	struct rq_metric_list list = {0};
	struct rq_error err = {.text = ""};

	ck_assert_msg(rq_metrics_add(&list, argument, level, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(names(&list, false), canonical);
	ck_assert_str_eq(names(&list, true), trec);
	for (size_t i = 0; i < list.count; i++) {
		struct rq_metric_spec again;
		ck_assert(rq_metric_parse(&again, list.specs[i].name, &err) == RQ_OK || level == 0);
		if (level > 0)
			ck_assert_str_eq(again.name, list.specs[i].name);
	}
	rq_metric_list_release(&list);
}

START_TEST(arguments_are_names_families_and_lists)
{
	expect("RR@10", 1, "RR@10", "");
	expect("map", 1, "AP", "map");
	expect("P.5,10", 1, "P@5 P@10", "P_5 P_10");
	expect("ndcg_cut.10,5,10", 1, "nDCG@10 nDCG@5", "ndcg_cut_10 ndcg_cut_5");
	expect("success", 1, "Success@1 Success@5 Success@10", "success_1 success_5 success_10");
	expect("P", 2, "P(rel=2)@5 P(rel=2)@10 P(rel=2)@15 P(rel=2)@20 P(rel=2)@30 P(rel=2)@100 P(rel=2)@200 P(rel=2)@500 P(rel=2)@1000",
	       "P_5 P_10 P_15 P_20 P_30 P_100 P_200 P_500 P_1000");
	expect("Success(rel=2)", 2, "Success(rel=2)@1 Success(rel=2)@5 Success(rel=2)@10", "success_1 success_5 success_10");
	expect("nDCG@10,P(rel=2)@5,RBP(p=0.5,rel=2)@3", 1, "nDCG@10 P(rel=2)@5 RBP(p=0.5,rel=2)@3", "ndcg_cut_10  ");
	expect("iprec_at_recall.0,.15,1", 1, "IPrec@0 IPrec@0.15 IPrec@1", "iprec_at_recall_0.00 iprec_at_recall_0.15 iprec_at_recall_1.00");
	expect("iprec_at_recall_0.10", 1, "IPrec@0.1", "iprec_at_recall_0.10");
	expect("Rprec_mult.1.0,0.5", 1, "Rprec_mult@1 Rprec_mult@0.5", "Rprec_mult_1.00 Rprec_mult_0.50");
	expect("set_F.0.50", 1, "SetF(beta=0.5)", "set_F_0.50");
	expect("SetF(beta=0.5)", 1, "SetF(beta=0.5)", "set_F_0.5");
	expect("utility", 1, "utility", "utility");
	expect("utility.1,-.5,0,0", 1, "utility(b=-0.5)", "utility_1,-.5,0,0");
	expect("utility(b=-0.5,docs=100)", 1, "utility(b=-0.5,docs=100)", "utility_1,-0.5,0,0");
	expect("11pt_avg.0.2,0.5,0.8", 1, "11pt_avg(points='0.2,0.5,0.8')", "11pt_avg_0.2,0.5,0.8");
	expect("ndcg.2=9.0,1=3.5", 1, "nDCG(gains='1=3.5,2=9')", "ndcg_2=9.0,1=3.5");
	expect("nDCG(gains='2=9')@10", 1, "nDCG(gains='2=9')@10", "");
	expect("nDCG(dcg='exp-log2')", 1, "nDCG(dcg='exp-log2')", "");
	expect("ERR@20,ERR(max=3),Judged@10", 1, "ERR@20 ERR(max=3) Judged@10", "  ");
}
END_TEST

START_TEST(the_level_is_that_of_metrics_that_do_not_name_one)
{
	expect("AP", 2, "AP(rel=2)", "map");
	expect("AP", 0, "AP(rel=0)", "map");
	expect("AP(rel=1)", 2, "AP", "");
	expect("AP(rel=2)", 2, "AP(rel=2)", "map");
	expect("ndcg", 2, "nDCG", "ndcg");
	expect("Rndcg", 3, "Rndcg(rel=3)", "Rndcg");
	expect("num_rel,num_ret", 3, "NumRel(rel=3) NumRet", "num_rel num_ret");
}
END_TEST

START_TEST(nicknames_come_in_the_order_of_trec_eval)
{
	struct rq_metric_list list = {0};

	expect("set", 1, "NumQ NumRet NumRel NumRelRet utility SetP set_relative_P SetR SetAP SetF",
	       "num_q num_ret num_rel num_rel_ret utility set_P set_relative_P set_recall set_map set_F");
	ck_assert(rq_metrics_add(&list, "official", 1, NULL) == RQ_OK);
	ck_assert_uint_eq(list.count, 4 + 5 + 11 + 9);
	ck_assert(list.runid && !list.relstring);
	ck_assert(rq_metrics_add(&list, "all_trec", 1, NULL) == RQ_OK);
	ck_assert_uint_eq(list.count, 24 + 11 + 9 + 9 + 10 + 9 + 9 + 9 + 3);
	ck_assert(list.relstring && list.relstring_length == 10 && strcmp(list.relstring_name, "relstring") == 0);
	rq_metric_list_release(&list);
}
END_TEST

START_TEST(repeats_accumulate_and_are_sorted_when_asked)
{
	static const char *const arguments[] = {"RR@10", "ndcg_cut.10", "map", "ndcg_cut.5", "relstring.5", "P.10,5",
	                                        "num_q", "RR@10",       "map", "recall_5",   "runid"};
	struct rq_metric_list list = {0};

	for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
		ck_assert(rq_metrics_add(&list, arguments[i], 1, NULL) == RQ_OK);
	ck_assert_str_eq(names(&list, false), "RR@10 nDCG@10 AP nDCG@5 P@10 P@5 NumQ R@5");
	rq_metrics_in_trec_order(&list);
	ck_assert_str_eq(names(&list, false), "NumQ AP P@5 P@10 R@5 nDCG@5 nDCG@10 RR@10");
	ck_assert_uint_eq(list.relstring_place, 4);
	ck_assert(list.runid && list.relstring && list.relstring_length == 5);
	ck_assert_str_eq(list.relstring_name, "relstring_5");
	rq_metric_list_release(&list);
}
END_TEST

/* Neither exact search nor times: run files do not tell them. */
#define KNOWN_ON_JUDGMENTS \
	"RR, nDCG, R, AP, P, Success, Judged, Rprec, Bpref, infAP, IPrec, ERR, RBP, RBP_residual, SetP, SetR, SetF, SetAP, gm_AP, gm_Bpref, NumQ, " \
	"NumRet, NumRel, NumRelRet, " \
	"num_nonrel_judged_ret, relative_P, set_relative_P, Rprec_mult, 11pt_avg, utility, binG, G, ndcg_rel, Rndcg"

START_TEST(what_is_wrong_with_an_argument_is_said)
{
	static const struct {
		const char *argument, *text;
	} cases[] = {
		{"", "metric \"\": column 1: a metric's name was expected, such as \"RR@10\""},
		{"latncy.p50", "metric \"latncy.p50\": column 1: unknown metric; known are " KNOWN_ON_JUDGMENTS},
		{"P.", "metric \"P.\": column 1: unknown metric; did you mean \"P\"?"},
		{"P.5,", "metric \"P.5,\": column 5: the cutoff must be a whole number from 1 to 1000000"},
		{"P.5,x", "metric \"P.5,x\": column 5: the cutoff must be a whole number from 1 to 1000000"},
		{"P.5;10", "metric \"P.5;10\": column 4: unexpected \";10\"; a comma and another cutoff were expected, or the end"},
		{"map.5", "metric \"map.5\": column 5: \"map\" takes no parameter"},
		{"runid.5", "metric \"runid.5\": column 7: \"runid\" takes no parameter"},
		{"utility.1,2", "metric \"utility.1,2\": column 12: 4 numbers were expected, with commas between"},
		{"set_F.x", "metric \"set_F.x\": column 7: beta must be a number from 0 to 1000000"},
		{"set_F.1,2", "metric \"set_F.1,2\": column 8: unexpected \",2\"; the name should end here"},
		{"relstring.-1", "metric \"relstring.-1\": column 11: the number of ranks must be a whole number from 0 to 1000"},
		{"ndcg.1", "metric \"ndcg.1\": column 7: GRADE=GAIN was expected, such as 2=7"},
		{"ndcg.1=2,1=3", "metric \"ndcg.1=2,1=3\": column 10: grade 1 has a gain already"},
		{"ndcg.1=-2", "metric \"ndcg.1=-2\": column 8: a gain must be a number from 0 to 1000000000"},
		{"11pt_avg.0.5,0.2", "metric \"11pt_avg.0.5,0.2\": column 14: each point must be larger than the one before it"},
		{"11pt_avg.1.5", "metric \"11pt_avg.1.5\": column 10: a point must be a number from 0 to 1"},
		{"iprec_at_recall.2", "metric \"iprec_at_recall.2\": column 17: the recall must be a number from 0 to 1"},
		{"IPrec(@=0.2)", "metric \"IPrec(@=0.2)\": column 7: unknown parameter \"@\"; \"IPrec\" takes (rel=2)"},
		{"Judged", "metric \"Judged\": column 7: \"Judged\" needs a cutoff, such as \"Judged@10\""},
		{"RBP(p=1)", "metric \"RBP(p=1)\": column 7: p must be a number from 0.01 to 0.9999"},
		{"RBP(q=1)", "metric \"RBP(q=1)\": column 5: unknown parameter \"q\"; \"RBP\" takes (p=0.8,rel=2)"},
		{"ERR(max=2.5)", "metric \"ERR(max=2.5)\": column 9: max must be a whole number from 1 to 50"},
		{"nDCG(dcg='exp-log2',gains='1=2')",
	     "metric \"nDCG(dcg='exp-log2',gains='1=2')\": column 5: gains are taken as they are; drop dcg='exp-log2' or the gains"},
		{"nDCG(gains=1)", "metric \"nDCG(gains=1)\": column 12: a list in quotes was expected"},
		{"nDCG(gains='1=2)", "metric \"nDCG(gains='1=2)\": column 16: the closing ' was expected"},
		{"nDCG@10,,AP", "metric \"\": column 1: a metric's name was expected, such as \"RR@10\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_metric_list list = {0};
		struct rq_error err = {.text = ""};
		ck_assert_msg(rq_metrics_add(&list, cases[i].argument, 1, &err) == RQ_E_CONFIG, "\"%s\" was read", cases[i].argument);
		ck_assert_str_eq(err.text, cases[i].text);
		rq_metric_list_release(&list);
	}
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_refused)
{
	struct rq_metric_list list = {0};
	struct rq_error err = {.text = ""};

	ck_assert(rq_metrics_add(&list,
	                         "nDCG(gains='1=1.2345678901234567,2=2.2345678901234567,3=3.2345678901234567,4=4.2345678901234567,5=5.2345678901234567,6="
	                         "6.2345678901234567,"
	                         "7=7.2345678901234567,8=8.2345678901234567')",
	                         1, &err) == RQ_E_CONFIG);
	ck_assert(strstr(err.text, "its name is longer than 159 characters") != NULL);
	ck_assert(rq_metrics_add(&list, "set_F.0.50000000000000000000000000000000000000000000000000000000000000000", 1, &err) == RQ_E_CONFIG);
	ck_assert(strstr(err.text, "more than 63 characters") != NULL);
	rq_metric_list_release(&list);
}
END_TEST

START_TEST(averages_are_means_sums_and_geometric_means)
{
	static const double values[] = {.5, .125, 0};
	struct rq_metric_list list = {0};

	ck_assert(rq_metrics_add(&list, "AP,NumRel,gm_AP", 1, NULL) == RQ_OK);
	ck_assert_double_eq(rq_metric_average(&list.specs[0], values, 2), .3125);
	ck_assert_double_eq(rq_metric_average(&list.specs[1], values, 2), .625);
	ck_assert_double_eq_tol(rq_metric_average(&list.specs[2], values, 2), .25, 1e-15);
	ck_assert_double_eq_tol(rq_metric_average(&list.specs[2], values, 3), cbrt(.0625 * 1e-5), 1e-15); /* 0 counts as 1e-5 */
	ck_assert(isnan(rq_metric_average(&list.specs[0], values, 0)) && isnan(rq_metric_average(&list.specs[2], values, 0)));
	ck_assert_double_eq(rq_metric_average(&list.specs[1], values, 0), 0);
	rq_metric_list_release(&list);
}
END_TEST

START_TEST(grades_are_shown_as_characters)
{
	static const struct rq_hit hits[] = {{1, 9, 0}, {2, 10, 1}, {4, -3, 2}, {5, 0, 3}};
	const struct rq_judged_ranking ranking = {.hits = hits, .hit_count = 4, .count = 6};
	char text[11];

	rq_relstring(text, &ranking, 10);
	ck_assert_str_eq(text, "9>-.0-");
	rq_relstring(text, &ranking, 4);
	ck_assert_str_eq(text, "9>-.");
	rq_relstring(text, &ranking, 0);
	ck_assert_str_eq(text, "");
}
END_TEST

Suite *metric_lists_suite(void)
{
	Suite *suite = suite_create("metric lists");
	TCase *lists = tcase_create("lists");

	tcase_add_test(lists, arguments_are_names_families_and_lists);
	tcase_add_test(lists, the_level_is_that_of_metrics_that_do_not_name_one);
	tcase_add_test(lists, nicknames_come_in_the_order_of_trec_eval);
	tcase_add_test(lists, repeats_accumulate_and_are_sorted_when_asked);
	tcase_add_test(lists, what_is_wrong_with_an_argument_is_said);
	tcase_add_test(lists, a_name_that_does_not_fit_is_refused);
	tcase_add_test(lists, averages_are_means_sums_and_geometric_means);
	tcase_add_test(lists, grades_are_shown_as_characters);
	suite_add_tcase(suite, lists);
	return suite;
}
