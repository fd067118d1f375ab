/* safetensors: the header of a file of named tensors, checked, and numbers of its types as floats. A file is eight bytes (the header's size,
 * little-endian), the header (JSON: name -> dtype, shape, data_offsets) and the data, which the tensors fill without gap or overlap. Format: the
 * README of Hugging Face's safetensors. No function here reads a file. */
#ifndef RQ_BASE_TENSORS_H
#define RQ_BASE_TENSORS_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum rq_tensor_type {
	RQ_TENSOR_BOOL, RQ_TENSOR_U8, RQ_TENSOR_I8, RQ_TENSOR_F8_E5M2, RQ_TENSOR_F8_E4M3,
	RQ_TENSOR_F8_E8M0, RQ_TENSOR_I16, RQ_TENSOR_U16, RQ_TENSOR_F16, RQ_TENSOR_BF16, RQ_TENSOR_I32,
	RQ_TENSOR_U32, RQ_TENSOR_F32, RQ_TENSOR_C64, RQ_TENSOR_F64, RQ_TENSOR_I64, RQ_TENSOR_U64,
	RQ_TENSOR_TYPE_COUNT
};

enum { RQ_TENSOR_LENGTH_BYTES = 8, RQ_TENSOR_DIMENSIONS = 8 };

struct rq_tensor {
	const char *name;
	enum rq_tensor_type type;
	size_t dimensions; /* 0: a single number */
	size_t shape[RQ_TENSOR_DIMENSIONS];
	size_t count;      /* of numbers: the product of the shape */
	uint64_t offset;   /* of the first one, from the start of the file */
	uint64_t size;     /* bytes: count x the type's */
};

/* The tensors of a file, in the order of their data. A zeroed struct is empty. */
struct rq_tensors {
	struct rq_tensor *items;
	size_t count;
	struct rq_arena arena; /* of items and names */
};

/* Bytes of the header that follows `first`, the file's first eight bytes. E_DATA where the file of `file_size` bytes cannot hold it, or where it is
 * none: call it before memory is taken for the header. `path` names the file in messages. */
RQ_MUST_USE enum rq_status rq_tensors_header_size(size_t *size, const unsigned char first[RQ_TENSOR_LENGTH_BYTES], uint64_t file_size,
                                                  const char *path, struct rq_error *err);
/* Reads the header's `size` bytes. Every tensor lies within the file, is as large as type and shape say, and begins where the one before it ends; the
 * last ends with the file. Release it in either case. */
RQ_MUST_USE enum rq_status rq_tensors_read(struct rq_tensors *tensors, const char *header, size_t size, uint64_t file_size, const char *path,
                                           struct rq_error *err);
void rq_tensors_release(struct rq_tensors *tensors);

const struct rq_tensor *rq_tensors_find(const struct rq_tensors *tensors, const char *name); /* NULL: not there */
const char *rq_tensor_type_name(enum rq_tensor_type type);
size_t rq_tensor_type_size(enum rq_tensor_type type); /* bytes of one number */

/* Can rq_tensor_floats() read the type? F16, BF16, F32, F64, I8 and U8. */
bool rq_tensor_is_float_like(enum rq_tensor_type type);
/* Whether the float nearest to it is finite: the largest is written with digits that are a little larger. */
static inline bool rq_fits_float(double value)
{
	return value < 0x1.ffffffp127 && value > -0x1.ffffffp127;
}

/* `count` little-endian numbers of such a type, at any alignment, as floats. Returns the index of the first that is finite and does not fit,
 * at which it stops, or `count`. NaN and infinity are kept. */
RQ_MUST_USE size_t rq_tensor_floats(float *out, const void *data, enum rq_tensor_type type, size_t count);

#endif
