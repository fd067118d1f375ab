#include "evalcore/pipeline/embedding.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/text/tokens.h"
#include "evalcore/pipeline/text_cache.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 }; /* texts embedded between two appends to the cache: what an interrupted run keeps */

static void add_embedder(struct rq_key *key, const struct rq_side_config *side)
{
	rq_key_add_text(key, side->embedder->name);
	rq_key_add_u64(key, side->embedder->version);
	rq_key_add_text(key, side->embedder_text);
	rq_key_add_text(key, rq_tokenizer_library());
	if (side->embedder->kernel_matters) {
		rq_key_add_text(key, rq_blas_kernel());
		rq_key_add_text(key, rq_blas_version());
		rq_key_add_text(key, rq_cpu_name());
	}
}

/* The file that the embedder's options name, or NULL. It may give another model when it changes, so only models without one are looked up by their options. */
static const char *named_file(const struct rq_side_config *side)
{
	for (const struct rq_option *option = side->embedder->options; option->name != NULL; option++) {
		const char *path = NULL;
		if (option->type == RQ_OPTION_PATH)
			memcpy(&path, (const char *)side->embedder_options + option->offset, sizeof path);
		if (path != NULL)
			return path;
	}
	return NULL;
}

/* The model, where there is nothing to fit: none is needed, or it is in the cache or in the file that the options name. `key` is the cache's. */
static enum rq_status find_model(struct rq_buf *model, bool *known, struct rq_key *key, const struct rq_side_config *side, const struct rq_corpus *corpus, struct rq_cache *cache,
                                 struct rq_error *err)
{
	const char *file = named_file(side);

	*known = side->embedder->fit == NULL;
	if (*known)
		return RQ_OK;
	if (file != NULL) {
		*known = rq_file_exists(file);
		return *known ? side->embedder->fit(model, side->embedder_options, corpus, NULL, err) : RQ_OK;
	}
	add_embedder(key, side);
	for (size_t i = 0; i < corpus->count; i++)
		rq_key_add_text(key, corpus->documents[i].text);
	*known = rq_cache_get(cache, "model", key, model);
	if (*known)
		return rq_buf_check(model, err);
	rq_buf_clear(model);
	return RQ_OK;
}

static enum rq_status fit(struct rq_buf *model, const struct rq_side_config *side, const struct rq_corpus *corpus, struct rq_cache *cache, struct rq_progress *progress,
                          struct rq_error *err)
{
	struct rq_key key = {0};
	bool known;

	RQ_TRY(find_model(model, &known, &key, side, corpus, cache, err));
	if (known)
		return RQ_OK;
	RQ_TRY(side->embedder->fit(model, side->embedder_options, corpus, progress, err));
	if (named_file(side) == NULL)
		rq_cache_put(cache, "model", &key, model->data, model->size);
	return RQ_OK;
}

/* Where the vectors of a model's texts are kept, and each of them within. */
static struct rq_key model_key(const struct rq_side_config *side, const struct rq_buf *model)
{
	struct rq_key key = {0};

	add_embedder(&key, side);
	rq_key_add(&key, model->data, model->size);
	return key;
}

static struct rq_key text_key(enum rq_role role, const char *text)
{
	struct rq_key key = {0};

	rq_key_add_u64(&key, role);
	rq_key_add_text(&key, text);
	return key;
}

/* One role's texts: found ones are copied, the others embedded together, batch by batch. */
struct job {
	const struct rq_embedder *embedder;
	const void *state;
	enum rq_role role;
	const char *const *texts;
	size_t count;
	struct rq_vectors *out;
	struct rq_text_cache *cached;
	struct rq_cache *cache;
	struct rq_key *keys;
	size_t *missing;
	size_t missing_count;
};

static void copy_found(struct job *job)
{
	size_t row_size = job->out->d * sizeof(float);

	for (size_t i = 0; i < job->count; i++) {
		job->keys[i] = text_key(job->role, job->texts[i]);
		const void *found = rq_text_cache_find(job->cached, &job->keys[i]);
		if (found != NULL)
			memcpy(job->out->data + i * job->out->d, found, row_size);
		else
			job->missing[job->missing_count++] = i;
	}
}

