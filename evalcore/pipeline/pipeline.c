#include "evalcore/pipeline/pipeline.h"

#include "datasets/datasets.h"
#include "evalcore/pipeline/stages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rq_corpus *rq_side_corpus(const struct rq_pipeline *pipeline, enum rq_side side)
{
	return pipeline->corpora[side].count > 0 ? &pipeline->corpora[side] : &pipeline->corpora[RQ_BASELINE];
}

const struct rq_embedding *rq_side_embedding(const struct rq_pipeline *pipeline, enum rq_side side)
{
	return pipeline->embeddings[side].topics.data != NULL ? &pipeline->embeddings[side] : &pipeline->embeddings[RQ_BASELINE];
}

size_t rq_topic_number(const struct rq_pipeline *pipeline, size_t from, const char *id)
{
	while (from < pipeline->topics.count && strcmp(pipeline->topics.topics[from].id, id) != 0)
		from++;
	return from;
}

enum rq_status rq_pipeline_load(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_TRY(rq_stage_dataset(pipeline, err));
	return rq_stage_quality(pipeline, err);
}

bool rq_shares_embedding(const struct rq_pipeline *pipeline)
{
	const struct rq_side_config *a = &pipeline->config->sides[RQ_BASELINE], *b = &pipeline->config->sides[RQ_CANDIDATE];

	return rq_side_has_vectors(a) && a->embedder_options == b->embedder_options && a->document_embedder_options == b->document_embedder_options &&
	       a->index.similarity == b->index.similarity &&
	       pipeline->corpora[RQ_CANDIDATE].count == 0;
}

size_t rq_deeper(const struct rq_pipeline *pipeline, size_t rows, size_t short_of, size_t k)
{
	if (pipeline->config->dataset.unit != RQ_UNIT_PARENT || short_of == 0 || k >= rows)
		return 0;
	return 2 * k < rows ? 2 * k : rows;
}

/* Searches to the cutoff; with parents deeper and deeper until every topic has enough of them or the corpus ends. */
static enum rq_status search_here(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_searcher *searcher = &pipeline->searchers[side];
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const struct rq_row_lists lists = {
		.neighbours = &pipeline->found[side], .side = side, .failed = searcher->embedding->failed_topics, .depth = pipeline->cutoff};
	size_t k = pipeline->cutoff, short_of;
	bool cached;

	for (;;) {
		RQ_TRY(rq_searcher_search(&pipeline->found[side], &cached, searcher, k, pipeline->progress, err));
		RQ_TRY(rq_stage_ranking(&pipeline->runs[side], &short_of, pipeline, &lists, err));
		k = rq_deeper(pipeline, searcher->rows, short_of, k);
		if (k == 0)
			break;
		rq_run_release(&pipeline->runs[side]);
		rq_neighbours_release(&pipeline->found[side]);
	}
	return rq_add_cache_use(&pipeline->comparison, config->name, "index", err, "%s; answers %s",
	                        searcher->built           ? "built"
	                        : searcher->index == NULL ? "not opened yet"
	                        : searcher->from_cache    ? "cached"
	                                                  : "opened",
	                        cached ? "cached" : "searched");
}

void rq_cut_run(struct rq_run *run, size_t cutoff)
{
	for (size_t i = 0; cutoff > 0 && i < run->count; i++)
		if (run->rankings[i].count > cutoff)
			run->rankings[i].count = cutoff;
}

enum rq_status rq_search_side(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	RQ_TRY(rq_cancel_check(err));
	if (config->approved != NULL) {
		rq_stage_approved(pipeline);
		return RQ_OK;
	}
	if (config->run != NULL) {
		RQ_TRY(rq_run_load(&pipeline->runs[side], config->run, err));
		rq_cut_run(&pipeline->runs[side], pipeline->cutoff);
		return RQ_OK;
	}
	if (config->bm25 != NULL)
		return rq_stage_words(pipeline, side, err);
	RQ_TRY(rq_searcher_init(&pipeline->searchers[side], config, rq_side_corpus(pipeline, side), rq_side_embedding(pipeline, side), &pipeline->cache,
	                        err));
	RQ_TRY((config->retriever != NULL ? rq_stage_elsewhere : search_here)(pipeline, side, err));
	/* by whoever wrote the index or the file of vectors */
	return pipeline->searchers[side].named ? rq_count_strangers(pipeline, side, err) : RQ_OK;
}

static enum rq_status search(struct rq_pipeline *pipeline, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(rq_search_side(pipeline, side, err));
	return rq_add_stage(&pipeline->comparison, "search", started, err);
}

