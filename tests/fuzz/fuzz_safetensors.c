/* safetensors as vectors, the only one of the file or one of a name: the last byte chooses. */
#include "tests/fuzz/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const arrays[] = {NULL, "e", "a", "b"};

	return fuzz_vector_arrays("safetensors", data, size, arrays, 4);
}
