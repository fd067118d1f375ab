/* Where the chunks of a vault are: in packs, files of many chunks each. A pack is written once and never changed:
 *
 *   the bytes of its chunks, one behind the other
 *   SHA256 BYTES       their index: a line for each, in the same order
 *   0000000000012345   how many bytes the index has: 16 digits and the end of the line
 *
 * It is named by the SHA-256 of its index, so that its name vouches for the index, and the index for every byte before it. */
#ifndef RQ_SNAPSHOT_PACKS_H
#define RQ_SNAPSHOT_PACKS_H

#include "evalcore/base/direct.h"
#include "evalcore/snapshot/manifest.h"

#include <stdatomic.h>

enum { RQ_PACK_END = 17 /* bytes of the last line */ };

/* One place where a chunk is. */
struct rq_place {
	uint64_t key[2];  /* 128 bits of its digest; all of it is compared with what is read */
	uint64_t offset;
	uint32_t bytes;
	uint32_t pack;
	uint32_t next;    /* place of the same bucket, from 1 on; 0: none */
};

struct rq_pack {
	const char *path; /* the arena's */
	size_t first, count; /* of its places */
	uint64_t bytes;   /* of its chunks */
	atomic_int fd, direct; /* + 1; 0: not open */
};

/* All packs of a folder. Zero-initialise, open; close in any case. */
struct rq_packs {
	bool on_disk; /* set before: memory lets go of them first, for whoever says that they are whole */
	const char *folder; /* the arena's */
	struct rq_pack *items;
	size_t count, capacity;
	struct rq_place *places;
	size_t place_count, place_capacity;
	uint32_t *buckets;
	size_t bucket_count; /* a power of two */
	const char **unreadable; /* packs without an index that can be believed, */
	const char **reasons;    /* and why */
	size_t unreadable_count;
	const char *denied; /* the reason of one that may be whole, for it could not even be opened; NULL: none */
	atomic_size_t open; /* descriptors */
	struct rq_arena arena;
};

/* Reads the indexes. A pack that is damaged is one of `unreadable`. E_IO: no folder. */
RQ_MUST_USE enum rq_status rq_packs_open(struct rq_packs *packs, const char *folder, struct rq_error *err);
void rq_packs_close(struct rq_packs *packs);

/* One more pack, without places yet. `path` is borrowed. */
RQ_MUST_USE enum rq_status rq_packs_add(struct rq_packs *packs, const char *path, struct rq_error *err);
/* One more place in the last pack. */
RQ_MUST_USE enum rq_status rq_packs_add_place(struct rq_packs *packs, const char *sha256, uint32_t bytes, struct rq_error *err);

/* The first place of a chunk, then the others; NULL: none. A place is what an index says, and the chunk may be damaged there. */
const struct rq_place *rq_packs_find(const struct rq_packs *packs, const struct rq_manifest_chunk *chunk);
const struct rq_place *rq_packs_next(const struct rq_packs *packs, const struct rq_place *place);

/* As far as its key tells. */
bool rq_place_is(const struct rq_place *place, const struct rq_manifest_chunk *chunk);

/* Reads the bytes of a place into `data`. Thread-safe. E_IO; E_DATA where the file has fewer. */
RQ_MUST_USE enum rq_status rq_place_read(void *data, struct rq_packs *packs, const struct rq_place *place, struct rq_error *err);
/* The same, and checks that they are the chunk. */
RQ_MUST_USE enum rq_status rq_place_check(void *data, struct rq_packs *packs, const struct rq_place *place, const struct rq_manifest_chunk *chunk,
                                          struct rq_error *err);
/* Is it behind the other, with nothing between them? */
bool rq_place_follows(const struct rq_place *place, const struct rq_place *before);
/* The bytes of places that follow each other, so many from the first on, past the page cache; whose bytes they are, the
 * caller finds out. Thread-safe, with a reader of its own for each thread. E_IO, E_DATA as above. */
RQ_MUST_USE enum rq_status rq_places_read(void *data, struct rq_direct_reader *reader, struct rq_packs *packs,
                                          const struct rq_place *first, size_t bytes, struct rq_error *err);
/* Reads a chunk from where it is whole into `data`, which has room for its bytes. Thread-safe. E_IO, also where it is in no pack
 * that could be opened; E_DATA where it is nowhere, or nowhere whole. */
RQ_MUST_USE enum rq_status rq_chunk_read(void *data, struct rq_packs *packs, const struct rq_manifest_chunk *chunk, struct rq_error *err);
/* Is it in a pack, as far as the index tells? E_DATA: it is not. */
RQ_MUST_USE enum rq_status rq_chunk_look(const struct rq_packs *packs, const struct rq_manifest_chunk *chunk, struct rq_error *err);

/* Do the chunks of each file make the file that the manifest tells of? E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_check_files(const struct rq_manifest *manifest, struct rq_packs *packs, struct rq_error *err);

#endif
