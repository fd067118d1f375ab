/* The chunks of a vault: files below one folder, each named by the SHA-256 of its bytes, chunks/ab/ab12... What `cat` puts together in the order of a
 * manifest is the file. New ones are written aside and get their names together, once all of them are on the disk. */
#ifndef RQ_SNAPSHOT_CHUNKS_H
#define RQ_SNAPSHOT_CHUNKS_H

#include "evalcore/snapshot/manifest.h"

#include <stdatomic.h>

/* New chunks. Zero-initialise, open, put, commit; release in any case. What a killed process leaves is a folder .chunks.rqgate-XXXXXX. */
struct rq_chunks {
	const char *folder; /* borrowed */
	char *aside;
	int fd; /* of `aside` */
	atomic_size_t added;
	atomic_uint_fast64_t added_bytes;
};

#define RQ_CHUNKS_ASIDE ".chunks.rqgate-"

/* `above` is the folder that `folder` is in. E_IO. */
RQ_MUST_USE enum rq_status rq_chunks_open(struct rq_chunks *chunks, const char *folder, const char *above, struct rq_error *err);
/* Keeps data, whose digest is given. A chunk that is there is compared with it, byte by byte in `scratch`, which has room for as many, and written anew
 * where it is damaged. Thread-safe. E_IO. */
RQ_MUST_USE enum rq_status rq_chunks_put(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, void *scratch,
                                         struct rq_error *err);
RQ_MUST_USE enum rq_status rq_chunks_commit(struct rq_chunks *chunks, struct rq_error *err);
void rq_chunks_release(struct rq_chunks *chunks);

/* Is it there, of its size? Its bytes are not read. E_DATA: it is not; E_IO. */
RQ_MUST_USE enum rq_status rq_chunk_look(const char *folder, const struct rq_manifest_chunk *chunk, struct rq_error *err);
/* Reads a chunk into `data`, which has room for its bytes, and checks it. Thread-safe. E_IO; E_DATA where it is another. */
RQ_MUST_USE enum rq_status rq_chunk_read(void *data, const char *folder, const struct rq_manifest_chunk *chunk, struct rq_error *err);

#endif
