/* Embeddings kept per text, so that one changed document costs one embedding. One file an embedder fingerprint, of fixed-size records
 * (key, vector, checksum) that are only appended; a damaged or half-written record is passed over. Two processes may append at once (flock). */
#ifndef RQ_PIPELINE_TEXT_CACHE_H
#define RQ_PIPELINE_TEXT_CACHE_H

#include "evalcore/pipeline/cache.h"

struct rq_text_cache {
	char *folder, *path; /* NULL: no cache */
	size_t dimension;
	struct rq_buf content;
	uint32_t *slots; /* record numbers by key */
	size_t slot_count, record_count;
	struct rq_arena arena;
};

/* Reads what is there for this fingerprint. Without a cache, an empty one. */
RQ_MUST_USE enum rq_status rq_text_cache_open(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension, struct rq_error *err);
/* The vector (dimension floats, not aligned), or NULL. */
const void *rq_text_cache_find(const struct rq_text_cache *texts, const struct rq_key *key);
/* Bytes of one record. */
size_t rq_text_record_size(size_t dimension);
/* Appends records: keys[i] -> vectors + i * dimension. A failure is noted in the cache. */
void rq_text_cache_append(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *keys, const float *vectors, size_t count);
void rq_text_cache_release(struct rq_text_cache *texts);

#endif