static enum rq_status find_truth(struct rq_pipeline *pipeline, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();
	size_t short_of;

	RQ_TRY(rq_stage_truth(pipeline, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (pipeline->has_exact[side]) {
			const struct rq_row_lists lists = {.neighbours = &pipeline->exact[side], .side = side, .corpus_rows = true,
			                                   .failed = rq_side_embedding(pipeline, side)->failed_topics, .depth = pipeline->cutoff};
			RQ_TRY(rq_stage_ranking(&pipeline->exact_runs[side], &short_of, pipeline, &lists, err));
		}
	return rq_add_stage(&pipeline->comparison, "exact", started, err);
}

static const char *describe_retriever(struct rq_arena *arena, const struct rq_side_config *side)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	side->retriever->describe(&text, side->retriever_options);
	return text.failed || text.data == NULL ? NULL : rq_arena_show(arena, text.data);
}

static const char *describe_index(struct rq_pipeline *pipeline, const struct rq_side_config *side)
{
	const struct rq_index_config *index = &side->index;
	struct rq_arena *arena = &pipeline->comparison.arena;
	const char *space = " ", *shown = side->shown == NULL ? "" : rq_arena_show(arena, side->shown);

	if (shown == NULL)
		return NULL;
	if (side->run != NULL)
		return rq_arena_printf(arena, "run file \"%s\"", shown);
	if (side->bm25 != NULL)
		return rq_lexical_description(arena, side->bm25);
	if (side->retriever != NULL)
		return describe_retriever(arena, side);
	const char *what = index->file != NULL ? shown : index->factory != NULL ? index->factory : "";
	const char *text = rq_arena_printf(arena, "%s%s%s%s%s%s%s", side->backend->name, what[0] == '\0' ? "" : space, what, index->build == NULL ? "" : space,
	                                   index->build == NULL ? "" : index->build, index->search == NULL ? "" : space,
	                                   index->search == NULL ? "" : index->search);
	return text == NULL || rq_side_builds(side) == 1 ? text : rq_arena_printf(arena, "%s, %zu builds", text, rq_side_builds(side));
}

/* A file of an index that was made elsewhere may hold something else; one that was built here may differ from build to build. */
static enum rq_status remark_on_index(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const struct rq_searcher *searcher = &pipeline->searchers[side];
	struct rq_comparison *comparison = &pipeline->comparison;

	if (2 * searcher->recognised < searcher->shown)
		RQ_TRY(rq_remark(comparison, true, err,
		                 "%s: the index file finds only %zu of %zu documents by their own vectors, so it seems to hold others than the embedder's "
		                 "(another model, another order, or vectors that were not normalised)",
		                 config->name, searcher->recognised, searcher->shown));
	if (config->index.threads > 1)
		RQ_TRY(rq_remark(comparison, true, err,
		                 "%s: an index built on %lld threads differs from build to build; this report cannot be reproduced to the byte", config->name,
		                 (long long)config->index.threads));
	return RQ_OK;
}

static enum rq_status describe_backend(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_side_info *info = &comparison->sides[side];
	struct rq_searcher *searcher = &pipeline->searchers[side];

	if (config->backend->stored || config->index.file != NULL) {
		RQ_TRY(rq_searcher_sha256(searcher, pipeline->progress, err));
		RQ_TRY(rq_add_input(comparison, config->name, "index", searcher->sha256, err));
		/* The remark must not depend on whether the answers came from the cache. */
		RQ_TRY(rq_searcher_ready(searcher, pipeline->progress, err));
	}
	if (searcher->index != NULL && config->backend->remark != NULL) {
		bool unexpected = false;
		const char *searched = config->backend->remark(searcher->index, pipeline->cutoff, &unexpected);
		info->searched = searched == NULL ? NULL : rq_arena_strdup(&comparison->arena, searched);
		if (searched != NULL && info->searched == NULL)
			return rq_fail_memory(err);
		if (unexpected)
			RQ_TRY(rq_remark(comparison, false, err, "%s: %s", config->name, searched));
	}
	return remark_on_index(pipeline, side, err);
}

enum rq_status rq_describe_side(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_side_info *info = &comparison->sides[side];

	if (config->approved != NULL)
		return rq_describe_approved(pipeline, err);
	info->index = describe_index(pipeline, config);
	info->ranked = &pipeline->runs[side];
	info->is_exact = rq_side_is_exact(config);
	if (info->index == NULL)
		return rq_fail_memory(err);
	if (config->run != NULL)
		return rq_add_input(comparison, config->name, "run", pipeline->runs[side].sha256, err);
	if (!rq_side_has_vectors(config))
		return RQ_OK;
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	info->embedder = config->embedder->name;
	info->shares_vectors = side == RQ_CANDIDATE && rq_shares_embedding(pipeline);
	info->model = embedding->model[0] == '\0' ? NULL : embedding->model;
	info->variant = embedding->variant[0] == '\0' ? NULL : embedding->variant;
	RQ_TRY(rq_describe_services(pipeline, side, err));
	info->dimension = embedding->topics.d;
	info->exact = pipeline->has_exact[side] ? &pipeline->exact_runs[side] : NULL;
	return config->backend == NULL ? RQ_OK : describe_backend(pipeline, side, err);
}

/* Why the topic of a side failed, as it was told; NULL: it was not. */
static const char *reason_of(const struct rq_failures *failures, const char *side, const char *topic)
{
	for (size_t i = 0; i < failures->count; i++) {
		const struct rq_failure *failure = &failures->items[i];
		if (strcmp(failure->side, side) == 0 && strcmp(failure->what, "topic") == 0 && strcmp(failure->id, topic) == 0)
			return failure->reason;
	}
	return NULL;
}

/* A candidate's failed topic scores 0; a loss against a baseline that did not answer cannot be seen. */
enum rq_status rq_count_failed_topics(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const char *name = pipeline->config->sides[side].name, *first = NULL;
	char count_name[64];
	size_t failed = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_find(&pipeline->runs[side], comparison->topics[i].id);
		if (ranking != NULL && ranking->failed)
			first = failed++ == 0 ? ranking->topic : first;
	}
	if (failed == 0)
		return RQ_OK;
	const char *reason = reason_of(&comparison->failures, name, first);
	if (side == RQ_BASELINE)
		return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %zu of %zu judged topics could not be searched (\"%s\" for one: %s), so a drop could not be seen; mend that, then run again",
		               name, failed, comparison->topic_count, first, reason == NULL ? "no reason was told" : reason);
	snprintf(count_name, sizeof count_name, "topics_failed_%s", name);
	RQ_TRY(rq_add_count(comparison, count_name, failed, err));
	return rq_remark(comparison, true, err, "%zu of %zu topics could not be searched for the %s and %s 0 (\"%s\" for one: %s)", failed,
	                 comparison->topic_count, name, failed == 1 ? "scores" : "score", first, reason == NULL ? "no reason was told" : reason);
}

