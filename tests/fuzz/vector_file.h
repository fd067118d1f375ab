/* What the fuzz targets of vector files do: what is accepted is read to its last number, so that a row beyond the file would be found. */
#ifndef RQ_TESTS_FUZZ_VECTOR_FILE_H
#define RQ_TESTS_FUZZ_VECTOR_FILE_H

#include "datasets/vector_file.h"

#include <stdlib.h>

static inline int fuzz_vector_file(const char *format, const uint8_t *data, size_t size, const char *array)
{
	struct rq_error err = {0};
	struct rq_vector_file file;

	if (rq_vector_file_from(&file, rq_vector_format_find(format), "fuzz", data, size, array, &err) != RQ_OK)
		return 0;
	const struct rq_vectors *vectors = &file.vectors;
	if (vectors->n == 0 || vectors->d == 0 || rq_vectors_zero_row(vectors, 0) > vectors->n || rq_vectors_not_finite(vectors) > vectors->n)
		abort();
	if (file.type[0] == '\0' || (file.ids.count > 0 && file.ids.count != vectors->n))
		abort();
	rq_vector_file_release(&file);
	return 0;
}
/* The same of one of `count` arrays, by the last byte, which stays part of the file: seeds are files as they are. */
static inline int fuzz_vector_arrays(const char *format, const uint8_t *data, size_t size, const char *const *arrays, size_t count)
{
	return fuzz_vector_file(format, data, size, arrays[size == 0 ? 0 : data[size - 1] % count]);
}

#endif
