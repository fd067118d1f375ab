/* infAP = 1/R * sum over the relevant documents retrieved, at rank i, of 1/i + (i-1)/i * share of the ranks above that are in the pool * share of
 * those judged above that are relevant, smoothed by 1e-5; 1 at rank 1. A negative grade is in the pool and unjudged. 0 where no document is
 * relevant. */
#include "metrics/judge.h"

static const double SMOOTHING = 1e-5;

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec), found = 0, others = 0, unjudged = 0;
	double sum = 0;

	for (size_t i = 0; i < ranking->hit_count; i++) {
		const struct rq_hit *hit = &ranking->hits[i];
		double above = hit->rank - 1;
		if (hit->grade < 0) {
			unjudged++;
		} else if (hit->grade < spec->relevant) {
			others++;
		} else {
			/* In trec_eval's order of operations, so that no digit differs. */
			sum += hit->rank == 1 ? 1
			                      : 1 / (above + 1) + above / (above + 1) * ((double)(found + others + unjudged) / above) *
			                                              (((double)found + SMOOTHING) / ((double)(found + others) + 2 * SMOOTHING));
			found++;
		}
	}
	return relevant > 0 ? sum / (double)relevant : 0;
}

const struct rq_metric rq_metric_inferred_ap = {
	.name = "infAP",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "AP estimated from a judged sample of the pool; a negative grade is in the pool and unjudged",
	.citation = "Yilmaz & Aslam 2006, Estimating Average Precision with Incomplete and Imperfect Judgments, CIKM; trec_eval infAP",
	.score = score,
};
