/* HDF5, whose parts point at each other. What is accepted has a matrix. */
#include "datasets/vector_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_vector_file file;

	if (rq_vector_file_from(&file, rq_vector_format_find("hdf5"), "fuzz", data, size, NULL, &err) == RQ_OK && (file.vectors.n == 0 || file.vectors.d == 0))
		abort();
	rq_vector_file_release(&file);
	return 0;
}
