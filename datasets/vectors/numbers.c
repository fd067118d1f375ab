/* Numbers of vector files: between the bytes of a file and float32, block by block. */
#include "datasets/vectors/numbers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vector files are little-endian and are copied as they are");

static const double WHOLE_MAXIMUM = 16777216; /* 2^24: float32 holds every whole number up to it */

static const struct {
	enum rq_tensor_type type;
	const char *name;
} names[] = {
	{RQ_TENSOR_F16, "f2"}, {RQ_TENSOR_F32, "f4"}, {RQ_TENSOR_F64, "f8"},    {RQ_TENSOR_I8, "i1"},
	{RQ_TENSOR_U8, "u1"},  {RQ_TENSOR_I32, "i4"}, {RQ_TENSOR_BF16, "bf16"},
};

const char *rq_number_name(enum rq_tensor_type type)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

bool rq_number_find(enum rq_tensor_type *type, const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, name) == 0) {
			*type = names[i].type;
			return true;
		}
	return false;
}

bool rq_matrix_bytes(size_t *size, const struct rq_matrix *matrix)
{
	return !__builtin_mul_overflow(matrix->n, matrix->d, size) && !__builtin_mul_overflow(*size, rq_tensor_type_size(matrix->type), size);
}

size_t rq_numbers_floats(float *out, const void *data, enum rq_tensor_type type, size_t count)
{
	const unsigned char *bytes = data;

	if (type != RQ_TENSOR_I32)
		return rq_tensor_floats(out, data, type, count);
	for (size_t i = 0; i < count; i++) {
		int32_t value;
		memcpy(&value, bytes + i * sizeof value, sizeof value);
		if (fabs((double)value) > WHOLE_MAXIMUM)
			return i;
		out[i] = (float)value;
	}
	return count;
}

enum rq_status rq_numbers_fail(struct rq_error *err, const char *path, enum rq_tensor_type type, size_t row, size_t column)
{
	if (type == RQ_TENSOR_I32)
		return rq_fail(err, RQ_E_DATA,
		               "%s: the number in row %zu, column %zu (counted from 0) is beyond 2^24, where float32 has gaps; are these ids?", path, row,
		               column);
	return rq_fail(err, RQ_E_DATA, "%s: the number in row %zu, column %zu (counted from 0) is beyond float32; scale the vectors", path, row, column);
}

static void swap(unsigned char *data, size_t width, size_t count)
{
	for (size_t i = 0; i < count; i++, data += width)
		for (size_t a = 0, b = width - 1; a < b; a++, b--) {
			unsigned char kept = data[a];
			data[a] = data[b];
			data[b] = kept;
		}
}

/* What a block is read into, and one of floats where they do not go to their places as they come. */
struct blocks {
	unsigned char *raw;
	float *values;
};

static void blocks_release(struct blocks *blocks)
{
	free(blocks->raw);
	free(blocks->values);
}

static enum rq_status convert_blocks(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct rq_matrix *matrix, struct rq_error *err)
{
	size_t count = matrix->n * matrix->d, width = rq_tensor_type_size(matrix->type), most = RQ_BYTES_BLOCK / width;
	size_t step = count < most ? count : most;
	RQ_CLEANUP(blocks_release)
	struct blocks blocks = {.raw = malloc(step * width), .values = matrix->by_columns ? malloc(step * sizeof(float)) : NULL};

	if (blocks.raw == NULL || (matrix->by_columns && blocks.values == NULL))
		return rq_fail_memory(err);
	for (size_t first = 0, numbers; first < count; first += numbers) {
		numbers = count - first < step ? count - first : step;
		RQ_TRY(rq_bytes_read(blocks.raw, bytes, numbers * width, err));
		if (matrix->swapped)
			swap(blocks.raw, width, numbers);
		float *values = matrix->by_columns ? blocks.values : vectors->data + first;
		size_t beyond = first + rq_numbers_floats(values, blocks.raw, matrix->type, numbers);
		if (beyond < first + numbers)
			return rq_numbers_fail(err, bytes->path, matrix->type, matrix->by_columns ? beyond % matrix->n : beyond / matrix->d,
			                       matrix->by_columns ? beyond / matrix->n : beyond % matrix->d);
		for (size_t i = 0; matrix->by_columns && i < numbers; i++)
			vectors->data[(first + i) % matrix->n * matrix->d + (first + i) / matrix->n] = values[i];
	}
	return RQ_OK;
}

