/* The plan of a job of drift: one side, embedded past the cache where that takes this process's time alone, searched, and
 * held against the reference. */
#include "evalcore/pipeline/planner.h"

#include "evalcore/base/words.h"
#include "evalcore/pipeline/drift_parts.h"
#include "evalcore/pipeline/stages.h"
#include "metrics/drift/model.h"

/* Seconds of a core, as measured at 100,000 x 384: CKA and the residual, a row and squared dimension; and all that compares
 * samples. */
static const double ALIGNMENT_SECONDS = 2.1e-10, SAMPLES_SECONDS = 6;

static enum rq_status plan_embedding(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	struct rq_cache kept = pipeline->cache;

	if (!rq_drift_asks_elsewhere(&pipeline->config->sides[RQ_CANDIDATE]))
		pipeline->cache = (struct rq_cache){0};
	enum rq_status status = rq_plan_vectors(planner, RQ_CANDIDATE, err);
	pipeline->cache = kept;
	return status;
}

/* ---- asked again ---- */

static struct rq_text_volume some_of(struct rq_text_volume all)
{
	size_t texts = all.texts < RQ_DRIFT_ASKED_AGAIN ? all.texts : RQ_DRIFT_ASKED_AGAIN;

	return (struct rq_text_volume){.texts = texts, .bytes = all.texts == 0 ? 0 : all.bytes / all.texts * texts};
}

static enum rq_status plan_part(struct rq_planner *planner, size_t part, const struct rq_embedder *embedder,
                                struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *side = &pipeline->config->sides[RQ_CANDIDATE];
	bool both = rq_embed_part_count(side) == 1;
	struct rq_text_volume documents = {0}, topics = {0}, all;
	struct rq_embedder_estimate estimate;
	struct rq_plan_stage *stage;

	if (both || part == 1)
		documents = some_of(rq_plan_volume_of(rq_side_corpus(pipeline, RQ_CANDIDATE)));
	if (both || part == 0)
		topics = some_of(rq_plan_volume_of_topics(&pipeline->topics));
	all = (struct rq_text_volume){.texts = documents.texts + topics.texts, .bytes = documents.bytes + topics.bytes};
	const void *options = part == 1 ? side->document_embedder_options : side->embedder_options;
	embedder->estimate(&estimate, options, (struct rq_text_volume){0}, all);
	const char *what = rq_arena_printf(&planner->plan->arena,
	                                   "embed at most %s documents and %s topics once more with %s, past the cache: "
	                                   "about %s requests, %s tokens",
	                                   rq_grouped(documents.texts).text, rq_grouped(topics.texts).text, embedder->name,
	                                   rq_grouped(estimate.requests).text, rq_grouped(estimate.tokens).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, side->name, "embed", RQ_PLAN_COMPUTE, what, err));
	stage->texts = stage->to_embed = all.texts;
	stage->requests = (double)estimate.requests;
	stage->tokens = (double)estimate.tokens;
	rq_plan_add_cost(stage, planner, &estimate.embed);
	return RQ_OK;
}

/* Without a cache all texts are embedded anew already. */
static enum rq_status plan_asked_again(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_side_config *side = &planner->pipeline->config->sides[RQ_CANDIDATE];
	struct rq_plan_stage *stage;

	if (planner->unasked && planner->pipeline->cache.folder != NULL && rq_drift_asks_elsewhere(side))
		return rq_plan_add_stage(&stage, planner, side->name, "embed", RQ_PLAN_LEFT_OUT,
		                         "no text once more: --max-requests 0 lets nobody be asked whether the model is the same", err);
	for (size_t part = 0; planner->pipeline->cache.folder != NULL && part < rq_embed_part_count(side); part++) {
		const struct rq_embedder *embedder = rq_embed_part_embedder(side, part);
		if (embedder != NULL && embedder->ask != NULL)
			RQ_TRY(plan_part(planner, part, embedder, err));
	}
	return RQ_OK;
}

/* ---- compared ---- */

static enum rq_status plan_comparison(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_planned_side *side = &planner->sides[RQ_CANDIDATE];
	size_t queries = side->n <= RQ_NEAREST_EXACT ? side->n : RQ_NEAREST_SAMPLE;
	double n = (double)side->n, d = (double)side->d, search = 0;
	const bool vectors = rq_side_has_vectors(&planner->pipeline->config->sides[RQ_CANDIDATE]);
	struct rq_plan_stage *stage;

	if (!vectors)
		return rq_plan_add_stage(&stage, planner, NULL, "drift", RQ_PLAN_COMPUTE, "compare answers and ids with the reference",
		                         err);
	const char *what = rq_arena_printf(&planner->plan->arena,
	                                   "compare with the reference: neighbours of %s documents then and now, shapes, texts that came",
	                                   rq_grouped(queries).text);
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "drift", RQ_PLAN_COMPUTE, what, err));
	(void)rq_exact_affordable(&search, side->n, side->d, queries, 0);
	rq_plan_add_cost(stage, planner,
	                 &(struct rq_cost){.parallel = ALIGNMENT_SECONDS * n * d * d + SAMPLES_SECONDS * d / 384,
	                                   .memory = n * d * sizeof(float) + 4 * d * d * sizeof(double)});
	stage->seconds.low += rq_plan_around(2 * search).low;
	stage->seconds.high += rq_plan_around(2 * search).high;
	return RQ_OK;
}

enum rq_status rq_plan_week(struct rq_planner *planner, struct rq_error *err)
{
	struct rq_plan_stage *stage;

	planner->plan->exact.state = RQ_PLAN_LEFT_OUT;
	planner->plan->exact.decision = "not needed: answers are compared with those of the reference";
	RQ_TRY(rq_plan_vectors(planner, RQ_BASELINE, err)); /* the reference, which has answers alone */
	RQ_TRY(plan_embedding(planner, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_plan_answers(planner, RQ_CANDIDATE, err));
	if (!planner->compares)
		return rq_plan_add_stage(&stage, planner, NULL, "drift", RQ_PLAN_LEFT_OUT,
		                         "there is no reference yet, and one is made of this", err);
	RQ_TRY(plan_asked_again(planner, err));
	return plan_comparison(planner, err);
}
