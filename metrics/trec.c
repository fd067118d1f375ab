/* What trec_eval 9.0.8 calls its measures, in the order in which it prints them, and which of them its nicknames stand for. */
#include "metrics/names.h"

#include <stdlib.h>
#include <string.h>

#define CUTOFFS "5,10,15,20,30,100,200,500,1000"
#define RECALLS "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1"
#define MULTIPLES "0.2,0.4,0.6,0.8,1,1.2,1.4,1.6,1.8,2"

const struct rq_trec_measure rq_trec_measures[] = {
	{"runid", NULL, 0, true, true, true},
	{"num_q", NULL, 0, true, true, true},
	{"num_ret", NULL, 0, true, true, true},
	{"num_rel", NULL, 0, true, true, true},
	{"num_rel_ret", NULL, 0, true, true, true},
	{"map", NULL, 0, true, false, true},
	{"gm_map", NULL, 0, true, false, true},
	{"Rprec", NULL, 0, true, false, true},
	{"bpref", NULL, 0, true, false, true},
	{"recip_rank", NULL, 0, true, false, true},
	{"iprec_at_recall", RECALLS, 0, true, false, true},
	{"P", CUTOFFS, 0, true, false, true},
	{"relstring", NULL, 0, false, false, true},
	{"recall", CUTOFFS, 0, false, false, true},
	{"infAP", NULL, 0, false, false, true},
	{"gm_bpref", NULL, 0, false, false, true},
	{"Rprec_mult", MULTIPLES, 0, false, false, true},
	{"utility", NULL, 4, false, true, true},
	{"11pt_avg", NULL, 0, false, false, true},
	{"binG", NULL, 0, false, false, true},
	{"G", NULL, 0, false, false, true},
	{"ndcg", NULL, 0, false, false, true},
	{"ndcg_rel", NULL, 0, false, false, true},
	{"Rndcg", NULL, 0, false, false, true},
	{"ndcg_cut", CUTOFFS, 0, false, false, true},
	{"map_cut", CUTOFFS, 0, false, false, true},
	{"relative_P", CUTOFFS, 0, false, false, true},
	{"success", "1,5,10", 0, false, false, true},
	{"set_P", NULL, 0, false, true, true},
	{"set_relative_P", NULL, 0, false, true, true},
	{"set_recall", NULL, 0, false, true, true},
	{"set_map", NULL, 0, false, true, true},
	{"set_F", NULL, 1, false, true, true},
	{"num_nonrel_judged_ret", NULL, 0, false, false, true},
	{NULL, NULL, 0, false, false, false},
};

const struct rq_metric *rq_trec_metric(const struct rq_trec_measure *measure)
{
	size_t length = strlen(measure->name);
	char stem[32];

	if (measure->cutoffs == NULL)
		return rq_metric_find(measure->name, length);
	memcpy(stem, measure->name, length);
	stem[length] = '_';
	return rq_metric_find(stem, length + 1);
}

const struct rq_trec_measure *rq_trec_find(const char *name, size_t length)
{
	for (const struct rq_trec_measure *measure = rq_trec_measures; measure->name != NULL; measure++)
		if (strlen(measure->name) == length && memcmp(measure->name, name, length) == 0)
			return measure;
	return NULL;
}

const struct rq_trec_measure *rq_trec_measure(const struct rq_metric_spec *spec)
{
	bool cut = spec->cutoff > 0 || spec->metric->cutoff == RQ_CUTOFF_SHARE;

	if (spec->exponential || (cut && spec->gain_count > 0))
		return NULL;
	for (const struct rq_trec_measure *measure = rq_trec_measures; measure->name != NULL; measure++)
		if (cut == (measure->cutoffs != NULL) && rq_trec_metric(measure) == spec->metric)
			return measure;
	return NULL;
}

static const struct rq_trec_measure *place(const struct rq_metric_spec *spec)
{
	const struct rq_trec_measure *measure = spec->trec[0] == '\0' ? NULL : rq_trec_measure(spec);

	return measure == NULL ? rq_trec_measures + sizeof rq_trec_measures / sizeof *rq_trec_measures : measure;
}

/* Within a family by cutoff; what is alike stays in the order asked for. */
static bool comes_before(const struct rq_metric_spec *a, const struct rq_metric_spec *b)
{
	const struct rq_trec_measure *left = place(a), *right = place(b);

	if (left != right)
		return left < right;
	if (a->trec[0] == '\0' || left->cutoffs == NULL)
		return false;
	return a->cutoff != b->cutoff ? a->cutoff < b->cutoff : a->numbers[0] < b->numbers[0];
}

void rq_metrics_in_trec_order(struct rq_metric_list *list)
{
	const struct rq_trec_measure *relstring = rq_trec_find("relstring", strlen("relstring"));

	for (size_t i = 1; i < list->count; i++) {
		struct rq_metric_spec moved = list->specs[i];
		size_t to = i;
		for (; to > 0 && comes_before(&moved, &list->specs[to - 1]); to--)
			list->specs[to] = list->specs[to - 1];
		list->specs[to] = moved;
	}
	list->relstring_place = 0;
	while (list->relstring_place < list->count && place(&list->specs[list->relstring_place]) < relstring)
		list->relstring_place++;
}
