/* binG = 1/R * sum over the relevant documents retrieved of 1 / log2(2 + documents above it that are not relevant). 0 where no document is
 * relevant. */
#include "metrics/judge.h"
#include "metrics/ties.h"

#include <math.h>

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec), found = 0;
	double sum = 0;

	for (size_t i = 0; i < ranking->hit_count; i++)
		if (ranking->hits[i].grade >= spec->relevant)
			sum += 1 / log2((double)(2 + ranking->hits[i].rank - ++found));
	return relevant > 0 ? sum / (double)relevant : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	size_t relevant = rq_relevant_judged(ranking, spec), found = 0;
	double sum = 0;

	/* A relevant document of a tie has 0, 1 .. all of the tie's others above it, each with the same probability. */
	while (rq_stretch_next(&stretch, ranking)) {
		size_t tied = rq_stretch_from(&stretch, ranking, spec->relevant), others = rq_stretch_ranks(&stretch) - tied;
		double terms = 0;
		for (size_t i = 0; i <= others && tied > 0; i++)
			terms += 1 / log2((double)(2 + stretch.first - 1 - found + i));
		sum += (double)tied * terms / (double)(others + 1);
		found += tied;
	}
	return relevant > 0 ? sum / (double)relevant : 0;
}

const struct rq_metric rq_metric_binary_g = {
	.name = "binG",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "mean over the relevant documents of a discount by how many documents that are not relevant stand above",
	.citation = "Buckley 2008, an experimental measure of trec_eval; trec_eval binG",
	.score = score,
	.expected = expected,
};
