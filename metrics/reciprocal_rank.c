/* RR@k = 1 / rank of the first relevant document, 0 where none is within the cutoff. Its mean over topics is MRR. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec);

	for (size_t i = 0; i < hits; i++)
		if (ranking->hits[i].grade >= spec->relevant)
			return 1 / (double)ranking->hits[i].rank;
	return 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	size_t relevant = 0;
	double sum = 0;

	while (relevant == 0 && rq_stretch_next(&stretch, ranking))
		relevant = rq_stretch_from(&stretch, ranking, spec->relevant);
	if (relevant == 0)
		return 0;
	size_t ranks = rq_stretch_ranks(&stretch), within = rq_stretch_within(&stretch, spec->cutoff);
	double first = (double)relevant / (double)ranks; /* probability that the first relevant document of the tie has i others above it in the tie */
	for (size_t i = 0; i < within && i + relevant <= ranks; i++) {
		sum += first / (double)(stretch.first + i);
		if (i + 1 < ranks)
			first *= (double)(ranks - i - relevant) / (double)(ranks - i - 1);
	}
	return sum;
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
	.expected = expected,
};
