/* Products of use-lite: each element is one chain of fused multiplications and additions, whichever kernel runs and wherever the row stands. */
#include "evalcore/embed/use_lite/product.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *random_floats(size_t n, struct rq_random *random)
{
	float *out = rq_alloc_aligned(n, sizeof *out);

	for (size_t i = 0; i < n; i++)
		out[i] = (float)rq_random_normal(random);
	return out;
}

static float chain(const float *row, const float *matrix, size_t columns, size_t j, size_t depth, float bias)
{
	float sum = bias;

	for (size_t k = 0; k < depth; k++)
		sum = fmaf(row[k], matrix[k * columns + j], sum);
	return sum;
}

enum { STRIDE = 75, OUT_STRIDE = 101 };

/* The fused chain, and what comes after it. */
static void check_product(const struct rq_product *p, const float *matrix, size_t columns, const float *before)
{
	for (size_t i = 0; i < p->rows; i++)
		for (size_t j = 0; j < columns; j++) {
			float sum = chain(p->left + i * p->left_stride, matrix, columns, j, p->right.depth, p->bias == NULL ? 0 : p->bias[j]);
			float expected = p->end == RQ_PRODUCT_ADD ? before[i * OUT_STRIDE + j] + sum : p->end == RQ_PRODUCT_RELU && !(sum > 0) ? 0 : sum;
			ck_assert_mem_eq(&p->out[i * OUT_STRIDE + j], &expected, sizeof expected);
		}
}

START_TEST(every_kernel_is_the_chain)
{
	struct rq_random random;
	size_t rows = (size_t)_i / 3 + 1, depth = 1 + (size_t)_i * 2, columns = 33;
	enum rq_product_end end = (enum rq_product_end)(_i % 3);

	rq_random_seed(&random, (uint64_t)_i);
	float *left = random_floats(rows * STRIDE, &random), *matrix = random_floats(depth * columns, &random), *bias = random_floats(64, &random);
	float *out = random_floats(rows * OUT_STRIDE, &random), *before = random_floats(rows * OUT_STRIDE, &random);
	float *panels = random_floats(depth * 64, &random), *scratch = random_floats(RQ_PRODUCT_ROWS * depth, &random);
	struct rq_product product = {.out = out, .out_stride = OUT_STRIDE, .left = left, .left_stride = STRIDE, .rows = rows, .end = end,
	                             .right = rq_panels_pack(panels, matrix, columns, depth, columns), .bias = _i % 2 == 0 ? bias : NULL,
	                             .scratch = scratch};

	ck_assert_uint_eq(product.right.columns, 64);
	for (enum rq_multiplier m = RQ_MULTIPLY_PLAIN; m <= rq_multiplier_fastest(); m++) {
		memcpy(out, before, rows * OUT_STRIDE * sizeof *out);
		rq_product(&product, m);
		check_product(&product, matrix, columns, before);
		for (size_t i = 0; i < rows; i++) /* nothing is written beyond whole panels */
			ck_assert_mem_eq(out + i * OUT_STRIDE + 64, before + i * OUT_STRIDE + 64, (OUT_STRIDE - 64) * sizeof *out);
	}
	free(left);
	free(matrix);
	free(bias);
	free(panels);
	free(out);
	free(before);
	free(scratch);
}
END_TEST

Suite *use_lite_product_suite(void)
{
	Suite *suite = suite_create("use_lite_product");
	TCase *tests = tcase_create("use_lite_product");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, every_kernel_is_the_chain, 0, 36);
	return suite;
}
