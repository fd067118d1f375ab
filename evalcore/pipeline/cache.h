/* The content-addressed cache: an entry is found by the hash of everything that went into it, and used only if its checksum holds. A damaged or
 * truncated entry is removed and made again. Entries appear by rename, so readers in other processes see whole ones. */
#ifndef RQ_PIPELINE_CACHE_H
#define RQ_PIPELINE_CACHE_H

#include "evalcore/base/file.h"
#include "evalcore/base/hash.h"

enum { RQ_CACHE_USES_MAX = 256 };

/* An entry that this process read or wrote. */
struct rq_cache_use {
	const char *kind;
	struct rq_key key;
};

struct rq_cache {
	const char *folder; /* NULL: no cache; every look-up misses, every put does nothing */
	bool read_only;     /* look-ups only: nothing is made, mended or removed */
	bool marked;        /* the folder is there and says whose it is */
	size_t damaged;     /* entries that were found damaged and removed */
	struct rq_cache_use uses[RQ_CACHE_USES_MAX]; /* what eviction spares; beyond so many, the time of use alone speaks for an entry */
	size_t use_count;
	struct rq_error write_error; /* the first failed write; a cache that cannot be written costs time, never the result. status RQ_OK: none */
};

/* Appends the payload to out. False: not there, or damaged. `kind` is a literal from cache_kinds.def: "model", "index". A hit sets the entry's time anew. */
bool rq_cache_get(struct rq_cache *cache, const char *kind, const struct rq_key *key, struct rq_buf *out);
void rq_cache_put(struct rq_cache *cache, const char *kind, const struct rq_key *key, const void *data, size_t size);

/* For payloads that a library reads and writes through a stream. Open positions the checked entry's stream at its payload (NULL: a miss). */
FILE *rq_cache_open(struct rq_cache *cache, const char *kind, const struct rq_key *key);
/* Begin, write the payload to output->stream, end. Begin false: there is no cache. */
bool rq_cache_begin(struct rq_cache *cache, struct rq_output *output, const char *kind, const struct rq_key *key);
void rq_cache_end(struct rq_cache *cache, struct rq_output *output);

/* Folder of a kind, made where missing; NULL without cache or memory, or where the folder is somebody else's. */
char *rq_cache_folder(struct rq_cache *cache, struct rq_arena *arena, const char *kind);
/* Remembers the first failed write. */
void rq_cache_note(struct rq_cache *cache, const struct rq_error *err);
void rq_cache_add_use(struct rq_cache *cache, const char *kind, const struct rq_key *key);

/* The stream of the entry at `path`, at its payload, where it is whole; else NULL. *damaged: it could be read and is not whole. */
FILE *rq_cache_open_file(const char *path, bool *damaged);

#endif