static enum rq_status embed_missing(struct job *job, struct rq_progress *progress, struct rq_error *err)
{
	size_t d = job->out->d, batch = job->missing_count < BATCH ? job->missing_count : BATCH;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc(batch * sizeof *texts);
	RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = malloc(batch * sizeof *keys);
	RQ_CLEANUP(rq_free_pointer) float *vectors = rq_alloc_aligned(batch * d, sizeof *vectors);

	if (texts == NULL || keys == NULL || vectors == NULL)
		return rq_fail_memory(err);
	rq_progress_begin(progress, job->role == RQ_ROLE_DOCUMENT ? "embed" : "embed topics", "texts", job->missing_count);
	for (size_t start = 0; start < job->missing_count; start += batch) {
		size_t n = job->missing_count - start < batch ? job->missing_count - start : batch;
		for (size_t i = 0; i < n; i++) {
			texts[i] = job->texts[job->missing[start + i]];
			keys[i] = job->keys[job->missing[start + i]];
		}
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(job->embedder->embed(job->state, job->role, texts, n, vectors, progress, err));
		for (size_t i = 0; i < n; i++)
			memcpy(job->out->data + job->missing[start + i] * d, vectors + i * d, d * sizeof *vectors);
		rq_text_cache_append(job->cached, job->cache, keys, vectors, n);
	}
	rq_progress_end(progress);
	return RQ_OK;
}

static enum rq_status keep_keys(struct rq_embedding *embedding, const struct rq_key *keys, size_t count, struct rq_error *err)
{
	if (count == 0)
		return RQ_OK;
	if (!RQ_RESERVE(embedding->text_keys, embedding->text_capacity, embedding->text_count + count))
		return rq_fail_memory(err);
	memcpy(embedding->text_keys + embedding->text_count, keys, count * sizeof *keys);
	embedding->text_count += count;
	return RQ_OK;
}

static enum rq_status embed_texts(struct rq_embedding *embedding, struct rq_vectors *out, const struct job *what, struct rq_progress *progress, struct rq_error *err)
{
	struct job job = *what;
	enum rq_status status;

	RQ_TRY(rq_vectors_init(out, job.count, job.embedder->dimension(job.state), err));
	job.out = out;
	job.keys = malloc((job.count + 1) * sizeof *job.keys);
	job.missing = malloc((job.count + 1) * sizeof *job.missing);
	if (job.keys == NULL || job.missing == NULL) {
		status = rq_fail_memory(err);
	} else {
		copy_found(&job);
		status = job.missing_count == 0 ? RQ_OK : embed_missing(&job, progress, err);
		if (status == RQ_OK)
			status = keep_keys(embedding, job.keys, job.count, err);
		embedding->embedded += job.missing_count;
		embedding->cached += job.count - job.missing_count;
	}
	free(job.keys);
	free(job.missing);
	return status;
}

static enum rq_status embed_both(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_corpus *corpus, const struct rq_topics *topics,
                                 const void *state, const struct rq_buf *model, struct rq_cache *cache, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_cache_release) struct rq_text_cache cached = {0};
	size_t most = corpus->count > topics->count ? corpus->count : topics->count;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc(most * sizeof *texts);
	struct rq_key fingerprint = model_key(side, model);

	if (texts == NULL)
		return rq_fail_memory(err);
	embedding->fingerprint = fingerprint;
	RQ_TRY(rq_text_cache_open(&cached, cache, &fingerprint, side->embedder->dimension(state), err));
	struct job job = {.embedder = side->embedder, .state = state, .texts = texts, .cached = &cached, .cache = cache};
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	job.role = RQ_ROLE_DOCUMENT;
	job.count = corpus->count;
	RQ_TRY(embed_texts(embedding, &embedding->documents, &job, progress, err));
	for (size_t i = 0; i < topics->count; i++)
		texts[i] = topics->topics[i].text;
	job.role = RQ_ROLE_TOPIC;
	job.count = topics->count;
	return embed_texts(embedding, &embedding->topics, &job, progress, err);
}

static enum rq_status embed_with_model(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_corpus *fit_corpus, const struct rq_corpus *corpus,
                                       const struct rq_topics *topics, struct rq_cache *cache, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	void *state = NULL;

	RQ_TRY(fit(&model, side, fit_corpus, cache, progress, err));
	if (model.size > 0) {
		struct rq_key key = {0};
		rq_key_add(&key, model.data, model.size);
		rq_key_hex(&key, embedding->model);
	}
	RQ_TRY(side->embedder->open(&state, side->embedder_options, model.data, model.size, err));
	enum rq_status status = embed_both(embedding, side, corpus, topics, state, &model, cache, progress, err);
	side->embedder->close(state);
	return status;
}

