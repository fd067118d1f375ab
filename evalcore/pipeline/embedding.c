#include "evalcore/pipeline/embedding.h"

#include "evalcore/base/system.h"
#include "evalcore/pipeline/embedding_parts.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 }; /* texts embedded between two appends to the cache: what an interrupted run keeps */

size_t rq_embed_part_count(const struct rq_side_config *side)
{
	return side->document_embedder != NULL ? 2 : 1;
}

size_t rq_embed_part_work(const struct rq_embed_job *job)
{
	return job->without_documents ? 1 : rq_embed_part_count(job->side);
}

const struct rq_embedder *rq_embed_part_embedder(const struct rq_side_config *side, size_t part)
{
	const struct rq_embedder *embedder = rq_embedder_use_of(side, part).embedder;

	return embedder->load == NULL ? embedder : NULL;
}

/* ---- in this process ---- */

static enum rq_status embed_list(const struct rq_part_work *work, struct rq_text_list *list, struct rq_text_cache *cached, struct rq_error *err)
{
	const struct rq_embed_job *job = work->job;
	size_t d = list->out->d, batch = list->missing_count < BATCH ? list->missing_count : BATCH;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc(batch * sizeof *texts);
	RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = malloc(batch * sizeof *keys);
	RQ_CLEANUP(rq_free_pointer) float *vectors = rq_alloc_aligned(batch * d, sizeof *vectors);

	if (texts == NULL || keys == NULL || vectors == NULL)
		return rq_fail_memory(err);
	rq_progress_begin(job->progress, list->role == RQ_ROLE_DOCUMENT ? "embed" : "embed topics", "texts", list->missing_count);
	for (size_t start = 0; start < list->missing_count; start += batch) {
		size_t n = list->missing_count - start < batch ? list->missing_count - start : batch;
		for (size_t i = 0; i < n; i++) {
			texts[i] = list->texts[list->missing[start + i]];
			keys[i] = list->keys[list->missing[start + i]];
		}
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(work->use.embedder->embed(work->state, list->role, texts, n, vectors, job->progress, err));
		for (size_t i = 0; i < n; i++)
			rq_text_list_take(list, start + i, vectors + i * d);
		rq_text_cache_append(cached, job->cache, keys, vectors, n);
	}
	rq_progress_end(job->progress);
	return RQ_OK;
}

static enum rq_status embed_with_model(struct rq_part_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	const struct rq_embedder *embedder = work->use.embedder;

	RQ_TRY(rq_model_fit(&model, &work->use, work->job, err));
	if (model.size > 0 && work->use.topics) {
		struct rq_key key = {0};
		rq_key_add(&key, model.data, model.size);
		rq_key_hex(&key, work->embedding->model);
	}
	work->part->fingerprint = rq_model_key(&work->use, &model);
	RQ_TRY(embedder->open(&work->state, work->use.options, model.data, model.size, err));
	work->part->dimension = embedder->dimension(work->state);
	if (embedder->describe != NULL && work->use.topics)
		embedder->describe(work->state, work->embedding->variant);
	if (embedder->doubt != NULL && work->embedding->doubt[0] == '\0')
		snprintf(work->embedding->doubt, sizeof work->embedding->doubt, "%s", embedder->doubt(work->state));
	enum rq_status status = rq_part_find(work, err);
	for (size_t i = 0; status == RQ_OK && i < work->list_count; i++)
		if (work->lists[i].missing_count > 0)
			status = embed_list(work, &work->lists[i], &work->cached, err);
	embedder->close(work->state);
	return status;
}

/* ---- from files ---- */

/* Precomputed topic rows come in file order; everything else counts topics in strcmp order. */
static enum rq_status load_topics(struct rq_embedding *embedding, char sha256[RQ_SHA256_HEX], const struct rq_embedder_use *use,
                                  const struct rq_topics *topics, struct rq_error *err)
{
	struct rq_vectors in_file_order = {0};

	RQ_TRY(use->embedder->load(&in_file_order, sha256, use->options, RQ_ROLE_TOPIC, &topics->ids, err));
	enum rq_status status = rq_vectors_init(&embedding->topics, in_file_order.n, in_file_order.d, err);
	for (size_t i = 0; status == RQ_OK && i < topics->count; i++) {
		uint32_t row = rq_ids_find(&topics->ids, topics->topics[i].id, strlen(topics->topics[i].id));
		memcpy(embedding->topics.data + i * in_file_order.d, in_file_order.data + row * in_file_order.d, in_file_order.d * sizeof(float));
	}
	rq_vectors_release(&in_file_order);
	return status;
}

