/* SetF = (b + 1) P R / (b P + R) of everything retrieved, where b (beta) is how much R weighs against P: what others write as beta squared. 0
 * where nothing relevant was retrieved. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t found = rq_relevant_found(ranking, spec);

	if (found == 0)
		return 0;
	double precision = (double)found / (double)ranking->count, recall = (double)found / (double)rq_relevant_judged(ranking, spec),
		   beta = spec->numbers[0];
	return (beta + 1) * precision * recall / (beta * precision + recall);
}

static const char *const aliases[] = {"set_F", NULL};
static const struct rq_metric_parameter parameters[] = {{.name = "beta", .standard = 1, .lowest = 0, .highest = 1e6}, {0}};

const struct rq_metric rq_metric_set_f = {
	.name = "SetF",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.parameters = parameters,
	.lowest = 0,
	.highest = 1,
	.help = "harmonic mean of SetP and SetR; beta is the weight of SetR against SetP, in trec_eval's reading",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval set_F",
	.score = score,
	.ignores_order = true,
};
