/* Exact search as the ground truth: where vectors are present and its estimate fits the budget. Never skipped in silence. */
#include "evalcore/base/random.h"
#include "datasets/datasets.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum rq_status note(struct rq_pipeline *pipeline, struct rq_error *err, const char *text)
{
	pipeline->comparison.exact_note = text;
	return text == NULL ? rq_fail_memory(err) : RQ_OK;
}

bool rq_wants_truth(const struct rq_pipeline *pipeline, enum rq_side side)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	return rq_side_has_vectors(config) && (!rq_side_is_exact(config) || pipeline->exact_topics != NULL);
}

/* A seeded sample without replacement (Fisher-Yates), ascending. */
static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

enum rq_status rq_sample_topics(struct rq_pipeline *pipeline, struct rq_error *err)
{
	size_t n = pipeline->topics.count, wanted = (size_t)pipeline->config->exact.topics;
	struct rq_random random;

	if (wanted == 0 || wanted >= n)
		return RQ_OK;
	pipeline->exact_topics = malloc((n + 1) * sizeof *pipeline->exact_topics);
	if (pipeline->exact_topics == NULL)
		return rq_fail_memory(err);
	rq_random_seed(&random, 1);
	for (size_t i = 0; i < n; i++)
		pipeline->exact_topics[i] = (uint32_t)i;
	for (size_t i = 0; i < wanted; i++) {
		size_t j = i + rq_random_below(&random, n - i);
		uint32_t kept = pipeline->exact_topics[i];
		pipeline->exact_topics[i] = pipeline->exact_topics[j];
		pipeline->exact_topics[j] = kept;
	}
	qsort(pipeline->exact_topics, wanted, sizeof *pipeline->exact_topics, by_number);
	pipeline->exact_topic_count = wanted;
	return RQ_OK;
}

/* A file's scores may be rounded, so the exact ones may ask for another order: insertion, since it is nearly right. */
static void order(uint32_t *rows, double *scores, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t row = rows[i];
		double score = scores[i];
		size_t j = i;
		for (; j > 0 && scores[j - 1] < score; j--) {
			rows[j] = rows[j - 1];
			scores[j] = scores[j - 1];
		}
		rows[j] = row;
		scores[j] = score;
	}
}

/* The file's rankings become the neighbours that exact search would have found: rows of the corpus with their exact scores. */
static enum rq_status read_truth(struct rq_pipeline *pipeline, enum rq_side side, const struct rq_run *run, struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	const struct rq_corpus *corpus = pipeline->searchers[side].corpus;
	const char *path = pipeline->config->exact.truth;
	struct rq_neighbours *exact = &pipeline->exact[side];
	size_t k = pipeline->cutoff, d = embedding->topics.d;

	RQ_TRY(rq_neighbours_init(exact, pipeline->topics.count, k, err));
	for (size_t t = 0; t < pipeline->topics.count; t++) {
		const struct rq_ranking *ranking = rq_run_find(run, pipeline->topics.topics[t].id);
		exact->counts[t] = 0;
		if (rq_topic_has_no_vector(pipeline, side, t))
			continue;
		if (ranking == NULL || ranking->count < k)
			return rq_fail(err, RQ_E_DATA, "\"%s\": topic \"%s\" has %zu documents, expected the exact first %zu of every topic", path,
			               pipeline->topics.topics[t].id, ranking == NULL ? 0 : ranking->count, k);
		for (size_t i = 0; i < k; i++) {
			const char *id = ranking->documents[i].document;
			uint32_t row = rq_ids_find(&corpus->ids, id, strlen(id));
			if (row == RQ_ID_NONE && rq_ids_find(&rq_side_corpus(pipeline, side)->ids, id, strlen(id)) != RQ_ID_NONE)
				continue; /* it has no vector */
			if (row == RQ_ID_NONE)
				return rq_fail(err, RQ_E_DATA, "\"%s\": topic \"%s\" names document \"%s\", which is not in the corpus", path, ranking->topic, id);
			size_t cell = t * k + exact->counts[t]++;
			exact->rows[cell] = row;
			exact->scores[cell] = rq_exact_score(embedding->topics.data + t * d, embedding->documents.data + row * d, d,
			                                     rq_side_similarity(&pipeline->config->sides[side]));
		}
		order(exact->rows + t * k, exact->scores + t * k, exact->counts[t]);
	}
	pipeline->has_exact[side] = true;
	return RQ_OK;
}

