/* Latency: one query at a time on one thread, topics cycled, baseline and candidate in ABBA blocks so that a slow minute of the machine hits both.
 * Embedding a topic and searching for it are timed apart. */
#include "evalcore/pipeline/embedding_parts.h"
#include "evalcore/pipeline/stages.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MAX = 25 };
static const double ROUND_SHARE = 1. / 8; /* of the budget: what four blocks may take, so that a slow service is timed on both sides alike */

/* Something that is done to one topic after the other on both sides. */
struct contest {
	struct rq_pipeline *pipeline;
	struct rq_times *times; /* of each side */
	struct rq_timed *kept;
	const char *label, *unit;
	size_t wanted, block, longest; /* longest: of a block */
	struct rq_request_limit *limit; /* of what is asked for it; NULL: nothing is */
	double budget; /* seconds */
	size_t next[RQ_SIDES]; /* topic */
	/* Is there anything to do for this topic? */
	bool (*possible)(const struct contest *contest, enum rq_side side, size_t topic);
	enum rq_status (*once)(struct rq_single *took, struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err); /* seconds: of a failure too */
	struct rq_neighbours answers[RQ_SIDES]; /* of searches here */
	void *embedders[RQ_SIDES];              /* open ones; both may be the same */
	struct rq_vectors vector;               /* room for an embedding here */
};

static double since(uint64_t started_ns)
{
	return (double)(rq_clock_ns() - started_ns) * 1e-9;
}

/* ---- rounds ---- */

/* Both sides are timed over the same topics. */
static bool is_timed(const struct contest *contest, size_t topic)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (contest->times[side].seconds != NULL && !contest->possible(contest, side, topic))
			return false;
	return true;
}

static bool next_topic(size_t *topic, struct contest *contest, enum rq_side side)
{
	size_t count = contest->pipeline->topics.count;

	for (size_t tries = 0; tries < count; tries++) {
		*topic = contest->next[side]++ % count;
		if (is_timed(contest, *topic))
			return true;
	}
	return false;
}

/* A failure is longer than any time, so that it cannot be quicker than an answer; a rate charges what it took to the next answer. */
static void note_time(struct rq_times *times, const struct rq_single *took)
{
	times->seconds[times->count++] = took->failed ? INFINITY : took->seconds;
	times->lost += took->seconds;
	if (took->failed)
		return;
	if (took->waited > 0)
		times->waited[times->told++] = took->waited;
	times->apart[times->answered++] = times->lost;
	times->lost = 0;
}

/* *tried: how often. Ends early where `seconds` have passed. */
static enum rq_status time_block(size_t *tried, struct contest *contest, enum rq_side side, double seconds, struct rq_error *err)
{
	struct rq_times *times = &contest->times[side];
	uint64_t started = rq_clock_ns();
	size_t topic;

	for (*tried = 0; *tried < contest->block && times->count < contest->wanted && !times->refused && !times->idle;) {
		struct rq_single took;
		times->idle = !next_topic(&topic, contest, side);
		if (times->idle)
			break;
		RQ_TRY(contest->once(&took, contest, side, topic, err));
		if (times->refused)
			break;
		++*tried;
		note_time(times, &took);
		RQ_TRY(rq_cancel_check(err));
		if (since(started) >= seconds)
			break;
	}
	return RQ_OK;
}

static bool asks(const struct contest *contest, enum rq_side side)
{
	return contest->limit != NULL && contest->times[side].seconds != NULL && contest->pipeline->config->sides[side].embedder->ask != NULL;
}

/* A limit of requests is not spent on warming up: blocks are short enough for samples of both sides to follow, and where not even one would, nothing is sent. */
static void ration(struct contest *contest)
{
	const struct rq_request_limit *limit = contest->limit;
	size_t sides = asks(contest, RQ_BASELINE) + asks(contest, RQ_CANDIDATE);

	contest->longest = contest->wanted < BLOCK_MAX ? contest->wanted : BLOCK_MAX;
	if (sides == 0 || !limit->limited)
		return;
	uint64_t left = limit->most > limit->sent ? limit->most - limit->sent : 0, share = left / (4 * sides);
	if (share < contest->longest)
		contest->longest = share < 1 ? 1 : (size_t)share;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && left < 2 * sides; side++)
		contest->times[side].refused = asks(contest, side);
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
		contest->times[side].count = contest->times[side].answered = contest->times[side].told = 0;
		contest->times[side].lost = 0;
		contest->next[side] = 0;
	}
	double fitting = ROUND_SHARE * contest->budget / (2 * both);
	contest->block = fitting < 1 ? 1 : fitting < (double)contest->longest ? (size_t)fitting : contest->longest;
	return RQ_OK;
}

