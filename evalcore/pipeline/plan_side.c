/* What one side's index and searches would do. What is cached is known exactly: keys are made by the stages themselves. */
#include "evalcore/pipeline/planner.h"

#include "datasets/datasets.h"
#include "evalcore/base/words.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <string.h>

/* ---- run files ---- */

static enum rq_status plan_run_file(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_run_load(&planner->pipeline->runs[which], config->run, err));
	RQ_TRY(rq_plan_add_stage(
		&stage, planner, config->name, "search", RQ_PLAN_READ,
		rq_arena_printf(&planner->plan->arena, "read the %s \"%s\"", config->approved == NULL ? "run file" : "approved baseline", config->shown),
		err));
	stage->seconds = rq_plan_around(rq_plan_since(started));
	return RQ_OK;
}

/* ---- indexes and searches ---- */

/* Will the cache hold what the baseline built, and is it what the candidate needs? */
static bool baseline_builds_it(const struct rq_planner *planner)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_searcher *searchers = pipeline->searchers;
	bool comparable =
		rq_shares_embedding(pipeline) || (rq_planned_is_known(&planner->sides[RQ_BASELINE]) && rq_planned_is_known(&planner->sides[RQ_CANDIDATE]));

	return pipeline->cache.folder != NULL && searchers[RQ_BASELINE].side != NULL && searchers[RQ_BASELINE].side->backend != NULL && comparable &&
	       memcmp(&searchers[RQ_BASELINE].key, &searchers[RQ_CANDIDATE].key, sizeof(struct rq_key)) == 0;
}

static enum rq_status open_index(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_searcher *searcher = &planner->pipeline->searchers[which];
	const struct rq_side_config *config = searcher->side;
	struct rq_planned_side *side = &planner->sides[which];
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "index", RQ_PLAN_READ,
	                         rq_arena_printf(&planner->plan->arena, "open \"%s\"", config->shown), err));
	RQ_TRY(rq_searcher_ready(searcher, NULL, err));
	RQ_TRY(config->backend->estimate(&side->index, searcher->index, &config->index, searcher->rows, config->backend->dimension(searcher->index),
	                                 side->k, err));
	stage->seconds = rq_plan_around(rq_plan_since(started));
	planner->held += side->index.bytes;
	stage->memory = planner->held;
	return RQ_OK;
}

static enum rq_status build_index(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_searcher *searcher = &planner->pipeline->searchers[which];
	const struct rq_side_config *config = searcher->side;
	struct rq_planned_side *side = &planner->sides[which];
	struct rq_arena *arena = &planner->plan->arena;
	struct rq_plan_stage *stage;
	uint64_t started = rq_clock_ns();
	bool cached = rq_planned_is_known(side) && rq_searcher_index_cached(searcher),
		 shared = !cached && which == RQ_CANDIDATE && baseline_builds_it(planner);
	double seconds = rq_plan_since(started), bytes = side->index.bytes;

	const char *factory = config->index.factory == NULL ? config->backend->name : config->index.factory, *build = config->index.build;
	const char *what = rq_arena_printf(arena, "%s %s%s%s over %s x %zu", cached || shared ? "read" : "build", factory, build == NULL ? "" : " ",
	                                   build == NULL ? "" : build, rq_grouped(side->n).text, side->d);
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "index", rq_plan_state_of(cached, shared), what, err));
	if (cached)
		stage->seconds = rq_plan_around(2 * seconds);
	if (cached || shared) {
		rq_plan_add_cost(stage, planner, &(struct rq_cost){.serial = cached ? 0 : RQ_PLAN_READ_SECONDS * bytes, .memory = bytes, .kept = bytes});
		return RQ_OK;
	}
	side->index.build.serial = side->index.build.serial / fmin((double)config->index.threads, planner->threads) + RQ_PLAN_READ_SECONDS * bytes;
	rq_plan_add_cost(stage, planner, &side->index.build);
	if (side->index.uncounted != NULL)
		return rq_plan_warn(
			planner, rq_arena_printf(arena, "%s: how long %s takes to build is not known (%s)", config->name, factory, side->index.uncounted), err);
	return RQ_OK;
}

