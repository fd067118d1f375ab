/* Bpref = 1/R * sum over the relevant documents retrieved of 1 - min(n, R) / min(N, R), where n documents judged not relevant stand above it and N
 * are judged so in all; the term is 1 where n is 0. Unjudged documents play no part. 0 where no document is relevant. gm_Bpref is averaged
 * geometrically. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec), others = ranking->judged_count - relevant, above = 0;
	double sum = 0;

	for (size_t i = 0; i < ranking->hit_count; i++) {
		if (ranking->hits[i].grade < 0)
			continue;
		if (ranking->hits[i].grade < spec->relevant)
			above++;
		else
			sum += above == 0 ? 1 : 1 - (double)smaller(above, relevant) / (double)smaller(others, relevant);
	}
	return relevant > 0 ? sum / (double)relevant : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	size_t relevant = rq_relevant_judged(ranking, spec), others = ranking->judged_count - relevant, above = 0;
	double sum = 0;

	/* A relevant document of a tie has 0, 1 .. all of the tie's other judged documents above it, each with the same probability. */
	while (rq_stretch_next(&stretch, ranking)) {
		size_t tied = rq_stretch_from(&stretch, ranking, spec->relevant), tied_others = rq_stretch_from(&stretch, ranking, 0) - tied;
		double terms = 0;
		for (size_t i = 0; i <= tied_others && tied > 0; i++)
			terms += above + i == 0 ? 1 : 1 - (double)smaller(above + i, relevant) / (double)smaller(others, relevant);
		sum += (double)tied * terms / (double)(tied_others + 1);
		above += tied_others;
	}
	return relevant > 0 ? sum / (double)relevant : 0;
}

const struct rq_metric rq_metric_bpref = {
	.name = "Bpref",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "how seldom a document judged not relevant stands above a relevant one; unjudged documents play no part",
	.citation = "Buckley & Voorhees 2004, Retrieval Evaluation with Incomplete Information, SIGIR; trec_eval bpref",
	.score = score,
	.expected = expected,
};

const struct rq_metric rq_metric_bpref_geometric = {
	.name = "gm_Bpref",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.average = RQ_AVERAGE_GEOMETRIC,
	.summary_only = true,
	.lowest = 0,
	.highest = 1,
	.help = "Bpref with the geometric mean over topics, which the worst topics weigh on most",
	.citation = "Buckley & Voorhees 2004, Retrieval Evaluation with Incomplete Information, SIGIR; trec_eval gm_bpref",
	.score = score,
	.expected = expected,
};
