/* relative_P@k = relevant documents in the top k / min(k, R): precision over the most that it could be. 0 where no document is relevant. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec), most = spec->cutoff < relevant ? spec->cutoff : relevant;

	return most > 0 ? (double)rq_relevant_found(ranking, spec) / (double)most : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	size_t relevant = rq_relevant_judged(ranking, spec), most = spec->cutoff < relevant ? spec->cutoff : relevant;

	return most > 0 ? rq_expected_from(ranking, spec->cutoff, spec->relevant) / (double)most : 0;
}

static const char *const aliases[] = {"relative_P_", NULL};

const struct rq_metric rq_metric_relative_precision = {
	.name = "relative_P",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "P@k over the most that it could be: precision while k is below the number of relevant documents, then recall",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval relative_P",
	.score = score,
	.expected = expected,
};
