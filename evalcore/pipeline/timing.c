/* Latency: one query at a time on one thread, topics cycled, baseline and candidate in ABBA blocks so that a slow minute of the machine hits both. */
#include "evalcore/pipeline/stages.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_QUERIES = 25 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A search by words begins with the topic's text; one by vectors with its vector, whatever made it. */
static enum rq_status search_one(struct rq_pipeline *pipeline, enum rq_side side, size_t topic, struct rq_neighbours *answer, struct rq_error *err)
{
	struct rq_searcher *searcher = &pipeline->searchers[side];
	struct rq_lexical_searcher *lexical = &pipeline->lexical[side];

	if (lexical->reader != NULL)
		return rq_bm25_reader_search(answer, 0, lexical->reader, pipeline->topics.topics[topic].text, lexical->tie_rank, err);
	const struct rq_vectors *queries = &searcher->embedding->topics;
	return searcher->side->backend->search_batch(searcher->index, queries->data + topic * queries->d, 1, searcher->tie_rank, answer, NULL, err);
}

static enum rq_status time_block(struct rq_pipeline *pipeline, enum rq_side side, struct rq_neighbours *answer, size_t wanted, struct rq_error *err)
{
	for (size_t i = 0; i < BLOCK_QUERIES && pipeline->time_count[side] < wanted; i++) {
		size_t topic = pipeline->time_count[side] % pipeline->topics.count;
		uint64_t started = rq_clock_ns();
		RQ_TRY(search_one(pipeline, side, topic, answer, err));
		pipeline->times[side][pipeline->time_count[side]++] = (double)(rq_clock_ns() - started) * 1e-9;
		RQ_TRY(rq_cancel_check(err));
	}
	return RQ_OK;
}

/* One untimed block a side first: caches and page tables are not what is compared. */
static enum rq_status time_sides(struct rq_pipeline *pipeline, struct rq_neighbours *answers, struct rq_error *err)
{
	static const enum rq_side order[] = {RQ_BASELINE, RQ_CANDIDATE, RQ_CANDIDATE, RQ_BASELINE};
	size_t wanted = (size_t)pipeline->config->latency.samples;
	double budget = pipeline->config->latency.budget * 1e9;
	uint64_t started = rq_clock_ns();

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (pipeline->times[side] != NULL) {
			RQ_TRY(time_block(pipeline, side, &answers[side], wanted, err));
			pipeline->time_count[side] = 0;
		}
	rq_progress_begin(pipeline->progress, "latency", "queries", RQ_SIDES * wanted);
	for (size_t done = 1; done > 0 && (double)(rq_clock_ns() - started) < budget;) {
		done = 0;
		for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
			size_t before = pipeline->time_count[order[i]];
			if (pipeline->times[order[i]] != NULL)
				RQ_TRY(time_block(pipeline, order[i], &answers[order[i]], wanted, err));
			done += pipeline->time_count[order[i]] - before;
		}
		rq_progress_add(pipeline->progress, done);
	}
	rq_progress_end(pipeline->progress);
	return RQ_OK;
}

enum rq_status rq_stage_timing(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_neighbours answers[RQ_SIDES] = {0};
	uint64_t started = rq_clock_ns();
	enum rq_status status = RQ_OK;
	int threads = rq_threads();

	if (pipeline->config->latency.samples == 0)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++) {
		if (pipeline->config->sides[side].run != NULL)
			continue;
		status = pipeline->config->sides[side].bm25 != NULL ? rq_lexical_searcher_ready(&pipeline->lexical[side], pipeline->progress, err) :
		                                                      rq_searcher_ready(&pipeline->searchers[side], pipeline->progress, err);
		if (status == RQ_OK)
			status = rq_neighbours_init(&answers[side], 1, pipeline->cutoff, err);
		pipeline->times[side] = malloc((size_t)pipeline->config->latency.samples * sizeof(double));
		if (status == RQ_OK && pipeline->times[side] == NULL)
			status = rq_fail_memory(err);
	}
	rq_threads_set(1);
	if (status == RQ_OK)
		status = time_sides(pipeline, answers, err);
	rq_threads_set(threads);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_neighbours_release(&answers[side]);
		if (pipeline->times[side] != NULL)
			qsort(pipeline->times[side], pipeline->time_count[side], sizeof(double), by_value);
	}
	return status == RQ_OK ? rq_add_stage(&pipeline->comparison, "latency", started, err) : status;
}
