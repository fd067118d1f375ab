/* What the index of each side takes: bytes on disk, bytes in memory, seconds to build. The first two follow from the inputs alone; the third is
 * measured, and only where this run has built the index. Of one that is elsewhere, its bytes on disk as what holds it tells them. */
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <string.h>

static void lack(struct rq_side_size *size, enum rq_size what, const char *why)
{
	size->value[what] = NAN;
	size->absent[what] = why;
}

static void lack_all(struct rq_side_size *size, const char *why)
{
	for (int what = 0; what < RQ_SIZE_KINDS; what++)
		lack(size, (enum rq_size)what, why);
}

/* Words are searched in memory alone, and built in each run that has something to search. */
static enum rq_status measure_words(struct rq_side_size *size, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_lexical_searcher *searcher = &pipeline->lexical[side];
	struct rq_text_volume volume = {.texts = searcher->corpus->count};

	RQ_TRY(rq_lexical_searcher_ready(searcher, pipeline->progress, err));
	for (size_t i = 0; i < searcher->corpus->count; i++)
		volume.bytes += strlen(searcher->corpus->documents[i].text);
	lack(size, RQ_SIZE_INDEX, "not measured: an index of words is made in memory and has no file");
	size->value[RQ_SIZE_MEMORY] = rq_bm25_build_cost(volume).kept;
	size->value[RQ_SIZE_BUILD] = searcher->build_seconds;
	return RQ_OK;
}

/* What holds it tells its bytes, or nothing. */
static void measure_elsewhere(struct rq_side_size *size, const struct rq_remote *remote)
{
	lack_all(size, "not measured: the index is elsewhere");
	size->value[RQ_SIZE_INDEX] = remote->index_bytes;
	size->absent[RQ_SIZE_INDEX] = remote->bytes_absent;
}

static enum rq_status measure_vectors(struct rq_side_size *size, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_searcher *searcher = &pipeline->searchers[side];
	const struct rq_backend *backend = searcher->side->backend;
	struct rq_index_estimate estimate;

	RQ_TRY(rq_searcher_ready(searcher, pipeline->progress, err));
	size_t rows = backend->rows(searcher->index), d = backend->dimension(searcher->index);
	if (searcher->side->index.file != NULL)
		lack(size, RQ_SIZE_BUILD, "not measured: the index is opened from a file");
	else if (!backend->stored)
		lack(size, RQ_SIZE_BUILD, "not measured: nothing is built for an exact search");
	else if (searcher->built)
		size->value[RQ_SIZE_BUILD] = searcher->build_seconds;
	else
		lack(size, RQ_SIZE_BUILD, "not measured: the index came from the cache; --no-cache builds it anew");
	if (!backend->stored && searcher->side->index.file == NULL) { /* it is the vectors, and nothing beside them */
		size->value[RQ_SIZE_INDEX] = size->value[RQ_SIZE_MEMORY] = (double)rows * (double)d * sizeof(float);
		return RQ_OK;
	}
	RQ_TRY(rq_searcher_bytes(&size->value[RQ_SIZE_INDEX], searcher, pipeline->progress, err));
	RQ_TRY(backend->estimate(&estimate, searcher->index, &searcher->side->index, rows, d, pipeline->cutoff, err));
	size->value[RQ_SIZE_MEMORY] = estimate.bytes;
	return RQ_OK;
}

enum rq_status rq_stage_size(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;

	if ((pipeline->config->measured & RQ_MEASURE_SIZE) == 0)
		return RQ_OK;
	struct rq_side_size *sizes = rq_arena_alloc(&comparison->arena, RQ_SIDES, sizeof *sizes);
	if (sizes == NULL)
		return rq_fail_memory(err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_side_config *config = &pipeline->config->sides[side];
		if (config->approved != NULL) /* its rankings are a run file too */
			lack_all(&sizes[side], "not measured: the side is an approved baseline");
		else if (config->run != NULL)
			lack_all(&sizes[side], "not measured: the side is a run file");
		else if (config->retriever != NULL)
			measure_elsewhere(&sizes[side], &pipeline->remotes[side]);
		else
			RQ_TRY((config->bm25 != NULL ? measure_words : measure_vectors)(&sizes[side], pipeline, side, err));
	}
	comparison->sizes = sizes;
	return RQ_OK;
}
