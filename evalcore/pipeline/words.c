/* Rankings of a search by words: a side of index.kind "bm25", and plain BM25, the yardstick that every report on text shows beside both sides. */
#include "evalcore/pipeline/stages.h"

#include <string.h>

/* Searches to the depth; with parents deeper and deeper until every topic has enough of them or no document shares a word. */
static enum rq_status rank(struct rq_run *run, bool *cached, struct rq_lexical_searcher *searcher, const struct rq_pipeline *pipeline,
                           enum rq_side side, size_t depth, struct rq_error *err)
{
	size_t short_of;

	for (size_t k = depth;;) {
		struct rq_neighbours found = {0};
		const struct rq_row_lists lists = {.neighbours = &found, .side = side, .corpus_rows = true, .words = true, .depth = depth};
		enum rq_status status = rq_lexical_searcher_search(&found, cached, searcher, k, pipeline->progress, err);
		if (status == RQ_OK)
			status = rq_stage_ranking(run, &short_of, pipeline, &lists, err);
		rq_neighbours_release(&found);
		k = status == RQ_OK ? rq_deeper(pipeline, searcher->corpus->count, short_of, k) : 0;
		if (k == 0)
			return status;
		rq_run_release(run);
	}
}

enum rq_status rq_words_find(bool *cached, size_t *k, const struct rq_lexical_searcher *searcher, const struct rq_pipeline *pipeline, enum rq_side side, size_t depth,
                             struct rq_error *err)
{
	size_t next = depth, short_of;

	do {
		struct rq_neighbours found = {0};
		struct rq_run run = {0};
		const struct rq_row_lists lists = {.neighbours = &found, .side = side, .corpus_rows = true, .words = true, .depth = depth};
		*k = next;
		*cached = rq_lexical_searcher_find(&found, searcher, next);
		enum rq_status status = *cached ? rq_stage_ranking(&run, &short_of, pipeline, &lists, err) : RQ_OK;
		rq_neighbours_release(&found);
		rq_run_release(&run);
		RQ_TRY(status);
		next = *cached ? rq_deeper(pipeline, searcher->corpus->count, short_of, next) : 0;
	} while (next > 0);
	return RQ_OK;
}

/* What the index was made of: the documents' texts as dataset.fields gives them, each ended by a zero byte. */
static enum rq_status describe_texts(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, side);
	RQ_CLEANUP(rq_buf_release) struct rq_buf texts = {0};
	char sha256[RQ_SHA256_HEX];

	for (size_t i = 0; i < corpus->count; i++)
		rq_buf_add(&texts, corpus->documents[i].text, strlen(corpus->documents[i].text) + 1);
	RQ_TRY(rq_buf_check(&texts, err));
	RQ_TRY(rq_sha256(sha256, texts.data, texts.size, err));
	return rq_add_input(&pipeline->comparison, pipeline->config->sides[side].name, "texts", sha256, err);
}

enum rq_status rq_stage_words(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	struct rq_lexical_searcher *searcher = &pipeline->lexical[side];
	struct rq_run *run = &pipeline->runs[side];
	size_t silent = 0;
	bool cached;

	rq_lexical_searcher_init(searcher, config->bm25, rq_side_corpus(pipeline, side), &pipeline->topics, &pipeline->cache);
	RQ_TRY(rank(run, &cached, searcher, pipeline, side, pipeline->cutoff, err));
	for (size_t i = 0; i < run->count; i++)
		silent += run->rankings[i].count == 0;
	if (silent > 0)
		RQ_TRY(rq_remark(&pipeline->comparison, true, err, "%zu topics share no word with any document of the %s's corpus: their rankings are empty",
		                 silent, config->name));
	RQ_TRY(describe_texts(pipeline, side, err));
	return rq_add_cache_use(&pipeline->comparison, config->name, "index", err, "%s; answers %s", searcher->index == NULL ? "not built yet" : "built",
	                        cached ? "cached" : "searched");
}

/* ---- the yardstick ---- */

