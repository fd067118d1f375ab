/* .npz, the only matrix of the archive or one of a name: the last byte chooses. */
#include "tests/fuzz/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const arrays[] = {NULL, "documents", "topics", "more"};

	return fuzz_vector_arrays("npz", data, size, arrays, 4);
}
