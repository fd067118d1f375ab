/* The stages in their order, each asked what it would do. What is cached is known exactly: keys are made by the stages themselves, and where all vectors are cached they are
 * put together, since the keys of what follows depend on them. Seconds are ranges around a model of each stage, scaled by a measured product; what a plan reads itself it
 * has timed. */
#include "evalcore/pipeline/plan.h"

#include "datasets/datasets.h"
#include "evalcore/base/words.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/pipeline/text_cache.h"

#include <math.h>
#include <string.h>

enum { STAGES_MAX = 16, WARNINGS_MAX = 8, TIMED_BLOCK = 25 };

/* The truth was within these of every estimate that was checked: README.md. */
static const double RANGE_LOW = .5, RANGE_HIGH = 2;
static const double READ_SECONDS = 2e-9; /* a byte: read, hashed, copied */
static const double NEIGHBOUR_BYTES = 12;
static const double EXACT_THREAD_BYTES = 16e6;

struct side {
	const struct rq_embedding *embedding; /* empty: its vectors are not known yet */
	size_t n, d;                          /* of its vectors; d 0: unknown */
	struct rq_index_estimate index;
	size_t k;                             /* depth of its search */
};

struct planner {
	struct rq_plan *plan;
	struct rq_pipeline *pipeline;
	struct side sides[RQ_SIDES];
	struct rq_embedding unknown;
	double slowness, threads, held; /* held: bytes, by then */
};

static bool is_known(const struct side *side)
{
	return side->embedding->documents.data != NULL;
}

static struct rq_span around(double seconds)
{
	return (struct rq_span){RANGE_LOW * seconds, RANGE_HIGH * seconds};
}

static double since(uint64_t started_ns)
{
	return (double)(rq_clock_ns() - started_ns) * 1e-9;
}

/* A stage that costs nothing yet. `what` NULL: no memory. */
static enum rq_status add_stage(struct rq_plan_stage **stage, struct planner *planner, const char *side, const char *name, enum rq_plan_state state, const char *what,
                                struct rq_error *err)
{
	struct rq_plan *plan = planner->plan;

	if (what == NULL)
		return rq_fail_memory(err);
	if (plan->stage_count == STAGES_MAX)
		return rq_fail(err, RQ_E_INTERNAL, "a plan of more than %d stages", STAGES_MAX);
	*stage = &plan->stages[plan->stage_count++];
	**stage = (struct rq_plan_stage){.side = side, .stage = name, .state = state, .what = what, .memory = planner->held};
	return RQ_OK;
}

static void add_cost(struct rq_plan_stage *stage, struct planner *planner, const struct rq_cost *cost)
{
	double seconds = (cost->serial + cost->parallel / planner->threads) * planner->slowness;

	stage->seconds.low += RANGE_LOW * seconds;
	stage->seconds.high += RANGE_HIGH * seconds;
	stage->memory = fmax(stage->memory, planner->held + cost->memory);
	stage->stored += planner->pipeline->cache.folder == NULL ? 0 : cost->stored;
	stage->sent += cost->sent;
	planner->held += cost->kept;
}

static enum rq_status warn(struct planner *planner, const char *text, struct rq_error *err)
{
	struct rq_plan *plan = planner->plan;

	if (text == NULL)
		return rq_fail_memory(err);
	if (plan->warning_count < WARNINGS_MAX)
		plan->warnings[plan->warning_count++] = text;
	return RQ_OK;
}

/* ---- vectors ---- */

static const char *documents_and_topics(struct planner *planner, size_t documents)
{
	return rq_arena_printf(&planner->plan->arena, "%s documents and %s topics", rq_grouped(documents).text, rq_grouped(planner->pipeline->topics.count).text);
}

static void describe_vectors(struct rq_plan_stage *stage, const struct side *side, size_t topics)
{
	stage->rows = side->n + topics;
	stage->dimension = side->d;
	stage->bytes = (double)stage->rows * (double)side->d * sizeof(float);
}

