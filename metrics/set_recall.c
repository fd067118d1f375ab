/* SetR = relevant documents retrieved / all judged relevant. 0 where no document is relevant. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec);

	return relevant > 0 ? (double)rq_relevant_found(ranking, spec) / (double)relevant : 0;
}

static const char *const aliases[] = {"set_recall", NULL};

const struct rq_metric rq_metric_set_recall = {
	.name = "SetR",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "share of all relevant documents that was retrieved at all",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval set_recall",
	.score = score,
	.ignores_order = true,
};
