/* .fbin, .f16bin, .u8bin, .i8bin and .ibin, the files of big-ann-benchmarks (Simhadri et al., NeurIPS 2021; benchmark/dataset_io.py) and of RAPIDS
 * cuVS: the numbers of rows and columns as uint32, then the rows. Its ground truths are .bin or .ibin files of the same beginning, ids (uint32) and
 * after all of them distances (float32); those of range searches have the numbers of queries and of results, how many results each query has, ids and
 * distances. */
#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"

#include <stdio.h>
#include <string.h>

enum { HEADER = 2 * sizeof(uint32_t) };

struct header {
	uint32_t n, d;
};

static enum rq_status read_header(struct header *header, struct rq_bytes *bytes, struct rq_error *err)
{
	if (bytes->size < HEADER)
		return rq_fail(err, RQ_E_DATA, "%s: %zu bytes; expected the numbers of rows and columns (uint32 each), then the rows", bytes->path,
		               bytes->size);
	RQ_TRY(rq_bytes_read(header, bytes, HEADER, err));
	if (header->n == 0 || header->d == 0)
		return rq_fail(err, RQ_E_DATA, "%s: %u rows of %u columns hold no vectors; expected at least one of each", bytes->path, (unsigned)header->n,
		               (unsigned)header->d);
	return RQ_OK;
}

/* Bytes of n x d numbers of `width` each behind the header; SIZE_MAX where no file has as many. */
static size_t bytes_of(const struct header *header, size_t width)
{
	size_t size;

	return __builtin_mul_overflow((size_t)header->n * header->d, width, &size) ? SIZE_MAX : size;
}

static enum rq_status read_rows(struct rq_vector_file *file, struct rq_bytes *bytes, const struct header *header, enum rq_tensor_type type,
                                struct rq_error *err)
{
	const struct rq_matrix matrix = {.type = type, .n = header->n, .d = header->d};

	snprintf(file->type, sizeof file->type, "%s", rq_number_name(type));
	return rq_matrix_read(&file->vectors, bytes, &matrix, err);
}

static enum rq_status fail_size(const struct rq_bytes *bytes, const struct header *header, size_t wanted, const char *type, struct rq_error *err)
{
	size_t present = bytes->size - HEADER;

	if (wanted == SIZE_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: its header says %u rows of %u numbers, more than any file holds; copy or write the file again",
		               bytes->path, (unsigned)header->n, (unsigned)header->d);
	return rq_fail(err, RQ_E_DATA,
	               "%s: %s: expected %zu bytes after the header for %u rows of %u numbers of type %s, found %zu; copy or write the file again",
	               bytes->path, present < wanted ? "cut short" : "too long", wanted, (unsigned)header->n, (unsigned)header->d, type, present);
}

static bool fits_rows(const struct rq_vector_format *format, const unsigned char first[RQ_VECTOR_FIRST], size_t size)
{
	struct header header;

	memcpy(&header, first, sizeof header);
	return size > HEADER && size - HEADER == bytes_of(&header, rq_tensor_type_size(format->types[0]));
}

static bool fits_rows_or_truth(const struct rq_vector_format *format, const unsigned char first[RQ_VECTOR_FIRST], size_t size)
{
	struct header header;

	memcpy(&header, first, sizeof header);
	return fits_rows(format, first, size) || (size > HEADER && size - HEADER == bytes_of(&header, 8));
}

static enum rq_status read_bin(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	enum rq_tensor_type type = file->format->types[0];
	struct header header;

	(void)array;
	RQ_TRY(read_header(&header, bytes, err));
	size_t wanted = bytes_of(&header, rq_tensor_type_size(type));
	if (bytes->size - HEADER != wanted)
		return fail_size(bytes, &header, wanted, rq_number_name(type), err);
	return read_rows(file, bytes, &header, type, err);
}

static enum rq_status write_bin(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	const struct rq_vectors *vectors = &file->vectors;
	const struct header header = {(uint32_t)vectors->n, (uint32_t)vectors->d};

	if (vectors->n > UINT32_MAX || vectors->d > UINT32_MAX)
		return rq_fail(err, RQ_E_DATA, "%zu rows of %zu numbers are more than .%s can say; write .npy instead", vectors->n, vectors->d,
		               file->format->name);
	fwrite(&header, sizeof header, 1, out);
	return rq_numbers_put(out, vectors->data, type, vectors->n * vectors->d, err);
}

/* ---- ground truth ---- */

/* `array` is "ids" or "distances". */
static enum rq_status read_truth(struct rq_vector_file *file, struct rq_bytes *bytes, const struct header *header, const char *array,
                                 struct rq_error *err)
{
	bool ids = array != NULL && strcmp(array, "ids") == 0, distances = array != NULL && strcmp(array, "distances") == 0;

