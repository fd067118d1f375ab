/* What becomes of one side's texts. What is cached is known exactly, and where all vectors are cached, or lie in files, they are put together, since
 * the keys of what follows depend on them. A service is never asked: it is taken to be the model that answered last. */
#include "evalcore/pipeline/planner.h"

#include "evalcore/base/words.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/pipeline/text_cache.h"

#include <math.h>
#include <string.h>

/* Of a service that no run has asked yet and whose config does not say. */
enum { ASSUMED_DIMENSION = 1024 };

static const char *name_texts(struct rq_planner *planner, size_t documents, size_t topics)
{
	struct rq_arena *arena = &planner->plan->arena;

	if (topics == 0)
		return rq_arena_printf(arena, "%s documents", rq_grouped(documents).text);
	if (documents == 0)
		return rq_arena_printf(arena, "%s topics", rq_grouped(topics).text);
	return rq_arena_printf(arena, "%s documents and %s topics", rq_grouped(documents).text, rq_grouped(topics).text);
}

static void describe_vectors(struct rq_plan_stage *stage, size_t rows, size_t d)
{
	stage->rows = rows;
	stage->dimension = d;
	stage->bytes = (double)rows * (double)d * sizeof(float);
}

/* One embedder of a side. */
struct part {
	size_t number, documents, topics;
	bool there; /* its vectors are read, not made */
	struct rq_plan_stage *stage;
	struct rq_embed_outlook outlook; /* of texts */
};

static struct part part_of(const struct rq_embed_job *job, size_t number)
{
	bool both = rq_embed_part_count(job->side) == 1;

	return (struct part){.number = number,
	                     .documents = (both || number == 1) && !job->without_documents ? job->corpus->count : 0,
	                     .topics = both || number == 0 ? job->topics->count : 0};
}

/* ---- files ---- */

static enum rq_status plan_files(struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const char *texts = name_texts(planner, part->documents, part->topics);

	part->there = true;
	RQ_TRY(rq_plan_add_stage(&part->stage, planner, planner->pipeline->config->sides[which].name, "embed", RQ_PLAN_READ,
	                         texts == NULL ? NULL : rq_arena_printf(&planner->plan->arena, "read the vectors of %s", texts), err));
	part->stage->texts = part->stage->known = part->documents + part->topics;
	return RQ_OK;
}

/* Files beside texts that are yet to be embedded: read for their mistakes and their dimension, which is that of the texts' vectors too. */
static enum rq_status check_files(const struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	const struct rq_embedder *embedder = part->number == 1 ? config->document_embedder : config->embedder;
	const void *options = part->number == 1 ? config->document_embedder_options : config->embedder_options;
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors vectors = {0};
	char sha256[RQ_SHA256_HEX];
	uint64_t started = rq_clock_ns();

	const struct rq_ids *ids = part->number == 1 ? &rq_side_corpus(pipeline, which)->ids : &pipeline->topics.ids;
	RQ_TRY(embedder->load(&vectors, sha256, options, part->number == 1 ? RQ_ROLE_DOCUMENT : RQ_ROLE_TOPIC, ids, err));
	planner->sides[which].d = vectors.d;
	describe_vectors(part->stage, vectors.n, vectors.d);
	part->stage->seconds = rq_plan_around(rq_plan_since(started));
	planner->held += part->stage->bytes;
	part->stage->memory = planner->held + part->stage->bytes;
	return RQ_OK;
}

/* ---- texts ---- */

static enum rq_status plan_fit(struct rq_planner *planner, enum rq_side which, const struct rq_embed_outlook *outlook, bool shared,
                               struct rq_error *err)
{
	const char *side = planner->pipeline->config->sides[which].name, *name = outlook->embedder->name;
	struct rq_arena *arena = &planner->plan->arena;
	struct rq_plan_stage *stage;

