/* Ids that a search finds and the corpus lacks: mostly ids in another spelling, or an index or database that holds something else. */
#include "evalcore/pipeline/stages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double STRANGERS_MOST = .05; /* of what a baseline finds: what it misses for them stays below any margin worth a gate */

/* Of each row of the side's index. */
struct rows {
	bool *strange, *found;
};

static void rows_release(struct rows *rows)
{
	free(rows->strange);
	free(rows->found);
}

/* What is found for judged topics. */
struct tally {
	size_t places, unknown;
};

/* Who found it, in the arena: `baseline.index`, `"base.run"`, `the approved baseline "one"`. */
static const char *name_baseline(struct rq_pipeline *pipeline)
{
	const struct rq_side_config *side = &pipeline->config->sides[RQ_BASELINE];
	struct rq_arena *arena = &pipeline->comparison.arena;

	if (side->approved != NULL)
		return rq_arena_printf(arena, "the approved baseline \"%s\"", side->approved);
	return side->run != NULL ? rq_arena_printf(arena, "\"%s\"", side->run) : rq_arena_printf(arena, "%s.index", side->name);
}

/* Nobody loses what the baseline has not found: one that finds strangers passes every candidate. */
static enum rq_status check_baseline(struct rq_pipeline *pipeline, const struct tally *tally, const char *example, struct rq_error *err)
{
	if ((double)tally->unknown <= STRANGERS_MOST * (double)tally->places)
		return RQ_OK;
	const char *name = name_baseline(pipeline);
	if (name == NULL)
		return rq_fail_memory(err);
	return rq_fail(err, RQ_E_DATA,
	               "%s: %zu of the %zu documents that were found for judged topics are not in the corpus (\"%s\" for one), so a drop could not be "
	               "seen; are the ids spelt alike, and is it the right one?",
	               name, tally->unknown, tally->places, example);
}

static struct tally tally_rows(const struct rq_pipeline *pipeline, const bool *strange)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_neighbours *found = &pipeline->found[RQ_BASELINE];
	struct tally tally = {0};

	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		tally.places += found->counts[topic];
		for (size_t j = 0; j < found->counts[topic]; j++)
			tally.unknown += strange[found->rows[topic * found->k + j]];
	}
	return tally;
}

enum rq_status rq_count_strangers(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_ids *ids = &pipeline->searchers[side].index_ids;
	const struct rq_neighbours *found = &pipeline->found[side];
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, side);
	const char *name = pipeline->config->sides[side].name, *example = NULL;
	char count_name[64];
	size_t documents = 0, unknown = 0;
	RQ_CLEANUP(rows_release) struct rows rows = {calloc((size_t)ids->count + 1, sizeof(bool)), calloc((size_t)ids->count + 1, sizeof(bool))};

	if (rows.strange == NULL || rows.found == NULL)
		return rq_fail_memory(err);
	for (size_t topic = 0; topic < pipeline->topics.count; topic++)
		for (size_t i = 0; i < found->counts[topic]; i++)
			rows.found[found->rows[topic * found->k + i]] = true;
	for (uint32_t row = 0; row < ids->count; row++) {
		documents += rows.found[row];
		if (!rows.found[row] || rq_ids_find(&corpus->ids, ids->names[row], strlen(ids->names[row])) != RQ_ID_NONE)
			continue;
		rows.strange[row] = true;
		example = unknown++ == 0 ? ids->names[row] : example;
	}
	snprintf(count_name, sizeof count_name, "documents_unknown_%s", name);
	RQ_TRY(rq_add_count(&pipeline->comparison, count_name, unknown, err));
	if (unknown == 0)
		return RQ_OK;
	if (side == RQ_BASELINE) {
		const struct tally tally = tally_rows(pipeline, rows.strange);
		RQ_TRY(check_baseline(pipeline, &tally, example, err));
	}
	return rq_remark(&pipeline->comparison, true, err,
	                 "%zu of %zu documents that the %s's search found are not in the corpus (\"%s\" for one): are the ids spelt alike?", unknown,
	                 documents, name, example);
}

/* Without a corpus the judgments are all that knows ids. */
static enum rq_status check_judged(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	size_t found = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_answer(&pipeline->runs[RQ_BASELINE], comparison->topics[i].id);
		const struct rq_topic_judgments *judgments = rq_qrels_find(&pipeline->qrels, comparison->topics[i].id);
		for (size_t j = 0; j < ranking->count; j++, found++)
			if (rq_judgment_find(judgments, ranking->documents[j].document) != NULL)
				return RQ_OK;
	}
	const char *name = name_baseline(pipeline);
	if (name == NULL)
		return rq_fail_memory(err);
	return found == 0 ? RQ_OK : rq_fail(err, RQ_E_DATA, "%s: nothing that it returned is judged, so a drop could not be seen; are the ids spelt alike?", name);
}

/* *example: the first that is met, where none was before. */
static size_t count_unknown(const struct rq_ranking *ranking, const struct rq_ids *known, const char **example)
{
	size_t unknown = 0;

	for (size_t i = 0; i < ranking->count; i++) {
		const char *document = ranking->documents[i].document;
		if (rq_ids_find(known, document, strlen(document)) != RQ_ID_NONE)
			continue;
		*example = *example == NULL ? document : *example;
		unknown++;
	}
	return unknown;
}

static enum rq_status check_ranked(struct rq_pipeline *pipeline, const struct rq_ids *known, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const char *example = NULL;
	struct tally tally = {0};

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_answer(&pipeline->runs[RQ_BASELINE], comparison->topics[i].id);
		tally.places += ranking->count;
		tally.unknown += count_unknown(ranking, known, &example);
	}
	return check_baseline(pipeline, &tally, example, err);
}

enum rq_status rq_count_strange_documents(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_run *run = &pipeline->runs[side];
	const struct rq_corpus *corpus = &pipeline->corpora[RQ_BASELINE];
	RQ_CLEANUP(rq_ids_release) struct rq_ids known = {0};
	const char *example = NULL;
	size_t unknown = 0;

	if (corpus->count == 0)
		return side == RQ_BASELINE ? check_judged(pipeline, err) : RQ_OK;
	RQ_TRY(rq_corpus_units(&known, corpus, pipeline->config->dataset.unit == RQ_UNIT_PARENT, err));
	if (side == RQ_BASELINE)
		RQ_TRY(check_ranked(pipeline, &known, err));
	for (size_t i = 0; i < run->count; i++)
		unknown += count_unknown(&run->rankings[i], &known, &example);
	if (unknown == 0)
		return RQ_OK;
	return rq_remark(&pipeline->comparison, true, err, "%zu document%s in the %s's run %s not in the corpus (\"%s\" for one): are the ids spelt alike?",
	                 unknown, unknown == 1 ? "" : "s", pipeline->config->sides[side].name, unknown == 1 ? "is" : "are", example);
}
