/* .safetensors: named tensors, of which one of two dimensions is the matrix. */
#include "datasets/text.h"
#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"

#include <stdlib.h>
#include <string.h>

static enum rq_status read_header(struct rq_tensors *tensors, struct rq_bytes *bytes, struct rq_error *err)
{
	unsigned char first[RQ_TENSOR_LENGTH_BYTES] = {0};
	size_t size;

	if (bytes->size >= sizeof first)
		RQ_TRY(rq_bytes_read(first, bytes, sizeof first, err));
	RQ_TRY(rq_tensors_header_size(&size, first, bytes->size, bytes->path, err));
	RQ_CLEANUP(rq_free_pointer) char *header = malloc(size + 1);
	if (header == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_bytes_read(header, bytes, size, err));
	return rq_tensors_read(tensors, header, size, bytes->size, bytes->path, err);
}

static struct rq_excerpt shown(const struct rq_tensor *tensor)
{
	return rq_excerpt((struct rq_span){tensor->name, strlen(tensor->name)});
}

/* The first of the tensors, for messages. */
static void list(struct rq_buf *out, const struct rq_tensors *tensors)
{
	enum { MOST = 8 };

	for (size_t i = 0; i < tensors->count && i < MOST; i++) {
		const struct rq_tensor *tensor = &tensors->items[i];
		rq_buf_printf(out, "%s\"%s\" %s (", i == 0 ? "" : ", ", shown(tensor).text, rq_tensor_type_name(tensor->type));
		for (size_t k = 0; k < tensor->dimensions; k++)
			rq_buf_printf(out, "%s%zu", k == 0 ? "" : ", ", tensor->shape[k]);
		rq_buf_puts(out, ")");
	}
	rq_buf_puts(out, tensors->count == 0 ? "none" : tensors->count > MOST ? " ..." : "");
}

/* The tensor that is named, or the only one of two dimensions. */
static enum rq_status choose(const struct rq_tensor **chosen, const struct rq_tensors *tensors, const char *path, const char *array,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	size_t matrices = 0;

	*chosen = array == NULL ? NULL : rq_tensors_find(tensors, array);
	if (*chosen != NULL)
		return RQ_OK;
	for (size_t i = 0; array == NULL && i < tensors->count; i++)
		if (tensors->items[i].dimensions == 2) {
			*chosen = &tensors->items[i];
			matrices++;
		}
	if (matrices == 1)
		return RQ_OK;
	list(&names, tensors);
	RQ_TRY(rq_buf_check(&names, err));
	if (array != NULL)
		return rq_fail(err, RQ_E_DATA, "%s: holds no tensor \"%s\"; it has %s", path, array, names.data);
	if (matrices == 0)
		return rq_fail(err, RQ_E_DATA, "%s: holds no tensor of two dimensions, (n, d); it has %s", path, names.data);
	return rq_fail(err, RQ_E_DATA, "%s: holds %zu tensors of two dimensions; choose one by \"%s:NAME\": it has %s", path, matrices, path, names.data);
}

static enum rq_status read_tensor(struct rq_vector_file *file, struct rq_bytes *bytes, const struct rq_tensor *tensor, struct rq_error *err)
{
	const char *type = rq_number_name(tensor->type);

	if (type == NULL)
		return rq_fail(err, RQ_E_DATA, "%s: tensor \"%s\" is of type %s; expected F16, BF16, F32, F64, I8, U8 or I32", bytes->path,
		               shown(tensor).text, rq_tensor_type_name(tensor->type));
	if (tensor->dimensions != 2)
		return rq_fail(err, RQ_E_DATA, "%s: tensor \"%s\" has %zu dimension%s; expected two, (n, d), one row a record", bytes->path,
		               shown(tensor).text, tensor->dimensions, tensor->dimensions == 1 ? "" : "s");
	if (tensor->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: tensor \"%s\" of shape (%zu, %zu) holds no vectors; expected at least one row and one column",
		               bytes->path, shown(tensor).text, tensor->shape[0], tensor->shape[1]);
	snprintf(file->type, sizeof file->type, "%s", type);
	snprintf(file->remark, sizeof file->remark, "tensor \"%s\"", shown(tensor).text);
	RQ_TRY(rq_bytes_skip(bytes, (size_t)tensor->offset - bytes->at, err));
	return rq_matrix_read(&file->vectors, bytes, &(struct rq_matrix){.type = tensor->type, .n = tensor->shape[0], .d = tensor->shape[1]}, err);
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_tensors_release) struct rq_tensors tensors = {0};
	const struct rq_tensor *tensor;

	RQ_TRY(read_header(&tensors, bytes, err));
	RQ_TRY(choose(&tensor, &tensors, bytes->path, array, err));
	return read_tensor(file, bytes, tensor, err);
}

/* One tensor, "vectors". Its numbers begin at a multiple of 8, as other writers have them. */
static enum rq_status write_file(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	const struct rq_vectors *vectors = &file->vectors;
	size_t count = vectors->n * vectors->d;
	char header[256];
	uint64_t length = (uint64_t)snprintf(header, sizeof header, "{\"vectors\":{\"dtype\":\"%s\",\"shape\":[%zu,%zu],\"data_offsets\":[0,%zu]}}",
	                                     rq_tensor_type_name(type), vectors->n, vectors->d, count * rq_tensor_type_size(type));

	while (length % 8 != 0)
		header[length++] = ' ';
	fwrite(&length, sizeof length, 1, out);
	fwrite(header, 1, (size_t)length, out);
	return rq_numbers_put(out, vectors->data, type, count, err);
}

/* The length may be that of much; only a header names types. */
static bool like_safetensors(const struct rq_glimpse *glimpse)
{
	static const char member[] = "\"dtype\"";

	return glimpse->size > RQ_TENSOR_LENGTH_BYTES + 1 && memcmp(glimpse->data + 5, "\0\0\0{", 4) == 0 &&
	       memmem(glimpse->data, glimpse->size, member, strlen(member)) != NULL;
}

const struct rq_vector_format rq_vector_format_safetensors = {
	.name = "safetensors",
	.help = "Hugging Face's tensors: FILE:NAME, or the only one of two dimensions",
	.endings = (const char *const[]){".safetensors", NULL},
	.types = {RQ_TENSOR_F32, RQ_TENSOR_F16, RQ_TENSOR_F64, RQ_TENSOR_I8, RQ_TENSOR_U8, RQ_TENSOR_I32},
	.type_count = 6,
	.arrays = true,
	.looks_like = like_safetensors,
	.read = read_file,
	.write = write_file,
};
