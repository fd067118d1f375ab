#include "evalcore/pipeline/lexical.h"

#include "evalcore/base/system.h"
#include "evalcore/embed/text/tokens.h"
#include "evalcore/pipeline/search.h"

#include <stdlib.h>
#include <string.h>

void rq_lexical_searcher_init(struct rq_lexical_searcher *searcher, const struct rq_bm25_options *options, const struct rq_corpus *corpus,
                              const struct rq_topics *topics, struct rq_cache *cache)
{
	struct rq_key key = {0};

	rq_key_add_text(&key, "bm25");
	rq_key_add_u64(&key, RQ_BM25_VERSION);
	rq_key_add_text(&key, rq_tokenizer_library());
	rq_key_add(&key, &options->k1, sizeof options->k1);
	rq_key_add(&key, &options->b, sizeof options->b);
	rq_key_add_text(&key, options->language);
	rq_key_add_u64(&key, options->stop_words);
	rq_key_add_u64(&key, corpus->count);
	for (size_t i = 0; i < corpus->count; i++) {
		rq_key_add_text(&key, corpus->documents[i].id); /* ids order equal scores */
		rq_key_add_text(&key, corpus->documents[i].text);
	}
	*searcher = (struct rq_lexical_searcher){.options = options, .corpus = corpus, .topics = topics, .cache = cache, .key = key};
}

void rq_lexical_searcher_release(struct rq_lexical_searcher *searcher)
{
	rq_bm25_reader_free(searcher->reader);
	rq_bm25_free(searcher->index);
	free(searcher->tie_rank);
	*searcher = (struct rq_lexical_searcher){0};
}

bool rq_lexical_searcher_same(const struct rq_lexical_searcher *a, const struct rq_lexical_searcher *b)
{
	return a->options != NULL && b->options != NULL && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

enum rq_status rq_lexical_searcher_ready(struct rq_lexical_searcher *searcher, struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_corpus *corpus = searcher->corpus;

	if (searcher->reader != NULL)
		return RQ_OK;
	RQ_TRY(rq_cancel_check(err));
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((corpus->count + 1) * sizeof *texts);
	if (texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	RQ_TRY(rq_tie_ranks(&searcher->tie_rank, corpus->ids.names, corpus->count, err));
	uint64_t started = rq_clock_ns();
	RQ_TRY(rq_bm25_build(&searcher->index, searcher->options, texts, corpus->count, progress, err));
	searcher->build_seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return rq_bm25_reader_new(&searcher->reader, searcher->index, err);
}

static struct rq_key answers_key(const struct rq_lexical_searcher *searcher, size_t k)
{
	struct rq_key key = searcher->key;

	for (size_t i = 0; i < searcher->topics->count; i++)
		rq_key_add_text(&key, searcher->topics->topics[i].text);
	rq_key_add_u64(&key, k);
	return key;
}

bool rq_lexical_searcher_find(struct rq_neighbours *out, const struct rq_lexical_searcher *searcher, size_t k)
{
	struct rq_key key = answers_key(searcher, k);

	return rq_answers_find(out, searcher->cache, &key, searcher->topics->count, k);
}

enum rq_status rq_lexical_searcher_search(struct rq_neighbours *out, bool *cached, struct rq_lexical_searcher *searcher, size_t k,
                                          struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_topics *topics = searcher->topics;
	struct rq_key key = answers_key(searcher, k);

	*cached = rq_answers_find(out, searcher->cache, &key, topics->count, k);
	if (*cached)
		return RQ_OK;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((topics->count + 1) * sizeof *texts);
	if (texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics->count; i++)
		texts[i] = topics->topics[i].text;
	RQ_TRY(rq_lexical_searcher_ready(searcher, progress, err));
	RQ_TRY(rq_neighbours_init(out, topics->count, k, err));
	RQ_TRY(rq_bm25_search(out, searcher->index, texts, topics->count, searcher->tie_rank, progress, err));
	rq_answers_keep(searcher->cache, &key, out);
	return RQ_OK;
}

const char *rq_lexical_description(struct rq_arena *arena, const struct rq_bm25_options *options)
{
	return rq_arena_printf(arena, "bm25 k1=%.15g b=%.15g language=%s%s", options->k1, options->b, options->language,
	                       options->stop_words ? "" : " stop_words=false");
}
