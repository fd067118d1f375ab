/* SetP = relevant documents retrieved / retrieved, however they are ranked; 0 where nothing was retrieved. set_relative_P divides by the most that
 * could be. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return ranking->count > 0 ? (double)rq_relevant_found(ranking, spec) / (double)ranking->count : 0;
}

static double score_relative(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec), most = ranking->count < relevant ? ranking->count : relevant;

	return most > 0 ? (double)rq_relevant_found(ranking, spec) / (double)most : 0;
}

static const char *const aliases[] = {"set_P", NULL};

const struct rq_metric rq_metric_set_precision = {
	.name = "SetP",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "share of everything retrieved that is relevant, whatever its order",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval set_P",
	.score = score,
	.ignores_order = true,
};

const struct rq_metric rq_metric_set_relative_precision = {
	.name = "set_relative_P",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "SetP over the most that it could be: relevant documents retrieved by the smaller of those retrieved and those relevant",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval set_relative_P",
	.score = score_relative,
	.ignores_order = true,
};
