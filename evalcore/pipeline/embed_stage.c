/* The embed stage of a run: both sides, what is worth a line about them, and whether too much has failed. */
#include "evalcore/pipeline/stages.h"

#include <stdlib.h>
#include <string.h>

enum { FEW_DIMENSIONS = 8 };

static const char *what_of(const struct rq_side_config *config, size_t part)
{
	if (rq_embed_part_count(config) == 1)
		return "texts";
	return part == 0 ? "topics" : "documents";
}

static const struct rq_identity *identity_of(const struct rq_embedding *embedding, size_t part)
{
	return part == 0 ? &embedding->served_by : &embedding->documents_served_by;
}

/* ---- services ---- */

/* What hangs on this run alone, and not on its inputs. */
static enum rq_status remark_on_service(struct rq_comparison *comparison, const char *side, const struct rq_embed_part *part,
                                        const struct rq_identity *identity, struct rq_error *err)
{
	const struct rq_service_use *use = &part->use;

	if (part->unchecked)
		RQ_TRY(rq_run_remark(comparison, true, err,
		                     "%s: --max-requests did not let the run ask which model answers; taken to be %s, as in an earlier run", side,
		                     identity->fingerprint));
	if (identity->untold && part->cached > 0)
		RQ_TRY(rq_run_remark(comparison, true, err, "%s: %zu vector%s from the cache, and nobody tells which model made %s; a change that shows neither in the command's "
		                     "files nor in the vector of one text goes unseen, so let its answers or the config name the \"model\"", side, part->cached,
		                     part->cached == 1 ? " comes" : "s come", part->cached == 1 ? "it" : "them"));
	if (strcmp(part->earlier.fingerprint, identity->fingerprint) == 0)
		RQ_TRY(rq_run_remark(comparison, true, err, "%s: the service still answers as %s, and yet with another vector for the same text; embeddings of earlier runs are not used",
		                     side, identity->fingerprint));
	else if (part->earlier.fingerprint[0] != '\0')
		RQ_TRY(rq_run_remark(comparison, false, err, "%s: the service now answers as %s (%zu dimensions); embeddings of %s (%zu dimensions) are not used", side,
		                     identity->fingerprint, identity->dimension, part->earlier.fingerprint, part->earlier.dimension));
	if (part->cuts_before > 0 && part->cached > 0)
		RQ_TRY(rq_run_remark(comparison, true, err, "%s: when the vectors in the cache were made the service cut texts %llu time%s: the ends of some texts are not in their vectors", side,
		                     (unsigned long long)part->cuts_before, part->cuts_before == 1 ? "" : "s"));
	if (use->restarts > 0)
		RQ_TRY(rq_run_remark(comparison, true, err,
		                     "%s: the command ended or hung %zu time%s and was started again; its stderr may say why",
		                     side, use->restarts, use->restarts == 1 ? "" : "s"));
	if (use->truncated > 0)
		RQ_TRY(rq_run_remark(comparison, true, err, "%s: the service has cut %s%zu of %llu texts, whose ends are not in their vectors%s%s", side,
		                     use->cut_unseen ? "at least " : "", use->truncated,
		                     (unsigned long long)use->texts, use->truncation[0] == '\0' ? "" : ": ", use->truncation));
	else if (use->may_cut) /* also of vectors from an earlier run */
		RQ_TRY(rq_run_remark(comparison, false, err, "%s: %s", side, use->truncation));
	return RQ_OK;
}

static enum rq_status account_for(struct rq_comparison *comparison, const struct rq_side_config *config, const struct rq_embedding *embedding,
                                  size_t number, struct rq_error *err)
{
	const struct rq_embed_part *part = &embedding->parts[number];

	if (part->embedder->ask == NULL)
		return RQ_OK;
	RQ_TRY(remark_on_service(comparison, config->name, part, identity_of(embedding, number), err));
	return rq_add_service(comparison, config->name, what_of(config, number), &part->use, err);
}

static const char *describe_identity(struct rq_comparison *comparison, const struct rq_identity *identity)
{
	bool named = strncmp(identity->fingerprint, identity->model, strlen(identity->model)) == 0; /* a service that tells no digest */

	return named ? rq_arena_strdup(&comparison->arena, identity->fingerprint)
	             : rq_arena_printf(&comparison->arena, "%s, %s", identity->model, identity->fingerprint);
}

enum rq_status rq_describe_services(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_side_info *info = &comparison->sides[side];
	bool topics = embedding->served_by.fingerprint[0] != '\0', documents = embedding->documents_served_by.fingerprint[0] != '\0';

	info->document_embedder = config->document_embedder == NULL || embedding->documents.data == NULL ? NULL : config->document_embedder->name;
	info->model = topics && embedding->served_by.model[0] != '\0' ? embedding->served_by.model : info->model;
	info->served_by = topics ? describe_identity(comparison, &embedding->served_by) : NULL;
	info->documents_served_by = documents ? describe_identity(comparison, &embedding->documents_served_by) : NULL;
	return (topics && info->served_by == NULL) || (documents && info->documents_served_by == NULL) ? rq_fail_memory(err) : RQ_OK;
}

