/* The plan of a run: its stages in their order, exact search, and the sum. Seconds are ranges around a model of each stage, scaled by a measured
 * product; what a plan reads itself it has timed. */
#include "evalcore/pipeline/planner.h"

#include "datasets/datasets.h"
#include "evalcore/base/machine.h"
#include "evalcore/base/words.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <string.h>

enum { STAGES_MAX = 24, WARNINGS_MAX = 8 };

/* The truth was within these of the estimates that were checked, but for one that was made while 8 tasks shared each core: README.md. */
static const double RANGE_LOW = .5, RANGE_HIGH = 2;
static const double EXACT_THREAD_BYTES = 16e6;

bool rq_planned_is_known(const struct rq_planned_side *side)
{
	return side->embedding->topics.data != NULL;
}

enum rq_plan_state rq_plan_state_of(bool cached, bool shared)
{
	if (cached)
		return RQ_PLAN_CACHED;
	return shared ? RQ_PLAN_SHARED : RQ_PLAN_COMPUTE;
}

struct rq_range rq_plan_around(double seconds)
{
	return (struct rq_range){RANGE_LOW * seconds, RANGE_HIGH * seconds};
}

enum rq_status rq_plan_add_stage(struct rq_plan_stage **stage, struct rq_planner *planner, const char *side, const char *name,
                                 enum rq_plan_state state, const char *what, struct rq_error *err)
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

void rq_plan_add_cost(struct rq_plan_stage *stage, struct rq_planner *planner, const struct rq_cost *cost)
{
	double seconds = (cost->serial + cost->parallel / planner->threads) * planner->slowness;

	stage->seconds.low += RANGE_LOW * seconds;
	stage->seconds.high += RANGE_HIGH * seconds;
	stage->memory = fmax(stage->memory, planner->held + cost->memory);
	stage->stored += planner->pipeline->cache.folder == NULL ? 0 : cost->stored;
	stage->sent += cost->sent;
	planner->held += cost->kept;
}

enum rq_status rq_plan_warn(struct rq_planner *planner, const char *text, struct rq_error *err)
{
	struct rq_plan *plan = planner->plan;

	if (text == NULL)
		return rq_fail_memory(err);
	if (plan->warning_count < WARNINGS_MAX)
		plan->warnings[plan->warning_count++] = text;
	return RQ_OK;
}

double rq_plan_since(uint64_t started_ns)
{
	return (double)(rq_clock_ns() - started_ns) * 1e-9;
}

/* ---- exact search ---- */

