/* Products of tall matrices: tiles of the result, each one task, through which the rows go in blocks that are packed for the caches. A strip of 6 x 8
 * sums stays in registers. */
#include "metrics/drift/product.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A tile is a whole number of strips each way; a packed block of it fits a second-level cache. */
enum { STRIP_A = 6, STRIP_B = 8, TILE = 96, BLOCK_ROWS = 256 };

/* Eight columns: one register of AVX-512, two of AVX2, four of SSE2, with the same digits. */
typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));

struct product {
	double *out;
	const struct rq_tall *a, *b;
	size_t rows, tiles_b;
	bool symmetric;
	atomic_bool no_memory;
};

/* A tile's memory. */
struct tile {
	double sums[TILE * TILE];
	double a[BLOCK_ROWS * TILE]; /* strip after strip, in each row after row */
	double b[BLOCK_ROWS * TILE];
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A row's columns of one strip. */
static inline __attribute__((always_inline)) void pack_row(double *out, const struct rq_tall *from, size_t row, size_t column, size_t strip)
{
	size_t at = (from->rows == NULL ? row : from->rows[row]) * from->count + column;

	if (from->values != NULL)
		memcpy(out, from->values + at, strip * sizeof *out);
	else if (from->centre == NULL)
		for (size_t j = 0; j < strip; j++)
			out[j] = from->vectors[at + j];
	else
		for (size_t j = 0; j < strip; j++)
			out[j] = from->vectors[at + j] - from->centre[column + j];
}

/* Strip after strip, in each row after row. Columns beyond the last are zeros. */
static inline __attribute__((always_inline)) void pack(double *out, const struct rq_tall *from, size_t first_row, size_t rows, size_t first_column,
                                                       size_t width, size_t strip)
{
	for (size_t column = first_column; column < first_column + width; column += strip, out += rows * strip) {
		size_t left = from->count - column;
		if (left < strip)
			memset(out, 0, rows * strip * sizeof *out);
		for (size_t row = 0; row < rows; row++)
			if (left < strip)
				pack_row(out + row * strip, from, first_row + row, column, left);
			else
				pack_row(out + row * strip, from, first_row + row, column, strip);
	}
}

RQ_CLONES static void pack_a(double *out, const struct rq_tall *from, size_t first_row, size_t rows, size_t first_column, size_t width)
{
	pack(out, from, first_row, rows, first_column, width, STRIP_A);
}

RQ_CLONES static void pack_b(double *out, const struct rq_tall *from, size_t first_row, size_t rows, size_t first_column, size_t width)
{
	pack(out, from, first_row, rows, first_column, width, STRIP_B);
}

/* Adds to a strip of sums. */
static inline __attribute__((always_inline)) void add_strip(double *sums, const double *a, const double *b, size_t rows)
{
	lanes c0 = *(lanes *)sums, c1 = *(lanes *)(sums + TILE), c2 = *(lanes *)(sums + 2 * TILE), c3 = *(lanes *)(sums + 3 * TILE);
	lanes c4 = *(lanes *)(sums + 4 * TILE), c5 = *(lanes *)(sums + 5 * TILE);

	for (size_t row = 0; row < rows; row++, a += STRIP_A, b += STRIP_B) {
		lanes column = *(const lanes *)b;
		c0 += a[0] * column;
		c1 += a[1] * column;
		c2 += a[2] * column;
		c3 += a[3] * column;
		c4 += a[4] * column;
		c5 += a[5] * column;
	}
	*(lanes *)sums = c0, *(lanes *)(sums + TILE) = c1, *(lanes *)(sums + 2 * TILE) = c2;
	*(lanes *)(sums + 3 * TILE) = c3, *(lanes *)(sums + 4 * TILE) = c4, *(lanes *)(sums + 5 * TILE) = c5;
}

RQ_CLONES static void add_block(struct tile *tile, size_t rows, size_t width_a, size_t width_b)
{
	for (size_t j = 0; j < width_b; j += STRIP_B)
		for (size_t i = 0; i < width_a; i += STRIP_A)
			add_strip(tile->sums + i * TILE + j, tile->a + i * rows, tile->b + j * rows, rows);
}

static void store(const struct product *product, const struct tile *tile, size_t first_a, size_t first_b)
{
	size_t p = product->a->count, q = product->b->count;

	for (size_t i = 0; i < TILE && first_a + i < p; i++)
		for (size_t j = 0; j < TILE && first_b + j < q; j++) {
			product->out[(first_a + i) * q + first_b + j] = tile->sums[i * TILE + j];
			if (product->symmetric)
				product->out[(first_b + j) * q + first_a + i] = tile->sums[i * TILE + j];
		}
}

static void tile_task(void *context, size_t task)
{
	struct product *product = context;
	size_t first_a = task / product->tiles_b * TILE, first_b = task % product->tiles_b * TILE;

	if (product->symmetric && first_b > first_a)
		return;
	struct tile *tile = rq_alloc_aligned(1, sizeof *tile);
	if (tile == NULL) {
		atomic_store(&product->no_memory, true);
		return;
	}
	memset(tile->sums, 0, sizeof tile->sums);
	size_t width_a = smaller(TILE, product->a->count - first_a), width_b = smaller(TILE, product->b->count - first_b);
	for (size_t row = 0; row < product->rows && !rq_cancel_requested(); row += BLOCK_ROWS) {
		size_t rows = smaller(BLOCK_ROWS, product->rows - row);
		pack_a(tile->a, product->a, row, rows, first_a, width_a);
		pack_b(tile->b, product->b, row, rows, first_b, width_b);
		add_block(tile, rows, width_a, width_b);
	}
	store(product, tile, first_a, first_b);
	free(tile);
}

enum rq_status rq_tall_product(double *out, const struct rq_tall *a, const struct rq_tall *b, size_t rows, struct rq_error *err)
{
	size_t tiles_a = (a->count + TILE - 1) / TILE, tiles_b = (b->count + TILE - 1) / TILE;
	struct product product = {.out = out, .a = a, .b = b, .rows = rows, .tiles_b = tiles_b, .symmetric = a == b};

	rq_parallel_for(tiles_a * tiles_b, tile_task, &product);
	RQ_TRY(rq_cancel_check(err));
	return atomic_load(&product.no_memory) ? rq_fail_memory(err) : RQ_OK;
}

void rq_tall_mean(double *mean, const struct rq_vectors *vectors)
{
	for (size_t j = 0; j < vectors->d; j++)
		mean[j] = 0;
	for (size_t i = 0; i < vectors->n; i++)
		for (size_t j = 0; j < vectors->d; j++)
			mean[j] += vectors->data[i * vectors->d + j];
	for (size_t j = 0; j < vectors->d; j++)
		mean[j] /= (double)vectors->n;
}

double rq_sum_squares(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i] * values[i];
	return sum;
}
