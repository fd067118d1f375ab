/* Judgments made ready to be joined with many rankings: topics found by hash, the ids of documents hashed, grades sorted once. */
#ifndef RQ_MODEL_POOL_H
#define RQ_MODEL_POOL_H

#include "evalcore/model/dataset.h"

#define RQ_NO_TOPIC SIZE_MAX

struct rq_pool_topic {
	const struct rq_topic_judgments *judgments;
	const uint64_t *hashes; /* hashes[i]: rq_hash64 of judgments->judgments[i].document */
	const int32_t *judged;  /* grades >= 0, descending */
	size_t judged_count;
	size_t ideal_count;     /* grades > 0 */
	size_t first;           /* judgment i of this topic is number first + i among all qrels->judgments */
};

/* A place of the table of topics. */
struct rq_pool_slot {
	uint32_t hash, number; /* number: the topic's, plus 1; 0: empty */
};

struct rq_pool {
	const struct rq_qrels *qrels; /* borrowed */
	struct rq_pool_topic *topics; /* as qrels->topics: strcmp order */
	size_t count;
	/* internal */
	struct rq_pool_slot *slots;
	uint32_t slot_mask;
	uint32_t *next; /* next[t]: the topic whose judgments stand behind those of topic t in their file, as far as lines tell */
	struct rq_arena arena;
};

/* E_NOMEM; E_DATA beyond 2^30 topics. Reading is thread-safe. */
RQ_MUST_USE enum rq_status rq_pool_make(struct rq_pool *pool, const struct rq_qrels *qrels, struct rq_error *err);
void rq_pool_release(struct rq_pool *pool); /* zero-initialise */
/* Index of the topic, or RQ_NO_TOPIC. */
size_t rq_pool_find(const struct rq_pool *pool, const char *topic, size_t length);
/* The same, for rankings that come in the order of the judgments mostly: `last` is what was found before this, RQ_NO_TOPIC at first. */
size_t rq_pool_find_next(const struct rq_pool *pool, size_t last, const char *topic, size_t length);

#endif
