/* R@k = relevant documents in the top k / all judged relevant. 0 where no document is relevant. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec);

	return relevant > 0 ? (double)rq_relevant_found(ranking, spec) / (double)relevant : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	size_t relevant = rq_relevant_judged(ranking, spec);

	return relevant > 0 ? rq_expected_from(ranking, spec->cutoff, spec->relevant) / (double)relevant : 0;
}

static const char *const aliases[] = {"Recall", "recall_", NULL};

const struct rq_metric rq_metric_recall = {
	.name = "R",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "share of all relevant documents that the top k holds",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval recall",
	.score = score,
	.expected = expected,
};