/* Precomputed topic rows come in file order; everything else counts topics in strcmp order. */
static enum rq_status load_topics(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_topics *topics, struct rq_error *err)
{
	struct rq_vectors in_file_order = {0};
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(side->embedder->load(&in_file_order, sha256, side->embedder_options, RQ_ROLE_TOPIC, &topics->ids, err));
	enum rq_status status = rq_vectors_init(&embedding->topics, in_file_order.n, in_file_order.d, err);
	for (size_t i = 0; status == RQ_OK && i < topics->count; i++) {
		uint32_t row = rq_ids_find(&topics->ids, topics->topics[i].id, strlen(topics->topics[i].id));
		memcpy(embedding->topics.data + i * in_file_order.d, in_file_order.data + row * in_file_order.d, in_file_order.d * sizeof(float));
	}
	rq_vectors_release(&in_file_order);
	return status;
}

static enum rq_status load(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_corpus *corpus, const struct rq_topics *topics, struct rq_error *err)
{
	RQ_TRY(side->embedder->load(&embedding->documents, embedding->file_sha256, side->embedder_options, RQ_ROLE_DOCUMENT, &corpus->ids, err));
	RQ_TRY(load_topics(embedding, side, topics, err));
	if (embedding->documents.d != embedding->topics.d)
		return rq_fail(err, RQ_E_DATA, "embedders.%s: the corpus has %zu dimensions and the topics have %zu; both must come from one model", side->embedder_name,
		               embedding->documents.d, embedding->topics.d);
	embedding->cached += corpus->count + topics->count;
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

enum rq_status rq_embed_side(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_corpus *fit_corpus, const struct rq_corpus *corpus,
                             const struct rq_topics *topics, struct rq_cache *cache, struct rq_progress *progress, struct rq_error *err)
{
	*embedding = (struct rq_embedding){0};
	if (side->embedder->load != NULL)
		RQ_TRY(load(embedding, side, corpus, topics, err));
	else
		RQ_TRY(embed_with_model(embedding, side, fit_corpus, corpus, topics, cache, progress, err));
	size_t bad = rq_vectors_not_finite(&embedding->documents);
	if (bad < embedding->documents.n)
		return rq_fail(err, RQ_E_DATA, "embedder \"%s\": the vector of document \"%s\" holds NaN or Inf; embed it again", side->embedder_name, corpus->documents[bad].id);
	bad = rq_vectors_not_finite(&embedding->topics);
	if (bad < embedding->topics.n)
		return rq_fail(err, RQ_E_DATA, "embedder \"%s\": the vector of topic \"%s\" holds NaN or Inf; embed it again", side->embedder_name, topics->topics[bad].id);
	embedding->zero_documents = finish(&embedding->documents, &embedding->documents_key, side->index.similarity);
	embedding->zero_topics = finish(&embedding->topics, &embedding->topics_key, side->index.similarity);
	return RQ_OK;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct rq_key));
}

static void look_at(struct rq_embed_outlook *outlook, const struct rq_text_cache *cached, const char *text, enum rq_role role, const struct rq_key *before, size_t before_count)
{
	struct rq_key key = text_key(role, text);

	outlook->texts++;
	if (rq_text_cache_find(cached, &key) != NULL)
		outlook->cached++;
	else if (before != NULL && (role == RQ_ROLE_TOPIC || bsearch(&key, before, before_count, sizeof key, by_key) != NULL))
		outlook->shared++;
	else {
		outlook->missing.texts++;
		outlook->missing.bytes += strlen(text);
	}
}

