/* New chunks of a vault. They are written to packs (packs.h) aside, which get their names together once all of them are on the disk. */
#ifndef RQ_SNAPSHOT_CHUNKS_H
#define RQ_SNAPSHOT_CHUNKS_H

#include "evalcore/base/folder.h"
#include "evalcore/snapshot/packs.h"

/* Zero-initialise, open, put, commit; release in any case. What a killed process leaves is a folder
 * .new-packs.rqgate-XXXXXX beside that of the packs. */
struct rq_chunks {
	struct rq_packs *packs; /* borrowed; what is put is found there at once */
	struct rq_folder aside;
	struct rq_new_pack {
		int fd; /* -1: on the disk and closed */
		char *path;
		char name[RQ_SHA256_HEX];
	} *made; /* the last one may be still written to */
	size_t count, capacity;
	struct rq_buf index; /* of the last one */
	struct rq_direct_writer writer; /* of the last one */
	uint64_t bytes;       /* in the last one */
	bool open;
	unsigned char *scratch;
	size_t scratch_size;
	size_t added;
	uint64_t added_bytes;
};

/* E_IO. */
RQ_MUST_USE enum rq_status rq_chunks_open(struct rq_chunks *chunks, struct rq_packs *packs, struct rq_error *err);
/* Keeps data, whose digest is given. A chunk that is there is compared with it, byte by byte, and written anew where it is damaged. E_IO. */
RQ_MUST_USE enum rq_status rq_chunks_put(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, struct rq_error *err);
/* Writes it anew in any case. */
RQ_MUST_USE enum rq_status rq_chunks_add(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, struct rq_error *err);
/* What was put can be read from its packs: until then the end of the last one may be in memory. */
RQ_MUST_USE enum rq_status rq_chunks_finish(struct rq_chunks *chunks, struct rq_error *err);
/* All of it is on the disk, and has its names. */
RQ_MUST_USE enum rq_status rq_chunks_commit(struct rq_chunks *chunks, struct rq_error *err);
void rq_chunks_release(struct rq_chunks *chunks);

#endif
