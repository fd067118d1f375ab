/* The lowest, the expected and the highest value that a metric can have when equal scores stand in any order. Where the metric's file does not
 * know what to expect, every order is tried if they are few, else a seeded sample. */
#include "metrics/ties.h"

#include "evalcore/base/random.h"
#include "metrics/gain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples shrink where each of them is long: a wholly tied list of a thousand must not take a second. */
enum { ORDERS_MAXIMUM = 5040, SAMPLES_MINIMUM = 100, SAMPLES_MAXIMUM = 1000, SAMPLED_HITS = 20000, SEED = 9 };

bool rq_stretch_next(struct rq_stretch *stretch, const struct rq_judged_ranking *ranking)
{
	stretch->from = stretch->to;
	if (stretch->from == ranking->hit_count)
		return false;
	stretch->first = stretch->last = ranking->hits[stretch->to++].rank;
	while (stretch->ties_passed < ranking->tie_count && ranking->ties[stretch->ties_passed].last < stretch->first)
		stretch->ties_passed++;
	if (stretch->ties_passed == ranking->tie_count || ranking->ties[stretch->ties_passed].first > stretch->first)
		return true;
	stretch->first = ranking->ties[stretch->ties_passed].first;
	stretch->last = ranking->ties[stretch->ties_passed].last;
	while (stretch->to < ranking->hit_count && ranking->hits[stretch->to].rank <= stretch->last)
		stretch->to++;
	return true;
}

size_t rq_stretch_ranks(const struct rq_stretch *stretch)
{
	return stretch->last - stretch->first + 1;
}

size_t rq_stretch_within(const struct rq_stretch *stretch, size_t cutoff)
{
	if (cutoff == 0 || cutoff >= stretch->last)
		return rq_stretch_ranks(stretch);
	return cutoff < stretch->first ? 0 : cutoff - stretch->first + 1;
}

size_t rq_stretch_from(const struct rq_stretch *stretch, const struct rq_judged_ranking *ranking, int32_t grade)
{
	size_t count = 0;

	for (size_t i = stretch->from; i < stretch->to; i++)
		count += ranking->hits[i].grade >= grade;
	return count;
}

double rq_expected_from(const struct rq_judged_ranking *ranking, size_t cutoff, int32_t grade)
{
	struct rq_stretch stretch = {0};
	double sum = 0;

	while (rq_stretch_next(&stretch, ranking))
		sum += (double)rq_stretch_from(&stretch, ranking, grade) * (double)rq_stretch_within(&stretch, cutoff) / (double)rq_stretch_ranks(&stretch);
	return sum;
}

/* ---- orders ---- */

/* A ranking of which the hits are moved about. */
struct shuffled {
	const struct rq_judged_ranking *ranking;
	size_t count;          /* ranks that count, of those */
	const struct rq_metric_spec *spec;
	struct rq_hit *hits;   /* [hit_count]: in their present order */
	uint32_t *places;      /* ranks of all ties, one after another */
	struct rq_over_ties *out;
};

static double worth(const struct rq_metric_spec *spec, int32_t grade)
{
	return spec->gain_count > 0 && grade >= 0 ? rq_gain(spec, grade) : grade;
}

static int compare_grade(const void *a, const void *b)
{
	const struct rq_hit *left = a, *right = b;

	return (left->grade < right->grade) - (left->grade > right->grade);
}

static void sort_by_worth(const struct rq_metric_spec *spec, struct rq_hit *hits, size_t count)
{
	qsort(hits, count, sizeof *hits, compare_grade);
	for (size_t i = 1; i < count && spec->gain_count > 0; i++) { /* a few grades have another worth */
		struct rq_hit moved = hits[i];
		size_t to = i;
		for (; to > 0 && worth(spec, hits[to - 1].grade) < worth(spec, moved.grade); to--)
			hits[to] = hits[to - 1];
		hits[to] = moved;
	}
}

