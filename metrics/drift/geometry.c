/* The shape of a set of vectors: lengths, copies, the dimensions that it fills, and who is near to whom. */
#include "metrics/drift/geometry.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "metrics/drift/product.h"
#include "metrics/drift/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-13; /* of the largest eigenvalue: less is what rounding leaves of none */

/* ---- rows ---- */

/* Lengths of the usable rows, and which they are; returns their number. */
static size_t measure_rows(struct rq_geometry *geometry, double *lengths, uint32_t *usable, const struct rq_vectors *vectors)
{
	size_t count = 0;

	for (size_t i = 0; i < vectors->n; i++) {
		const float *row = vectors->data + i * vectors->d;
		double length = sqrt(rq_dot(row, row, vectors->d)); /* squares of single precision cannot overflow */
		geometry->not_finite += isfinite(length) ? 0 : 1;
		geometry->zero += length == 0 ? 1 : 0;
		if (!isfinite(length) || length == 0)
			continue;
		geometry->shortest = fmin(geometry->shortest, length);
		geometry->longest = fmax(geometry->longest, length);
		lengths[count] = length;
		usable[count++] = (uint32_t)i;
	}
	geometry->length = rq_moments_of(lengths, count);
	return count;
}

struct hashed {
	uint64_t hash;
	uint32_t row;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Is it the same as one of the rows before it that have its hash? */
static bool is_copy(const struct hashed *rows, size_t at, const struct rq_vectors *vectors)
{
	size_t d = vectors->d;

	for (size_t i = at; i > 0 && rows[i - 1].hash == rows[at].hash; i--)
		if (memcmp(vectors->data + rows[i - 1].row * d, vectors->data + rows[at].row * d, d * sizeof *vectors->data) == 0)
			return true;
	return false;
}

static enum rq_status count_duplicates(struct rq_geometry *geometry, const uint32_t *usable, size_t count, const struct rq_vectors *vectors,
                                       struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct hashed *rows = malloc((count + 1) * sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct hashed){rq_hash64(vectors->data + usable[i] * vectors->d, vectors->d * sizeof *vectors->data), usable[i]};
	qsort(rows, count, sizeof *rows, by_hash);
	for (size_t i = 1; i < count; i++)
		geometry->duplicates += is_copy(rows, i, vectors) ? 1 : 0;
	return RQ_OK;
}

/* ---- dimensions ---- */

/* The sample's rows, centred; turned (d x n) where there are fewer rows than dimensions, for then their products with one another are the smaller
 * matrix with the same eigenvalues. */
static enum rq_status gather(double *out, const struct rq_vectors *vectors, const uint32_t *rows, size_t n, bool turned, struct rq_error *err)
{
	size_t d = vectors->d;
	RQ_CLEANUP(rq_free_pointer) double *mean = calloc(d, sizeof *mean);

	if (mean == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			mean[j] += vectors->data[rows[i] * d + j];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			out[turned ? j * n + i : i * d + j] = vectors->data[rows[i] * d + j] - mean[j] / (double)n;
	return RQ_OK;
}

/* Of the squares of singular values, descending. */
static double effective_rank(const double *squares, size_t count)
{
	double sum = 0, entropy = 0;

	for (size_t i = 0; i < count; i++)
		sum += squares[i] > rounding * squares[0] ? sqrt(squares[i]) : 0;
	for (size_t i = 0; i < count; i++) {
		double share = squares[i] > rounding * squares[0] ? sqrt(squares[i]) / sum : 0;
		entropy -= share > 0 ? share * log(share) : 0;
	}
	return exp(entropy);
}

/* Of the rows whose places among the usable ones are in `rows`, which become the rows themselves. */
static enum rq_status find_rank(struct rq_geometry *geometry, const struct rq_vectors *vectors, const uint32_t *usable, uint32_t *rows, size_t n,
                                struct rq_error *err)
{
	size_t d = vectors->d, least = n < d ? n : d;
	RQ_CLEANUP(rq_free_pointer) double *values = rq_alloc_aligned(n, d * sizeof *values);
	RQ_CLEANUP(rq_free_pointer) double *products = rq_alloc_aligned(least + 1, least * sizeof *products);

