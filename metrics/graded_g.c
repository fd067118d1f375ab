/* G = sum over the documents retrieved of gain / log2(2 + c - g), over the sum of all gains; g is the gain down to its rank, c what the best order
 * has down there, each rank counting 1 at least. 0 where no judged document has a gain above 0. */
#include "metrics/gain.h"
#include "metrics/judge.h"

#include <math.h>

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct rq_ideal best = rq_ideal_start(ranking, spec);
	double next = rq_ideal_next(&best), all = 0, cost = 0, gained = 0, sum = 0;
	size_t rank = 0;

	for (size_t i = 0; i < ranking->hit_count; i++) {
		double gain = rq_gain(spec, ranking->hits[i].grade);
		if (gain <= 0)
			continue;
		for (; rank < ranking->hits[i].rank && next > 0; rank++) {
			all += next;
			cost += fmax(next, 1);
			next = rq_ideal_next(&best);
		}
		cost += (double)(ranking->hits[i].rank - rank);
		rank = ranking->hits[i].rank;
		gained += gain;
		sum += gain / log2(2 + cost - gained);
	}
	while (next > 0) {
		all += next;
		next = rq_ideal_next(&best);
	}
	return all > 0 ? sum / all : 0;
}

const struct rq_metric rq_metric_graded_g = {
	.name = "G",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_gains = true,
	.lowest = 0,
	.highest = 1,
	.help = "gain of each document discounted by how far the ranking has fallen behind the best order, over the sum of all gains",
	.citation = "Buckley 2008, an experimental measure of trec_eval; trec_eval G",
	.score = score,
};