	if (outlook->embedder->fit == NULL)
		return RQ_OK;
	if (!outlook->fits)
		return rq_plan_add_stage(&stage, planner, side, "fit", RQ_PLAN_CACHED, rq_arena_printf(arena, "%s is fitted", name), err);
	if (shared)
		return rq_plan_add_stage(&stage, planner, side, "fit", RQ_PLAN_SHARED, rq_arena_printf(arena, "%s as fitted for the baseline", name), err);
	RQ_TRY(rq_plan_add_stage(&stage, planner, side, "fit", RQ_PLAN_COMPUTE,
	                         rq_arena_printf(arena, "fit %s to %s documents", name, rq_grouped(outlook->fitted_on.texts).text), err));
	rq_plan_add_cost(stage, planner, &outlook->estimate.fit);
	return RQ_OK;
}

/* The other part of the side may know it. */
static enum rq_status find_dimension(struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_planned_side *side = &planner->sides[which];

	side->d = part->outlook.estimate.dimension > 0 ? part->outlook.estimate.dimension : side->d;
	if (side->d > 0)
		return RQ_OK;
	side->d = ASSUMED_DIMENSION;
	part->stage->assumed = true;
	return rq_plan_warn(planner,
	                    rq_arena_printf(&planner->plan->arena,
	                                    "%s: how many dimensions its vectors have is known once the service has answered; sizes and times are for %s",
	                                    planner->pipeline->config->sides[which].name, rq_grouped(ASSUMED_DIMENSION).text),
	                    err);
}

/* "embed 1,400 documents with http: 33 requests, 180,000 tokens" */
static const char *describe_work(struct rq_planner *planner, const struct part *part, const struct rq_embed_outlook *outlook, bool embeds)
{
	struct rq_arena *arena = &planner->plan->arena;
	const char *texts = name_texts(planner, part->documents, part->topics), *name = outlook->embedder->name;
	uint64_t who = outlook->estimate.identify.requests;

	if (texts == NULL || outlook->embedder->ask == NULL)
		return texts == NULL ? NULL : rq_arena_printf(arena, "%s %s with %s", embeds ? "embed" : "take", texts, name);
	if (!embeds)
		return rq_arena_printf(arena, "take %s with %s: %s request%s to hear who answers", texts, name, rq_grouped(who).text, who == 1 ? "" : "s");
	return rq_arena_printf(arena, "embed %s with %s: about %s requests, %s tokens", texts, name, rq_grouped(who + outlook->estimate.requests).text,
	                       rq_grouped(outlook->estimate.tokens).text);
}

static enum rq_status plan_embedding(struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_embed_outlook *outlook = &part->outlook;
	enum rq_plan_state state = outlook->missing.texts > 0 ? RQ_PLAN_COMPUTE : outlook->shared > 0 ? RQ_PLAN_SHARED : RQ_PLAN_CACHED;
	struct rq_plan_stage *stage;

	RQ_TRY(rq_plan_add_stage(&stage, planner, planner->pipeline->config->sides[which].name, "embed", state,
	                         describe_work(planner, part, outlook, state == RQ_PLAN_COMPUTE), err));
	part->stage = stage;
	part->there = state == RQ_PLAN_CACHED;
	stage->texts = outlook->texts;
	stage->known = outlook->cached + outlook->shared;
	stage->to_embed = outlook->missing.texts;
	stage->requests = (double)(outlook->estimate.identify.requests + outlook->estimate.requests);
	stage->tokens = (double)outlook->estimate.tokens;
	stage->sent = outlook->estimate.identify.sent;
	if (!part->there)
		return RQ_OK;
	planner->sides[which].d = outlook->estimate.dimension;
	stage->memory += outlook->estimate.embed.memory;
	return RQ_OK;
}