	if (values == NULL || products == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		rows[i] = usable[rows[i]];
	RQ_TRY(gather(values, vectors, rows, n, n < d, err));
	const struct rq_tall columns = {.values = values, .count = least};
	RQ_TRY(rq_tall_product(products, &columns, &columns, n < d ? d : n, err));
	double *squares = products + least * least;
	RQ_TRY(rq_singular_values(squares, products, least, least, err));
	geometry->effective_rank = squares[0] > 0 ? effective_rank(squares, least) : 1;
	geometry->rank_rows = n;
	return RQ_OK;
}

/* ---- neighbours ---- */

static void find_hubness(struct rq_geometry *geometry, const double *counts, size_t n)
{
	double mean = 0, squares = 0, cubes = 0, error = 0, unreached = 0;

	for (size_t i = 0; i < n; i++)
		mean += counts[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		double off = counts[i] - mean;
		squares += off * off / (double)n;
		cubes += off * off * off / (double)n;
		unreached += counts[i] == 0 ? 1 : 0;
		geometry->most_reached = counts[i] > (double)geometry->most_reached ? (size_t)counts[i] : geometry->most_reached;
	}
	geometry->unreached = unreached / (double)n;
	double deviation = sqrt(squares), skewness = deviation == 0 ? 0 : cubes / (squares * deviation);
	for (size_t i = 0; i < n && deviation > 0; i++) {
		double z = (counts[i] - mean) / deviation, influence = z * z * z - skewness - 3 * z - 1.5 * skewness * (z * z - 1);
		error += influence * influence / (double)n;
	}
	geometry->hubness = skewness;
	geometry->hubness_error = sqrt(error / (double)n);
}

static enum rq_status look_at_neighbours(struct rq_geometry *geometry, const struct rq_nearest *nearest, size_t cutoff, size_t n,
                                         struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *counts = calloc(n + 1, sizeof *counts);
	RQ_CLEANUP(rq_free_pointer) double *margins = calloc(nearest->queries + 1, sizeof *margins);
	size_t lists = 0;

	if (counts == NULL || margins == NULL)
		return rq_fail_memory(err);
	for (size_t query = 0; query < nearest->queries; query++) {
		const uint32_t *rows = nearest->rows + query * nearest->depth;
		size_t taken = 0, places[2] = {0, 0};
		for (size_t i = 0; i < nearest->counts[query] && taken < cutoff; i++) {
			if (rows[i] >= n)
				return rq_fail(err, RQ_E_DATA, "list %zu of neighbours names row %u of %zu vectors: the lists belong to another set", query, rows[i],
				               n);
			if (nearest->own != NULL && rows[i] == nearest->own[query])
				continue;
			counts[rows[i]]++;
			if (taken < 2)
				places[taken] = i;
			taken++;
		}
		if (taken >= 2 && nearest->scores != NULL)
			margins[lists++] = nearest->scores[query * nearest->depth + places[0]] - nearest->scores[query * nearest->depth + places[1]];
	}
	if (n > 0)
		find_hubness(geometry, counts, n);
	geometry->margin = rq_moments_of(margins, lists);
	return RQ_OK;
}

static enum rq_status look_at_rows(struct rq_geometry *geometry, const struct rq_vectors *vectors, size_t rows, uint64_t seed, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *lengths = calloc(vectors->n + 1, sizeof *lengths);
	RQ_CLEANUP(rq_free_pointer) uint32_t *usable = malloc((vectors->n + 1) * sizeof *usable);
	RQ_CLEANUP(rq_free_pointer) uint32_t *sample = malloc((vectors->n + 1) * sizeof *sample);

	if (lengths == NULL || usable == NULL || sample == NULL)
		return rq_fail_memory(err);
	size_t count = measure_rows(geometry, lengths, usable, vectors);
	RQ_TRY(count_duplicates(geometry, usable, count, vectors, err));
	rows = rows < count ? rows : count;
	if (rows < 2)
		return RQ_OK;
	rq_sample_rows(sample, rows, count, seed);
	return find_rank(geometry, vectors, usable, sample, rows, err);
}

enum rq_status rq_geometry_of(struct rq_geometry *geometry, const struct rq_vectors *vectors, const struct rq_nearest *nearest, size_t cutoff,
                              size_t rows, uint64_t seed, struct rq_error *err)
{
	*geometry = (struct rq_geometry){
		.n = vectors->n,
		.d = vectors->d,
		.shortest = INFINITY,
		.effective_rank = NAN,
		.hubness = NAN,
		.hubness_error = NAN,
		.unreached = NAN,
		.margin = {NAN, NAN, 0},
	};
	RQ_TRY(look_at_rows(geometry, vectors, rows < RQ_RANK_SAMPLE ? rows : RQ_RANK_SAMPLE, seed, err));
	return nearest == NULL ? RQ_OK : look_at_neighbours(geometry, nearest, cutoff, nearest->among > 0 ? nearest->among : vectors->n, err);
}
