/* One case of a calibration: samples of topics, and what each rule makes of them. */
#include "ci/calibration/calibration.h"

#include "evalcore/base/random.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arrays of n that a sample is laid out in. */
struct sample {
	double *baseline, *candidate, *d, *scratch;
};

static void judge(struct rq_cell *cell, const struct sample *sample, double weight)
{
	for (size_t i = 0; i < cell->n; i++)
		sample->d[i] = sample->candidate[i] - sample->baseline[i];
	struct rq_paired paired = rq_paired_compare(sample->baseline, sample->candidate, cell->n);
	for (size_t rule = 0; rule < RQ_RULES; rule++)
		cell->shares[rule][rq_rules[rule].judge(&paired, sample->d, cell->margin, sample->scratch)] += weight;
}

/* A topic that moves is lost, or gets the rank of another topic: on average nothing. Of those that move so many are lost that the mean is the
 * loss. */
static void draw(const struct rq_cell *cell, const struct sample *sample, struct rq_random *random)
{
	const struct rq_population *from = cell->population;
	double lost = cell->loss / (cell->churn * from->mean);

	for (size_t i = 0; i < cell->n; i++) {
		double value = from->values[rq_random_below(random, from->count)];
		sample->baseline[i] = sample->candidate[i] = value;
		if (rq_random_unit(random) >= cell->churn)
			continue;
		sample->candidate[i] = rq_random_unit(random) < lost ? 0 : from->values[rq_random_below(random, from->count)];
	}
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

static void sum_outcomes(struct rq_cell *cell, const struct sample *sample)
{
	double rare, usual, p;

	find_points(&rare, &usual, &p, cell);
	memset(sample->baseline, 0, cell->n * sizeof *sample->baseline);
	for (size_t k = 0; k <= cell->n; k++) {
		double weight = binomial(cell->n, k, p);
		if (weight < 1e-12)
			continue;
		for (size_t i = 0; i < cell->n; i++)
			sample->candidate[i] = i < k ? rare : usual;
		judge(cell, sample, weight);
	}
}

bool rq_cell_possible(const struct rq_cell *cell)
{
	switch (cell->population->kind) {
	case RQ_POPULATION_REAL:
		return cell->loss <= cell->churn * cell->population->mean;
	case RQ_POPULATION_LOSS:
		return cell->loss > 0 && cell->loss <= cell->churn;
	case RQ_POPULATION_GAIN:
		return cell->churn == 1 && cell->loss < cell->population->common;
	}
	return false;
}

enum rq_status rq_cell_judge(struct rq_cell *cell, size_t trials, uint64_t seed, uint64_t stream, struct rq_error *err)
{
	size_t n = cell->n;
	RQ_CLEANUP(rq_free_pointer) double *room = calloc(5 * n, sizeof *room);

	if (room == NULL)
		return rq_fail_memory(err);
	struct sample sample = {.baseline = room, .candidate = room + n, .d = room + 2 * n, .scratch = room + 3 * n};
	memset(cell->shares, 0, sizeof cell->shares);
	if (cell->population->kind != RQ_POPULATION_REAL) {
		sum_outcomes(cell, &sample);
		return RQ_OK;
	}
	struct rq_random random;
	rq_random_stream(&random, seed, stream);
	for (size_t trial = 0; trial < trials; trial++) {
		draw(cell, &sample, &random);
		judge(cell, &sample, 1);
	}
	for (size_t rule = 0; rule < RQ_RULES; rule++)
		for (size_t outcome = 0; outcome < RQ_OUTCOMES; outcome++)
			cell->shares[rule][outcome] /= (double)trials;
	return RQ_OK;
}