/* Reads vectors that are there: files, or texts that are all cached. */
static enum rq_status read_vectors(struct planner *planner, enum rq_side which, struct rq_plan_stage *stage, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_embedding *embedding = &pipeline->embeddings[which];
	struct side *side = &planner->sides[which];
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_embed_side(embedding, &pipeline->config->sides[which], &pipeline->corpora[RQ_BASELINE], rq_side_corpus(pipeline, which), &pipeline->topics, &pipeline->cache, NULL, err));
	side->embedding = embedding;
	side->d = embedding->documents.d;
	stage->seconds = around(since(started));
	describe_vectors(stage, side, pipeline->topics.count);
	planner->held += stage->bytes;
	stage->memory = fmax(stage->memory, planner->held + stage->bytes);
	return RQ_OK;
}

static enum rq_status plan_vector_files(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	const char *texts = documents_and_topics(planner, planner->sides[which].n);
	struct rq_plan_stage *stage;

	RQ_TRY(add_stage(&stage, planner, config->name, "embed", RQ_PLAN_READ,
	                 texts == NULL ? NULL : rq_arena_printf(&planner->plan->arena, "read the vectors of %s", texts), err));
	RQ_TRY(read_vectors(planner, which, stage, err));
	stage->texts = stage->known = stage->rows;
	return RQ_OK;
}

static enum rq_status plan_fit(struct planner *planner, enum rq_side which, const struct rq_embed_outlook *outlook, bool shared, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	struct rq_arena *arena = &planner->plan->arena;
	struct rq_plan_stage *stage;

	if (config->embedder->fit == NULL)
		return RQ_OK;
	if (!outlook->fits)
		return add_stage(&stage, planner, config->name, "fit", RQ_PLAN_CACHED, rq_arena_printf(arena, "%s is fitted", config->embedder->name), err);
	if (shared)
		return add_stage(&stage, planner, config->name, "fit", RQ_PLAN_SHARED, rq_arena_printf(arena, "%s as fitted for the baseline", config->embedder->name), err);
	RQ_TRY(add_stage(&stage, planner, config->name, "fit", RQ_PLAN_COMPUTE,
	                 rq_arena_printf(arena, "fit %s to %s documents", config->embedder->name, rq_grouped(outlook->fitted_on.texts).text), err));
	add_cost(stage, planner, &outlook->estimate.fit);
	return RQ_OK;
}

static enum rq_status plan_embedding(struct planner *planner, enum rq_side which, const struct rq_embed_outlook *outlook, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	struct side *side = &planner->sides[which];
	const char *texts = documents_and_topics(planner, side->n);
	enum rq_plan_state state = outlook->missing.texts > 0 ? RQ_PLAN_COMPUTE : outlook->shared > 0 ? RQ_PLAN_SHARED : RQ_PLAN_CACHED;
	struct rq_plan_stage *stage;

	RQ_TRY(add_stage(&stage, planner, config->name, "embed", state,
	                 texts == NULL ? NULL : rq_arena_printf(&planner->plan->arena, "%s %s with %s", state == RQ_PLAN_COMPUTE ? "embed" : "take", texts, config->embedder->name), err));
	stage->texts = outlook->texts;
	stage->known = outlook->cached + outlook->shared;
	stage->to_embed = outlook->missing.texts;
	side->d = outlook->estimate.dimension;
	if (state == RQ_PLAN_CACHED) {
		stage->memory += outlook->estimate.embed.memory;
		return read_vectors(planner, which, stage, err);
	}
	describe_vectors(stage, side, planner->pipeline->topics.count);
	struct rq_cost cost = outlook->estimate.embed;
	cost.serial += READ_SECONDS * stage->bytes; /* their digests */
	cost.kept += stage->bytes;
	cost.memory += stage->bytes * (1 + (double)stage->known / (double)stage->texts);
	cost.stored += (double)stage->to_embed * (double)rq_text_record_size(side->d);
	add_cost(stage, planner, &cost);
	return RQ_OK;
}

