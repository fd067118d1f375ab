/* .npy. What is accepted is read to its last number, so that a row beyond the file would be found. */
#include "datasets/vector_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_vector_file file;

	if (rq_vector_file_from(&file, rq_vector_format_find("npy"), "fuzz", data, size, NULL, &err) != RQ_OK)
		return 0;
	struct rq_vectors *vectors = &file.vectors;
	if (vectors->n == 0 || vectors->d == 0 || rq_vectors_zero_row(vectors, 0) > vectors->n || rq_vectors_not_finite(vectors) > vectors->n)
		abort();
	rq_vector_file_release(&file);
	return 0;
}
