/* Numbers as vector files store them: matrices of them read as float32, and float32 written as one of their types. Types are those of tensors.h;
 * their names are NumPy's ("f4", "i1"), and "bf16". */
#ifndef RQ_DATASETS_VECTORS_NUMBERS_H
#define RQ_DATASETS_VECTORS_NUMBERS_H

#include "datasets/bytes.h"
#include "evalcore/base/tensors.h"
#include "evalcore/model/vectors.h"

#include <stdio.h>

/* What a header says of the numbers that follow it. */
struct rq_matrix {
	enum rq_tensor_type type;
	size_t n, d;
	bool swapped;    /* big-endian */
	bool by_columns; /* number k stands in row k % n, not in row k / d */
};

const char *rq_number_name(enum rq_tensor_type type); /* NULL: none that is read */
bool rq_number_find(enum rq_tensor_type *type, const char *name);

/* Whether the float nearest to it is finite: the largest is written with digits that are a little larger. */
static inline bool rq_fits_float(double value)
{
	return value < 0x1.ffffffp127 && value > -0x1.ffffffp127;
}

/* Bytes of all numbers; false: more than memory can address. */
bool rq_matrix_bytes(size_t *size, const struct rq_matrix *matrix);
/* Takes the memory, and that many of the bytes, which must be there. E_DATA where float32 cannot hold a number, which is named. */
RQ_MUST_USE enum rq_status rq_matrix_read(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct rq_matrix *matrix, struct rq_error *err);

/* `count` numbers as floats; returns the index of the first that float32 cannot hold (finite and larger, or whole and beyond 2^24), or `count`. */
RQ_MUST_USE size_t rq_numbers_floats(float *out, const void *data, enum rq_tensor_type type, size_t count);
enum rq_status rq_numbers_fail(struct rq_error *err, const char *path, enum rq_tensor_type type, size_t row, size_t column);

/* The value nearest to `value` that the type holds, ties to even; NaN: it is beyond them. */
float rq_number_round(float value, enum rq_tensor_type type);
/* Writes floats that the type holds. What fails the stream tells. */
RQ_MUST_USE enum rq_status rq_numbers_put(FILE *out, const float *values, enum rq_tensor_type type, size_t count, struct rq_error *err);

#endif
