/* utility = a found + b (retrieved - found) + c (R - found) + d (docs + found - retrieved - R): what each of four kinds of documents is worth.
 * `docs` is the size of the collection, which matters to d alone and is 0 where it is not given, as in trec_eval. */
#include "metrics/judge.h"

#include <math.h>

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	double found = (double)rq_relevant_found(ranking, spec), relevant = (double)rq_relevant_judged(ranking, spec), retrieved = (double)ranking->count;

	return spec->numbers[0] * found + spec->numbers[1] * (retrieved - found) + spec->numbers[2] * (relevant - found) +
	       spec->numbers[3] * (spec->numbers[4] + found - retrieved - relevant);
}

static const struct rq_metric_parameter parameters[] = {
	{.name = "a", .standard = 1, .lowest = -1e9, .highest = 1e9},
	{.name = "b", .standard = -1, .lowest = -1e9, .highest = 1e9},
	{.name = "c", .standard = 0, .lowest = -1e9, .highest = 1e9},
	{.name = "d", .standard = 0, .lowest = -1e9, .highest = 1e9},
	{.name = "docs", .standard = 0, .lowest = 0, .highest = 1e12, .whole = true},
	{0},
};

const struct rq_metric rq_metric_utility = {
	.name = "utility",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.parameters = parameters,
	.lowest = -INFINITY,
	.highest = INFINITY,
	.help = "worth of what was retrieved: a for each relevant document, b for each other, c for each relevant one that is missing, d for each other "
            "that is",
	.citation = "Hull & Robertson 1999, The TREC-8 Filtering Track Final Report; trec_eval utility",
	.score = score,
	.ignores_order = true,
};
