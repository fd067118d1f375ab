/* .fvecs, .bvecs and .ivecs, as the TEXMEX collections have them: each row is its dimension as int32, then that many float32, uint8 or int32. */
#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t dimension_at(const unsigned char *data)
{
	int32_t dimension;

	memcpy(&dimension, data, sizeof dimension);
	return dimension;
}

static enum rq_status check_dimension(const unsigned char *row, size_t number, int32_t first, const char *path, struct rq_error *err)
{
	int32_t dimension = dimension_at(row);

	if (dimension != first)
		return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0) has dimension %d; expected %d, as in row 0", path, number, (int)dimension,
		               (int)first);
	return RQ_OK;
}

static enum rq_status read_rows(struct rq_vectors *vectors, struct rq_bytes *bytes, int32_t first, enum rq_tensor_type type, struct rq_error *err)
{
	size_t d = vectors->d, stride = sizeof(int32_t) + d * rq_tensor_type_size(type), most = stride < RQ_BYTES_BLOCK ? RQ_BYTES_BLOCK / stride : 1;
	RQ_CLEANUP(rq_free_pointer) unsigned char *rows = malloc((most < vectors->n ? most : vectors->n) * stride);

	if (rows == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, count; i < vectors->n; i += count) {
		count = vectors->n - i < most ? vectors->n - i : most;
		RQ_TRY(rq_bytes_read(rows, bytes, count * stride, err));
		for (size_t row = 0; row < count; row++) {
			RQ_TRY(check_dimension(rows + row * stride, i + row, first, bytes->path, err));
			size_t beyond = rq_numbers_floats(vectors->data + (i + row) * d, rows + row * stride + sizeof(int32_t), type, d);
			if (beyond < d)
				return rq_numbers_fail(err, bytes->path, type, i + row, beyond);
		}
	}
	return RQ_OK;
}

static enum rq_status fail_rest(struct rq_bytes *bytes, size_t n, size_t stride, int32_t first, struct rq_error *err)
{
	size_t rest = bytes->size - n * stride;
	unsigned char row[sizeof first];

	if (rest >= sizeof row) {
		RQ_TRY(rq_bytes_read(row, bytes, sizeof row, err));
		RQ_TRY(check_dimension(row, n, first, bytes->path, err));
	}
	return rq_fail(err, RQ_E_DATA,
	               "%s: row %zu (counted from 0) is cut short: expected %zu bytes for dimension %d, found %zu; copy or write the file again",
	               bytes->path, n, stride, (int)first, rest);
}

static enum rq_status read_vecs(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	unsigned char start[sizeof(int32_t)];
	enum rq_tensor_type type = file->format->types[0];

	(void)array;
	snprintf(file->type, sizeof file->type, "%s", rq_number_name(type));
	if (bytes->size < sizeof start)
		return rq_fail(err, RQ_E_DATA, "%s: %zu bytes; expected rows of a dimension (int32) and as many numbers of type %s", bytes->path, bytes->size,
		               file->type);
	RQ_TRY(rq_bytes_peek(start, bytes, sizeof start, err));
	int32_t first = dimension_at(start);
	if (first < 1)
		return rq_fail(err, RQ_E_DATA, "%s: row 0 has dimension %d; expected 1 or more: is this a file of the format %s?", bytes->path, (int)first,
		               file->format->name);
	size_t d = (size_t)first, stride = sizeof(int32_t) + d * rq_tensor_type_size(type), n = bytes->size / stride;
	if (n == 0)
		return fail_rest(bytes, 0, stride, first, err);
	RQ_TRY(rq_vectors_init(&file->vectors, n, d, err));
	RQ_TRY(read_rows(&file->vectors, bytes, first, type, err));
	return bytes->size % stride != 0 ? fail_rest(bytes, n, stride, first, err) : RQ_OK;
}

static enum rq_status write_vecs(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	const struct rq_vectors *vectors = &file->vectors;
	int32_t dimension = (int32_t)vectors->d;

	if (vectors->d > INT32_MAX)
		return rq_fail(err, RQ_E_DATA, "%zu dimensions are more than .%s can say; write .npy instead", vectors->d, file->format->name);
	for (size_t i = 0; i < vectors->n; i++) {
		fwrite(&dimension, sizeof dimension, 1, out);
		RQ_TRY(rq_numbers_put(out, vectors->data + i * vectors->d, type, vectors->d, err));
	}
	return RQ_OK;
}

const struct rq_vector_format rq_vector_format_fvecs = {
	.name = "fvecs",
	.help = "each row its dimension and that many float32",
	.endings = (const char *const[]){".fvecs", NULL},
	.types = {RQ_TENSOR_F32},
	.type_count = 1,
	.read = read_vecs,
	.write = write_vecs,
};

const struct rq_vector_format rq_vector_format_bvecs = {
	.name = "bvecs",
	.help = "each row its dimension and that many bytes",
	.endings = (const char *const[]){".bvecs", NULL},
	.types = {RQ_TENSOR_U8},
	.type_count = 1,
	.read = read_vecs,
	.write = write_vecs,
};

const struct rq_vector_format rq_vector_format_ivecs = {
	.name = "ivecs",
	.help = "each row its dimension and that many int32: mostly the ids of true neighbours",
	.endings = (const char *const[]){".ivecs", NULL},
	.types = {RQ_TENSOR_I32},
	.type_count = 1,
	.read = read_vecs,
	.write = write_vecs,
};