static enum rq_status decide(struct rq_planner *planner, enum rq_plan_state state, const char *decision, struct rq_error *err)
{
	planner->plan->exact.state = state;
	planner->plan->exact.decision = decision;
	return decision == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* About as many topics as fit the budget, fewer than `beyond`. */
static size_t most_topics(const struct rq_planned_side *side, size_t beyond, double budget)
{
	size_t fitting = 0;

	while (beyond - fitting > 1) {
		size_t middle = fitting + (beyond - fitting) / 2;
		if (rq_exact_affordable(NULL, side->n, side->d, middle, budget))
			fitting = middle;
		else
			beyond = middle;
	}
	return fitting;
}

/* One side's exact search: cached, as the baseline's, affordable or not. */
static enum rq_status plan_exact_side(bool *affordable, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct rq_planned_side *side = &planner->sides[which];
	size_t k = side->k < side->n ? side->k : side->n;
	bool found = false, shared = which == RQ_CANDIDATE && rq_shares_embedding(pipeline) && rq_wants_truth(pipeline, RQ_BASELINE) &&
	                             pipeline->cache.folder != NULL && side->k == planner->sides[RQ_BASELINE].k;
	double seconds;

	*affordable = true;
	if (rq_planned_is_known(side))
		RQ_TRY(rq_searcher_find_exact(&pipeline->exact[which], &found, &pipeline->searchers[which], pipeline->exact_topics,
		                              pipeline->exact_topic_count, k, err));
	if (found || shared)
		return RQ_OK;
	*affordable = rq_exact_affordable(&seconds, side->n, side->d, exact->topics, exact->budget);
	exact->state = RQ_PLAN_COMPUTE;
	exact->products += (double)side->n * (double)side->d * (double)exact->topics;
	exact->seconds.low += rq_plan_around(seconds).low;
	exact->seconds.high += rq_plan_around(seconds).high;
	if (!*affordable) {
		size_t most = most_topics(side, exact->topics, exact->budget);
		exact->most_topics = most < exact->most_topics ? most : exact->most_topics;
	}
	return RQ_OK;
}

static enum rq_status plan_exact_search(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct rq_arena *arena = &planner->plan->arena;
	bool affordable = true, fits;

	RQ_TRY(rq_sample_topics(pipeline, err));
	exact->topics = pipeline->exact_topics == NULL ? pipeline->topics.count : pipeline->exact_topic_count;
	exact->state = RQ_PLAN_CACHED;
	exact->most_topics = exact->topics;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (rq_wants_truth(pipeline, side)) {
			RQ_TRY(plan_exact_side(&fits, planner, side, err));
			affordable &= fits;
		}
	const char *topics =
		rq_arena_printf(arena, "%s%s topics", pipeline->exact_topics == NULL ? "all " : "a seeded sample of ", rq_grouped(exact->topics).text);
	if (topics == NULL)
		return rq_fail_memory(err);
	if (exact->state == RQ_PLAN_CACHED)
		return decide(planner, RQ_PLAN_CACHED, rq_arena_printf(arena, "cached: %s", topics), err);
	if (affordable)
		return decide(planner, RQ_PLAN_COMPUTE, rq_arena_printf(arena, "searched: %s", topics), err);
	if (exact->most_topics == 0)
		return decide(planner, RQ_PLAN_LEFT_OUT, "not done, over the budget for a single topic: give exact.truth, or raise exact.budget", err);
	return decide(planner, RQ_PLAN_LEFT_OUT,
	              rq_arena_printf(arena, "not done, over the budget: set exact.topics to at most %s, give exact.truth, or raise exact.budget",
	                              rq_grouped(exact->most_topics).text),
	              err);
}

static enum rq_status decide_exact(struct rq_planner *planner, struct rq_error *err)
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

static enum rq_status plan_exact(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_plan_exact *exact = &planner->plan->exact;
	struct rq_plan_stage *stage;

	RQ_TRY(decide_exact(planner, err));
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "exact", exact->state, exact->decision, err));
	if (exact->state == RQ_PLAN_LEFT_OUT || exact->state == RQ_PLAN_READ)
		return RQ_OK;
	bool computed = exact->state == RQ_PLAN_COMPUTE;
	double bytes = (double)planner->pipeline->topics.count * (double)planner->sides[RQ_CANDIDATE].k * RQ_PLAN_NEIGHBOUR_BYTES,
		   working = computed ? planner->threads * EXACT_THREAD_BYTES : 0;
	rq_plan_add_cost(stage, planner, &(struct rq_cost){.memory = 4 * bytes + working, .kept = 4 * bytes, .stored = computed ? bytes : 0});
	stage->seconds.low += exact->seconds.low;
	stage->seconds.high += exact->seconds.high;
	return RQ_OK;
}

/* ---- the rest ---- */

struct rq_range rq_plan_timed(double seconds, double budget)
{
	struct rq_range around = isnan(seconds) ? (struct rq_range){0, budget} : rq_plan_around(seconds);

	return (struct rq_range){fmin(around.low, budget), fmin(around.high, budget)};
}

static enum rq_status plan_latency(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_config *config = planner->pipeline->config;
	struct rq_plan_stage *stage;
	double samples = (double)config->latency.samples, each = samples + fmin(samples, RQ_PLAN_TIMED_BLOCK), seconds = 0, sent = 0;

	if (config->latency.samples == 0 || (config->sides[0].run != NULL && config->sides[1].run != NULL))
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		seconds += each * planner->sides[side].index.query * planner->slowness; /* a run file: 0 */
		sent += each * planner->sides[side].question;
	}
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "latency", RQ_PLAN_COMPUTE,
	                         rq_arena_printf(&planner->plan->arena, "%s single queries a side, at most %.3g s",
	                                         rq_grouped((uint64_t)config->latency.samples).text, config->latency.budget),
	                         err));
	stage->sent = sent;
	stage->seconds = rq_plan_timed(seconds, config->latency.budget);
	return RQ_OK;
}

static enum rq_status plan_plain_bm25(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	RQ_CLEANUP(rq_lexical_searcher_release) struct rq_lexical_searcher plain = {0};
	struct rq_plan_stage *stage;
	bool wanted, found;
	size_t depth, k;

	RQ_TRY(rq_plain_bm25_searcher(&wanted, &depth, &plain, pipeline, err));
	if (!wanted)
		return RQ_OK;
	RQ_TRY(rq_words_find(&found, &k, &plain, pipeline, RQ_BASELINE, depth, err));
	/* whatever a side has indexed already, the yardstick does not index again */
	bool indexed = rq_side_that_searches_like(pipeline, &plain) != NULL;
	bool shared = !found && indexed && pipeline->cache.folder != NULL && k == planner->sides[RQ_BASELINE].k;
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "bm25", rq_plan_state_of(found, shared),
	                         rq_arena_printf(&planner->plan->arena, "what plain BM25 gets: %s topics, %s deep",
	                                         rq_grouped(pipeline->topics.count).text, rq_grouped(k).text),
	                         err));
	rq_plan_add_words(stage, planner, &pipeline->corpora[RQ_BASELINE], !found && !shared && !indexed, !found && !shared, k);
	return RQ_OK;
}

