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

/* Nobody loses what the baseline has not found: one that finds strangers passes every candidate. */
static enum rq_status check_baseline(const struct rq_pipeline *pipeline, const bool *strange, const char *example, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_neighbours *found = &pipeline->found[RQ_BASELINE];
	size_t places = 0, unknown = 0;

	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		places += found->counts[topic];
		for (size_t j = 0; j < found->counts[topic]; j++)
			unknown += strange[found->rows[topic * found->k + j]];
	}
	if ((double)unknown <= STRANGERS_MOST * (double)places)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "%s.index: %zu of the %zu documents that were found for judged topics are not in the corpus (\"%s\" for one), so a drop could not be "
	               "seen; are the ids spelt alike, and is it the right one?",
	               pipeline->config->sides[RQ_BASELINE].name, unknown, places, example);
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
	if (side == RQ_BASELINE)
		RQ_TRY(check_baseline(pipeline, rows.strange, example, err));
	return rq_remark(&pipeline->comparison, true, err,
	                 "%zu of %zu documents that the %s's search found are not in the corpus (\"%s\" for one): are the ids spelt alike?", unknown,
	                 documents, name, example);
}
