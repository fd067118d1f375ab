/* Maximum mean discrepancy. The kernel matrix K of all pooled rows is computed once; a permutation with the rows z on its first side needs z'Kz and
 * z'K1, so that all of them are one product of K with a matrix of zeros and ones. */
#include "metrics/drift/population.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"
#include "metrics/drift/pooled.h"
#include "metrics/drift/product.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

struct kernel {
	double *of; /* n x n; zeros on the diagonal, which no statistic counts */
	size_t n;
	double scale; /* exp(of * scale) */
};

/* Squared distances of all rows, by their products. */
static enum rq_status find_distances(struct kernel *kernel, const struct rq_pooled *pool, struct rq_error *err)
{
	size_t n = pool->n, d = pool->d;
	RQ_CLEANUP(rq_free_pointer) double *turned = rq_alloc_aligned(d, n * sizeof *turned);
	RQ_CLEANUP(rq_free_pointer) double *squares = malloc(n * sizeof *squares);

	kernel->of = rq_alloc_aligned(n, n * sizeof *kernel->of);
	if (turned == NULL || squares == NULL || kernel->of == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			turned[j * n + i] = pool->rows[i * d + j];
	const struct rq_tall rows = {.values = turned, .count = n};
	RQ_TRY(rq_tall_product(kernel->of, &rows, &rows, d, err));
	for (size_t i = 0; i < n; i++)
		squares[i] = kernel->of[i * n + i];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			kernel->of[i * n + j] = i == j ? 0 : fmax(squares[i] + squares[j] - 2 * kernel->of[i * n + j], 0);
	return RQ_OK;
}

/* The k-th smallest, from 0; the order of the values is lost (Hoare 1961, algorithm 65: the middle one splits). */
static double select_smallest(double *values, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		double pivot = values[low + (high - low) / 2];
		size_t i = low, j = high;
		for (;;) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			double value = values[i];
			values[i++] = values[j];
			values[j--] = value;
		}
		if (k <= j) /* low..j are at most the pivot, j + 1..high at least, and j < high */
			high = j;
		else
			low = j + 1;
	}
	return values[k];
}

/* The median of all squared distances; where more than half are 0, their mean. */
static enum rq_status find_bandwidth(double *squared, const struct kernel *kernel, struct rq_error *err)
{
	size_t n = kernel->n, pairs = n * (n - 1) / 2, count = 0;
	RQ_CLEANUP(rq_free_pointer) double *values = malloc(pairs * sizeof *values);
	double sum = 0;

	if (values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			sum += values[count++] = kernel->of[i * n + j];
	*squared = select_smallest(values, pairs, pairs / 2);
	if (*squared == 0)
		*squared = sum / (double)pairs;
	return RQ_OK;
}

static void exponentiate(void *context, size_t row)
{
	const struct kernel *kernel = context;
	double *values = kernel->of + row * kernel->n;

	for (size_t j = 0; j < kernel->n; j++)
		values[j] = j == row ? 0 : exp(values[j] * kernel->scale);
}

/* Sums of K: within what is marked, and from it to all; `products` is K times the marks. */
struct mark_sums {
	double within, to_all;
};

static void sum_marks(struct mark_sums *sums, const double *marks, const double *products, const double *row_sums, size_t n, size_t columns)
{
	for (size_t c = 0; c < columns; c++)
		sums[c] = (struct mark_sums){0, 0};
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < columns; c++)
			if (marks[i * columns + c] != 0) {
				sums[c].within += products[i * columns + c];
				sums[c].to_all += row_sums[i];
			}
}

static double statistic(struct mark_sums sums, double total, size_t x, size_t y)
{
	double across = sums.to_all - sums.within, other = total - 2 * sums.to_all + sums.within;

	return sums.within / ((double)x * (double)(x - 1)) + other / ((double)y * (double)(y - 1)) - 2 * across / ((double)x * (double)y);
}

/* The variance of a U-statistic's first-order part (Serfling 1980, Approximation Theorems of Mathematical Statistics, 5.5): 4 / n times that of
 * what each row adds. */
