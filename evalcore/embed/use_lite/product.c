#include "evalcore/embed/use_lite/product.h"

#include "evalcore/base/system.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Eight rows of the left side by one panel: number k of row r is left[r * left_row + k * left_step]. */
struct tile {
	const float *left, *right, *bias;
	size_t left_row, left_step, step, depth;
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
				tile->sums[r][j] = fmaf(tile->left[r * tile->left_row + k * tile->left_step], tile->right[k * tile->step + j], tile->sums[r][j]);
}

#if defined(__x86_64__)
#include <immintrin.h>

/* 16 sums of 512 bits. */
__attribute__((target("avx512f"))) static void kernel_avx512(struct tile *tile)
{
	__m512 sums[RQ_PRODUCT_ROWS][2];
	const float *left = tile->left, *right = tile->right;
	size_t row = tile->left_row, left_step = tile->left_step, step = tile->step;

#pragma GCC unroll 8
	for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++) {
		sums[r][0] = _mm512_loadu_ps(tile->bias);
		sums[r][1] = _mm512_loadu_ps(tile->bias + 16);
	}
	for (size_t k = 0; k < tile->depth; k++, left += left_step, right += step) {
		__m512 low = _mm512_loadu_ps(right), high = _mm512_loadu_ps(right + 16);
#pragma GCC unroll 8
		for (size_t r = 0; r < RQ_PRODUCT_ROWS; r++) {
			__m512 value = _mm512_set1_ps(left[r * row]);
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
	const float *left = tile->left + row * tile->left_row, *right = tile->right + column, *bias = tile->bias + column;
	size_t left_row = tile->left_row, left_step = tile->left_step, step = tile->step;

#pragma GCC unroll 4
	for (size_t r = 0; r < RQ_PRODUCT_ROWS / 2; r++) {
		sums[r][0] = _mm256_loadu_ps(bias);
		sums[r][1] = _mm256_loadu_ps(bias + 8);
	}
	for (size_t k = 0; k < tile->depth; k++, left += left_step, right += step) {
		__m256 low = _mm256_loadu_ps(right), high = _mm256_loadu_ps(right + 8);
#pragma GCC unroll 4
		for (size_t r = 0; r < RQ_PRODUCT_ROWS / 2; r++) {
			__m256 value = _mm256_set1_ps(left[r * left_row]);
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

/* The rows that make no whole group, number by number, with zeros for those that are missing. */
static void pack_rest(float *out, const struct rq_product *p)
{
	size_t rows = p->rows % RQ_PRODUCT_ROWS, depth = p->right.depth;

	if (rows > 0)
		memset(out, 0, RQ_PRODUCT_ROWS * depth * sizeof *out);
	for (size_t r = 0; r < rows; r++) {
		const float *from = p->left + (p->rows - rows + r) * p->left_stride;
		for (size_t k = 0; k < depth; k++)
			out[k * RQ_PRODUCT_ROWS + r] = from[k];
	}
}

RQ_CLONES static void finish(const struct rq_product *p, const struct tile *tile, size_t row, size_t column)
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

	pack_rest(product->scratch, product);
	for (size_t column = 0; column < right->columns; column += RQ_PANEL) /* a panel stays in the second cache for all rows */
		for (size_t row = 0; row < product->rows; row += RQ_PRODUCT_ROWS) {
			bool whole = product->rows - row >= RQ_PRODUCT_ROWS;
			struct tile tile = {
				.left = whole ? product->left + row * product->left_stride : product->scratch,
				.left_row = whole ? product->left_stride : 1,
				.left_step = whole ? 1 : RQ_PRODUCT_ROWS,
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
