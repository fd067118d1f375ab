/* One case of a calibration: samples of topics, and what each rule makes of them. */
#include "ci/calibration/calibration.h"

#include "evalcore/base/random.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <string.h>

/* How much of what a topic is like it shares with its cluster. */
static const double together = 0.8;

/* One gate's topics, in arrays of n, and what follows from them. */
struct sample {
	double *baseline, *candidate, *d;
	size_t *cluster_of, clusters;
	struct rq_paired plain, counted; /* without and with clusters */
};

/* Of all gates of a run. */
struct samples {
	struct sample *of;
	size_t count;
	double *p, *scratch;
};

static enum rq_status compare(struct sample *sample, size_t n, struct rq_error *err)
{
	for (size_t i = 0; i < n; i++)
		sample->d[i] = sample->candidate[i] - sample->baseline[i];
	sample->counted = sample->plain = rq_paired_compare(sample->baseline, sample->candidate, n);
	if (sample->clusters == 0)
		return RQ_OK;
	return rq_paired_compare_clustered(&sample->counted, sample->baseline, sample->candidate, n, sample->cluster_of, sample->clusters, err);
}

/* A run FAILs where one of its gates does, and PASSes where all do. */
static enum rq_outcome worse(enum rq_outcome a, enum rq_outcome b)
{
	return a == RQ_FAIL || b == RQ_FAIL ? RQ_FAIL : a == RQ_INCONCLUSIVE || b == RQ_INCONCLUSIVE ? RQ_INCONCLUSIVE : RQ_PASS;
}

static enum rq_status judge(struct rq_cell *cell, const struct samples *samples, double weight, struct rq_error *err)
{
	for (size_t gate = 0; gate < samples->count; gate++) {
		RQ_TRY(compare(&samples->of[gate], cell->n, err));
		samples->p[gate] = samples->of[gate].counted.p_worse;
	}
	rq_holm(samples->p, samples->count);
	for (size_t rule = 0; rule < RQ_RULES; rule++) {
		enum rq_outcome outcome = RQ_PASS;
		for (size_t gate = 0; gate < samples->count; gate++) {
			const struct sample *sample = &samples->of[gate];
			outcome = worse(outcome, rq_rules[rule].judge(rq_rules[rule].counts ? &sample->counted : &sample->plain, samples->p[gate], sample->d,
			                                              cell->margin, samples->scratch));
		}
		cell->shares[rule][outcome] += weight;
	}
	return RQ_OK;
}

static double any_value(const struct rq_population *from, struct rq_random *random)
{
	return from->values[rq_random_below(random, from->count)];
}

/* A topic that moves is lost, or gets the rank of another topic: on average nothing. Of those that move so many are lost that the mean is the
 * loss. */
static void draw(struct sample *sample, const struct rq_cell *cell, double loss, struct rq_random *random)
{
	const struct rq_population *from = cell->population;
	double lost = loss / (cell->churn * from->mean);

	for (size_t i = 0; i < cell->n; i++) {
		double value = any_value(from, random);
		sample->baseline[i] = sample->candidate[i] = value;
		if (rq_random_unit(random) >= cell->churn)
			continue;
		sample->candidate[i] = rq_random_unit(random) < lost ? 0 : any_value(from, random);
	}
}

/* Size of the next cluster of `left` topics. */
static size_t next_size(const struct rq_population *population, size_t cluster, size_t left)
{
	size_t size = population->cluster_sizes[cluster % population->cluster_kinds];

	return size < left ? size : left;
}

static bool may_lose(const struct rq_population *population, size_t cluster)
{
	return !population->largest_lose || cluster % population->cluster_kinds == population->cluster_kinds - 1;
}

/* The share of topics that may be lost. */
static double losing_share(const struct rq_population *population, size_t n)
{
	size_t losing = 0;

	if (population->cluster_sizes == NULL)
		return 1;
	for (size_t first = 0, cluster = 0, size; first < n; first += size, cluster++) {
		size = next_size(population, cluster, n - first);
		losing += may_lose(population, cluster) ? size : 0;
	}
	return (double)losing / (double)n;
}

/* The same of clusters: one moves, or is lost, as a whole, and most of its topics have its rank. */
static void draw_clusters(struct sample *sample, const struct rq_cell *cell, double loss, struct rq_random *random)
{
	const struct rq_population *from = cell->population;
	double lost = loss / (cell->churn * from->mean * losing_share(from, cell->n));
	size_t cluster = 0;

	for (size_t first = 0, size; first < cell->n; first += size, cluster++) {
		double before = any_value(from, random), after = any_value(from, random);
		bool moves = rq_random_unit(random) < cell->churn, is_lost = rq_random_unit(random) < lost && may_lose(from, cluster);
		size = next_size(from, cluster, cell->n - first);
		for (size_t i = first; i < first + size; i++) {
			sample->cluster_of[i] = cluster;
			sample->baseline[i] = sample->candidate[i] = rq_random_unit(random) < together ? before : any_value(from, random);
			if (moves)
				sample->candidate[i] = is_lost ? 0 : rq_random_unit(random) < together ? after : any_value(from, random);
		}
	}
	sample->clusters = cluster;
}

