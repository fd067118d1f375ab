/* .fvecs. What is accepted is read to its last number, so that a row beyond the file would be found. */
#include "datasets/parsers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_vectors vectors;
	struct rq_bytes bytes = rq_bytes_from("fuzz", data, size);

	if (rq_fvecs_read(&vectors, &bytes, &err) != RQ_OK)
		return 0;
	if (vectors.n == 0 || vectors.d == 0 || rq_vectors_zero_row(&vectors, 0) > vectors.n || rq_vectors_not_finite(&vectors) > vectors.n)
		abort();
	rq_vectors_release(&vectors);
	return 0;
}
