/* How far the mean vector has moved, freed of what two samples differ by anyway. */
#include "metrics/drift/population.h"

#include "evalcore/base/memory.h"
#include "metrics/drift/pooled.h"
#include "metrics/drift/product.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

/* Sums over the rows of a side: of each component, and of squares about the side's mean. */
struct side_sums {
	double *mean; /* d */
	double trace; /* of the covariance */
};

static void sum_side(struct side_sums *side, const double *rows, size_t n, size_t d)
{
	double squares = 0;

	for (size_t j = 0; j < d; j++)
		side->mean[j] = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			side->mean[j] += rows[i * d + j];
	for (size_t j = 0; j < d; j++)
		side->mean[j] /= (double)n;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			squares += (rows[i * d + j] - side->mean[j]) * (rows[i * d + j] - side->mean[j]);
	side->trace = squares / (double)(n - 1);
}

/* |mean - mean|^2 of every permutation, the observed one first. `sums` is d x columns: of each component over the marked rows. Rows are centred,
 * so those that are not marked have the sum's opposite. */
static void find_distances(double *distances, const double *sums, const struct rq_pooled *pool, size_t columns)
{
	double each = 1 / (double)pool->of[0] + 1 / (double)pool->of[1];

	for (size_t c = 0; c < columns; c++)
		distances[c] = 0;
	for (size_t j = 0; j < pool->d; j++)
		for (size_t c = 0; c < columns; c++)
			distances[c] += sums[j * columns + c] * each * (sums[j * columns + c] * each);
}

/* The variance that the rows along the shift add to its squared length: 4 times that of their projections' mean. */
static double projection_variance(double *room, const struct rq_pooled *pool, const struct side_sums sides[2])
{
	double variance = 0;

	for (int side = 0; side < 2; side++) {
		const double *rows = pool->rows + (side == 0 ? 0 : pool->of[0] * pool->d);
		for (size_t i = 0; i < pool->of[side]; i++) {
			room[i] = 0;
			for (size_t j = 0; j < pool->d; j++)
				room[i] += rows[i * pool->d + j] * (sides[0].mean[j] - sides[1].mean[j]);
		}
		variance += 4 * rq_moments_of(room, pool->of[side]).variance / (double)pool->of[side];
	}
	return variance;
}

static void fill(struct rq_drift_value *shift, const double *distances, const struct rq_pooled *pool, const struct side_sums sides[2],
                 double projected)
{
	double x = (double)pool->of[0], y = (double)pool->of[1];
	double spread = ((x - 1) * sides[0].trace + (y - 1) * sides[1].trace) / (x + y - 2);
	double squared = distances[0] - sides[0].trace / x - sides[1].trace / y;
	double error = sqrt(projected + rq_moments_of(distances + 1, RQ_PERMUTATIONS).variance), width = rq_normal_quantile(.95) * error;

	shift->n = pool->of[0] < pool->of[1] ? pool->of[0] : pool->of[1];
	shift->p = rq_permutation_p(distances, RQ_PERMUTATIONS);
	shift->chance = 0;
	if (spread == 0) {
		shift->value = distances[0] == 0 ? 0 : INFINITY;
		return;
	}
	shift->value = sqrt(fmax(squared, 0) / spread);
	shift->lower = sqrt(fmax(squared - width, 0) / spread);
	shift->upper = sqrt(fmax(squared + width, 0) / spread);
	shift->error = (shift->upper - shift->lower) / (2 * rq_normal_quantile(.95));
}

static enum rq_status measure(struct rq_drift_value *shift, const struct rq_pooled *pool, uint64_t seed, struct rq_error *err)
{
	size_t n = pool->n, d = pool->d, columns = RQ_PERMUTATIONS + 1;
	RQ_CLEANUP(rq_free_pointer) double *marks = NULL;
	RQ_CLEANUP(rq_free_pointer) double *sums = rq_alloc_aligned(d, columns * sizeof *sums);
	RQ_CLEANUP(rq_free_pointer) double *means = calloc(2 * d, sizeof *means);
	RQ_CLEANUP(rq_free_pointer) double *room = calloc(n, sizeof *room);
	struct side_sums sides[2] = {{.mean = means}, {.mean = means == NULL ? NULL : means + d}};
	double distances[RQ_PERMUTATIONS + 1];

	if (sums == NULL || means == NULL || room == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_pooled_marks(&marks, pool, NULL, RQ_PERMUTATIONS, seed, err));
	const struct rq_tall rows = {.values = pool->rows, .count = d}, marked = {.values = marks, .count = columns};
	RQ_TRY(rq_tall_product(sums, &rows, &marked, n, err));
	sum_side(&sides[0], pool->rows, pool->of[0], d);
	sum_side(&sides[1], pool->rows + pool->of[0] * d, pool->of[1], d);
	find_distances(distances, sums, pool, columns);
	fill(shift, distances, pool, sides, projection_variance(room, pool, sides));
	return RQ_OK;
}

enum rq_status rq_centroid_shift(struct rq_drift_value *shift, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_pooled_release) struct rq_pooled pool = {0};

	*shift = rq_drift_unknown(RQ_DRIFT_centroid_shift);
	RQ_TRY(rq_check_samples(before, after, err));
	RQ_TRY(rq_pooled_init(&pool, before, after, RQ_POPULATION_SAMPLE, seed, err));
	return measure(shift, &pool, seed, err);
}
