/* Which documents came, went and were changed, by their ids. */
#include "evalcore/pipeline/drift_parts.h"

#include <string.h>

static enum rq_status add(struct rq_drift_ids *ids, const char *id, struct rq_arena *arena, struct rq_error *err)
{
	if (ids->count++ >= RQ_DRIFT_IDS_TOLD)
		return RQ_OK;
	ids->first[ids->told] = rq_arena_strdup(arena, id);
	return ids->first[ids->told++] == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_drift_list_ids(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_ids *then = &work->reference->document_ids;
	const struct rq_kept_text *kept = work->reference->document_texts;
	const struct rq_drift_texts *now = &work->documents;
	struct rq_drift_ids *ids = work->drift->document_ids;
	struct rq_arena *arena = &work->pipeline->comparison.arena;
	bool *there = rq_arena_alloc(&work->arena, (size_t)then->count + 1, sizeof *there);

	if (there == NULL)
		return rq_fail_memory(err);
	if (now->ids == NULL || then->count == 0) /* those of one time are not known */
		return RQ_OK;
	for (size_t i = 0; i < now->count; i++) {
		uint32_t row = rq_ids_find(then, now->ids[i], strlen(now->ids[i]));
		if (row == RQ_ID_NONE) {
			RQ_TRY(add(&ids[RQ_DRIFT_CAME], now->ids[i], arena, err));
			continue;
		}
		there[row] = true;
		if (kept != NULL && now->kept != NULL && strcmp(kept[row].key, now->kept[i].key) != 0)
			RQ_TRY(add(&ids[RQ_DRIFT_CHANGED], now->ids[i], arena, err));
	}
	for (uint32_t row = 0; row < then->count; row++)
		if (!there[row])
			RQ_TRY(add(&ids[RQ_DRIFT_WENT], then->names[row], arena, err));
	return RQ_OK;
}
