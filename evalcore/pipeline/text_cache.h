/* Embeddings kept per text, so that one changed document costs one embedding. One file an embedder fingerprint, of fixed-size records
 * (key, vector, checksum) behind a head that says their size; they are only appended, each key once. A damaged or half-written record
 * is passed over. Two processes may append at once (flock). */
#ifndef RQ_PIPELINE_TEXT_CACHE_H
#define RQ_PIPELINE_TEXT_CACHE_H

#include "evalcore/pipeline/cache.h"

struct rq_text_cache {
	char *folder, *path; /* NULL: no cache */
	size_t dimension;
	struct rq_buf content;
	uint32_t *slots; /* by key: numbers of records, then of those that came later */
	size_t slot_count, record_count;
	struct rq_key *later; /* keys of records that this process or another has appended since the file was read */
	size_t later_count, later_capacity;
	uint64_t inode, known; /* the file, and how many of its bytes the keys above are of */
	struct rq_arena arena;
};

/* Reads what is there for this fingerprint. Without a cache, an empty one. */
RQ_MUST_USE enum rq_status rq_text_cache_open(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension,
                                              struct rq_error *err);
/* The vector (dimension floats, not aligned), or NULL. */
const void *rq_text_cache_find(const struct rq_text_cache *texts, const struct rq_key *key);
/* Has nobody added to the file, nor made it anew, since it was read? */
bool rq_text_cache_is_current(const struct rq_text_cache *texts);
/* Bytes of one record. */
size_t rq_text_record_size(size_t dimension);
/* Appends records: keys[i] -> vectors + i * dimension, but those of keys that are there by now. A failure is noted in the cache. */
void rq_text_cache_append(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *keys, const float *vectors, size_t count);
void rq_text_cache_release(struct rq_text_cache *texts);

/* Makes a file anew with the records of these keys alone. Not where they are half of it or more, nor where another process appends just now.
 * *dropped: records that went. A failure to write is noted in the cache. */
RQ_MUST_USE enum rq_status rq_text_cache_keep(size_t *dropped, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension,
                                              const struct rq_key *keys, size_t count, struct rq_error *err);

/* Held while a file of the folder is read, changed or removed. The lock is on the folder, whose inode stays the same while files in it are made anew.
 * -1 where the file system has no locks: then a reader may meet half a record, which costs an embedding. */
int rq_text_cache_lock(const char *folder);
void rq_text_cache_unlock(int lock);

/* Counts the records of a file and the damaged ones; half a record at the end is one of them, and so is a damaged head. E_IO. */
RQ_MUST_USE enum rq_status rq_text_cache_check(size_t *records, size_t *damaged, const char *folder, const char *path, struct rq_error *err);
/* Makes the file anew without its damaged records, and with one of each key. */
RQ_MUST_USE enum rq_status rq_text_cache_mend(const char *folder, const char *path, struct rq_error *err);

#endif