	if (!ids && !distances)
		return rq_fail(err, RQ_E_DATA,
		               "%s: a ground truth, no vectors: ids and distances of %u neighbours each of %u queries; %s \"%s:ids\" or \"%s:distances\"",
		               bytes->path, (unsigned)header->d, (unsigned)header->n, array == NULL ? "to read one of them as a matrix name" : "expected",
		               bytes->path, bytes->path);
	snprintf(file->remark, sizeof file->remark, "%s of a ground truth", array);
	if (distances)
		RQ_TRY(rq_bytes_skip(bytes, bytes_of(header, sizeof(uint32_t)), err));
	return read_rows(file, bytes, header, ids ? RQ_TENSOR_I32 : RQ_TENSOR_F32, err);
}

/* As long as a ground truth of range searches, whose second number is that of all results, the sum of the counts that follow. */
static enum rq_status fail_range_truth(struct rq_bytes *bytes, const struct header *header, struct rq_error *err)
{
	uint32_t counts[1024];
	uint64_t sum = 0;

	for (size_t left = header->n, count; left > 0; left -= count) {
		count = left < 1024 ? left : 1024;
		RQ_TRY(rq_bytes_read(counts, bytes, count * sizeof *counts, err));
		for (size_t i = 0; i < count; i++)
			sum += counts[i];
	}
	if (sum != header->d)
		return rq_fail(err, RQ_E_DATA,
		               "%s: as long as a ground truth of range searches of %u queries, whose counts would be %llu results, where its header says %u; "
		               "copy or write the file again",
		               bytes->path, (unsigned)header->n, (unsigned long long)sum, (unsigned)header->d);
	return rq_fail(err, RQ_E_DATA,
	               "%s: a ground truth of range searches, no vectors: %u results of %u queries, which have different numbers of them", bytes->path,
	               (unsigned)header->d, (unsigned)header->n);
}

/* Numbers of the format's type, or a ground truth: each has another size. */
static enum rq_status read_by_size(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	enum rq_tensor_type type = file->format->types[0];
	struct header header;

	RQ_TRY(read_header(&header, bytes, err));
	size_t present = bytes->size - HEADER;
	if (present == bytes_of(&header, 8))
		return read_truth(file, bytes, &header, array, err);
	if (array != NULL)
		return rq_fail(err, RQ_E_DATA, "\"%s:%s\": only a ground truth of neighbours has arrays with names; leave out \":%s\"", bytes->path, array,
		               array);
	if (present == bytes_of(&header, 4))
		return read_rows(file, bytes, &header, type, err);
	if (present == 4 * (uint64_t)header.n + 8 * (uint64_t)header.d)
		return fail_range_truth(bytes, &header, err);
	if (present == bytes_of(&header, 1) || present == bytes_of(&header, 2))
		return rq_fail(err, RQ_E_DATA, "%s: numbers of %s; name the file %s, which tells their type", bytes->path,
		               present == bytes_of(&header, 1) ? "one byte" : "two bytes", present == bytes_of(&header, 1) ? ".u8bin or .i8bin" : ".f16bin");
	return fail_size(bytes, &header, bytes_of(&header, 4), rq_number_name(type), err);
}

const struct rq_vector_format rq_vector_format_fbin = {
	.name = "fbin",
	.help = "big-ann-benchmarks: n and d, then rows of float32",
	.endings = (const char *const[]){".fbin", NULL},
	.types = {RQ_TENSOR_F32},
	.type_count = 1,
	.fits = fits_rows,
	.read = read_bin,
	.write = write_bin,
};

const struct rq_vector_format rq_vector_format_f16bin = {
	.name = "f16bin",
	.help = "the same, of float16",
	.endings = (const char *const[]){".f16bin", NULL},
	.types = {RQ_TENSOR_F16},
	.type_count = 1,
	.fits = fits_rows,
	.read = read_bin,
	.write = write_bin,
};

const struct rq_vector_format rq_vector_format_u8bin = {
	.name = "u8bin",
	.help = "the same, of uint8",
	.endings = (const char *const[]){".u8bin", NULL},
	.types = {RQ_TENSOR_U8},
	.type_count = 1,
	.fits = fits_rows,
	.read = read_bin,
	.write = write_bin,
};

const struct rq_vector_format rq_vector_format_i8bin = {
	.name = "i8bin",
	.help = "the same, of int8",
	.endings = (const char *const[]){".i8bin", NULL},
	.types = {RQ_TENSOR_I8},
	.type_count = 1,
	.fits = fits_rows,
	.read = read_bin,
	.write = write_bin,
};

const struct rq_vector_format rq_vector_format_ibin = {
	.name = "ibin",
	.help = "the same, of int32; or a ground truth, of which FILE:ids and FILE:distances can be read",
	.endings = (const char *const[]){".ibin", NULL},
	.types = {RQ_TENSOR_I32},
	.type_count = 1,
	.arrays = true,
	.fits = fits_rows_or_truth,
	.read = read_by_size,
	.write = write_bin,
};

const struct rq_vector_format rq_vector_format_bin = {
	.name = "bin",
	.help = "the same, of float32; or a ground truth: the size tells",
	.endings = (const char *const[]){".bin", NULL},
	.types = {RQ_TENSOR_F32},
	.type_count = 1,
	.arrays = true,
	.fits = fits_rows_or_truth,
	.read = read_by_size,
	.write = write_bin,
};