static enum rq_status plan_texts(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	bool alike = which == RQ_CANDIDATE && rq_embed_alike(&pipeline->config->sides[RQ_BASELINE], config);
	struct rq_embed_outlook outlook;

	RQ_TRY(rq_embed_look(&outlook, config, &pipeline->corpora[RQ_BASELINE], rq_side_corpus(pipeline, which), &pipeline->topics, alike ? &pipeline->corpora[RQ_BASELINE] : NULL,
	                     &pipeline->cache, err));
	RQ_TRY(plan_fit(planner, which, &outlook, alike && pipeline->cache.folder != NULL, err));
	return plan_embedding(planner, which, &outlook, err);
}

static enum rq_status plan_run_file(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_run_load(&planner->pipeline->runs[which], config->run, err));
	RQ_TRY(add_stage(&stage, planner, config->name, "search", RQ_PLAN_READ, rq_arena_printf(&planner->plan->arena, "read the run file \"%s\"", config->shown), err));
	stage->seconds = around(since(started));
	return RQ_OK;
}

static enum rq_status plan_vectors(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	struct side *side = &planner->sides[which];
	struct rq_plan_stage *stage;

	*side = (struct side){.embedding = &planner->unknown, .k = pipeline->cutoff};
	if (config->run != NULL)
		return RQ_OK;
	side->n = rq_side_corpus(pipeline, which)->count;
	if (which == RQ_CANDIDATE && rq_shares_embedding(pipeline)) {
		side->embedding = planner->sides[RQ_BASELINE].embedding;
		side->d = planner->sides[RQ_BASELINE].d;
		return add_stage(&stage, planner, config->name, "embed", RQ_PLAN_SHARED, "the baseline's vectors", err);
	}
	enum rq_status status = (config->embedder->load != NULL ? plan_vector_files : plan_texts)(planner, which, err);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", config->name);
}

/* ---- indexes and searches ---- */

/* Will the cache hold what the baseline built, and is it what the candidate needs? */
static bool baseline_builds_it(const struct planner *planner)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_searcher *searchers = pipeline->searchers;
	bool comparable = rq_shares_embedding(pipeline) || (is_known(&planner->sides[RQ_BASELINE]) && is_known(&planner->sides[RQ_CANDIDATE]));

	return pipeline->cache.folder != NULL && searchers[RQ_BASELINE].side != NULL && comparable &&
	       memcmp(&searchers[RQ_BASELINE].key, &searchers[RQ_CANDIDATE].key, sizeof(struct rq_key)) == 0;
}

static enum rq_status open_index(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_searcher *searcher = &planner->pipeline->searchers[which];
	const struct rq_side_config *config = searcher->side;
	struct side *side = &planner->sides[which];
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();

	RQ_TRY(add_stage(&stage, planner, config->name, "index", RQ_PLAN_READ, rq_arena_printf(&planner->plan->arena, "open \"%s\"", config->shown), err));
	RQ_TRY(rq_searcher_ready(searcher, NULL, err));
	RQ_TRY(config->backend->estimate(&side->index, searcher->index, &config->index, searcher->rows, config->backend->dimension(searcher->index), side->k, err));
	stage->seconds = around(since(started));
	planner->held += side->index.bytes;
	stage->memory = planner->held + side->index.bytes; /* its bytes are digested while they are read */
	return RQ_OK;
}

