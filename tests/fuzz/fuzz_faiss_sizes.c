/* The lengths in a file of FAISS's. The stream is left where it was; what is claimed and not there is refused. */
#include "evalcore/index/faiss_sizes.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *stream = size == 0 ? NULL : fmemopen((void *)(uintptr_t)data, size, "rb");
	struct rq_error err = {0};

	if (stream == NULL)
		return 0;
	enum rq_status status = rq_faiss_check_sizes(stream, size, &err);
	if ((status == RQ_OK && ftell(stream) != 0) || (status == RQ_E_DATA) != (err.text[0] != '\0') || (status != RQ_OK && status != RQ_E_DATA))
		abort();
	fclose(stream);
	return 0;
}