static enum rq_status plan_score(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	double cells = (double)pipeline->comparison.topic_count * (double)(pipeline->cutoff > 0 ? pipeline->cutoff : 100);
	struct rq_plan_stage *stage;

	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "score", RQ_PLAN_COMPUTE,
	                         rq_arena_printf(&planner->plan->arena, "%zu metrics on %s topics, and the reports", pipeline->config->metric_count,
	                                         rq_grouped(pipeline->comparison.topic_count).text),
	                         err));
	rq_plan_add_cost(stage, planner, &(struct rq_cost){.serial = .01 + cells * (5e-7 + 5e-8 * (double)pipeline->config->metric_count)});
	return RQ_OK;
}

static enum rq_status plan_load(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_plan_stage *stage;

	const char *what = rq_arena_printf(&planner->plan->arena, "%s documents, %s topics, %s judgments", rq_grouped(planner->plan->documents).text,
	                                   rq_grouped(planner->plan->topics).text, rq_grouped(pipeline->qrels.judgments).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "load", RQ_PLAN_READ, what, err));
	for (size_t i = 0; i < pipeline->comparison.stage_count; i++)
		if (strcmp(pipeline->comparison.stage_seconds[i].name, "load") == 0)
			stage->seconds = rq_plan_around(pipeline->comparison.stage_seconds[i].value);
	return RQ_OK;
}

static enum rq_status plan_run(struct rq_planner *planner, struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(rq_plan_vectors(planner, side, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_plan_answers(planner, side, err));
	}
	RQ_TRY(plan_exact(planner, err));
	RQ_TRY(plan_plain_bm25(planner, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(rq_plan_builds(planner, side, err));
	RQ_TRY(rq_plan_self_test(planner, err));
	RQ_TRY(plan_latency(planner, err));
	return rq_plan_embed_timing(planner, err);
}

static enum rq_status plan_stages(struct rq_planner *planner, struct rq_error *err)
{
	RQ_TRY(plan_load(planner, err));
	RQ_TRY((planner->weekly ? rq_plan_week : plan_run)(planner, err));
	return plan_score(planner, err);
}

static enum rq_status add_up(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_plan *plan = planner->plan;
	struct rq_machine machine;

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
		plan->tokens += stage->tokens;
		plan->requests += stage->requests;
	}
	plan->slowness = planner->slowness;
	rq_machine_read(&machine, "");
	if (rq_machine_memory_left(&machine) > 0)
		plan->memory_left = (double)rq_machine_memory_left(&machine) + (double)rq_memory_held("");
	if (plan->memory_left > 0 && plan->memory > plan->memory_left)
		RQ_TRY(rq_plan_warn(planner,
		                    "the run does not fit into the memory that is left: take a smaller corpus, fewer dimensions, or an index that compresses (PQ, SQ8)",
		                    err));
	return RQ_OK;
}

static enum rq_status make(struct rq_planner *planner, struct rq_error *err)
{
	double crowding = rq_crowding("");
	struct rq_plan *plan = planner->plan;
	struct rq_pipeline *pipeline = planner->pipeline;

	planner->slowness = rq_machine_slowness();
	planner->threads = (double)rq_threads();
	planner->held = (double)rq_memory_held("");
	*plan = (struct rq_plan){0};
	RQ_TRY(rq_stage_ready(pipeline, err));
	pipeline->cache.read_only = true;
	planner->unasked = pipeline->requests.limited && pipeline->requests.most == 0;
	pipeline->requests = (struct rq_request_limit){.limited = true};
	*plan = (struct rq_plan){.suite = pipeline->config->suite,
	                         .documents = pipeline->corpora[RQ_BASELINE].count,
	                         .topics = pipeline->topics.count > 0 ? pipeline->topics.count : pipeline->qrels.count,
	                         .cutoff = pipeline->cutoff,
	                         .cache = pipeline->cache.folder,
	                         .crowding = crowding};
	plan->stages = rq_arena_alloc(&plan->arena, STAGES_MAX, sizeof *plan->stages);
	plan->warnings = rq_arena_alloc(&plan->arena, WARNINGS_MAX, sizeof *plan->warnings);
	if (plan->stages == NULL || plan->warnings == NULL)
		return rq_fail_memory(err);
	RQ_TRY(plan_stages(planner, err));
	return add_up(planner, err);
}

enum rq_status rq_plan_make(struct rq_plan *plan, struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_planner planner = {.plan = plan, .pipeline = pipeline};

	return make(&planner, err);
}

enum rq_status rq_plan_make_drift(struct rq_plan *plan, struct rq_pipeline *pipeline, bool compares, struct rq_error *err)
{
	struct rq_planner planner = {.plan = plan, .pipeline = pipeline, .weekly = true, .compares = compares};

	return make(&planner, err);
}