static enum rq_status truth_from_file(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_exact_config *config = &pipeline->config->exact;
	struct rq_run run = {0};
	enum rq_status status = rq_run_load(&run, config->truth, err);

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		if (rq_wants_truth(pipeline, side))
			status = read_truth(pipeline, side, &run, err);
	if (status == RQ_OK)
		status = rq_add_input(&pipeline->comparison, NULL, "truth", run.sha256, err);
	rq_run_release(&run);
	RQ_TRY(status);
	const char *shown = rq_arena_show(&pipeline->comparison.arena, config->truth_shown);
	return note(pipeline, err, shown == NULL ? NULL : rq_arena_printf(&pipeline->comparison.arena, "exact rankings read from \"%s\"", shown));
}

/* Beyond the cutoff where chunks collapse to parents. */
static size_t exact_depth(const struct rq_pipeline *pipeline, enum rq_side side)
{
	size_t documents = pipeline->searchers[side].corpus->count, k = pipeline->found[side].k;

	return k < documents ? k : documents;
}

/* Takes what is cached. *affordable: nothing else is missing, or that fits the budget. */
static enum rq_status look_for_exact(bool *affordable, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_vectors *documents = &rq_side_embedding(pipeline, side)->documents;
	size_t topics = pipeline->exact_topics == NULL ? pipeline->topics.count : pipeline->exact_topic_count;

	RQ_TRY(rq_searcher_find_exact(&pipeline->exact[side], &pipeline->has_exact[side], &pipeline->searchers[side], pipeline->exact_topics,
	                              pipeline->exact_topic_count, exact_depth(pipeline, side), err));
	*affordable = pipeline->has_exact[side] || rq_exact_affordable(NULL, documents->n, documents->d, topics, pipeline->config->exact.budget);
	return RQ_OK;
}

static enum rq_status search_exactly(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	bool cached = pipeline->has_exact[side];

	if (!cached)
		RQ_TRY(rq_searcher_exact(&pipeline->exact[side], &cached, &pipeline->searchers[side], pipeline->exact_topics, pipeline->exact_topic_count,
		                         exact_depth(pipeline, side), pipeline->progress, err));
	pipeline->has_exact[side] = true;
	return rq_add_cache_use(&pipeline->comparison, pipeline->config->sides[side].name, "exact", err, cached ? "cached" : "searched");
}

/* Both sides or neither are searched: a share of the truth for one of them compares nothing, and may take minutes. */
static enum rq_status search_sides(bool *affordable, struct rq_pipeline *pipeline, struct rq_error *err)
{
	bool fits[RQ_SIDES] = {true, true};

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (rq_wants_truth(pipeline, side))
			RQ_TRY(look_for_exact(&fits[side], pipeline, side, err));
	*affordable = fits[RQ_BASELINE] && fits[RQ_CANDIDATE];
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		if (!rq_wants_truth(pipeline, side))
			continue;
		if (*affordable || pipeline->has_exact[side])
			RQ_TRY(search_exactly(pipeline, side, err));
		else
			RQ_TRY(rq_add_cache_use(&pipeline->comparison, pipeline->config->sides[side].name, "exact", err, fits[side] ? "left out" : "too long"));
	}
	return RQ_OK;
}