/* Nothing can be worse than nothing: a candidate would pass whatever it finds. */
static enum rq_status check_baseline(const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_run *run = &pipeline->runs[RQ_BASELINE];

	for (size_t i = 0; i < run->count; i++)
		if (run->rankings[i].count > 0)
			return RQ_OK;
	return rq_fail(err, RQ_E_UNAVAILABLE,
	               "baseline: found nothing for any topic, so there is nothing to compare with; are topics and documents in one language, and its "
	               "index the right one?");
}

enum rq_status rq_pipeline_run(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_TRY(rq_stage_ready(pipeline, err));
	RQ_TRY(rq_stage_embed(pipeline, err));
	RQ_TRY(search(pipeline, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(rq_count_failed_topics(pipeline, side, err));
	RQ_TRY(rq_check_failures(pipeline, err));
	RQ_TRY(check_baseline(pipeline, err));
	RQ_TRY(find_truth(pipeline, err));
	RQ_TRY(rq_stage_plain_bm25(pipeline, err));
	RQ_TRY(rq_stage_timing(pipeline, err));
	RQ_TRY(rq_stage_embed_timing(pipeline, err));
	RQ_TRY(rq_stage_size(pipeline, err));
	RQ_TRY(rq_stage_staleness(pipeline, err));
	RQ_TRY(rq_stage_rollback(pipeline, err));
	RQ_TRY(rq_stage_warmup(pipeline, err));
	RQ_TRY(rq_stage_compare(pipeline, err));
	RQ_TRY(rq_stage_attribution(pipeline, err));
	RQ_TRY(rq_stage_self_test(pipeline, err));
	RQ_TRY(rq_describe_side(pipeline, RQ_BASELINE, err));
	RQ_TRY(rq_describe_side(pipeline, RQ_CANDIDATE, err));
	return rq_cancel_check(err);
}

void rq_pipeline_release(struct rq_pipeline *pipeline)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_remote_release(&pipeline->remotes[side]);
		if (pipeline->searchers[side].side != NULL)
			rq_searcher_release(&pipeline->searchers[side]);
		rq_lexical_searcher_release(&pipeline->lexical[side]);
		rq_neighbours_release(&pipeline->found[side]);
		rq_neighbours_release(&pipeline->exact[side]);
		rq_run_release(&pipeline->runs[side]);
		rq_run_release(&pipeline->exact_runs[side]);
		rq_embedding_release(&pipeline->embeddings[side]);
		rq_corpus_release(&pipeline->corpora[side]);
		rq_times_release(&pipeline->search_times[side]);
		rq_times_release(&pipeline->embed_times[side]);
	}
	rq_neighbours_release(&pipeline->found_again);
	free(pipeline->failed_again);
	rq_run_release(&pipeline->run_again);
	rq_run_release(&pipeline->plain_run);
	rq_baseline_release(&pipeline->approved);
	for (size_t i = 0; pipeline->pinned != NULL && i < pipeline->config->pinned_count; i++)
		rq_baseline_release(&pipeline->pinned[i]);
	free(pipeline->pinned);
	free(pipeline->exact_topics);
	rq_topics_release(&pipeline->topics);
	rq_qrels_release(&pipeline->qrels);
	rq_failures_release(&pipeline->unfit);
	rq_failures_release(&pipeline->comparison.failures);
	rq_arena_release(&pipeline->comparison.arena);
}
