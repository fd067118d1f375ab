#include "datasets/vector_rows.h"

#include "datasets/datasets.h"
#include "datasets/parsers.h"
#include "datasets/vector_file.h"
#include "datasets/vectors/npy.h"
#include "datasets/vectors/numbers.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 20, MARK = 4, FAISS_HEADER = 45, METRIC_AT = 33, NUMBERS_AT = 37 };

/* ---- where the rows begin ---- */

static enum rq_status find_npy(struct rq_matrix *matrix, struct rq_bytes *bytes, struct rq_error *err)
{
	struct rq_npy npy;

	RQ_TRY(rq_npy_header(&npy, bytes, err));
	return rq_npy_matrix(matrix, &npy, bytes->path, err);
}

/* Rows and columns, uint32 each. */
static enum rq_status find_bin(struct rq_matrix *matrix, struct rq_bytes *bytes, const struct rq_vector_format *format, struct rq_error *err)
{
	uint32_t head[2];

	if (bytes->size < sizeof head)
		return rq_fail(err, RQ_E_DATA, "%s: too short", bytes->path);
	RQ_TRY(rq_bytes_read(head, bytes, sizeof head, err));
	*matrix = (struct rq_matrix){.type = format->types[0], .n = head[0], .d = head[1]};
	return RQ_OK;
}

/* IndexFlatIP and IndexFlatL2 (faiss/impl/index_write.cpp); what is below a map of ids is in another order than its labels say. */
static enum rq_status find_faiss(struct rq_matrix *matrix, char mark[MARK + 1], struct rq_bytes *bytes, struct rq_error *err)
{
	unsigned char head[FAISS_HEADER];
	int32_t d, metric;
	int64_t n;
	uint64_t numbers;

	if (bytes->size < sizeof head)
		return rq_fail(err, RQ_E_DATA, "%s: too short", bytes->path);
	RQ_TRY(rq_bytes_read(head, bytes, sizeof head, err));
	memcpy(mark, head, MARK);
	memcpy(&d, head + MARK, sizeof d);
	memcpy(&n, head + MARK + sizeof d, sizeof n);
	memcpy(&metric, head + METRIC_AT, sizeof metric);
	memcpy(&numbers, head + NUMBERS_AT, sizeof numbers);
	bool known = (strcmp(mark, "IxFI") == 0 && metric == 0) || (strcmp(mark, "IxF2") == 0 && metric == 1);
	if (!known || d < 1 || n < 1 || numbers / (uint64_t)d != (uint64_t)n)
		return rq_fail(err, RQ_E_DATA, "%s: no flat index", bytes->path);
	*matrix = (struct rq_matrix){.type = RQ_TENSOR_F32, .n = (size_t)n, .d = (size_t)d};
	return RQ_OK;
}

static enum rq_status find_rows(struct rq_matrix *matrix, struct rq_vector_rows *rows, const struct rq_vector_format *format, struct rq_error *err)
{
	static const char *const bins[] = {"fbin", "f16bin", "u8bin", "i8bin"};

	if (strcmp(format->name, "npy") == 0)
		return find_npy(matrix, &rows->bytes, err);
	if (strcmp(format->name, "faiss") == 0)
		return find_faiss(matrix, rows->mark, &rows->bytes, err);
	for (size_t i = 0; i < sizeof bins / sizeof *bins; i++)
		if (strcmp(format->name, bins[i]) == 0)
			return find_bin(matrix, &rows->bytes, format, err);
	return rq_fail(err, RQ_E_DATA, "%s: no plain matrix", rows->bytes.path);
}

/* Behind its header the file is the matrix, to the last byte. */
static bool is_plain(struct rq_vector_rows *rows, const struct rq_matrix *matrix)
{
	size_t size;

	return matrix->n > 0 && matrix->d > 0 && !matrix->by_columns && !matrix->swapped && rq_matrix_bytes(&size, matrix) &&
	       rows->bytes.size - rows->bytes.at == size;
}

enum rq_status rq_vector_rows_open_plain(struct rq_vector_rows *rows, const char *path, struct rq_error *err)
{
	const struct rq_vector_format *format = NULL;
	struct rq_matrix matrix = {0};
	struct rq_error why = {0};

