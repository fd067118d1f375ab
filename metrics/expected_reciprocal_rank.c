/* ERR@k = sum over ranks i (within k) of 1/i * r(i) * product over the ranks above of 1 - r, where r = (2^grade - 1) / 2^max. A grade above max counts as max. */
#include "metrics/judge.h"

#include <math.h>

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec);
	int32_t highest = (int32_t)spec->numbers[0];
	double sum = 0, reached = 1;

	for (size_t i = 0; i < hits; i++) {
		int32_t grade = ranking->hits[i].grade > highest ? highest : ranking->hits[i].grade;
		if (grade <= 0)
			continue;
		double stops = ldexp(1, grade - highest) - ldexp(1, -highest);
		sum += stops * reached / (double)ranking->hits[i].rank;
		reached *= 1 - stops;
	}
	return sum;
}

static const char *const aliases[] = {NULL};
static const struct rq_metric_parameter parameters[] = {{.name = "max", .standard = 4, .lowest = 1, .highest = 50, .whole = true}, {0}};

const struct rq_metric rq_metric_expected_reciprocal_rank = {
	.name = "ERR",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.parameters = parameters,
	.lowest = 0,
	.highest = 1,
	.help = "expected 1 / rank at which a reader stops who is content with a document with probability (2^grade - 1) / 2^max; max is the scale's highest grade",
	.citation = "Chapelle, Metzler, Zhang & Grinspan 2009, Expected Reciprocal Rank for Graded Relevance, CIKM; TREC's gdeval, whose max is 4",
	.score = score,
};
