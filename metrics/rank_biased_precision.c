/* RBP@k = (1 - p) * sum over relevant ranks i (within k) of p^(i-1): a reader goes on to the next rank with probability p. RBP_residual is the
 * weight of all other ranks that are not judged, those below the ranking (or below k) included: RBP could be more by as much. */
#include "metrics/judge.h"
#include "metrics/ties.h"

#include <math.h>

static double weight_from(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, int32_t lowest_grade)
{
	size_t hits = rq_hits_within(ranking, spec);
	double p = spec->numbers[0], sum = 0;

	for (size_t i = 0; i < hits; i++)
		if (ranking->hits[i].grade >= lowest_grade)
			sum += pow(p, (double)ranking->hits[i].rank - 1);
	return (1 - p) * sum;
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return weight_from(ranking, spec, spec->relevant);
}

static double score_residual(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return fmax(0, 1 - weight_from(ranking, spec, 0));
}

static double expected_from(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, int32_t lowest_grade)
{
	struct rq_stretch stretch = {0};
	double p = spec->numbers[0], sum = 0;

	while (rq_stretch_next(&stretch, ranking)) {
		double weights = pow(p, (double)stretch.first - 1) * (1 - pow(p, (double)rq_stretch_within(&stretch, spec->cutoff)));
		sum += (double)rq_stretch_from(&stretch, ranking, lowest_grade) * weights / (double)rq_stretch_ranks(&stretch);
	}
	return sum;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	return expected_from(ranking, spec, spec->relevant);
}

static double expected_residual(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	return fmax(0, 1 - expected_from(ranking, spec, 0));
}

static const struct rq_metric_parameter parameters[] = {{.name = "p", .standard = .8, .lowest = .01, .highest = .9999, .spelt = true}, {0}};

const struct rq_metric rq_metric_rank_biased_precision = {
	.name = "RBP",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.takes_rel = true,
	.parameters = parameters,
	.lowest = 0,
	.highest = 1,
	.help = "expected share of relevant documents among those read by someone who goes on to the next rank with probability p",
	.citation = "Moffat & Zobel 2008, Rank-Biased Precision for Measurement of Retrieval Effectiveness, ACM TOIS 27(1)",
	.score = score,
	.expected = expected,
};

const struct rq_metric rq_metric_rank_biased_residual = {
	.name = "RBP_residual",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.parameters = parameters,
	.lowest = 0,
	.highest = 1,
	.lower_is_better = true,
	.help = "what RBP could gain if every rank without a judgment held a relevant document: how far RBP can be trusted",
	.citation = "Moffat & Zobel 2008, Rank-Biased Precision for Measurement of Retrieval Effectiveness, ACM TOIS 27(1)",
	.score = score_residual,
	.expected = expected_residual,
};