static enum rq_status plan_index(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	struct rq_searcher *searcher = &pipeline->searchers[which];
	struct rq_planned_side *side = &planner->sides[which];

	RQ_TRY(rq_searcher_init(searcher, config, rq_side_corpus(pipeline, which), side->embedding, &pipeline->cache, err));
	if (config->index.file != NULL)
		return open_index(planner, which, err);
	if (config->backend->estimate(&side->index, NULL, &config->index, side->n, side->d, side->k, err) != RQ_OK)
		return rq_fail_within(err, "%s.index", config->name);
	return config->backend->stored ? build_index(planner, which, err) : RQ_OK;
}

/* Goes as deep as the run would, as long as the answers are cached. */
static enum rq_status find_answers(bool *found, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_planned_side *side = &planner->sides[which];
	const struct rq_row_lists lists = {.neighbours = &pipeline->found[which], .side = which, .depth = side->k};
	size_t short_of;

	*found = rq_planned_is_known(side);
	for (size_t k = side->k; *found && k > 0;) {
		side->k = k;
		rq_neighbours_release(&pipeline->found[which]);
		*found = rq_searcher_find(&pipeline->found[which], &pipeline->searchers[which], k);
		if (!*found)
			break;
		rq_run_release(&pipeline->runs[which]);
		RQ_TRY(rq_stage_ranking(&pipeline->runs[which], &short_of, pipeline, &lists, err));
		k = rq_deeper(pipeline, pipeline->searchers[which].rows, short_of, k);
	}
	return RQ_OK;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static enum rq_status plan_search(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *sides = pipeline->config->sides, *config = &sides[which];
	struct rq_planned_side *side = &planner->sides[which];
	struct rq_plan_stage *stage;
	size_t queries = pipeline->topics.count;
	bool found;

	RQ_TRY(find_answers(&found, planner, which, err));
	bool shared = !found && which == RQ_CANDIDATE && baseline_builds_it(planner) && rq_shares_embedding(pipeline) &&
	              same_text(sides[0].index.search, config->index.search) && same_text(sides[0].index.ids, config->index.ids);
	const char *what = rq_arena_printf(&planner->plan->arena, "%s topics, %s deep%s%s%s%s", rq_grouped(queries).text, rq_grouped(side->k).text,
	                                   config->index.search == NULL ? "" : ", ", config->index.search == NULL ? "" : config->index.search,
	                                   config->backend->exact ? ", against every vector" : "",
	                                   pipeline->config->dataset.unit == RQ_UNIT_PARENT && !found ? " or deeper, for enough parents" : "");
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "search", rq_plan_state_of(found, shared), what, err));
	double bytes = (double)queries * (double)side->k * RQ_PLAN_NEIGHBOUR_BYTES;
	struct rq_cost cost = {.serial = RQ_PLAN_READ_SECONDS * bytes, .memory = 2 * bytes, .kept = 2 * bytes};
	if (!found && !shared) {
		cost.stored = bytes;
		cost.parallel = config->backend->exact ? 0 : side->index.query * (double)queries;
	}
	rq_plan_add_cost(stage, planner, &cost);
	if (!found && !shared && config->backend->exact) {
		struct rq_range measured = rq_plan_around(rq_exact_estimate(side->n, side->d, queries));
		stage->seconds.low += measured.low;
		stage->seconds.high += measured.high;
	}
	return RQ_OK;
}

/* ---- searches by words ---- */

struct rq_text_volume rq_plan_volume_of(const struct rq_corpus *corpus)
{
	struct rq_text_volume volume = {.texts = corpus->count};

	for (size_t i = 0; i < corpus->count; i++)
		volume.bytes += strlen(corpus->documents[i].text);
	return volume;
}

struct rq_text_volume rq_plan_volume_of_topics(const struct rq_topics *topics)
{
	struct rq_text_volume volume = {.texts = topics->count};

	for (size_t i = 0; i < topics->count; i++)
		volume.bytes += strlen(topics->topics[i].text);
	return volume;
}

double rq_plan_words_query(const struct rq_planner *planner, const struct rq_corpus *corpus)
{
	return rq_bm25_query_seconds(rq_plan_volume_of(corpus), rq_plan_volume_of_topics(&planner->pipeline->topics));
}

