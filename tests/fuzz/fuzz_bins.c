/* .fbin and its like, .bvecs and .ivecs: the first byte chooses the format, and what is read of a ground truth. */
#include "tests/fuzz/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {"fbin", "f16bin", "u8bin", "i8bin", "ibin", "bin", "bvecs", "ivecs"}, *const arrays[] = {NULL, "ids",
	                                                                                                                               "distances",
	                                                                                                                               "other"};

	return size == 0
	           ? 0
	           : fuzz_vector_file(formats[data[0] % 8], data + 1, size - 1, data[0] % 8 == 4 || data[0] % 8 == 5 ? arrays[data[0] / 8 % 4] : NULL);
}