static enum rq_status add_cost(struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_plan_stage *stage = part->stage;

	RQ_TRY(find_dimension(part, planner, which, err));
	describe_vectors(stage, part->documents + part->topics, planner->sides[which].d);
	struct rq_cost cost = part->outlook.estimate.embed;
	cost.serial += RQ_PLAN_READ_SECONDS * stage->bytes; /* their digests */
	cost.kept += stage->bytes;
	cost.memory += stage->bytes * (1 + (double)stage->known / (double)stage->texts);
	cost.stored += (double)stage->to_embed * (double)rq_text_record_size(stage->dimension);
	rq_plan_add_cost(stage, planner, &cost);
	return RQ_OK;
}

/* The part of the baseline that embeds documents like this one does, if any. */
static bool baseline_embeds_alike(const struct rq_pipeline *pipeline, enum rq_side which, size_t number)
{
	const struct rq_side_config *sides = pipeline->config->sides;

	return which == RQ_CANDIDATE && rq_side_has_vectors(&sides[RQ_BASELINE]) &&
	       rq_embed_part_count(&sides[RQ_BASELINE]) == rq_embed_part_count(&sides[which]) &&
	       rq_embed_alike(&sides[RQ_BASELINE], number, &sides[which], number);
}

static enum rq_status plan_texts(struct part *part, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_embed_job job = rq_embed_job_of(pipeline, which);
	const struct rq_embed_job of_baseline = rq_embed_job_of(pipeline, RQ_BASELINE);
	const struct rq_corpus none = {0};
	bool alike = baseline_embeds_alike(pipeline, which, part->number);

	RQ_TRY(rq_embed_look(&part->outlook, &job, part->number, !alike ? NULL : of_baseline.without_documents ? &none : of_baseline.corpus, err));
	RQ_TRY(plan_fit(planner, which, &part->outlook, alike && pipeline->cache.folder != NULL, err));
	return plan_embedding(part, planner, which, err);
}

/* ---- single topics, timed ---- */

/* `each` topics, one after the other on one thread. A service is asked once more who it is, unless it is the baseline's. */
static void add_timed(struct rq_plan_stage *stage, double *seconds, const struct rq_planner *planner, enum rq_side which, double each)
{
	const struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *sides = pipeline->config->sides, *side = &sides[which];
	const struct rq_text_volume all = rq_plan_volume_of_topics(&pipeline->topics), fitted_on = rq_plan_volume_of(&pipeline->corpora[RQ_BASELINE]);
	const struct rq_text_volume one = {.texts = 1, .bytes = all.texts == 0 ? 0 : all.bytes / all.texts};
	bool open = which == RQ_CANDIDATE && rq_embed_alike(&sides[RQ_BASELINE], 0, side, 0);
	struct rq_embedder_estimate estimate;

	side->embedder->estimate(&estimate, side->embedder_options, fitted_on, one);
	*seconds += each * (estimate.embed.serial + estimate.embed.parallel) * planner->slowness;
	if (side->embedder->ask == NULL)
		return;
	stage->requests += each * (double)estimate.requests + (open ? 0 : (double)estimate.checks);
	stage->tokens += each * (double)estimate.tokens;
	stage->sent += each * estimate.embed.sent;
}

enum rq_status rq_plan_embed_timing(struct rq_planner *planner, struct rq_error *err)
{
	const struct rq_config *config = planner->pipeline->config;
	double samples = (double)config->latency.embed_samples, each = samples + fmin(samples, RQ_PLAN_TIMED_BLOCK), seconds = 0;
	struct rq_plan_stage sum = {0}, *stage;
	bool timed[RQ_SIDES];

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		timed[side] = rq_side_has_vectors(&config->sides[side]) && config->sides[side].embedder->load == NULL;
		if (timed[side])
			add_timed(&sum, &seconds, planner, side, each);
	}
	if (!rq_times_embedding(config) || (!timed[RQ_BASELINE] && !timed[RQ_CANDIDATE]))
		return RQ_OK;
	const char *requests =
		sum.requests == 0 ? "" : rq_arena_printf(&planner->plan->arena, ": about %s requests", rq_grouped((uint64_t)sum.requests).text);
	const char *what = requests == NULL ? NULL
	                                    : rq_arena_printf(&planner->plan->arena, "%s single topics a side, at most %.3g s%s",
	                                                      rq_grouped((uint64_t)samples).text, config->latency.budget, requests);
	RQ_TRY(rq_plan_add_stage(&stage, planner, NULL, "embed latency", RQ_PLAN_COMPUTE, what, err));
	stage->requests = sum.requests;
	stage->tokens = sum.tokens;
	stage->sent = sum.sent;
	stage->seconds = rq_plan_timed(seconds, config->latency.budget);
	return RQ_OK;
}