static enum rq_status load(struct rq_embedding *embedding, const struct rq_embedder_use *use, const struct rq_embed_job *job, struct rq_error *err)
{
	char unnamed[RQ_SHA256_HEX];

	if (use->documents) {
		RQ_TRY(use->embedder->load(&embedding->documents, embedding->file_sha256, use->options, RQ_ROLE_DOCUMENT, &job->corpus->ids, err));
		embedding->cached += job->corpus->count;
	}
	if (use->topics) {
		RQ_TRY(load_topics(embedding, use->documents ? unnamed : embedding->file_sha256, use, job->topics, err));
		embedding->cached += job->topics->count;
	}
	return RQ_OK;
}

/* ---- a side ---- */

static enum rq_status embed_part(struct rq_embedding *embedding, const struct rq_embed_job *job, size_t number, struct rq_error *err)
{
	RQ_CLEANUP(rq_part_release) struct rq_part_work work = {.job = job, .embedding = embedding, .use = rq_embedder_use_of(job->side, number)};

	work.use.documents = work.use.documents && !job->without_documents;
	work.part = &embedding->parts[embedding->part_count++];
	work.part->embedder = work.use.embedder;
	if (work.use.embedder->load != NULL)
		return load(embedding, &work.use, job, err);
	RQ_TRY((work.use.embedder->ask != NULL ? rq_embed_asking : embed_with_model)(&work, err));
	return rq_part_finish(&work, err);
}

/* What has no vector is in no index, no ranking and no truth: a row of zeros would be found. */
static enum rq_status leave_out_failed(struct rq_embedding *embedding, const struct rq_corpus *corpus, struct rq_error *err)
{
	struct rq_vectors *vectors = &embedding->documents;
	struct rq_corpus *present = &embedding->present;
	size_t d = vectors->d;