/* Why there is nothing to search, or nothing to search for; NULL: there is. A topic always has text. */
static const char *absence(const struct rq_pipeline *pipeline)
{
	const struct rq_corpus *corpus = &pipeline->corpora[RQ_BASELINE];

	if (corpus->count == 0 || pipeline->topics.count == 0)
		return "not measured: it takes a corpus and topics";
	return corpus->empty == corpus->count ? "not measured: no document has text" : NULL;
}

/* The language that the side's words are in, as far as its config says. */
static const char *language_of(const struct rq_side_config *side, const char *otherwise)
{
	if (side->bm25 != NULL)
		return side->bm25->language;
	for (const struct rq_option *option = rq_side_has_vectors(side) ? side->embedder->options : NULL; option != NULL && option->name != NULL;
	     option++)
		if (strcmp(option->name, "language") == 0 && option->type == RQ_OPTION_STRING)
			memcpy(&otherwise, (const char *)side->embedder_options + option->offset, sizeof otherwise);
	return otherwise;
}

static enum rq_status standard_options(struct rq_bm25_options *options, struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *none = rq_json_new_object();

	if (none == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_options_parse(options, rq_bm25_options, none, "bm25", ".", &pipeline->comparison.arena, err));
	options->language = language_of(&pipeline->config->sides[RQ_BASELINE], options->language);
	return RQ_OK;
}

/* As deep as the sides; two run files are as deep as they are, and the metrics may look deeper still. */
static size_t depth_of(const struct rq_pipeline *pipeline)
{
	const struct rq_config *config = pipeline->config;
	size_t depth = pipeline->cutoff, documents = pipeline->corpora[RQ_BASELINE].count;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && pipeline->cutoff == 0; side++)
		for (size_t i = 0; i < pipeline->runs[side].count; i++)
			depth = pipeline->runs[side].rankings[i].count > depth ? pipeline->runs[side].rankings[i].count : depth;
	for (size_t i = 0; i < config->metric_count; i++)
		depth = config->metrics[i].cutoff > depth ? config->metrics[i].cutoff : depth;
	return depth < documents ? depth : documents;
}

/* A side may be just that; its index is then used again. */
static struct rq_lexical_searcher *same_search(struct rq_pipeline *pipeline, struct rq_lexical_searcher *plain)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (pipeline->lexical[side].options != NULL && memcmp(&pipeline->lexical[side].key, &plain->key, sizeof plain->key) == 0)
			return &pipeline->lexical[side];
	return plain;
}

enum rq_status rq_plain_bm25_searcher(bool *wanted, size_t *depth, struct rq_lexical_searcher *plain, struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_bm25_options *options = rq_arena_alloc(&pipeline->comparison.arena, 1, sizeof *options);

	if (options == NULL)
		return rq_fail_memory(err);
	*wanted = absence(pipeline) == NULL;
	if (!*wanted)
		return RQ_OK;
	RQ_TRY(standard_options(options, pipeline, err));
	rq_lexical_searcher_init(plain, options, &pipeline->corpora[RQ_BASELINE], &pipeline->topics, &pipeline->cache);
	*depth = depth_of(pipeline);
	return RQ_OK;
}

enum rq_status rq_stage_plain_bm25(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(rq_lexical_searcher_release) struct rq_lexical_searcher plain = {0};
	uint64_t started = rq_clock_ns();
	bool cached, wanted;
	size_t depth;

	comparison->bm25_absent = absence(pipeline);
	RQ_TRY(rq_plain_bm25_searcher(&wanted, &depth, &plain, pipeline, err));
	if (!wanted)
		return RQ_OK;
	comparison->bm25 = rq_lexical_description(&comparison->arena, plain.options);
	if (comparison->bm25 == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rank(&pipeline->plain_run, &cached, same_search(pipeline, &plain), pipeline, RQ_BASELINE, depth, err));
	RQ_TRY(rq_add_cache_use(comparison, NULL, "bm25", err, "answers %s", cached ? "cached" : "searched"));
	return rq_add_stage(comparison, "bm25", started, err);
}