enum rq_status rq_matrix_read(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct rq_matrix *matrix, struct rq_error *err)
{
	bool as_it_is = matrix->type == RQ_TENSOR_F32 && !matrix->swapped && !matrix->by_columns;

	RQ_TRY(rq_vectors_init(vectors, matrix->n, matrix->d, err));
	enum rq_status status = as_it_is ? rq_bytes_read(vectors->data, bytes, matrix->n * matrix->d * sizeof(float), err)
	                                 : convert_blocks(vectors, bytes, matrix, err);
	if (status != RQ_OK)
		rq_vectors_release(vectors);
	return status;
}

/* ---- to a type ---- */

/* IEEE 754 binary16, to nearest, ties to even; what is beyond comes out as infinity. A subnormal is rounded by adding a number whose last place is
 * the smallest half. */
static uint16_t to_half(float value)
{
	const float magic = 0.5f;
	uint32_t bits, sign, half;

	memcpy(&bits, &value, sizeof bits);
	sign = bits >> 31;
	bits &= 0x7FFFFFFF;
	if (bits >= 0x47800000) { /* 2^16, infinity, NaN */
		half = bits > 0x7F800000 ? 0x7E00 : 0x7C00;
	} else if (bits < 0x38800000) { /* 2^-14 */
		float sum = fabsf(value) + magic;
		uint32_t base;
		memcpy(&half, &sum, sizeof half);
		memcpy(&base, &magic, sizeof base);
		half -= base;
	} else {
		half = (bits - 0x38000000 + 0xFFF + (bits >> 13 & 1)) >> 13;
	}
	return (uint16_t)(sign << 15 | half);
}

static float whole(float value, float least, float most)
{
	float nearest = rintf(value);

	return nearest >= least && nearest <= most ? nearest : NAN;
}

float rq_number_round(float value, enum rq_tensor_type type)
{
	uint16_t half = to_half(value);
	float out = value;

	switch (type) {
	case RQ_TENSOR_F16:
		return rq_tensor_floats(&out, &half, RQ_TENSOR_F16, 1) == 1 && isfinite(out) ? out : NAN;
	case RQ_TENSOR_I8:
		return whole(value, -128, 127);
	case RQ_TENSOR_U8:
		return whole(value, 0, 255);
	case RQ_TENSOR_I32:
		return whole(value, (float)-WHOLE_MAXIMUM, (float)WHOLE_MAXIMUM);
	default:
		return value;
	}
}

static void encode(unsigned char *out, float value, enum rq_tensor_type type)
{
	const uint16_t half = to_half(value);
	const double wide = (double)value;
	const int32_t number = type == RQ_TENSOR_I8 || type == RQ_TENSOR_U8 || type == RQ_TENSOR_I32 ? (int32_t)value : 0;

	if (type == RQ_TENSOR_F16)
		memcpy(out, &half, sizeof half);
	else if (type == RQ_TENSOR_F64)
		memcpy(out, &wide, sizeof wide);
	else if (type == RQ_TENSOR_I32)
		memcpy(out, &number, sizeof number);
	else
		*out = (unsigned char)number;
}

enum rq_status rq_numbers_put(FILE *out, const float *values, enum rq_tensor_type type, size_t count, struct rq_error *err)
{
	enum { STEP = 1 << 16 };
	size_t width = rq_tensor_type_size(type), step = count < STEP ? count : STEP;
	RQ_CLEANUP(rq_free_pointer) unsigned char *block = malloc(step * width + 1);

	if (block == NULL)
		return rq_fail_memory(err);
	for (size_t first = 0, numbers; first < count; first += numbers) {
		numbers = count - first < step ? count - first : step;
		for (size_t i = 0; type != RQ_TENSOR_F32 && i < numbers; i++)
			encode(block + i * width, values[first + i], type);
		fwrite(type == RQ_TENSOR_F32 ? (const void *)(values + first) : block, width, numbers, out);
	}
	return RQ_OK;
}