static enum rq_status build_index(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_searcher *searcher = &planner->pipeline->searchers[which];
	const struct rq_side_config *config = searcher->side;
	struct side *side = &planner->sides[which];
	struct rq_arena *arena = &planner->plan->arena;
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();
	bool cached = is_known(side) && rq_searcher_index_cached(searcher), shared = !cached && which == RQ_CANDIDATE && baseline_builds_it(planner);
	double seconds = since(started), bytes = side->index.bytes;

	const char *factory = config->index.factory == NULL ? config->backend->name : config->index.factory, *build = config->index.build;
	const char *what = rq_arena_printf(arena, "%s %s%s%s over %s x %zu", cached || shared ? "read" : "build", factory, build == NULL ? "" : " ", build == NULL ? "" : build,
	                                   rq_grouped(side->n).text, side->d);
	RQ_TRY(add_stage(&stage, planner, config->name, "index", cached ? RQ_PLAN_CACHED : shared ? RQ_PLAN_SHARED : RQ_PLAN_COMPUTE, what, err));
	if (cached)
		stage->seconds = around(2 * seconds);
	if (cached || shared) {
		add_cost(stage, planner, &(struct rq_cost){.serial = cached ? 0 : READ_SECONDS * bytes, .memory = bytes, .kept = bytes});
		return RQ_OK;
	}
	side->index.build.serial += READ_SECONDS * bytes;
	side->index.build.memory += 2 * bytes; /* its digest is of its bytes in memory */
	add_cost(stage, planner, &side->index.build);
	if (side->index.uncounted != NULL)
		return warn(planner, rq_arena_printf(arena, "%s: how long %s takes to build is not known (%s)", config->name, factory, side->index.uncounted), err);
	return RQ_OK;
}

static enum rq_status plan_index(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	struct rq_searcher *searcher = &pipeline->searchers[which];
	struct side *side = &planner->sides[which];

	RQ_TRY(rq_searcher_init(searcher, config, rq_side_corpus(pipeline, which), side->embedding, &pipeline->cache, err));
	if (config->index.file != NULL)
		return open_index(planner, which, err);
	if (config->backend->estimate(&side->index, NULL, &config->index, side->n, side->d, side->k, err) != RQ_OK)
		return rq_fail_within(err, "%s.index", config->name);
	return config->backend->stored ? build_index(planner, which, err) : RQ_OK;
}

