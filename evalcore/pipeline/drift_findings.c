/* The second half of the job of drift: what there is now, held against a reference. */
#include "evalcore/pipeline/drift_parts.h"

#include "evalcore/base/system.h"
#include "metrics/drift/model.h"
#include "metrics/drift/series.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OF_A_FIGURE = 2 }; /* documents and topics */

/* ---- one finding ---- */

static enum rq_status add(struct rq_drift_work *work, struct rq_drift_finding finding, enum rq_drift_name name, struct rq_error *err)
{
	const struct rq_drift_figure *figure = &rq_drift_figures[name];

	if (work->drift->count == work->capacity)
		return rq_fail(err, RQ_E_INTERNAL, "more than %zu figures of drift", work->capacity);
	finding.figure = figure->name;
	finding.unit = figure->unit;
	finding.at_least = figure->direction == RQ_AT_LEAST;
	finding.limit = figure->limit;
	finding.meaning = figure->meaning;
	finding.advice = figure->advice;
	finding.null = figure->null;
	finding.citation = figure->citation;
	work->findings[work->drift->count++] = finding;
	return RQ_OK;
}

enum rq_status rq_drift_add_absent(struct rq_drift_work *work, const char *of, enum rq_drift_name figure, const char *why, struct rq_error *err)
{
	const struct rq_drift_finding finding = {.of = of,
	                                         .absent = why,
	                                         .value = NAN,
	                                         .error = NAN,
	                                         .lower = NAN,
	                                         .upper = NAN,
	                                         .p = NAN,
	                                         .p_adjusted = NAN,
	                                         .chance = NAN,
	                                         .outcome = RQ_INCONCLUSIVE};

	return add(work, finding, figure, err);
}

/* Of what moved and has no spread to measure that by: standard deviations, as many as nobody takes for few. JSON has no
 * infinity. */
static const double without_spread = 1e6;

enum rq_status rq_drift_add(struct rq_drift_work *work, const char *of, struct rq_drift_value value, struct rq_error *err)
{
	const struct rq_drift_figure *figure = &rq_drift_figures[value.figure];

	if (isinf(value.value))
		value.value = copysign(without_spread, value.value);
	const struct rq_drift_finding finding = {.of = of,
	                                         .value = fmin(fmax(value.value, figure->lowest), figure->highest),
	                                         .error = value.error,
	                                         .lower = value.lower,
	                                         .upper = value.upper,
	                                         .p = value.p,
	                                         .p_adjusted = value.p,
	                                         .chance = value.chance,
	                                         .n = value.n,
	                                         .outcome = rq_drift_judge(&value, figure->limit, value.p)};

	if (isnan(value.value))
		return rq_drift_add_absent(work, of, value.figure, "it is not defined for so few texts, or for such", err);
	if (!rq_drift_is_possible(figure, value.value))
		return rq_fail(err, RQ_E_INTERNAL, "%s of %s came to %g, which is none of its values: %g to %g", figure->name, of, value.value,
		               figure->lowest, figure->highest);
	return add(work, finding, value.figure, err);
}

enum rq_status rq_drift_adjust(struct rq_drift_work *work, size_t first, struct rq_error *err)
{
	size_t count = work->drift->count - first, members = 0;
	RQ_CLEANUP(rq_free_pointer) double *p = malloc((count + 1) * sizeof *p);

	if (p == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!isnan(work->findings[first + i].p))
			p[members++] = work->findings[first + i].p;
	rq_holm(p, members);
	members = 0;
	for (size_t i = 0; i < count; i++) {
		struct rq_drift_finding *finding = &work->findings[first + i];
		if (isnan(finding->p))
			continue;
		finding->p_adjusted = p[members++];
		finding->outcome = rq_drift_judge_finding(finding, finding->limit);
	}
	return RQ_OK;
}

/* ---- what was found ---- */

