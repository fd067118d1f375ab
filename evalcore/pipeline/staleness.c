/* Whether an index still holds its corpus: documents that it lacks, entries that are no documents any more, vectors of other texts. An index that is
 * built here is of this very corpus; one that is opened may be older. */
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 8192 }; /* read back from the index at a time */
/* Of the squared distance to the squared length: a cosine of .9999, below which the same text was embedded by something else. */
static const double other = 2e-4;
static const double SKEW = 300; /* seconds by which clocks of two machines may differ */

static void lack(struct rq_side_staleness *stale, enum rq_stale what, const char *why)
{
	stale->value[what] = NAN;
	stale->absent[what] = why;
}

static void count(struct rq_side_staleness *stale, enum rq_stale what, const char *id)
{
	stale->example[what] = stale->value[what]++ == 0 ? id : stale->example[what];
}

static void compare_ids(struct rq_side_staleness *stale, const struct rq_corpus *corpus, const struct rq_ids *entries)
{
	for (size_t i = 0; i < corpus->count; i++)
		if (rq_ids_find(entries, corpus->documents[i].id, strlen(corpus->documents[i].id)) == RQ_ID_NONE)
			count(stale, RQ_STALE_MISSING, corpus->documents[i].id);
	for (size_t i = 0; i < entries->count; i++)
		if (rq_ids_find(&corpus->ids, entries->names[i], strlen(entries->names[i])) == RQ_ID_NONE)
			count(stale, RQ_STALE_EXTRA, entries->names[i]);
}

static bool is_other(const float *held, const float *now, size_t d)
{
	double distance = 0, length = 0;

	for (size_t i = 0; i < d; i++) {
		double off = (double)held[i] - now[i];
		distance += off * off;
		length += (double)now[i] * now[i];
	}
	return !(distance <= other * length);
}

struct held {
	float *rows;
	bool told;
	size_t others;
};

static enum rq_status read_back(struct held *held, struct rq_side_staleness *stale, const struct rq_searcher *searcher, struct rq_error *err)
{
	const struct rq_backend *backend = searcher->side->backend;
	const struct rq_vectors *documents = &searcher->embedding->documents;

	held->told = true;
	for (size_t first = 0; first < searcher->rows; first += ROWS) {
		size_t some = searcher->rows - first < ROWS ? searcher->rows - first : ROWS;
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(backend->vectors(held->rows, &held->told, searcher->index, first, some, err));
		for (size_t i = 0; i < some && held->told; i++) {
			const char *id = rq_searcher_id(searcher, (uint32_t)(first + i));
			uint32_t document = rq_ids_find(&searcher->corpus->ids, id, strlen(id));
			if (document == RQ_ID_NONE)
				continue;
			stale->compared++;
			if (!is_other(held->rows + i * documents->d, documents->data + document * documents->d, documents->d))
				continue;
			held->others++;
			count(stale, RQ_STALE_CHANGED, searcher->corpus->documents[document].id);
		}
		if (!held->told)
			return RQ_OK;
	}
	return RQ_OK;
}

/* An index of codes tells other numbers for every document, and so does one of another model: then none can be told to have changed. */
static enum rq_status compare_vectors(struct rq_side_staleness *stale, const struct rq_searcher *searcher, struct rq_arena *arena,
                                      struct rq_error *err)
{
	const struct rq_vectors *documents = &searcher->embedding->documents;
	struct held held = {0};

	if (documents->data == NULL || searcher->side->backend->vectors == NULL) {
		lack(stale, RQ_STALE_CHANGED, "not measured: there are no vectors to compare");
		return RQ_OK;
	}
	held.rows = malloc(ROWS * documents->d * sizeof *held.rows);
	enum rq_status status = held.rows == NULL ? rq_fail_memory(err) : read_back(&held, stale, searcher, err);
	free(held.rows);
	if (status != RQ_OK)
		return status;
	if (!held.told)
		lack(stale, RQ_STALE_CHANGED, "not measured: the index does not tell its vectors");
	else if (stale->compared == 0)
		lack(stale, RQ_STALE_CHANGED, "not measured: no entry of the index is a document of the corpus");
	else if (2 * held.others > stale->compared)
		lack(stale, RQ_STALE_CHANGED,
		     rq_arena_printf(arena,
		                     "not measured: %zu of %zu vectors in the index are others than the documents have, so it holds codes, or vectors of "
		                     "another model or another order",
		                     held.others, stale->compared));
	return stale->absent[RQ_STALE_CHANGED] == NULL && isnan(stale->value[RQ_STALE_CHANGED]) ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status compare_file(struct rq_side_staleness *stale, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_searcher *searcher = &pipeline->searchers[side];
	const char *built = searcher->side->index.built;
	double age = (double)((int64_t)time(NULL) - searcher->file_built);

	stale->entries = searcher->rows;
	stale->compared = 0;
	stale->value[RQ_STALE_AGE] = age > 0 ? age : 0;
	stale->age_from = built != NULL ? "\"built\"" : "the time of its file, which a checkout or a restored cache sets anew (\"built\" tells the true one)";
	if (age < -SKEW)
		lack(stale, RQ_STALE_AGE, built != NULL ? "not measured: \"built\" lies in the future" : "not measured: the time of its file lies in the future");
	if (searcher->named) {
		compare_ids(stale, rq_side_corpus(pipeline, side), &searcher->index_ids);
	} else {
		lack(stale, RQ_STALE_MISSING, "not measured: the index has no id map; name it with \"ids\"");
		lack(stale, RQ_STALE_EXTRA, "not measured: the index has no id map; name it with \"ids\"");
	}
	RQ_TRY(rq_searcher_ready(searcher, pipeline->progress, err));
	return compare_vectors(stale, searcher, &pipeline->comparison.arena, err);
}

static enum rq_status compare_side(struct rq_side_staleness *stale, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, side);

	stale->documents = stale->entries = stale->compared = corpus->count;
	if (config->run != NULL || config->retriever != NULL) {
		stale->entries = stale->compared = 0;
		for (int what = 0; what < RQ_STALE_KINDS; what++)
			lack(stale, (enum rq_stale)what,
			     config->approved != NULL ? "not measured: the side is an approved baseline" /* its rankings are a run file too */
			     : config->run != NULL    ? "not measured: the side is a run file"
			                              : "not measured: the index is elsewhere");
		return RQ_OK;
	}
	if (config->bm25 != NULL)
		return RQ_OK;
	if (config->index.file != NULL)
		return compare_file(stale, pipeline, side, err);
	/* built of the documents that were embedded */
	stale->entries = stale->compared = pipeline->searchers[side].rows;
	for (size_t i = 0; i < corpus->count && stale->entries < corpus->count; i++)
		if (rq_ids_find(&pipeline->searchers[side].corpus->ids, corpus->documents[i].id, strlen(corpus->documents[i].id)) == RQ_ID_NONE)
			count(stale, RQ_STALE_MISSING, corpus->documents[i].id);
	return RQ_OK;
}

enum rq_status rq_stage_staleness(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;

	if ((pipeline->config->measured & RQ_MEASURE_STALENESS) == 0)
		return RQ_OK;
	struct rq_side_staleness *staleness = rq_arena_alloc(&comparison->arena, RQ_SIDES, sizeof *staleness);
	if (staleness == NULL)
		return rq_fail_memory(err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(compare_side(&staleness[side], pipeline, side, err));
	comparison->staleness = staleness;
	return RQ_OK;
}
