/* Which texts there were and are, and the ones that both times have. */
#include "evalcore/pipeline/drift_parts.h"

#include "evalcore/pipeline/scripts.h"

#include <string.h>

const struct rq_corpus *rq_drift_corpus(const struct rq_pipeline *pipeline)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, RQ_CANDIDATE);

	return embedding->present.count > 0 ? &embedding->present : rq_side_corpus(pipeline, RQ_CANDIDATE);
}

void rq_drift_keep_text(struct rq_kept_text *kept, const char *text)
{
	int script = rq_text_script(text);

	kept->length = (uint64_t)rq_text_length(text);
	kept->script = script < 0 ? NULL : rq_script_names[script];
}

static void keep_text(struct rq_kept_text *kept, const char *text)
{
	struct rq_key key = {0};

	rq_key_add_text(&key, text);
	rq_key_hex(&key, kept->key);
	rq_drift_keep_text(kept, text);
}

static enum rq_status make_room(struct rq_drift_texts *texts, size_t count, struct rq_arena *arena, struct rq_error *err)
{
	*texts = (struct rq_drift_texts){rq_arena_alloc(arena, count + 1, sizeof *texts->ids), rq_arena_alloc(arena, count + 1, sizeof *texts->kept), count};
	return texts->ids == NULL || texts->kept == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_drift_documents(struct rq_drift_texts *texts, const struct rq_pipeline *pipeline, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_corpus *corpus = rq_drift_corpus(pipeline);

	*texts = (struct rq_drift_texts){0};
	if (corpus->count == 0) /* of a run file nobody knows more than what it found */
		return RQ_OK;
	RQ_TRY(make_room(texts, corpus->count, arena, err));
	for (size_t i = 0; i < corpus->count; i++) {
		texts->ids[i] = corpus->documents[i].id;
		keep_text(&texts->kept[i], corpus->documents[i].text);
	}
	return RQ_OK;
}

enum rq_status rq_drift_topics(struct rq_drift_texts *texts, const struct rq_pipeline *pipeline, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_topics *topics = &pipeline->topics;
	const struct rq_run *run = &pipeline->runs[RQ_CANDIDATE];

	RQ_TRY(make_room(texts, topics->count > 0 ? topics->count : run->count, arena, err));
	for (size_t i = 0; i < topics->count; i++) {
		texts->ids[i] = topics->topics[i].id;
		keep_text(&texts->kept[i], topics->topics[i].text);
	}
	if (topics->count > 0)
		return RQ_OK;
	for (size_t i = 0; i < run->count; i++)
		texts->ids[i] = run->rankings[i].topic;
	texts->kept = NULL;
	return RQ_OK;
}

enum rq_status rq_drift_pair(struct rq_drift_pairs *pairs, const struct rq_ids *then, const struct rq_kept_text *kept,
                             const struct rq_drift_texts *now, struct rq_arena *arena, struct rq_error *err)
{
	size_t room = now->count + 1;

	*pairs = (struct rq_drift_pairs){.then = rq_arena_alloc(arena, room, sizeof *pairs->then), .now = rq_arena_alloc(arena, room, sizeof *pairs->now)};
	if (pairs->then == NULL || pairs->now == NULL)
		return rq_fail_memory(err);
	pairs->whole = true;
	for (size_t i = 0; i < now->count; i++) {
		uint32_t row = rq_ids_find(then, now->ids[i], strlen(now->ids[i]));
		bool same = row != RQ_ID_NONE && (kept == NULL || now->kept == NULL || strcmp(kept[row].key, now->kept[i].key) == 0);
		pairs->whole = pairs->whole && same && row == i;
		if (!same)
			continue;
		pairs->then[pairs->count] = row;
		pairs->now[pairs->count++] = (uint32_t)i;
	}
	pairs->whole = pairs->whole && then->count == now->count;
	return RQ_OK;
}