/* The rankings of some topics; borrows them. */
static enum rq_status choose_rankings(struct rq_run *chosen, const struct rq_run *run, const struct rq_drift_work *work, struct rq_error *err)
{
	struct rq_arena *arena = &((struct rq_drift_work *)work)->arena;

	*chosen = (struct rq_run){.rankings = rq_arena_alloc(arena, work->same_topics.count + 1, sizeof *chosen->rankings)};
	if (chosen->rankings == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < work->same_topics.count; i++) {
		const char *topic = work->topics.ids[work->same_topics.now[i]];
		chosen->rankings[chosen->count] = *rq_run_answer(run, topic);
		chosen->rankings[chosen->count++].topic = topic;
	}
	return RQ_OK;
}

/* Both times are looked at as deep as either asked for. */
static size_t smaller_depth(const struct rq_drift_work *work)
{
	const struct rq_manifest_fact *then = rq_manifest_fact(&work->reference->manifest, RQ_DRIFT_DEPTH);
	size_t now = work->pipeline->cutoff, cutoff = now > 0 && now < RQ_DRIFT_CUTOFF ? now : RQ_DRIFT_CUTOFF;

	return then != NULL && then->number >= 1 && then->number < (double)cutoff ? (size_t)then->number : cutoff;
}

static enum rq_status compare_retrieval(struct rq_drift_work *work, struct rq_error *err)
{
	static const enum rq_drift_name figures[] = {RQ_DRIFT_retrieval_overlap, RQ_DRIFT_retrieval_jaccard, RQ_DRIFT_retrieval_rbo};
	const struct rq_pipeline *pipeline = work->pipeline;
	size_t cutoff = smaller_depth(work);
	struct rq_list_drift shared;
	struct rq_run then, now;

	for (size_t i = 0; work->same_topics.count == 0 && i < sizeof figures / sizeof *figures; i++)
		RQ_TRY(rq_drift_add_absent(work, "topics", figures[i], "no topic is the same as then", err));
	if (work->same_topics.count == 0)
		return RQ_OK;
	RQ_TRY(choose_rankings(&then, &pipeline->runs[RQ_BASELINE], work, err));
	RQ_TRY(choose_rankings(&now, &pipeline->runs[RQ_CANDIDATE], work, err));
	RQ_TRY(rq_retrieval_drift(&shared, &then, &now, cutoff, err));
	RQ_TRY(rq_drift_add(work, "topics", shared.overlap, err));
	RQ_TRY(rq_drift_add(work, "topics", shared.jaccard, err));
	return rq_drift_add(work, "topics", shared.rbo, err);
}

/* A topic that is new, or asks something else by now, is none that was lost or won. */
static enum rq_status leave_out_others(struct rq_drift_work *work, struct rq_error *err)
{
	struct rq_comparison *comparison = &work->pipeline->comparison;
	size_t judged = comparison->topic_count, next = 0, *of = rq_arena_alloc(&comparison->arena, judged, sizeof *of);

	if (of == NULL)
		return rq_fail_memory(err);
	comparison->topic_count = 0;
	for (size_t i = 0; i < judged; i++) {
		const char *id = comparison->topics[i].id;
		while (next < work->same_topics.count && strcmp(work->topics.ids[work->same_topics.now[next]], id) < 0)
			next++;
		if (next == work->same_topics.count || strcmp(work->topics.ids[work->same_topics.now[next]], id) != 0)
			continue;
		if (comparison->clusters.of != NULL)
			of[comparison->topic_count] = comparison->clusters.of[i];
		comparison->topics[comparison->topic_count++] = comparison->topics[i];
	}
	if (comparison->clusters.of != NULL)
		comparison->clusters.of = of;
	if (comparison->topic_count == judged)
		return RQ_OK;
	return rq_remark(comparison, false, err, "%zu of %zu judged topics are new or have another text than in the reference, and are not compared", judged - comparison->topic_count,
	                 judged);
}

