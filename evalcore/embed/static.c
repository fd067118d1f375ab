/* static: the mean of a row of numbers for each token, from a model that Model2Vec has distilled. Needs no network and no matrix product. */
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/base/words.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/static/model.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	BLOCK_TEXTS = 128, /* share what a tokenizer works in; enough to make its set-up small beside them */
	MAX_LENGTH = 512,  /* upstream's */
};

struct static_options {
	const char *folder;
	int64_t max_length;
};

static const struct rq_option options[] = {
	{.name = "folder", .type = RQ_OPTION_PATH, .offset = offsetof(struct static_options, folder), .required = true,
	 .help = "folder of the model, with model.safetensors, tokenizer.json and config.json, as model2vec and sentence-transformers write them"},
	{.name = "max_length", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct static_options, max_length), .standard = "512", .minimum = 0,
	 .maximum = 1000000000,
	 .help = "tokens of a text that count, the rest is cut off; 0 takes all of them"},
	RQ_OPTIONS_END,
};

/* The files' bytes are part of the cache key, wherever they lie. */
static const char *const immaterial[] = {"folder", NULL};

static enum rq_status static_ready(const void *config, struct rq_error *err)
{
	uint64_t bytes;

	return rq_static_model_find(&bytes, ((const struct static_options *)config)->folder, err);
}

static enum rq_status static_read(struct rq_buf *model, const void *config, struct rq_error *err)
{
	const struct static_options *o = config;

	return rq_static_model_read(model, o->folder, (size_t)o->max_length, err);
}

static void static_close(void *opaque)
{
	struct rq_static_model *model = opaque;

	if (model == NULL)
		return;
	rq_static_model_release(model);
	free(model);
}

static enum rq_status static_open(void **out, const void *config, const char *bytes, size_t size, struct rq_error *err)
{
	struct rq_static_model *model = calloc(1, sizeof *model);

	*out = NULL;
	if (model == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_static_model_open(model, bytes, size, ((const struct static_options *)config)->folder, err);
	if (status != RQ_OK) {
		static_close(model);
		return status;
	}
	*out = model;
	return RQ_OK;
}

static size_t static_dimension(const void *model)
{
	return ((const struct rq_static_model *)model)->rows.d;
}

static void static_describe(const void *opaque, char text[RQ_VARIANT])
{
	const struct rq_static_model *model = opaque;
	char size[16], cut[32] = "";

	if (model->most != MAX_LENGTH)
		snprintf(cut, sizeof cut, model->most == 0 ? ", texts whole" : ", texts cut at %zu", model->most);
	snprintf(text, RQ_VARIANT, "%s tokens, %s%s", rq_grouped(model->tokens).text, rq_show_size(size, model->bytes), cut);
}

struct work {
	const struct rq_static_model *model;
	const char *const *texts;
	size_t n;
	float *out;
	struct rq_progress *progress;
	size_t failed;       /* the first text that failed; n: none yet */
	struct rq_error err; /* its error */
};

static void embed_block(void *context, size_t block)
{
	struct work *work = context;
	const struct rq_static_model *model = work->model;
	size_t first = block * BLOCK_TEXTS, last = work->n - first < BLOCK_TEXTS ? work->n : first + BLOCK_TEXTS, at = first;
	struct rq_encoding encoding = {0};
	struct rq_error err = {0};

	if (rq_cancel_requested())
		return;
	while (at < last && rq_static_model_embed(work->out + at * model->rows.d, model, &encoding, work->texts[at], &err) == RQ_OK)
		at++;
	rq_encoding_release(&encoding);
	if (at < last) {
#pragma omp critical(rq_static_embed)
		if (at < work->failed) {
			work->failed = at;
			work->err = err;
		}
	}
	rq_progress_add(work->progress, last - first);
}

static enum rq_status static_embed(const void *model, enum rq_role role, const char *const *texts, size_t n, float *out, struct rq_progress *progress,
                                   struct rq_error *err)
{
	struct work work = {.model = model, .texts = texts, .n = n, .out = out, .progress = progress, .failed = n};

	(void)role;
	rq_parallel_for((n + BLOCK_TEXTS - 1) / BLOCK_TEXTS, embed_block, &work);
	RQ_TRY(rq_cancel_check(err));
	if (work.failed < n)
		return rq_fail(err, work.err.status, "%s", work.err.text);
	return RQ_OK;
}

/* Measured: README.md. */
static void static_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	uint64_t bytes = 0;

	(void)fitted_on;
	(void)!rq_static_model_find(&bytes, ((const struct static_options *)config)->folder, NULL); /* a model that is not there costs nothing */
	*estimate = (struct rq_embedder_estimate){.embed = {
		.serial = .05 + 1e-9 * (double)bytes, /* the tokenizer, and the rows, are read */
		.parallel = 4e-8 * (double)texts.bytes,
		.memory = 3 * (double)bytes,
	}};
}

const struct rq_embedder rq_embedder_static = {
	.name = "static",
	.help = "a static model of Model2Vec in this process: the mean of the numbers of a text's tokens",
	.citation = "Tulkens, van Dongen: Model2Vec: Fast State-of-the-Art Static Embeddings, 2024",
	.version = 1,
	.options = options,
	.options_size = sizeof(struct static_options),
	.immaterial = immaterial,
	.ready = static_ready,
	.read = static_read,
	.open = static_open,
	.dimension = static_dimension,
	.embed = static_embed,
	.close = static_close,
	.describe = static_describe,
	.estimate = static_estimate,
};