static enum rq_status time_sides(struct contest *contest, struct rq_error *err)
{
	static const enum rq_side order[] = {RQ_BASELINE, RQ_CANDIDATE, RQ_CANDIDATE, RQ_BASELINE};
	struct rq_progress *progress = contest->pipeline->progress;
	uint64_t started = rq_clock_ns();

	ration(contest);
	contest->block = contest->longest;
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
		for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && done > 0; side++)
			if (contest->times[side].seconds != NULL)
				contest->times[side].ends[contest->times[side].rounds++] = contest->times[side].count;
		rq_progress_add(progress, done);
	}
	rq_progress_end(progress);
	return RQ_OK;
}

static enum rq_status make_room(struct rq_times *times, size_t wanted, struct rq_error *err)
{
	times->seconds = malloc(wanted * sizeof *times->seconds);
	times->apart = malloc(wanted * sizeof *times->apart);
	times->waited = malloc(wanted * sizeof *times->waited);
	times->ends = malloc(RQ_SIDES * wanted * sizeof *times->ends); /* a round has a try of one side at least */
	return times->seconds == NULL || times->apart == NULL || times->waited == NULL || times->ends == NULL ? rq_fail_memory(err) : RQ_OK;
}

void rq_times_release(struct rq_times *times)
{
	free(times->seconds);
	free(times->apart);
	free(times->waited);
	free(times->ends);
	*times = (struct rq_times){0};
}

static enum rq_status remark_on_topics(const struct contest *contest, struct rq_error *err)
{
	size_t topics = contest->pipeline->topics.count, timed = 0;

	for (size_t i = 0; i < topics; i++)
		timed += is_timed(contest, i);
	if (timed == topics)
		return RQ_OK;
	return rq_run_remark(&contest->pipeline->comparison, false, err, "%s are timed over %zu of %zu topics: the others have failed on a side, or have no vector there",
	                     contest->unit, timed, topics);
}

/* The times as they came, before they are put into their order. */
static enum rq_status keep_rounds(struct rq_timed *timed, const struct rq_times *times, struct rq_arena *arena, struct rq_error *err)
{
	double *seconds = rq_arena_alloc(arena, times->count, sizeof *seconds);
	size_t *ends = rq_arena_alloc(arena, times->rounds, sizeof *ends);

	if (seconds == NULL || ends == NULL)
		return rq_fail_memory(err);
	memcpy(seconds, times->seconds, times->count * sizeof *seconds);
	memcpy(ends, times->ends, times->rounds * sizeof *ends);
	*timed = (struct rq_timed){seconds, times->count, ends, times->rounds, rq_histogram_of(seconds, times->count)};
	return RQ_OK;
}

/* On one thread; then the times are put into their order, and failures are told. */
static enum rq_status hold(struct contest *contest, struct rq_error *err)
{
	int threads = rq_threads();

	rq_threads_set(1);
	enum rq_status status = time_sides(contest, err);
	rq_threads_set(threads);
	if (status == RQ_OK)
		status = remark_on_topics(contest, err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++) {
		struct rq_times *times = &contest->times[side];
		if (times->count > 0)
			status = keep_rounds(&contest->kept[side], times, &contest->pipeline->comparison.arena, err);
		if (times->count > 0)
			qsort(times->seconds, times->count, sizeof *times->seconds, rq_compare_doubles);
		if (times->refused)
			status = rq_run_remark(&contest->pipeline->comparison, true, err, "--max-requests ended the timing of %s after %zu of %zu of the %s", contest->unit, times->count,
			                       contest->wanted, contest->pipeline->config->sides[side].name);
		if (times->answered > 0) /* what failed after the last answer */
			times->apart[times->answered - 1] += times->lost;
		if (status == RQ_OK && times->answered < times->count)
			status = rq_run_remark(&contest->pipeline->comparison, true, err, "%zu of %zu timed %s of the %s failed: longer than any limit, and no answer in a rate",
			                       times->count - times->answered, times->count, contest->unit, contest->pipeline->config->sides[side].name);
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
	return searcher->side->backend->search_batch(searcher->index, queries->data + topic * queries->d, 1, searcher->tie_rank, &contest->answers[side],
	                                             NULL, err);
}

static bool is_elsewhere(const struct contest *contest, enum rq_side side)
{
	return contest->pipeline->config->sides[side].retriever != NULL;
}

static bool can_search(const struct contest *contest, enum rq_side side, size_t topic)
{
	const struct rq_pipeline *pipeline = contest->pipeline;

	if (is_elsewhere(contest, side))
		return rq_remote_can_ask(&pipeline->remotes[side], topic);
	return !rq_side_has_vectors(&pipeline->config->sides[side]) || !rq_topic_has_no_vector(pipeline, side, topic);
}

static enum rq_status search_once(struct rq_single *took, struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();

	*took = (struct rq_single){0};
	if (is_elsewhere(contest, side))
		RQ_TRY(rq_remote_time(took, &contest->pipeline->remotes[side], topic, contest->pipeline->cutoff, err));
	else
		RQ_TRY(search_here(contest, side, topic, err));
	if (took->failed || !is_elsewhere(contest, side))
		took->seconds = since(started);
	return RQ_OK;
}

/* Whose clock a side's times are by. A time that a command tells of itself leaves out what it likes, so what it really took stands beside it. */
static enum rq_status remark_on_clock(struct contest *contest, enum rq_side side, struct rq_error *err)
{
	struct rq_times *times = &contest->times[side];
	const struct rq_times *others = &contest->times[side == RQ_BASELINE ? RQ_CANDIDATE : RQ_BASELINE];
	const char *name = contest->pipeline->config->sides[side].name;