enum rq_status rq_stage_truth(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_exact_config *config = &pipeline->config->exact;
	struct rq_arena *arena = &pipeline->comparison.arena;
	size_t topics = pipeline->topics.count;
	bool wanted = false, affordable;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		wanted |= rq_wants_truth(pipeline, side);
	if (!wanted)
		return note(pipeline, err, "not needed: no side has an approximate index");
	if (config->truth != NULL)
		return truth_from_file(pipeline, err);
	if (config->budget == 0)
		return note(pipeline, err, "not measured: exact.budget is 0");
	RQ_TRY(rq_sample_topics(pipeline, err));
	RQ_TRY(search_sides(&affordable, pipeline, err));
	if (!affordable)
		return note(pipeline, err,
		            rq_arena_printf(arena, "not measured: exact search would take longer than exact.budget (%.3g s) a side; raise it, or set exact.topics to search a sample",
		                            config->budget));
	if (pipeline->exact_topics == NULL)
		return note(pipeline, err, rq_arena_printf(arena, "exact search on all %zu topics", topics));
	RQ_TRY(rq_remark(&pipeline->comparison, false, err, "ann_recall is over a seeded sample of %zu of %zu topics (exact.topics)",
	                 pipeline->exact_topic_count, topics));
	return note(pipeline, err, rq_arena_printf(arena, "exact search on a seeded sample of %zu of %zu topics", pipeline->exact_topic_count, topics));
}

/* A document without a vector that a search elsewhere, or an index file, finds all the same. Of the baseline it counts as right: a drop must not hide behind it. */
static bool is_benefit_of_doubt(const struct rq_pipeline *pipeline, enum rq_side side, const char *id)
{
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, side);

	return side == RQ_BASELINE && rq_ids_find(&corpus->ids, id, strlen(id)) != RQ_ID_NONE;
}

/* Exact scores of the first k distinct documents that were returned; those that the corpus lacks are no part of the truth. */
static size_t returned_scores(double *scores, const struct rq_pipeline *pipeline, enum rq_side side, size_t topic, size_t k)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	const struct rq_corpus *corpus = pipeline->searchers[side].corpus;
	const struct rq_neighbours *found = &pipeline->found[side];
	const uint32_t *rows = found->rows + topic * found->k;
	size_t count = 0, distinct = 0, d = embedding->topics.d;

	for (size_t i = 0; i < found->counts[topic] && distinct < k; i++) {
		bool repeated = false;
		for (size_t j = 0; j < i && !repeated; j++)
			repeated = rows[j] == rows[i];
		if (repeated)
			continue;
		distinct++;
		const char *id = rq_searcher_id(&pipeline->searchers[side], rows[i]);
		uint32_t row = rq_ids_find(&corpus->ids, id, strlen(id));
		if (row != RQ_ID_NONE)
			scores[count++] = rq_exact_score(embedding->topics.data + topic * d, embedding->documents.data + row * d, d,
			                                 rq_side_similarity(&pipeline->config->sides[side]));
		else if (is_benefit_of_doubt(pipeline, side, id))
			scores[count++] = INFINITY;
	}
	return count;
}

bool rq_topic_is_in_sample(const struct rq_pipeline *pipeline, size_t topic)
{
	uint32_t number = (uint32_t)topic;

	return pipeline->exact_topics == NULL || bsearch(&number, pipeline->exact_topics, pipeline->exact_topic_count, sizeof number, by_number) != NULL;
}

enum rq_status rq_side_ann_recall(double *values, const struct rq_pipeline *pipeline, enum rq_side side, size_t k, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	const struct rq_neighbours *exact = &pipeline->exact[side];
	RQ_CLEANUP(rq_free_pointer) double *scores = malloc((k + 1) * sizeof *scores);

	if (scores == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		bool failed = embedding->failed_topics != NULL && embedding->failed_topics[topic] && rq_topic_is_in_sample(pipeline, topic);
		bool lost = rq_topic_has_no_vector(pipeline, side, topic); /* nobody could search it; where that is a failure, nothing was found */
		values[i] = failed ? 0 : lost || pipeline->has_exact[side] ? NAN : 1; /* an exact index is its own truth */
		if (lost || !pipeline->has_exact[side] || exact->counts[topic] == 0)
			continue;
		size_t count = returned_scores(scores, pipeline, side, topic, k);
		values[i] = rq_ann_recall(scores, count, exact->scores + topic * exact->k, exact->counts[topic], k);
	}
	return RQ_OK;
}
