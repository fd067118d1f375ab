/* lsa, the default embedder: latent semantic analysis fitted on the baseline corpus and frozen. Needs no download and no network. */
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/lsa/model.h"

#include <stdlib.h>
#include <string.h>

static const struct rq_option options[] = {
	{.name = "dim", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct rq_lsa_options, dim), .standard = "256", .minimum = 1,
	 .maximum = RQ_LSA_DIMENSION_MAX,
	 .help = "dimensions to keep; a corpus of n documents gives at most n - 20, and never more than its rank"},
	{.name = "seed", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct rq_lsa_options, seed), .standard = "1", .minimum = 0,
	 .maximum = 9007199254740992,
	 .help = "seed of the random sketch from which the decomposition starts"},
	{.name = "language", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_lsa_options, language), .standard = "\"english\"",
	 .help = "Snowball stemmer by its name (\"english\", \"german\" ...), or \"none\" for no stemming"},
	{.name = "stop_words", .type = RQ_OPTION_BOOL, .offset = offsetof(struct rq_lsa_options, stop_words), .standard = "true",
	 .help = "leave out words such as \"the\" and \"of\"; there is a list for English only"},
	{.name = "bigrams", .type = RQ_OPTION_BOOL, .offset = offsetof(struct rq_lsa_options, bigrams), .standard = "true",
	 .help = "count pairs of neighbouring words too, at half the weight of a word"},
	{.name = "model", .type = RQ_OPTION_PATH, .offset = offsetof(struct rq_lsa_options, model),
	 .help = "file of the frozen model: used where it exists, otherwise fitted and written there"},
	RQ_OPTIONS_END,
};

static const char *source_name(const struct rq_lsa_options *o)
{
	return o->model != NULL ? o->model : "lsa model";
}

/* Fails where the bytes are no model or one of other options. */
static enum rq_status read_checked(struct rq_lsa_model *model, const struct rq_lsa_options *o, const char *bytes, size_t size, struct rq_error *err)
{
	RQ_TRY(rq_lsa_model_read(model, bytes, size, source_name(o), err));
	enum rq_status status = rq_lsa_model_check(model, o, source_name(o), err);
	if (status != RQ_OK)
		rq_lsa_model_release(model);
	return status;
}

static enum rq_status take_frozen(struct rq_buf *out, const struct rq_lsa_options *o, struct rq_error *err)
{
	struct rq_lsa_model model;

	RQ_TRY(rq_file_read(out, o->model, err));
	enum rq_status status = read_checked(&model, o, out->data, out->size, err);
	if (status != RQ_OK) {
		rq_buf_release(out);
		return status;
	}
	rq_lsa_model_release(&model);
	return RQ_OK;
}

static enum rq_status lsa_fit(struct rq_buf *out, const void *config, const struct rq_corpus *corpus, struct rq_progress *progress,
                              struct rq_error *err)
{
	const struct rq_lsa_options *o = config;
	struct rq_lsa_model model;

	if (o->model != NULL && rq_file_exists(o->model))
		return take_frozen(out, o, err);
	RQ_TRY(rq_lsa_fit(&model, o, corpus, progress, err));
	enum rq_status status = rq_lsa_model_write(out, &model, err);
	rq_lsa_model_release(&model);
	if (status == RQ_OK && o->model != NULL)
		status = rq_file_write(o->model, out->data, out->size, err);
	if (status != RQ_OK)
		rq_buf_release(out);
	return status;
}

struct state {
	struct rq_lsa_model model;
	uint32_t column_of[RQ_LSA_BUCKETS]; /* NO_COLUMN: not in the corpus */
};

#define NO_COLUMN UINT32_MAX

static enum rq_status lsa_open(void **out, const void *config, const char *bytes, size_t size, struct rq_error *err)
{
	struct state *state = malloc(sizeof *state);

	*out = NULL;
	if (state == NULL)
		return rq_fail_memory(err);
	enum rq_status status = read_checked(&state->model, config, bytes, size, err);
	if (status != RQ_OK) {
		free(state);
		return status;
	}
	for (size_t i = 0; i < RQ_LSA_BUCKETS; i++)
		state->column_of[i] = NO_COLUMN;
	for (uint32_t i = 0; i < state->model.columns; i++)
		state->column_of[state->model.buckets[i]] = i;
	*out = state;
	return RQ_OK;
}

static size_t lsa_dimension(const void *opaque)
{
	return ((const struct state *)opaque)->model.dimension;
}

struct projection {
	const struct state *state;
	float *out;
};

RQ_CLONES static void add_scaled(float *restrict out, const float *restrict v, float value, size_t d)
{
#pragma omp simd
	for (size_t j = 0; j < d; j++)
		out[j] += value * v[j];
}

/* Row i of out: the text's weights times V, at length 1. */
static enum rq_status project(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	const struct projection *projection = context;
	const struct rq_lsa_model *model = &projection->state->model;
	size_t d = model->dimension;
	float *out = projection->out + i * d;
	uint32_t bucket;
	double weight;

	(void)err;
	memset(out, 0, d * sizeof *out);
	for (size_t from = 0; from < features->count;) {
		from = rq_lsa_next_bucket(&bucket, &weight, features, from);
		uint32_t column = projection->state->column_of[bucket];
		if (column == NO_COLUMN)
			continue;
		add_scaled(out, model->v + column * d, (float)weight * model->idf[column], d);
	}
	struct rq_vectors row = {.data = out, .n = 1, .d = d};
	rq_vectors_normalise(&row);
	return RQ_OK;
}

static enum rq_status lsa_embed(const void *opaque, enum rq_role role, const char *const *texts, size_t n, float *out, struct rq_progress *progress,
                                struct rq_error *err)
{
	const struct state *state = opaque;
	const struct rq_feature_options feature_options = {
		.language = state->model.language, .stop_words = state->model.options.stop_words, .bigrams = state->model.options.bigrams};
	struct projection projection = {.state = state, .out = out};

	(void)role;
	return rq_features_each(texts, n, &feature_options, project, &projection, progress, err);
}

static void lsa_close(void *opaque)
{
	struct state *state = opaque;

	if (state == NULL)
		return;
	rq_lsa_model_release(&state->model);
	free(state);
}

static void lsa_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	const struct rq_lsa_options *o = config;

	estimate->fit = rq_lsa_fit_cost(&estimate->dimension, o, fitted_on);
	double d = (double)estimate->dimension, model = estimate->fit.stored;
	estimate->embed = (struct rq_cost){
		.serial = 5e-10 * model, /* the model is read and checked */
		.parallel = (double)texts.bytes * (RQ_FEATURES_SECONDS + 1.6e-10 * d),
		.memory = 2 * model,
	};
}

const struct rq_embedder rq_embedder_lsa = {
	.name = "lsa",
	.help = "latent semantic analysis of words and word pairs, fitted on the baseline corpus",
	.citation = "Deerwester, Dumais, Furnas, Landauer, Harshman: Indexing by latent semantic analysis, JASIS 41(6), 1990; "
	            "Halko, Martinsson, Tropp: Finding structure with randomness, SIAM Review 53(2), 2011",
	.version = 2,
	.kernel_matters = true,
	.options = options,
	.options_size = sizeof(struct rq_lsa_options),
	.fit = lsa_fit,
	.open = lsa_open,
	.dimension = lsa_dimension,
	.embed = lsa_embed,
	.close = lsa_close,
	.estimate = lsa_estimate,
};