	if (times->told == 0)
		return RQ_OK;
	if (times->told < times->answered)
		return rq_fail(err, RQ_E_DATA, "%s.index: %zu of %zu timed answers tell how long they took (\"latency_ms\"); expected all or none, for the two are no times of one kind", name,
		               times->told, times->answered);
	qsort(times->waited, times->told, sizeof *times->waited, rq_compare_doubles);
	bool alike = others->answered == 0 || others->told == others->answered;
	return rq_run_remark(&contest->pipeline->comparison, !alike, err,
	                     "%s: searches took as long as their command says (\"latency_ms\"), p50 %.3g ms, p99 %.3g ms%s; from question to answer it was p50 %.3g ms, p99 %.3g ms", name,
	                     1e3 * rq_quantile(times->seconds, times->count, .5), 1e3 * rq_quantile(times->seconds, times->count, .99),
	                     alike ? "" : ", while those of the other side are measured here", 1e3 * rq_quantile(times->waited, times->told, .5),
	                     1e3 * rq_quantile(times->waited, times->told, .99));
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
	struct contest contest = {.pipeline = pipeline, .times = pipeline->search_times, .kept = pipeline->comparison.searched, .label = "latency", .unit = "queries", .wanted = (size_t)config->samples,
	                          .budget = config->budget, .possible = can_search, .once = search_once};
	uint64_t started = rq_clock_ns();
	enum rq_status status = RQ_OK;

	if (config->samples == 0)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		status = make_ready(&contest, side, err);
	if (status == RQ_OK)
		status = hold(&contest, err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		status = remark_on_clock(&contest, side, err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_neighbours_release(&contest.answers[side]);
		rq_remote_close(&pipeline->remotes[side]);
	}
	return status == RQ_OK ? rq_add_stage(&pipeline->comparison, "latency", started, err) : status;
}

/* ---- embeddings ---- */

static const struct rq_embedder *embedder_of(const struct contest *contest, enum rq_side side)
{
	return contest->pipeline->config->sides[side].embedder;
}

/* What a service gave up on it would again, and it is not asked for blanks. */
static bool can_embed(const struct contest *contest, enum rq_side side, size_t topic)
{
	const bool *failed = rq_side_embedding(contest->pipeline, side)->failed_topics;

	if (embedder_of(contest, side)->ask != NULL && rq_text_is_blank(contest->pipeline->topics.topics[topic].text))
		return false;
	return failed == NULL || !failed[topic];
}

static enum rq_status take_vector(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *err)
{
	(void)rows;
	(void)vectors;
	(void)err;
	*(bool *)context = n > 0;
	return RQ_OK;
}

static enum rq_status take_failure(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	(void)row;
	(void)reason;
	(void)attempts;
	(void)seconds;
	(void)err;
	*(bool *)context = false;
	return RQ_OK;
}

static enum rq_status ask_once(bool *arrived, struct contest *contest, enum rq_side side, const char *text, struct rq_error *err)
{
	struct rq_request_limit *limit = &contest->pipeline->requests;
	const struct rq_embed_work work = {
		.role = RQ_ROLE_TOPIC, .texts = &text, .count = 1, .limit = limit, .fleeting = true, .context = arrived, .arrived = take_vector, .failed = take_failure};

