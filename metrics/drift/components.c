/* Which components of the vectors have moved: Kolmogorov & Smirnov's test of each, adjusted for how many there are. */
#include "metrics/drift/population.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

static const double false_discoveries = 0.05;

struct components {
	const struct rq_vectors *sides[2];
	uint32_t *rows[2]; /* of the sample */
	size_t n[2];
	double *distances, *q; /* [component] */
	atomic_bool no_memory;
};

static int by_single(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* The largest difference of the two empirical distributions; equal values are passed together. */
static double distance(const float *x, size_t n, const float *y, size_t m)
{
	double most = 0;

	for (size_t i = 0, j = 0; i < n && j < m;) {
		float at = x[i] < y[j] ? x[i] : y[j];
		while (i < n && x[i] == at)
			i++;
		while (j < m && y[j] == at)
			j++;
		most = fmax(most, fabs((double)i / (double)n - (double)j / (double)m));
	}
	return most;
}

/* The limiting distribution of Kolmogorov 1933 and Smirnov 1939, with the correction of Stephens 1970 for small samples. */
static double tail(double most, size_t n, size_t m)
{
	double effective = sqrt((double)n * (double)m / (double)(n + m)), t = (effective + .12 + .11 / effective) * most, sum = 0;

	if (t < .2)
		return 1; /* to 1e-12 */
	for (int k = 1; k <= 20; k++)
		sum += (k % 2 == 1 ? 2 : -2) * exp(-2 * k * k * t * t);
	return fmin(fmax(sum, 0), 1);
}

static void test_component(void *context, size_t component)
{
	struct components *c = context;
	float *values = malloc((c->n[0] + c->n[1]) * sizeof *values), *sorted[] = {values, values == NULL ? NULL : values + c->n[0]};

	if (values == NULL) {
		atomic_store(&c->no_memory, true);
		return;
	}
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < c->n[side]; i++)
			sorted[side][i] = c->sides[side]->data[c->rows[side][i] * c->sides[side]->d + component];
		qsort(sorted[side], c->n[side], sizeof *values, by_single);
	}
	c->distances[component] = distance(sorted[0], c->n[0], sorted[1], c->n[1]);
	c->q[component] = tail(c->distances[component], c->n[0], c->n[1]);
	free(values);
}

static void summarise(struct rq_moved_components *moved, const struct components *c, size_t d)
{
	size_t count = 0;

	rq_benjamini_hochberg(c->q, d);
	moved->moved.p = 1;
	for (size_t j = 0; j < d; j++) {
		count += c->q[j] <= false_discoveries && c->distances[j] >= RQ_COMPONENT_FLOOR ? 1 : 0;
		moved->moved.p = fmin(moved->moved.p, c->q[j]);
		if (c->distances[j] > moved->largest) {
			moved->largest = c->distances[j];
			moved->component = j;
		}
	}
	moved->moved.value = (double)count / (double)d;
	moved->moved.chance = 0;
	moved->moved.n = c->n[0] < c->n[1] ? c->n[0] : c->n[1];
}

static void release(struct components *c)
{
	free(c->rows[0]);
	free(c->rows[1]);
	free(c->distances);
	free(c->q);
}

enum rq_status rq_moved_components(struct rq_moved_components *moved, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                                   struct rq_error *err)
{
	RQ_CLEANUP(release) struct components c = {.sides = {before, after}};

	*moved = (struct rq_moved_components){.moved = rq_drift_unknown(RQ_DRIFT_moved_components)};
	RQ_TRY(rq_check_samples(before, after, err));
	for (int side = 0; side < 2; side++) {
		c.n[side] = c.sides[side]->n < RQ_COMPONENT_SAMPLE ? c.sides[side]->n : RQ_COMPONENT_SAMPLE;
		c.rows[side] = malloc(c.n[side] * sizeof *c.rows[side]);
		if (c.rows[side] == NULL)
			return rq_fail_memory(err);
		rq_sample_rows(c.rows[side], c.n[side], c.sides[side]->n, seed + (uint64_t)side);
	}
	c.distances = malloc(before->d * sizeof *c.distances);
	c.q = malloc(before->d * sizeof *c.q);
	if (c.distances == NULL || c.q == NULL)
		return rq_fail_memory(err);
	rq_parallel_for(before->d, test_component, &c);
	RQ_TRY(rq_cancel_check(err));
	if (atomic_load(&c.no_memory))
		return rq_fail_memory(err);
	summarise(moved, &c, before->d);
	return RQ_OK;
}
