#include "evalcore/embed/use_lite/product.h"

#include <math.h>
#include <string.h>

/* Eight packed rows of the left side (left[k * RQ_PRODUCT_ROWS + row]) by one panel. */
struct tile {
	const float *left, *right, *bias;
	size_t step, depth;
	float sums[RQ_PRODUCT_ROWS][RQ_PANEL];
};

typedef void kernel(struct tile *tile);

static void kernel_plain(struct tile *tile)
{
	for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++)
		memcpy(tile->sums[r], tile->bias, sizeof tile->sums[r]);
	for (size_t k = 0; k < tile->depth; k++)
		for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++)
			for (size_t j = 0; j < RQ_PANEL; j++)
				tile->sums[r][j] = fmaf(tile->left[k * RQ_PRODUCT_ROWS + r], tile->right[k * tile->step + j], tile->sums[r][j]);
}

#if defined(__x86_64__)
#include <immintrin.h>

/* 16 sums of 512 bits. */
__attribute__((target("avx512f"))) static void kernel_avx512(struct tile *tile)
{
	__m512 sums[RQ_PRODUCT_ROWS][2];
	const float *left = tile->left, *right = tile->right;

#pragma GCC unroll 8
	for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++) {
		sums[r][0] = _mm512_loadu_ps(tile->bias);
		sums[r][1] = _mm512_loadu_ps(tile->bias + 16);
	}
	for (size_t k = 0; k < tile->depth; k++, left += RQ_PRODUCT_ROWS, right += tile->step) {
		__m512 low = _mm512_loadu_ps(right), high = _mm512_loadu_ps(right + 16);
#pragma GCC unroll 8
		for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++) {
			__m512 value = _mm512_set1_ps(left[r]);
			sums[r][0] = _mm512_fmadd_ps(value, low, sums[r][0]);
			sums[r][1] = _mm512_fmadd_ps(value, high, sums[r][1]);
		}
	}
#pragma GCC unroll 8
	for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++) {
		_mm512_storeu_ps(tile->sums[r], sums[r][0]);
		_mm512_storeu_ps(tile->sums[r] + 16, sums[r][1]);
	}
}

/* A quarter of the tile at a time: 8 sums of 256 bits. */
__attribute__((target("avx2,fma"))) static void quarter_fma(struct tile *tile, size_t row, size_t column)
{
	__m256 sums[RQ_PRODUCT_ROWS / 2][2];
	const float *left = tile->left + row, *right = tile->right + column, *bias = tile->bias + column;

#pragma GCC unroll 4
	for (size_t r = 0; r < RQ_PRODUCT_ROWS / 2; r++) {
		sums[r][0] = _mm256_loadu_ps(bias);
		sums[r][1] = _mm256_loadu_ps(bias + 8);
	}
	for (size_t k = 0; k < tile->depth; k++, left += RQ_PRODUCT_ROWS, right += tile->step) {
		__m256 low = _mm256_loadu_ps(right), high = _mm256_loadu_ps(right + 8);
#pragma GCC unroll 4
		for (size_t r = 0; r < RQ_PRODUCT_ROWS / 2; r++) {
			__m256 value = _mm256_set1_ps(left[r]);
			sums[r][0] = _mm256_fmadd_ps(value, low, sums[r][0]);
			sums[r][1] = _mm256_fmadd_ps(value, high, sums[r][1]);
		}
	}
#pragma GCC unroll 4
	for (size_t r = 0; r < RQ_PRODUCT_ROWS / 2; r++) {
		_mm256_storeu_ps(tile->sums[row + r] + column, sums[r][0]);
		_mm256_storeu_ps(tile->sums[row + r] + column + 8, sums[r][1]);
	}
}

__attribute__((target("avx2,fma"))) static void kernel_fma(struct tile *tile)
{
	for (size_t column = 0; column < RQ_PANEL; column += RQ_PANEL / 2)
		for (size_t row = 0; row < RQ_PRODUCT_ROWS; row += RQ_PRODUCT_ROWS / 2)
			quarter_fma(tile, row, column);
}

