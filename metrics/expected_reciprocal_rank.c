/* ERR@k = sum over ranks i (within k) of 1/i * r(i) * product over the ranks above of 1 - r, where r = (2^grade - 1) / 2^max. A grade above max
 * counts as max. */
#include "metrics/judge.h"
#include "metrics/ties.h"

#include <math.h>

/* Probability that a reader stops at a document. */
static double stop(const struct rq_metric_spec *spec, int32_t grade)
{
	int32_t highest = (int32_t)spec->numbers[0];

	return grade <= 0 ? 0 : ldexp(1, (grade > highest ? highest : grade) - highest) - ldexp(1, -highest);
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec);
	double sum = 0, reached = 1;

	for (size_t i = 0; i < hits; i++) {
		double stops = stop(spec, ranking->hits[i].grade);
		sum += stops * reached / (double)ranking->hits[i].rank;
		reached *= 1 - stops;
	}
	return sum;
}

/* passed[s]: mean over all choices of s hits of the tie of the product of their 1 - stop. Returns passed[all]. */
static double fill_passed(double *passed, const struct rq_stretch *stretch, const struct rq_judged_ranking *ranking,
                          const struct rq_metric_spec *spec)
{
	size_t count = 0;

	passed[0] = 1;
	for (size_t i = stretch->from; i < stretch->to; i++) {
		double goes_on = 1 - stop(spec, ranking->hits[i].grade);
		passed[++count] = 0;
		for (size_t s = count; s > 0; s--)
			passed[s] = ((double)(count - s) * passed[s] + (double)s * goes_on * passed[s - 1]) / (double)count;
	}
	return passed[count];
}

/* ln of the ways to choose k of n. */
static double log_choices(size_t n, size_t k)
{
	int sign;

	return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) - lgamma_r((double)(n - k) + 1, &sign);
}

/* Mean over all choices of `above` of the tie's `ranks` documents, `hits` of which may stop a reader, of the probability to pass them. How many of
 * those are chosen is hypergeometric; its terms follow from each other, away from the most probable one. */
static double goes_past(const double *passed, size_t hits, size_t ranks, size_t above)
{
	size_t least = above + hits > ranks ? above + hits - ranks : 0, most = above < hits ? above : hits,
		   middle = (above + 1) * (hits + 1) / (ranks + 2);

	middle = middle < least ? least : middle > most ? most : middle;
	double probability = exp(log_choices(hits, middle) + log_choices(ranks - hits, above - middle) - log_choices(ranks, above)), up = probability,
		   down = probability;
	double sum = probability * passed[middle];
	for (size_t s = middle; s < most; s++) {
		up *= (double)(hits - s) * (double)(above - s) / ((double)(s + 1) * (double)(ranks - hits + s + 1 - above));
		sum += up * passed[s + 1];
	}
	for (size_t s = middle; s > least; s--) {
		down *= (double)s * (double)(ranks - hits + s - above) / ((double)(hits - s + 1) * (double)(above - s + 1));
		sum += down * passed[s - 1];
	}
	return sum;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	struct rq_stretch stretch = {0};
	double sum = 0, reached = 1;

	while (rq_stretch_next(&stretch, ranking)) {
		size_t ranks = rq_stretch_ranks(&stretch), within = rq_stretch_within(&stretch, spec->cutoff), hits = stretch.to - stretch.from;
		double all = fill_passed(scratch, &stretch, ranking, spec), before = 1;
		for (size_t i = 0; i < within; i++) {
			double after = goes_past(scratch, hits, ranks, i + 1);
			sum += reached * (before - after) / (double)(stretch.first + i);
			before = after;
		}
		reached *= all;
	}
	return sum;
}

static const struct rq_metric_parameter parameters[] = {{.name = "max", .standard = 4, .lowest = 1, .highest = 50, .whole = true}, {0}};

const struct rq_metric rq_metric_expected_reciprocal_rank = {
	.name = "ERR",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_OPTIONAL,
	.parameters = parameters,
	.lowest = 0,
	.highest = 1,
	.help = "expected 1 / rank at which a reader stops who is content with a document with probability (2^grade - 1) / 2^max; max is the scale's "
            "highest grade",
	.citation = "Chapelle, Metzler, Zhang & Grinspan 2009, Expected Reciprocal Rank for Graded Relevance, CIKM; TREC's gdeval, whose max is 4",
	.score = score,
	.expected = expected,
};
