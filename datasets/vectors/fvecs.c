/* .fvecs, as the TEXMEX collections have it: each row is its dimension as int32, then that many float32. */
#include "datasets/parsers.h"
#include "datasets/vector_file.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vector files are little-endian and are copied as they are");

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
		return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0) has dimension %d; expected %d, as in row 0", path, number, (int)dimension, (int)first);
	return RQ_OK;
}

static enum rq_status read_rows(struct rq_vectors *vectors, struct rq_bytes *bytes, int32_t first, struct rq_error *err)
{
	size_t d = vectors->d, stride = sizeof(int32_t) + d * sizeof(float), most = stride < RQ_BYTES_BLOCK ? RQ_BYTES_BLOCK / stride : 1;
	RQ_CLEANUP(rq_free_pointer) unsigned char *rows = malloc((most < vectors->n ? most : vectors->n) * stride);

	if (rows == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, count; i < vectors->n; i += count) {
		count = vectors->n - i < most ? vectors->n - i : most;
		RQ_TRY(rq_bytes_read(rows, bytes, count * stride, err));
		for (size_t row = 0; row < count; row++) {
			RQ_TRY(check_dimension(rows + row * stride, i + row, first, bytes->path, err));
			memcpy(vectors->data + (i + row) * d, rows + row * stride + sizeof(int32_t), d * sizeof(float));
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
	return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0) is cut short: expected %zu bytes for dimension %d, found %zu; copy or write the file again",
	               bytes->path, n, stride, (int)first, rest);
}

enum rq_status rq_fvecs_read(struct rq_vectors *vectors, struct rq_bytes *bytes, struct rq_error *err)
{
	unsigned char start[sizeof(int32_t)];

	*vectors = (struct rq_vectors){0};
	if (bytes->size < sizeof start)
		return rq_fail(err, RQ_E_DATA, "%s: %zu bytes; expected rows of a dimension (int32) and as many float32", bytes->path, bytes->size);
	RQ_TRY(rq_bytes_peek(start, bytes, sizeof start, err));
	int32_t first = dimension_at(start);
	if (first < 1)
		return rq_fail(err, RQ_E_DATA, "%s: row 0 has dimension %d; expected 1 or more: is this an .fvecs file?", bytes->path, (int)first);
	size_t d = (size_t)first, stride = sizeof(int32_t) + d * sizeof(float), n = bytes->size / stride;
	if (n == 0)
		return fail_rest(bytes, 0, stride, first, err);
	RQ_TRY(rq_vectors_init(vectors, n, d, err));
	enum rq_status status = read_rows(vectors, bytes, first, err);
	if (status == RQ_OK && bytes->size % stride != 0)
		status = fail_rest(bytes, n, stride, first, err);
	if (status != RQ_OK)
		rq_vectors_release(vectors);
	return status;
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	(void)array;
	return rq_fvecs_read(&file->vectors, bytes, err);
}

const struct rq_vector_format rq_vector_format_fvecs = {
	.name = "fvecs",
	.help = "each row its dimension and that many float32",
	.endings = (const char *const[]){".fvecs", NULL},
	.read = read_file,
};
