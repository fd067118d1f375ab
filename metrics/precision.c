/* P@k = relevant documents in the top k / k. The denominator stays k where fewer were retrieved. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return (double)rq_relevant_found(ranking, spec) / (double)spec->cutoff;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	return rq_expected_from(ranking, spec->cutoff, spec->relevant) / (double)spec->cutoff;
}

static const char *const aliases[] = {"Precision", "P_", NULL};

const struct rq_metric rq_metric_precision = {
	.name = "P",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "share of the k first ranks that hold a relevant document; ranks left empty count against it",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval P",
	.score = score,
	.expected = expected,
};