/* What holds for all that is served is not held for the topics alone that there were then. */
static enum rq_status keep_served(struct rq_drift_work *work, struct rq_error *err)
{
	struct rq_comparison *comparison = &work->pipeline->comparison;
	struct rq_comparison *served = rq_arena_alloc(&comparison->arena, 1, sizeof *served);
	struct rq_compared_topic *topics = rq_arena_alloc(&comparison->arena, comparison->topic_count + 1, sizeof *topics);

	if (served == NULL || topics == NULL)
		return rq_fail_memory(err);
	if (comparison->topic_count > 0)
		memcpy(topics, comparison->topics, comparison->topic_count * sizeof *topics);
	*served = (struct rq_comparison){
		.topics = topics,
		.topic_count = comparison->topic_count,
		.clusters = comparison->clusters,
		.metrics = comparison->metrics,
		.metric_count = comparison->metric_count,
	};
	work->drift->served = served;
	return RQ_OK;
}

/* Both times are scored by the judgments that there are now: what the reference had by its own stands beside it, for it is nobody's loss or gain. */
static enum rq_status tell_judgments(const struct rq_drift_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf values = {0};
	const struct rq_pipeline *pipeline = work->pipeline;
	const struct rq_manifest *manifest = &work->reference->manifest;
	const char *then = rq_manifest_digest(manifest, "qrels");

	if (then == NULL || strcmp(then, pipeline->qrels.sha256) == 0)
		return RQ_OK;
	rq_buf_puts(&values, "");
	for (size_t i = 0; i < pipeline->config->metric_count; i++) {
		const struct rq_manifest_fact *fact = rq_manifest_fact(manifest, pipeline->config->metrics[i].name);
		if (fact != NULL && fact->text == NULL && !isnan(fact->number))
			rq_buf_printf(&values, "%s%s %.4f", values.size == 0 ? "; by those of then it had " : ", ", fact->name, fact->number);
	}
	RQ_TRY(rq_buf_check(&values, err));
	return rq_remark(&work->pipeline->comparison, false, err, "the judgments are not those of the reference, and then and now are both scored by those of now%s", values.data);
}

static enum rq_status compare_metrics(struct rq_drift_work *work, struct rq_error *err)
{
	struct rq_pipeline *pipeline = work->pipeline;
	const struct rq_manifest_fact *depth = rq_manifest_fact(&work->reference->manifest, RQ_DRIFT_DEPTH);
	size_t judged = pipeline->comparison.topic_count;

	pipeline->baseline_cutoff = depth != NULL && depth->number >= (double)pipeline->cutoff ? pipeline->cutoff : 0;
	pipeline->runs[RQ_BASELINE] = work->reference->ranked;
	work->reference->ranked = (struct rq_run){0};
	rq_cut_run(&pipeline->runs[RQ_BASELINE], pipeline->cutoff);
	RQ_TRY(tell_judgments(work, err));
	RQ_TRY(keep_served(work, err));
	RQ_TRY(leave_out_others(work, err));
	if (pipeline->comparison.topic_count == judged)
		work->drift->served = NULL;
	pipeline->comparison.metric_count = 0;
	return pipeline->comparison.topic_count == 0 ? RQ_OK : rq_compare_rankings(pipeline, err);
}

/* ---- between what ---- */

static void describe_sides(struct rq_drift_work *work)
{
	const struct rq_pipeline *pipeline = work->pipeline;
	const struct rq_manifest *manifest = &work->reference->manifest;
	const struct rq_side_info *now = &pipeline->comparison.sides[RQ_CANDIDATE];
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, RQ_CANDIDATE);
	struct rq_drift_side *sides = work->drift->sides;
	bool served = embedding->served_by.fingerprint[0] != '\0';

	sides[RQ_DRIFT_THEN] = (struct rq_drift_side){
		.embedder = manifest->model.embedder,
		.model = manifest->model.name,
		.fingerprint = manifest->model.fingerprint,
		.dimension = manifest->model.dimension,
		.documents = work->reference->document_ids.count,
		.topics = work->reference->topic_ids.count,
		.corpus = rq_manifest_digest(manifest, "corpus"),
	};
	sides[RQ_DRIFT_NOW] = (struct rq_drift_side){
		.embedder = now->embedder,
		.model = served ? now->model : NULL,
		.fingerprint = served ? embedding->served_by.fingerprint : now->model,
		.dimension = now->dimension,
		.documents = work->documents.count,
		.topics = work->topics.count,
		.corpus = rq_side_corpus(pipeline, RQ_CANDIDATE)->sha256[0] == '\0' ? NULL : rq_side_corpus(pipeline, RQ_CANDIDATE)->sha256,
	};
}