/* ---- a side ---- */

static enum rq_status add_digests(struct rq_comparison *comparison, const char *name, const struct rq_embedding *embedding, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	if (embedding->documents.data != NULL) {
		RQ_TRY(rq_sha256(sha256, embedding->documents.data, embedding->documents.n * embedding->documents.d * sizeof(float), err));
		RQ_TRY(rq_add_input(comparison, name, "vectors", sha256, err));
	}
	RQ_TRY(rq_sha256(sha256, embedding->topics.data, embedding->topics.n * embedding->topics.d * sizeof(float), err));
	RQ_TRY(rq_add_input(comparison, name, "topic_vectors", sha256, err));
	return embedding->file_sha256[0] == '\0' ? RQ_OK : rq_add_input(comparison, name, "vector_file", embedding->file_sha256, err);
}

/* Within max_failed, or the run has ended by now. Of topics the search tells. */
static enum rq_status remark_on_failures(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_embedding *embedding = &pipeline->embeddings[side];
	struct rq_comparison *comparison = &pipeline->comparison;
	const char *name = pipeline->config->sides[side].name;

	if (embedding->failed_document_count > 0)
		RQ_TRY(rq_remark(comparison, true, err, "%zu of %zu documents could not be embedded for the %s: %s no vector, and nothing finds %s",
		                 embedding->failed_document_count, rq_side_corpus(pipeline, side)->count, name, embedding->failed_document_count == 1 ? "it has" : "they have",
		                 embedding->failed_document_count == 1 ? "it" : "them"));
	return RQ_OK;
}

static enum rq_status describe_embedding(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_embedding *embedding = &pipeline->embeddings[side];
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const char *name = config->name;

	RQ_TRY(add_digests(comparison, name, embedding, err));
	RQ_TRY(rq_add_cache_use(comparison, name, "embed", err, "%zu texts embedded, %zu known", embedding->embedded, embedding->cached));
	for (size_t part = 0; part < embedding->part_count; part++)
		RQ_TRY(account_for(comparison, config, embedding, part, err));
	RQ_TRY(remark_on_failures(pipeline, side, err));
	if (embedding->doubt[0] != '\0')
		RQ_TRY(rq_remark(comparison, true, err, "%s: %s", name, embedding->doubt));
	size_t zero_topics = embedding->zero_topics - embedding->failed_topic_count;
	if (zero_topics > 0)
		RQ_TRY(rq_remark(comparison, true, err, "%zu topic%s a zero vector under the %s's embedder (no word it knows): %s empty", zero_topics,
		                 zero_topics == 1 ? " has" : "s have", name, zero_topics == 1 ? "its ranking is" : "their rankings are"));
	if (config->embedder->fit != NULL && embedding->topics.d < FEW_DIMENSIONS)
		RQ_TRY(rq_remark(comparison, true, err, "%s has only %zu dimensions, fitted on %zu documents: its rankings mean little",
		                 config->embedder->name, embedding->topics.d, pipeline->corpora[RQ_BASELINE].count));
	size_t empty = rq_side_corpus(pipeline, side)->empty;
	size_t wordless = embedding->zero_documents > empty ? embedding->zero_documents - empty : 0;
	if (wordless > 0)
		RQ_TRY(rq_remark(comparison, true, err, "%zu document%s a zero vector under the %s's embedder", wordless,
		                 wordless == 1 ? " that is not empty has" : "s that are not empty have", name));
	return RQ_OK;
}

/* Does any topic ask for it, or for what it is a chunk of? */
static bool is_relevant(const struct rq_pipeline *pipeline, const char *id)
{
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, RQ_BASELINE);
	uint32_t row = rq_ids_find(&corpus->ids, id, strlen(id));
	const char *unit = pipeline->config->dataset.unit == RQ_UNIT_PARENT && corpus->documents[row].parent != NULL ? corpus->documents[row].parent : id;

	for (size_t t = 0; t < pipeline->qrels.count; t++)
		for (size_t i = 0; i < pipeline->qrels.topics[t].count; i++)
			if (pipeline->qrels.topics[t].judgments[i].grade > 0 && strcmp(pipeline->qrels.topics[t].judgments[i].document, unit) == 0)
				return true;
	return false;
}

