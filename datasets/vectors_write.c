/* Vectors and their ids as text: one id a line, CSV with the fewest digits that read back as the same float32; and .npy in memory. */
#include "datasets/vectors/npy.h"
#include "datasets/writers.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vector files are little-endian and are copied as they are");

enum rq_status rq_ids_print(struct rq_buf *out, const struct rq_ids *ids, struct rq_error *err)
{
	for (uint32_t i = 0; i < ids->count; i++) {
		rq_buf_puts(out, ids->names[i]);
		rq_buf_puts(out, "\n");
	}
	return rq_buf_check(out, err);
}

enum rq_status rq_npy_print(struct rq_buf *out, const struct rq_vectors *vectors, struct rq_error *err)
{
	rq_npy_begin(out, RQ_TENSOR_F32, vectors->n, vectors->d);
	rq_buf_add(out, vectors->data, vectors->n * vectors->d * sizeof *vectors->data);
	return rq_buf_check(out, err);
}

static void put_row(struct rq_buf *out, const char *id, const float *values, size_t d)
{
	if (id != NULL) {
		rq_csv_put(out, id);
		rq_buf_puts(out, ",");
	}
	for (size_t j = 0; j < d; j++) {
		rq_buf_puts(out, j == 0 ? "\"[" : ",");
		rq_buf_puts(out, rq_short_float(values[j]).text);
	}
	rq_buf_puts(out, "]\"\n");
}

enum rq_status rq_csv_write(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf row = {0};
	const struct rq_vectors *vectors = &file->vectors;

	(void)type;
	rq_buf_puts(&row, file->ids.count > 0 ? "id,embedding\n" : "embedding\n");
	for (size_t i = 0; i < vectors->n; i++) {
		put_row(&row, file->ids.count > 0 ? file->ids.names[i] : NULL, vectors->data + i * vectors->d, vectors->d);
		RQ_TRY(rq_buf_check(&row, err));
		fwrite(row.data, 1, row.size, out);
		rq_buf_clear(&row);
	}
	return RQ_OK;
}
