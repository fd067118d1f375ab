/* safetensors as vectors, the only matrix of the file. */
#include "tests/fuzz/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_vector_file("safetensors", data, size, NULL);
}