void rq_plan_add_words(struct rq_plan_stage *stage, struct rq_planner *planner, const struct rq_corpus *corpus, bool builds, bool searches, size_t k)
{
	double queries = (double)planner->pipeline->topics.count, bytes = queries * (double)k * RQ_PLAN_NEIGHBOUR_BYTES;
	struct rq_cost build = rq_bm25_build_cost(rq_plan_volume_of(corpus)), search = {.memory = 2 * bytes, .kept = bytes};

	if (builds)
		rq_plan_add_cost(stage, planner, &build);
	if (searches)
		search = (struct rq_cost){.parallel = queries * rq_plan_words_query(planner, corpus), .memory = 2 * bytes, .kept = bytes, .stored = bytes};
	rq_plan_add_cost(stage, planner, &search);
}

/* One stage: an index of words is built where something is searched, and never kept. */
static enum rq_status plan_words(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, which);
	struct rq_lexical_searcher *searcher = &pipeline->lexical[which];
	struct rq_planned_side *side = &planner->sides[which];
	struct rq_plan_stage *stage;
	bool found;

	rq_lexical_searcher_init(searcher, config->bm25, corpus, &pipeline->topics, &pipeline->cache);
	RQ_TRY(rq_words_find(&found, &side->k, searcher, pipeline, which, pipeline->cutoff, err));
	side->index.query = rq_plan_words_query(planner, corpus);
	bool shared = !found && which == RQ_CANDIDATE && pipeline->cache.folder != NULL && rq_lexical_searcher_same(&pipeline->lexical[RQ_BASELINE], searcher);
	bool searches = !found && !shared, builds = searches || pipeline->config->latency.samples > 0;
	const char *what = rq_arena_printf(&planner->plan->arena, "%s%s topics, %s deep, by words", builds ? "index the words of the documents; " : "",
	                                   rq_grouped(pipeline->topics.count).text, rq_grouped(side->k).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "search", rq_plan_state_of(found, shared), what, err));
	rq_plan_add_words(stage, planner, corpus, builds, searches, side->k);
	return RQ_OK;
}

/* Bytes of a topic's text and vector. */
static double question_of(const struct rq_planner *planner, enum rq_side which)
{
	enum { NUMBER_BYTES = 12 };
	const struct rq_text_volume topics = rq_plan_volume_of_topics(&planner->pipeline->topics);
	double text = topics.texts == 0 ? 0 : (double)topics.bytes / (double)topics.texts;

	return text + NUMBER_BYTES * (double)planner->sides[which].d; /* no vector: 0 */
}

/* A search elsewhere opens nothing while it is planned; what it takes, nobody here knows. */
static enum rq_status plan_elsewhere(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	struct rq_planned_side *side = &planner->sides[which];
	double bytes = (double)pipeline->topics.count * (double)side->k * RQ_PLAN_NEIGHBOUR_BYTES;
	struct rq_plan_stage *stage;

	RQ_TRY(rq_searcher_init(&pipeline->searchers[which], config, rq_side_corpus(pipeline, which), side->embedding, &pipeline->cache, err));
	side->index.query = NAN;
	side->question = question_of(planner, which);
	const char *what = rq_arena_printf(&planner->plan->arena, "%s topics, %s deep, elsewhere: %s", rq_grouped(pipeline->topics.count).text,
	                                   rq_grouped(side->k).text, config->retriever->name);
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "search", RQ_PLAN_COMPUTE, what, err));
	rq_plan_add_cost(stage, planner,
	                 &(struct rq_cost){.memory = 2 * bytes, .kept = 2 * bytes, .sent = (double)pipeline->topics.count * side->question});
	stage->seconds = (struct rq_range){NAN, NAN};
	return RQ_OK;
}

enum rq_status rq_plan_answers(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	if (planner->pipeline->config->sides[which].run != NULL)
		return plan_run_file(planner, which, err);
	if (planner->pipeline->config->sides[which].bm25 != NULL)
		return plan_words(planner, which, err);
	if (planner->pipeline->config->sides[which].retriever != NULL)
		return plan_elsewhere(planner, which, err);
	RQ_TRY(plan_index(planner, which, err));
	return plan_search(planner, which, err);
}

/* ---- the self-test ---- */

