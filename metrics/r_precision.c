/* Rprec = relevant documents among the first R ranks / R, where R documents are relevant. 0 where none is. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = rq_relevant_judged(ranking, spec);
	struct rq_metric_spec cut = *spec;

	cut.cutoff = relevant;
	return relevant > 0 ? (double)rq_relevant_found(ranking, &cut) / (double)relevant : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	size_t relevant = rq_relevant_judged(ranking, spec);

	return relevant > 0 ? rq_expected_from(ranking, relevant, spec->relevant) / (double)relevant : 0;
}

static const char *const aliases[] = {"RPrecision", NULL};

const struct rq_metric rq_metric_r_precision = {
	.name = "Rprec",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "precision at rank R, where R documents are relevant: there precision and recall are the same",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval Rprec",
	.score = score,
	.expected = expected,
};
