#include "metrics/metric.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

START_TEST(names_and_aliases_are_read)
{
	static const struct {
		const char *name, *canonical;
		size_t cutoff;
		int relevant;
		bool exponential;
	} cases[] = {
		{"RR@10", "RR@10", 10, 1, false},
		{"RR", "RR", 0, 1, false},
		{"RR(rel=2)@10", "RR(rel=2)@10", 10, 2, false},
		{"MRR", "RR", 0, 1, false},
		{"MRR@10", "RR@10", 10, 1, false},
		{"mrr@5", "RR@5", 5, 1, false},
		{"recip_rank", "RR", 0, 1, false},
		{"nDCG", "nDCG", 0, 1, false},
		{"nDCG@10", "nDCG@10", 10, 1, false},
		{"NDCG@10", "nDCG@10", 10, 1, false},
		{"ndcg@10", "nDCG@10", 10, 1, false},
		{"Ndcg@10", "nDCG@10", 10, 1, false},
		{"nDCG(dcg='exp-log2')@10", "nDCG(dcg='exp-log2')@10", 10, 1, true},
		{"nDCG(dcg=\"exp-log2\")", "nDCG(dcg='exp-log2')", 0, 1, true},
		{"nDCG(dcg='log2')@10", "nDCG@10", 10, 1, false},
		{"ndcg", "nDCG", 0, 1, false},
		{"ndcg_cut_10", "nDCG@10", 10, 1, false},
		{"ndcg_cut.5", "nDCG@5", 5, 1, false},
		{"R@100", "R@100", 100, 1, false},
		{"Recall@100", "R@100", 100, 1, false},
		{"recall_100", "R@100", 100, 1, false},
		{"AP", "AP", 0, 1, false},
		{"AP@100", "AP@100", 100, 1, false},
		{"AP(rel=3)", "AP(rel=3)", 0, 3, false},
		{"MAP", "AP", 0, 1, false},
		{"map", "AP", 0, 1, false},
		{"map_cut_10", "AP@10", 10, 1, false},
		{"P@5", "P@5", 5, 1, false},
		{"P(rel=2)@5", "P(rel=2)@5", 5, 2, false},
		{"P(rel=1)@5", "P@5", 5, 1, false},
		{"P_5", "P@5", 5, 1, false},
		{"Precision@5", "P@5", 5, 1, false},
		{"Success@5", "Success@5", 5, 1, false},
		{"success_5", "Success@5", 5, 1, false},
		{"Judged@10", "Judged@10", 10, 1, false},
		{"ann_recall@10", "ann_recall@10", 10, 1, false},
		{"latency.p50", "latency.p50", 0, 1, false},
		{"latency.p95", "latency.p95", 0, 1, false},
		{"latency.p99", "latency.p99", 0, 1, false},
		{"latency.rate", "latency.rate", 0, 1, false},
		{"embed.p50", "embed.p50", 0, 1, false},
		{"embed.p95", "embed.p95", 0, 1, false},
		{"embed.p99", "embed.p99", 0, 1, false},
		{"embed.rate", "embed.rate", 0, 1, false},
		{"Success(rel=2147483647)@1000000", "Success(rel=2147483647)@1000000", 1000000, 2147483647, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_metric_spec spec, again;
		struct rq_error err = {.text = ""};
		ck_assert_msg(rq_metric_parse(&spec, cases[i].name, &err) == RQ_OK, "%s", err.text);
		ck_assert_str_eq(spec.name, cases[i].canonical);
		ck_assert_uint_eq(spec.cutoff, cases[i].cutoff);
		ck_assert_int_eq(spec.relevant, cases[i].relevant);
		ck_assert_int_eq(spec.exponential, cases[i].exponential);
		/* the canonical spelling reads back as itself */
		ck_assert(rq_metric_parse(&again, spec.name, &err) == RQ_OK && again.metric == spec.metric);
		ck_assert_str_eq(again.name, spec.name);
	}
}
END_TEST

#define KNOWN \
	"RR, nDCG, R, AP, P, Success, Judged, Rprec, Bpref, infAP, IPrec, ERR, RBP, RBP_residual, SetP, SetR, SetF, SetAP, gm_AP, gm_Bpref, NumQ, " \
	"NumRet, NumRel, NumRelRet, " \
	"num_nonrel_judged_ret, relative_P, set_relative_P, Rprec_mult, 11pt_avg, utility, binG, G, ndcg_rel, Rndcg, ann_recall, Unique, Sources, ILD, " \
	"latency.p50, latency.p95, latency.p99, latency.rate, embed.p50, embed.p95, embed.p99, embed.rate"
#define RANGE "the cutoff must be a whole number from 1 to 1000000"
#define GAINS "dcg must be 'log2' (the gain is the grade) or 'exp-log2' (2^grade - 1), in quotes"
#define LEVELS "rel is the smallest grade that counts as relevant: a whole number from 1 to 2147483647"

START_TEST(what_is_wrong_with_a_name_is_said_with_its_column)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"", "metric \"\": column 1: a metric's name was expected, such as \"RR@10\""},
		{"@10", "metric \"@10\": column 1: a metric's name was expected, such as \"RR@10\""},
		{"frobnicate@10", "metric \"frobnicate@10\": column 1: unknown metric; known are " KNOWN},
		{"ndgc@10", "metric \"ndgc@10\": column 1: unknown metric; did you mean \"nDCG\"?"},
		{"latency.p90", "metric \"latency.p90\": column 1: unknown metric; did you mean \"latency.p50\"?"},
		{"sucess@5", "metric \"sucess@5\": column 1: unknown metric; did you mean \"Success\"?"},
		{"ndcg_cut", "metric \"ndcg_cut\": column 1: unknown metric; did you mean \"ndcg_cut_10\"?"},
		{"ndcg_cut_", "metric \"ndcg_cut_\": column 1: unknown metric; did you mean \"ndcg_cut_10\"?"},
		{"P_@5", "metric \"P_@5\": column 1: unknown metric; did you mean \"P_10\"?"},
		{" RR@10", "metric \" RR@10\": column 1: unknown metric; did you mean \"RR\"?"},
		{"RR@0", "metric \"RR@0\": column 4: " RANGE},
		{"RR@-5", "metric \"RR@-5\": column 4: " RANGE},
		{"RR@+5", "metric \"RR@+5\": column 4: " RANGE},
		{"RR@", "metric \"RR@\": column 4: " RANGE},
		{"RR@ten", "metric \"RR@ten\": column 4: " RANGE},
		{"nDCG@1000001", "metric \"nDCG@1000001\": column 6: " RANGE},
		{"nDCG@99999999999999999999999", "metric \"nDCG@99999999999999999999999\": column 6: " RANGE},
		{"ndcg_cut_0", "metric \"ndcg_cut_0\": column 10: " RANGE},
		{"RR@10 ", "metric \"RR@10 \": column 6: unexpected \" \"; the name should end here"},
		{"RR@1.5", "metric \"RR@1.5\": column 5: unexpected \".5\"; the name should end here"},
		{"RR@10@5", "metric \"RR@10@5\": column 6: unexpected \"@5\"; the name should end here"},
		{"P_5@10", "metric \"P_5@10\": column 4: unexpected \"@10\"; the name should end here"},
		{"P(rel=2)5", "metric \"P(rel=2)5\": column 9: unexpected \"5\"; the name should end here"},
		{"P", "metric \"P\": column 2: \"P\" needs a cutoff, such as \"P@10\""},
		{"recall", "metric \"recall\": column 7: \"R\" needs a cutoff, such as \"R@10\""},
		{"P(rel=2)", "metric \"P(rel=2)\": column 9: \"P\" needs a cutoff, such as \"P@10\""},
		{"ann_recall", "metric \"ann_recall\": column 11: \"ann_recall\" needs a cutoff, such as \"ann_recall@10\""},
		{"latency.p99@10", "metric \"latency.p99@10\": column 12: \"latency.p99\" takes no cutoff"},
		{"P(rel=0)@5", "metric \"P(rel=0)@5\": column 7: " LEVELS},
		{"P(rel=-1)@5", "metric \"P(rel=-1)@5\": column 7: " LEVELS},
		{"P(rel=x)@5", "metric \"P(rel=x)@5\": column 7: " LEVELS},
		{"P(rel=2147483648)@5", "metric \"P(rel=2147483648)@5\": column 7: " LEVELS},
		{"P(rel=2@5", "metric \"P(rel=2@5\": column 8: \")\" was expected, to close the parameter"},
		{"P(rel=2,rel=3)@5", "metric \"P(rel=2,rel=3)@5\": column 9: \"rel\" is given twice"},
		{"P(level=2)@5", "metric \"P(level=2)@5\": column 3: unknown parameter \"level\"; \"P\" takes (rel=2)"},
		{"P(2)@5", "metric \"P(2)@5\": column 3: unknown parameter \"2\"; \"P\" takes (rel=2)"},
		{"P(", "metric \"P(\": column 3: unknown parameter \"\"; \"P\" takes (rel=2)"},
		{"nDCG(rel=2)@5", "metric \"nDCG(rel=2)@5\": column 6: unknown parameter \"rel\"; \"nDCG\" takes (dcg='exp-log2',gains='1=3,2=7')"},
		{"nDCG(dcg=exp-log2)@5", "metric \"nDCG(dcg=exp-log2)@5\": column 10: " GAINS},
		{"nDCG(dcg='exp')@5", "metric \"nDCG(dcg='exp')@5\": column 10: " GAINS},
		{"nDCG(dcg='exp-log2)@5", "metric \"nDCG(dcg='exp-log2)@5\": column 10: " GAINS},
		{"nDCG(dcg=", "metric \"nDCG(dcg=\": column 10: " GAINS},
		{"Judged(rel=2)@5", "metric \"Judged(rel=2)@5\": column 8: unknown parameter \"rel\"; \"Judged\" takes no parameter"},
		{"latency.p50(rel=2)", "metric \"latency.p50(rel=2)\": column 13: unknown parameter \"rel\"; \"latency.p50\" takes no parameter"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_metric_spec spec = {.cutoff = 7};
		struct rq_error err = {.text = ""};
		ck_assert_msg(rq_metric_parse(&spec, cases[i].name, &err) == RQ_E_CONFIG, "\"%s\" was read", cases[i].name);
		ck_assert_str_eq(err.text, cases[i].text);
		ck_assert(spec.metric == NULL && spec.cutoff == 0);
		ck_assert(rq_metric_parse(&spec, cases[i].name, NULL) == RQ_E_CONFIG);
	}
}
END_TEST

