/* ndcg_rel = mean of nDCG@i over the ranks i of all documents with a gain; one that is not retrieved counts the whole ranking's. Rndcg = mean of
 * nDCG@i over the ranks i at which the gain of the best order changes, and over the whole ranking where it is longer than that. Both 0 where no
 * judged document has a gain above 0; Rndcg also where none is relevant. */
#include "metrics/gain.h"
#include "metrics/judge.h"
#include "metrics/ties.h"

#include <math.h>

/* DCG down to a rank, of the ranking or of its best order: each walks down once. */
struct walk {
	const struct rq_judged_ranking *ranking;
	const struct rq_metric_spec *spec;
	struct rq_ideal best;
	size_t hit, ideal_rank;
	double dcg, ideal, next; /* `next`: the gain of the best order at ideal_rank + 1 */
	bool over_ties;          /* `dcg` is what to expect of it */
	struct rq_stretch stretch;
	size_t rank;
};

static struct walk walk_start(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct walk walk = {.ranking = ranking, .spec = spec, .best = rq_ideal_start(ranking, spec)};

	walk.next = rq_ideal_next(&walk.best);
	return walk;
}

static void step_ideal(struct walk *walk)
{
	walk->ideal += walk->next / log2((double)++walk->ideal_rank + 1);
	walk->next = rq_ideal_next(&walk->best);
}

static double discount(size_t rank)
{
	return 1 / log2((double)rank + 1);
}

/* Sum of the gains of the walk's stretch; how many documents have one. */
static double stretch_gain(size_t *count, const struct walk *walk)
{
	double sum = 0;

	*count = 0;
	for (size_t i = walk->stretch.from; i < walk->stretch.to; i++) {
		double gain = rq_gain(walk->spec, walk->ranking->hits[i].grade);
		*count += gain > 0;
		sum += gain;
	}
	return sum;
}

/* Each rank of a stretch is expected to hold the mean of its gains. */
static void walk_expected(struct walk *walk, size_t rank)
{
	size_t count;

	while (walk->rank < rank && (walk->rank < walk->stretch.last || rq_stretch_next(&walk->stretch, walk->ranking))) {
		double mean = stretch_gain(&count, walk) / (double)rq_stretch_ranks(&walk->stretch);
		if (walk->rank < walk->stretch.first)
			walk->rank = walk->stretch.first - 1;
		while (walk->rank < rank && walk->rank < walk->stretch.last)
			walk->dcg += mean * discount(++walk->rank);
	}
}

static void walk_ranking(struct walk *walk, size_t rank)
{
	if (walk->over_ties) {
		walk_expected(walk, rank);
		return;
	}
	for (; walk->hit < walk->ranking->hit_count && walk->ranking->hits[walk->hit].rank <= rank; walk->hit++) {
		double gain = rq_gain(walk->spec, walk->ranking->hits[walk->hit].grade);
		if (gain > 0)
			walk->dcg += gain / log2((double)walk->ranking->hits[walk->hit].rank + 1);
	}
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct walk walk = walk_start(ranking, spec);
	size_t found = 0;
	double sum = 0;

	for (size_t i = 0; i < ranking->hit_count; i++) {
		if (rq_gain(spec, ranking->hits[i].grade) <= 0)
			continue;
		walk_ranking(&walk, ranking->hits[i].rank);
		while (walk.ideal_rank < ranking->hits[i].rank && walk.next > 0)
			step_ideal(&walk);
		sum += walk.dcg / walk.ideal;
		found++;
	}
	while (walk.next > 0)
		step_ideal(&walk);
	if (walk.ideal_rank == 0)
		return 0;
	sum += (double)(walk.ideal_rank - found) * walk.dcg / walk.ideal;
	return sum / (double)walk.ideal_rank;
}

/* Given that a document with a gain stands at a rank of its tie, the tie's other gains are spread evenly over its other ranks. */
static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	struct walk walk = walk_start(ranking, spec);
	size_t found = 0, count;
	double sum = 0;

	(void)scratch;
	while (rq_stretch_next(&walk.stretch, ranking)) {
		double gains = stretch_gain(&count, &walk), ranks = (double)rq_stretch_ranks(&walk.stretch), discounts = 0;
		double own = count > 0 ? gains / (double)count : 0, other = ranks > 1 ? (gains - own) / (ranks - 1) : 0;
		for (size_t rank = walk.stretch.first; rank <= walk.stretch.last && count > 0; rank++) {
			while (walk.ideal_rank < rank && walk.next > 0)
				step_ideal(&walk);
			sum += (double)count / ranks * (walk.dcg + own * discount(rank) + other * discounts) / walk.ideal;
			discounts += discount(rank);
		}
		walk.dcg += gains / ranks * discounts;
		found += count;
	}
	while (walk.next > 0)
		step_ideal(&walk);
	return walk.ideal_rank == 0 ? 0 : (sum + (double)(walk.ideal_rank - found) * walk.dcg / walk.ideal) / (double)walk.ideal_rank;
}

static double mean_at_changes(struct walk walk)
{
	const struct rq_judged_ranking *ranking = walk.ranking;
	size_t changes = 0;
	double sum = 0;

	if (walk.next <= 0 || rq_relevant_judged(ranking, walk.spec) == 0)
		return 0;
	while (walk.next > 0) {
		double gain = walk.next;
		while (walk.next == gain)
			step_ideal(&walk);
		walk_ranking(&walk, walk.ideal_rank);
		sum += walk.dcg / walk.ideal;
		changes++;
	}
	if (ranking->count > walk.ideal_rank + 1) {
		walk_ranking(&walk, ranking->count);
		sum += walk.dcg / walk.ideal;
		changes++;
	}
	return sum / (double)changes;
}

static double score_at_changes(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return mean_at_changes(walk_start(ranking, spec));
}

static double expected_at_changes(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	struct walk walk = walk_start(ranking, spec);

	(void)scratch;
	walk.over_ties = true;
	return mean_at_changes(walk);
}

const struct rq_metric rq_metric_ndcg_relevant = {
	.name = "ndcg_rel",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_gains = true,
	.lowest = 0,
	.highest = 1,
	.help = "nDCG averaged over the ranks of all documents with a gain; one that is not found counts the nDCG of the whole ranking",
	.citation = "Buckley, an experimental measure of trec_eval after Jarvelin & Kekalainen 2002, ACM TOIS 20(4); trec_eval ndcg_rel",
	.score = score,
	.expected = expected,
};

const struct rq_metric rq_metric_ndcg_changes = {
	.name = "Rndcg",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.takes_gains = true,
	.lowest = 0,
	.highest = 1,
	.help = "nDCG averaged over the ranks at which the gain of the best order changes",
	.citation = "Buckley, an experimental measure of trec_eval after Jarvelin & Kekalainen 2002, ACM TOIS 20(4); trec_eval Rndcg",
	.score = score_at_changes,
	.expected = expected_at_changes,
};
