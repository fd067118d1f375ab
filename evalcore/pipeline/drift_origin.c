/* What makes the vectors: kept in a reference, and held against what makes them now. */
#include "evalcore/pipeline/drift_parts.h"

#include <stdio.h>
#include <string.h>

#define TOPICS_TEXT "embedder" /* digests of the config's text of the two embedders */
#define DOCUMENTS_TEXT "document_embedder"
#define FITTED_ON "fitted_on"
#define SIMILARITY "similarity"
#define DOCUMENTS_MODEL "documents.model"
#define DOCUMENTS_FINGERPRINT "documents.fingerprint"

enum { OPTION_DIGITS = 16 };

/* ---- kept ---- */

static enum rq_status add_text(struct rq_manifest *manifest, const char *name, const char *text, struct rq_error *err)
{
	const struct rq_manifest_fact fact = {.name = name, .text = text};

	return text == NULL || text[0] == '\0' ? RQ_OK : rq_manifest_add_fact(manifest, &fact, err);
}

/* By a digest: a value may be nobody's business. */
static enum rq_status add_option(struct rq_manifest *manifest, const char *role, const rq_json *option, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf value = {0};
	char sha256[RQ_SHA256_HEX];
	const char *name = rq_arena_printf(&manifest->arena, "%s.%s", role, rq_json_key(option));

	if (name == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_json_print(&value, option, false, err));
	RQ_TRY(rq_sha256(sha256, value.data, value.size, err));
	sha256[OPTION_DIGITS] = '\0';
	return add_text(manifest, name, sha256, err);
}

static enum rq_status add_options(struct rq_manifest *manifest, const char *digest, const char *role, const char *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_sha256(sha256, text, strlen(text), err));
	RQ_TRY(rq_manifest_add_digest(manifest, digest, sha256, err));
	RQ_TRY(rq_json_parse(&root, text, strlen(text), digest, err));
	for (const rq_json *option = rq_json_first(root); option != NULL; option = rq_json_next(option))
		RQ_TRY(add_option(manifest, role, option, err));
	return RQ_OK;
}

/* Of what made the topics' vectors. NULL: nobody can tell. */
static const char *fingerprint_of(const struct rq_embedding *embedding)
{
	if (embedding->served_by.fingerprint[0] != '\0')
		return embedding->served_by.fingerprint;
	return embedding->model[0] != '\0' ? embedding->model : NULL;
}

enum rq_status rq_drift_describe_origin(struct rq_manifest *manifest, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	static const char *const similarities[] = {[RQ_COSINE_NAME] = "cosine", [RQ_IP_NAME] = "ip", [RQ_L2_NAME] = "l2"};
	const struct rq_side_config *side = &pipeline->config->sides[RQ_CANDIDATE];
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, RQ_CANDIDATE);
	const struct rq_corpus *fitted_on = &pipeline->corpora[RQ_BASELINE];

	if (!rq_side_has_vectors(side))
		return RQ_OK;
	manifest->model = (struct rq_manifest_model){
		.embedder = side->embedder->name,
		.name = embedding->served_by.model[0] == '\0' ? NULL : embedding->served_by.model,
		.variant = embedding->variant[0] == '\0' ? NULL : embedding->variant,
		.fingerprint = fingerprint_of(embedding),
		.dimension = embedding->topics.d,
	};
	RQ_TRY(add_text(manifest, SIMILARITY, similarities[side->index.similarity], err));
	RQ_TRY(add_options(manifest, TOPICS_TEXT, "option", side->embedder_text, err));
	if (side->embedder->fit != NULL && fitted_on->sha256[0] != '\0')
		RQ_TRY(rq_manifest_add_digest(manifest, FITTED_ON, fitted_on->sha256, err));
	if (side->document_embedder == NULL)
		return RQ_OK;
	RQ_TRY(add_text(manifest, DOCUMENTS_MODEL, embedding->documents_served_by.model, err));
	RQ_TRY(add_text(manifest, DOCUMENTS_FINGERPRINT, embedding->documents_served_by.fingerprint, err));
	return add_options(manifest, DOCUMENTS_TEXT, "documents.option", side->document_embedder_text, err);
}

