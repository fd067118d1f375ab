/* Search by words: what a side of index.kind "bm25" is searched with, and the plain BM25 beside every report on text. */
#ifndef RQ_PIPELINE_LEXICAL_H
#define RQ_PIPELINE_LEXICAL_H

#include "evalcore/lexical/bm25.h"
#include "evalcore/model/dataset.h"
#include "evalcore/pipeline/cache.h"

/* Everything is borrowed but index, reader and tie_rank. */
struct rq_lexical_searcher {
	const struct rq_bm25_options *options; /* NULL: there is no such searcher */
	const struct rq_corpus *corpus;
	const struct rq_topics *topics;
	struct rq_cache *cache;
	struct rq_key key;             /* of the index: texts, ids, options, versions */
	struct rq_bm25 *index;         /* NULL until something needs it: cached answers do without */
	struct rq_bm25_reader *reader; /* of the index, for single queries */
	double build_seconds;          /* where there is an index */
	uint32_t *tie_rank;            /* of each document: rank of its id in byte order */
};

void rq_lexical_searcher_init(struct rq_lexical_searcher *searcher, const struct rq_bm25_options *options, const struct rq_corpus *corpus,
                              const struct rq_topics *topics, struct rq_cache *cache);
void rq_lexical_searcher_release(struct rq_lexical_searcher *searcher);

/* Are they of one index and one search? False where either is none. */
bool rq_lexical_searcher_same(const struct rq_lexical_searcher *a, const struct rq_lexical_searcher *b);

/* Builds the index unless that was done. */
RQ_MUST_USE enum rq_status rq_lexical_searcher_ready(struct rq_lexical_searcher *searcher, struct rq_progress *progress, struct rq_error *err);

/* The k best documents for every topic, in strcmp order of topic, cached. Lists end where no word is shared. */
RQ_MUST_USE enum rq_status rq_lexical_searcher_search(struct rq_neighbours *out, bool *cached, struct rq_lexical_searcher *searcher, size_t k,
                                                      struct rq_progress *progress, struct rq_error *err);

/* The cached answer, which is all that this looks for. Release it. */
bool rq_lexical_searcher_find(struct rq_neighbours *out, const struct rq_lexical_searcher *searcher, size_t k);

/* "bm25 k1=1.2 b=0.75 language=english"; NULL where memory runs out. */
const char *rq_lexical_description(struct rq_arena *arena, const struct rq_bm25_options *options);

#endif
