/* Vectors as JSON. What is accepted is whole: rows of finite numbers, as many ids as rows or none. */
#include "datasets/parsers.h"
#include "datasets/unpack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_unpack unpack;
	struct rq_vectors vectors;
	struct rq_ids ids;

	if (rq_unpack_from(&unpack, "fuzz", data, size, &err) == RQ_OK && rq_vectors_json_read(&vectors, &ids, &unpack, NULL, &err) == RQ_OK) {
		if (vectors.n == 0 || vectors.d == 0 || (ids.count != 0 && ids.count != vectors.n) || rq_vectors_not_finite(&vectors) != vectors.n)
			abort();
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
	}
	rq_unpack_release(&unpack);
	return 0;
}
