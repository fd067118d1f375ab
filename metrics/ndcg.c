/* nDCG@k = DCG of the ranking / DCG of the best order of all judged documents, both cut at k; DCG = sum of gain(grade) / log2(rank + 1).
 * The gain is the grade, 2^grade - 1 with dcg='exp-log2', or what gains='1=3,2=7' says. 0 where no judged document has a gain above 0. */
#include "metrics/gain.h"
#include "metrics/judge.h"
#include "metrics/ties.h"

#include <math.h>

/* The exponential gain is divided by 2^top, which cancels in the quotient and keeps a huge grade from overflowing. */
static double exponential(double grade, int32_t top)
{
	return ldexp(1, (int)grade - top) - ldexp(1, -top);
}

static int32_t top_grade(const struct rq_judged_ranking *ranking)
{
	return ranking->judged_count > 0 ? ranking->judged[0] : 0;
}

static double ideal_dcg(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct rq_ideal best = rq_ideal_start(ranking, spec);
	double sum = 0, gain;

	for (size_t i = 0; (spec->cutoff == 0 || i < spec->cutoff) && (gain = rq_ideal_next(&best)) > 0; i++)
		sum += (spec->exponential ? exponential(gain, top_grade(ranking)) : gain) / log2((double)(i + 2));
	return sum;
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec);
	double sum = 0, ideal = ideal_dcg(ranking, spec), gain;

	for (size_t i = 0; i < hits; i++)
		if ((gain = rq_gain(spec, ranking->hits[i].grade)) > 0)
			sum += (spec->exponential ? exponential(gain, top_grade(ranking)) : gain) / log2((double)ranking->hits[i].rank + 1);
	return ideal > 0 ? sum / ideal : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	double sum = 0, ideal = ideal_dcg(ranking, spec);

	while (rq_stretch_next(&stretch, ranking)) {
		size_t within = rq_stretch_within(&stretch, spec->cutoff);
		double gains = 0, discounts = 0, gain;
		for (size_t i = stretch.from; i < stretch.to; i++)
			if ((gain = rq_gain(spec, ranking->hits[i].grade)) > 0)
				gains += spec->exponential ? exponential(gain, top_grade(ranking)) : gain;
		for (size_t i = 0; i < within && gains > 0; i++)
			discounts += 1 / log2((double)(stretch.first + i + 1));
		sum += gains * discounts / (double)rq_stretch_ranks(&stretch);
	}
	return ideal > 0 ? sum / ideal : 0;
}

static const char *const aliases[] = {"NDCG", "ndcg", "ndcg_cut_", NULL};

const struct rq_metric rq_metric_ndcg = {
	.name = "nDCG",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.takes_dcg = true,
	.takes_gains = true,
	.lowest = 0,
	.highest = 1,
	.help = "discounted gain of the ranking over that of the best order of all judged documents; "
	        "the gain is the grade, 2^grade - 1 with dcg='exp-log2', or as in gains='1=3,2=7'",
	.citation = "Jarvelin & Kekalainen 2002, ACM TOIS 20(4); exponential gain: Burges et al. 2005, ICML; trec_eval ndcg, ndcg_cut",
	.score = score,
	.expected = expected,
};
