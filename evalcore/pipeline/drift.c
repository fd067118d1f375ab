/* The first half of the job of drift: what there is now, and what of it a reference keeps. */
#include "evalcore/pipeline/drift_parts.h"

#include "evalcore/base/system.h"
#include "evalcore/scoring/judging.h"
#include "evalcore/scoring/paired.h"

#include <math.h>
#include <string.h>

void rq_drift_prepare(struct rq_config *config)
{
	struct rq_side_config *baseline = &config->sides[RQ_BASELINE];
	size_t kept = 0;

	*baseline = (struct rq_side_config){.name = baseline->name, .corpus = baseline->corpus, .run = "reference", .shown = "reference"};
	config->sides[RQ_CANDIDATE].index.builds = 1;
	config->pinned_count = 0;
	config->measured = 0;
	for (size_t i = 0; i < config->metric_count; i++)
		if (config->metrics[i].metric->source == RQ_FROM_JUDGMENTS)
			config->metrics[kept++] = config->metrics[i];
	config->metric_count = kept;
}

void rq_drift_prepare_alone(struct rq_config *config)
{
	struct rq_side_config *candidate = &config->sides[RQ_CANDIDATE];

	rq_drift_prepare(config);
	*candidate = (struct rq_side_config){.name = candidate->name, .run = "reference", .shown = "reference"};
	config->sides[RQ_BASELINE].corpus = NULL;
	config->dataset.corpus = config->dataset.source_field = NULL;
	config->dataset.unit = RQ_UNIT_DOCUMENT; /* rankings are kept by the unit that they were judged by */
	config->quality.fields = NULL;
}

/* ---- now ---- */

bool rq_drift_asks_elsewhere(const struct rq_side_config *side)
{
	for (size_t part = 0; part < rq_embed_part_count(side); part++) {
		const struct rq_embedder *embedder = rq_embed_part_embedder(side, part);
		if (embedder != NULL && embedder->ask != NULL)
			return true;
	}
	return false;
}

static enum rq_status embed(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_embed_job job = rq_embed_job_of(pipeline, RQ_CANDIDATE);
	struct rq_cache none = {0};
	uint64_t started = rq_clock_ns();

	if (!rq_side_has_vectors(job.side))
		return RQ_OK;
	job.before = NULL;
	job.without_documents = false;
	if (!rq_drift_asks_elsewhere(job.side))
		job.cache = &none;
	RQ_TRY(rq_do_embed_job(pipeline, RQ_CANDIDATE, &job, err));
	RQ_TRY(rq_check_failures(pipeline, err));
	return rq_add_stage(&pipeline->comparison, "embed", started, err);
}

/* What a side found, by each metric, whatever the other did. */
static enum rq_status score(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};

	comparison->metrics = rq_arena_alloc(&comparison->arena, pipeline->config->metric_count + 1, sizeof *comparison->metrics);
	if (comparison->metrics == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_join_init(&join, &pipeline->qrels, err));
	for (size_t i = 0; i < pipeline->config->metric_count; i++) {
		const struct rq_metric_spec *spec = &pipeline->config->metrics[i];
		struct rq_metric_result *result = &comparison->metrics[comparison->metric_count++];
		double *values = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof *values);
		if (values == NULL)
			return rq_fail_memory(err);
		*result = rq_metric_result_of(spec);
		result->absent[side == RQ_BASELINE ? RQ_CANDIDATE : RQ_BASELINE] = "not compared: there is one side alone";
		RQ_TRY(rq_side_scores(values, spec, pipeline, side, &join, err));
		RQ_TRY(rq_metric_summarise(result, side, spec, values, comparison->topic_count, err));
	}
	return RQ_OK;
}

enum rq_status rq_drift_look(struct rq_pipeline *pipeline, struct rq_error *err)
{
	uint64_t started;

	RQ_TRY(rq_stage_ready(pipeline, err));
	RQ_TRY(embed(pipeline, err));
	started = rq_clock_ns();
	RQ_TRY(rq_search_side(pipeline, RQ_CANDIDATE, err));
	RQ_TRY(rq_add_stage(&pipeline->comparison, "search", started, err));
	RQ_TRY(rq_count_failed_topics(pipeline, RQ_CANDIDATE, err));
	RQ_TRY(rq_check_failures(pipeline, err));
	RQ_TRY(rq_describe_side(pipeline, RQ_CANDIDATE, err));
	return score(pipeline, RQ_CANDIDATE, err);
}

