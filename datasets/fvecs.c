/* .fvecs, as the TEXMEX collections have it: each row is its dimension as int32, then that many float32. */
#include "datasets/parsers.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vector files are little-endian and are copied as they are");

static int32_t dimension_at(const unsigned char *data)
{
	int32_t dimension;

	memcpy(&dimension, data, sizeof dimension);
	return dimension;
}

enum rq_status rq_fvecs_parse(struct rq_vectors *vectors, const char *path, const unsigned char *data, size_t size, struct rq_error *err)
{
	*vectors = (struct rq_vectors){0};
	if (size < sizeof(int32_t))
		return rq_fail(err, RQ_E_DATA, "%s: %zu bytes; expected rows of a dimension (int32) and as many float32", path, size);
	int32_t first = dimension_at(data);
	if (first < 1)
		return rq_fail(err, RQ_E_DATA, "%s: row 0 has dimension %d; expected 1 or more: is this an .fvecs file?", path, (int)first);

	size_t d = (size_t)first, stride = sizeof(int32_t) + d * sizeof(float), n = size / stride, rest = size % stride;
	for (size_t i = 0; i < n + (rest >= sizeof(int32_t)); i++) {
		int32_t dimension = dimension_at(data + i * stride);
		if (dimension != first)
			return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0) has dimension %d; expected %d, as in row 0", path, i, (int)dimension,
			               (int)first);
	}
	if (rest != 0)
		return rq_fail(err, RQ_E_DATA,
		               "%s: row %zu (counted from 0) is cut short: expected %zu bytes for dimension %d, found %zu; copy or write the file again",
		               path, n, stride, (int)first, rest);
	RQ_TRY(rq_vectors_init(vectors, n, d, err));
	for (size_t i = 0; i < n; i++)
		memcpy(vectors->data + i * d, data + i * stride + sizeof(int32_t), d * sizeof(float));
	return RQ_OK;
}
