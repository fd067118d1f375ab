/* hash: signed feature hashing of words (Weinberger et al. 2009). Stateless, so it is what other embedders must beat, and a candidate that is
 * worse on purpose. */
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/text/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSION_MAX = 1 << 20 };

struct hash_options {
	int64_t dim;
	const char *language;
	bool stop_words;
};

static const struct rq_option options[] = {
	{.name = "dim", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct hash_options, dim), .standard = "1024", .minimum = 1,
	 .maximum = DIMENSION_MAX,
	 .help = "buckets that words are hashed to"},
	{.name = "language", .type = RQ_OPTION_STRING, .offset = offsetof(struct hash_options, language), .standard = "\"english\"",
	 .help = "Snowball stemmer by its name (\"english\", \"german\" ...), or \"none\" for no stemming"},
	{.name = "stop_words", .type = RQ_OPTION_BOOL, .offset = offsetof(struct hash_options, stop_words), .standard = "true",
	 .help = "leave out words such as \"the\" and \"of\"; there is a list for English only"},
	RQ_OPTIONS_END,
};

struct state {
	size_t dimension;
	struct rq_feature_options features;
	char language[]; /* a copy: features.language points here */
};

static enum rq_status hash_open(void **out, const void *config, const char *model, size_t model_size, struct rq_error *err)
{
	const struct hash_options *o = config;
	size_t size = strlen(o->language) + 1;
	struct rq_tokenizer *tokenizer;

	(void)model;
	(void)model_size;
	*out = NULL;
	RQ_TRY(rq_tokenizer_new(&tokenizer, o->language, o->stop_words, err)); /* an unknown language is told now, not at the first text */
	rq_tokenizer_free(tokenizer);
	struct state *state = malloc(sizeof *state + size);
	if (state == NULL)
		return rq_fail_memory(err);
	memcpy(state->language, o->language, size);
	state->dimension = (size_t)o->dim;
	state->features = (struct rq_feature_options){.language = state->language, .stop_words = o->stop_words};
	*out = state;
	return RQ_OK;
}

static size_t hash_dimension(const void *opaque)
{
	return ((const struct state *)opaque)->dimension;
}

struct target {
	size_t d;
	float *out;
};

/* The top bit is the sign, the rest the bucket. Words that share a bucket cancel on average, so that products stay unbiased. */
static enum rq_status fill_row(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	const struct target *target = context;
	float *out = target->out + i * target->d;

	(void)err;
	memset(out, 0, target->d * sizeof *out);
	for (size_t f = 0; f < features->count; f++) {
		uint64_t hash = features->items[f].hash;
		float weight = (float)(1 + log(features->items[f].count));
		out[(hash & (UINT64_MAX >> 1)) / 2 % target->d] += hash >> 63 ? -weight : weight; /* bit 0 is not the hash's */
	}
	struct rq_vectors row = {.data = out, .n = 1, .d = target->d};
	rq_vectors_normalise(&row);
	return RQ_OK;
}

static enum rq_status hash_embed(const void *opaque, enum rq_role role, const char *const *texts, size_t n, float *out, struct rq_progress *progress,
                                 struct rq_error *err)
{
	const struct state *state = opaque;
	struct target target = {.d = state->dimension, .out = out};

	(void)role;
	return rq_features_each(texts, n, &state->features, fill_row, &target, progress, err);
}

/* Measured: README.md. */
static void hash_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	const struct hash_options *o = config;
	double row = (double)o->dim * sizeof(float);

	(void)fitted_on;
	*estimate = (struct rq_embedder_estimate){.dimension = (size_t)o->dim,
	                                          .embed = {.parallel = RQ_FEATURES_SECONDS * (double)texts.bytes + 2e-10 * (double)texts.texts * row}};
}

const struct rq_embedder rq_embedder_hash = {
	.name = "hash",
	.help = "signed hashing of words, without a corpus and without learning",
	.citation = "Weinberger, Dasgupta, Langford, Smola, Attenberg: Feature hashing for large scale multitask learning, ICML 2009",
	.version = 1,
	.options = options,
	.options_size = sizeof(struct hash_options),
	.open = hash_open,
	.dimension = hash_dimension,
	.embed = hash_embed,
	.close = free,
	.estimate = hash_estimate,
};
