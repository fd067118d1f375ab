/* Judged@k = judged documents in the top min(k, retrieved) / min(k, retrieved), 0 where nothing was retrieved. Says how far the other metrics
 * can be trusted: they count an unjudged document as not relevant. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t depth = rq_depth(ranking, spec), hits = rq_hits_within(ranking, spec), judged = 0;

	for (size_t i = 0; i < hits; i++)
		judged += ranking->hits[i].grade >= 0;
	return depth > 0 ? (double)judged / (double)depth : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	size_t depth = rq_depth(ranking, spec);

	return depth > 0 ? rq_expected_from(ranking, depth, 0) / (double)depth : 0;
}

const struct rq_metric rq_metric_judged = {
	.name = "Judged",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.lowest = 0,
	.highest = 1,
	.help = "share of the top k (or of what was retrieved, if less) that has a judgment",
	.citation = "MacAvaney, Macdonald & Ounis 2022, Streamlining Evaluation with ir-measures, ECIR",
	.score = score,
	.expected = expected,
};
