/* RR@k = 1 / rank of the first relevant document, 0 where none is within the cutoff. Its mean over topics is MRR. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t depth = rq_depth(ranking, spec);

	for (size_t i = 0; i < depth; i++)
		if (ranking->grades[i] >= spec->relevant)
			return 1 / (double)(i + 1);
	return 0;
}

static const char *const aliases[] = {"MRR", "recip_rank", NULL};

const struct rq_metric rq_metric_reciprocal_rank = {
	.name = "RR",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "1 / rank of the first relevant document, 0 where none is found; its mean over topics is MRR",
	.citation = "Kantor & Voorhees 2000, The TREC-5 Confusion Track, Information Retrieval 2; trec_eval recip_rank",
	.score = score,
};