	*rows = (struct rq_vector_rows){.bytes = {.fd = -1}};
	enum rq_status status = rq_vector_format_of(&format, path, &why);
	if (status == RQ_OK && format != NULL)
		status = rq_bytes_open(&rows->bytes, path, &why);
	if (status == RQ_OK && format != NULL && rows->bytes.packing == RQ_PACKED_NOT)
		status = find_rows(&matrix, rows, format, &why);
	rows->plain = status == RQ_OK && is_plain(rows, &matrix);
	if (!rows->plain) { /* who loads it as a whole tells what is wrong with it */
		rq_bytes_release(&rows->bytes);
		*rows = (struct rq_vector_rows){.bytes = {.fd = -1}};
		return status == RQ_E_NOMEM ? rq_fail_memory(err) : RQ_OK;
	}
	rows->n = matrix.n;
	rows->d = matrix.d;
	rows->type = matrix.type;
	rows->start = rows->bytes.at;
	return RQ_OK;
}

enum rq_status rq_vector_rows_open(struct rq_vector_rows *rows, const char *path, struct rq_error *err)
{
	struct rq_ids own = {0};

	RQ_TRY(rq_vector_rows_open_plain(rows, path, err));
	if (rows->plain)
		return RQ_OK;
	enum rq_status status = rq_vectors_load(&rows->whole, &own, NULL, path, err);
	rq_ids_release(&own);
	rows->n = rows->whole.n;
	rows->d = rows->whole.d;
	return status;
}

void rq_vector_rows_release(struct rq_vector_rows *rows)
{
	if (rows->plain)
		rq_bytes_release(&rows->bytes);
	rq_vectors_release(&rows->whole);
	*rows = (struct rq_vector_rows){.bytes = {.fd = -1}};
}

/* ---- the rows ---- */

size_t rq_vector_rows_block(const struct rq_vector_rows *rows)
{
	size_t count = BLOCK / (rows->d * sizeof(float));

	return count == 0 ? 1 : count < rows->n ? count : rows->n;
}

/* Numbers of another type than float32, by way of the bytes that they stand in. */
static enum rq_status read_converted(float *out, struct rq_vector_rows *rows, size_t first, size_t count,
                                     struct rq_error *err)
{
	size_t row_size = rows->d * rq_tensor_type_size(rows->type), block_rows = rq_vector_rows_block(rows);
	size_t most = block_rows < count ? block_rows : count;
	RQ_CLEANUP(rq_free_pointer) void *block = malloc(most * row_size + 1);

	if (block == NULL)
		return rq_fail_memory(err);
	for (size_t done = 0, now; done < count; done += now) {
		now = count - done < most ? count - done : most;
		RQ_TRY(rq_bytes_look(block, &rows->bytes, rows->start + (first + done) * row_size, now * row_size, err));
		size_t beyond = rq_numbers_floats(out + done * rows->d, block, rows->type, now * rows->d);
		if (beyond < now * rows->d)
			return rq_numbers_fail(err, rows->bytes.path, rows->type, first + done + beyond / rows->d, beyond % rows->d);
	}
	return RQ_OK;
}

enum rq_status rq_vector_rows_read(float *out, struct rq_vector_rows *rows, size_t first, size_t count,
                                   struct rq_error *err)
{
	size_t size = rows->d * sizeof *out;

	if (rows->plain && rows->type != RQ_TENSOR_F32)
		return read_converted(out, rows, first, count, err);
	if (rows->plain)
		return rq_bytes_look(out, &rows->bytes, rows->start + first * size, count * size, err);
	memcpy(out, rows->whole.data + first * rows->d, count * size);
	return RQ_OK;
}

enum rq_status rq_vector_rows_check(struct rq_vector_rows *rows, struct rq_error *err)
{
	struct rq_vectors block = {.d = rows->d};
	size_t most = rq_vector_rows_block(rows);

	if (!rows->plain || rows->type == RQ_TENSOR_I8 || rows->type == RQ_TENSOR_U8) /* that was done when it was loaded; bytes are numbers all */
		return RQ_OK;
	RQ_CLEANUP(rq_free_pointer) float *data = rq_alloc_aligned(most * rows->d, sizeof *data);
	if (data == NULL)
		return rq_fail_memory(err);
	block.data = data;
	for (size_t first = 0; first < rows->n; first += block.n) {
		RQ_TRY(rq_cancel_check(err));
		block.n = rows->n - first < most ? rows->n - first : most;
		RQ_TRY(rq_vector_rows_read(data, rows, first, block.n, err));
		RQ_TRY(rq_vectors_check_finite(&block, first, rows->bytes.path, err));
	}
	return RQ_OK;
}