/* ---- a reference by itself ---- */

static enum rq_status check_input(const struct rq_manifest *manifest, const char *name, const char *what, const char *now, struct rq_error *err)
{
	const char *then = rq_manifest_digest(manifest, name);

	if (then == NULL || strcmp(then, now) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "the reference of %s was made with other %s (sha256 %.12s...) than there are now (%.12s...), by which its numbers would be others; name the file of then: "
	               "--set dataset.%s=FILE", manifest->created, what, then, now, name);
}

enum rq_status rq_drift_evaluate(struct rq_drift_score **scores, struct rq_pipeline *pipeline, struct rq_reference *reference, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;

	RQ_TRY(check_input(&reference->manifest, "topics", "topics", pipeline->topics.sha256, err));
	RQ_TRY(check_input(&reference->manifest, "qrels", "judgments", pipeline->qrels.sha256, err));
	pipeline->runs[RQ_BASELINE] = reference->ranked;
	reference->ranked = (struct rq_run){0};
	RQ_TRY(score(pipeline, RQ_BASELINE, err));
	*scores = rq_arena_alloc(&comparison->arena, comparison->metric_count + 1, sizeof **scores);
	if (*scores == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_manifest_fact *then = rq_manifest_fact(&reference->manifest, comparison->metrics[i].name);
		(*scores)[i] = (struct rq_drift_score){comparison->metrics[i].name, comparison->metrics[i].value[RQ_BASELINE], then == NULL ? NAN : then->number};
	}
	return RQ_OK;
}

/* ---- as a reference ---- */

static enum rq_status describe_inputs(struct rq_manifest *manifest, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_named_text inputs[] = {
		{"corpus", rq_side_corpus(pipeline, RQ_CANDIDATE)->sha256}, {"topics", pipeline->topics.sha256}, {"qrels", pipeline->qrels.sha256}};
	const struct rq_comparison *comparison = &pipeline->comparison;

	manifest->digests = rq_arena_alloc(&manifest->arena, sizeof inputs / sizeof *inputs, sizeof *manifest->digests);
	manifest->facts = rq_arena_alloc(&manifest->arena, comparison->metric_count + 1, sizeof *manifest->facts);
	if (manifest->digests == NULL || manifest->facts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (inputs[i].text[0] != '\0')
			manifest->digests[manifest->digest_count++] = inputs[i];
	manifest->facts[manifest->fact_count++] = (struct rq_manifest_fact){.name = RQ_DRIFT_DEPTH, .number = (double)pipeline->cutoff};
	for (size_t i = 0; i < comparison->metric_count; i++)
		manifest->facts[manifest->fact_count++] =
			(struct rq_manifest_fact){.name = comparison->metrics[i].name, .number = comparison->metrics[i].value[RQ_CANDIDATE]};
	return rq_drift_describe_origin(manifest, pipeline, err);
}

enum rq_status rq_drift_describe(struct rq_manifest *manifest, struct rq_reference_parts *parts, const struct rq_pipeline *pipeline,
                                 struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, RQ_CANDIDATE);
	const struct rq_failures *failures = &pipeline->comparison.failures;
	struct rq_drift_texts documents, topics;

	if (failures->count > 0)
		return rq_fail(err, RQ_E_UNAVAILABLE, "no reference is made of what is not whole: %zu documents and topics failed, the %s \"%s\" first (%s); mend that, then run again",
		               failures->count, failures->items[0].what, failures->items[0].id, failures->items[0].reason);
	manifest->kind = RQ_REFERENCE_KIND;
	RQ_TRY(describe_inputs(manifest, pipeline, err));
	RQ_TRY(rq_drift_documents(&documents, pipeline, &manifest->arena, err));
	RQ_TRY(rq_drift_topics(&topics, pipeline, &manifest->arena, err));
	bool vectors = rq_side_has_vectors(&pipeline->config->sides[RQ_CANDIDATE]);
	*parts = (struct rq_reference_parts){
		.documents = vectors ? &embedding->documents : NULL,
		.topics = vectors ? &embedding->topics : NULL,
		.document_ids = documents.ids,
		.topic_ids = topics.ids,
		.document_texts = documents.kept,
		.topic_texts = topics.kept,
		.document_count = documents.count,
		.topic_count = topics.count,
		.ranked = &pipeline->runs[RQ_CANDIDATE],
	};
	return RQ_OK;
}