static enum rq_status describe_reference(struct rq_drift_work *work, const char *name, struct rq_error *err)
{
	struct rq_comparison *comparison = &work->pipeline->comparison;
	const struct rq_manifest *manifest = &work->reference->manifest;
	struct rq_side_info *info = &comparison->sides[RQ_BASELINE];

	*info = (struct rq_side_info){.embedder = manifest->model.embedder, .model = manifest->model.name, .dimension = manifest->model.dimension};
	info->variant = manifest->model.variant;
	info->index = rq_arena_printf(&comparison->arena, "reference \"%s\" of %s", name, manifest->created);
	info->ranked = &work->pipeline->runs[RQ_BASELINE];
	if (info->index == NULL)
		return rq_fail_memory(err);
	return rq_add_input(comparison, NULL, "reference", manifest->sha256, err);
}

static enum rq_status pair_texts(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_reference *reference = work->reference;
	struct rq_drift *drift = work->drift;

	RQ_TRY(rq_drift_documents(&work->documents, work->pipeline, &work->arena, err));
	RQ_TRY(rq_drift_topics(&work->topics, work->pipeline, &work->arena, err));
	RQ_TRY(rq_drift_pair(&work->same_documents, &reference->document_ids, reference->document_texts, &work->documents, &work->arena, err));
	RQ_TRY(rq_drift_pair(&work->same_topics, &reference->topic_ids, reference->topic_texts, &work->topics, &work->arena, err));
	drift->same_documents = work->same_documents.count;
	drift->same_topics = work->same_topics.count;
	return RQ_OK;
}

/* By their ids: a text that was changed is still there. Of a run file, or a reference of earlier that has none, it is not asked. */
static enum rq_status count_gone(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_ids *then = &work->reference->document_ids;
	size_t there = 0;

	if (then->count == 0 || work->documents.ids == NULL) {
		const char *why = work->documents.ids == NULL ? "there is no corpus, so nobody knows which documents there are"
		                                              : "the reference keeps no ids of documents; --update makes one that does";
		RQ_TRY(rq_drift_add_absent(work, "documents", RQ_DRIFT_gone_documents, why, err));
		work->findings[work->drift->count - 1].not_asked = true;
		return RQ_OK;
	}
	for (size_t i = 0; i < work->documents.count; i++)
		there += rq_ids_find(then, work->documents.ids[i], strlen(work->documents.ids[i])) != RQ_ID_NONE;
	return rq_drift_add(work, "documents", rq_gone_documents(then->count, there), err);
}

static enum rq_status measure(struct rq_drift_work *work, struct rq_error *err)
{
	RQ_TRY(pair_texts(work, err));
	RQ_TRY(rq_drift_list_ids(work, err));
	describe_sides(work);
	RQ_TRY(rq_drift_compare_origins(work, err));
	RQ_TRY(compare_metrics(work, err));
	if (rq_side_has_vectors(&work->pipeline->config->sides[RQ_CANDIDATE]) || work->reference->documents.data != NULL) {
		RQ_TRY(rq_drift_compare_cosines(work, err));
		RQ_TRY(rq_drift_compare_models(work, err));
		RQ_TRY(rq_drift_compare_populations(work, err));
	} else {
		RQ_TRY(rq_drift_count_texts(work, err));
	}
	RQ_TRY(count_gone(work, err));
	RQ_TRY(compare_retrieval(work, err));
	RQ_TRY(rq_drift_adjust(work, 0, err));
	return rq_cancel_check(err);
}

