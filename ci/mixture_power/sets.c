/* Vectors of real models. */
#include "ci/mixture_power/power.h"

#include "datasets/datasets.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"
#include "evalcore/embed/embedder.h"

#include <stdlib.h>
#include <string.h>

enum { DIMENSION = 256, SEED = 20261122 };

static const struct {
	const char *name, *texts, *path;
} files[] = {
	{"all-MiniLM-L6-v2", "healthcare", "vectors/healthcare/all_MiniLM_L6_v2.faiss"},
	{"bert-base", "healthcare", "vectors/healthcare/bert_base_uncased.faiss"},
	{"bert-large", "healthcare", "vectors/healthcare/bert_large_uncased.faiss"},
	{"BioBERT", "healthcare", "vectors/healthcare/dmis_lab_biobert_base_cased_v1.1.faiss"},
	{"ClinicalBERT", "healthcare", "vectors/healthcare/emilyalsentzer_Bio_ClinicalBERT.faiss"},
	{"3-large (256)", "movies", "vectors/movies/peliculas_text-embedding-3-large-256.json"},
	{"3-small (256)", "movies", "vectors/movies/peliculas_text-embedding-3-small-256.json"},
	{"3-small", "movies", "vectors/movies/peliculas_text-embedding-3-small-1536.json"},
	{"ada-002", "movies", "vectors/movies/peliculas_text-embedding-ada-002.json"},
	{"cos-DPR", "passages", "vectors/jsonl-parquet-fixtures/cosdpr-distil__json_vector__sample100.json"},
	{"ada-002", "passages", "vectors/jsonl-parquet-fixtures/openai_ada2__json_vector__sample100.json"},
	{"bge-base", "DL19", "vectors/dl-queries/topics.dl19-passage.bge-base-en-v1.5.jsonl.gz"},
	{"cos-DPR", "DL19", "vectors/dl-queries/topics.dl19-passage.cos-dpr-distil.jsonl.gz"},
	{"cohere-v3", "DL19", "vectors/dl-queries/topics.dl19-passage.cohere-embed-english-v3.0.jsonl.gz"},
	{"ada-002", "DL19", "vectors/dl-queries/topics.dl19-passage.openai-ada2.jsonl.gz"},
	{"bge-base", "DL20", "vectors/dl-queries/topics.dl20.bge-base-en-v1.5.jsonl.gz"},
	{"cos-DPR", "DL20", "vectors/dl-queries/topics.dl20.cos-dpr-distil.jsonl.gz"},
	{"cohere-v3", "DL20", "vectors/dl-queries/topics.dl20.cohere-embed-english-v3.0.jsonl.gz"},
	{"ada-002", "DL20", "vectors/dl-queries/topics.dl20.openai-ada2.jsonl.gz"},
};
static const char *const collections[] = {"cranfield", "cacm"};

static enum rq_status load_files(struct rq_mixture_sets *sets, const char *shared, struct rq_arena *arena, struct rq_error *err)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};
		const char *path = rq_arena_printf(arena, "%s/data/%s", shared, files[i].path);
		if (path == NULL)
			return rq_fail_memory(err);
		struct rq_mixture_set *set = &sets->items[sets->count++];
		*set = (struct rq_mixture_set){.name = files[i].name, .texts = files[i].texts};
		RQ_TRY(rq_vectors_load(&set->rows, &ids, NULL, path, err));
	}
	return RQ_OK;
}

static enum rq_status embed(struct rq_mixture_set *set, const struct rq_embedder *embedder, const struct rq_corpus *corpus, struct rq_arena *arena,
                            struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *config = rq_json_new_object();
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	const char **texts = rq_arena_alloc(arena, corpus->count, sizeof *texts);
	void *options = rq_arena_alloc(arena, 1, embedder->options_size), *state = NULL;

	if (config == NULL || texts == NULL || options == NULL)
		return rq_fail_memory(err);
	rq_json_set_number(config, "dim", DIMENSION);
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	RQ_TRY(rq_options_parse(options, embedder->options, config, embedder->name, ".", arena, err));
	RQ_TRY(embedder->fit(&model, options, corpus, NULL, err));
	RQ_TRY(embedder->open(&state, options, model.data, model.size, err));
	enum rq_status status = rq_vectors_init(&set->rows, corpus->count, embedder->dimension(state), err);
	if (status == RQ_OK)
		status = embedder->embed(state, RQ_ROLE_DOCUMENT, texts, corpus->count, set->rows.data, NULL, err);
	embedder->close(state);
	return status;
}

/* As if the model had been trained anew: the same geometry, its dimensions in another order and with other signs. */
static enum rq_status train_anew(struct rq_mixture_sets *sets, const struct rq_mixture_set *set, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_mixture_set *anew = &sets->items[sets->count++];
	size_t d = set->rows.d;
	struct rq_random random;
	RQ_CLEANUP(rq_free_pointer) size_t *from = malloc(d * sizeof *from);

	*anew = (struct rq_mixture_set){.name = rq_arena_printf(arena, "%s anew", set->name), .texts = set->texts};
	if (anew->name == NULL || from == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vectors_init(&anew->rows, set->rows.n, d, err));
	rq_random_seed(&random, SEED);
	for (size_t j = 0; j < d; j++) {
		size_t with = (size_t)rq_random_below(&random, j + 1);
		from[j] = from[with];
		from[with] = j;
	}
	for (size_t j = 0; j < d; j++) {
		float sign = rq_random_below(&random, 2) == 0 ? 1 : -1;
		for (size_t i = 0; i < set->rows.n; i++)
			anew->rows.data[i * d + j] = sign * set->rows.data[i * d + from[j]];
	}
	return RQ_OK;
}

static enum rq_status embed_collection(struct rq_mixture_sets *sets, const char *name, const char *shared, struct rq_arena *arena, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"};
	struct rq_corpus corpus = {0};
	const char *path = rq_arena_printf(arena, "%s/data/%s/corpus.jsonl", shared, name);
	enum rq_status status = path == NULL ? rq_fail_memory(err) : rq_corpus_load(&corpus, path, fields, 2, err);

	struct rq_mixture_set *set = &sets->items[sets->count++];
	*set = (struct rq_mixture_set){.name = "lsa", .texts = name};
	if (status == RQ_OK)
		status = embed(set, rq_embedder_find("lsa"), &corpus, arena, err);
	rq_corpus_release(&corpus);
	return status == RQ_OK ? train_anew(sets, set, arena, err) : status;
}

enum rq_status rq_mixture_sets_load(struct rq_mixture_sets *sets, const char *shared, struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(load_files(sets, shared, arena, err));
	for (size_t i = 0; i < sizeof collections / sizeof *collections; i++)
		RQ_TRY(embed_collection(sets, collections[i], shared, arena, err));
	return RQ_OK;
}

void rq_mixture_sets_release(struct rq_mixture_sets *sets)
{
	for (size_t i = 0; i < sets->count; i++)
		rq_vectors_release(&sets->items[i].rows);
	*sets = (struct rq_mixture_sets){0};
}
