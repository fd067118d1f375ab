/* AP@k = sum of the precision at each relevant rank (within k) / all judged relevant, never min(R, k). 0 where no document is relevant.
 * gm_AP is averaged geometrically. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec), relevant = rq_relevant_judged(ranking, spec), found = 0;
	double sum = 0;

	if (relevant == 0)
		return 0;
	for (size_t i = 0; i < hits; i++)
		if (ranking->hits[i].grade >= spec->relevant)
			sum += (double)++found / (double)ranking->hits[i].rank;
	return sum / (double)relevant;
}

/* McSherry & Najork 2008, Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores, ECIR. */
static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	size_t relevant = rq_relevant_judged(ranking, spec), above = 0;
	double sum = 0;

	while (rq_stretch_next(&stretch, ranking)) {
		size_t ranks = rq_stretch_ranks(&stretch), within = rq_stretch_within(&stretch, spec->cutoff),
			   tied = rq_stretch_from(&stretch, ranking, spec->relevant);
		double share = (double)tied / (double)ranks, more = ranks > 1 && tied > 0 ? (double)(tied - 1) / (double)(ranks - 1) : 0;
		for (size_t i = 0; tied > 0 && i < within; i++)
			sum += share * ((double)(above + 1) + (double)i * more) / (double)(stretch.first + i);
		above += tied;
	}
	return relevant > 0 ? sum / (double)relevant : 0;
}

static const char *const aliases[] = {"MAP", "map", "map_cut_", NULL};

const struct rq_metric rq_metric_average_precision = {
	.name = "AP",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "mean of the precision at the rank of every relevant document, one that is not found counting 0; its mean over topics is MAP",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval map, map_cut",
	.score = score,
	.expected = expected,
};

static const char *const geometric_aliases[] = {"gm_map", NULL};

const struct rq_metric rq_metric_average_precision_geometric = {
	.name = "gm_AP",
	.aliases = geometric_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.average = RQ_AVERAGE_GEOMETRIC,
	.summary_only = true,
	.lowest = 0,
	.highest = 1,
	.help = "AP with the geometric mean over topics, which the worst topics weigh on most",
	.citation = "Robertson 2006, On GMAP and Other Transformations, CIKM; trec_eval gm_map",
	.score = score,
	.expected = expected,
};