/* What the baseline cannot find no candidate can lose. Without a document that nobody asks for it is no worse. */
static enum rq_status check_baseline_documents(const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_failures *failures = &pipeline->comparison.failures;
	const char *name = pipeline->config->sides[RQ_BASELINE].name;
	const struct rq_failure *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < failures->count; i++) {
		const struct rq_failure *failure = &failures->items[i];
		if (strcmp(failure->side, name) != 0 || strcmp(failure->what, "document") != 0 || !is_relevant(pipeline, failure->id))
			continue;
		first = first == NULL ? failure : first;
		count++;
	}
	if (count == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %zu of the documents that could not be embedded are judged relevant (\"%s\" for one: %s), so a drop could not be seen; mend that, "
	               "then run again", name, count, first->id, first->reason);
}

enum rq_status rq_do_embed_job(struct rq_pipeline *pipeline, enum rq_side side, const struct rq_embed_job *job, struct rq_error *err)
{
	if (rq_embed_side(&pipeline->embeddings[side], job, err) != RQ_OK)
		return rq_fail_within(err, "%s", pipeline->config->sides[side].name);
	return describe_embedding(pipeline, side, err);
}

enum rq_status rq_stage_embed(struct rq_pipeline *pipeline, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_side_config *config = &pipeline->config->sides[side];
		if (!rq_side_has_vectors(config) || (side == RQ_CANDIDATE && rq_shares_embedding(pipeline)))
			continue;
		const struct rq_embed_job job = rq_embed_job_of(pipeline, side);
		RQ_TRY(rq_do_embed_job(pipeline, side, &job, err));
	}
	RQ_TRY(rq_check_failures(pipeline, err));
	RQ_TRY(check_baseline_documents(pipeline, err));
	return rq_add_stage(&pipeline->comparison, "embed", started, err);
}

enum rq_status rq_pipeline_embed_topics(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_TRY(rq_stage_ready(pipeline, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_side_config *config = &pipeline->config->sides[side];
		if (!rq_side_has_vectors(config) || (side == RQ_CANDIDATE && rq_shares_embedding(pipeline)))
			continue;
		struct rq_embed_job job = rq_embed_job_of(pipeline, side);
		job.without_documents = true;
		if (rq_embed_side(&pipeline->embeddings[side], &job, err) != RQ_OK)
			return rq_fail_within(err, "%s", config->name);
	}
	return rq_check_failures(pipeline, err);
}

enum rq_status rq_pipeline_topic_vectors(const struct rq_vectors **vectors, const struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);

	if (!rq_side_has_vectors(&pipeline->config->sides[side]))
		return rq_fail(err, RQ_E_CONFIG, "%s: it has no embedder, so its topics have no vectors", pipeline->config->sides[side].name);
	*vectors = &embedding->topics;
	return RQ_OK;
}

/* A search elsewhere has vectors of its own; ours are its truth. */
static bool needs_documents(const struct rq_config *config, enum rq_side side)
{
	return config->sides[side].retriever == NULL || config->exact.truth != NULL || config->exact.budget > 0;
}

static bool nobody_needs_documents(const struct rq_pipeline *pipeline, enum rq_side side)
{
	bool other = rq_shares_embedding(pipeline) && needs_documents(pipeline->config, side == RQ_BASELINE ? RQ_CANDIDATE : RQ_BASELINE);

	return !other && !needs_documents(pipeline->config, side);
}

struct rq_embed_job rq_embed_job_of(struct rq_pipeline *pipeline, enum rq_side side)
{
	return (struct rq_embed_job){
		.side = &pipeline->config->sides[side],
		.fit_corpus = &pipeline->corpora[RQ_BASELINE],
		.corpus = rq_side_corpus(pipeline, side),
		.topics = &pipeline->topics,
		.before = side == RQ_CANDIDATE ? &pipeline->embeddings[RQ_BASELINE] : NULL,
		.without_documents = nobody_needs_documents(pipeline, side),
		.cache = &pipeline->cache,
		.progress = pipeline->progress,
		.limit = &pipeline->requests,
		.failures = &pipeline->comparison.failures,
		.max_failed = (size_t)pipeline->config->max_failed,
		.tell = pipeline->tell,
	};
}

/* ---- failures ---- */

enum rq_status rq_check_failures(const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_failures *failures = &pipeline->comparison.failures;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const char *name = pipeline->config->sides[side].name;
		const struct rq_failure *first = NULL;
		size_t count = 0;
		for (size_t i = 0; i < failures->count; i++) {
			if (strcmp(failures->items[i].side, name) != 0)
				continue;
			first = first == NULL ? &failures->items[i] : first;
			count++;
		}
		if (count > (size_t)pipeline->config->max_failed)
			return rq_fail(err, RQ_E_UNAVAILABLE,
			               "%s: %zu of its documents and topics failed, where max_failed allows %lld; the first is the %s \"%s\": %s; what was "
			               "embedded is kept, so the next run asks "
			               "for the rest alone, and a larger max_failed goes on without them",
			               name, count, (long long)pipeline->config->max_failed, first->what, first->id, first->reason);
	}
	return RQ_OK;
}
