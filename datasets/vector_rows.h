/* Rows of a file of vectors, read where they stand: a few of a file that is larger than the memory, or all of them in blocks. What is no plain matrix
 * (compressed, text, column by column) is loaded as a whole. */
#ifndef RQ_DATASETS_VECTOR_ROWS_H
#define RQ_DATASETS_VECTOR_ROWS_H

#include "datasets/bytes.h"
#include "evalcore/base/tensors.h"
#include "evalcore/model/vectors.h"

#include <stdbool.h>

/* Zero-initialise; release in any case. */
struct rq_vector_rows {
	size_t n, d;
	bool plain;    /* they are read where they stand */
	char mark[5];  /* of FAISS's flat index, "IxFI"; "" of others */
	/* internal */
	struct rq_bytes bytes;
	enum rq_tensor_type type;
	size_t start;  /* of the first row */
	struct rq_vectors whole;
};

/* E_DATA, E_IO, as rq_vectors_load(). Numbers may be NaN or infinite where it is plain. */
RQ_MUST_USE enum rq_status rq_vector_rows_open(struct rq_vector_rows *rows, const char *path, struct rq_error *err);
/* The same, only where it is plain; else *rows stays empty, whatever the reason. */
RQ_MUST_USE enum rq_status rq_vector_rows_open_plain(struct rq_vector_rows *rows, const char *path, struct rq_error *err);
void rq_vector_rows_release(struct rq_vector_rows *rows);
/* `count` x d floats, row-major. Thread-safe. E_DATA: the file has become shorter, or float32 cannot hold a number. */
RQ_MUST_USE enum rq_status rq_vector_rows_read(float *out, struct rq_vector_rows *rows, size_t first, size_t count, struct rq_error *err);
/* Rows of a block of a megabyte. */
size_t rq_vector_rows_block(const struct rq_vector_rows *rows);
/* All numbers are finite: E_DATA names the first that is not. Once through the file. */
RQ_MUST_USE enum rq_status rq_vector_rows_check(struct rq_vector_rows *rows, struct rq_error *err);

#endif
