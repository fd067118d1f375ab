/* What the vectors of a text hang on: the embedder, its options, and the model that was fitted, that files hold, or that answers. */
#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/text/tokens.h"
#include "evalcore/pipeline/embedding_parts.h"

#include <stdlib.h>
#include <string.h>

/* Where two services differ whose options are the same otherwise. */
static const char ADDRESS[] = "url", FOLDER[] = "folder";
enum { DIMENSION_MAX = 1 << 24 };

struct rq_embedder_use rq_embedder_use_of(const struct rq_side_config *side, size_t part)
{
	bool own = side->document_embedder != NULL;

	if (own && part == 1)
		return (struct rq_embedder_use){
			side->document_embedder, side->document_embedder_name, side->document_embedder_options, side->document_embedder_text, true, false};
	return (struct rq_embedder_use){side->embedder, side->embedder_name, side->embedder_options, side->embedder_text, !own, true};
}

void rq_embedder_key(struct rq_key *key, const struct rq_embedder_use *use)
{
	rq_key_add_text(key, use->embedder->name);
	rq_key_add_u64(key, use->embedder->version);
	rq_key_add_text(key, use->text);
	if (use->embedder->ask != NULL) /* no library of this process has a part in it */
		return;
	rq_key_add_text(key, rq_tokenizer_library());
	if (use->embedder->kernel_matters) {
		rq_key_add_text(key, rq_blas_kernel());
		rq_key_add_text(key, rq_blas_version());
		rq_key_add_text(key, rq_cpu_name());
	}
}

struct rq_key rq_model_key(const struct rq_embedder_use *use, const struct rq_buf *model)
{
	struct rq_key key = {0};

	rq_embedder_key(&key, use);
	rq_key_add(&key, model->data, model->size);
	return key;
}

struct rq_key rq_served_key(const struct rq_embedder_use *use, const struct rq_identity *identity)
{
	struct rq_key key = {0};

	rq_embedder_key(&key, use);
	rq_key_add_text(&key, identity->fingerprint);
	rq_key_add_u64(&key, identity->dimension);
	rq_key_add_u64(&key, identity->files);
	rq_key_add_u64(&key, identity->mark);
	return key;
}

struct rq_key rq_text_key(enum rq_role role, const char *text)
{
	struct rq_key key = {0};

	rq_key_add_u64(&key, role);
	rq_key_add_text(&key, text);
	return key;
}

static const char *string_option(const struct rq_embedder_use *use, const struct rq_option *option)
{
	const char *value;

	memcpy(&value, (const char *)use->options + option->offset, sizeof value);
	return value;
}

/* ---- fitted models ---- */

/* The file that the embedder's options name, or NULL. It may give another model when it changes, so only models without one are looked up by their
 * options. */
static const char *named_file(const struct rq_embedder_use *use)
{
	for (const struct rq_option *option = use->embedder->options; option->name != NULL; option++) {
		const char *path = option->type == RQ_OPTION_PATH ? string_option(use, option) : NULL;
		if (path != NULL)
			return path;
	}
	return NULL;
}

enum rq_status rq_model_find(struct rq_buf *model, bool *known, struct rq_key *key, const struct rq_embedder_use *use, const struct rq_corpus *corpus,
                             struct rq_cache *cache, struct rq_error *err)
{
	*known = use->embedder->fit == NULL;
	if (*known)
		return use->embedder->read != NULL ? use->embedder->read(model, use->options, err) : RQ_OK;
	const char *file = named_file(use);
	if (file != NULL) {
		*known = rq_file_exists(file);
		return *known ? use->embedder->fit(model, use->options, corpus, NULL, err) : RQ_OK;
	}
	rq_embedder_key(key, use);
	for (size_t i = 0; i < corpus->count; i++)
		rq_key_add_text(key, corpus->documents[i].text);
	*known = rq_cache_get(cache, "model", key, model);
	if (*known)
		return rq_buf_check(model, err);
	rq_buf_clear(model);
	return RQ_OK;
}

enum rq_status rq_model_fit(struct rq_buf *model, const struct rq_embedder_use *use, const struct rq_embed_job *job, struct rq_error *err)
{
	struct rq_key key = {0};
	bool known;

	RQ_TRY(rq_model_find(model, &known, &key, use, job->fit_corpus, job->cache, err));
	if (known)
		return RQ_OK;
	RQ_TRY(use->embedder->fit(model, use->options, job->fit_corpus, job->progress, err));
	if (named_file(use) == NULL)
		rq_cache_put(job->cache, "model", &key, model->data, model->size);
	return RQ_OK;
}