	if (embedding->failed_document_count == corpus->count)
		return rq_fail(err, RQ_E_UNAVAILABLE, "none of the %zu documents could be embedded, so there is nothing to search", corpus->count);
	present->documents = rq_arena_alloc(&present->arena, corpus->count, sizeof *present->documents);
	if (present->documents == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++) {
		const char *id = corpus->documents[i].id;
		if (embedding->failed_documents[i])
			continue;
		if (rq_ids_add(&present->ids, id, strlen(id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
		memmove(vectors->data + present->count * d, vectors->data + i * d, d * sizeof *vectors->data);
		present->documents[present->count++] = corpus->documents[i];
	}
	vectors->n = present->count;
	return RQ_OK;
}

static size_t finish(struct rq_vectors *vectors, struct rq_key *key, int similarity)
{
	size_t zero = 0;

	if (similarity == RQ_COSINE_NAME)
		zero = rq_vectors_normalise(vectors);
	else
		for (size_t i = rq_vectors_zero_row(vectors, 0); i < vectors->n; i = rq_vectors_zero_row(vectors, i + 1))
			zero++;
	rq_key_add_u64(key, vectors->d);
	rq_key_add(key, vectors->data, vectors->n * vectors->d * sizeof *vectors->data);
	return zero;
}

static enum rq_status check(const struct rq_embedding *embedding, const struct rq_embed_job *job, struct rq_error *err)
{
	const struct rq_side_config *side = job->side;
	const char *documents = side->document_embedder != NULL ? side->document_embedder_name : side->embedder_name;

	if (!job->without_documents && embedding->documents.d != embedding->topics.d && side->document_embedder != NULL)
		return rq_fail(err, RQ_E_DATA,
		               "document_embedder: \"%s\" has %zu dimensions and the topics' embedder \"%s\" has %zu; both must come from one model",
		               documents, embedding->documents.d, side->embedder_name, embedding->topics.d);
	if (!job->without_documents && embedding->documents.d != embedding->topics.d)
		return rq_fail(err, RQ_E_DATA, "embedders.%s: the corpus has %zu dimensions and the topics have %zu; both must come from one model",
		               documents, embedding->documents.d, embedding->topics.d);
	size_t bad = rq_vectors_not_finite(&embedding->documents);
	if (bad < embedding->documents.n)
		return rq_fail(err, RQ_E_DATA, "embedder \"%s\": the vector of document \"%s\" holds NaN or Inf; embed it again", documents,
		               job->corpus->documents[bad].id);
	bad = rq_vectors_not_finite(&embedding->topics);
	if (bad < embedding->topics.n)
		return rq_fail(err, RQ_E_DATA, "embedder \"%s\": the vector of topic \"%s\" holds NaN or Inf; embed it again", side->embedder_name,
		               job->topics->topics[bad].id);
	return RQ_OK;
}

enum rq_status rq_embed_side(struct rq_embedding *embedding, const struct rq_embed_job *job, struct rq_error *err)
{
	*embedding = (struct rq_embedding){0};
	for (size_t part = 0; part < rq_embed_part_work(job); part++)
		RQ_TRY(embed_part(embedding, job, part, err));
	RQ_TRY(check(embedding, job, err));
	if (embedding->failed_document_count > 0)
		RQ_TRY(leave_out_failed(embedding, job->corpus, err));
	if (!job->without_documents)
		embedding->zero_documents = finish(&embedding->documents, &embedding->documents_key, job->side->index.similarity);
	embedding->zero_topics = finish(&embedding->topics, &embedding->topics_key, job->side->index.similarity);
	return RQ_OK;
}

bool rq_embed_alike(const struct rq_side_config *a, size_t part_of_a, const struct rq_side_config *b, size_t part_of_b)
{
	if (!rq_side_has_vectors(a) || !rq_side_has_vectors(b) || rq_embed_part_embedder(a, part_of_a) == NULL ||
	    rq_embed_part_embedder(b, part_of_b) == NULL)
		return false;
	const struct rq_embedder_use uses[2] = {rq_embedder_use_of(a, part_of_a), rq_embedder_use_of(b, part_of_b)};
	struct rq_key keys[2] = {rq_identity_key(&uses[0]), rq_identity_key(&uses[1])};
	return memcmp(&keys[0], &keys[1], sizeof keys[0]) == 0;
}

/* ---- the cache afterwards ---- */

static bool same_file(const struct rq_embed_part *a, const struct rq_embed_part *b)
{
	return memcmp(&a->fingerprint, &b->fingerprint, sizeof a->fingerprint) == 0;
}

/* All keys that any of the parts has looked up in the file of the first. */
static enum rq_status shrink_file(size_t *dropped, const struct rq_embed_part *const *parts, size_t count, struct rq_cache *cache,
                                  struct rq_error *err)
{
	size_t total = 0, most = 0;

	for (size_t i = 0; i < count; i++)
		most += parts[i]->text_count;
	RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = malloc((most + 1) * sizeof *keys);
	if (keys == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!same_file(parts[0], parts[i]))
			continue;
		memcpy(keys + total, parts[i]->text_keys, parts[i]->text_count * sizeof *keys);
		total += parts[i]->text_count;
	}
	return rq_text_cache_keep(dropped, cache, &parts[0]->fingerprint, parts[0]->dimension, keys, total, err);
}

enum rq_status rq_embedding_shrink_cache(size_t *dropped, const struct rq_embedding embeddings[RQ_SIDES], struct rq_cache *cache,
                                         struct rq_error *err)
{
	const struct rq_embed_part *parts[RQ_SIDES * RQ_EMBED_PARTS];
	size_t count = 0, went;

	*dropped = 0;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		for (size_t i = 0; i < embeddings[side].part_count; i++)
			if (embeddings[side].parts[i].text_count > 0)
				parts[count++] = &embeddings[side].parts[i];
	for (size_t i = 0; i < count; i++) {
		bool done = false;
		for (size_t j = 0; j < i; j++)
			done |= same_file(parts[i], parts[j]);
		if (done)
			continue;
		RQ_TRY(shrink_file(&went, parts + i, count - i, cache, err));
		*dropped += went;
	}
	return RQ_OK;
}

void rq_embedding_release(struct rq_embedding *embedding)
{
	rq_vectors_release(&embedding->documents);
	rq_vectors_release(&embedding->topics);
	for (size_t i = 0; i < RQ_EMBED_PARTS; i++) {
		free(embedding->parts[i].text_keys);
		free(embedding->parts[i].given_up);
	}
	rq_corpus_release(&embedding->present);
	free(embedding->failed_documents);
	free(embedding->failed_topics);
	*embedding = (struct rq_embedding){0};
}