static double projection_variance(double *room, const struct rq_pooled *pool, const double *products, const double *row_sums, size_t columns)
{
	double variance = 0;

	for (int side = 0; side < 2; side++) {
		size_t first = side == 0 ? 0 : pool->of[0], n = pool->of[side], other = pool->of[1 - side];
		for (size_t i = 0; i < n; i++) {
			double to_before = products[(first + i) * columns], to_after = row_sums[first + i] - to_before;
			double own = side == 0 ? to_before : to_after, across = side == 0 ? to_after : to_before;
			room[i] = own / (double)(n - 1) - across / (double)other;
		}
		variance += 4 * rq_moments_of(room, n).variance / (double)n;
	}
	return variance;
}

static void fill(struct rq_drift_value *value, double *values, double projected)
{
	struct rq_moments permuted = rq_moments_of(values + 1, RQ_PERMUTATIONS);

	value->value = values[0];
	value->p = rq_permutation_p(values, RQ_PERMUTATIONS);
	value->error = sqrt(projected + permuted.variance);
	value->lower = value->value - rq_normal_quantile(.95) * value->error;
	value->upper = value->value + rq_normal_quantile(.95) * value->error;
	value->chance = 0;
}

static enum rq_status permute(struct rq_drift_value *value, const struct kernel *kernel, const struct rq_pooled *pool, uint64_t seed,
                              struct rq_error *err)
{
	size_t n = kernel->n, columns = RQ_PERMUTATIONS + 1;
	RQ_CLEANUP(rq_free_pointer) double *marks = NULL;
	RQ_CLEANUP(rq_free_pointer) double *products = rq_alloc_aligned(n, columns * sizeof *products);
	RQ_CLEANUP(rq_free_pointer) double *row_sums = calloc(n, sizeof *row_sums);
	RQ_CLEANUP(rq_free_pointer) double *room = calloc(n, sizeof *room);
	struct mark_sums sums[RQ_PERMUTATIONS + 1];
	double values[RQ_PERMUTATIONS + 1], total = 0;

	if (products == NULL || row_sums == NULL || room == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_pooled_marks(&marks, pool, NULL, RQ_PERMUTATIONS, seed, err));
	const struct rq_tall rows = {.values = kernel->of, .count = n}, marked = {.values = marks, .count = columns};
	RQ_TRY(rq_tall_product(products, &rows, &marked, n, err)); /* K is its own transpose */
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			row_sums[i] += kernel->of[i * n + j];
		total += row_sums[i];
	}
	sum_marks(sums, marks, products, row_sums, n, columns);
	for (size_t c = 0; c < columns; c++)
		values[c] = statistic(sums[c], total, pool->of[0], pool->of[1]);
	fill(value, values, projection_variance(room, pool, products, row_sums, columns));
	return RQ_OK;
}

static enum rq_status measure(struct rq_mmd *mmd, struct kernel *kernel, const struct rq_pooled *pool, uint64_t seed, struct rq_error *err)
{
	double squared = 0;

	RQ_TRY(find_distances(kernel, pool, err));
	RQ_TRY(find_bandwidth(&squared, kernel, err));
	mmd->bandwidth = sqrt(squared);
	kernel->scale = squared == 0 ? 0 : -1 / (2 * squared); /* all rows are one: K is 1, MMD 0 */
	rq_parallel_for(kernel->n, exponentiate, kernel);
	return permute(&mmd->mmd, kernel, pool, seed, err);
}

enum rq_status rq_mmd(struct rq_mmd *mmd, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed, struct rq_error *err)
{
	RQ_CLEANUP(rq_pooled_release) struct rq_pooled pool = {0};

	*mmd = (struct rq_mmd){.mmd = rq_drift_unknown(RQ_DRIFT_mmd), .bandwidth = NAN};
	RQ_TRY(rq_check_samples(before, after, err));
	RQ_TRY(rq_pooled_init(&pool, before, after, RQ_POPULATION_SAMPLE, seed, err));
	struct kernel kernel = {.n = pool.n};
	enum rq_status status = measure(mmd, &kernel, &pool, seed, err);
	mmd->mmd.n = pool.of[0] < pool.of[1] ? pool.of[0] : pool.of[1];
	free(kernel.of);
	return status;
}