/* ---- held against now ---- */

static const char *fact_text(const struct rq_manifest *manifest, const char *name)
{
	const struct rq_manifest_fact *fact = rq_manifest_fact(manifest, name);

	return fact == NULL ? NULL : fact->text;
}

static bool differ(const char *then, const char *now)
{
	return then != NULL && now != NULL && strcmp(then, now) != 0;
}

/* True: they differ. */
static bool tell(struct rq_buf *out, const char *what, const char *then, const char *now)
{
	if (!differ(then, now))
		return false;
	rq_buf_printf(out, "%s%s was \"%s\" then and is \"%s\" now", out->size == 0 ? "" : ", and ", what, then, now);
	return true;
}

static bool is_option(const struct rq_manifest_fact *fact)
{
	return strncmp(fact->name, "option.", strlen("option.")) == 0 || strncmp(fact->name, "documents.option.", strlen("documents.option.")) == 0;
}

static void tell_option(struct rq_buf *out, size_t *told, const struct rq_manifest_fact *option)
{
	const char *before = (*told)++ > 0 ? ", " : out->size == 0 ? "these options are others than then: " : ", and these options are others than then: ";

	rq_buf_printf(out, "%s%s", before, strstr(option->name, "option.") + strlen("option."));
}

/* By their names. */
static void tell_options(struct rq_buf *out, const struct rq_manifest *then, const struct rq_manifest *now)
{
	size_t told = 0;

	for (size_t i = 0; i < now->fact_count; i++) {
		const char *before = fact_text(then, now->facts[i].name);
		if (is_option(&now->facts[i]) && (before == NULL || strcmp(before, now->facts[i].text) != 0))
			tell_option(out, &told, &now->facts[i]);
	}
	for (size_t i = 0; i < then->fact_count; i++)
		if (is_option(&then->facts[i]) && fact_text(now, then->facts[i].name) == NULL)
			tell_option(out, &told, &then->facts[i]);
}

/* What is asked for, by the config. */
static bool tell_of_config(struct rq_buf *out, const struct rq_manifest *then, const struct rq_manifest *now)
{
	bool other = tell(out, "the embedder", then->model.embedder, now->model.embedder);

	other |= tell(out, "the similarity", fact_text(then, SIMILARITY), fact_text(now, SIMILARITY));
	if (differ(rq_manifest_digest(then, TOPICS_TEXT), rq_manifest_digest(now, TOPICS_TEXT)) ||
	    differ(rq_manifest_digest(then, DOCUMENTS_TEXT), rq_manifest_digest(now, DOCUMENTS_TEXT))) {
		tell_options(out, then, now);
		other = true;
	}
	if ((rq_manifest_digest(then, DOCUMENTS_TEXT) == NULL) == (rq_manifest_digest(now, DOCUMENTS_TEXT) == NULL))
		return other;
	rq_buf_printf(out, "%sdocuments and topics have one embedder now or then, and two at the other time", out->size == 0 ? "" : ", and ");
	return true;
}

/* What answers. */
static bool tell_of_model(struct rq_buf *out, const struct rq_manifest *then, const struct rq_manifest *now)
{
	bool other = tell(out, "the model", then->model.name, now->model.name);

	other |= tell(out, "the model's variant", then->model.variant, now->model.variant);
	if (!other)
		other = tell(out, "the model's fingerprint", then->model.fingerprint, now->model.fingerprint);
	bool documents = tell(out, "the documents' model", fact_text(then, DOCUMENTS_MODEL), fact_text(now, DOCUMENTS_MODEL));
	if (!documents)
		documents = tell(out, "the documents' model's fingerprint", fact_text(then, DOCUMENTS_FINGERPRINT), fact_text(now, DOCUMENTS_FINGERPRINT));
	return other || documents;
}

