/* Latency: one query at a time on one thread, topics cycled, baseline and candidate in ABBA blocks so that a slow minute of the machine hits both. */
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MAX = 25 };
static const double ROUND_SHARE = 1. / 8; /* of the budget: what four blocks may take, so that a slow service is timed on both sides alike */

/* Something that is done to one topic after the other on both sides. */
struct contest {
	struct rq_pipeline *pipeline;
	struct rq_times *times; /* of each side */
	const char *label, *unit;
	size_t wanted, block;
	double budget; /* seconds */
	size_t next[RQ_SIDES]; /* topic */
	/* Is there anything to do for this topic? */
	bool (*possible)(const struct contest *contest, enum rq_side side, size_t topic);
	/* *seconds NaN: it failed. */
	enum rq_status (*once)(double *seconds, struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err);
	struct rq_neighbours answers[RQ_SIDES];
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double since(uint64_t started_ns)
{
	return (double)(rq_clock_ns() - started_ns) * 1e-9;
}

/* ---- rounds ---- */

static bool next_topic(size_t *topic, struct contest *contest, enum rq_side side)
{
	size_t count = contest->pipeline->topics.count;

	for (size_t tries = 0; tries < count; tries++) {
		*topic = contest->next[side]++ % count;
		if (contest->possible(contest, side, *topic))
			return true;
	}
	return false;
}

/* *tried: how often. Ends early where `seconds` have passed. */
static enum rq_status time_block(size_t *tried, struct contest *contest, enum rq_side side, double seconds, struct rq_error *err)
{
	struct rq_times *times = &contest->times[side];
	uint64_t started = rq_clock_ns();
	size_t topic;

	for (*tried = 0; *tried < contest->block && times->count < contest->wanted && times->failed <= contest->wanted && next_topic(&topic, contest, side);) {
		double took;
		RQ_TRY(contest->once(&took, contest, side, topic, err));
		++*tried;
		if (isnan(took))
			times->failed++;
		else
			times->seconds[times->count++] = took;
		RQ_TRY(rq_cancel_check(err));
		if (since(started) >= seconds)
			break;
	}
	return RQ_OK;
}

/* An untimed block a side first: caches and page tables are not what is compared. What it takes tells how long blocks may be. */
static enum rq_status warm_up(struct contest *contest, struct rq_error *err)
{
	double both = 0;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		uint64_t started = rq_clock_ns();
		size_t tried;
		if (contest->times[side].seconds == NULL)
			continue;
		RQ_TRY(time_block(&tried, contest, side, ROUND_SHARE * contest->budget, err));
		both += tried == 0 ? 0 : since(started) / (double)tried;
		contest->times[side].count = contest->times[side].failed = 0;
		contest->next[side] = 0;
	}
	double fitting = ROUND_SHARE * contest->budget / (2 * both);
	contest->block = fitting < 1 ? 1 : fitting < BLOCK_MAX ? (size_t)fitting : BLOCK_MAX;
	return RQ_OK;
}

static enum rq_status time_sides(struct contest *contest, struct rq_error *err)
{
	static const enum rq_side order[] = {RQ_BASELINE, RQ_CANDIDATE, RQ_CANDIDATE, RQ_BASELINE};
	struct rq_progress *progress = contest->pipeline->progress;
	uint64_t started = rq_clock_ns();

	contest->block = contest->wanted < BLOCK_MAX ? contest->wanted : BLOCK_MAX;
	RQ_TRY(warm_up(contest, err));
	rq_progress_begin(progress, contest->label, contest->unit, RQ_SIDES * contest->wanted);
	for (size_t done = 1; done > 0 && since(started) < contest->budget;) {
		done = 0;
		for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
			size_t tried = 0;
			if (contest->times[order[i]].seconds != NULL)
				RQ_TRY(time_block(&tried, contest, order[i], INFINITY, err));
			done += tried;
		}
		rq_progress_add(progress, done);
	}
	rq_progress_end(progress);
	return RQ_OK;
}

