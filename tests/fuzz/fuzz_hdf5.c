/* HDF5, whose parts point at each other. The last byte chooses the data set. */
#include "tests/fuzz/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const arrays[] = {NULL, "train", "test", "neighbors"};

	return fuzz_vector_arrays("hdf5", data, size, arrays, 4);
}