static enum rq_status ask_again(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_planned_side *side = &planner->sides[RQ_BASELINE];
	struct rq_plan_stage *stage;

	RQ_TRY(rq_plan_add_stage(&stage, planner, pipeline->config->sides[RQ_BASELINE].name, "self-test", RQ_PLAN_COMPUTE,
	                         rq_arena_printf(&planner->plan->arena, "%s topics once more, elsewhere", rq_grouped(pipeline->topics.count).text), err));
	rq_plan_add_cost(stage, planner, &(struct rq_cost){.sent = (double)pipeline->topics.count * side->question});
	stage->seconds = (struct rq_range){NAN, NAN};
	return RQ_OK;
}

/* Its index is gone when its answers are there. */
static enum rq_status cost_again(struct rq_cost *cost, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_searcher *searcher = &planner->pipeline->searchers[which];
	const struct rq_side_config *config = searcher->side;
	const struct rq_planned_side *side = &planner->sides[which];
	double queries = (double)planner->pipeline->topics.count;
	struct rq_index_estimate index;

	*cost = (struct rq_cost){0};
	if (rq_searcher_rebuilds(searcher)) {
		RQ_TRY(config->backend->estimate(&index, NULL, &config->index, side->n, side->d, side->k, err));
		*cost = index.build;
		cost->serial /= fmin((double)config->index.threads, planner->threads);
		cost->kept = cost->stored = 0;
	}
	cost->parallel += config->backend->exact ? 0 : side->index.query * queries;
	cost->stored += queries * (double)side->k * RQ_PLAN_NEIGHBOUR_BYTES;
	return RQ_OK;
}

/* The further builds of the side's index, of which those count whose answers are not cached. */
enum rq_status rq_plan_builds(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_side_config *config = &planner->pipeline->config->sides[which];
	const struct rq_planned_side *side = &planner->sides[which];
	size_t builds = rq_side_builds(config), missing = 0;
	struct rq_plan_stage *stage;
	struct rq_cost cost;

	if (builds == 1)
		return RQ_OK;
	for (size_t build = 1; build < builds; build++) {
		struct rq_neighbours answers = {0};
		missing += !(rq_planned_is_known(side) && rq_searcher_find_build(&answers, &planner->pipeline->searchers[which], build, side->k));
		rq_neighbours_release(&answers);
	}
	const char *what = rq_arena_printf(&planner->plan->arena, "build the index %zu times more; %s topics, %s deep, each time", builds - 1,
	                                   rq_grouped(planner->pipeline->topics.count).text, rq_grouped(side->k).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "builds", rq_plan_state_of(missing == 0, false), what, err));
	if (missing > 0)
		RQ_TRY(cost_again(&cost, planner, which, err));
	for (size_t build = 0; build < missing; build++)
		rq_plan_add_cost(stage, planner, &cost);
	return RQ_OK;
}

enum rq_status rq_plan_self_test(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[RQ_BASELINE];
	const struct rq_planned_side *side = &planner->sides[RQ_BASELINE];
	struct rq_neighbours answers = {0};
	struct rq_plan_stage *stage;
	struct rq_cost cost;

	if (!pipeline->self_test || config->run != NULL || config->bm25 != NULL)
		return RQ_OK;
	if (config->retriever != NULL)
		return ask_again(planner, err);
	const struct rq_searcher *searcher = &pipeline->searchers[RQ_BASELINE];
	bool cached = rq_planned_is_known(side) && rq_searcher_find_again(&answers, searcher, side->k);
	rq_neighbours_release(&answers);
	const char *what = rq_arena_printf(&planner->plan->arena, "%s%s topics, %s deep, once more", rq_searcher_rebuilds(searcher) && !cached ? "build the index again; " : "",
	                                   rq_grouped(pipeline->topics.count).text, rq_grouped(side->k).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "self-test", rq_plan_state_of(cached, false), what, err));
	if (cached)
		return RQ_OK;
	RQ_TRY(cost_again(&cost, planner, RQ_BASELINE, err));
	rq_plan_add_cost(stage, planner, &cost);
	if (!config->backend->exact)
		return RQ_OK;
	struct rq_range measured = rq_plan_around(rq_exact_estimate(side->n, side->d, pipeline->topics.count));
	stage->seconds.low += measured.low;
	stage->seconds.high += measured.high;
	return RQ_OK;
}
