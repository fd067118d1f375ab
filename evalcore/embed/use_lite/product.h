/* Products of matrices whose digits hang on nothing but their numbers. A sum begins with the bias and takes one fused multiplication and addition
 * after the other, in the order of the depth, whatever the number of rows, the row's place among them, or the CPU: a text has the same vector with
 * any neighbours and on any machine. OpenBLAS promises none of that (README.md). One thread. */
#ifndef RQ_EMBED_USE_LITE_PRODUCT_H
#define RQ_EMBED_USE_LITE_PRODUCT_H

#include <stddef.h>

enum {
	RQ_PRODUCT_ROWS = 8,   /* computed together */
	RQ_PANEL = 32,         /* columns computed together; numbers of columns are multiples of it */
};

enum rq_multiplier { RQ_MULTIPLY_PLAIN, RQ_MULTIPLY_FMA, RQ_MULTIPLY_AVX512 };
enum rq_multiplier rq_multiplier_fastest(void);

enum rq_product_end { RQ_PRODUCT_STORE, RQ_PRODUCT_ADD, RQ_PRODUCT_RELU };

/* A matrix on the right, depth x columns: element (k, j) is data[j / RQ_PANEL * panel + k * step + j % RQ_PANEL]. */
struct rq_panels {
	const float *data;
	size_t step, panel;
	size_t depth, columns;
};

struct rq_product {
	float *out; /* rows x columns */
	size_t out_stride;
	const float *left; /* rows x depth */
	size_t left_stride, rows;
	struct rq_panels right;
	const float *bias; /* columns; NULL: zeros */
	enum rq_product_end end; /* ADD: to what `out` holds */
	float *scratch; /* RQ_PRODUCT_ROWS x depth */
};

void rq_product(const struct rq_product *product, enum rq_multiplier multiplier);

/* Puts a row-major matrix (rows `stride` apart) into panels of its own, one after the other, with columns of zeros up to the next multiple of
 * RQ_PANEL; `out` has room for depth x as many. */
struct rq_panels rq_panels_pack(float *out, const float *matrix, size_t stride, size_t depth, size_t columns);

#endif