static enum rq_status make_room(struct rq_times *times, size_t wanted, struct rq_error *err)
{
	times->seconds = malloc(wanted * sizeof *times->seconds);
	return times->seconds == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* On one thread; then the times are put into their order, and failures are told. */
static enum rq_status hold(struct contest *contest, struct rq_error *err)
{
	int threads = rq_threads();

	rq_threads_set(1);
	enum rq_status status = time_sides(contest, err);
	rq_threads_set(threads);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++) {
		struct rq_times *times = &contest->times[side];
		if (times->count > 0)
			qsort(times->seconds, times->count, sizeof *times->seconds, by_value);
		if (times->failed > 0)
			status = rq_run_remark(&contest->pipeline->comparison, true, err, "%zu of %zu timed %s of the %s failed, and are in no time", times->failed,
			                       times->failed + times->count, contest->unit, contest->pipeline->config->sides[side].name);
	}
	return status;
}

/* ---- searches ---- */

/* A search by words begins with the topic's text; one by vectors with its vector, whatever made it. */
static enum rq_status search_here(struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err)
{
	struct rq_pipeline *pipeline = contest->pipeline;
	struct rq_searcher *searcher = &pipeline->searchers[side];
	struct rq_lexical_searcher *lexical = &pipeline->lexical[side];

	if (lexical->reader != NULL)
		return rq_bm25_reader_search(&contest->answers[side], 0, lexical->reader, pipeline->topics.topics[topic].text, lexical->tie_rank, err);
	const struct rq_vectors *queries = &searcher->embedding->topics;
	return searcher->side->backend->search_batch(searcher->index, queries->data + topic * queries->d, 1, searcher->tie_rank, &contest->answers[side], NULL, err);
}

static bool is_elsewhere(const struct contest *contest, enum rq_side side)
{
	return contest->pipeline->config->sides[side].retriever != NULL;
}

static bool can_search(const struct contest *contest, enum rq_side side, size_t topic)
{
	return !is_elsewhere(contest, side) || rq_remote_can_ask(&contest->pipeline->remotes[side], topic);
}

static enum rq_status search_once(double *seconds, struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();
	bool failed;

	if (!is_elsewhere(contest, side)) {
		RQ_TRY(search_here(contest, side, topic, err));
		*seconds = since(started);
		return RQ_OK;
	}
	if (rq_remote_time(seconds, &failed, &contest->pipeline->remotes[side], topic, contest->pipeline->cutoff, err) != RQ_OK)
		return rq_fail_within(err, "%s.index", contest->pipeline->config->sides[side].name);
	*seconds = failed ? NAN : *seconds;
	return RQ_OK;
}

static enum rq_status make_ready(struct contest *contest, enum rq_side side, struct rq_error *err)
{
	struct rq_pipeline *pipeline = contest->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (config->run != NULL)
		return RQ_OK;
	RQ_TRY(make_room(&contest->times[side], contest->wanted, err));
	if (config->retriever != NULL) /* open since its search */
		return RQ_OK;
	RQ_TRY(rq_neighbours_init(&contest->answers[side], 1, pipeline->cutoff, err));
	return config->bm25 != NULL ? rq_lexical_searcher_ready(&pipeline->lexical[side], pipeline->progress, err) :
	                              rq_searcher_ready(&pipeline->searchers[side], pipeline->progress, err);
}

enum rq_status rq_stage_timing(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_latency_config *config = &pipeline->config->latency;
	struct contest contest = {.pipeline = pipeline, .times = pipeline->search_times, .label = "latency", .unit = "queries", .wanted = (size_t)config->samples,
	                          .budget = config->budget, .possible = can_search, .once = search_once};
	uint64_t started = rq_clock_ns();
	enum rq_status status = RQ_OK;

	if (config->samples == 0)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		status = make_ready(&contest, side, err);
	if (status == RQ_OK)
		status = hold(&contest, err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_neighbours_release(&contest.answers[side]);
		rq_remote_close(&pipeline->remotes[side]);
	}
	return status == RQ_OK ? rq_add_stage(&pipeline->comparison, "latency", started, err) : status;
}