static enum rq_status look_at_texts(struct rq_embed_outlook *outlook, const struct rq_text_cache *cached, const struct rq_corpus *corpus, const struct rq_topics *topics,
                                    const struct rq_corpus *before, struct rq_error *err)
{
	size_t count = before == NULL ? 0 : before->count;
	RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = before == NULL ? NULL : malloc((count + 1) * sizeof *keys);

	if (before != NULL && keys == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		keys[i] = text_key(RQ_ROLE_DOCUMENT, before->documents[i].text);
	if (keys != NULL)
		qsort(keys, count, sizeof *keys, by_key);
	for (size_t i = 0; i < corpus->count; i++)
		look_at(outlook, cached, corpus->documents[i].text, RQ_ROLE_DOCUMENT, keys, count);
	for (size_t i = 0; i < topics->count; i++)
		look_at(outlook, cached, topics->topics[i].text, RQ_ROLE_TOPIC, keys, count);
	return RQ_OK;
}

/* Opens the model that is known, for its dimension and the texts that it has embedded. */
static enum rq_status look_with_model(struct rq_embed_outlook *outlook, size_t *dimension, struct rq_text_cache *cached, const struct rq_side_config *side,
                                      const struct rq_buf *model, struct rq_cache *cache, struct rq_error *err)
{
	struct rq_key key = model_key(side, model);
	void *state;

	RQ_TRY(side->embedder->open(&state, side->embedder_options, model->data, model->size, err));
	*dimension = side->embedder->dimension(state);
	side->embedder->close(state);
	outlook->fits = false;
	return rq_text_cache_open(cached, cache, &key, *dimension, err);
}

enum rq_status rq_embed_look(struct rq_embed_outlook *outlook, const struct rq_side_config *side, const struct rq_corpus *fit_corpus, const struct rq_corpus *corpus,
                             const struct rq_topics *topics, const struct rq_corpus *before, struct rq_cache *cache, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_cache_release) struct rq_text_cache cached = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	struct rq_key key = {0};
	size_t dimension = 0;
	bool known;

	*outlook = (struct rq_embed_outlook){.fits = true, .fitted_on.texts = fit_corpus->count};
	for (size_t i = 0; i < fit_corpus->count; i++)
		outlook->fitted_on.bytes += strlen(fit_corpus->documents[i].text);
	RQ_TRY(find_model(&model, &known, &key, side, fit_corpus, cache, err));
	if (known)
		RQ_TRY(look_with_model(outlook, &dimension, &cached, side, &model, cache, err));
	RQ_TRY(look_at_texts(outlook, &cached, corpus, topics, cache->folder == NULL ? NULL : before, err));
	side->embedder->estimate(&outlook->estimate, side->embedder_options, outlook->fitted_on, outlook->missing);
	if (known)
		outlook->estimate.dimension = dimension;
	return RQ_OK;
}

bool rq_embed_alike(const struct rq_side_config *a, const struct rq_side_config *b)
{
	struct rq_key keys[2] = {{0}};

	if (!rq_side_has_vectors(a) || !rq_side_has_vectors(b) || a->embedder->load != NULL || b->embedder->load != NULL)
		return false;
	add_embedder(&keys[0], a);
	add_embedder(&keys[1], b);
	return memcmp(&keys[0], &keys[1], sizeof keys[0]) == 0;
}

enum rq_status rq_embedding_shrink_cache(size_t *dropped, const struct rq_embedding embeddings[RQ_SIDES], struct rq_cache *cache, struct rq_error *err)
{
	const struct rq_embedding *a = &embeddings[RQ_BASELINE], *b = &embeddings[RQ_CANDIDATE];
	bool shared = a->text_count > 0 && b->text_count > 0 && memcmp(&a->fingerprint, &b->fingerprint, sizeof a->fingerprint) == 0;

	*dropped = 0;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_embedding *embedding = &embeddings[side];
		RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = malloc((a->text_count + b->text_count + 1) * sizeof *keys);
		size_t count = embedding->text_count, went;
		if (keys == NULL)
			return rq_fail_memory(err);
		if (count == 0 || (shared && side == RQ_CANDIDATE))
			continue;
		memcpy(keys, embedding->text_keys, count * sizeof *keys);
		if (shared)
			memcpy(keys + count, b->text_keys, b->text_count * sizeof *keys);
		RQ_TRY(rq_text_cache_keep(&went, cache, &embedding->fingerprint, embedding->documents.d, keys, count + (shared ? b->text_count : 0), err));
		*dropped += went;
	}
	return RQ_OK;
}

void rq_embedding_release(struct rq_embedding *embedding)
{
	rq_vectors_release(&embedding->documents);
	rq_vectors_release(&embedding->topics);
	free(embedding->text_keys);
	*embedding = (struct rq_embedding){0};
}
