/* Vectors as CSV. What is accepted is whole: as many ids as rows or none, all numbers finite. */
#include "datasets/parsers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;
	struct rq_vectors vectors;
	struct rq_ids ids;

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	if (rq_csv_parse(&vectors, &ids, &text, NULL, &err) == RQ_OK) {
		if ((ids.count != 0 && vectors.n != ids.count) || vectors.n == 0 || vectors.d == 0 || rq_vectors_not_finite(&vectors) != vectors.n)
			abort();
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
	}
	rq_text_release(&text);
	return 0;
}