enum rq_status rq_embedder_reopen(void **state, const struct rq_embed_job *job, const struct rq_identity *served_by, struct rq_error *err)
{
	const struct rq_embedder_use use = rq_embedder_use_of(job->side, 0);
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};

	if (use.embedder->ask == NULL)
		RQ_TRY(rq_model_fit(&model, &use, job, err));
	RQ_TRY(use.embedder->open(state, use.options, model.data, model.size, err));
	if (use.embedder->ask != NULL)
		use.embedder->assume(*state, served_by);
	return RQ_OK;
}

/* ---- who answers ---- */

static void add_folder(struct rq_key *key, const char *folder)
{
	RQ_CLEANUP(rq_free_pointer) char *resolved = folder == NULL ? NULL : realpath(folder, NULL);

	rq_key_add_text(key, resolved == NULL ? folder : resolved);
}

struct rq_key rq_identity_key(const struct rq_embedder_use *use)
{
	struct rq_key key = {0};

	rq_embedder_key(&key, use);
	for (const struct rq_option *option = use->embedder->options; option->name != NULL; option++) {
		if (option->type == RQ_OPTION_STRING && strcmp(option->name, ADDRESS) == 0)
			rq_key_add_text(&key, string_option(use, option));
		if (option->type == RQ_OPTION_PATH && strcmp(option->name, FOLDER) == 0)
			add_folder(&key, string_option(use, option));
	}
	return key;
}

static uint64_t files_of(const struct rq_identity *identity, const struct rq_embedder_use *use)
{
	return identity->untold && use->embedder->files != NULL ? use->embedder->files(use->options) : 0;
}

bool rq_identity_is_same(const struct rq_identity *a, const struct rq_identity *b)
{
	return strcmp(a->fingerprint, b->fingerprint) == 0 && a->dimension == b->dimension && a->files == b->files && a->mark == b->mark;
}

/* A name may go to another model, so vectors that were kept under it count only while a text that was asked for then has its vector still. */
void rq_identity_mark(struct rq_identity *identity, const struct rq_embedder_use *use, const struct rq_identity *last)
{
	identity->files = files_of(identity, use);
	identity->mark = 0;
	if (identity->digest)
		return;
	if (last != NULL && rq_identity_is_like(last, identity)) { /* the sketch as well, or many small steps would go unseen */
		identity->mark = last->mark;
		memcpy(identity->sketch, last->sketch, sizeof identity->sketch);
	} else {
		identity->mark = rq_hash64(identity->sketch, sizeof identity->sketch);
	}
}

bool rq_identity_recall(struct rq_identity *identity, const struct rq_embedder_use *use, struct rq_cache *cache)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf kept = {0};
	struct rq_key key = rq_identity_key(use);

	if (!rq_cache_get(cache, "identity", &key, &kept) || kept.size != sizeof *identity)
		return false;
	memcpy(identity, kept.data, sizeof *identity);
	bool ended = memchr(identity->model, '\0', sizeof identity->model) != NULL && memchr(identity->fingerprint, '\0', sizeof identity->fingerprint) != NULL;
	return ended && identity->dimension > 0 && identity->dimension <= DIMENSION_MAX && files_of(identity, use) == identity->files;
}

void rq_identity_keep(const struct rq_identity *identity, const struct rq_embedder_use *use, struct rq_cache *cache)
{
	struct rq_key key = rq_identity_key(use);
	struct rq_identity kept; /* every byte of it, also those behind the ends of the texts */

	memset(&kept, 0, sizeof kept);
	kept.digest = identity->digest;
	kept.untold = identity->untold;
	memcpy(kept.sketch, identity->sketch, sizeof kept.sketch);
	kept.files = identity->files;
	kept.mark = identity->mark;
	memcpy(kept.model, identity->model, strnlen(identity->model, sizeof kept.model - 1));
	memcpy(kept.fingerprint, identity->fingerprint, strnlen(identity->fingerprint, sizeof kept.fingerprint - 1));
	kept.dimension = identity->dimension;
	rq_cache_put(cache, "identity", &key, &kept, sizeof kept);
}

/* ---- texts that were cut ---- */

uint64_t rq_cuts_recall(const struct rq_key *served, struct rq_cache *cache)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf kept = {0};
	uint64_t cuts;

	if (!rq_cache_get(cache, "identity", served, &kept) || kept.size != sizeof cuts)
		return 0;
	memcpy(&cuts, kept.data, sizeof cuts);
	return cuts;
}

void rq_cuts_keep(uint64_t cuts, const struct rq_key *served, struct rq_cache *cache)
{
	rq_cache_put(cache, "identity", served, &cuts, sizeof cuts);
}
