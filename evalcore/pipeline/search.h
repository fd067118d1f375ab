/* The search stage: an index built, opened or found in the cache, and what it answers for every topic. */
#ifndef RQ_PIPELINE_SEARCH_H
#define RQ_PIPELINE_SEARCH_H

#include "evalcore/pipeline/embedding.h"

/* What one side is searched with. */
struct rq_searcher {
	const struct rq_side_config *side;
	const struct rq_corpus *corpus; /* the documents that the embedding has vectors of */
	const struct rq_embedding *embedding;
	struct rq_index *index;      /* NULL until something needs it: cached answers do without */
	struct rq_ids index_ids;     /* id map of an opened index file, or what a retriever has answered; empty: rows are those of the corpus */
	struct rq_vectors vectors;   /* of the file that an exact search compares with; none: the embedding's */
	bool named;                  /* the rows of an opened file have ids of their own */
	uint32_t *tie_rank;          /* of each index row: rank of its id in byte order */
	size_t rows;
	struct rq_key key;           /* of the index: everything that determines it */
	struct rq_cache *cache;
	char sha256[RQ_SHA256_HEX];  /* of the index file, or of the built index as its library writes it; "" until known */
	double build_seconds;        /* where `built` */
	uint64_t file_bytes;         /* of an opened index file */
	int64_t file_built;          /* seconds since 1970: what the config says, or else when the file was written */
	bool built, from_cache;      /* how the index came to be, if it is there */
	size_t shown, recognised;    /* of an opened file: documents whose own vectors were searched, and that were among the first answers */
};

RQ_MUST_USE enum rq_status rq_searcher_init(struct rq_searcher *searcher, const struct rq_side_config *side, const struct rq_corpus *corpus,
                                            const struct rq_embedding *embedding, struct rq_cache *cache, struct rq_error *err);
void rq_searcher_release(struct rq_searcher *searcher);

/* Opens, loads or builds the index unless that was done, and applies the search parameters. */
RQ_MUST_USE enum rq_status rq_searcher_ready(struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err);

/* The k best rows for every topic, cached. */
RQ_MUST_USE enum rq_status rq_searcher_search(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t k,
                                              struct rq_progress *progress, struct rq_error *err);

/* The same search once more: of an index that is built here in a second build with the next seed, which is not kept. Its answers are cached for
 * themselves. */
RQ_MUST_USE enum rq_status rq_searcher_search_again(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t k,
                                                    struct rq_progress *progress, struct rq_error *err);
bool rq_searcher_rebuilds(const struct rq_searcher *searcher); /* whether that takes a second build */
bool rq_searcher_find_again(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t k); /* in the cache */

/* Of an index that is built here: build number `build` > 0, with the seed so many further. Build 1 is the one above. */
RQ_MUST_USE enum rq_status rq_searcher_search_build(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t build, size_t k,
                                                    struct rq_progress *progress, struct rq_error *err);
bool rq_searcher_find_build(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t build, size_t k);

/* The exact answer for the topics listed (NULL: all of them), cached. Lists of topics that are left out are empty. */
RQ_MUST_USE enum rq_status rq_searcher_exact(struct rq_neighbours *out, bool *cached, const struct rq_searcher *searcher, const uint32_t *topics,
                                             size_t topic_count, size_t k, struct rq_progress *progress, struct rq_error *err);

/* Look-ups in the cache, which compute nothing: is the index there; are the answers of the two searches above? Release them. */
bool rq_searcher_index_cached(const struct rq_searcher *searcher);
bool rq_searcher_find(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t k);
RQ_MUST_USE enum rq_status rq_searcher_find_exact(struct rq_neighbours *out, bool *found, const struct rq_searcher *searcher, const uint32_t *topics,
                                                  size_t topic_count, size_t k, struct rq_error *err);

/* Makes searcher->sha256 known, from the cache where it is there. For backends that store. */
RQ_MUST_USE enum rq_status rq_searcher_sha256(struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err);

/* Bytes of its file, or of the one that its library would write. For backends that store. */
RQ_MUST_USE enum rq_status rq_searcher_bytes(double *bytes, struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err);

/* Lists of neighbours in the cache. */
bool rq_answers_find(struct rq_neighbours *out, struct rq_cache *cache, const struct rq_key *key, size_t queries, size_t k);
void rq_answers_keep(struct rq_cache *cache, const struct rq_key *key, const struct rq_neighbours *neighbours);

/* Is an exact search of n rows within the budget? *seconds (may be NULL) is what it is expected to take. */
bool rq_exact_affordable(double *seconds, size_t n, size_t d, size_t queries, double budget);

/* Id of an index row. */
const char *rq_searcher_id(const struct rq_searcher *searcher, uint32_t row);

#endif