static double score(const struct shuffled *shuffled)
{
	struct rq_judged_ranking ranking = *shuffled->ranking;

	ranking.hits = shuffled->hits;
	ranking.count = shuffled->count;
	while (ranking.hit_count > 0 && ranking.hits[ranking.hit_count - 1].rank > ranking.count)
		ranking.hit_count--;
	return shuffled->spec->metric->score(&ranking, shuffled->spec);
}

static void take(struct rq_over_ties *out, double value)
{
	out->lowest = fmin(out->lowest, value);
	out->highest = fmax(out->highest, value);
}

/* The best documents of every tie first, or last. */
static void score_extreme(const struct shuffled *shuffled, bool best_first)
{
	struct rq_stretch stretch = {0};

	while (rq_stretch_next(&stretch, shuffled->ranking)) {
		size_t count = stretch.to - stretch.from;
		struct rq_hit *hits = shuffled->hits + stretch.from;
		memcpy(hits, shuffled->ranking->hits + stretch.from, count * sizeof *hits);
		sort_by_worth(shuffled->spec, hits, count);
		for (size_t i = 0; !best_first && i < count / 2; i++) {
			struct rq_hit swapped = hits[i];
			hits[i] = hits[count - 1 - i];
			hits[count - 1 - i] = swapped;
		}
		for (size_t i = 0; i < count; i++)
			hits[i].rank = (uint32_t)(best_first ? stretch.first + i : stretch.last + 1 - count + i);
	}
	take(shuffled->out, score(shuffled));
}

static int compare_rank(const void *a, const void *b)
{
	const struct rq_hit *left = a, *right = b;

	return (left->rank > right->rank) - (left->rank < right->rank);
}

/* Each hit of a tie gets one of its ranks, drawn without putting back. */
static void draw(const struct shuffled *shuffled, struct rq_random *random)
{
	struct rq_stretch stretch = {0};
	uint32_t *places = shuffled->places;

	while (rq_stretch_next(&stretch, shuffled->ranking)) {
		size_t ranks = rq_stretch_ranks(&stretch), count = stretch.to - stretch.from;
		struct rq_hit *hits = shuffled->hits + stretch.from;
		for (size_t i = 0; i < count; i++) {
			size_t drawn = i + rq_random_below(random, ranks - i);
			uint32_t place = places[drawn];
			places[drawn] = places[i];
			places[i] = place;
			hits[i] = shuffled->ranking->hits[stretch.from + i];
			hits[i].rank = place;
		}
		qsort(hits, count, sizeof *hits, compare_rank);
		places += ranks;
	}
}

static void sample(const struct shuffled *shuffled)
{
	size_t hits = shuffled->ranking->hit_count, samples = hits * SAMPLES_MAXIMUM <= SAMPLED_HITS ? SAMPLES_MAXIMUM : SAMPLED_HITS / hits;
	struct rq_random random;
	double sum = 0;

	samples = samples < SAMPLES_MINIMUM ? SAMPLES_MINIMUM : samples;
	rq_random_seed(&random, SEED);
	for (size_t i = 0; i < samples; i++) {
		draw(shuffled, &random);
		double value = score(shuffled);
		take(shuffled->out, value);
		sum += value;
	}
	shuffled->out->expected = sum / (double)samples;
	shuffled->out->sampled = true;
}

/* The ways to give the hits of all ties different ranks, or something above ORDERS_MAXIMUM. */
static double count_orders(const struct rq_judged_ranking *ranking)
{
	struct rq_stretch stretch = {0};
	double orders = 1;

	while (orders <= ORDERS_MAXIMUM && rq_stretch_next(&stretch, ranking))
		for (size_t i = stretch.from; i < stretch.to && orders <= ORDERS_MAXIMUM; i++)
			orders *= (double)(rq_stretch_ranks(&stretch) - (i - stretch.from));
	return orders;
}