/* A model that is fitted has other dimensions wherever its texts or options are others; with few texts also more or fewer. */
static const char *why_fitted(struct rq_drift_work *work, const struct rq_manifest *now, bool asked_otherwise)
{
	const struct rq_manifest *then = &work->reference->manifest;
	const char *name = work->pipeline->config->sides[RQ_CANDIDATE].embedder->name, *fitted_on = rq_manifest_digest(then, FITTED_ON);
	struct rq_arena *arena = &work->pipeline->comparison.arena;
	char numbers[64] = "";

	if (fitted_on == NULL)
		fitted_on = rq_manifest_digest(then, "corpus");
	if (asked_otherwise)
		return rq_arena_printf(arena, "\"%s\" was fitted otherwise then, so its dimensions stand for something else: %s", name,
		                       work->changed);
	work->refitted = differ(fitted_on, rq_manifest_digest(now, FITTED_ON));
	if (!work->refitted)
		return "";
	if (then->model.dimension != now->model.dimension)
		snprintf(numbers, sizeof numbers, ", %zu then and %zu now,", then->model.dimension, now->model.dimension);
	return rq_arena_printf(arena,
	                       "\"%s\" is fitted to the corpus, which is another one now, so its dimensions%s stand for something else; whether texts have "
	                       "the neighbours that they had is told by knn_jaccard and cka, which stand in for it",
	                       name, numbers);
}

static const char *why_other_dimensions(struct rq_drift_work *work, size_t then, size_t now)
{
	const char *changed = work->changed == NULL ? "" : work->changed;

	return rq_arena_printf(&work->pipeline->comparison.arena, "vectors had %zu dimensions then and have %zu now%s%s", then, now,
	                       changed[0] == '\0' ? "" : ", and ", changed);
}

static enum rq_status find_apart(struct rq_drift_work *work, const struct rq_manifest *now, bool asked_otherwise, bool answered_otherwise,
                                 struct rq_error *err)
{
	const struct rq_manifest_model *then = &work->reference->manifest.model;
	bool fitted = now->model.dimension > 0 && work->pipeline->config->sides[RQ_CANDIDATE].embedder->fit != NULL;
	bool resized = then->dimension != now->model.dimension;
	const char *why = "";

	if (work->reference->topics.data == NULL || now->model.dimension == 0)
		why = "there are no vectors of both times";
	else if (fitted && !(resized && asked_otherwise) && (then->fingerprint == NULL || differ(then->fingerprint, now->model.fingerprint)))
		why = why_fitted(work, now, asked_otherwise);
	else if (!resized && answered_otherwise && !asked_otherwise)
		why = work->changed;
	if (why != NULL && why[0] == '\0' && resized)
		why = why_other_dimensions(work, then->dimension, now->model.dimension);
	if (why == NULL)
		return rq_fail_memory(err);
	work->apart = why[0] == '\0' ? NULL : why;
	work->other_model = work->apart != NULL && !work->refitted && work->reference->topics.data != NULL && now->model.dimension > 0;
	return RQ_OK;
}

enum rq_status rq_drift_compare_origins(struct rq_drift_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest now = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf changed = {0};
	struct rq_comparison *comparison = &work->pipeline->comparison;

	RQ_TRY(rq_drift_describe_origin(&now, work->pipeline, err));
	bool asked_otherwise = tell_of_config(&changed, &work->reference->manifest, &now);
	bool answered_otherwise = tell_of_model(&changed, &work->reference->manifest, &now);
	RQ_TRY(rq_buf_check(&changed, err));
	work->changed = changed.size == 0 ? NULL : rq_arena_strndup(&comparison->arena, changed.data, changed.size);
	if (changed.size > 0 && work->changed == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_apart(work, &now, asked_otherwise, answered_otherwise, err));
	if (work->changed == NULL || work->apart != NULL)
		return RQ_OK;
	return rq_remark(comparison, false, err, "what embeds is not what made the reference: %s", work->changed);
}