enum rq_status rq_drift_compare(struct rq_pipeline *pipeline, struct rq_reference *reference, const char *name, const char *as_of,
                                struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_drift_work work = {.pipeline = pipeline, .reference = reference, .capacity = (size_t)RQ_DRIFT_FIGURES * MOST_OF_A_FIGURE};
	uint64_t started = rq_clock_ns();

	work.drift = rq_arena_alloc(&comparison->arena, 1, sizeof *work.drift);
	work.findings = rq_arena_alloc(&comparison->arena, work.capacity, sizeof *work.findings);
	if (work.drift == NULL || work.findings == NULL)
		return rq_fail_memory(err);
	*work.drift = (struct rq_drift){.reference = name,
	                                .sha256 = reference->manifest.sha256,
	                                .created = reference->manifest.created,
	                                .as_of = as_of,
	                                .findings = work.findings};
	enum rq_status status = measure(&work, err);
	if (status == RQ_OK)
		status = describe_reference(&work, name, err);
	rq_arena_release(&work.arena);
	comparison->drift = work.drift;
	return status == RQ_OK ? rq_add_stage(comparison, "drift", started, err) : status;
}

enum rq_status rq_drift_warn(struct rq_pipeline *pipeline, const char *text, struct rq_error *err)
{
	return rq_remark(&pipeline->comparison, true, err, "%s", text);
}

/* ---- week by week ---- */

/* One limit serves all, so a series is one of points between 0 and 1: no count and no time. */
static bool has_points(const struct rq_metric_result *metric)
{
	return metric != NULL && !metric->is_time && metric->lowest >= 0 && metric->highest <= 1;
}

/* Towards the better side is up. */
static enum rq_status add_series(struct rq_drift_work *work, const struct rq_drift_series *series, const struct rq_metric_result *metric,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *weeks = malloc((series->count + 1) * sizeof *weeks);
	struct rq_change_point point;

	if (weeks == NULL)
		return rq_fail_memory(err);
	if (series->count > 0)
		memcpy(weeks, series->values, series->count * sizeof *weeks);
	weeks[series->count] = metric->value[RQ_CANDIDATE];
	if (series->count + 1 < RQ_CHANGE_POINTS_MIN) {
		const char *why = rq_arena_printf(&work->pipeline->comparison.arena, "it takes %d weeks, and this is number %zu", RQ_CHANGE_POINTS_MIN, series->count + 1);
		if (why == NULL)
			return rq_fail_memory(err);
		RQ_TRY(rq_drift_add_absent(work, series->metric, RQ_DRIFT_change_point, why, err));
		work->findings[work->drift->count - 1].early = true;
		return RQ_OK;
	}
	RQ_TRY(rq_change_point(&point, weeks, series->count + 1, RQ_DRIFT_SEED, err));
	if (metric->lower_is_better)
		point.change.value = -point.change.value;
	return rq_drift_add(work, series->metric, point.change, err);
}

enum rq_status rq_drift_add_series(struct rq_pipeline *pipeline, const struct rq_drift_series *series, size_t count, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_drift *drift = comparison->drift;
	struct rq_drift_work work = {.pipeline = pipeline, .drift = drift, .capacity = drift->count + count};
	size_t first = drift->count;

	work.findings = rq_arena_alloc(&comparison->arena, work.capacity + 1, sizeof *work.findings);
	if (work.findings == NULL)
		return rq_fail_memory(err);
	memcpy(work.findings, drift->findings, drift->count * sizeof *work.findings);
	drift->findings = work.findings;
	for (size_t i = 0; i < count; i++) {
		const struct rq_metric_result *metric = rq_comparison_metric(comparison, series[i].metric);
		if (has_points(metric))
			RQ_TRY(add_series(&work, &series[i], metric, err));
	}
	return rq_drift_adjust(&work, first, err);
}
