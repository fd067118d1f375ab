/* safetensors. Every tensor of what is accepted lies within the file, and its numbers are read. */
#include "evalcore/base/tensors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct rq_tensor *tensor, const uint8_t *data, size_t size)
{
	if (tensor->offset > size || tensor->size > size - tensor->offset || tensor->size != tensor->count * rq_tensor_type_size(tensor->type))
		abort();
	if (!rq_tensor_is_float_like(tensor->type))
		return;
	float *floats = calloc(tensor->count + 1, sizeof *floats);
	if (floats == NULL || rq_tensor_floats(floats, data + tensor->offset, tensor->type, tensor->count) > tensor->count)
		abort();
	free(floats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_tensors tensors = {0};
	size_t header;

	if (size < RQ_TENSOR_LENGTH_BYTES || rq_tensors_header_size(&header, data, size, "fuzz", &err) != RQ_OK)
		return 0;
	if (rq_tensors_read(&tensors, (const char *)data + RQ_TENSOR_LENGTH_BYTES, header, size, "fuzz", &err) == RQ_OK)
		for (size_t i = 0; i < tensors.count; i++)
			read_all(&tensors.items[i], data, size);
	rq_tensors_release(&tensors);
	return 0;
}