START_TEST(a_name_of_any_length_is_refused_in_peace)
{
	char name[5000];
	struct rq_metric_spec spec;
	struct rq_error err;

	memset(name, 'R', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert(rq_metric_parse(&spec, name, &err) == RQ_E_CONFIG);
	memcpy(name, "P(", 2);
	ck_assert(rq_metric_parse(&spec, name, &err) == RQ_E_CONFIG);
	memset(name, '7', sizeof name - 1);
	ck_assert(rq_metric_parse(&spec, name, &err) == RQ_E_CONFIG);
}
END_TEST

static size_t stems(const struct rq_metric *metric, const char **out)
{
	size_t count = 0;

	out[count++] = metric->name;
	for (const char *const *alias = metric->aliases; alias != NULL && *alias; alias++)
		out[count++] = *alias;
	return count;
}

START_TEST(every_row_is_whole_and_no_two_rows_share_a_stem)
{
	for (size_t i = 0; rq_metrics[i]; i++) {
		const struct rq_metric *metric = rq_metrics[i];
		const char *mine[16], *theirs[16];
		ck_assert_msg(strlen(metric->help) > 20 && strlen(metric->citation) > 20, "%s lacks help or citation", metric->name);
		ck_assert_msg(metric->help[strlen(metric->help) - 1] != '.', "%s: help ends in a full stop", metric->name);
		ck_assert_msg((metric->score != NULL) == (metric->source == RQ_FROM_JUDGMENTS), "%s: score and source disagree", metric->name);
		bool residual = strcmp(metric->name, "RBP_residual") == 0, endless = metric->average == RQ_AVERAGE_SUM || metric->source == RQ_FROM_CLOCK;
		bool is_time = metric->source == RQ_FROM_CLOCK && !metric->is_rate;
		ck_assert_msg(metric->lower_is_better == (is_time || residual), "%s: only times and doubt are better when lower", metric->name);
		ck_assert_msg((metric->quantile > 0) == is_time, "%s: only times have a quantile", metric->name);
		if (strcmp(metric->name, "utility") != 0)
			ck_assert_msg(metric->lowest == 0 && metric->highest == (endless ? INFINITY : 1), "%s: range", metric->name);
		size_t count = stems(metric, mine);
		for (size_t j = i + 1; rq_metrics[j]; j++) {
			size_t others = stems(rq_metrics[j], theirs);
			for (size_t a = 0; a < count; a++)
				for (size_t b = 0; b < others; b++)
					ck_assert_msg(strcasecmp(mine[a], theirs[b]) != 0, "%s and %s share a stem", mine[a], theirs[b]);
		}
	}
}
END_TEST

Suite *metric_names_suite(void)
{
	Suite *suite = suite_create("metric names");
	TCase *names = tcase_create("names");

	tcase_add_test(names, names_and_aliases_are_read);
	tcase_add_test(names, what_is_wrong_with_a_name_is_said_with_its_column);
	tcase_add_test(names, a_name_of_any_length_is_refused_in_peace);
	tcase_add_test(names, every_row_is_whole_and_no_two_rows_share_a_stem);
	suite_add_tcase(suite, names);
	return suite;
}
