/* NumPy's arrays: what .npy files and the members of .npz files are. */
#ifndef RQ_DATASETS_VECTORS_NPY_H
#define RQ_DATASETS_VECTORS_NPY_H

#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"

/* A header. */
struct rq_npy {
	char descr[80]; /* the type: "<f4" */
	bool by_columns;
	size_t shape[2];
	size_t dimensions; /* those past the second are counted, not kept */
};

/* Reads up to the array. E_DATA where it is no header of NumPy's. */
RQ_MUST_USE enum rq_status rq_npy_header(struct rq_npy *npy, struct rq_bytes *bytes, struct rq_error *err);
/* What it says of the numbers. E_DATA where they are no matrix of a type that is read. */
RQ_MUST_USE enum rq_status rq_npy_matrix(struct rq_matrix *matrix, const struct rq_npy *npy, const char *path, struct rq_error *err);
/* The array that follows, to the last byte. */
RQ_MUST_USE enum rq_status rq_npy_array(struct rq_vector_file *file, struct rq_bytes *bytes, const struct rq_npy *npy, struct rq_error *err);
/* Appends the header of an array. */
void rq_npy_begin(struct rq_buf *out, enum rq_tensor_type type, size_t n, size_t d);

#endif
