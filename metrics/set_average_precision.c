/* SetAP = P R of everything retrieved: AP where every relevant document that was retrieved has the precision of the whole set. 0 where that is not
 * defined. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	double found = (double)rq_relevant_found(ranking, spec), of = (double)ranking->count * (double)rq_relevant_judged(ranking, spec);

	return of > 0 ? found * found / of : 0;
}

static const char *const aliases[] = {"set_map", NULL};

const struct rq_metric rq_metric_set_average_precision = {
	.name = "SetAP",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "SetP times SetR: AP of a set without an order",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval set_map",
	.score = score,
	.ignores_order = true,
};
