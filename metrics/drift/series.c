/* Pettitt's change-point test. With the rank R_i of each week, U_t = 2 (R_1 + ... + R_t) - t (n + 1). */
#include "metrics/drift/series.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "metrics/drift/sums.h"

#include <math.h>
#include <stdlib.h>

enum { PERMUTATIONS = 9999 };

/* Mean ranks of equal values, so twice them are whole numbers. */
static void rank(double *ranks, const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, equal = 0;
		for (size_t j = 0; j < n; j++) {
			below += values[j] < values[i];
			equal += values[j] == values[i];
		}
		ranks[i] = (double)below + ((double)equal + 1) / 2;
	}
}

/* The largest |U_t| and its t, the first of equal ones; 0 where all are 0. */
static double largest(size_t *split, const double *ranks, size_t n)
{
	double sum = 0, most = 0;

	*split = 0;
	for (size_t t = 1; t < n; t++) {
		sum += ranks[t - 1];
		double u = fabs(2 * sum - (double)t * (double)(n + 1));
		if (u > most) {
			most = u;
			*split = t;
		}
	}
	return most;
}

/* The ranks are shuffled. */
static double permute(double *ranks, size_t n, double observed, uint64_t seed)
{
	struct rq_random random;
	size_t as_much = 1, ignored;

	rq_random_seed(&random, seed);
	for (size_t permutation = 0; permutation < PERMUTATIONS; permutation++) {
		for (size_t i = n; i > 1; i--) {
			size_t j = (size_t)rq_random_below(&random, i);
			double value = ranks[i - 1];
			ranks[i - 1] = ranks[j];
			ranks[j] = value;
		}
		as_much += largest(&ignored, ranks, n) >= observed ? 1 : 0;
	}
	return (double)as_much / (PERMUTATIONS + 1);
}

static void fill(struct rq_change_point *point, double *ranks, const double *values, const size_t *places, size_t n, uint64_t seed)
{
	size_t split;

	rank(ranks, values, n);
	point->statistic = largest(&split, ranks, n);
	point->change.n = n;
	point->change.p = 1;
	point->change.value = 0;
	if (split == 0)
		return;
	point->first = places[split];
	point->before = rq_moments_of(values, split).mean;
	point->after = rq_moments_of(values + split, n - split).mean;
	point->change.value = point->after - point->before;
	point->change.p = permute(ranks, n, point->statistic, seed);
}

enum rq_status rq_change_point(struct rq_change_point *point, const double *series, size_t n, uint64_t seed, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *values = malloc((2 * n + 1) * sizeof *values);
	RQ_CLEANUP(rq_free_pointer) size_t *places = malloc((n + 1) * sizeof *places);
	size_t count = 0;

	*point = (struct rq_change_point){.change = rq_drift_unknown(RQ_DRIFT_change_point), .first = n, .before = NAN, .after = NAN};
	if (values == NULL || places == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		if (!isnan(series[i])) {
			places[count] = i;
			values[count++] = series[i];
		}
	fill(point, values + n, values, places, count, seed);
	return RQ_OK;
}