static kernel *const kernels[] = {[RQ_MULTIPLY_PLAIN] = kernel_plain, [RQ_MULTIPLY_FMA] = kernel_fma, [RQ_MULTIPLY_AVX512] = kernel_avx512};

enum rq_multiplier rq_multiplier_fastest(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		return RQ_MULTIPLY_AVX512;
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? RQ_MULTIPLY_FMA : RQ_MULTIPLY_PLAIN;
}

#else

static kernel *const kernels[] = {[RQ_MULTIPLY_PLAIN] = kernel_plain};

enum rq_multiplier rq_multiplier_fastest(void)
{
	return RQ_MULTIPLY_PLAIN;
}

#endif

static size_t groups_of(size_t n, size_t width)
{
	return (n + width - 1) / width;
}

size_t rq_product_scratch(size_t rows, size_t depth)
{
	return groups_of(rows, RQ_PRODUCT_ROWS) * RQ_PRODUCT_ROWS * depth;
}

/* Rows in groups of eight, number by number; the last group is filled up with zeros. */
static void pack_left(float *out, const struct rq_product *p)
{
	size_t depth = p->right.depth;

	for (size_t first = 0; first < p->rows; first += RQ_PRODUCT_ROWS, out += RQ_PRODUCT_ROWS * depth) {
		size_t rows = p->rows - first < RQ_PRODUCT_ROWS ? p->rows - first : RQ_PRODUCT_ROWS;
		if (rows < RQ_PRODUCT_ROWS)
			memset(out, 0, RQ_PRODUCT_ROWS * depth * sizeof *out);
		for (size_t r = 0; r < rows; r++) {
			const float *from = p->left + (first + r) * p->left_stride;
			for (size_t k = 0; k < depth; k++)
				out[k * RQ_PRODUCT_ROWS + r] = from[k];
		}
	}
}

static void finish(const struct rq_product *p, const struct tile *tile, size_t row, size_t column)
{
	for (size_t r = 0; r < RQ_PRODUCT_ROWS && row + r < p->rows; r++) {
		float *out = p->out + (row + r) * p->out_stride + column;
		const float *sums = tile->sums[r];
		if (p->end == RQ_PRODUCT_ADD)
			for (size_t j = 0; j < RQ_PANEL; j++)
				out[j] += sums[j];
		else if (p->end == RQ_PRODUCT_RELU)
			for (size_t j = 0; j < RQ_PANEL; j++)
				out[j] = sums[j] > 0 ? sums[j] : 0;
		else
			memcpy(out, sums, sizeof tile->sums[r]);
	}
}

void rq_product(const struct rq_product *product, enum rq_multiplier multiplier)
{
	static const float zeros[RQ_PANEL];
	const struct rq_panels *right = &product->right;
	kernel *run = kernels[multiplier];

	pack_left(product->scratch, product);
	for (size_t column = 0; column < right->columns; column += RQ_PANEL) /* a panel stays in the second cache for all rows */
		for (size_t row = 0; row < product->rows; row += RQ_PRODUCT_ROWS) {
			struct tile tile = {
				.left = product->scratch + row * right->depth,
				.right = right->data + column / RQ_PANEL * right->panel,
				.bias = product->bias == NULL ? zeros : product->bias + column,
				.step = right->step,
				.depth = right->depth,
			};
			run(&tile);
			finish(product, &tile, row, column);
		}
}

struct rq_panels rq_panels_pack(float *out, const float *matrix, size_t stride, size_t depth, size_t columns)
{
	struct rq_panels panels = {
		.data = out, .step = RQ_PANEL, .panel = RQ_PANEL * depth, .depth = depth, .columns = groups_of(columns, RQ_PANEL) * RQ_PANEL};

	for (size_t column = 0; column < columns; column += RQ_PANEL) {
		size_t width = columns - column < RQ_PANEL ? columns - column : RQ_PANEL;
		for (size_t k = 0; k < depth; k++, out += RQ_PANEL) {
			memcpy(out, matrix + k * stride + column, width * sizeof *out);
			memset(out + width, 0, (RQ_PANEL - width) * sizeof *out);
		}
	}
	return panels;
}
