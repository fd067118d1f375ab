/* The rankings of a side that is searched elsewhere, by its retriever, and what is to be said of them. */
#include "evalcore/base/secret.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct teller {
	struct rq_comparison *comparison;
	const char *side;
};

static enum rq_status say(void *context, bool warning, const char *text, struct rq_error *err)
{
	const struct teller *teller = context;

	return rq_remark(teller->comparison, warning, err, "%s: %s", teller->side, text);
}

/* What the search really did, before single questions are timed on top of it. */
static enum rq_status tell(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	struct rq_comparison *comparison = &pipeline->comparison;
	struct teller teller = {comparison, config->name};
	const char *scan = NULL;

	if (config->retriever->tell == NULL)
		return RQ_OK;
	RQ_TRY(config->retriever->tell(pipeline->remotes[side].state, &scan, say, &teller, err));
	if (scan == NULL)
		return RQ_OK;
	char *searched = rq_arena_strdup(&comparison->arena, scan);
	if (searched == NULL)
		return rq_fail_memory(err);
	rq_secret_hide(searched);
	comparison->sides[side].searched = searched;
	return RQ_OK;
}

/* While the retriever is open. */
static enum rq_status measure(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_retriever *retriever = pipeline->config->sides[side].retriever;
	struct rq_remote *remote = &pipeline->remotes[side];

	remote->index_bytes = NAN;
	remote->bytes_absent = "not measured: the index is elsewhere";
	if ((pipeline->config->measured & RQ_MEASURE_SIZE) == 0 || retriever->size == NULL)
		return RQ_OK;
	return retriever->size(remote->state, &remote->index_bytes, &remote->bytes_absent, err);
}

static enum rq_status remark(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_remote *remote = &pipeline->remotes[side];
	const char *name = pipeline->config->sides[side].name;

	if (remote->repeated > 0)
		RQ_TRY(rq_remark(&pipeline->comparison, true, err, "%s: %zu times an answer named a document again; it keeps its first place", name,
		                 remote->repeated));
	RQ_TRY(rq_count_strangers(pipeline, side, err));
	RQ_TRY(tell(pipeline, side, err));
	return measure(pipeline, side, err);
}

/* An index holds the vectors of one model; a candidate that only names another embedder searches the baseline's. */
static enum rq_status remark_on_models(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_side_config *sides = pipeline->config->sides, *a = &sides[RQ_BASELINE], *b = &sides[RQ_CANDIDATE];

	if (a->retriever != b->retriever || !rq_side_has_vectors(a) || !rq_side_has_vectors(b) ||
	    !a->retriever->same(a->retriever_options, b->retriever_options))
		return RQ_OK;
	if (strcmp(a->embedder_name, b->embedder_name) == 0 || rq_embed_alike(a, 0, b, 0))
		return RQ_OK;
	return rq_remark(&pipeline->comparison, true, err,
	                 "both sides search the same index, the baseline with topics of \"%s\" and the candidate with those of \"%s\"; an index holds "
	                 "the vectors of one "
	                 "model, so unless these are the same one, give the candidate an index of its own",
	                 a->embedder_name, b->embedder_name);
}

/* The topics whose lists go on and have too few parents. */
static void find_short(bool *wanted, const struct rq_run *run, const struct rq_row_lists *lists)
{
	for (size_t i = 0; i < run->count; i++)
		wanted[i] = !run->rankings[i].failed && run->rankings[i].count < lists->depth && lists->neighbours->counts[i] == lists->neighbours->k;
}

/* Deeper lists, with what is known already. */
static enum rq_status deepen(struct rq_neighbours *lists, size_t k, struct rq_error *err)
{
	struct rq_neighbours deeper;

	RQ_TRY(rq_neighbours_init(&deeper, lists->queries, k, err));
	for (size_t i = 0; i < lists->queries; i++) {
		deeper.counts[i] = lists->counts[i];
		memcpy(deeper.rows + i * k, lists->rows + i * lists->k, lists->counts[i] * sizeof *lists->rows);
		memcpy(deeper.scores + i * k, lists->scores + i * lists->k, lists->counts[i] * sizeof *lists->scores);
	}
	rq_neighbours_release(lists);
	*lists = deeper;
	return RQ_OK;
}

static enum rq_status search(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_remote *remote = &pipeline->remotes[side];
	struct rq_neighbours *found = &pipeline->found[side];
	struct rq_run *run = &pipeline->runs[side];
	const struct rq_row_lists lists = {.neighbours = found, .side = side, .words = !rq_side_has_vectors(&pipeline->config->sides[side]), .failed = remote->failed,
	                                   .depth = pipeline->cutoff};
	RQ_CLEANUP(rq_free_pointer) bool *wanted = malloc((pipeline->topics.count + 1) * sizeof *wanted);
	size_t short_of, k = pipeline->cutoff;

	if (wanted == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_neighbours_init(found, pipeline->topics.count, k, err));
	RQ_TRY(rq_remote_search(found, remote, NULL, pipeline->progress, err));
	for (;;) {
		RQ_TRY(rq_stage_ranking(run, &short_of, pipeline, &lists, err));
		k = rq_deeper(pipeline, remote->searcher->rows, short_of, k);
		if (k == 0)
			return RQ_OK;
		find_short(wanted, run, &lists);
		rq_run_release(run);
		RQ_TRY(deepen(found, k, err));
		RQ_TRY(rq_remote_search(found, remote, wanted, pipeline->progress, err));
	}
}

enum rq_status rq_stage_elsewhere(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	struct rq_remote *remote = &pipeline->remotes[side];

	RQ_TRY(rq_remote_open(remote, &pipeline->searchers[side], &pipeline->topics, &pipeline->comparison.failures, pipeline->cutoff, err));
	RQ_TRY(search(pipeline, side, err));
	RQ_TRY(remark(pipeline, side, err));
	if (side == RQ_CANDIDATE)
		RQ_TRY(remark_on_models(pipeline, err));
	if (side == RQ_BASELINE && pipeline->self_test)
		RQ_TRY(rq_ask_again(pipeline, err));
	if (pipeline->config->latency.samples == 0) /* else single questions follow */
		rq_remote_close(remote);
	return rq_add_cache_use(&pipeline->comparison, config->name, "index", err, "%s, elsewhere; answers searched", config->retriever->name);
}
