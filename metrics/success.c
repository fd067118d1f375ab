/* Success@k = 1 where the top k holds a relevant document, else 0. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return rq_relevant_found(ranking, spec) > 0;
}

static const char *const aliases[] = {"success_", NULL};

const struct rq_metric rq_metric_success = {
	.name = "Success",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "1 where the top k holds a relevant document, else 0",
	.citation = "Craswell & Hawking 2004, Overview of the TREC 2004 Web Track; trec_eval success",
	.score = score,
};
