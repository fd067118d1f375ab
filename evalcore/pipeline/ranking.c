/* Rows become documents, and chunks their parents. */
#include "evalcore/pipeline/stages.h"

#include <string.h>

bool rq_topic_has_no_vector(const struct rq_pipeline *pipeline, enum rq_side side, size_t topic)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	const float *vector = embedding->topics.data + topic * embedding->topics.d;

	if (embedding->failed_topics != NULL && embedding->failed_topics[topic])
		return true;
	if (pipeline->config->sides[side].index.similarity != RQ_COSINE_NAME || embedding->zero_topics == 0)
		return false;
	for (size_t j = 0; j < embedding->topics.d; j++)
		if (vector[j] != 0)
			return false;
	return true;
}

static bool seen(const struct rq_ranking *ranking, const char *document)
{
	for (size_t i = 0; i < ranking->count; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return true;
	return false;
}

/* What a row is called in the ranking; an opened index may hold documents that the corpus lacks. */
static const char *row_name(const struct rq_pipeline *pipeline, const struct rq_row_lists *lists, uint32_t row)
{
	const struct rq_searcher *searcher = &pipeline->searchers[lists->side];
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, lists->side), *rows = lists->words ? corpus : searcher->corpus;
	const char *id = lists->corpus_rows ? rows->documents[row].id : rq_searcher_id(searcher, row);

	if (pipeline->config->dataset.unit != RQ_UNIT_PARENT)
		return id;
	uint32_t number = lists->corpus_rows && rows == corpus ? row : rq_ids_find(&corpus->ids, id, strlen(id));
	return number != RQ_ID_NONE && corpus->documents[number].parent != NULL ? corpus->documents[number].parent : id;
}

static enum rq_status fill_ranking(struct rq_ranking *ranking, const struct rq_pipeline *pipeline, const struct rq_row_lists *lists, size_t topic,
                                   struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_neighbours *neighbours = lists->neighbours;
	bool parents = pipeline->config->dataset.unit == RQ_UNIT_PARENT;
	const uint32_t *rows = neighbours->rows + topic * neighbours->k;
	const double *scores = neighbours->scores + topic * neighbours->k;

	ranking->documents = rq_arena_alloc(arena, neighbours->counts[topic], sizeof *ranking->documents);
	if (ranking->documents == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < neighbours->counts[topic] && ranking->count < lists->depth; i++) {
		const char *document = row_name(pipeline, lists, rows[i]);
		if (!parents || !seen(ranking, document))
			ranking->documents[ranking->count++] = (struct rq_scored_document){document, scores[i]};
	}
	/* Parents with equal scores take the order of their own ids. */
	if (parents)
		rq_ranking_sort(ranking->documents, ranking->count);
	return RQ_OK;
}

enum rq_status rq_stage_ranking(struct rq_run *run, size_t *short_of, const struct rq_pipeline *pipeline, const struct rq_row_lists *lists,
                                struct rq_error *err)
{
	const struct rq_neighbours *neighbours = lists->neighbours;

	*short_of = 0;
	run->rankings = rq_arena_alloc(&run->arena, neighbours->queries, sizeof *run->rankings);
	if (run->rankings == NULL)
		return rq_fail_memory(err);
	run->count = neighbours->queries;
	for (size_t t = 0; t < run->count; t++) {
		struct rq_ranking *ranking = &run->rankings[t];
		ranking->topic = pipeline->topics.topics[t].id;
		ranking->failed = lists->failed != NULL && lists->failed[t];
		if (ranking->failed)
			continue;
		/* The cosine to a zero vector is undefined: every score would tie, and the ranking be an accident of ids. */
		if (!lists->words && rq_topic_has_no_vector(pipeline, lists->side, t))
			continue;
		RQ_TRY(fill_ranking(ranking, pipeline, lists, t, &run->arena, err));
		*short_of += ranking->count < lists->depth && neighbours->counts[t] == neighbours->k; /* a list that ends early has nothing below it */
	}
	return RQ_OK;
}