/* The probability that k of n topics are of the rare kind. */
static double binomial(size_t n, size_t k, double p)
{
	double x = (double)n, y = (double)k;
	int sign;

	if (p <= 0 || p >= 1)
		return (p <= 0 && k == 0) || (p >= 1 && k == n) ? 1 : 0;
	return exp(lgamma_r(x + 1, &sign) - lgamma_r(y + 1, &sign) - lgamma_r(x - y + 1, &sign) + y * log(p) + (x - y) * log1p(-p));
}

/* Rare and common differences of a family, and how likely the rare one is. */
static void find_points(double *rare, double *usual, double *p, const struct rq_cell *cell)
{
	double common = cell->population->common;

	if (cell->population->kind == RQ_POPULATION_LOSS) {
		*rare = -cell->loss / cell->churn;
		*usual = 0;
		*p = cell->churn;
	} else {
		*rare = 1;
		*usual = -common;
		*p = (common - cell->loss) / (1 + common);
	}
}

static enum rq_status sum_outcomes(struct rq_cell *cell, const struct samples *samples, struct rq_error *err)
{
	const struct sample *sample = &samples->of[0];
	double rare, usual, p;

	find_points(&rare, &usual, &p, cell);
	memset(sample->baseline, 0, cell->n * sizeof *sample->baseline);
	for (size_t k = 0; k <= cell->n; k++) {
		double weight = binomial(cell->n, k, p);
		if (weight < 1e-12)
			continue;
		for (size_t i = 0; i < cell->n; i++)
			sample->candidate[i] = i < k ? rare : usual;
		RQ_TRY(judge(cell, samples, weight, err));
	}
	return RQ_OK;
}

static enum rq_status simulate(struct rq_cell *cell, const struct samples *samples, size_t trials, struct rq_random *random, struct rq_error *err)
{
	for (size_t trial = 0; trial < trials; trial++) {
		for (size_t gate = 0; gate < samples->count; gate++)
			(cell->population->cluster_sizes == NULL ? draw : draw_clusters)(&samples->of[gate], cell, gate == 0 ? cell->loss : 0, random);
		RQ_TRY(judge(cell, samples, 1, err));
	}
	for (size_t rule = 0; rule < RQ_RULES; rule++)
		for (size_t outcome = 0; outcome < RQ_OUTCOMES; outcome++)
			cell->shares[rule][outcome] /= (double)trials;
	return RQ_OK;
}

size_t rq_population_units(const struct rq_population *population, size_t n)
{
	double squares = 0;

	if (population->cluster_sizes == NULL)
		return n;
	for (size_t first = 0, cluster = 0, size; first < n; first += size, cluster++) {
		size = next_size(population, cluster, n - first);
		squares += (double)(size * size);
	}
	return (size_t)((double)n * (double)n / squares);
}

bool rq_cell_possible(const struct rq_cell *cell)
{
	switch (cell->population->kind) {
	case RQ_POPULATION_REAL:
		return cell->loss <= cell->churn * cell->population->mean * losing_share(cell->population, cell->n);
	case RQ_POPULATION_LOSS:
		return cell->loss > 0 && cell->loss <= cell->churn;
	case RQ_POPULATION_GAIN:
		return cell->churn == 1 && cell->loss < cell->population->common;
	}
	return false;
}

static enum rq_status lay_out(struct samples *samples, size_t gates, size_t n, struct rq_arena *arena, struct rq_error *err)
{
	double *room = rq_arena_alloc(arena, gates * 3 * n, sizeof *room);
	size_t *clusters = rq_arena_alloc(arena, gates * n, sizeof *clusters);

	*samples = (struct samples){.of = rq_arena_alloc(arena, gates, sizeof *samples->of),
	                            .count = gates,
	                            .p = rq_arena_alloc(arena, gates, sizeof *samples->p),
	                            .scratch = rq_arena_alloc(arena, 2 * n, sizeof *samples->scratch)};
	if (room == NULL || clusters == NULL || samples->of == NULL || samples->p == NULL || samples->scratch == NULL)
		return rq_fail_memory(err);
	for (size_t gate = 0; gate < gates; gate++, room += 3 * n, clusters += n)
		samples->of[gate] = (struct sample){.baseline = room, .candidate = room + n, .d = room + 2 * n, .cluster_of = clusters};
	return RQ_OK;
}

enum rq_status rq_cell_judge(struct rq_cell *cell, size_t trials, uint64_t seed, uint64_t stream, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_random random;
	struct samples samples;

	RQ_TRY(lay_out(&samples, cell->population->gates > 0 ? cell->population->gates : 1, cell->n, &arena, err));
	memset(cell->shares, 0, sizeof cell->shares);
	if (cell->population->kind != RQ_POPULATION_REAL)
		return sum_outcomes(cell, &samples, err);
	rq_random_stream(&random, seed, stream);
	return simulate(cell, &samples, trials, &random, err);
}