	*arrived = false;
	bool *refused = &contest->times[side].refused;
	*refused = limit->limited && limit->sent >= limit->most;
	if (*refused)
		return RQ_OK;
	enum rq_status status = embedder_of(contest, side)->ask(contest->embedders[side], &work, err);
	if (status == RQ_E_UNAVAILABLE && limit->limited && limit->sent >= limit->most) { /* a second try was not allowed */
		*refused = true;
		*err = (struct rq_error){0};
		return RQ_OK;
	}
	return status;
}

static enum rq_status embed_once(struct rq_single *took, struct contest *contest, enum rq_side side, size_t topic, struct rq_error *err)
{
	const struct rq_embedder *embedder = embedder_of(contest, side);
	const char *text = contest->pipeline->topics.topics[topic].text;
	uint64_t started = rq_clock_ns();
	bool arrived = true;

	enum rq_status status = embedder->ask != NULL ? ask_once(&arrived, contest, side, text, err) :
	                                                embedder->embed(contest->embedders[side], RQ_ROLE_TOPIC, &text, 1, contest->vector.data, NULL, err);
	*took = (struct rq_single){.seconds = since(started), .failed = !arrived};
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", contest->pipeline->config->sides[side].name);
}

static enum rq_status open_embedder(struct contest *contest, enum rq_side side, struct rq_error *err)
{
	struct rq_pipeline *pipeline = contest->pipeline;
	const struct rq_side_config *sides = pipeline->config->sides;
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);

	if (!rq_side_has_vectors(&sides[side]) || sides[side].embedder->load != NULL)
		return RQ_OK;
	RQ_TRY(make_room(&contest->times[side], contest->wanted, err));
	if (side == RQ_CANDIDATE && contest->embedders[RQ_BASELINE] != NULL && rq_embed_alike(&sides[RQ_BASELINE], 0, &sides[RQ_CANDIDATE], 0)) {
		contest->embedders[RQ_CANDIDATE] = contest->embedders[RQ_BASELINE];
		return RQ_OK;
	}
	const struct rq_embed_job job = rq_embed_job_of(pipeline, side);
	RQ_TRY(rq_embedder_reopen(&contest->embedders[side], &job, &embedding->served_by, err));
	if (contest->vector.d >= embedding->topics.d)
		return RQ_OK;
	rq_vectors_release(&contest->vector);
	return rq_vectors_init(&contest->vector, 1, embedding->topics.d, err);
}

/* What the service was asked for it, beside what it was asked before. */
static enum rq_status close_embedder(struct contest *contest, enum rq_side side, enum rq_status status, struct rq_error *err)
{
	const struct rq_embedder *embedder = embedder_of(contest, side);
	struct rq_service_use use;

	if (contest->embedders[side] == NULL || (side == RQ_CANDIDATE && contest->embedders[side] == contest->embedders[RQ_BASELINE]))
		return status;
	if (status == RQ_OK && embedder->ask != NULL) {
		embedder->use(contest->embedders[side], &use);
		status = rq_add_service(&contest->pipeline->comparison, contest->pipeline->config->sides[side].name, "single topics, timed", &use, err);
	}
	embedder->close(contest->embedders[side]);
	return status;
}

bool rq_times_embedding(const struct rq_config *config)
{
	bool asked_for = false;

	for (size_t i = 0; i < config->metric_count; i++)
		asked_for |= config->metrics[i].metric->source == RQ_FROM_CLOCK && config->metrics[i].metric->clock == RQ_CLOCK_EMBED;
	return asked_for && config->latency.embed_samples > 0;
}

enum rq_status rq_stage_embed_timing(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_latency_config *config = &pipeline->config->latency;
	struct contest contest = {.pipeline = pipeline,
	                          .times = pipeline->embed_times,
	                          .kept = pipeline->comparison.embedded,
	                          .label = "embed latency",
	                          .unit = "embeddings",
	                          .wanted = (size_t)config->embed_samples,
	                          .limit = &pipeline->requests,
	                          .budget = config->budget,
	                          .possible = can_embed,
	                          .once = embed_once};
	uint64_t started = rq_clock_ns();
	enum rq_status status = RQ_OK;

	if (!rq_times_embedding(pipeline->config))
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		status = open_embedder(&contest, side, err);
	if (status == RQ_OK)
		status = hold(&contest, err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		status = close_embedder(&contest, side, status, err);
	rq_vectors_release(&contest.vector);
	return status == RQ_OK ? rq_add_stage(&pipeline->comparison, "embed latency", started, err) : status;
}
