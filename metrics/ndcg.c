/* nDCG@k = DCG of the ranking / DCG of the best order of all judged documents, both cut at k; DCG = sum of gain(grade) / log2(rank + 1).
 * The gain is the grade, or 2^grade - 1 with dcg='exp-log2'. 0 where no judged grade is above 0. */
#include "metrics/judge.h"

#include <math.h>

/* The exponential gain is divided by 2^top, which cancels in the quotient and keeps a huge grade from overflowing. */
static double gain(int32_t grade, bool exponential, int32_t top)
{
	return exponential ? ldexp(1, grade - top) - ldexp(1, -top) : grade;
}

static double dcg(const int32_t *grades, size_t depth, bool exponential, int32_t top)
{
	double sum = 0;

	for (size_t i = 0; i < depth; i++)
		if (grades[i] > 0)
			sum += gain(grades[i], exponential, top) / log2((double)(i + 2));
	return sum;
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	if (ranking->ideal_count == 0)
		return 0;
	size_t ideal_depth = spec->cutoff > 0 && spec->cutoff < ranking->ideal_count ? spec->cutoff : ranking->ideal_count;
	int32_t top = ranking->ideal[0];
	return dcg(ranking->grades, rq_depth(ranking, spec), spec->exponential, top) / dcg(ranking->ideal, ideal_depth, spec->exponential, top);
}

static const char *const aliases[] = {"NDCG", "ndcg", "ndcg_cut_", NULL};

const struct rq_metric rq_metric_ndcg = {
	.name = "nDCG",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.takes_dcg = true,
	.lowest = 0,
	.highest = 1,
	.help = "discounted gain of the ranking over that of the best order of all judged documents; "
	        "the gain is the grade, or 2^grade - 1 with dcg='exp-log2'",
	.citation = "Jarvelin & Kekalainen 2002, ACM TOIS 20(4); exponential gain: Burges et al. 2005, ICML; trec_eval ndcg, ndcg_cut",
	.score = score,
};