/* Goes as deep as the run would, as long as the answers are cached. */
static enum rq_status find_answers(bool *found, struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct side *side = &planner->sides[which];
	size_t short_of;

	*found = is_known(side);
	for (size_t k = side->k; *found && k > 0;) {
		side->k = k;
		rq_neighbours_release(&pipeline->found[which]);
		*found = rq_searcher_find(&pipeline->found[which], &pipeline->searchers[which], k);
		if (!*found)
			break;
		rq_run_release(&pipeline->runs[which]);
		RQ_TRY(rq_stage_ranking(&pipeline->runs[which], &short_of, pipeline, which, &pipeline->found[which], false, err));
		k = rq_deeper(pipeline, which, short_of, k);
	}
	return RQ_OK;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static enum rq_status plan_search(struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *sides = pipeline->config->sides, *config = &sides[which];
	struct side *side = &planner->sides[which];
	struct rq_plan_stage *stage;
	size_t queries = pipeline->topics.count;
	bool found;

	RQ_TRY(find_answers(&found, planner, which, err));
	bool shared = !found && which == RQ_CANDIDATE && baseline_builds_it(planner) && rq_shares_embedding(pipeline) && same_text(sides[0].index.search, config->index.search) &&
	              same_text(sides[0].index.ids, config->index.ids);
	const char *what = rq_arena_printf(&planner->plan->arena, "%s topics, %s deep%s%s%s%s", rq_grouped(queries).text, rq_grouped(side->k).text,
	                                   config->index.search == NULL ? "" : ", ", config->index.search == NULL ? "" : config->index.search,
	                                   config->backend->exact ? ", against every vector" : "",
	                                   pipeline->config->dataset.unit == RQ_UNIT_PARENT && !found ? " or deeper, for enough parents" : "");
	RQ_TRY(add_stage(&stage, planner, config->name, "search", found ? RQ_PLAN_CACHED : shared ? RQ_PLAN_SHARED : RQ_PLAN_COMPUTE, what, err));
	double bytes = (double)queries * (double)side->k * NEIGHBOUR_BYTES;
	struct rq_cost cost = {.serial = READ_SECONDS * bytes, .memory = 2 * bytes, .kept = 2 * bytes};
	if (!found && !shared) {
		cost.stored = bytes;
		cost.parallel = config->backend->exact ? 0 : side->index.query * (double)queries;
	}
	add_cost(stage, planner, &cost);
	if (!found && !shared && config->backend->exact) {
		struct rq_span measured = around(rq_exact_estimate(side->n, side->d, queries));
		stage->seconds.low += measured.low;
		stage->seconds.high += measured.high;
	}
	return RQ_OK;
}

/* ---- exact search ---- */

static enum rq_status decide(struct planner *planner, enum rq_plan_state state, const char *decision, struct rq_error *err)
{
	planner->plan->exact.state = state;
	planner->plan->exact.decision = decision;
	return decision == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* About as many topics as fit the budget; the estimate is not quite proportional to them. */
static size_t most_topics(const struct side *side, size_t topics, double seconds, double budget)
{
	double most = (double)topics * budget / seconds;
	size_t fitting = (size_t)fmin(most, (double)topics);

	while (fitting > 0 && !rq_exact_affordable(NULL, side->n, side->d, fitting, budget))
		fitting = fitting * 4 / 5;
	return fitting;
}

/* One side's exact search: cached, as the baseline's, affordable or not. */
static enum rq_status plan_exact_side(bool *affordable, struct planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct side *side = &planner->sides[which];
	size_t k = side->k < side->n ? side->k : side->n;
	bool found = false, shared = which == RQ_CANDIDATE && rq_shares_embedding(pipeline) && rq_wants_truth(pipeline, RQ_BASELINE) && pipeline->cache.folder != NULL &&
	                             side->k == planner->sides[RQ_BASELINE].k;
	double seconds;

	*affordable = true;
	if (is_known(side))
		RQ_TRY(rq_searcher_find_exact(&pipeline->exact[which], &found, &pipeline->searchers[which], pipeline->exact_topics, pipeline->exact_topic_count, k, err));
	if (found || shared)
		return RQ_OK;
	*affordable = rq_exact_affordable(&seconds, side->n, side->d, exact->topics, exact->budget);
	exact->state = RQ_PLAN_COMPUTE;
	exact->products += (double)side->n * (double)side->d * (double)exact->topics;
	exact->seconds.low += around(seconds).low;
	exact->seconds.high += around(seconds).high;
	if (!*affordable) {
		size_t most = most_topics(side, exact->topics, seconds, exact->budget);
		exact->most_topics = exact->most_topics == 0 || most < exact->most_topics ? most : exact->most_topics;
	}
	return RQ_OK;
}

static enum rq_status plan_exact_search(struct planner *planner, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct rq_arena *arena = &planner->plan->arena;
	bool affordable = true, fits;

	RQ_TRY(rq_sample_topics(pipeline, err));
	exact->topics = pipeline->exact_topics == NULL ? pipeline->topics.count : pipeline->exact_topic_count;
	exact->state = RQ_PLAN_CACHED;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (rq_wants_truth(pipeline, side)) {
			RQ_TRY(plan_exact_side(&fits, planner, side, err));
			affordable &= fits;
		}
	const char *topics = rq_arena_printf(arena, "%s%s topics", pipeline->exact_topics == NULL ? "all " : "a seeded sample of ", rq_grouped(exact->topics).text);
	if (topics == NULL)
		return rq_fail_memory(err);
	if (exact->state == RQ_PLAN_CACHED)
		return decide(planner, RQ_PLAN_CACHED, rq_arena_printf(arena, "cached: %s", topics), err);
	if (affordable)
		return decide(planner, RQ_PLAN_COMPUTE, rq_arena_printf(arena, "searched: %s", topics), err);
	if (exact->most_topics == 0)
		return decide(planner, RQ_PLAN_LEFT_OUT, "not done, over the budget for a single topic: give exact.truth, or raise exact.budget", err);
	return decide(planner, RQ_PLAN_LEFT_OUT,
	              rq_arena_printf(arena, "not done, over the budget: set exact.topics to at most %s, give exact.truth, or raise exact.budget", rq_grouped(exact->most_topics).text), err);
}

static enum rq_status decide_exact(struct planner *planner, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_exact_config *config = &pipeline->config->exact;
	RQ_CLEANUP(rq_run_release) struct rq_run truth = {0};

	planner->plan->exact.budget = config->budget;
	if (!rq_wants_truth(pipeline, RQ_BASELINE) && !rq_wants_truth(pipeline, RQ_CANDIDATE))
		return decide(planner, RQ_PLAN_LEFT_OUT, "not needed: no side has an approximate index", err);
	if (config->truth != NULL) {
		RQ_TRY(rq_run_load(&truth, config->truth, err));
		return decide(planner, RQ_PLAN_READ, rq_arena_printf(&planner->plan->arena, "read from \"%s\"", config->truth_shown), err);
	}
	if (config->budget == 0)
		return decide(planner, RQ_PLAN_LEFT_OUT, "not done: exact.budget is 0", err);
	return plan_exact_search(planner, err);
}

static enum rq_status plan_exact(struct planner *planner, struct rq_error *err)
{
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct rq_plan_stage *stage;

	RQ_TRY(decide_exact(planner, err));
	RQ_TRY(add_stage(&stage, planner, NULL, "exact", exact->state, exact->decision, err));
	if (exact->state == RQ_PLAN_LEFT_OUT || exact->state == RQ_PLAN_READ)
		return RQ_OK;
	bool computed = exact->state == RQ_PLAN_COMPUTE;
	double bytes = (double)planner->pipeline->topics.count * (double)planner->sides[RQ_CANDIDATE].k * NEIGHBOUR_BYTES, working = computed ? planner->threads * EXACT_THREAD_BYTES : 0;
	add_cost(stage, planner, &(struct rq_cost){.memory = 4 * bytes + working, .kept = 4 * bytes, .stored = computed ? bytes : 0});
	stage->seconds.low += exact->seconds.low;
	stage->seconds.high += exact->seconds.high;
	return RQ_OK;
}

/* ---- the rest ---- */

static enum rq_status plan_latency(struct planner *planner, struct rq_error *err)
{
	const struct rq_config *config = planner->pipeline->config;
	struct rq_plan_stage *stage;
	double seconds = 0;

	if (config->latency.samples == 0 || (config->sides[0].run != NULL && config->sides[1].run != NULL))
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		seconds += config->sides[side].run != NULL ? 0 : ((double)config->latency.samples + TIMED_BLOCK) * planner->sides[side].index.query * planner->slowness;
	RQ_TRY(add_stage(&stage, planner, NULL, "latency", RQ_PLAN_COMPUTE,
	                 rq_arena_printf(&planner->plan->arena, "%s single queries a side, at most %.3g s", rq_grouped((uint64_t)config->latency.samples).text, config->latency.budget), err));
	stage->seconds = (struct rq_span){fmin(around(seconds).low, config->latency.budget), fmin(around(seconds).high, config->latency.budget)};
	return RQ_OK;
}

static enum rq_status plan_score(struct planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	double cells = (double)pipeline->comparison.topic_count * (double)(pipeline->cutoff > 0 ? pipeline->cutoff : 100);
	struct rq_plan_stage *stage;

	RQ_TRY(add_stage(&stage, planner, NULL, "score", RQ_PLAN_COMPUTE,
	                 rq_arena_printf(&planner->plan->arena, "%zu metrics on %s topics, and the reports", pipeline->config->metric_count, rq_grouped(pipeline->comparison.topic_count).text),
	                 err));
	add_cost(stage, planner, &(struct rq_cost){.serial = .01 + cells * (5e-7 + 5e-8 * (double)pipeline->config->metric_count)});
	return RQ_OK;
}

static enum rq_status plan_load(struct planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_stage *stage;

	RQ_TRY(add_stage(&stage, planner, NULL, "load", RQ_PLAN_READ,
	                 rq_arena_printf(&planner->plan->arena, "%s documents, %s topics, %s judgments", rq_grouped(planner->plan->documents).text,
	                                 rq_grouped(planner->plan->topics).text, rq_grouped(pipeline->qrels.judgments).text),
	                 err));
	for (size_t i = 0; i < pipeline->comparison.stage_count; i++)
		if (strcmp(pipeline->comparison.stage_seconds[i].name, "load") == 0)
			stage->seconds = around(pipeline->comparison.stage_seconds[i].value);
	return RQ_OK;
}

static enum rq_status plan_stages(struct planner *planner, struct rq_error *err)
{
	const struct rq_side_config *sides = planner->pipeline->config->sides;

	RQ_TRY(plan_load(planner, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(plan_vectors(planner, side, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		RQ_TRY(rq_cancel_check(err));
		if (sides[side].run != NULL) {
			RQ_TRY(plan_run_file(planner, side, err));
			continue;
		}
		RQ_TRY(plan_index(planner, side, err));
		RQ_TRY(plan_search(planner, side, err));
	}
	RQ_TRY(plan_exact(planner, err));
	RQ_TRY(plan_latency(planner, err));
	return plan_score(planner, err);
}

static enum rq_status add_up(struct planner *planner, struct rq_error *err)
{
	struct rq_plan *plan = planner->plan;

	for (size_t i = 0; i < plan->stage_count; i++) {
		const struct rq_plan_stage *stage = &plan->stages[i];
		plan->texts += stage->texts;
		plan->known += stage->known;
		plan->to_embed += stage->to_embed;
		plan->unknown += isnan(stage->seconds.low) != 0;
		plan->seconds.low += isnan(stage->seconds.low) ? 0 : stage->seconds.low;
		plan->seconds.high += isnan(stage->seconds.high) ? 0 : stage->seconds.high;
		plan->memory = fmax(plan->memory, stage->memory);
		plan->stored += stage->stored;
		plan->sent += stage->sent;
	}
	plan->memory_left = (double)rq_memory_left() + (double)rq_memory_held();
	if (plan->memory_left > 0 && plan->memory > plan->memory_left)
		RQ_TRY(warn(planner, "the run does not fit into the memory that is left on this machine: take a smaller corpus, fewer dimensions, or an index that compresses (PQ, SQ8)", err));
	return RQ_OK;
}

enum rq_status rq_plan_make(struct rq_plan *plan, struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct planner planner = {.plan = plan, .pipeline = pipeline, .slowness = rq_machine_slowness(), .threads = (double)rq_threads(), .held = (double)rq_memory_held()};

	pipeline->cache.read_only = true;
	*plan = (struct rq_plan){.suite = pipeline->config->suite, .documents = pipeline->corpora[RQ_BASELINE].count, .topics = pipeline->topics.count > 0 ? pipeline->topics.count : pipeline->qrels.count, .cutoff = pipeline->cutoff,
	                         .cache = pipeline->cache.folder};
	plan->stages = rq_arena_alloc(&plan->arena, STAGES_MAX, sizeof *plan->stages);
	plan->warnings = rq_arena_alloc(&plan->arena, WARNINGS_MAX, sizeof *plan->warnings);
	if (plan->stages == NULL || plan->warnings == NULL)
		return rq_fail_memory(err);
	RQ_TRY(plan_stages(&planner, err));
	return add_up(&planner, err);
}
