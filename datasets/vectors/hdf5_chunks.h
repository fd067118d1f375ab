/* HDF5's data sets in chunks, as h5py writes them with compression="gzip" or chunks=...: rectangles of numbers, each of which may be shuffled (byte k
 * of all numbers together) and deflated, found by a tree. Format: "HDF5 File Format Specification", version 3.0, III.A.1, IV.A.2.i and IV.A.2.l. */
#ifndef RQ_DATASETS_VECTORS_HDF5_CHUNKS_H
#define RQ_DATASETS_VECTORS_HDF5_CHUNKS_H

#include "datasets/vectors/hdf5_file.h"
#include "datasets/vectors/numbers.h"

enum { RQ_HDF5_FILTERS = 4 };

/* What the messages of a data set say of its chunks. */
struct rq_hdf5_chunking {
	uint64_t tree;                   /* an address */
	size_t dimensions;               /* of a chunk, and one more: its numbers' width */
	uint64_t rows, columns, width;   /* of a chunk; bytes of a number */
	unsigned filters[RQ_HDF5_FILTERS]; /* in the order in which they were applied */
	size_t filter_count;
};

/* A message of layout or filters, past its first bytes that tell its version (and class). NULL, or why the data are not read. */
const char *rq_hdf5_chunk_layout(struct rq_hdf5_chunking *chunking, struct rq_hdf5_fields fields);
const char *rq_hdf5_chunk_filters(struct rq_hdf5_chunking *chunking, struct rq_hdf5_fields fields);

/* The matrix, of two dimensions that are not 0. That all chunks are there and inflate to their size is known before memory for it is taken. */
RQ_MUST_USE enum rq_status rq_hdf5_chunks_read(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct rq_hdf5_chunking *chunking,
                                               const struct rq_matrix *matrix, const char *name, struct rq_error *err);

#endif