/* Order number `number` of those: a digit for each hit, the base being the ranks that are left in its tie. */
static void place_by_number(const struct shuffled *shuffled, size_t number)
{
	struct rq_stretch stretch = {0};
	uint32_t *places = shuffled->places;

	while (rq_stretch_next(&stretch, shuffled->ranking)) {
		size_t ranks = rq_stretch_ranks(&stretch), count = stretch.to - stretch.from;
		struct rq_hit *hits = shuffled->hits + stretch.from;
		for (size_t i = 0; i < ranks; i++)
			places[i] = (uint32_t)(stretch.first + i);
		for (size_t i = 0; i < count && i < ranks; i++) {
			size_t chosen = number % (ranks - i);
			number /= ranks - i;
			hits[i] = shuffled->ranking->hits[stretch.from + i];
			hits[i].rank = places[chosen];
			places[chosen] = places[ranks - i - 1];
		}
		qsort(hits, count, sizeof *hits, compare_rank);
	}
}

static void try_all(const struct shuffled *shuffled, size_t orders)
{
	double sum = 0;

	for (size_t number = 0; number < orders; number++) {
		place_by_number(shuffled, number);
		double value = score(shuffled);
		take(shuffled->out, value);
		sum += value;
	}
	shuffled->out->expected = sum / (double)orders;
}

static size_t fill_places(uint32_t *places, const struct rq_judged_ranking *ranking)
{
	struct rq_stretch stretch = {0};
	size_t count = 0;

	while (rq_stretch_next(&stretch, ranking))
		for (size_t rank = stretch.first; rank <= stretch.last; rank++, count++)
			if (places != NULL)
				places[count] = (uint32_t)rank;
	return count;
}

/* The ranking down to the end of its last tie, where that reaches past the ranks that count: which of the tie's documents do their order decides. */
static struct rq_judged_ranking whole_of(const struct rq_judged_ranking *ranking)
{
	struct rq_judged_ranking whole = *ranking;

	if (whole.tie_count > 0 && whole.ties[whole.tie_count - 1].last > whole.count)
		whole.count = whole.ties[whole.tie_count - 1].last;
	for (; whole.past_count > 0 && whole.hits[whole.hit_count].rank <= whole.count; whole.past_count--)
		whole.hit_count++;
	return whole;
}

enum rq_status rq_metric_over_ties(struct rq_over_ties *out, const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double value,
                                  struct rq_error *err)
{
	const struct rq_judged_ranking whole = whole_of(ranking);
	bool cut = whole.count > ranking->count;

	*out = (struct rq_over_ties){value, value, value, false};
	if (ranking->tie_count == 0 || (spec->metric->ignores_order && !cut))
		return RQ_OK;
	double orders = count_orders(&whole);
	if (orders == 1)
		return RQ_OK;
	RQ_CLEANUP(rq_free_pointer) struct rq_hit *hits = calloc(whole.hit_count + 1, sizeof *hits);
	RQ_CLEANUP(rq_free_pointer) uint32_t *places = calloc(fill_places(NULL, &whole) + 1, sizeof *places);
	RQ_CLEANUP(rq_free_pointer) double *scratch = malloc((whole.hit_count + 1) * sizeof *scratch);
	if (hits == NULL || places == NULL || scratch == NULL)
		return rq_fail_memory(err);
	fill_places(places, &whole);
	const struct shuffled shuffled = {&whole, ranking->count, spec, hits, places, out};
	score_extreme(&shuffled, true);
	score_extreme(&shuffled, false);
	bool within = spec->cutoff > 0 && spec->cutoff <= ranking->count; /* formulas know cutoffs, and no ranks below that do not count */
	if (spec->metric->expected != NULL && (within || !cut))
		out->expected = spec->metric->expected(&whole, spec, scratch);
	else if (orders <= ORDERS_MAXIMUM)
		try_all(&shuffled, (size_t)orders);
	else
		sample(&shuffled);
	out->expected = fmin(fmax(out->expected, out->lowest), out->highest); /* where all orders are alike, rounding must not tell them apart */
	return RQ_OK;
}
