/* RR@k = 1 / rank of the first relevant document, 0 where none is within the cutoff. Its mean over topics is MRR. */
#include "metrics/judge.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec);

	for (size_t i = 0; i < hits; i++)
		if (ranking->hits[i].grade >= spec->relevant)
			return 1 / (double)ranking->hits[i].rank;
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
