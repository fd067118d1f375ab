/* Rprec_mult@x = precision at rank (long)(x R + 0.9), where R documents are relevant. 0 where that rank is 0. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct rq_metric_spec cut = *spec;

	cut.cutoff = (size_t)(spec->numbers[0] * (double)rq_relevant_judged(ranking, spec) + 0.9);
	return cut.cutoff > 0 ? (double)rq_relevant_found(ranking, &cut) / (double)cut.cutoff : 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	size_t cutoff = (size_t)(spec->numbers[0] * (double)rq_relevant_judged(ranking, spec) + 0.9);

	return cutoff > 0 ? rq_expected_from(ranking, cutoff, spec->relevant) / (double)cutoff : 0;
}

static const char *const aliases[] = {"Rprec_mult_", NULL};
static const struct rq_metric_parameter multiple[] = {{.name = "the multiple of R", .standard = 1, .lowest = 0, .highest = 1000}, {0}};

const struct rq_metric rq_metric_r_precision_multiple = {
	.name = "Rprec_mult",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_SHARE,
	.takes_rel = true,
	.parameters = multiple,
	.lowest = 0,
	.highest = 1,
	.help = "precision at a multiple of R, the number of relevant documents: whether a system is good early or late",
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval Rprec_mult",
	.score = score,
	.expected = expected,
};