/* ---- a side ---- */

/* Reads vectors that are there: files, or texts that are all cached. */
static enum rq_status read_vectors(const struct part *parts, size_t count, struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_embedding *embedding = &planner->pipeline->embeddings[which];
	const struct rq_embed_job job = rq_embed_job_of(planner->pipeline, which);
	struct rq_planned_side *side = &planner->sides[which];
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_embed_side(embedding, &job, err));
	side->embedding = embedding;
	side->d = embedding->topics.d;
	parts[count - 1].stage->seconds = rq_plan_around(rq_plan_since(started));
	for (size_t i = 0; i < count; i++) {
		struct rq_plan_stage *stage = parts[i].stage;
		describe_vectors(stage, parts[i].documents + parts[i].topics, side->d);
		planner->held += stage->bytes;
		stage->memory = stage->memory > planner->held + stage->bytes ? stage->memory : planner->held + stage->bytes;
	}
	return RQ_OK;
}

static enum rq_status plan_parts(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	const struct rq_embed_job job = rq_embed_job_of(planner->pipeline, which);
	const struct rq_side_config *config = job.side;
	struct part parts[RQ_EMBED_PARTS];
	size_t count = rq_embed_part_work(&job);
	struct rq_plan_stage *stage;
	bool there = true;

	for (size_t i = 0; i < count; i++) {
		parts[i] = part_of(&job, i);
		RQ_TRY((rq_embed_part_embedder(config, i) == NULL ? plan_files : plan_texts)(&parts[i], planner, which, err));
		there = there && parts[i].there;
	}
	if (job.without_documents)
		RQ_TRY(rq_plan_add_stage(&stage, planner, config->name, "embed", RQ_PLAN_LEFT_OUT,
		                         "documents are not needed: the index is searched elsewhere and exact.budget is 0", err));
	if (there)
		return read_vectors(parts, count, planner, which, err);
	for (size_t i = 0; i < count; i++)
		if (rq_embed_part_embedder(config, i) == NULL)
			RQ_TRY(check_files(&parts[i], planner, which, err));
	for (size_t i = 0; i < count; i++)
		if (rq_embed_part_embedder(config, i) != NULL && !parts[i].there)
			RQ_TRY(add_cost(&parts[i], planner, which, err));
	return RQ_OK;
}

enum rq_status rq_plan_vectors(struct rq_planner *planner, enum rq_side which, struct rq_error *err)
{
	struct rq_pipeline *pipeline = planner->pipeline;
	const struct rq_side_config *config = &pipeline->config->sides[which];
	struct rq_planned_side *side = &planner->sides[which];
	struct rq_plan_stage *stage;

	*side = (struct rq_planned_side){.embedding = &planner->unknown, .k = pipeline->cutoff};
	if (config->run != NULL)
		return RQ_OK;
	side->n = rq_side_corpus(pipeline, which)->count;
	if (!rq_side_has_vectors(config))
		return RQ_OK;
	if (which == RQ_CANDIDATE && rq_shares_embedding(pipeline)) {
		side->embedding = planner->sides[RQ_BASELINE].embedding;
		side->d = planner->sides[RQ_BASELINE].d;
		return rq_plan_add_stage(&stage, planner, config->name, "embed", RQ_PLAN_SHARED, "the baseline's vectors", err);
	}
	enum rq_status status = plan_parts(planner, which, err);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", config->name);
}
